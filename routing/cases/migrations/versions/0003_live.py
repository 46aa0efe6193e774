"""Who speaks in a conversation, who is there, links that were given out, and how far events were handled."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(JSONB(), "postgresql")
_MOMENT = sa.DateTime(timezone=True)
_SPEAKER = (
    ("speaker_id", sa.Text()),
    ("speaker_name", sa.Text()),
    ("speaker_role", sa.Text()),
    ("speaker_seen_at", _MOMENT),
    ("speaker_lost_at", _MOMENT),
)


def upgrade() -> None:
    for name, kind in _SPEAKER:
        op.add_column("conversation", sa.Column(name, kind, nullable=True))
    op.add_column("message", sa.Column("author", _JSON, nullable=True))
    speaking = sa.text("speaker_id IS NOT NULL")
    op.create_index(
        "ix_conversation_speaker",
        "conversation",
        ["speaker_seen_at"],
        sqlite_where=speaking,
        postgresql_where=speaking,
    )
    _presence()
    _links()


def downgrade() -> None:
    for table in ("feed_cursor", "link", "conversation_key", "presence"):
        op.drop_table(table)
    op.drop_index("ix_conversation_speaker", "conversation")
    op.drop_column("message", "author")
    for name, _ in reversed(_SPEAKER):
        op.drop_column("conversation", name)


def _presence() -> None:
    op.create_table(
        "presence",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("seen_at", _MOMENT, nullable=True),
        sa.Column("available", sa.Boolean(), nullable=True),
        sa.Column("said_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("partner_id", name="pk_presence"),
    )


def _links() -> None:
    op.create_table(
        "conversation_key",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name="fk_conversation_key_conversation_id_conversation",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("token_hash", name="pk_conversation_key"),
    )
    op.create_index("ix_conversation_key_conversation", "conversation_key", ["conversation_id"])
    op.create_table(
        "link",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("conversation_id", sa.Text(), nullable=True),
        sa.Column("partner_id", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("used_at", _MOMENT, nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["zaak.id"], name="fk_link_case_id_zaak", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name="fk_link_conversation_id_conversation",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_link"),
    )
    op.create_index("ix_link_case", "link", ["case_id"])
    op.create_index("ix_link_conversation", "link", ["conversation_id"])
    op.create_table(
        "feed_cursor",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_feed_cursor"),
    )
    # What happened before has had its consequences: nobody is asked about an old case now.
    op.execute(
        "INSERT INTO feed_cursor (name, event_id) SELECT 'steps', COALESCE(MAX(id), 0) FROM case_event"
    )
