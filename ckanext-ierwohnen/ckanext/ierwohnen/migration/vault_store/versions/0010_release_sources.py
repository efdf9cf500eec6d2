"""Tell the release engine of which dates there are releases: those of other owners may hang together with a new one."""

from ckanext.ierwohnen.migration.statements import run

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

SOURCES = """
CREATE FUNCTION vault.release_sources() RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(source ORDER BY source), '{}') FROM vault.release_source WHERE vault.claims() IS NOT NULL
$$;
REVOKE ALL ON FUNCTION vault.release_sources() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vault.release_sources() TO vault_engine;
"""


def upgrade():
    run(SOURCES)


def downgrade():
    run("DROP FUNCTION vault.release_sources()")
