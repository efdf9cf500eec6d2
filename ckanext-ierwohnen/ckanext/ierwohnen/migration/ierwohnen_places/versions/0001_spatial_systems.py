"""Tables of spatial systems.

Downgrading drops them. What they hold can be loaded again from the boundary files, which are resources of the dataset.

Revision ID: 5d1f0a7c2b10
Revises:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "5d1f0a7c2b10"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ierwohnen_places_system",
        sa.Column(
            "dataset_id", sa.UnicodeText, sa.ForeignKey("package.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("revision", sa.UnicodeText, nullable=False),
        sa.Column("title", sa.UnicodeText, nullable=False),
        sa.Column("title_en", sa.UnicodeText, nullable=False),
        sa.Column("boundary_date", sa.Date, nullable=False),
        sa.Column("source", sa.UnicodeText, nullable=False),
        sa.Column("licence", sa.UnicodeText, nullable=False),
        sa.Column("loaded", sa.DateTime(timezone=True), nullable=False),
        sa.Column("extent", sa.ARRAY(sa.Float), nullable=False),
        sa.Column("outline", sa.UnicodeText, nullable=False),
        sa.Column("description", sa.UnicodeText, nullable=False),
        sa.Column("findings", JSONB, nullable=False),
    )
    op.create_table(
        "ierwohnen_places_level",
        _of_system(),
        sa.Column("code", sa.UnicodeText, primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("title", sa.UnicodeText, nullable=False),
        sa.Column("title_en", sa.UnicodeText, nullable=False),
        sa.Column("parent", sa.UnicodeText),
    )
    op.create_table(
        "ierwohnen_places_unit",
        _of_system(),
        sa.Column("level", sa.UnicodeText, primary_key=True),
        sa.Column("key", sa.UnicodeText, primary_key=True),
        sa.Column("name", sa.UnicodeText, nullable=False),
        sa.Column("parent", sa.UnicodeText),
        sa.Column("area", sa.Float, nullable=False),
        sa.Column("longitude", sa.Float, nullable=False),
        sa.Column("latitude", sa.Float, nullable=False),
    )
    op.create_table(
        "ierwohnen_places_geometry",
        _of_system(),
        sa.Column("level", sa.UnicodeText, primary_key=True),
        sa.Column("detail", sa.UnicodeText, primary_key=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    for name in ("geometry", "unit", "level", "system"):
        op.drop_table(f"ierwohnen_places_{name}")


def _of_system() -> sa.Column:
    target = sa.ForeignKey("ierwohnen_places_system.dataset_id", ondelete="CASCADE")
    return sa.Column("dataset_id", sa.UnicodeText, target, primary_key=True)
