"""The unit that a column's heading states, and whether it is another one than the field's. Pure."""

from __future__ import annotations

import re

_EURO = r"(?:€|\beuro?\b)"
_AREA = r"(?:m[²2]|qm|sqm|quadratmeter)(?!\w)"
_PER = r"(?:/|\bje\b|\bpro\b|\bper\b)\s*"
_PER_AREA = re.compile(rf"{_PER}(?:{_AREA}|m$)|\bquadratmeter-?(?:kalt|netto)?-?miete|\bqm-?miete")
_MEASURES = {
    "thousand": re.compile(r"\bt€|\bteur\b|\btsd\.?\s*(?:€|euro?\b)|(?:\bin|[\[(/])\s*1[. ]?000\s*(?:€|euro?\b)"),
    "cent": re.compile(r"\bcents?\b|\bct\b"),
    "percent": re.compile(r"(?:\bin|[\[(])\s*%|(?<![\d\s%])\s*%$|\bprozent\b"),
    "euro": re.compile(_EURO),
    "energy": re.compile(r"\bkwh"),
    "area": re.compile(rf"(?<!\w){_AREA}"),
}
_TIMES = {
    "month": re.compile(rf"(?:{_PER}|\bim )\s*(?:monat|month)|\bmtl\b|\bmonatlich|\bmonthly|\bmonats-?\w*miete"),
    "year": re.compile(
        rf"(?:{_PER}|\bim |\bin the )\s*(?:(?:jahr|year)(?!e?s?\s*\d{{4}})|anno|a\b)|\bp\. ?a\b"
        r"|\bjährlich|\byearly|\bannual|\bjahres-?\w*miete"
    ),
}


def contradicts(heading: str, title: str, unit: str) -> bool:
    """Whether a heading states another unit than its field has: of money also per m², or of another time.

    :param title, unit: those of the field; what has no unit contradicts nothing
    """
    if not unit:
        return False
    own, stated = _plain(f"{title} {unit}"), _plain(heading)
    of_money = "euro" in _measures(own)
    if of_money and _PER_AREA.search(stated):
        return True
    measures, times = _measures(stated), _found(_TIMES, stated)
    if measures and not measures & _measures(own):
        return True
    if of_money and "thousand" in measures:
        return True
    return of_money and bool(times) and not times & _found(_TIMES, own)


def _measures(text: str) -> set[str]:
    found = _found(_MEASURES, text)
    return found - {"area"} if "energy" in found else found


def _found(patterns: dict[str, re.Pattern[str]], text: str) -> set[str]:
    return {name for name, pattern in patterns.items() if pattern.search(text)}


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
