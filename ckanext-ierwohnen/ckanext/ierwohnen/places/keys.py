"""Keys of spatial units: paddings, special keys, and the matching of a table's keys with a level.

Keys are text. Nothing here turns one into a number: ``01100101`` and ``1100101`` are different, and where a
spreadsheet has eaten the leading zeros this is noticed, repaired and reported.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from ckanext.ierwohnen.look.numbers import only_digits

_DECIMALS = re.compile(r"([0-9]+)[.,]0+")
_GROUPS = re.compile(r"[0-9]{1,3}(?:([.,'\u2019 \u00a0\u202f\u2009])[0-9]{3})(?:\1[0-9]{3})*")


# `03*`, `03 1)`, `03²`: the mark of a footnote behind a key; `03.`: the point behind a number.
_MARK = re.compile(r"(?<=\w)(?:\s?\*{1,3}\)?|\s?[¹²³⁴⁵⁶⁷⁸⁹]+[)⁾]?|\s[1-9a-e]\)|(?<=[0-9])\.)$")


@dataclass(frozen=True)
class LevelKeys:
    """The keys of one level of one spatial system: what a table's key column is matched with.

    ``system`` is the name of the dataset of type ``spatial-system``; ``units`` maps key → name. ``above`` is the code
    of the level in which the units lie ("" for the coarsest), ``parents`` maps key → key there.
    """

    system: str
    level: str
    level_title: str
    boundary_date: date
    units: Mapping[str, str] = field(repr=False)
    level_title_en: str = ""
    above: str = ""
    parents: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def titles(self) -> dict[str, str]:
        """The title of the level by language."""
        return {"de": self.level_title, "en": self.level_title_en or self.level_title}

    def title(self, locale: str) -> str:
        """The title of the level in the reader's language."""
        return self.titles["en" if locale.startswith("en") else "de"]

    @cached_property
    def widths(self) -> set[int]:
        """The lengths of the keys, in characters."""
        return set(map(len, self.units))

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of the units, where they are more than the key again."""
        return frozenset(name for key, name in self.units.items() if name and name != key)

    @cached_property
    def fixed_width(self) -> int | None:
        """The common length of all keys if they are digits of one length, else None."""
        if len(self.widths) == 1 and all(map(only_digits, self.units)):
            return next(iter(self.widths))
        return None


class KeyKind(StrEnum):
    """What a value of a key column turned out to be."""

    UNIT = "unit"
    REPAIRED = "repaired"
    TOTAL = "total"
    NOT_ASSIGNABLE = "not_assignable"
    EMPTY = "empty"
    UNKNOWN = "unknown"


class KeyMatch(NamedTuple):
    """One distinct value of a key column: what it is, and the unit's key if it is one."""

    value: str
    kind: KeyKind
    key: str | None
    rows: int


@dataclass(frozen=True)
class MatchReport:
    """How the values of a key column fit one level, key by key. Nothing is dropped in silence.

    ``counts``: rows of each distinct value, in the order they first stood in the table. ``odd``: those values that are
    no unit as they stand. ``missing``: keys of the level that the column does not have.
    """

    keys: LevelKeys
    counts: Mapping[str, int] = field(repr=False)
    odd: Mapping[str, KeyMatch] = field(repr=False)
    missing: tuple[str, ...]

    @cached_property
    def matches(self) -> dict[str, KeyMatch]:
        """Each distinct value with what it is, in the order they first stood in the table."""
        return {
            value: self.odd[value] if value in self.odd else KeyMatch(value, KeyKind.UNIT, value, rows)
            for value, rows in self.counts.items()
        }

    def of_kind(self, *kinds: KeyKind) -> list[KeyMatch]:
        """The distinct values of these kinds, in the order they first stood in the table."""
        among = self.matches if KeyKind.UNIT in kinds else self.odd
        return [match for match in among.values() if match.kind in kinds]

    @property
    def found(self) -> int:
        """Number of units of the level that occur in the table."""
        return len(self.keys.units) - len(self.missing)

    @property
    def unknown(self) -> list[str]:
        """Values that are neither a unit nor special."""
        return [match.value for match in self.of_kind(KeyKind.UNKNOWN)]

    @cached_property
    def repaired(self) -> dict[str, str]:
        """Value → key where leading zeros or a spreadsheet's decimals were mended."""
        return {m.value: m.key for m in self.of_kind(KeyKind.REPAIRED) if m.key is not None}

    @property
    def padded(self) -> dict[str, str]:
        """Those of `repaired` that got their leading zeros back; the others were written as numbers."""
        return {value: key for value, key in self.repaired.items() if only_digits(value)}

    @cached_property
    def share(self) -> float:
        """Share (0 to 1) of the distinct ordinary values that are units; 0 if there are none."""
        kinds = Counter(match.kind for match in self.odd.values())
        known = len(self.counts) - len(self.odd) + kinds[KeyKind.REPAIRED]
        ordinary = known + kinds[KeyKind.UNKNOWN]
        return known / ordinary if ordinary else 0.0

    @property
    def fits(self) -> bool:
        """True if every ordinary value is a unit, and there is at least one."""
        return self.share == 1.0

    def key_of(self, value: object) -> str | None:
        """The unit's key for a value of the column, or None (special, empty, unknown)."""
        key = as_key(value)
        if key in self.odd:
            return self.odd[key].key
        return key if key in self.counts else None


