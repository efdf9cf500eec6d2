"""`ierwohnen_table_check`: what was understood, for whom, and clear words for what is no table."""

from __future__ import annotations

import io
import re
import zipfile

import ckan.plugins.toolkit as tk
import pytest

from .conftest import LONG, QUARTERS, WIDE, upload


def test_tells_dialect_rows_and_roles(office, quarters):
    resource = office.resource()
    check = office.call("ierwohnen_table_check", resource_id=resource["id"])
    assert check["dialect"]["encoding"] == "Windows-1252"
    assert check["dialect"]["separator"] == ";"
    assert check["dialect"]["decimal"] == ","
    assert check["header_rows"] == [4]
    assert [column["name"] for column in check["columns"]] == [
        "Nr", "Stadtteil", "Stichtag", "Wohnungen", "Leerstand in %"
    ]  # fmt: skip
    roles = {column["name"]: column["role"] for column in check["columns"]}
    assert roles["Nr"] == "key" and roles["Stichtag"] == "period"
    assert roles["Wohnungen"] == roles["Leerstand in %"] == "indicator"
    assert all(column["reason"] for column in check["columns"])
    assert check["rows"][0] == {"row": 5, "place": 0, "cells": ["00", "Stadt insgesamt", "31.12.2025", "5.220", "8,7"]}
    assert {row["row"]: row["kind"] for row in check["special_rows"]} == {5: "total", 9: "not_assignable"}
    assert check["statuses"]["secret"] == 1 and check["statuses"]["blocked"] == 1


def test_keys_are_taken_from_names_after_a_name_was_put_right(office, quarters):
    names = ["Altstatt" if name == "Altstadt" else name for name in QUARTERS.values()]
    text = "Stadtteil;Wohnungen 2024\n" + "".join(f"{name};{n + 5}\n" for n, name in enumerate(names))
    check = office.call("ierwohnen_table_check", upload=upload(text))
    assert (check["counts"]["error"], check["units_found"]) == (0, 0)
    [take] = next(p for p in check["problems"] if p["code"] == "no_key_column")["repair"]
    mend = [p["repair"][0] for p in check["problems"] if p["code"] == "name_misspelt"]
    after = office.call("ierwohnen_table_check", upload=upload(text), repairs=[take, *mend])
    assert (after["counts"]["error"], after["units_found"]) == (0, len(names))
    assert {c["name"]: c["role"] for c in after["columns"]}["Stadtteil (Schlüssel)"] == "key"


def test_stores_nothing(office):
    from ckan import model

    from ckanext.ierwohnen.tables.model import Delivery, Job

    resource = office.resource()
    office.call("ierwohnen_table_check", resource_id=resource["id"])
    office.call("ierwohnen_table_check", upload=upload(WIDE))
    assert model.Session.query(Delivery).count() == model.Session.query(Job).count() == 0


def test_a_chosen_role_is_used(office):
    resource = office.resource()
    check = office.call(
        "ierwohnen_table_check", resource_id=resource["id"], roles=[{"column": "Wohnungen", "role": "unused"}]
    )
    column = check["columns"][3]
    assert column["role"] == "unused" and column["chosen"]


def test_zero_characters_in_choices_are_refused_by_field(office):
    """PostgreSQL stores none: without a word before, the job or the page would break on them."""
    from ckanext.ierwohnen.tables import deliveries

    resource = office.resource()
    for field, sent in (
        ("roles", [{"column": "Nr\x00", "role": "key"}]),
        ("hints", {"missing": ["\x00"]}),
        ("repairs", [{"action": "replace", "row": 6, "column": "Nr", "value": "1\x001"}]),
    ):
        for action in ("ierwohnen_table_check", "ierwohnen_table_publish"):
            with pytest.raises(tk.ValidationError) as error:
                office.call(action, resource_id=resource["id"], **{field: sent})
            assert "U+0000" in str(error.value.error_dict[field])
        with pytest.raises(tk.ValidationError):
            deliveries.keep_choices(resource, office.editor["id"], {field: sent})


def test_names_the_column_that_is_not_there(office):
    resource = office.resource()
    with pytest.raises(tk.ValidationError) as error:
        office.call("ierwohnen_table_check", resource_id=resource["id"], roles=[{"column": "Nummer", "role": "key"}])
    assert '"Nummer"' in str(error.value.error_dict["roles"])


def test_is_refused_before_anything_is_read(office):
    resource = office.resource(b"%PDF-1.7 no table at all")
    for who in ("member", "stranger"):
        with pytest.raises(tk.NotAuthorized):
            office.call("ierwohnen_table_check", who, resource_id=resource["id"])
    with pytest.raises(tk.NotAuthorized):
        tk.get_action("ierwohnen_table_check")({"user": "", "ignore_auth": False}, {"resource_id": resource["id"]})


