"""A published table as the writers of downloads see it: columns with their meaning, and rows in batches of text.

All cells travel as text as PostgreSQL writes it (`1234.50`, `2025-12-31`, `true`; null where there is nothing), so that
no digit is lost on the way; each writer makes of it what its format knows. Memory does not grow with the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import pyarrow as pa
import pyarrow.compute as pc

from ckanext.ierwohnen.look.signs import WITHOUT_VALUE
from ckanext.ierwohnen.tables.meaning import ColumnMeaning
from ckanext.ierwohnen.tables.roles import Role


class OutOfRange(Exception):
    """A value of a column that a format has no room for: a number beyond 64-bit floats, a year beyond 9999."""


class Kind(StrEnum):
    """What the cells of a column are, whatever PostgreSQL calls it."""

    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    TEXT = "text"


_KINDS = {
    "numeric": Kind.NUMBER,
    "float4": Kind.NUMBER,
    "float8": Kind.NUMBER,
    "real": Kind.NUMBER,
    "double precision": Kind.NUMBER,
    "int2": Kind.INTEGER,
    "int4": Kind.INTEGER,
    "int8": Kind.INTEGER,
    "smallint": Kind.INTEGER,
    "integer": Kind.INTEGER,
    "bigint": Kind.INTEGER,
    "bool": Kind.BOOLEAN,
    "boolean": Kind.BOOLEAN,
    "date": Kind.DATE,
    "timestamp": Kind.DATETIME,
    "timestamp without time zone": Kind.DATETIME,
}
_DAYS = pa.array(["infinity", "-infinity"])
_ENDLESS = {Kind.NUMBER: pa.array(["NaN", "Infinity", "-Infinity"]), Kind.DATE: _DAYS, Kind.DATETIME: _DAYS}
NUMERIC = (Kind.NUMBER, Kind.INTEGER)


def kind_of(column: ColumnMeaning) -> Kind:
    """What the cells of a column are; a type that we do not know travels as text."""
    return _KINDS.get(column.type.split("(")[0].strip(), Kind.TEXT)


@dataclass(frozen=True)
class About:
    """What a reader has to know about a table besides its cells; empty where nobody said it."""

    title: str
    table: str = ""
    description: str = ""
    publisher: str = ""
    licence: str = ""
    licence_id: str = ""
    licence_url: str = ""
    attribution: str = ""
    page: str = ""
    changed: str = ""
    first: str = ""
    last: str = ""
    portal: str = ""


@dataclass(frozen=True)
class PublishedTable:
    """One published state of a table.

    `batches` gives the rows anew at each call: record batches of text columns named as `columns`.
    """

    columns: tuple[ColumnMeaning, ...]
    rows: int
    batches: Callable[[], Iterator[pa.RecordBatch]]
    about: About = field(default_factory=lambda: About(""))

    @property
    def names(self) -> list[str]:
        """The names of the columns in the DataStore."""
        return [column.name for column in self.columns]

    def key(self) -> ColumnMeaning | None:
        """The key column whose spatial system and level are known."""
        return next((one for one in self.columns if one.role == Role.KEY and one.system and one.level), None)

    def safe_batches(self) -> Iterator[pa.RecordBatch]:
        """The rows as they may leave the house: no number where a sign says that there is none to show."""
        for batch in self.batches():
            yield without_hidden(batch, self.columns)


def without_hidden(batch: pa.RecordBatch, columns: Sequence[ColumnMeaning]) -> pa.RecordBatch:
    """Empty each value beside a sign that stands in its place (`secret` …), and what is no number or no day."""
    place = {name: number for number, name in enumerate(batch.schema.names)}
    arrays = list(batch.columns)
    hiding = pa.array([str(status) for status in sorted(WITHOUT_VALUE)])
    nothing = pa.scalar(None, pa.string())
    for column in columns:
        endless = _ENDLESS.get(kind_of(column))
        if endless is not None:
            at = place[column.name]
            arrays[at] = pc.if_else(pc.is_in(arrays[at], value_set=endless), nothing, arrays[at])
    for column in columns:
        if column.status_of in place:
            at = place[column.status_of]
            hidden = pc.is_in(arrays[place[column.name]], value_set=hiding)
            arrays[at] = pc.if_else(hidden, nothing, arrays[at])
    return pa.RecordBatch.from_arrays(arrays, names=batch.schema.names)


def as_numbers(texts: pa.Array) -> pa.Array:
    """Text of numbers as 64-bit floats: the nearest to what is written."""
    return pc.cast(texts, pa.float64())
