"""Crosswalks weighted by published dwellings and inhabitants: shares that can be counted by hand."""

from __future__ import annotations

import io
import json

import ckan.model as model
import ckan.plugins.toolkit as tk
import pyproj
import pytest
from ckan.tests.helpers import call_action
from werkzeug.datastructures import FileStorage

from ckanext.ierwohnen.indicators.tests.published import SYSTEM, publish

OLD = "gliederung-davor"
# Before, the border between the districts ran one quarter further west: A was 01, B was 02 to 04; each a square.
DISTRICTS = {"A": (0, 1000), "B": (1000, 4000)}
DWELLINGS = {"01": 100, "02": 600, "03": 200, "04": 100}
PEOPLE = {"01": 100, "02": 300, "03": 900, "04": 300}
YAML = """
boundary_date: 2015-01-01
crs: EPSG:4326
levels: [{code: district, title: Bezirk, key: key, name: name}]
"""


@pytest.fixture
def before(city):
    """The system of 2015, with districts only."""
    user, org = city
    if model.Package.get(OLD) is None:
        call_action("package_create", {"user": user}, type="spatial-system", name=OLD, title="Davor", owner_org=org,
                    boundary_date="2015-01-01")  # fmt: skip
        file = FileStorage(io.BytesIO(_districts()), filename="bezirke.geojson")
        call_action("ierwohnen_spatial_system_load", {"user": user}, id=OLD, upload=file, description=YAML)
    return city


def _districts() -> bytes:
    degrees = pyproj.Transformer.from_crs(25832, 4326, always_xy=True)
    features = []
    for key, (west, east) in DISTRICTS.items():
        # Corners also where the quarters meet: else the straight line in degrees would leave slivers.
        south = [(x, 0) for x in range(west, east + 1, 1000)]
        ring = [*south, *((x, 1000) for x, _ in reversed(south)), south[0]]
        places = [degrees.transform(700_000 + x, 5_650_000 + y) for x, y in ring]
        shape = {"type": "Polygon", "coordinates": [places]}
        features.append({"type": "Feature", "properties": {"key": key, "name": f"Bezirk {key}"}, "geometry": shape})
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def shares(basis: str | None = None, user: str = "", turned: bool = False) -> dict[tuple[str, str], float]:
    ends = {"from": SYSTEM, "to": OLD} if turned else {"from": OLD, "to": SYSTEM}
    asked = {**ends, "from_level": "district", "to_level": "district", **({"basis": basis} if basis else {})}
    found = call_action("ierwohnen_crosswalk_show", {"user": user, "ignore_auth": False}, **asked)
    assert not basis or found["basis"] == basis
    return {(pair["from"], pair["to"]): pair["share"] for pair in found["pairs"]}


def table(values: dict[str, int | None], year: str = "2025-12-31", **more: dict) -> list[dict]:
    return [{"stt": key, "jahr": year, "zahl": value, **more} for key, value in values.items()]


def test_the_area_knows_nothing_of_dwellings(before):
    found = shares()
    assert found["A", "A"] == 1 and found["B", "A"] == pytest.approx(1 / 3, rel=1e-4)


@pytest.mark.parametrize(("basis", "indicator", "values", "share"), [
    ("dwellings", "dwellings", DWELLINGS, 600 / 900),
    ("population", "population", PEOPLE, 300 / 1500),
])  # fmt: skip
def test_shares_are_those_of_the_quarters(before, basis, indicator, values, share):
    publish(*before, "zahlen-offen", table(values), columns={"zahl": indicator})
    found = shares(basis)
    assert found == {("A", "A"): 1, ("B", "A"): pytest.approx(share, rel=1e-12),
                     ("B", "B"): pytest.approx(1 - share, rel=1e-12)}  # fmt: skip
    back = shares(basis, turned=True)
    first = values["01"] / (values["01"] + values["02"])
    assert back == {("A", "A"): pytest.approx(first, rel=1e-12), ("A", "B"): pytest.approx(1 - first, rel=1e-12),
                    ("B", "B"): 1}  # fmt: skip


def test_the_newest_period_counts(before):
    rows = table(DWELLINGS) + table({"01": 1, "02": 1, "03": 1, "04": 1}, "2020-12-31")
    publish(*before, "zahlen-offen", rows, columns={"zahl": "dwellings"})
    assert shares("dwellings")["B", "A"] == pytest.approx(600 / 900)


def test_a_unit_without_any_weight_is_split_by_area_and_that_is_told(before):
    publish(*before, "zahlen-offen", table({"01": 100}), columns={"zahl": "dwellings"})
    assert shares("dwellings")["B", "A"] == pytest.approx(1 / 3, rel=1e-4)
    asked = {"from": OLD, "to": SYSTEM, "from_level": "district", "to_level": "district", "basis": "dwellings"}
    told = call_action("ierwohnen_crosswalk_show", **asked)["findings"]
    assert [(f["code"], f["params"]["units"]) for f in told] == [("crosswalk_by_area_only", ["B"])]


def test_weights_of_a_private_table_do_not_exist_for_others(before):
    user, org = before
    publish(user, org, "zahlen-geheim", table(DWELLINGS), private=True, columns={"zahl": "dwellings"})
    assert shares("dwellings", user)["B", "A"] == pytest.approx(600 / 900)
    with pytest.raises(tk.ValidationError) as refused:
        shares("dwellings")
    assert "area" in refused.value.error_dict["basis"][0]


def test_a_table_goes_over_by_dwellings(before):
    """The check converts with the chosen basis: 900 of the old B, two thirds of its dwellings lie in the new A."""
    publish(*before, "zahlen-offen", table(DWELLINGS), columns={"zahl": "dwellings"})
    dataset = call_action("package_create", {"user": before[0]}, name="zahlen-leerstand", title="Alt",
                          owner_org=before[1])  # fmt: skip
    file = FileStorage(io.BytesIO(b"Bezirk;Stichtag;Haushalte\nA;31.12.2019;50\nB;31.12.2019;900\n"), "alt.csv")
    resource = call_action("resource_create", {"user": before[0]}, package_id=dataset["id"], upload=file, name="alt")
    wish = {"action": "crosswalk", "from": OLD, "to": SYSTEM, "level": "district", "column": "Bezirk",
            "basis": "dwellings", "rules": {"Haushalte": "sum"}}  # fmt: skip
    roles = [{"column": "Haushalte", "role": "indicator"}]
    checked = call_action("ierwohnen_table_check", {"user": before[0]}, resource_id=resource["id"], repairs=[wish],
                          roles=roles)  # fmt: skip
    assert checked["crosswalk"]["basis"] == "dwellings"
    assert "Wohnungen" in checked["crosswalk"]["text"] or "dwellings" in checked["crosswalk"]["text"]
    by_key = {row["cells"][0]: row["cells"][2] for row in checked["rows"]}
    assert by_key["A"].startswith("650") and by_key["B"].startswith("300")
