"""Take from the roles every right on tables: they read their own rows by functions, and write by functions.

A gate before a policy is one for all companies. Where it was open for one of them, `EXPLAIN (ANALYZE)` told of others'
rows, since the server evaluates conditions that it holds harmless before a policy: how many rows a condition removed is
how many met it. What a function reads is planned without what is asked of it, and no plan tells of its inside: it gives
its company's rows, and conditions meet no others.

What is asked for by name (a version, a delivery) is looked for among one's own only, so that not even the number of
pages that were read tells of others'. Ids and numbers are the store's to choose: a key that is taken would tell of it.

The downgrade gives the rights back as they were.
"""

import importlib

from ckanext.ierwohnen.migration.statements import exchange, run

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

gates = importlib.import_module("ckanext.ierwohnen.migration.vault_store.versions.0013_gates")

_BOTH, _APP = "vault_app, vault_engine", "vault_app"
_HEAD = "LANGUAGE plpgsql {kind} SECURITY DEFINER SET search_path = pg_catalog, pg_temp"
_SEEN = "organization = ANY ((SELECT vault.visible())::text[])"
# Table, who reads one's own rows of it, and which these are.
WHOLE = (
    ("ledger", _APP, _SEEN),
    ("ledger_head", _APP, _SEEN),
    ("deletion", _APP, _SEEN),
    ("version", _BOTH, _SEEN),
    ("delivery", _APP, "organization = (SELECT vault.loading())"),
)
OWN = """
CREATE FUNCTION vault.own_{table}() RETURNS SETOF vault.{table} {head} AS $$
BEGIN
    RETURN QUERY SELECT * FROM vault.{table} WHERE {row};
END $$
"""

# The owner's role reads stock by the functions alone: the policy asks for the capability of whoever calls them. The
# versions stand in the statement, so that no other table is opened; rows stay in memory on their way.
STOCK = """
CREATE POLICY own ON vault.stock FOR SELECT TO vault_owner
    USING (version = ANY ((SELECT vault.visible_versions())::uuid[]));
CREATE POLICY own ON vault.summary FOR SELECT TO vault_owner
    USING (version = ANY ((SELECT vault.visible_versions())::uuid[]));

CREATE FUNCTION vault.own_stock(wanted uuid[], columns text[]) RETURNS SETOF record
{head} SET work_mem = '256MB' AS $$
DECLARE
    mine uuid[] := ARRAY(SELECT unnest(wanted) INTERSECT SELECT unnest(vault.visible_versions()));
BEGIN
    IF cardinality(mine) > 0 THEN
        RETURN QUERY EXECUTE format('SELECT %s FROM vault.stock WHERE version = ANY (%L::uuid[])',
            (SELECT string_agg(quote_ident(name), ', ' ORDER BY place)
                FROM unnest(columns) WITH ORDINALITY AS chosen (name, place)), mine);
    END IF;
END $$;

CREATE FUNCTION vault.own_summary(wanted uuid) RETURNS SETOF bytea {head} AS $$
BEGIN
    IF wanted = ANY (vault.visible_versions()) THEN
        RETURN QUERY EXECUTE format('SELECT content FROM vault.summary WHERE version = %L::uuid', wanted);
    END IF;
END $$;
"""

