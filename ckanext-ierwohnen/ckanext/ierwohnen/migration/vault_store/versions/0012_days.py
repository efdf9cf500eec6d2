"""Keep the store's day near the real one, whatever a session says about its clock.

The portal tells the store its time zone with each transaction, and so can whoever has its password. PostgreSQL takes
zones of up to a week: with one of them releases ended, or stayed readable, days off. Real clocks are at most twelve
hours behind UTC and fourteen ahead.
"""

from ckanext.ierwohnen.migration.statements import run

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TODAY = """
CREATE FUNCTION vault.today() RETURNS date
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT least(
        greatest(current_date, (transaction_timestamp() AT TIME ZONE 'UTC' - interval '12 hours')::date),
        (transaction_timestamp() AT TIME ZONE 'UTC' + interval '14 hours')::date)
$$;
REVOKE ALL ON FUNCTION vault.today() FROM PUBLIC;
"""
FUNCTIONS = """
SELECT p.oid::regprocedure::text FROM pg_proc p
WHERE p.pronamespace = 'vault'::regnamespace AND p.proname <> 'today' AND p.prosrc LIKE '%{old}%' ORDER BY 1
"""
DECIDES = {
    "vault.release_take(uuid,text,text,text)", "vault.release_expire()", "vault.release_outside()",
    "vault.release_open_to(vault.release,jsonb)", "vault.release_ended()",
}  # fmt: skip


def exchange_everywhere(old, new):
    """Put one way of asking for the day in the other's place, in all functions that decide by it."""
    asking = set(run(f"SELECT array_agg(found) FROM ({FUNCTIONS.format(old=old)}) AS f (found)") or ())
    if asking != DECIDES:
        raise RuntimeError(f"Other functions than this migration knows ask for the day: {sorted(asking ^ DECIDES)}")
    for function in sorted(asking):
        run(run(f"SELECT pg_get_functiondef('{function}'::regprocedure)").replace(old, new))


def upgrade():
    run(TODAY)
    exchange_everywhere("current_date", "vault.today()")


def downgrade():
    exchange_everywhere("vault.today()", "current_date")
    run("DROP FUNCTION vault.today()")
