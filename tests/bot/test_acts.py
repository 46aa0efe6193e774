"""The classifier of acts: what it learns, keeps and costs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from bot.nlu.act_model import ActModel, encoded, fit_acts
from bot.nlu.acts import learnt_from
from bot.nlu.vectors import remembered
from routing.backoffice import BEST_ENCODER, advisor_of, shared_encoder
from routing.settings import read_settings

YES = ("ja", "ja hoor", "ja graag", "prima zo", "klopt", "yes please", "that's right", "doe maar")
NO = (
    "nee",
    "nee hoor",
    "liever niet",
    "klopt niet",
    "niet goed",
    "no thanks",
    "that's wrong",
    "doe maar niet",
)
HUMAN = ("ik wil een mens", "mag ik iemand spreken", "bel mij terug", "a human please", "can I call someone")
TEXTS = [*YES, *NO, *HUMAN]
LABELS = ["affirm"] * len(YES) + ["deny"] * len(NO) + ["ask_human"] * len(HUMAN)
NEW = {"jazeker hoor": "affirm", "nee dat niet": "deny", "kan ik met iemand van jullie praten": "ask_human"}


@pytest.fixture(scope="module")
def acts() -> ActModel:
    return fit_acts(TEXTS, encoded(shared_encoder(BEST_ENCODER), TEXTS), LABELS)


def _found(acts: ActModel, texts: Sequence[str]) -> np.ndarray:
    return acts.probabilities(texts, encoded(shared_encoder(BEST_ENCODER), texts))


def test_words_that_were_not_seen_are_understood(acts: ActModel) -> None:
    rows = _found(acts, list(NEW))
    assert [acts.labels[i] for i in rows.argmax(axis=1)] == list(NEW.values())
    assert rows.sum(axis=1) == pytest.approx(np.ones(len(NEW)))


def test_capitals_change_nothing(acts: ActModel) -> None:
    assert _found(acts, ["IK WIL EEN MENS"]) == pytest.approx(_found(acts, ["ik wil een mens"]))


def test_what_is_kept_answers_the_same_and_holds_no_texts(acts: ActModel, tmp_path: Path) -> None:
    path = tmp_path / "acts.npz"
    acts.save(path)
    assert _found(ActModel.load(path), TEXTS) == pytest.approx(_found(acts, TEXTS), abs=0.01)
    assert b"klopt" not in path.read_bytes()


def test_a_turn_encodes_a_text_once(monkeypatch: pytest.MonkeyPatch) -> None:
    advisor, encoder = advisor_of(read_settings().catalogue), shared_encoder(BEST_ENCODER)
    computed: list[str] = []
    compute = encoder._compute

    def counting(texts: list[str]) -> np.ndarray:
        computed.extend(texts)
        return compute(texts)

    monkeypatch.setattr(encoder, "_compute", counting)
    text = "wij denken aan een zitbank onder de plataan"
    encoded(encoder, [text])
    advisor.advise(text, explain=False)
    assert computed == [text]


class _Counting:
    """An encoder that notes what it was asked."""

    name, dimensions = "counting", 2

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        self.asked.extend(texts)
        return np.array([[len(t), 1.0] for t in texts], dtype=np.float32)


def test_a_second_training_encodes_only_what_is_new(tmp_path: Path) -> None:
    first = remembered(_Counting(), ["ja", "nee hoor"], "a" * 64, tmp_path)
    encoder = _Counting()
    second = remembered(encoder, ["nee hoor", "misschien", "ja"], "a" * 64, tmp_path)
    assert encoder.asked == ["misschien"]
    assert second[2].tolist() == first[0].tolist()
    assert second[0].tolist() == first[1].tolist()


def test_another_encoder_or_a_broken_file_starts_anew(tmp_path: Path) -> None:
    remembered(_Counting(), ["ja"], "a" * 64, tmp_path)
    other = _Counting()
    remembered(other, ["ja"], "b" * 64, tmp_path)
    assert other.asked == ["ja"]
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:40])
    again = _Counting()
    remembered(again, ["ja"], "b" * 64, tmp_path)
    assert again.asked == ["ja"]


def test_of_what_the_advice_decides_a_share_is_enough() -> None:
    from rasa.shared.nlu.training_data.message import Message

    plans = [Message({"text": f"plan {i}", "intent": "plan"}) for i in range(12)]
    yes = [Message({"text": "ja", "intent": "affirm"}), Message({"text": "zonder"})]
    found = learnt_from([*plans, *yes], 6)
    assert [m.get("intent") for m in found] == ["affirm", "plan", "plan"]
