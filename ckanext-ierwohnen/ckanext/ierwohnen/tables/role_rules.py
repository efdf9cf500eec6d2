"""The rules by which roles are proposed, from the surest to the weakest. Each gives a role or passes on."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from ckanext.ierwohnen.look.numbers import only_digits
from ckanext.ierwohnen.places.keys import LevelKeys, as_key
from ckanext.ierwohnen.tables import role_words as words
from ckanext.ierwohnen.tables.cells import MISSING_CODES, clean, shown
from ckanext.ierwohnen.tables.code_lists import CodeList, code_lists, list_by_name, list_by_values, normal
from ckanext.ierwohnen.tables.column_facts import ColumnFacts
from ckanext.ierwohnen.tables.indicator_names import NameBook
from ckanext.ierwohnen.tables.number_classes import AGES, classed, lines_above
from ckanext.ierwohnen.tables.office_table import OfficeTable
from ckanext.ierwohnen.tables.part_columns import part_of_year
from ckanext.ierwohnen.tables.periods import parse_period
from ckanext.ierwohnen.tables.role_figures import indicator, one_column_for_each_figure, only_signs, own_period
from ckanext.ierwohnen.tables.role_keys import half_of_keys, key_role, name_role, of_something_else, strange_names
from ckanext.ierwohnen.tables.role_year_classes import year_classes
from ckanext.ierwohnen.tables.roles import ColumnRole, IndicatorName
from ckanext.ierwohnen.tables.shape import SECTION

_DAY = re.compile(r"[0-9]{1,2}\.\s?[0-9]{1,2}\.\s?(?:19|20)[0-9]{2}")
_NUMBER_ENDS = ("nr", "nummer", "schluessel", "kennziffer")
_MANY_PLACES = {"bezirke", "orte", "ortsteile", "gemeinden"}
REPEATED = 0.8  # share of the rows in which a column must repeat another one's key


@dataclass
class Context:
    """What the rules know of the table as a whole."""

    table: OfficeTable
    facts: list[ColumnFacts]
    places: Sequence[LevelKeys]
    book: NameBook
    roles: dict[str, ColumnRole] = field(default_factory=dict)
    title_words: dict[tuple[str, str | None], list[str]] = field(default_factory=dict)

    @cached_property
    def year_classes(self) -> dict[str, str]:
        """The columns that are classes of years, by their headings."""
        return year_classes(self.facts)

    @cached_property
    def said(self) -> list[str]:
        """What the table says of itself above its headings, and by the names of sheet and file."""
        return lines_above((line.text for line in self.table.title), self.table.sheet, self.table.filename)

    def with_role(self, *wanted: str) -> list[ColumnFacts]:
        """The columns that already have one of these roles."""
        return [fact for fact in self.facts if fact.name in self.roles and self.roles[fact.name].role in wanted]

    def share_unique(self) -> float:
        """How many rows keys and periods found so far tell apart, as a share of all rows."""
        chosen = self.with_role("key", "period") or self.with_role("name")
        if not chosen:
            return 0.0
        rows = list(zip(*(fact.cells for fact in chosen), strict=True))
        return len(set(rows)) / max(1, len(rows))

    def rows_unique(self) -> bool:
        """True if keys and periods found so far tell each row from the others."""
        return self.share_unique() == 1.0


Rule = Callable[[ColumnFacts, Context], ColumnRole | None]


def proposals(
    table: OfficeTable, facts: list[ColumnFacts], places: Sequence[LevelKeys], indicators: Sequence[IndicatorName]
) -> list[ColumnRole]:
    """A role for each column. Keys and periods come first, since the other rules ask whether they tell rows apart."""
    context = Context(table, facts, places, NameBook(indicators))
    for rules in (FIRST, SECOND, THIRD):
        # Of two columns with the same keys the better proposal, or else the first, is the key.
        for fact in facts:
            if fact.name not in context.roles:
                found = next((role for rule in rules if (role := rule(fact, context))), None)
                if found:
                    context.roles[fact.name] = found
        _one_key_for_each_level(context)
    return one_column_for_each_figure([context.roles[fact.name] for fact in facts])


def _one_key_for_each_level(context: Context) -> None:
    """Of several columns with keys of one level the better proposals stay; a count may hold the same numbers."""
    best: dict[tuple[str | None, str | None], float] = {}
    keys = [role for role in context.roles.values() if role.role == "key"]
    for role in keys:
        place = (role.system, role.level)
        best[place] = max(best.get(place, 0.0), role.confidence)
    for role in keys:
        if role.confidence < best[role.system, role.level]:
            del context.roles[role.column]


def empty(fact: ColumnFacts, context: Context) -> ColumnRole | None:
    """A column without any cell is unused, unless its name is a period among other periods."""
    if fact.filled:
        return None
    if own_period(fact) and sum(bool(own_period(f)) for f in context.facts) > 1:
        return None
    return ColumnRole(fact.name, "unused", reason="role_empty", confidence=0.95)


def only_missing(fact: ColumnFacts, context: Context) -> ColumnRole | None:
    """A column that holds nothing but a code for "no value" (`-9999`)."""
    if fact.constant and next(iter(fact.distinct)) in MISSING_CODES and len(fact.values) > 1:
        return ColumnRole(fact.name, "unused", reason="role_only_missing", confidence=0.8)
    return None


def address(fact: ColumnFacts, context: Context) -> ColumnRole | None:
    """Parts of an address describe a row."""
    if fact.words & words.ADDRESS and len(fact.words) <= 3 and not fact.words & words.KEY - {"nr"}:
        return ColumnRole(fact.name, "note", reason="role_by_name", confidence=0.75)
    return None


def likely_name(fact: ColumnFacts, context: Context) -> ColumnRole | None:
    """The first column, if nothing else says what a row is about: words that differ from row to row."""
    first = fact is context.facts[0] and not context.with_role("key", "name")
    if first and fact.numeric < 0.1 and fact.unique and len(fact.values) > 2:
        return ColumnRole(fact.name, "name", reason="role_first_words", confidence=0.6)
    return None


def code(fact: ColumnFacts, context: Context) -> ColumnRole | None:
    """Digits of one length with zeros in front are a code of some kind, never an amount."""
    lengths = {len(value) for value in fact.distinct}
    zeros = sum(value.startswith("0") and len(value) > 1 for value in fact.distinct)
    if fact.numeric > 0.9 and fact.whole and len(lengths) == 1 and zeros > 1:
        return ColumnRole(fact.name, "unclear", reason="role_code", confidence=0.3)
    return None


def identifier(fact: ColumnFacts, context: Context) -> ColumnRole | None:
    """Numbers of objects and rows (`OBJECTID`, `lfd. Nr.`, `statistischer_Bezirk_Nr`) are no figures, whatever they are
    numbers of.
    """
    if fact.numeric < 0.6 or not fact.whole or words.unit_in(fact.name):
        return None
    if len(fact.words) == 1 and fact.words & words.PERIOD - {"jahre"}:
        return ColumnRole(fact.name, "unclear", reason="role_period_unread", confidence=0.3)
    if fact.words & words.TECHNICAL and len(fact.words) <= 3:
        return ColumnRole(fact.name, "unused", reason="role_technical", confidence=0.9)
    glued = any(word.endswith(_NUMBER_ENDS) for word in fact.words)
    place = len(fact.words) <= 2 and fact.words & words.PLACE and not fact.words & _MANY_PLACES
    place = place or (len(fact.words) <= 2 and words.other_things(fact))
    if (glued or place or fact.words & (words.NUMBERS | words.KEY)) and not fact.words & words.AMOUNT:
        running = fact.running_number or fact.words & words.ROW_NUMBERS
        if running and fact.unique:
            return ColumnRole(fact.name, "unused", reason="role_running_number", confidence=0.8)
        return ColumnRole(fact.name, "unclear", reason="role_code_named", confidence=0.3)
    return None


def technical(fact: ColumnFacts, context: Context) -> ColumnRole | None:
    """UUIDs, running numbers and coordinates serve programs."""
    if fact.technical or fact.words & words.OF_SHAPES:
        return ColumnRole(fact.name, "unused", reason="role_technical", confidence=0.95)
    if fact.words & words.COORDINATES and fact.numeric > 0.9 and len(fact.words) <= 2:
        return ColumnRole(fact.name, "unused", reason="role_coordinates", confidence=0.9)
    if fact.running_number and fact.words & (words.TECHNICAL | words.ROW_NUMBERS) and _other_key(fact, context):
        return ColumnRole(fact.name, "unused", reason="role_running_number", confidence=0.9)
    if fact.running_number and fact.words & words.RUNNING:
        bare = {value.lstrip("0") for value in fact.keys}
        known = any(bare & {unit.lstrip("0") for unit in list(level.units)[:5_000]} for level in context.places)
        if not known or len(fact.distinct) > 1_000:
            return ColumnRole(fact.name, "unused", reason="role_running_number", confidence=0.85)
    return None


def _other_key(fact: ColumnFacts, context: Context) -> bool:
    """True if another column, which is no number of rows, holds keys: then this one need not be taken for one."""
    others = (f for f in context.facts if f is not fact and not f.words & (words.TECHNICAL | words.ROW_NUMBERS))
    return any(key_role(other, context.places) for other in others)


def key(fact: ColumnFacts, context: Context) -> ColumnRole | None:
    """Values that are keys of a known level, or by name and form keys of a known family."""
    role = key_role(fact, context.places)
    params = strange_names(role, fact, context.facts, context.places) if role else None
    if params:
        return ColumnRole(fact.name, "unclear", reason="role_names_strange", reason_params=params, confidence=0.3)
    if role and half_of_keys(fact, context.facts, context.places):
        return ColumnRole(fact.name, "unclear", reason="role_half_of_key", confidence=0.3)
    if role and of_something_else(role, fact, context.facts, context.places):
        return ColumnRole(fact.name, "unclear", reason="role_code_named", confidence=0.3)
    return role


def period(fact: ColumnFacts, context: Context) -> ColumnRole | None:
    """Values that are dates or years."""
    if not fact.values or fact.words & (words.BUILDING | words.BOOKKEEPING):
        return None
    if fact.period_share < 0.95:
        return _days_that_are_none(fact)
    if _counted_parts(fact):
        return ColumnRole(fact.name, "unclear", reason="role_period_unread", confidence=0.3)
    plain_years = all(p.kind == "year" for p in fact.periods)
    if plain_years and (finer := _finer_period(fact, context)):
        params = {"column": finer.name}
        return ColumnRole(fact.name, "note", reason="role_year_of", reason_params=params, confidence=0.95)
    packed = all(only_digits(value) for value in fact.distinct) and not plain_years
    named = bool(fact.words & words.PERIOD)
    if (plain_years or packed) and not named:
        return None
    return ColumnRole(fact.name, "period", reason="role_period", confidence=0.97 if named else 0.85)


def _days_that_are_none(fact: ColumnFacts) -> ColumnRole | None:
    """A column that is called a date and in which only days stand that there are not (31.06.2023): the check names
    them.
    """
    dated = sum(parse_period(value) is not None or bool(_DAY.fullmatch(value)) for value in fact.distinct)
    if not fact.periods or dated < 0.95 * len(fact.distinct) or not fact.words & words.PERIOD:
        return None
    return ColumnRole(fact.name, "period", reason="role_period", confidence=0.75)


def _counted_parts(fact: ColumnFacts) -> bool:
    """True for `1/2024` … `4/2024` below "Quartal", "Halbjahr" or "KW": by their form they would be months."""
    last = {"quarter": 4, "half": 2, "week": 12}.get(part_of_year(fact.name) or "")
    return bool(last) and all(p.kind == "month" and p.start.month <= last for p in fact.periods)


def _finer_period(fact: ColumnFacts, context: Context) -> ColumnFacts | None:
    """A column of days, months … of the same years, row by row: then the years say nothing of their own."""
    for other in context.facts:
        if other is fact or other.words & (words.BUILDING | words.BOOKKEEPING) or not other.words & words.PERIOD:
            continue
        if other.column.index < 0 and other.name.startswith(f"Zeitpunkt ({fact.name}, "):
            return other
        found = {cell: parse_period(cell) for cell in other.distinct}
        if not found or not all(p and p.kind != "span" for p in found.values()):
            continue
        if all(p and p.kind == "year" for p in found.values()):
            continue
        pairs = [(clean(shown(a)), found.get(clean(shown(b)))) for a, b in zip(fact.cells, other.cells, strict=True)]
        if all(one and one.text.startswith(year) for year, one in pairs):
            return other
    return None


def part_of_period(fact: ColumnFacts, context: Context) -> ColumnRole | None:
    """The months whose years stand in another column: both became a period."""
    if part_of_year(fact.name) is None or fact.column.index < 0:
        return None
    joint = next((f for f in context.facts if f.column.index < 0 and f.name.endswith(f", {fact.name})")), None)
    if joint is None:
        return None
    params = {"column": joint.name}
    return ColumnRole(fact.name, "note", reason="role_part_of", reason_params=params, confidence=0.95)


def name(fact: ColumnFacts, context: Context) -> ColumnRole | None:
    """Texts that are the names of units."""
    return name_role(fact, context.places)


def repeated_key(fact: ColumnFacts, context: Context) -> ColumnRole | None:
    """A column that says another column's key in every row, with or without its zeros."""
    if len(fact.keys) != len(fact.cells) or len(fact.distinct) < 3:
        return None
    bare = [value.lstrip("0") for value in fact.keys]
    for known in context.with_role("key"):
        if known is fact:
            continue
        own = [as_key(clean(shown(cell)).removesuffix(",0")).lstrip("0") for cell in known.cells]
        pairs = [(one, other) for one, other in zip(own, bare, strict=True) if one]  # a total has no key
        if len(pairs) >= REPEATED * len(bare) and all(one == other for one, other in pairs):
            params = {"column": known.name}
            return ColumnRole(fact.name, "unused", reason="role_repeats_key", reason_params=params, confidence=0.9)
    return None


