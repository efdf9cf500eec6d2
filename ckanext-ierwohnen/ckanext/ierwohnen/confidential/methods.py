"""A record beside the outputs: which source, and which records, are protected by which method.

Suppression and noise on one source tell more together than each alone. So each run leaves a line, and a run by the
other method refuses the source, and the records whatever their source is called.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from .errors import InputError
from .parameters import METHODS, same_source
from .reading import cleaned, read_csv
from .traces import Trace, parse_trace

RECORD = "disclosure-methods.csv"


COLUMNS = ["source", "method", "records", "columns", "rows"]


@dataclass(frozen=True)
class Line:
    """A source that was protected by a method, and what its records are known again by (older lines do not say)."""

    source: str
    method: str
    trace: Trace | None


def check_recorded(path: Path, source: str, method: str, trace: Trace | None = None) -> None:
    """Raise `InputError` if the record has another method for the source, however it is written, or for its records."""
    for line in _lines(path):
        if line.method == method:
            continue
        if same_source(source) and same_source(line.source) == same_source(source):
            raise InputError("method-recorded", source=source, recorded=line.method, wanted=method, name=str(path))
        if trace and line.trace and trace.shares(line.trace):
            raise InputError("records-recorded", source=line.source or "–", recorded=line.method, wanted=method,
                             name=str(path))  # fmt: skip


def recorded(path: Path, source: str, method: str, trace: Trace | None = None) -> dict[Path, str]:
    """The record with a line for the source and its records, by path; nothing where it has one already."""
    check_recorded(path, source, method, trace)
    lines = _lines(path)
    new = Line(cleaned(source), method, trace)
    if any(same_source(old.source) == same_source(source) and old.trace == trace for old in lines):
        return {}
    text = io.StringIO()
    traces = (line.trace.written() if line.trace else ("", "", "") for line in [*lines, new])
    rows = [(line.source, line.method, *trace) for line, trace in zip([*lines, new], traces, strict=True)]
    csv.writer(text, lineterminator="\n").writerows([COLUMNS, *rows])
    return {path: text.getvalue()}


def _lines(path: Path) -> list[Line]:
    if not path.exists():
        return []
    frame = read_csv(path)
    if list(frame.columns) not in (COLUMNS, COLUMNS[:2]) or not frame["method"].isin(METHODS).all():
        raise InputError("method-record-broken", name=str(path))
    frame = frame.reindex(columns=COLUMNS, fill_value="")
    try:
        return [Line(source, method, parse_trace(*trace)) for source, method, *trace in frame.to_numpy().tolist()]
    except ValueError as error:
        raise InputError("method-record-broken", name=str(path)) from error
