"""In what the figures of a column are given: its unit, and whether they are thousands, millions, or another area unit.

A power of ten leads from the figures of the file to those of the indicator: 3 for "in 1.000", −4 from m² to ha. It is
found by heading, units row, title or notes, or stated by a person (hint `scale`), and carried out where cells become
numbers (`convert.py`). What cannot be converted, or is not said where it has to be, is a problem of the check.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ckanext.ierwohnen.look.numbers import cell_number
from ckanext.ierwohnen.tables import role_words as words
from ckanext.ierwohnen.tables.cells import NumberStyle
from ckanext.ierwohnen.tables.column_facts import ColumnFacts, words_of
from ckanext.ierwohnen.tables.hints import NO_PERIOD
from ckanext.ierwohnen.tables.office_table import Column, OfficeTable
from ckanext.ierwohnen.tables.periods import COUNTED_INSIDE, FINER, parse_period, part_of, periods_inside
from ckanext.ierwohnen.tables.roles import ColumnRole, IndicatorName
from ckanext.ierwohnen.tables.units import unit_text

_PHRASES = re.compile(r"[(),;|]|\s[–-]\s")
_FORMER = re.compile(
    r"(?<!zum )(?<!gegenüber )(?<!ggü\. )(?<!ggü )(?<!gegen )(?<!dem )(?<!seit )(?:\bvor(?:vor)?"
    r"(?:jahr|monat|quartal|halbjahr|periode|woche)|\bvor \w+ (?:jahr|monat)|\bfolgejahr|\bvorheriges"
    r"|\bletztes (?:jahr|quartal)|\b(?:previous|last) (?:year|month|quarter))",
    re.I,
)
_FORMER_YEAR = re.compile(
    r"\W*(?:im |stand )?(?:vorjahr(?:e?swerte?)?|vorheriges jahr|letztes jahr|previous year|last year)\W*", re.I
)
ANY = "*"
OWN_CALENDAR = ("period", "contributor", "coordinate")
"""Roles of columns beside which figures need no further period: stock data and points are of no one date."""
_NOT_AMOUNT = (
    r"(?<![0-9.,]\s)(?<![0-9.,])(?<!über )(?<!unter )(?<!bis )(?<!ab )(?<!als )(?<!je )(?<!pro )(?<!per )(?<!auf )"
    r"(?<!mit )(?<!von )"
)
_AFTER_COMMA = _NOT_AMOUNT.replace(r"[0-9.,]\s", r"[0-9]\s")
_COUNTED = r"Pers(?:onen)?|Einw(?:ohnern?)?|EW|WE|Wohnungen|Haushalten?|HH|St(?:ück)?"
_SCALES = (
    (9, re.compile(_NOT_AMOUNT + r"\b(?:Mrd\b\.?|Milliarden?\b)", re.I)),
    (6, re.compile(_NOT_AMOUNT + r"\b(?:Mio\b\.?|Mill\.|Millionen\b|millions?\b)", re.I)),
    (
        3,
        re.compile(
            _NOT_AMOUNT + r"(?:\bTsd\b\.?|\bTausend\b|\bthousands?\b"
            r"|\bT€|\bT(?:EUR|DM|CHF)\b|\bT EUR\b|\bT(?:m²|m2\b|qm\b)|’000\b|'000\b)",
            re.I,
        ),
    ),
    (3, re.compile(r"(?<!nur )\b(?:in|x|×|mal)\s1[.   ]?000\b", re.I)),
    (3, re.compile(_NOT_AMOUNT + r"\b1[.   ]?000\s?(?:€|EUR\b|Euro\b|m²|m2\b|qm\b|ha\b)", re.I)),
    (3, re.compile(r"[(\[]\s*1[.   ]?000\s*(?:€|EUR|Euro|Personen|Pers|Einwohner|Einw|WE|St)?\.?\s*[)\]]", re.I)),
    (3, re.compile(r"1[.   ]?000(?:\s?(?:€|EUR|Euro))?")),  # a row of units says nothing else
    (2, re.compile(r"\bin\s(?:Hundert(?:ern)?|hundreds)\b", re.I)),
    (2, re.compile(r"\bin\s100\s?(?:€|(?:EUR|Euro|m²|m2|qm|ha)(?!\w))", re.I)),
    (3, re.compile(r"\b(?:in|x|×|mal)\s10(?:³|\^3|\*\*3)(?![0-9])", re.I)),
    (6, re.compile(r"\b(?:in|x|×|mal)\s10(?:⁶|\^6|\*\*6)(?![0-9])", re.I)),
    (3, re.compile(_AFTER_COMMA + rf"(?<!/)(?<!/ )\b1[.   ]?000\s?(?:{_COUNTED})(?!\w)", re.I)),
    (3, re.compile(rf"\bT\.?\s(?:{_COUNTED})(?!\w)")),
    (2, re.compile(rf"[(\[]\s*(?:in\s)?100\s?(?:{_COUNTED})\.?\s*[)\]]", re.I)),
)
SCALE_IN_WORDS = re.compile(  # "(1.000 Pers.)", ", 1000 Personen" at the end of a heading
    rf"\s*(?:[(\[]|,|\bin\b)?\s*\b(?:1[.   ]?000|100|T\.?|Tsd\.?|Mio\.?)\s?(?:{_COUNTED})(?!\w)\.?\s*[)\]]?$", re.I
)
_DAY_OR_YEAR = re.compile(  # "2024 Tsd. €" are thousands of a year, but "über 2000 Tsd. €" is a bound
    r"(?<![0-9.,])(?<![0-9][-–])(?<![0-9] [-–] )(?<!über )(?<!unter )(?<!bis )(?<!ab )(?<!als )(?<!von )"
    r"(?:[0-9]{1,2}\.\s?[0-9]{1,2}\.\s?(?:19|20)[0-9]{2}|(?:19|20)[0-9]{2}(?:-[0-9]{2}-[0-9]{2}|/[0-9]{2}|/[0-9]{4})?)"
    r"(?![0-9]|[.,][0-9])(?!\s?(?:[-–]|bis)\s?[0-9])",
    re.I,
)
_CENT = (-2, re.compile(r"\b(?:Cent|ct)\b", re.I))
_WHOLE = 6
"""The scale at this place counts only for a heading that is nothing else."""
_OWN = re.compile(r"durchschnitt|mittel|median|quote|index|alter\b|rate\b|anteil|ratio|dichte|ziffer|je |pro ", re.I)
_AMOUNT_OF_MONEY = re.compile(r"miete|preis|kosten|summe|umsatz|wert|betrag|einkommen|kaufkraft|förder|mittel\b", re.I)
_MONEY = ("€", None)
AREAS = {"m²": -4, "ha": 0, "km²": 2}  # powers to hectares
_CONVERSIONS = {
    **{(one, other): AREAS[one] - AREAS[other] for one in AREAS for other in AREAS},
    ("‰", "%"): -1,
    ("je km²", "je ha"): -2,
    ("je 1.000", "%"): -1,
    ("%", "je 1.000"): 1,
    ("km", "m"): 3,
    ("m", "km"): -3,
    ("dm²", "m²"): -2,
    ("GWh", "MWh"): 3,
    ("kWh", "MWh"): -3,
    ("MWh", "kWh"): 3,
}
_SAME = {
    ("%", "je 100"), ("je 100", "%"), ("m²", "€/m²"), ("je m²", "€/m²"), ("kWh", "kWh/(m²·a)"),
    ("€", "Euro je Person"),
}  # fmt: skip
OPEN_UNITS = {"hectares": AREAS, "persons_per_hectare": {"je ha": 0, "je km²": -2}}
"""Units of indicators whose columns have to say theirs, with those that it may be: an area may be in m², ha or km²."""


@dataclass(frozen=True)
class Given:
    """What the file says about the figures of a column.

    `power`: of ten, to whole figures; `unit`: as stated, or None; `source`: where the power stands (`heading`,
    `lines`, `stated` by a person), or None.
    """

    power: int
    unit: str | None
    source: str | None
    text: str = ""


def scale_in(text: str) -> tuple[int, str] | None:
    """Power of ten and wording of a scale that a text states ("Einwohner in 1.000", "Umsatz (Mio. €)"), or None."""
    text = _DAY_OR_YEAR.sub("|", text)
    for place, (power, form) in enumerate((*_SCALES, _CENT)):
        match = form.fullmatch(text.strip()) if place == _WHOLE else form.search(text)
        if match:
            return power, re.sub(r"^in\s", "", match[0].strip("()[] "))
    return None


def given(table: OfficeTable, column: Column, fact: ColumnFacts | None = None) -> Given:
    """Unit and scale of a column, by a person's word, heading, cells and notes."""
    fact = fact or ColumnFacts(column, table.sample_of(column.name)[:300], table.styles[column.name])
    own = words.unit_in(column.name) or words.unit_in_cells(fact)
    unit = own or words.unit_in_lines(table)
    if unit is None and _AMOUNT_OF_MONEY.search(column.name):
        unit = foreign_in_lines(table)
    stated = table.hints.scale.get(column.name, table.hints.scale.get(ANY))
    if stated is not None:
        return Given(stated, unit, "stated")
    for part in column.parts or (column.name,):
        if found := scale_in(part):
            return Given(found[0], unit, "heading", found[1])
    if own in _MONEY and not _OWN.search(column.name):
        for line in (*table.title, *table.foot):
            if (found := scale_in(line.text)) and len(line.text) < 200:
                return Given(found[0], unit, "lines", found[1])
    return Given(0, unit, None)


