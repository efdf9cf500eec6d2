"""Downloads of published tables from the portal: who may have them, what of, and never half of a swap."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable
from typing import Any

import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest

from .conftest import LONG, NEXT_YEAR, WIDE, upload
from .test_store import fill, resource_id  # noqa: F401


@pytest.fixture
def get(app: Any, office: Any) -> Callable[..., Any]:
    """Fetch a download as somebody (nobody: without an account)."""
    from ckan.tests import factories

    def fetch(resource: dict[str, Any], name: str, who: str | None = None, status: int = 200, **headers: str) -> Any:
        sent = {key.replace("_", "-"): value for key, value in headers.items()}
        if who:
            sent["Authorization"] = factories.APIToken(user=getattr(office, who)["name"])["token"]
        return app.get(f"/ierwohnen/tables/{resource['id']}/{name}", headers=sent, status=status)

    return fetch


def kept(resource: dict[str, Any]) -> list[str]:
    from ckanext.ierwohnen.tables.exports.kept import folder

    return sorted(path.name for path in (folder() / resource["id"]).glob("[!.]*"))


def test_each_format_comes_under_its_name_and_type(app, published, quarters, get):
    resource = published()
    for name, media_type in {
        "x.csv": "text/csv; charset=utf-8; header=present",
        "x.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "x.geojson": "application/geo+json",
        "x.gpkg": "application/geopackage+sqlite3",
        "x.parquet": "application/vnd.apache.parquet",
    }.items():
        reply = get(resource, name)
        assert reply.headers["Content-Type"] == media_type
        assert reply.headers["Content-Disposition"] == f"attachment; filename=leerstand.{name[2:]}"
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
    get(resource, "x.exe", status=404)
    for address in ("/ierwohnen/tables/none/x.csv", "/ierwohnen/tables/a%00b/x.csv"):
        app.get(address, status=404)


def test_what_was_published_comes_back_and_the_action_says_where(office, published, quarters, get):
    resource = published()
    lines = get(resource, "leerstand.csv").body.splitlines()
    assert lines[0] == "Nr,Stadtteil,Stichtag,Wohnungen,Leerstand in %,Leerstand in %_status"
    assert lines[3] == "12,Schlossvorstadt,2025-12-31,1402,,secret"
    assert lines[5] == "99,nicht zuordenbar,2025-12-31,18,,blocked"
    features = json.loads(get(resource, "leerstand.geojson").body)["features"]
    bounded = [one["properties"]["Nr"] for one in features if one["geometry"]]
    assert bounded == ["11", "12", "13"] and len(features) == 5
    sheet = openpyxl.load_workbook(io.BytesIO(get(resource, "x.xlsx").data)).worksheets[0]
    assert sheet["A2"].value == "00" and sheet["D3"].value == 1894 and sheet["E4"].value is None
    found = office.call("ierwohnen_table_export", "stranger", id=resource["id"])["formats"]
    assert {one["format"] for one in found if not one["reason"]} == {
        "xlsx", "csv", "csv-excel", "geojson", "gpkg", "parquet", "datapackage", "tableschema"
    }  # fmt: skip
    described = office.call("ierwohnen_table_export", "stranger", id=resource["id"], format="datapackage")
    assert described["url"].endswith(f"/{resource['id']}/datapackage.json")
    fields = described["content"]["resources"][0]["schema"]["fields"]
    assert [field["ierwohnen:role"] for field in fields][:3] == ["key", "name", "period"]


@pytest.mark.parametrize("name", ["x.csv", "x-excel.csv", "x.xlsx"])
def test_a_download_that_is_published_again_says_the_same(office, published, quarters, get, name):
    from ckanext.ierwohnen.tables.readings import readings

    signs = LONG.replace("1.924", "1.924p").replace("10,9", "(10,9)").replace("8,7", "-")
    first = published(signs)
    again = published(get(first, name).data, name)
    before, after = (readings(office.context(), one["id"], specials=True) for one in (first, again))
    assert {"preliminary", "limited", "secret", "blocked", "nothing", "ok"} == set(before["status"])
    pd.testing.assert_frame_equal(before, after)


def test_a_wide_table_keeps_its_shape_and_without_a_known_key_there_are_no_borders(published, quarters, get):
    key = {"column": "Nr", "role": "key", "system": "neuwald-2021", "level": "quarter"}
    resource = published(WIDE, roles=[key])
    lines = get(resource, "x-excel.csv").body.splitlines()
    assert lines[0].startswith("\ufeffStadtteil;Nr;31.12.2023;") and "31.12.2024 (Zeichen)" in lines[0]
    assert "nicht sicher genug" in lines[3]
    resource = published("Jahr;Wohnungen\n2024;5\n2025;6\n", roles=[])
    get(resource, "x.geojson", status=404)
    assert get(resource, "x.csv").body == "Jahr,Wohnungen\r\n2024,5\r\n2025,6\r\n"


def test_a_private_table_looks_like_none(office, published, get):
    resource = published()
    get(resource, "x.csv")
    office.call("package_patch", id=office.dataset["id"], private=True)
    for name in ("x.csv", "x.xlsx", "datapackage.json"):
        get(resource, name, status=404)
        get(resource, name, "stranger", status=404)
    control = get(resource, "x.csv", "member").headers["Cache-Control"]
    assert "private" in control and "no-store" in control and "public" not in control
    import ckan.plugins.toolkit as tk

    with pytest.raises(tk.ValidationError):
        office.call("ierwohnen_table_export", "member", id=resource["id"], format="exe")
    with pytest.raises(tk.ObjectNotFound):  # rights come first
        office.call("ierwohnen_table_export", "stranger", id=resource["id"], format="exe")
    assert office.call("ierwohnen_table_export", "member", id=resource["id"])["formats"]


def test_borders_need_the_right_to_see_the_spatial_system(office, published, quarters, get):
    resource = published()
    get(resource, "x.gpkg")
    office.call("package_patch", id="neuwald-2021", private=True)
    assert "Raumgliederung" in get(resource, "x.gpkg", status=404).body
    control = get(resource, "x.gpkg", "member").headers["Cache-Control"]
    assert "private" in control and "public" not in control
    assert "public" in get(resource, "x.csv").headers["Cache-Control"]


def test_it_is_asked_for_again_by_its_tag_and_new_rows_are_a_new_file(office, published, get):
    resource = published()
    tag = get(resource, "x.csv").headers["ETag"]
    get(resource, "x.csv", If_None_Match=tag, status=304)
    assert get(resource, "x.csv", Range="bytes=0-1", status=206).body == "Nr"
    row = {"Nr": "14", "Stadtteil": "Neu", "Stichtag": "2025-12-31", "Wohnungen": 7}
    office.call("datastore_upsert", resource_id=resource["id"], method="insert", records=[row], force=True)
    assert "\r\n14,Neu,2025-12-31,7,,\r\n" in get(resource, "x.csv", If_None_Match=tag).body
    office.call("datastore_delete", resource_id=resource["id"], filters={"Nr": "14"}, force=True)
    assert ",Neu," not in get(resource, "x.csv").body


def test_what_dictionary_and_dataset_say_now_is_in_the_next_file(office, published, get):
    resource = published()
    get(resource, "x.xlsx")
    fields = office.call("datastore_info", id=resource["id"])["fields"]
    for field in fields:
        if field["id"] == "Wohnungen":
            field["info"]["notes"] = "ohne Wohnheime"
    fields = [{name: field[name] for name in ("id", "info") if name in field} for field in fields]
    office.call("datastore_create", resource_id=resource["id"], fields=fields, force=True)
    assert "ohne Wohnheime" in get(resource, "tableschema.json").body
    office.call("resource_patch", id=resource["id"], name='x"; <script>alert(1)</script>\r\n.exe')
    reply = get(resource, "x.csv")
    assert reply.headers["Content-Disposition"] == "attachment; filename=x-script-alert-1-script-exe.csv"


def test_files_of_earlier_states_are_not_kept(office, published, get):
    from ckanext.ierwohnen.tables import publish

    resource = published()
    get(resource, "x.csv")
    get(resource, "x.parquet")
    before = kept(resource)
    assert len(before) == 2
    job = office.call("ierwohnen_table_publish", resource_id=resource["id"], upload=upload(NEXT_YEAR), mode="replace")
    publish.run(job["job"])
    assert "2026-12-31" in get(resource, "x.csv").body
    assert len(kept(resource)) == 1 and not set(before) & set(kept(resource))
    office.call("resource_delete", id=resource["id"])
    assert kept(resource) == []


@pytest.mark.ckan_config("ierwohnen.tables.downloads_mb", "1")
def test_kept_files_stay_within_their_limit(published, get):
    from ckanext.ierwohnen.tables.exports import kept as keeper

    resource = published()
    place = keeper.folder() / "another"
    place.mkdir(parents=True, exist_ok=True)
    (place / "old_csv").write_bytes(b"x" * (2 << 20))
    get(resource, "x.csv")
    assert not (place / "old_csv").exists() and len(kept(resource)) == 1
    keeper.remove(["another"])


def test_columns_of_every_type_and_without_any_meaning(office, get):
    types = {
        "ganz": "int4", "gross": "int8", "zahl": "float8", "tag": "date", "zeit": "timestamp", "ja": "bool",
        "json": "json", "liste": "_text", "text": "text",
    }  # fmt: skip
    row = {
        "ganz": 5, "gross": 9007199254740991, "zahl": -0.5, "tag": "2025-12-31", "zeit": "2025-12-31T23:59:58.5",
        "ja": True, "json": {"a": [1]}, "liste": ["a", "b"], "text": "=1+1",
    }  # fmt: skip
    resource = office.resource()
    fields = [{"id": name, "type": kind} for name, kind in types.items()]
    office.call("datastore_create", resource_id=resource["id"], fields=fields, records=[row], force=True)
    line = get(resource, "x.csv").body.splitlines()[1]
    assert line.startswith("5,9007199254740991,-0.5,2025-12-31,2025-12-31T23:59:58.5,true,")
    assert line.endswith(",'=1+1")
    typed = pq.read_table(io.BytesIO(get(resource, "x.parquet").data)).to_pylist()[0]
    assert typed["gross"] == 9007199254740991 and typed["ja"] is True and typed["tag"].isoformat() == "2025-12-31"
    sheet = openpyxl.load_workbook(io.BytesIO(get(resource, "x.xlsx").data)).worksheets[0]
    assert sheet["D2"].is_date and sheet["E2"].is_date and sheet["F2"].value is True and sheet["I2"].data_type == "s"
    kinds = [field["type"] for field in json.loads(get(resource, "tableschema.json").body)["fields"]]
    assert kinds == ["integer", "integer", "number", "date", "datetime", "boolean", "string", "string", "string"]


def rows_of(look: Any, path: Any) -> list[str]:
    look.copy_to(path)
    return path.read_text("utf-8").splitlines()


@pytest.mark.usefixtures("with_plugins")
def test_a_reader_holds_one_state_while_the_table_is_swapped(resource_id, tmp_path):  # noqa: F811
    from ckanext.ierwohnen.tables.exports.snapshot import snapshot

    fill(resource_id, [b"01,1\n", b"02,2\n"])
    swap = threading.Thread(target=fill, args=(resource_id, [b"03,3\n"]))
    with snapshot(resource_id) as look:
        swap.start()
        swap.join(0.3)
        assert swap.is_alive()  # it waits for us
        assert rows_of(look, tmp_path / "rows.csv") == ["01,1", "02,2"] and look.state.rows == 2
    swap.join()
    with snapshot(resource_id) as look:
        assert rows_of(look, tmp_path / "rows.csv") == ["03,3"]


@pytest.mark.usefixtures("with_plugins")
def test_a_reader_that_waited_for_a_swap_sees_all_of_the_new_table(resource_id, tmp_path):  # noqa: F811
    """Also the rows that the swapping transaction itself has written: see `snapshot`."""
    from ckanext.ierwohnen.tables import store
    from ckanext.ierwohnen.tables.exports.snapshot import snapshot

    fill(resource_id, [b"01,1\n"])
    seen: list[Any] = []

    def read() -> None:
        with snapshot(resource_id) as look:
            seen.append((look.state.rows, rows_of(look, tmp_path / "rows.csv")))

    reader = threading.Thread(target=read)
    with store.writing() as cursor:
        store.create(cursor, "_iw_new", [store.StoreColumn("Nr", "text"), store.StoreColumn("Wert: 1", "numeric")])
        cursor.execute("""INSERT INTO _iw_new ("Nr", "Wert: 1") VALUES ('08', 8), ('09', 9)""")
        store.finish(cursor, "_iw_new", search=False)
        store.swap(cursor, "_iw_new", resource_id, 2)
        reader.start()
        reader.join(0.5)
        assert reader.is_alive()
    reader.join()
    assert seen == [(2, ["08,8", "09,9"])]
