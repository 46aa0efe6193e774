"""Numbers that make scores mean what they say, found on held-out scores only.

Temperatures (Guo et al., "On Calibration of Modern Neural Networks", 2017) make a probability of 0.8
right four times out of five; thresholds are set where they serve best.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize, minimize_scalar
from scipy.special import expit, logsumexp


def temperature(logits: np.ndarray, targets: np.ndarray, exclusive: bool) -> float:
    """The divisor of the logits that makes the targets most likely."""

    def loss(log_t: float) -> float:
        z = logits / np.exp(log_t)
        if exclusive:
            return float(-(targets * (z - logsumexp(z, axis=1, keepdims=True))).sum())
        return float((np.logaddexp(0.0, z) - targets * z).sum())

    return float(np.exp(minimize_scalar(loss, bounds=(-3.0, 3.0), method="bounded").x))


def states(probabilities: np.ndarray, threshold: float, first: bool) -> np.ndarray:
    """Which labels are stated, (texts, labels): from the threshold on; ``first``: the best one always is."""
    stated = probabilities >= threshold
    if first:
        stated[np.arange(len(stated)), probabilities.argmax(axis=1)] = True
    return stated


def state_threshold(probabilities: np.ndarray, truth: np.ndarray, first: bool) -> float:
    """From which probability on labels are stated for the best micro F1."""

    def f1(threshold: float) -> float:
        stated = states(probabilities, threshold, first)
        return float(2 * (stated & truth).sum() / max(1, stated.sum() + truth.sum()))

    return max(map(float, np.arange(0.1, 0.9, 0.01)), key=f1)


def platt(signals: np.ndarray, right: np.ndarray, strength: float = 1e-3) -> np.ndarray:
    """Logistic regression of being right on signals (texts, k): weights and, last, the constant."""
    x = np.hstack([signals, np.ones((len(signals), 1))])

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        z = x @ w
        value = (np.logaddexp(0.0, z) - right * z).mean() + 0.5 * strength * float(w[:-1] @ w[:-1])
        gradient = x.T @ (expit(z) - right) / len(x)
        gradient[:-1] += strength * w[:-1]
        return value, gradient

    return minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B").x


def sure_threshold(probability: np.ndarray, right: np.ndarray, wanted: float) -> float:
    """The lowest probability from which on a share ``wanted`` of the texts is right; 1.0 if there is none."""
    order = np.argsort(-probability)
    hits = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    enough = np.flatnonzero(hits >= wanted)
    enough = enough[enough >= 20]
    return float(probability[order][enough[-1]]) if len(enough) else 1.0
