"""What a class of a dimension, and the dimension itself, is called in the reader's language: decided here alone.

Offices write classes in their own words ("unter 18", "weiblich"). Readers of that language see these words; others
see the words of the code list (`schemas/code_lists.yaml`). What no list knows, and what holds no word ("18–24"), stays
as it is written.
"""

from __future__ import annotations

import re

from ckanext.ierwohnen.tables.code_lists import TOTAL_WORDS, CodeList, code_lists, normal

_TOTAL = {"de": "insgesamt", "en": "total"}
_CODE = re.compile(r"\d*-\d*|\d+")
_LETTER = re.compile(r"[^\W\d_]")
_ENGLISH = re.compile(
    r"\b(under|over|and|or|to|up|before|after|from|later|older|years?|rooms?|persons?|plus|than|all)\b", re.I
)


def category_name(dimension: str, text: str, locale: str = "de", written: str | None = None) -> str:
    """The name of a class.

    >>> category_name("age_groups", "75 und älter", "en")
    '75 and over'

    :param dimension: id of a code list, or any other name
    :param text: the class as it stands in a column of its own, or its code where a column of figures stands for it
    :param written: how the office writes it, where that is not `text`
    """
    own, language = text if written is None else written, _language(locale)
    if normal(own) in TOTAL_WORDS:
        return own if _speaks(own, language) else _TOTAL[language]
    known = code_lists().get(dimension)
    code = _code(known, text, own) if known is not None else None
    if known is None or code is None:
        return own
    if known.kind == "range":
        bare = own == text and _CODE.fullmatch(own) is not None and "-" in own[:1] + own[-1:]
        if not bare and (not _LETTER.search(own) or _speaks(own, language)):
            return own
        return known.in_words(code, language)
    label = known.label(code, language)
    foreign = {normal(code), normal(known.label(code, "en"))} - {normal(label)}
    plain = language == "de" and len(own) > 1 and normal(own) not in foreign
    return own if plain else label


def dimension_name(dimension: str, own: str | None = None, locale: str = "de", *, within: bool = False) -> str:
    """The name of a dimension.

    :param own: what the table calls it, where it has a column of its own
    :param within: in the middle of a sentence
    """
    known = code_lists().get(dimension)
    if known is None:
        return own or dimension
    if _language(locale) == "de":
        return own if own and normal(own) != normal(known.title_en) else known.title
    return known.title_en if within else known.title_en[:1].upper() + known.title_en[1:]


def _language(locale: str) -> str:
    return "de" if locale.startswith("de") else "en"


def _code(known: CodeList, text: str, own: str) -> str | None:
    """The class that is meant; a code of the list or of a range stands for itself."""
    if text in known.labels or (known.kind == "range" and re.search(r"\d", text) and _CODE.fullmatch(text)):
        return text
    return known.code_of(own) or known.code_of(text)


def _speaks(text: str, language: str) -> bool:
    """Whether words of a range or of a total are of this language."""
    if normal(text) in TOTAL_WORDS:
        return normal(text) in ({"total", "all"} if language == "en" else TOTAL_WORDS - {"all"})
    return (_ENGLISH.search(text) is not None) == (language == "en")
