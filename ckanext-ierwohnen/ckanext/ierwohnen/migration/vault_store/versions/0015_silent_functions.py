"""Let functions tell nothing of their inside, nobody hold others' ledgers, and no release be that nobody can read.

A session may have the server send it the plans of all statements, those within functions with their values, and other
messages of work: each function turns that off for itself, whatever the session says. `doctor` asks it of every one.

Steps of releases wait beside the ledgers of their owners, and stand in a chain before its next entry: who takes a step
reads and locks no ledger. Nothing that waits is changed, or goes before it stands in the chain. Loads and deletions of
a company wait for one another by its ledger's head, which bears no name, where a lock with a number made of the
company's had told whose the tables are that stood beside it.

A release's definition has a form before there is a release: one that the portal could not read closed the pages of all
whom it named. The downgrade writes what waits into the ledgers.
"""

from ckanext.ierwohnen.migration.statements import exchange, run

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

SETTINGS = {
    "client_min_messages": "error", "debug_print_parse": "off", "debug_print_rewritten": "off",
    "debug_print_plan": "off",
}  # fmt: skip
EACH_FUNCTION = """
DO $$
DECLARE
    one regprocedure;
BEGIN
    FOR one IN SELECT oid FROM pg_proc WHERE pronamespace = 'vault'::regnamespace LOOP
        EXECUTE format('ALTER FUNCTION %s {change}', one);
    END LOOP;
END $$
"""

WAITING = """
CREATE TABLE vault.ledger_waiting (
    organization text NOT NULL CHECK (organization <> ''),
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    reader text NOT NULL CHECK (reader <> ''),
    reader_organization text NOT NULL,
    action text NOT NULL CHECK (action <> ''),
    subject text NOT NULL,
    purpose text NOT NULL CHECK (purpose <> '')
);
ALTER TABLE vault.ledger_waiting ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY,
    ALTER organization SET STATISTICS 0, ALTER at SET STATISTICS 0, ALTER reader SET STATISTICS 0,
    ALTER reader_organization SET STATISTICS 0, ALTER action SET STATISTICS 0, ALTER subject SET STATISTICS 0,
    ALTER purpose SET STATISTICS 0;
CREATE POLICY owner ON vault.ledger_waiting TO vault_owner USING (true) WITH CHECK (true);

CREATE FUNCTION vault.refuse_loss() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (SELECT FROM vault.ledger l WHERE l.organization = OLD.organization
        AND (l.at, l.reader, l.reader_organization, l.action, l.subject, l.purpose)
        = (OLD.at, OLD.reader, OLD.reader_organization, OLD.action, OLD.subject, OLD.purpose)) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'the ledger only grows' USING ERRCODE = 'IW001';
END $$;
CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE ON vault.ledger_waiting
    FOR EACH ROW EXECUTE FUNCTION vault.refuse_loss();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON vault.ledger_waiting
    FOR EACH STATEMENT EXECUTE FUNCTION vault.refuse_loss();

CREATE FUNCTION vault.hold_ledger(org text) RETURNS void {head} AS $$
BEGIN
    INSERT INTO vault.ledger_head VALUES (org, 0, decode(repeat('00', 32), 'hex')) ON CONFLICT DO NOTHING;
    PERFORM FROM vault.ledger_head WHERE organization = org FOR UPDATE;
END $$;

CREATE FUNCTION vault.chain(next vault.ledger_waiting) RETURNS bigint {head} AS $$
DECLARE
    entry vault.ledger;
BEGIN
    SELECT number + 1, hash INTO entry.number, entry.previous FROM vault.ledger_head
        WHERE organization = next.organization;
    entry.organization := next.organization;
    entry.at := next.at;
    entry.reader := next.reader;
    entry.reader_organization := next.reader_organization;
    entry.action := next.action;
    entry.subject := next.subject;
    entry.purpose := next.purpose;
    entry.hash := vault.entry_hash(entry);
    INSERT INTO vault.ledger SELECT entry.*;
    UPDATE vault.ledger_head SET number = entry.number, hash = entry.hash WHERE organization = entry.organization;
    RETURN entry.number;
END $$;

CREATE FUNCTION vault.chain_waiting(org text) RETURNS void {head} AS $$
DECLARE
    next vault.ledger_waiting;
BEGIN
    PERFORM vault.hold_ledger(org);
    FOR next IN SELECT * FROM vault.ledger_waiting WHERE organization = org ORDER BY at LOOP
        PERFORM vault.chain(next);
        DELETE FROM vault.ledger_waiting w WHERE w.organization = org AND w = next;
    END LOOP;
END $$;

CREATE OR REPLACE FUNCTION vault.append(org text, who text, whose text, what text, about text, why text)
RETURNS bigint {head} AS $$
DECLARE
    next vault.ledger_waiting;
BEGIN
    PERFORM vault.chain_waiting(org);
    next := ROW(org, clock_timestamp(), who, coalesce(whose, ''), what, coalesce(about, ''), why);
    RETURN vault.chain(next);
END $$;
"""
APPEND_BEFORE = """
CREATE OR REPLACE FUNCTION vault.append(org text, who text, whose text, what text, about text, why text)
RETURNS bigint {head} AS $$
DECLARE
    head vault.ledger_head;
    entry vault.ledger;
BEGIN
    INSERT INTO vault.ledger_head VALUES (org, 0, decode(repeat('00', 32), 'hex')) ON CONFLICT DO NOTHING;
    SELECT * INTO head FROM vault.ledger_head WHERE organization = org FOR UPDATE;
    entry.organization := org;
    entry.number := head.number + 1;
    entry.at := clock_timestamp();
    entry.reader := who;
    entry.reader_organization := coalesce(whose, '');
    entry.action := what;
    entry.subject := coalesce(about, '');
    entry.purpose := why;
    entry.previous := head.hash;
    entry.hash := vault.entry_hash(entry);
    INSERT INTO vault.ledger SELECT entry.*;
    UPDATE vault.ledger_head SET number = entry.number, hash = entry.hash WHERE organization = org;
    RETURN entry.number;
END $$;
"""

