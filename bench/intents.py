"""How well the acts of a conversation are recognised: cross-validated, with precision and recall for each.

The classifier is that of the assistant (`bot/nlu/act_model.py`). What somebody comes for (plan, service,
staff question, urgent) is decided by the advice and measured by `make evaluate`; a share of those texts is
here for the acts to be told from, as it is when the assistant is trained.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

import numpy as np
from sklearn.metrics import precision_recall_fscore_support
from sklearn.model_selection import StratifiedKFold

from bot.nlu.act_model import fit_acts
from bot.nlu.acts import KINDS, ActClassifier, learnt_from
from bot.nlu.vectors import remembered
from bot.training import ROOT
from routing.backoffice import BEST_ENCODER, heads_fingerprint, shared_encoder

SHOWN = 15


def read(folder: Path = ROOT / "data" / "nlu") -> tuple[list[str], np.ndarray]:
    """Texts and intents of Rasa's files that the classifier learns from."""
    from rasa.shared.importers.utils import training_data_from_paths

    data = training_data_from_paths([str(path) for path in sorted(folder.glob("*.yml"))], language="nl")
    examples = learnt_from(data.training_examples, ActClassifier.get_default_config()["every"])
    return [m.get("text") for m in examples], np.array([m.get("intent") for m in examples])


def held_out(texts: list[str], intents: np.ndarray, folds: int) -> np.ndarray:
    """The intent of each text, by a classifier that never saw it."""
    vectors = remembered(shared_encoder(BEST_ENCODER), texts, heads_fingerprint())
    found = np.empty_like(intents)
    for train, test in StratifiedKFold(folds, shuffle=True, random_state=0).split(vectors, intents):
        model = fit_acts([texts[i] for i in train], vectors[train], intents[train])
        rows = model.probabilities([texts[i] for i in test], vectors[test])
        found[test] = np.array(model.labels)[rows.argmax(axis=1)]
    return found


def main() -> None:
    """Print the table, and which acts are taken for which."""
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
    precision, recall, score = (figures[3] / figures[3].sum() @ column for column in figures[:3])
    print(f"{'all acts':18} {precision:9.3f} {recall:7.3f} {score:6.3f}")
    print(f"accuracy on {acts.sum()} texts of acts: {np.mean(found[acts] == intents[acts]):.3f}")
    wrong = Counter((a, b) for a, b in zip(intents[acts], found[acts], strict=True) if a != b)
    print("\nmost often taken for another")
    for (act, other), count in wrong.most_common(SHOWN):
        print(f"{count:4d}  {act} -> {other}")


if __name__ == "__main__":
    main()
