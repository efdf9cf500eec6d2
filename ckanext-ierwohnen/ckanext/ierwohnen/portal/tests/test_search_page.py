"""The page of the search for datasets."""

from __future__ import annotations

import pytest

pytest.importorskip("ckan")

from ckanext.ierwohnen.portal import search_map


@pytest.mark.usefixtures("with_plugins", "clean_db", "clean_index")
def test_its_sidebar_is_made_once(app, monkeypatch):
    """CKAN's template renders a sidebar to see whether it is empty, and again to show it."""
    times, real = [], search_map._possible
    monkeypatch.setattr(search_map, "_possible", lambda: times.append(1) or real())
    assert app.get("/dataset/").status_code == 200
    assert len(times) == 1
