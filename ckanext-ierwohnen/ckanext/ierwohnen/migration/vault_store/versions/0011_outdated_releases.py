"""Let nobody approve or publish figures of stock that its owner has deleted, or loaded again, since the check.

A version of stock stands in `vault.version` as long as it is the company's stock of its day.
"""

from ckanext.ierwohnen.migration.statements import exchange, run

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

OUTDATED = """
CREATE FUNCTION vault.release_outdated(wanted uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM vault.release_result result, unnest(result.versions) made_of
        WHERE result.release = wanted AND NOT EXISTS (SELECT FROM vault.version WHERE id = made_of))
$$;
REVOKE ALL ON FUNCTION vault.release_outdated(uuid) FROM PUBLIC;
"""

# Function, what stands there, what takes its place. What is taken for a step stays as it is until the step is taken.
CHANGES = (
    (
        "vault.release_take(uuid, text, text, text)",
        "    END IF;\n    PERFORM vault.release_add_step(wanted, what,",
        "    END IF;\n    IF what IN ('approve', 'publish') THEN\n"
        "        PERFORM FROM vault.version WHERE id = ANY (ARRAY(SELECT unnest(versions) FROM vault.release_result\n"
        "            WHERE release = wanted)) FOR SHARE;\n"
        "        IF vault.release_outdated(wanted) THEN\n"
        "            RAISE EXCEPTION 'the stock has changed' USING ERRCODE = 'IW008';\n"
        "        END IF;\n    END IF;\n    PERFORM vault.release_add_step(wanted, what,",
    ),
    (
        "vault.release_list()",
        "'progress', r.progress,",
        "'progress', r.progress,\n        'outdated', r.state IN ('checked', 'approved')\n"
        "            AND vault.release_owned(r, claims) AND vault.release_outdated(r.id),",
    ),
)


def upgrade():
    run(OUTDATED)
    for function, old, new in CHANGES:
        exchange(function, old, new)


def downgrade():
    for function, old, new in CHANGES:
        exchange(function, new, old)
    run("DROP FUNCTION vault.release_outdated(uuid)")
