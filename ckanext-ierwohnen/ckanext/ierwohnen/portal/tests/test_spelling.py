"""What somebody types finds what we wrote."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.ierwohnen.portal.spelling import fold, marked, match


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("weissenbrunn", "Weißenbrunn"),
        ("Weißenbr", "Weissenbrunn"),
        ("huettelsdorf", "Hüttelsdorf"),
        ("huttels", "Hüttelsdorf"),
        ("HÜTTELS", "Hüttelsdorf"),
        ("neustadt sued", "Neustadt-Süd"),
        ("süd neustadt", "Neustadt-Süd"),
        ("leerstand", "Wohnungsleerstand nach Stadtteilen"),
        ("bahnofsvorstadt", "Bahnhofsvorstadt"),
        ("eichgrnud", "Eichgrund"),
        ("cafe", "Café"),
    ],
)
def test_variants_find_the_name(typed, written):
    """ß or ss, umlaut or two letters, order of words, one slip: all find it."""
    assert match(typed, written)


@pytest.mark.parametrize(
    ("typed", "written"), [("altstadt", "Eichgrund"), ("xyz", "Altstadt"), ("", "Altstadt"), ("--", "A")]
)
def test_others_do_not(typed, written):
    """Forgiving is not arbitrary."""
    assert match(typed, written) is None


def test_the_start_of_a_name_comes_before_its_middle():
    """Somebody who types the first letters means the name that starts so."""
    assert match("neu", "Neustadt-Süd").score > match("neu", "Oberneuwald").score
    assert match("stadt", "Stadtteile").score > match("stadt", "Neustadt").score


@pytest.mark.parametrize(
    ("typed", "written", "pieces"),
    [
        ("weisse", "Weißenbrunn", [("Weiße", True), ("nbrunn", False)]),
        ("hues", "Haus Hüs", [("Haus ", False), ("Hüs", True)]),
        ("sud", "Neustadt-Sued", [("Neustadt-", False), ("Sued", True)]),
        ("leer", "Leerstandsquote", [("Leer", True), ("standsquote", False)]),
    ],
)
def test_marks_the_name_as_it_is_written(typed, written, pieces):
    """The mark covers whole letters of the written name, however it was typed."""
    assert marked(written, match(typed, written).spans) == pieces


@given(st.text(max_size=40), st.text(max_size=12))
def test_pieces_always_make_the_name_again(name, query):
    """Marking loses and doubles nothing, whatever is typed."""
    found = match(query, name)
    if found:
        assert "".join(text for text, _ in marked(name, found.spans)) == name


@given(st.text(max_size=40))
def test_folding_keeps_order(text):
    """Each folded letter knows where it came from, in order."""
    folded = fold(text)
    assert len(folded.text) == len(folded.origin)
    assert list(folded.origin) == sorted(folded.origin)
