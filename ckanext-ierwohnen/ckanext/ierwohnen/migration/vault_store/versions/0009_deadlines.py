"""Let a release say until when its owners join and approve, note reminders, and how many rows a delivery has.

What is undecided after its last day has expired: nobody joins or approves it then, the store refuses it by itself. Of a
reminder the store keeps that an organization got it, since whose releases there are is told nowhere else.

The downgrade forgets deadlines and reminders; what has expired by one stays expired.
"""

from ckanext.ierwohnen.migration.statements import exchange, run

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES = """
ALTER TABLE vault.release ADD COLUMN decide_by date CHECK (decide_by <= valid_until);
ALTER TABLE vault.release ALTER COLUMN decide_by SET STATISTICS 0;
ALTER TABLE vault.delivery ADD COLUMN total bigint;
ALTER TABLE vault.delivery ALTER COLUMN total SET STATISTICS 0;
GRANT UPDATE (total) ON vault.delivery TO vault_app;
CREATE TABLE vault.release_reminder (
    release uuid NOT NULL REFERENCES vault.release,
    organization text NOT NULL,
    what text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (release, organization, what)
);
ALTER TABLE vault.release_reminder ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY,
    ALTER COLUMN release SET STATISTICS 0, ALTER COLUMN organization SET STATISTICS 0,
    ALTER COLUMN what SET STATISTICS 0, ALTER COLUMN at SET STATISTICS 0;
CREATE POLICY owner ON vault.release_reminder TO vault_owner USING (true) WITH CHECK (true);
"""

# True if this reminder was not sent to this owner before; the caller's transaction decides whether it was now.
REMINDING = """
CREATE FUNCTION vault.release_remind(wanted uuid, org text, mark text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT coalesce(vault.claims() -> 'acting' ? org, false)
        OR NOT EXISTS (SELECT FROM vault.release WHERE id = wanted AND org = ANY (owners)) THEN
        RAISE EXCEPTION 'no such release' USING ERRCODE = 'IW002';
    END IF;
    INSERT INTO vault.release_reminder (release, organization, what) VALUES (wanted, org, mark) ON CONFLICT DO NOTHING;
    RETURN FOUND;
END $$;
REVOKE ALL ON FUNCTION vault.release_remind(uuid, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vault.release_remind(uuid, text, text) TO vault_app;
"""

# Function, what stands there, what takes its place.
CHANGES = (
    (
        "vault.release_prepare(uuid, text, text, jsonb)",
        "valid_until, replaces)\n",
        "valid_until, replaces, decide_by)\n",
    ),
    (
        "vault.release_prepare(uuid, text, text, jsonb)",
        "(what ->> 'replaces')::uuid);\n    PERFORM",
        "(what ->> 'replaces')::uuid, (what ->> 'decide_by')::date);\n    PERFORM",
    ),
    (
        "vault.release_take(uuid, text, text, text)",
        "    becomes := CASE\n",
        "    IF what IN ('join', 'approve') AND r.decide_by < current_date THEN\n"
        "        RAISE EXCEPTION 'not this step, not now' USING ERRCODE = 'IW007';\n"
        "    END IF;\n"
        "    becomes := CASE\n",
    ),
    (
        "vault.release_expire()",
        "WHERE valid_until < current_date\n        AND state IN ('prepared', 'checked', 'approved', 'published')",
        "WHERE (valid_until < current_date\n        AND state IN ('prepared', 'checked', 'approved', 'published'))\n"
        "        OR (decide_by < current_date AND state IN ('prepared', 'checked'))",
    ),
)


def upgrade():
    run(TABLES)
    for function, old, new in CHANGES:
        exchange(function, old, new)
    run(REMINDING)


def downgrade():
    run("DROP FUNCTION vault.release_remind(uuid, text, text); DROP TABLE vault.release_reminder")
    for function, old, new in reversed(CHANGES):
        exchange(function, new, old)
    run(
        "UPDATE vault.release SET definition = definition - 'decide_by';"
        "ALTER TABLE vault.release DROP COLUMN decide_by; ALTER TABLE vault.delivery DROP COLUMN total"
    )
