"""Files as offices write them, and what is wrong with them: each said with the row, the cell or the rule."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ckanext.ierwohnen.confidential.command import main
from ckanext.ierwohnen.confidential.errors import InputError
from ckanext.ierwohnen.confidential.hierarchy import read_hierarchy
from ckanext.ierwohnen.confidential.microdata import prepare
from ckanext.ierwohnen.confidential.reading import numbers, read_csv, row_of

from .stock import random_records

OWNERS = [f"Bau{i} GmbH" for i in range(9)]


def _stock(rows: int = 120) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    return pd.DataFrame(
        {
            "Ort": rng.choice(["Südstadt", "Höfe", "Nord"], rows, p=[0.6, 0.3, 0.1]),
            "Baujahr": rng.choice(["bis 1949", "ab 1950"], rows),
            "Eigentümer": rng.choice(OWNERS, rows, p=np.r_[0.3, np.full(8, 0.7 / 8)]),
            "Miete": np.round(rng.lognormal(6, 0.4, rows), 2),
        }
    )


def _run(path: Path, *more: str, command: str = "protect", dimensions: str = "Ort,Baujahr") -> int:
    given = ["--dimensions", dimensions, "--value", "Miete", "--holding", "Eigentümer", *more]
    if command == "protect":
        given += ["--output", str(path.parent / "aus.csv")]
    return main([command, str(path), *given])


def test_every_way_of_writing_the_same_table_gives_the_same_protected_table(tmp_path):
    frame = _stock()
    german = frame.assign(Miete=[f"{v:,.2f}".translate(str.maketrans(",.", ".,")) for v in frame["Miete"]])
    written = {
        "utf8": frame.to_csv(index=False).encode(),
        "mark": frame.to_csv(index=False).encode("utf-8-sig"),
        "utf16": frame.to_csv(index=False, sep="\t").encode("utf-16"),
        "windows": german.to_csv(index=False, sep=";", lineterminator="\r\n").encode("cp1252"),
        "quoted": frame.to_csv(index=False, sep=";", quoting=1).replace("\n", "\n\n").encode(),
        "told": b"sep=;\r\n" + german.to_csv(index=False, sep=";", lineterminator="\r\n").encode("cp1252"),
        "breaks": frame.assign(note='two\nlines; "so"').to_csv(index=False).encode(),
    }
    results = set()
    for name, data in written.items():
        (tmp_path / f"{name}.csv").write_bytes(data)
        assert _run(tmp_path / f"{name}.csv", "--mean", "Miete") == 0, name
        results.add((tmp_path / "aus.csv").read_bytes())
    assert len(results) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Ort,Eigentümer,Miete\nSüd,A,5\nNord,B\n", "Zeile 3: 2 Zellen, die Kopfzeile hat 3"),
        ("Ort,Eigentümer,Miete\nSüd,A,5,6\n", "Zeile 2: 4 Zellen"),
        ('Ort,Eigentümer,Miete\nSüd,A,5\n"Nord,B,6\n', "ab Zeile 3: Die Anführungszeichen"),
        ("Ort,Ort,Eigentümer,Miete\na,b,A,5\n", "„Ort“ zweimal"),
        ("Ort,,Eigentümer,Miete\na,b,A,5\n", "Spalte 2 hat keine Überschrift"),
        ("Ort,Eigentümer,Miete\n\nSüd,A,5\nNord,B,-6\n", "Zeile 4, Spalte „Miete“: -6 ist negativ"),
        ("Ort,Eigentümer,Miete\nSüd,A,NaN\n", "Zeile 2, Spalte „Miete“: „NaN“ ist keine Zahl"),
        ("Ort,Eigentümer,Miete\nSüd,A,inf\n", "„inf“ ist keine Zahl"),
        ("Ort,Eigentümer,Miete\nSüd,A,\n", "Zeile 2, Spalte „Miete“"),
        ("Ort,Eigentümer,Miete\n ,A,5\n", "Zeile 2: In der Spalte „Ort“ fehlt der Schlüssel"),
        ("Ort,Eigentümer,Miete\nSüd,,5\n", "„Eigentümer“ fehlt der Schlüssel"),
        ("Ort;Eigentümer;Miete\nSüd;A;1.234\nNord;B;850\n", "Zeile 2, Spalte „Miete“: 1.234 kann ein Tausenderpunkt"),
        ("Ort;Eigentümer;Miete\nSüd;A;1,5\nNord;B;8.50\n", "Zeile 3, Spalte „Miete“: „8.50“ ist keine Zahl"),
        ("Ort,Eigentümer,Miete\n", "enthält keine Zeilen"),
        ("", "enthält keine Zeilen"),
        ("Ort,Eigentümer,Miete\nSüd,A,5\nSüd,B,6\nS\udcfcd,B,6\n", "b.csv, Zeile 4: Der Text ist UTF-8, diese"),
        ("sep=;\nOrt;Eigentümer;Miete\nSüd;A;5\nNord;B;x\n", "Zeile 4, Spalte „Miete“: „x“"),
        ("Ort,Eigentümer,Miete\nTotal,A,5\n", "„Total“ ist zugleich Kategorie und Summe"),
        ("Ort,Eigentümer,Miete\n" + "Süd,A,5\n" * 9, "zu einem Datengeber (A)"),
    ],
)
def test_the_row_is_named_and_nothing_written(tmp_path, capsys, text, said):
    (tmp_path / "b.csv").write_bytes(text.encode("utf-8", "surrogateescape"))
    assert _run(tmp_path / "b.csv", dimensions="Ort") == 2
    assert said in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["b.csv"]


def test_a_spreadsheet_is_no_text_and_decimals_are_read_as_told(tmp_path, capsys):
    (tmp_path / "b.csv").write_bytes(b"PK\x03\x04\0\0\0")
    assert _run(tmp_path / "b.csv") == 2
    assert "keine Textdatei" in capsys.readouterr().err
    (tmp_path / "b.csv").write_text("Ort;Miete\nSüd;1.234\n", "utf-8")
    for decimal, value in ((",", 1234.0), (".", 1.234)):
        assert numbers(read_csv(tmp_path / "b.csv", decimal), "Miete").tolist() == [value]
    frame = read_csv(tmp_path / "b.csv")
    with pytest.raises(InputError, match=r"Row 2.*--decimal"):
        numbers(frame, "Miete")
    (tmp_path / "b.csv").write_text('a,b\n"x\ny",1\n\n"z",2\n', "utf-8")
    frame = read_csv(tmp_path / "b.csv")
    assert [row_of(frame, i) for i in range(2)] == [2, 4]
    assert frame["a"].tolist() == ["x\ny", "z"]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("h.csv", "code,parent\nSüdstadt,Süd\nHöfe,Süd\nNord,\n", "„Südstadt“ verweist auf „Süd“"),
        ("h.csv", "code,parent\nSüdstadt,Höfe\nHöfe,Nord\nNord,Südstadt\n", "Kreis: Südstadt → Höfe → Nord → Südstadt"),
        ("h.csv", "code,parent\nSüdstadt,\nHöfe,\n", "„Nord“ (Spalte „Ort“) kommt in der Hierarchie nicht vor"),
        ("h.csv", "code,parent\nNord,\nHöfe,\nSüdstadt,\nSüdstadt,Nord\n", "Zeile 5: „Südstadt“ steht an zwei Stellen"),
        ("h.csv", "code,parent\nNord,\nHöfe,Nord\nSüdstadt,Nord\n", "hat in der Hierarchie Unterkategorien"),
        ("h.csv", "ort,oben\nNord,\n", "„code“ und „parent“"),
        ("h.hrc", "Süd\n@@Südstadt\n", "Zeile 2: „Südstadt“ überspringt eine Ebene"),
        ("h.hrc", "Süd\n@Südstadt\n@\n", "Zeile 3: Der Code fehlt"),
        ("h.hrc", "\n", "ist leer"),
    ],
)
def test_hierarchies_with_gaps_cycles_and_jumps(tmp_path, capsys, name, text, said):
    _stock().to_csv(tmp_path / "b.csv", index=False)
    (tmp_path / name).write_text(text, "utf-8")
    assert _run(tmp_path / "b.csv", "--hierarchy", f"Ort={tmp_path / name}") == 2
    assert said in capsys.readouterr().err


def test_a_hierarchy_of_tau_argus_and_the_same_as_parents_give_the_same_table(tmp_path):
    _stock().to_csv(tmp_path / "b.csv", index=False)
    (tmp_path / "h.hrc").write_bytes("Innen\r\n\t@Südstadt  \r\n\r\n@ Höfe\r\nAußen\r\n@Nord\r\n\x1a".encode("cp1252"))
    (tmp_path / "d.hrc").write_text("Innen\n.Südstadt\n.Höfe\nAußen\n.Nord\n", "utf-8")
    (tmp_path / "h.csv").write_text("code;parent\nInnen;\nAußen;\nSüdstadt;Innen\nHöfe;Innen\nNord;Außen\n", "utf-16")
    assert len({read_hierarchy(tmp_path / n).codes for n in ("h.hrc", "h.csv")}) == 1
    results = []
    for name, sign in (("h.hrc", "@"), ("d.hrc", "."), ("h.csv", "@")):
        assert _run(tmp_path / "b.csv", "--hierarchy", f"Ort={tmp_path / name}", "--hrc-sign", sign) == 0
        results.append((tmp_path / "aus.csv").read_text("utf-8"))
    assert len(set(results)) == 1 and "Innen" in results[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("p_percent: 10\nlinked: [\n", "regeln.yaml, Zeile 3: kein gültiges YAML"),
        ("p_percent: 10\n\tdominance_k: 5\n", "regeln.yaml, Zeile 2"),
        ("p_prozent: 10\n", "„p_prozent“ gibt es nicht"),
        ("p_percent: .nan\n", "„p_percent“ hat den Wert nan"),
        ("consents: [{owner: A, recorded: x}]\n", "Einwilligung 1: „until“ fehlt"),
        ("consents: [{owner: A, recorded: x, until: 2030-01-01, levels: {Ort: [fein]}}]\n", "„levels: Ort“"),
        ("consents: [{owner: A, recorded: x, until: bald}]\n", "„until“ hat den Wert bald"),
        ("linked: {A: B, B: A}\n", "drehen sich im Kreis: A → B → A"),
        ("methods: {Bestand: zufall}\n", "suppression, cell key"),
        ("minimum_contributors: 3\n", "es fehlen: Bau0 GmbH"),
    ],
)
def test_rules_are_read_strictly_and_named_by_file_and_line(tmp_path, capsys, text, said):
    _stock().to_csv(tmp_path / "b.csv", index=False)
    (tmp_path / "regeln.yaml").write_text(text, "utf-8")
    assert _run(tmp_path / "b.csv", "--rules", str(tmp_path / "regeln.yaml")) == (2 if said else 0)
    if said:
        error = capsys.readouterr().err
        assert said in error and "CSV" not in error


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--p-percent", "nan"], "--p-percent"),
        (["--dominance-k", "nan"], "--dominance-k"),
        (["--minimum-records", "0"], "--minimum-records"),
        (["--weight", "null"], "Alle Gewichte (Spalte „null“) sind 0"),
        (["--weight", "Fläche"], "b.csv: Die Spalte „Fläche“ fehlt"),
        (["--rate", "Miete=Miete/Miete"], "--rate: „Miete“ ist schon vergeben"),
        (["--dimensions", "Ort,Ort"], "--dimensions: „Ort“ ist schon vergeben"),
        (["--dimensions", "Ort,Miete"], "„Miete“ steht bei --dimensions und ist zugleich ein Wert"),
        (["--record-id", "Ort"], "„Ort“) kommt zweimal vor"),
        (["--hierarchy", "Straße=h.csv"], "„Straße“ fehlt"),
    ],
)
def test_options_are_read_as_strictly_as_files(tmp_path, capsys, more, said):
    _stock().assign(null=0).to_csv(tmp_path / "b.csv", index=False)
    assert _run(tmp_path / "b.csv", *more) == 2
    assert said in capsys.readouterr().err


def test_names_of_the_output_are_no_dimensions_and_no_input_is_overwritten(tmp_path, capsys):
    frame = _stock().rename(columns={"Baujahr": "status"})
    frame.to_csv(tmp_path / "b.csv", index=False)
    assert _run(tmp_path / "b.csv", dimensions="Ort,status") == 2
    assert "„status“ heißt wie eine Spalte der Ausgabe" in capsys.readouterr().err
    before = (tmp_path / "b.csv").read_bytes()
    given = ["protect", str(tmp_path / "b.csv"), "--dimensions", "Ort", "--value", "Miete", "--holding", "Eigentümer"]
    assert main([*given, "--output", str(tmp_path / "b.csv")]) == 2
    assert main([*given, "--output", str(tmp_path / "o.csv"), "--report", str(tmp_path / "o.csv")]) == 2
    assert (tmp_path / "b.csv").read_bytes() == before and len(list(tmp_path.iterdir())) == 1


def test_a_count_column_is_not_mistaken_for_the_count_of_records(tmp_path, capsys):
    frame = random_records(3, 60).rename(columns={"rent": "count"})
    frame.to_csv(tmp_path / "b.csv", index=False)
    given = ["protect", str(tmp_path / "b.csv"), "--dimensions", "d0", "--holding", "owner"]
    assert main([*given, "--value", "count", "--output", str(tmp_path / "o.csv")]) == 2
    assert "„count“ ist doppelt" in capsys.readouterr().err
    assert main([*given, "--output", str(tmp_path / "o.csv")]) == 0


READY = "Ort,wert,n,geber,x1,x2\nTotal,100,30,10,20,15\nA,40,12,6,9,8\nB,50,16,7,11,9\nC,10,2,2,6,4\n"
COLUMNS = ["--records", "n", "--contributors", "geber", "--first", "x1", "--second", "x2"]


@pytest.mark.parametrize(
    ("text", "more", "said"),
    [
        (READY, [], "Ohne Angaben zu den Zellen lässt sich keine Regel anwenden"),
        (READY, ["--first", "x1"], "--first und --second gehören zusammen"),
        (READY.replace("C,10", "C,11"), COLUMNS, "Zelle Ort=Total: angegeben ist 100.0, die Teile ergeben 101.0"),
        (READY.replace("C,10,2", "C,10,3"), COLUMNS, "angegeben ist 30.0, die Teile ergeben 31.0"),
        (READY.replace("6,4\n", "9,4\n"), COLUMNS, "Zeile 5, Zelle Ort=C: Die größten Beiträge"),
        (READY.replace("B,50", "A,50"), COLUMNS, "Zeile 4: Die Zelle Ort=A kommt zweimal vor"),
        (READY.replace("Total,100,30,10,20,15\n", ""), COLUMNS, "Die Zelle Ort=Total fehlt"),
        (READY, [*COLUMNS, "--weight", "n"], "Mit --ready geht --weight nicht"),
        (READY, [*COLUMNS, "--dimensions", "n"], "--dimensions"),
        (READY, [*COLUMNS, "--dominance-n", "3"], "--dominance-n"),
        (READY.replace("x2", "x2,s").replace("15\n", "15,?\n").replace("8\n", "8,\n").replace("9\n", "9,\n")
         .replace("4\n", "4,U\n"), [*COLUMNS, "--status", "s"], "Zeile 2: Der Status „?“ ist unbekannt"),
    ],
)  # fmt: skip
def test_a_ready_table_is_checked_cell_by_cell(tmp_path, capsys, text, more, said):
    (tmp_path / "t.csv").write_text(text, "utf-8")
    given = ["protect", str(tmp_path / "t.csv"), "--ready", "--dimensions", "Ort", "--value", "wert", *more]
    assert main([*given, "--output", str(tmp_path / "o.csv")]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "o.csv").exists()


def test_a_ready_count_follows_the_frequency_rule_and_a_zero_of_somebody_is_no_empty_cell(tmp_path):
    rows = "Ort,count\nTotal,30\nA,12\nB,16\nC,2\n"
    (tmp_path / "t.csv").write_text(rows, "utf-8")
    given = ["protect", str(tmp_path / "t.csv"), "--ready", "--dimensions", "Ort"]
    given += ["--internal", str(tmp_path / "i.csv")]
    assert main([*given, "--value", "count", "--output", str(tmp_path / "o.csv")]) == 0
    table = pd.read_csv(tmp_path / "i.csv", dtype=str, keep_default_na=False).set_index("Ort")
    assert table.loc["C", "rule"] == "minimum_records" and (table["status"] == "secondary").sum() == 1
    rows = "Ort,wert,n\nTotal,90,30\nA,40,12\nB,50,16\nC,0,2\n"
    (tmp_path / "t.csv").write_text(rows, "utf-8")
    assert main([*given, "--value", "wert", "--records", "n", "--output", str(tmp_path / "o.csv")]) == 0
    table = pd.read_csv(tmp_path / "i.csv", dtype=str, keep_default_na=False).set_index("Ort")
    assert table.loc["C", "value"] == "." and table.loc["A", "value"] + table.loc["B", "value"] != "4050"


def test_contradicting_and_impossible_releases_name_the_cell(tmp_path, capsys):
    """Whoever has published a total and all parts but one cannot protect that one any more."""
    rows = [("x", f"O{i % 6}", 10.0 + i) for i in range(12)] + [("y", "O1", 5.0), ("y", "O2", 4.0)]
    pd.DataFrame(rows, columns=["Ort", "Eigentümer", "Miete"]).to_csv(tmp_path / "b.csv", index=False)
    total = sum(r[2] for r in rows)
    old = f"Ort,measure,value,status\nTotal,Miete,{total},published\nx,Miete,{total - 9},published\n"
    (tmp_path / "alt.csv").write_text(old, "utf-8")
    assert _run(tmp_path / "b.csv", "--earlier", str(tmp_path / "alt.csv"), dimensions="Ort") == 2
    said = capsys.readouterr().err
    assert "Ort=y (Miete)" in said and "Schon die früheren Freigaben" in said
    (tmp_path / "alt.csv").write_text(old.replace(str(total - 9), "7"), "utf-8")
    assert _run(tmp_path / "b.csv", "--earlier", str(tmp_path / "alt.csv"), dimensions="Ort") == 2
    assert "Zelle Ort=x: veröffentlicht wurde 7.0" in capsys.readouterr().err
    (tmp_path / "alt.csv").write_text(old.replace("x,Miete", "z,Miete"), "utf-8")
    assert _run(tmp_path / "b.csv", "--earlier", str(tmp_path / "alt.csv"), dimensions="Ort") == 2
    assert "Zeile 3: Die Zelle Ort=z" in capsys.readouterr().err
    assert not (tmp_path / "aus.csv").exists()


def test_a_rate_of_an_earlier_table_has_to_be_explained(tmp_path, capsys):
    _stock().assign(Fläche=60).to_csv(tmp_path / "b.csv", index=False)
    assert _run(tmp_path / "b.csv", "--rate", "Preis=Miete/Fläche") == 0
    (tmp_path / "aus.csv").rename(tmp_path / "alt.csv")
    given = ("--earlier", str(tmp_path / "alt.csv"))
    assert _run(tmp_path / "b.csv", *given, dimensions="Ort") == 2
    said = capsys.readouterr().err
    assert "Tabelle alt.csv: Den Wert „Preis“ gibt es nicht." in said and "--rate Preis=V/W" in said
    assert _run(tmp_path / "b.csv", *given, "--rate", "Preis=Miete/Fläche", dimensions="Ort") == 0


@pytest.mark.parametrize("named", [{}, {"table": "Mieten 2026"}, {"table": "Baujahr+Ort"}])
def test_a_table_under_any_name_is_audited_by_what_it_shows(tmp_path, capsys, named):
    frame = _stock()
    frame.to_csv(tmp_path / "b.csv", index=False)
    wide = pd.pivot_table(frame, "Miete", "Ort", "Baujahr", "sum", 0.0, margins=True, margins_name="Total")
    rows = wide.stack().round(2).rename("value").reset_index().assign(measure="Miete", status="S", **named)
    rows.to_csv(tmp_path / "alles.csv", index=False)
    report = tmp_path / "r.json"
    given = ("--pattern", str(tmp_path / "alles.csv"), "--report", str(report))
    assert _run(tmp_path / "b.csv", *given, command="audit") == 1
    found = json.loads(report.read_text("utf-8"))
    assert found["verdict"] == "disclosing" and any("Ort=Nord" in f["cell"] for f in found["findings"])
    assert f"{len(rows)} Zellen" in capsys.readouterr().out
    assert report.stat().st_mode & 0o077 == 0


def test_a_published_mean_is_judged_as_its_sum_and_a_median_by_its_count(tmp_path, capsys):
    frame = _stock()
    frame.to_csv(tmp_path / "b.csv", index=False)
    assert _run(tmp_path / "b.csv", "--mean", "Miete", "--median", "Miete", "--internal", str(tmp_path / "i.csv")) == 0
    table = pd.read_csv(tmp_path / "i.csv", dtype=str, keep_default_na=False)
    pattern = tmp_path / "muster.csv"
    for measure in ("mean(Miete)", "median(Miete)"):
        changed = table.copy()
        at = changed.index[(changed["measure"] == measure) & (changed["status"] == "primary")][0]
        changed.loc[at, ["value", "status"]] = ["640", "published"]
        changed.to_csv(pattern, index=False)
        assert _run(tmp_path / "b.csv", "--pattern", str(pattern), command="audit") == 1, measure
        changed.assign(measure=changed["measure"].str.replace("Miete", "Lohn")).to_csv(pattern, index=False)
        assert _run(tmp_path / "b.csv", "--pattern", str(pattern), command="audit") == 2
    assert "„Lohn“" in capsys.readouterr().err


@pytest.mark.parametrize("scale", [1.0, 1e4, 1e10])
def test_a_record_is_the_same_in_any_step_and_of_any_size(scale):
    """Scaled to whole numbers, values from 9.2e12 on would overflow, and all of them be one."""
    rents = [round(v * scale, 2) for v in (400.25, 500.5, 300, 123.75)]
    frame = pd.DataFrame({"q": "Q", "owner": [f"O{i}" for i in range(4)], "rent": rents, "w": 1.0})
    first = prepare(frame, ["q"], "owner", ["rent"], weight="w").identity
    assert len({tuple(row) for row in first["rent"].tolist()}) == 4
    more = pd.DataFrame({"q": ["Q"], "owner": ["O5"], "rent": [0.125], "w": [0.5]})
    other = prepare(pd.concat([frame, more], ignore_index=True), ["q"], "owner", ["rent"], weight="w").identity
    assert all((other[m][:4] == first[m]).all() for m in ("rent", "count"))


@pytest.mark.parametrize(("value", "step"), [(1_000_000_000.5, 0.1), (12_345_678.91, 0.01), (0.1, 0.1), (3e6, 1.0)])
def test_large_values_keep_their_decimals(value, step):
    frame = pd.DataFrame({"q": "Q", "owner": [f"O{i % 7}" for i in range(150)], "rent": value})
    data = prepare(frame, ["q"], "owner", ["rent"])
    assert data.step["rent"] == step
    assert int(data.amounts["rent"].sum()) == round(150 * value / step)
