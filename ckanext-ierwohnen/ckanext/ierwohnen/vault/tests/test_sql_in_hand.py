"""An attacker with SQL in hand, as the portal's role: what it must not reach or change of others' data."""

from __future__ import annotations

import time
from typing import Any

import pytest

from ckanext.ierwohnen.vault.capability import VARIABLE, Claims, sign
from ckanext.ierwohnen.vault.door import stock_table
from ckanext.ierwohnen.vault.errors import VaultError
from ckanext.ierwohnen.vault.journal import note
from ckanext.ierwohnen.vault.loading import load_stock
from ckanext.ierwohnen.vault.store import Store

from .conftest import ENGINE_KEY
from .rival import CANARY, CANARY_STREET, RIVALS, STOCK, SUMS, Stage, as_mine, leaks, told
from .stock import YEAR_END, batches, company


@pytest.fixture(scope="module")
def stage(store) -> Stage:
    return Stage.of(store)


@pytest.fixture
def hand(cluster):
    """A bare connection as the portal's role, after each statement rolled back."""
    connection = cluster.connect("vault_app")
    yield connection
    connection.close()


UNSET = [
    f"SELECT count(*) FROM {STOCK}",
    f"SELECT count(*) FROM {RIVALS}",
    f"SELECT count(*) FROM {SUMS}",
    f"SET row_security = off; SELECT count(*) FROM {STOCK}",
    f"SELECT set_config('ierwohnen.capability', '', false); SELECT count(*) FROM {STOCK}",
    f"SELECT set_config('ierwohnen.organization', '{{rival}}', false); SELECT count(*) FROM {STOCK}",
]


@pytest.mark.parametrize("sql", UNSET)
def test_without_a_capability_there_is_no_row(hand, stage, sql):
    answer = told(hand, sql.format(rival=stage.rival, version=stage.version))
    assert answer == "[(0,)]" or answer.startswith("refused")


def forged(stage: Stage, backend: int, began: int, key: str = "k" * 40, **changes: Any) -> str:
    claims = {"see": {stage.rival: 1}, **changes}
    return sign(Claims(stage.rival_clerk.name, **claims), backend, began, key)


def shown(cursor: Any, text: str) -> int:
    cursor.execute("SELECT set_config(%s, %s, true)", (VARIABLE, text))
    cursor.execute(f"SELECT count(*) FROM {STOCK}")
    return cursor.fetchone()[0]


def test_forged_and_replayed_capabilities_show_nothing(hand, cluster, stage, store):
    key = cluster.vault.key
    entries = note(store, stage.rival_clerk, [stage.rival], "read", "", "p")
    begin = "SELECT pg_backend_pid(), (extract(epoch FROM transaction_timestamp()) * 1000000)::bigint"
    with hand.cursor() as cursor:
        cursor.execute(begin)
        backend, began = cursor.fetchone()
        right = forged(stage, backend, began, key, see=entries)
        assert shown(cursor, right) == 3000  # what the portal itself would show: the test's own measure
        assert shown(cursor, forged(stage, backend, began, see=entries)) == 0  # another key
        assert shown(cursor, right.replace(stage.rival, stage.mine)) == 0
        assert shown(cursor, right[:64] + "." + right[65:].replace('"load": null', '"load":  null')) == 0
        assert shown(cursor, forged(stage, backend + 1, began, key, see=entries)) == 0  # another backend
        assert shown(cursor, forged(stage, backend, began - 1, key, see=entries)) == 0  # another transaction
        assert shown(cursor, forged(stage, backend, began, key, see={stage.rival: 10_000})) == 0  # no such entry
        assert shown(cursor, forged(stage, backend, began, key, see={**entries, stage.mine: 1})) == 0  # two at once
        hand.rollback()
        cursor.execute(f"SELECT count(*) FROM {STOCK}")
        assert cursor.fetchone() == (0,)  # gone with the transaction
        assert shown(cursor, right) == 0  # and worthless in the next
    for text in ("x" * 66, "." * 200, "0" * 64 + '.{"see": 3}', "0" * 64 + ".no json"):
        count = f"SELECT set_config('{VARIABLE}', '{text}', true); SELECT count(*) FROM {STOCK}"
        assert told(hand, count) == "[(0,)]"


def test_an_entry_of_another_reader_or_an_old_one_opens_nothing(hand, cluster, stage, store):
    entries = note(store, stage.rival_clerk, [stage.rival], "read", "", "p")
    with hand.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid(), (extract(epoch FROM transaction_timestamp()) * 1000000)::bigint")
        backend, began = cursor.fetchone()
        assert shown(cursor, sign(Claims("somebody else", see=entries), backend, began, cluster.vault.key)) == 0


