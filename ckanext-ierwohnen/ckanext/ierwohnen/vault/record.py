"""The stock record: which fields a dwelling has, and by which names companies' tables call them. Pure.

The fields stand in `schemas/stock/record.yaml`; a company's table may have any of them in any order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from ckanext.ierwohnen.tables.code_lists import normal
from ckanext.ierwohnen.vault.stated_units import contradicts

FILE = Path(__file__).parent.parent / "schemas" / "stock" / "record.yaml"
DERIVED = ("address_id", "units")
# Of “m²” at the end of a name the square is gone here: it might have been the mark of a footnote.
_UNIT = re.compile(
    r"\s*(?:\[[^\]]*\]|\([^)]*\)|(?:(?<=\s)|in )(?:€|eur|euro|m[²2]?|qm|kwh\S*)(?:\s*(?:/|je|pro|im)\s*\S+)?)\s*$", re.I
)

_JOINED = re.compile(r"\.?\s*(?:[/,&+]|\bund\b|\bu\b\.?)\s*")
"""What joins two things in one heading: „Straße und Hausnummer“, „Str. / Hausnr.“, „Straße, Nr.“."""
_WORD = re.compile(r"[^\W\d_]{3,}")
_ENDINGS = ("", "s", "n", "en", "e", "er", "es", "em", "ig", "isch", "ung", "ungs", "ungen")


@dataclass(frozen=True)
class Field:
    """A field of the record. `codes`: spelling → code; `start`, `end` bound a number; `words`: of what the words of a
    text are put together; `identifier`: a text that has to look like one.
    """

    name: str
    title: str
    title_en: str
    type: str
    names: frozenset[str]
    unit: str = ""
    unit_en: str = ""
    value: bool = False
    start: float | None = None
    end: float | None = None
    codes: Mapping[str, str] | None = None
    words: tuple[str, ...] = ()
    identifier: bool = False

    def spells(self, text: str) -> bool:
        """Whether a text holds no other words than the field's."""
        return not self.words or all(_put_together(word, self.words) for word in _WORD.findall(text.casefold()))

    def classes(self) -> list[str]:
        """A word for each code."""
        spelled: dict[str, str] = {}
        for word, code in (self.codes or {}).items():
            if word != code:
                spelled.setdefault(code, word)
        return list(spelled.values())

    def of_unit(self, locale: str = "de") -> str:
        """The unit for readers; "" where there is none."""
        return self.unit_en if locale.startswith("en") else self.unit

    def contradicted_by(self, heading: str) -> bool:
        """Whether a column's heading states another unit: € per m² is another figure than the euros of a dwelling."""
        return contradicts(heading, self.title, self.unit)

    def label(self, locale: str = "de") -> str:
        """The field's name for readers."""
        return self.title_en if locale.startswith("en") else self.title


@cache
def fields() -> dict[str, Field]:
    """All fields by name, in the order of the record."""
    entries = yaml.safe_load(FILE.read_text("utf-8"))
    return {name: _field(name, entry) for name, entry in entries.items()}


@cache
def value_fields() -> tuple[str, ...]:
    """Fields that are closed with the company's key, in the order of the record."""
    return tuple(field.name for field in fields().values() if field.value)


def propose(columns: Iterable[str]) -> dict[str, str]:
    """Column → field, by the columns' names; columns that are none of the record's are left out, and those whose name
    states another unit.

    Of two columns for one field the first is taken.
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    for column in columns:
        field = next((f.name for f in fields().values() if _plain(column) in f.names), None)
        if field and field not in taken and not fields()[field].contradicted_by(column):
            found[column] = field
            taken.add(field)
    return found


def _plain(column: str) -> str:
    return _JOINED.sub(" und ", _UNIT.sub("", normal(column)).strip(" .:"))


def _field(name: str, entry: Mapping) -> Field:
    spelled = (name, entry["title"]["de"], entry["title"]["en"], *entry.get("names", ()))
    codes = entry.get("codes")
    return Field(
        name,
        entry["title"]["de"],
        entry["title"]["en"],
        entry["type"],
        frozenset(_plain(text) for text in spelled),
        *_units(entry.get("unit", "")),
        entry.get("value", False),
        entry.get("from"),
        entry.get("to"),
        codes and {normal(word): code for code, words in codes.items() for word in (code, *words)},
        tuple(entry.get("words", ())),
        entry.get("identifier", False),
    )


def _units(unit: str | Mapping[str, str]) -> tuple[str, str]:
    return (unit, unit) if isinstance(unit, str) else (unit["de"], unit["en"])


def _put_together(word: str, parts: tuple[str, ...]) -> bool:
    """Whether a word is put together of the given ones, endings aside; each place in it is come to once."""
    places, behind = [0], {0}
    for place in places:
        ends = (place + len(part) for part in parts if word.startswith(part, place))
        for after in {end + len(more) for end in ends for more in _ENDINGS if word.startswith(more, end)} - behind:
            behind.add(after)
            places.append(after)
    return len(word) in behind
