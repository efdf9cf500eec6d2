"""The command: files in, files out, whole or not at all."""

from __future__ import annotations

import io
import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from ckanext.ierwohnen.confidential.command import main
from ckanext.ierwohnen.confidential.hierarchy import read_hierarchy

from .stock import random_records


@pytest.fixture
def folder(tmp_path):
    """A stock with a hierarchy, as CSV files."""
    frame = random_records(31, 300, (6, 4), 9, whole=False)
    frame.to_csv(tmp_path / "stock.csv", index=False)
    names = sorted(frame["d0"].unique())
    rows = [(n, f"g{i // 2}") for i, n in enumerate(names)] + [(f"g{i}", "") for i in range((len(names) + 1) // 2)]
    pd.DataFrame(rows, columns=["code", "parent"]).to_csv(tmp_path / "d0.csv", index=False)
    return tmp_path


def _arguments(folder, command: str = "protect", **given: str) -> list[str]:
    options = {"dimensions": "d0,d1", "value": "rent", "holding": "owner", "hierarchy": f"d0={folder / 'd0.csv'}"}
    if command == "protect":
        options["output"] = str(folder / "out.csv")
    options |= {k.replace("_", "-"): v for k, v in given.items()}
    return [command, str(folder / "stock.csv"), *[x for k, v in options.items() for x in (f"--{k}", v)]]


def test_protect_then_audit(folder, capsys):
    files = {"report": str(folder / "report.json"), "internal": str(folder / "in.csv")}
    assert main(_arguments(folder, mean="rent", median="rent", **files)) == 0
    table = pd.read_csv(folder / "in.csv", dtype=str, keep_default_na=False)
    secret = table["status"].isin(["primary", "secondary"])
    assert secret.any() and (table.loc[secret, "value"] == ".").all() and not (table.loc[~secret, "value"] == ".").any()
    assert (table.loc[table["status"] == "primary", "rule"] != "").all()
    means = table[table["measure"] == "mean(rent)"].merge(
        table[table["measure"] == "rent"], on=["d0", "d1"], suffixes=("", "_sum")
    )
    assert ((means["status"] == "published") <= (means["status_sum"] == "published")).all()
    report = json.loads((folder / "report.json").read_text("utf-8"))
    assert report["verdict"] == "clean" and report["rules"]
    given = {(h["place"]["d0"], h["place"]["d1"], h["measure"]): h["status"] for h in report["hidden"]}
    assert given == {(r.d0, r.d1, r.measure): r.status for r in table[secret].itertuples()}
    assert all((folder / n).stat().st_mode & 0o077 == 0 for n in ("in.csv", "report.json"))
    assert (folder / "out.csv").stat().st_mode & 0o044
    sums = table[table["measure"].isin(["rent", "count"])]
    sums.to_csv(folder / "pattern.csv", index=False)
    given = {"pattern": str(folder / "pattern.csv"), "mean": "rent", "report": str(folder / "audit.json")}
    assert main(_arguments(folder, "audit", form="secret", **given)) == 0
    assert main(_arguments(folder, "audit", **given | {"pattern": str(folder / "out.csv")})) == 0
    assert main(_arguments(folder, "audit", **given)) == 1  # with its reasons the table would tell too much
    shown = sums.copy()
    frame = pd.read_csv(folder / "stock.csv")
    at = shown.index[(shown["status"] == "secondary") & (shown["measure"] == "count")][0]
    row = shown.loc[at]
    keep = frame
    if row["d1"] != "Total":
        keep = keep[keep["d1"] == row["d1"]]
    groups = pd.read_csv(folder / "d0.csv").set_index("code")["parent"].to_dict()
    if row["d0"] != "Total":
        keep = keep[(keep["d0"] == row["d0"]) | (keep["d0"].map(groups) == row["d0"])]
    shown.loc[at, ["value", "status"]] = [str(len(keep)), "published"]
    shown.to_csv(folder / "pattern.csv", index=False)
    assert main(_arguments(folder, "audit", form="secret", **given)) == 1
    assert json.loads((folder / "audit.json").read_text("utf-8"))["findings"]


def test_an_earlier_table_is_taken_into_account_and_a_contradiction_named(folder, capsys):
    assert main(_arguments(folder)) == 0
    (folder / "out.csv").rename(folder / "first.csv")
    assert main(_arguments(folder, dimensions="d1", earlier=str(folder / "first.csv"))) == 0
    assert "warum Zellen geheim sind" not in capsys.readouterr().out
    assert main(_arguments(folder, internal=str(folder / "in.csv"))) == 0
    assert main(_arguments(folder, dimensions="d1", earlier=str(folder / "in.csv"))) == 0
    assert "in.csv sagt, warum Zellen geheim sind" in capsys.readouterr().out
    table = pd.read_csv(folder / "first.csv", dtype=str)
    at = table.index[table["status"] == "published"][0]
    table.loc[at, "value"] = "1"
    table.to_csv(folder / "first.csv", index=False)
    (folder / "out.csv").unlink()
    assert main(_arguments(folder, dimensions="d1", earlier=str(folder / "first.csv"))) == 2
    assert "veröffentlicht wurde 1" in capsys.readouterr().err
    assert not (folder / "out.csv").exists()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"value": "income"}, "income"),
        ({"holding": "company"}, "company"),
        ({"hierarchy": "d0=nothing.csv"}, "nothing.csv"),
        ({"levels": "d0=7"}, "7"),
        ({"minimum_contributors": "2"}, "Einwilligung"),
        ({"max_cells": "5"}, "--max-cells"),
        ({"max_seconds": "0"}, "Zeitgrenze"),
        ({"audience": "friends"}, "friends"),
        ({"earlier": "gone.csv"}, "gone.csv"),
    ],
)
def test_what_is_wrong_is_said_in_german_and_nothing_is_written(folder, capsys, given, said):
    assert main(_arguments(folder, **given)) == 2
    assert said in capsys.readouterr().err
    assert {p.name for p in folder.iterdir()} == {"stock.csv", "d0.csv"}