FORBIDDEN = [
    "SET ROLE vault_owner", "SET ROLE vault_engine", "SET ROLE portal_admin", "SET SESSION AUTHORIZATION vault_owner",
    "SET session_replication_role = replica", "SET track_activities = on", "SET log_min_messages = debug1",
    "SET log_statement = 'all'", "ALTER ROLE vault_app BYPASSRLS", "ALTER ROLE vault_app SUPERUSER",
    "GRANT vault_owner TO vault_app", "SELECT * FROM vault.signing_key", "SELECT * FROM vault.claims()",
    "SELECT vault.append('{rival}', 'x', 'x', 'x', 'x', 'x')", "SELECT vault.drop_version('{version}', 'x', NULL)",
    "SELECT vault.entry_hash(e) FROM vault.ledger e LIMIT 0; SELECT vault.measured('x')",
    "SELECT count(*) FROM {table}", "TABLE vault.stock", "TABLE vault.summary", "COPY vault.stock TO STDOUT",
    "TABLE {table}", "COPY {table} TO STDOUT", "DELETE FROM {table}",
    "TABLE {sums}", "COPY {sums} TO STDOUT", "DELETE FROM vault.summary", "UPDATE vault.summary SET content = ''",
    "INSERT INTO vault.summary VALUES ('{version}', '')", "SELECT vault.add_summary('{version}', '')",
    "INSERT INTO {table} (dwelling) VALUES ('x')", "UPDATE vault.stock SET street = 'x'", "DELETE FROM vault.stock",
    "INSERT INTO vault.stock (version, dwelling) VALUES ('{version}', 'x')",
    "TRUNCATE vault.stock", "DROP TABLE {table}", "ALTER TABLE vault.stock DISABLE ROW LEVEL SECURITY",
    "DROP POLICY own ON vault.stock", "CREATE POLICY all_rows ON vault.stock USING (true)",
    "ALTER TABLE vault.stock DETACH PARTITION {table}", "LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE",
    "UPDATE vault.ledger SET purpose = 'x'", "DELETE FROM vault.ledger", "TRUNCATE vault.ledger",
    "INSERT INTO vault.ledger SELECT * FROM vault.ledger", "UPDATE vault.ledger_head SET number = 0",
    "TABLE vault.ledger", "TABLE vault.ledger_head", "TABLE vault.version", "TABLE vault.deletion",
    "TABLE vault.delivery", "TABLE vault.release", "TABLE vault.release_basis",
    "INSERT INTO vault.ledger SELECT * FROM vault.own_ledger()", "DELETE FROM vault.version",
    "SELECT vault.visible()", "SELECT vault.visible_versions()", "SELECT vault.delivery_of_mine('{version}')",
    "SELECT vault.delivery_put('2024-12-31', '', '1 day')", "DELETE FROM vault.delivery",
    "SELECT vault.release_number('{version}')", "SELECT * FROM pg_locks", "SELECT pg_lock_status()",
    "TABLE vault.ledger_waiting", "SELECT vault.chain_waiting('{rival}')", "SELECT vault.hold_ledger('{rival}')",
    "SELECT vault.release_readable('{{}}')",
    "CREATE OR REPLACE FUNCTION vault.own_version() RETURNS SETOF vault.version LANGUAGE sql AS 'TABLE vault.version'",
    "ALTER FUNCTION vault.own_version() SECURITY INVOKER", "ALTER FUNCTION vault.own_version() RESET search_path",
    "UPDATE vault.version SET organization = '{mine}'",
    "INSERT INTO vault.version (id, organization, loaded_by) VALUES (gen_random_uuid(), '{rival}', 'x')",
    "INSERT INTO vault.deletion SELECT * FROM vault.deletion", "ALTER TABLE vault.ledger DISABLE TRIGGER only_grows",
    "CREATE FUNCTION vault.peek() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE FUNCTION public.peek() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE FUNCTION pg_temp.peek() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE TEMP TABLE copy_of AS SELECT * FROM vault.stock", "CREATE TABLE public.copy_of AS SELECT 1",
    "CREATE VIEW public.v AS SELECT * FROM vault.stock", "CREATE SCHEMA mine", "CREATE EXTENSION dblink",
    "CREATE OPERATOR public.<<< (leftarg = int, rightarg = int, function = int4lt)",
    "COPY (SELECT 1) TO '/tmp/out'", "COPY vault.stock TO PROGRAM 'cat'", "SELECT pg_read_file('PG_VERSION')",
    "SELECT lo_import('/etc/passwd')", "SELECT * FROM pg_statistic", "SELECT * FROM pg_authid",
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'portal_admin' AND pid <> pg_backend_pid()",
    "SELECT * FROM pg_hba_file_rules", "ALTER SYSTEM SET log_statement = 'all'", "SELECT pg_current_logfile()",
    "SELECT vault.close_load('{version}', '2024-12-31', '{{}}')", "SELECT vault.delete_stock('2024-12-31')",
    "SELECT vault.open_load()", "SELECT vault.note('{rival}', '', 'read', '', 'noise')",
    "ALTER DEFAULT PRIVILEGES FOR ROLE vault_owner GRANT SELECT ON TABLES TO vault_app",
    "REASSIGN OWNED BY vault_owner TO vault_app", "ALTER DATABASE vault OWNER TO vault_app",
]  # fmt: skip


