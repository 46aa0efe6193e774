"""What a resident chose instead of the advice: kept, and learned from only after their yes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from routing.cases.cases import find_case
from routing.cases.database import unit_of_work
from routing.cases.desk_models import Feedback
from routing.cases.feedback import allow_learning
from routing.desk.feedback import exported
from routing.handoff.handover import HandoffRequest, hand_over
from routing.handoff.own_data import erase_of


@pytest.fixture
def corrected(request_: HandoffRequest) -> HandoffRequest:
    """The plan, of which the resident changed role and goals in the summary."""
    chosen = {
        **request_.advice,
        "role": {"role": "adviseur", "confidence": 1.0, "evidence": "", "runner_up": "partner"},
        "goals": [{"goal": 12, "confidence": 1.0, "evidence": ""}],
        "advised": {"role": ["partner"], "goals": [2, 11]},
    }
    return replace(request_, advice=chosen)


def handed(store, catalogue, request, now):
    with unit_of_work(store.engine) as session:
        return hand_over(session, catalogue, request, now=now, secret=b"secret").case.reference


def lines(store):
    with unit_of_work(store.engine) as session:
        return list(exported(session))


def test_a_choice_is_kept_once_and_without_its_text(store, catalogue, corrected, now):
    handed(store, catalogue, corrected, now)
    handed(store, catalogue, corrected, now)
    with unit_of_work(store.engine) as session:
        kept = {one.kind: one for one in session.scalars(select(Feedback))}
        assert {kind: (one.old, one.new) for kind, one in kept.items()} == {
            "role": (["partner"], ["adviseur"]),
            "goals": ([2, 11], [12]),
        }
        assert all(one.account_id is None and not one.consent for one in kept.values())
    assert [line["text"] for line in lines(store)] == [None]


def test_a_yes_lets_the_text_be_used_and_a_no_takes_it_back(store, catalogue, corrected, now):
    reference = handed(store, catalogue, corrected, now)
    for allowed in (True, False, True):
        with unit_of_work(store.engine) as session:
            assert allow_learning(session, find_case(session, reference), allowed=allowed)
        (line,) = lines(store)
        assert (line["text"] is not None) is allowed
    assert line["metadata"]["role"] == "adviseur"
    assert line["metadata"]["goals"] == [12]
    assert line["metadata"]["before"] == {"role": ["partner"], "goals": [2, 11]}


def test_who_changed_nothing_leaves_nothing_to_learn(store, catalogue, request_, now):
    reference = handed(store, catalogue, request_, now)
    with unit_of_work(store.engine) as session:
        assert not allow_learning(session, find_case(session, reference), allowed=True)
    assert lines(store) == []


def test_erasing_my_data_withdraws_the_yes(store, catalogue, corrected, now):
    reference = handed(store, catalogue, corrected, now)
    with unit_of_work(store.engine) as session:
        allow_learning(session, find_case(session, reference), allowed=True)
    with unit_of_work(store.engine) as session:
        assert erase_of(session, corrected.conversation_id, None, now) == [reference]
    assert [line["text"] for line in lines(store)] == [None]
