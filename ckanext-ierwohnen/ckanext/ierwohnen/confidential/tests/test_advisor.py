"""The advisor: proposals that were tried out, with what they gain."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd

from ckanext.ierwohnen.confidential.advisor import COARSER, CONSENT, MERGED, WITHOUT, advise, shown
from ckanext.ierwohnen.confidential.build import build_model
from ckanext.ierwohnen.confidential.gather import Release
from ckanext.ierwohnen.confidential.hierarchy import flat, from_parents
from ckanext.ierwohnen.confidential.merges import merges
from ckanext.ierwohnen.confidential.microdata import prepare
from ckanext.ierwohnen.confidential.parameters import Consent, Parameters
from ckanext.ierwohnen.confidential.protection import protect
from ckanext.ierwohnen.confidential.rules import CONTRIBUTORS, RECORDS
from ckanext.ierwohnen.confidential.tabulate import Dimension

from .stock import hierarchies, random_records, table


def _release(seed: int = 11):
    frame = random_records(seed, 260, (8, 4), 9)
    data = prepare(frame, ["d0", "d1"], "owner", ["rent"])
    return Release("r", data, (table("t", ["d0", "d1"], hierarchies(frame), ("rent", "count")),))


def test_gains_are_what_the_proposal_really_brings():
    release = _release()
    outcome = protect(build_model([release]))
    found = advise([release], Parameters(), outcome).advice
    assert found and {a.kind for a in found} & {COARSER, MERGED, WITHOUT}
    before = shown(outcome, release.tables)
    for advice in found:
        assert advice.gained_dwellings == advice.result.dwellings - before.dwellings >= 0
    assert [a.gained_dwellings for a in found] == sorted((a.gained_dwellings for a in found), reverse=True)


def test_consent_of_everybody_exposed_frees_market_rules_but_not_household_ones():
    release = _release(12)
    model = build_model([release])
    outcome = protect(model)
    few = {c for c, rules in outcome.protection.reasons.items() if RECORDS in rules and c < len(model)}
    agreed = tuple(Consent(o, "minutes 3/2026", date(2030, 1, 1)) for o in model.contributors)
    freed = protect(model, Parameters(consents=agreed), today=date(2026, 1, 1))
    assert {c for c in freed.protection.reasons if c < len(model)} == few  # beyond: sums that either pattern gives away
    assert CONTRIBUTORS not in {r for rules in freed.protection.reasons.values() for r in rules}
    late = protect(model, Parameters(consents=agreed), today=date(2031, 1, 1))
    np.testing.assert_array_equal(late.hidden, outcome.hidden)
    partial = protect(model, Parameters(consents=agreed[:2]), today=date(2026, 1, 1))
    for cell in {c for c in outcome.protection.reasons if c < len(model)} - set(partial.protection.reasons):
        assert set(model.counts[cell].indices.tolist()) <= {0, 1}


def test_whose_consent_would_help_is_named():
    release = _release(14)
    outcome = protect(build_model([release]))
    found = [a for a in advise([release], Parameters(), outcome).advice if a.kind == CONSENT]
    assert found and all(a.concerns and set(a.concerns) <= set(outcome.model.contributors) for a in found)
    for one in found:
        more = [b for b in found if set(b.concerns) > set(one.concerns)]
        assert all(b.gained_dwellings > one.gained_dwellings or
                   b.gained_cells > one.gained_cells for b in more)  # fmt: skip


def test_neighbours_are_merged_in_ordered_lists_and_the_smallest_ones_elsewhere():
    years = [*["bis 1918"] * 9, *["1919–1948"] * 2, *["1949–1978"] * 3, *["ab 1979"] * 20]
    kinds = [*["flat"] * 20, *["house"] * 8, *["villa"] * 2, *["hut"] * 4]
    frame = pd.DataFrame({"year": years, "kind": kinds, "owner": "O"})
    data = prepare(frame, ["year", "kind"], "owner")
    year, kind = (Dimension(c, flat(frame[c])) for c in ("year", "kind"))
    pairs = [m.classes for m in merges(year, data, {}, False, 3)]
    assert pairs == [
        ("1919–1948", "1949–1978"), ("bis 1918", "1919–1948"), ("bis 1918", "1919–1948", "1949–1978"),
    ]  # fmt: skip
    assert [m.classes for m in merges(year, data, {"ab 1979": 9}, False, 1)] == [("1949–1978", "ab 1979")]
    small = [m.classes for m in merges(kind, data, {}, False, 9)]
    assert small == [("villa", "hut"), ("villa", "house"), ("villa", "flat"), ("villa", "hut", "house")]
    eras = from_parents({"old": None, "new": None} | {y: "new" if y[0] == "a" else "old" for y in set(years)})
    assert [m.classes for m in merges(Dimension("year", eras), data, {}, False, 9)] == [
        ("1919–1948", "1949–1978"), ("bis 1918", "1919–1948")]  # fmt: skip
    assert merges(replace(kind, levels=frozenset({0})), data, {}, False, 9) == []


def test_a_merge_is_tried_beside_the_earlier_tables_that_show_the_classes():
    """What the advisor promises is what the merged column, as one of its own, brings."""
    frame = random_records(5, 220, (4, 5), 9)
    trees = hierarchies(frame, nested=False)
    data = prepare(frame, ["d0", "d1"], "owner", ["rent"])
    first = table("first", ["d1"], trees, ("count",))
    done = protect(build_model([Release("first", data, (first,))]))
    rows = done.model.positions
    pattern = {("first", "count", tuple(done.model.labels[i].values())): done.status(int(rows["cell"].iat[i]))
               for i in range(len(rows))}  # fmt: skip
    releases = [Release("first", data, (first,), pattern=pattern),
                Release("new", data, (table("t", ["d0", "d1"], trees, ("count",)),))]  # fmt: skip
    outcome = protect(build_model(releases))
    found = [a for a in advise(releases, Parameters(), outcome).advice if a.kind == MERGED and a.concerns[0] == "d1"]
    assert found
    for advice in found[:2]:
        classes = advice.concerns[1:]
        wide = frame.assign(other=frame["d1"].where(~frame["d1"].isin(classes), " + ".join(classes)))
        again = prepare(wide, ["d0", "d1", "other"], "owner", ["rent"])
        new = table("t", ["d0", "other"], trees | {"other": flat(wide["other"])}, ("count",))
        result = protect(build_model([replace(releases[0], data=again), Release("new", again, (new,))]))
        assert shown(result, (new,)) == advice.result