def as_key(value: object) -> str:
    """A cell as key text: outer blanks go, the number 11.0 becomes ``11``, None becomes an empty text."""
    if type(value) is str and value.isalnum():  # by far the most; nothing to strip
        return value
    if value is None or value != value:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip().strip("\u00a0'").strip()


def match_keys(values: Iterable[object], keys: LevelKeys) -> MatchReport:
    """Match the values of a key column with the units of a level.

    Each distinct value is judged once. Exact keys win; then a value whose leading zeros are lost (only where
    all keys of the level are digits of one length), that a program has written as a number (``11.0``, ``1.100.101``),
    or that bears the mark of a footnote (``03*``); then the special keys of German office tables: only zeros for the
    city's total, only nines in the key's width for "not assignable".
    """
    return _match(_counted(values), keys)


def rank_levels(values: Iterable[object], candidates: Iterable[LevelKeys]) -> list[MatchReport]:
    """Reports for each candidate level, the best fit first: known keys, completeness, newest boundary
    date.
    """
    counts = _counted(values)
    reports = [_match(counts, keys) for keys in candidates]
    return sorted(
        reports,
        key=lambda r: (r.share, -len(r.repaired), r.found / max(1, len(r.keys.units)), r.keys.boundary_date),
        reverse=True,
    )


def is_total(value: str) -> bool:
    """True for a key of only zeros (``0``, ``00``, ``000``): the city's total, never a part of a sum."""
    return bool(value) and not value.strip("0")


def is_not_assignable(value: str, widths: set[int]) -> bool:
    """True for two or more nines only, as long as the level's keys or one longer: ``99``, ``999``."""
    return len(value) >= 2 and not value.strip("9") and any(len(value) in (w, w + 1) for w in widths)


def _counted(values: Iterable[object]) -> dict[str, int]:
    """Rows of each distinct value, in the order they first stood there; so a million rows stay cheap."""
    counts: dict[str, int] = {}
    for value, rows in Counter(values).items():
        key = as_key(value)
        counts[key] = counts.get(key, 0) + rows
    return counts


def _match(counts: Mapping[str, int], keys: LevelKeys) -> MatchReport:
    units, width = keys.units, keys.fixed_width
    widths = keys.widths if width is None else {width}
    # What is a unit as it stands is found set against set: where nearly each row has a key of its own, that counts.
    known = counts.keys() & units.keys()
    odd = {value: _judge(value, counts[value], units, width, widths) for value in counts if value not in known}
    present = known | {match.key for match in odd.values()}
    return MatchReport(keys, counts, odd, tuple(key for key in units if key not in present))


def _judge(value: str, rows: int, units: Mapping[str, str], width: int | None, widths: set[int]) -> KeyMatch:
    """What a value is that is no unit as it stands."""
    if not value:
        return KeyMatch(value, KeyKind.EMPTY, None, rows)
    repaired = _repair(value, units, width)
    if repaired is not None:
        return KeyMatch(value, KeyKind.REPAIRED, repaired, rows)
    if is_total(value) or any(map(is_total, as_numbers(value))):
        return KeyMatch(value, KeyKind.TOTAL, None, rows)
    if is_not_assignable(value, widths):
        return KeyMatch(value, KeyKind.NOT_ASSIGNABLE, None, rows)
    return KeyMatch(value, KeyKind.UNKNOWN, None, rows)


def as_numbers(value: str) -> tuple[str, ...]:
    """The digits that a program may have written as a number: ``11.0`` is 11, ``1.100.101`` is 1100101, ``11.000`` may
    be either 11 or 11000; nothing for other texts.
    """
    if only_digits(value) or not only_digits(value[-1:]):
        return ()
    decimals = _DECIMALS.fullmatch(value)
    grouped = (re.sub("[^0-9]", "", value),) if _GROUPS.fullmatch(value) else ()
    return ((decimals[1],) if decimals else ()) + grouped


def without_mark(value: str) -> str:
    """A key without the mark of a footnote behind it (`03*`)."""
    return _MARK.sub("", value)


def _repair(value: str, units: Mapping[str, str], width: int | None) -> str | None:
    """The one unit that a value means which has lost its zeros, was written as a number, or bears a footnote's mark."""
    plain = without_mark(value)
    if plain != value:
        return plain if plain in units else _repair(plain, units, width)
    if width is not None and len(value) >= width and only_digits(value):
        return None  # nothing is lost of a key of full length
    written = as_numbers(value)
    found = {plain for plain in written if plain in units}
    if not found and width is not None:
        # "0" padded would be "00", which may be a unit by accident; a total is never made out of nothing.
        digits = [p for p in written or (value,) if only_digits(p) and p.strip("0") and len(p) < width]
        found = {padded for plain in digits if (padded := plain.zfill(width)) in units}
    return found.pop() if len(found) == 1 else None
