"""Columns of a company's table as the store takes them; cells that are not what their field holds are noted. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ckanext.ierwohnen.tables.columns_of_text import clean_text
from ckanext.ierwohnen.tables.convert import convert_numbers
from ckanext.ierwohnen.tables.office_table import Chunk, OfficeTable
from ckanext.ierwohnen.tables.problems import Severity
from ckanext.ierwohnen.vault import excel_dates, spelled_numbers
from ckanext.ierwohnen.vault.file_screen import FileScreen
from ckanext.ierwohnen.vault.long_cells import long_cells, without
from ckanext.ierwohnen.vault.record import Field, fields
from ckanext.ierwohnen.vault.stock_cells import impossible, read_cell, spreadsheet_errors
from ckanext.ierwohnen.vault.stock_findings import Findings, mask_of, null_if_blank
from ckanext.ierwohnen.vault.stock_repairs import StockRepairs


class Conversion:
    """Converts the columns of a table piece by piece.

    :param mapping: column → field of the record
    :param screen: looks through what cannot be read for personal data
    """

    def __init__(self, table: OfficeTable, mapping: Mapping[str, str], screen: FileScreen) -> None:
        self._mapping, self._screen, self._styles = mapping, screen, table.styles
        self._places = {name: place for place, name in enumerate(table.names)}
        self._known: dict[str, dict[str, str | None]] = {}
        self._findings = Findings(np.array([], np.int64), StockRepairs())

    def take(self, chunk: Chunk, findings: Findings) -> dict[str, pa.Array]:
        """Field → its values, as text; `findings` gets what is wrong."""
        self._findings = findings
        chunk = self._shortened(chunk)
        return {name: self._converted(chunk, column, fields()[name]) for column, name in self._mapping.items()}

    def _shortened(self, chunk: Chunk) -> Chunk:
        """The rows without texts that are too long for a value; nothing but their length is looked at."""
        found = {name: long_cells(chunk.columns[self._places[name]]) for name in self._mapping}
        long = {name: cells for name, cells in found.items() if cells is not None}
        if not long:
            return chunk
        columns = list(chunk.columns)
        for name, cells in long.items():
            self._found("too-long", name, cells, fields()[self._mapping[name]])
            columns[self._places[name]] = without(columns[self._places[name]], cells)
        return Chunk(chunk.rows, tuple(columns))

    def _converted(self, chunk: Chunk, column: str, wanted: Field) -> pa.Array:
        cells = chunk.columns[self._places[column]]
        errors = spreadsheet_errors(chunk.cleaned(self._places[column]))
        if errors is not None:
            self._found(  # the cell is blank already where that is decided
                "cell-error", column, mask_of(errors), wanted, cells.filter(pc.fill_null(errors, False))
            )
            cells = pc.if_else(errors, pa.scalar("", pa.string()), cells)
            text = clean_text(cells)
        else:
            text = chunk.cleaned(self._places[column])
        if wanted.type in ("number", "integer"):
            return self._numbers(cells, chunk.rows, column, wanted)
        if wanted.type == "text":
            text = null_if_blank(text)
            self._check_words(text, column, wanted)
            self._check_days(text, column, wanted)
            return text
        encoded = text.dictionary_encode()
        known = self._known.setdefault(wanted.name, {"": None})
        values = encoded.dictionary.to_pylist()
        for value in values:
            if value not in known:
                known[value] = read_cell(value, wanted)
        if unreadable := [value for value in values if value and known[value] is None]:
            bad = mask_of(pc.is_in(text, pa.array(unreadable, pa.string())))
            texts = text.filter(pa.array(bad))
            self._screen.odd(column, texts, chunk.rows[bad])
            self._found(f"no-{wanted.type.replace('_', '-')}", column, bad, wanted, texts)
        return pa.array([known[value] for value in values], pa.string()).take(encoded.indices)

    def _found(self, code: str, column: str, mask: np.ndarray, wanted: Field, texts: pa.Array | None = None) -> None:
        self._findings.add(code, Severity.ERROR, column, mask, wanted.name, texts)

    def _check_words(self, text: pa.Array, column: str, wanted: Field) -> None:
        """Texts of a field that has its own words hold no others: nothing that somebody noted about a tenant."""
        if wanted.words:
            other = [value for value in text.unique().drop_null().to_pylist() if not wanted.spells(value)]
            self._found_texts("no-word", other, text, column, wanted)

    def _check_days(self, text: pa.Array, column: str, wanted: Field) -> None:
        """House numbers are no days."""
        if wanted.name == "house_number":
            days = [value for value in text.unique().drop_null().to_pylist() if excel_dates.typed(value)]
            self._found_texts("excel-date", days, text, column, wanted)

    def _found_texts(self, code: str, wrong: list[str], text: pa.Array, column: str, wanted: Field) -> None:
        if wrong:
            bad = mask_of(pc.is_in(text, pa.array(wrong, pa.string())))
            self._found(code, column, bad, wanted, text.filter(pa.array(bad)))

    def _numbers(self, cells: pa.Array, rows: np.ndarray, column: str, wanted: Field) -> pa.Array:
        if wanted.name in spelled_numbers.FIELDS:
            cells = spelled_numbers.in_figures(cells, wanted.name)
        numbers = convert_numbers(cells, self._styles[column])
        if not numbers.plain:
            odd = {text for text, cell in numbers.cells.items() if cell.problem}
            bad = [index for index, text in zip(numbers.odd, numbers.odd_texts, strict=False) if text in odd]
            if bad:
                mask = np.zeros(len(rows), bool)
                mask[bad] = True
                self._screen.odd(column, cells.take(bad), rows[bad])
                self._found("no-number", column, mask, wanted, clean_text(cells.filter(pa.array(mask))))
        if numbers.plain:
            values, floats = numbers.values, numbers.floats
        else:  # in a record of one dwelling a sign („-“, „.“) says that there is no figure
            values = pc.if_else(numbers.statuses.is_null(), numbers.values, pa.scalar(None, pa.string()))
            floats = pc.cast(values, pa.float64())
        figures = floats.to_numpy(zero_copy_only=False)
        for code, mask in impossible(figures, wanted).items():
            self._found(code, column, mask, wanted)
        return values
