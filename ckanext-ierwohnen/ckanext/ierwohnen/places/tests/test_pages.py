"""Geometry as cached files, and the pages of a portal that has no other plugin."""

from __future__ import annotations

import gzip
import json

import pytest

from ckanext.ierwohnen.places import store
from ckanext.ierwohnen.places.tests.office import YAML, close, load, make_office, make_private


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
        assert '<li class="error">' in answer.body

    def test_the_form_is_hidden_from_others(self, office, app):
        app.get(f"/ierwohnen/boundaries/{office.name}", status=404)
