"""One name written in two ways is one category, and never two contributors behind a cell."""

from __future__ import annotations

import unicodedata

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.ierwohnen.confidential.build import Release, build_model
from ckanext.ierwohnen.confidential.command import main
from ckanext.ierwohnen.confidential.errors import InputError
from ckanext.ierwohnen.confidential.hierarchy import flat
from ckanext.ierwohnen.confidential.microdata import prepare
from ckanext.ierwohnen.confidential.reading import cleaned
from ckanext.ierwohnen.confidential.spelling import alike, folded, key_of
from ckanext.ierwohnen.confidential.tabulate import Dimension, Table

UNSEEN = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\ufe0f\u202a\u202c\x07\x7f\x9b"
BLANKS = " \t\u00a0\u2007\u202f\u3000\u2028"
NAMES = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12)


@settings(max_examples=150, deadline=None)
@given(NAMES, st.lists(st.tuples(st.integers(0, 12), st.sampled_from(UNSEEN)), max_size=4))
def test_what_looks_the_same_is_the_same_name(text, added):
    name = cleaned(text)
    assert cleaned(name) == name and folded(folded(name)) == folded(name)
    assert cleaned(unicodedata.normalize("NFD", name)) == name
    for at, sign in added:
        text = text[:at] + sign + text[at:]
    if not any(unicodedata.combining(c) for c in text) and unicodedata.is_normalized("NFC", text):
        assert cleaned(text).replace(" ", "") == name.replace(" ", "")
    for blank in BLANKS:
        assert cleaned(f"{blank}{name.replace(' ', blank * 2)}{blank}") == name


@settings(max_examples=150, deadline=None)
@given(NAMES)
def test_a_hand_may_write_a_name_in_capitals_and_with_hyphens(text):
    name = cleaned(text)
    ways = [unicodedata.normalize("NFKC", name), name.upper().lower(), name.replace(" ", "-"), f"{name}."]
    plain = name.isascii()  # elsewhere capitals and back may be another letter
    assert all(folded(w) == folded(name) for w in ways if folded(name) != name or plain) or not any(
        c.isalnum() for c in name
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("GAG AG", "gag  ag"), ("GAG AG", "GAG-AG"), ("GAG AG", "G\u0410G AG"), ("Bau eG", "Bau e. G."),
        ("Häuser GmbH & Co. KG", "HAEUSER GMBH UND CO KG"), ("Straße", "STRASSE"), ("Société", "Societe"),
        ("ﬁrma", "Firma"), ("A\u200bB", "AB"), ("LEG1", "LEG 1"), ("Haus-Bau", "HausBau"), ("Œuvre", "oeuvre"),
        ("Łodz", "Lodz"), ("Ørsted", "Orsted"), ("ISIK", "ısik"), ("1", "1.0"), ("007", "7"), ("0", "00"),
    ],
)  # fmt: skip
def test_spellings_of_one_name_are_known(first, second):
    assert key_of(cleaned(first)) == key_of(cleaned(second))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("1-11", "11-1"), ("1.1", "11"), ("O1", "O2"), ("A+", "A"),
        ("Bau Nord", "Bau Süd"), ("10", "1"), ("Haus 1 12", "Haus 11 2"), ("?", "!"),
    ],
)  # fmt: skip
def test_different_names_stay_different(first, second):
    assert key_of(first) != key_of(second)


def test_slips_of_the_pen_are_worth_a_word_and_no_refusal(run, capsys):
    assert alike(["GAG Immobilien AG", "GAG Immobilen AG", "AG GAG Immobilien", "O1", "O2", "Bau A", "Bau B"]) == [
        ("AG GAG Immobilien", "GAG Immobilen AG"), ("AG GAG Immobilien", "GAG Immobilien AG"),
    ]  # fmt: skip
    assert alike(["Bauverein Nord", "Bauverein Süd", "Haus 11", "Haus 12", "Nordhaus", "Nordbau"]) == []
    assert run(_rows(["Nordhaus", "Nordhaus AG", "Nordhsus", "A", "B", "C", "D"])) == 0
    said = capsys.readouterr().out
    assert "„Nordhaus“ und „Nordhsus“ heißen fast gleich" in said and said.count("Achtung") == 1


@pytest.fixture
def run(tmp_path):
    """Protect records (quarter, owner, rent) in a file, with rules or options."""

    def protect(rows, *more: str) -> int:
        frame = pd.DataFrame(rows, columns=["Quartier", "Geber", "Miete"])
        frame.to_csv(tmp_path / "b.csv", index=False)
        given = ["protect", str(tmp_path / "b.csv"), "--dimensions", "Quartier", "--value", "Miete", "--count"]
        return main([*given, "--holding", "Geber", "--output", str(tmp_path / "o.csv"), *more])

    protect.folder = tmp_path
    return protect


