"""Keys against known units: which boundary date fits, which keys are unknown, which units are missing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ckanext.ierwohnen.places.families import KeyFault, check_family, family_of
from ckanext.ierwohnen.places.keys import KeyKind, LevelKeys, MatchReport, as_key, match_keys, without_mark
from ckanext.ierwohnen.tables.cells import clean, shown
from ckanext.ierwohnen.tables.messages import message
from ckanext.ierwohnen.tables.named_keys import check_names_alone
from ckanext.ierwohnen.tables.office_table import Chunk, OfficeTable
from ckanext.ierwohnen.tables.problems import Findings, Problem, Severity
from ckanext.ierwohnen.tables.roles import ColumnRole
from ckanext.ierwohnen.tables.special_rows import SPECIAL, KeyReading, RowKind, judge_keys, kind_by_name, row_kinds

_BOUNDARIES_OF = re.compile(
    r"\b(?:gebietsst[aä]nde?s?|boundaries(?: of)?)\D{0,14}?(?:[0-9]{1,2}\.\s?[0-9]{1,2}\.\s?)?((?:19|20)[0-9]{2})", re.I
)
MANY = 60
SAME_NAMES = 0.3  # share of the names of the level with fewer, from which two levels are of one place
FAULTS = {KeyFault.SHAPE: "family_shape", KeyFault.PLACE: "family_place"}
Moves = Callable[[LevelKeys, LevelKeys, str], Mapping[str, str]]
"""What became of a key of one level on the way to another, as a sentence in each language."""


@dataclass(frozen=True)
class SpecialRow:
    """A row set aside: its number, what it is, its key and name as delivered."""

    row: int
    kind: str
    key: str
    name: str

    def as_dict(self) -> dict[str, Any]:
        """The form that actions give."""
        return vars(self).copy()


@dataclass(frozen=True)
class LevelFit:
    """How the table's keys fit one level at one boundary date."""

    system: str
    level: str
    level_title: str
    boundary_date: date
    found: int
    units: int
    unknown: int
    chosen: bool

    @property
    def complete(self) -> bool:
        """True if each key is known and each unit is there."""
        return self.unknown == 0 and self.found == self.units

    def text(self, locale: str = "de") -> str:
        """`Stand 2021: 542 von 542`."""
        return message(
            "level_fit", {"year": str(self.boundary_date.year), "found": self.found, "units": self.units}, locale
        )

    def as_dict(self, locale: str = "de") -> dict[str, Any]:
        """The form that actions give."""
        return {**vars(self), "boundary_date": self.boundary_date.isoformat(), "text": self.text(locale)}


