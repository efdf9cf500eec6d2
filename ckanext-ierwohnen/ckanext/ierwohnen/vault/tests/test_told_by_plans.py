"""What `EXPLAIN (ANALYZE)` tells whoever has a role's password and no capability: the same, whatever is asked for.

Policies are not asked before conditions that cannot leak by themselves: without a gate the plan says whether a row met
them, and any value can be found by asking often enough.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest

from ckanext.ierwohnen.vault import deliveries
from ckanext.ierwohnen.vault.loading import delete_stock, load_stock

from .stock import YEAR_END, batches, company

STREET = "Kanarienvogelgasse"
SHAPES = (
    "SELECT FROM {t} WHERE {c}",
    "SELECT count(*) FROM {t} WHERE {c}",
    "SELECT count(*) FILTER (WHERE {c}) FROM {t}",
    "SELECT EXISTS (SELECT FROM {t} WHERE {c})",
    "SELECT FROM generate_series(1, 2) g WHERE EXISTS (SELECT FROM {t} WHERE {c})",
    "SELECT FROM generate_series(1, 2) g WHERE NOT EXISTS (SELECT FROM {t} WHERE {c})",
    "SELECT FROM generate_series(1, 2) g LEFT JOIN {t} ON {c}",
    "SELECT FROM {t} LEFT JOIN generate_series(1, 2) g ON true WHERE {c}",
    "SELECT FROM generate_series(1, 2) g JOIN LATERAL (SELECT FROM {t} WHERE {c} LIMIT g) x ON true",
    "SELECT FROM {t} WHERE {c} AND ctid = '(0,1)'",
    "SELECT FROM {t} TABLESAMPLE SYSTEM (100) WHERE {c}",
    "SELECT FROM {t} WHERE {c} UNION ALL SELECT",
    "WITH x AS MATERIALIZED (SELECT FROM {t} WHERE {c}) SELECT count(*) FROM x",
    "WITH RECURSIVE r AS (SELECT 1 n UNION ALL SELECT n + 1 FROM r, {t} WHERE {c} AND n < 3) SELECT FROM r",
)
CHANGING = (
    "SELECT FROM {t} WHERE {c} FOR UPDATE",
    "DELETE FROM {t} WHERE {c}",
    "UPDATE {t} SET state = 'failed' WHERE {c} RETURNING 1",
)
WAYS = {
    "as it comes": (),
    "by index": ("enable_seqscan", "enable_bitmapscan"),
    "by bitmap": ("enable_seqscan", "enable_indexscan", "enable_indexonlyscan"),
    "by reading all": ("enable_indexscan", "enable_indexonlyscan", "enable_bitmapscan", "enable_hashjoin"),
    "without pruning": ("enable_partition_pruning", "enable_hashjoin", "enable_mergejoin"),
}


@pytest.fixture(scope="module")
def asked(store) -> dict[str, tuple[str, str]]:
    """Table → a condition that one of a company's rows meets, and one that none meets."""
    org, clerk = company()
    version = load_stock(store, clerk, org, YEAR_END, batches(50, street=STREET), purpose="why").version
    earlier = dt.date(2023, 12, 31)
    load_stock(store, clerk, org, earlier, batches(3), purpose="why")
    delete_stock(store, clerk, org, earlier, purpose="why")
    delivery = deliveries.put(store, clerk, org, YEAR_END, b"rows")[0]
    of, nobody = f"organization = '{org}'", f"organization = '{org[:-1]}#'"
    return {
        "vault.stock": (f"street = '{STREET}' AND floor <= 0", f"street = '{STREET[:-1]}#' AND floor <= 0"),
        "(SELECT * FROM vault.stock WHERE vacant)": (f"version = '{version}' AND dwelling = 'W000010'",
                                                     f"version = '{version}' AND dwelling = 'X000010'"),
        "vault.summary": (r"content >= '\x00'", r"content >= '\xff'"),
        "vault.own_version": (f"id = '{version}'", "id = '00000000-0000-4000-8000-000000000000'"),
        "vault.own_ledger": (f"{of} AND number = 1", f"{nobody} AND number = 1"),
        "vault.own_ledger_head": (of, nobody),
        "vault.own_deletion": (of, nobody),
        "vault.own_delivery": (f"id = '{delivery}'", "id = '00000000-0000-4000-8000-000000000000'"),
    }  # fmt: skip


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


