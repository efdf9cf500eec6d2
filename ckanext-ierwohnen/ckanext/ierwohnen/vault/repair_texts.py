"""What was decided about a company's table, in words: how much for the ledger, each for the report; no cell. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ckanext.ierwohnen.look.numbers import format_number
from ckanext.ierwohnen.vault.record import fields
from ckanext.ierwohnen.vault.stock_repairs import NEEDS, Repair
from ckanext.ierwohnen.vault.stock_sentences import key_label

_SUMMARY = {
    "column": ("{count} Spalten bestimmt", "{count} columns decided", "1 Spalte bestimmt", "1 column decided"),
    "value": ("{count} Werte gedeutet", "{count} values interpreted", "1 Wert gedeutet", "1 value interpreted"),
    "cell": (
        "{count} einzelne Werte leer gelassen", "{count} single values left blank", "1 einzelner Wert leer gelassen",
        "1 single value left blank",
    ),
    "row": ("{count} Zeilen ausgelassen", "{count} rows left out", "1 Zeile ausgelassen", "1 row left out"),
    "key": (
        "Wohnungsnummern ergänzt", "dwelling ids completed", "Wohnungsnummern ergänzt", "dwelling ids completed"
    ),
    "above": (
        "Adressen von oben übernommen", "addresses taken from above", "Adressen von oben übernommen",
        "addresses taken from above",
    ),
    "address": ("{count} Adressen gewählt", "{count} addresses chosen", "1 Adresse gewählt", "1 address chosen"),
}  # fmt: skip
_WHOLE = {
    "blank": ("{values} leer gelassen ({kinds})", "{values} left blank ({kinds})", "Werte", "values"),
    "rows": ("{lines} ausgelassen ({kinds})", "{lines} left out ({kinds})", "Zeilen", "rows"),
}
_TOTALS = ("alle Summenzeilen ausgelassen", "all rows of totals left out")
MOST_KINDS = 3
KINDS = {
    "total-row": ("Summenzeilen", "rows of totals"),
    "empty-id": ("ohne Wohnungsnummer", "without a dwelling id"),
    "id-twice": ("Wohnungsnummer schon vorher genannt", "dwelling id named before"),
    "ragged-row": ("mit falscher Zahl von Feldern", "with a wrong number of fields"),
    "no-identifier": ("keine Nummer", "no number or short name"),
    "cell-error": ("Fehlerwerte der Tabellenkalkulation", "errors of the spreadsheet"),
    "formula-without-value": ("Formeln ohne Ergebnis", "formulas without a result"),
    "no-number": ("keine Zahl", "no number"),
    "no-integer": ("mit Nachkommastellen", "with decimals"),
    "out-of-range": ("zu klein oder zu groß", "too small or too large"),
    "no-date": ("kein Datum", "no date"),
    "no-yes-no": ("weder ja noch nein", "neither yes nor no"),
    "no-code": ("keine bekannte Klasse", "no known class"),
    "too-long": ("zu lang", "too long"),
    "no-word": ("fremde Wörter", "other words"),
    "excel-date": ("Tage statt Hausnummern", "days instead of house numbers"),
    "after-date": ("nach dem Stichtag", "after the reference date"),
    "reason-but-let": ("vermietet", "let"),
}
_TOLD = {
    "column": ("„{column}“ ist: {field}", "“{column}” is: {field}"),
    "value": ("Spalte „{column}“: {values} gedeutet", "Column “{column}”: {values} interpreted"),
    "cell": ("Spalte „{column}“, Zeile {row}: leer gelassen", "Column “{column}”, row {row}: left blank"),
    "blank": ("Spalte „{column}“: {values} leer gelassen ({kind})", "Column “{column}”: {values} left blank ({kind})"),
    "row": ("Zeile {row}: ausgelassen", "Row {row}: left out"),
    "rows": ("{lines} ausgelassen ({kind})", "{lines} left out ({kind})"),
    "key": ("Wohnungen bezeichnet durch „{column}“ und {key}", "Dwellings named by “{column}” and {key}"),
    "above": ("{lines}: Adresse aus der Zeile darüber", "{lines}: address from the row above"),
    "address": ("Adresse gewählt für {dwellings}", "Address chosen for {dwellings}"),
}
_LEFT = ("Spalte „{column}“: nicht geladen", "Column “{column}”: not loaded")
_ALONE = ("Wohnungen bezeichnet durch „{column}“ allein", "Dwellings named by “{column}” alone")
_COUNTED = {
    "values": ("{n} Wert", "{n} Werte", "{n} value", "{n} values"),
    "lines": ("{n} Zeile", "{n} Zeilen", "{n} row", "{n} rows"),
    "dwellings": ("{n} Wohnung", "{n} Wohnungen", "{n} dwelling", "{n} dwellings"),
}


def summary(kept: Iterable[Mapping[str, Any]], locale: str = "de") -> str:
    """How much was decided: „2 Werte gedeutet, 12 Zeilen ausgelassen (Summenzeilen)“.

    :param kept: repairs; those of a whole kind with what they met (`cells`), where that is known
    """
    listed, english = list(kept), locale.startswith("en")
    counts = Counter(str(one["action"]) for one in listed)
    words: list[str] = []
    for action in NEEDS:
        if action in _WHOLE and counts[action]:
            words.append(_of_kinds(action, [one for one in listed if one["action"] == action], locale))
        elif counts[action]:
            text = _SUMMARY[action][english + (2 if counts[action] == 1 else 0)]
            words.append(text.format(count=counts[action]))
    return ", ".join(words)


def _of_kinds(action: str, listed: Sequence[Mapping[str, Any]], locale: str) -> str:
    """Rows or values of whole kinds, with their number once they were met."""
    english, met = locale.startswith("en"), sum(one.get("cells", 0) for one in listed)
    if not met and {one["code"] for one in listed} == {"total-row"}:
        return _TOTALS[english]
    names = list(dict.fromkeys(KINDS[str(one["code"])][english] for one in listed))
    kinds = ", ".join(names[:MOST_KINDS]) + (" …" if len(names) > MOST_KINDS else "")
    text, uncounted = _WHOLE[action][english], _WHOLE[action][2 + english]
    words = {name: _counted(texts, met, locale) if met else uncounted for name, texts in _COUNTED.items()}
    return text.format(kinds=kinds, **words)


def reported(one: Mapping[str, Any]) -> Repair | dict[str, Any]:
    """What the report of a load keeps of a repair: what it was, and what it met; no cell."""
    kept = ("action", "column", "code", "row", "field", "with", "cells", "rows")
    return {name: one[name] for name in kept if name in one}


def told(one: Mapping[str, Any], locale: str = "de") -> str:
    """A repair that was carried out, with the file's rows: „Zeilen 4, 9“.

    :param one: as `reported` gives it
    """
    english, action = locale.startswith("en"), str(one["action"])
    texts = _LEFT if action == "column" and not one.get("field") else _TOLD.get(action, ("", ""))
    text = (_ALONE if action == "key" and not one.get("with") else texts)[english]
    named = fields().get(str(one.get("field") or ""))
    filled = {name: _counted(texts, one["cells"], locale) for name, texts in _COUNTED.items()}
    kind = KINDS.get(str(one.get("code")), ("", ""))[english]
    where = {"column": one.get("column", ""), "row": one.get("row", ""), "kind": kind}
    where |= {"key": key_label(str(one["with"]), locale)} if one.get("with") else {}
    sentence = text.format(**where, **filled, field=named.label(locale) if named else "")
    return sentence + (_rows(one, english) if action in ("value", "blank", "rows") else "")


def _counted(texts: tuple[str, ...], count: int, locale: str) -> str:
    return texts[2 * locale.startswith("en") + (count != 1)].format(n=format_number(count, locale=locale))


def _rows(one: Mapping[str, Any], english: bool) -> str:
    rows = one.get("rows") or []
    if not rows:
        return ""
    listed = ", ".join(map(str, rows)) + (" …" if one["cells"] > len(rows) else "")
    single = ("Zeile", "row") if one["cells"] == 1 else ("Zeilen", "rows")
    return f", {single[english]} {listed}"
