"""The doctor finds a healthy store healthy, and each lock that is opened by hand."""

from __future__ import annotations

import pytest

from ckanext.ierwohnen.vault import doctor_plans
from ckanext.ierwohnen.vault.command import run
from ckanext.ierwohnen.vault.doctor import _CHECKS, TEXTS, examine
from ckanext.ierwohnen.vault.loading import load_stock

from .stock import YEAR_END, batches, company


@pytest.fixture(scope="module")
def table(store) -> str:
    org, clerk = company()
    return "vault_stock.s_" + load_stock(store, clerk, org, YEAR_END, batches(3), purpose="p").version.replace("-", "")


def wrong(cluster, strangers=()) -> dict[str, tuple[str, ...]]:
    findings = examine(cluster.vault.url, cluster.vault.key, strangers)
    return {finding.code: finding.found for finding in findings if not finding.healthy}


def test_a_healthy_store(cluster, table, monkeypatch, capsys):
    strangers = [cluster.url("ckan", "ckan"), cluster.url("datastore_read", "datastore")]
    assert wrong(cluster, strangers) == {}
    monkeypatch.setenv("IERWOHNEN_VAULT_URL", cluster.vault.url)
    monkeypatch.setenv("IERWOHNEN_VAULT_KEY", cluster.vault.key)
    monkeypatch.setenv("IERWOHNEN_VAULT_STRANGERS", " ".join(strangers))
    assert run(["doctor", "--language", "de"]) == 0
    told = capsys.readouterr().out
    assert told.count("✓") == len(TEXTS) and "✗" not in told
    monkeypatch.setenv("IERWOHNEN_VAULT_KEY", "w" * 40)
    assert run(["doctor"]) == 1
    assert "✗ The portal's key fits: vault_app" in capsys.readouterr().out


