"""The promise: each value comes back equal, or the cell is reported. Never a wrong number in silence."""

from __future__ import annotations

import os

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ckanext.ierwohnen.tables.cells import TYPED_NUMBER, NumberStyle, parse_cell
from ckanext.ierwohnen.tables.check import CheckReport, CheckRun, check_table
from ckanext.ierwohnen.tables.columns_of_text import content_of
from ckanext.ierwohnen.tables.convert import _plain, convert_numbers
from ckanext.ierwohnen.tables.load import convert_chunk, load_plan
from ckanext.ierwohnen.tables.plain_numbers import mostly_plain, plain_numbers
from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.tables.roles import ColumnRole, propose_roles
from ckanext.ierwohnen.tables.tests.mutations import mutant, mutated_bytes
from ckanext.ierwohnen.tables.tests.office_tables import Truth, generate
from ckanext.ierwohnen.tables.unreadable import TableUnreadable

FACTOR = float(os.environ.get("IERWOHNEN_FUZZ", "1"))  # 10 for ten times as many tables
EXAMPLES = round(200 * FACTOR)
WHOLE_ROW = {"ragged_row", "longer_row", "row_shifted", "duplicate_key"}
TOLD = {"several_tables", "tables_beside", "other_sheets"}


def seeds(count: int) -> range:
    """So many seeds, more or fewer by the environment."""
    return range(round(count * FACTOR))


def test_each_value_comes_back_equal_or_is_reported():
    for seed in seeds(800):
        made = generate(seed)
        table = read_table(made.data, made.filename)
        assert table.names[:2] == made.columns[:2], made.told
        roles = [ColumnRole(name, "indicator") for name in made.columns[2:]]
        report = check_table(table, roles)
        told = _told(report)
        found = _loaded(table, roles, report)
        for place, truth in made.cells.items():
            if place not in told:
                _compare(truth, found[place], (seed, place, made.told))


def test_mutated_tables_lose_and_change_nothing_in_silence():
    for seed in seeds(700):
        made = mutant(seed)
        try:
            table = read_table(made.data, made.filename)
        except TableUnreadable as error:
            assert error.message("de"), made.told
            continue
        values = sorted({column for _, column in made.truth})
        names = {value: _column(table.names, value) for value in values}
        roles = [ColumnRole(name, "indicator") for name in names.values() if name]
        report = check_table(table, roles)
        problems = [*report.problems, *getattr(table.body, "problems", [])]
        elsewhere = {problem.code for problem in problems} & TOLD
        assert all(names.values()) or elsewhere, (made.told, table.names)
        wide = {problem.column for problem in problems if problem.row is None and problem.severity != "hint"}
        rows = {problem.row for problem in problems if problem.code in WHOLE_ROW}
        told = _told(report)
        found, keys = _loaded(table, roles, report), _keys(table)
        lost = {key for key, _ in made.truth} - set(keys)
        assert not lost or rows or elsewhere, (made.told, lost)
        for (key, column), truth in made.truth.items():
            name, row = names[column], keys.get(key)
            if row is None or name is None or row in rows or (row, name) in told or name in wide:
                continue
            _compare(truth, found[row, name], (made.told, key, column))


def test_mutated_bytes_are_a_table_or_refused_in_words():
    for seed in seeds(400):
        made = generate(seed)
        data = mutated_bytes(made.data, seed)
        try:
            table = read_table(data, made.filename)
        except TableUnreadable as error:
            assert error.message("de") and error.message("en")
            continue
        report = check_table(table, propose_roles(table))
        assert report.rows == sum(len(chunk) for chunk in table.chunks()), seed
        assert all(problem.message("de") for problem in report.problems), seed


