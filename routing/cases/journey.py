"""The way of a case through the house: how many owners, how long without an answer, who waited on whom.

All of it follows from the history of the case, so it cannot be made to look better.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from routing.cases.states import OPEN_STATES, CaseState

RESIDENT = "resident"
_NOTHING = timedelta(0)


class Step(Protocol):
    """A line of history, as far as it is needed here."""

    kind: str
    state: CaseState
    data: Mapping[str, Any]
    created_at: datetime


@dataclass(frozen=True)
class Wait:
    """Somebody waited for somebody: `resident`, the id of a partner, or the id of the team."""

    waiting: str
    on: str
    time: timedelta


@dataclass(frozen=True)
class Journey:
    """What the history of one case adds up to."""

    owners: tuple[str, ...] = ()
    """Who owned it, in order; somebody who got it back stands in it twice."""
    transfers: int = 0
    returns: int = 0
    """How often it came back to somebody who had owned it before."""
    reopened: int = 0
    without_answer: timedelta = _NOTHING
    """All the time in which the resident was owed an answer and it was not up to them."""
    first_answer: timedelta | None = None
    """From coming in to the first answer; None as long as there is none."""
    waits: tuple[Wait, ...] = ()
    """Who waited for whom, the longest first."""

    @property
    def goes_round(self) -> bool:
        """Whether it went further than from one owner to the right one."""
        return self.transfers > 1 or self.returns > 0


@dataclass
class _Count:
    """What is known while going through the history."""

    owner: str = ""
    owners: list[str] = field(default_factory=list)
    transfers: int = 0
    reopened: int = 0
    waits: dict[tuple[str, str], timedelta] = field(default_factory=dict)
    began: datetime | None = None
    first_answer: timedelta | None = None

    def pass_time(self, state: CaseState, time: timedelta) -> None:
        """Who waited during this time."""
        if state not in OPEN_STATES or time <= _NOTHING:
            return
        asked = state is CaseState.WAITING_FOR_RESIDENT
        pair = (self.owner, RESIDENT) if asked else (RESIDENT, self.owner)
        self.waits[pair] = self.waits.get(pair, _NOTHING) + time

    def see(self, step: Step) -> None:
        """What one line of history changes."""
        if self.began is None:
            self.began = step.created_at
        if step.data.get("owner_id"):
            self._owned_by(step)
        if step.kind == "reopen":
            self.reopened += 1
        if step.state not in OPEN_STATES and self.first_answer is None:
            self.first_answer = step.created_at - self.began

    def _owned_by(self, step: Step) -> None:
        owner = step.data["owner_id"]
        if self.owners and owner != self.owner:
            self.transfers += 1
        if owner != self.owner:
            self.owners.append(owner)
        self.owner = owner


def journey(steps: Sequence[Step], until: datetime) -> Journey:
    """The way of a case by its whole history, oldest first; `until` is the present."""
    count = _Count()
    ends = [step.created_at for step in steps[1:]] + [until]
    for step, end in zip(steps, ends, strict=False):
        count.see(step)
        count.pass_time(step.state, end - step.created_at)
    waits = (Wait(waiting, on, time) for (waiting, on), time in count.waits.items())
    return Journey(
        owners=tuple(count.owners),
        transfers=count.transfers,
        returns=len(count.owners) - len(set(count.owners)),
        reopened=count.reopened,
        without_answer=sum(
            (time for (waiting, _), time in count.waits.items() if waiting == RESIDENT), _NOTHING
        ),
        first_answer=count.first_answer,
        waits=tuple(sorted(waits, key=lambda wait: -wait.time)),
    )


@dataclass(frozen=True)
class Overview:
    """The ways of many cases together."""

    cases: int
    owners: dict[int, int]
    """How many cases had so many owners."""
    went_round: int
    answered: int
    middle_first_answer: timedelta | None
    """Half of the answered cases had their first answer sooner."""
    waits: tuple[Wait, ...]
    """Added up over all cases, the longest first."""


def overview(journeys: Iterable[Journey]) -> Overview:
    """Adds the ways of many cases up."""
    ways = list(journeys)
    answers = sorted(way.first_answer for way in ways if way.first_answer is not None)
    owners: dict[int, int] = {}
    waits: dict[tuple[str, str], timedelta] = {}
    for way in ways:
        owners[len(way.owners)] = owners.get(len(way.owners), 0) + 1
        for wait in way.waits:
            pair = (wait.waiting, wait.on)
            waits[pair] = waits.get(pair, _NOTHING) + wait.time
    return Overview(
        cases=len(ways),
        owners=dict(sorted(owners.items())),
        went_round=sum(way.goes_round for way in ways),
        answered=len(answers),
        middle_first_answer=answers[len(answers) // 2] if answers else None,
        waits=tuple(sorted((Wait(*pair, time) for pair, time in waits.items()), key=lambda wait: -wait.time)),
    )
