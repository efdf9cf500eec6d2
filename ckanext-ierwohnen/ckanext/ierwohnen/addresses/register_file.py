"""The city's register of addresses as a file of its configuration: a table with one row an address.

Columns by name, in any order: street, house number (and suffix), postcode, place, an id if there is one; each column
that is called like `SYSTEM/LEVEL` gives the key of the unit in which the address lies.
"""

from __future__ import annotations

from pathlib import Path

from ckanext.ierwohnen.addresses.register import Address, Register
from ckanext.ierwohnen.addresses.writing import house_number
from ckanext.ierwohnen.tables.cells import clean, shown
from ckanext.ierwohnen.tables.code_lists import normal
from ckanext.ierwohnen.tables.reading import read_table

NAMES = {
    "id": {"id", "adress-id", "adressid", "schlüssel", "oid"},
    "street": {"straße", "strasse", "straßenname", "str name", "street"},
    "number": {"hausnummer", "haus-nr", "hausnr", "hnr", "nummer", "house number"},
    "suffix": {"zusatz", "hausnummernzusatz", "hnr zusatz", "suffix"},
    "postcode": {"plz", "postleitzahl", "postcode"},
    "place": {"ort", "ortsteil", "ort name", "stadtteil", "place"},
}


class RegisterUnreadable(Exception):
    """The file lacks a column that a register needs."""


def read_register(file: Path) -> Register:
    """Read the register; rows without a readable house number are left out.

    :raises RegisterUnreadable: naming the column that is missing
    :raises TableUnreadable: if it is no table
    """
    table = read_table(file, file.name)
    places = {
        role: n for role, known in NAMES.items() for n, name in enumerate(table.names) if normal(name) in known
    }  # fmt: skip
    for needed, title in (("street", "Straße"), ("number", "Hausnummer")):
        if needed not in places:
            raise RegisterUnreadable(f"{file.name}: die Spalte „{title}“ fehlt. / The column “{needed}” is missing.")
    units = {name: n for n, name in enumerate(table.names) if "/" in name}
    addresses = []
    for row in table.rows():
        cells = [clean(shown(cell)) for cell in row.cells]
        part = {role: cells[n] for role, n in places.items()}
        house = house_number(part["number"] + part.get("suffix", ""))
        if house and part["street"]:
            keys = {name: cells[n] for name, n in units.items() if cells[n]}
            key = part.get("id") or f"{part.get('postcode', '')}|{part['street']}|{house.text()}"
            addresses.append(
                Address(key, part["street"], house, part.get("postcode", ""), part.get("place", ""), keys)
            )
    return Register(addresses)
