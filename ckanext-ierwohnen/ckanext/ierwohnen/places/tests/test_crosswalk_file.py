"""Crosswalks as offices write them: separators, names of columns, per cent, and clear words for what is none."""

from __future__ import annotations

import pytest

from ckanext.ierwohnen.places.carrying import carry_sum
from ckanext.ierwohnen.places.crosswalk import crosswalk_from_table
from ckanext.ierwohnen.places.crosswalk_file import read_crosswalk
from ckanext.ierwohnen.places.findings import BoundaryError

PAIRS = [("26", "45", 0.62), ("26", "43", 0.38), ("11", "11", 1.0)]


@pytest.mark.parametrize("text", [
    "alt;neu;Anteil\n26;45;0,62\n26;43;0,38\n11;11;1\n",
    "from,to,share\n26,45,0.62\n26,43,0.38\n11,11,1\n",
    "26\t45\t0,62\n26\t43\t0,38\n11\t11\t1\n",
    "neu;alt;Anteil in %\n45;26;62\n43;26;38\n11;11;100\n",
    "Schlüssel_alt;Name;Schlüssel_neu;Anteil\n26;Schacht;45;62 %\n26;Schacht;43;38 %\n11;Mitte;11;100 %\n\n",
])  # fmt: skip
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_reads_what_offices_write(text, encoding):
    found = read_crosswalk(text.encode(encoding), "u.csv")
    assert [(s, t) for s, t, _ in found] == [(s, t) for s, t, _ in PAIRS]
    assert [share for _, _, share in found] == pytest.approx([share for _, _, share in PAIRS])


def test_without_shares_each_goes_over_whole():
    assert read_crosswalk(b"alt;neu\n01;02\n", "u.csv") == [("01", "02", None)]


@pytest.mark.parametrize(("data", "word"), [
    (b"", "alt;neu;Anteil"),
    (b"PK\x03\x04\0\0", "alt;neu;Anteil"),
    (b"alt;neu;Anteil\n26;45;viel\n", "Zeile 2"),
    (b"alt;neu;Anteil\n26;;1\n", "Zeile 2"),
    (b"alt;neu;Anteil\n", "keine Zeilen"),
])  # fmt: skip
def test_what_is_none_is_refused_with_place(data, word):
    with pytest.raises(BoundaryError) as refused:
        read_crosswalk(data, "u.csv")
    assert word in refused.value.findings[0].text("de")


def test_a_matrix_of_old_rows_and_new_columns():
    text = ";11;12;13\n4103;0;0,257;0,743\n4105;1;;0\n"
    assert read_crosswalk(text.encode(), "m.csv") == [
        ("4103", "12", 0.257), ("4103", "13", 0.743), ("4105", "11", 1.0)
    ]  # fmt: skip


def test_leipzigs_matrix_from_postcodes_to_quarters(real_data):
    pairs = read_crosswalk((real_data / "leipzig" / "matrixPLZtoORTSTEIL.csv").read_bytes(), "matrix.csv")
    postcodes, quarters = {old for old, _, _ in pairs}, {new for _, new, _ in pairs}
    assert (len(postcodes), len(quarters)) == (34, 63)
    made = crosswalk_from_table(pairs, postcodes, quarters)
    assert sum(carry_sum(dict.fromkeys(postcodes, 100.0), made).values.values()) == pytest.approx(3400, rel=1e-9)
