"""From office table to DataStore: fields with types, and rows as CSV for PostgreSQL's COPY, in bounded memory.

Numbers are canonical (`1234.5`), keys have their zeros, periods are ISO text, signs stand in a text column beside the
value (NULL for an ordinary one). Special rows (total, not assignable) are left out unless asked for.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from ckanext.ierwohnen.look.formula import GUARD, unguarded
from ckanext.ierwohnen.look.signs import Status
from ckanext.ierwohnen.places.keys import LevelKeys
from ckanext.ierwohnen.tables.cells import NumberStyle
from ckanext.ierwohnen.tables.columns_of_text import content_of, of_each
from ckanext.ierwohnen.tables.controls import without_controls
from ckanext.ierwohnen.tables.convert import Numbers, convert_numbers
from ckanext.ierwohnen.tables.coordinates import as_numbers
from ckanext.ierwohnen.tables.declared_signs import declared_signs
from ckanext.ierwohnen.tables.measures import styles_of
from ckanext.ierwohnen.tables.office_table import Chunk, OfficeTable
from ckanext.ierwohnen.tables.periods import parse_period
from ckanext.ierwohnen.tables.problems import Problem, Severity
from ckanext.ierwohnen.tables.roles import ColumnRole
from ckanext.ierwohnen.tables.special_rows import SPECIAL, KeyReading, RowKind, judge_keys, main_key, row_kinds

if TYPE_CHECKING:
    from ckanext.ierwohnen.tables.check import CheckRun, Taken

COPY_OPTIONS = "FORMAT csv, NULL ''"
STATUS_SUFFIX = "_status"
_SPECIAL_SIGNS = (b'"', b",", b"\\", b"\r", b"\n")
_UNQUOTED = csv.WriteOptions(include_header=False, quoting_style="none", batch_size=8_192)
_NUMERIC_ROLES = ("indicator", "weight")


@dataclass(frozen=True)
class Field:
    """A field of the DataStore table. `column` is the office's; `status_of` the value field it belongs to."""

    name: str
    type: str
    role: ColumnRole
    column: str
    status_of: str | None = None


@dataclass(frozen=True)
class LoadPlan:
    """What will be loaded: the fields in order, and how the columns are read."""

    fields: tuple[Field, ...]
    roles: tuple[ColumnRole, ...]
    styles: dict[str, NumberStyle]
    key: KeyReading | None
    places: tuple[LevelKeys, ...] = ()
    zero: dict[str, Status] = field(default_factory=dict)
    signs: Mapping[str, str] = field(default_factory=dict)
    keep_special: bool = False
    notes: Mapping[str, str] = field(default_factory=dict)


