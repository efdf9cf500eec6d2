"""Who sees a figure, and who may keep it, in the real portal."""

from __future__ import annotations

import pytest

from ckanext.ierwohnen.previews.tests.conftest import act

pytestmark = pytest.mark.usefixtures("with_plugins", "clean_db", "clean_index")


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
    for name in ("embed", "embed/map", "embed/chart", "embed/table"):
        at(new_table, name, status=404)
        at(new_table, name, user=publisher, status=404)


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
