"""Create the table of versions.

The downgrade drops it: what is lost is the list of earlier states. The published tables stay, and the files of the
states stay in the storage folder until their resources are deleted.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "8c2f64d19a02"
down_revision = "5e1d0c7a4b01"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "ierwohnen_table_version",
        sa.Column("id", sa.UnicodeText, primary_key=True),
        sa.Column("package_id", sa.UnicodeText, nullable=False, index=True),
        sa.Column("resource_id", sa.UnicodeText, nullable=False, index=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("state", sa.UnicodeText, nullable=False),
        sa.Column("job_id", sa.UnicodeText, nullable=False),
        sa.Column("user_id", sa.UnicodeText, nullable=False),
        sa.Column("created", sa.DateTime, nullable=False),
        sa.Column("mode", sa.UnicodeText, nullable=False),
        sa.Column("restored", sa.Integer),
        sa.Column("filename", sa.UnicodeText, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("checksum", sa.UnicodeText, nullable=False),
        sa.Column("file_of", sa.UnicodeText),
        sa.Column("delivered", sa.Boolean, nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("columns", JSONB, nullable=False),
        sa.Column("repairs", JSONB, nullable=False),
        sa.Column("crosswalk", JSONB),
        sa.Column("compared_with", sa.Integer),
        sa.Column("differences", JSONB),
        sa.Column("kept", sa.Boolean, nullable=False),
        sa.UniqueConstraint("resource_id", "number"),
    )


def downgrade():
    op.drop_table("ierwohnen_table_version")
