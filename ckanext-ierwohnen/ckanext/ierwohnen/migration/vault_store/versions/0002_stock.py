"""Create the stock of dwellings: one version for each company and reference date, each in a table of its own.

Whose a version is stands in one table alone, under its own lock: what every role may read in the catalogue (names,
checks, defaults) tells of no company.

The downgrade refuses while there is stock.
"""

from ckanext.ierwohnen.migration.statements import run

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE vault.stock (
    version uuid NOT NULL,
    dwelling text NOT NULL CHECK (dwelling <> ''), object text,
    street text, house_number text, postcode text, place text, address_id text, units jsonb,
    construction_year integer, construction_class text, storeys integer, lift boolean, heating text,
    energy_carrier text, energy_demand numeric, modernization text,
    rooms numeric, floor_area numeric, floor integer, barrier_reduced boolean, subsidized_until date,
    vacant boolean, vacancy_reason text, vacant_since date, net_cold_rent numeric, operating_costs numeric,
    tenancy_since date, tenant_changed date, maintenance numeric, modernization_spending numeric,
    sealed bytea
) PARTITION BY LIST (version);

CREATE TABLE vault.version (
    id uuid PRIMARY KEY,
    organization text NOT NULL CHECK (organization <> ''),
    reference_date date,
    loaded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    loaded_by text NOT NULL,
    row_count bigint,
    unmatched bigint,
    fingerprint text,
    columns text[],
    data_key bytea,
    UNIQUE (organization, reference_date)
);

CREATE TABLE vault.deletion (
    version uuid PRIMARY KEY,
    organization text NOT NULL,
    reference_date date NOT NULL,
    row_count bigint NOT NULL,
    fingerprint text NOT NULL,
    deleted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    deleted_by text NOT NULL,
    replaced_by uuid
);
"""

# The table of a version is made, filled by a plain COPY and closed within one transaction: whoever is killed leaves
# nothing. It carries no statistics, so that estimates of the planner tell nothing about anybody's rows.
LOADING = """
CREATE FUNCTION vault.open_load() RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    claims jsonb := vault.claims();
    org text := claims ->> 'load';
    id uuid := gen_random_uuid();
    part text := 's_' || replace(id::text, '-', '');
    quiet text;
    filled text;
BEGIN
    IF org IS NULL THEN
        RAISE EXCEPTION 'no right to load' USING ERRCODE = 'IW002';
    END IF;
    INSERT INTO vault.version (id, organization, loaded_by) VALUES (id, org, claims ->> 'reader');
    EXECUTE format(
        'CREATE TABLE vault_stock.%I (LIKE vault.stock INCLUDING CONSTRAINTS, CHECK (version = %L::uuid))
         WITH (autovacuum_enabled = off)', part, id);
    SELECT string_agg(format('ALTER COLUMN %I SET STATISTICS 0', attname), ', '),
        string_agg(quote_ident(attname), ', ') FILTER (WHERE attname <> 'version')
        INTO quiet, filled
        FROM pg_attribute WHERE attrelid = 'vault.stock'::regclass AND attnum > 0 AND NOT attisdropped;
    EXECUTE format('ALTER TABLE vault_stock.%I %s, ALTER version SET DEFAULT %L::uuid', part, quiet, id);
    EXECUTE format('GRANT INSERT (%s) ON vault_stock.%I TO vault_app', filled, part);
    RETURN id::text;
END $$;

CREATE FUNCTION vault.drop_version(old uuid, who text, successor uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO vault.deletion (version, organization, reference_date, row_count, fingerprint, deleted_by, replaced_by)
        SELECT id, organization, reference_date, row_count, fingerprint, who, successor
        FROM vault.version WHERE id = old;
    EXECUTE format('DROP TABLE vault_stock.%I', 's_' || replace(old::text, '-', ''));
    DELETE FROM vault.version WHERE id = old;
END $$;

CREATE FUNCTION vault.close_load(new uuid, day date, marks jsonb) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    claims jsonb := vault.claims();
    org text := claims ->> 'load';
    part text := 's_' || replace(new::text, '-', '');
    counted bigint;
    old uuid;
BEGIN
    IF day IS NULL OR NOT EXISTS (
        SELECT FROM vault.version WHERE id = new AND organization = org AND reference_date IS NULL
    ) THEN
        RAISE EXCEPTION 'no such load' USING ERRCODE = 'IW002';
    END IF;
    EXECUTE format('REVOKE ALL ON vault_stock.%I FROM vault_app', part);
    EXECUTE format('SELECT count(*) FROM vault_stock.%I', part) INTO counted;
    IF counted = 0 THEN
        RAISE EXCEPTION 'nothing was loaded' USING ERRCODE = 'IW003';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('load ' || org, 0));
    SELECT id INTO old FROM vault.version WHERE organization = org AND reference_date = day;
    IF FOUND THEN
        PERFORM vault.drop_version(old, claims ->> 'reader', new);
    END IF;
    EXECUTE format('ALTER TABLE vault_stock.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', part);
    EXECUTE format('ALTER TABLE vault.stock ATTACH PARTITION vault_stock.%I FOR VALUES IN (%L)', part, new);
    UPDATE vault.version SET reference_date = day, row_count = counted,
        unmatched = (marks ->> 'unmatched')::bigint,
        fingerprint = coalesce(marks ->> 'fingerprint', ''),
        columns = ARRAY(SELECT jsonb_array_elements_text(marks -> 'columns')),
        data_key = decode(marks ->> 'data_key', 'hex')
    WHERE id = new;
    PERFORM vault.append(org, claims ->> 'reader', org, CASE WHEN old IS NULL THEN 'load' ELSE 'replace' END,
        'stock ' || day::text, claims ->> 'purpose');
    RETURN counted;
END $$;

CREATE FUNCTION vault.refuse_open_load() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM vault.version WHERE id = NEW.id AND reference_date IS NULL) THEN
        RAISE EXCEPTION 'a load has to be closed' USING ERRCODE = 'IW004';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER closed AFTER INSERT ON vault.version DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION vault.refuse_open_load();

