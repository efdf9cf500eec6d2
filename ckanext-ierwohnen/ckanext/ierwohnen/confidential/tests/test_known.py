"""A rule that would fail to hold because of a misspelt or misshapen entry is refused, with the nearest known names."""

from __future__ import annotations

import csv

import pandas as pd
import pytest

from ckanext.ierwohnen.confidential.command import main
from ckanext.ierwohnen.confidential.known import nearest

from .stock import random_records


@pytest.fixture
def run(tmp_path):
    """Protect a stock of the owners O0 … O8 by year and vacancy; rules as the text of a file, or options."""
    frame = random_records(7, 240, (3, 2), 9).rename(columns={"d0": "year", "d1": "vacancy"})
    frame = frame.assign(vacancy=frame["vacancy"].map({"b0": "vacant", "b1": "let"}), unused="u")
    frame.to_csv(tmp_path / "b.csv", index=False)

    def protect(rules: str = "", *more: str) -> int:
        (tmp_path / "r.yaml").write_text(rules, "utf-8")
        given = ["protect", str(tmp_path / "b.csv"), "--dimensions", "year,vacancy", "--value", "rent", "--count"]
        given += ["--holding", "owner", "--rules", str(tmp_path / "r.yaml"), "--output", str(tmp_path / "o.csv")]
        return main([*given, *more])

    protect.folder = tmp_path
    return protect


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ("group_disclosure: {vacancy: vacant}", ("group_disclosure: vacancy", "vacant", "Liste")),
        ("group_disclosure: {vacancy: []}", ("group_disclosure: vacancy",)),
        ("group_disclosure: {vacancy: [Vacant]}", ("„Vacant“", "vacant")),
        ("group_disclosure: {vacany: [vacant]}", ("„vacany“", "vacancy")),
        ("group_disclosure: {vacancy: [Total]}", ("„Total“",)),
        ("coalitions: [O1, O2]", ("coalitions", "O1", "[[A, B]")),
        ("coalitions: 'O1, O2'", ("coalitions", "O1, O2", "Liste")),
        ("coalitions: [[O1]]", ("coalitions", "2 Namen")),
        ("coalitions: [[O1, O1]]", ("coalitions", "2 Namen")),
        ("coalitions: [[O1, o2]]", ("„o2“", "O2")),
        ("coalitions: [[O1, [O2, O3]]]", ("coalitions", "ein Name")),
        ("linked: {O1: [a]}", ("linked: O1", "ein Name")),
        ("linked: {O1:}", ("linked: O1", "ein Name")),
        ("linked: {O1: G, O1: H}", ("r.yaml, Zeile 1: „O1“ steht zweimal da",)),
        ("linked: {O11: G}", ("„O11“", "O1")),
        ("linked: {O1: G, O2: G}\ncoalitions: [[G, H]]", ("„H“", "vorhanden")),
        ("minimum_records: 50\nminimum_records: 5", ("r.yaml, Zeile 2: „minimum_records“ steht zweimal da",)),
        ("consents: O1", ("consents", "Liste")),
        ("consents: [{owner: [O1], recorded: m, until: 2030-01-01}]", ("owner", "ein Name")),
        ("consents: [{owner: O1, recorded: m, until: 2030-01-01, levels: {year: '01'}}]", ("levels", "Liste")),
        ("consents: [{owner: O1, recorded: m, until: 2030-01-01, parameters: p_percent}]", ("parameters", "Liste")),
        ("consents: [{owner: O1, recorded: m, until: 2030-01-01, parameters: [p]}]", ("minimum_records",)),
        ("consents: [{owner: O1, recorded: m, until: 2026-02-30}]", ("until", "2026-02-30", "JJJJ-MM-TT")),
    ],
)
def test_an_entry_of_the_rules_that_could_not_hold_is_refused(run, capsys, rules, said):
    assert run(rules) == 2
    error = capsys.readouterr().err
    assert all(word.lower() in error.lower() for word in said), error
    assert not (run.folder / "o.csv").exists()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--group-disclosure", "year=2099"], ("„2099“", "a0")),
        (["--group-disclosure", "unused=u"], ("„unused“", "vacancy, year")),
        (["--group-disclosure", "vacancy=vacant+"], ("--group-disclosure", "ein Name")),
        (["--coalition", "O1"], ("--coalition", "2 Namen")),
        (["--coalition", "O1,Bau"], ("„Bau“", "O0, O1")),
    ],
)
def test_an_option_that_could_not_hold_is_refused(run, capsys, more, said):
    assert run("", *more) == 2
    error = capsys.readouterr().err
    assert all(word in error for word in said), error


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("owner,group\nO11,G\n", "„O11“"),
        ("owner,group\nO1,G\nO1,H\n", "„O1“ gehört zu „G“ und zu „H“"),
        ("owner,group\nO2,G\n", "„O2“ gehört zu „K“ und zu „G“"),
        ("owner,group\n,G\n", "Zeile 2: Das Unternehmen fehlt"),
    ],
)
def test_a_file_of_linked_companies_is_read_as_strictly(run, capsys, text, said):
    (run.folder / "l.csv").write_text(text, "utf-8")
    assert run("linked: {O2: K}", "--linked", str(run.folder / "l.csv")) == 2
    assert said in capsys.readouterr().err


def _hidden(run) -> int:
    return sum(row["status"] == "secret" for row in csv.DictReader((run.folder / "o.csv").open(encoding="utf-8")))