# ruff: noqa: E501
MEANT = "ALTER POLICY own ON vault.stock USING (version = ANY ((SELECT vault.visible_versions())::uuid[]))"
QUIET = " ".join(f"SET {setting.replace('=', ' = ')}" for setting in doctor_plans.QUIET)
OF_MINE = f"pg_temp {QUIET} AS $$ BEGIN RETURN QUERY SELECT * FROM vault.version WHERE organization = ANY ((SELECT vault.visible())::text[]); END $$"
VERSIONS = "CREATE OR REPLACE FUNCTION vault.own_version() RETURNS SETOF vault.version STABLE SET search_path = pg_catalog, "
SUMS = "CREATE OR REPLACE FUNCTION vault.own_summary(wanted uuid) RETURNS SETOF bytea LANGUAGE plpgsql STABLE SECURITY DEFINER " f"SET search_path = pg_catalog, pg_temp {QUIET} AS $$ BEGIN "
OPENED = [
    ("powers", "ALTER ROLE vault_app BYPASSRLS", "ALTER ROLE vault_app NOBYPASSRLS"),
    ("memberships", "GRANT vault_owner TO vault_app", "REVOKE vault_owner FROM vault_app"),
    ("memberships", "GRANT vault_app TO datastore_read", "REVOKE vault_app FROM datastore_read"),
    ("readers-of-all", "GRANT pg_read_all_data TO ckan", "REVOKE pg_read_all_data FROM ckan"),
    ("may-connect", "GRANT CONNECT ON DATABASE vault TO PUBLIC", "REVOKE ALL ON DATABASE vault FROM PUBLIC"),
    ("can-connect", "GRANT CONNECT ON DATABASE vault TO datastore_read",
     "REVOKE ALL ON DATABASE vault FROM datastore_read"),
    ("unlocked", "ALTER TABLE vault.stock DISABLE ROW LEVEL SECURITY", "ALTER TABLE vault.stock ENABLE ROW LEVEL SECURITY"),
    ("unlocked", "ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY", "ALTER TABLE {table} FORCE ROW LEVEL SECURITY"),
    ("owned", "ALTER TABLE {table} OWNER TO vault_engine", "ALTER TABLE {table} OWNER TO vault_owner"),
    ("policies", "CREATE POLICY extra ON vault.stock USING (true)", "DROP POLICY extra ON vault.stock"),
    ("policies", "CREATE POLICY o ON vault.stock FOR SELECT TO vault_app USING (version = ANY ((SELECT "
     "vault.visible_versions())::uuid[]) OR true)", "DROP POLICY o ON vault.stock"),
    ("policies", "ALTER POLICY own ON vault.stock USING (true)", MEANT),
    ("policies", "CREATE POLICY own ON vault.ledger FOR SELECT TO vault_app USING (organization = ANY ((SELECT "
     "vault.visible())::text[]))", "DROP POLICY own ON vault.ledger"),
    ("policies", "CREATE POLICY owner ON {table} TO vault_owner USING (true)", "DROP POLICY owner ON {table}"),
    ("plans", "ALTER FUNCTION vault.own_version() SECURITY INVOKER; ALTER FUNCTION vault.own_version() RESET search_path;"
     "CREATE OR REPLACE FUNCTION vault.own_version() RETURNS SETOF vault.version LANGUAGE sql STABLE AS 'SELECT * FROM "
     "vault.version'; GRANT SELECT ON vault.version TO vault_app; CREATE POLICY own ON vault.version TO vault_app USING (true)",
     f"DROP POLICY own ON vault.version; REVOKE ALL ON vault.version FROM vault_app; {VERSIONS}{OF_MINE} LANGUAGE plpgsql SECURITY DEFINER"),
    ("plans", f"{SUMS} IF EXISTS (SELECT FROM vault.version WHERE id = wanted) THEN PERFORM count(*) FROM vault.ledger; END IF; END $$",
     f"{SUMS} IF wanted = ANY (vault.visible_versions()) THEN RETURN QUERY EXECUTE "
     "format('SELECT content FROM vault.summary WHERE version = %L::uuid', wanted); END IF; END $$"),
    ("plans", "ALTER FUNCTION vault.visible() RESET debug_print_plan", "ALTER FUNCTION vault.visible() SET debug_print_plan = off"),
    ("plans", "ALTER FUNCTION vault.own_ledger() RESET client_min_messages; ALTER FUNCTION vault.own_ledger() SET debug_print_plan = on",
     f"ALTER FUNCTION vault.own_ledger() {QUIET}"),
    ("plans", "CREATE FUNCTION vault.later() RETURNS int LANGUAGE sql AS 'SELECT 1'; ALTER FUNCTION vault.later() OWNER TO vault_owner",
     "DROP FUNCTION vault.later()"),
    ("rights", "GRANT SELECT ON vault.stock TO vault_engine", "REVOKE ALL ON vault.stock FROM vault_engine"),
    ("rights", "GRANT SELECT ON {table} TO vault_app", "REVOKE ALL ON {table} FROM vault_app"),
    ("rights", "GRANT DELETE ON vault.ledger TO vault_app", "REVOKE DELETE ON vault.ledger FROM vault_app"),
    ("rights", "GRANT SELECT (role) ON vault.signing_key TO vault_app", "REVOKE ALL ON vault.signing_key FROM vault_app;"
     "REVOKE ALL (role) ON vault.signing_key FROM vault_app"),
    ("creators", "GRANT CREATE ON SCHEMA public TO vault_app", "REVOKE CREATE ON SCHEMA public FROM vault_app"),
    ("creators", "GRANT TEMP ON DATABASE vault TO vault_app", "REVOKE TEMP ON DATABASE vault FROM vault_app"),
    ("functions", "GRANT EXECUTE ON FUNCTION vault.claims() TO vault_app",
     "REVOKE EXECUTE ON FUNCTION vault.claims() FROM vault_app"),
    ("functions", "ALTER FUNCTION vault.visible() RESET search_path",
     "ALTER FUNCTION vault.visible() SET search_path = pg_catalog, pg_temp"),
    ("foreign", "CREATE VIEW vault.everything AS SELECT * FROM vault.stock", "DROP VIEW vault.everything"),
    ("foreign", "CREATE EXTENSION pgcrypto", "DROP EXTENSION pgcrypto"),
    ("loud", "ALTER ROLE vault_app SET track_activities = on", "ALTER ROLE vault_app SET track_activities = off"),
    ("loud", "ALTER DATABASE vault SET log_statement = 'all'", "ALTER DATABASE vault RESET log_statement"),
    ("locks", "GRANT EXECUTE ON FUNCTION pg_lock_status() TO PUBLIC", "REVOKE EXECUTE ON FUNCTION pg_lock_status() FROM PUBLIC"),
    ("statistics", "ALTER TABLE {table} ALTER street SET STATISTICS 100", "ALTER TABLE {table} ALTER street SET STATISTICS 0"),
    ("statistics", "ALTER TABLE vault.version ALTER organization SET STATISTICS -1", "ALTER TABLE vault.version ALTER organization SET STATISTICS 0"),
    ("ledger", "ALTER TABLE vault.ledger DISABLE TRIGGER only_grows", "ALTER TABLE vault.ledger ENABLE TRIGGER only_grows"),
    ("ledger", "DROP TRIGGER never_emptied ON vault.ledger_waiting",
     "CREATE TRIGGER never_emptied BEFORE TRUNCATE ON vault.ledger_waiting FOR EACH STATEMENT "
     "EXECUTE FUNCTION vault.refuse_loss()"),
    ("leftovers", "CREATE TABLE vault_stock.s_orphan (x int); ALTER TABLE vault_stock.s_orphan OWNER TO vault_owner",
     "DROP TABLE vault_stock.s_orphan"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "open_it", "shut_it"), OPENED)
