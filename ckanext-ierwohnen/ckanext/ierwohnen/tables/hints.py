"""What a person, or a client of the action, has stated about how a file is to be read: checked before anything is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from ckanext.ierwohnen.look.signs import Status
from ckanext.ierwohnen.tables.declared_signs import BRACKETS, NEGATIVE
from ckanext.ierwohnen.tables.messages import message
from ckanext.ierwohnen.tables.periods import parse_period

DECIMAL = (",", ".")
AXES = ("by_row",)
ZERO = ("value", "below_half")
DATES = ("dmy", "mdy")
YEAR_PARTS = ("quarter", "half")
CENTURIES = ("1900", "2000")
NO_PERIOD = "none"
POWERS = {format(10.0**power, ".9f").rstrip("0").rstrip("."): power for power in range(-6, 10)}
_SEPARATORS = {"tab": "\t", "\\t": "\t"}


class HintWrong(ValueError):
    """A hint that cannot be: its name is not known, or its value is none of those possible."""

    def __init__(self, code: str, **params: Any) -> None:
        self.code, self.params = code, params
        super().__init__(message(code, params, "en"))


@dataclass(frozen=True)
class Hints:
    """What a person has corrected about the reading; None leaves it to us. Rows and sheets as the person sees them.

    `decimal` maps column name (or "*" for all) → "," or "."; `header_rows` and `first_row`, `last_row` are file rows;
    `table` picks one of several tables in a sheet (from 1); `zero` declares what `0` means beside `-`:
    "value" or "below_half"; `signs` what a sign means in this table (sign → status; `()` may be "negative");
    `scale` what the figures of a column (or "*") are multiplied by, kept as a power of ten; `period` the period of the
    whole table, or "none"; `dates` whether 03/04/2024 is the third of April ("dmy") or the fourth of March ("mdy");
    `year_parts` whether I and II below a year are its quarters or its halves;
    `century` whether 31.12.49 is of 1949 ("1900") or of 2049 ("2000");
    `names` the level (`system`, `level`) whose keys the names of a column stand for, in a table without keys;
    `sheets` those that are read below one another; `axes` "by_row" reads the coordinates of single points the other way
    round where only that puts them into the place.
    """

    encoding: str | None = None
    separator: str | None = None
    sheet: str | None = None
    table: int | None = None
    header_rows: tuple[int, ...] | None = None
    first_row: int | None = None
    last_row: int | None = None
    decimal: dict[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    zero: str | None = None
    signs: dict[str, str] = field(default_factory=dict)
    scale: dict[str, int] = field(default_factory=dict)
    period: str | None = None
    dates: str | None = None
    century: str | None = None
    year_parts: str | None = None
    names: dict[str, tuple[str, str]] = field(default_factory=dict)
    sheets: tuple[str, ...] = ()
    axes: str | None = None

    @classmethod
    def of(cls, value: Hints | Mapping[str, Any] | None) -> Hints:
        """Take hints as an action gets them; HintWrong names the one that cannot be."""
        if isinstance(value, Hints):
            return value
        stated = {str(name): v for name, v in (value or {}).items() if v not in (None, "", [], {})}
        unknown = sorted(set(stated) - set(_CHECKS))
        if unknown:
            raise HintWrong("hint_unknown", name=unknown[0], names=[one.name for one in fields(cls)])
        return cls(**{name: _CHECKS[name](name, v) for name, v in stated.items()})


def _text(name: str, value: Any) -> str:
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return str(value)
    raise HintWrong("hint_text", name=name)


def _separator(name: str, value: Any) -> str:
    text = _text(name, value)
    text = _SEPARATORS.get(text.casefold(), text)
    if len(text) != 1 or not text.isascii() or text.isalnum() or text in "\"'\r\n\x00":
        raise HintWrong("hint_separator", value=text[:20])
    return text


def _row(name: str, value: Any) -> int:
    text = str(value).strip()
    if isinstance(value, bool) or not (text.isascii() and text.isdigit()) or not 0 < len(text) < 10 or int(text) < 1:
        raise HintWrong("hint_number", name=name, value=text[:20])
    return int(text)


def _rows(name: str, value: Any) -> tuple[int, ...]:
    return tuple(sorted({_row(name, one) for one in _listed(value)}))


def _texts(name: str, value: Any) -> tuple[str, ...]:
    return tuple(_text(name, one) for one in _listed(value))


def _decimal(name: str, value: Any) -> dict[str, str]:
    stated = _mapped(name, {"*": value} if isinstance(value, str) else value)
    return {column: _one_of(name, sign, DECIMAL) for column, sign in stated.items()}


def _signs(name: str, value: Any) -> dict[str, str]:
    statuses = tuple(map(str, Status))
    return {
        sign: _one_of(name, status, (*statuses, NEGATIVE) if sign == BRACKETS else statuses)
        for sign, status in _mapped(name, value).items()
    }


def _scale(name: str, value: Any) -> dict[str, int]:
    stated = _mapped(name, value if isinstance(value, Mapping) else {"*": value})
    return {column: _power(name, factor) for column, factor in stated.items()}


def _names(name: str, value: Any) -> dict[str, tuple[str, str]]:
    levels = {column: _mapped(name, wanted) for column, wanted in _mapped(name, value).items()}
    return {c: (_text(name, one.get("system")), _text(name, one.get("level"))) for c, one in levels.items()}


def _power(name: str, factor: Any) -> int:
    """1000 → 3; only powers of ten lead from one unit to another."""
    text = str(factor).replace(",", ".")
    return POWERS[_one_of(name, text.removesuffix(".0"), tuple(POWERS))]


def _period(name: str, value: Any) -> str:
    text = _text(name, value).strip()
    if text.casefold() == NO_PERIOD:
        return NO_PERIOD
    found = parse_period(text)
    if found is None:
        raise HintWrong("hint_period", name=name, value=text[:20])
    return found.text


def _dates(name: str, value: Any) -> str:
    return _one_of(name, value, DATES)


def _year_parts(name: str, value: Any) -> str:
    return _one_of(name, value, YEAR_PARTS)


def _century(name: str, value: Any) -> str:
    return _one_of(name, str(value), CENTURIES)


def _zero(name: str, value: Any) -> str:
    return _one_of(name, value, ZERO)


def _axes(name: str, value: Any) -> str:
    return _one_of(name, value, AXES)


def _one_of(name: str, value: Any, possible: tuple[str, ...]) -> str:
    if value not in possible:
        raise HintWrong("hint_value", name=name, value=str(value)[:40], possible=list(possible))
    return str(value)


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _mapped(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise HintWrong("hint_object", name=name)
    return {str(key): entry for key, entry in value.items()}


_CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "encoding": _text, "separator": _separator, "sheet": _text, "table": _row, "header_rows": _rows,
    "first_row": _row, "last_row": _row, "decimal": _decimal, "missing": _texts, "zero": _zero, "signs": _signs,
    "scale": _scale, "period": _period, "dates": _dates, "century": _century, "sheets": _texts,
    "year_parts": _year_parts, "names": _names,
    "axes": _axes,
}  # fmt: skip
