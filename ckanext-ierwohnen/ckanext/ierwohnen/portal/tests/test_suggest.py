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


def test_limit_holds():
    """A group stays short."""
    assert len(rank("a", [candidate(f"A{n}") for n in range(50)], 5)) == 5


def test_nothing_fits():
    """No proposal is better than a wrong one."""
    assert rank("zzz", [candidate("Altstadt")], 5) == []