def test_each_opened_lock_is_found(cluster, table, code, open_it, shut_it):
    cluster.admin(open_it.format(table=table))
    try:
        assert code in wrong(cluster)
    finally:
        cluster.admin(shut_it.format(table=table))


def test_after_all_that_the_store_is_healthy_again(cluster):
    assert wrong(cluster) == {}


def test_a_stranger_who_gets_in_is_named(cluster):
    cluster.admin("GRANT CONNECT ON DATABASE vault TO datastore_read")
    try:
        found = wrong(cluster, [cluster.url("datastore_read", "datastore")])
        assert found["strangers"] == ("datastore_read",)
    finally:
        cluster.admin("REVOKE ALL ON DATABASE vault FROM datastore_read")


def test_who_sees_the_stores_locks_from_another_database_is_named(cluster):
    strangers = [cluster.url("ckan", "ckan"), cluster.url("datastore_read", "datastore")]
    assert "watched" not in wrong(cluster, strangers)
    cluster.admin("GRANT EXECUTE ON FUNCTION pg_lock_status() TO PUBLIC", "template1")
    cluster.admin("CREATE DATABASE of_another")
    try:
        places = [f"{role} in {name}" for role in ("ckan", "datastore_read") for name in ("of_another", "template1")]
        assert wrong(cluster, strangers)["watched"] == tuple(places)
    finally:
        cluster.admin("DROP DATABASE of_another")
        cluster.admin("REVOKE EXECUTE ON FUNCTION pg_lock_status() FROM PUBLIC", "template1")


def test_every_check_has_its_texts():
    assert set(TEXTS) == {"answers", *_CHECKS, "key", "plans", "strangers", "watched", "passwords"}


def test_a_store_that_does_not_answer(cluster):
    (finding,) = examine("postgresql://vault_app:x@127.0.0.1:1/vault", "k" * 40)
    assert not finding.healthy and "ierwohnen.vault.url" in finding.line("de")
