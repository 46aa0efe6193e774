"""Heads from four sources for each question, brought to one scale and mixed as held-out texts like it best.

The tuned head reads what the sentence encoder learnt to see for its question, the fast head what the fast
encoder learnt, the plain head vectors that nothing learnt for it, the word head the words themselves. They
err differently, so together they err less.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.sparse import csr_matrix
from scipy.special import expit, logsumexp

from routing.advice.calibrate import temperature
from routing.advice.linear import LinearHead, fit_head, softmax
from routing.advice.model import Heads
from routing.advice.targets import WORDS_STRENGTH, Task

PARTS = 8
"""One part in so many of the texts is held out: nothing learns from it but the numbers of the calibration."""
STEP = 0.1


@dataclass(frozen=True)
class Features:
    """What is known of the texts: standardised vectors side by side, and weighted words."""

    dense: np.ndarray
    words: csr_matrix


@dataclass(frozen=True)
class Mixed:
    """A question's heads for use, and what they say of the held-out texts.

    ``logits`` and ``table`` have the shape (held-out texts, labels); ``table`` is calibrated.
    ``shares`` says how much of the tuned, the fast, the plain and the word head is in the heads.
    """

    heads: Heads
    temperature: float
    shares: tuple[float, ...]
    logits: np.ndarray
    table: np.ndarray


def held_out(texts: Sequence[str]) -> np.ndarray:
    """Which texts are held out, (texts,), by their hash: it does not change when texts are added."""
    return np.array([int(hashlib.sha256(t.encode("utf-8")).hexdigest()[:8], 16) % PARTS == 0 for t in texts])


def mix_all(
    tasks: Sequence[Task],
    features: Features,
    held: np.ndarray,
    tuned: Mapping[str, LinearHead],
    fast: Mapping[str, LinearHead],
) -> dict[str, Mixed]:
    """The heads of all questions by name.

    ``tuned`` and ``fast`` are heads on the dense features, where there are any: by question, and by lesson.
    """
    words: dict[str, LinearHead] = {}
    mixed = {}
    for task in tasks:
        if task.lesson not in words and task.words:
            words[task.lesson] = _fit_words(task, features.words, ~held[task.rows])
        plain = _fit_dense(task, features.dense, ~held[task.rows])
        dense = (tuned.get(task.name), fast.get(task.lesson), plain)
        mixed[task.name] = _mix(task, features, held, dense, words.get(task.lesson) if task.words else None)
    return mixed


def _mix(
    task: Task,
    features: Features,
    held: np.ndarray,
    by_vectors: Sequence[LinearHead | None],
    words: LinearHead | None,
) -> Mixed:
    rows = np.flatnonzero(held)
    dense, counted = features.dense[rows], features.words[rows]
    logits = [*(head and head.logits(dense) for head in by_vectors), words and words.logits(counted)]
    own = held[task.rows]
    at, targets = np.searchsorted(rows, task.rows[own]), task.targets[own]
    scales = [0.0 if z is None else 1.0 / max(float(z[at].std()), 1e-6) for z in logits]
    scaled = [None if z is None else z * s for z, s in zip(logits, scales, strict=True)]
    shares = _best_shares(scaled, at, targets, task.exclusive)
    total = _sum(scaled, shares)
    divisor = temperature(total[at], targets, task.exclusive)
    *by_dense, by_words = (share * scale for share, scale in zip(shares, scales, strict=True))
    heads = Heads(_added(by_vectors, by_dense), words.times(by_words) if by_words else None)
    table = softmax(total / divisor) if task.exclusive else expit(total / divisor)
    return Mixed(heads, divisor, shares, total, table)


def _best_shares(
    scaled: Sequence[np.ndarray | None], at: np.ndarray, targets: np.ndarray, exclusive: bool
) -> tuple[float, ...]:
    """The shares that make the held-out answers likeliest, each under its own best temperature."""

    def loss(shares: tuple[float, ...]) -> float:
        z = _sum(scaled, shares)[at]
        z = z / temperature(z, targets, exclusive)
        if exclusive:
            return -float((targets * (z - logsumexp(z, axis=1, keepdims=True))).sum())
        return float((np.logaddexp(0.0, z) - targets * z).sum())

    return min(_shares([z is not None for z in scaled]), key=loss)


def _shares(there: Sequence[bool]) -> Iterator[tuple[float, ...]]:
    """All ways to share out, in steps, among those that are there."""
    steps = round(1 / STEP)
    for parts in product(*(range(steps + 1) if known else (0,) for known in there)):
        if sum(parts) == steps:
            yield tuple(part / steps for part in parts)


def _sum(scaled: Sequence[np.ndarray | None], shares: Sequence[float]) -> np.ndarray:
    return np.sum([share * z for share, z in zip(shares, scaled, strict=True) if z is not None], axis=0)


def _added(heads: Sequence[LinearHead | None], by: Sequence[float]) -> LinearHead:
    """One head that gives the sum of those that are there, each multiplied."""
    parts = [head.times(factor) for head, factor in zip(heads, by, strict=True) if head is not None]
    weights, bias = sum(part.weights for part in parts), sum(part.bias for part in parts)
    return LinearHead(parts[0].labels, weights, bias, parts[0].exclusive)


def _fit_words(task: Task, x: csr_matrix, keep: np.ndarray) -> LinearHead:
    own = x[task.rows[keep]]
    return _fit(task, own, keep, np.flatnonzero(own.getnnz(axis=0)), WORDS_STRENGTH)


def _fit_dense(task: Task, x: np.ndarray, keep: np.ndarray) -> LinearHead:
    return _fit(task, x[task.rows[keep]], keep, np.flatnonzero(task.columns), task.strength)


def _fit(
    task: Task, own: np.ndarray | csr_matrix, keep: np.ndarray, columns: np.ndarray, strength: float
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
