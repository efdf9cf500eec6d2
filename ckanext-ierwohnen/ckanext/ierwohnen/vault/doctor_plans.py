"""What plans tell on a living store: of no table, and of others' versions the same as of none."""

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
