"""What docs/actions.md says that a release takes is what it takes."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

from ckanext.ierwohnen.releases.audience import KINDS, Audience
from ckanext.ierwohnen.releases.catalogue import catalogue
from ckanext.ierwohnen.releases.definition import define

PAGE = next(one / "docs" / "actions.md" for one in Path(__file__).parents if (one / "docs" / "actions.md").is_file())
TEXT = PAGE.read_text("utf-8")


def told(parameter: str) -> tuple[str, ...]:
    """The values that a row of the page names."""
    row = re.search(rf"^\| `{parameter}` \| (.*) \|$", TEXT, re.M)
    assert row, parameter
    return tuple(re.findall(r"`([^`]+)`", row[1]))


def test_all_figures_breakdowns_and_audiences_are_told():
    known = catalogue()
    assert told("figures") == (*known.figures,) and told("dimensions") == (*known.dimensions,)
    assert tuple(dict.fromkeys(told("audience"))) == KINDS


def test_the_example_is_a_release():
    example = json.loads(re.search(r"```json\n(\{\n  \"organization\".*?)```", TEXT, re.S)[1])
    organization, owners, kind = (example.pop(name) for name in ("organization", "sources", "audience"))
    days = {name: dt.date.fromisoformat(example.pop(name)) for name in ("reference_date", "valid_until", "decide_by")}
    assert organization in owners
    audience, today = Audience(kind, frozenset("x")), dt.date(2026, 11, 23)
    found = define(owners=owners, audience=audience, today=today, **example, **days)
    assert found.level and found.dimensions
