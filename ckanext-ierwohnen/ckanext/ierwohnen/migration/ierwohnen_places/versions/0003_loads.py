"""Loads of boundaries in the background.

Downgrading drops what is known of them; boundaries that were loaded stay.

Revision ID: b3e7d1c95a42
Revises: 8a2c4e6f0b31
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "b3e7d1c95a42"
down_revision = "8a2c4e6f0b31"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ierwohnen_places_load",
        sa.Column("id", sa.UnicodeText, primary_key=True),
        sa.Column(
            "dataset_id", sa.UnicodeText, sa.ForeignKey("package.id", ondelete="CASCADE"), nullable=False, index=True
        ),
        sa.Column("user_id", sa.UnicodeText, nullable=False),
        sa.Column("description", sa.UnicodeText, nullable=False),
        sa.Column("resources", JSONB, nullable=False),
        sa.Column("files", JSONB, nullable=False),
        sa.Column("check_only", sa.Boolean, nullable=False),
        sa.Column("state", sa.UnicodeText, nullable=False),
        sa.Column("step", sa.UnicodeText, nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("findings", JSONB, nullable=False),
        sa.Column("result", JSONB),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("ierwohnen_places_load")
