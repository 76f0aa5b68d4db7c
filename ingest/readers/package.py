"""Returns the members of a zip, unpacked under names of our own: no path of an archive is ever followed."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from ingest.errors import ReadError
from ingest.readers.grid import Limits

MOST_MEMBERS = 2000
"""Members of an archive; more is no report."""

CHUNK = 1024 * 1024
FREE_BYTES = 64 * CHUNK
"""Unpacked bytes that are never too many, whatever the ratio: small tables pack very well."""

ZIP_ERRORS = (
    zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError, LookupError, RuntimeError, ValueError,
    OverflowError,
)  # fmt: skip
"""What the standard library raises over a zip that is damaged or beyond it: a password is a RuntimeError, and so is a
packing method that zipfile does not know."""

_PASSED_OVER = (".", "~$", "~lock")
_PARTIAL = (".tmp", ".part", ".partial", ".crdownload", ".filepart", ".download")
_SYSTEM = frozenset({"thumbs.db", "desktop.ini", "__macosx", "$recycle.bin"})


def is_passed_over(name: str) -> bool:
    """Returns whether a file or folder is a leftover of a program and no part of a report."""
    lower = name.lower()
    return lower.startswith(_PASSED_OVER) or lower.endswith(_PARTIAL) or lower in _SYSTEM


def member_name(info: zipfile.ZipInfo) -> str:
    """Returns the name of a member: UTF-8 where marked, else UTF-8 or GBK as Windows wrote it."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        raw = info.orig_filename.encode("cp437")
    except UnicodeEncodeError:
        return info.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.filename


def unpack(path: Path, scratch: Path, limits: Limits) -> Iterator[tuple[str, Path]]:
    """Yields shown name and unpacked file of every member that is part of the report, in order of names.

    Raises:
        ReadError: damaged, encrypted, or beyond the limits.
    """
    try:
        with zipfile.ZipFile(path) as package:
            infos = [i for i in package.infolist() if not i.is_dir()]
            if len(infos) > MOST_MEMBERS:
                raise ReadError("too many members", f"压缩包内文件超过 {MOST_MEMBERS} 个", got=str(len(infos)))
            allowed = min(
                limits.unpacked_bytes, max(FREE_BYTES, sum(i.compress_size for i in infos) * limits.expansion)
            )
            named = [(_shown(member_name(i)), i) for i in infos]
            for number, (name, info) in enumerate(sorted(named, key=lambda n: n[0])):
                if any(is_passed_over(part) for part in PurePosixPath(name).parts):
                    continue
                if info.flag_bits & 0x1:
                    raise ReadError("the archive is encrypted", "压缩包有密码")
                target = scratch / f"member{number:05d}"
                allowed -= _copy(package, info, target, allowed)
                yield name, target
                target.unlink(missing_ok=True)
    except ZIP_ERRORS as error:
        raise ReadError("the archive is damaged", "压缩包已损坏，可能没有传完", got=str(error)[:200]) from error


def _shown(name: str) -> str:
    parts = [p for p in name.replace("\\", "/").split("/") if p not in ("", ".", "..")]
    return "/".join(parts)


def _copy(package: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, allowed: int) -> int:
    size = 0
    with package.open(info) as stream, target.open("wb") as out:
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            if size > allowed:
                raise ReadError("unpacks to too many bytes", "压缩包展开后过大，疑似异常文件", expected=str(allowed))
            out.write(chunk)
    return size
