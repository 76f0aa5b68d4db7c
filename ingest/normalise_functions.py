"""Returns the two functions of normalisation that SQL cannot express, over Arrow arrays."""

import hashlib
import hmac
from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc


def nfkc(texts: pa.Array) -> pa.Array:
    """Returns the texts in Unicode form NFKC."""
    return pc.utf8_normalize(texts, "NFKC")


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
