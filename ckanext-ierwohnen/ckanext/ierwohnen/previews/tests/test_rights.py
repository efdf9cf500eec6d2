"""Who sees a figure, and who may keep it, in the real portal."""

from __future__ import annotations

import pytest

from ckanext.ierwohnen.previews.tests.conftest import SYSTEM, act

pytestmark = pytest.mark.usefixtures("with_plugins", "clean_db", "clean_index")

PARTS = ("iw-map", 'id="spalten"', "additional-info", "iw-download", "application/ld+json", "ierwohnen_previews/")


def private(dataset):
    act("package_patch", id=dataset["id"], private=True)


def test_a_private_table_looks_like_none(at, new_table, new_dataset):
    private(new_dataset)
    for name in ("", "map.svg", "map.png", "map.pdf", "chart.svg", "table.csv", "preview", "embed"):
        at(new_table, name, status=404)


def test_its_publisher_sees_it_and_no_cache_keeps_it(at, new_table, new_dataset, publisher):
    private(new_dataset)
    control = at(new_table, "map.svg", user=publisher).headers["Cache-Control"]
    assert "private" in control and "no-store" in control and "public" not in control


def test_what_not_everybody_may_see_is_in_no_frame(at, new_table, new_dataset, publisher):
    """Not even for its publisher: a frame on a foreign site shows nothing that only its visitor may see."""
    at(new_table, "embed/map")
    private(new_dataset)
    at(new_table, "chart.svg", user=publisher)
    indicator = {"id": "indicator/vacancy_rate"}
    assert "no-store" in at(indicator, "map.svg", user=publisher).headers["Cache-Control"]
    for name in ("embed", "embed/map", "embed/chart", "embed/table"):
        for subject in (new_table, indicator):
            at(subject, name, status=404)
            at(subject, name, user=publisher, status=404)


def test_a_map_needs_the_right_to_see_the_boundaries(at, new_table, new_boundaries, publisher):
    private(new_boundaries)
    at(new_table, "map.svg", status=404)
    at(new_table, "map.svg", user=publisher)
    assert "Rangfolge" in at(new_table).body or "Verlauf" in at(new_table).body


def test_public_pictures_are_asked_for_again_by_their_tag(app, new_table):
    address = f"/ierwohnen/figure/{new_table['id']}/map.svg"
    first = app.get(address)
    assert first.headers["ETag"]
    app.get(address, headers={"If-None-Match": first.headers["ETag"]}, status=304)
    app.get(f"{address}?unit=05", headers={"If-None-Match": first.headers["ETag"]}, status=200)


@pytest.fixture
def page(app, new_dataset, new_table):
    """The dataset's page for a reader, twice in a row: made, and (for readers without an account) kept."""

    def get(user=None, status=200):
        headers = {"Authorization": user["token"]} if user else {}
        address = f"/dataset/{new_dataset['name']}"
        first, again = (app.get(address, headers=headers, status=status).text for _ in range(2))
        if status == 200:
            assert first.count("<script src=") == again.count("<script src=")
            assert [one in first for one in PARTS] == [one in again for one in PARTS]
        return again

    return get


def test_a_page_shown_again_follows_all_that_it_shows(app, page, new_dataset, new_table, monkeypatch):
    from ckanext.ierwohnen.previews import template_functions

    assert all(one in page() for one in PARTS)
    with monkeypatch.context() as nothing_is_made:
        nothing_is_made.setattr(template_functions, "look_at", None)
        assert all(one in page() for one in PARTS)

    columns = page().split('id="spalten"')[1].split("</section>")[0]
    assert f'href="/dataset/{SYSTEM}"' in columns and "Stadtteil (" in columns
    assert "Gebietsstand" in page() and "01.01.2021" in page()

    address = f"/dataset/{new_dataset['name']}"
    assert 'aria-current="true"' not in app.get(address).text.split('id="vorschau"')[1]
    assert 'aria-current="true"' in app.get(f"{address}?unit=05").text
    assert "Vorschau" in page() and "Preview" in app.get(f"/en{address}").text

    assert "31.12.2026" not in page() and "Neuer Titel" not in page()
    row = {"nr": "01", "stichtag": "2026-12-31", "wohnungen": 1, "quote": 3.3, "quote_zeichen": None}
    act("datastore_upsert", resource_id=new_table["id"], method="insert", force=True, records=[row])
    assert "31.12.2026" in page()
    act("package_patch", id=new_dataset["id"], title="Neuer Titel")
    assert page().count("Neuer Titel") > 3
    act("datastore_delete", resource_id=new_table["id"], force=True)
    assert "iw-map" not in page()


def test_a_page_shown_again_shows_nobody_more(page, new_dataset, new_table, new_boundaries, publisher, monkeypatch):
    """Each change of rights counts at once, for the page and for each of its parts."""
    from ckan import authz

    assert "iw-map" in page()

    with monkeypatch.context() as another_plugin:  # it shows the dataset and keeps its table from the public
        another_plugin.setitem(authz._AuthFunctions._functions, "datastore_info", _refused_without_account)
        assert not any(one in page() for one in ("iw-map", 'id="spalten"', "iw-download"))
    assert "iw-map" in page()

    private(new_boundaries)
    assert "iw-map" not in page()
    assert "iw-map" in page(publisher)
    assert "iw-map" not in page()

    act("bulk_update_private", org_id=publisher["organization"]["id"], datasets=[new_dataset["id"]])
    page(status=404)
    assert 'id="spalten"' in page(publisher)
    page(status=404)
    act("package_patch", id=new_dataset["id"], private=False)
    assert 'id="spalten"' in page()
    private(new_dataset)
    page(status=404)
    act("package_delete", id=new_dataset["id"])
    page(status=404)


def _refused_without_account(context, data_dict):
    return {"success": bool(context.get("user"))}


_refused_without_account.auth_allow_anonymous_access = True
