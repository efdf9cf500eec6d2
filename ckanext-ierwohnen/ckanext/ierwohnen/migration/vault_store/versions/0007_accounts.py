"""Tell people apart by their accounts and not by their names, and tell nothing of releases without a proof.

An account can be renamed: whoever prepared a release must not approve it under another name. Steps that were taken
before this know names only, and are compared by them. The store also tells the portal which organizations have, or ever
had, stock.

The downgrade forgets the accounts of steps; names stay.
"""

from ckanext.ierwohnen.migration.statements import exchange, run

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# Function, what stands there, what takes its place.
CHANGES = (
    (
        "vault.release_add_step(uuid, text, text, text, text, text)",
        "organization, person, role, reason)\n        SELECT wanted, 1 + count(*), what, org, who, duty, "
        "coalesce(why, '') FROM",
        "organization, person, role, reason, account)\n        SELECT wanted, 1 + count(*), what, org, who, duty, "
        "coalesce(why, ''), coalesce(vault.claims() ->> 'account', '') FROM",
    ),
    (
        "vault.release_take(uuid, text, text, text)",
        "step IN ('prepare', 'join') AND person = who)",
        "step IN ('prepare', 'join') AND CASE WHEN account <> '' AND claims ->> 'account' <> ''\n"
        "                    THEN account = claims ->> 'account' ELSE person = who END)",
    ),
    ("vault.release_steps(uuid)", "'person', person,", "'person', person, 'account', account,"),
    ("vault.release_case(uuid)", "WHERE r.id = wanted", "WHERE r.id = wanted AND vault.claims() IS NOT NULL"),
    (
        "vault.release_history(text)",
        "WHERE r.source = about AND result.patterns IS NOT NULL), '[]'))",
        "WHERE r.source = about AND result.patterns IS NOT NULL), '[]'))\n    WHERE vault.claims() IS NOT NULL",
    ),
    (
        "vault.release_progress(uuid, text)",
        "WHERE id = wanted AND state = 'prepared'",
        "WHERE id = wanted AND state = 'prepared' AND vault.claims() IS NOT NULL",
    ),
    (
        "vault.release_outside()",
        "WHERE r.readers IS NULL AND r.state IN",
        "WHERE vault.claims() IS NOT NULL AND r.readers IS NULL AND r.state IN",
    ),
)
KEEPING = """
CREATE FUNCTION vault.keeps_stock(org text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(vault.claims() -> 'acting' ? org, false) AND (
        EXISTS (SELECT FROM vault.version WHERE organization = org)
        OR EXISTS (SELECT FROM vault.deletion WHERE organization = org))
$$;
REVOKE ALL ON FUNCTION vault.keeps_stock(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vault.keeps_stock(text) TO vault_app;
"""


def upgrade():
    run(
        "ALTER TABLE vault.release_step ADD COLUMN account text NOT NULL DEFAULT '';"
        "ALTER TABLE vault.release_step ALTER COLUMN account SET STATISTICS 0"
    )
    for function, old, new in CHANGES:
        exchange(function, old, new)
    run(KEEPING)


def downgrade():
    run("DROP FUNCTION vault.keeps_stock(text)")
    for function, old, new in CHANGES:
        exchange(function, new, old)
    run("ALTER TABLE vault.release_step DROP COLUMN account")
