"""Ranking of proposals."""

from __future__ import annotations

from ckanext.ierwohnen.portal.suggest import Candidate, rank


def candidate(*names: str) -> Candidate:
    """A candidate known by these names."""
    return Candidate("indicator", names, "Prozent", "/x")


def test_shown_name_comes_before_synonym():
    """Both are found; the one whose shown name fits is first."""
    found = rank("leerstand", [candidate("Ungenutzte Wohnungen", "Leerstand"), candidate("Leerstandsquote")], 5)
    assert [proposal.candidate.names[0] for proposal in found] == ["Leerstandsquote", "Ungenutzte Wohnungen"]


def test_a_synonym_is_not_marked_in_the_shown_name():
    """Nothing is underlined that was not typed."""
    proposal = rank("leerstand", [candidate("Ungenutzte Wohnungen", "Leerstand")], 5)[0]
    assert proposal.as_dict()["pieces"] == [["Ungenutzte Wohnungen", False]]


def test_what_was_typed_comes_before_what_resembles_it_and_what_has_values_before_what_has_none():
    """Who looks for the rent wants the rent that there are figures of."""
    empty = Candidate("indicator", ("Mieterwechsel",), "noch keine Werte", "/x", empty=True)
    found = rank("Miete", [candidate("Mitte"), empty, candidate("Angebotsmiete")], 5)
    assert [one.candidate.names[0] for one in found] == ["Angebotsmiete", "Mieterwechsel", "Mitte"]
    assert [one.match.guessed for one in found] == [False, False, True]


def test_limit_holds():
    """A group stays short."""
    assert len(rank("a", [candidate(f"A{n}") for n in range(50)], 5)) == 5


def test_nothing_fits():
    """No proposal is better than a wrong one."""
    assert rank("zzz", [candidate("Altstadt")], 5) == []
