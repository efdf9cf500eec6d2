"""A text of a release or of an entry is one line to every program that reads lines, and its order cannot be turned.

Whoever prepares a release writes its purpose into the ledgers of all whom it names. With a sign at which some programs
begin a new line, an exported ledger was no ledger any more to them.
"""

from ckanext.ierwohnen.migration.statements import exchange

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

FUNCTION = "vault.is_line(jsonb, int, int)"
BEFORE = r"!~ '[\x01-\x1f\x7f]'"
NOW = r"!~ '[\u0001-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]'"


def upgrade():
    exchange(FUNCTION, BEFORE, NOW)


def downgrade():
    exchange(FUNCTION, NOW, BEFORE)
