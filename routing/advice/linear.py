"""Linear heads with soft labels: logistic regression on the features of a text.

Fitted with L-BFGS from a start of zeros, so that the same texts give the same weights. Labels are
probabilities, so that an alternative which a labeller would also defend counts for what it says.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix, issparse
from scipy.special import expit, logsumexp

MAX_ITERATIONS = 150
Features = np.ndarray | csr_matrix
"""Shape (texts, dimensions)."""


@dataclass(frozen=True)
class LinearHead:
    """Scores for each of ``labels``: ``x @ weights + bias``; softmax when ``exclusive``, else sigmoid.

    ``weights`` has shape (dimensions, labels).
    """

    labels: tuple[str, ...]
    weights: np.ndarray
    bias: np.ndarray
    exclusive: bool

    def logits(self, x: Features) -> np.ndarray:
        """Shape (texts, labels)."""
        return np.asarray(x @ self.weights) + self.bias

    def times(self, factor: float) -> LinearHead:
        """The head with all its logits multiplied."""
        weights = (self.weights * factor).astype(self.weights.dtype)
        return LinearHead(self.labels, weights, (self.bias * factor).astype(np.float32), self.exclusive)


def softmax(z: np.ndarray) -> np.ndarray:
    """Over the last axis."""
    return np.exp(z - logsumexp(z, axis=-1, keepdims=True))


def fit_head(
    x: Features,
    targets: np.ndarray,
    labels: tuple[str, ...],
    *,
    exclusive: bool,
    strength: float,
    weights: np.ndarray | None = None,
) -> LinearHead:
    """The head that explains ``targets`` (texts, labels) best, with an L2 penalty of ``strength``.

    ``weights`` (texts,) says how much each text counts. With ``exclusive`` the rows of ``targets``
    sum to one, otherwise each entry is the probability of its label.
    """
    d, k = x.shape[1], targets.shape[1]
    sample = np.ones(len(targets)) if weights is None else np.asarray(weights, dtype=float)
    share = (sample / sample.sum())[:, None]
    turned = x.T.tocsr() if issparse(x) else x.T

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        w, bias = flat[: d * k].reshape(d, k).astype(np.float32), flat[d * k :]
        value, delta = _loss(np.asarray(x @ w) + bias, targets, share, exclusive)
        gradient = np.asarray(turned @ delta.astype(np.float32)) + strength * w
        return value + 0.5 * strength * float((w * w).sum()), np.append(gradient.ravel(), delta.sum(axis=0))

    start = np.zeros(d * k + k)
    best = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": MAX_ITERATIONS}).x
    return LinearHead(
        labels, best[: d * k].reshape(d, k).astype(np.float32), best[d * k :].astype(np.float32), exclusive
    )


def _loss(z: np.ndarray, targets: np.ndarray, share: np.ndarray, exclusive: bool) -> tuple[float, np.ndarray]:
    if exclusive:
        log_p = z - logsumexp(z, axis=1, keepdims=True)
        delta = np.exp(log_p) * targets.sum(axis=1, keepdims=True) - targets
        return -float((share * targets * log_p).sum()), share * delta
    return float((share * (np.logaddexp(0.0, z) - targets * z)).sum()), share * (expit(z) - targets)
