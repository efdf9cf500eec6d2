"""The rows of a state come back digit by digit."""

from __future__ import annotations

import pytest

from ckanext.ierwohnen.tables import snapshots

ROWS = b'01,1894.50,"a ""b"", c"\n02,,\n03,0.1,"two\nlines"\n'


def fill(data: bytes):
    return lambda out: out.write(data)


def test_what_goes_in_comes_out(tmp_path):
    path = tmp_path / "rows.parquet"
    assert snapshots.write(fill(ROWS), path, ["Nr", "Wert", "Text"]) == 3
    assert b"".join(snapshots.as_copy(path)) == ROWS
    (batch,) = snapshots.batches(path)
    assert batch.to_pylist()[2] == {"Nr": "03", "Wert": "0.1", "Text": "two\nlines"}
    assert snapshots.page(path, 1, 1) == [{"Nr": "02", "Wert": None, "Text": None}]
    assert snapshots.read(path, ["Wert"]).column("Wert").to_pylist() == ["1894.50", None, "0.1"]


def test_a_page_is_found_across_groups(tmp_path, monkeypatch):
    monkeypatch.setattr(snapshots, "GROUP", 10)
    path = tmp_path / "rows.parquet"
    snapshots.write(fill(b"".join(b"%d\n" % n for n in range(35))), path, ["n"])
    assert [row["n"] for row in snapshots.page(path, 8, 5)] == ["8", "9", "10", "11", "12"]
    assert [row["n"] for row in snapshots.page(path, 33, 5)] == ["33", "34"]
    assert snapshots.page(path, 99, 5) == []


def test_no_rows_are_no_rows(tmp_path):
    path = tmp_path / "rows.parquet"
    assert snapshots.write(fill(b""), path, ["n"]) == 0
    assert snapshots.page(path, 0, 10) == []


def test_nothing_stays_of_rows_that_broke_off(tmp_path):
    def broken(out):
        out.write(b"1\n2\n")
        raise LookupError("away")

    path = tmp_path / "rows.parquet"
    with pytest.raises(LookupError, match="away"):
        snapshots.write(broken, path, ["n"])
    assert not path.exists()
