"""How well the acts of a conversation are recognised: cross-validated, with precision and recall for each.

The classifier is Rasa's (logistic regression, balanced classes) on the same features: the sentence encoder
and groups of two to four characters. What somebody comes for (plan, service, staff question, urgent) is
decided by the advice and measured by `make evaluate`; those texts are here for the acts to be told from.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import precision_recall_fscore_support
from sklearn.model_selection import StratifiedKFold

from bot.training import ROOT
from routing.advice.text import calm
from routing.backoffice import FAST_ENCODER, shared_encoder

KINDS = ("plan", "service", "staff_question", "urgent")
BATCH = 256


def read(folder: Path = ROOT / "data" / "nlu") -> tuple[list[str], np.ndarray]:
    """Texts and intents of Rasa's files."""
    from rasa.shared.importers.utils import training_data_from_paths

    data = training_data_from_paths([str(path) for path in sorted(folder.glob("*.yml"))], language="nl")
    examples = [m for m in data.training_examples if m.get("text") and m.get("intent")]
    return [m.get("text") for m in examples], np.array([m.get("intent") for m in examples])


def held_out(texts: list[str], intents: np.ndarray, folds: int) -> np.ndarray:
    """The intent of each text, by a classifier that never saw it."""
    encoder = shared_encoder(FAST_ENCODER)
    calmed = [calm(text) for text in texts]
    parts = [encoder.encode(calmed[start : start + BATCH]) for start in range(0, len(texts), BATCH)]
    dense, found = csr_matrix(np.vstack(parts)), np.empty_like(intents)
    for train, test in StratifiedKFold(folds, shuffle=True, random_state=0).split(dense, intents):
        grams = CountVectorizer(analyzer="char_wb", ngram_range=(2, 4), max_features=12000)
        seen = hstack([dense[train], grams.fit_transform([texts[i] for i in train])]).tocsr()
        model = LogisticRegression(max_iter=200, class_weight="balanced", random_state=42)
        model.fit(seen, intents[train])
        found[test] = model.predict(hstack([dense[test], grams.transform([texts[i] for i in test])]).tocsr())
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folds", type=int, default=5)
    texts, intents = read()
    found = held_out(texts, intents, parser.parse_args().folds)
    names = [name for name in sorted(set(intents)) if name not in KINDS]
    figures = precision_recall_fscore_support(intents, found, labels=names, zero_division=0)
    print(f"{'intent':18} {'precision':>9} {'recall':>7} {'F1':>6} {'texts':>6}")
    for name, precision, recall, score, count in zip(names, *figures, strict=True):
        print(f"{name:18} {precision:9.3f} {recall:7.3f} {score:6.3f} {count:6d}")
    acts = ~np.isin(intents, KINDS)
    weights = figures[3] / figures[3].sum()
    print(
        f"{'all acts':18} {weights @ figures[0]:9.3f} {weights @ figures[1]:7.3f} {weights @ figures[2]:6.3f}"
    )
    print(f"accuracy on {acts.sum()} texts of acts: {np.mean(found[acts] == intents[acts]):.3f}")


if __name__ == "__main__":
    main()
