"""Names beside keys: a row whose key is one unit and whose name is another's is about neither for certain."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ckanext.ierwohnen.tables.cells import clean, shown
from ckanext.ierwohnen.tables.column_facts import written_out
from ckanext.ierwohnen.tables.columns_of_text import of_each
from ckanext.ierwohnen.tables.office_table import Chunk
from ckanext.ierwohnen.tables.problems import Findings, Problem, Severity
from ckanext.ierwohnen.tables.shape import CODE_AND_NAME
from ckanext.ierwohnen.tables.special_rows import KeyReading, RowKind
from ckanext.ierwohnen.tables.strange_names import strange

LISTED = 200
LOOKED_AT = 2_000
REMEMBERED = 100_000  # names whose unit was looked up; more are looked up again


class NameCheck:
    """Compares the name column with the units' names while rows go by.

    Only a name that belongs to exactly one other unit of the level speaks against a key; any other writing of a
    name (shortened, with its former name) says nothing.
    """

    def __init__(self, key: KeyReading | None, names: list[str], findings: Findings) -> None:
        self._findings = findings
        self._place = key.name_place if key is not None and key.level is not None else None
        self._column = names[self._place] if self._place is not None else ""
        self._units = dict(key.level.units) if key is not None and key.level is not None else {}
        self._owner: dict[str, str | None] = {}
        for unit, name in self._units.items():
            plain = written_out(name)
            self._owner[plain] = None if plain in self._owner else unit
        self._found: list[tuple[int, str, str, str]] = []
        self._known: dict[str, str | None] = {}
        self._met = 0
        self._seen: dict[tuple[str, str], None] | None = None

    def take(self, chunk: Chunk, kinds: np.ndarray | None, keys: pa.Array | None) -> None:
        """Look at the rows of a chunk: `kinds` and canonical `keys` as `KeyCheck.take` gives them."""
        if self._place is None or kinds is None or keys is None:
            return
        if self._seen is None:  # the first rows say whether these are the names of the units at all
            pairs = zip(keys[:LOOKED_AT].to_pylist(), chunk.columns[self._place][:LOOKED_AT].to_pylist(), strict=True)
            self._seen = {(key or "", clean(shown(name or ""))): None for key, name in pairs}
        names = pc.fill_null(chunk.columns[self._place], "").dictionary_encode()
        owner = of_each(names, self._owner_of)
        others = pc.fill_null(pc.not_equal(owner, keys), False).to_numpy(zero_copy_only=False)
        if not others.any():
            return
        for index in np.flatnonzero(others & (kinds == str(RowKind.UNIT))).tolist():
            self._met += 1
            if len(self._found) < LISTED:
                name = names.dictionary[names.indices[index].as_py()].as_py()
                self._found.append((int(chunk.rows[index]), keys[index].as_py(), name, owner[index].as_py()))

    def finish(self) -> None:
        """Report the rows, or that the names are those of other places altogether."""
        if not self._found and (found := strange(self._seen or (), self._units)):
            params = {"key": found[0], "unit": self._units[found[0]], "name": found[1]}
            self._findings.add(Problem("names_strange", Severity.WARNING, column=self._column, params=params))
        for n, (row, key, name, other) in enumerate(self._found):
            times = 1 if n < len(self._found) - 1 else max(1, self._met - n)
            params = {"key": key, "unit": self._units.get(key, key), "other": other}
            self._findings.add(Problem("name_of_other", Severity.ERROR, row, self._column, name, params=params), times)

    def _owner_of(self, name: str) -> str | None:
        """The only unit of this name, if there is one; the code beside a name in the same cell is no part of it."""
        if name not in self._known:
            if len(self._known) > REMEMBERED:
                self._known.clear()
            plain = clean(shown(name))
            parts = [match["name"] for form in CODE_AND_NAME if (match := form.fullmatch(plain))]
            found = [self._owner.get(written_out(part)) for part in (plain, *parts)]
            self._known[name] = next((unit for unit in found if unit), None)
        return self._known[name]
