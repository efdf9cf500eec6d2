"""Columns of signs beside their values, as our downloads have them, put back into the cells where offices write them.

A table of `Leerstand` and `Leerstand_status` (CSV) or `Leerstand (Zeichen)` (XLSX, CSV for Excel) is read as if it had
one column with `4,5p`, `.` and `/`; so what was downloaded can be corrected and published again without losing a sign.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ckanext.ierwohnen.look.signs import Status, label, vocabulary
from ckanext.ierwohnen.tables.cells import TYPED_NUMBER, shown
from ckanext.ierwohnen.tables.columns_of_text import clean_text
from ckanext.ierwohnen.tables.office_table import Body, Chunk, OfficeTable, Row
from ckanext.ierwohnen.tables.problems import Problem, Severity

MOST_TOLD = 200
ENDINGS = ("_status", " (Zeichen)", " (sign)")
# `0` is a number in most columns: what stands for less than half of the smallest unit needs a cell of its own.
BELOW_HALF = "‹0›"
_INSTEAD = {
    status: sign.sign for status, sign in vocabulary().items() if sign.place == "instead" and status != Status.OK
} | {Status.BELOW_HALF: BELOW_HALF, Status.MISSING: ""}
_BESIDE = {status: sign.sign for status, sign in vocabulary().items() if sign.place == "beside"}


def words() -> dict[str, Status]:
    """What stands in columns of signs: codes, and labels in both languages."""
    found = {str(status): status for status in Status}
    for language in ("de", "en"):
        found |= {text.casefold(): status for status in vocabulary() if (text := label(status, language))}
    return found


def join_signs(table: OfficeTable) -> OfficeTable:
    """The table without its columns of signs; the same table where there are none.

    A column counts as one if it is named after another and its sample holds nothing but known words and blanks.
    """
    pairs = _pairs(table)
    if not pairs:
        return table
    gone = {sign for _, sign in pairs}
    kept = [place for place in range(len(table.columns)) if place not in gone]
    told = [
        Problem("signs_joined", Severity.HINT, column=table.names[value], params={"signs": table.names[sign]})
        for value, sign in pairs
    ]
    return replace(
        table,
        columns=tuple(table.columns[place] for place in kept),
        body=JoinedBody(table.body, pairs, kept, table.names),
        hints=replace(table.hints, signs={**table.hints.signs, BELOW_HALF: str(Status.BELOW_HALF)}),
        problems=[*table.problems, *told],
    )


def _pairs(table: OfficeTable) -> list[tuple[int, int]]:
    """Places of a value column and its column of signs."""
    places, known = {name: place for place, name in enumerate(table.names)}, words()
    found = []
    for name, place in places.items():
        base = next((name.removesuffix(ending) for ending in ENDINGS if name.endswith(ending)), None)
        if base in places and all(cell.strip().casefold() in {*known, ""} for cell in table.sample_of(name)):
            found.append((places[base], place))
    return found


@dataclass
class JoinedBody:
    """Data rows with each sign in the cell of its value.

    `known`: what the words mean, by the place of a column of signs that the office has made itself. What such a column
    says of figures beside it is told where the figure goes; our own downloads have none there.
    """

    body: Body
    pairs: Sequence[tuple[int, int]]
    kept: Sequence[int]
    names: Sequence[str]
    known: Mapping[int, Mapping[str, Status]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.row_count = self.body.row_count
        self._odd: dict[tuple[str, int], Problem] = {}
        self._over: dict[tuple[int, int], Problem] = {}

    @property
    def problems(self) -> list[Problem]:
        """Those of the body, words in a column of signs that say nothing, and signs that take the place of figures."""
        return [*getattr(self.body, "problems", []), *self._odd.values(), *self._over.values()]

    def chunks(self, size: int) -> Iterator[Chunk]:
        """The rows in pieces."""
        for chunk in self.body.chunks(size):
            yield self._joined(chunk)

    def sample(self) -> list[Row]:
        """The sample with its signs."""
        rows = self.body.sample()
        if not rows:
            return rows
        numbers = np.fromiter((row.number for row in rows), np.int64, len(rows))
        columns = tuple(pa.array(cells, pa.string()) for cells in zip(*(row.cells for row in rows), strict=True))
        cells = [column.to_pylist() for column in self._joined(Chunk(numbers, columns)).columns]
        return [Row(number, row) for number, row in zip(numbers.tolist(), zip(*cells, strict=True), strict=True)]

    def _joined(self, chunk: Chunk) -> Chunk:
        columns = list(chunk.columns)
        for value, sign in self.pairs:
            columns[value] = self._with_signs(chunk, columns[value], value, sign)
        return Chunk(chunk.rows, tuple(columns[place] for place in self.kept))

    def _with_signs(self, chunk: Chunk, values: pa.Array, value: int, sign: int) -> pa.Array:
        coded = clean_text(chunk.columns[sign]).dictionary_encode()
        distinct, known = coded.dictionary.to_pylist(), self.known.get(sign) or words()
        codes = coded.indices.to_numpy(zero_copy_only=False)
        for code, word in enumerate(distinct):
            status = known.get(word.casefold(), Status.OK)
            if word and word.casefold() not in known:
                self._note(chunk, codes == code, sign, word)
            if status == Status.OK:
                continue
            here = pa.array(codes == code)
            if status in _INSTEAD:
                if sign in self.known:
                    self._note_figures(chunk, values, codes == code, (value, word, status))
                written: pa.Array | pa.Scalar = pa.scalar(_INSTEAD[status], pa.string())
            elif status in _BESIDE:
                written = pc.binary_join_element_wise(_bare(values), _BESIDE[status], "")
            else:
                written = pc.binary_join_element_wise("(", _bare(values), ")", "")
            values = pc.if_else(here, written, values)
        return values

    def _note(self, chunk: Chunk, where: np.ndarray, sign: int, word: str) -> None:
        row = int(chunk.rows[np.flatnonzero(where)[0]])
        self._odd.setdefault((word, sign), Problem("sign_unknown", Severity.ERROR, row, self.names[sign], word))

    def _note_figures(self, chunk: Chunk, values: pa.Array, here: np.ndarray, said: tuple[int, str, Status]) -> None:
        """Figures that give way to a sign; "nothing" beside a figure contradicts it."""
        place, word, status = said
        for index in np.flatnonzero(here)[: MOST_TOLD - len(self._over)].tolist():
            figure, row = shown(values[index].as_py() or "").strip(), int(chunk.rows[index])
            if not any(char in "123456789" for char in figure):
                continue
            none = status is Status.NOTHING
            code, severity = ("sign_denies", Severity.ERROR) if none else ("sign_over_value", Severity.WARNING)
            if status is Status.SECRET:
                severity = Severity.HINT  # to hide figures is what it is for
            meant = {language: label(status, language) for language in ("de", "en")}
            params = {"sign": word, "meaning": meant}
            self._over[row, place] = Problem(code, severity, row, self.names[place], figure, params)


def _bare(values: pa.Array) -> pa.Array:
    """Values without the mark of a spreadsheet's typed number: beside a sign it would not be known."""
    return pc.replace_substring(pc.fill_null(values, ""), TYPED_NUMBER, "", max_replacements=1)
