"""The tables of the store. `docs/store.md` says what each is for."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, Enum, ForeignKey, Index, MetaData, event, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from routing.cases.columns import CleanJson, CleanText, UtcDateTime
from routing.cases.states import CaseState

INITIATOR, CHATBOT, STAFF, SYSTEM = "inwoner", "chatbot", "medewerker", "systeem"
PARTNER, TEAM = "partner", "team"
WAITING, SENT, DEAD, CANCELLED = "waiting", "sent", "dead", "cancelled"
TO_OWNER, TO_RESIDENT = "owner", "resident"
MAIL_EVENTS = ("delivered", "delivery_failed")
"""Kinds of history that change nothing about the case itself."""

# Named constraints can be altered later, also in SQLite's batch mode.
_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


# Open and not yet answered are the same; see `routing.cases.cases.move`.
_OPEN = {
    "sqlite_where": text("answered_at IS NULL"),
    "postgresql_where": text("answered_at IS NULL"),
}


def _state_column() -> Enum:
    return Enum(
        CaseState,
        native_enum=False,
        create_constraint=False,
        length=32,
        values_callable=lambda states: [state.value for state in states],
    )


class Base(DeclarativeBase):
    """Common to all tables."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map: ClassVar = {
        str: CleanText,
        datetime: UtcDateTime,
        CaseState: _state_column(),
        dict[str, Any]: CleanJson,
        list[Any]: CleanJson,
    }


