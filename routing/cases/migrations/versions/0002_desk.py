"""Accounts, sessions and notes of the desk, search, and indexes for its lists."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from routing.cases.migrations import search_index
from routing.cases.migrations.append_only import protect

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(JSONB(), "postgresql")
_MOMENT = sa.DateTime(timezone=True)
_OPEN = {"sqlite_where": sa.text("answered_at IS NULL"), "postgresql_where": sa.text("answered_at IS NULL")}


def upgrade() -> None:
    # Not in batch mode, which would build the table anew: SQLite can add a column as well.
    op.add_column("zaak", sa.Column("result", sa.Text(), nullable=True))
    _list_indexes()
    _accounts()
    _work()
    _feedback()
    _lookup()
    _audit()
    search_index.create()


def downgrade() -> None:
    search_index.drop()
    for table in (
        "audit_event",
        "case_search",
        "case_goal",
        "case_vector",
        "case_view",
        "follow_up",
        "feedback",
        "follower",
        "case_note",
        "staff_session",
        "account",
    ):
        op.drop_table(table)
    for index in ("open", "open_owner", "of_owner", "state", "role", "neighbourhood"):
        op.drop_index(f"ix_zaak_{index}", "zaak")
    op.drop_column("zaak", "result")


def _required(name: str, kind: sa.types.TypeEngine, **options: object) -> sa.Column:
    return sa.Column(name, kind, nullable=False, **options)


def _optional(name: str, kind: sa.types.TypeEngine) -> sa.Column:
    return sa.Column(name, kind, nullable=True)


def _key(table: str, column: str, other: str, on_delete: str | None = "CASCADE") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{other}.id"], name=f"fk_{table}_{column}_{other}", ondelete=on_delete
    )


def _list_indexes() -> None:
    op.create_index("ix_zaak_open", "zaak", ["promised_for", "id"], **_OPEN)
    op.create_index("ix_zaak_open_owner", "zaak", ["owner_kind", "owner_id", "promised_for", "id"], **_OPEN)
    op.create_index("ix_zaak_of_owner", "zaak", ["owner_kind", "owner_id", "id"])
    for column in ("state", "role", "neighbourhood"):
        op.create_index(f"ix_zaak_{column}", "zaak", [column, "id"])


def _accounts() -> None:
    op.create_table(
        "account",
        _required("id", sa.Integer()),
        _required("login", sa.Text()),
        _required("name", sa.Text()),
        _required("role", sa.Text()),
        _optional("partner_id", sa.Text()),
        _required("language", sa.Text()),
        _optional("password_hash", sa.Text()),
        _required("active", sa.Boolean()),
        _required("created_at", _MOMENT),
        _required("updated_at", _MOMENT),
        sa.CheckConstraint("role IN ('reader', 'partner', 'lead', 'admin')", name="ck_account_role"),
        sa.CheckConstraint("role <> 'partner' OR partner_id IS NOT NULL", name="ck_account_partner"),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
        sa.UniqueConstraint("login", name="uq_account_login"),
    )
    op.create_table(
        "staff_session",
        _required("id", sa.Integer()),
        _required("token_hash", sa.Text()),
        _required("account_id", sa.Integer()),
        _required("created_at", _MOMENT),
        _required("seen_at", _MOMENT),
        _required("expires_at", _MOMENT),
        _key("staff_session", "account_id", "account"),
        sa.PrimaryKeyConstraint("id", name="pk_staff_session"),
        sa.UniqueConstraint("token_hash", name="uq_staff_session_token_hash"),
    )
    op.create_index("ix_staff_session_account", "staff_session", ["account_id"])


def _work() -> None:
    op.create_table(
        "case_note",
        _required("id", sa.Integer()),
        _required("case_id", sa.Integer()),
        _required("account_id", sa.Integer()),
        _required("kind", sa.Text()),
        _required("text", sa.Text()),
        _required("created_at", _MOMENT),
        _key("case_note", "case_id", "zaak"),
        _key("case_note", "account_id", "account", None),
        sa.PrimaryKeyConstraint("id", name="pk_case_note"),
    )
    op.create_index("ix_case_note_case", "case_note", ["case_id", "id"])
    op.create_table(
        "follower",
        _required("case_id", sa.Integer(), autoincrement=False),
        _required("account_id", sa.Integer(), autoincrement=False),
        _required("created_at", _MOMENT),
        _key("follower", "case_id", "zaak"),
        _key("follower", "account_id", "account"),
        sa.PrimaryKeyConstraint("case_id", "account_id", name="pk_follower"),
    )
    op.create_index("ix_follower_account", "follower", ["account_id"])
    op.create_table(
        "follow_up",
        _required("id", sa.Integer()),
        _required("case_id", sa.Integer()),
        _optional("account_id", sa.Integer()),
        _required("kind", sa.Text()),
        _required("due_on", sa.Date()),
        _required("text", sa.Text()),
        _required("state", sa.Text()),
        _required("created_at", _MOMENT),
        _optional("finished_at", _MOMENT),
        sa.CheckConstraint("state IN ('planned', 'sent', 'cancelled')", name="ck_follow_up_state"),
        _key("follow_up", "case_id", "zaak"),
        _key("follow_up", "account_id", "account", None),
        sa.PrimaryKeyConstraint("id", name="pk_follow_up"),
    )
    op.create_index("ix_follow_up_due", "follow_up", ["state", "due_on", "id"])
    op.create_index("ix_follow_up_case", "follow_up", ["case_id"])
    op.create_table(
        "case_view",
        _required("case_id", sa.Integer(), autoincrement=False),
        _required("account_id", sa.Integer(), autoincrement=False),
        _required("seen_at", _MOMENT),
        _key("case_view", "case_id", "zaak"),
        _key("case_view", "account_id", "account"),
        sa.PrimaryKeyConstraint("case_id", "account_id", name="pk_case_view"),
    )


def _feedback() -> None:
    op.create_table(
        "feedback",
        _required("id", sa.Integer()),
        _optional("case_id", sa.Integer()),
        _required("account_id", sa.Integer()),
        _required("kind", sa.Text()),
        _required("fingerprint", sa.Text()),
        _required("language", sa.Text()),
        _required("old", _JSON),
        _required("new", _JSON),
        _required("consent", sa.Boolean()),
        _required("created_at", _MOMENT),
        sa.CheckConstraint("kind IN ('role', 'goals')", name="ck_feedback_kind"),
        _key("feedback", "case_id", "zaak", "SET NULL"),
        _key("feedback", "account_id", "account", None),
        sa.PrimaryKeyConstraint("id", name="pk_feedback"),
    )
    op.create_index("ix_feedback_case", "feedback", ["case_id"])


def _lookup() -> None:
    op.create_table(
        "case_vector",
        _required("case_id", sa.Integer(), autoincrement=False),
        _required("vector", sa.LargeBinary()),
        _key("case_vector", "case_id", "zaak"),
        sa.PrimaryKeyConstraint("case_id", name="pk_case_vector"),
    )
    op.create_table(
        "case_goal",
        _required("case_id", sa.Integer(), autoincrement=False),
        _required("goal", sa.Integer(), autoincrement=False),
        _key("case_goal", "case_id", "zaak"),
        sa.PrimaryKeyConstraint("case_id", "goal", name="pk_case_goal"),
    )
    op.create_index("ix_case_goal_goal", "case_goal", ["goal", "case_id"])
    op.create_table(
        "case_search",
        _required("case_id", sa.Integer()),
        _required("open_words", sa.Text()),
        _required("closed_words", sa.Text()),
        _key("case_search", "case_id", "zaak"),
        sa.PrimaryKeyConstraint("case_id", name="pk_case_search"),
    )


def _audit() -> None:
    op.create_table(
        "audit_event",
        _required("id", sa.Integer()),
        _required("kind", sa.Text()),
        _optional("account_id", sa.Integer()),
        _optional("case_id", sa.Integer()),
        _required("data", _JSON),
        _required("created_at", _MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_audit_event"),
    )
    op.create_index("ix_audit_event_case", "audit_event", ["case_id", "account_id", "id"])
    op.create_index("ix_audit_event_account", "audit_event", ["account_id", "id"])
    op.create_index("ix_audit_event_kind", "audit_event", ["kind", "id"])
    protect("audit_event")
