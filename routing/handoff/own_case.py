"""A case as its resident takes it along: what they told, what was made of it, and what they thought of it.

Left out is what staff write for each other (notes, the log of the desk), what the store needs for itself, and
who of the staff did what.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from routing.cases.cases import contact_of, history
from routing.cases.desk_models import Feedback, FollowUp
from routing.cases.models import INITIATOR, STAFF, Case, CaseEvent
from routing.handoff.afterwards import HELP


def case_json(session: Session, case: Case) -> dict[str, Any]:
    """The case in the words of the API (`Gegevens` in `bot/chat/openapi.yml`)."""
    events = history(session, case)
    return {
        "kenmerk": case.reference,
        "taal": case.language,
        "toestand": case.state.value,
        "plan": case.plan,
        "wijk": case.neighbourhood,
        "betrokkenen": case.parties,
        "hulp": case.help,
        "fase": case.phase,
        "rol": case.role,
        "doelen": [goal["goal"] for goal in case.goals],
        "advies": _advice(case),
        "eigenaar": {"soort": case.owner_kind, "id": case.owner_id},
        "gemaakt": case.created_at.isoformat(),
        "antwoordVoor": case.promised_for.isoformat(),
        "beantwoord": _moment(case.answered_at),
        "afgesloten": _moment(case.closed_at),
        "uitkomst": case.result,
        "contact": _contact(session, case),
        "verbeteringen": _corrections(session, case),
        "waardering": _ratings(events),
        "vervolg": _follow_ups(session, case),
        "verloop": [
            {
                "wat": event.kind,
                "toestand": event.state.value,
                "door": event.actor_kind,
                "tijd": event.created_at.isoformat(),
            }
            for event in events
        ],
    }


def _advice(case: Case) -> dict[str, Any]:
    return {
        "rol": {
            "rol": case.role,
            "tweede": case.second_role,
            "zekerheid": case.role_confidence,
            "woorden": case.role_evidence,
            "gewicht": case.role_weights,
        },
        "doelen": [
            {"doel": goal["goal"], "zekerheid": goal.get("confidence"), "woorden": goal.get("evidence")}
            for goal in case.goals
        ],
        "instrumenten": list(case.instruments),
    }


def _contact(session: Session, case: Case) -> dict[str, Any] | None:
    contact = contact_of(session, case)
    if contact is None:
        return None
    return {
        "naam": contact.name,
        "email": contact.email,
        "telefoon": contact.phone,
        "toestemming": contact.consent_at.isoformat(),
    }


def _corrections(session: Session, case: Case) -> list[dict[str, Any]]:
    kept = select(Feedback).where(Feedback.case_id == case.id).order_by(Feedback.id)
    return [
        {
            "wat": one.kind,
            "was": one.old,
            "werd": one.new,
            "door": INITIATOR if one.account_id is None else STAFF,
            "magLeren": one.consent,
            "tijd": one.created_at.isoformat(),
        }
        for one in session.scalars(kept)
    ]


def _ratings(events: list[CaseEvent]) -> list[dict[str, Any]]:
    return [
        {
            "cijfer": event.data["score"],
            "over": event.data.get("about", HELP),
            "tijd": event.created_at.isoformat(),
        }
        for event in events
        if event.kind == "satisfaction"
    ]


def _follow_ups(session: Session, case: Case) -> list[dict[str, Any]]:
    planned = select(FollowUp).where(FollowUp.case_id == case.id).order_by(FollowUp.due_on, FollowUp.id)
    return [
        {"dag": one.due_on.isoformat(), "vraag": one.text, "toestand": one.state}
        for one in session.scalars(planned)
    ]


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None
