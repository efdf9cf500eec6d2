"""Figures that cannot be by their kind: negative or broken counts, shares beyond 0 to 100, shares written as 0.051.

What a figure can be is said by its indicator (`IndicatorName.least`, `most`, `whole`), else by unit and name of the
column. Single values that cannot be are told with their row; where many of a column cannot be, the column is asked
about as a whole, since then its unit or its meaning is not what it seems.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow.compute as pc

from ckanext.ierwohnen.look.numbers import format_number
from ckanext.ierwohnen.look.signs import Status
from ckanext.ierwohnen.tables.cells import MISSING_CODES
from ckanext.ierwohnen.tables.column_facts import written_out
from ckanext.ierwohnen.tables.convert import Numbers
from ckanext.ierwohnen.tables.measures import as_cell
from ckanext.ierwohnen.tables.office_table import Chunk, OfficeTable
from ckanext.ierwohnen.tables.problems import Findings, Problem, Severity
from ckanext.ierwohnen.tables.roles import ColumnRole, IndicatorName

LISTED = 200
MANY = 0.3  # share of the values of a column from which it is asked about as a whole
FEWEST = 5  # so many values tell of a column
_COUNTED = {"Personen", "Einwohner", "Wohnungen", "Haushalte", "Gebäude"}
_COUNTS = {
    "einwohner", "einwohnerzahl", "personen", "bevoelkerung", "wohnungen", "wohngebaeude", "gebaeude", "haushalte",
    "anzahl", "faelle", "dwellings", "population", "households", "buildings", "inhabitants", "residents",
}  # fmt: skip
_NO_COUNT = re.compile(
    r"saldo|bilanz|veraender|entwicklung|differenz|zuwachs|zunahme|abnahme|gewinn|verlust|abweich|balance|change"
    r"|durchschnitt|mittel|median|quote|index|anteil|rate|ratio|dichte|\bje\b|\bpro\b|\bper\b|prozent|%|faktor|mean|share"
)
_MOVES = re.compile(
    r"saldo|bilanz|veraender|entwicklung|differenz|zuwachs|zunahme|abnahme|abweich|balance|change|wachstum|growth|zu-|\+/-"
)
_SHARE = re.compile(r"anteil|quote\b|\bshare\b|grad\b")
_OPEN_SHARE = re.compile(r"alten|jugend|alters|abhaengig|versorgung|deckung|belastung|auslastung|geburten")


@dataclass(frozen=True)
class Kind:
    """What the values of a column can be; `share` if they are per cent of a whole."""

    least: float | None = None
    most: float | None = None
    whole: bool = False
    share: bool = False


@dataclass
class _Seen:
    """What was met of a column: the values that cannot be, by row, and a picture of all."""

    count: int = 0
    low: float = np.inf
    high: float = -np.inf
    broken: int = 0
    below: list[tuple[int, float]] = field(default_factory=list)
    above: list[tuple[int, float]] = field(default_factory=list)
    fractions: list[tuple[int, float]] = field(default_factory=list)
    bare: list[tuple[int, float]] = field(default_factory=list)
    bare_count: int = 0
    bare_high: float = -np.inf
    signed: int = 0
    signed_high: float = -np.inf
    met: dict[str, int] = field(default_factory=dict)


def kind_of(role: ColumnRole, indicator: IndicatorName | None) -> Kind:
    """What the values of a column can be, by its indicator, else by unit and name."""
    share = role.unit in ("%", "percent")
    if indicator is not None:
        return Kind(indicator.least, indicator.most, indicator.whole, share and indicator.most == 100)
    name = written_out(role.column)
    if share:
        moves, part = _MOVES.search(name), _SHARE.search(name) and not _OPEN_SHARE.search(name)
        return Kind(None if moves else 0.0, 100.0 if part and not moves else None, share=not moves)
    counted = role.unit in _COUNTED or (not role.unit and bool(set(re.findall(r"[a-z]+", name)) & _COUNTS))
    return Kind(0.0, None, True) if counted and not _NO_COUNT.search(name) else Kind()


PER_HUNDRED = "je 100"
"""The unit of quotients that are often written as shares of one: "Jugendquotient 0,24"."""


class PlausibleCheck:
    """Looks at the figures while they go by."""

    def __init__(
        self, table: OfficeTable, roles: Sequence[ColumnRole], indicators: Sequence[IndicatorName], findings: Findings
    ) -> None:
        known = {indicator.code: indicator for indicator in indicators}
        self._table, self._findings = table, findings
        self._roles = {role.column: role for role in roles if role.role == "indicator"}
        self._kinds = {name: kind_of(role, known.get(role.indicator or "")) for name, role in self._roles.items()}
        self._kinds = {name: kind for name, kind in self._kinds.items() if kind != Kind()}
        self._seen = {name: _Seen() for name in self._kinds}

    def take(self, chunk: Chunk, numbers: dict[str, Numbers]) -> None:
        """Note what cannot be among the figures of a chunk."""
        for name, kind in self._kinds.items():
            if name in numbers:
                self._note(self._seen[name], kind, numbers[name], chunk.rows)

    def finish(self) -> None:
        """Report by row, or by column."""
        for name, seen in self._seen.items():
            role, kind = self._roles[name], self._kinds[name]
            mixed = self._mixed_notation(role, seen)
            if not seen.count:
                continue
            self._below(role, seen)
            self._above(role, kind, seen)
            self._broken(role, seen)
            if (kind.share or role.unit == PER_HUNDRED) and not mixed:
                self._as_fraction(role, seen)

    @staticmethod
    def _note(seen: _Seen, kind: Kind, read: Numbers, rows: np.ndarray) -> None:
        values = read.floats.to_numpy(zero_copy_only=False)
        filled = values[~np.isnan(values)]
        if not len(filled):
            return
        low, high = float(filled.min()), float(filled.max())
        seen.count += len(filled)
        seen.low, seen.high = min(seen.low, low), max(seen.high, high)
        with np.errstate(invalid="ignore"):
            if kind.least is not None and low < kind.least:
                _list(seen.below, rows, values, values < kind.least, seen, "below")
            if kind.most is not None and high > kind.most:
                _list(seen.above, rows, values, values > kind.most * 1.0000001, seen, "above")
            if kind.whole:
                broken = (np.abs(values - np.round(values)) > 1e-9) & ~_estimated(read)
                _list(seen.fractions, rows, values, broken, seen, "fractions")
        if kind.share and any(cell.unit == "%" for cell in read.cells.values()):
            _note_signed(seen, read, values, rows)
        elif kind.share:
            seen.bare_count += len(filled)
            seen.bare_high = max(seen.bare_high, high)

    def _mixed_notation(self, role: ColumnRole, seen: _Seen) -> bool:
        """`5,1 %` beside `0,051`: the cells without the sign are shares from 0 to 1."""
        if not (seen.signed and seen.bare_count and seen.bare_high <= 1 < seen.signed_high):
            return False
        for n, (row, value) in enumerate(seen.bare):
            offers = (_replace(role, row, value * 100), _keep(role, row))
            times = 1 if n < len(seen.bare) - 1 else max(1, seen.bare_count - n)
            self._add("mixed_percent", role, row, value, offers, times)
        return True

    def _below(self, role: ColumnRole, seen: _Seen) -> None:
        coded = {float(code) for code in MISSING_CODES if float(code) < 0}
        below = [(row, value) for row, value in seen.below if value not in coded or len(seen.below) == 1]
        for row, value in below:
            offers = (_replace(role, row, -value), _empty(role, row), _keep(role, row))
            self._add("value_below", role, row, value, offers)

    def _above(self, role: ColumnRole, kind: Kind, seen: _Seen) -> None:
        total = seen.met.get("above", 0)
        if total > MANY * seen.count and seen.count >= FEWEST:
            params = {"count": total, "most": kind.most}
            offers = ({"action": "role", "column": role.column, "role": "indicator", "indicator": ""}, _keep(role, 0))
            self._whole("values_above", role, params, offers)
            return
        for row, value in seen.above:
            near = next((value / ten for ten in (10, 100) if value / ten <= 100), None)
            offers = ((_replace(role, row, near),) if near else ()) + (_keep(role, row),)
            self._add("value_above", role, row, value, offers, params={"most": kind.most})

    def _broken(self, role: ColumnRole, seen: _Seen) -> None:
        total = seen.met.get("fractions", 0)
        if total > MANY * seen.count and seen.count >= FEWEST:
            offers = (
                {"action": "scale", "column": role.column, "value": "1000"},
                {"action": "role", "column": role.column, "role": "indicator", "indicator": ""},
                _keep(role, 0),
            )
            self._whole("counts_broken", role, {"count": total}, offers)
            return
        for row, value in seen.fractions:
            thousands = value * 1000
            fits = abs(thousands - round(thousands)) < 1e-6 and seen.high >= 100 > value
            offers = ((_replace(role, row, thousands),) if fits else ()) + (_keep(role, row),)
            self._add("count_broken", role, row, value, offers)

    def _as_fraction(self, role: ColumnRole, seen: _Seen) -> None:
        """A column of per cent whose values all lie from 0 to 1: shares of one, or very small per cent?"""
        if seen.count < FEWEST or seen.high > 1 or seen.low < 0 or seen.high == 0 or role.power or seen.signed:
            return
        if role.column in self._table.hints.scale or "*" in self._table.hints.scale:
            return
        offers = tuple({"action": "scale", "column": role.column, "value": value} for value in ("100", "1"))
        self._whole("share_of_one", role, {"high": format_number(seen.high)}, offers)

    def _add(
        self, code: str, role: ColumnRole, row: int, value: float, offers: tuple[dict[str, object], ...],
        times: int = 1, params: dict[str, object] | None = None,
    ) -> None:  # fmt: skip
        was = as_cell(value, role)
        self._findings.add(Problem(code, Severity.ERROR, row, role.column, was, params or {}, offers), times)

    def _whole(
        self, code: str, role: ColumnRole, params: dict[str, object], offers: tuple[dict[str, object], ...]
    ) -> None:
        self._findings.add(Problem(code, Severity.ERROR, column=role.column, params=params, repair=offers))


def _list(
    kept: list[tuple[int, float]], rows: np.ndarray, values: np.ndarray, wrong: np.ndarray, seen: _Seen, what: str
) -> None:
    places = np.flatnonzero(wrong)
    seen.met[what] = seen.met.get(what, 0) + len(places)
    for place in places[: LISTED - len(kept)].tolist():
        kept.append((int(rows[place]), float(values[place])))


def _estimated(read: Numbers) -> np.ndarray:
    """Which figures are estimates: shares of a unit that was split may be broken, whatever they count."""
    marked = pc.fill_null(pc.equal(read.statuses, str(Status.ESTIMATED)), False)
    return np.asarray(marked.to_numpy(zero_copy_only=False), bool)


def _note_signed(seen: _Seen, read: Numbers, values: np.ndarray, rows: np.ndarray) -> None:
    """Cells with a per cent sign, and those without."""
    signed = np.zeros(len(values), bool)
    for place, text in zip(read.odd.tolist(), read.odd_texts, strict=False):
        signed[place] = read.cells[text].unit == "%"
    filled = ~np.isnan(values)
    bare = np.flatnonzero(filled & ~signed & (values != 0))
    seen.signed += int(signed.sum())
    seen.bare_count += len(bare)
    if signed.any():
        seen.signed_high = max(seen.signed_high, float(values[signed & filled].max(initial=-np.inf)))
    if len(bare):
        seen.bare_high = max(seen.bare_high, float(values[bare].max()))
        seen.bare += [(int(rows[n]), float(values[n])) for n in bare[: LISTED - len(seen.bare)].tolist()]


def _replace(role: ColumnRole, row: int, value: float) -> dict[str, object]:
    return {"action": "replace", "row": row, "column": role.column, "value": as_cell(value, role)}


def _empty(role: ColumnRole, row: int) -> dict[str, object]:
    return {"action": "replace", "row": row, "column": role.column, "value": "k. A."}


def _keep(role: ColumnRole, row: int) -> dict[str, object]:
    return {"action": "keep", "row": row, "column": role.column}
