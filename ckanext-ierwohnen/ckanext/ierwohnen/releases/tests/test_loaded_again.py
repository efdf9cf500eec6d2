"""Loading a date again ends what was checked with its stock: the check page names these releases before the load."""

from __future__ import annotations

import datetime as dt

import pytest

pytest.importorskip("ckan")

import ckan.plugins.toolkit as tk
from ckan.tests import factories

from .city import by, city
from .stage import PLUGINS, with_ckan

__all__ = ["city"]
pytestmark = with_ckan(PLUGINS)
ROWS = [{"dwelling": f"{n}", "rooms": 3, "vacant": False} for n in range(70)]
WORDS = "können sie nicht mehr veröffentlicht werden"


def test_the_check_page_names_the_releases_that_a_load_makes_unpublishable(city, app):
    big, editor = city.organizations["big"], ("big", "editor")
    release = city.checked(["big"])
    number = city.act("show", editor, id=release)["number"]
    token = factories.APIToken(user=city.people[editor]["name"])["token"]
    browser = app.flask_app.test_client(use_cookies=False)  # it sends the one that is given

    def checked(day: dt.date) -> str:
        found = by(city, editor, "ierwohnen_stock_check", organization=big["name"], reference_date=day.isoformat(),
                   rows=ROWS, keep=True)  # fmt: skip
        for old in ("_login_user", "user", "userobj"):  # the test's own request stands around this one
            tk.g.pop(old, None)
        headers = {"Authorization": token, "Cookie": f"iw-delivery-{found['delivery']}={found['key']}"}
        place = f"/ierwohnen/bestand/{big['name']}/laden/{found['delivery']}"
        return browser.get(place, headers=headers).get_data(as_text=True)

    page = checked(city.day)
    assert WORDS in page and number in page
    assert WORDS not in checked(city.day.replace(year=city.day.year - 1))
    city.step("reject", release, "big", "editor", reason="Fehler")
    page = checked(city.day)
    assert WORDS not in page and "Sie werden ersetzt" in page
