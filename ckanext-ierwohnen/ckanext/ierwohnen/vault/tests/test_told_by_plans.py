"""What whoever slips SQL into a transaction of one company can ask of another's rows: the same is told of hit and miss.

`EXPLAIN (ANALYZE)` counts what conditions remove, pages that are read and records that are written; errors name keys;
counters, locks and debugging tell what statements do. Each is asked for something that the rival has and for something
that nobody has, in a transaction that rightly shows the attacker's own company.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import psycopg2
import pytest

from ckanext.ierwohnen.vault import deliveries
from ckanext.ierwohnen.vault.capability import VARIABLE, Claims, sign
from ckanext.ierwohnen.vault.doctor import FUNCTIONS
from ckanext.ierwohnen.vault.doctor_plans import NOBODYS, NOISY, QUIET, messages, nodes
from ckanext.ierwohnen.vault.journal import note
from ckanext.ierwohnen.vault.loading import delete_stock, load_stock

from .rival import definition
from .stock import YEAR_END, batches, company

STREET = "Kanarienvogelgasse"
SHAPES = (
    "SELECT FROM {t} WHERE {c}",
    "SELECT count(*) FILTER (WHERE {c}) FROM {t}",
    "SELECT FROM generate_series(1, 2) g WHERE NOT EXISTS (SELECT FROM {t} WHERE {c})",
    "SELECT FROM generate_series(1, 2) g LEFT JOIN {t} ON {c}",
    "SELECT FROM {t} LEFT JOIN generate_series(1, 2) g ON true WHERE {c}",
    "SELECT FROM generate_series(1, 2) g JOIN LATERAL (SELECT FROM {t} WHERE {c} LIMIT g) x ON true",
    "SELECT FROM {t} WHERE {c} UNION ALL SELECT",
    "WITH x AS MATERIALIZED (SELECT FROM {t} WHERE {c}) SELECT count(*) FROM x",
    "WITH RECURSIVE r AS (SELECT 1 n UNION ALL SELECT n + 1 FROM r, {t} WHERE {c} AND n < 3) SELECT FROM r",
)
WAYS = {
    "as it comes": (),
    "by index": ("enable_seqscan", "enable_bitmapscan"),
    "by reading all": ("enable_indexscan", "enable_indexonlyscan", "enable_bitmapscan", "enable_hashjoin"),
    "without pruning": ("enable_partition_pruning", "enable_hashjoin", "enable_mergejoin"),
}
STATEMENTS = (
    "SELECT FROM {t} WHERE {c}", "EXPLAIN SELECT FROM {t} WHERE {c}", "EXPLAIN ANALYZE SELECT FROM {t} WHERE {c}",
    "SELECT FROM {t} WHERE {c} FOR UPDATE", "SELECT FROM {t} TABLESAMPLE SYSTEM (100) WHERE {c}",
    "EXPLAIN ANALYZE DELETE FROM {t} WHERE {c}", "DELETE FROM {t} WHERE {c} RETURNING 1",
    "EXPLAIN ANALYZE UPDATE {t} SET {k} = {k} WHERE {c}", "EXPLAIN ANALYZE INSERT INTO {t} SELECT * FROM {t} WHERE {c}",
    "INSERT INTO {t} ({k}) VALUES ({v})", "INSERT INTO {t} ({k}) VALUES ({v}) ON CONFLICT DO NOTHING",
    "INSERT INTO {t} ({k}) VALUES ({v}) ON CONFLICT DO NOTHING RETURNING 1",
    "MERGE INTO {t} USING generate_series(1, 2) g ON {c} WHEN MATCHED THEN DELETE",
    "COPY (SELECT FROM {t} WHERE {c}) TO STDOUT", "COPY {t} TO STDOUT", "TABLE {t}", "LOCK TABLE {t}", "TRUNCATE {t}",
    "DECLARE x CURSOR FOR SELECT FROM {t} WHERE {c}", "SELECT currtid2('{t}', '(0,1)')",
    "SELECT FROM ONLY {t} WHERE {c}", "DO $$ BEGIN PERFORM FROM {t} WHERE {c}; END $$",
    "SELECT query_to_xml($$SELECT FROM {t} WHERE {c}$$, true, true, '')",
    "CREATE TEMP TABLE x AS SELECT FROM {t} WHERE {c}", "CREATE TABLE vault_stock.x (k text REFERENCES {t})",
)  # fmt: skip


@dataclass
class Stage:
    """The attacker's company with somebody who acts for it, and what the rival has: its id and those of its things."""

    mine: str
    clerk: Any
    entries: dict[str, int]
    rival: str
    version: str
    delivery: str
    release: str

    @property
    def table(self) -> str:
        return "s_" + self.version.replace("-", "")


