"""How much the text and each answer weighed in the choice of the role.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    kind = sa.JSON().with_variant(JSONB(), "postgresql")
    # Not in a batch, which would copy the table and lose its triggers.
    op.add_column("zaak", sa.Column("role_weights", kind, nullable=True))


def downgrade() -> None:
    op.drop_column("zaak", "role_weights")
