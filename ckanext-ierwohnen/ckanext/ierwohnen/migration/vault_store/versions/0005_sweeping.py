"""Let a daily command forget uploads that nobody took up, of all companies at once and without seeing any.

The downgrade drops the function; such uploads then go with the next upload of the same company.
"""

from ckanext.ierwohnen.migration.statements import run

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SWEEP = """
CREATE FUNCTION vault.delivery_sweep(kept interval) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM vault.delivery WHERE created < clock_timestamp() - greatest(kept, interval '1 hour');
END $$;
CREATE POLICY sweep ON vault.delivery TO vault_owner USING (true);
REVOKE ALL ON FUNCTION vault.delivery_sweep(interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vault.delivery_sweep(interval) TO vault_app;
"""


def upgrade():
    run(SWEEP)


def downgrade():
    run("DROP POLICY sweep ON vault.delivery; DROP FUNCTION vault.delivery_sweep(interval)")
