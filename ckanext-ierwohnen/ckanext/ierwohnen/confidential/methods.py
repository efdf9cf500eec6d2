"""A record beside the outputs: which source is protected by which method.

Suppression and noise on one source tell more together than each alone. So each run that names its source leaves a line,
and a run by the other method refuses the source.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from .errors import InputError
from .parameters import METHODS, same_source
from .reading import read_csv

RECORD = "disclosure-methods.csv"


def check_recorded(path: Path, source: str, method: str) -> None:
    """Raise `InputError` if the record has another method for the source, however it is written."""
    for given, laid_down in _lines(path):
        if same_source(given) == same_source(source) and laid_down != method:
            raise InputError("method-recorded", source=source, recorded=laid_down, wanted=method, name=str(path))


def recorded(paths: Sequence[Path], source: str, method: str) -> dict[Path, str]:
    """The records with a line for the source, by path; those that have it already are left out."""
    found = {}
    for path in paths:
        check_recorded(path, source, method)
        lines = _lines(path)
        if all(same_source(given) != same_source(source) for given, _ in lines):
            text = io.StringIO()
            csv.writer(text, lineterminator="\n").writerows(
                [("source", "method"), *lines, (" ".join(source.split()), method)]
            )
            found[path] = text.getvalue()
    return found


def _lines(path: Path) -> list[tuple[str, str]]:
    if not path.exists():
        return []
    frame = read_csv(path)
    if list(frame.columns) != ["source", "method"] or not frame["method"].isin(METHODS).all():
        raise InputError("method-record-broken", name=str(path))
    return list(zip(frame["source"], frame["method"], strict=True))
