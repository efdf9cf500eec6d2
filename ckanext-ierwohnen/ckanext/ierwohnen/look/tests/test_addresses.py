"""An address with a NUL character names nothing."""

from __future__ import annotations

import pytest
from flask import Blueprint, Flask

from ckanext.ierwohnen.look.addresses import without_nul


@pytest.mark.parametrize(
    ("address", "status"),
    [("/figure/a", 200), ("/figure/a?q=b", 200), ("/figure/a%00", 404), ("/figure/%00", 404), ("/figure/a?q=%00", 404),
     ("/figure/a?q=1&q=%00", 404), ("/figure/a?%00=1", 404)],
)  # fmt: skip
def test_an_address_with_nul_is_not_found(address, status):
    pages, app = without_nul(Blueprint("pages", __name__)), Flask(__name__)
    pages.add_url_rule("/figure/<name>", view_func=lambda name: name)
    app.register_blueprint(pages)
    assert app.test_client().get(address).status_code == status
