"""The examples of the documentation and of --help are run; so is the leak that the documentation warns of."""

from __future__ import annotations

import csv
import json
import re
import shlex
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ckanext.ierwohnen.confidential.cellkey import averaging_risk, disclosure_risk, p_table
from ckanext.ierwohnen.confidential.command import main
from ckanext.ierwohnen.confidential.options import EXAMPLES, parser

DOCUMENT = Path(__file__).resolve().parents[5] / "docs" / "disclosure-control.md"
PROGRAM = "python -m ckanext.ierwohnen.confidential "


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The files that the examples speak of."""
    rng, n = np.random.default_rng(8), 150
    columns = {"id": [f"w{i}" for i in range(n)], "quarter": rng.choice(["q1", "q2", "q3"], n)}
    columns |= {"year": rng.choice(["1950", "1960", "1970"], n), "owner": rng.choice([f"O{i}" for i in range(8)], n)}
    pd.DataFrame(columns | {"rent": rng.integers(300, 900, n)}).to_csv(tmp_path / "stock.csv", index=False)
    (tmp_path / "parents.csv").write_text("code,parent\nwest,\neast,\nq1,west\nq2,west\nq3,east\n", "utf-8")
    (tmp_path / "key.txt").write_text("a secret of the office\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.skipif(not DOCUMENT.is_file(), reason="the documentation is not here (tests run outside a checkout)")
def test_the_documented_commands_do_what_they_say(folder, capsys):
    text = DOCUMENT.read_text("utf-8").replace("\\\n", " ")
    commands = [line.strip().removeprefix(PROGRAM) for line in text.splitlines() if line.strip().startswith(PROGRAM)]
    assert [c.split()[0] for c in commands] == ["protect", "audit", "advise", "perturb"]
    for command in commands:
        assert main(shlex.split(command)) == 0, capsys.readouterr()
    assert json.loads(Path("report.json").read_text("utf-8"))["verdict"] == "clean"
    assert "secret" in Path("public.csv").read_text("utf-8") and "primary" not in Path("public.csv").read_text("utf-8")
    assert Path("advice.json").stat().st_mode & 0o077 == 0


def test_the_examples_of_the_help_run(folder, capsys):
    lines = [line.strip() for line in EXAMPLES.splitlines() if line.startswith("  ")]
    assert len(lines) == 4
    for line in lines:
        assert main(shlex.split(line)) == 0, capsys.readouterr()
    for command in ("protect", "audit", "advise", "perturb"):
        with pytest.raises(SystemExit) as ended:
            parser().parse_args([command, "--help"])
        assert ended.value.code == 0


@pytest.mark.skipif(not DOCUMENT.is_file(), reason="the documentation is not here (tests run outside a checkout)")
def test_the_documented_numbers_are_those_of_the_p_table():
    noise, text = p_table(4, 2.0), DOCUMENT.read_text("utf-8")
    numbers = [disclosure_risk(noise, 1000), *(averaging_risk(noise, 1000, k) for k in (1, 4, 16))]
    row = re.search(r"large n \|\n.*?true with ([\d.]+), ([\d.]+) \(4\), ([\d.]+) \(16\)", text)
    difference = re.search(r"([\d.]+) for large n", text)
    assert row and difference
    assert [f"{n:.2f}" for n in numbers] == [difference[1], *row.groups()]


def test_rules_beside_secret_counts_tell_too_much_and_the_publication_leaves_them_out(tmp_path):
    """Why the table with rules stays in the office: 4 and 4 dwellings under a published total of 8."""
    rows = [f"{q},O{i}" for q, n in (("a", 4), ("b", 4)) for i in range(n)]
    rows = ["q,owner", *rows[:4], *[r.replace("O", "P") for r in rows[4:]]]
    (tmp_path / "s.csv").write_text("\n".join(rows) + "\n", "utf-8")
    given = ["--dimensions", "q", "--holding", "owner", "--output", str(tmp_path / "o.csv")]
    assert main(["protect", str(tmp_path / "s.csv"), *given, "--publication", str(tmp_path / "p.csv")]) == 0

    def fitting(name: str) -> list[tuple[int, int]]:
        table = {r["q"]: r for r in csv.DictReader((tmp_path / name).read_text("utf-8").splitlines())}
        assert table["Total"]["value"] == "8" and table["a"]["value"] == table["b"]["value"] == "."
        ranges = [range(1, 5) if "minimum_records" in table[q]["rule"] else range(1, 8) for q in "ab"]
        return [pair for pair in product(*ranges) if sum(pair) == 8]

    assert fitting("o.csv") == [(4, 4)]
    assert len(fitting("p.csv")) == 7
