"""The states of a case and the one table that says how it moves between them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class CaseState(StrEnum):
    """Where a case is."""

    RECEIVED = "received"
    """It has an owner, who has not picked it up yet."""
    IN_PROGRESS = "in_progress"
    WAITING_FOR_RESIDENT = "waiting_for_resident"
    """The owner asked the resident something."""
    ANSWERED = "answered"
    """The resident has the promised answer: the clock stands still."""
    CLOSED = "closed"


class CaseAction(StrEnum):
    """What can be done with a case."""

    PICK_UP = "pick_up"
    ASK_RESIDENT = "ask_resident"
    RESIDENT_REPLIES = "resident_replies"
    ANSWER = "answer"
    TRANSFER = "transfer"
    """Somebody else becomes the owner and has to pick it up."""
    CLOSE = "close"
    REOPEN = "reopen"
    """The resident is not helped yet, or something new came up: the owner has to pick it up again."""


class ForbiddenTransition(Exception):
    """The action cannot be done in this state."""

    def __init__(self, state: CaseState, action: CaseAction) -> None:
        self.state, self.action = state, action
        super().__init__(f"{action.value} is not possible in state {state.value}")


_S, _A = CaseState, CaseAction

TRANSITIONS: Mapping[tuple[CaseState, CaseAction], CaseState] = MappingProxyType(
    {
        (_S.RECEIVED, _A.PICK_UP): _S.IN_PROGRESS,
        (_S.RECEIVED, _A.ASK_RESIDENT): _S.WAITING_FOR_RESIDENT,
        (_S.RECEIVED, _A.ANSWER): _S.ANSWERED,
        (_S.RECEIVED, _A.TRANSFER): _S.RECEIVED,
        (_S.RECEIVED, _A.CLOSE): _S.CLOSED,
        (_S.IN_PROGRESS, _A.ASK_RESIDENT): _S.WAITING_FOR_RESIDENT,
        (_S.IN_PROGRESS, _A.ANSWER): _S.ANSWERED,
        (_S.IN_PROGRESS, _A.TRANSFER): _S.RECEIVED,
        (_S.IN_PROGRESS, _A.CLOSE): _S.CLOSED,
        (_S.WAITING_FOR_RESIDENT, _A.RESIDENT_REPLIES): _S.IN_PROGRESS,
        (_S.WAITING_FOR_RESIDENT, _A.ANSWER): _S.ANSWERED,
        (_S.WAITING_FOR_RESIDENT, _A.TRANSFER): _S.RECEIVED,
        (_S.WAITING_FOR_RESIDENT, _A.CLOSE): _S.CLOSED,
        (_S.ANSWERED, _A.REOPEN): _S.RECEIVED,
        (_S.ANSWERED, _A.CLOSE): _S.CLOSED,
        (_S.CLOSED, _A.REOPEN): _S.RECEIVED,
    }
)

OPEN_STATES = frozenset({CaseState.RECEIVED, CaseState.IN_PROGRESS, CaseState.WAITING_FOR_RESIDENT})
"""States in which the resident is still owed an answer."""


def next_state(state: CaseState, action: CaseAction) -> CaseState:
    """The state after the action.

    Raises:
        ForbiddenTransition: the table does not have the pair.
    """
    try:
        return TRANSITIONS[state, action]
    except KeyError:
        raise ForbiddenTransition(state, action) from None


def allowed_actions(state: CaseState) -> tuple[CaseAction, ...]:
    """What can be done in this state, in the order of `CaseAction`."""
    return tuple(action for action in CaseAction if (state, action) in TRANSITIONS)
