"""Spatial systems through the Action API and the route, in the real database."""

from __future__ import annotations

import gzip
import io
import json
from types import SimpleNamespace

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import shapely
import sqlalchemy as sa
from ckan.tests import factories, helpers
from werkzeug.datastructures import FileStorage

from ckanext.ierwohnen.places import loading, lookup, store
from ckanext.ierwohnen.places.model import StoredGeometry, StoredLevel, StoredSystem, StoredUnit
from ckanext.ierwohnen.places.tests import towns

YAML = towns.YAML.replace("FILE", "q.gpkg")


@pytest.fixture(autouse=True)
def tables(with_plugins, migrate_db_for):
    """The room's tables. Each test works in a dataset of its own, so nothing has to be cleaned: that is what is
    slow.
    """
    if not sa.inspect(model.Session.connection()).has_table("ierwohnen_places_system"):
        migrate_db_for("ierwohnen_places")


_people: dict[str, dict] = {}


def people():
    """An editor and the organization, made once: hashing passwords and making organizations is slow."""
    if not _people or model.User.get(_people["editor"]["id"]) is None:
        editor = factories.UserWithToken()
        organization = factories.Organization(users=[{"name": editor["name"], "capacity": "editor"}])
        _people.update(editor=editor, organization=organization, stranger=factories.User(), admin=factories.Sysadmin())
    return _people


def make_office(dataset_type="spatial-system"):
    known = people()
    dataset = factories.Dataset(
        type=dataset_type, owner_org=known["organization"]["id"], title="Musterstadt", boundary_date="2020-01-01"
    )
    return SimpleNamespace(**known, dataset=dataset, name=dataset["name"])


def close(office):
    if model.Package.get(office.dataset["id"]):
        helpers.call_action("dataset_purge", {"user": office.admin["name"]}, id=office.dataset["id"])


@pytest.fixture
def office(tables):
    """An editor of an organization with a public dataset for boundaries."""
    made = make_office()
    yield made
    close(made)


def load(office, upload, **parameters):
    asked = {"id": office.dataset["id"], "description": YAML, "upload": upload, **parameters}
    return helpers.call_action(
        "ierwohnen_spatial_system_load", {"user": office.editor["name"], "ignore_auth": False}, **asked
    )


def ask(action, user="", /, **parameters):
    return helpers.call_action(action, {"user": user, "ignore_auth": False}, **parameters)


def own_keys(office, user=""):
    return [keys for keys in lookup.readable_level_keys({"user": user}) if keys.system == office.name]


def make_private(office):
    helpers.call_action("package_patch", {"user": office.editor["name"]}, id=office.dataset["id"], private=True)