@pytest.fixture(scope="module")
def stage(cluster, store) -> Stage:
    (mine, clerk), (rival, rival_clerk) = company(), company()
    load_stock(store, clerk, mine, YEAR_END, batches(20), purpose="why")
    version = load_stock(store, rival_clerk, rival, YEAR_END, batches(50, street=STREET), purpose="why").version
    for org, who in ((mine, clerk), (rival, rival_clerk)):
        load_stock(store, who, org, dt.date(2023, 12, 31), batches(3), purpose="why")
        delete_stock(store, who, org, dt.date(2023, 12, 31), purpose="why")
    deliveries.put(store, clerk, mine, YEAR_END, b"rows")
    delivery = deliveries.put(store, rival_clerk, rival, YEAR_END, b"rows")[0]
    purpose = json.dumps({"purpose": "why"})
    release = cluster.admin(
        "INSERT INTO vault.release (id, number, source, definition, owners, readers, valid_until) VALUES (gen_random_"
        f"uuid(), '{rival}', '', '{purpose}', ARRAY['{rival}'], ARRAY['{rival}'], '2099-12-31') RETURNING id"
    )
    entries = note(store, clerk, [mine], "read", "", "why")
    return Stage(mine, clerk, entries, rival, version, delivery, release.strip())


@contextmanager
def mine(cluster: Any, stage: Stage, role: str = "vault_app", isolation: str = "DEFAULT") -> Iterator[Any]:
    """A cursor with SQL in hand, in a transaction that shows the capability of the attacker's company."""
    key = cluster.vault.key if role == "vault_app" else cluster.vault.engine_key
    hand = cluster.connect(role)
    hand.set_session(isolation_level=isolation)
    with hand.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid(), (extract(epoch FROM transaction_timestamp()) * 1000000)::bigint")
        of_transaction = cursor.fetchone()
        claims = Claims(
            stage.clerk.name, see=stage.entries, load=stage.mine, purpose="why", acting={stage.mine: "approver"}
        )
        cursor.execute("SELECT set_config(%s, %s, true)", (VARIABLE, sign(claims, *of_transaction, key)))
        yield cursor
    hand.close()


def told(cursor: Any, sql: str) -> str:
    """All that a statement gives away, and the transaction is as before: rows, notices, or the error's parts."""
    cursor.connection.notices.clear()
    cursor.execute("SAVEPOINT here")
    try:
        cursor.execute(sql)
        answer = repr(cursor.fetchall() if cursor.description else cursor.statusmessage)
    except psycopg2.Error as error:
        of = error.diag
        answer = repr((error.pgcode, of.message_primary, of.message_detail, of.message_hint, of.constraint_name))
    cursor.execute("ROLLBACK TO here")
    return answer + "".join(cursor.connection.notices)


def plan(cursor: Any, sql: str, *also: str) -> dict[str, Any]:
    """The plan as it ran the second time, without what the condition is about."""
    options = ", ".join(("ANALYZE", "BUFFERS", *also, "TIMING OFF", "SUMMARY OFF", "FORMAT JSON"))
    for _ in range(2):
        cursor.execute("SAVEPOINT here")
        cursor.execute(f"EXPLAIN ({options}) {sql}")
        (found,) = cursor.fetchone()
        cursor.execute("ROLLBACK TO here")
    for node in nodes(found[0]["Plan"]):
        for name in ("Filter", "Join Filter", "One-Time Filter"):
            node.pop(name, None)
    return found[0]["Plan"]


def warmed(cursor: Any, sql: str) -> None:
    """A function plans its statements anew for its first five calls, and catalogues are read only once."""
    for _ in range(7):
        told(cursor, sql)


