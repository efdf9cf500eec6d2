"""Hints about how a file is to be read: those that cannot be are refused by name, and none ends in a fault."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.ierwohnen.tables.check import check_table
from ckanext.ierwohnen.tables.hints import Hints, HintWrong
from ckanext.ierwohnen.tables.messages import message
from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.tables.roles import propose_roles
from ckanext.ierwohnen.tables.tests.sheets import xlsx
from ckanext.ierwohnen.tables.unreadable import TableUnreadable

HEAD = ["Nr", "Stadtteil", "Wohnungen"]
ROWS = [["01", "Nord", "1.234"], ["02", "Ost", "-"], ["03", "Süd", "0"]]
TEXT = "\n".join(";".join(row) for row in [["Bestand"], HEAD, *ROWS, ["Quelle: Amt"]]).encode()
BOOK = xlsx({"T": [["Bestand"], HEAD, *ROWS]})


@pytest.mark.parametrize(
    ("hints", "code"),
    [
        ({"colour": "red"}, "hint_unknown"),
        ({"signs": {"-": "nonsense"}}, "hint_value"),
        ({"signs": {"-": "negative"}}, "hint_value"),  # only brackets may mean minus
        ({"signs": "nothing"}, "hint_object"),
        ({"signs": {"-": {"a": 1}}}, "hint_value"),
        ({"table": "zwei"}, "hint_number"),
        ({"table": 0}, "hint_number"),
        ({"table": -1}, "hint_number"),
        ({"table": True}, "hint_number"),
        ({"table": "9" * 30}, "hint_number"),
        ({"first_row": "²"}, "hint_number"),
        ({"header_rows": [1, "x"]}, "hint_number"),
        ({"decimal": ";"}, "hint_value"),
        ({"decimal": {"Wohnungen": "komma"}}, "hint_value"),
        ({"decimal": 3}, "hint_object"),
        ({"zero": "nothing"}, "hint_value"),
        ({"separator": ";;"}, "hint_separator"),
        ({"separator": '"'}, "hint_separator"),
        ({"separator": "ß"}, "hint_separator"),
        ({"sheet": ["a"]}, "hint_text"),
        ({"missing": [{"a": 1}]}, "hint_text"),
    ],
)
def test_what_cannot_be_is_refused_by_name(hints, code):
    with pytest.raises(HintWrong) as caught:
        Hints.of(hints)
    assert caught.value.code == code
    assert next(iter(hints)) in message(code, caught.value.params, "de") or code == "hint_separator"


@pytest.mark.parametrize(
    ("hints", "code"), [({"sheet": "Blatt 1"}, "sheet_of_text"), ({"sheets": ["2020"]}, "sheet_of_text"),
                        ({"table": 99}, "no_such_table")],
)  # fmt: skip
def test_what_this_file_does_not_have_is_refused(hints, code):
    with pytest.raises(TableUnreadable) as caught:
        read_table(b"Nr;Einwohner\n01;100\n02;200\n", "t.csv", hints)
    assert caught.value.code == code
    if "table" in hints:
        with pytest.raises(TableUnreadable) as caught:
            read_table(xlsx({"T": [["Nr", "Einwohner"], ["01", 100], ["02", 200]]}), "t.xlsx", hints)
        assert caught.value.code == code


def test_what_can_be_is_taken_as_forms_send_it():
    given_ = {
        "table": "2", "first_row": "3", "header_rows": ["1", 2], "decimal": ",", "separator": "tab", "missing": -999,
        "zero": "value", "signs": {"()": "negative", "*": "secret"}, "sheet": None, "encoding": "",
    }  # fmt: skip
    assert Hints.of(given_) == Hints(
        table=2, first_row=3, header_rows=(1, 2), decimal={"*": ","}, separator="\t", missing=("-999",), zero="value",
        signs={"()": "negative", "*": "secret"},
    )  # fmt: skip


@pytest.mark.parametrize("name", ["hex", "rot13", "klingon", "idna", "a\x00b", "undefined"])
def test_an_encoding_that_is_none_of_texts(name):
    with pytest.raises(TableUnreadable):
        read_table(TEXT, "t.csv", {"encoding": name})


_numbers = st.integers(1, 40) | st.sampled_from(["1", "7"])
_hints = st.fixed_dictionaries(
    {},
    optional={
        "encoding": st.sampled_from(["utf-8", "utf-16", "cp1252", "ascii", "utf-32", "punycode", "cp037"]),
        "separator": st.sampled_from([";", ",", "tab", " ", "|", "-"]),
        "sheet": st.sampled_from(["T", "X"]),
        "table": _numbers, "first_row": _numbers, "last_row": _numbers,
        "header_rows": st.lists(_numbers, max_size=4),
        "decimal": st.sampled_from([",", "."]) | st.dictionaries(st.sampled_from([*HEAD, "?"]), st.just(",")),
        "missing": st.lists(st.sampled_from(["0", "-", "1.234", "Nord", "01"])),
        "zero": st.sampled_from(["value", "below_half"]),
        "signs": st.dictionaries(
            st.sampled_from(["-", "0", "()", "1.234", "p"]), st.sampled_from(["missing", "nothing", "limited"])
        ),
    },
)  # fmt: skip


@settings(max_examples=150, deadline=None, derandomize=True)
@given(_hints, st.booleans())
def test_any_possible_hints_give_a_table_or_a_refusal_in_words(hints, book):
    try:
        table = read_table(BOOK if book else TEXT, "t", hints)
    except TableUnreadable as error:
        assert error.message("de")
        return
    report = check_table(table, propose_roles(table))
    assert report.rows == table.row_count
    assert all(problem.message("de") for problem in report.problems)
