"""Numbers that offices spell: storeys („EG“, „2. OG rechts“) and half rooms („2 1/2“). Pure."""

from __future__ import annotations

import re

import pyarrow as pa

from ckanext.ierwohnen.tables.cells import TYPED_NUMBER
from ckanext.ierwohnen.tables.columns_of_text import mapped

FIELDS = ("floor", "rooms")
_SIDE = r"(?:[\s,/]+(?:links|rechts|mitte|li|re|mi|l|r|m|vorn|vorne|hinten)\.?){0,2}"
_GROUND = re.compile(rf"(?:eg|erdgescho(?:ss|ß)|parterre|ground floor){_SIDE}", re.I)
_ABOVE = r"(?:og|obergescho(?:ss|ß)|etage|stock|stockwerk)"
_UPPER = re.compile(rf"(?:(\d{{1,2}})\.?\s*{_ABOVE}|og\s*(\d{{1,2}})){_SIDE}", re.I)
_BELOW = re.compile(
    rf"(?:(\d)\.?\s*)?(?:ug|kg|untergescho(?:ss|ß)|kellergescho(?:ss|ß)|keller|souterrain|basement){_SIDE}", re.I
)
_HALVES = re.compile(r"(\d{1,2})\s*(?:½|\s1/2)(?:\s*(?:zimmer|zi\.?|räume))?|(½|1/2)", re.I)


def in_figures(cells: pa.Array, field: str) -> pa.Array:
    """Cells of a field of `FIELDS`, with what is spelled there in figures; all others as they are.

    An attic („DG“) is on no storey that its name tells, and stays.
    """
    return mapped(cells, _storey if field == "floor" else _rooms)


def _storey(text: str) -> str:
    plain = text.strip()
    if _GROUND.fullmatch(plain):
        return "0"
    if found := _UPPER.fullmatch(plain):
        return str(int(found[1] or found[2]))
    if found := _BELOW.fullmatch(plain):
        return str(-int(found[1] or 1))
    return text


def _rooms(text: str) -> str:
    if found := _HALVES.fullmatch(text.strip()):
        return f"{TYPED_NUMBER}{int(found[1] or 0)},5"  # whatever sign the column’s decimals have
    return text
