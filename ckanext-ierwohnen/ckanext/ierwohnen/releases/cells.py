"""The cells of a release as readers get them: a figure, or "." – one class, whatever the reason is. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ckanext.ierwohnen.confidential.figures import PRIMARY, PUBLISHED, SECONDARY, figures, with_empty_cells
from ckanext.ierwohnen.confidential.hierarchy import TOTAL
from ckanext.ierwohnen.confidential.microdata import COUNT
from ckanext.ierwohnen.confidential.protection import Outcome
from ckanext.ierwohnen.confidential.tabulate import Table
from ckanext.ierwohnen.look.signs import Status
from ckanext.ierwohnen.releases.catalogue import catalogue
from ckanext.ierwohnen.releases.definition import Definition
from ckanext.ierwohnen.releases.place_tree import PlaceTree, key_of
from ckanext.ierwohnen.releases.records import AREA, RENT, VACANT
from ckanext.ierwohnen.releases.tables_of import DWELLINGS, RATE, RENTS, VACANCIES

OK, SECRET, BLOCKED = "ok", "secret", "blocked"  # words of look.signs
COUNTED = ("shown", "nothing", "blocked", "secret")  # what a cell can be, as a report counts them
MOST = 1_000_000
Value = tuple[float | None, str, str]  # value, status, and why it is kept secret: rules, or SECONDARY


def pattern_of(outcome: Outcome) -> list[list[Any]]:
    """[table, measure, [category …], published] of each place of the new release: what later releases reckon with."""
    model = outcome.model
    return [
        [table, measure, list(categories), not bool(outcome.hidden[cell])]
        for cell, (table, measure, categories) in model.places(model.prepared)
    ]


def cells_of(
    definition: Definition, outcomes: Mapping[str, Outcome], tables: Mapping[str, tuple[Table, ...]], tree: PlaceTree
) -> tuple[list[dict[str, Any]], list[str]]:
    """One entry for each place, category and figure, in the order of places: `level`, `key`, a code for each dimension
    ("Total" over all), `figure`, `value`, `status`.

    :return: the entries, and beside them why each is kept secret ("" if it is not): rules, or "secondary". That never
        goes to readers, see `reasons`
    """
    values = {
        (name, measure): values
        for part, outcome in outcomes.items()
        for name, measure, values in _values(outcome, tables[part])
    }
    dims = [tree.column, *definition.dimensions]
    order = {code: n for n, code in enumerate(tree.hierarchy.codes)}
    named = {place[: len(dims)] for found in values.values() for place in found}
    ranks = [{TOTAL: -1} | {c: n for n, c in enumerate(catalogue().dimensions[d].categories)} for d in dims[1:]]
    places = sorted(named, key=lambda place: (order[place[0]], *(r[c] for r, c in zip(ranks, place[1:], strict=True))))
    cells, whys = [], []
    for place in places:
        for figure in definition.figures:
            value, status, why = _figure(figure, values, place)
            level, key = key_of(place[0])
            codes = dict(zip(definition.dimensions, place[1:], strict=True))
            cells.append({"level": level, "key": key, **codes, "figure": figure, "value": value, "status": status})
            whys.append(why)
    return cells, whys


def _figure(figure: str, values: Mapping[tuple[str, str], Mapping[tuple, Value]], place: tuple[str, ...]) -> Value:
    if figure == DWELLINGS:
        return values[DWELLINGS, COUNT][place]
    if figure == RENT:
        return _ratio(values[RENTS, RENT][place], values[RENTS, AREA][place], 1, figure)
    vacant = values[VACANCIES, COUNT][(*place, VACANT)]
    return vacant if figure == VACANT else _ratio(vacant, values[DWELLINGS, COUNT][place], 100, RATE)


def _ratio(top: Value, bottom: Value, factor: float, figure: str) -> Value:
    if SECRET in (top[1], bottom[1]):
        rules = [one[2] for one in (top, bottom) if one[1] == SECRET]
        return None, SECRET, ", ".join(dict.fromkeys(r for r in rules if r != SECONDARY)) or SECONDARY
    if not bottom[0]:
        return None, BLOCKED, ""
    return round(factor * (top[0] or 0.0) / bottom[0], catalogue().figures[figure].precision), OK, ""


def _values(outcome: Outcome, tables: Sequence[Table]):
    found = figures(outcome)
    measures = tuple(dict.fromkeys(m for t in tables for m in t.measures))
    found = with_empty_cells(found, tuple(tables), measures, MOST)
    for table in tables:
        mine = found[found["table"] == table.name]
        dims = [d.column for d in table.dimensions]
        for measure in table.measures:
            rows = mine[mine["measure"] == measure]
            columns = (rows[name].tolist() for name in (*dims, "value", "status", "rule"))
            yield (
                table.name,
                measure,
                {
                    tuple(key): (value, OK, "")
                    if status == PUBLISHED
                    else (None, SECRET, rule if status == PRIMARY else SECONDARY)
                    for *key, value, status, rule in zip(*columns, strict=True)
                },
            )


def status_of(cell: Mapping[str, Any]) -> Status:
    """The status of a stored cell as readers get it: none of what is counted is the sign for exactly zero."""
    status = Status(cell["status"])
    whole = not catalogue().figures[cell["figure"]].precision
    return Status.NOTHING if status is Status.OK and whole and cell["value"] == 0 else status


def counted(cells: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """Figure → how many cells show a number (`shown`), are empty ("–", `nothing`), have nothing to tell ("x",
    `blocked`), and are kept secret.
    """
    found: dict[str, dict[str, int]] = {}
    for cell in cells:
        status = status_of(cell)
        counts = found.setdefault(cell["figure"], dict.fromkeys(COUNTED, 0))
        counts["shown" if status is Status.OK else str(status)] += 1
    return {name: found[name] for name in sorted(found)}


def is_total(cell: Mapping[str, Any], dimensions: Sequence[str]) -> bool:
    """Whether a cell is the sum over all places and categories."""
    return not cell["level"] and all(cell[name] == TOTAL for name in dimensions)
