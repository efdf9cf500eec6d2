"""Words by which columns are called in office tables (`role_words.yaml`), and units as they are written."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import yaml

from ckanext.ierwohnen.tables.cells import SCALED_UNITS, parse_cell
from ckanext.ierwohnen.tables.column_facts import ColumnFacts
from ckanext.ierwohnen.tables.office_table import OfficeTable

_LISTS = yaml.safe_load((Path(__file__).parent / "role_words.yaml").read_text("utf-8"))


def _words(name: str) -> frozenset[str]:
    return frozenset(_LISTS[name].split())


KEY = _words("key")
PLACE = _words("place")
NAME = _words("name")
PERIOD = _words("period")
BUILDING = _words("building")
WEIGHT = _words("weight")
CONTRIBUTOR = _words("contributor")
NOTE = _words("note")
ADDRESS = _words("address")
AMOUNT = _words("amount")
NEUTRAL = _words("neutral")
BOOKKEEPING = _words("bookkeeping")
COORDINATES = _words("coordinates")
RUNNING = _words("running")
TECHNICAL = _words("technical")
OF_SHAPES = frozenset({"shape", "globalid"})
NUMBERS = _words("numbers")
ROW_NUMBERS = _words("row_numbers")
OTHER_THINGS = _words("other_things")
TITLE_NEUTRAL = _words("title_neutral") | _words("title_units")
TITLE_TOPICS = _words("title_topics")
TITLE_BREAKDOWN = _words("title_breakdown")
TITLE_PLACES = _words("title_places")
TITLE_SHARES = _words("title_shares")

_SQUARE = r"(?:m²|qm\b|m2\b|sqm\b|quadratmeter)"
_UNITS = (
    (re.compile(rf"(?:€|\beur(?:o)?\b)\s?(?:/|je|pro|per)\s?{_SQUARE}|eurm2", re.I), "€/m²"),
    (re.compile(rf"(?:miete|preis|kosten|wert|rent\b|price|cost).*(?:/|\bje|\bpro|\bper)\s?{_SQUARE}", re.I), "€/m²"),
    (re.compile(rf"kwh.*(?:/|\bje|\bpro|\bper)\s?\(?{_SQUARE}", re.I), "kWh/(m²·a)"),
    (re.compile(rf"(?:/|\bje|\bpro|\bper)\s?{_SQUARE}", re.I), "je m²"),
    (re.compile(r"(?:je|pro|per|auf) 100[.,   ]?000", re.I), "je 100.000"),
    (re.compile(r"(?:je|pro|per|auf) 10[.,   ]?000", re.I), "je 10.000"),
    (re.compile(r"(?:je|pro|per|auf) 1[.,   ]?000|‰|promille", re.I), "je 1.000"),
    (re.compile(r"(?:je|auf) 100\b(?![.,   ]\d)|%|prozent|percent|\banteil|anteile\b|\bquote\b|v\.\s?h\.", re.I), "%"),
    (re.compile(r"(?:pro|je|/)\s?km²", re.I), "je km²"),
    (re.compile(r"\bdm²|\bdm2\b|quadratdezimeter", re.I), "dm²"),
    (re.compile(r"km²|qkm|\bkm2\b|sqkm|quadratkilometer", re.I), "km²"),
    (re.compile(r"\bT?m²|\bT?qm\b|\bT?m2\b|\bsqm\b|quadratmeter|square met", re.I), "m²"),
    (re.compile(r"(?:je|pro|/|per)\s?(?:ha\b|hektar|hectare)", re.I), "je ha"),
    (re.compile(r"\bha\b|hektar|hectare", re.I), "ha"),
    (re.compile(r"kwh", re.I), "kWh"),
    (re.compile(r"(?<![a-z])mwh(?![a-z])", re.I), "MWh"),
    (re.compile(r"(?<![a-z])gwh(?![a-z])", re.I), "GWh"),
    (re.compile(r"\bin\s+(?:km|[Kk]ilometern?)\b|[(\[]\s*(?:in\s+)?km\s*[)\]]"), "km"),
    (re.compile(r"\bin\s+(?:m|[Mm]etern?)\b|[(\[]\s*in\s+m\s*[)\]]"), "m"),
    (re.compile(r"\bin\s+monaten\b|[(\[]\s*monate\s*[)\]]", re.I), "Monate"),
    (re.compile(r"\bin\s+wochen\b|[(\[]\s*wochen\s*[)\]]", re.I), "Wochen"),
    (re.compile(r"\bin\s+tagen\b|[(\[]\s*tage\s*[)\]]", re.I), "Tage"),
    (re.compile(r"\bt€|\bteur\b", re.I), "€"),
    (re.compile(r"€|\beuro?\b|\bcent\b", re.I), "€"),
    (re.compile(r"\bin jahren?\b|durchschnittsalter", re.I), "Jahre"),
)
_FOREIGN = re.compile(r"(?<![A-Za-z])T?(DM|DEM|D-Mark|CHF|SFr|USD|US\$|\$|GBP|£)(?![A-Za-z])")
CURRENCIES = frozenset({"DM", "DEM", "D-Mark", "CHF", "SFr", "USD", "US$", "$", "GBP", "£"})
_EURO = re.compile(r"€|\beuro?\b", re.I)
_BY_SQUARE = re.compile(rf"(?:/|\bje|\bpro|\bper)\s?{_SQUARE}", re.I)
_AMOUNT = r"\d[\d.   ]*"
_CLASS = re.compile(  # "unter 1 000 EUR", "40 bis 60 m²" are classes of something that is not in euro or square metres
    rf"(?:(?:unter|über|ab|bis|von|mehr als|weniger als)\s+{_AMOUNT}(?:bis\s+(?:unter\s+)?{_AMOUNT})?"
    rf"|{_AMOUNT}(?:bis|-|–)\s*(?:unter\s+)?{_AMOUNT})(?:€|eur\w*|m²|qm|m2)"
    rf"|{_AMOUNT}(?:€|eur\w*|m²|qm|m2)\s*(?:und|u\.|oder)\s*(?:mehr|m\.|größer|darüber)"  # "60 m² und mehr"
    rf"|{_AMOUNT}%\s?-?\s?(?:quantil|perzentil|quartil|percentile)",  # the rent, not a share
    re.I,
)
_STATED = re.compile(r"angaben? in\s+(.+)", re.I)


def other_things(fact: ColumnFacts) -> set[str]:
    """What a column numbers by its heading, if that is no unit: `Wahlkreis`, `Wahlkreis-Nr.`, `Wahlkreisnummer`."""
    ends = ("", "nr", "nummer", "schluessel")
    return {thing for thing in OTHER_THINGS for end in ends if f"{thing}{end}" in fact.words}


def unit_in(text: str) -> str | None:
    """The unit that a name states ("Leerstand in %", "electricity_mwh_2022")."""
    spaced = _CLASS.sub(" ", text.replace("_", " "))
    foreign = None if _EURO.search(spaced) else _FOREIGN.search(spaced)
    if foreign:  # kept as it is: an amount in another currency is no indicator in euro
        return foreign[1] + ("/m²" if _BY_SQUARE.search(spaced) else "")
    return next((unit for form, unit in _UNITS if form.search(spaced)), None)


def unit_in_cells(fact: ColumnFacts) -> str | None:
    """The unit written in (nearly) all cells."""
    met = Counter(parse_cell(cell, fact.style).unit for cell in fact.cells[:300] if cell)
    units: Counter[str | None] = Counter()
    for one, times in met.items():
        units[SCALED_UNITS.get(one or "", (one, 0))[0]] += times
    unit, count = units.most_common(1)[0] if units else (None, 0)
    return unit if unit and count >= 0.8 * sum(units.values()) else None


def unit_in_lines(table: OfficeTable) -> str | None:
    """The unit that a note above or below states ("Alle Angaben in %")."""
    for line in (*table.title, *table.foot):
        match = _STATED.search(line.text)
        if match:
            stated = match[1].strip(" .")
            return unit_in(stated) or unit_in(f"in {stated}") or ("Jahre" if stated.startswith("Jahr") else None)
    return None
