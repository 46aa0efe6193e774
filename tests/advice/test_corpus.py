"""The labelled texts: enough of each, no near copies, and the heads were made from them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from routing.advice.corpus import GOALS, ROLES, Example, fingerprint, read_corpus
from routing.advice.grams import counts, rarity, weighted
from routing.advice.model import load_model
from routing.advice.text import calm

ROOT = Path(__file__).parents[2]
NEAR_COPY = 0.85
"""Cosine of weighted words from which on two texts are one text in two spellings."""

RARE = 30
"""In so few texts a word or part of a word is rare."""


@pytest.fixture(scope="module")
def examples() -> tuple[Example, ...]:
    return read_corpus(ROOT / "data/nlu", ROOT / "data/advice")


def test_every_goal_and_role_has_its_texts(examples: tuple[Example, ...]) -> None:
    goals = Counter(goal for e in examples for goal in (*e.goals, *e.goals_ok))
    roles = Counter(e.role for e in examples if e.role)
    assert all(goals[goal] >= 60 for goal in GOALS)
    assert all(roles[role] >= 150 for role in ROLES)


def test_every_kind_has_its_texts(examples: tuple[Example, ...]) -> None:
    kinds = Counter(e.kind for e in examples)
    assert kinds["service"] + kinds["urgent"] >= 400
    assert kinds["staff"] >= 200
    assert kinds["other"] >= 200


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def test_no_text_to_measure_on_is_learnt_from(examples: tuple[Example, ...]) -> None:
    learnt = {_letters(e.text) for e in examples}
    # Noise and "are you a robot" are what everybody types.
    measured = [e for e in read_corpus(ROOT / "data/measured", ROOT / "data/unlearnt") if e.kind != "other"]
    assert [e.text for e in measured if _letters(e.text) in learnt] == []


def test_no_two_texts_are_near_copies(examples: tuple[Example, ...]) -> None:
    others = read_corpus(ROOT / "data/measured", ROOT / "data/unlearnt")
    long = [e.text for e in (*examples, *others) if len(e.text.split()) >= 6]
    counted = counts([calm(text) for text in long])
    table = weighted(counted, rarity(counted))
    # Near copies share most of their rare words too, and few others do: only such pairs are compared in full.
    rare = table[:, np.asarray((counted > 0).sum(axis=0)).ravel() <= RARE]
    shared = (rare @ rare.T).tocoo()
    pairs = [
        (long[i], long[j])
        for i, j, share in zip(shared.row, shared.col, shared.data, strict=True)
        if i < j and share > NEAR_COPY / 3 and (table[i] @ table[j].T).sum() > NEAR_COPY
    ]
    assert pairs == []


def test_the_heads_were_made_from_these_texts(examples: tuple[Example, ...]) -> None:
    assert load_model(ROOT / "routing/advice/heads").card["fingerprint"] == fingerprint(examples)


def test_held_out_figures_stand_in_the_card() -> None:
    card = (ROOT / "routing/advice/heads/CARD.md").read_text()
    figures = dict(
        line.strip("| ").rsplit(" | ", 1)
        for line in card.splitlines()
        if line.startswith("| ") and "0." in line
    )
    least = {"kind accuracy": 0.9, "role exact": 0.7, "role accepted": 0.85, "first goal accepted": 0.85}
    assert {name: figures[name] for name, bound in least.items() if float(figures[name]) < bound} == {}
    assert np.isfinite(float(figures["goals micro F1"]))
