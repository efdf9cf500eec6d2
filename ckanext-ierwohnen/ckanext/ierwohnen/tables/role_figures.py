"""Columns of figures: which indicator they are, of which period and class; no two of them are the same figure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from ckanext.ierwohnen.look.numbers import only_digits
from ckanext.ierwohnen.tables import role_words as words
from ckanext.ierwohnen.tables.cells import clean
from ckanext.ierwohnen.tables.code_lists import TOTAL, TOTAL_WORDS, code_lists, normal
from ckanext.ierwohnen.tables.column_facts import ColumnFacts, words_of
from ckanext.ierwohnen.tables.indicator_names import Match
from ckanext.ierwohnen.tables.measures import SCALE_IN_WORDS, conversion, scale_in
from ckanext.ierwohnen.tables.number_classes import AGES, classed, is_class, names_class
from ckanext.ierwohnen.tables.part_columns import IS_COUNTED, counted, part_of_year
from ckanext.ierwohnen.tables.periods import COUNTED_INSIDE, Period, parse_period, period_of_values, without_period
from ckanext.ierwohnen.tables.role_year_classes import dimension_of, without_class
from ckanext.ierwohnen.tables.roles import ColumnRole
from ckanext.ierwohnen.tables.title_words import words_left
from ckanext.ierwohnen.tables.units import unit_text

if TYPE_CHECKING:
    from ckanext.ierwohnen.tables.role_rules import Context

_BY_YEAR_OF = re.compile(
    r"\bnach\s+(?:dem\s+)?(?:bau(?:jahr|alter)|(?:errichtungs|geburts|einzugs)jahr)|\bby year of (?:constr|birth)",
    re.I,
)
PART_ONLY = 0.7
"""How sure an indicator is at most that only a part of the heading names."""


def indicator(fact: ColumnFacts, context: Context) -> ColumnRole | None:
    """Numbers. Which figure it is, from the name of the column, else from title and file name."""
    of_years = context.year_classes.get(fact.name)
    own = own_period(fact)
    wide = None if of_years else _not_as_month(own, fact, context)
    if fact.numeric < 0.6 and not ((wide or of_years) and not fact.values):
        return None
    silent = of_years or (own and not wide) or context.with_role("period")
    stated = None if silent else _not_as_month(period_of_values(fact.name), fact, context)
    if wide and wide.kind in ("year", "span") and any(_BY_YEAR_OF.search(line.text) for line in context.table.title):
        wide = stated = None  # "Wohnungen nach Baujahr" over 1950 | 1970 | 1990
    period = wide or stated
    unit = words.unit_in(fact.name) or words.unit_in_cells(fact) or words.unit_in_lines(context.table)
    # With some cells that are no numbers it is still a column of figures; the check names these cells.
    mostly = fact.numeric < 0.9
    role = ColumnRole(
        fact.name, "indicator", period=period.text if period else None, unit=unit,
        reason="role_mostly_numbers" if mostly else "role_numbers", confidence=0.5 if mostly else 0.75,
    )  # fmt: skip
    if wide is not None:
        role = replace(role, reason="role_wide_period", reason_params={"period": wide.text}, confidence=0.93)
    role, parts = _with_class(role, fact, context)
    if of_years:
        known = dimension_of(fact, context.table)
        role = replace(role, dimension=known, code=of_years, code_list=known if known in code_lists() else None,
                       reason="role_year_class", reason_params={"class": of_years})  # fmt: skip
        parts = [part for text in without_class(fact.column.parts or (fact.name,)) if (part := _about(text))]
        parts = [part for part in parts if normal(part) not in TOTAL_WORDS]
    topic = " ".join(parts)
    whole = context.book.find(topic)
    match = whole or _by_part(parts, context)
    if match is not None and whole is None:
        match = replace(match, confidence=min(match.confidence, PART_ONLY))
    if match is None and not topic:
        match = context.book.find_in_lines(context.table)
        if match and not unit and conversion(_unit_of_title(context), unit_text(match.unit)) != 0:
            match = None
    if match and (_in_other_units(unit, match.unit) or _sum_of_ratio(fact, match.unit)):
        match = None  # "Einwohner je ha" are no "Einwohner"
    if match and topic and (titled := _by_title(match, fact, context)):
        params = {**role.reason_params, "title": titled.name, "indicator": match.name}
        return replace(role, reason="role_title_other", reason_params=params, confidence=0.5)
    if match and (left := [*words_left(match, fact, context, role.dimension), *_between(wide, fact, context)]):
        params = {**role.reason_params, "words": left, "indicator": match.titles, "code": match.code}
        return replace(role, reason="role_title_more", reason_params=params, confidence=0.5)
    if match:
        params = {**role.reason_params, "indicator": match.titles}
        reason = "role_wide_indicator" if wide else "role_indicator_name"
        role = replace(
            role, indicator=match.code, unit=role.unit or unit_text(match.unit), reason=reason, reason_params=params,
            confidence=match.confidence,
        )  # fmt: skip
    return role


def _between(period: Period | None, fact: ColumnFacts, context: Context) -> list[str]:
    """The heading of a span beside columns of its first and last year: it may be what lies between them."""
    if period is None or period.kind != "span":
        return []
    years = {own.text for other in context.facts if (own := own_period(other)) and own.kind == "year"}
    first, last = re.findall("[0-9]{4}", period.text)[:1], re.findall("[0-9]{4}", period.text)[-1:]
    return [fact.name] if {*first, *last} <= years else []


def only_signs(fact: ColumnFacts, context: Context) -> ColumnRole | None:
    """A column of signs only: figures that are all secret or nothing, if its name says which; else it is asked."""
    if fact.values:
        return None
    topic = " ".join(_name_parts(fact))
    match = context.book.find(topic) or _by_part(_name_parts(fact), context)
    unit = words.unit_in(fact.name)
    period = own_period(fact) or period_of_values(fact.name)
    amount = bool(fact.words & words.AMOUNT)
    if not (match or unit or period or amount):
        return ColumnRole(fact.name, "unclear", reason="role_only_signs", confidence=0.3)
    role = ColumnRole(
        fact.name, "indicator", period=period.text if period else None, unit=unit, reason="role_only_signs",
        confidence=0.75,
    )  # fmt: skip
    return replace(role, indicator=match.code, unit=unit or unit_text(match.unit)) if match else role


def one_column_for_each_figure(roles: list[ColumnRole]) -> list[ColumnRole]:
    """Of several columns that would be one indicator of one period and class, only a clearly better one is; the others
    are figures of their own ("Einwohner – Deutsche" beside "Einwohner").
    """
    groups: dict[tuple[str | None, ...], list[ColumnRole]] = {}
    for role in roles:
        if role.role == "indicator" and role.indicator:
            groups.setdefault((role.indicator, role.period, role.dimension, role.code), []).append(role)
    demoted: set[str] = set()
    for group in groups.values():
        if len(group) > 1:
            first, second = sorted(group, key=lambda role: -role.confidence)[:2]
            alone = first.confidence - second.confidence > 0.001
            demoted |= {role.column for role in group if not (alone and role is first)}
    return [
        replace(role, indicator=None, unit=words.unit_in(role.column), reason="role_same_figure", confidence=0.6)
        if role.column in demoted
        else role
        for role in roles
    ]


def _by_part(parts: Sequence[str], context: Context) -> Match | None:
    """The indicator that one level of a heading names, where the other levels say nothing that narrows it.

    "Leerstand – Gewerbe" beside "Leerstand – Wohnungen" and "Haushalte – ohne Kinder" are other figures than
    "Leerstand", "Wohnungen" and "Haushalte".
    """
    for part in reversed(parts):
        match = context.book.find(part)
        if match is None:
            continue
        rest = [other for other in parts if other is not part and not words.NEUTRAL.issuperset(words_of(other))]
        if not any(_narrows(other, match, context) for other in rest):
            return match
    return None


def _narrows(part: str, match: Match, context: Context) -> bool:
    """True for a level that names another figure, or that not every column below the same figure shares."""
    other = context.book.find(part)
    if other is not None and other.code != match.code:
        return True
    for fact in context.facts:
        parts = _name_parts(fact)
        same = any((found := context.book.find(one)) and found.code == match.code for one in parts)
        if same and part not in parts:
            return True
    return False


def _by_title(match: Match, fact: ColumnFacts, context: Context) -> Match | None:
    """A narrower figure of the same unit that the title names, where no column is it: "Wohnungen" in a table of
    completions are no stock of dwellings.
    """
    if not context.book.is_whole(match.code):
        return None
    titled = context.book.find_in_lines(context.table)
    if titled is None or titled.code == match.code or titled.unit != match.unit or context.book.is_whole(titled.code):
        return None
    about = normal(titled.name)
    for other in context.facts:
        topic = " ".join(_name_parts(other))
        found = context.book.find(topic)
        if found and found.code != match.code and (found.code == titled.code or about in normal(topic)):
            return None  # the title speaks of that column: "Leerstandsquote" under "Leerstand nach Stadtteilen"
    return titled


def _sum_of_ratio(fact: ColumnFacts, wanted: str | None) -> bool:
    """True for thousands or millions of what the indicator gives by head or square metre."""
    scale = scale_in(fact.name)
    return bool(scale and scale[0] > 0 and "_per_" in (wanted or ""))


def _in_other_units(unit: str | None, wanted: str | None) -> bool:
    """True for a unit that cannot be that of the indicator at all."""
    return conversion(unit, unit_text(wanted)) is None


def own_period(fact: ColumnFacts) -> Period | None:
    """The period that the name is: the whole name, or one level of a header of several rows."""
    built = any(words_of(part) & words.BUILDING for part in fact.column.parts)  # `1950` below "Baujahr"
    found = (p for part in fact.column.parts if (p := parse_period(part)))
    return parse_period(fact.name) or (None if built else next(found, None))


def _not_as_month(found: Period | None, fact: ColumnFacts, context: Context) -> Period | None:
    """`3/2024` below "Quartal" is the third quarter; below "KW", or where only the title speaks of quarters, it is
    nothing that could be known. Nor is it where nobody says month and no column goes beyond the fourth.
    """
    if found is not None and _may_be_any_part(fact, context):
        return None
    counted_so = [part for part in (fact.name, *fact.column.parts) if IS_COUNTED.search(clean(part))]
    if found is None or found.kind != "month" or not counted_so:
        return found
    kind = next((kind for part in (fact.name, *fact.column.parts) if (kind := part_of_year(part))), None)
    if kind in ("quarter", "half"):
        numbered = IS_COUNTED.search(clean(counted_so[-1]))
        return parse_period(counted(numbered[0], kind) or "") if numbered else None
    titled = any(part_of_year(line.text) in ("quarter", "half", "week") for line in context.table.title)
    return None if kind == "week" or (titled and found.start.month <= 4) else found


def _unit_of_title(context: Context) -> str | None:
    """The unit that a title gives its figures in ("Entfernung zur Haltestelle in km"), but for that of classes; it has
    to be that of the indicator, since only a heading's or a note's unit is converted.
    """
    lines = (line.text for line in context.table.title if not re.search(r"\bnach\b", line.text, re.I))
    return next((unit for line in lines if (unit := words.unit_in(line))), None)


def _may_be_any_part(fact: ColumnFacts, context: Context) -> bool:
    """True for `1/2024` … `4/2024`, `I/2024`, `II/2024`: months, quarters or half-years, and nobody says which."""
    if not COUNTED_INSIDE.search(fact.name):
        return False
    lines = (fact.name, *fact.column.parts, *(line.text for line in context.table.title))
    if any(part_of_year(line) for line in lines):
        return False
    met = {number for other in context.facts for number in COUNTED_INSIDE.findall(other.name)}
    return met <= {"I", "II"} or met <= {"1", "2", "3", "4"}


def _name_parts(fact: ColumnFacts) -> list[str]:
    """The header texts of a column without the periods in them."""
    return [part for text in fact.column.parts or (fact.name,) if (part := _about(text))]


@lru_cache(maxsize=16384)  # each column is compared with all others
def _about(text: str) -> str:
    """What one level of a heading says beside a period; nothing if it is one."""
    if parse_period(text):
        return ""
    rest = without_period(text)
    return SCALE_IN_WORDS.sub("", rest) if scale_in(text) else rest


def _letters(context: Context) -> set[str]:
    """`m` and `w` as headings, where there are both of them."""
    last = {normal(fact.column.parts[-1]) for fact in context.facts if fact.column.parts}
    return last & {"m", "w", "f", "d"} if "m" in last and last & {"w", "f"} else set()


def _with_class(role: ColumnRole, fact: ColumnFacts, context: Context) -> tuple[ColumnRole, list[str]]:
    """A column named after a class ("65-74", "weiblich", "davon im Alter … – unter 18") has its code fixed.

    Gives the role and the parts of the name that are left to say which figure it is.
    """
    letters = _letters(context)
    left = [part for part in _name_parts(fact) if normal(part) not in TOTAL_WORDS]
    for part in reversed(left):
        of = classed(left, context.said) if is_class(part) or code_lists()[AGES].code_of(part) else None
        if of and of != AGES and is_class(part):
            known = code_lists().get(of)
            code = known.code_of(part) if known else None
            rest = [other for other in left if other is not part and not names_class(other, of)]
            return replace(role, dimension=of, code_list=known and known.id, code=code or part), rest
        for known in code_lists().values():
            if known.id == AGES and of != AGES:
                continue
            code = known.code_of(part, bare=known.id == AGES and not only_digits(part.strip()))
            if code and code != TOTAL and (len(normal(part)) > 1 or (known.id == "sex" and normal(part) in letters)):
                rest = [other for other in left if other is not part and not other.startswith(("davon", "Davon"))]
                return replace(role, dimension=known.id, code_list=known.id, code=code), rest
    return role, left
