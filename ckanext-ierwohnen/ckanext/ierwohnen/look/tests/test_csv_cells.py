"""CSV files for spreadsheets: their mark, their separator, and nothing that is computed."""

from __future__ import annotations

from ckanext.ierwohnen.look.csv_cells import csv_bytes, exact_number


def test_a_file_has_a_mark_and_computes_nothing_whatever_separates_its_cells():
    rows = [["=1+1", 5.5, None], ["a;=2;b,=3", "x\"y", -1]]
    lines = csv_bytes(["Nr", "@Wert", ""], rows).decode().split("\r\n")
    assert lines == ["\ufeffNr;'@Wert;", "'=1+1;5.5;", "\"a;=2;b,'=3\";\"x\"\"y\";-1", ""]
    lines = csv_bytes(["a", "b"], rows[1:], ",").decode().split("\r\n")
    assert lines == ["\ufeffa,b", "\"a;'=2;b,=3\",\"x\"\"y\",-1", ""]


def test_numbers_are_exact_and_have_the_sign_of_the_language():
    assert [exact_number(one, "de") for one in (3.0, 0.1, 1234567.25)] == ["3", "0,1", "1234567,25"]
    assert exact_number(1234567.25, "en_GB") == "1234567.25"
