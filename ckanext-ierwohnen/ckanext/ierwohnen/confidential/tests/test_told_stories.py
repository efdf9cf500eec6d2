"""Stories that the random search has found, made small enough to be reckoned by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from ckanext.ierwohnen.confidential.build import build_model
from ckanext.ierwohnen.confidential.command import main
from ckanext.ierwohnen.confidential.gather import Release
from ckanext.ierwohnen.confidential.hierarchy import flat
from ckanext.ierwohnen.confidential.microdata import prepare
from ckanext.ierwohnen.confidential.protection import protect
from ckanext.ierwohnen.confidential.tabulate import Dimension, Table

from .oracle import Attack
from .published import Figure, Publication, Record, Rules
from .test_releases import pattern_of

COLUMNS = ["quarter", "kind", "owner", "rent"]
TOTAL, LEAVES = frozenset({0}), frozenset({1})


def _release(name: str, rows, column: str, measure: str, levels: frozenset[int] | None = None) -> Release:
    """Rows (quarter, kind, owner, rent) as a delivery with lasting identifiers, tabulated by one column."""
    frame = pd.DataFrame(rows, columns=COLUMNS)
    frame["id"] = [f"w{i}" for i in range(len(frame))]
    data = prepare(frame, ["quarter", "kind"], "owner", ["rent"], record_id="id")
    return Release(name, data, (Table(column, (Dimension(column, flat(frame[column]), levels),), (measure,)),), "stock")


def _shown(release: Release, *earlier: Release) -> tuple[set[str], Release]:
    """Categories whose figures are shown, and the release as an earlier one to the next."""
    outcome = protect(build_model([*earlier, release]))
    pattern = pattern_of(outcome)
    told = {place[0] for (_, _, place), status in pattern.items() if status == "published"}
    return told, replace(release, pattern=pattern)


@pytest.mark.parametrize("changes", [False, True], ids=["unchanged", "some changed"])
def test_a_total_of_one_delivery_less_an_unchanged_figure_of_the_next_is_a_figure_of_the_first(changes):
    """27 dwellings in all, later 21 of kind x: of kind y there were 6, of two owners, whatever became of them since."""
    rows = [("a", "x", f"O{i % 6}", 10.0) for i in range(21)] + [("a", "y", f"O{i % 2}", 10.0) for i in range(6)]
    told, first = _shown(_release("first", rows, "quarter", "count", TOTAL))
    assert told == {"Total"}
    later = [*rows, ("a", "y", "O3", 10.0)] if changes else rows
    if changes:  # nobody knows more than one of them
        later[22:24] = [("a", "y", "O4", 20.0), ("a", "y", "O5", 20.0)]
    told, _ = _shown(_release("second", later, "kind", "count", LEAVES), first)
    assert "x" not in told


def test_a_total_that_is_nearly_one_part_of_an_earlier_table_is_not_shown():
    """Quarter a has four owners, b one dwelling: who sees the total of the next delivery knows a to 2.5 %."""
    rows = [("a", "x", f"O{i % 4}", 200.0 + i) for i in range(20)] + [("b", "x", "O4", 100.0)]
    told, first = _shown(_release("first", rows, "quarter", "rent"))
    assert told == set()
    rows[3:5] = [(*row[:3], 250.0) for row in rows[3:5]]  # of two owners: neither knows all that has changed
    assert "Total" in _shown(_release("alone", rows, "kind", "rent"))[0]  # nobody has asked for quarters
    assert "Total" not in _shown(_release("second", rows, "kind", "rent"), first)[0]


def test_what_an_earlier_total_tells_of_a_part_that_nobody_had_asked_for_is_no_reason_to_refuse():
    """The total is told, and quarter a is nearly all of it; nothing that the next release hides could change that."""
    rows = [("a", "x", f"O{i % 4}", 200.0 + i) for i in range(20)] + [("b", "x", "O4", 100.0)]
    told, first = _shown(_release("first", rows, "kind", "rent"))
    assert "Total" in told
    rows[3:5] = [(*row[:3], 250.0) for row in rows[3:5]]  # of two owners: neither knows all that has changed
    told, _ = _shown(_release("second", rows, "quarter", "rent"), first)
    assert not told & {"a", "b"}


def test_a_level_may_end_exactly_at_what_is_known_of_the_parts():
    """O3 has bought 10 of 71: the total was at least 70 for it, so downwards there is 1 to protect, and 1 is enough."""
    rows = [("a", "x", "O3", 60.0), ("a", "x", "O2", 10.0), ("b", "x", "O1", 0.5), ("c", "x", "O4", 0.5)]
    _, first = _shown(_release("first", rows, "quarter", "rent"))
    rows[1:] = [("a", "x", "O3", 10.0), ("b", "x", "O1", 1.5), ("c", "x", "O4", 1.5)]
    assert _shown(_release("second", rows, "quarter", "rent"), first)[0] == set()


def test_the_exact_attacker_asks_of_a_buyer_no_more_than_of_one_who_always_held_as_much():
    """Of 14 dwellings O5 held 2, so its estimate must reach 2 of the other 12 beyond; 9 more bought, 1 of 3."""
    held = [("O0", 9), ("O5", 2), ("O1", 2), ("O2", 1)]

    def delivery(*renamed: str) -> tuple[Record, ...]:
        owners = [o for o, n in held for _ in range(n)]
        mine = [Record(("a",), "O5" if o in renamed else o, {"count": 1}, f"w{i}") for i, o in enumerate(owners)]
        return (*mine, *(Record(("b",), o, {"count": 1}, o) for o in ("O1", "O2")))

    def told(total: int | None) -> tuple[Figure, ...]:
        values = {"Total": total, "a": None, "b": None}
        return tuple(Figure((("q", c),), "count", v, "", ()) for c, v in values.items())

    parents, old, new = {"q": {"a": None, "b": None}}, delivery(), delivery("O0")
    shown = [Publication(told(16), old), Publication(told(None), new)]
    leaks = [
        [x for x in Attack(shown[:n], ("q",), parents, "count", Rules()).leaks(["O5"]) if "'a'" in x.cell]
        for n in (1, 2)
    ]
    assert {(x.attacker, x.reached, x.needed) for x in leaks[0]} >= {("O5", 1, 2)}
    assert "O5" not in {x.attacker for x in leaks[1]}


def test_what_is_seen_to_have_come_is_known_to_have_left():
    """Of 15 + 20 dwellings one of the 15 is later in c, which is seen to be filled: of 35 in all, one or more left a.

    That c is filled is not secret, so that the one dwelling has left cannot be; that it was no more than one, is.
    """

    def delivery(last: str) -> tuple[Record, ...]:
        at = [*"a" * 14, last, *"b" * 20]
        return tuple(Record((q,), f"O{i % 7}", {"count": 1}, f"w{i}") for i, q in enumerate(at))

    def told(total: int, a: int | None, b: int, c: int | None) -> tuple[Figure, ...]:
        values = {"Total": total, "a": a, "b": b, "c": c}
        return tuple(Figure((("q", k),), "count", v, "", ()) for k, v in values.items())

    shown = [Publication(told(35, 15, 20, 0), delivery("a")), Publication(told(35, None, 20, None), delivery("c"))]
    parents = {"q": {"a": None, "b": None, "c": None}}
    assert Attack(shown, ("q",), parents, "count", Rules()).leaks(["O0"]) == []
    shown[1] = Publication(told(35, 14, 20, None), delivery("c"))
    assert {x.cell for x in Attack(shown, ("q",), parents, "count", Rules()).leaks(["O0"])} >= {"{'q': 'c'}"}


def test_the_audit_tells_what_was_told_before_from_what_a_release_tells(tmp_path, monkeypatch, capsys):
    """As above, by the command: what `protect` lets leave is clean, what shows more than the release before is not."""
    monkeypatch.chdir(tmp_path)
    rows = [("a", "xyz"[i % 3], f"O{i % 4}", 200.0 + i) for i in range(20)] + [("b", "x", "O4", 100.0)]
    frame = pd.DataFrame(rows, columns=COLUMNS).assign(id=[f"w{i}" for i in range(len(rows))])
    frame.to_csv("old.csv", index=False)
    frame.loc[3:4, "rent"] = 250.0
    frame.to_csv("new.csv", index=False)
    given = ["--value", "rent", "--holding", "owner", "--record-id", "id", "--source", "stock", "--language", "en"]
    assert main(["protect", "old.csv", "--dimensions", "kind", *given, "--output", "first.csv"]) == 0
    later = ["new.csv", "--dimensions", "quarter", *given, "--earlier", "first.csv=old.csv"]
    assert main(["protect", *later, "--output", "second.csv"]) == 0
    capsys.readouterr()
    judged = ["audit", *later, "--report", "report.json", "--pattern"]
    assert main([*judged, "second.csv"]) == 0
    said, report = capsys.readouterr().out, json.loads(Path("report.json").read_text())
    before = report["told_by_earlier_releases"]
    assert report["verdict"] == "clean" and report["findings"] == []
    assert before["cells"] >= len({f["cell"] for f in before["findings"]}) > 0  # one name in both deliveries
    assert "could narrow it down" in said and f"too much of {before['cells']} cells already" in said
    assert main([*judged, "second.csv", "--language", "de"]) == 0
    assert "haben frühere Veröffentlichungen schon zu viel verraten" in capsys.readouterr().out
    table = pd.read_csv("second.csv", dtype=str)
    table.loc[table["quarter"] == "a", ["value", "status"]] = [str(frame["rent"][:20].sum()), "published"]
    table.to_csv("more.csv", index=False)
    assert main([*judged, "more.csv"]) == 1
    assert json.loads(Path("report.json").read_text())["findings"]
