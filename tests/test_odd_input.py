"""Whatever is sent to an action, the answer says what is wrong with it: never a failure of the server."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

pytest.importorskip("ckan")

import ckan.plugins.toolkit as tk
from ckan.logic import _actions  # what there is
from ckan.tests import factories
from ckanext.ierwohnen.look.asked_numbers import natural_number, positive_number
from ckanext.ierwohnen.look.sent_texts import MESSAGE, can_be_stored

pytestmark = [
    pytest.mark.ckan_config("ckan.jobs.default_list_limit", 10),
    pytest.mark.usefixtures("with_plugins", "clean_db", "clean_index"),
]
ODD = (" ", "", "\0", "a\0b", "\ud800", "\u2028\n\t", "²", ["x"], [], {"a": "\0"}, ["\ud800"], '["\\ud800"]', True,
       -1, 1.5, 10**30, float("inf"), float("nan"), None)  # fmt: skip
ALWAYS = {"id", "limit", "offset"}
# Actions of CKAN's that a room looks at first.
CHAINED = {
    "job_list": ("limit",), "job_show": ("id",), "job_cancel": ("id",), "help_show": ("name",),
}  # fmt: skip


@pytest.fixture
def boss() -> dict[str, str]:
    return {"Authorization": factories.SysadminWithToken()["token"]}


def parameters(action: str) -> set[str]:
    """What its text says that it takes, and what most take."""
    named = re.findall(r":param ([\w, ]+):", tk.get_action(action).__doc__ or "")
    return ALWAYS | {one.strip() for names in named for one in names.split(",")}


def questions(fields: Iterable[str]) -> Iterator[dict[str, Any]]:
    """All parameters with the same odd value, and each alone as a list."""
    for odd in (" ", "a\0b", "\ud800", float("inf")):
        yield dict.fromkeys(fields, odd)
    for field in fields:
        yield {field: ["x"]}


def test_no_action_fails(app, boss):
    tk.get_action("help_show")
    ours = sorted(name for name in _actions if name.startswith("ierwohnen_"))
    assert len(ours) > 40
    asked = {name: parameters(name) for name in ours} | CHAINED
    failed = [
        (name, data)
        for name, fields in asked.items() for data in questions(fields)
        if app.post(f"/api/3/action/{name}", headers=boss, json=data).status_code >= 500
    ]  # fmt: skip
    assert failed == [], "\n".join(map(repr, failed))


def test_what_cannot_be_stored_is_told_with_its_place(app):
    address = "/api/3/action/ierwohnen_unit_geometry"
    told = [app.get(f"{address}?system=a&level=%00")]
    told += [app.post(address, data=json.dumps({"level": odd}), content_type=kind) for odd in ("\0", "\udfff", ["\0"])
             for kind in ("application/json", "text/plain")]  # fmt: skip
    told += [app.post(address, data={"level": "\0", "system": "a"})]
    for answer in told:
        assert answer.status_code == 409 and answer.json["success"] is False
        assert answer.json["error"]["__type"] == "Validation Error" and "U+0000" in answer.json["error"]["level"][0]
    assert "Zeichen" in told[0].json["error"]["level"][0]
    assert app.get(f"/en{address}?level=%00").json["error"]["level"] == [MESSAGE]
    form = app.post(address, data={json.dumps({"level": "\ud800"}): "1"})  # JSON that is sent as a form
    assert form.status_code == 409
    there = app.post("/api/3/action/ierwohnen_search_suggest", json={"q": "Müller 😀 C:\\udora"})
    assert there.status_code == 200, "whole characters, and backslashes that mean none"


@pytest.mark.parametrize(("value", "whole"), [
    ("a", True), ("\\u0000 as somebody writes of it", True), ("\0", False), ({"a": [{"\ud800": 1}]}, False),
    ('[["\\udc00"]]', False), ('["\\ud83d\\ude00"]', True), ('"\\"\\\\u0000\\""', False),
    ("[" * 9000 + "\\u0000", True),
])  # fmt: skip
def test_what_can_be_stored(value, whole: bool):
    assert can_be_stored(value) is whole


@pytest.mark.parametrize("value", ODD)
def test_what_is_no_number(value):
    for validator in (natural_number, positive_number):
        if value != 10**30:
            with pytest.raises(tk.Invalid):
                validator(value)


def test_numbers():
    assert [natural_number(one) for one in (0, "0", " 7 ", 7.0, "12")] == [0, 0, 7, 7, 12]
    assert positive_number("1") == 1
    with pytest.raises(tk.Invalid):
        positive_number(0)
