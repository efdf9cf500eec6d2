"""Single cells of a company's table: what they say as a day, yes or no, or class; errors of a spreadsheet. Pure."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ckanext.ierwohnen.tables.cells import SPREADSHEET_ERRORS
from ckanext.ierwohnen.tables.code_lists import normal
from ckanext.ierwohnen.tables.periods import parse_period
from ckanext.ierwohnen.vault.record import Field

_YES = {"ja", "j", "yes", "y", "x", "1", "wahr", "true", "vorhanden", "leer", "leerstehend"}
_NO = {"nein", "n", "no", "0", "falsch", "false", "nicht vorhanden", "kein", "keine", "ohne", "vermietet"}
_UNTIL = ("subsidized_until",)
_ERRORS = pa.array([*SPREADSHEET_ERRORS, "#N/A", "#NV"], pa.string())
_TOTAL = (
    r"(?i)^\s*(?:(?:zwischen|gesamt|teil|end)?summen?|zwischensaldo|insgesamt|gesamtergebnis|grand total|subtotal"
    r"|(?:teil|zwischen)ergebnis)(?:\s*[:.]?\s*$|[\s:]+\S)"
    r"|^\s*(?:gesamt|total|zusammen|durchschnitt|mittelwert|mittel|[Σ∑ø])\s*[:.]?(?:\s+[^\d\s][^\d]*)?$"
)


def totals(cells: pa.Array) -> pa.Array | None:
    """Which cells say that their row is a sum; None if none does. Numbers that begin so („Gesamt-01“) do not."""
    found = pc.fill_null(pc.match_substring_regex(cells, _TOTAL), False)
    return found if pc.any(found, min_count=0).as_py() else None


def spreadsheet_errors(cells: pa.Array) -> pa.Array | None:
    """Which cells are an error of a spreadsheet (`#REF!`); None if none is."""
    found = pc.is_in(cells, _ERRORS)
    return found if pc.any(found, min_count=0).as_py() else None


def impossible(figures: np.ndarray, wanted: Field) -> dict[str, np.ndarray]:
    """Which numbers cannot be those of a field, by what is wrong with them: beyond its bounds, or with decimals."""
    found = {}
    if wanted.start is not None:
        with np.errstate(invalid="ignore"):
            found["out-of-range"] = (figures < wanted.start) | (figures > (wanted.end or np.inf))
    if wanted.type == "integer":
        found["no-integer"] = (figures != np.floor(figures)) & ~np.isnan(figures)
    return found


def read_cell(text: str, wanted: Field) -> str | None:
    """A day, a yes or no, or a class of a code list as the store takes it; None for what is none."""
    if wanted.type == "date":
        return _day(text, wanted.name in _UNTIL)
    plain = normal(text)
    if wanted.type == "yes_no":
        return "t" if plain in _YES else "f" if plain in _NO else None
    return (wanted.codes or {}).get(plain)


def _day(text: str, until: bool) -> str | None:
    """A date in ISO form; of a year or month the first day, or the last where it says until when."""
    period = parse_period(text)
    if period is None or period.kind not in ("day", "month", "year"):
        return None
    if not until or period.kind == "day":
        return period.start.isoformat()
    year, month = (period.start.year, period.start.month) if period.kind == "month" else (period.start.year, 12)
    after = dt.date(year + month // 12, month % 12 + 1, 1)
    return (after - dt.timedelta(days=1)).isoformat()