DELIVERIES = """
CREATE FUNCTION vault.delivery_of_mine(wanted text) RETURNS uuid {head} AS $$
DECLARE
    mine uuid;
BEGIN
    FOR mine IN SELECT id FROM vault.delivery WHERE organization = (SELECT vault.loading()) LOOP
        IF mine::text = wanted THEN
            RETURN mine;
        END IF;
    END LOOP;
    RETURN NULL;
END $$;

CREATE FUNCTION vault.delivery_put(day date, body bytea, kept interval) RETURNS uuid {writes} AS $$
DECLARE
    claims jsonb := vault.claims();
    made uuid := gen_random_uuid();
BEGIN
    IF claims ->> 'load' IS NULL THEN
        RAISE EXCEPTION 'no right to load' USING ERRCODE = 'IW002';
    END IF;
    DELETE FROM vault.delivery WHERE organization = claims ->> 'load' AND created < clock_timestamp() - kept;
    INSERT INTO vault.delivery (id, organization, reader, reference_date, content)
        VALUES (made, claims ->> 'load', claims ->> 'reader', day, body);
    RETURN made;
END $$;

CREATE FUNCTION vault.delivery_take(wanted text) RETURNS bytea {writes} AS $$
DECLARE
    mine uuid := vault.delivery_of_mine(wanted);
    body bytea;
BEGIN
    UPDATE vault.delivery SET state = 'running', done = 0 WHERE id = mine AND state IN ('waiting', 'running')
        RETURNING content INTO body;
    RETURN body;
END $$;

CREATE FUNCTION vault.delivery_decide(wanted text, body bytea) RETURNS void {writes} AS $$
DECLARE
    mine uuid := vault.delivery_of_mine(wanted);
BEGIN
    UPDATE vault.delivery SET content = body WHERE id = mine AND state = 'waiting';
END $$;

CREATE FUNCTION vault.delivery_discard(wanted text) RETURNS void {writes} AS $$
DECLARE
    mine uuid := vault.delivery_of_mine(wanted);
BEGIN
    DELETE FROM vault.delivery WHERE id = mine AND state = 'waiting';
END $$;

CREATE FUNCTION vault.delivery_progress(wanted text, sent bigint, expected bigint) RETURNS void {writes} AS $$
DECLARE
    mine uuid := vault.delivery_of_mine(wanted);
BEGIN
    UPDATE vault.delivery SET done = sent, total = greatest(sent, expected) WHERE id = mine;
END $$;

CREATE FUNCTION vault.delivery_finish(wanted text, how text, told jsonb) RETURNS void {writes} AS $$
DECLARE
    mine uuid := vault.delivery_of_mine(wanted);
BEGIN
    UPDATE vault.delivery SET state = how, outcome = told, content = NULL WHERE id = mine;
END $$;
"""
CHANGING = (
    "delivery_put(date, bytea, interval)", "delivery_take(text)", "delivery_decide(text, bytea)",
    "delivery_discard(text)", "delivery_progress(text, bigint, bigint)", "delivery_finish(text, text, jsonb)",
)  # fmt: skip

# A release's number is drawn from its id, not counted: numbers in a row would tell of ones that one may not know.
DRAWN = """
CREATE FUNCTION vault.release_number(id uuid) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT 'F-' || to_char(vault.today(), 'YYYY') || '-' || string_agg(
        substr('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 1 + ((drawn >> (35 - 5 * place)) & 31)::int, 1), '' ORDER BY place)
    FROM (SELECT ('x' || right(replace(id::text, '-', ''), 10))::bit(40)::bigint) AS bits (drawn),
        generate_series(0, 5) AS place
$$
"""
_OLD, _NEW = "vault.release_prepare(uuid, text, text, jsonb)", "vault.release_prepare(text, jsonb)"
# What stands in the function, what takes its place.
PREPARING = (
    ("release_prepare(wanted uuid, name text, org text, what jsonb)", "release_prepare(org text, what jsonb)"),
    ("RETURNS void", "RETURNS uuid"),
    ("    old vault.release;\nBEGIN\n", "    old vault.release;\n    wanted uuid;\n    name text;\nBEGIN\n"),
    (
        "    INSERT INTO vault.release (id,",
        "    LOOP\n        wanted := gen_random_uuid();\n        name := vault.release_number(wanted);\n"
        "        EXIT WHEN NOT EXISTS (SELECT FROM vault.release r WHERE r.id = wanted OR r.number = name);\n"
        "    END LOOP;\n    INSERT INTO vault.release (id,",
    ),
    (
        "'prepare', org, claims ->> 'reader', role, '');\nEND",
        "'prepare', org, claims ->> 'reader', role, '');\n    RETURN wanted;\nEND",
    ),
)
CHANGES = (
    # In a serializable transaction the server shows which rows it has read, others' as well.
    (
        "vault.claims()",
        "IF coalesce(length(shown), 0) < 66 THEN",
        "IF coalesce(length(shown), 0) < 66 OR current_setting('transaction_isolation') = 'serializable' THEN",
    ),
    (
        "vault.release_cells(uuid)",
        "WHERE id = wanted;\n    mine := FOUND AND vault.release_owned(r, claims);\n"
        "    IF NOT FOUND OR NOT (mine OR vault.release_open_to(r, claims)) THEN",
        "WHERE id = wanted AND wanted = ANY (ARRAY(SELECT known.id\n"
        "        FROM vault.release known WHERE claims IS NOT NULL\n"
        "        AND (vault.release_owned(known, claims) OR vault.release_open_to(known, claims))));\n"
        "    mine := FOUND AND vault.release_owned(r, claims);\n    IF NOT FOUND THEN",
    ),
    (
        "vault.add_summary(uuid, bytea)",
        "WHERE id = new AND organization = vault.claims()",
        "WHERE vault.claims() IS NOT NULL AND id = new AND organization = vault.claims()",
    ),
    (
        "vault.close_load(uuid, date, jsonb)",
        "WHERE id = new AND organization = org AND",
        "WHERE org IS NOT NULL AND id = new AND organization = org AND",
    ),
    (
        "vault.release_take(uuid, text, text, text)",
        "SELECT * INTO r FROM vault.release WHERE id = wanted FOR UPDATE;\n"
        "    IF NOT FOUND OR role IS NULL OR NOT org = ANY (r.owners) THEN",
        "SELECT * INTO r FROM vault.release\n"
        "        WHERE id = wanted AND role IS NOT NULL AND org = ANY (owners) FOR UPDATE;\n    IF NOT FOUND THEN",
    ),
    ("vault.delivery_sweep(interval)", "greatest(kept, interval '1 hour')", "greatest(kept, interval '1 day')"),
)


