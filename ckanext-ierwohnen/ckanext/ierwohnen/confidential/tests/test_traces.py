"""Records that were published with noise are known again by suppression and audit, whatever their source is called."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from ckanext.ierwohnen.confidential.build import Release, build_model
from ckanext.ierwohnen.confidential.command import main
from ckanext.ierwohnen.confidential.errors import InputError
from ckanext.ierwohnen.confidential.hierarchy import flat
from ckanext.ierwohnen.confidential.microdata import prepare
from ckanext.ierwohnen.confidential.tabulate import Dimension, Table
from ckanext.ierwohnen.confidential.traces import Trace, canonical, parse_trace, trace_of

from .stock import random_records


def _stock(seed: int = 1, rows: int = 600) -> pd.DataFrame:
    return random_records(seed, rows, (6, 4, 3), 9, whole=False).astype(str)


def _trace(frame: pd.DataFrame) -> Trace:
    return trace_of(frame, frame.columns)


STOCK = _stock()
OTHERS = {
    "other rows": _stock(2),
    "a stock of the same size, numbered alike": _stock(3).assign(id=range(600)),
    "other places": STOCK.assign(d0="z" + STOCK["d0"], rent=(STOCK["rent"].astype(float) + 0.5).astype(str)),
    "one column alone": STOCK[["d2"]],
    "a few rows alike": pd.concat([STOCK.iloc[:2], _stock(4)]),
}
SAME = {
    "the same": STOCK,
    "rows in another order": STOCK.sample(frac=1, random_state=1),
    "columns renamed and in another order": STOCK.rename(columns=str.upper).iloc[:, ::-1],
    "numbered": STOCK.assign(id=[f"w{i}" for i in range(600)]),
    "without owner": STOCK.drop(columns="owner"),
    "without rent": STOCK.drop(columns="rent"),
    "capitals, blanks, decimals": STOCK.assign(
        d0="  " + STOCK["d0"].str.upper(), rent=[f"{float(v):.3f}".replace(".", ",") for v in STOCK["rent"]]
    ),
    "a tenth": STOCK.sample(60, random_state=2),
    "a tenth of it, numbered": STOCK.sample(60, random_state=2).assign(id=range(1000, 1060)),
    "with corrections and additions": pd.concat([STOCK.iloc[5:], _stock(5, 300)]),
    "an empty column more": STOCK.assign(note=""),
}


@pytest.mark.parametrize("name", SAME)
def test_the_same_records_are_known_again(name):
    mine, other = _trace(STOCK), _trace(SAME[name])
    assert mine.shares(other) and other.shares(mine)
    assert parse_trace(*mine.written()) == mine


@pytest.mark.parametrize("name", OTHERS)
def test_other_records_are_not(name):
    assert not _trace(STOCK).shares(_trace(OTHERS[name]))


def test_a_small_part_of_a_large_stock_is_known_again_and_its_trace_stays_small():
    whole = _stock(6, 40_000).assign(id=np.arange(40_000))
    trace = _trace(whole)
    assert trace.shares(_trace(whole.sample(1_200, random_state=3)))
    assert not trace.shares(_trace(_stock(7, 40_000).assign(id=np.arange(40_000))))
    assert sum(map(len, trace.written())) < 30_000


@pytest.mark.parametrize(
    ("one", "two"), [("0850,50", "850.5"), ("1.234,5", "1234.50"), ("Süd ", "Su\u0308D"), ("-3", "-3.0"), ("007", "7")]
)
def test_a_value_written_in_two_ways_is_one(one, two):
    assert canonical(one) == canonical(two)


@pytest.fixture
def run(tmp_path):
    """Noise or suppression on a table of records; files in folders by name."""
    (tmp_path / "key.txt").write_text("0123456789abcdef" * 2)

    def command(kind: str, frame: pd.DataFrame, *more: str) -> int:
        frame.to_csv(tmp_path / "b.csv", index=False)
        given = [kind, str(tmp_path / "b.csv"), "--dimensions", "d0,d1", *more]
        if kind == "perturb":
            given += ["--record-id", "id", "--secret", str(tmp_path / "key.txt"), "--output", str(tmp_path / "n.csv")]
        else:
            given += ["--value", "rent", "--holding", "owner"]
        return main([*given, "--output", str(tmp_path / "o.csv")] if kind == "protect" else given)

    command.folder = tmp_path
    return command


def test_no_name_and_no_order_brings_noise_and_suppression_together(run, capsys):
    numbered = STOCK.assign(id=[f"w{i}" for i in range(600)])
    assert run("perturb", numbered, "--source", "Bestand") == 0
    record = run.folder / "disclosure-methods.csv"
    assert record.stat().st_mode & 0o077 == 0 and "Bestand,cell key," in record.read_text("utf-8")
    for name in ("columns renamed and in another order", "rows in another order", "a tenth"):
        frame = SAME[name].rename(columns=str.lower)
        for source in ([], ["--source", "Ganz anders"]):
            assert run("protect", frame, *source) == 2, name
            said = capsys.readouterr().err
            assert "unter dem Namen „Bestand“ schon mit „cell key“" in said and "disclosure-methods.csv" in said
    assert not (run.folder / "o.csv").exists()
    other = _stock(2)
    assert run("protect", other, "--source", "Anderswo") == 0
    lines = record.read_text("utf-8").splitlines()
    assert run("protect", other, "--source", "anderswo ") == 0 and record.read_text("utf-8").splitlines() == lines
    assert len(lines) == 3 and run("perturb", other.assign(id=range(600))) == 2
    assert "„Anderswo“ schon mit „suppression“" in capsys.readouterr().err


def test_the_audit_knows_the_records_too_and_an_older_record_is_read(run, capsys):
    assert run("protect", STOCK) == 0
    record = run.folder / "disclosure-methods.csv"
    record.unlink()
    assert run("perturb", STOCK.assign(id=range(600))) == 0
    assert run("audit", STOCK, "--pattern", str(run.folder / "o.csv")) == 2
    record.write_text("source,method\nBestand,cell key\n", "utf-8")
    assert run("audit", STOCK, "--pattern", str(run.folder / "o.csv")) == 0
    assert run("audit", STOCK, "--pattern", str(run.folder / "o.csv"), "--source", "bestand") == 2
    record.write_text("source,method,records,columns,rows\nBestand,cell key,xyz,,\n", "utf-8")
    assert run("audit", STOCK, "--pattern", str(run.folder / "o.csv")) == 2
    assert "lässt sich nicht lesen" in capsys.readouterr().err


SLOW = """
import sys, time
from pathlib import Path
from ckanext.ierwohnen.confidential import job
from ckanext.ierwohnen.confidential.command import main
folder, name = Path(sys.argv[1]), sys.argv[2]
recorded = job.recorded

