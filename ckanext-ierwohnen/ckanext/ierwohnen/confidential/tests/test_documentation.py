"""The examples of the documentation and of --help are run."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ckanext.ierwohnen.confidential.cellkey import averaging_risk, disclosure_risk, p_table
from ckanext.ierwohnen.confidential.command import main
from ckanext.ierwohnen.confidential.help import EXAMPLES
from ckanext.ierwohnen.confidential.options import parser
from ckanext.ierwohnen.confidential.parameters import Parameters
from ckanext.ierwohnen.confidential.rules import assess

from .stock import single_model

DOCUMENT = Path(__file__).resolve().parents[5] / "docs" / "disclosure-measured.md"
COMMANDS = DOCUMENT.with_name("disclosure-command.md")
PROGRAM = "python -m ckanext.ierwohnen.confidential "


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The files that the examples speak of."""
    rng, n = np.random.default_rng(8), 150
    columns = {"id": [f"w{i}" for i in range(n)], "quarter": rng.choice(["q1", "q2", "q3"], n)}
    columns |= {"year": rng.choice(["1950", "1960", "1970"], n), "owner": rng.choice([f"O{i}" for i in range(8)], n)}
    pd.DataFrame(columns | {"rent": rng.integers(300, 900, n)}).to_csv(tmp_path / "stock.csv", index=False)
    asked = {k: rng.permutation(v) for k, v in columns.items() if k != "owner"}  # a survey: other records
    pd.DataFrame(asked).iloc[:90].to_csv(tmp_path / "survey.csv", index=False)
    (tmp_path / "parents.csv").write_text("code,parent\nwest,\neast,\nq1,west\nq2,west\nq3,east\n", "utf-8")
    (tmp_path / "key.txt").write_text("a secret of the office\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.skipif(not DOCUMENT.is_file(), reason="the documentation is not here (tests run outside a checkout)")
def test_the_documented_commands_do_what_they_say(folder, capsys):
    text = COMMANDS.read_text("utf-8").replace("\\\n", " ")
    commands = [line.strip().removeprefix(PROGRAM) for line in text.splitlines() if line.strip().startswith(PROGRAM)]
    assert [c.split()[0] for c in commands] == ["protect", "audit", "advise", "perturb"]
    for command in commands:
        assert main(shlex.split(command)) == 0, capsys.readouterr()
    assert json.loads(Path("report.json").read_text("utf-8"))["verdict"] == "clean"
    assert "secret" in Path("table.csv").read_text("utf-8") and "primary" not in Path("table.csv").read_text("utf-8")
    assert "primary" in Path("reasons.csv").read_text("utf-8")
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
def test_the_documented_protection_levels_are_those_of_the_rules(tmp_path):
    """Each row of the examples, as a table of its own beside a harmless cell."""
    rows = [[c.strip() for c in r.strip("| \n").split("|")] for r in DOCUMENT.read_text("utf-8").splitlines()]
    first = rows.index(["parts", "records", "rules", "outsider", "largest", "second"]) + 2
    examples = rows[first : rows.index([""], first)]
    assert len(examples) == 6
    for parts_text, records_text, rules, *levels in examples:
        parts, records = [float(p) for p in parts_text.split(",")], int(records_text)
        times = [records // len(parts) + (i < records % len(parts)) for i in range(len(parts))]
        cell = [("x", f"O{i}", v / n) for i, (v, n) in enumerate(zip(parts, times, strict=True)) for _ in range(n)]
        cell += [("y", f"P{i}", 100.0) for i in range(12)]
        frame = pd.DataFrame(cell, columns=["d0", "owner", "rent"])
        model = single_model(frame, ("rent",), nested=False)
        protection = assess(model, Parameters())
        at = next(i for i in range(len(model)) if model.cell_name(i) == "d0=x (rent)")
        assert ", ".join(protection.reasons.get(at, ("–",))) == rules
        if rules == "–":
            assert levels == ["–"] * 3
            continue
        named = [model.attacker_name(a) for a in protection.attackers]
        who = ["public", "public: O0", "public: O1"][: 1 + len(parts)]
        up = [protection.up[list(protection.cells).index(at), named.index(w)] for w in who]
        assert [f"{u:.1f}" for u in up] + ["–"] * (3 - len(up)) == levels, parts


@pytest.mark.skipif(not DOCUMENT.is_file(), reason="the documentation is not here (tests run outside a checkout)")
def test_the_documented_numbers_are_those_of_the_p_table():
    noise, text = p_table(4, 2.0), DOCUMENT.read_text("utf-8")
    numbers = [disclosure_risk(noise, 1000), *(averaging_risk(noise, 1000, k) for k in (1, 4, 16))]
    row = re.search(r"large n \|\n.*?true with ([\d.]+), ([\d.]+) \(4\), ([\d.]+) \(16\)", text)
    difference = re.search(r"([\d.]+) for large n", text)
    assert row and difference
    assert [f"{n:.2f}" for n in numbers] == [difference[1], *row.groups()]