def write(script):
    """Run it with the heads of functions filled in."""
    reads, writes = _HEAD.format(kind="STABLE"), _HEAD.format(kind="VOLATILE")
    run(script.replace("{head}", reads).replace("{writes}", writes))


def replace_preparing(there, parts):
    """Make the other function of what stands in the one that is there."""
    script = run(f"SELECT pg_get_functiondef('{there}'::regprocedure)")
    for old, new in parts:
        if script.count(old) != 1:
            raise RuntimeError(f"{there} is not as this migration knows it.")
        script = script.replace(old, new)
    run(f"DROP FUNCTION {there}")
    run(script)


def grant(function, roles):
    """Let these roles call it, and nobody else."""
    run(f"REVOKE ALL ON FUNCTION vault.{function} FROM PUBLIC; GRANT EXECUTE ON FUNCTION vault.{function} TO {roles}")


def upgrade():
    gates.downgrade()
    for table, *_ in (*gates.DIVIDED, *gates.WHOLE):
        run(f"DROP POLICY own ON vault.{table}; REVOKE ALL ON vault.{table} FROM {_BOTH}")
    for table, roles, row in WHOLE:
        write(OWN.replace("{table}", table).replace("{row}", row))
        grant(f"own_{table}()", roles)
    write(STOCK)
    grant("own_stock(uuid[], text[])", _BOTH)
    grant("own_summary(uuid)", _APP)
    write(DELIVERIES)
    run("REVOKE ALL ON FUNCTION vault.delivery_of_mine(text) FROM PUBLIC")
    for function in CHANGING:
        grant(function, _APP)
    run(f"REVOKE ALL ON FUNCTION vault.visible(), vault.visible_versions(), vault.loading() FROM {_BOTH}")
    run(DRAWN)
    run("REVOKE ALL ON FUNCTION vault.release_number(uuid) FROM PUBLIC")
    replace_preparing(_OLD, PREPARING)
    grant(_NEW.removeprefix("vault."), _APP)
    for function, old, new in CHANGES:
        exchange(function, old, new)


def downgrade():
    for function, old, new in CHANGES:
        exchange(function, new, old)
    replace_preparing(_NEW, [(new, old) for old, new in reversed(PREPARING)])
    grant(_OLD.removeprefix("vault."), _APP)
    run("DROP FUNCTION vault.release_number(uuid)")
    for function in (*CHANGING, "delivery_of_mine(text)", "own_stock(uuid[], text[])", "own_summary(uuid)",
                     *(f"own_{table}()" for table, *_ in WHOLE)):  # fmt: skip
        run(f"DROP FUNCTION vault.{function}")
    run("GRANT EXECUTE ON FUNCTION vault.visible(), vault.visible_versions() TO vault_app, vault_engine;"
        "GRANT EXECUTE ON FUNCTION vault.loading() TO vault_app")  # fmt: skip
    for table, roles, (_, row) in (*gates.DIVIDED, *gates.WHOLE):
        if table in ("stock", "summary"):
            run(f"DROP POLICY own ON vault.{table}; GRANT SELECT ON vault.{table} TO {roles}")
        gates.policy(table, row, roles, table)
    gates.upgrade()
