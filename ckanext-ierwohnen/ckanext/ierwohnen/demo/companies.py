"""The companies of the city that have stock: two large ones and forty small ones, some of them linked. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import numpy as np

from .housing import whole_numbers

SMALL_DWELLINGS = 10_700
_LARGEST_TO_SMALLEST = 14.0


class Form(StrEnum):
    """What a company's software writes when it is asked for its stock."""

    SHEET = "sheet"  # a workbook, address in one cell
    EXPORT = "export"  # semicolons, Windows-1252, every field that there is
    LIST = "list"  # semicolons, UTF-8, what a small owner knows


@dataclass(frozen=True)
class Company:
    """A company: name of its organization, title, dwellings, how its file looks, and the one that it belongs to."""

    name: str
    title: str
    dwellings: int
    form: Form
    parent: str = ""

    @property
    def small(self) -> bool:
        """Whether it is one of the forty."""
        return self.form is Form.LIST


_SMALL = (
    "Krüger Wohnen GmbH", "Krüger Grundbesitz GbR", "Muldetal Immobilien GmbH", "Bauverein Auersiedlung eG",
    "Hausgemeinschaft Nordvorstadt eG", "Adler Hausbesitz GmbH", "Altstadt Wohnen KG", "Bergmann Immobilien GmbH",
    "Brückner Hausverwaltung", "Domus Neuwald GmbH", "Eichgrund Wohnen GmbH", "Falk Grundstücke GbR",
    "Franke Mietwohnungen", "Gerlach Immobilien KG", "Grundstein Neuwald GmbH", "Haase Wohnungsbau",
    "Heimstätte Sachsen GmbH", "Hering Vermögensverwaltung", "Ihle Hausbesitz GbR", "Jahn Immobilien GmbH",
    "Kirchliches Wohnungswerk", "Köhler Grundbesitz KG", "Lange Wohnungen GmbH", "Lehmann Hausbesitz GbR",
    "Marienau Wohnen eG", "Mittelstraße Wohnprojekt eG", "Naumann Immobilien", "Otto Wohnungsverwaltung",
    "Pestalozzi-Stiftung Wohnen", "Quandt Mietshäuser GbR", "Richter Grundbesitz GmbH", "Rosental Wohnen GmbH",
    "Sander Immobilien KG", "Schubert Hausverwaltung", "Seifert Wohnungen GbR", "Thiele Grundstücke GmbH",
    "Ullrich Hausbesitz", "Vogel Immobilien GmbH", "Winter Wohnungsbau KG", "Zeidler Mietwohnungen",
)  # fmt: skip
_PARENTS = {"krueger-grundbesitz-gbr": "krueger-wohnen-gmbh", "muldetal-immobilien-gmbh": "wg-muldetal"}


@cache
def companies() -> tuple[Company, ...]:
    """All of them, the large ones first."""
    sizes = whole_numbers(np.geomspace(_LARGEST_TO_SMALLEST, 1, len(_SMALL)), SMALL_DWELLINGS)
    small = [
        Company(_name(title), title, int(size), Form.LIST, _PARENTS.get(_name(title), ""))
        for title, size in zip(_SMALL, sizes, strict=True)
    ]
    return (
        Company("wohnbau-neuwald", "Wohnbau Neuwald GmbH", 8_400, Form.EXPORT),
        Company("wg-muldetal", "WG Muldetal eG", 6_900, Form.SHEET),
        *small,
    )


def _name(title: str) -> str:
    plain = title.lower().translate(str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}))
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