def test_a_coalition_of_linked_companies_is_one_of_their_groups(run):
    """Named by a subsidiary or by its group, it knows the same, and more than nobody's."""
    frame = pd.DataFrame([("a", f"O{i}", 20.0) for i in range(6)] + [("b", f"O{i % 9}", 20.0) for i in range(90)],
                         columns=["year", "owner", "rent"])  # fmt: skip
    frame.assign(vacancy="let").to_csv(run.folder / "b.csv", index=False)
    counts = []
    for coalition in ("", "coalitions: [[O0, O1, O2, O3, O4]]", "coalitions: [[G, O1, O2, O3, O4]]"):
        assert run(f"linked: {{O0: G}}\n{coalition}\n") == 0
        counts.append(_hidden(run))
    assert counts[0] == 0 < counts[1] == counts[2]


def test_rules_that_hold_for_other_tables_of_the_same_records_are_left_alone(run):
    (run.folder / "l.csv").write_text("owner,group\nO1,G\nO2,G\nO3,\n", "utf-8")
    rules = "group_disclosure: {vacancy: [vacant], unused: [u]}\ncoalitions: [[G, O3]]\n"
    assert run(rules, "--linked", str(run.folder / "l.csv")) == 0


def test_the_nearest_names_come_first_and_case_counts_little():
    known = ["Vacant", "let", "VACANCY"]
    assert nearest("vacant", known).startswith("Vacant")
    assert nearest("zzz", known) == "VACANCY, Vacant, let"
    assert nearest("zzz", []) == "–"


def test_an_option_adds_sensitive_categories_to_those_of_the_rules(run):
    """It once took their place, so that a rule of the city could be dropped by naming the column again."""
    rows = [("x", "vacant", f"O{i}") for i in range(8)]
    rows += [(y, v, f"O{i}") for y in ("y", "z") for v in ("vacant", "let", "rare") for i in range(8)]
    frame = pd.DataFrame(rows, columns=["year", "vacancy", "owner"]).assign(rent=50.0)
    frame.to_csv(run.folder / "b.csv", index=False)
    hidden = []
    for more in ([], ["--group-disclosure", "vacancy=rare"]):
        assert run("group_disclosure: {vacancy: [vacant]}", *more) == 0
        hidden.append(_hidden(run))
    assert hidden[0] > 0 and hidden[1] >= hidden[0]


def test_looser_rules_need_no_consent_where_nothing_is_released(run, capsys):
    """As published examples use them; a file of rules cannot say so, and the report does."""
    looser = ["--minimum-records", "3", "--minimum-contributors", "1", "--dominance-n", "1", "--dominance-k", "95"]
    report = ["--report", str(run.folder / "r.json")]
    assert run("", *looser) == 2 and "minimum_records" in capsys.readouterr().err
    assert run("", *looser, *report, "--no-insiders") == 0
    assert "NICHT VERÖFFENTLICHEN" in capsys.readouterr().err
    assert '"for_release": false' in (run.folder / "r.json").read_text("utf-8")
    assert run("compared: true", *looser) == 2 and "„compared“" in capsys.readouterr().err


CONSENT = "consents: [{{owner: {owner}, recorded: x, until: 2099-01-01, {rest}}}]"


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        ("measure: rnet", ("„rnet“", "rent")),
        ("audience: pubic", ("„pubic“", "public")),
        ("levels: {yaer: [0]}", ("„yaer“", "year")),
        ("levels: {year: [7]}", ("„year“", "Ebene 7")),
        ("levels: {year: [1.9]}", ("levels: year", "1.9")),
        ("levels: {year: [true]}", ("levels: year",)),
    ],
)
def test_a_consent_to_what_there_is_not_is_refused(run, capsys, rest, said):
    assert run(CONSENT.format(owner="O1", rest=rest)) == 2
    error = capsys.readouterr().err
    assert all(word in error for word in said), error


def test_a_consent_of_an_owner_without_records_is_told(run, capsys):
    assert run(CONSENT.format(owner="O11", rest="measure: rent")) == 0
    said = capsys.readouterr().out
    assert "„O11“" in said and "O1" in said
    assert run(CONSENT.format(owner="O1", rest="measure: rent, levels: {year: [0, 1]}")) == 0
    assert "Einwilligung" not in capsys.readouterr().out


def test_a_source_stays_with_its_method_in_a_folder(run, capsys):
    (run.folder / "key.txt").write_text("0123456789abcdef" * 2)
    stock, noise = str(run.folder / "b.csv"), str(run.folder / "n.csv")
    pd.read_csv(stock).assign(id=range(240)).to_csv(stock, index=False)
    perturb = ["perturb", stock, "--dimensions", "year", "--record-id", "id", "--secret", str(run.folder / "key.txt")]
    perturb += ["--output", noise]
    assert main([*perturb, "--source", "Bestand 2026"]) == 0
    assert run("", "--source", "bestand  2026") == 2 and "disclosure-methods.csv" in capsys.readouterr().err
    assert run("", "--source", "Bestand 2027") == 2 and "„Bestand 2026“" in capsys.readouterr().err  # the same records
    elsewhere = str(run.folder / "elsewhere.csv")
    assert run("", "--source", "Bestand 2026", "--methods-record", elsewhere) == 0
    assert main([*perturb, "--source", "Bestand 2026", "--methods-record", elsewhere]) == 2
    audit = ["audit", stock, "--dimensions", "year,vacancy", "--value", "rent", "--count", "--holding", "owner"]
    assert main([*audit, "--pattern", str(run.folder / "o.csv"), "--source", "Bestand 2026"]) == 2
