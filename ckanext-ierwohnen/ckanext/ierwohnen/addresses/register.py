"""The city's register of addresses in memory, and matching of addresses against it. Pure.

A match is exact in what `writing.py` says is the same, or near: one street that differs by little and has this house
number, where no other comes close. What fits more than one address, or none, is reported, never guessed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from itertools import zip_longest

from rapidfuzz import fuzz, process

from ckanext.ierwohnen.addresses.writing import HouseNumber, house_number, part_of_town, split_address, street_key

NEAR = 88.0  # similarity of two street keys, in per cent, from which they may be the same street
ALIKE = 60.0  # from which a street is proposed to a person
AHEAD = 4.0  # by how much the nearest must be nearer than the next


class Way(StrEnum):
    """How an address was matched, or why not."""

    EXACT = "exact"
    NUMBER = "number"  # the house is there, this suffix is not
    RANGE = "range"  # the first house of a range
    NEAR = "near"  # the street is spelt differently
    CHOSEN = "chosen"  # by a person, among what the register has
    AMBIGUOUS = "ambiguous"
    NO_STREET = "no-street"
    NO_NUMBER = "no-number"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Address:
    """An address of the register; `units` maps `system/level` to the key of the unit that it lies in."""

    id: str
    street: str
    number: HouseNumber
    postcode: str = ""
    place: str = ""
    units: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Match:
    """The address found, or None; `way` says how, or why none."""

    address: Address | None
    way: Way


class Register:
    """All addresses of a city, ready for matching."""

    def __init__(self, addresses: Iterable[Address]) -> None:
        self._houses: dict[tuple[str, int], list[Address]] = defaultdict(list)
        self._streets: set[str] = set()
        self._postcodes: dict[str, set[str]] = defaultdict(set)
        self.count = 0
        for address in addresses:
            key = street_key(address.street)
            self._houses[key, address.number.number].append(address)
            self._streets.add(key)
            self._postcodes[address.postcode].add(key)
            self.count += 1
        self._near: dict[tuple[str, str], list[str]] = {}
        self._ids: dict[str, Address] = {}
        self._known: dict[tuple[str, str, str, str], Match] = {}

    @cached_property
    def levels(self) -> frozenset[str]:
        """The levels, as `system/level`, of which some address has a unit."""
        return frozenset(level for found in self._houses.values() for one in found for level in one.units)

    def match(self, street: str, number: str = "", postcode: str = "", place: str = "") -> Match:
        """Find one address.

        :param street: its name, or the whole address if `number` is empty
        :param place: the town or a part of it; only tells apart what would be ambiguous
        """
        asked = (street, number, postcode.strip(), place)
        if asked not in self._known:
            if len(self._known) > 500_000:
                self._known.clear()
            self._known[asked] = self._match(*asked)
        return self._known[asked]

    def by_id(self, ident: str) -> Address | None:
        """The address with this id."""
        if not self._ids:
            self._ids = {address.id: address for found in self._houses.values() for address in found}
        return self._ids.get(ident)

    def suggestions(self, street: str, number: str = "", postcode: str = "", most: int = 5) -> list[Address]:
        """Addresses that may be meant by one that was not found, the likeliest first; for a person to choose."""
        if not number.strip():
            street, number = split_address(street)
        house, key = house_number(number), street_key(street)
        if not key or house is None:
            return []
        streets = [key] if key in self._streets else []
        near_by = process.extract(key, self._streets, scorer=fuzz.ratio, score_cutoff=ALIKE, limit=4)
        streets += [name for name, _, _ in near_by]
        found: list[Address] = []
        for name in dict.fromkeys(streets):
            for near in (0, 2, -2, 1, -1, 4, -4):
                there = self._houses.get((name, house.number + near), [])
                found += sorted(there, key=lambda a: (a.postcode != postcode, a.number != house, a.number.text()))
        return _mixed({address.id: address for address in found}.values(), most)

    def _match(self, street: str, number: str, postcode: str, place: str) -> Match:
        if not number.strip():
            street, number = split_address(street)
        house, key = house_number(number), street_key(street)
        if not key or house is None:
            return Match(None, Way.UNREADABLE)
        place = place or part_of_town(street)
        if key in self._streets:
            found = self._in_street(key, house, postcode, place)
            if found.address or found.way is Way.AMBIGUOUS:
                return found
        near = [other for other in self._nearest(key, postcode) if (other, house.number) in self._houses]
        if len(near) == 1:
            found = self._in_street(near[0], house, postcode, place)
            if found.address and found.way in (Way.EXACT, Way.RANGE):
                return Match(found.address, Way.NEAR)
        return Match(None, Way.NO_NUMBER if key in self._streets else Way.NO_STREET)

    def _in_street(self, key: str, house: HouseNumber, postcode: str, place: str) -> Match:
        there = _of(self._houses.get((key, house.number), []), postcode, place)
        same = [address for address in there if address.number == house]
        if same:
            return _one(same, Way.EXACT)
        first = [a for a in there if a.number.suffix == house.suffix and a.number.last is None]
        if first:
            return _one(first, Way.RANGE)
        if house.suffix:
            plain = [address for address in there if not address.number.suffix]
            if plain:
                return _one(plain, Way.NUMBER)
        spans = [address for address in there if address.number.last is not None]
        return _one(spans, Way.RANGE) if spans else Match(None, Way.NO_NUMBER)

    def _nearest(self, key: str, postcode: str) -> list[str]:
        """Streets that may be meant: the nearest, and those about as near; of the same postcode where it is known."""
        choice = self._postcodes.get(postcode) if postcode else None
        asked = (key, postcode if choice else "")
        if asked not in self._near:
            found = process.extract(key, choice or self._streets, scorer=fuzz.ratio, score_cutoff=NEAR, limit=5)
            best = found[0][1] if found else 0.0
            self._near[asked] = [name for name, score, _ in found if score > best - AHEAD and name != key]
        return self._near[asked]


def _mixed(found: Iterable[Address], most: int) -> list[Address]:
    """The first of each street before the second of any."""
    by_street: dict[str, list[Address]] = {}
    for address in found:
        by_street.setdefault(street_key(address.street), []).append(address)
    turns = zip_longest(*by_street.values())
    return [address for turn in turns for address in turn if address is not None][:most]


def _of(addresses: list[Address], postcode: str, place: str) -> list[Address]:
    """Those of a postcode, if it is stated; of several those of the place, if that tells them apart."""
    if postcode:
        addresses = [address for address in addresses if address.postcode in ("", postcode)]
    if place and len(addresses) > 1:
        key = street_key(place)
        addresses = [address for address in addresses if street_key(address.place) == key] or addresses
    return addresses


def _one(addresses: list[Address], way: Way) -> Match:
    return Match(addresses[0], way) if len(addresses) == 1 else Match(None, Way.AMBIGUOUS)