@pytest.mark.parametrize("sql", FORBIDDEN)
def test_forbidden_even_inside_a_transaction_of_ones_own(store, cluster, stage, sql):
    filled = sql.format(rival=stage.rival, mine=stage.mine, version=stage.version, table=stage.table, sums=stage.sums)
    answer = as_mine(store, cluster, stage, filled)
    harmless = "pg_terminate_backend" in sql and answer in ("[]", "[(True,)]")
    assert answer.startswith("refused") or harmless, answer
    assert CANARY not in answer and CANARY_STREET not in answer
    with cluster.connect("vault_app") as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1")


TRICKS = [
    f"SELECT * FROM {RIVALS}", f"SELECT * FROM {STOCK}", f"SELECT convert_from(content, 'UTF8') FROM {SUMS}",
    "SELECT convert_from(vault.own_summary('{version}'), 'UTF8')",
    "SELECT organization FROM vault.own_version()",
    f"SELECT max(net_cold_rent), min(street) FROM {STOCK} WHERE version = '{{version}}'",
    f"SELECT * FROM {STOCK} WHERE 1 / (CASE WHEN version <> '{{version}}' THEN 1 ELSE 0 END) = 1",
    f"SELECT * FROM {RIVALS} WHERE (street || net_cold_rent)::int > 0",
    f"SELECT * FROM {RIVALS} WHERE ('<' || street || net_cold_rent)::xml IS NOT NULL",
    "SELECT query_to_xml($$SELECT * FROM " + RIVALS + "$$, true, false, '')",
    "SELECT query_to_xml('SELECT * FROM vault.own_version()', true, false, '')",
    "SELECT table_to_xml('vault.version', true, false, '')", "SELECT database_to_xml(true, false, '')",
    "SELECT * FROM vault.own_ledger() WHERE organization <> '{mine}'",
    "SELECT * FROM vault.own_ledger_head() WHERE organization <> '{mine}'",
    "SELECT * FROM vault.own_deletion()", "SELECT * FROM vault.own_delivery()",
    f"EXPLAIN (ANALYZE, VERBOSE) SELECT * FROM {RIVALS}",
    "SELECT * FROM vault.own_stock(ARRAY['{version}'::uuid], ARRAY['(SELECT min(street))']) AS s (x text)",
    "SELECT * FROM vault.own_stock(ARRAY['{version}'::uuid], ARRAY['street FROM {table} --']) AS s (x text)",
    "SELECT * FROM vault.own_stock(ARRAY['{version}'::uuid], ARRAY['ctid', 'xmin']) AS s (x tid, y xid)",
    "SELECT * FROM pg_stats WHERE schemaname IN ('vault', 'vault_stock')",
    "SELECT * FROM pg_stats_ext",
    "SELECT query FROM pg_stat_activity WHERE datname = 'vault'",
    "SELECT * FROM pg_prepared_statements", "SELECT * FROM pg_cursors",
    "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid::regclass::text NOT LIKE 'vault_stock%'",
    f"DO $$ DECLARE r record; BEGIN FOR r IN SELECT * FROM {RIVALS} LOOP RAISE NOTICE '%', r; END LOOP; END $$",
    f"WITH x AS MATERIALIZED (SELECT * FROM {STOCK}) SELECT * FROM x WHERE version = '{{version}}'",
    "SELECT s.* FROM vault.own_version() v LEFT JOIN LATERAL (SELECT * FROM " + STOCK + ") s ON true "
    "WHERE s.version = '{version}'",
    f"DECLARE c CURSOR WITH HOLD FOR SELECT * FROM {RIVALS}; FETCH ALL FROM c",
    f"PREPARE p AS SELECT * FROM {RIVALS}; EXECUTE p",
    "SELECT has_table_privilege('vault_app', '{table}', 'SELECT')",
]  # fmt: skip


@pytest.mark.parametrize("sql", TRICKS)
def test_tricks_inside_a_transaction_of_ones_own_show_nothing_of_the_rival(store, cluster, stage, sql):
    filled = sql.format(rival=stage.rival, mine=stage.mine, version=stage.version, table=stage.table, sums=stage.sums)
    assert not leaks(stage, as_mine(store, cluster, stage, filled))


