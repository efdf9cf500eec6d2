"""Published examples: Handbook on Statistical Disclosure Control, 2nd edition 2024, chapter 4.2; by the command, as a
statistician would try them."""

from __future__ import annotations

import pandas as pd
import pytest

from ckanext.ierwohnen.confidential.command import main

HARMLESS = [("y", f"P{i}", 20_000.0) for i in range(12)]  # hides nothing by itself, and can be hidden for x
OFF = {"minimum_records": "1", "minimum_contributors": "1", "p_percent": "0.01", "dominance_n": "1",
       "dominance_k": "100"}  # fmt: skip


def _compared(folder, parts, **rules):
    """Status and rule of a cell of these contributions; all other rules are off."""
    rows = [("x", f"O{i}", v) for i, v in enumerate(parts)] + HARMLESS + [("z", o, v) for _, o, v in HARMLESS]
    pd.DataFrame(rows, columns=["d", "owner", "v"]).to_csv(folder / "b.csv", index=False)
    given = ["protect", str(folder / "b.csv"), "--dimensions", "d", "--value", "v", "--holding", "owner"]
    given += ["--output", str(folder / "o.csv"), "--internal", str(folder / "i.csv")]
    options = [x for k, v in (OFF | rules).items() for x in ("--" + k.replace("_", "-"), v)]
    assert main([*given, *options, "--no-insiders"]) == 0
    table = pd.read_csv(folder / "i.csv", keep_default_na=False).set_index("d")
    return table.loc["x", "status"], table.loc["x", "rule"]


@pytest.mark.parametrize(
    ("parts", "rules", "expected"),
    [
        ([50_000, 49_000, 600, 400], {"dominance_k": "90"}, ("published", "")),  # example 1: safe by (1, 90) …
        ([50_000, 49_000, 600, 400], {"p_percent": "2.1"}, ("primary", "p_percent")),  # … but overestimated by 2 %
        ([50_000, 49_000, 600, 400], {"p_percent": "2"}, ("published", "")),
        ([52_000, 50_000, 5_000, 3_000], {"p_percent": "10"}, ("published", "")),  # example 2: overestimated by 15.4 %
        ([52_000, 50_000, 5_000, 3_000], {"p_percent": "15.4"}, ("primary", "p_percent")),
        ([52_000, 50_000, 5_000, 3_000], {"dominance_n": "2", "dominance_k": "90.9"}, ("primary", "dominance")),
        ([300, 20, 10], {"dominance_k": "85"}, ("primary", "dominance")),  # example 4
        ([300, 20, 10], {"dominance_k": "91"}, ("published", "")),
        ([5, 5, 5], {"minimum_contributors": "3"}, ("published", "")),
        ([5, 5], {"minimum_contributors": "3"}, ("primary", "minimum_contributors, p_percent")),  # example 1b
    ],
)
def test_sensitive_cells_of_the_examples(tmp_path, parts, rules, expected):
    assert _compared(tmp_path, parts, **rules) == expected


@pytest.mark.parametrize(("beside", "code"), [(22, 1), (23, 0)])
def test_the_protection_level_of_example_4(tmp_path, beside, code):
    """The cell of 330 must be open up to 100 / 85 · 300 = 352.94 at least: a second hidden cell of 22 is not enough."""
    rows = f"d,v,first,second,s\nTotal,{830 + beside},300,90,S\nx,330,300,20,U\ny,{beside},5,4,M\nz,500,90,80,S\n"
    (tmp_path / "t.csv").write_text(rows)
    given = ["audit", str(tmp_path / "t.csv"), "--ready", "--dimensions", "d", "--value", "v", "--status", "s"]
    given += ["--first", "first", "--second", "second", "--no-insiders", "--p-percent", "0.01"]
    assert main([*given, "--dominance-n", "1", "--dominance-k", "85"]) == code


def test_the_feasibility_interval_of_example_3(tmp_path, capsys):
    """Geurts 1992: whatever X11 is, the table says that it lies between 3 and 6."""
    rows = ["r,c,v,s", "Total,Total,16,S", "Total,1,9,S", "Total,2,7,S", "1,Total,7,S", "2,Total,3,S", "3,Total,6,S"]
    rows += ["1,1,4,U", "1,2,3,M", "2,1,2,M", "2,2,1,M", "3,1,3,S", "3,2,3,S"]
    (tmp_path / "t.csv").write_text("\n".join(rows) + "\n")
    given = ["audit", str(tmp_path / "t.csv"), "--ready", "--dimensions", "r,c", "--value", "v", "--status", "s"]
    assert main([*given, "--p-percent", "25"]) == 0
    assert main([*given, "--p-percent", "60"]) == 1
    assert "r=1, c=1 (v): public kann sie auf 3 – 6 eingrenzen" in capsys.readouterr().out
