"""A table of old boundaries, converted on the check page: shown before, published with how it came about."""

from __future__ import annotations

import json
from math import fsum

import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories

from ckanext.ierwohnen.tables import publish
from ckanext.ierwohnen.tables.readings import readings

from .conftest import SYSTEM, upload

# Before 2021 the three squares were four strips: 21 lies in 11 and to a third in 12.
STRIPS = {
    "11": ("Altstadt", 0, 8), "21": ("Alte Gasse", 8, 11), "12": ("Schlossvorstadt", 11, 20),
    "13": ("Bahnhofsvorstadt", 20, 30),
}  # fmt: skip
TABLE = """Nr;Stadtteil;Stichtag;Wohnungen;Miete
11;Altstadt;31.12.2019;1.000;5,20
21;Alte Gasse;31.12.2019;300;6,10
12;Schlossvorstadt;31.12.2019;900;5,70
13;Bahnhofsvorstadt;31.12.2019;500;4,90
"""
ROLES = [
    {"column": "Wohnungen", "role": "indicator", "indicator": "dwellings"},
    {"column": "Miete", "role": "indicator", "indicator": "asking_rent_median"},
]
CONVERT = {"action": "crosswalk", "from": "neuwald-2015", "to": "neuwald-2021", "level": "quarter"}


@pytest.fixture
def strips(office, quarters):
    """The boundaries before 2021."""
    features = []
    for key, (name, west, east) in STRIPS.items():
        a, b = 12.0 + west / 1000, 12.0 + east / 1000
        ring = [[a, 51.0], [b, 51.0], [b, 51.01], [a, 51.01], [a, 51.0]]
        shape = {"type": "Polygon", "coordinates": [ring]}
        features.append({"type": "Feature", "properties": {"Nr": key, "Name": name}, "geometry": shape})
    dataset = factories.Dataset(
        type="spatial-system", name="neuwald-2015", owner_org=office.organization["id"], boundary_date="2015-01-01"
    )
    body = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    description = SYSTEM.replace("2021", "2015")
    file = upload(body, "quarters.geojson")
    office.call("ierwohnen_spatial_system_load", id=dataset["id"], description=description, upload=file)


def offers(check, action="crosswalk"):
    return [offer for problem in check["problems"] for offer in problem["repair"] if offer["action"] == action]


def test_old_keys_are_offered_the_way_and_the_result_is_shown_before(office, strips):
    resource = office.resource(TABLE)
    asked = {"resource_id": resource["id"], "roles": ROLES}
    check = office.call("ierwohnen_table_check", **asked)
    offered = next(offer for offer in offers(check) if offer.get("level"))
    assert offered == {**CONVERT, "column": "Nr", "year": "2021"}
    told = office.call("ierwohnen_table_check", **asked, repairs=[offered])
    assert told["counts"]["error"] == 0 and told["crosswalk"]["basis"] == "area"
    assert told["crosswalk"]["quality"]["split"] == 1
    moves = {(m["from"], m["to"]): round(m["share"], 3) for m in told["crosswalk"]["moves"]}
    assert moves == {("11", "11"): 1, ("12", "12"): 1, ("21", "11"): 0.667, ("21", "12"): 0.333}
    by_key = {row["cells"][0]: row["cells"] for row in told["rows"]}
    assert by_key["13"][1:4] == ["Bahnhofsvorstadt", "31.12.2019", "500"]
    assert by_key["11"][3].startswith("1200") and by_key["11"][3].endswith(" s") and by_key["11"][4] == "x"
    assert {p["column"] for p in told["problems"] if p["code"] == "carry_barred"} == {"Miete"}


def test_published_with_method_basis_and_quality(office, strips):
    resource = office.resource(TABLE)
    job = office.call("ierwohnen_table_publish", resource_id=resource["id"], roles=ROLES, repairs=[CONVERT])["job"]
    publish.run(job)
    shown = office.call("ierwohnen_job_show", id=job)
    assert shown["state"] == "done", shown
    recorded = shown["result"]["crosswalk"]
    assert (recorded["from"], recorded["to"], recorded["basis"]) == ("neuwald-2015", "neuwald-2021", "area")
    assert recorded["quality"]["split"] == 1 and recorded["columns"]["Wohnungen"]["split_share"] == pytest.approx(1 / 9)
    tidy = readings(office.context(), resource["id"], indicator="dwellings")
    assert set(tidy["system"]) == {"neuwald-2021"} and dict(zip(tidy["unit"], tidy["status"], strict=True)) == {
        "11": "estimated", "12": "estimated", "13": "ok"
    }  # fmt: skip
    assert abs(fsum(tidy["value"]) - 2700) < 1e-9 * 2700
    fields = {f["id"]: f for f in office.call("datastore_info", id=resource["id"])["fields"]}
    assert "Von Stand 2015 auf Stand 2021 umgerechnet, nach der Fläche" in fields["Wohnungen"]["info"]["notes"]
    assert "11,1 % der Summe" in fields["Wohnungen"]["info"]["notes"]
    assert fields["Nr"]["iw_system"] == "neuwald-2021" and fields["Nr"]["iw_boundary_date"] == "2021-01-01"


def test_what_cannot_be_is_refused_with_the_reason(office, strips):
    resource = office.resource(TABLE)
    for change, words in (
        ({"to": "gibt-es-nicht"}, "gibt-es-nicht"),
        ({"level": "block"}, "block"),
        ({"from": "neuwald-2021", "to": "neuwald-2015"}, "21"),
        ({"rules": {"Miete": "mitteln"}}, "rules"),
    ):
        with pytest.raises(tk.ValidationError) as refused:
            office.call("ierwohnen_table_check", resource_id=resource["id"], repairs=[{**CONVERT, **change}])
        assert words in refused.value.error_dict["repairs"][0]
    summed = {**CONVERT, "rules": {"Miete": "sum"}}
    check = office.call("ierwohnen_table_check", resource_id=resource["id"], roles=ROLES, repairs=[summed])
    (problem,) = [one for one in check["problems"] if one["code"] == "carry_sum_refused"]
    assert problem["severity"] == "error" and problem["column"] == "Miete" and "Mittelwert" in problem["message"]


def test_points_get_the_units_in_which_they_lie(office, strips):
    text = "Name;lat;lon\nKita;51.005;12.005\nSchule;51.005;12.019\nArzt;51.005;12.021\nWeit weg;48.7;9.1\n"
    resource = office.resource(text, "einrichtungen.csv")
    job = office.call("ierwohnen_table_publish", resource_id=resource["id"])["job"]
    publish.run(job)
    assert office.call("ierwohnen_job_show", id=job)["state"] == "done"
    rows = office.call("datastore_search", resource_id=resource["id"])["records"]
    # The newest system that holds the points: boundaries of 2021.
    assert [row["Stadtteil (Schlüssel)"] for row in rows] == ["11", "12", "13", "999"]
    assert [float(row["lon"]) for row in rows] == [12.005, 12.019, 12.021, 9.1]
    fields = {f["id"]: f for f in office.call("datastore_info", id=resource["id"])["fields"]}
    assert fields["lat"]["iw_role"] == "coordinate" and fields["lat"]["iw_code"] == "y"
    assert fields["Stadtteil (Schlüssel)"]["iw_system"] == "neuwald-2021"
    assert fields["Stadtteil (Schlüssel)"]["iw_unassigned_keys"] == "999"
