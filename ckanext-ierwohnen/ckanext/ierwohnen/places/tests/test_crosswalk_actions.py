"""Crosswalks between loaded systems: computed, stated by an office, refused."""

from __future__ import annotations

import io

import ckan.plugins.toolkit as tk
import pytest
import shapely
from werkzeug.datastructures import FileStorage

from ckanext.ierwohnen.places.tests import towns
from ckanext.ierwohnen.places.tests.office import ask, close, load, make_office, make_private


class TestCrosswalk:
    @pytest.fixture
    def later(self, office, files, tmp_path):
        """A system of one year later: two quarters have become one, and a border has moved."""
        made = make_office()
        shapes = towns.quarters()
        rows = towns.properties(12)
        shapes[0] = shapely.union(shapes[0], shapes[1])
        kept = [n for n in range(12) if n != 1]
        path = towns.write_layer(tmp_path / "later.gpkg", shapes[kept], rows=[rows[n] for n in kept])
        upload = FileStorage(io.BytesIO(path.read_bytes()), "q.gpkg")
        load(made, upload)
        yield made
        close(made)

    def test_pairs_and_quality(self, office, upload, later):
        load(office, upload())
        shown = ask("ierwohnen_crosswalk_show", **{"from": office.name, "to": later.name})
        assert (shown["from"]["level"], shown["basis"]) == ("quartier", "area")
        assert {"from": "02", "to": "01", "share": 1.0} in shown["pairs"]
        assert shown["quality"]["split"] == 0
        back = ask("ierwohnen_crosswalk_show", **{"from": later.name, "to": office.name})
        halves = [pair["share"] for pair in back["pairs"] if pair["from"] == "01"]
        assert halves == [pytest.approx(0.5, abs=0.02)] * 2
        assert sum(halves) == pytest.approx(1, abs=1e-12)

    def test_one_private_system_hides_the_crosswalk(self, office, upload, later):
        load(office, upload())
        make_private(office)
        for pair in ({"from": office.name, "to": later.name}, {"from": later.name, "to": office.name}):
            with pytest.raises(tk.ObjectNotFound):
                ask("ierwohnen_crosswalk_show", **pair)

    @pytest.fixture
    def stated(self, office, upload, later):
        """What the office of the later system says: 02 went into 01, and a third of 05 into 06."""
        load(office, upload())
        whole = [f"{n:02d};{n:02d};100" for n in range(1, 13) if n not in (2, 5)]
        return "\n".join(["Schlüssel alt;Schlüssel neu;Anteil in %", *whole, "2;1;100", "05;05;66,7", "05;06;33,3"])

    def send(self, office, later, text, user=None, **more):
        file = FileStorage(io.BytesIO(text.encode("cp1252")), "umschluesselung.csv")
        asked = {"from": office.name, "to": later.name, "upload": file, **more}
        return ask("ierwohnen_crosswalk_load", office.editor["name"] if user is None else user, **asked)

    def test_what_an_office_states_comes_before_the_area(self, office, later, stated):
        loaded = self.send(office, later, stated, source="Fachstelle Statistik")
        assert (loaded["pairs"], loaded["quality"]["split"]) == (13, 1)
        shown = ask("ierwohnen_crosswalk_show", **{"from": office.name, "to": later.name})
        assert (shown["basis"], shown["bases"]) == ("table", ["table", "area"])
        assert {"from": "02", "to": "01", "share": 1.0} in shown["pairs"]
        assert [p["share"] for p in shown["pairs"] if p["from"] == "05"] == [pytest.approx(0.667), pytest.approx(0.333)]
        by_area = ask("ierwohnen_crosswalk_show", **{"from": office.name, "to": later.name, "basis": "area"})
        assert by_area["basis"] == "area" and by_area["quality"]["split"] == 0

    def test_it_can_be_replaced_and_removed(self, office, later, stated):
        self.send(office, later, stated)
        self.send(office, later, stated.replace("66,7", "50").replace("33,3", "50"))
        pair = {"from": office.name, "to": later.name}
        assert 0.5 in [p["share"] for p in ask("ierwohnen_crosswalk_show", **pair)["pairs"]]
        assert ask("ierwohnen_crosswalk_delete", office.editor["name"], **pair) == {"deleted": True}
        assert ask("ierwohnen_crosswalk_delete", office.editor["name"], **pair) == {"deleted": False}
        assert ask("ierwohnen_crosswalk_show", **pair)["basis"] == "area"

    def test_what_is_wrong_is_told_by_key_and_nothing_changes(self, office, later, stated):
        for wrong, key in ((stated.replace("66,7", "60"), "05 (0.933)"), (stated + "\n77;01;100", "77"), ("x", ".csv")):
            with pytest.raises(tk.ValidationError) as refused:
                self.send(office, later, wrong)
            assert key in refused.value.error_dict["crosswalk"][0]
        assert ask("ierwohnen_crosswalk_show", **{"from": office.name, "to": later.name})["basis"] == "area"

    def test_only_editors_of_the_new_system_state_it(self, office, later, stated):
        for user in ("", office.stranger["name"]):
            with pytest.raises(tk.NotAuthorized):
                self.send(office, later, stated, user)

    def test_weights_that_are_not_there_are_refused_with_what_there_is(self, office, upload, later):
        load(office, upload())
        with pytest.raises(tk.ValidationError) as refused:
            ask("ierwohnen_crosswalk_show", **{"from": office.name, "to": later.name, "basis": "dwellings"})
        assert "area" in refused.value.error_dict["basis"][0]

    def test_the_page_loads_and_removes(self, office, later, stated, app):
        headers = {"Authorization": office.editor["token"]}
        url = f"/ierwohnen/crosswalks/{later.name}"
        file = FileStorage(io.BytesIO(stated.encode()), "umschluesselung.csv")
        sent = {"from": office.name, "source": "Fachstelle", "file": file}
        page = app.post(url, headers=headers, data=sent, follow_redirects=True)
        assert "Fachstelle" in page.body
        page = app.post(url, headers=headers, data={"from": office.name, "remove": "1"}, follow_redirects=True)
        assert "Fachstelle" not in page.body
        app.get(url, status=404)