def weight(fact: ColumnFacts, context: Context) -> ColumnRole | None:
    """Factors for extrapolation."""
    if fact.words & words.WEIGHT and fact.numeric > 0.9:
        return ColumnRole(fact.name, "weight", reason="role_by_name", confidence=0.85)
    return None


def contributor(fact: ColumnFacts, context: Context) -> ColumnRole | None:
    """Who delivered the record."""
    if fact.words & words.CONTRIBUTOR and not list_by_values(fact.values):
        return ColumnRole(fact.name, "contributor", reason="role_by_name", confidence=0.8)
    return None


def section(fact: ColumnFacts, context: Context) -> ColumnRole | None:
    """The column made of headings between the rows: a class, or the period."""
    if fact.column.index >= 0 or not fact.name.startswith(SECTION):
        return None
    if fact.period_share >= 0.95:
        return ColumnRole(fact.name, "period", reason="role_period", confidence=0.9)
    known = _known_classes(fact, context)
    found = ColumnRole(fact.name, "dimension", dimension=normal(fact.name), reason="role_section", confidence=0.85)
    return replace(found, code_list=known.id, dimension=known.id) if known else found


def dimension(fact: ColumnFacts, context: Context) -> ColumnRole | None:
    """Classes of a code list, or a few words that repeat and without which rows would not differ."""
    by_name, by_values = list_by_name(fact.name), _known_classes(fact, context)
    known = by_values or (by_name if by_name and _covers(by_name.id, fact) else None)
    if known and (fact.numeric < 0.5 or by_name):
        return ColumnRole(
            fact.name, "dimension", dimension=known.id, code_list=known.id,
            reason="role_code_list", reason_params={"list": {"de": known.title, "en": known.title_en}},
            confidence=0.93 if by_name else 0.88,
        )  # fmt: skip
    if _tells_apart(fact, context):
        return ColumnRole(fact.name, "dimension", dimension=fact.plain, reason="role_classes", confidence=0.7)
    if fact.constant or not fact.values or len(fact.distinct) > max(12, 0.2 * len(fact.values)):
        return None
    if fact.numeric < 0.1 and not context.rows_unique() and not fact.words & words.NOTE:
        return ColumnRole(fact.name, "dimension", dimension=fact.plain, reason="role_classes", confidence=0.75)
    numbers = fact.words & (words.KEY | words.NUMBERS)  # "Bezirk | Nr": the second half of a key is no class
    flags = fact.numeric == 1 and fact.whole and len(fact.distinct) <= 5 and not numbers
    if flags and context.with_role("key") and context.share_unique() < 0.7 and not context.book.find(fact.name):
        return ColumnRole(fact.name, "dimension", dimension=fact.plain, reason="role_small_codes", confidence=0.7)
    return None


