"""Words by which columns are called in office tables (`role_words.yaml`), and units as they are written."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import yaml

from ckanext.ierwohnen.tables.cells import parse_cell
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
COORDINATES = _words("coordinates")
RUNNING = _words("running")

_UNITS = (
    (re.compile(r"€\s?/\s?(?:m²|qm|m2)|eur(?:o)?\s?(?:/|je)\s?(?:m²|qm|m2)|eurm2", re.I), "€/m²"),
    (re.compile(r"je 1\.?000|pro 1\.?000|per 1,?000|‰|promille", re.I), "je 1.000"),
    (re.compile(r"je 100\b|%|prozent|percent|\banteil|anteile\b|\bquote\b|v\.\s?h\.", re.I), "%"),
    (re.compile(r"(?:pro|je|/)\s?km²", re.I), "je km²"),
    (re.compile(r"km²|qkm", re.I), "km²"),
    (re.compile(r"\bm²|\bqm\b|quadratmeter", re.I), "m²"),
    (re.compile(r"\(\s?ha\s?\)|\bin ha\b|hektar", re.I), "ha"),
    (re.compile(r"kwh", re.I), "kWh"),
    (re.compile(r"(?<![a-z])mwh(?![a-z])", re.I), "MWh"),
    (re.compile(r"\bin tsd\.? ?€|\bt€", re.I), "Tsd. €"),
    (re.compile(r"€|\beuro?\b", re.I), "€"),
    (re.compile(r"\bin jahren?\b|durchschnittsalter", re.I), "Jahre"),
)
_STATED = re.compile(r"angaben? in\s+(.+)", re.I)


def unit_in(text: str) -> str | None:
    """The unit that a name states ("Leerstand in %", "electricity_mwh_2022")."""
    spaced = text.replace("_", " ")
    return next((unit for form, unit in _UNITS if form.search(spaced)), None)


def unit_in_cells(fact: ColumnFacts) -> str | None:
    """The unit written in (nearly) all cells."""
    units = Counter(parse_cell(cell, fact.style).unit for cell in fact.cells[:300] if cell)
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
