"""Finding an indicator of the catalogue by the name that an office gives a column."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from ckanext.ierwohnen.tables.code_lists import normal
from ckanext.ierwohnen.tables.column_facts import words_of, written_out
from ckanext.ierwohnen.tables.office_table import OfficeTable
from ckanext.ierwohnen.tables.roles import IndicatorName

_FILLERS = re.compile(
    r"\b(?:in|der|die|das|je|pro|am|von|und|nach|insgesamt|gesamt|anzahl|zahl|tsd|tausend|mio|mrd|teur)\b|[€()\[\],.:/²-]|[0-9]+"
)
_NUMBER = re.compile(r"[0-9]+(?:[.\s][0-9]{3})*")
_THOUSANDS = re.compile(r"10*(?:[.\s]000)*")
_YEAR = re.compile(r"(?:19|20)[0-9][0-9]")
_BOUND = re.compile(r"\b(?:seit|ab|vor|nach|bis|since|before|after)\s+(?:19|20)[0-9][0-9]", re.I)
_SHARE_WORDS = re.compile(
    r"prozent|quote|anteil|rate|grad|quotient|ziffer|dichte|index|indikator|verhaeltnis|intensitaet|belastung|share"
    r"|ratio|density|faktor|\bje\b|\bpro\b|\bper\b|%|‰"
)
_SUMS = re.compile(r"\b(?:gesamt|insgesamt|summe|total)\b")
_PER_CENT = re.compile(r"%|\bv\. ?h\.|\bpercent\b")
_OF_WHOLE = ("percent", "%", "‰", "per_hundred", "per_thousand")
_PER_HEAD = ("euro_per_person",)
_RATIO_UNITS = ("percent", "ratio", "%", "‰")


@dataclass(frozen=True)
class Match:
    """An indicator found: its code, the name that fitted, its unit, how sure it is (0 to 1), its title by language."""

    code: str
    name: str
    unit: str | None
    confidence: float
    titles: Mapping[str, str] = field(default_factory=dict)


class NameBook:
    """All names of a catalogue, ready to be compared with column names."""

    def __init__(self, indicators: Sequence[IndicatorName]) -> None:
        self._exact: dict[str, tuple[IndicatorName, str]] = {}
        self._found: dict[str, Match | None] = {}
        self._wholes = {indicator.parts[1] for indicator in indicators if indicator.parts}
        self._loose: list[tuple[str, IndicatorName, str]] = []
        self._known = {indicator.code: indicator for indicator in indicators}
        for indicator in indicators:
            for name in (indicator.code, *indicator.names):
                self._exact.setdefault(written_out(normal(name)), (indicator, name))
                if stripped := _stripped(name):
                    self._loose.append((stripped, indicator, name))

    def is_whole(self, code: str) -> bool:
        """True for a figure that others are parts of: population, dwellings."""
        return code in self._wholes

    def words_for(self, code: str) -> frozenset[str]:
        """The words that may speak of an indicator: of its own names, of its parts, and of the wholes if it is none."""
        own = self._known.get(code)
        codes = {code, *(own.parts if own and own.parts else ())} | (set() if self.is_whole(code) else self._wholes)
        told = (name for one in codes if one in self._known for name in self._known[one].names)
        return frozenset(word for name in told for word in words_of(name))

    def find(self, text: str) -> Match | None:
        """The indicator that a column name means: the same name, or one so close that no other is."""
        if text not in self._found:
            self._found[text] = self._find(text)
        return self._found[text]

    def _find(self, text: str) -> Match | None:
        plain = written_out(normal(text))
        if not plain:
            return None
        if plain in self._exact:
            indicator, name = self._exact[plain]
            return _match(indicator, name, 0.97)
        wanted = _stripped(text)
        if len(wanted) < 4:
            return None
        # "Leerstand in %" is the rate, never the number of vacant dwellings.
        share = "prozent" in wanted
        known = [entry for entry in self._loose if not share or _is_ratio(entry[1].unit)]
        bare = " ".join(wanted.replace("prozent", " ").split())
        scored = sorted(
            (
                (
                    max(fuzz.token_sort_ratio(wanted, loose), share and fuzz.token_sort_ratio(bare, loose)),
                    indicator.code, name, indicator,
                )
                for loose, indicator, name in known
            ),
            key=lambda entry: -entry[0],
        )  # fmt: skip
        same = [entry for entry in scored if entry[0] >= 90 and _means(text, entry[2], entry[3].unit)]
        if not same:
            return None
        score, code, name, indicator = same[0]
        rivals = [s for s, c, _, _ in same if c != code and s >= score - 3]
        return None if rivals else _match(indicator, name, 0.55 + score / 300)

    def find_in_lines(self, table: OfficeTable) -> Match | None:
        """The indicator that title or file name speak of, if it is one."""
        lines = [*(line.text for line in table.title), table.filename.rsplit(".", 1)[0]]
        found: dict[str, Match] = {}
        for line in lines:
            plain = f" {_stripped(line)} "
            for loose, indicator, name in self._loose:
                if len(loose) >= 5 and f" {loose} " in plain:
                    found.setdefault(indicator.code, _match(indicator, name, 0.8))
        if len(found) > 1:
            longest = max(found.values(), key=lambda match: len(_stripped(match.name)))
            rest = [m for m in found.values() if m is not longest and _stripped(m.name) not in _stripped(longest.name)]
            return None if rest else longest
        return next(iter(found.values()), None)


def _means(text: str, name: str, unit: str | None) -> bool:
    """True if a name that looks alike is the same but for its spelling.

    "Bewohnte Wohnungen" look like "unbewohnte Wohnungen", "Zweipersonenhaushalte" like "Einpersonenhaushalte",
    "Haushalte 65+" like "Haushalte": a word that differs at its beginning, one more word or another number is another
    figure. Where the catalogue has a share, the heading has to speak of one: "Bevölkerung, Veränderung" may be persons.
    """
    if Counter(_numbers(text)) != Counter(_numbers(name)):
        return False
    if _BOUND.search(name) and _YEAR.findall(text) != _YEAR.findall(name):
        return False  # "seit 2015" are no dwellings built since 2010
    plain = written_out(normal(text))
    if unit in _OF_WHOLE and not _SHARE_WORDS.search(plain):
        return False
    if unit in _PER_HEAD and _SUMS.search(plain):
        return False
    ours, theirs = (_stripped(one).replace("prozent", " ").split() for one in (text, name))
    if len(ours) == len(theirs):
        return all(map(_same_word, sorted(ours), sorted(theirs)))
    return _same_word("".join(ours), "".join(theirs))  # one word written as two


def _same_word(ours: str, theirs: str) -> bool:
    """One misspelling in a word of some length, never in its first letters; beginnings and plurals are the same."""
    if ours == theirs:
        return True
    short, long = sorted((ours, theirs), key=len)
    if len(short) < 4 or ours[:3] != theirs[:3]:
        return False
    if long.startswith(short) and len(long) - len(short) <= 2:
        return True
    return Levenshtein.distance(ours, theirs) <= len(long) // 9


def _numbers(text: str) -> list[str]:
    """The numbers of a name but for years and for thousands ("in 1.000"), which are no part of what it means."""
    return [number for number in _NUMBER.findall(text) if not (_YEAR.fullmatch(number) or _THOUSANDS.fullmatch(number))]


def _match(indicator: IndicatorName, name: str, confidence: float) -> Match:
    titles = {language: indicator.title(language) for language in ("de", "en")}
    return Match(indicator.code, name, indicator.unit, confidence, titles)


def _stripped(text: str) -> str:
    """A name without filling words, units and signs; per cent is told as a word."""
    return " ".join(_FILLERS.sub(" ", _PER_CENT.sub(" prozent ", written_out(normal(text)))).split())


def _is_ratio(unit: str | None) -> bool:
    return unit in _RATIO_UNITS or "per_" in (unit or "")
