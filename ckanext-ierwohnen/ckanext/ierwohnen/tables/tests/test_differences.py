"""Differences between two states of a table, counted and in plain sentences."""

from __future__ import annotations

import random
import re
from dataclasses import replace

import pyarrow as pa
import pytest

from ckanext.ierwohnen.tables.difference_words import sentences
from ckanext.ierwohnen.tables.differences import State, StateColumn, compare
from ckanext.ierwohnen.tables.jumps import Step, jumps

COLUMNS = (
    StateColumn("Nr", "Nr", "key", level="quarter", special=("00",)),
    StateColumn("Stadtteil", "Stadtteil", "name"),
    StateColumn("Stichtag", "Stichtag", "period"),
    StateColumn("Wohnungen", "Wohnungen", "indicator", indicator="dwellings"),
    StateColumn("Leerstand", "Leerstand in %", "indicator"),
    StateColumn("Leerstand_status", "Leerstand_status", "status", status_of="Leerstand"),
)
ROWS = [
    ["00", "Stadt", "2025-12-31", "5220", "8.7", None],
    ["11", "Altstadt", "2025-12-31", "1894", "10.9", None],
    ["12", "Schlossvorstadt", "2025-12-31", "1402", None, "secret"],
    ["13", "Bahnhofsvorstadt", "2025-12-31", "1924", "7.9", None],
]


def state(rows=ROWS, columns=COLUMNS) -> State:
    names = [column.name for column in columns]
    values = list(zip(*rows, strict=True)) if rows else [[] for _ in names]
    return State(
        columns, len(rows), pa.table({n: pa.array(v, pa.string()) for n, v in zip(names, values, strict=True)})
    )


def changed(row: int, column: int, value: str | None, rows=ROWS):
    copy = [list(one) for one in rows]
    copy[row][column] = value
    return copy


def said(old: State, new: State, locale: str = "de") -> list[str]:
    return [one.text for one in sentences(compare(old, new).as_dict(), new.row_count, 1, locale)]


def test_the_same_table_has_no_difference():
    assert compare(state(), state()).none
    assert said(state(), state()) == ["Kein Unterschied zu Stand 1."]
    assert said(state(), state(), "en") == ["No difference from version 1."]


def test_the_first_state_says_how_many_rows():
    assert [one.text for one in sentences(None, 1894, None)] == ["Erster veröffentlichter Stand: 1\u202f894 Zeilen."]


def test_a_unit_that_is_missing_is_named_and_special_keys_are_no_units():
    texts = said(state(), state([row for row in ROWS if row[0] not in ("12", "00")]))
    assert "Eine Einheit fehlt: Schlossvorstadt (12)." in texts
    assert "2 Zeilen statt 4: 2 weniger." in texts
    assert "Eine Einheit ist dazugekommen: Schlossvorstadt (12)." in said(state([*ROWS[:2], ROWS[3]]), state())


def test_a_changed_value_is_named_with_both_figures():
    assert said(state(), state(changed(1, 3, "1901"))) == [
        "Einer von 8 verglichenen Werten ist geändert: Altstadt (11), Wohnungen, 31.12.2025: 1\u202f894 → 1\u202f901."
    ]


def test_a_sign_that_becomes_a_number_is_a_change_and_one_written_otherwise_is_none():
    revealed = changed(2, 4, "6.1", changed(2, 5, None))
    found = compare(state(), state(revealed))
    assert found.values_changed == 1
    assert found.values[0]["before"] == {"value": None, "status": "secret"}
    assert ". → 6,1" in said(state(), state(revealed))[0]
    assert compare(state(), state(changed(1, 4, "10.90"))).none


def test_a_new_year_is_a_new_period_and_no_changed_value():
    rows = [[*row[:2], "2026-12-31", *row[3:]] for row in changed(1, 4, "10.7", changed(1, 3, "1899"))]
    texts = said(state(), state(rows))
    assert texts == ["Neu: 31.12.2026.", "Nicht mehr enthalten: 31.12.2025."]


