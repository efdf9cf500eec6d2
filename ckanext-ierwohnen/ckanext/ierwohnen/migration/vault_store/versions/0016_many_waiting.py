"""Let many steps that wait take their places in a ledger at once, however many wait for others and however long it is.

A release of forty owners leaves a step of each of them in the ledger of each. They were looked for among everybody's,
one by one, and each was looked for in the whole ledger before it was let go. The hash of an entry is what it was, made
by one function instead of nine that each set and reset what they are run with.
"""

from ckanext.ierwohnen.migration.statements import run

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

SETTINGS = (
    "SET search_path = pg_catalog, pg_temp SET client_min_messages = error "
    "SET debug_print_parse = off SET debug_print_rewritten = off SET debug_print_plan = off"
)
INDEXES = """
CREATE INDEX of_whom ON vault.ledger_waiting (organization, at);
CREATE INDEX taken ON vault.ledger (organization, at);
"""

# As `vault/ledger.py` has it.
ENTRY_HASH = """
CREATE OR REPLACE FUNCTION vault.entry_hash(entry vault.ledger) RETURNS bytea
LANGUAGE plpgsql STABLE STRICT {settings} AS $$
DECLARE
    written bytea := entry.previous;
    part text;
BEGIN
    FOREACH part IN ARRAY ARRAY[entry.organization, entry.number::text,
        to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), entry.reader, entry.reader_organization,
        entry.action, entry.subject, entry.purpose] LOOP
        written := written || convert_to(octet_length(convert_to(part, 'UTF8')) || ':' || part, 'UTF8');
    END LOOP;
    RETURN sha256(written);
END $$;
DROP FUNCTION vault.measured(text);
"""
ENTRY_HASH_BEFORE = """
CREATE FUNCTION vault.measured(part text) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT {settings} AS
$$ SELECT convert_to(octet_length(convert_to(part, 'UTF8')) || ':', 'UTF8') || convert_to(part, 'UTF8') $$;
REVOKE ALL ON FUNCTION vault.measured(text) FROM PUBLIC;
CREATE OR REPLACE FUNCTION vault.entry_hash(entry vault.ledger) RETURNS bytea
LANGUAGE sql STABLE STRICT {settings} AS $$
    SELECT sha256(
        entry.previous || vault.measured(entry.organization) || vault.measured(entry.number::text)
        || vault.measured(to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
        || vault.measured(entry.reader) || vault.measured(entry.reader_organization)
        || vault.measured(entry.action) || vault.measured(entry.subject) || vault.measured(entry.purpose)
    )
$$;
"""

# Who holds the head of a ledger is alone with what waits for it; what comes meanwhile is none of `placed`, and stays.
CHAIN_WAITING = """
CREATE OR REPLACE FUNCTION vault.chain_waiting(org text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER {settings} AS $$
DECLARE
    last vault.ledger_head;
    next record;
    entry vault.ledger;
    entries vault.ledger[] := '{}';
    placed tid[] := '{}';
BEGIN
    PERFORM vault.hold_ledger(org);
    SELECT * INTO last FROM vault.ledger_head WHERE organization = org;
    FOR next IN SELECT w.ctid AS place, w.* FROM vault.ledger_waiting w WHERE organization = org ORDER BY at LOOP
        entry := ROW(org, last.number + 1, next.at, next.reader, next.reader_organization, next.action, next.subject,
            next.purpose, last.hash, NULL);
        entry.hash := vault.entry_hash(entry);
        entries := entries || entry;
        last.number := entry.number;
        last.hash := entry.hash;
        placed := placed || next.place;
    END LOOP;
    IF cardinality(placed) > 0 THEN
        INSERT INTO vault.ledger SELECT * FROM unnest(entries);
        UPDATE vault.ledger_head SET number = last.number, hash = last.hash WHERE organization = org;
        DELETE FROM vault.ledger_waiting WHERE ctid = ANY (placed);
    END IF;
END $$;
"""
CHAIN_WAITING_BEFORE = """
CREATE OR REPLACE FUNCTION vault.chain_waiting(org text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER {settings} AS $$
DECLARE
    next vault.ledger_waiting;
BEGIN
    PERFORM vault.hold_ledger(org);
    FOR next IN SELECT * FROM vault.ledger_waiting WHERE organization = org ORDER BY at LOOP
        PERFORM vault.chain(next);
        DELETE FROM vault.ledger_waiting w WHERE w.organization = org AND w = next;
    END LOOP;
END $$;
"""


def write(*scripts):
    """Run them with the settings of functions filled in."""
    for script in scripts:
        run(script.replace("{settings}", SETTINGS))


def upgrade():
    write(INDEXES, ENTRY_HASH, CHAIN_WAITING)


def downgrade():
    write(CHAIN_WAITING_BEFORE, ENTRY_HASH_BEFORE, "DROP INDEX vault.of_whom, vault.taken")
