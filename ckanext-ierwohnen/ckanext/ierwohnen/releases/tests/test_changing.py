"""What a refused release offers instead: tried changes to a house alone, changes of what all know to several."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("ckan")

from ckanext.ierwohnen.releases.changing import changed, changes_of, told

from .stage import ON_CKAN

pytestmark = ON_CKAN
READER: Any = {"user": "", "ignore_auth": False}
AGREED = {"level": "s/quarter", "dimensions": ["rooms"], "figures": ["dwellings", "rent"], "owners": ["a", "b"],
          "consents": [], "reference_date": "2025-12-31"}  # fmt: skip


def offered(code: str, **agreed: Any) -> list[list[str]]:
    release = {**AGREED, **agreed, "report": {"refused": {"code": code, "message": ""}}}
    found = changes_of(READER, release)
    assert all(one["link"] and not one["message"] for one in found)
    return [one["change"] for one in found]


def test_several_houses_are_offered_changes_of_what_they_agreed_on(with_request_context):
    smaller = [["level:"], ["without:rooms"]]
    assert offered("too-many-cells") == smaller
    assert offered("already-disclosed") == [*smaller, ["without:dwellings"], ["without:rent"], ["consent"]]
    assert offered("already-disclosed", figures=["rent"], consents=["b", "a"]) == smaller
    assert offered("field-missing") == [["without:rooms"], ["without:dwellings"], ["without:rent"]]
    assert offered("too-many-cells", level="", dimensions=[]) == []
    assert offered("worked-out")[:2] == smaller
    assert offered("history-gone") == [] and changes_of(READER, {**AGREED, "report": None}) == []


def test_the_form_takes_what_it_offers_and_tells_no_more(with_request_context):
    values = {**AGREED, "sources": [], "consent": False}
    form = {"levels": [("s/district", "Stadtbezirk")], "organizations": [("b", "B eG")]}
    asked = ["level:s/district", "without:rooms", "without:<b>", "level:x/y", "owners:b intruder", "consent", "else:1"]
    found, taken = changed(values, asked, form)
    assert (found["level"], found["dimensions"], found["sources"], found["consent"]) == ("s/district", [], ["b"], True)
    assert taken == ["level:s/district", "without:rooms", "owners:b intruder", "consent"]
    words = " ".join(told(READER, taken, found))
    assert "Zimmer" in words and "intruder" not in words and "Einwilligung" in words