def test_columns_added_removed_renamed_and_their_roles():
    renamed = (*COLUMNS[:3], replace(COLUMNS[3], name="Wohneinheiten", label="Wohneinheiten"), *COLUMNS[4:])
    assert said(state(), state(ROWS, renamed)) == ["Spalte „Wohnungen“ heißt jetzt „Wohneinheiten“."]
    other = (
        *COLUMNS[:3],
        replace(COLUMNS[3], name="Haushalte", label="Haushalte", indicator="households"),
        *COLUMNS[4:],
    )
    assert set(said(state(), state(ROWS, other))) == {"Eine Spalte fehlt: „Wohnungen“.", "Neue Spalte: „Haushalte“."}
    note = (COLUMNS[0], replace(COLUMNS[1], role="note"), *COLUMNS[2:])
    assert "Spalte „Stadtteil“ hat jetzt die Rolle Hinweis, vorher Name." in said(state(), state(ROWS, note))


def test_a_year_in_a_column_of_its_own_is_a_period_not_a_renamed_column():
    wide = [StateColumn(str(year), str(year), "indicator", period=str(year)) for year in (2023, 2024, 2025)]
    old = state([["11", "5", "6"], ["12", "7", "8"]], (COLUMNS[0], *wide[:2]))
    new = state([["11", "6", "7"], ["12", "8", "9"]], (COLUMNS[0], *wide[1:]))
    found = compare(old, new)
    assert (found.periods_added, found.periods_removed) == (["2025"], ["2023"])
    assert found.columns_renamed == [] and found.values_changed == 0 and found.values_compared == 2


def test_rows_that_nothing_tells_apart_are_said_not_to_be_compared():
    twice = [*ROWS, ROWS[1]]
    found = compare(state(), state(twice))
    assert not found.compared
    assert any("nicht verglichen" in text for text in said(state(), state(twice)))


def test_too_many_rows_are_counted_only():
    found = compare(State(COLUMNS, 900_000, None), State(COLUMNS, 910_000, None))
    assert not found.compared and found.rows == (900_000, 910_000)


def many(year: int, value) -> State:
    rows = [[str(n), f"Ort {n}", f"{year}-12-31", str(value(n)), "1", None] for n in range(11, 35)]
    return state(rows)


def test_one_value_of_a_new_year_that_jumps_is_named_with_the_rule_and_its_n():
    dice = random.Random(3)
    grown = {n: 1000 + 10 * n + dice.randint(-12, 12) for n in range(11, 35)}
    grown[20] *= 10
    found = compare(many(2025, lambda n: 1000 + 10 * n), many(2026, grown.__getitem__))
    assert found.jumps_count == 1
    assert found.jumps[0]["unit"] == "Ort 20 (20)" and found.jumps[0]["n"] == 23
    text = sentences(found.as_dict(), 24, 1)[0]
    assert text.about == "jump"
    assert "Ort 20 (20), Wohnungen: von 1\u202f200 (31.12.2025) auf" in text.text and "n = 23" in text.text


def test_a_common_growth_is_no_jump():
    dice = random.Random(5)
    found = compare(many(2025, lambda n: 100 * n), many(2026, lambda n: round(n * dice.uniform(110, 145))))
    assert found.jumps_count == 0 and found.alike == []


def test_with_few_units_nothing_is_judged():
    rows = [[*row[:2], "2026-12-31", str(int(row[3]) * (10 if row[0] == "11" else 1)), *row[4:]] for row in ROWS]
    assert compare(state(), state(rows)).jumps_count == 0


@pytest.mark.parametrize(("last", "expected"), [(140.0, 1), (112.0, 0)])
def test_a_series_is_judged_by_its_own_steps(last, expected):
    own = (100.0, 101.0, 103.0, 102.0, 104.0, 105.0, 107.0, 108.0)
    found = jumps([Step("m", ("11",), own[-1], last, "2024", "2025", own)])
    assert len(found) == expected
    assert all((one.against, one.n) == ("own", 7) for one in found)


