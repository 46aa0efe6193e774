"""What staff do with a case. Each step is one transaction: the case, its history, the log and the mail."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from routing.cases.cases import Actor, contact_of, move, open_cases, record
from routing.cases.desk_models import CALLED_OFF, PLANNED, Account, CaseNote, FollowUp
from routing.cases.feedback import keep_correction
from routing.cases.models import PARTNER, STAFF, TEAM, Case, CaseEvent
from routing.cases.speaking import Speaker, partner_says
from routing.cases.states import CaseAction
from routing.catalogue import Catalogue, Facts
from routing.desk.audit import note
from routing.handoff import letters, links
from routing.handoff.live import speaker_for
from routing.handoff.owner import OwnerChoice, Reason, choose_owner
from routing.handoff.payloads import role_name
from routing.handoff.promised import promised_for
from routing.handoff.reach import present_partners
from routing.handoff.steps import announce

ANSWER, QUESTION, MESSAGE = "answer", "question", "message"
TO_TEAM = "team"


@dataclass(frozen=True)
class Work:
    """Who does something, when, and what they work with."""

    catalogue: Catalogue
    account: Account
    now: datetime
    base_url: str

    @property
    def actor(self) -> Actor:
        """As the history names them."""
        return Actor(STAFF, str(self.account.id))

    @property
    def today(self) -> date:
        """The day on the municipality's clock."""
        return self.catalogue.calendar.local(self.now).date()


@dataclass(frozen=True)
class Sent:
    """What became of a message: in the conversation, by mail, or neither."""

    in_chat: bool
    by_mail: bool


def pick_up(session: Session, work: Work, case: Case) -> None:
    """The account begins with the case; a partner who takes a case of somebody else becomes its owner."""
    own = work.account.partner_id
    if own is not None and (case.owner_kind, case.owner_id) != (PARTNER, own):
        reason = Reason("picked_up", {"role": case.role})
        _give(session, work, case, PARTNER, own, reason)
    _step(session, work, case, CaseAction.PICK_UP)


def send(session: Session, work: Work, case: Case, kind: str, words: str, *, resident_is_there: bool) -> Sent:
    """Tells the resident something: in the chat, and by mail to who has no chat open now.

    An `answer` keeps the promise, a `question` leaves the next step to the resident, a `message` changes
    nothing about the case.
    """
    data: dict[str, Any] = {}
    speaker = speaker_of(work, case)
    if case.conversation_id is not None:
        message, _ = partner_says(
            session, case.conversation_id, speaker, words, client_id=uuid.uuid4().hex, now=work.now
        )
        data["message"] = message.number
    contact = contact_of(session, case)
    by_mail = contact is not None and bool(contact.email) and not resident_is_there
    event = _record_sent(session, work, case, kind, data | {"mail": by_mail})
    if by_mail:
        letters.to_resident(
            session, work.catalogue, case, "resident_message",
            f"{case.reference}.resident.message-{event.id}", work.now,
            purpose=links.CONTINUE, what=kind, text=words, by=speaker.name,
            role=role_name(work.catalogue, speaker.role or case.role, case.language),
        )  # fmt: skip
    return Sent(case.conversation_id is not None, by_mail)


def speaker_of(work: Work, case: Case) -> Speaker:
    """The account as the resident sees it; a colleague who is no partner speaks in the role of the case."""
    own = work.account.partner_id
    if own is not None and own in work.catalogue.partners:
        return speaker_for(work.catalogue, case, own)
    return Speaker(str(work.account.id), work.account.name, case.role)


def _record_sent(session: Session, work: Work, case: Case, kind: str, data: dict[str, Any]) -> CaseEvent:
    action = {ANSWER: CaseAction.ANSWER, QUESTION: CaseAction.ASK_RESIDENT}.get(kind)
    if action is not None:
        return _step(session, work, case, action, data)
    # The version changes with it, so that a form that is sent twice is noticed.
    case.updated_at = work.now
    event = record(session, case, "message", actor=work.actor, now=work.now, data=data)
    note(session, "message", account=work.account, case=case, now=work.now)
    return event


def write_note(session: Session, work: Work, case: Case, words: str) -> CaseNote:
    """Keeps a note that only staff read."""
    written = _note(session, work, case, "note", words)
    record(session, case, "note", actor=work.actor, now=work.now, data={"note": written.id})
    note(session, "note", account=work.account, case=case, now=work.now)
    return written


def transfer(session: Session, work: Work, case: Case, target: str, why: str) -> None:
    """Gives the case to somebody else: `partner:<id>`, `role:<id>` (the best one in it) or `team`.

    Raises:
        ValueError: the target is nobody, or who owns it already.
    """
    kind, owner, reason, role = _target(session, work, case, target)
    if (case.owner_kind, case.owner_id) == (kind, owner):
        raise ValueError("the case is with this owner already")
    _put_role(case, role)
    _give(session, work, case, kind, owner, reason, why)


def _put_role(case: Case, role: str) -> None:
    """Another role, of which nothing is known but that somebody chose it."""
    if role == case.role:
        return
    case.role, case.role_confidence, case.role_evidence, case.role_weights = role, None, None, None
    if case.second_role == role:
        case.second_role = None


def _target(session: Session, work: Work, case: Case, target: str) -> tuple[str, str, Reason, str]:
    what, _, name = target.partition(":")
    if target == TO_TEAM:
        return TEAM, work.catalogue.team.id, Reason("team_asked", {"role": case.role}), case.role
    if what == "partner" and name in work.catalogue.partners:
        return PARTNER, name, Reason("transferred", {"role": case.role}), case.role
    if what == "role" and name in work.catalogue.roles:
        choice = _best_in(session, work, case, name)
        return choice.kind, choice.id, choice.reason, name
    raise ValueError(f"nobody to transfer to: {target[:40]!r}")