class KeyCheck:
    """Counts the distinct keys over all rows, then compares them with the levels."""

    def __init__(
        self, table: OfficeTable, roles: Sequence[ColumnRole], places: Sequence[LevelKeys],
        key: KeyReading | None, findings: Findings, declared: str | None = None,
        moves: Moves | None = None,
    ) -> None:  # fmt: skip
        self._declared, self._moves = declared, moves
        self._table, self._roles, self._places, self._key = table, roles, places, key
        self._findings = findings
        self._counts: Counter[str] = Counter()
        self._span: dict[str, tuple[int, int]] = {}
        self._kinds: dict[str, tuple[RowKind, str | None]] = {}
        self._empty: list[int] = []
        self.specials: list[SpecialRow] = []
        self.fits: list[LevelFit] = []
        self.units_found = 0
        self.units_missing: list[str] = []
        self._complete: set[str] = set()

    @property
    def _column(self) -> str | None:
        return self._key.column if self._key else None

    def take(self, chunk: Chunk) -> tuple[np.ndarray | None, pa.Array | None]:
        """Kinds (`RowKind` texts) and canonical keys of a chunk's rows; None if the table has no key column."""
        if self._key is None:
            return None, None
        column = pc.fill_null(chunk.columns[self._key.place], "")
        counts = {entry["values"]: entry["counts"] for entry in pc.value_counts(column).to_pylist()}
        self._counts.update(counts)
        new = [value for value in counts if value not in self._kinds]
        if new:
            self._kinds |= judge_keys(new, self._key)[0]
        found, keys = row_kinds(chunk, self._key, self._kinds)
        if any(self._kinds[value][0] is not RowKind.UNIT for value in counts):
            self._note_special(chunk, found)
            self._note_span(chunk, column, counts)
        return found, keys

    def finish(self) -> None:
        """Compare with the known levels and report by key."""
        if self._key is None:
            check_names_alone(self._table, self._roles, self._places, self._findings)
            return
        if self._empty:
            params = {"count": len(self._empty), "rows": [str(row) for row in self._empty[:5]]}
            drop = ({"action": "drop_row", "row": self._empty[0]},)  # one by one: a total may be among them
            column = self._key.column
            problem = Problem("key_empty", Severity.ERROR, self._empty[0], column, params=params, repair=drop)
            self._findings.add(problem, len(self._empty))
        level = self._key.level
        values = [as_key(clean(shown(value)).removesuffix(",0")) for value in self._counts]
        if level is None:
            code = "key_level_unknown" if self._places else "no_places"
            self._findings.add(Problem(code, Severity.WARNING, column=self._key.column))
            self._family(values)
            return
        kinds, report = judge_keys(list(self._counts), self._key)
        assert report is not None
        self._compare(level, values, report)
        self._unknown(report, kinds)
        self._repaired(report)
        self._missing(report)

    def _note_special(self, chunk: Chunk, kinds: np.ndarray) -> None:
        for index in np.flatnonzero(np.isin(kinds, [str(kind) for kind in SPECIAL]))[:500]:
            if len(self.specials) >= 1_000 or self._key is None:
                return
            key = shown(chunk.columns[self._key.place][int(index)].as_py() or "")
            place = self._key.name_place
            name = shown(chunk.columns[place][int(index)].as_py() or "") if place is not None else ""
            self.specials.append(SpecialRow(int(chunk.rows[index]), kinds[index], clean(key), clean(name)))
        for index in np.flatnonzero(kinds == str(RowKind.EMPTY))[: max(0, 1000 - len(self._empty))]:
            self._empty.append(int(chunk.rows[index]))

    def _note_span(self, chunk: Chunk, column: Any, counts: dict[str, int]) -> None:
        """First and last row of keys that are unknown."""
        unknown = [value for value in counts if self._kinds[value][0] is RowKind.UNKNOWN]
        for value in unknown[:1_000]:
            rows = chunk.rows[np.flatnonzero(pc.equal(column, value).to_numpy(zero_copy_only=False))]
            first, _ = self._span.get(value, (int(rows[0]), 0))
            self._span[value] = (first, int(rows[-1]))

    def _family(self, values: list[str]) -> None:
        """Keys of a known family whose units are not loaded here: what its own rules say of them."""
        family = family_of(next((r.level for r in self._roles if r.column == self._column and r.role == "key"), None))
        if family is None:
            return
        found = check_family(values, family)
        told = {"family": {"de": family.title, "en": family.title_en}, "width": family.width,
                "place": {"de": family.place, "en": family.place_en}}  # fmt: skip
        if found.padded:
            lost, key = next(iter(found.padded.items()))
            params = {**told, "count": len(found.padded), "from": lost, "to": key}
            self._findings.add(Problem("family_zeros", Severity.WARNING, column=self._column, params=params))
        for fault in KeyFault:
            wrong = [value for value, why in found.faults.items() if why is fault]
            if wrong:
                params = {**told, "count": len(wrong), "keys": _first(wrong)}
                self._findings.add(Problem(FAULTS[fault], Severity.WARNING, column=self._column, params=params))

    def _compare(self, level: LevelKeys, values: list[str], chosen: MatchReport) -> None:
        """The same level at other boundary dates, and the verdict in words."""
        rivals = [p for p in self._places if p.level == level.level and p is not level]
        reports = [chosen, *(match_keys(values, rival) for rival in rivals)]
        self.fits = [
            LevelFit(
                r.keys.system,
                r.keys.level,
                r.keys.level_title,
                r.keys.boundary_date,
                r.found,
                len(r.keys.units),
                len(r.unknown),
                r is chosen,
            )
            for r in sorted(reports, key=lambda r: (-r.share, -r.found))
            if r is chosen or r.found > 0 or same_place(r.keys, level)
        ]
        self.units_found = chosen.found
        self._complete = {r.keys.system for r in reports if r.found and not r.unknown}
        self._mixed(chosen, reports[1:])
        best = self.fits[0]
        own = next(fit for fit in self.fits if fit.chosen)
        others = [fit for fit in self.fits if not fit.chosen]
        self._told_other_system(level)
        stated = level.system == self._declared
        self._told_boundaries(level, rivals)
        if not stated and not best.chosen and (best.unknown, -best.found) < (own.unknown, -own.found):
            repair = (
                {
                    "action": "system",
                    "column": self._column,
                    "system": best.system,
                    "level": best.level,
                },
                *self._conversions(level, [rival for rival in rivals if rival.system == best.system], back=True),
            )
            params = _fit_params(own, [best])
            self._findings.add(Problem("other_boundary_date", Severity.ERROR, params=params, repair=repair))
        elif others:
            code = "boundary_date_fits" if own.complete else "boundary_date_best"
            if stated and not best.chosen:
                code = "boundary_date_stated"
            offers = tuple(self._conversions(level, rivals))
            self._findings.add(Problem(code, Severity.HINT, params=_fit_params(own, others), repair=offers))

    def _told_boundaries(self, level: LevelKeys, rivals: Sequence[LevelKeys]) -> None:
        """The title states another boundary date ("Gebietsstand 2015") than the one that the keys are taken for."""
        lines = " ".join(line.text for line in (*self._table.title, *self._table.foot))
        told = {int(year) for year in _BOUNDARIES_OF.findall(lines)}
        if not told or level.boundary_date.year in told or self._declared:
            return
        repair = tuple(
            {"action": "system", "column": self._column, "system": rival.system, "level": rival.level}
            for rival in rivals
            if rival.boundary_date.year in told
        )
        params = {"told": str(max(told)), "year": str(level.boundary_date.year)}
        self._findings.add(
            Problem("boundary_date_told", Severity.WARNING, column=self._column, params=params, repair=repair)
        )

    def _conversions(self, level: LevelKeys, rivals: Sequence[LevelKeys], back: bool = False) -> list[dict[str, Any]]:
        """Offers to convert the table from its boundaries to newer ones; with `back` from the rivals' to these."""
        pairs = [(rival, level) if back else (level, rival) for rival in rivals]
        return [
            self._conversion(old, new)
            for old, new in pairs
            if old.system in self._complete and old.boundary_date < new.boundary_date
        ]

    def _conversion(self, old: LevelKeys, new: LevelKeys) -> dict[str, Any]:
        return {"action": "crosswalk", "column": self._column, "from": old.system, "to": new.system,
                "level": old.level, "year": str(new.boundary_date.year)}  # fmt: skip

    def _mixed(self, chosen: MatchReport, rivals: list[MatchReport]) -> None:
        """Keys of two boundary dates in one table: said by key, since no conversion can be right for both."""
        if not chosen.unknown or any(r.keys.system in self._complete for r in rivals):
            return
        for rival in rivals:
            there = {m.key for m in rival.of_kind(KeyKind.UNIT, KeyKind.REPAIRED)}
            here = {m.key for m in chosen.of_kind(KeyKind.UNIT, KeyKind.REPAIRED)}
            foreign = [key for key in chosen.unknown if key in rival.keys.units]
            own = sorted(str(key) for key in here - there)
            if foreign and own:
                params = {
                    "old": str(rival.keys.boundary_date.year), "old_keys": _first(foreign),
                    "new": str(chosen.keys.boundary_date.year), "new_keys": _first(own),
                }  # fmt: skip
                self._findings.add(Problem("keys_mixed", Severity.WARNING, column=self._column, params=params))
                return

    def _told_other_system(self, level: LevelKeys) -> None:
        if self._declared and level.system != self._declared:
            params = {"declared": self._declared, "system": level.system}
            repair = ({"action": "system", "column": self._column, "system": self._declared, "level": level.level},)
            self._findings.add(Problem("other_system", Severity.WARNING, params=params, repair=repair))

    def _unknown(self, report: MatchReport, kinds: dict[str, tuple[RowKind, str | None]]) -> None:
        unknown = [value for value, (kind, _) in kinds.items() if kind is RowKind.UNKNOWN]
        unknown = [value for value in unknown if not self._is_special(value)]
        for value in unknown[:MANY]:
            self._unknown_key(value, report)
        if len(unknown) > MANY:
            self._findings.add(
                Problem("keys_unknown_more", Severity.ERROR, column=self._column,
                        params={"count": len(unknown) - MANY}), len(unknown) - MANY)  # fmt: skip

    def _unknown_key(self, value: str, report: MatchReport) -> None:
        key, rows = clean(shown(value)), self._counts[value]
        first, last = self._span.get(value, (None, None))
        together = first is not None and last is not None and last > first and last - first + 1 == rows
        other = self._elsewhere(as_key(key), report.keys)
        moved = self._moves(other, report.keys, as_key(key)) if other and self._moves else ""
        params = {
            "level": report.keys.titles, "year": str(report.keys.boundary_date.year), "count": rows,
            "moved": moved,
        }  # fmt: skip
        offers = (
            *([self._crosswalk(other, report.keys, key)] if other else []),
            {"action": "drop_key", "column": self._column, "key": key},
            *({"action": "replace_key", "column": self._column, "key": key, "value": missing,
               "name": report.keys.units[missing]} for missing in report.missing[:30]),
        )  # fmt: skip
        self._findings.add(
            Problem("key_unknown", Severity.ERROR, first, self._column, key, params, offers, last if together else None)
        )

    def _crosswalk(self, old: LevelKeys, new: LevelKeys, key: str) -> dict[str, Any]:
        """The way of a key of other boundaries: an offer for the whole table if all its keys are of those."""
        if old.system in self._complete:
            return self._conversion(old, new)
        return {"action": "crosswalk", "from": old.system, "to": new.system, "key": key}

    def _is_special(self, value: str) -> bool:
        """An unknown key whose rows say by their name that they are a total or not assignable."""
        return any(row.key == clean(shown(value)) for row in self.specials) or kind_by_name(value) is not None

    def _elsewhere(self, key: str, level: LevelKeys) -> LevelKeys | None:
        """The same level at another boundary date that knows a key: the nearest one before, or else any."""
        known = [o for o in self._places if o is not level and o.level == level.level and key in o.units]
        earlier = [other for other in known if other.boundary_date <= level.boundary_date]
        return max(earlier or known, key=lambda other: other.boundary_date, default=None)

    def _repaired(self, report: MatchReport) -> None:
        padded = report.padded
        marked = {value: key for value, key in report.repaired.items() if without_mark(value) != value}
        written = {v: key for v, key in report.repaired.items() if v not in padded and v not in marked}
        for code, repaired in (("keys_repaired", padded), ("keys_as_numbers", written), ("keys_marked", marked)):
            if repaired:
                value, key = next(iter(repaired.items()))
                params = {"count": len(repaired), "from": value, "to": key}
                self._findings.add(Problem(code, Severity.HINT, column=self._column, params=params))

    def _missing(self, report: MatchReport) -> None:
        self.units_missing = list(report.missing)
        if not report.missing or any(role.role == "coordinate" for role in self._roles):
            return  # points need not lie in every unit
        units = report.keys.units
        listed = [f"{units[key]} ({key})" if units[key] not in ("", key) else key for key in report.missing[:8]]
        listed += ["…"] * (len(report.missing) > len(listed))
        params = {
            "count": len(report.missing), "total": len(units), "level": report.keys.titles, "units": listed,
        }  # fmt: skip
        code = "units_few" if len(report.missing) > 0.5 * len(units) else "units_missing"
        self._findings.add(Problem(code, Severity.WARNING, params={**params, "found": report.found}))


def same_place(one: LevelKeys, other: LevelKeys) -> bool:
    """True if two levels share so many names of units that they are one place at two boundary dates.

    Berlin numbered its planning areas anew in 2021: no key is in both, but most names are.
    """
    fewer = min(len(one.names), len(other.names))
    return fewer > 0 and len(one.names & other.names) >= SAME_NAMES * fewer


def _first(keys: Sequence[str], most: int = 8) -> list[str]:
    return [*keys[:most], "…"] if len(keys) > most else list(keys)


def _fit_params(own: LevelFit, others: list[LevelFit]) -> dict[str, Any]:
    other = others[0]
    told = {language: [_fit_text(fit, language) for fit in others[:4]] for language in ("de", "en")}
    return {
        "year": str(own.boundary_date.year),
        "found": own.found,
        "units": own.units,
        "other_year": str(other.boundary_date.year),
        "other_found": other.found,
        "other_units": other.units,
        "others": {language: ", ".join(texts) for language, texts in told.items()},
    }


def _fit_text(fit: LevelFit, language: str) -> str:
    params = {"year": str(fit.boundary_date.year), "found": fit.found, "units": fit.units}
    return message("level_fit_short", params, language)