def sources(stage: Stage) -> dict[str, tuple[str, str]]:
    """What gives rows → a condition that one of the rival's meets, and one that nobody's meets."""
    of, nobody = f"organization = '{stage.rival}'", f"organization = '{stage.rival[:-1]}#'"
    stock = "AS s (version uuid, dwelling text, street text, floor integer)"
    every = (
        "(SELECT array_agg(substr(relname, 3)::uuid) FROM pg_class "
        r"WHERE relnamespace = 'vault_stock'::regnamespace AND relname LIKE 's\_%')"
    )
    columns = "ARRAY['version', 'dwelling', 'street', 'floor']"
    return {
        f"vault.own_stock({every}, {columns}) {stock}": (f"street = '{STREET}'", "street = 'Nirgendwo'"),
        f"vault.own_stock(ARRAY['{stage.version}'::uuid], {columns}) {stock}": (
            "dwelling = 'W000010'", "dwelling = 'X000010'",
        ),
        f"vault.own_summary('{stage.version}') s": (r"s >= '\x00'", r"s >= '\xff'"),
        "vault.own_version()": (f"id = '{stage.version}'", f"id = '{NOBODYS}'"),
        "vault.own_ledger()": (f"{of} AND number = 1", f"{nobody} AND number = 1"),
        "vault.own_ledger_head()": (of, nobody),
        "vault.own_deletion()": (of, nobody),
        "vault.own_delivery()": (f"id = '{stage.delivery}'", f"id = '{NOBODYS}'"),
    }  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("role", ["vault_app", "vault_engine"])
def test_a_plan_is_the_same_whether_the_rival_has_such_a_row_or_not(cluster, stage, role, way):
    tried = 0
    with mine(cluster, stage, role) as cursor:
        for setting in WAYS[way]:
            cursor.execute(f"SET LOCAL {setting} = off")
        for source, conditions in sources(stage).items():
            if role == "vault_engine" and "own_stock" not in source and "own_version" not in source:
                continue
            warmed(cursor, f"SELECT FROM {source}")
            for shape in SHAPES:
                hit, miss = (plan(cursor, shape.format(t=source, c=c)) for c in conditions)
                assert hit == miss, (source, shape)
                assert any(node["Node Type"] == "Function Scan" for node in nodes(hit)), (source, shape)
                assert not any("Relation Name" in node for node in nodes(hit) if "pg_class" not in json.dumps(node))
                tried += 1
    assert tried >= 3 * len(SHAPES)


def test_with_a_right_on_the_table_the_same_plan_tells(cluster, stage):
    """The measure of the test above: a policy alone, even with a gate, lets a condition count the rival's rows."""
    gate = "(SELECT cardinality(vault.visible()) > 0) AND organization = ANY ((SELECT vault.visible())::text[])"
    cluster.admin(
        "GRANT SELECT ON vault.version TO vault_app; GRANT EXECUTE ON FUNCTION vault.visible() TO vault_app;"
        f"CREATE POLICY own ON vault.version FOR SELECT TO vault_app USING ({gate})"
    )
    try:
        with mine(cluster, stage) as cursor:
            cursor.execute("SET LOCAL enable_indexscan = off; SET LOCAL enable_bitmapscan = off")
            of = sources(stage)["vault.own_version()"]
            hit, miss = (plan(cursor, f"SELECT FROM vault.version WHERE {condition}") for condition in of)
        assert hit != miss
    finally:
        cluster.admin(
            "DROP POLICY own ON vault.version; REVOKE ALL ON vault.version FROM vault_app;"
            "REVOKE EXECUTE ON FUNCTION vault.visible() FROM vault_app"
        )


