"""The city's register as a file."""

from __future__ import annotations

import pytest

from ckanext.ierwohnen.addresses.register_file import RegisterUnreadable, read_register

TEXT = """Straße;Haus-Nr;Zusatz;PLZ;Ort;raumgliederung/quarter;raumgliederung/district
Lindenstraße;5;a;08056;Neuwald;01;1
Lindenstraße;7;;08056;Neuwald;02;1
ohne Nummer;;;08056;Neuwald;02;1
"""


def test_a_register_is_read_with_its_units(tmp_path):
    file = tmp_path / "adressen.csv"
    file.write_text(TEXT, "utf-8")
    register = read_register(file)
    assert register.count == 2
    found = register.match("Lindenstr. 5a").address
    assert found and found.id == "08056|Lindenstraße|5 a"
    assert found.units == {"raumgliederung/quarter": "01", "raumgliederung/district": "1"}


def test_a_missing_column_is_named(tmp_path):
    file = tmp_path / "adressen.csv"
    file.write_text(TEXT.replace("Haus-Nr", "Nr im Haus"), "utf-8")
    with pytest.raises(RegisterUnreadable, match="Hausnummer"):
        read_register(file)
