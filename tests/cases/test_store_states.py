"""The transition table, pair by pair, written out here once more on purpose."""

from __future__ import annotations

from datetime import timedelta

import pytest

from routing.cases.cases import Actor, history, move
from routing.cases.database import unit_of_work
from routing.cases.models import Case
from routing.cases.states import (
    OPEN_STATES,
    TRANSITIONS,
    CaseAction,
    CaseState,
    ForbiddenTransition,
    allowed_actions,
    next_state,
)

EXPECTED = {
    "received": {
        "pick_up": "in_progress",
        "ask_resident": "waiting_for_resident",
        "answer": "answered",
        "transfer": "received",
        "close": "closed",
    },
    "in_progress": {
        "ask_resident": "waiting_for_resident",
        "answer": "answered",
        "transfer": "received",
        "close": "closed",
    },
    "waiting_for_resident": {
        "resident_replies": "in_progress",
        "answer": "answered",
        "transfer": "received",
        "close": "closed",
    },
    "answered": {"reopen": "received", "close": "closed"},
    "closed": {"reopen": "received"},
}
PAIRS = [(state, action) for state in CaseState for action in CaseAction]


@pytest.mark.parametrize(("state", "action"), PAIRS)
def test_every_pair_is_allowed_or_forbidden_as_written(state: CaseState, action: CaseAction) -> None:
    expected = EXPECTED[state.value].get(action.value)
    if expected is None:
        with pytest.raises(ForbiddenTransition) as refused:
            next_state(state, action)
        assert (refused.value.state, refused.value.action) == (state, action)
    else:
        assert next_state(state, action) == expected


def test_allowed_actions_are_those_of_the_table() -> None:
    for state in CaseState:
        assert {action.value for action in allowed_actions(state)} == set(EXPECTED[state.value])


def test_every_state_can_be_reached_and_left() -> None:
    reached = {CaseState.RECEIVED}
    while more := {to for (state, _), to in TRANSITIONS.items() if state in reached} - reached:
        reached |= more
    assert reached == set(CaseState)
    assert {state for state, _ in TRANSITIONS} == set(CaseState)


@pytest.mark.parametrize(("state", "action"), PAIRS)
def test_move_writes_the_history_or_leaves_the_case_as_it_was(sqlite_store, state, action, now) -> None:
    later = now + timedelta(hours=1)
    actor = Actor("medewerker", "partner-1")
    with unit_of_work(sqlite_store.engine) as session:
        case = a_case(now, state=state)
        session.add(case)
        session.flush()
        if action.value in EXPECTED[state.value]:
            event = move(session, case, action, actor=actor, now=later, data={"to": "partner-2"})
            assert history(session, case) == [event]
            assert (event.kind, event.state) == (action.value, case.state)
            assert (event.actor_kind, event.actor_id, event.data) == (
                "medewerker",
                "partner-1",
                {"to": "partner-2"},
            )
            assert case.updated_at == later
        else:
            with pytest.raises(ForbiddenTransition):
                move(session, case, action, actor=actor, now=later)
            assert (case.state, case.updated_at, history(session, case)) == (state, now, [])


def test_the_clock_stops_when_answered_and_runs_again_when_reopened(sqlite_store, now) -> None:
    moments = [now + timedelta(hours=hours) for hours in range(4)]
    with unit_of_work(sqlite_store.engine) as session:
        case = a_case(now)
        session.add(case)
        session.flush()

        def step(action: CaseAction, moment: int) -> tuple[object, object]:
            move(session, case, action, actor=Actor("medewerker"), now=moments[moment])
            return case.answered_at, case.closed_at

        assert step(CaseAction.PICK_UP, 0) == (None, None)
        assert step(CaseAction.ANSWER, 1) == (moments[1], None)
        assert step(CaseAction.CLOSE, 2) == (moments[1], moments[2])
        assert step(CaseAction.REOPEN, 3) == (None, None)
        assert case.state in OPEN_STATES
        assert step(CaseAction.CLOSE, 3) == (moments[3], moments[3])


def a_case(now, **values: object) -> Case:
    fields = {
        "reference": "LK-2026-000001-16",
        "code_hash": "-",
        "handoff_key": "key-1",
        "language": "nl",
        "state": CaseState.RECEIVED,
        "role": "partner",
        "owner_kind": "partner",
        "owner_id": "partner-1",
        "owner_reason": {"id": "role", "params": {}},
        "goals": [],
        "instruments": [],
        "plan": "een plan",
        "promised_for": now.date(),
        "created_at": now,
        "updated_at": now,
    }
    return Case(**fields | values)