# What a definition must be for the portal to read it (`releases/definition.py`); names of figures are the portal's.
FORM = """
CREATE FUNCTION vault.is_line(value jsonb, shortest int, longest int) RETURNS boolean {head} STABLE AS $$
BEGIN
    RETURN coalesce(jsonb_typeof(value) = 'string' AND length(value #>> '{}') BETWEEN shortest AND longest
        AND value #>> '{}' !~ '[\\x01-\\x1f\\x7f]' AND (shortest = 0 OR btrim(value #>> '{}') <> ''), false);
END $$;

CREATE FUNCTION vault.are_names(value jsonb, fewest int, most int) RETURNS boolean {head} STABLE AS $$
BEGIN
    IF jsonb_typeof(value) IS DISTINCT FROM 'array' THEN
        RETURN false;
    END IF;
    RETURN (SELECT count(*) BETWEEN fewest AND most AND count(*) = count(DISTINCT name)
        AND coalesce(bool_and(vault.is_line(name, 1, 100)), true) FROM jsonb_array_elements(value) AS name);
END $$;

CREATE FUNCTION vault.is_day(value jsonb) RETURNS boolean {head} STABLE AS $$
BEGIN
    RETURN vault.is_line(value, 10, 10) AND value #>> '{}' ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$'
        AND (value #>> '{}')::date IS NOT NULL;
EXCEPTION WHEN data_exception THEN
    RETURN false;
END $$;

CREATE FUNCTION vault.release_readable(what jsonb) RETURNS boolean {head} STABLE AS $$
DECLARE
    fields text[] := ARRAY['title', 'owners', 'reference_date', 'figures', 'level', 'dimensions', 'audience',
        'purpose', 'agreement', 'valid_until', 'consents', 'replaces', 'lead', 'decide_by'];
    audience jsonb := what -> 'audience';
BEGIN
    IF jsonb_typeof(what) IS DISTINCT FROM 'object' OR jsonb_typeof(audience) IS DISTINCT FROM 'object' THEN
        RETURN false;
    END IF;
    RETURN ARRAY(SELECT jsonb_object_keys(what)) <@ fields AND what ?& fields
        AND ARRAY(SELECT jsonb_object_keys(audience)) <@ ARRAY['kind', 'organizations']
        AND vault.are_names(audience -> 'organizations', 0, 1000)
        AND coalesce(audience ->> 'kind' IN ('public', 'alliance', 'organizations'), false)
        AND (audience ->> 'kind' = 'public') = (audience -> 'organizations' = '[]')
        AND vault.is_line(what -> 'title', 1, 500) AND vault.is_line(what -> 'purpose', 1, 500)
        AND vault.is_line(what -> 'agreement', 1, 500) AND vault.is_line(what -> 'level', 0, 200)
        AND (what ->> 'level' = '' OR what ->> 'level' ~ '^[^[:space:]/]+/[^[:space:]/]+$')
        AND vault.is_line(what -> 'lead', 0, 100)
        AND vault.are_names(what -> 'owners', 1, 1000) AND vault.are_names(what -> 'consents', 0, 1000)
        AND vault.are_names(what -> 'figures', 1, 100) AND vault.are_names(what -> 'dimensions', 0, 10)
        AND vault.is_day(what -> 'reference_date') AND vault.is_day(what -> 'valid_until')
        AND (what -> 'decide_by' = 'null' OR vault.is_day(what -> 'decide_by'))
        AND (what -> 'replaces' = 'null' OR coalesce(what ->> 'replaces'
            ~ '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$', false));
END $$;
"""
NEW_FUNCTIONS = (
    "hold_ledger(text)", "chain(vault.ledger_waiting)", "chain_waiting(text)", "is_line(jsonb, int, int)",
    "are_names(jsonb, int, int)", "is_day(jsonb)", "release_readable(jsonb)", "refuse_loss()",
)  # fmt: skip
_REFUSE = " THEN\n        RAISE EXCEPTION 'no form of a release' USING ERRCODE = 'IW009';\n    END IF;\n"
# Function, what stands there, what takes its place.
CHANGES = (
    (
        "vault.release_add_step(uuid, text, text, text, text, text)",
        "PERFORM vault.append(owner, who, org, 'release ' || what, r.number,\n"
        "            coalesce(nullif(why, ''), r.definition ->> 'purpose'))\n"
        "        FROM vault.release r, unnest(r.owners) owner WHERE r.id = wanted ORDER BY owner;",
        "INSERT INTO vault.ledger_waiting (organization, reader, reader_organization, action, subject, purpose)\n"
        "        SELECT owner, who, coalesce(org, ''), 'release ' || what, r.number,\n"
        "            coalesce(nullif(why, ''), r.definition ->> 'purpose')\n"
        "        FROM vault.release r, unnest(r.owners) owner WHERE r.id = wanted;",
    ),
    (
        "vault.release_prepare(text, jsonb)",
        "    IF what ->> 'replaces' IS NOT NULL THEN",
        f"    IF vault.release_readable(what) IS NOT TRUE{_REFUSE}"
        "    IF what ->> 'replaces' IS NOT NULL THEN",
    ),
    (
        "vault.release_take(uuid, text, text, text)",
        "    SELECT coalesce(array_agg(organization), ARRAY[]::text[]) INTO done",
        f"    IF NOT vault.is_line(to_jsonb(why), 0, 500){_REFUSE}"
        "    SELECT coalesce(array_agg(organization), ARRAY[]::text[]) INTO done",
    ),
    (
        "vault.release_expire()",
        "BEGIN\n    FOR late IN SELECT id FROM vault.release WHERE (",
        "BEGIN\n    IF vault.claims() IS NULL THEN\n"
        "        RAISE EXCEPTION 'no right to note the calendar' USING ERRCODE = 'IW002';\n    END IF;\n"
        "    FOR late IN SELECT id FROM vault.release WHERE (",
    ),
    (
        "vault.note(text, text, text, text, text)",
        "    RETURN vault.append(",
        "    IF NOT (vault.is_line(to_jsonb(what), 1, 100) AND vault.is_line(to_jsonb(coalesce(about, '')), 0, 500)\n"
        "        AND vault.is_line(to_jsonb(why), 1, 500)\n"
        f"        AND vault.is_line(to_jsonb(coalesce(whose, '')), 0, 100000)){_REFUSE}"
        "    RETURN vault.append(",
    ),
    ("vault.release_expire()", "ORDER BY id FOR UPDATE LOOP", "ORDER BY id FOR UPDATE SKIP LOCKED LOOP"),
    (
        "vault.close_load(uuid, date, jsonb)",
        "PERFORM pg_advisory_xact_lock(hashtextextended('load ' || org, 0));",
        "PERFORM vault.hold_ledger(org);",
    ),
    (
        "vault.delete_stock(date)",
        "BEGIN\n    SELECT * INTO old",
        "BEGIN\n    IF org IS NOT NULL THEN\n        PERFORM vault.hold_ledger(org);\n    END IF;\n"
        "    SELECT * INTO old",
    ),
)
CHAIN_ALL = "SELECT vault.chain_waiting(organization) FROM (SELECT DISTINCT organization FROM vault.ledger_waiting) w"


def write(script):
    """Run it with the heads of functions filled in."""
    run(script.replace("{head}", "LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp"))


def upgrade():
    write(WAITING)
    write(FORM)
    run(f"REVOKE ALL ON FUNCTION {', '.join('vault.' + one for one in NEW_FUNCTIONS)} FROM PUBLIC")
    for function, old, new in CHANGES:
        exchange(function, old, new)
    run(EACH_FUNCTION.replace("{change}", " ".join(f"SET {name} = {value}" for name, value in SETTINGS.items())))


def downgrade():
    run(CHAIN_ALL)
    for function, old, new in reversed(CHANGES):
        exchange(function, new, old)
    write(APPEND_BEFORE)
    run("DROP TRIGGER only_grows ON vault.ledger_waiting; DROP TRIGGER never_emptied ON vault.ledger_waiting")
    run(f"DROP FUNCTION {', '.join('vault.' + one for one in NEW_FUNCTIONS)}; DROP TABLE vault.ledger_waiting")
    run(EACH_FUNCTION.replace("{change}", " ".join(f"RESET {name}" for name in SETTINGS)))
