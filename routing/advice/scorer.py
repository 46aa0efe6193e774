"""From texts to calibrated probabilities for everything that the advice decides on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from scipy.special import expit

from routing.advice.encoder import Encoder
from routing.advice.grams import counts, weighted
from routing.advice.linear import softmax
from routing.advice.model import Model, ModelError
from routing.advice.targets import QUICK


@dataclass(frozen=True)
class Scores:
    """Probabilities of one text by head and label."""

    by_head: Mapping[str, Mapping[str, float]]

    def __getitem__(self, head: str) -> Mapping[str, float]:
        return self.by_head[head]

    def best(self, head: str) -> str:
        """The likeliest label of a head."""
        table = self.by_head[head]
        return max(table, key=table.__getitem__)


class Scorer:
    """The trained heads on top of the encoders. Thread-safe."""

    def __init__(self, model: Model, encoders: Mapping[str, Encoder]) -> None:
        missing = [name for name in model.encoders if name not in encoders]
        if missing:
            raise ModelError(
                f"the heads were trained with the encoder(s) {', '.join(missing)}, which are not there"
            )
        self.model = model
        self._encoders = {name: encoders[name] for name in model.encoders}
        self._of_text = tuple(name for name in model.heads if not name.startswith(QUICK))
        self._needs = {name: _encoders_used(model, name) for name in model.heads}

    def labels(self, head: str) -> tuple[str, ...]:
        return self.model.heads[head].dense.labels

    def encoder(self, name: str) -> Encoder:
        return self._encoders[name]

    def number(self, name: str) -> float:
        """A number of the calibration."""
        return self.model.numbers[name]

    def scores(self, text: str, heads: Collection[str] | None = None) -> Scores:
        """Calibrated probabilities of one (calmed) text for all heads or some."""
        names = tuple(heads if heads is not None else self._of_text)
        tables = self.logits([text], names)
        return Scores({name: self._table(name, tables[name][0]) for name in names})

    def _table(self, name: str, logits: np.ndarray) -> dict[str, float]:
        exclusive = self.model.heads[name].dense.exclusive
        p = softmax(logits.astype(float)) if exclusive else expit(logits.astype(float))
        return dict(zip(self.labels(name), map(float, p), strict=True))

    def logits(self, texts: Sequence[str], heads: Collection[str]) -> dict[str, np.ndarray]:
        """Calibrated logits (texts, labels) by head; only the encoders that these heads use are run."""
        needed = {encoder for head in heads for encoder in self._needs[head]}
        vectors = [
            self._encoders[name].encode(texts)
            if name in needed
            else np.zeros((len(texts), self._encoders[name].dimensions), dtype=np.float32)
            for name in self.model.encoders
        ]
        x = self.model.features(vectors)
        words = weighted(counts(texts), self.model.rarity)
        return {head: self._one(head, x, words) for head in heads}

    def _one(self, name: str, x: np.ndarray, words: csr_matrix) -> np.ndarray:
        return self.model.heads[name].logits(x, words) / self.model.numbers.get(f"{name}.temperature", 1.0)


def _encoders_used(model: Model, head: str) -> frozenset[str]:
    used, at = set(), 0
    for standard in model.standards:
        width = len(standard.mean)
        if np.any(model.heads[head].dense.weights[at : at + width]):
            used.add(standard.encoder)
        at += width
    return frozenset(used)
