"""How far a plan is, from what the dialogue engine knows."""

from __future__ import annotations

import pytest

from actions.plan_slots import PARTS as OF_THE_INTAKE
from bot.chat.progress import PARTS, progress_of

TOLD = {"plan": "een moestuin", "parties": "neighbours"}


def snapshot(loop: str | None, **slots: object) -> dict[str, object]:
    return {"loop": loop, "slots": {**dict.fromkeys(OF_THE_INTAKE), **slots}}


def test_the_parts_are_those_of_the_intake() -> None:
    assert tuple(PARTS) == OF_THE_INTAKE


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (None, None),
        (snapshot(None), None),
        (snapshot("status_form", **TOLD), None),
        (snapshot("contact_form", **TOLD, human_wanted=True), None),
        (snapshot("intake_form", requested_slot="plan"), (0, "plan")),
        (snapshot("intake_form", **TOLD, requested_slot="neighbourhood"), (2, "waar")),
        # Passed over is done; another plan in between is about the plan.
        (snapshot("intake_form", **TOLD, help="", requested_slot="phase"), (3, "fase")),
        (snapshot("intake_form", **TOLD, requested_slot="second_plan_ok"), (2, "plan")),
        (snapshot("summary_form", **TOLD, neighbourhood="", help="", phase="idea"), (5, "controle")),
        (snapshot("contact_form", **TOLD, neighbourhood="", help="", phase=""), (5, "contact")),
    ],
)
def test_progress(state: dict[str, object] | None, expected: tuple[int, str] | None) -> None:
    found = progress_of(state)
    assert found == (expected and {"klaar": expected[0], "van": 5, "nu": expected[1]})
