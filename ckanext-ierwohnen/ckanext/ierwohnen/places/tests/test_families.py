"""Families of keys: each value fits, has lost its zero, or is none, with the reason."""

from __future__ import annotations

import pytest

from ckanext.ierwohnen.places.families import (
    AGS,
    ARS,
    LOR_PLR,
    PLZ,
    KeyFault,
    ars_to_ags,
    check_family,
    fits_family,
    guess_families,
)


@pytest.mark.parametrize(
    ("key", "family", "fits"),
    [
        ("14524330", AGS, True),
        ("17524330", AGS, False),
        ("145240330330", ARS, True),
        ("01100101", LOR_PLR, True),
        ("13100101", LOR_PLR, False),
        ("01067", PLZ, True),
        ("00999", PLZ, False),
        ("1067", PLZ, False),
        ("٠١٠٦٧", PLZ, False),
    ],
)
def test_family_rules(key, family, fits):
    assert fits_family(key, family) is fits


def test_families_of_a_column_with_eaten_zeros():
    guess = guess_families(["1067", "10115", "99998", "000"])[0]
    assert (guess.family, guess.share, guess.padded) == (PLZ, 1.0, {"1067": "01067"})


def test_ags_is_not_a_prefix_of_ars():
    assert ars_to_ags("145240330330") == "14524330"
    with pytest.raises(ValueError, match="not an ARS"):
        ars_to_ags("14524330")


@pytest.mark.parametrize(("family", "good", "lost", "shape", "place"), [
    (AGS, "14524330", "1001000", "14-524330", "17524330"),
    (ARS, "145240330330", "10010000000", "14524330", "990000000001"),  # the AGS is no ARS
    (LOR_PLR, "01100101", "1100101", "11001", "13100101"),
    (PLZ, "08056", "8056", "D-08056", "00999"),
])  # fmt: skip
def test_each_value_is_told_with_its_reason(family, good, lost, shape, place):
    found = check_family([good, lost, shape, place, "", None, "0", "99999", good], family)
    assert found.padded == {lost: "0" + lost}
    assert found.faults == {shape: KeyFault.SHAPE, place: KeyFault.PLACE}


def test_the_real_zensus_has_counties_and_associations_beside_municipalities(real_data):
    rows = (real_data / "zensus2022_zwickau" / "zensus2022_whg_lk_zwickau.csv").read_text("utf-8-sig").splitlines()
    keys = [cell for row in rows[1:] for cell in row.replace(";", ",").split(",")[:2] if cell.startswith("14524")]
    assert len(keys) >= 30
    found = check_family(keys, ARS)
    assert (found.padded, found.faults) == ({}, {})
