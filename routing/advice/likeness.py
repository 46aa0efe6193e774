"""How alike two plans are: what they are about, by the encoder, and the very words they share.

Vectors find candidates quickly among many; for those the words decide, which know the names of places and
things that a sentence vector blurs. Constants were set with ``bench/similar.py``, on pairs of texts in which
other people tell the same plan, tell another plan about the same subject, or something else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from scipy.special import expit

from routing.advice.encoder import E5_WIDTH
from routing.advice.grams import counts, weighted
from routing.advice.scorer import Scorer
from routing.advice.text import calm

ABOUT = "goals"
"""The group of questions whose learning tells best what a plan is about."""
FOLDED = 256
"""Numbers of a vector that hold the words, folded together."""
WIDTH = E5_WIDTH + FOLDED
BY_WORDS = 2.25
"""How much shared words count beside nearness of the vectors."""
MIDDLE, STEEPNESS = 0.16, 40.0
"""Where two texts are as likely as not about one subject, and how fast that changes around it."""
DUPLICATE = 0.99999
"""From this likeness on two cases may well be one and the same: most of the words are. The same plan in quite
other words is found, but not told from another plan about the same subject; that is for people."""


class Likeness:
    """Compares plans. Thread-safe; a new text costs one encoding, which an advice on it has made already."""

    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer
        standard = next(s for s in scorer.model.standards if s.encoder == "e5")
        start = E5_WIDTH * (1 + tuple(scorer.model.adapters.ways).index(ABOUT))
        self._at = slice(start, start + E5_WIDTH)
        self._mean, self._scale = standard.mean[self._at], standard.scale[self._at]
        self.made_by = hashlib.sha256(self._mean.tobytes() + self._scale.tobytes()).hexdigest()
        """Which training the vectors hang on: those of another one cannot be compared with them."""

    def vector(self, text: str) -> np.ndarray:
        """The unit vector (WIDTH,) of a text, for finding candidates."""
        about = self._about(text)
        words = weighted(counts([calm(text)]), self._scorer.model.rarity)
        folded = np.zeros(FOLDED, dtype=np.float32)
        # The signs keep words that fall together from adding up.
        signs = np.where(words.indices // FOLDED % 2, 1.0, -1.0)
        np.add.at(folded, words.indices % FOLDED, words.data * signs)
        vector = np.concatenate([about, folded]).astype(np.float32)
        return vector / max(float(np.linalg.norm(vector)), 1e-9)

    def likeness(self, text: str, others: Sequence[str], vectors: np.ndarray) -> np.ndarray:
        """How likely each of the others is about the same subject, 0 to 1: (others,).

        ``vectors`` (others, WIDTH) are those that ``vector`` gave for them.
        """
        if not others:
            return np.zeros(0)
        words = weighted(counts([calm(t) for t in (text, *others)]), self._scorer.model.rarity)
        shared = np.asarray((words[1:] @ words[0].T).todense()).ravel()
        about = vectors[:, :E5_WIDTH]
        lengths = np.maximum(np.linalg.norm(about, axis=1), 1e-9)
        near = about @ self._about(text) / lengths
        return expit(STEEPNESS * ((near + BY_WORDS * shared) / (1 + BY_WORDS) - MIDDLE))

    def _about(self, text: str) -> np.ndarray:
        vector = self._scorer.encoder("e5").encode([calm(text)])[0][self._at]
        standard = (vector - self._mean) / self._scale
        return standard / max(float(np.linalg.norm(standard)), 1e-9)
