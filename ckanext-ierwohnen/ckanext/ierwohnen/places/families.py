"""Known families of keys (AGS, ARS, Berlin's LOR, postcodes): their rules, for tables whose units are not loaded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from ckanext.ierwohnen.places.keys import as_key, is_total

_STATES = {f"{number:02d}" for number in range(1, 17)}
_BERLIN_DISTRICTS = {f"{number:02d}" for number in range(1, 13)}
# Postcodes in use: 01067 (Dresden) to 99998 (Körner).
_POSTCODES = ("01067", "99998")


@dataclass(frozen=True)
class KeyFamily:
    """A known kind of key: its code, its names, its length in digits, and with what it begins or where it lies.

    ``coarser``: lengths of the keys of the units above, which are its first digits (a county among municipalities).
    """

    code: str
    title: str
    title_en: str
    width: int
    place: str
    place_en: str
    coarser: tuple[int, ...] = ()


_LAND = ("Vorn steht das Land, 01 bis 16", "It begins with the state, 01 to 16")
_BEZIRK = ("Vorn steht der Bezirk, 01 bis 12", "It begins with the district, 01 to 12")
AGS = KeyFamily("ags", "Amtlicher Gemeindeschlüssel", "official municipality key", 8, *_LAND, (2, 3, 5))
ARS = KeyFamily("ars", "Amtlicher Regionalschlüssel", "official regional key", 12, *_LAND, (2, 3, 5, 9))
LOR_PLR = KeyFamily("lor_plr", "LOR-Planungsraum", "LOR planning area", 8, *_BEZIRK, (2, 4, 6))
LOR_BZR = KeyFamily("lor_bzr", "LOR-Bezirksregion", "LOR district region", 6, *_BEZIRK, (2, 4))
LOR_PGR = KeyFamily("lor_pgr", "LOR-Prognoseraum", "LOR forecast area", 4, *_BEZIRK, (2,))
PLZ = KeyFamily("plz", "Postleitzahl", "postcode", 5, "In Gebrauch sind 01067 bis 99998", "In use are 01067 to 99998")
FAMILIES = (AGS, ARS, LOR_PLR, LOR_BZR, LOR_PGR, PLZ)


@dataclass(frozen=True)
class FamilyGuess:
    """How well distinct values fit a family: share 0 to 1, and which need their leading zero back (value →
    key).
    """

    family: KeyFamily
    share: float
    padded: dict[str, str]


class KeyFault(StrEnum):
    """Why a value is no key of a family: its length or characters, or where it would lie."""

    SHAPE = "shape"
    PLACE = "place"


@dataclass(frozen=True)
class FamilyCheck:
    """What is wrong with the distinct values of a column that holds keys of a family.

    ``padded`` maps values that lost their leading zero to their keys, ``faults`` the others that are none to the
    reason.
    """

    family: KeyFamily
    padded: dict[str, str] = field(default_factory=dict)
    faults: dict[str, KeyFault] = field(default_factory=dict)


def check_family(values: Iterable[object], family: KeyFamily) -> FamilyCheck:
    """Check each distinct value by the rules of its family; blanks, city totals and "not assignable" are none."""
    found = FamilyCheck(family)
    for value in dict.fromkeys(map(as_key, values)):
        if not value or is_total(value) or not value.strip("9") or fits_family(value, family):
            continue
        if _is_coarser(value, family):
            continue
        if len(value) == family.width - 1 and fits_family("0" + value, family):
            found.padded[value] = "0" + value
        else:
            digits = value.isascii() and value.isdigit() and len(value) == family.width
            found.faults[value] = KeyFault.PLACE if digits else KeyFault.SHAPE
    return found


def _is_coarser(key: str, family: KeyFamily) -> bool:
    digits = key.isascii() and key.isdigit() and len(key) in family.coarser
    return digits and key[:2] in (_STATES if family in (AGS, ARS) else _BERLIN_DISTRICTS)


def family_of(code: str | None) -> KeyFamily | None:
    """The family with this code, if there is one."""
    return next((family for family in FAMILIES if family.code == code), None)


def fits_family(key: str, family: KeyFamily) -> bool:
    """True if a complete key obeys the family's rules (length, digits, the state or district in front)."""
    if len(key) != family.width or not (key.isascii() and key.isdigit()):
        return False
    if family in (AGS, ARS):
        return key[:2] in _STATES
    if family is PLZ:
        return _POSTCODES[0] <= key <= _POSTCODES[1]
    return key[:2] in _BERLIN_DISTRICTS and key[2:4] != "00"


def guess_families(values: Iterable[object], at_least: float = 0.9) -> list[FamilyGuess]:
    """Key families that the distinct values fit, best first; special keys and blanks do not count.

    AGS and LOR have the same length and overlap (state ``11`` and district ``11``): both are then in the
    answer, for a person or the comparison with known units to decide.
    """
    distinct = {key for key in map(as_key, values) if key and not is_total(key) and key.strip("9")}
    guesses = [_guess(distinct, family) for family in FAMILIES] if distinct else []
    return sorted((g for g in guesses if g.share >= at_least), key=lambda g: (-g.share, len(g.padded)))


def _guess(values: set[str], family: KeyFamily) -> FamilyGuess:
    exact = {value for value in values if fits_family(value, family)}
    padded = {
        v: "0" + v for v in values - exact if len(v) == family.width - 1 and fits_family("0" + v, family)
    }
    return FamilyGuess(family, (len(exact) + len(padded)) / len(values), padded)


def ars_to_ags(ars: str) -> str:
    """The AGS (8 digits) of a municipality's ARS (12): the four digits of the association go.

    ARS = state 2, region 1, county 2, association 4, municipality 3 (Destatis, Gemeindeverzeichnis).
    """
    if not fits_family(ars, ARS):
        raise ValueError(f"not an ARS: {ars!r}")
    return ars[:5] + ars[9:]
