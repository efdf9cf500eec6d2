"""Long texts cost no more than many short ones, are never loaded, and hide nobody."""

# ruff: noqa: E501
from __future__ import annotations

import io
import time

import pytest
from openpyxl import Workbook

from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.vault.identifiers import judged
from ckanext.ierwohnen.vault.long_cells import LONGEST, OVERLAP, pieces
from ckanext.ierwohnen.vault.persons import person_in
from ckanext.ierwohnen.vault.record import fields
from ckanext.ierwohnen.vault.stock_check import StockCheck
from ckanext.ierwohnen.vault.stock_repairs import repair_of

from .stock import YEAR_END

HEAD = "WE-Nr;Objekt;Straße;Zimmer;NKM;Notiz"
ROW = "A{n};O1;Lindenweg;3;400;gut"
SECONDS = 3
"""For what took 14 seconds and more, and takes hundredths."""


def check(old: str = "", new: str = "", head: str = HEAD, repairs=()) -> StockCheck:
    rows = [ROW.format(n=n) for n in range(20)]
    rows[7] = rows[7].replace(old, new) if old else rows[7]
    content = "\n".join([head, *rows]).encode()
    return StockCheck(read_table(content, "b.csv"), YEAR_END, content=content, repairs=repairs).run()


def test_pieces_are_short_and_hide_nothing():
    text = " ".join(f"Wort{n}" for n in range(1000))
    parts = list(pieces(text))
    assert max(map(len, parts)) <= LONGEST and len("".join(parts)) < 1.5 * len(text)
    assert all(any(f"Wort{n} Wort{n + 1}" in part for part in parts) for n in range(999))
    assert list(pieces("kurz")) == ["kurz"]
    assert [len(part) for part in pieces("x" * 1000)] == [LONGEST, LONGEST, 1000 - 2 * (LONGEST - OVERLAP)]


@pytest.mark.parametrize("unit", ["x", "1", "x ", "x-"])
@pytest.mark.parametrize(("column", "cell"), [("WE-Nr", "A7"), ("Straße", "Lindenweg"), ("NKM", "400")])
def test_a_long_text_is_no_value_and_is_left_blank_or_its_row_out(column, cell, unit):
    before, text = time.process_time(), (unit * 16_000)[:16_000]
    found = check(cell, text)
    assert time.process_time() - before < SECONDS
    errors = [(p.code, p.column, p.rows) for p in found.problems() if p.severity == "error"]
    told = ("too-long", *(["empty-id"] if column == "WE-Nr" else []))
    assert sorted(errors) == sorted((code, column, (9,)) for code in told) and not found.personal
    (problem,) = [p.as_dict() for p in found.problems() if p.code == "too-long"]
    assert problem["may"] == (["blank", "rows"] if column != "WE-Nr" else ["rows"]) and "500 Zeichen" in problem["message"]
    assert check(cell, text, repairs=[repair_of({"action": "rows", "column": column, "code": "too-long"})]).rows == 19
    for action in ({"action": "blank", "code": "too-long"}, {"action": "cell", "row": 9}):
        left = check(cell, text, repairs=[repair_of({**action, "column": column})])
        assert left.loadable is (column != "WE-Nr"), "a dwelling without a number is none"


def test_nobody_is_hidden_behind_a_long_text():
    for cell in ("A7", "O1", "Lindenweg", "400", "gut"):
        found = check(cell, "Bad neu, Küche neu. " * 70 + "Frau Anna Müller zieht aus. " + "Dach neu. " * 900)
        assert [(p.where, p.kind, p.rows) for p in found.personal] == [("column", "name", (9,))], cell
    assert check("gut", "Bad neu, Küche neu. " * 70).loadable, "a long remark, which is not loaded"
    for head in (HEAD.replace("Notiz", "Bad neu " * 100 + "Frau Anna Müller"), "Bad neu " * 300 + "Frau Anna Müller\n" + HEAD):
        (one,) = check(head=head).personal
        assert one.kind == "name" and one.where in ("heading", "outside")


@pytest.mark.parametrize("where", ["cell", "property", "note"])
def test_long_texts_beside_the_table(where):
    from openpyxl.comments import Comment

    for text, kinds in (("x" * 16_000, []), ("Bad neu " * 300 + "Frau Anna Müller " + "Dach neu " * 300, ["name"])):
        book = Workbook()
        for line in (HEAD, *(ROW.format(n=n) for n in range(5))):
            book.active.append(line.split(";"))
        if where == "cell":
            book.create_sheet("Mehr").append([text])
        elif where == "property":
            book.properties.title = text
        else:
            book.active["B3"].comment = Comment(text, "x")
        content = io.BytesIO()
        book.save(content)
        before = time.process_time()
        found = StockCheck(read_table(content.getvalue(), "b.xlsx"), YEAR_END, content=content.getvalue()).run()
        assert time.process_time() - before < SECONDS
        assert [p.kind for p in found.personal] == kinds


def test_texts_of_the_length_of_a_value_are_read_at_once():
    """Expressions that try each way to divide a text would not come to an end."""
    before = time.process_time()
    for text in ("1" * 100 + "!", "1a" * 240 + "!", "x" * 500, "a-" * 250, "Aa" * 240 + "!"):
        judged(text)
        person_in(text)
    heating = fields()["heating"]
    assert heating.spells("Gasheizung mit Wärmepumpe") and heating.spells("gas" * 160) and not heating.spells("gas" * 160 + "x")
    assert time.process_time() - before < SECONDS
