"""Corrections of role and goals, by staff and by residents: kept for the next training of the advice."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from routing.cases.desk_models import Feedback
from routing.cases.models import Case

ROLE, GOALS = "role", "goals"


def fingerprint(text: str) -> str:
    """Says which text was judged, and nothing of what it said; spaces and case do not count."""
    return hashlib.sha256(" ".join(text.casefold().split()).encode()).hexdigest()


def keep_correction(
    session: Session,
    account_id: int | None,
    case: Case,
    kind: str,
    old: Sequence[Any],
    new: Sequence[Any],
    consent: bool,
    now: datetime,
) -> Feedback:
    """Keeps one correction, of the `role` or the `goals` of a case; no account: by the resident."""
    kept = Feedback(
        case_id=case.id,
        account_id=account_id,
        kind=kind,
        fingerprint=fingerprint(case.plan),
        language=case.language,
        old=list(old),
        new=list(new),
        consent=consent,
        created_at=now,
    )
    session.add(kept)
    session.flush()
    return kept


def keep_choices(session: Session, case: Case, advice: Mapping[str, Any], now: datetime) -> list[Feedback]:
    """Keeps what the resident chose instead of the advice, without their text until they say it may be used.

    ``advice["advised"]`` holds the role and the goals that were advised at first, where others were chosen.
    """
    advised = advice.get("advised") or {}
    role, goals = advice.get("role") or {}, advice.get("goals") or ()
    chosen = {ROLE: [role.get("role")], GOALS: [goal["goal"] for goal in goals]}
    return [
        keep_correction(session, None, case, kind, advised[kind], chosen[kind], False, now)
        for kind in (ROLE, GOALS)
        if kind in advised and advised[kind] != chosen[kind]
    ]


def allow_learning(session: Session, case: Case, *, allowed: bool) -> bool:
    """The resident says whether their text may be learned from; False where there was nothing to learn."""
    own = update(Feedback).where(Feedback.case_id == case.id, Feedback.account_id.is_(None))
    return bool(session.execute(own.values(consent=allowed)).rowcount)


def withdraw_consent(session: Session, case: Case) -> None:
    """The text may not be learned from any more, whoever corrected it."""
    session.execute(update(Feedback).where(Feedback.case_id == case.id).values(consent=False))