@pytest.mark.parametrize("role", ["vault_app", "vault_engine"])
def test_no_statement_on_a_table_is_run_at_all(cluster, stage, role):
    """Reading, writing, keys that are taken, samples, cursors: refused before a row, alike for hit and miss."""
    of, nobody = f"organization = '{stage.rival}'", f"organization = '{stage.rival[:-1]}#'"
    version = (f"version = '{stage.version}'", f"version = '{NOBODYS}'")
    tables = {
        "vault.stock": version, "vault.summary": version, f"vault_stock.{stage.table}": version,
        f"vault_stock.a{stage.table[1:]}": version, "vault.version": (of, nobody), "vault.ledger": (of, nobody),
        "vault.ledger_head": (of, nobody), "vault.deletion": (of, nobody), "vault.delivery": (of, nobody),
        "vault.ledger_waiting": (of, nobody),
        "vault.release_basis": (of, nobody), "vault.release_step": (of, nobody), "vault.release_reminder": (of, nobody),
        "vault.release": (f"number = '{stage.rival}'", "number = 'F'"),
        "vault.release_result": (f"release = '{stage.release}'", f"release = '{NOBODYS}'"),
        "vault.release_source": ("source = 'a'", "source = 'b'"), "vault.signing_key": ("role = 'a'", "role = 'b'"),
    }  # fmt: skip
    known = cluster.admin("SELECT 'vault.' || relname FROM pg_class WHERE relnamespace = 'vault'::regnamespace "
                          "AND relkind IN ('r', 'p', 'v', 'm') AND relname <> 'alembic_version'")  # fmt: skip
    assert {name for name in tables if name.startswith("vault.")} == {*known.split()}
    with mine(cluster, stage, role) as cursor:
        for table, conditions in tables.items():
            for statement in STATEMENTS:
                answers = set()
                for condition in conditions:
                    name, _, value = condition.partition(" = ")
                    answers.add(told(cursor, statement.format(t=table, c=condition, k=name, v=value)))
                assert len(answers) == 1 and "'42501'" in answers.pop(), (table, statement)


def calls(stage: Stage) -> dict[str, tuple[str, str]]:
    """Functions of the portal's role that take a name → the rival's, and one that nobody has."""
    delivery, version, release = ((one, NOBODYS) for one in (stage.delivery, stage.version, stage.release))
    company, together = (stage.rival, stage.rival[:-1] + "#"), definition(stage.mine, "<name>")
    return {
        "vault.delivery_take('{}')": delivery, "vault.delivery_decide('{}', '')": delivery,
        "vault.delivery_discard('{}')": delivery, "vault.delivery_progress('{}', 1, 2)": delivery,
        "vault.delivery_finish('{}', 'failed', 'null')": delivery,
        "vault.own_stock(ARRAY['{}'::uuid], ARRAY['dwelling']) AS s (dwelling text)": version,
        "vault.own_summary('{}')": version, "vault.close_load('{}', '2024-12-31', '{{}}')": version,
        "vault.add_summary('{}', '')": version, "vault.keeps_stock('{}')": company,
        "vault.note('{}', '', 'read', '', 'why')": company,
        "vault.delivery_sweep('{}')": ("-1 day", "1 day"), "vault.release_cells('{}')": release,
        f"vault.release_take('{{}}', 'reject', '{stage.mine}', 'why')": release,
        f"vault.release_remind('{{}}', '{stage.mine}', 'late')": release,
        f"vault.release_prepare('{stage.mine}', '{definition(stage.mine, replaces='<name>')}')": release,
        f"(SELECT vault.release_prepare('{stage.mine}', '{together}') IS NOT NULL) AS made (prepared)": company,
    }  # fmt: skip


@pytest.mark.parametrize("isolation", ["READ COMMITTED", "SERIALIZABLE"])
def test_no_function_tells_the_rivals_names_from_nobodys(cluster, stage, isolation):
    """By what it gives, by its errors, by pages read and records written."""
    for call, names in calls(stage).items():
        seen: dict[str, set[str]] = {name: set() for name in names}
        for _ in range(5):  # a page that happens to be full counts as well
            for name in names:
                with mine(cluster, stage, isolation=isolation) as cursor:
                    sql = "SELECT * FROM " + call.format(name)
                    warmed(cursor, sql)
                    answer = told(cursor, sql)
                    if not answer.startswith("('"):
                        answer += json.dumps(plan(cursor, sql, "WAL"), sort_keys=True)
                    if "release_prepare" in call:  # reads the page on which rows of earlier tries stood as well
                        answer = re.sub(r'"Shared \w+ Blocks": \d+', "", answer)
                    seen[name].add(answer.replace(name, "…"))
            if set.intersection(*seen.values()):
                break
        assert set.intersection(*seen.values()), (call, seen)


