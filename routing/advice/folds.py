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


def learn_all(tasks: Sequence[Task], features: Features, fold: np.ndarray) -> dict[str, HeldOut]:
    """The heads of all tasks by name, with held-out logits.

    Tasks of one lesson differ in the vectors that they read; what their words teach is learnt once.
    """
    by_words: dict[str, tuple[LinearHead, np.ndarray]] = {}
    for task in tasks:
        if task.words and task.lesson not in by_words:
            by_words[task.lesson] = _cross(task, features.words, fold, _fit_words)
    return {
        task.name: _mix(task, _cross(task, features.dense, fold, _fit_dense), by_words.get(task.lesson))
        for task in tasks
    }


def _mix(
    task: Task, dense: tuple[LinearHead, np.ndarray], words: tuple[LinearHead, np.ndarray] | None
) -> HeldOut:
    """Both heads are brought to one scale on held-out texts, then mixed by share."""
    if words is None or not task.words:
        return HeldOut(Heads(dense[0]), dense[1])
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
    own = x[task.rows[keep]]
    return _fit(task, own, keep, np.flatnonzero(own.getnnz(axis=0)))


def _fit_dense(task: Task, x: np.ndarray, keep: np.ndarray) -> LinearHead:
    return _fit(task, x[task.rows[keep]], keep, np.flatnonzero(task.columns), task.strength)


def _fit(
    task: Task,
    own: np.ndarray | csr_matrix,
    keep: np.ndarray,
    columns: np.ndarray,
    strength: float = WORDS_STRENGTH,
) -> LinearHead:
    """A head on some columns; the others get weights of zero."""
    fitted = fit_head(
        own[:, columns],
        task.targets[keep],
        task.labels,
        exclusive=task.exclusive,
        strength=strength,
        weights=task.weights[keep],
    )
    full = np.zeros((own.shape[1], len(task.labels)), dtype=np.float32)
    full[columns] = fitted.weights
    return LinearHead(task.labels, full, fitted.bias, task.exclusive)
