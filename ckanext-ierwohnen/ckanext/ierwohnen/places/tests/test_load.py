"""Loading boundaries through the Action API, in the real database."""

from __future__ import annotations

import io
import json

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan.tests import factories, helpers
from werkzeug.datastructures import FileStorage

from ckanext.ierwohnen.places import load_jobs, load_work
from ckanext.ierwohnen.places.model import StoredGeometry, StoredLevel, StoredSystem, StoredUnit
from ckanext.ierwohnen.places.tests import towns
from ckanext.ierwohnen.places.tests.office import YAML, ask, load


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
        monkeypatch.setattr(load_work, "_metadata", lambda boundaries: {"owner_org": "no-such-organization"})
        with pytest.raises(tk.ValidationError):
            load(office, upload(), description=YAML.replace("2021-01-01", "2022-01-01"))
        assert ask("ierwohnen_spatial_system_show", id=office.name) == before

    def test_the_neighbouring_zone_is_refused_until_confirmed(self, office, upload, tmp_path, app):
        load(office, upload())
        before = ask("ierwohnen_spatial_system_show", id=office.name)
        made = towns.write_layer(tmp_path / "wrong.gpkg", towns.quarters(), "EPSG:25832", layer="quartiere")
        wrong = made.read_bytes()

        def send():
            return FileStorage(io.BytesIO(wrong), "q.gpkg")

        with pytest.raises(tk.ValidationError) as refused:
            load(office, send())
        assert set(refused.value.error_dict) == {"boundaries", "confirm_place"}
        assert "EPSG:25833" in refused.value.error_dict["boundaries"][0]
        job = load(office, send(), background=True)["job"]
        load_jobs.run(job)
        assert load_jobs.find(job).state == "failed"
        assert ask("ierwohnen_spatial_system_show", id=office.name) == before
        headers, address = {"Authorization": office.editor["token"]}, f"/ierwohnen/boundaries/{office.name}"
        assert 'name="confirm_place"' not in app.get(address, headers=headers).body
        assert 'name="confirm_place"' in app.get(f"{address}?load={job}", headers=headers).body
        sent = {"description": YAML, "load": "1"}
        assert 'name="confirm_place"' in app.post(address, headers=headers, data={**sent, "files": send()}).body
        job = load(office, send(), background=True, confirm_place=True)["job"]
        load_jobs.run(job)
        (told,) = [f for f in load_jobs.find(job).findings if f["code"].startswith("units_elsewhere")]
        assert told["severity"] == "warning"
        page = app.post(address, headers=headers, data={**sent, "files": upload(), "confirm_place": "1"})
        assert "EPSG:25832" in page.body and '<li class="error">' not in page.body  # moved back, confirmed, and told
        model.Session.expire_all()
        assert ask("ierwohnen_spatial_system_show", id=office.name)["extent"] == before["extent"]

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
