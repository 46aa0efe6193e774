"""Which training a case's vector was made by: after a new one the vectors are made again.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("case_vector") as table:
        table.add_column(sa.Column("made_by", sa.Text(), nullable=False, server_default=""))
    op.create_index("ix_case_vector_made_by", "case_vector", ["made_by"])