CREATE FUNCTION vault.delete_stock(day date) RETURNS jsonb
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
    PERFORM vault.append(org, claims ->> 'reader', org, 'delete', 'stock ' || day::text, claims ->> 'purpose');
    RETURN jsonb_build_object('version', old.id, 'rows', old.row_count, 'fingerprint', old.fingerprint);
END $$;

CREATE FUNCTION vault.visible_versions() RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(id), ARRAY[]::uuid[]) FROM vault.version
    WHERE organization = ANY (vault.visible()) AND reference_date IS NOT NULL
$$;

CREATE FUNCTION vault.is_gone(old uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT NOT EXISTS (SELECT FROM vault.version WHERE id = old)
        AND NOT EXISTS (SELECT FROM pg_class WHERE relname = 's_' || replace(old::text, '-', ''))
$$;
"""

RIGHTS = """
ALTER TABLE vault.stock ENABLE ROW LEVEL SECURITY;
ALTER TABLE vault.stock FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON vault.stock FOR SELECT TO vault_app, vault_engine
    USING (version = ANY ((SELECT vault.visible_versions())::uuid[]));
ALTER TABLE vault.version ENABLE ROW LEVEL SECURITY;
ALTER TABLE vault.version FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON vault.version TO vault_owner USING (true) WITH CHECK (true);
CREATE POLICY own ON vault.version FOR SELECT TO vault_app, vault_engine
    USING (organization = ANY ((SELECT vault.visible())::text[]));
ALTER TABLE vault.deletion ENABLE ROW LEVEL SECURITY;
ALTER TABLE vault.deletion FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_reads ON vault.deletion FOR SELECT TO vault_owner USING (true);
CREATE POLICY owner_appends ON vault.deletion FOR INSERT TO vault_owner WITH CHECK (true);
CREATE POLICY own ON vault.deletion FOR SELECT TO vault_app
    USING (organization = ANY ((SELECT vault.visible())::text[]));

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA vault FROM PUBLIC;
GRANT USAGE ON SCHEMA vault_stock TO vault_app;
GRANT SELECT ON vault.stock, vault.version TO vault_app, vault_engine;
GRANT SELECT ON vault.deletion TO vault_app;
GRANT EXECUTE ON FUNCTION vault.open_load(), vault.close_load(uuid, date, jsonb), vault.delete_stock(date),
    vault.is_gone(uuid) TO vault_app;
GRANT EXECUTE ON FUNCTION vault.visible_versions() TO vault_app, vault_engine;
"""


QUIET = """
SELECT string_agg(format('ALTER COLUMN %I SET STATISTICS 0', attname), ', ')
FROM pg_attribute WHERE attrelid = 'vault.stock'::regclass AND attnum > 0
"""


def upgrade():
    run("CREATE SCHEMA vault_stock")
    run(TABLES)
    run(f"ALTER TABLE vault.stock {run(QUIET)}")
    run(LOADING)
    run(RIGHTS)


def downgrade():
    if run("SELECT EXISTS (SELECT FROM vault.version)"):
        raise RuntimeError("There is stock in the store. Its owners have to delete it first.")
    run(
        "DROP FUNCTION vault.open_load, vault.close_load, vault.delete_stock, vault.drop_version, vault.is_gone;"
        "DROP TABLE vault.version CASCADE; DROP FUNCTION vault.refuse_open_load;"
        "DROP TABLE vault.deletion, vault.stock; DROP FUNCTION vault.visible_versions; DROP SCHEMA vault_stock;"
    )