def inside(stage: Stage) -> list[str]:
    """A call of each function that the portal's role may call, with names of the rival's where it takes some."""
    return [
        *(call.format(names[0]) for call, names in calls(stage).items()),
        *sources(stage), "vault.open_load()", f"vault.is_gone('{stage.version}')", "vault.delete_stock('2024-12-31')",
        "vault.release_list()", "vault.release_expire()", "vault.release_outside()", "vault.release_ended()",
        "vault.delivery_put('2024-12-31', '', '1 day')",
    ]  # fmt: skip


def test_no_message_tells_of_statements_inside_functions(cluster, stage):
    """The server sends who asks for it the plans of all statements with their values: of the call's own, no others'."""
    called = {re.search(r"vault\.(\w+)\(", call)[1] for call in inside(stage)}
    assert called == FUNCTIONS["vault_app"]
    with mine(cluster, stage) as cursor:
        cursor.execute(NOISY)
        for call in inside(stage):
            warmed(cursor, sql := f"SELECT FROM {call}")
            cursor.execute("SAVEPOINT here")
            with suppress(psycopg2.Error):
                assert messages(cursor, sql) <= 3, call
            assert len(cursor.connection.notices) <= 3, call
            cursor.execute("ROLLBACK TO here")


def test_without_its_own_settings_a_function_tells_the_rivals_ledger(cluster, stage):
    """The measure of the test above: what the session asked for is sent, with the values of a rival's release."""
    expire, of_rival = "vault.release_expire()", f"WHERE id = '{stage.release}'"
    settings = [setting.partition("=") for setting in QUIET]
    cluster.admin(f"UPDATE vault.release SET valid_until = current_date - 2 {of_rival}")
    cluster.admin("".join(f"ALTER FUNCTION {expire} RESET {name};" for name, _, _ in settings))
    try:
        with mine(cluster, stage) as cursor:
            cursor.execute(NOISY)
            assert messages(cursor, f"SELECT FROM {expire}") > 3
    finally:
        cluster.admin("".join(f"ALTER FUNCTION {expire} SET {name} = {value};" for name, _, value in settings))
        cluster.admin(f"UPDATE vault.release SET valid_until = '2099-12-31' {of_rival}")


def test_no_counter_moves(cluster, stage):
    """What one's own transaction has read is counted for no table, whatever is asked to be counted."""
    with mine(cluster, stage) as cursor:
        for source in sources(stage):
            cursor.execute(f"SELECT count(*) FROM {source}")
        cursor.execute(
            "SELECT sum(seq_scan + coalesce(idx_scan, 0) + n_tup_upd + n_tup_del) FROM pg_stat_xact_all_tables "
            "WHERE schemaname LIKE 'vault%'"
        )
        assert cursor.fetchone() == (0,)
        assert "42501" in told(cursor, "SET track_counts = on")
        assert "42501" in told(cursor, "SET track_activities = on")


def test_no_key_is_the_callers_to_choose(cluster, stage):
    """A key that is taken would tell of itself: ids of deliveries, numbers and ids of releases are the store's."""
    owner = cluster.connect("vault_owner")
    with owner, owner.cursor() as cursor:
        cursor.execute(
            "SELECT p.oid::regprocedure::text FROM pg_proc p WHERE pronamespace = 'vault'::regnamespace "
            "AND has_function_privilege('vault_app', p.oid, 'EXECUTE') AND prosrc ~ 'INSERT INTO'"
        )
        makes = {name for (name,) in cursor.fetchall()}
    owner.close()
    assert makes == {
        "vault.open_load()", "vault.add_summary(uuid,bytea)", "vault.delivery_put(date,bytea,interval)",
        "vault.release_prepare(text,jsonb)", "vault.release_remind(uuid,text,text)",
    }  # fmt: skip


def test_estimates_know_of_no_value(cluster, stage):
    """After ANALYZE by the administrator a value that the rival has and one that nobody has are expected alike."""
    cluster.admin("ANALYZE")
    with mine(cluster, stage) as cursor:
        for source, conditions in sources(stage).items():
            expected = []
            for condition in conditions:
                cursor.execute(f"EXPLAIN (FORMAT JSON) SELECT FROM {source} WHERE {condition}")
                found = cursor.fetchone()[0][0]["Plan"]
                expected.append([(node["Node Type"], node["Plan Rows"]) for node in nodes(found)])
            assert expected[0] == expected[1], source
