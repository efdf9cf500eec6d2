"""Protected tables read back: earlier releases, and tables that somebody else has protected.

What a table shows is taken at its worst: a mean or a rate counts as its numerator and its denominator, and what the
file does not list is not shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from .errors import InputError
from .figures import PERTURBED, PRIMARY, PUBLISHED, SECONDARY
from .gather import Place
from .hierarchy import Hierarchy
from .microdata import COUNT, Microdata
from .reading import clean_columns, numbers, read_csv, require, row_of
from .tabulate import Dimension, Table, tabulate

SECRET = "secret"  # the one word for readers: it does not say why
FIXED = ("table", "measure", "value", "status", "rule")
STATUS = {
    **dict.fromkeys((PUBLISHED, "s", "safe", "p", "e", "z"), PUBLISHED),
    **dict.fromkeys((PRIMARY, "u", "unsafe"), PRIMARY),
    **dict.fromkeys((SECONDARY, "m", "d", SECRET), SECONDARY),
    PERTURBED: PERTURBED,
}
DERIVED = re.compile(r"(mean|median)\((.+)\)")
Ratios = Mapping[str, tuple[str, str]]


@dataclass
class Pattern:
    """What a protected table shows.

    status: by table, measure and categories; values: what was published there; tables: of sums and counts only;
    medians: the published ones (table, value column, categories); words: why a place is hidden, as the file says
    (whether it is sensitive, and the rules), by table, measure as it stands there, and categories.
    """

    name: str
    status: dict[Place, str] = field(default_factory=dict)
    values: dict[Place, float] = field(default_factory=dict)
    medians: set[Place] = field(default_factory=set)
    words: dict[Place, tuple[bool, tuple[str, ...]]] = field(default_factory=dict)
    tables: tuple[Table, ...] = ()

    @property
    def perturbed(self) -> bool:
        """Some of it was published by the cell key method."""
        return PERTURBED in self.status.values()

    def shown(self) -> int:
        """Number of published sums and counts."""
        return sum(s == PUBLISHED for s in self.status.values())


def dimensions_of(path: Path) -> list[str]:
    """The dimension columns of a protected table."""
    return [c for c in read_csv(path).columns if c not in FIXED]


def measures_of(path: Path, ratios: Ratios) -> list[str]:
    """The value columns that a protected table speaks about, those behind means, rates and medians too."""
    frame = read_csv(path)
    found: list[str] = frame["measure"].unique().tolist() if "measure" in frame else []
    terms = [t for m in found for t in _terms(m, ratios)]
    return [m for m in dict.fromkeys(terms) if m != COUNT]


def _terms(measure: str, ratios: Ratios) -> tuple[str, ...]:
    if measure in ratios:
        return ratios[measure]
    derived = DERIVED.fullmatch(measure)
    if derived is None:
        return (measure,)
    return (derived[2], COUNT) if derived[1] == "mean" else (derived[2],)


def read_status(frame: pd.DataFrame, column: str, known: Iterable[str] = STATUS) -> list[str]:
    """Status of every row in our words; τ-ARGUS's letters (S, P, E; U; M, D) are known. `InputError` names the row."""
    require(frame, column)
    found: list[str] = []
    for at, given in enumerate(frame[column].astype(str).str.strip()):
        if given.lower() not in known:
            allowed = ", ".join(known)
            raise InputError("status-unknown", row=row_of(frame, at), status=given, allowed=allowed)
        found.append(STATUS[given.lower()])
    return found