def foreign_in_lines(table: OfficeTable) -> str | None:
    """Another currency than the euro that a line above or below the table names: `DM` or `DM/m²`; one with both says
    how they were converted.
    """
    for line in (*table.title, *table.foot):
        if len(line.text) < 200 and (unit := words.unit_in(line.text)) and unit.split("/")[0] in words.CURRENCIES:
            return unit
    return None


def conversion(unit: str | None, wanted: str | None) -> int | None:
    """The power of ten from one unit to another: 0 for the same or an unsaid one, None if there is no such way."""
    if not unit or not wanted or unit == wanted or (unit, wanted) in _SAME:
        return 0
    return _CONVERSIONS.get((unit, wanted))


def settled(table: OfficeTable, roles: Sequence[ColumnRole], indicators: Sequence[IndicatorName]) -> list[ColumnRole]:
    """The roles with the unit in which each column of figures is published, and the power of ten that leads there.

    Doing it again changes nothing, so that it may follow a person's choice of another indicator.
    """
    known = {indicator.code: indicator for indicator in indicators}
    columns = {column.name: column for column in table.columns}
    roles = _dated(table, roles)
    return [
        _settled(table, role, columns[role.column], known.get(role.indicator or ""))
        if role.role == "indicator" and role.column in columns
        else replace(role, power=0)
        for role in roles
    ]


