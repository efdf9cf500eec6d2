"""Words above a table that none of its names uses up: then its figures may be a part of what the headings say.

"Einwohner mit Migrationshintergrund" above a column that is called "Einwohner" is no population. What a title may say
without narrowing: names of the figure and of other columns, dates, places and levels, classes that divide the figures,
units, and words that tell nothing ("Stand", "Tabelle 3").
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

from ckanext.ierwohnen.tables import role_words as words
from ckanext.ierwohnen.tables.code_lists import code_lists
from ckanext.ierwohnen.tables.column_facts import ColumnFacts, words_of, written_out
from ckanext.ierwohnen.tables.declared_signs import legend_signs
from ckanext.ierwohnen.tables.indicator_names import Match

if TYPE_CHECKING:
    from ckanext.ierwohnen.tables.role_rules import Context

_WORD = re.compile(r"[^\W\d_]+")
_ABOUT_THE_FILE = re.compile(
    r"\W*(?:daten)?(?:quelle|herausgeber|redaktion|kontakt|bearbeit|erstellt|abgerufen|abruf|copyright|©|lizenz|druck"
    r"|export|zeichenerkl|legende|gebietsstand|source|created|licen[cs]e|amt für|statistisches (?:landes)?amt)",
    re.I,
)
_ALL_OF_THEM = re.compile(  # two parts that are the whole
    r"\b(?:deutsche\w*\s+(?:und|sowie)\s+(?:ausländ|nichtdeutsch|nicht-deutsch)\w*|(?:weiblich|männlich)\w*\s+und\s+"
    r"(?:weiblich|männlich)\w*|(?:men|women)\s+and\s+(?:wo)?men)\b",
    re.I,
)
_REMARK = re.compile(r"\W*(?:hinweis|anmerkung|anm\.|bemerkung|erläuterung|note|remark)", re.I)
_NARROWING = re.compile(r"\b(?:nur|ohne|ausschließlich|lediglich|only|without|excluding)\b\s*\w*", re.I)
_OF_TOWN = re.compile(
    r"\b(?:\w*[sS]tadt|Gemeinde|\w*[kK]reis|City of|Town of)\s+[A-ZÄÖÜ][\w-]+"
    r"(?:\s+(?:an der|ob der|vor der|am|im|in|bei|a\. ?d\.)\s+[A-ZÄÖÜ][\w-]+|\s*\([A-ZÄÖÜ][\w ]*\)|/[A-ZÄÖÜ]\w+\.?)?"
)
_YEAR = r"(?:19|20)[0-9]{2}\b(?!\s*=)"
_YEARS = re.compile(rf"\b(?:(?:seit|ab|since)\s+)?{_YEAR}(?:\s*(?:bis|to|[-–/])\s*{_YEAR})?", re.I)
_INDEX = re.compile(r"(?:(?:19|20)[0-9]{2}\s*)?(?:=|≙)\s*100\b")
_BOUND = re.compile(
    r"(?:\b(?:bis|ab|unter|über|von|mit|ohne|vor|je|pro|per|auf)|[<>≤≥])\s*[0-9][0-9.   ]*(?:\s*\w+)?"
    r"|\b[0-9]{1,3}\s?\+",
    re.I,
)
_PER = re.compile(r"\b(?:je|pro|per)\b\s*[\w.]*", re.I)
_IS_SHARE = ("%", "‰", "je ")
_ENDINGS = ("", "s", "n", "en", "e", "er", "ern", "es", "em", "innen", "r", "se")
_DIVIDED = re.compile(r"\b(?:nach|by)\b", re.I)
_ALWAYS = words.TITLE_NEUTRAL | words.TITLE_PLACES | words.PLACE
_STEM = 4  # letters from which a word may be a part of a longer one
MOST = 6


def words_left(match: Match, fact: ColumnFacts, context: Context, dimension: str | None = None) -> tuple[str, ...]:
    """What title, sheet and heading say beside the indicator that a column would be; empty if nothing is left.

    :param dimension: of which the column is a class, by its heading
    """
    left = [found for text in (fact.name, *fact.column.parts) for found in _INDEX.findall(text)]
    place = (match.code, dimension)
    if place not in context.title_words:
        context.title_words[place] = _left_above(match, dimension, context)
    left += context.title_words[place]
    return tuple(dict.fromkeys(" ".join(one.split()) for one in left))[:MOST]


def _left_above(match: Match, dimension: str | None, context: Context) -> list[str]:
    share = _is_share(match)
    headings = {word for fact in context.facts for word in fact.words if len(word) > 2}
    known = context.book.words_for(match.code) | headings | _ALWAYS
    others = {found.code for fact in context.facts if (found := context.book.find(fact.name))} - {match.code}
    for code in others:  # "Leerstand" above the columns "Wohnungen" and "Leerstandsquote"
        known |= context.book.words_for(code)
    if not context.book.is_whole(match.code):
        known |= words.TITLE_TOPICS
    if dimension:
        known |= _list_words(dimension)
    if share or _other_share(context):
        known |= words.TITLE_SHARES
    stems = _stems(frozenset(known))
    return [one for text in _lines(context) for one in _left_in(text, stems, share, context)]


def _is_share(match: Match) -> bool:
    return bool(match.unit) and (match.unit in ("percent", "ratio", "score") or "per_" in str(match.unit))


def _lines(context: Context) -> Iterable[str]:
    """The lines that say what the table holds; of remarks what they leave out."""
    for line in context.table.title:
        if _REMARK.match(line.text):
            yield from _NARROWING.findall(line.text)
        elif not _ABOUT_THE_FILE.match(line.text) and not legend_signs([line.text]):
            yield line.text
    sheet = [word for word in _WORD.findall(context.table.sheet or "") if len(word) > 3]
    divided = _stems(words.TITLE_BREAKDOWN)
    yield " ".join(word for word in sheet if not _used_up(written_out(word), divided))


def _left_in(text: str, known: frozenset[str], share: bool, context: Context) -> list[str]:
    left = _INDEX.findall(text)
    rest = _OF_TOWN.sub(" ", _YEARS.sub(" ", _ALL_OF_THEM.sub(" ", _INDEX.sub(" ", text))))
    if not share:
        for form in (_PER, _BOUND):
            left += form.findall(rest)
            rest = form.sub(" ", rest)
        if "%" in rest and not _other_share(context):
            left.append("%")
    odd = []
    for number, part in enumerate(_DIVIDED.split(rest)):
        allowed = known | _breakdowns() if number else known
        odd += [word for word in _WORD.findall(part) if len(word) > 2 and not _used_up(written_out(word), allowed)]
    places = _place_words(context) if odd else frozenset()
    return left + [word for word in odd if not _used_up(written_out(word), places)]


@cache
def _breakdowns() -> frozenset[str]:
    """What may stand behind "nach": it divides the figures, and makes them no part."""
    return _stems(words.TITLE_BREAKDOWN.union(*(_list_words(name) for name in code_lists())))


def _list_words(dimension: str) -> frozenset[str]:
    known = code_lists().get(dimension)
    texts = (known.title, known.title_en, *known.names) if known else ()
    return frozenset(word for text in texts for word in words_of(text) if len(word) > 2)


def _other_share(context: Context) -> bool:
    """True if some column says by its own heading that it is a share: then the title may speak of it."""
    units = (words.unit_in(fact.name) for fact in context.facts)
    return any(unit and unit.startswith(_IS_SHARE) for unit in units)


def _place_words(context: Context) -> frozenset[str]:
    """Words of the names of levels, systems and units."""
    told = {
        word
        for keys in context.places
        for text in (keys.system, *keys.titles.values(), *keys.names)
        for word in words_of(text)
    }
    return _stems(frozenset(word for word in told if len(word) > 2))


def _stems(told: frozenset[str]) -> frozenset[str]:
    """The words, and what is left of them without an ending."""
    found = set(told)
    for word in told:
        for ending in _ENDINGS[1:]:
            bare = word.removesuffix(ending)
            if bare != word and len(bare) >= _STEM:
                found.add(bare)
    return frozenset(found)


def _used_up(word: str, known: frozenset[str]) -> bool:
    """True for a known word, whatever its ending, and for one that is made of such words ("Bevölkerungsstand")."""
    if word in known:
        return True
    for length in range(len(word) - 1, _STEM - 1, -1):
        if word[:length] in known:
            for ending in _ENDINGS:
                rest = word[length:]
                if rest.startswith(ending) and (rest == ending or _used_up(rest.removeprefix(ending), known)):
                    return True
    return False
