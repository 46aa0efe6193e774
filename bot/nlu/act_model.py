"""Acts of a conversation (yes, skip, a person please) from a text: one linear layer on two views of it.

The encoder tells what a text means, and groups of letters tell how it is spelt, which in an answer of one
word is all there is. The letters are brought down to ``FOLDED`` directions for training; the directions and
the layer on them are then one matrix, so nothing of the training texts is stored.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.decomposition import TruncatedSVD
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from routing.advice.encoder import Encoder
from routing.advice.grams import counts, rarity, weighted
from routing.advice.linear import softmax
from routing.advice.text import calm

BATCH = 128
FOLDED = 300
LETTERS = 20.0
"""How much a direction of the letters weighs beside one of the encoder."""
LOOSENESS = 0.03
"""The inverse strength of the penalty on weights; found by `bench/intents.py`."""


def encoded(encoder: Encoder, texts: Sequence[str]) -> np.ndarray:
    """The vectors of texts, shortest together, which is fastest; in the order of the texts."""
    calmed = [calm(text) for text in texts]
    order = sorted(range(len(calmed)), key=lambda i: len(calmed[i]))
    vectors = np.zeros((len(calmed), encoder.dimensions), dtype=np.float32)
    for start in range(0, len(order), BATCH):
        part = order[start : start + BATCH]
        vectors[part] = encoder.encode([calmed[i] for i in part])
    return vectors


@dataclass(frozen=True)
class ActModel:
    """Probabilities of ``labels``; made by ``fit_acts``."""

    labels: tuple[str, ...]
    meaning: np.ndarray
    """(dimensions of the encoder, labels)"""
    spelling: np.ndarray
    """(buckets of the letters, labels)"""
    bias: np.ndarray
    rare: np.ndarray

    def probabilities(self, texts: Sequence[str], vectors: np.ndarray) -> np.ndarray:
        """Shape (texts, labels); ``vectors`` as ``encoded`` gives them."""
        letters = weighted(counts([calm(text) for text in texts]), self.rare)
        return softmax(vectors @ self.meaning + np.asarray(letters @ self.spelling) + self.bias)

    def save(self, path: Path) -> None:
        """Write it to a file, which ``load`` reads."""
        np.savez_compressed(
            path,
            labels=np.array(self.labels),
            meaning=self.meaning.astype(np.float32),
            spelling=self.spelling.astype(np.float16),
            bias=self.bias.astype(np.float32),
            rare=self.rare.astype(np.float16),
        )

    @classmethod
    def load(cls, path: Path) -> ActModel:
        """The model of a file; never unpickles."""
        with np.load(path, allow_pickle=False) as stored:
            return cls(
                tuple(map(str, stored["labels"])),
                stored["meaning"],
                stored["spelling"].astype(np.float32),
                stored["bias"],
                stored["rare"].astype(np.float32),
            )


def fit_acts(texts: Sequence[str], vectors: np.ndarray, labels: Sequence[str]) -> ActModel:
    """Learn from labelled texts; each label counts the same, however many texts it has."""
    mean, spread = vectors.mean(axis=0), np.maximum(vectors.std(axis=0), 1e-6)
    counted = counts([calm(text) for text in texts])
    rare = rarity(counted)
    fold, directions = _folded(weighted(counted, rare))
    both = np.hstack([(vectors - mean) / spread, directions]).astype(np.float32)
    layer = LogisticRegression(C=LOOSENESS, max_iter=200, tol=1e-3, class_weight="balanced")
    with warnings.catch_warnings():
        # The last steps of the fit change weights that no text hangs on; more of them are not better.
        warnings.simplefilter("ignore", ConvergenceWarning)
        layer.fit(both, np.asarray(labels))
    meaning, spelling = np.split(layer.coef_.T, [len(mean)])
    meaning = meaning / spread[:, None]
    return ActModel(
        tuple(map(str, layer.classes_)),
        meaning.astype(np.float32),
        (fold @ spelling).astype(np.float32),
        (layer.intercept_ - mean @ meaning).astype(np.float32),
        rare,
    )


def _folded(letters: csr_matrix) -> tuple[np.ndarray, np.ndarray]:
    """The matrix that folds the letters into few directions, and the letters in those."""
    size = min(FOLDED, min(letters.shape) - 1)
    found = TruncatedSVD(size, n_iter=2, random_state=0).fit(letters)
    fold = found.components_.T * LETTERS
    return fold, np.asarray(letters @ fold)
