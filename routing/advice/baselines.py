"""Simpler ways to find goals and role, to see what the advice adds: telling words, and seesus.

``seesus`` (Cai et al., "seesus: a social, environmental, and economic sustainability classifier", JOSS 2024)
is a public classifier by regular expressions, in English. It is not part of the product; it is compared where
it is installed.
"""

from __future__ import annotations

import importlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from routing.advice.corpus import Example
from routing.advice.metrics import share

TELLING_WORDS = 60
"""Words a label, at most."""
_WORD = re.compile(r"\w{3,}")


@dataclass(frozen=True)
class KeywordBaseline:
    """The words that tell a label from the others most; the label with most of them in a text wins."""

    words: Mapping[Hashable, frozenset[str]]
    usual: Hashable
    """The commonest label, for texts with none of the words."""

    @classmethod
    def learn(cls, labelled: Iterable[tuple[str, Hashable]]) -> KeywordBaseline:
        """The words whose share of texts with a label is highest above that of all texts."""
        texts: Counter[Hashable] = Counter()
        by_label: dict[Hashable, Counter[str]] = defaultdict(Counter)
        for text, label in labelled:
            texts[label] += 1
            by_label[label].update(_words(text))
        total: Counter[str] = sum(by_label.values(), Counter())
        count = sum(texts.values())
        words = {}
        for label, own in by_label.items():
            lift = {w: n * np.log(n * count / (texts[label] * total[w])) for w, n in own.items() if n > 2}
            words[label] = frozenset(sorted(lift, key=lambda w, lift=lift: (-lift[w], w))[:TELLING_WORDS])
        return cls(words, texts.most_common(1)[0][0])

    def guess(self, text: str) -> Hashable:
        found = _words(text)
        best = max(self.words, key=lambda label: len(self.words[label] & found))
        return best if self.words[best] & found else self.usual


def baseline_figures(training: Sequence[Example], asked: Sequence[Example]) -> dict[str, float]:
    """The figures of telling words, and those of seesus where it is installed."""
    found, with_goals = word_figures(training, asked), [e for e in asked if e.goals]
    if (seesus := _seesus()) is not None:
        found.update(_goal_figures("seesus", [seesus(e.text) for e in with_goals], with_goals))
    return found


def word_figures(training: Sequence[Example], asked: Sequence[Example]) -> dict[str, float]:
    """First goal and role by telling words."""
    goals = KeywordBaseline.learn((e.text, e.goals[0]) for e in training if e.goals)
    roles = KeywordBaseline.learn((e.text, e.role) for e in training if e.role)
    with_goals, with_role = [e for e in asked if e.goals], [e for e in asked if e.role]
    said = [roles.guess(e.text) for e in with_role]
    found = _goal_figures("words", [{goals.guess(e.text)} for e in with_goals], with_goals)
    found["words: role exact"] = share([r == e.role for r, e in zip(said, with_role, strict=True)])
    found["words: role accepted"] = share(
        [r in (e.role, *e.role_ok) for r, e in zip(said, with_role, strict=True)]
    )
    return found


def _goal_figures(name: str, said: Sequence[set[Any]], asked: Sequence[Example]) -> dict[str, float]:
    """A set of goals has no first one, so each stated goal counts for its share."""
    hit = sum(len(s & set(e.goals)) for s, e in zip(said, asked, strict=True))
    stated, true = sum(map(len, said)), sum(len(e.goals) for e in asked)
    in_gold = [len(s & set(e.goals)) / len(s) if s else 0.0 for s, e in zip(said, asked, strict=True)]
    return {
        f"{name}: stated goal in gold": float(np.mean(in_gold)),
        f"{name}: goals micro F1": 2 * hit / max(1, stated + true),
    }


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.lower()))


def _seesus() -> Callable[[str], set[int]] | None:
    if importlib.util.find_spec("seesus") is None:
        return None
    label = importlib.import_module("seesus").SeeSus
    return lambda text: {int(re.sub(r"\D", "", goal)) for goal in label(text).sdg}
