"""Conversations, cases with their history, outbox and dialogue state."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from routing.cases.migrations.append_only import protect

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(JSONB(), "postgresql")
_MOMENT = sa.DateTime(timezone=True)
_STATE = sa.String(32)


def upgrade() -> None:
    _conversations()
    _dialogue()
    _cases()
    _history()
    _outbox()


def downgrade() -> None:
    for table in (
        "outbox",
        "case_event",
        "contact",
        "zaak",
        "reference_counter",
        "dialogue_snapshot",
        "dialogue_event",
        "message",
        "conversation",
    ):
        op.drop_table(table)


def _required(name: str, kind: sa.types.TypeEngine, **options: object) -> sa.Column:
    return sa.Column(name, kind, nullable=False, **options)


def _optional(name: str, kind: sa.types.TypeEngine) -> sa.Column:
    return sa.Column(name, kind, nullable=True)


def _conversations() -> None:
    op.create_table(
        "conversation",
        _required("id", sa.Text()),
        _required("token_hash", sa.Text()),
        _required("language", sa.Text()),
        _required("last_number", sa.Integer()),
        _required("created_at", _MOMENT),
        _required("updated_at", _MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_conversation"),
    )
    op.create_table(
        "message",
        _required("conversation_id", sa.Text()),
        _required("number", sa.Integer(), autoincrement=False),
        _required("sender", sa.Text()),
        _required("text", sa.Text()),
        _optional("language", sa.Text()),
        _optional("payload", sa.Text()),
        _required("buttons", _JSON),
        _optional("card", _JSON),
        _optional("client_id", sa.Text()),
        _optional("answers", sa.Integer()),
        _optional("answered_at", _MOMENT),
        _required("created_at", _MOMENT),
        sa.CheckConstraint(
            "sender IN ('inwoner', 'chatbot', 'medewerker', 'systeem')", name="ck_message_sender"
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name="fk_message_conversation_id_conversation",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("conversation_id", "number", name="pk_message"),
    )
    op.create_index("uq_message_client", "message", ["conversation_id", "client_id"], unique=True)
    op.create_index("ix_message_answers", "message", ["conversation_id", "answers"])
    unanswered = sa.text("answered_at IS NULL AND sender = 'inwoner'")
    op.create_index(
        "ix_message_unanswered",
        "message",
        ["created_at"],
        sqlite_where=unanswered,
        postgresql_where=unanswered,
    )


def _dialogue() -> None:
    op.create_table(
        "dialogue_event",
        _required("id", sa.Integer()),
        _required("conversation_id", sa.Text()),
        _required("data", _JSON),
        _required("created_at", _MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_dialogue_event"),
    )
    op.create_index("ix_dialogue_event_conversation", "dialogue_event", ["conversation_id", "id"])
    op.create_table(
        "dialogue_snapshot",
        _required("conversation_id", sa.Text()),
        _required("data", _JSON),
        sa.PrimaryKeyConstraint("conversation_id", name="pk_dialogue_snapshot"),
    )


def _cases() -> None:
    op.create_table(
        "reference_counter",
        _required("year", sa.Integer(), autoincrement=False),
        _required("last", sa.Integer()),
        sa.PrimaryKeyConstraint("year", name="pk_reference_counter"),
    )
    op.create_table(
        "zaak",
        _required("id", sa.Integer()),
        _required("reference", sa.Text()),
        _required("code_hash", sa.Text()),
        _required("handoff_key", sa.Text()),
        _optional("conversation_id", sa.Text()),
        _required("language", sa.Text()),
        _required("state", _STATE),
        _required("role", sa.Text()),
        _optional("second_role", sa.Text()),
        _optional("role_confidence", sa.Float()),
        _optional("role_evidence", sa.Text()),
        _required("owner_kind", sa.Text()),
        _required("owner_id", sa.Text()),
        _required("owner_reason", _JSON),
        _required("goals", _JSON),
        _required("instruments", _JSON),
        _required("plan", sa.Text()),
        _optional("neighbourhood", sa.Text()),
        _optional("parties", sa.Text()),
        _optional("help", sa.Text()),
        _optional("phase", sa.Text()),
        _required("promised_for", sa.Date()),
        _optional("answered_at", _MOMENT),
        _optional("closed_at", _MOMENT),
        _required("created_at", _MOMENT),
        _required("updated_at", _MOMENT),
        _required("version", sa.Integer()),
        sa.CheckConstraint("owner_kind IN ('partner', 'team')", name="ck_zaak_owner_kind"),
        sa.CheckConstraint("length(owner_id) > 0", name="ck_zaak_owner"),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name="fk_zaak_conversation_id_conversation",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_zaak"),
        sa.UniqueConstraint("reference", name="uq_zaak_reference"),
        sa.UniqueConstraint("handoff_key", name="uq_zaak_handoff_key"),
    )
    op.create_index("ix_zaak_owner", "zaak", ["owner_kind", "owner_id", "state"])
    op.create_index("ix_zaak_promise", "zaak", ["state", "promised_for"])
    op.create_index("ix_zaak_created_at", "zaak", ["created_at"])
    op.create_index("ix_zaak_conversation", "zaak", ["conversation_id"])
    op.create_table(
        "contact",
        _required("case_id", sa.Integer(), autoincrement=False),
        _optional("name", sa.Text()),
        _optional("email", sa.Text()),
        _optional("phone", sa.Text()),
        _required("consent_at", _MOMENT),
        sa.ForeignKeyConstraint(["case_id"], ["zaak.id"], name="fk_contact_case_id_zaak", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("case_id", name="pk_contact"),
    )


def _history() -> None:
    op.create_table(
        "case_event",
        _required("id", sa.Integer()),
        _required("case_id", sa.Integer()),
        _required("kind", sa.Text()),
        _required("state", _STATE),
        _required("actor_kind", sa.Text()),
        _optional("actor_id", sa.Text()),
        _required("data", _JSON),
        _required("created_at", _MOMENT),
        sa.ForeignKeyConstraint(["case_id"], ["zaak.id"], name="fk_case_event_case_id_zaak"),
        sa.PrimaryKeyConstraint("id", name="pk_case_event"),
    )
    op.create_index("ix_case_event_case", "case_event", ["case_id", "id"])
    protect("case_event")


def _outbox() -> None:
    op.create_table(
        "outbox",
        _required("id", sa.Integer()),
        _required("key", sa.Text()),
        _required("channel", sa.Text()),
        _required("kind", sa.Text()),
        _required("recipient", sa.Text()),
        _optional("case_id", sa.Integer()),
        _required("payload", _JSON),
        _required("state", sa.Text()),
        _required("attempts", sa.Integer()),
        _required("due_at", _MOMENT),
        _optional("last_error", sa.Text()),
        _required("created_at", _MOMENT),
        _optional("finished_at", _MOMENT),
        sa.CheckConstraint("state IN ('waiting', 'sent', 'dead', 'cancelled')", name="ck_outbox_state"),
        sa.ForeignKeyConstraint(["case_id"], ["zaak.id"], name="fk_outbox_case_id_zaak"),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("key", name="uq_outbox_key"),
    )
    op.create_index("ix_outbox_due", "outbox", ["state", "due_at", "id"])
    op.create_index("ix_outbox_case", "outbox", ["case_id"])
