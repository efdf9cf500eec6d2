"""Sentences about a company's table: the texts of `stock_texts.py` with what they tell filled in. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ckanext.ierwohnen.look.csv_cells import exact_number
from ckanext.ierwohnen.look.numbers import format_date, format_number
from ckanext.ierwohnen.vault.long_cells import LONGEST
from ckanext.ierwohnen.vault.record import Field, fields
from ckanext.ierwohnen.vault.stock_texts import ONE, TEXTS

MOST_NAMED = 6
_ELSE = (
    ("Sonst zählt es als nicht bekannt.", "Else it counts as not known."),
    (
        "Was nicht bekannt ist, zählt in keiner Quote: Von den übrigen wären alle „{said}“.",
        "What is not known counts in no rate: of the others all would be “{said}”.",
    ),
)
"""What else follows from cells that are blank: where there is no rate of them, and where there is."""


_TWICE = {
    "key": (
        "Zusammen mit „{key}“ ist jede Nummer eindeutig. Bitte beides zusammen als Wohnungsnummer nehmen.",
        "Together with “{key}” each number is unique. Take both together as the dwelling id.",
    ),
    "differ": (
        "Die Zeilen unterscheiden sich in anderen Angaben, es sind also vermutlich verschiedene Wohnungen. Bitte "
        "angeben, welche Spalte jede Wohnung eindeutig bezeichnet, oder die Nummern in der Datei berichtigen. Bliebe "
        "nur die erste Zeile je Nummer, würden so viele Zeilen ausgelassen: {left}.",
        "The rows differ in other values, so they are probably different dwellings. State which column names each "
        "dwelling, or correct the numbers in the file. If only the first row of each number stayed, so many "
        "rows would be left out: {left}.",
    ),
    "alike": (
        "Die Zeilen sind gleich. Bitte nur eine Zeile je Nummer behalten.",
        "The rows are the same. Keep only one row of each number.",
    ),
}
_ABOVE = (
    ("Bitte in der Datei ergänzen.", "Fill it in in the file."),
    (
        "Steht die Adresse in der Datei nur einmal je Haus, bitte aus der Zeile darüber übernehmen.",
        "If the file has the address once for each house, take it from the row above.",
    ),
)


def sentence(code: str, column: str, count: int, params: Mapping[str, Any], locale: str = "de") -> tuple[str, str]:
    """Message and remedy of a problem in the reader's language."""
    english = locale.startswith("en")
    known = params.get("field")
    filled = {
        "column": column,
        "count": format_number(count, locale=locale),
        "title": known.label(locale) if known else "",
        "unit": known.of_unit(locale) if known else "",
        "of": format_number(params.get("of", 0), locale=locale),
        "low": _bound(known, known.start, locale) if known else "",
        "high": " ".join(filter(None, (_bound(known, known.end, locale), known.of_unit(locale)))) if known else "",
        "longest": format_number(LONGEST, locale=locale),
        "codes": ", ".join(known.classes() if known else ()),
        "sheet": (f"Sheet “{sheet}”: " if english else f"Blatt „{sheet}“: ") if (sheet := params.get("sheet")) else "",
        **(_change(params["change"], locale) if params.get("change") else {}),
        "twice": _twice(params.get("twice") or {}, locale),
        "above": _ABOVE[bool(params.get("above"))][english],
        **(_again(params["again"], locale) if params.get("again") else {}),
        **(_marks(params["marks"], locale) if params.get("marks") else {}),
    }
    texts = TEXTS[code]
    told = ONE[code] if count == 1 and code in ONE else texts
    return told[english].format(**filled), texts[2 + english].format(**filled)


def key_label(key: str, locale: str = "de") -> str:
    """The fields that name a dwelling together with its number, in words."""
    return " + ".join(fields()[name].label(locale) for name in key.split(","))


def _twice(found: Mapping[str, Any], locale: str) -> str:
    """What to do about numbers of dwellings that stand there more than once."""
    keys = found.get("keys")
    kind = "key" if keys else "differ" if found.get("differ") else "alike"
    key, left = key_label(keys[0], locale) if keys else "", format_number(found.get("left", 0), locale=locale)
    return _TWICE[kind][locale.startswith("en")].format(key=key, left=left)


def _again(found: Mapping[str, Any], locale: str) -> dict[str, str]:
    """What was decided about columns for the stock before."""
    told = [_decided(one, locale) for one in found["decided"]]
    return {"before_day": format_date(found["day"], locale=locale), "again": "; ".join(told)}


def _decided(one: Mapping[str, Any], locale: str) -> str:
    english, column = locale.startswith("en"), one["column"]
    named = f"“{column}”" if english else f"„{column}“"
    if one["action"] == "key":
        known = key_label(one["with"], locale) if one["with"] else ("nothing else" if english else "nichts anderem")
        return f"{named} {'together with' if english else 'zusammen mit'} {known}"
    what = fields()[one["field"]].label(locale) if one["field"] else "not loaded" if english else "nicht geladen"
    return f"{named}: {what}"


def _marks(found: Mapping[str, Any], locale: str) -> dict[str, str]:
    """Which of yes and no a column says, and which it never says."""
    words = ("yes", "no") if locale.startswith("en") else ("ja", "nein")
    said, unsaid = words if found["only"] == "t" else words[::-1]
    otherwise = _ELSE[bool(found["rate"])][locale.startswith("en")].format(said=said)
    return {"said": said, "unsaid": unsaid, "else": otherwise, "marks": format_number(found["count"], locale=locale)}


def _change(found: Mapping[str, Any], locale: str) -> dict[str, str]:
    """How the stock changes against the one that it follows."""
    day, english = format_date(found["day"], locale=locale), locale.startswith("en")
    stand = f"in the stock of {day}" if english else f"im Bestand vom {day}"
    names, more = found["emptied"][:MOST_NAMED], len(found["emptied"]) - MOST_NAMED
    rest = [f"{more} more" if english else f"{more} weitere"] if more > 0 else []
    one, many = ("dwelling", "dwellings") if english else ("Wohnung", "Wohnungen")
    before = f"{format_number(found['before'], locale=locale)} {one if found['before'] == 1 else many}"
    return {
        "earlier": stand, "day": day, "emptied": ", ".join([*names, *rest]),
        "before": before, "now": format_number(found["now"], locale=locale),
    }  # fmt: skip


def _bound(known: Field, bound: float | None, locale: str) -> str:
    """Years have neither a unit nor thousands."""
    if bound is None:
        return ""
    return format_number(bound, locale=locale) if known.unit else exact_number(bound, locale)
