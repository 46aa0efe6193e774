"""Corrections of role and goals, exported in the form of our texts for the next training."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from routing.cases.desk_models import Feedback
from routing.cases.feedback import fingerprint
from routing.cases.models import Case, Contact

_MAIL = re.compile(r"[^\s@<>()]+@[^\s@<>()]+\.\w+")
_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\w.])\+?\d(?:[\d \-./()]{5,})\d\b")
_POSTCODE = re.compile(r"\b[1-9]\d{3} ?[A-Za-z]{2}\b(?:[ ,]+\d+\w*)?")
_STREET = re.compile(
    r"\b[A-Z][\w'’-]*(?:straat|laan|weg|plein|gracht|kade|hof|dreef|singel|pad|dijk|steeg)(?: \d+\w*)\b"
)
_PART = r"(?:[A-Z][\w'’-]+|(?:van|de|der|den|ten|ter|el|al)\b)"
_NAME = re.compile(
    r"\b(?:[Ii]k heet|[Mm]ijn naam is|[Mm]y name is|[Ii] am called|[Gg]roeten?,?|[Gg]roetjes,?|[Rr]egards,?)"
    rf"\s+({_PART}(?: {_PART})*)"
)
TAKEN_OUT = "…"
"""Stands where something about a person was."""


def exported(session: Session) -> Iterator[dict[str, Any]]:
    """Each judged text once, with its newest corrections, in the form of `data/nlu` as JSON.

    The text comes along where the resident agreed to it, without what tells who somebody is; elsewhere it is
    None, and the fingerprint says which text it was. Who corrected it is not told.
    """
    latest: dict[str, dict[str, Feedback]] = {}
    for one in session.scalars(select(Feedback).order_by(Feedback.id)):
        latest.setdefault(one.fingerprint, {})[one.kind] = one
    for mark, corrections in latest.items():
        yield _line(session, mark, corrections)


def _line(session: Session, mark: str, corrections: dict[str, Feedback]) -> dict[str, Any]:
    newest = max(corrections.values(), key=lambda one: one.id)
    case = session.get(Case, newest.case_id) if newest.case_id is not None else None
    metadata: dict[str, Any] = {"kind": "plan", "lang": newest.language}
    if "goals" in corrections:
        metadata["goals"] = corrections["goals"].new
    if "role" in corrections:
        metadata["role"] = corrections["role"].new[0]
    metadata["before"] = {kind: one.old for kind, one in corrections.items()}
    text = None
    if newest.consent and case is not None and fingerprint(case.plan) == mark:
        text = without_person(case.plan, session.get(Contact, case.id))
    return {
        "text": text,
        "fingerprint": mark,
        "at": newest.created_at.date().isoformat(),
        "metadata": metadata,
    }


def without_person(text: str, contact: Contact | None = None) -> str:
    """The text without mail addresses, numbers, streets, and names that we know of or that are told.

    Patterns do not find everything: read an export before it is used.
    """
    for pattern in (_MAIL, _LINK, _POSTCODE, _NUMBER, _STREET):
        text = pattern.sub(TAKEN_OUT, text)
    text = _NAME.sub(lambda found: found[0].replace(found[1], TAKEN_OUT), text)
    for part in (contact.name or "").split() if contact is not None else ():
        if len(part) > 2:
            text = re.sub(rf"\b{re.escape(part)}\b", TAKEN_OUT, text, flags=re.IGNORECASE)
    return text
