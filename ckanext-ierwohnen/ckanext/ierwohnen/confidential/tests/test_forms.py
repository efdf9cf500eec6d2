"""What the form of a table tells: readers get one class of secrets; a file that says why is audited as it is.

The attacker is an oracle of its own: it tries whole-numbered fillings (`exact.search`) of the published table that obey
what statuses and rules say, and knows nothing of the room's model.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from ckanext.ierwohnen.confidential.command import main

from .exact import search

MINIMUM = 5
FORMS = ("secret", "status", "rules")


def _stock(seed: int) -> list[tuple[str, str, str]]:
    rng = np.random.default_rng(seed)
    rows = []
    for q in "abc"[: int(rng.integers(2, 4))]:
        for k in "xy"[: int(rng.integers(1, 3))]:
            n = int(rng.choice([0, 2, 4, 5, 6, 7, 11]))
            rows += [(q, k, f"O{o}") for o in rng.choice(9, n) % int(rng.integers(2, 10))]
    return rows


def _protect(folder: Path, rows) -> dict[str, list[dict[str, str]]]:
    """The table in each form, as readers would get it."""
    (folder / "s.csv").write_text("\n".join(["q,k,owner", *map(",".join, rows)]) + "\n", "utf-8")
    given = ["--dimensions", "q,k", "--holding", "owner", "--output", str(folder / "o.csv")]
    if main(["protect", str(folder / "s.csv"), *given, "--internal", str(folder / "i.csv")]) != 0:
        return {}
    public, internal = (list(csv.DictReader((folder / n).read_text("utf-8").splitlines())) for n in ("o.csv", "i.csv"))
    return {"secret": public, "status": [r | {"rule": ""} for r in internal], "rules": internal}


def _pinned(rows, table: list[dict[str, str]]) -> set[tuple[str, str]]:
    """Sensitive places that no filling moves up, or none down, as far as the form leaves them room."""
    leaves = sorted({(r["q"], r["k"]) for r in table if "Total" not in (r["q"], r["k"])})
    places = [(r["q"], r["k"]) for r in table]
    inside = {p: {i for i, leaf in enumerate(leaves) if set(p) <= {*leaf, "Total"}} for p in places}
    lines, ceiling, floor = [], {}, {}
    for row in table:
        place, rules = (row["q"], row["k"]), row.get("rule", "").split(", ")
        terms = dict.fromkeys(inside[place], 1)
        if row["status"] == "published":
            lines.append((terms, int(row["value"]), int(row["value"])))
            floor[place] = int(row["value"])
            continue
        given = {"minimum_records", "minimum_contributors"} & set(rules)
        least = MINIMUM if row["status"] == "secondary" or len(given) == 1 or (rules != [""] and not given) else 1
        ceiling[place] = MINIMUM - 1 if "minimum_records" in rules else None
        floor[place] = least
        lines.append((terms, least, ceiling[place]))
    found, box = set(), [(0, 2 * len(rows) + 2)] * len(leaves)
    for place in (p for p in inside if p in ceiling):
        true = sum(place[0] in (q, "Total") and place[1] in (k, "Total") for q, k, _ in rows)
        owners = {o for q, k, o in rows if place[0] in (q, "Total") and place[1] in (k, "Total")}
        if true >= MINIMUM and len(owners) >= MINIMUM:
            continue
        need = max(1, -(-true // 10))
        terms = dict.fromkeys(inside[place], 1)
        up = true + need if ceiling[place] is None else min(true + need, ceiling[place])
        parts = [p for p in leaves if p != place and place[0] in (p[0], "Total") and place[1] in (p[1], "Total")]
        down = max(true - need, floor[place], sum(floor[p] for p in parts))
        if not search(box, [*lines, (terms, up, None)]) or not search(box, [*lines, (terms, None, down)]):
            found.add(place)
    return found


def _audited(folder: Path, table: list[dict[str, str]], *more: str) -> set[tuple[str, str]]:
    columns = list(table[0])
    text = "\n".join([",".join(columns), *(",".join(f'"{r[c]}"' for c in columns) for r in table)])
    (folder / "p.csv").write_text(text + "\n", "utf-8")
    given = ["--dimensions", "q,k", "--holding", "owner", "--pattern", str(folder / "p.csv"), "--no-insiders", *more]
    code = main(["audit", str(folder / "s.csv"), *given, "--report", str(folder / "r.json")])
    found = json.loads((folder / "r.json").read_text("utf-8"))["findings"]
    assert code == bool(found)
    return {tuple(part.split("=")[1] for part in f["cell"].removesuffix(" (count)").split(", ")) for f in found}


def test_one_class_tells_nothing_more_and_reasons_are_audited_as_what_they_tell(tmp_path, capsys):
    leaks = dict.fromkeys(FORMS, 0)
    for seed in range(20, 38):
        rows = _stock(seed)
        for form, table in _protect(tmp_path, rows).items():
            pinned = _pinned(rows, table)
            # the union model merges places of the same records: one of them stands for all
            assert bool(_audited(tmp_path, table)) == bool(pinned), (seed, form)
            leaks[form] += bool(pinned)
            if pinned:
                assert not _audited(tmp_path, table, "--form", "secret")
    assert leaks["secret"] == 0 and leaks["status"] > 0 and leaks["rules"] > leaks["status"]


def test_four_and_four_under_a_published_total_of_eight(tmp_path, capsys):
    """Why reasons stay in the house."""
    rows = [(q, "x", f"{q}{i}") for q in "ab" for i in range(4)]
    table = _protect(tmp_path, rows)
    assert {r["value"] for r in table["secret"] if r["q"] == "Total"} == {"8"}
    assert not _pinned(rows, table["secret"])
    assert {r["q"] for r in table["secret"] if r["value"] == "."} == {"a", "b"}
    assert _pinned(rows, table["rules"]) >= {("a", "x"), ("b", "x")}
    assert _audited(tmp_path, table["rules"]) and "--form secret" in capsys.readouterr().out
    assert not _audited(tmp_path, table["secret"])


def test_a_contributor_who_reads_that_a_cell_is_not_dominated_knows_more_of_it(tmp_path, capsys):
    """O0 holds 800 of t = 1000. That t breaks no rule, so it is 800 · 100/85 = 941.2 at least; s = 1600 − t < 660."""
    rows = ["q,owner,rent", *[f"s,Q{i},150" for i in range(4)], "t,O0,800", *[f"t,P{i},40" for i in range(5)]]
    (tmp_path / "s.csv").write_text("\n".join([*rows, *[f"u,P{i},70" for i in range(8)]]) + "\n", "utf-8")
    given = ["audit", str(tmp_path / "s.csv"), "--dimensions", "q", "--value", "rent", "--holding", "owner"]
    given += ["--pattern", str(tmp_path / "p.csv"), "--report", str(tmp_path / "r.json")]
    for words, found in ((("secret", "secret"), []), (("primary", "secondary"), [("public: O0", 1600 - 800 / 0.85)])):
        shown = "q,measure,value,status\nTotal,rent,2160,published\nu,rent,560,published\ns,rent,.,{}\nt,rent,.,{}\n"
        (tmp_path / "p.csv").write_text(shown.format(*words), "utf-8")
        assert main(given) == bool(found)
        findings = json.loads((tmp_path / "r.json").read_text("utf-8"))["findings"]
        assert [(f["attacker"], pytest.approx(f["high"])) for f in findings] == found


def test_words_that_are_not_true_do_no_harm(tmp_path, capsys):
    """A file that calls a cell of three records secondary is wrong; the audit goes by the records."""
    rows = [("a", "x", f"O{i}") for i in range(3)] + [("b", "x", f"P{i}") for i in range(8)]
    table = _protect(tmp_path, rows)["rules"]
    wrong = [r | ({"status": "secondary", "rule": ""} if r["status"] != "published" else {}) for r in table]
    assert _audited(tmp_path, wrong) == set()  # whoever believes it, takes a for 5 at least and is misled