def test_keys_come_back_with_their_zeros_and_no_other_column_is_taken_for_one():
    for seed in seeds(120):
        made = generate(10_000 + seed)
        table = read_table(made.data, made.filename)
        assert made.level is not None
        roles = propose_roles(table, [made.level])
        assert [role.column for role in roles if role.role == "key"] == ["Schlüssel"], made.told
        plan = load_plan(table, roles, [made.level])
        chunk = next(table.chunks())
        batch = convert_chunk(chunk, plan, CheckRun(table, roles, [made.level]).take(chunk))
        assert batch.column("Schlüssel").to_pylist() == list(made.keys.values())


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True)
@given(st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
@example(b"\xff\xfe")
@example(b'a;b\n1;"2')
@example(b"PK\x03\x04")
@example(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
def test_any_bytes_are_a_table_or_refused_in_words(data: bytes):
    try:
        table = read_table(data, "datei.csv")
    except TableUnreadable as error:
        assert error.message("de") and error.message("en")
        return
    roles = propose_roles(table)
    report = check_table(table, roles)
    assert report.rows == sum(len(chunk) for chunk in table.chunks())
    assert all(problem.message("de") for problem in report.problems)


_CELLS = st.text(alphabet="0123456789.,- '()%prsx/…€²\u202f−+eE", max_size=12) | st.sampled_from(
    ["1.234", "1,234", "-", "0", "12 %", "(1,5)", "007", "1e5", "-0", "+5", "1.234.567,8", "1 234", "\ue0005,7"]
)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(_CELLS, max_size=30), st.sampled_from([",", ".", None]), st.booleans(), st.booleans())
def test_whole_columns_are_read_as_single_cells_are(cells: list[str], decimal: str | None, sure: bool, groups: bool):
    style = NumberStyle(decimal, sure, groups)
    numbers = convert_numbers(pa.array(cells, pa.string()), style)
    for cell, value, status in zip(cells, numbers.values.to_pylist(), numbers.statuses.to_pylist(), strict=True):
        one = parse_cell(cell, style)
        assert (None if value is None else float(value)) == one.value, cell
        assert (status or "ok") == one.status, cell


@settings(max_examples=5 * EXAMPLES, deadline=None, derandomize=True)
@given(
    st.lists(st.text(alphabet="012.,-", min_size=1, max_size=9) | st.sampled_from(["1.234.567,8", "-12.345", "1,234"]),
             min_size=1, max_size=3),
    st.sampled_from([",", ".", None]), st.booleans(), st.booleans(),
)  # fmt: skip
def test_columns_of_plain_numbers_are_told_by_their_bytes_as_by_the_patterns(cells, decimal, sure, groups):
    style = NumberStyle(decimal, sure, groups)
    text = pa.array(["x", *cells], pa.string()).slice(1)
    content = content_of(text)
    found = plain_numbers(text, content, style)
    canonical, plain = _plain(text, content, style)
    if found is not None:
        assert plain.to_pylist() == [True] * len(cells)
        assert found[0].to_pylist() == canonical.to_pylist()
        assert found[1].to_pylist() == [float(number) for number in canonical.to_pylist()]
    elif all(plain.to_pylist()):
        grouped = {",": ".", ".": ","}.get(decimal or "", "\x00")
        assert (not sure and (decimal or "") in "".join(cells)) or (not groups and grouped in "".join(cells))
    beside = pa.array(["x", *cells, "", "x", ".", "-", "5p", *["1"] * 40], pa.string()).slice(1)
    canonical, plain = _plain(beside, content_of(beside), style)
    if few := mostly_plain(beside, style):
        assert few[1].to_pylist() == plain.to_pylist()
        assert few[0].filter(plain).to_pylist() == canonical.filter(plain).to_pylist()


def _told(report: CheckReport) -> set[tuple[int, str | None]]:
    """The cells that an error names: publishing is refused until somebody has looked at them."""
    errors = [problem for problem in report.problems if problem.severity == "error" and problem.row]
    return {(row, p.column) for p in errors for row in range(p.row or 0, (p.last_row or p.row or 0) + 1)}


def _loaded(table, roles, report) -> dict[tuple[int, str], tuple[float | None, str]]:
    """(row number, column) → (value, status) as it would stand in the store."""
    found = {}
    for chunk in table.chunks():
        for role in roles:
            column = chunk.columns[table.names.index(role.column)]
            numbers = convert_numbers(column, report.styles[role.column], zero=report.zero[role.column])
            cells = zip(chunk.rows.tolist(), numbers.values.to_pylist(), numbers.statuses.to_pylist(), strict=True)
            for row, value, status in cells:
                found[row, role.column] = (None if value is None else float(value), status or "ok")
    return found


def _compare(truth: Truth, found: tuple[float | None, str], about: object) -> None:
    value, status = found
    assert status == truth.status, (about, truth, found)
    assert value == pytest.approx(truth.value, abs=1e-12), (about, truth, found)


def _column(names: list[str], value: str) -> str | None:
    """The column of a figure; its name may have parts of further header rows."""
    return next((name for name in names if value in name.split(" – ")), None)


def _keys(table) -> dict[str, int]:
    """Row number of each key, wherever it stands."""
    return {
        cell.lstrip(TYPED_NUMBER).strip(): row.number
        for row in reversed(list(table.rows()))
        for cell in row.cells
        if len(cell) == 3 and cell.isdigit() and cell.startswith("0")
    }
