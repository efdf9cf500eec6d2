"""Boundaries in a neighbouring zone are refused with both places, the distance and the coordinate system that fits."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from ckanext.ierwohnen.places.displaced import KnownPlaces, tell_displaced, tell_far_from_others
from ckanext.ierwohnen.places.drawing import extent, unit_facts
from ckanext.ierwohnen.places.tests import towns
from ckanext.ierwohnen.places.tests.test_boundaries import load
from ckanext.ierwohnen.places.whereabouts import region_of, tell_first_place, tell_outside


def known_of(boundaries, own=False, **changed):
    """What the portal would know of these boundaries' finest level."""
    level = boundaries.levels[-1]
    facts = unit_facts(boundaries, level)
    units = {
        key: (name, fact.longitude, fact.latitude)
        for key, name, fact in zip(level.keys, level.names, facts, strict=True)
    }
    return KnownPlaces(**{"system": "Musterstadt 2021", "date": "2021-01-01", "level": "quartier", "units": units,
                          "own": own, **changed})  # fmt: skip


@pytest.fixture
def town(tmp_path):
    """Boundaries of twelve quarters (EPSG:25833), moved or labelled otherwise on request."""

    def make(crs="EPSG:25833", east=0.0, rows=None, across=4):
        folder = tmp_path / f"{crs}{east}".replace(":", "")
        folder.mkdir(exist_ok=True)
        moved = np.array([_moved(shape, east) for shape in towns.quarters(across)], dtype=object)
        return load(towns.write_geojson(folder / "q.geojson", moved, rows, crs), folder)

    return make


def _moved(shape, east):
    return shapely.transform(shape, lambda xy: xy + np.array([east, 0.0]))


def renamed(**changes):
    return [{**row, **{name: make(row) for name, make in changes.items()}} for row in towns.properties(12)]


@pytest.mark.parametrize("own", [True, False])
def test_the_neighbouring_zone_is_refused_with_places_distance_and_cause(town, own):
    right, wrong = town(), town("EPSG:25832")
    (told,) = tell_displaced(wrong, [known_of(right, own)])
    assert (told.code, str(told.severity), told.params["fitting"]) == ("units_elsewhere_crs", "error", "EPSG:25833")
    text = told.text("de")
    assert "408 km" in text and "52,4° Nord, 7,2° Ost" in text and "13,2° Ost" in text and "Musterstadt 2021" in text
    (confirmed,) = tell_displaced(wrong, [known_of(right, own)], confirmed=True)
    assert str(confirmed.severity) == "warning"
    assert not tell_displaced(right, [known_of(right, own)])


def test_units_without_a_fitting_system_are_refused_without_advice(town):
    (told,) = tell_displaced(town(east=50_000.0), [known_of(town())])
    assert told.code == "units_elsewhere" and told.params["kilometres"] == 50


def test_a_shift_of_some_streets_is_a_warning_and_of_some_metres_nothing(town):
    known = known_of(town())
    (told,) = tell_displaced(town(east=150.0), [known])
    assert (told.code, str(told.severity), told.params["metres"]) == ("units_shifted", "warning", 150)
    assert not tell_displaced(town(east=5.0), [known])


def test_another_town_with_the_same_keys_is_another_town(town):
    other = town("EPSG:25832", rows=renamed(NAME=lambda row: f"Ortsteil {row['NR']}"))
    assert not tell_displaced(other, [known_of(town())])
    # In the dataset's own earlier state a key means the same unit, whatever it is called.
    assert tell_displaced(other, [known_of(town(), own=True)])
    # Names that are only the keys say nothing.
    bare = [{**row, "NAME": row["NR"]} for row in towns.properties(12)]
    assert not tell_displaced(town("EPSG:25832", rows=bare), [known_of(town(rows=bare))])


def test_units_numbered_anew_are_known_by_name_and_municipalities_by_key(town):
    anew = town("EPSG:25832", rows=renamed(NR=lambda row: f"A{row['NR']}"))
    assert tell_displaced(anew, [known_of(town())])
    ags = [{**row, "NR": f"120650{n:02d}", "NAME": f"A{n}"} for n, row in enumerate(towns.properties(12), 1)]
    other_names = [{**row, "NAME": f"B{n}"} for n, row in enumerate(ags)]
    assert tell_displaced(town("EPSG:25832", rows=ags), [known_of(town(rows=other_names))])


def test_redrawn_units_are_not_displaced(town):
    known = known_of(town())
    shuffled = dict(zip(known.units, list(known.units.values())[::-1], strict=True))
    assert not tell_displaced(town(), [known_of(town(), own=True, units=shuffled)])


def test_a_first_load_is_compared_with_what_the_same_office_has(town):
    right, wrong = town(), town("EPSG:25832")
    others = {"Postleitzahlen": tuple(extent(right))}
    (told,) = tell_far_from_others(wrong, others)
    assert (told.code, told.params["fitting"]) == ("place_elsewhere", "EPSG:25833")
    assert not tell_far_from_others(right, others)
    assert not tell_far_from_others(town(east=200_000.0), others)  # no other system explains it: another place
    assert not tell_far_from_others(wrong, {})


def test_the_first_place_of_an_office_is_told_in_words(town):
    (right,), (wrong,) = tell_first_place(town()), tell_first_place(town("EPSG:25832"))
    assert (right.params["city"], wrong.params["city"]) == ("Potsdam", "Osnabrück")
    assert "7,2° Ost" in wrong.text("de") and "Osnabrück" in wrong.text("de") and str(wrong.severity) == "hint"
    (abroad,) = tell_first_place(town("EPSG:25831"))
    assert (abroad.code, str(abroad.severity)) == ("place_abroad", "warning")


def test_a_place_outside_the_portal_s_region_has_to_be_confirmed(town):
    region = region_of("11.2 51.3 14.8 53.6")
    assert not tell_outside(town(), region) and not tell_outside(town("EPSG:25832"), region_of(" "))
    (told,) = tell_outside(town("EPSG:25832"), region)
    assert (told.code, str(told.severity)) == ("place_outside_region", "error")
    assert str(tell_outside(town("EPSG:25832"), region, confirmed=True)[0].severity) == "warning"
    with pytest.raises(ValueError, match="region"):
        region_of("51.3 11.2 53.6 9")
