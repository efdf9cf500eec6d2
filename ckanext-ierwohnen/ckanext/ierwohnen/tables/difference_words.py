"""The differences between two states in plain sentences, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from ckanext.ierwohnen.look.figure import Figure
from ckanext.ierwohnen.look.numbers import format_date
from ckanext.ierwohnen.look.signs import Status
from ckanext.ierwohnen.tables.alike import MARKS_PER_EURO
from ckanext.ierwohnen.tables.differences import Differences
from ckanext.ierwohnen.tables.messages import message

GROWTH = 0.04
UNDATED = {"de": "ohne Zeitpunkt", "en": "without a date"}
NAMED = 5  # units, columns and jumps that a sentence or a list names
SENTENCES = {  # what was counted → code for one, code for several
    "units_added": ("diff_unit_added", "diff_units_added"),
    "units_removed": ("diff_unit_removed", "diff_units_removed"),
    "columns_added": ("diff_column_added", "diff_columns_added"),
    "columns_removed": ("diff_column_removed", "diff_columns_removed"),
}
ALIKE = {
    "more": "diff_alike_more", "less": "diff_alike_less", "zero": "diff_alike_zero", "sign": "diff_alike_sign",
    "same": "diff_alike_same", "factor": "diff_alike_factor", "shift": "diff_alike_shift", "part": "diff_alike_part",
    "marks": "diff_alike_marks",
}  # fmt: skip
ROLES = {
    "key": "diff_role_key", "name": "diff_role_name", "period": "diff_role_period",
    "indicator": "diff_role_indicator", "dimension": "diff_role_dimension", "weight": "diff_role_weight",
    "contributor": "diff_role_contributor", "note": "diff_role_note", "unclear": "diff_role_unclear",
}  # fmt: skip


@dataclass(frozen=True)
class Sentence:
    """One difference: what it is about (`rows`, `periods`, `units`, `columns`, `values`, `jump`, `alike`, `title`), and
    the text.
    """

    about: str
    text: str

    def as_dict(self) -> dict[str, str]:
        """The form that actions give."""
        return {"about": self.about, "text": self.text}


def sentences(stored: dict[str, Any] | None, rows: int, number: int | None, locale: str = "de") -> list[Sentence]:
    """What changed, most important first.

    :param stored: `Differences.as_dict()`, None for the first state; :param rows: rows of the new state
    :param number: the number of the state it is compared with
    """
    if stored is None:
        return [Sentence("rows", message("diff_first", {"rows": rows}, locale))]
    found = Differences(**stored)
    if found.none:
        said = [Sentence("rows", message("diff_none", {"number": str(number or "")}, locale))]
        return said if found.compared else [*_rows(found, locale), *_uncompared(locale)]
    said = [*_alike(found, locale), *_jumps(found, locale), *_counts(found, locale), *_rows(found, locale)]
    said += [*_columns(found, locale), *_changed(found, locale)]
    return said if found.compared else [*said, *_uncompared(locale)]


def losses(found: Differences, locale: str = "de") -> list[str]:
    """What readers would no longer find, each a sentence: units, rows, and dates, if more go than come.

    A table of one date, or of the last five years, gives a date for each that it gets.
    """
    removed = found.periods_removed if len(found.periods_removed) > len(found.periods_added) else []
    gone = replace(found, periods_added=[], periods_removed=removed, units_added_count=0)
    fewer = _rows(found, locale) if found.rows[1] < found.rows[0] else ()
    return [sentence.text for sentence in [*_counts(gone, locale), *fewer]]


def _uncompared(locale: str) -> list[Sentence]:
    return [Sentence("values", message("diff_not_compared", {}, locale))]


def _rows(found: Differences, locale: str) -> Iterator[Sentence]:
    before, after = found.rows
    if before != after:
        code = "diff_rows_more" if after > before else "diff_rows_fewer"
        yield Sentence("rows", message(code, {"before": before, "after": after, "count": abs(after - before)}, locale))


def _counts(found: Differences, locale: str) -> Iterator[Sentence]:
    for code, periods in (("diff_periods_added", found.periods_added), ("diff_periods_removed", found.periods_removed)):
        if periods:
            written = _listed([format_date(one, locale=locale) for one in periods], len(periods))
            yield Sentence("periods", message(code, {"periods": written}, locale))
    for name in ("units_removed", "units_added"):
        count = getattr(found, f"{name}_count")
        if count:
            code = SENTENCES[name][count > 1]
            params = {"count": count, "units": _listed(getattr(found, name), count)}
            yield Sentence("units", message(code, params, locale))


def _columns(found: Differences, locale: str) -> Iterator[Sentence]:
    for name in ("columns_removed", "columns_added"):
        columns = getattr(found, name)
        if columns:
            code = SENTENCES[name][len(columns) > 1]
            quoted = _listed([f"„{one}“" if locale.startswith("de") else f"“{one}”" for one in columns], len(columns))
            yield Sentence("columns", message(code, {"count": len(columns), "columns": quoted}, locale))
    if found.columns_kept:
        kept = _listed(found.columns_kept, len(found.columns_kept))
        yield Sentence("columns", message("diff_columns_kept", {"columns": kept}, locale))
    for old, new in found.columns_renamed[:NAMED]:
        yield Sentence("columns", message("diff_column_renamed", {"old": old, "new": new}, locale))
    for column, *roles in found.columns_changed[:NAMED]:
        before, after = (message(ROLES[role], {}, locale) if role in ROLES else role for role in roles)
        params = {"column": column, "before": before, "after": after}
        yield Sentence("columns", message("diff_column_role", params, locale))


def _changed(found: Differences, locale: str) -> Iterator[Sentence]:
    if not found.values_changed or not found.values:
        return
    one = found.values[0]
    before, after = (_figure(one[name], locale) for name in ("before", "after"))
    example = f"{_place(one, locale, with_period=True)}: {before} → {after}"
    code = "diff_values_changed" if found.values_changed > 1 else "diff_value_changed"
    params = {"count": found.values_changed, "compared": found.values_compared, "example": example}
    yield Sentence("values", message(code, params, locale))


def _jumps(found: Differences, locale: str) -> Iterator[Sentence]:
    for jump in found.jumps[:NAMED]:
        code = {"own": "diff_jump_own", "others": "diff_jump_others"}[jump["against"]]
        if jump["before_period"] is None:
            code = "diff_jump_revised"
        params = {
            "place": _place(jump, locale, with_period=code == "diff_jump_revised"),
            "before": jump["before"],
            "after": jump["after"],
            "before_period": format_date(jump["before_period"], locale=locale),
            "period": format_date(jump["period"], locale=locale),
            "n": jump["n"],
        }
        yield Sentence("jump", message(code, params, locale))
    if found.jumps_count > NAMED:
        yield Sentence("jump", message("diff_jumps_more", {"count": found.jumps_count - NAMED}, locale))


def _alike(found: Differences, locale: str) -> Iterator[Sentence]:
    for one in found.alike[:NAMED]:
        dates = {name: format_date(one[name], locale=locale) for name in ("period", "other") if one.get(name)}
        kind = "marks" if one["kind"] == "factor" and _currency(one["factor"]) else one["kind"]
        yield Sentence("alike", message(ALIKE[kind], {**one, "period": UNDATED, **dates}, locale))
    if len(found.alike) > NAMED:
        yield Sentence("alike", message("diff_alike_rest", {"count": len(found.alike) - NAMED}, locale))


def _currency(factor: float) -> bool:
    """True for the rate between marks and euro, either way, with a year's growth."""
    return any(abs(factor / rate - 1) <= GROWTH for rate in (MARKS_PER_EURO, 1 / MARKS_PER_EURO))


def _place(one: dict[str, Any], locale: str, *, with_period: bool) -> str:
    period = format_date(one["period"], locale=locale) if with_period else ""
    return ", ".join(part for part in (one["unit"], one["dimensions"], one["column"], period) if part)


def _figure(stated: dict[str, Any], locale: str) -> str:
    if stated["status"] == Status.MISSING:
        return "leer" if locale.startswith("de") else "empty"
    return Figure.of(stated["value"], stated["status"], locale=locale).text


def _listed(names: Iterable[str], count: int) -> str:
    shown = list(names)[:NAMED]
    rest = count - len(shown)
    return ", ".join(shown) + (f" … (+{rest})" if rest > 0 else "")
