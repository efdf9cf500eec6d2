"""Choices on the check page: from the form, as kept, as actions take them."""

from __future__ import annotations

import pytest

from ckanext.ierwohnen.tables import choices

COLUMNS = [
    {"name": "Nr", "proposed": "key|neuwald|quarter", "wide": False},
    {"name": "2024", "proposed": "indicator|households", "wide": True},
    {"name": "2025", "proposed": "indicator|households", "wide": True},
]


def form(**fields):
    proposed = {f"role-{place}": column["proposed"] for place, column in enumerate(COLUMNS)}
    return {"columns": choices.to_form(COLUMNS), **proposed, **fields}


def test_what_is_as_proposed_is_not_kept():
    assert choices.from_form(form())["roles"] == {}


def test_a_changed_role_is_kept_and_becomes_a_parameter():
    chosen = choices.from_form(form(**{"role-0": "key|neuwald|district", "hint-decimal": ","}))
    assert chosen["roles"] == {"Nr": "key|neuwald|district"}
    assert choices.parameters(chosen) == {
        "hints": {"decimal": ","},
        "roles": [{"column": "Nr", "role": "key", "system": "neuwald", "level": "district"}],
    }


def test_one_choice_for_all_columns_of_periods():
    sent = form(**{"wide": "indicator|dwellings", "wide-was": "indicator|households"})
    assert choices.from_form(sent)["roles"] == {"2024": "indicator|dwellings", "2025": "indicator|dwellings"}


@pytest.mark.parametrize("sent", ["", "{", "[1]", "[[1, 2]]", "null"])
def test_a_tampered_form_chooses_nothing(sent):
    assert choices.from_form({"columns": sent, "role-0": "unused", "mode": "destroy"})["roles"] == {}
    assert choices.from_form({"columns": sent, "mode": "destroy"})["mode"] == "replace"


def test_a_choice_of_a_column_and_its_role_agree():
    column = {"role": "key", "system": "neuwald", "level": "quarter", "indicator": None}
    assert choices.role_of(choices.choice_of(column)) == {"role": "key", "system": "neuwald", "level": "quarter"}


def test_a_note_belongs_to_the_cell_that_is_kept_and_goes_with_it():
    kept = choices.with_repair({}, '{"action": "keep", "row": 5, "column": "Leerstand in %"}')
    sent = {"columns": "[]", "note-of-1": '[5, "Leerstand in %"]', "note-1": "  Mit\nZweitwohnungen "}
    noted = choices.from_form(sent, kept)
    assert noted["repairs"] == [
        {"action": "keep", "row": 5, "column": "Leerstand in %", "note": "Mit Zweitwohnungen"}
    ]
    assert choices.from_form({**sent, "note-1": ""}, noted)["repairs"] == kept["repairs"]
    other = {**sent, "note-of-1": '[6, "Leerstand in %"]'}
    assert choices.from_form(other, kept)["repairs"] == kept["repairs"]
    assert choices.from_form({**sent, "note-of-1": "nonsense"}, kept)["repairs"] == kept["repairs"]
    # Taken back by the button as it was drawn, before the note was typed.
    assert choices.without_repair(noted, '{"action": "keep", "row": 5, "column": "Leerstand in %"}')["repairs"] == []