def plan(hand: Any, sql: str, off: tuple[str, ...]) -> dict[str, Any]:
    """The plan as it ran, without what the condition is about."""
    try:
        with hand.cursor() as cursor:
            for setting in off:
                cursor.execute(f"SET LOCAL {setting} = off")
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS OFF, TIMING OFF, SUMMARY OFF, FORMAT JSON) {sql}")
            (found,) = cursor.fetchone()
    finally:
        hand.rollback()
    for node in nodes(found[0]["Plan"]):
        for name in ("Filter", "Index Cond", "Recheck Cond", "Join Filter", "TID Cond"):
            node.pop(name, None)
    return found[0]["Plan"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("role", ["vault_app", "vault_engine"])
def test_a_plan_is_the_same_whether_there_is_such_a_row_or_not(cluster, asked, role, way):
    hand = cluster.connect(role)
    tried = 0
    for table, conditions in asked.items():
        if role == "vault_engine" and not table.endswith(("vacant)", ".stock", ".own_version")):
            continue
        named = f"{table} t" if table.startswith("(") else table
        changing = table == "vault.own_delivery"
        for shape in (*SHAPES, *(CHANGING if changing else ())):
            if table.startswith("(") and ("TABLESAMPLE" in shape or "ctid" in shape):
                continue
            hit, miss = (plan(hand, shape.format(t=named, c=c), WAYS[way]) for c in conditions)
            assert hit == miss, (table, shape)
            read = [n for n in nodes(hit) if "Relation Name" in n and n["Node Type"] != "ModifyTable"]
            assert read, (table, shape)
            assert not any(node["Actual Loops"] for node in read), (table, shape, json.dumps(hit))
            tried += 1
    assert tried > 30
    hand.close()


def test_nor_does_a_merge_tell(cluster, asked):
    """As text: PostgreSQL 15 writes no valid JSON of its plan."""
    plans = set()
    for condition in asked["vault.own_delivery"]:
        hand = cluster.connect("vault_app")
        with hand.cursor() as cursor:
            cursor.execute(
                "EXPLAIN (ANALYZE, BUFFERS OFF, TIMING OFF, SUMMARY OFF) MERGE INTO vault.own_delivery "
                f"USING generate_series(1, 2) g ON {condition} WHEN MATCHED THEN DELETE"
            )
            plans.add("\n".join(line for (line,) in cursor.fetchall() if "'" not in line))
        hand.close()
    assert len(plans) == 1
    (told,) = plans
    assert all("never executed" in line for line in told.splitlines() if "Scan" in line) and "Scan" in told


def test_without_the_gate_such_a_plan_reads(cluster, asked):
    """The measure of the test above."""
    cluster.admin("ALTER POLICY own ON vault.own_ledger USING (organization = ANY ((SELECT vault.visible())::text[]))")
    hand = cluster.connect("vault_app")
    try:
        hit = plan(hand, f"SELECT FROM vault.own_ledger WHERE {asked['vault.own_ledger'][0]}", WAYS["by reading all"])
        assert [node["Actual Loops"] for node in nodes(hit) if "Relation Name" in node] == [1]
    finally:
        hand.close()
        cluster.admin(
            "ALTER POLICY own ON vault.own_ledger USING ((SELECT cardinality(vault.visible()) > 0) "
            "AND organization = ANY ((SELECT vault.visible())::text[]))"
        )


def test_no_key_that_is_taken_already_tells_of_itself(cluster, asked):
    """Whoever may not write is refused before the store compares with what is there."""
    told = set()
    for id in (asked["vault.own_delivery"][0].split("'")[1], "00000000-0000-4000-8000-000000000000"):
        for clash in ("", "ON CONFLICT DO NOTHING"):
            hand = cluster.connect("vault_app")
            with pytest.raises(psycopg2.Error) as refused, hand.cursor() as cursor:
                cursor.execute(
                    "INSERT INTO vault.own_delivery (id, organization, reader, reference_date) "
                    f"VALUES ('{id}', 'x', 'x', '2024-12-31') {clash}"
                )
            told.add((refused.value.pgcode, refused.value.diag.message_primary, refused.value.diag.message_detail))
            hand.close()
    assert len(told) == 1


def test_estimates_know_of_no_value(cluster, asked):
    """After ANALYZE by the administrator a value that many have and one that nobody has are expected alike."""
    cluster.admin("ANALYZE")
    hand = cluster.connect("vault_app")
    for table, conditions in asked.items():
        named = f"{table} t" if table.startswith("(") else table
        told = []
        for condition in conditions:
            with hand.cursor() as cursor:
                cursor.execute(f"EXPLAIN (FORMAT JSON) SELECT FROM {named} WHERE {condition}")
                (found,) = cursor.fetchone()
            told.append([(node["Node Type"], node["Plan Rows"]) for node in nodes(found[0]["Plan"])])
        assert told[0] == told[1], table
    hand.close()
