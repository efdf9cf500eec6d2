"""A company's dwellings matched with the city's register of addresses, piece by piece. Pure."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ckanext.ierwohnen.addresses.register import Address, Match, Register, Way
from ckanext.ierwohnen.vault.stock_findings import mask_of
from ckanext.ierwohnen.vault.stock_repairs import ADDRESS, StockRepairs

UNMATCHED = 10_000
OPEN = 50


class StockAddresses:
    """The addresses of a table.

    :param register: the city's addresses
    """

    def __init__(self, register: Register, repairs: StockRepairs) -> None:
        self._register, self._repairs = register, repairs
        self.unmatched: list[tuple[int, str]] = []
        """File row of each dwelling whose address is not in the register, and how it failed, at most 10,000."""
        self.ways: Counter[str] = Counter()
        self.open: Counter[str] = Counter()
        """Addresses that are not in the register as they are written (parts divided by \\x1f); for the sender alone."""
        self.units: Counter[str] = Counter()
        """Dwellings by the places that they lie in, as the store keeps them; "" for none."""
        self._written: dict[tuple[tuple[str, str], ...], str] = {}

    def take(self, data: Mapping[str, pa.Array], rows: np.ndarray) -> tuple[dict[str, pa.Array], np.ndarray]:
        """The next dwellings, with their rows in the file.

        :return: the columns `address_id` and `units`, and which rows have no known address
        """
        blank = pa.nulls(len(rows), pa.string())
        parts = [pc.fill_null(data.get(name, blank), "") for name in ADDRESS]
        encoded = pc.binary_join_element_wise(*parts, "\x1f").dictionary_encode()
        texts = encoded.dictionary.to_pylist()
        numbers = np.bincount(encoded.indices.to_numpy(), minlength=len(texts)).tolist()
        found = [self._matched(text, number) for text, number in zip(texts, numbers, strict=True)]
        ids = pa.array([match.address.id if match.address else None for match in found], pa.string())
        places = [self._units_of(match.address) if match.address else None for match in found]
        for units, number in zip(places, numbers, strict=True):
            self.units[units or ""] += number
        ways = np.array([str(match.way) for match in found])[encoded.indices.to_numpy()]
        self.ways.update(Counter(ways.tolist()))
        address = ids.take(encoded.indices)
        missing = address.is_null().to_numpy(zero_copy_only=False)
        if missing.any():
            for text, number, match in zip(texts, numbers, found, strict=True):
                if match.address or text.startswith("\x1f"):
                    continue
                if text in self.open or len(self.open) < OPEN:
                    self.open[text] += number
            room = UNMATCHED - len(self.unmatched)
            self.unmatched += list(zip(rows[missing].tolist(), ways[missing].tolist(), strict=True))[:room]
        return {"address_id": address, "units": pa.array(places, pa.string()).take(encoded.indices)}, missing

    def blank(self, data: Mapping[str, pa.Array]) -> np.ndarray:
        """In which rows an address has no street, or no house number where a column is for it: nothing stands there."""
        found = mask_of(data["street"].is_null())
        if "house_number" in data:
            found |= mask_of(data["house_number"].is_null()) & ~mask_of(pc.match_substring_regex(data["street"], r"\d"))
        return found

    def _matched(self, text: str, count: int) -> Match:
        """The address that is written so, or that a person has chosen for it."""
        chosen = self._repairs.address_of(text, count)
        address = self._register.by_id(chosen) if chosen else None
        return Match(address, Way.CHOSEN) if address else self._register.match(*text.split("\x1f"))

    def _units_of(self, address: Address) -> str:
        """The units in which an address lies, as they are stored; written once for all addresses of the same."""
        units = tuple(address.units.items())
        if units not in self._written:
            self._written[units] = json.dumps(dict(units), sort_keys=True)
        return self._written[units]
