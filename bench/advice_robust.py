"""How often the advice changes when a text is shouted, mistyped or padded with small talk.

python bench/advice_robust.py
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from routing.advice import Advisor
from routing.advice.corpus import read_corpus
from routing.catalogue import load_catalogue

ROOT = Path(__file__).parents[1]
TEXTS = 80
FILLER = "Het regent hier al de hele week. Gisteren was mijn tante nog jarig, dat was gezellig."


def with_typos(text: str, rng: np.random.Generator, count: int = 2) -> str:
    """The text with two letters swapped, dropped or doubled."""
    letters = list(text)
    for _ in range(count):
        at = int(rng.integers(1, len(letters) - 1))
        way = int(rng.integers(3))
        if way == 0:
            letters[at], letters[at - 1] = letters[at - 1], letters[at]
        else:
            letters[at] = "" if way == 1 else letters[at] * 2
    return "".join(letters)


def main() -> None:
    rng = np.random.default_rng(5)
    plans = [
        e.text
        for e in read_corpus(ROOT / "data/nlu", ROOT / "data/advice")
        if e.kind == "plan" and len(e.text) > 40
    ]
    texts = [plans[i] for i in rng.permutation(len(plans))[:TEXTS]]
    advisor = Advisor.load(load_catalogue(ROOT / "routing/catalogue/delft"))
    plain = [advisor.advise(text, explain=False) for text in texts]
    changes: dict[str, Callable[[str], str]] = {
        "capitals": str.upper,
        "no capitals": str.lower,
        "two typos": lambda text: with_typos(text, rng),
        "small talk before": lambda text: f"{FILLER} {text}",
    }
    for name, change in changes.items():
        changed = [advisor.advise(change(text), explain=False) for text in texts]
        pairs = list(zip(plain, changed, strict=True))
        kind = np.mean([a.kind == b.kind for a, b in pairs])
        role = np.mean([bool(a.role and b.role) and a.role.role == b.role.role for a, b in pairs])
        goal = np.mean([bool(a.goals and b.goals) and a.goals[0].goal == b.goals[0].goal for a, b in pairs])
        print(f"{name:20} same kind {kind:.2f}  same role {role:.2f}  same first goal {goal:.2f}")


if __name__ == "__main__":
    main()