def _dated(table: OfficeTable, roles: Sequence[ColumnRole]) -> list[ColumnRole]:
    """The period that a person states, or that title or sheet alone say, for columns that have none of their own."""
    period = table.hints.period or period_told(table)
    own = any(role.role in OWN_CALENDAR for role in roles)
    if period in (None, NO_PERIOD) or own:
        return list(roles)
    months = {r.column: text for r in roles if r.role == "indicator" and (text := part_of(r.column, period))}
    if len(months) > 1:  # "Januar", "Februar" under the title "Arbeitslose 2033"
        return [replace(r, period=months.get(r.column, r.period)) for r in roles]
    return [
        replace(r, period=_of_former(r.column, period))
        if r.role == "indicator" and not r.period and (table.hints.period or not _of_part(r.column))
        else r
        for r in roles
    ]


def _of_part(column: str) -> bool:
    """True for a figure of a part of a year ("1/2024", "Einwohner Juni"), which is not of the title's year."""
    return bool(FINER.search(column) or COUNTED_INSIDE.search(column))


def _of_former(column: str, period: str) -> str | None:
    """The title's period for a column; one year earlier for "Vorjahr", and none for other times that are only named by
    their distance ("Vormonat", "vor fünf Jahren").
    """
    if not _FORMER.search(column):
        return period
    dated = re.fullmatch(r"([0-9]{4})((?:-[0-9]{2}-[0-9]{2}|-[HQ][1-4])?)", period)
    if not _FORMER_YEAR.fullmatch(column) or dated is None or dated[2] == "-02-29":
        return None
    return f"{int(dated[1]) - 1}{dated[2]}"


def period_told(table: OfficeTable) -> str | None:
    """The one period that the title or the sheet's name says; None if there is none or several."""
    phrases = (phrase for line in table.title for phrase in _PHRASES.split(line.text) if _of_figures(phrase))
    found = {period.text for phrase in phrases for period in periods_inside(phrase)}
    if not found and table.sheet and (own := parse_period(table.sheet)):
        return own.text
    days = [text for text in found if len(text) == 10]
    if len(days) == 1 and all(days[0].startswith(text) for text in found):
        return days[0]
    return found.pop() if len(found) == 1 else None


def _of_figures(phrase: str) -> bool:
    """False where something else than the figures is dated: the areas, a print, a source, a licence."""
    return "©" not in phrase and not words_of(phrase) & words.BOOKKEEPING


def _settled(table: OfficeTable, role: ColumnRole, column: Column, indicator: IndicatorName | None) -> ColumnRole:
    said = given(table, column)
    wanted = unit_text(indicator.unit) if indicator else None
    if said.source == "stated":
        return replace(role, power=said.power, unit=wanted or role.unit)
    step = conversion(said.unit, wanted)
    if step is None:
        return replace(role, power=said.power, unit=role.unit or said.unit)
    return replace(role, power=said.power + step, unit=wanted or role.unit or said.unit)


def styles_of(table: OfficeTable, roles: Sequence[ColumnRole]) -> dict[str, NumberStyle]:
    """How the numbers of each column are read, with the power of ten of its role."""
    powers = {role.column: role.power for role in roles if role.power}
    return {name: replace(style, power=powers.get(name, 0)) for name, style in table.styles.items()}


def as_delivered(value: float, role: ColumnRole) -> float:
    """A published figure as a cell of the file would hold it."""
    return round(value / 10.0**role.power, 9) if role.power else value


def as_cell(value: float, role: ColumnRole) -> str:
    """A figure as the office would write it into a cell of its column."""
    return cell_number(round(as_delivered(value, role), 9))
