"""What a figure is about: name, unit and precision of an indicator, and what it asks of its classes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ckanext.ierwohnen.previews.classes import Method, Wish
from ckanext.ierwohnen.previews.words import say

_METHODS = {
    "quantiles": Method.ROUNDED,
    "quantile": Method.ROUNDED,
    "natural": Method.NATURAL,
    "natural_breaks": Method.NATURAL,
    "equal": Method.EQUAL,
    "pretty": Method.PRETTY,
    "fixed": Method.FIXED,
    "diverging": Method.DIVERGING,
}
_SIGNS = {"%": "percent", "‰": "per_thousand", "": "count", "1": "count", "Anzahl": "count"}
_BETTER = {"more": True, "less": False}
SHARES = ("%", "‰", "€/m²")


@dataclass(frozen=True)
class Subject:
    """An indicator as a figure shows it.

    :param unit: stands behind each number (`%`, `€/m²`), None for counts
    :param unit_word: heads the legend (`Prozent`)
    :param sentence: what is measured, in one sentence; empty where it is not known
    :param relative: a share or rate, not a count
    :param additive: parts of it add up to the whole
    """

    code: str
    name: str
    unit: str | None
    unit_word: str
    wish: Wish
    sentence: str = ""
    relative: bool = False
    additive: bool = False


def plain_subject(
    code: str, label: str, unit: str | None, precision: int | None, locale: str = "de", *, counted: bool = False
) -> Subject:  # fmt: skip
    """The subject of a column that the catalogue does not know: its label and unit as the office wrote them.

    :param counted: its unit is one in which things are counted, so that parts add up
    """
    sign = (unit or "").strip()
    word = say(_SIGNS[sign], locale) if sign in _SIGNS else sign
    relative = sign in SHARES or " je " in f" {sign} " or " per " in f" {sign} "
    shown = None if _SIGNS.get(sign) == "count" else sign
    wish, additive = Wish(precision=precision), counted and not relative
    return Subject(code, label, shown, word, wish, relative=relative, additive=additive)


def defined_subject(
    definition: Any, unit_of: Callable[[str], tuple[str, str]], *, precision: int | None = None, locale: str = "de"
) -> Subject:
    """The subject of an indicator of the catalogue (indicators.definition.Indicator).

    :param unit_of: symbol and word of a unit's code in the reader's language
    :param precision: of the table's column, where it states one
    """
    symbol, word = unit_of(definition.unit)
    language = "de" if locale.startswith("de") else "en"
    classes = definition.classes or {}
    change = definition.kind.get("of") == "change"
    breaks = tuple(float(value) for value in classes.get("breaks") or ())
    method = _METHODS.get(str(classes.get("method")), Method.ROUNDED)
    middle = classes.get("middle", 0.0 if change or method is Method.DIVERGING else None)
    wish = Wish(
        method=method,
        breaks=breaks if method is Method.FIXED else (),
        middle=None if middle is None else float(middle),
        more_is_better=_BETTER.get(definition.direction),
        precision=definition.precision if precision is None else precision,
        signed=change,
    )
    return Subject(
        definition.code,
        definition.name_in(language),
        symbol or None,
        word,
        wish,
        sentence=definition.description_in(language),
        relative=definition.kind.get("scale") == "relative",
        additive=definition.space == "sum",
    )