def read_pattern(
    path: Path,
    trees: Mapping[str, Hierarchy],
    dimensions: Mapping[str, Dimension],
    ratios: Ratios,
    measures: Iterable[str],
    *,
    earlier: bool = True,
) -> Pattern:
    """A protected table from its file; `earlier`: one that was published before.

    `trees`: the hierarchy of each column; `dimensions`: columns of the new release, taken over with what they say of
    group disclosure; `ratios`: numerator and denominator of each rate; `measures`: the value columns there are, the
    first of which is meant where the file has no column `measure`. Raises `InputError` naming the row.
    """
    frame = read_csv(path)
    status, measures = read_status(frame, "status"), list(measures)
    require(frame, "value", path.name)
    shown = frame[[s == PUBLISHED for s in status]]
    shown.attrs.update(frame.attrs)
    amounts = iter(numbers(shown, "value", name=path.name))
    dims = [c for c in frame.columns if c not in FIXED]
    for column in dims:
        if column not in trees:
            raise InputError("column-missing", column=column, name="--dimensions", columns=", ".join(trees))
    known = {c: Dimension(c, trees[c], None, dimensions[c].sensitive if c in dimensions else frozenset()) for c in dims}
    found = Pattern(path.name)
    shapes: dict[str, tuple[list[str], list[str]]] = {}
    seen: set[Place] = set()
    for at, row in enumerate(clean_columns(frame, dims).to_dict("records")):
        if "table" not in frame:  # one table: as in τ-ARGUS's files, an empty category is the total
            row.update({d: row[d] or trees[d].codes[0] for d in dims})
        measure = str(row.get("measure", measures[0]))
        used = [d for d in dims if row[d]]
        place: Place = (str(row.get("table") or path.stem), measure, tuple(row[d] for d in used))
        cell = ", ".join(f"{d}={row[d]}" for d in used)
        if place in seen:
            raise InputError("cell-twice", row=row_of(frame, at), cell=f"{cell} ({measure})")
        seen.add(place)
        columns, _ = shapes.setdefault(place[0], (used, []))
        if columns != used or any(row[d] not in trees[d].index for d in used):
            code = "earlier-cell" if earlier else "pattern-cell"
            raise InputError(code, release=path.name, row=row_of(frame, at), cell=cell)
        value = next(amounts) if status[at] == PUBLISHED else None
        if not set(_terms(measure, ratios)) <= {*measures, COUNT}:
            raise InputError("measure-unknown", table=path.name, measure=measure, measures=", ".join(measures))
        if status[at] in (PRIMARY, SECONDARY) and row["status"].lower() != SECRET:
            found.words[place] = (status[at] == PRIMARY, tuple(filter(None, row.get("rule", "").split(", "))))
        _note(found, shapes, place, status[at], value, ratios)
    found.tables = tuple(Table(n, tuple(known[d] for d in ds), tuple(ms)) for n, (ds, ms) in shapes.items() if ms)
    return found


def _note(found: Pattern, shapes, place: Place, status: str, value: float | None, ratios: Ratios) -> None:
    """Take over a row; a published ratio shows both its terms."""
    table, measure, categories = place
    terms = _terms(measure, ratios)
    if measure.startswith("median("):
        if status == PUBLISHED:
            found.medians.add((table, terms[0], categories))
        return
    for term in terms:
        if term not in shapes[table][1]:
            shapes[table][1].append(term)
        at = (table, term, categories)
        if terms == (measure,):
            if value is not None:
                found.values[at] = value
            if found.status.get(at) != PUBLISHED:  # or else a ratio has shown it already
                found.status[at] = status
        elif status == PUBLISHED:
            found.status[at] = PUBLISHED


def check_values(pattern: Pattern, data: Microdata, *, earlier: bool = True) -> None:
    """Raise `InputError` if a published value is not what the records give."""
    for table in pattern.tables:
        cells = tabulate(data, table)
        codes = [d.hierarchy.codes for d in table.dimensions]
        for k, measure in enumerate(table.measures):
            actual = {
                tuple(codes[i][c] for i, c in enumerate(row)): amount * data.step[measure]
                for row, amount in zip(cells.codes, cells.amounts[:, k], strict=True)
            }
            for (name, what, place), value in pattern.values.items():
                if name != table.name or what != measure:
                    continue
                true = float(actual.get(place, 0.0))
                if abs(true - value) > 1e-6 * max(1.0, abs(true)):
                    cell = ", ".join(f"{d.column}={p}" for d, p in zip(table.dimensions, place, strict=True))
                    code = "contradiction" if earlier else "contradiction-here"
                    raise InputError(code, release=pattern.name, cell=cell, published=value, actual=round(true, 6))
