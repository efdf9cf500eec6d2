"""What can be kept at all, from whom: who was told more is asked for less, and nobody else is."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pandas as pd
import pytest

from ckanext.ierwohnen.confidential.build import build_model
from ckanext.ierwohnen.confidential.gather import Release
from ckanext.ierwohnen.confidential.hierarchy import flat
from ckanext.ierwohnen.confidential.limits import Limits
from ckanext.ierwohnen.confidential.microdata import prepare
from ckanext.ierwohnen.confidential.model import Attacker, Audiences, UnionModel
from ckanext.ierwohnen.confidential.parameters import Consent, Parameters
from ckanext.ierwohnen.confidential.protection import protect
from ckanext.ierwohnen.confidential.reach import beyond_consents, reachable, within_reach
from ckanext.ierwohnen.confidential.rules import assess
from ckanext.ierwohnen.confidential.tabulate import Dimension, Table

from .stock import hierarchies, random_records, table
from .test_releases import pattern_of

CIRCLES = Audiences({"public": (), "alliance": ("public",), "office": ("public",), "both": ("alliance", "office")})


def _after(first: Release, second: Release, rules: Parameters) -> UnionModel:
    """The second release with the first one as it came out."""
    pattern = pattern_of(protect(build_model([first], CIRCLES), rules))
    return build_model([replace(first, pattern=pattern), second], CIRCLES)


def _told() -> tuple[UnionModel, Parameters]:
    """The alliance knows a total of which quarter a is nearly all, as it finds once quarters are spoken of."""
    rows = [("a", "x", f"O{i % 4}", 200.0 + i) for i in range(20)] + [("b", "x", "O4", 100.0)]
    found = []
    for name, audience, column in (("one", "alliance", "kind"), ("two", "public", "quarter")):
        frame = pd.DataFrame(rows, columns=["quarter", "kind", "owner", "rent"])
        frame["id"] = [f"w{i}" for i in range(len(frame))]
        data = prepare(frame, ["quarter", "kind"], "owner", ["rent"], record_id="id")
        one = Table("t", (Dimension(column, flat(frame[column])),), ("rent",))
        found.append(Release(name, data, (one,), "stock", audience))
        rows[3:5] = [(*row[:3], 250.0) for row in rows[3:5]]  # of two owners: neither knows all that has changed
    return _after(*found, Parameters()), Parameters()


def _agreed() -> tuple[UnionModel, Parameters]:
    """All contributors have agreed to what the alliance knows."""
    frame = random_records(1, 40, (3, 2), 6)
    trees, data = hierarchies(frame), prepare(frame, ["d0", "d1"], "owner", ["rent"])
    given = [Consent(owner, "§ 1", dt.date.max, audience="alliance", release="one") for owner in {*frame["owner"]}]
    one, two = (
        Release(name, data, (table("t", columns, trees, ("rent",)),), "stock", audience)
        for name, columns, audience in (("one", ["d0", "d1"], "alliance"), ("two", ["d0"], "public"))
    )
    rules = Parameters(consents=tuple(given))
    return _after(one, two, rules), rules


@pytest.mark.parametrize("case", [_told, _agreed])
def test_an_insider_who_saw_less_is_asked_for_all_that_one_who_saw_more_is_not(case):
    (model, rules), limits = case(), Limits()
    protection = assess(model, rules)
    found, open_ = reachable(model, rules, protection, limits)
    every, also_open = within_reach(model, beyond_consents(model, rules, protection, limits), limits)
    assert {cell for cell, _ in open_} == {cell for cell, _ in also_open}
    place = {attacker: i for i, attacker in enumerate(found.attackers)}
    for i, attacker in enumerate(every.attackers):
        more = [Attacker(a, attacker.members) for a in model.audiences.watching(attacker.audience)]
        asked = [place[a] for a in (more if attacker.members else more[:1]) if a in place]
        for levels, all_of_them in ((found.up, every.up), (found.down, every.down)):
            assert (levels[:, asked].max(axis=1) >= all_of_them[:, i] * (1 - 1e-6)).all()
    assert {a.audience for a in found.attackers if a.members} == {"both", "office"}


def test_where_nobody_was_told_more_only_those_are_asked_who_see_most():
    frame = random_records(3, 40, (3, 2), 6)
    data = prepare(frame, ["d0", "d1"], "owner", ["rent"])
    model = build_model([Release("one", data, (table("t", ["d0", "d1"], hierarchies(frame), ("rent",)),))], CIRCLES)
    found, _ = reachable(model, Parameters(), assess(model, Parameters()), Limits())
    assert {a.audience for a in found.attackers if a.members} == {"both"}
    assert {a.audience for a in found.attackers if not a.members} == {*CIRCLES.names()}
