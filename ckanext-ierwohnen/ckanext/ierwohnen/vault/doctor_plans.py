"""What plans and messages tell on a living store: of no table, and of others' versions the same as of none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ckanext.ierwohnen.vault.store import Cursor

NOBODYS = "00000000-0000-4000-8000-000000000000"
_READING = {
    "own_stock": "('{{{version}}}', '{{dwelling}}') AS stock (dwelling text)", "own_summary": "('{version}')",
    "own_version": "()", "own_deletion": "()", "own_ledger": "()", "own_ledger_head": "()", "own_delivery": "()",
}  # fmt: skip
# Each function says this for itself: a session may ask for messages about all statements, with their values.
QUIET = ("client_min_messages=error", "debug_print_parse=off", "debug_print_rewritten=off", "debug_print_plan=off")
NOISY = (
    "SET LOCAL client_min_messages = log; SET LOCAL plan_cache_mode = force_custom_plan; "
    "SET LOCAL debug_print_parse = on; SET LOCAL debug_print_rewritten = on; SET LOCAL debug_print_plan = on"
)
_TRIES = 5  # others work beside: pages that they changed count as well
_VERSIONS = (
    "SELECT array_agg(substr(relname, 3)::uuid::text) FROM (SELECT relname FROM pg_class "
    r"WHERE relnamespace = 'vault_stock'::regnamespace AND relname LIKE 's\_%' ORDER BY random() LIMIT 3) AS drawn"
)


def told_by_plans(cursor: Cursor) -> list[str]:
    """The functions whose plans tell more than that they ran.

    :param cursor: in a transaction with the capability of an organization that has no stock
    """
    versions = cursor.one(_VERSIONS) or []
    return [name for name, asked in _READING.items() if _tells(cursor, f"SELECT FROM vault.{name}{asked}", versions)]


def told_by_messages(cursor: Cursor) -> list[str]:
    """The functions about whose statements a session can have itself told; their own settings, and what some do say.

    :param cursor: in a transaction that is rolled back
    """
    cursor.execute(
        "SELECT proname FROM pg_proc WHERE pronamespace = 'vault'::regnamespace "
        "AND NOT coalesce(proconfig, '{}') @> %s",
        (list(QUIET),),
    )
    found = [str(row[0]) for row in cursor.fetchall()]
    cursor.execute(NOISY)
    of_one = messages(cursor, "SELECT FROM pg_backend_pid()")
    for name, asked in _READING.items():
        if messages(cursor, f"SELECT FROM vault.{name}{asked.format(version=NOBODYS)}") != of_one:
            found.append(name)
    return found


def messages(cursor: Any, sql: str) -> int:
    """How many messages the server sends about a statement."""
    cursor.connection.notices.clear()
    cursor.execute(sql)
    return len(cursor.connection.notices)


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All nodes of a plan."""
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


def _tells(cursor: Cursor, sql: str, versions: list[str]) -> bool:
    for _ in range(_TRIES):
        plans = {version: _plan(cursor, sql.format(version=version)) for version in (*versions, NOBODYS)}
        if any("Relation Name" in node for plan in plans.values() for node in nodes(plan)):
            return True
        told = {json.dumps(plan, sort_keys=True).replace(version, "") for version, plan in plans.items()}
        if len(told) == 1:
            return False
    return True


def _plan(cursor: Cursor, sql: str) -> dict[str, Any]:
    """The plan as it ran; what a first look at the catalogue costs does not count."""
    found = []
    for _ in range(2):
        found = cursor.one(f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF, FORMAT JSON) {sql}")
    return found[0]["Plan"]