class TestLoad:
    def test_levels_and_units_can_be_read_afterwards(self, office, upload):
        result = load(office, upload())
        assert [(level["code"], level["units"]) for level in result["levels"]] == [("bezirk", 2), ("quartier", 12)]
        shown = ask("ierwohnen_spatial_system_show", id=office.name)
        assert shown["boundary_date"] == "2021-01-01"
        assert [level["units"] for level in shown["levels"]] == [2, 12]

    def test_the_dataset_gets_the_extent(self, office, upload):
        load(office, upload())
        shown = helpers.call_action("package_show", id=office.dataset["id"])
        assert json.loads(shown["spatial"])["coordinates"][0][0] == pytest.approx([13.235, 52.428], abs=0.01)
        assert [(level["code"], level["units"]) for level in shown["levels"]] == [("bezirk", 2), ("quartier", 12)]
        for box, count in (("13.2,52.4,13.3,52.5", 1), ("14.2,52.4,14.3,52.5", 0)):
            found = helpers.call_action("package_search", fq=f"name:{office.name}", extras={"ext_bbox": box})
            assert found["count"] == count

    def test_from_a_resource_of_the_dataset(self, office, upload):
        resource = ask(
            "resource_create", office.editor["name"], package_id=office.dataset["id"], upload=upload(), name="Grenzen"
        )
        result = load(office, None, resources=[resource["id"]])
        assert result["stored"]

    def test_a_resource_of_another_dataset_is_refused(self, office, upload):
        other = factories.Dataset(owner_org=office.organization["id"])
        resource = factories.Resource(package_id=other["id"], upload=upload(), url_type="upload")
        with pytest.raises(tk.ValidationError) as refused:
            load(office, None, resources=[resource["id"]])
        assert "gehört nicht zu diesem Datensatz" in str(refused.value) or "does not belong" in str(refused.value)

    def test_check_only_stores_nothing(self, office, upload):
        assert load(office, upload(), check_only=True)["stored"] is False
        with pytest.raises(tk.ObjectNotFound):
            ask("ierwohnen_spatial_system_show", id=office.name)

    def test_loading_again_replaces_all(self, office, upload):
        load(office, upload())
        first = ask("ierwohnen_spatial_system_show", id=office.name)["revision"]
        load(office, upload(), description=YAML.replace("2021-01-01", "2022-01-01"))
        shown = ask("ierwohnen_spatial_system_show", id=office.name)
        assert shown["boundary_date"] == "2022-01-01"
        assert shown["revision"] != first
        assert len(ask("ierwohnen_unit_list", system=office.name)) == 14

    def test_a_failing_load_leaves_the_old_system(self, office, upload):
        load(office, upload())
        before = ask("ierwohnen_spatial_system_show", id=office.name)
        for wrong in (FileStorage(io.BytesIO(b"a;b\n1;2"), "x.csv"), FileStorage(io.BytesIO(b""), "x.gpkg")):
            with pytest.raises(tk.ValidationError) as refused:
                load(office, wrong)
            assert set(refused.value.error_dict) == {"boundaries"}
        assert ask("ierwohnen_spatial_system_show", id=office.name) == before

    def test_an_error_while_storing_leaves_the_old_system(self, office, upload, monkeypatch):
        load(office, upload())
        before = ask("ierwohnen_spatial_system_show", id=office.name)
        # CKAN refuses the change of the dataset after the rows were written.
        monkeypatch.setattr(loading, "_metadata", lambda boundaries: {"owner_org": "no-such-organization"})
        with pytest.raises(tk.ValidationError):
            load(office, upload(), description=YAML.replace("2021-01-01", "2022-01-01"))
        assert ask("ierwohnen_spatial_system_show", id=office.name) == before

    def test_only_editors_may_load(self, office, upload):
        stranger = office.stranger
        with pytest.raises(tk.NotAuthorized):
            ask(
                "ierwohnen_spatial_system_load",
                stranger["name"],
                id=office.dataset["id"],
                description="",
                upload=upload(),
            )

    def test_only_into_a_spatial_system(self, office, upload):
        plain = factories.Dataset(owner_org=office.organization["id"])
        with pytest.raises(tk.ValidationError):
            load(office, upload(), id=plain["id"])

    def test_purging_the_dataset_takes_everything_along(self, office, upload):
        load(office, upload())
        helpers.call_action("dataset_purge", id=office.dataset["id"])
        for table in (StoredSystem, StoredLevel, StoredUnit, StoredGeometry):
            rows = sa.select(sa.func.count()).select_from(table).where(table.dataset_id == office.dataset["id"])
            assert model.Session.execute(rows).scalar() == 0


class TestUnits:
    def test_by_level_and_parent_with_paging(self, office, upload):
        load(office, upload())
        units = ask("ierwohnen_unit_list", system=office.name, level="quartier", parent="2")
        assert [unit["key"] for unit in units] == ["03", "04", "07", "08", "11", "12"]
        page = ask("ierwohnen_unit_list", system=office.name, level="quartier", limit=2, offset=1)
        assert [unit["key"] for unit in page] == ["02", "03"]
        assert units[0]["area"] == pytest.approx(towns.quarters()[2].area, rel=1e-6)
        assert units[0]["centroid"][0] == pytest.approx(13.24, abs=0.02)

    def test_an_unknown_level_is_not_found(self, office, upload):
        load(office, upload())
        with pytest.raises(tk.ObjectNotFound):
            ask("ierwohnen_unit_list", system=office.name, level="block")

    def test_geometry_is_geojson_by_key(self, office, upload):
        load(office, upload())
        collection = ask("ierwohnen_unit_geometry", system=office.name, level="quartier", detail="coarse")
        assert [feature["id"] for feature in collection["features"]][:2] == ["01", "02"]
        assert collection["features"][0]["properties"] == {"key": "01", "name": "Quartier 1", "parent": "1"}
        assert shapely.from_geojson(json.dumps(collection["features"][0])).is_valid

    def test_a_wrong_detail_is_refused(self, office, upload):
        load(office, upload())
        with pytest.raises(tk.ValidationError):
            ask("ierwohnen_unit_geometry", system=office.name, level="quartier", detail="medium")


class TestLookup:
    def test_keys_of_readable_systems(self, office, upload):
        load(office, upload())
        keys = own_keys(office)
        assert [(k.system, k.level, len(k.units)) for k in keys] == [
            (office.name, "bezirk", 2),
            (office.name, "quartier", 12),
        ]

    def test_a_new_load_is_seen_at_once(self, office, upload):
        load(office, upload())
        own_keys(office)
        load(office, upload(), description=YAML.replace("2021-01-01", "2022-01-01"))
        assert {k.boundary_date.year for k in own_keys(office)} == {2022}


