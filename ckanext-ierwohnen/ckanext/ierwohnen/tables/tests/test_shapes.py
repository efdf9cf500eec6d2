"""Generated tables in all shapes of offices, from the file to the readings: each value comes back for its unit, date
and class, or the table says what is unclear.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from ckanext.ierwohnen.tables.check import CheckReport, CheckRun
from ckanext.ierwohnen.tables.code_lists import normal
from ckanext.ierwohnen.tables.load import convert_chunk, load_plan
from ckanext.ierwohnen.tables.office_table import OfficeTable
from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.tables.roles import ColumnRole, propose_roles
from ckanext.ierwohnen.tables.tests.office_shapes import Key, Shape, shape

FACTOR = float(os.environ.get("IERWOHNEN_FUZZ", "1"))  # 10 for ten times as many tables


def test_each_value_comes_back_for_its_unit_date_and_class():
    understood = 0
    tables = range(round(120 * FACTOR))
    for seed in tables:
        made = shape(seed)
        understood += judge(made)
    assert understood >= 0.95 * len(tables)  # the others ask


def judge(made: Shape) -> bool:
    """Whether all values came back; raises AssertionError if one is wrong or lost in silence."""
    table = read_table(made.data, made.filename)
    roles = propose_roles(table, [made.level])
    found, report = readings(table, roles, made)
    asked = [p for p in report.problems if p.severity != "hint"]
    missing = 0
    for key, value in made.truth.items():
        matches = [number for known, number in found if _same(known, key)]
        missing += not matches
        for number in matches:
            assert number == value, (made.told, key, value, matches, [p.code for p in asked])
    assert not missing or asked, (made.told, missing, table.names, [(r.column, r.role) for r in roles])
    return not missing


def readings(table: OfficeTable, roles: list[ColumnRole], made: Shape) -> tuple[list[tuple[Key, float]], CheckReport]:
    """All readings of a table as they would be published, and the report."""
    run = CheckRun(table, roles, [made.level])
    plan = load_plan(table, roles, [made.level])
    found = [
        entry
        for chunk in table.chunks()
        for entry in _melted(convert_chunk(chunk, plan, run.take(chunk)).to_pylist(), plan.fields)
    ]
    return found, run.report()


def _melted(rows: list[dict], fields) -> Iterator[tuple[Key, float]]:
    by_role: dict[str, list] = {}
    for one in fields:
        by_role.setdefault(str(one.role.role), []).append(one)
    for row in rows:
        unit = next((row[f.name] for f in by_role.get("key", ())), None)
        when = next((row[f.name] for f in by_role.get("period", ())), None)
        kind = next((row[f.name] for f in by_role.get("dimension", ())), None)
        for value in by_role.get("indicator", ()):
            if unit is not None and row[value.name] is not None:
                known = (unit, value.role.period or when, kind or value.role.code, value.column)
                yield known, float(row[value.name])


def _same(known: Key, wanted: Key) -> bool:
    unit, when, kind, figure = wanted
    if known[0] != unit or (when is not None and known[1] != when):
        return False
    if figure is not None and normal(figure) not in normal(str(known[3])):
        return False
    return kind is None or kind in str(known[2]) or kind in str(known[3])