def slow(*given):
    found = recorded(*given)
    (folder / f"{name}.read").touch()
    for _ in range(30):  # until the other has read the record as well
        if len(list(folder.glob("*.read"))) == 2:
            break
        time.sleep(0.05)
    return found

job.recorded = slow
sys.exit(main(["protect", str(folder / f"{name}.in.csv"), "--dimensions", "d0", "--value", "rent", "--holding", "owner",
               "--source", name, "--output", str(folder / f"{name}.csv")]))
"""


def test_two_runs_at_the_same_time_both_leave_their_line(tmp_path):
    runs = []
    for seed, name in enumerate(("one", "two")):
        _stock(seed).to_csv(tmp_path / f"{name}.in.csv", index=False)
        given = [sys.executable, "-c", SLOW, str(tmp_path), name]
        runs.append(subprocess.Popen(given, stdout=subprocess.DEVNULL))
    assert [run.wait(120) for run in runs] == [0, 0]
    lines = (tmp_path / "disclosure-methods.csv").read_text("utf-8").splitlines()
    assert sorted(line.partition(",")[0] for line in lines) == ["one", "source", "two"]


def test_releases_of_one_model_are_known_by_their_records_as_well():
    data = prepare(STOCK, ["d0"], "owner", ["rent"])
    turned = prepare(STOCK.iloc[::-1].reset_index(drop=True), ["d0"], "owner", ["rent"])
    other = prepare(_stock(2), ["d0"], "owner", ["rent"])
    table = (Table("t", (Dimension("d0", flat(STOCK["d0"])),), ("rent",)),)
    noisy = Release("noise", turned, table, "another name", pattern={}, perturbed=True)
    with pytest.raises(InputError, match="cell key method"):
        build_model([noisy, Release("new", data, table, "stock")])
    assert len(build_model([noisy, Release("new", other, table, "stock")]))
