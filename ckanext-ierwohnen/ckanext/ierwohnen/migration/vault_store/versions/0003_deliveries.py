"""Create the place where an uploaded table waits for its load: encrypted, with a key that only the queue knows.

The downgrade drops it: what waits has to be uploaded again.
"""

from ckanext.ierwohnen.migration.statements import run

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

DELIVERY = """
CREATE TABLE vault.delivery (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    organization text NOT NULL,
    reader text NOT NULL,
    created timestamptz NOT NULL DEFAULT clock_timestamp(),
    reference_date date NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done', 'failed')),
    done bigint NOT NULL DEFAULT 0,
    content bytea,
    outcome jsonb
);
ALTER TABLE vault.delivery ALTER organization SET STATISTICS 0, ALTER content SET STATISTICS 0,
    ALTER outcome SET STATISTICS 0, ALTER reader SET STATISTICS 0, ALTER done SET STATISTICS 0,
    ALTER reference_date SET STATISTICS 0;

CREATE FUNCTION vault.loading() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ SELECT vault.claims() ->> 'load' $$;

ALTER TABLE vault.delivery ENABLE ROW LEVEL SECURITY;
ALTER TABLE vault.delivery FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON vault.delivery TO vault_app
    USING (organization = (SELECT vault.loading())) WITH CHECK (organization = (SELECT vault.loading()));
REVOKE ALL ON FUNCTION vault.loading() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vault.loading() TO vault_app;
GRANT SELECT, INSERT, DELETE, UPDATE (state, done, content, outcome) ON vault.delivery TO vault_app;
"""


def upgrade():
    run(DELIVERY)


def downgrade():
    run("DROP TABLE vault.delivery; DROP FUNCTION vault.loading")
