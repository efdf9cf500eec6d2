"""Crosswalks that an office states.

Downgrading drops them; they can be loaded again from the office's table.

Revision ID: 8a2c4e6f0b31
Revises: 5d1f0a7c2b10
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "8a2c4e6f0b31"
down_revision = "5d1f0a7c2b10"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ierwohnen_places_crosswalk",
        sa.Column("from_id", sa.UnicodeText, sa.ForeignKey("package.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("to_id", sa.UnicodeText, sa.ForeignKey("package.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("from_level", sa.UnicodeText, primary_key=True),
        sa.Column("to_level", sa.UnicodeText, primary_key=True),
        sa.Column("source", sa.UnicodeText, nullable=False),
        sa.Column("loaded", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pairs", JSONB, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("ierwohnen_places_crosswalk")