@pytest.mark.parametrize("year", [2025, 2026], ids=["stated anew", "added"])
@pytest.mark.parametrize(
    "value, kind, words",
    [
        (lambda n: 1000 * n, "factor", "das 10-fache"),
        (lambda n: 210 * n, "factor", "das 2,1-fache"),
        (lambda n: round(195.583 * n), "factor", "D-Mark"),
        (lambda n: (150 + 3 * n) * n, "more", "anderthalbmal"),
        (lambda n: 0.1 * n, "factor", "das 0,001-fache"),
        (lambda n: (70 - n) * n, "less", "zwei Drittel"),
        (lambda n: 0, "zero", "sind 0"),
        (lambda n: "", "sign", "noch eine Zahl"),
        (lambda n: 100 * n * (1000 if n % 2 else 1.01), "part", "12 von 24"),
        (lambda n: 5000 if n == 20 else 101 * n, None, ""),
        (lambda n: 102 * n + n % 7, None, ""),
    ],
    ids=["times ten", "twice", "marks", "half more", "thousandth", "fewer", "zeros", "signs", "half thousands",
         "one jumps", "growth"],
)  # fmt: skip
def test_values_that_all_change_alike_are_told(year, value, kind, words):
    found = compare(many(2025, lambda n: 100 * n), many(year, value))
    assert [one["kind"] for one in found.alike] == ([kind] if kind else [])
    if kind:
        told = [one.text for one in sentences(found.as_dict(), 24, 1) if one.about == "alike"]
        assert len(told) == 1 and re.search(words, told[0]) and str(found.alike[0]["n"]) in told[0]


def series(value, *years: int) -> State:
    rows = [
        [str(n), f"Ort {n}", f"{year}-12-31", str(value(n, year)), "1", None] for year in years for n in range(11, 35)
    ]
    return state(rows)


def rent(n: int, year: int) -> float:
    return round(6 + n / 7 + (year - 2020) * 0.2 + (n * year % 5) / 50, 2)


@pytest.mark.parametrize(
    "value, kind",
    [
        (rent, None),
        (lambda n, year: rent(n, 2023), "same"),
        (lambda n, year: rent(n, 2021), "same"),
        (lambda n, year: round(rent(n, year) * (1.25 + n % 4 / 20), 2), "shift"),
    ],
    ids=["next year", "last year again", "an earlier year again", "with heating"],
)
@pytest.mark.parametrize("whole", [False, True], ids=["added", "replaced"])
def test_last_years_figures_or_another_measure_are_told_by_the_series(value, kind, whole):
    years = range(2021 if whole else 2024, 2025)
    after = series(lambda n, year: value(n, year) if year == 2024 else rent(n, year), *years)
    found = compare(series(rent, 2021, 2022, 2023), after)
    assert [one["kind"] for one in found.alike] == ([kind] if kind else [])


def test_figures_that_stay_for_years_are_told_the_first_time_only():
    old, new = series(lambda n, year: 10 * n, 2022), series(lambda n, year: 10 * n, 2023)
    assert [one["other"] for one in compare(old, new).alike] == ["2022-12-31"]
    assert compare(series(lambda n, year: 10 * n, 2021, 2022), new).alike == []


def test_chance_alone_hardly_ever_jumps():
    """Of 20,000 steps that are chance alone, of small and large counts, fewer than one in a hundred stands out."""
    import numpy as np

    rng = np.random.default_rng(1)
    size = rng.integers(20, 5_000, 20_000)
    steps = [
        Step("m", (n,), float(a), float(b), "2024", "2025")
        for n, (a, b) in enumerate(zip(rng.poisson(size), rng.poisson(size), strict=True))
    ]
    assert len(jumps(steps)) < 200
