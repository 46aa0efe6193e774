"""The tables of the desk: accounts, what staff write, and what makes lists and search fast.

They stand with the store, because deliveries read them as well. `docs/store.md` says what each is for.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, event
from sqlalchemy.orm import Mapped, mapped_column

from routing.cases.models import AppendOnlyViolation, Base

READER, STAFF_PARTNER, LEAD, ADMIN = "reader", "partner", "lead", "admin"
DESK_ROLES = (READER, STAFF_PARTNER, LEAD, ADMIN)
PLANNED, FOLLOWED_UP, CALLED_OFF = "planned", "sent", "cancelled"


class Account(Base):
    """Somebody who may sign in at the desk."""

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint("role IN ('reader', 'partner', 'lead', 'admin')", name="role"),
        CheckConstraint("role <> 'partner' OR partner_id IS NOT NULL", name="partner"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(unique=True)
    """A mail address in small letters: with it people sign in and get the steps they follow."""
    name: Mapped[str]
    role: Mapped[str]
    """What the account may do at the desk; `partner_id` says who they are in the catalogue."""
    partner_id: Mapped[str | None]
    language: Mapped[str]
    password_hash: Mapped[str | None]
    """None for an account that signs in elsewhere."""
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class StaffSession(Base):
    """One signed-in browser; only a hash of its token is kept."""

    __tablename__ = "staff_session"
    __table_args__ = (Index("ix_staff_session_account", "account_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class CaseNote(Base):
    """What staff wrote about a case for each other: a note, or why they did something."""

    __tablename__ = "case_note"
    __table_args__ = (Index("ix_case_note_case", "case_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("zaak.id", ondelete="CASCADE"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    kind: Mapped[str]
    """`note`, or the kind of the event that it explains."""
    text: Mapped[str]
    created_at: Mapped[datetime]


class Follower(Base):
    """A civil servant who adopted a case and gets its steps by mail."""

    __tablename__ = "follower"
    __table_args__ = (Index("ix_follower_account", "account_id"),)

    case_id: Mapped[int] = mapped_column(ForeignKey("zaak.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    created_at: Mapped[datetime]


class Feedback(Base):
    """A correction of role or goals, kept for the next training of the advice."""

    __tablename__ = "feedback"
    __table_args__ = (
        Index("ix_feedback_case", "case_id"),
        CheckConstraint("kind IN ('role', 'goals')", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("zaak.id", ondelete="SET NULL"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    """Who corrected; None where it was the resident."""
    kind: Mapped[str]
    fingerprint: Mapped[str]
    """Of the text that was judged: says which one, and not what it said."""
    language: Mapped[str]
    old: Mapped[list[Any]]
    new: Mapped[list[Any]]
    consent: Mapped[bool]
    """Whether the resident agreed that the text may be learned from."""
    created_at: Mapped[datetime]


class FollowUp(Base):
    """A moment at which the resident is asked how it goes, or a partner is reminded of something."""

    __tablename__ = "follow_up"
    __table_args__ = (
        CheckConstraint(f"state IN ('{PLANNED}', '{FOLLOWED_UP}', '{CALLED_OFF}')", name="state"),
        Index("ix_follow_up_due", "state", "due_on", "id"),
        Index("ix_follow_up_case", "case_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("zaak.id", ondelete="CASCADE"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    """Who planned it; None when Loket did."""
    kind: Mapped[str]
    due_on: Mapped[date]
    text: Mapped[str]
    """What is asked, in the language of the case."""
    state: Mapped[str]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class CaseView(Base):
    """Who looked at a case last, and when: so that two people do not write at once unknowingly."""

    __tablename__ = "case_view"

    case_id: Mapped[int] = mapped_column(ForeignKey("zaak.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    seen_at: Mapped[datetime]


class CaseVector(Base):
    """What a plan is about, as a unit vector of 16-bit floats: for finding similar earlier cases."""

    __tablename__ = "case_vector"

    case_id: Mapped[int] = mapped_column(ForeignKey("zaak.id", ondelete="CASCADE"), primary_key=True)
    vector: Mapped[bytes] = mapped_column(LargeBinary)
    made_by: Mapped[str] = mapped_column(default="", index=True)
    """The training whose encoder made it; a vector of another one is made again."""


class CaseGoal(Base):
    """The goals of a case as rows, kept right by triggers, so that a list of one goal is fast."""

    __tablename__ = "case_goal"
    __table_args__ = (Index("ix_case_goal_goal", "goal", "case_id"),)

    case_id: Mapped[int] = mapped_column(ForeignKey("zaak.id", ondelete="CASCADE"), primary_key=True)
    goal: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class CaseSearch(Base):
    """The words of a case, kept right by triggers; an index for full-text search stands on it."""

    __tablename__ = "case_search"

    case_id: Mapped[int] = mapped_column(ForeignKey("zaak.id", ondelete="CASCADE"), primary_key=True)
    open_words: Mapped[str]
    """What every civil servant may read: reference number, plan and place."""
    closed_words: Mapped[str]
    """Messages and contact details: only for who may read those."""


class AuditEvent(Base):
    """Something that somebody did at the desk. Append-only; ids and figures, no words of people."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_event_case", "case_id", "account_id", "id"),
        Index("ix_audit_event_account", "account_id", "id"),
        Index("ix_audit_event_kind", "kind", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    account_id: Mapped[int | None]
    """None where nobody was signed in. No foreign key: the log outlives accounts and cases."""
    case_id: Mapped[int | None]
    data: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


@event.listens_for(AuditEvent, "before_update")
@event.listens_for(AuditEvent, "before_delete")
def _refuse(_mapper: object, _connection: object, target: AuditEvent) -> None:
    raise AppendOnlyViolation(f"the log cannot be changed or deleted: event {target.id}")