def status(fact: ColumnFacts, context: Context) -> ColumnRole | None:
    """A column of status words beside a value column (`Leerstand_status`), as we write it on download."""
    base = fact.name.removesuffix("_status")
    if base != fact.name and any(base == other.name for other in context.facts):
        return ColumnRole(fact.name, "status", status_of=base, reason="role_status_of", confidence=0.95)
    return None


def note(fact: ColumnFacts, context: Context) -> ColumnRole | None:
    """Words that describe a row."""
    if fact.numeric <= 0.1 and _spoiled_figures(fact, context):
        return ColumnRole(fact.name, "unclear", reason="role_figures_unread", confidence=0.3)
    if fact.numeric <= 0.1:
        named = bool(fact.words & words.NOTE)
        return ColumnRole(fact.name, "note", reason="role_words", confidence=0.85 if named else 0.7)
    return None


def _spoiled_figures(fact: ColumnFacts, context: Context) -> bool:
    """True for a column that is called as a figure is, and whose texts hold digits: `1,2k`, `ca. 500`."""
    digits = sum(any(char.isdigit() for char in value) for value in fact.values)
    named = bool(fact.words & words.AMOUNT) or context.book.find(fact.name) is not None
    return named and digits > 0.8 * len(fact.values) and not fact.words & (words.NOTE | words.ADDRESS | words.NAME)