def test_the_same_files_for_shuffled_rows_and_renamed_owners(folder):
    assert main(_arguments(folder, mean="rent")) == 0
    first = (folder / "out.csv").read_bytes()
    frame = pd.read_csv(folder / "stock.csv").sample(frac=1, random_state=1)
    frame["owner"] = frame["owner"].map(lambda o: f"Bau {99 - int(o[1:])} eG")
    frame[["owner", "rent", "d1", "d0"]].to_csv(folder / "stock.csv", index=False)
    assert main(_arguments(folder, mean="rent")) == 0
    assert (folder / "out.csv").read_bytes() == first
    assert main(_arguments(folder, mean="rent", dimensions="d1,d0")) == 0
    tables = [pd.read_csv(f, dtype=str) for f in (io.BytesIO(first), folder / "out.csv")]
    columns = ["d0", "d1", "measure", "value", "status"]
    assert len({tuple(sorted(map(tuple, t[columns].to_numpy()))) for t in tables}) == 1


def test_a_ready_table_is_protected_by_its_own_columns(tmp_path):
    rows = [("Total", 100, 30, 10, 20, 15), ("a", 40, 12, 6, 9, 8), ("b", 50, 16, 7, 11, 9), ("c", 10, 2, 2, 6, 4)]
    columns = ["d0", "value", "n", "owners", "x1", "x2"]
    pd.DataFrame(rows, columns=columns).to_csv(tmp_path / "t.csv", index=False)
    arguments = [
        "protect",
        str(tmp_path / "t.csv"),
        "--ready",
        "--dimensions",
        "d0",
        "--value",
        "value",
        "--records",
        "n",
    ]
    arguments += ["--contributors", "owners", "--first", "x1", "--second", "x2", "--output", str(tmp_path / "o.csv")]
    assert main([*arguments, "--internal", str(tmp_path / "i.csv")]) == 0
    table = pd.read_csv(tmp_path / "i.csv", dtype=str).set_index("d0")
    assert table.loc["c", "status"] == "primary" and (table["status"] == "secondary").sum() == 1
    bad = pd.DataFrame([*rows[:3], ("c", 11, 2, 2, 6, 4)], columns=columns)
    bad.to_csv(tmp_path / "t.csv", index=False)
    (tmp_path / "o.csv").unlink()
    assert main(arguments) == 2
    assert not (tmp_path / "o.csv").exists()


