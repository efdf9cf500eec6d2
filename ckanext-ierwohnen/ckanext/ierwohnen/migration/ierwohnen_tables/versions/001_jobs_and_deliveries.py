"""Create the tables of jobs and deliveries.

The downgrade drops both: what is lost is the history of jobs and the list of deliveries that wait to be
published. Published tables live in the DataStore and stay.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "5e1d0c7a4b01"
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "ierwohnen_job",
        sa.Column("id", sa.UnicodeText, primary_key=True),
        sa.Column("kind", sa.UnicodeText, nullable=False),
        sa.Column("package_id", sa.UnicodeText, nullable=False, index=True),
        sa.Column("resource_id", sa.UnicodeText, nullable=False, index=True),
        sa.Column("user_id", sa.UnicodeText, nullable=False),
        sa.Column("state", sa.UnicodeText, nullable=False),
        sa.Column("step", sa.UnicodeText, nullable=False),
        sa.Column("done", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("total", sa.BigInteger),
        sa.Column("parameters", JSONB, nullable=False),
        sa.Column("message", JSONB),
        sa.Column("result", JSONB),
        sa.Column("created", sa.DateTime, nullable=False),
        sa.Column("changed", sa.DateTime, nullable=False),
    )
    op.create_table(
        "ierwohnen_delivery",
        sa.Column("id", sa.UnicodeText, primary_key=True),
        sa.Column("package_id", sa.UnicodeText, nullable=False, index=True),
        sa.Column("resource_id", sa.UnicodeText, nullable=False, index=True),
        sa.Column("user_id", sa.UnicodeText, nullable=False),
        sa.Column("filename", sa.UnicodeText),
        sa.Column("size", sa.BigInteger),
        sa.Column("state", sa.UnicodeText, nullable=False),
        sa.Column("choices", JSONB, nullable=False),
        sa.Column("created", sa.DateTime, nullable=False),
        sa.Column("published", sa.DateTime),
    )


def downgrade():
    op.drop_table("ierwohnen_delivery")
    op.drop_table("ierwohnen_job")
