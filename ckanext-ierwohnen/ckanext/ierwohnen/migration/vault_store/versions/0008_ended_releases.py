"""Tell former readers that a release has ended, and tell nothing of one that never was published.

Who could read it while it was published may learn that it has been withdrawn or replaced, or that its time is over. An
expired release that was meant for everybody and never published is not one that was outside.
"""

from ckanext.ierwohnen.migration.statements import exchange, run

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

FUNCTION = "vault.release_outside()"
PUBLIC = "r.readers IS NULL AND"
PUBLISHED = (
    "EXISTS (SELECT FROM vault.release_step s WHERE s.release = r.id AND s.step = 'publish')\n        AND " + PUBLIC
)
ENDED = """
CREATE FUNCTION vault.release_ended() RETURNS SETOF jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    claims jsonb := vault.claims();
BEGIN
    RETURN QUERY SELECT jsonb_build_object('number', r.number,
        'how', CASE r.state WHEN 'published' THEN 'expired' ELSE r.state END,
        'after', (SELECT jsonb_build_object('number', n.number, 'title', n.definition -> 'title',
                'public', n.readers IS NULL)
            FROM vault.release n WHERE n.replaces = r.id AND vault.release_open_to(n, claims)
            ORDER BY n.number LIMIT 1))
    FROM vault.release r
    WHERE claims IS NOT NULL AND (r.state IN ('withdrawn', 'superseded', 'expired')
            OR (r.state = 'published' AND r.valid_until < current_date))
        AND (r.readers IS NULL OR r.readers && ARRAY(SELECT jsonb_object_keys(coalesce(claims -> 'acting', '{}'))))
        AND EXISTS (SELECT FROM vault.release_step s WHERE s.release = r.id AND s.step = 'publish');
END $$;
REVOKE ALL ON FUNCTION vault.release_ended() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vault.release_ended() TO vault_app;
"""


def upgrade():
    exchange(FUNCTION, PUBLIC, PUBLISHED)
    run(ENDED)


def downgrade():
    run("DROP FUNCTION vault.release_ended()")
    exchange(FUNCTION, PUBLISHED, PUBLIC)