class LoadRefused(Exception):
    """A cell that cannot be read was met while loading: nothing may be published. Holds the problem."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.message("en"))


def load_plan(
    table: OfficeTable,
    roles: Sequence[ColumnRole],
    places: Sequence[LevelKeys] = (),
    *,
    signs: dict[str, set[str]] | None = None,
    zero: dict[str, Status] | None = None,
    styles: dict[str, NumberStyle] | None = None,
    keep_special: bool = False,
) -> LoadPlan:
    """Plan the load of a table.

    :param signs: statuses met per column in the check (`CheckReport.signs`); without it every value column gets a
        status column
    :param zero: meaning of `0` per column (`CheckReport.zero`)
    :param styles: number styles of the columns (`CheckReport.styles`), by default those of the sample
    :param keep_special: load totals and the like as well
    """
    by_name = {role.column: role for role in roles}
    names = _field_names(table.names)
    fields: list[Field] = []
    for column in table.names:
        role = by_name.get(column) or ColumnRole(column, "unused")
        numeric = role.role in _NUMERIC_ROLES
        fields.append(Field(names[column], "numeric" if numeric or role.role == "coordinate" else "text", role, column))
        met = set(signs.get(column, ())) - {"ok", "missing"} if signs is not None else {"any"}
        if numeric and met:
            status = ColumnRole(column, "status", status_of=names[column], reason="role_status_of")
            taken = {f.name for f in fields} | set(names.values())
            fields.append(Field(_free(names[column], STATUS_SUFFIX, taken), "text", status, column, names[column]))
    return LoadPlan(
        tuple(fields), tuple(by_name.get(c) or ColumnRole(c, "unused") for c in table.names),
        styles or styles_of(table, roles), main_key(table, roles, places), tuple(places), zero or {},
        declared_signs(table), keep_special,
    )  # fmt: skip


def copy_chunks(table: OfficeTable, plan: LoadPlan, check: CheckRun | None = None) -> Iterator[bytes]:
    """The rows as CSV without a header, for `COPY table (fields) FROM STDIN WITH (FORMAT csv, NULL '')`.

    With `check`, the same pass over the file feeds that check: a cell that cannot be read becomes NULL here, and the
    caller asks `check.report().publishable` before the rows are shown to anybody. Without, it is refused at once.

    :raises LoadRefused: at a cell that cannot be read, if there is no `check`; the caller rolls back
    """
    texts = frozenset(f.name for f in plan.fields if f.type == "text" and not f.status_of)
    with ThreadPoolExecutor(max_workers=2) as pool:
        for chunk in table.chunks():
            batch = convert_chunk(chunk, plan, check.take(chunk) if check else None, pool)
            if batch.num_rows:
                yield as_csv(batch, texts)


def convert_chunk(
    chunk: Chunk, plan: LoadPlan, taken: Taken | None = None, pool: ThreadPoolExecutor | None = None
) -> pa.RecordBatch:
    """One piece of the table, converted: a column for each field of the plan, all as text."""
    kinds, keys = (taken.kinds, taken.keys) if taken else _kinds(chunk, plan)
    work = list(enumerate(plan.roles))
    run = pool.map if pool else map
    converted = list(run(lambda item: _convert(chunk, item[0], item[1], plan, keys, taken), work))
    place = {role.column: n for n, role in enumerate(plan.roles)}
    arrays = [converted[place[f.column]][1 if f.status_of else 0] for f in plan.fields]
    batch = pa.RecordBatch.from_arrays(arrays, names=[f.name for f in plan.fields])
    if kinds is None or plan.keep_special:
        return batch
    aside = np.isin(kinds, [str(kind) for kind in (*SPECIAL, RowKind.EMPTY)])
    return batch.filter(pa.array(~aside)) if aside.any() else batch


def as_csv(batch: pa.RecordBatch, texts: frozenset[str]) -> bytes:
    """A batch as CSV; nulls are empty. Only the columns in `texts` can hold what needs quotes."""
    given = batch.columns
    columns = [
        _quoted(column) if name in texts else column for name, column in zip(batch.schema.names, given, strict=True)
    ]
    if all(quoted is column for quoted, column in zip(columns, given, strict=True)):
        out = io.BytesIO()
        csv.write_csv(batch, out, _UNQUOTED)  # twice as fast, but it quotes all texts or none
        return out.getvalue()
    columns[-1] = pc.binary_join_element_wise(columns[-1], "\n", "", null_handling="replace", null_replacement="")
    lines = pc.binary_join_element_wise(*columns, ",", null_handling="replace", null_replacement="")
    offsets = np.frombuffer(lines.buffers()[1], np.int32)[lines.offset : lines.offset + len(lines) + 1]
    return memoryview(lines.buffers()[2])[offsets[0] : offsets[-1]].tobytes()


def _quoted(column: pa.Array) -> pa.Array:
    content = content_of(column)
    if not any(sign in content for sign in _SPECIAL_SIGNS):
        return column
    encoded = column.dictionary_encode()  # mostly a few texts, each many times
    texts = encoded.dictionary
    special = pc.match_substring_regex(texts, r'[",\\\r\n]')
    doubled = pc.binary_join_element_wise('"', pc.replace_substring(texts, '"', '""'), '"', "")
    return pc.if_else(special, doubled, texts).take(encoded.indices)


def _kinds(chunk: Chunk, plan: LoadPlan) -> tuple[np.ndarray | None, pa.Array | None]:
    if plan.key is None:
        return None, None
    distinct = pc.unique(pc.fill_null(chunk.columns[plan.key.place], "")).to_pylist()
    kinds, _ = judge_keys(distinct, plan.key)
    return row_kinds(chunk, plan.key, kinds)


def _convert(
    chunk: Chunk, place: int, role: ColumnRole, plan: LoadPlan, keys: pa.Array | None, taken: Taken | None
) -> tuple[pa.Array, pa.Array | None]:
    column = chunk.columns[place]
    if role.role in _NUMERIC_ROLES:
        if taken:
            return taken.numbers[role.column].values, taken.numbers[role.column].statuses
        zero = plan.zero.get(role.column, Status.OK)
        numbers = convert_numbers(column, plan.styles[role.column], zero=zero, signs=plan.signs)
        _refuse_unreadable(numbers, chunk, role)
        return numbers.values, numbers.statuses
    text = _null_if_blank(_without_guard(chunk.cleaned(place)))
    if role.role == "key":
        return _canonical_keys(text, place, role, plan, keys), None
    if role.role == "period":
        return _iso_periods(chunk.encoded(place)), None
    if role.role == "coordinate":
        read = as_numbers(text.to_pylist())
        return pa.array([None if value != value else f"{value:.10g}" for value in read.tolist()], pa.string()), None
    return text, None


def _without_guard(text: pa.Array) -> pa.Array:
    """Texts that our own downloads guard against formulas, as they were before: `'=SUM(…)` → `=SUM(…)`."""
    if not pc.any(pc.starts_with(text, GUARD), min_count=0).as_py():
        return text
    return of_each(text.dictionary_encode(), unguarded)


def _null_if_blank(text: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)


def _refuse_unreadable(numbers: Numbers, chunk: Chunk, role: ColumnRole) -> None:
    if numbers.plain or not any(cell.problem for cell in numbers.cells.values()):
        return
    for index, text in zip(numbers.odd, numbers.odd_texts, strict=False):
        problem = numbers.cells[text].problem
        if problem:
            raise LoadRefused(Problem(problem, Severity.ERROR, int(chunk.rows[index]), role.column, text))


def _canonical_keys(text: pa.Array, place: int, role: ColumnRole, plan: LoadPlan, keys: pa.Array | None) -> pa.Array:
    if plan.key is not None and place == plan.key.place and keys is not None:
        return pc.coalesce(keys, text)
    level = next((p for p in plan.places if p.system == role.system and p.level == role.level), None)
    if level is None:
        return text
    encoded = text.dictionary_encode()
    kinds, _ = judge_keys(encoded.dictionary.to_pylist(), KeyReading(role.column, place, level))
    return of_each(encoded, lambda text: text and (kinds[text][1] or text))


def _iso_periods(encoded: pa.DictionaryArray) -> pa.Array:
    return of_each(encoded, lambda text: found.text if (found := parse_period(text)) else text or None)


def _field_names(columns: Sequence[str]) -> dict[str, str]:
    """Names that the DataStore takes: no leading underscore, no quotes, at most 63 bytes, unique."""
    names: dict[str, str] = {}
    for column in columns:
        base = " ".join(without_controls(column).replace('"', "'").split()).lstrip("_ ") or "Spalte"
        names[column] = _free(_cut(base, 52), "", set(names.values()))
    return names


def _free(base: str, suffix: str, taken: set[str]) -> str:
    lowered = {name.casefold() for name in taken}
    name, number = base + suffix, 2
    while name.casefold() in lowered:
        name, number = f"{base} {number}{suffix}", number + 1
    return name


def _cut(text: str, size: int) -> str:
    return text.encode()[:size].decode(errors="ignore").strip()