def test_it_runs_where_ckan_is_not_installed(folder):
    code = (
        "import sys; sys.modules['ckan'] = None\n"
        "from ckanext.ierwohnen.confidential.command import main\n"
        f"sys.exit(main({_arguments(folder)!r}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "kein Befund" in done.stdout
    values = pd.read_csv(folder / "out.csv")["value"].replace(".", np.nan).astype(float)
    assert np.isfinite(values).any()


def test_wrong_options_and_paths_end_with_a_sentence(tmp_path, capsys):
    stock = tmp_path / "bestand.csv"
    stock.write_text("Ort;Eigentümer;Miete\nSüd;A;5\nNord;B;6\n", "utf-8")
    base = ["protect", str(stock), "--dimensions", "Ort", "--value", "Miete", "--holding", "Eigentümer"]
    out = str(tmp_path / "aus.csv")
    for wrong in (["--levels", "Ort=fein"], ["--rate", "q=Miete"], ["--rate", "q=Miete/"]):
        assert main([*base, "--output", out, *wrong]) == 2
    assert main([*base, "--output", str(stock / "aus.csv")]) == 2
    assert "Traceback" not in capsys.readouterr().err
    assert not (tmp_path / "aus.csv").exists()


def test_a_hierarchy_may_be_written_by_an_older_windows_program(tmp_path):
    old = tmp_path / "orte.hrc"
    old.write_bytes("Süden\n@Südstadt\nNorden\n@Höfe\n".encode("cp1252"))
    assert read_hierarchy(old).codes == ("Total", "Norden", "Süden", "Höfe", "Südstadt")


def test_a_consent_to_looser_counts_says_nothing_of_medians(folder, capsys):
    owners = sorted(pd.read_csv(folder / "stock.csv")["owner"].unique())

    def rules(scope: str) -> str:
        agreed = [f"- {{owner: {o}, recorded: m, until: 2999-01-01, parameters: [minimum_contributors]{scope}}}"
                  for o in owners]  # fmt: skip
        text = "minimum_contributors: 3\nconsents:\n" + "\n".join(agreed) + "\n"
        (folder / "rules.yaml").write_text(text, "utf-8")
        return str(folder / "rules.yaml")

    given = _arguments(folder, rules=rules(", measure: count"), median="rent")
    at = given.index("--value")
    counts = [*given[:at], *given[at + 2 :]]
    assert main(counts) == 2
    assert "gültig für „rent“" in capsys.readouterr().err and not (folder / "out.csv").exists()
    rules("")
    assert main(counts) == 0


def test_a_table_that_leaves_insiders_out_says_so_and_the_audit_finds_it(tmp_path, capsys):
    random_records(9, 80, (5,), 9, whole=False).to_csv(tmp_path / "s.csv", index=False)
    base = ["--dimensions", "d0", "--value", "rent", "--holding", "owner"]
    given = ["protect", str(tmp_path / "s.csv"), *base, "--output", str(tmp_path / "o.csv")]
    given += ["--report", str(tmp_path / "r.json"), "--no-insiders"]
    assert main(given) == 0
    said = capsys.readouterr()
    assert "NICHT VERÖFFENTLICHEN" in said.err and "nur zum Vergleich" in said.out and "kein Befund" not in said.out
    report = json.loads((tmp_path / "r.json").read_text("utf-8"))
    assert report["verdict"] == "not for release" and report["for_release"] is False
    audit = ["audit", str(tmp_path / "s.csv"), *base, "--pattern", str(tmp_path / "o.csv"), "--report"]
    assert main([*audit, str(tmp_path / "a.json")]) == 1
    assert json.loads((tmp_path / "a.json").read_text("utf-8"))["findings"]
    capsys.readouterr()
    assert main([*audit, str(tmp_path / "a.json"), "--no-insiders", "--language", "en"]) == 0
    said = capsys.readouterr()
    assert "NOT FOR RELEASE" in said.err and "no attacker comes closer" not in said.out
    assert json.loads((tmp_path / "a.json").read_text("utf-8"))["verdict"] == "not for release"
    assert main(given[:-1]) == 0
    assert "NICHT VERÖFFENTLICHEN" not in capsys.readouterr().err
    assert json.loads((tmp_path / "r.json").read_text("utf-8"))["verdict"] == "clean"
    assert main([*audit, str(tmp_path / "a.json")]) == 0


def test_a_ready_table_says_which_rules_could_not_be_applied(tmp_path, capsys):
    (tmp_path / "t.csv").write_text("Ort,count,n\nTotal,30,9\nA,12,6\nB,16,7\nC,2,1\n", "utf-8")
    (tmp_path / "r.yaml").write_text("linked: {A: B}\n", "utf-8")
    given = ["protect", str(tmp_path / "t.csv"), "--ready", "--dimensions", "Ort", "--value", "count"]
    given += ["--rules", str(tmp_path / "r.yaml"), "--output", str(tmp_path / "o.csv")]
    assert main([*given, "--report", str(tmp_path / "r.json")]) == 0
    said = capsys.readouterr().out
    for rule in ("Mindestzahl der Datengeber", "p-%-Regel", "Insidern", "verbundene Unternehmen"):
        assert rule in said, rule
    assert "Mindestzahl der Sätze" not in said and "coalitions" not in said
    report = json.loads((tmp_path / "r.json").read_text("utf-8"))
    assert {"minimum_contributors", "insiders", "linked"} < set(report["not_applied"])
    assert main([*given, "--contributors", "n"]) == 0
    assert "Mindestzahl der Datengeber" not in capsys.readouterr().out


@pytest.mark.parametrize("cell", ["C,2,3", "C,2,0"])
def test_contributors_of_a_ready_table_must_fit_its_records(tmp_path, capsys, cell):
    (tmp_path / "t.csv").write_text(f"Ort,count,n\nTotal,30,9\nA,12,6\nB,16,7\n{cell}\n", "utf-8")
    given = ["protect", str(tmp_path / "t.csv"), "--ready", "--dimensions", "Ort", "--value", "count"]
    assert main([*given, "--contributors", "n", "--output", str(tmp_path / "o.csv")]) == 2
    assert "Zeile 5, Zelle Ort=C" in capsys.readouterr().err and not (tmp_path / "o.csv").exists()
