"""Hostile files end in a clear message within bounded memory and time, measured in a process of their own."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ckanext.ierwohnen.tables.check import check_table
from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.tables.roles import propose_roles

SECONDS, MEGABYTES = 20, 400  # of the processor; beyond what making the file took
KINDS = {
    "zip bomb": "archive_bomb", "zip bomb, ods": "archive_bomb", "nested zips": "not_a_table",
    "many entries": "archive_bomb", "billion laughs": "xml_entities", "outside entity": "xml_entities",
    "billion laughs, ods": "xml_entities", "outside entity, ods": "xml_entities",
    "16,384 columns": "too_many_c", "1,000,000 columns": "too_many_columns", "one cell far away": "too_many_cells",
    "repeated cells, ods": "too_many_c", "5 GB stream": "too_large", "endless line": "line_too_long",
    "open quotation mark": ("line_too_long", "table"),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_refused_within_bounds(kind):
    script = Path(__file__).parent / "hostile.py"
    reply = subprocess.run([sys.executable, str(script), kind], capture_output=True, text=True, timeout=300)
    assert reply.returncode == 0, reply.stderr[-2000:]
    one = json.loads(reply.stdout.splitlines()[-1])
    assert one["code"].startswith(KINDS[kind]), one
    assert len(one["message"]) > 20 and one["seconds"] < SECONDS and one["megabytes"] < MEGABYTES, one


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_a_word_without_end_does_not_take_for_ever(encoding):
    rows = "Nr;Wort;Zahl\n" + "01;Süd;7\n" * 900
    start = time.process_time()
    table = read_table((rows + "02;" + "ä" * 60_000 + ";8\n").encode(encoding), "t.csv")
    check_table(table, propose_roles(table))
    assert time.process_time() - start < 5


def test_markup_in_headers_and_values_is_text():
    evil = "<script>alert(1)</script>"
    text = f"Nr;{evil};Wohnungen\n" + "".join(f"0{n};{evil}{n};5\n" for n in range(1, 7))
    table = read_table(text.encode(), f"{evil}.csv")
    assert table.names == ["Nr", evil, "Wohnungen"]  # kept as it is; pages escape it
    report = check_table(table, propose_roles(table))
    assert all("<script>" in (p.column or "") or evil not in p.message("de") for p in report.problems)