class Conversation(Base):
    """One chat; `last_number` is the number of its newest message."""

    __tablename__ = "conversation"
    __table_args__ = (
        Index(
            "ix_conversation_speaker",
            "speaker_seen_at",
            sqlite_where=text("speaker_id IS NOT NULL"),
            postgresql_where=text("speaker_id IS NOT NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    token_hash: Mapped[str]
    language: Mapped[str]
    last_number: Mapped[int] = mapped_column(default=0)
    speaker_id: Mapped[str | None]
    """The partner who speaks instead of the chatbot; `routing.cases.speaking` alone changes it."""
    speaker_name: Mapped[str | None]
    speaker_role: Mapped[str | None]
    speaker_seen_at: Mapped[datetime | None]
    """When that partner's page was last heard of."""
    speaker_lost_at: Mapped[datetime | None]
    """When the resident was told that the partner's connection is gone."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Message(Base):
    """One message, numbered from 1 within its conversation without gaps."""

    __tablename__ = "message"
    __table_args__ = (
        CheckConstraint(f"sender IN ('{INITIATOR}', '{CHATBOT}', '{STAFF}', '{SYSTEM}')", name="sender"),
        Index("uq_message_client", "conversation_id", "client_id", unique=True),
        Index("ix_message_answers", "conversation_id", "answers"),
        Index(
            "ix_message_unanswered",
            "created_at",
            sqlite_where=text(f"answered_at IS NULL AND sender = '{INITIATOR}'"),
            postgresql_where=text(f"answered_at IS NULL AND sender = '{INITIATOR}'"),
        ),
    )

    conversation_id: Mapped[str] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sender: Mapped[str]
    text: Mapped[str]
    language: Mapped[str | None]
    payload: Mapped[str | None]
    """What a chosen button stands for; the text is then the button's title."""
    buttons: Mapped[list[Any]] = mapped_column(default=list)
    """Dicts with `title`, `payload` and the opaque `token` that the client sends back."""
    card: Mapped[dict[str, Any] | None]
    author: Mapped[dict[str, Any] | None]
    """For what staff said: `id`, `name` and `role` of the partner at that moment."""
    client_id: Mapped[str | None]
    answers: Mapped[int | None]
    """Number of the inbound message that this one answers."""
    answered_at: Mapped[datetime | None]
    """For an inbound message: when its turn was finished, with or without an answer."""
    created_at: Mapped[datetime]


class DialogueEvent(Base):
    """One event of the dialogue engine, in order of `id`."""

    __tablename__ = "dialogue_event"
    __table_args__ = (Index("ix_dialogue_event_conversation", "conversation_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    # No foreign key: the dialogue engine can also run without our gateway.
    conversation_id: Mapped[str]
    data: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class DialogueSnapshot(Base):
    """What the dialogue engine must still know when it reads only its latest events."""

    __tablename__ = "dialogue_snapshot"

    conversation_id: Mapped[str] = mapped_column(primary_key=True)
    data: Mapped[dict[str, Any]]


class ReferenceCounter(Base):
    """The newest serial number of a year; its row lock puts handoffs in line."""

    __tablename__ = "reference_counter"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


class Case(Base):
    """A plan that somebody of the municipality is responsible for, from its first second on."""

    __tablename__ = "zaak"
    __table_args__ = (
        CheckConstraint(f"owner_kind IN ('{PARTNER}', '{TEAM}')", name="owner_kind"),
        CheckConstraint("length(owner_id) > 0", name="owner"),
        Index("ix_zaak_owner", "owner_kind", "owner_id", "state"),
        Index("ix_zaak_promise", "state", "promised_for"),
        Index("ix_zaak_created_at", "created_at"),
        # Lists of the desk: what is still owed an answer by promised day, the rest by number.
        Index("ix_zaak_open", "promised_for", "id", **_OPEN),
        Index("ix_zaak_open_owner", "owner_kind", "owner_id", "promised_for", "id", **_OPEN),
        Index("ix_zaak_of_owner", "owner_kind", "owner_id", "id"),
        Index("ix_zaak_state", "state", "id"),
        Index("ix_zaak_role", "role", "id"),
        Index("ix_zaak_neighbourhood", "neighbourhood", "id"),
        Index("ix_zaak_conversation", "conversation_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    code_hash: Mapped[str]
    handoff_key: Mapped[str] = mapped_column(unique=True)
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversation.id", ondelete="SET NULL"))
    language: Mapped[str]
    state: Mapped[CaseState]
    """Where the case is; only `routing.cases.cases.move` changes it."""

    role: Mapped[str]
    second_role: Mapped[str | None]
    role_confidence: Mapped[float | None]
    role_evidence: Mapped[str | None]
    role_weights: Mapped[dict[str, Any] | None]
    """How much `text`, `help`, `parties` and `phase` each weighed in the role; they add up to one."""
    owner_kind: Mapped[str]
    owner_id: Mapped[str]
    owner_reason: Mapped[dict[str, Any]]
    """`{"id": ..., "params": {...}}`; the template `reason` puts it into words."""
    goals: Mapped[list[Any]]
    """Dicts with `goal` (1..17), `confidence` and `evidence`, best first."""
    instruments: Mapped[list[Any]]

    plan: Mapped[str]
    neighbourhood: Mapped[str | None]
    """Id of the catalogue, or the words used where the catalogue does not know them."""
    parties: Mapped[str | None]
    help: Mapped[str | None]
    phase: Mapped[str | None]

    promised_for: Mapped[date]
    answered_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    result: Mapped[str | None]
    """How it ended, once closed: an id of the desk's texts."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column()

    __mapper_args__: ClassVar = {"version_id_col": version}


class Contact(Base):
    """How to reach the person behind a case: apart from the case, so that it can be erased alone."""

    __tablename__ = "contact"

    case_id: Mapped[int] = mapped_column(ForeignKey("zaak.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str | None]
    email: Mapped[str | None]
    phone: Mapped[str | None]
    consent_at: Mapped[datetime]


class AppendOnlyViolation(Exception):
    """Somebody tried to change or delete history."""


class CaseEvent(Base):
    """One thing that happened to a case. Append-only, so it holds no personal data."""

    __tablename__ = "case_event"
    __table_args__ = (Index("ix_case_event_case", "case_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("zaak.id"))
    kind: Mapped[str]
    state: Mapped[CaseState]
    """The state of the case after the event."""
    actor_kind: Mapped[str]
    actor_id: Mapped[str | None]
    data: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


@event.listens_for(CaseEvent, "before_update")
@event.listens_for(CaseEvent, "before_delete")
def _refuse(_mapper: object, _connection: object, target: CaseEvent) -> None:
    # The triggers of the migration refuse it too; here the error names the rule before a statement is sent.
    raise AppendOnlyViolation(f"history cannot be changed or deleted: event {target.id}")


class OutboxItem(Base):
    """Something that must leave the house, written in the transaction that makes it necessary."""

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint(f"state IN ('{WAITING}', '{SENT}', '{DEAD}', '{CANCELLED}')", name="state"),
        Index("ix_outbox_due", "state", "due_at", "id"),
        Index("ix_outbox_case", "case_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    """Idempotency key: one key is one delivery, whatever happens."""
    channel: Mapped[str]
    kind: Mapped[str]
    """What it says, which is also the name of its template."""
    recipient: Mapped[str]
    """`owner` or `resident`: what goes to a resident stops when the contact details are erased."""
    case_id: Mapped[int | None] = mapped_column(ForeignKey("zaak.id"))
    payload: Mapped[dict[str, Any]]
    """All that the delivery needs; emptied when it has been made, because it holds personal data."""
    state: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    """When to try (again). Claiming moves it past the lease, so a crashed worker's items come back."""
    last_error: Mapped[str | None]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
