"""The words themselves: counts of words, word groups and parts of words, hashed into buckets.

Sentence vectors tell what a text is about; who asks for which help often hangs on a few words ("offerte",
"aan tafel", "wie houdt bij"). Weights: 1 + log(count), times the inverse document frequency, to length one.
Hashing needs no vocabulary, so nothing of anybody's words is stored.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix

BUCKETS = 1 << 15
WORD_GROUPS = (1, 2, 3)
PARTS = (3, 4, 5)
_WORD = re.compile(r"\w+|[?!]")


def grams(text: str) -> list[str]:
    """Word groups and, within each word with its borders, parts of words; in lower case."""
    found = _WORD.findall(text.lower())
    groups = ["w" + " ".join(found[i : i + n]) for n in WORD_GROUPS for i in range(len(found) - n + 1)]
    parts = [
        "c" + bordered[i : i + n]
        for word in found
        for bordered in (f" {word} ",)
        for n in PARTS
        for i in range(len(bordered) - n + 1)
    ]
    return groups + parts


def counts(texts: Sequence[str]) -> csr_matrix:
    """1 + log(count) by bucket, shape (texts, BUCKETS)."""
    rows, columns, values = [], [], []
    for row, text in enumerate(texts):
        tally = Counter(zlib.crc32(gram.encode("utf-8")) % BUCKETS for gram in grams(text))
        rows += [row] * len(tally)
        columns += tally.keys()
        values += tally.values()
    data = 1.0 + np.log(np.array(values, dtype=np.float32))
    return csr_matrix((data, (rows, columns)), shape=(len(texts), BUCKETS), dtype=np.float32)


def rarity(counted: csr_matrix) -> np.ndarray:
    """The inverse document frequency of each bucket; zero where it occurs in fewer than two texts."""
    texts = counted.shape[0]
    frequency = np.asarray((counted > 0).sum(axis=0)).ravel()
    return np.where(frequency >= 2, np.log((1 + texts) / (1 + frequency)) + 1, 0.0).astype(np.float32)


def weighted(counted: csr_matrix, rare: np.ndarray) -> csr_matrix:
    """Counts times rarity, each row to length one."""
    scaled = counted.multiply(rare[None, :]).tocsr()
    lengths = np.sqrt(np.asarray(scaled.multiply(scaled).sum(axis=1)).ravel())
    scaled.data = scaled.data / np.repeat(np.maximum(lengths, 1e-9), np.diff(scaled.indptr))
    return scaled.astype(np.float32)
