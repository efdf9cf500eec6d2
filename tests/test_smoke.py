"""The first signs of life of the whole."""

from __future__ import annotations

import pytest


@pytest.mark.usefixtures("with_plugins", "clean_db", "clean_index")
def test_smoke_home_page_is_german(app):
    page = app.get("/")
    assert page.status_code == 200
    assert 'lang="de"' in page.text
