"""All that the page of a case shows, read in one go, by the rights of who reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from routing.cases.cases import contact_of, history
from routing.cases.conversations import messages_since
from routing.cases.desk_models import PLANNED, Account, CaseNote, CaseView, Follower, FollowUp
from routing.cases.journey import Journey, journey
from routing.cases.models import MAIL_EVENTS, STAFF, Case, Contact, Message
from routing.cases.states import allowed_actions
from routing.catalogue import Catalogue
from routing.desk.marks import Piece, marked
from routing.desk.rights import may_handle, may_see_person
from routing.desk.wording import Line, Wording, actor, line_of

OPEN_FOR = timedelta(minutes=1)
"""So long after the last sign of life a colleague counts as looking at the case."""


@dataclass(frozen=True)
class Said:
    """A message of the conversation: who said what when."""

    number: int
    sender: str
    who: str
    text: str
    at: datetime


@dataclass(frozen=True)
class View:
    """A case as one account may see it."""

    case: Case
    may_handle: bool
    sees_person: bool
    actions: frozenset[str]
    """What the state allows, whoever it is."""
    plan: Sequence[Piece]
    messages: Sequence[Said]
    contact: Contact | None
    notes: Sequence[Line]
    lines: Sequence[Line]
    """The history, newest first."""
    last_event: int
    journey: Journey
    follow_ups: Sequence[FollowUp]
    follows: bool
    others: Sequence[str]
    """Names of colleagues who have the case open now."""
    is_late: bool


def view_of(
    session: Session, case: Case, account: Account, catalogue: Catalogue, language: str, now: datetime
) -> View:
    """What the account may see of the case now."""
    wording = Wording(catalogue, language)
    events = history(session, case)
    sees = may_see_person(account, case, catalogue)
    handles = may_handle(account, case, catalogue)
    today = catalogue.calendar.local(now).date()
    return View(
        case=case,
        may_handle=handles,
        sees_person=sees,
        actions=frozenset(action.value for action in allowed_actions(case.state)),
        plan=marked(case.plan, _evidence(case)),
        messages=_messages(session, case, wording) if sees else (),
        contact=contact_of(session, case) if sees else None,
        notes=_notes(session, case, wording) if sees else (),
        lines=[line_of(session, wording, event, reads_all=sees) for event in reversed(events)],
        last_event=events[-1].id if events else 0,
        journey=journey(events, now),
        follow_ups=_planned(session, case),
        follows=session.get(Follower, (case.id, account.id)) is not None,
        others=others_here(session, case, account, now),
        is_late=is_late(case, today),
    )


def is_late(case: Case, today: date) -> bool:
    """Whether the promised day has passed without an answer."""
    return case.answered_at is None and case.promised_for < today


def _evidence(case: Case) -> list[tuple[str, str | None]]:
    goals = [(str(goal["goal"]), goal.get("evidence")) for goal in case.goals]
    return [*goals, (case.role, case.role_evidence)]


def _messages(session: Session, case: Case, wording: Wording) -> list[Said]:
    if case.conversation_id is None:
        return []
    return [
        Said(
            message.number, message.sender, _who(session, wording, message), message.text, message.created_at
        )
        for message in messages_since(session, case.conversation_id, 0)
    ]


def _who(session: Session, wording: Wording, message: Message) -> str:
    if message.sender == STAFF and message.author:
        return message.author["name"]
    return actor(session, wording, message.sender, None)


def _notes(session: Session, case: Case, wording: Wording) -> list[Line]:
    query = select(CaseNote).where(CaseNote.case_id == case.id, CaseNote.kind == "note")
    return [
        Line(one.created_at, actor(session, wording, STAFF, str(one.account_id)), one.text)
        for one in session.scalars(query.order_by(CaseNote.id.desc()))
    ]


def _planned(session: Session, case: Case) -> list[FollowUp]:
    query = select(FollowUp).where(FollowUp.case_id == case.id, FollowUp.state == PLANNED)
    return list(session.scalars(query.order_by(FollowUp.due_on, FollowUp.id)))


def look(session: Session, case_id: int, account: Account, now: datetime) -> None:
    """Notes that the account has the case open."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(CaseView).values(case_id=case_id, account_id=account.id, seen_at=now)
    keys = [CaseView.case_id, CaseView.account_id]
    session.execute(statement.on_conflict_do_update(index_elements=keys, set_={"seen_at": now}))


def others_here(session: Session, case: Case, account: Account, now: datetime) -> list[str]:
    """Names of the others who have the case open now."""
    query = (
        select(Account.name)
        .join(CaseView, CaseView.account_id == Account.id)
        .where(
            CaseView.case_id == case.id, CaseView.account_id != account.id, CaseView.seen_at > now - OPEN_FOR
        )
        .order_by(Account.name)
    )
    return list(session.scalars(query))


def changes_since(
    session: Session, case: Case, event_id: int, catalogue: Catalogue, language: str, *, reads_all: bool
) -> list[Line]:
    """What happened to the case after an event, oldest first: for who decided on an older page."""
    wording = Wording(catalogue, language)
    later = [
        event for event in history(session, case) if event.id > event_id and event.kind not in MAIL_EVENTS
    ]
    return [line_of(session, wording, event, reads_all=reads_all) for event in later]
