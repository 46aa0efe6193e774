"""The numbers of the calibration: temperatures, thresholds and what sureness hangs on.

All are found on held-out scores, so that they hold for texts that nobody has seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from routing.advice import calibrate
from routing.advice import corpus as c
from routing.advice.context import Known, context_row
from routing.advice.decide import (
    PLANS,
    SIGNALS,
    URGENT,
    Limits,
    decide_id,
    decide_kind,
    plan_signals,
    sureness,
)
from routing.advice.keywords import Keywords
from routing.advice.linear import LinearHead, fit_head
from routing.advice.mix import Mixed
from routing.advice.targets import role_targets
from routing.catalogue import Catalogue

WANTED_SURE = 0.95
"""Share of right advice wanted where it says that it is sure."""
COST_MISSED, COST_ALARM_PLAN, COST_ALARM = 10, 10, 2
"""What a missed emergency, a plan called urgent and another text called urgent cost."""
IN_LIFE = {"plan": 0.70, "staff": 0.10, "service": 0.10, "other": 0.08, "urgent": 0.02}
"""How often each kind is thought to come in: among the labelled texts emergencies are commoner."""
IdsByWords = Callable[[str, str], frozenset[str]]


def fit_context(examples: Sequence[c.Example], role_logits: np.ndarray, seed: int) -> LinearHead:
    """The head for role from text and answers; answers are left out at random, as people do.

    The texts are held-out ones, ``role_logits`` (texts, roles) calibrated. In the labelled texts the help
    stands in the text itself; in the intake it is asked because the text did not tell. So in half of the
    rows where the help is known the text is one that asks for nothing.
    """
    rng = np.random.default_rng(seed)
    plans = [i for i, e in enumerate(examples) if e.role is not None and e.kind == "plan"]
    silent = [i for i in plans if not examples[i].help]
    rows, targets = [], []
    for i in plans:
        example = examples[i]
        target = [role_targets(example).get(role, 0.0) for role in c.ROLES]
        for _ in range(4):
            has = rng.random(3) < 0.7
            phase = example.phase if has[2] and example.phase != "unknown" else None
            known = Known(example.help if has[0] else (), example.parties if has[1] else (), phase)
            untold = bool(known.help) and bool(silent) and rng.random() < 0.5
            logits = role_logits[silent[rng.integers(len(silent))] if untold else i]
            rows.append(context_row(logits, known))
            targets.append(target)
    return fit_head(np.array(rows), np.array(targets), c.ROLES, exclusive=True, strength=3e-4)


def numbers_of(examples: Sequence[c.Example], held: np.ndarray, mixed: Mapping[str, Mixed]) -> Numbers:
    """What finds the numbers, from all texts, which of them are held out, and the heads of each question."""
    unseen = [e for e, out in zip(examples, held, strict=True) if out]
    labels = {name: part.heads.dense.labels for name, part in mixed.items()}
    return Numbers(unseen, labels, {name: part.table for name, part in mixed.items()})


def ids_by_words(catalogue: Catalogue) -> IdsByWords:
    """Which services, or emergencies, of the catalogue a text names in its own words."""
    words = {"service": Keywords.of(catalogue.services), "emergency": Keywords.of(catalogue.emergencies)}
    return lambda name, text: words[name].found(text)


def temperatures(mixed: Mapping[str, Mixed]) -> dict[str, float]:
    """What the logits of each question are divided by."""
    return {f"{name}.temperature": part.temperature for name, part in mixed.items()}


class Numbers:
    """Finds the numbers; ``found`` holds them by name."""

    def __init__(
        self,
        examples: Sequence[c.Example],
        labels: Mapping[str, tuple[str, ...]],
        tables: Mapping[str, np.ndarray],
    ) -> None:
        """``examples`` are held-out texts, ``tables`` (texts, labels) their calibrated probabilities."""
        self.examples, self.labels, self.tables = examples, labels, tables
        self.found: dict[str, float] = {}
        self.danger: list[bool] = []
        """Whether the catalogue's words of danger stand in each text; known after ``find``."""

    def find(self, by_words: IdsByWords) -> dict[str, float]:
        """All numbers; ``by_words`` looks up the catalogue's words."""
        self.danger = [bool(by_words("emergency", e.text)) for e in self.examples]
        self.found.update(self._kind_numbers())
        self.found.update(self._state_numbers())
        self.found.update(self.find_ids(by_words))
        self.found.update(self._sure_numbers())
        return self.found

    def table(self, name: str, row: int) -> dict[str, float]:
        """Calibrated probabilities of a text by label."""
        return dict(zip(self.labels[name], map(float, self.tables[name][row]), strict=True))

    def rows(self, wanted: Callable[[c.Example], bool]) -> list[int]:
        return [row for row, example in enumerate(self.examples) if wanted(example)]

    def kinds(self, limits: Limits) -> list[str]:
        """The kind that would be stated of every text, by the heads and the catalogue's words of danger."""
        return [decide_kind(self.table("kind", row), told, limits) for row, told in enumerate(self.danger)]

    def _kind_numbers(self) -> dict[str, float]:
        # Never urgent where a plan is likelier.
        grid = [Limits(URGENT, ratio, plan) for ratio in (1.0, 1.5) for plan in (0.5, 0.7, 0.8, 0.9)]
        limits = min(grid, key=lambda limits: self._cost(self.kinds(limits)))
        said = self.kinds(limits)
        others = [row for row, kind in enumerate(said) if kind not in (*PLANS, "urgent")]
        top = np.array([self.table("kind", row)[said[row]] for row in others])
        right = np.array([said[row] == self.examples[row].kind for row in others])
        sure = calibrate.sure_threshold(top, right, WANTED_SURE)
        return {
            "kind.over_plan": limits.over_plan,
            "kind.plan_beats_words": limits.plan_beats_words,
            "kind.sure": sure,
        }

    def _cost(self, said: Sequence[str]) -> float:
        texts = Counter(example.kind for example in self.examples)
        cost = 0.0
        for kind, example in zip(said, self.examples, strict=True):
            each = IN_LIFE.get(example.kind, 0.0) / texts[example.kind]
            if example.kind == "urgent" != kind:
                cost += each * COST_MISSED
            elif kind == "urgent" != example.kind:
                cost += each * (COST_ALARM_PLAN if example.kind in PLANS else COST_ALARM)
        return cost

    def _state_numbers(self) -> dict[str, float]:
        rows = self.rows(lambda e: e.role is not None and e.kind in c.KINDS)
        numbers = {"phase.sure": 0.6}
        for name in ("goals", "tools", "help", "parties"):
            truth = [
                [label in map(str, getattr(self.examples[row], name)) for label in self.labels[name]]
                for row in rows
            ]
            p = self.tables[name][rows]
            numbers[f"{name}.stated"] = calibrate.state_threshold(p, np.array(truth), first=name == "goals")
        return numbers

    def find_ids(self, by_words: IdsByWords) -> dict[str, float]:
        """How much the catalogue's words for a service or an emergency count beside the head."""
        numbers = {}
        for name in (name for name in ("service", "emergency") if name in self.labels):
            rows = self.rows(lambda e, name=name: getattr(e, name) is not None)
            found = [by_words(name, self.examples[row].text) for row in rows]
            truth = [getattr(self.examples[row], name) for row in rows]

            def hits(bonus: float, name=name, rows=rows, found=found, truth=truth) -> float:
                said = [
                    decide_id(self.table(name, row), words, bonus)
                    for row, words in zip(rows, found, strict=True)
                ]
                return float(np.mean([a == b for a, b in zip(said, truth, strict=True)]))

            numbers[f"{name}.bonus"] = max(
                map(float, np.arange(0.0, 4.1, 0.5)), key=lambda bonus: (hits(bonus), -bonus)
            )
        return numbers

    def _sure_numbers(self) -> dict[str, float]:
        limits = Limits.of(self.found)
        rows = [row for row, kind in enumerate(self.kinds(limits)) if kind in PLANS]
        signals = np.array([self._signals(row) for row in rows])
        role = np.array([self._role_right(row) for row in rows], dtype=float)
        goal = np.array([self._goal_right(row) for row in rows], dtype=float)
        numbers = {"rule.precision": 0.95}
        for name, right in (("role", role), ("goal", goal)):
            weights = calibrate.platt(signals, right)
            numbers.update(
                {f"{name}.{s}": float(w) for s, w in zip((*SIGNALS, "constant"), weights, strict=True)}
            )
            p = np.array([sureness(s, weights) for s in signals])
            numbers[f"{name}.sure"] = calibrate.sure_threshold(p, right, WANTED_SURE)
        return numbers

    def _signals(self, row: int) -> np.ndarray:
        goals = {int(g): p for g, p in self.table("goals", row).items()}
        return plan_signals(self.table("kind", row), self.table("role", row), goals)

    def _role_right(self, row: int) -> bool:
        best, e = c.ROLES[int(self.tables["role"][row].argmax())], self.examples[row]
        return best in (e.role, *e.role_ok)

    def _goal_right(self, row: int) -> bool:
        best, e = c.GOALS[int(self.tables["goals"][row].argmax())], self.examples[row]
        return best in (*e.goals, *e.goals_ok)
