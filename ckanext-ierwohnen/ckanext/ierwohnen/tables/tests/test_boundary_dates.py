"""To which boundary date a table's keys belong, in a sentence: real Berlin and Jena, and generated cities."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.ierwohnen.places.keys import LevelKeys
from ckanext.ierwohnen.tables.check import CheckReport, check_table
from ckanext.ierwohnen.tables.problems import Problem
from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.tables.roles import propose_roles

from .real_places import real_levels

SENTENCES = ("boundary_date_fits", "boundary_date_best", "other_boundary_date")
STOCK = "berlin_lor/wohnungsbestand/{}/{}-planning-areas.csv"
PEOPLE = "berlin_lor/mss2021_jascha/einwohnerbestand_06-2022_plr.csv"


def checked(source, name: str, places: list[LevelKeys]) -> CheckReport:
    table = read_table(source, name)
    return check_table(table, propose_roles(table, places), places)


def said(report: CheckReport) -> Problem:
    """The one sentence about boundary dates."""
    (found,) = [problem for problem in report.problems if problem.code in SENTENCES]
    return found


def test_berlin_of_2021_whose_keys_were_all_numbered_anew(real_data):
    told = said(checked(real_data / PEOPLE, "plr.csv", real_levels(real_data)))
    assert told.message("de") == "Passt zu Stand 2021 (542 von 542), nicht zu 2006 (0 von 447)."
    assert told.repair == ()


def test_berlin_before_2021_is_offered_the_way(real_data, tmp_path):
    """All areas of one size class in 2015: the office's file, whose keys only 2006 knows."""
    told = said(checked(real_data / STOCK.format(2015, 7), "7.csv", real_levels(real_data)))
    assert told.message("de").startswith("Passt am besten zu Stand 2006 (")
    assert told.message("de").endswith("zu anderen Ständen: 2021 (0 von 542).")
    offered = {name: told.repair[0][name] for name in ("action", "from", "to", "level")}
    assert offered == {"action": "crosswalk", "from": "berlin-2006", "to": "berlin-2021", "level": "plr"}


def test_keys_of_both_berlins_in_one_table_are_named(real_data):
    places = {keys.system: keys for keys in real_levels(real_data) if keys.level == "plr"}
    old, new = (list(places[system].units)[:3] for system in ("berlin-2006", "berlin-2021"))
    many = list(places["berlin-2021"].units)[3:60]
    text = "RAUMID;Einwohner\n" + "".join(f"{key};5\n" for key in (*new, *many, *old))
    report = checked(text.encode(), "gemischt.csv", list(places.values()))
    (mixed,) = [p for p in report.problems if p.code == "keys_mixed"]
    assert all(key in mixed.message("de") for key in old) and "2006" in mixed.message("de")
    assert {p.value for p in report.problems if p.code == "key_unknown"} == set(old)
    assert not [o for p in report.problems for o in p.repair if o["action"] == "crosswalk" and o.get("level")]


def test_jena_has_one_boundary_date_and_no_sentence(real_data):
    report = checked(real_data / "jena" / "hh_priv.csv", "hh.csv", real_levels(real_data))
    assert not [p for p in report.problems if p.code in SENTENCES]
    assert [(fit.found, fit.units) for fit in report.fits] == [(41, 41)]


def city(year: int, keys: dict[str, str]) -> LevelKeys:
    return LevelKeys(f"stadt-{year}", "stt", "Stadtteil", date(year, 1, 1), keys)


def table(keys: list[str], names: dict[str, str]) -> bytes:
    return ("Nr;Name;Wohnungen\n" + "".join(f"{key};{names.get(key, '')};7\n" for key in keys)).encode()


@settings(max_examples=30, deadline=None)
@given(st.integers(8, 60), st.integers(1, 7), st.booleans())
def test_generated_cities_are_told_apart(units, changed, later):
    """Some units get a new key from one date to the next; a table of one date is never taken for the other's."""
    old = city(2006, {f"{n:04d}": f"Ort {n}" for n in range(1, units + 1)})
    new = city(2021, {(f"{n:04d}" if n > changed else f"{n + 5000:04d}"): f"Ort {n}" for n in range(1, units + 1)})
    own, other = (new, old) if later else (old, new)
    told = said(checked(table(list(own.units), dict(own.units)), "t.csv", [old, new]))
    expected = (
        f"Passt zu Stand {own.boundary_date.year} ({units} von {units}), "
        f"nicht zu {other.boundary_date.year} ({units - changed} von {units})."
    )
    assert told.message("de") == expected
    assert [offer["to"] for offer in told.repair] == ([] if later else ["stadt-2021"])


def test_another_city_with_other_names_is_not_told_of():
    here, elsewhere = city(2021, {"11": "Nord", "12": "Süd"}), city(1999, {"81": "Au", "82": "Bach"})
    report = checked(table(["11", "12"], dict(here.units)), "t.csv", [here, elsewhere])
    assert not [p for p in report.problems if p.code in SENTENCES]


def test_missing_unknown_and_special_rows_are_reported_by_key():
    here = city(2021, {f"{n:02d}": f"Ort {n}" for n in range(1, 13)})
    keys = [*list(here.units)[:-2], "77", "00", "99", ""]
    report = checked(table(keys, dict(here.units)), "t.csv", [here])
    codes = {p.code: p for p in report.problems}
    assert (codes["key_unknown"].value, codes["key_unknown"].row) == ("77", 12)
    assert codes["units_missing"].params["units"] == ["Ort 11 (11)", "Ort 12 (12)"]
    assert [(row.key, row.kind) for row in report.specials] == [("00", "total"), ("99", "not_assignable")]
    assert codes["key_empty"].row == 15


@pytest.mark.parametrize(("cells", "told"), [
    (["1", "2", "3", "12"], {"1": "01", "2": "02", "3": "03"}),
    (["01", "02", "03", "12"], {}),
])  # fmt: skip
def test_lost_zeros_are_mended_and_the_reason_told(cells, told):
    here = city(2021, {f"{n:02d}": f"Ort {n}" for n in range(1, 13)})
    report = checked(table(cells, {}), "t.csv", [here])
    repaired = [p for p in report.problems if p.code == "keys_repaired"]
    assert [p.params["count"] for p in repaired] == ([len(told)] if told else [])
    assert not told or ("1" in repaired[0].message("de") and "01" in repaired[0].message("de"))


def test_postcodes_without_their_units_are_checked_by_their_own_rules():
    codes = ["8056", "8058", *(f"{n:05d}" for n in range(8060, 8090)), "00999", "D-08056"]
    text = "PLZ;Stichtag;Wohnungen\n" + "".join(f"{code};31.12.2024;7\n" for code in codes)
    report = checked(text.encode(), "plz.csv", [])
    found = {p.code: p for p in report.problems if p.code.startswith("family_")}
    assert set(found) == {"family_zeros", "family_shape", "family_place"}
    assert "fehlt bei 2 Werten die führende Null, zum Beispiel 8056 statt 08056" in found["family_zeros"].message("de")
    assert "5 Ziffern): D-08056" in found["family_shape"].message("de")
    assert "00999. In Gebrauch sind 01067 bis 99998" in found["family_place"].message("de")
    assert "In use are" in found["family_place"].message("en")