class TestPrivate:
    def test_it_looks_like_nothing_to_others(self, office, upload):
        load(office, upload())
        make_private(office)
        stranger = office.stranger["name"]
        for user in ("", stranger):
            assert office.name not in {found["id"] for found in ask("ierwohnen_spatial_system_list", user)}
            assert own_keys(office, user) == []
            for name in (office.name, "no-such-system"):
                for action, parameters in (
                    ("ierwohnen_spatial_system_show", {"id": name}),
                    ("ierwohnen_unit_list", {"system": name}),
                    ("ierwohnen_unit_geometry", {"system": name, "level": "quartier"}),
                    ("ierwohnen_spatial_system_load", {"id": name}),
                ):
                    with pytest.raises(tk.ObjectNotFound):
                        ask(action, user, **parameters)

    def test_members_still_read_it(self, office, upload):
        load(office, upload())
        make_private(office)
        assert office.name in {found["id"] for found in ask("ierwohnen_spatial_system_list", office.editor["name"])}
        context = {"user": office.editor["name"]}
        assert len(lookup.geometry(context, office.name, "quartier", "coarse")["features"]) == 12


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


class TestRoute:
    @pytest.fixture
    def url(self, office):
        return f"/ierwohnen/geometry/{office.name}/quartier/fine.geojson"

    def test_public_geometry_is_cached_by_etag_and_gzipped(self, office, upload, app, url):
        load(office, upload())
        answer = app.get(url, headers={"Accept-Encoding": "gzip"})
        assert answer.headers["Content-Encoding"] == "gzip"
        assert "public" in answer.headers["Cache-Control"]
        assert len(json.loads(gzip.decompress(answer.data))["features"]) == 12
        again = app.get(url, headers={"If-None-Match": answer.headers["ETag"]}, status=304)
        assert again.data == b""

    def test_without_gzip_it_is_plain(self, office, upload, app, url):
        load(office, upload())
        answer = app.get(url, headers={"Accept-Encoding": "identity"})
        assert answer.mimetype == "application/geo+json"
        assert len(json.loads(answer.data)["features"]) == 12

    def test_the_etag_changes_with_the_next_load(self, office, upload, app, url):
        load(office, upload())
        etag = app.get(url).headers["ETag"]
        load(office, upload())
        assert app.get(url, headers={"If-None-Match": etag}).status_code == 200

    def test_what_is_not_there_is_404(self, office, upload, app):
        load(office, upload())
        for path in ("no-such/quartier/fine", f"{office.name}/block/fine", f"{office.name}/quartier/odd"):
            app.get(f"/ierwohnen/geometry/{path}.geojson", status=404)

    def test_private_geometry_is_404_for_others_and_private_for_members(self, office, upload, app, url):
        load(office, upload())
        make_private(office)
        app.get(url, status=404)
        answer = app.get(url, headers={"Authorization": office.editor["token"]})
        assert answer.status_code == 200
        assert "public" not in answer.headers["Cache-Control"]
        assert "private" in answer.headers["Cache-Control"]


@pytest.mark.ckan_config("ckan.plugins", "ierwohnen_places")
class TestPagesWithNoOtherPlugin:
    """On a portal that has only this plugin, boundaries belong to plain datasets."""

    @pytest.fixture
    def office(self, tables):
        made = make_office("dataset")
        yield made
        close(made)

    def test_the_dataset_page_shows_levels_and_outline(self, office, upload, app):
        load(office, upload())
        page = app.get(f"/dataset/{office.name}")
        assert 'class="iw-outline"' in page.body
        assert f"/ierwohnen/geometry/{office.name}/quartier/fine.geojson" in page.body

    def test_loading_by_the_form(self, office, upload, app):
        headers = {"Authorization": office.editor["token"]}
        url = f"/ierwohnen/boundaries/{office.name}"
        assert 'name="description"' in app.get(url, headers=headers).body
        answer = app.post(
            url, headers=headers, data={"description": YAML, "files": upload(), "check": "1"}, follow_redirects=False
        )
        assert "12" in answer.body
        assert store.system_of(office.dataset["id"]) is None
        app.post(
            url, headers=headers, data={"description": YAML, "files": upload(), "load": "1"}, follow_redirects=False
        )
        assert store.system_of(office.dataset["id"]) is not None

    def test_a_refusal_keeps_the_description(self, office, app):
        headers = {"Authorization": office.editor["token"]}
        answer = app.post(
            f"/ierwohnen/boundaries/{office.name}", headers=headers, data={"description": "title: Ohne Ebenen"}
        )
        assert "title: Ohne Ebenen" in answer.body
        assert "iw-problem error" in answer.body

    def test_the_form_is_hidden_from_others(self, office, app):
        app.get(f"/ierwohnen/boundaries/{office.name}", status=404)
