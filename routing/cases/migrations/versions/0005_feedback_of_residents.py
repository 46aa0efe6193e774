"""A correction may also come from the resident: then no account made it.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("feedback") as table:
        table.alter_column("account_id", existing_type=sa.Integer(), nullable=True)


def downgrade() -> None:
    # What residents corrected has no place in the older table.
    op.execute(sa.text("DELETE FROM feedback WHERE account_id IS NULL"))
    with op.batch_alter_table("feedback") as table:
        table.alter_column("account_id", existing_type=sa.Integer(), nullable=False)
