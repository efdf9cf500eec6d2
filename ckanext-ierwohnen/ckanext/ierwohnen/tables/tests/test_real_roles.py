"""Proposed roles on real office tables, against what the columns are; prints precision and recall by role."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from ckanext.ierwohnen.tables.check import check_table
from ckanext.ierwohnen.tables.periods import parse_period
from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.tables.roles import ColumnRole, propose_roles
from ckanext.ierwohnen.tables.tests.real_places import real_levels

FILES = ("expected_roles", "held_out_roles")
EXPECTED = {name: yaml.safe_load((Path(__file__).parent / f"{name}.yaml").read_text("utf-8")) for name in FILES}


@dataclass(frozen=True)
class Judged:
    """One column: what it is, what was proposed, whether that is right in all its details."""

    path: str
    column: str
    expected: str
    proposed: ColumnRole
    right: bool


@pytest.fixture(scope="module", params=FILES)
def judged(request, real_data) -> list[Judged]:
    places = real_levels(real_data)
    found = []
    for entry in EXPECTED[request.param]:
        hints = {"sheet": entry.get("sheet")}
        table = read_table(real_data / entry["path"], Path(entry["path"]).name, hints)
        known = dict(entry["columns"])
        if "last" in entry:
            known[table.names[-1]] = entry["last"]
        assert set(known) <= set(table.names), (entry["path"], set(known) - set(table.names))
        for role in propose_roles(table, places):
            expected = known.get(role.column) or entry["rest"]
            right = any(_fits(role, one) for one in expected.split("|"))
            place = " ".join([entry["path"], entry.get("sheet", "")])
            found.append(Judged(place, role.column, expected, role, right))
    return found


def test_at_least_95_of_100_columns_get_their_role_and_no_key_is_wrong(judged, capsys):
    with capsys.disabled():
        _print(judged)
    assert [j for j in judged if j.proposed.role == "key" and not j.right] == []
    assert sum(j.right for j in judged) / len(judged) >= 0.95


@pytest.mark.parametrize(
    ("path", "system", "found", "units", "errors"),
    [
        ("jena/hh_priv.csv", "jena", 41, 41, 0),
        ("berlin_lor/mss2021_jascha/einwohnerbestand_06-2022_plr.csv", "berlin-2021", 542, 542, 0),
        ("berlin_lor/plr_tesch/eigentumskonzentration/eigentumskonzentration_2022.csv", "berlin-2021", 542, 542, 0),
    ],
)
def test_real_keys_fit_their_boundary_date(real_data, path, system, found, units, errors):
    table = read_table(real_data / path, Path(path).name)
    places = real_levels(real_data)
    report = check_table(table, propose_roles(table, places), places)
    fit = next(fit for fit in report.fits if fit.chosen)
    assert (fit.system, fit.found, fit.units, report.errors) == (system, found, units, errors)


def _fits(role: ColumnRole, expected: str) -> bool:
    name, *details = expected.split()
    if role.role != name:
        return False
    for detail in details:
        if detail == "@name":
            period = parse_period(role.column)
            if period is None or role.period != period.text:
                return False
        elif detail.startswith("@"):
            if role.period != detail[1:]:
                return False
        elif detail.startswith("#"):
            if role.code != detail[1:]:
                return False
        elif detail not in (role.level, role.system):
            return False
    return True


def _print(judged: list[Judged]) -> None:
    wanted = Counter(str(j.proposed.role) if j.right else j.expected.split()[0].split("|")[0] for j in judged)
    given = Counter(j.proposed.role for j in judged)
    right = Counter(j.proposed.role for j in judged if j.right)
    tables = len({j.path for j in judged})
    print(f"\n{len(judged)} columns of {tables} tables, right: {100 * sum(right.values()) / len(judged):.1f} %")
    for role in sorted(wanted | given):
        precision = right[role] / given[role] if given[role] else 1.0
        recall = right[role] / wanted[role] if wanted[role] else 1.0
        print(f"  {role:<12} precision {precision:.3f}  recall {recall:.3f}  ({wanted[role]} columns)")
    for j in judged:
        if not j.right:
            print(f"  wrong: {j.path} “{j.column}”: {j.expected} ← {j.proposed.role} ({j.proposed.reason})")
