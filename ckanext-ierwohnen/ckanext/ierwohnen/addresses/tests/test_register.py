"""Matching: what is found, what is reported; and measured on real registers in writings that were not written by us."""

from __future__ import annotations

import csv
import gzip
import random
import re
from collections import Counter
from pathlib import Path

import pytest

from ckanext.ierwohnen.addresses.register import Address, Register, Way
from ckanext.ierwohnen.addresses.writing import HouseNumber, house_number


def small() -> Register:
    return Register(
        [
            Address("1", "Hauptstraße", HouseNumber(5), "04103", "Mitte"),
            Address("2", "Hauptstraße", HouseNumber(5, "a"), "04103", "Mitte"),
            Address("3", "Hauptstraße", HouseNumber(5), "04207", "Grünau"),
            Address("4", "Lindenstraße", HouseNumber(7, "", 9), "04103", "Mitte"),
            Address("5", "Lindenweg", HouseNumber(1), "04103", "Mitte"),
            Address("6", "Schillerstraße", HouseNumber(12), "04103", "Mitte"),
        ]
    )


@pytest.mark.parametrize(
    ("asked", "found", "way"),
    [
        (("Hauptstr.", "5 a", "04103"), "2", Way.EXACT),
        (("Hauptstr. 5a", "", "04103"), "2", Way.EXACT),
        (("Hauptstr.", "5", "04207"), "3", Way.EXACT),
        (("Hauptstr.", "5", ""), None, Way.AMBIGUOUS),
        (("Hauptstr.", "5", "", "Grünau"), "3", Way.EXACT),
        (("Hauptstr. 5 (OT Gruenau)", "", ""), None, Way.AMBIGUOUS),
        (("Hauptstr.", "5c", "04103"), "1", Way.NUMBER),
        (("Hauptstr.", "5-7", "04103"), "1", Way.RANGE),
        (("Lindenstr.", "7", "04103"), "4", Way.RANGE),
        (("Lindenstr.", "7-9", "04103"), "4", Way.EXACT),
        (("Schilerstr.", "12", "04103"), "6", Way.NEAR),
        (("Schilerstr.", "13", "04103"), None, Way.NO_STREET),
        (("Hauptstr.", "99", "04103"), None, Way.NO_NUMBER),
        (("Goethestr.", "1", "04103"), None, Way.NO_STREET),
        (("Hauptstr.", "ohne", "04103"), None, Way.UNREADABLE),
        (("", "5", ""), None, Way.UNREADABLE),
        (("Hauptstr.", "5", "99999"), None, Way.NO_NUMBER),
    ],
)
def test_one_address(asked, found, way):
    match = small().match(*asked)
    assert (match.address.id if match.address else None, match.way) == (found, way)


def leipzig(folder: Path) -> list[tuple[Address, str]]:
    """Addresses with the key that the register's own hands have given each street: another writing of its name."""
    pairs = []
    with (folder / "leipzig/derived/leipzig_adressen.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            house = house_number(row["hausnr"])
            key = row["id"].split("/")[1].split(".")
            if house is None or len(key) != 3 or not row["label"].endswith(row["hausnr"]):
                continue
            street = row["label"].removesuffix(row["hausnr"]).strip()
            pairs.append((Address(row["id"], street, house, row["plz"]), key[1]))
    return pairs


def test_real_streets_in_the_other_writing_of_a_real_register(real_data):
    pairs = leipzig(real_data)
    register = Register(address for address, _ in pairs)
    assert register.count > 55_000
    ways = Counter()
    for address, other in random.Random(7).sample(pairs, 5000):
        match = register.match(other, address.number.text(), address.postcode)
        ways["right" if match.address and match.address.id == address.id else f"wrong {match.way}"] += 1
    wrong = sum(count for name, count in ways.items() if name in ("wrong exact", "wrong near", "wrong number"))
    assert ways["right"] >= 0.98 * 5000, ways
    assert wrong <= 0.002 * 5000, ways


SLIPS = (
    lambda s, r: s.replace("straße", "str."),
    lambda s, r: s.replace("straße", "strasse").upper(),
    lambda s, r: s.replace("-", " "),
    lambda s, r: s.replace("ä", "ae").replace("ö", "oe").replace("ü", "ue").replace("ß", "ss"),
    lambda s, r: re.sub(r"(?<=\w)straße", " Str.", s),
    lambda s, r: s.replace(s[r.randrange(1, len(s))], "", 1) if len(s) > 8 else s,  # a letter is missing
)


@pytest.fixture(scope="module")
def berlin(real_data) -> list[Address]:
    with gzip.open(real_data / "berlin_lor/plr_tesch/adressen/adressen.csv.gz", "rt", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["PLR_ID"].startswith("06") and row["hnr"].isdigit()]
    return [
        Address(str(n), row["str_name"], HouseNumber(int(row["hnr"]), row["hnr_zusatz"].lower()), row["plz"],
                row["ort_name"], {"lor/plr": row["PLR_ID"]})
        for n, row in enumerate(rows)
    ]  # fmt: skip


def test_a_district_of_berlin_with_slips(berlin):
    register = Register(berlin)
    dice = random.Random(11)
    slipped: Counter = Counter()
    for address in dice.sample(berlin, 3000):
        slip = dice.randrange(len(SLIPS))
        written = SLIPS[slip](address.street, dice)
        house = dice.choice([address.number.text(), address.number.text().replace(" ", "").upper()])
        match = register.match(f"{written} {house}", "", address.postcode)
        right = match.address is not None and match.address.id == address.id
        outcome = "right" if right else "none" if not match.address else "wrong"
        slipped["typing" if slip == 5 else "writing", outcome] += 1
    writing = sum(n for (kind, _), n in slipped.items() if kind == "writing")
    typing = sum(n for (kind, _), n in slipped.items() if kind == "typing")
    assert slipped["writing", "right"] >= 0.995 * writing, slipped
    assert slipped["typing", "right"] >= 0.85 * typing, slipped
    assert slipped["writing", "wrong"] <= 0.001 * writing and slipped["typing", "wrong"] <= 0.01 * typing, slipped


def test_houses_that_are_not_there_are_not_found(berlin):
    """Of each pair of houses one is taken out of the register: it must not be matched to another street."""
    dice = random.Random(3)
    held_out = set(dice.sample(range(len(berlin)), 3000))
    register = Register(address for n, address in enumerate(berlin) if n not in held_out)
    ways: Counter = Counter()
    for n in held_out:
        address = berlin[n]
        match = register.match(address.street, address.number.text(), address.postcode)
        same_street = match.address and match.address.street == address.street
        ways["none" if not match.address else str(match.way) if same_street else "other street"] += 1
    assert ways["other street"] <= 0.002 * 3000 and ways["exact"] <= 0.001 * 3000, ways