def test_the_catalogue_names_no_company(store, cluster, stage):
    """Checks and defaults of a company's table are readable for every role: they must not say whose it is."""
    for sql in (
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint",
        "SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef",
        "SELECT obj_description(oid) FROM pg_class", "SELECT relname, relacl, reloptions FROM pg_class",
        "SELECT nspname FROM pg_namespace", "SELECT rolname, rolconfig FROM pg_roles",
    ):
        assert not leaks(stage, as_mine(store, cluster, stage, sql)), sql


def test_estimates_of_the_planner_tell_nothing(store, cluster, stage):
    """After ANALYZE by the administrator, estimates for a value that the rival has and one that nobody has agree."""
    cluster.admin("ANALYZE")
    ask = "EXPLAIN SELECT * FROM " + RIVALS + " WHERE {condition}"
    for column, present, absent in (
        ("net_cold_rent", CANARY, "9999.99"),
        ("street", f"'{CANARY_STREET}'", "'Nirgendwo'"),
        ("floor", "1", "70"),
        ("vacant", "true", "false"),
    ):
        has, has_not = (
            as_mine(store, cluster, stage, ask.format(version=stage.version, condition=f"{column} = {value}"))
            for value in (present, absent)
        )
        assert "refused" not in has
        assert [part for part in has.split() if "rows=" in part] == [p for p in has_not.split() if "rows=" in p], column
    known = cluster.admin(
        "SELECT count(*) FROM pg_statistic s JOIN pg_class c ON c.oid = s.starelid "
        "WHERE c.relnamespace::regnamespace::text IN ('vault_stock', 'vault') AND c.relname <> 'alembic_version'"
    )
    assert known.strip() == "0"


def test_time_does_not_tell_whether_a_foreign_version_exists(store, cluster, stage):
    def seconds(version: str) -> float:
        times = []
        for _ in range(9):
            begun = time.perf_counter()
            as_mine(store, cluster, stage, f"SELECT count(*) FROM {RIVALS}".format(version=version))
            times.append(time.perf_counter() - begun)
        return sorted(times)[4]

    assert abs(seconds(stage.version) - seconds("00000000-0000-4000-8000-000000000000")) < 0.05


def test_a_load_that_is_left_open_cannot_be_committed(store, stage, cluster):
    claims = Claims(stage.clerk.name, load=stage.mine, purpose="p")
    with pytest.raises(VaultError) as refused, store.transaction(claims) as cursor:
        cursor.one("SELECT vault.open_load()")
    assert refused.value.code == "load-not-closed"
    with pytest.raises(VaultError), store.transaction(claims) as cursor:  # rows under another company's version
        version = cursor.one("SELECT vault.open_load()")
        table = f"vault_stock.s_{version.replace('-', '')}"
        cursor.execute(f"INSERT INTO {table} (version, dwelling) VALUES (%s, 'x')", (stage.version,))


def test_the_engine_sees_several_companies_by_its_own_key_only(cluster, stage, store):
    (a, clerk_a), (b, clerk_b) = company(), company()
    for org, clerk in ((a, clerk_a), (b, clerk_b)):
        load_stock(store, clerk, org, YEAR_END, batches(3), purpose="p")
    engine_key = cluster.vault.environment()["IERWOHNEN_VAULT_ENGINE_KEY"]
    engine = Store(cluster.url("vault_engine"), engine_key)
    entries = note(engine, clerk_a, [a, b], "release", "r1", "p")
    with engine.transaction(Claims(clerk_a.name, see=entries)) as cursor:
        assert cursor.one(f"SELECT count(*) FROM {STOCK}") == 6
    with engine.transaction() as cursor:
        assert cursor.one(f"SELECT count(*) FROM {STOCK}") == 0
    for url, key in ((cluster.url("vault_engine"), cluster.vault.key), (cluster.url("vault_app"), engine_key),
                     (cluster.url("vault_engine"), ENGINE_KEY)):
        stranger = Store(url, key)
        with stranger.transaction(Claims(clerk_a.name, see=entries)) as cursor:
            assert cursor.one(f"SELECT count(*) FROM {STOCK}") == 0
        stranger.close()
    with pytest.raises(VaultError, match="refused"), engine.transaction(Claims("x", load=a, purpose="p")) as cursor:
        cursor.one("SELECT vault.open_load()")
    engine.close()


def test_the_rival_still_has_all_its_rows(store, stage):
    table = stock_table(store, stage.rival_clerk, stage.rival, purpose="p")
    assert len(table) == 3000 and set(table.street) == {CANARY_STREET}
