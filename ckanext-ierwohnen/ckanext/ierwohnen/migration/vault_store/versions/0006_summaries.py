"""Keep the sums of each version beside its rows, so that a company's own page need not read all of them.

The sums of a version are a table of their own like its rows, under the same lock, and are dropped with it: nothing is
left in a file. Versions that were loaded before have none, and are added up from their rows.

The downgrade drops the sums; they can be made again from the rows.
"""

from ckanext.ierwohnen.migration.statements import run

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE vault.summary (version uuid NOT NULL, content bytea NOT NULL) PARTITION BY LIST (version);
ALTER TABLE vault.summary ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY,
    ALTER version SET STATISTICS 0, ALTER content SET STATISTICS 0;
CREATE POLICY own ON vault.summary FOR SELECT TO vault_app
    USING (version = ANY ((SELECT vault.visible_versions())::uuid[]));
GRANT SELECT ON vault.summary TO vault_app;
"""

ADDING = """
CREATE FUNCTION vault.add_summary(new uuid, body bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    part text := 'a_' || replace(new::text, '-', '');
BEGIN
    IF NOT EXISTS (SELECT FROM vault.version WHERE id = new AND organization = vault.claims() ->> 'load'
        AND reference_date IS NULL) THEN
        RAISE EXCEPTION 'no such load' USING ERRCODE = 'IW002';
    END IF;
    EXECUTE format('CREATE TABLE vault_stock.%I (LIKE vault.summary, CHECK (version = %L::uuid))
        WITH (autovacuum_enabled = off)', part, new);
    EXECUTE format('ALTER TABLE vault_stock.%I ALTER version SET STATISTICS 0, ALTER content SET STATISTICS 0', part);
    EXECUTE format('INSERT INTO vault_stock.%I VALUES ($1, $2)', part) USING new, body;
    EXECUTE format('ALTER TABLE vault_stock.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', part);
    EXECUTE format('ALTER TABLE vault.summary ATTACH PARTITION vault_stock.%I FOR VALUES IN (%L)', part, new);
END $$;
REVOKE ALL ON FUNCTION vault.add_summary(uuid, bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vault.add_summary(uuid, bytea) TO vault_app;
"""

DROPPING = """
CREATE OR REPLACE FUNCTION vault.drop_version(old uuid, who text, successor uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO vault.deletion (version, organization, reference_date, row_count, fingerprint, deleted_by, replaced_by)
        SELECT id, organization, reference_date, row_count, fingerprint, who, successor
        FROM vault.version WHERE id = old;
    EXECUTE format('DROP TABLE vault_stock.%I', 's_' || replace(old::text, '-', ''));
    {summary}
    DELETE FROM vault.version WHERE id = old;
END $$;

CREATE OR REPLACE FUNCTION vault.is_gone(old uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT NOT EXISTS (SELECT FROM vault.version WHERE id = old)
        AND NOT EXISTS (SELECT FROM pg_class WHERE relname = ANY ({tables}))
$$;
"""
WITH = {
    "{summary}": "EXECUTE format('DROP TABLE IF EXISTS vault_stock.%I', 'a_' || replace(old::text, '-', ''));",
    "{tables}": "ARRAY['s_' || replace(old::text, '-', ''), 'a_' || replace(old::text, '-', '')]",
}
WITHOUT = {"{summary}": "", "{tables}": "ARRAY['s_' || replace(old::text, '-', '')]"}


def dropping(parts):
    """The functions with these parts in their places."""
    script = DROPPING
    for place, text in parts.items():
        script = script.replace(place, text)
    return script


def upgrade():
    run(TABLE)
    run(ADDING)
    run(dropping(WITH))


def downgrade():
    run(dropping(WITHOUT))
    run("DROP FUNCTION vault.add_summary; DROP TABLE vault.summary")