def unclear(fact: ColumnFacts, context: Context) -> ColumnRole:
    """Numbers and words mixed: a person has to say."""
    return ColumnRole(
        fact.name, "unclear", reason="role_unclear", reason_params={"share": round(100 * fact.numeric)}, confidence=0.2
    )


FIRST: tuple[Rule, ...] = (empty, only_missing, technical, section, part_of_period, repeated_key, key, period)
SECOND: tuple[Rule, ...] = (repeated_key, status, address, name, weight, contributor)
THIRD: tuple[Rule, ...] = (only_signs, dimension, likely_name, code, identifier, indicator, note, unclear)


def _known_classes(fact: ColumnFacts, context: Context) -> CodeList | None:
    """The code list of the values; classes of numbers are ages only where the table says so."""
    known = list_by_values(fact.values)
    if known is None or known.id != AGES or list_by_name(fact.name) is known:
        return known
    return known if classed([fact.name, *sorted(fact.distinct)[:20]], context.said) == AGES else None


def _tells_apart(fact: ColumnFacts, context: Context) -> bool:
    """True for words that repeat and make each row different from the others, together with periods and keys."""
    chosen = [*context.with_role("key", "period"), fact]
    if fact.numeric > 0.1 or len(fact.distinct) < 2 or len(fact.distinct) > 0.5 * len(fact.values) or len(chosen) < 2:
        return False
    rows = list(zip(*(one.cells for one in chosen), strict=True))
    return len(set(rows)) == len(rows) and not context.rows_unique()


def _covers(list_id: str, fact: ColumnFacts) -> bool:
    known = code_lists()[list_id]
    return bool(fact.distinct) and sum(known.code_of(v) is not None for v in fact.distinct) >= 0.9 * len(fact.distinct)
