"""Ask first whether a transaction may see anything at all, and only then look at a row.

The server evaluates conditions that cannot leak by themselves (a text equals, a number is less) before a policy, and
`EXPLAIN (ANALYZE)` tells whether any row was left for the policy to decide about. With a password alone, records could
be guessed bit by bit. A part of a policy that names no column is decided once, before anything is read – but only where
the table is read as a part of another. So the roles read through tables that have one part, their `own_` ones, and have
no right on the parts; those of stock and of sums are divided by version anyway.

The planner's estimates come from statistics of values: no table keeps any. What was gathered before goes when a column
is given its own type again. The downgrade leaves it so.
"""

from ckanext.ierwohnen.migration.statements import run

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_SEEN = ("(SELECT cardinality(vault.visible()) > 0)", "organization = ANY ((SELECT vault.visible())::text[])")
_VERSIONS = (
    "(SELECT cardinality(vault.visible_versions()) > 0)",
    "version = ANY ((SELECT vault.visible_versions())::uuid[])",
)
_LOADING = ("(SELECT vault.loading() IS NOT NULL)", "organization = (SELECT vault.loading())")
_BOTH = "vault_app, vault_engine"
# Table, who reads it, the gate and what holds for each row.
DIVIDED = (("stock", _BOTH, _VERSIONS), ("summary", "vault_app", _VERSIONS))
WHOLE = (
    ("ledger", "vault_app", _SEEN),
    ("ledger_head", "vault_app", _SEEN),
    ("deletion", "vault_app", _SEEN),
    ("version", _BOTH, _SEEN),
    ("delivery", "vault_app", _LOADING),
)
CHANGING = "INSERT, DELETE, UPDATE (state, done, content, outcome, total)"

# A column that a policy names cannot be altered: policies are away meanwhile, and a locked table without one is shut.
QUIET = """
DO $$
DECLARE
    noted record;
BEGIN
    FOR noted IN
        SELECT a.attrelid::regclass AS place, string_agg(format('ALTER %1$I TYPE %2$s, ALTER %1$I SET STATISTICS 0',
            a.attname, format_type(a.atttypid, a.atttypmod)), ', ') AS changes
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        WHERE c.relnamespace = 'vault'::regnamespace AND c.relkind = 'r' AND c.relname <> 'alembic_version'
            AND a.attnum > 0 AND NOT a.attisdropped AND a.attstattarget IS DISTINCT FROM 0
        GROUP BY a.attrelid
    LOOP
        EXECUTE format('ALTER TABLE %s %s', noted.place, noted.changes);
    END LOOP;
END $$
"""


def policy(table, shown, roles, of):
    """The policy `own` of a table; what may be changed may be changed where it may be read."""
    meant, checked = ("", f"WITH CHECK ({shown})") if of == "delivery" else ("FOR SELECT", "")
    run(f"CREATE POLICY own ON vault.{table} {meant} TO {roles} USING ({shown}) {checked}")


def upgrade():
    for table, _, _ in (*DIVIDED, *WHOLE):
        run(f"DROP POLICY own ON vault.{table}")
    run(QUIET)
    for table, roles, (gate, row) in DIVIDED:
        policy(table, f"{gate} AND {row}", roles, table)
    for table, roles, (gate, row) in WHOLE:
        own = f"own_{table}"
        run(f"CREATE TABLE vault.{own} (LIKE vault.{table} INCLUDING DEFAULTS) PARTITION BY LIST (organization)")
        columns = f"FROM pg_attribute WHERE attrelid = 'vault.{own}'::regclass AND attnum > 0"
        quiet = run(f"SELECT string_agg(format('ALTER %I SET STATISTICS 0', attname), ', ') {columns}")
        run(f"ALTER TABLE vault.{own} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY, {quiet}")
        policy(own, f"{gate} AND {row}", roles, table)
        run(f"ALTER TABLE vault.{own} ATTACH PARTITION vault.{table} DEFAULT")
        run(f"REVOKE ALL ON vault.{table} FROM vault_app, vault_engine")
        run(f"GRANT SELECT ON vault.{own} TO {roles}")
    run("REVOKE UPDATE (state, done, content, outcome, total) ON vault.delivery FROM vault_app")
    run(f"GRANT {CHANGING} ON vault.own_delivery TO vault_app")


def downgrade():
    for table, roles, (_, row) in DIVIDED:
        run(f"DROP POLICY own ON vault.{table}")
        policy(table, row, roles, table)
    for table, roles, (_, row) in WHOLE:
        run(f"ALTER TABLE vault.own_{table} DETACH PARTITION vault.{table}")
        run(f"DROP TABLE vault.own_{table}")
        policy(table, row, roles, table)
        run(f"GRANT SELECT ON vault.{table} TO {roles}")
    run(f"GRANT {CHANGING} ON vault.delivery TO vault_app")