def _best_in(session: Session, work: Work, case: Case, role: str) -> OwnerChoice:
    # Without the text: a rule that once gave the case to somebody must not bring it straight back.
    facts = Facts(
        text="", kind="plan", goals=(), role=role, neighbourhood=case.neighbourhood,
        language=case.language, audience="resident",
    )  # fmt: skip
    there = present_partners(session, work.catalogue, work.now)
    return choose_owner(
        work.catalogue, facts, open_cases=open_cases(session), today=work.today, present=there
    )


def _give(
    session: Session,
    work: Work,
    case: Case,
    kind: str,
    owner: str,
    reason: Reason,
    why: str | None = None,
) -> None:
    data = {"from": case.owner_id, "owner_kind": kind, "owner_id": owner, "reason": reason.as_json()}
    case.owner_kind, case.owner_id, case.owner_reason = kind, owner, reason.as_json()
    if why:
        data["note"] = _note(session, work, case, CaseAction.TRANSFER.value, why).id
    _step(session, work, case, CaseAction.TRANSFER, data)


def correct(
    session: Session, work: Work, case: Case, role: str, goals: Sequence[int], *, consent: bool
) -> bool:
    """Puts role and goals right, and keeps what was changed for the next training; False without a change.

    `consent` says that the resident agreed that the text is learned from.
    """
    data: dict[str, Any] = {}
    if role != case.role:
        keep_correction(session, work.account.id, case, "role", [case.role], [role], consent, work.now)
        data["role"] = {"old": case.role, "new": role}
        _put_role(case, role)
    old = [goal["goal"] for goal in case.goals]
    if list(goals) != old and set(goals) != set(old):
        keep_correction(session, work.account.id, case, "goals", old, list(goals), consent, work.now)
        data["goals"] = {"old": old, "new": list(goals)}
        known = {goal["goal"]: goal for goal in case.goals}
        case.goals = [known.get(goal, {"goal": goal, "confidence": None, "evidence": None}) for goal in goals]
    if not data:
        return False
    case.updated_at = work.now
    event = record(session, case, "corrected", actor=work.actor, now=work.now, data=data)
    note(session, "corrected", account=work.account, case=case, now=work.now, data=data)
    announce(session, work.catalogue, case, event, work.now, by=work.account)
    return True


def plan_follow_up(session: Session, work: Work, case: Case, kind: str, due_on: date, words: str) -> FollowUp:
    """Plans a moment to ask how it goes; Loket sends it by itself on that day."""
    planned = FollowUp(
        case_id=case.id,
        account_id=work.account.id,
        kind=kind,
        due_on=due_on,
        text=words,
        state=PLANNED,
        created_at=work.now,
    )
    session.add(planned)
    session.flush()
    data = {"follow_up": planned.id, "due_on": due_on.isoformat(), "kind": kind}
    record(session, case, "follow_up_planned", actor=work.actor, now=work.now, data=data)
    note(session, "follow_up_planned", account=work.account, case=case, now=work.now, data=data)
    return planned


def call_off(session: Session, work: Work, case: Case, number: int) -> bool:
    """Calls a planned follow-up off; False when it is not planned (any more)."""
    planned = session.get(FollowUp, number)
    if planned is None or planned.case_id != case.id or planned.state != PLANNED:
        return False
    planned.state, planned.finished_at = CALLED_OFF, work.now
    data = {"follow_up": planned.id}
    record(session, case, "follow_up_cancelled", actor=work.actor, now=work.now, data=data)
    note(session, "follow_up_cancelled", account=work.account, case=case, now=work.now, data=data)
    return True


def close(session: Session, work: Work, case: Case, result: str, words: str) -> None:
    """Ends the case with a result."""
    data: dict[str, Any] = {"result": result}
    case.result = result
    if words:
        data["note"] = _note(session, work, case, CaseAction.CLOSE.value, words).id
    _step(session, work, case, CaseAction.CLOSE, data)


def reopen(session: Session, work: Work, case: Case, why: str) -> None:
    """Opens the case again, with a new promise."""
    written = _note(session, work, case, CaseAction.REOPEN.value, why)
    case.result = None
    # A role that the catalogue has lost since then promises what the others do.
    role = case.role if case.role in work.catalogue.roles else next(iter(work.catalogue.roles))
    case.promised_for = promised_for(work.catalogue, work.now, role)
    data = {"note": written.id, "promised_for": case.promised_for.isoformat()}
    _step(session, work, case, CaseAction.REOPEN, data)


def _note(session: Session, work: Work, case: Case, kind: str, words: str) -> CaseNote:
    written = CaseNote(
        case_id=case.id, account_id=work.account.id, kind=kind, text=words, created_at=work.now
    )
    session.add(written)
    session.flush()
    return written


def _step(
    session: Session, work: Work, case: Case, action: CaseAction, data: dict[str, Any] | None = None
) -> CaseEvent:
    """Does the action, writes it down twice and tells who must know.

    Raises:
        ForbiddenTransition: the case is in a state in which this cannot be done.
    """
    event = move(session, case, action, actor=work.actor, now=work.now, data=data)
    note(session, action.value, account=work.account, case=case, now=work.now, data=data)
    announce(session, work.catalogue, case, event, work.now, by=work.account)
    return event
