"""Looks through a company's whole file for personal data: each column, stored or not, and what stands beside the table.

A column that is stored is held to what it may contain (`identifiers.py`); in others a name, a telephone number, a bank
account, an e-mail address or somebody's day of birth in a single row is enough. What is found is named by place, kind
and rows; the rows are looked up in a second pass, which only a file needs that is refused. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ckanext.ierwohnen.tables.columns_of_text import clean_text
from ckanext.ierwohnen.tables.office_table import Chunk, OfficeTable
from ckanext.ierwohnen.vault.identifiers import Identifiers
from ckanext.ierwohnen.vault.long_cells import long_cells, pieces, without
from ckanext.ierwohnen.vault.personal import Screen, Told, certain
from ckanext.ierwohnen.vault.personal_column import SHOWN_ROWS, PersonalColumn
from ckanext.ierwohnen.vault.persons import phone_in, surely_named
from ckanext.ierwohnen.vault.record import fields, propose
from ckanext.ierwohnen.vault.rest_of_file import Piece, rest_of

_HEADINGS = ("heading", "sheet_name")


class FileScreen:
    """One pass over a table.

    :param mapping: column → field of the record
    :param every: whether all columns are looked at cell by cell, as nobody else reads them; else those of figures,
        days and words of a list give only what cannot be read (`odd`)
    """

    def __init__(self, table: OfficeTable, mapping: Mapping[str, str], every: bool) -> None:
        self._table = table
        self._places = {name: place for place, name in enumerate(table.names)}
        usual = propose(table.names)
        types = {name: fields()[mapping[name]].type if mapping.get(name) in fields() else "" for name in table.names}
        stored = [name for name, kind in types.items() if kind == "text"]
        strict = [name for name in stored if fields()[mapping[name]].identifier]
        self.whole = [
            name for name, kind in types.items()
            if every or kind in ("", "text") or mapping[name] != usual.get(name)
        ]  # fmt: skip
        free = [name for name in table.names if name not in stored]
        self._screen = Screen(table.names, free)
        houses = [name for name in strict if mapping[name] == "house_number"]
        self._identifiers = Identifiers(strict, [name for name in stored if name not in strict], free, houses)

    def take(self, chunk: Chunk) -> dict[str, np.ndarray]:
        """The next rows.

        :return: columns of identifiers with cells that are none, and no persons either: which rows
        """
        found = {}
        for column, place in self._places.items():
            raw, long = chunk.columns[place], long_cells(chunk.columns[place])
            if long is not None:
                self._take_pieces(column, raw.filter(pa.array(long)), chunk.rows[long])
            if column in self.whole:
                self._screen.take_array(column, raw if long is None else without(raw, long))
                cells = chunk.cleaned(place) if long is None else without(chunk.cleaned(place), long)
                odd = self._identifiers.take(column, cells, chunk.rows)
                if odd is not None:
                    found[column] = odd
        return found

    def _take_pieces(self, column: str, long: pa.Array, rows: np.ndarray) -> None:
        """Cells that are too long for a value; a person may be named in them all the same."""
        parts = [(part, row) for text, row in zip(long.to_pylist(), rows, strict=True) for part in pieces(text)]
        texts = pa.array([part for part, _ in parts], pa.string())
        self._screen.take_array(column, texts)
        self._identifiers.take(column, clean_text(texts), np.array([row for _, row in parts]))

    def odd(self, column: str, texts: pa.Array, rows: np.ndarray) -> None:
        """Cells that are not what their column holds."""
        if column not in self.whole:
            self._screen.take_array(column, texts)
            self._identifiers.take(column, clean_text(texts), rows)

    def found(self, content: bytes | None) -> list[PersonalColumn]:
        """All personal data, after the last row; columns of the table first.

        :param content: the file, to look at what stands beside the table
        """
        suspects = {}
        for one, told in (*self._screen.suspects(), *self._identifiers.suspects()):
            suspects.setdefault(one.column, (one, told))
        located = self._located(suspects) if suspects else {}
        found = [located[name] for name in self._table.names if name in located]
        beside = [one for piece in (rest_of(content, self._table) if content else ()) if (one := _in_piece(piece))]
        return _masked([*found, *beside], self._table)

    def _located(self, suspects: Mapping[str, tuple[PersonalColumn, Told]]) -> dict[str, PersonalColumn]:
        """The suspects with the rows of the cells that gave them away; of all cells where none does by itself."""
        named: dict[str, list[list[int]]] = {column: [[], []] for column in suspects}
        for chunk in self._table.chunks():
            for column, (_, told) in suspects.items():
                cells = chunk.cleaned(self._places[column])
                texts = [text for text in cells.unique().to_pylist() if text]
                for of, chosen in enumerate(([text for text in texts if any(map(told, pieces(text)))], texts)):
                    mask = pc.is_in(cells, pa.array(chosen, pa.string())).to_numpy(zero_copy_only=False)
                    named[column][of] += chunk.rows[mask].tolist()
        return {
            column: replace(one, count=len(rows), rows=tuple(rows[:SHOWN_ROWS]))
            for column, (one, _) in suspects.items()
            for rows in [named[column][0] or named[column][1]]
        }


def _in_piece(piece: Piece) -> PersonalColumn | None:
    """What one place beside the table holds."""
    blank = PersonalColumn(piece.column, "name", "content", where=piece.where, sheet=piece.sheet)
    if piece.where in _HEADINGS:
        for text, row in zip(piece.texts, piece.rows, strict=True):
            kind = certain(text) or ("phone" if phone_in(text) else "name" if surely_named(text) else "")
            if kind:
                return replace(blank, kind=kind).with_row(row)
        return None
    cells, rows = clean_text(pa.array(piece.texts, pa.string())), np.array(piece.rows)
    screen, identifiers = Screen([""], [""]), Identifiers([], [], [""])
    screen.take_array("", cells)
    identifiers.take("", cells, rows)
    for one, told in (*screen.suspects(), *identifiers.suspects()):
        hits = [row for text, row in zip(cells.to_pylist(), piece.rows, strict=True) if told(text)]
        hits = sorted(set(hits or piece.rows))
        return replace(blank, kind=one.kind, count=len(hits), rows=tuple(n for n in hits[:SHOWN_ROWS] if n))
    return None


def _masked(found: Collection[PersonalColumn], table: OfficeTable) -> list[PersonalColumn]:
    """The findings without names of sheets and columns that are themselves one: by number and letter."""
    letters = {column.name: column.letter for column in table.columns}
    headed = {one.column for one in found if one.where == "heading"}
    found = [
        replace(one, column=letters[one.column])
        if one.where == "column" and letters.get(one.column) in headed
        else one
        for one in found
    ]
    numbers = {one.sheet for one in found if one.where == "sheet_name"}
    names = {note.name: str(n) for n, note in enumerate(table.sheets, 1) if str(n) in numbers}
    return [replace(one, sheet=names.get(one.sheet, one.sheet)) for one in found]
