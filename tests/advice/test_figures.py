"""The figures that `make evaluate` prints, against an independent count."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from sklearn.metrics import precision_recall_fscore_support

from routing.advice import Advisor
from routing.advice.corpus import KINDS
from routing.advice.evaluate import read_labelled, report, run
from routing.advice.metrics import kinds, per_kind

TEXTS = (
    ("Ik wil met mijn buren een moestuin beginnen op het lege veldje.", "plan"),
    ("Hoe vraag ik een nieuw paspoort aan?", "service"),
    ("help mijn vader ademt niet meer", "urgent"),
    ("hallo", "other"),
    ("dank je wel", "other"),
    # Labelled wrongly on purpose, so that the figures are not all one.
    ("De straatlantaarn voor mijn deur is kapot.", "plan"),
)


def test_precision_and_recall_of_each_kind(advisor: Advisor, tmp_path: Path) -> None:
    path = tmp_path / "texts.jsonl"
    rows = [
        {"id": i, "text": t, "kind": k, "goals": [11] if k == "plan" else [], "role": "partner"}
        for i, (t, k) in enumerate(TEXTS)
    ]
    path.write_text("\n".join(map(json.dumps, rows)))
    cases, times = run(advisor, read_labelled(path), explain=False)
    gold, found = [c.gold.kind for c in cases], [c.advice.kind for c in cases]
    expected = precision_recall_fscore_support(gold, found, labels=list(KINDS), zero_division="warn")
    figures = per_kind(cases)
    for number, (kind, texts, precision, recall) in enumerate(figures):
        assert texts == gold.count(kind)
        if kind in found:
            assert precision == pytest.approx(expected[0][number])
        if kind in gold:
            assert recall == pytest.approx(expected[1][number])
    printed = report(cases, times)
    assert "precision" in printed
    assert all(f"\n{kind:20}" in printed for kind in KINDS)
    assert any(0 < recall < 1 for *_, recall in figures)


def test_false_alarms_are_counted_apart_for_plans_and_other_texts(advisor: Advisor, tmp_path: Path) -> None:
    path = tmp_path / "texts.jsonl"
    rows = [{"id": i, "text": t, "kind": k, "goals": [], "role": None} for i, (t, k) in enumerate(TEXTS)]
    path.write_text("\n".join(map(json.dumps, rows)))
    cases, _ = run(advisor, read_labelled(path), explain=False)
    assert (kinds(cases)["plans called urgent"], kinds(cases)["other texts called urgent"]) == (0, 0)
    alarmed = [replace(case, advice=replace(case.advice, kind="urgent")) for case in cases]
    assert (kinds(alarmed)["plans called urgent"], kinds(alarmed)["other texts called urgent"]) == (2, 3)
