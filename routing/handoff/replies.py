"""What people do on a page that a link opened: a partner answers, a resident says how it goes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from routing.cases import speaking
from routing.cases.cases import Actor, move, record
from routing.cases.live_tables import Link
from routing.cases.models import PARTNER, STAFF, Case
from routing.cases.speaking import Speaker
from routing.cases.states import CaseAction, allowed_actions
from routing.catalogue import Catalogue
from routing.handoff import letters, links, live, solved
from routing.handoff.links import LinkRefused

MOVED = "moved"
"""Why a reply link opens nothing any more: somebody else owns the case by now."""


def case_to_answer(session: Session, secret: bytes, token: str, now: datetime) -> tuple[Link, Case]:
    """The case behind a reply link, for the page that asks for the answer.

    Raises:
        LinkRefused: as `find_link`, or (`moved`) the case has another owner by now.
    """
    link = links.find_link(session, secret, links.REPLY, token, now)
    return link, _case_of_owner(session, link)


def answer(
    session: Session,
    catalogue: Catalogue,
    secret: bytes,
    token: str,
    text: str,
    *,
    now: datetime,
    resident_there: bool,
) -> Case:
    """The owner's answer, once: in the conversation, by mail to who is away; the case is answered with it.

    Raises:
        LinkRefused: as `case_to_answer`; nothing was kept.
    """
    link, case = case_to_answer(session, secret, token, now)
    links.use_link(session, secret, links.REPLY, token, now)
    speaker = _speaker(catalogue, case)
    actor = Actor(STAFF, speaker.id)
    data: dict[str, object] = {"link": True}
    message = None
    if case.conversation_id is not None:
        message, _ = speaking.partner_says(
            session, case.conversation_id, speaker, text, client_id=f"reply-{link.id}", now=now
        )
        data["message"] = message.number
    if CaseAction.ANSWER in allowed_actions(case.state):
        move(session, case, CaseAction.ANSWER, actor=actor, now=now, data=data)
    else:
        record(session, case, "partner_said", actor=actor, now=now, data=data)
    if message is None or not resident_there:
        letters.answer_to_resident(session, catalogue, case, speaker, text, link.id, now)
    return case


def case_to_tell_of(
    session: Session, secret: bytes, purpose: str, token: str, now: datetime
) -> tuple[Link, Case]:
    """The case behind a link that asks a resident how it goes.

    Raises:
        LinkRefused: as `find_link`.
    """
    link = links.find_link(session, secret, purpose, token, now)
    return link, session.get_one(Case, link.case_id)


def tell(
    session: Session,
    catalogue: Catalogue,
    secret: bytes,
    purpose: str,
    token: str,
    *,
    is_solved: bool,
    text: str,
    now: datetime,
) -> Case:
    """What the resident says on such a page, once.

    Raises:
        LinkRefused: as `find_link`; nothing was kept.
    """
    link = links.use_link(session, secret, purpose, token, now)
    case = session.get_one(Case, link.case_id)
    asked = f"follow_up:{link.subject}" if purpose == links.FOLLOW_UP else "solved"
    solved.tell_how_it_goes(
        session,
        catalogue,
        case,
        solved=is_solved,
        text=text,
        asked=asked,
        now=now,
        client_id=f"told-{link.id}",
    )
    return case


def _case_of_owner(session: Session, link: Link) -> Case:
    case = session.get_one(Case, link.case_id)
    if link.partner_id != case.owner_id:
        raise LinkRefused(MOVED, link)
    return case


def _speaker(catalogue: Catalogue, case: Case) -> Speaker:
    if case.owner_kind == PARTNER and case.owner_id in catalogue.partners:
        return live.speaker_for(catalogue, case, case.owner_id)
    return Speaker(case.owner_id, catalogue.team.name.in_(case.language), case.role)
