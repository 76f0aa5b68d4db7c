"""Returns the three functions of normalisation that SQL cannot express, or not quickly, over Arrow arrays."""

import hashlib
import hmac
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def nfkc(texts: pa.Array) -> pa.Array:
    """Returns the texts in Unicode form NFKC."""
    return pc.utf8_normalize(texts, "NFKC")


_VALUES = np.zeros(256, np.int16)  # of the bytes of a code; the alphabet of GB 32100-2015 has no I O Z S V
_VALUES[np.frombuffer(b"0123456789ABCDEFGHJKLMNPQRTUWXY", np.uint8)] = np.arange(31)
_WEIGHTS = np.array([pow(3, i, 31) for i in range(17)] + [1], np.int16)  # GB 32100-2015


def uscc_check(codes: pa.Array) -> pa.Array:
    """Returns whether the check characters of well-formed codes hold: 18 bytes each, none null (GB 32100-2015)."""
    texts = (codes.combine_chunks() if isinstance(codes, pa.ChunkedArray) else codes).cast(pa.large_string())
    _, offsets, data = texts.buffers()
    first, last = np.frombuffer(offsets, np.int64)[[texts.offset, texts.offset + len(texts)]]
    values = _VALUES[np.frombuffer(data, np.uint8)[first:last]].reshape(-1, len(_WEIGHTS))
    return pa.array(values @ _WEIGHTS % 31 == 0)


def hasher(secret: str) -> Callable[[pa.Array], pa.Array]:
    """Returns a function from ID numbers to their hex HMAC-SHA256; equal numbers are hashed once per vector."""

    def hashed(numbers: pa.Array) -> pa.Array:
        chunk = numbers.combine_chunks() if isinstance(numbers, pa.ChunkedArray) else numbers
        coded = chunk.dictionary_encode()
        hashes = [
            None if number is None else hmac.new(secret.encode(), number.encode(), hashlib.sha256).hexdigest()
            for number in coded.dictionary.to_pylist()
        ]
        return pa.array(hashes, pa.string()).take(coded.indices)

    return hashed
