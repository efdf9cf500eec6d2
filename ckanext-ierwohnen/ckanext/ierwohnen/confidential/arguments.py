"""Options of the command taken apart, and what they must not ask for."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

from .errors import InputError
from .methods import RECORD
from .noise import record_of
from .patterns import FIXED
from .reading import clean_columns, cleaned, read_csv, row_of


def refuse_overwriting(options: argparse.Namespace) -> None:
    """Nothing that is read may be overwritten, and no two outputs may be one file."""
    names = ("output", "report", "internal")
    outputs = [Path(p).resolve() for n in names if (p := getattr(options, n, None))]
    inputs = [options.input, options.rules, options.linked, getattr(options, "pattern", None), options.methods_record]
    inputs += [p.parent / RECORD for p in outputs]
    secret = getattr(options, "secret", None)
    inputs += [secret, record_of(secret)] if secret else []
    inputs += [Path(pair(h, "--hierarchy")[1]) for h in options.hierarchy]
    inputs += [Path(pair(c, "--crosswalk")[1]) for c in options.crosswalk]
    inputs += [Path(part) for given in options.earlier for part in given.rpartition(":")[2].split("=") if part]
    read = {Path(p).resolve() for p in inputs if p}
    for at, path in enumerate(outputs):
        if path in read or path in outputs[:at]:
            raise InputError("file-twice", name=str(path))


def read_linked(path: Path, laid_down: Mapping[str, str]) -> dict[str, str]:
    """Owner and group by row of a file, beside those of the rules; an owner has one group."""
    frame = read_csv(path)
    frame = clean_columns(frame, frame.columns)
    if frame.shape[1] < 2:
        raise InputError("column-missing", column="group", name=path.name, columns=", ".join(frame.columns))
    found = dict(laid_down)
    for at, (owner, group) in enumerate(zip(frame.iloc[:, 0], frame.iloc[:, 1], strict=True)):
        if not owner:
            raise InputError("linked-empty", name=path.name, row=row_of(frame, at))
        if group and found.setdefault(owner, group) != group:
            raise InputError("linked-twice", owner=owner, first=found[owner], second=group)
    return found


def refuse_names(layout: Sequence[str]) -> None:
    """Dimensions that the output could not tell from its own columns, or that come twice."""
    if not layout:
        raise InputError("option-value", option="--dimensions", value="", allowed="A,B")
    for at, column in enumerate(layout):
        if column in FIXED:
            raise InputError("column-reserved", column=column, reserved=", ".join(FIXED))
        if column in layout[:at]:
            raise InputError("option-twice", option="--dimensions", value=column)


def depths_of(text: str) -> frozenset[int]:
    if not all(x.strip().isdecimal() for x in text.split("+")):
        raise InputError("option-value", option="--levels", value=text, allowed="A=0+1")
    return frozenset(int(x) for x in text.split("+"))


def split(text: str | None) -> list[str]:
    """Names between commas."""
    return [name for t in (text or "").split(",") if (name := cleaned(t))]


def pair(text: str, option: str) -> tuple[str, str]:
    """NAME=VALUE of an option."""
    name, sign, value = text.partition("=")
    if not sign or not name.strip() or not value.strip():
        raise InputError("option-value", option=option, value=text, allowed="NAME=…")
    return cleaned(name), value.strip()
