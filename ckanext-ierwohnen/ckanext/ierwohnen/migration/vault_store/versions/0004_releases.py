"""Create the releases: tables that no role may touch, and the functions by which figures leave.

The functions refuse for themselves what the room's rules refuse: steps out of turn, two eyes instead of four, readers
who are not on the list, readings without an entry in every owner's ledger.

The downgrade refuses while there are releases: what was once seen has to stay known.
"""

from ckanext.ierwohnen.migration.statements import run

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE vault.release (
    id uuid PRIMARY KEY,
    number text NOT NULL UNIQUE,
    source text NOT NULL,
    state text NOT NULL DEFAULT 'prepared' CHECK (state IN ('prepared', 'checked', 'refused', 'approved', 'rejected',
        'published', 'withdrawn', 'superseded', 'expired')),
    definition jsonb NOT NULL,
    owners text[] NOT NULL CHECK (cardinality(owners) > 0),
    readers text[] CHECK (cardinality(readers) > 0),
    valid_until date NOT NULL,
    replaces uuid,
    progress text NOT NULL DEFAULT ''
);
CREATE TABLE vault.release_step (
    release uuid NOT NULL REFERENCES vault.release,
    number integer NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    step text NOT NULL,
    organization text NOT NULL,
    person text NOT NULL,
    role text NOT NULL,
    reason text NOT NULL,
    PRIMARY KEY (release, number)
);
CREATE TABLE vault.release_result (
    release uuid PRIMARY KEY REFERENCES vault.release,
    cells jsonb,
    patterns jsonb,
    report jsonb NOT NULL,
    versions uuid[] NOT NULL
);
CREATE TABLE vault.release_basis (
    version uuid PRIMARY KEY,
    organization text NOT NULL,
    reference_date date NOT NULL,
    content bytea NOT NULL,
    data_key bytea
);
CREATE TABLE vault.release_source (source text PRIMARY KEY, counter bigint NOT NULL DEFAULT 0);
"""

LOCKED = ("release", "release_step", "release_result", "release_basis", "release_source")

STEPS = """
CREATE FUNCTION vault.release_add_step(wanted uuid, what text, org text, who text, duty text, why text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO vault.release_step (release, number, step, organization, person, role, reason)
        SELECT wanted, 1 + count(*), what, org, who, duty, coalesce(why, '') FROM vault.release_step
        WHERE release = wanted;
    PERFORM vault.append(owner, who, org, 'release ' || what, r.number,
            coalesce(nullif(why, ''), r.definition ->> 'purpose'))
        FROM vault.release r, unnest(r.owners) owner WHERE r.id = wanted ORDER BY owner;
END $$;

CREATE FUNCTION vault.release_prepare(wanted uuid, name text, org text, what jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    claims jsonb := vault.claims();
    role text := claims -> 'acting' ->> org;
    theirs text[] := ARRAY(SELECT jsonb_array_elements_text(what -> 'owners') ORDER BY 1);
    admitted text[] := ARRAY(SELECT jsonb_array_elements_text(what -> 'audience' -> 'organizations') ORDER BY 1);
    old vault.release;
BEGIN
    IF role IS NULL OR role NOT IN ('analyst', 'approver') OR NOT org = ANY (theirs)
        OR EXISTS (SELECT FROM jsonb_array_elements_text(what -> 'consents') agreed WHERE agreed <> org) THEN
        RAISE EXCEPTION 'no right to prepare' USING ERRCODE = 'IW002';
    END IF;
    IF what ->> 'replaces' IS NOT NULL THEN
        SELECT * INTO old FROM vault.release WHERE id = (what ->> 'replaces')::uuid;
        IF NOT FOUND OR old.owners IS DISTINCT FROM theirs THEN
            RAISE EXCEPTION 'no such release' USING ERRCODE = 'IW002';
        END IF;
    END IF;
    INSERT INTO vault.release (id, number, source, definition, owners, readers, valid_until, replaces)
        VALUES (wanted, name, 'stock ' || (what ->> 'reference_date'), what, theirs,
            CASE WHEN what -> 'audience' ->> 'kind' <> 'public' THEN admitted END,
            (what ->> 'valid_until')::date, (what ->> 'replaces')::uuid);
    PERFORM vault.release_add_step(wanted, 'prepare', org, claims ->> 'reader', role, '');
END $$;

CREATE FUNCTION vault.release_take(wanted uuid, what text, org text, why text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    claims jsonb := vault.claims();
    role text := claims -> 'acting' ->> org;
    who text := claims ->> 'reader';
    acts boolean := role IN ('analyst', 'approver');
    r vault.release;
    done text[];
    becomes text;
BEGIN
    SELECT * INTO r FROM vault.release WHERE id = wanted FOR UPDATE;
    IF NOT FOUND OR role IS NULL OR NOT org = ANY (r.owners) THEN
        RAISE EXCEPTION 'no such release' USING ERRCODE = 'IW002';
    END IF;
    SELECT coalesce(array_agg(organization), ARRAY[]::text[]) INTO done FROM vault.release_step
        WHERE release = wanted
        AND step = ANY (CASE what WHEN 'join' THEN ARRAY['prepare', 'join'] ELSE ARRAY[what] END);
    becomes := CASE
        WHEN what = 'join' AND r.state = 'prepared' AND acts AND NOT org = ANY (done) THEN 'prepared'
        WHEN what = 'approve' AND r.state = 'checked' AND role = 'approver' AND NOT org = ANY (done)
            AND r.valid_until >= current_date AND NOT EXISTS (SELECT FROM vault.release_step
                WHERE release = wanted AND step IN ('prepare', 'join') AND person = who)
            THEN CASE WHEN r.owners <@ (done || org) THEN 'approved' ELSE 'checked' END
        WHEN what = 'reject' AND r.state IN ('prepared', 'checked', 'approved') AND acts AND why <> ''
            THEN 'rejected'
        WHEN what = 'publish' AND r.state = 'approved' AND role = 'approver'
            AND r.valid_until >= current_date THEN 'published'
        WHEN what = 'withdraw' AND r.state = 'published' AND acts AND why <> '' THEN 'withdrawn'
    END;
    IF becomes IS NULL THEN
        RAISE EXCEPTION 'not this step, not now' USING ERRCODE = 'IW007';
    END IF;
    PERFORM vault.release_add_step(wanted, what, org, who, role, why);
    UPDATE vault.release SET state = becomes WHERE id = wanted;
    IF becomes = 'published' AND r.replaces IS NOT NULL THEN
        UPDATE vault.release SET state = 'superseded' WHERE id = r.replaces AND state = 'published';
        IF FOUND THEN
            PERFORM vault.release_add_step(r.replaces, 'supersede', '', who, '', r.number);
        END IF;
    END IF;
    RETURN becomes;
END $$;

CREATE FUNCTION vault.release_expire() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    late uuid;
BEGIN
    FOR late IN SELECT id FROM vault.release WHERE valid_until < current_date
        AND state IN ('prepared', 'checked', 'approved', 'published') ORDER BY id FOR UPDATE LOOP
        UPDATE vault.release SET state = 'expired' WHERE id = late;
        PERFORM vault.release_add_step(late, 'expire', '', 'calendar', '', '');
    END LOOP;
END $$;
"""

READING = """
CREATE FUNCTION vault.release_open_to(r vault.release, claims jsonb) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT r.state = 'published' AND r.valid_until >= current_date AND (r.readers IS NULL
        OR r.readers && ARRAY(SELECT jsonb_object_keys(coalesce(claims -> 'acting', '{}'))))
$$;

CREATE FUNCTION vault.release_owned(r vault.release, claims jsonb) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT r.owners && ARRAY(SELECT jsonb_object_keys(coalesce(claims -> 'acting', '{}')))
$$;

CREATE FUNCTION vault.release_steps(wanted uuid) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('step', step, 'organization', organization, 'person', person,
        'role', role, 'reason', reason, 'at', at) ORDER BY number), '[]') FROM vault.release_step WHERE release = wanted
$$;

CREATE FUNCTION vault.release_list() RETURNS SETOF jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    claims jsonb := vault.claims();
BEGIN
    RETURN QUERY SELECT jsonb_build_object('id', r.id, 'number', r.number, 'state', r.state, 'owners', r.owners,
        'definition', CASE WHEN vault.release_owned(r, claims) THEN r.definition ELSE r.definition - 'consents' END,
        'owned', vault.release_owned(r, claims), 'progress', r.progress,
        'since', (SELECT max(at) FROM vault.release_step s WHERE s.release = r.id),
        'steps', CASE WHEN vault.release_owned(r, claims) THEN vault.release_steps(r.id) ELSE '[]' END)
    FROM vault.release r
    WHERE vault.release_owned(r, claims) OR vault.release_open_to(r, claims);
END $$;

CREATE FUNCTION vault.release_cells(wanted uuid) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    claims jsonb := vault.claims();
    r vault.release;
    result vault.release_result;
    mine boolean;
BEGIN
    SELECT * INTO r FROM vault.release WHERE id = wanted;
    mine := FOUND AND vault.release_owned(r, claims);
    IF NOT FOUND OR NOT (mine OR vault.release_open_to(r, claims)) THEN
        RAISE EXCEPTION 'no such release' USING ERRCODE = 'IW002';
    END IF;
    IF r.readers IS NOT NULL OR r.state <> 'published' THEN
        IF EXISTS (SELECT FROM unnest(r.owners) owner WHERE NOT EXISTS (
            SELECT FROM vault.ledger AS entry WHERE entry.organization = owner
            AND entry.number = (claims -> 'entries' ->> owner)::bigint AND entry.reader = claims ->> 'reader'
            AND entry.subject = r.number AND entry.at > clock_timestamp() - interval '1 hour')) THEN
            RAISE EXCEPTION 'no entry in the ledger' USING ERRCODE = 'IW002';
        END IF;
    END IF;
    SELECT * INTO result FROM vault.release_result WHERE release = wanted;
    RETURN jsonb_build_object('cells', CASE WHEN r.state <> 'rejected' THEN result.cells END,
        'report', CASE WHEN mine THEN result.report END);
END $$;

CREATE FUNCTION vault.release_outside() RETURNS SETOF jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_build_object('id', r.id, 'out', r.state = 'published' AND r.valid_until >= current_date)
    FROM vault.release r
    WHERE r.readers IS NULL AND r.state IN ('published', 'withdrawn', 'superseded', 'expired')
$$;
"""

ENGINE = """
CREATE FUNCTION vault.release_case(wanted uuid) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_build_object('id', r.id, 'number', r.number, 'state', r.state, 'owners', r.owners,
        'definition', r.definition, 'steps', vault.release_steps(r.id))
    FROM vault.release r WHERE r.id = wanted
$$;

CREATE FUNCTION vault.release_progress(wanted uuid, word text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE vault.release SET progress = word WHERE id = wanted AND state = 'prepared'
$$;

CREATE FUNCTION vault.release_history(about text) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_build_object(
        'counter', coalesce((SELECT counter FROM vault.release_source WHERE source = about), 0),
        'releases', coalesce((SELECT jsonb_agg(jsonb_build_object('id', r.id, 'state', r.state, 'owners', r.owners,
            'definition', r.definition, 'steps', vault.release_steps(r.id), 'patterns', result.patterns,
            'versions', result.versions) ORDER BY r.id)
            FROM vault.release r JOIN vault.release_result result ON result.release = r.id
            WHERE r.source = about AND result.patterns IS NOT NULL), '[]'))
$$;

CREATE FUNCTION vault.release_basis_of(wanted uuid) RETURNS TABLE (org text, body bytea, wrapped bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT organization, content, data_key FROM vault.release_basis
    WHERE version = wanted AND organization = ANY (vault.visible())
$$;

CREATE FUNCTION vault.release_keep(made_of uuid, body bytea, wrapped bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    stock vault.version;
BEGIN
    SELECT * INTO stock FROM vault.version WHERE id = made_of AND organization = ANY (vault.visible())
        AND reference_date IS NOT NULL FOR KEY SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the stock was replaced meanwhile' USING ERRCODE = 'IW006';
    END IF;
    INSERT INTO vault.release_basis VALUES (stock.id, stock.organization, stock.reference_date, body, wrapped)
        ON CONFLICT DO NOTHING;
END $$;

CREATE FUNCTION vault.release_finish(wanted uuid, seen bigint, what text, result jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    r vault.release;
    now_at bigint;
    made_of uuid[] := ARRAY(SELECT jsonb_array_elements_text(result -> 'versions')::uuid);
BEGIN
    SELECT * INTO r FROM vault.release WHERE id = wanted FOR UPDATE;
    IF NOT FOUND OR r.state <> 'prepared' OR what NOT IN ('pass', 'refuse') OR r.owners <> ARRAY(
        SELECT DISTINCT organization FROM vault.release_step
        WHERE release = wanted AND step IN ('prepare', 'join') ORDER BY 1) THEN
        RAISE EXCEPTION 'not this step, not now' USING ERRCODE = 'IW007';
    END IF;
    INSERT INTO vault.release_source (source) VALUES (r.source) ON CONFLICT DO NOTHING;
    SELECT counter INTO now_at FROM vault.release_source WHERE source = r.source FOR UPDATE;
    IF now_at <> seen THEN
        RAISE EXCEPTION 'another release was checked meanwhile' USING ERRCODE = 'IW006';
    END IF;
    IF what = 'pass' THEN
        IF cardinality(made_of) <> cardinality(r.owners) OR EXISTS (SELECT FROM unnest(made_of) v
            WHERE NOT EXISTS (SELECT FROM vault.release_basis b
                WHERE b.version = v AND b.organization = ANY (r.owners))) THEN
            RAISE EXCEPTION 'no basis' USING ERRCODE = 'IW006';
        END IF;
        UPDATE vault.release_source SET counter = counter + 1 WHERE source = r.source;
    END IF;
    INSERT INTO vault.release_result
        VALUES (wanted, result -> 'cells', result -> 'patterns', result -> 'report', made_of);
    UPDATE vault.release SET state = CASE what WHEN 'pass' THEN 'checked' ELSE 'refused' END, progress = ''
        WHERE id = wanted;
    PERFORM vault.release_add_step(wanted, what, '', vault.claims() ->> 'reader', '', '');
END $$;
"""

DELETION = """
CREATE OR REPLACE FUNCTION vault.delete_stock(day date) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    claims jsonb := vault.claims();
    org text := claims ->> 'load';
    old vault.version;
BEGIN
    SELECT * INTO old FROM vault.version WHERE organization = org AND reference_date = day;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no such stock' USING ERRCODE = 'IW005';
    END IF;
    PERFORM vault.drop_version(old.id, claims ->> 'reader', NULL);
    {basis}
    PERFORM vault.append(org, claims ->> 'reader', org, 'delete', 'stock ' || day::text, claims ->> 'purpose');
    RETURN jsonb_build_object('version', old.id, 'rows', old.row_count, 'fingerprint', old.fingerprint);
END $$;
"""
BASIS = "DELETE FROM vault.release_basis WHERE organization = org AND reference_date = day;"

RIGHTS = """
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA vault FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vault.release_prepare(uuid, text, text, jsonb), vault.release_take(uuid, text, text, text),
    vault.release_expire(), vault.release_list(), vault.release_cells(uuid), vault.release_outside() TO vault_app;
GRANT EXECUTE ON FUNCTION vault.release_case(uuid), vault.release_progress(uuid, text), vault.release_history(text),
    vault.release_basis_of(uuid), vault.release_keep(uuid, bytea, bytea),
    vault.release_finish(uuid, bigint, text, jsonb) TO vault_engine;
"""


def upgrade():
    run(TABLES)
    for table in LOCKED:
        quiet = run(
            "SELECT string_agg(format('ALTER COLUMN %I SET STATISTICS 0', attname), ', ') FROM pg_attribute "
            f"WHERE attrelid = 'vault.{table}'::regclass AND attnum > 0"
        )
        run(
            f"ALTER TABLE vault.{table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY, {quiet};"
            f"CREATE POLICY owner ON vault.{table} TO vault_owner USING (true) WITH CHECK (true)"
        )
    for script in (STEPS, READING, ENGINE, DELETION.replace("{basis}", BASIS), RIGHTS):
        run(script)


def downgrade():
    if run("SELECT EXISTS (SELECT FROM vault.release)"):
        raise RuntimeError("There are releases: what was once seen has to stay known.")
    run(DELETION.replace("{basis}", ""))
    run(
        "DROP FUNCTION vault.release_finish, vault.release_keep, vault.release_basis_of, vault.release_history,"
        "vault.release_progress, vault.release_case, vault.release_outside, vault.release_cells, vault.release_list,"
        "vault.release_steps, vault.release_owned, vault.release_open_to, vault.release_expire, vault.release_take,"
        "vault.release_prepare, vault.release_add_step;"
        "DROP TABLE vault.release_source, vault.release_basis, vault.release_result, vault.release_step, vault.release"
    )
