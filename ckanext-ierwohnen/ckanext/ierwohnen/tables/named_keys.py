"""Tables with names of units but no keys: the keys come from the names, where a person wants that (hint `names`).

A name is a unit's if it is written as the portal knows it (small and capital letters, umlauts written out, and the code
beside it do not matter) and no other unit of the level bears it. Any other name stands in the column of keys as it is,
where the check tells it as an unknown key; `NameCheck` and this module agree on that.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from rapidfuzz import fuzz, process

from ckanext.ierwohnen.places.keys import LevelKeys
from ckanext.ierwohnen.tables.cells import NumberStyle, clean, shown
from ckanext.ierwohnen.tables.changes import Apply, Changed
from ckanext.ierwohnen.tables.column_facts import written_out
from ckanext.ierwohnen.tables.columns_of_text import of_each
from ckanext.ierwohnen.tables.office_table import Chunk, Column, OfficeTable
from ckanext.ierwohnen.tables.problems import Findings, Problem, Severity
from ckanext.ierwohnen.tables.repairs import Repairs
from ckanext.ierwohnen.tables.roles import ColumnRole, Role
from ckanext.ierwohnen.tables.shape import CODE_AND_NAME
from ckanext.ierwohnen.tables.special_rows import RowKind, kind_by_name

ENOUGH = 0.6
"""Share of the distinct names that must be those of a level, or nearly so, before its keys are offered."""
FEWEST = 2
MOST = 300
"""So many names say which level they are of."""
COMPARED = 5_000
"""Names of a level with more units are looked up, but not compared letter by letter."""
LISTED = 60
_NEAR = 75.0


class UnitNames:
    """The names of a level, by which its units are found."""

    def __init__(self, level: LevelKeys) -> None:
        self.level = level
        self._owner: dict[str, str | None] = {}
        for key, name in level.units.items():
            plain = written_out(clean(name))
            self._owner[plain] = None if plain in self._owner else key

    @cached_property
    def _single(self) -> list[str]:
        return [name for name, key in self._owner.items() if key]

    def key_of(self, text: str) -> str | None:
        """The only unit that bears this name, or None."""
        plain = clean(shown(text))
        parts = [match["name"] for form in CODE_AND_NAME if (match := form.fullmatch(plain))]
        return next((key for part in (plain, *parts) if (key := self._owner.get(written_out(part)))), None)

    def nearest(self, text: str, most: int = 3) -> list[str]:
        """Keys of the units whose names are written almost alike, the nearest first."""
        if len(self._owner) > COMPARED:
            return []
        plain = written_out(clean(shown(text)))
        found = process.extract(plain, self._single, scorer=fuzz.ratio, limit=most, score_cutoff=_NEAR)
        return [str(self._owner[name]) for name, _, _ in found]


@dataclass
class KeysOfNames:
    """A further column with the key of the unit that each name is; a name that is none stays as it is."""

    place: int
    source: str
    name: str
    names: UnitNames
    first_row: int

    def start(self) -> Apply:
        """Look up each distinct name."""

        def apply(chunk: Chunk) -> Chunk:
            keys = of_each(chunk.encoded(self.place), lambda text: self.names.key_of(text) or text)
            return Chunk(chunk.rows, (*chunk.columns, keys))

        return apply

    def told(self) -> list[Problem]:
        """Where the keys come from."""
        level = self.names.level
        params = {"from": self.source, "level": level.titles, "year": str(level.boundary_date.year)}
        return [Problem("keys_of_names", Severity.HINT, self.first_row, self.name, params=params)]


def with_keys_of_names(table: OfficeTable, places: Iterable[LevelKeys]) -> OfficeTable:
    """The table with a column of keys for each column of names that a person named; as it is if there is none."""
    known = _by_place(places)
    for column, wanted in table.hints.names.items():
        level, name = known.get(wanted), f"{column} (Schlüssel)"
        if level is None or column not in table.names or name in table.names:
            continue
        first = table.sample[0].number if table.sample else 1
        change = KeysOfNames(table.names.index(column), column, name, UnitNames(level), first)
        body = Changed(table.body, [change], len(table.columns))
        made = replace(table, columns=(*table.columns, Column(name, -1, "")), body=body)
        made.styles = {**table.styles, name: NumberStyle()}
        table = made
    return table


def repaired_with_keys(table: OfficeTable, repairs: Repairs, places: Iterable[LevelKeys]) -> OfficeTable:
    """The table with its repairs and its keys of names: a name is put right first, then its key is looked up."""
    names = set(table.names)
    own = Repairs([one for one in repairs.listed if not one.column or one.column in names])
    rest = Repairs([one for one in repairs.listed if one not in own.listed])
    return rest.apply(with_keys_of_names(own.apply(table), places))


def roles_of_names(table: OfficeTable, places: Iterable[LevelKeys]) -> dict[str, ColumnRole]:
    """The roles of the columns that `with_keys_of_names` has added."""
    known = _by_place(places)
    return {
        name: ColumnRole(name, str(Role.KEY), level=level.level, system=level.system,
                         boundary_date=level.boundary_date, reason="role_keys_of_names",
                         reason_params={"column": column}, confidence=1.0)
        for column, wanted in table.hints.names.items()
        if (level := known.get(wanted)) and (name := f"{column} (Schlüssel)") in table.names
    }  # fmt: skip


def _by_place(places: Iterable[LevelKeys]) -> dict[tuple[str, str], LevelKeys]:
    return {(level.system, level.level): level for level in places}


def check_names_alone(
    table: OfficeTable, roles: Sequence[ColumnRole], places: Sequence[LevelKeys], findings: Findings
) -> None:
    """A table without keys: the keys that the names give are offered, names written in another way are told with the
    nearest ones, and rows that are a sum by their name are no units.
    """
    offers = []
    for column in (role.column for role in roles if role.role == Role.NAME):
        place = table.names.index(column)
        rows: dict[str, int] = {}
        for row in table.sample:
            rows.setdefault(clean(shown(row.cells[place])), row.number)
        sums = [text for text in rows if kind_by_name(text) is RowKind.TOTAL]
        for text in sums[:LISTED]:
            drop = ({"action": "drop_row", "row": rows[text]},)
            findings.add(Problem("total_without_key", Severity.WARNING, rows[text], column, text, repair=drop))
        texts = [text for text in rows if text and kind_by_name(text) is None]
        found = best_level(texts, places)
        if found is not None:
            level = found.level
            offers.append({"action": "keys_from_names", "column": column, "system": level.system, "level": level.level})
            _told(column, {text: rows[text] for text in texts}, found, findings)
    findings.add(Problem("no_key_column", Severity.WARNING, repair=tuple(offers)))


def best_level(texts: Sequence[str], places: Iterable[LevelKeys]) -> UnitNames | None:
    """The level whose units' names most of the texts are, or nearly are; of two alike the one as of later."""
    best, rated = None, (ENOUGH, date.min)
    for names in map(UnitNames, places if len(texts) >= FEWEST else ()):
        met = sum(bool(names.key_of(text) or names.nearest(text, 1)) for text in texts[:MOST])
        rate = (met / len(texts[:MOST]), names.level.boundary_date)
        if rate > rated:
            best, rated = names, rate
    return best


def _told(column: str, rows: dict[str, int], names: UnitNames, findings: Findings) -> None:
    """Names that no unit bears, with those of the units that are written nearly so."""
    units = names.level.units
    other = [text for text in rows if names.key_of(text) is None]
    for n, text in enumerate(other[:LISTED]):
        near = names.nearest(text)
        repair = tuple(
            {"action": "replace_key", "column": column, "key": text, "value": units[key], "name": f"({key})"}
            for key in near
        )
        code = "name_misspelt" if near else "name_unknown"
        params = {"level": names.level.titles, "near": [units[key] for key in near]}
        times = 1 if n < LISTED - 1 else len(other) - n
        findings.add(Problem(code, Severity.WARNING, rows[text], column, text, params, repair), times)