def bomb() -> bytes:
    """An XLSX of a few kilobytes that unpacks to 700 MB."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            for _ in range(700):
                sheet.write(b" " * (1 << 20))
    return packed.getvalue()


def test_says_what_a_file_is_that_is_no_table(office):
    for content, name in (
        (b"%PDF-1.7\n1 0 obj", "tabelle.csv"),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "tabelle.xlsx"),
        (b"<!doctype html><html><body>Fehler 500</body></html>", "export.csv"),
        (bomb(), "bombe.xlsx"),
        (b"PK\x03\x04 broken", "kaputt.xlsx"),
    ):
        with pytest.raises(tk.ValidationError) as error:
            office.call("ierwohnen_table_check", upload=upload(content, name))
        (text,) = error.value.error_dict["upload"]
        assert len(text) > 30 and text.endswith("."), name


def test_says_that_a_file_is_empty_or_too_large(office, ckan_config, monkeypatch):
    with pytest.raises(tk.ValidationError, match=r"empty|leer"):
        office.call("ierwohnen_table_check", upload=upload(b""))
    monkeypatch.setitem(ckan_config, "ckan.max_resource_size", 1)
    with pytest.raises(tk.ValidationError, match="1 MB"):
        office.call("ierwohnen_table_check", upload=upload(b"a;b\n" * 400_000))


def test_a_table_without_header_is_told(office):
    lines = "".join(f"{n:02d};{n * 3};{n * 7}\n" for n in range(11, 40))
    check = office.call("ierwohnen_table_check", upload=upload(lines))
    assert "no_header" in {problem["code"] for problem in check["problems"]}


def test_german_and_english_readers_get_their_language(app, office):
    from ckan.tests import factories

    resource = office.resource(LONG.replace("1.402;.", "1.402;kaputt"))
    token = factories.APIToken(user=office.editor["name"])["token"]
    chosen = [{"column": "Leerstand in %", "role": "indicator"}]
    texts = {}
    for language in ("de", "en"):
        reply = app.post(
            f"/{language}/api/3/action/ierwohnen_table_check", json={"resource_id": resource["id"], "roles": chosen},
            headers={"Authorization": token},
        )  # fmt: skip
        problems = reply.json["result"]["problems"]
        texts[language] = next(p["message"] for p in problems if p["row"] == 7 and p["severity"] == "error")
    assert texts["de"] != texts["en"] and "kaputt" in texts["de"]


FROM_THE_FILE = {"Stadtteil", "Stichtag", "Wohnungen", "Leerstand in %", "Lange Zeile", "kaputt", "Angebotsmiete"}
BOTH = {"Form", "Name", "Latin-1 (ISO 8859-1)", "DOS (CP 850)", "Windows-1252"}  # words of both languages, titles
GERMAN = re.compile(r"[äöüß„]|\b(?:der|die|das|und|nicht|nach|Spalte|Zeile|Schlüssel|Anteil|Quote|Wert)\b", re.I)


def test_the_page_is_wholly_in_the_language_of_its_reader(app, office, quarters):
    """Names of indicators, levels and code lists, reasons, problems: only what the file says stays as it is."""
    from bs4 import BeautifulSoup
    from ckan.tests import factories

    text = LONG.replace("1.402;.", "1.402;kaputt").replace("12;Schloss", "77;Schloss").replace("99;nicht", "99;n. ")
    resource = office.resource(text.replace("18;x", "1.8;x"))
    token = factories.APIToken(user=office.editor["name"])["token"]
    words = {}
    for language in ("de", "en"):
        address = f"/{language}/dataset/{office.dataset['name']}/resource/{resource['id']}/check"
        page = BeautifulSoup(app.get(address, headers={"Authorization": token}).body, "html.parser")
        form = page.find("form", id="iw-check")
        for part in form.select("tbody, th > .name, #hint-spatial_system"):
            part.decompose()
        words[language] = {" ".join(string.split()) for string in form.stripped_strings}
    stated = re.compile("|".join(map(re.escape, sorted({*FROM_THE_FILE, *QUARTERS.values()}, key=len, reverse=True))))
    german = {one for one in words["en"] if GERMAN.search(stated.sub("", one))}
    assert german == set()
    shared = {one for one in words["de"] & words["en"] if re.search(r"[a-z]{3}", stated.sub("", one))}
    assert {one for one in shared if not re.fullmatch(r"UTF-\d+|MacRoman", one)} <= BOTH
