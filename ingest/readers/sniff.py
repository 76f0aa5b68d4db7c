"""Returns what a file is, from its bytes: names and extensions of files are often wrong."""

from __future__ import annotations

import codecs
import re
import zipfile
from pathlib import Path

from ingest.errors import ReadError
from ingest.readers.package import ZIP_ERRORS

HEAD_BYTES = 64 * 1024
CHUNK = 1024 * 1024

_SIGNATURES = (
    (b"%PDF", "PDF 文件"),
    (b"\xff\xd8\xff", "图片"),
    (b"\x89PNG", "图片"),
    (b"GIF8", "图片"),
    (b"BM", ""),
    (b"Rar!", "RAR 压缩包"),
    (b"7z\xbc\xaf\x27\x1c", "7z 压缩包"),
    (b"\x1f\x8b", "gzip 压缩包"),
    (b"OFD", "OFD 文件"),
    (b"{\\rtf", "RTF 文件"),
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_XML_2003 = "urn:schemas-microsoft-com:office:spreadsheet"


def file_type(path: Path) -> str:
    """Returns xlsx, xlsb, ods, xls, zip, spreadsheetml or text.

    Raises:
        ReadError: the file is empty or of a type that holds no table.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head.strip(b" \t\r\n\0"):
        raise ReadError("the file is empty", "文件是空的")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_type(path)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "xls"
    for signature, kind in _SIGNATURES:
        if kind and head.startswith(signature):
            raise ReadError("not a table", f"这是{kind}，不是表格")
    return _text_type(head)


def _zip_type(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as package:
            names = {n.replace("\\", "/").lower() for n in package.namelist()}
            is_ods = "mimetype" in names and b"opendocument.spreadsheet" in package.open("mimetype").read(100)
    except ZIP_ERRORS as error:
        raise ReadError("the package is damaged", "文件已损坏，可能没有传完") from error
    if "xl/workbook.bin" in names:
        return "xlsb"
    if any(n.startswith("xl/") and n.endswith("workbook.xml") for n in names):
        return "xlsx"
    if is_ods:
        return "ods"
    if any(n.startswith(("word/", "ppt/")) for n in names):
        raise ReadError("not a table", "这是文档，不是表格")
    return "zip"


def _text_type(head: bytes) -> str:
    encoding = next((name for bom, name in _BOMS if head.startswith(bom)), None)
    start = head.decode(encoding or "latin-1", errors="ignore").lstrip("\ufeff \t\r\n")
    if start.startswith("<"):
        if _XML_2003 in start:
            return "spreadsheetml"
        if re.match(r"<(!doctype\s+html|html|table|head|meta|style|div)", start, re.IGNORECASE):
            raise ReadError("a web page", "这是网页，不是表格，请用 Excel 另存为 xlsx")
        raise ReadError("XML of an unknown kind", "这是 XML 文件，不是表格")
    if start.startswith(("{", "[{")):
        raise ReadError("JSON", "这是 JSON 文件，不是表格")
    if encoding is None and b"\0" in head and not _looks_utf16(head):
        raise ReadError("binary data", "不是表格文件")
    return "text"


def _looks_utf16(head: bytes) -> bool:
    sample = head[: len(head) // 2 * 2]
    return max(sample[0::2].count(0), sample[1::2].count(0)) > 0 and _utf16_name(sample) is not None


def _utf16_name(sample: bytes) -> str | None:
    """Returns the byte order of UTF-16 without a mark: line ends and commas show it."""
    for name, marks in (("utf-16-le", (b"\n\0", b",\0", b"\t\0")), ("utf-16-be", (b"\0\n", b"\0,", b"\0\t"))):
        try:
            text = sample.decode(name)
        except UnicodeDecodeError:
            continue
        if any(mark in sample for mark in marks) and "\0" not in text:
            return name
    return None


def likely_encoding(path: Path) -> str:
    """Returns the encoding of a text file: a mark, else strict UTF-8, else what the bytes look like (stack.md).

    Offices here write no Big5 or Shift-JIS, for which a short header is often taken: the rest is GB18030 or damaged.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    marked = next((name for bom, name in _BOMS if head.startswith(bom)), None)
    if marked is None and b"\0" in head:
        marked = _utf16_name(head[: len(head) // 2 * 2])
    if marked is None and _decodes(path, "utf-8") is None:
        return "utf-8"
    return marked or "gb18030"


def text_encoding(path: Path) -> str:
    """Returns the encoding in which the whole file can be read.

    Raises:
        ReadError: the bytes fit no encoding throughout.
    """
    import chardet

    encoding = likely_encoding(path)
    line = None if encoding == "utf-8" else _decodes(path, encoding)
    if line is None:
        return encoding
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    raise ReadError(
        "text in mixed or unknown encoding",
        f"第 {line} 行附近文字编码混乱，无法读取",
        expected="UTF-8, UTF-16 or GB18030",
        got=str(chardet.detect(head)["encoding"]),
    )


def _decodes(path: Path, encoding: str) -> int | None:
    """Returns None if the whole file decodes, else the line of the first byte that does not."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                return line + error.object[: error.start].count(b"\n")
            line += chunk.count(b"\n")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return line
    return None