def _rows(owners, quarters=("Süd", "Nord")):
    return [(q, o, 100.0 + i) for q in quarters for i, o in enumerate(owners) for _ in range(3)]


FOUR = ["Bau A", "Bau B", "Bau C", "GAG AG"]


@pytest.mark.parametrize("other", ["GAG  AG ", "GAG\u00a0AG", "GAG\u200b AG", "\ufeffGAG AG"])
def test_one_owner_that_looks_the_same_is_one_contributor(run, other):
    """Four contributors are too few, however often one of them is written in another way."""
    wide = _rows(["Bau D", "Bau E", "Bau F", "Bau G", "Bau H", "Bau I"], ("Ost", "West", "Mitte"))
    assert run([*_rows([*FOUR, "GAG AG"]), *wide]) == 0
    same = (run.folder / "o.csv").read_text("utf-8")
    assert "Nord,Miete,.,secret" in same
    assert run([*_rows([*FOUR, other]), *wide]) == 0
    assert (run.folder / "o.csv").read_text("utf-8") == same


def test_one_owner_in_two_spellings_is_refused_until_they_are_linked(run, capsys):
    rows = _rows([*FOUR, "Gag-AG", "Bau E"])
    assert run(rows) == 2
    said = capsys.readouterr().err
    assert "„GAG AG“ (b.csv Zeile 11) und „Gag-AG“ (b.csv Zeile 14)" in said and "--linked" in said
    (run.folder / "l.csv").write_text("owner,group\nGag-AG,GAG AG\n", "utf-8")
    assert run(rows, "--linked", str(run.folder / "l.csv")) == 0
    (run.folder / "r.yaml").write_text("linked: {Bau B: Bau-A}\n", "utf-8")
    assert run(_rows([*FOUR, "Bau E"]), "--rules", str(run.folder / "r.yaml")) == 2
    assert "„Bau A“ (b.csv Zeile 2) und „Bau-A“ (verbundene" in capsys.readouterr().err


def test_an_owner_that_another_delivery_writes_in_another_way_is_refused(run, capsys):
    (run.folder / "alt.csv").write_text("Quartier,Miete,value,status\n", "utf-8")
    old = pd.DataFrame(_rows([*FOUR, "BAU E"]), columns=["Quartier", "Geber", "Miete"])
    old.to_csv(run.folder / "m.csv", index=False)
    (run.folder / "alt.csv").write_text("Quartier,measure,value,status\nTotal,count,30,published\n", "utf-8")
    earlier = f"{run.folder / 'alt.csv'}={run.folder / 'm.csv'}"
    assert run(_rows([*FOUR, "Bau E"]), "--earlier", earlier, "--source", "s") == 2
    said = capsys.readouterr().err
    assert "„Bau E“ (b.csv Zeile 14) und „BAU E“ (m.csv Zeile 14)" in said
    assert run(_rows([*FOUR, "Bau E"]), "--earlier", earlier.replace("m.csv", "b.csv"), "--source", "s") == 0


def test_records_prepared_without_the_command_are_looked_at_as_well():
    frame = pd.DataFrame(_rows([*FOUR, "Bau e"]), columns=["q", "owner", "rent"])
    tables = (Table("t", (Dimension("q", flat(frame["q"])),), ("rent",)),)
    other = prepare(frame.assign(owner=frame["owner"].str.replace("Bau e", "Bau E")), ["q"], "owner", ["rent"])
    releases = [Release(n, d, tables, "s") for n, d in (("r", prepare(frame, ["q"], "owner", ["rent"])), ("s", other))]
    with pytest.raises(InputError, match=r"“Bau e” \(release r\) and “Bau E” \(release s\)|“Bau E” .* and “Bau e”"):
        build_model([releases[0], Release("s", other, tables, "s", pattern={})])
    with pytest.raises(InputError, match=r"row 2.*row 17"):
        prepare(pd.concat([frame.iloc[:15], frame.assign(owner="BAU A")], ignore_index=True), ["q"], "owner", ["rent"])


def test_categories_and_columns_are_cleaned_and_values_are_not(run, capsys):
    rows = _rows([f"Bau {c}" for c in "ABCDEF"], ("Süd", "Nord Ost"))
    assert run(rows) == 0
    same = (run.folder / "o.csv").read_text("utf-8")
    other = [(q if i % 2 else unicodedata.normalize("NFD", q).replace(" ", "\u00a0\u200b"), o, v)
             for i, (q, o, v) in enumerate(rows)]  # fmt: skip
    (run.folder / "h.csv").write_text("code,parent\nSu\u0308d,\nNord\u2009Ost,\n", "utf-8")
    assert run(other, "--hierarchy", f"Quartier={run.folder / 'h.csv'}") == 0
    assert (run.folder / "o.csv").read_text("utf-8") == same
    assert run([*rows[:-1], ("Süd", "Bau A", "1\u200b00")]) == 2
    assert "„1\u200b00“ ist keine Zahl" in capsys.readouterr().err
