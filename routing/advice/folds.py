"""Heads for the questions, and the scores of every text by heads that never saw it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from routing.advice.linear import LinearHead, fit_head
from routing.advice.model import Heads
from routing.advice.targets import WORDS_STRENGTH, Task

FOLDS = 5
Fit = Callable[[Task, "np.ndarray | csr_matrix", np.ndarray], LinearHead]


@dataclass(frozen=True)
class Features:
    """What is known of the texts: standardised vectors side by side, and weighted words."""

    dense: np.ndarray
    words: csr_matrix


@dataclass(frozen=True)
class HeldOut:
    """A task's heads for use, and the logits (texts, labels) of every text by heads of other folds."""

    heads: Heads
    logits: np.ndarray


def folds_of(texts: Sequence[str]) -> np.ndarray:
    """The fold (0..FOLDS-1) of each text, by its hash: it does not change when texts are added."""
    return np.array([int(hashlib.sha256(t.encode("utf-8")).hexdigest()[:8], 16) % FOLDS for t in texts])


def learn(task: Task, features: Features, fold: np.ndarray) -> HeldOut:
    """The heads of a task. Both heads are brought to one scale on held-out texts, then mixed by share."""
    dense = _cross(task, features.dense, fold, _fit_dense)
    if not task.words:
        return HeldOut(Heads(dense[0]), dense[1])
    words = _cross(task, features.words, fold, _fit_words)
    spread = [float(logits[task.rows].std()) for _, logits in (dense, words)]
    by_dense, by_words = (1 - task.words), task.words * spread[0] / spread[1]
    heads = Heads(dense[0].times(by_dense), words[0].times(by_words))
    return HeldOut(heads, dense[1] * by_dense + words[1] * by_words)


def _cross(
    task: Task, x: np.ndarray | csr_matrix, fold: np.ndarray, fit: Fit
) -> tuple[LinearHead, np.ndarray]:
    logits = np.empty((x.shape[0], len(task.labels)))
    for number in range(FOLDS):
        inside = fold == number
        logits[inside] = fit(task, x, ~inside[task.rows]).logits(x[inside])
    return fit(task, x, np.ones(len(task.rows), dtype=bool)), logits


def _fit_words(task: Task, x: csr_matrix, keep: np.ndarray) -> LinearHead:
    return fit_head(
        x[task.rows[keep]],
        task.targets[keep],
        task.labels,
        exclusive=task.exclusive,
        strength=WORDS_STRENGTH,
        weights=task.weights[keep],
    )


def _fit_dense(task: Task, x: np.ndarray, keep: np.ndarray) -> LinearHead:
    """Columns that the task does not use get weights of zero."""
    columns = np.flatnonzero(task.columns)
    fitted = fit_head(
        x[task.rows[keep]][:, columns],
        task.targets[keep],
        task.labels,
        exclusive=task.exclusive,
        strength=task.strength,
        weights=task.weights[keep],
    )
    full = np.zeros((x.shape[1], len(task.labels)), dtype=np.float32)
    full[columns] = fitted.weights
    return LinearHead(task.labels, full, fitted.bias, task.exclusive)
