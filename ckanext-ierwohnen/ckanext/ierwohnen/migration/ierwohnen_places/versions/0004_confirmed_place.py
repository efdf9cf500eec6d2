"""Whether somebody who loads boundaries in the background has confirmed that they lie elsewhere than before.

Revision ID: c41f8e2a7d06
Revises: b3e7d1c95a42
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "c41f8e2a7d06"
down_revision = "b3e7d1c95a42"
branch_labels = None
depends_on = None


def upgrade() -> None:
    column = sa.Column("confirm_place", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("ierwohnen_places_load", column)


def downgrade() -> None:
    op.drop_column("ierwohnen_places_load", "confirm_place")
