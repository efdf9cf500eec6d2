"""Each reading falls into exactly one class, and the legend says so without gaps."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.ierwohnen.look.signs import Status
from ckanext.ierwohnen.previews.classes import Kind, Method, Wish, classify, decimals, to_ticks

NEUWALD = [9.8, 6.1, 14.2, 5.2, 9.1, 5.4, 5.9, None, 4.3, None, 6.6, 10.9,
           None, None, 4.4, 12.6, 14.4, 4.0, None, 11.7, 5.0, 8.2, 3.3, None]  # fmt: skip
SIGNS = {7: "secret", 9: "secret", 12: "secret", 13: "secret", 18: "uncertain", 23: "later"}
STATUSES = [SIGNS.get(index, "ok") for index in range(len(NEUWALD))]

readings = st.lists(
    st.tuples(
        st.one_of(st.none(), st.floats(-1e7, 1e7, allow_nan=False).map(lambda value: round(value, 3))),
        st.sampled_from([str(status) for status in Status]),
    ),
    min_size=1,
    max_size=60,
)
wishes = st.builds(
    Wish,
    method=st.sampled_from([Method.ROUNDED, Method.QUANTILE, Method.NATURAL, Method.EQUAL, Method.PRETTY]),
    breaks=st.lists(st.floats(-100, 100).map(lambda value: round(value, 1)), max_size=4).map(tuple),
    middle=st.one_of(st.none(), st.floats(-50, 50).map(lambda value: round(value, 1))),
    precision=st.one_of(st.none(), st.integers(0, 3)),
    more_is_better=st.sampled_from([None, True, False]),
)


@given(readings, wishes)
def test_every_reading_is_in_exactly_one_class_and_counts_add_up(rows, wish):
    found = classify([value for value, _ in rows], [status for _, status in rows], wish)
    assert len(found.index_of) == len(rows)
    assert found.counts() == len(rows)
    for position, one in enumerate(found.classes):
        assert one.count == found.index_of.count(position)


@given(readings, wishes)
def test_a_value_lies_within_the_closed_interval_of_its_class(rows, wish):
    found = classify([value for value, _ in rows], [status for _, status in rows], wish)
    for (value, status), position in zip(rows, found.index_of, strict=True):
        one = found.classes[position]
        if one.kind is not Kind.VALUE:
            continue
        number = 0.0 if status in ("nothing", "below_half") else value
        tick = to_ticks(number, found.precision)
        assert one.lower is None or tick >= round(one.lower * 10**found.precision)
        assert one.upper is None or tick <= round(one.upper * 10**found.precision)


@given(readings, wishes)
def test_intervals_close_without_gap_or_overlap(rows, wish):
    found = classify([value for value, _ in rows], [status for _, status in rows], wish)
    values = [one for one in found.classes if one.kind is Kind.VALUE]
    for low, high in pairwise(values):
        assert round(high.lower * 10**found.precision) == round(low.upper * 10**found.precision) + 1


@given(readings)
def test_a_protected_reading_never_shows_its_number(rows):
    hidden = [(value, "secret") for value, _ in rows]
    found = classify([value for value, _ in hidden], [status for _, status in hidden])
    assert [one.kind for one in found.classes] == [Kind.PROTECTED]
    assert found.classes[0].lower is None and found.classes[0].upper is None


@given(st.lists(st.integers(0, 100000), min_size=5, max_size=80))
def test_rounded_quantiles_leave_no_class_empty(values):
    found = classify([float(value) for value in values])
    assert all(one.count for one in found.classes)


def test_the_legend_of_the_design():
    found = classify(NEUWALD, STATUSES, Wish(breaks=(5, 7, 10, 12.5), precision=1))
    assert [(one.label, one.count) for one in found.classes] == [
        ("3,3 bis 4,9", 4), ("5,0 bis 6,9", 6), ("7,0 bis 9,9", 3), ("10,0 bis 12,4", 2), ("12,5 bis 14,4", 3),
        ("geschützt ( . )", 4), ("kein Wert ( … / )", 2),
    ]  # fmt: skip
    assert [one.colour for one in found.classes[:5]] == ["#ffffcc", "#a1dab4", "#41b6c4", "#2c7fb8", "#253494"]


@pytest.mark.parametrize("method", list(Method))
def test_every_method_classifies_the_design(method):
    wish = Wish(method, breaks=(5, 10) if method is Method.FIXED else (),
                middle=8.7 if method is Method.DIVERGING else None)  # fmt: skip
    found = classify(NEUWALD, STATUSES, wish)
    assert found.counts() == 24
    assert found.method is method


def test_german_and_english_numbers():
    values = [1000.0, 2500.0, 4000.0, 12500.0]
    german = [one.label for one in classify(values, wish=Wish(breaks=(5000,))).classes]
    english = [one.label for one in classify(values, wish=Wish(breaks=(5000,)), locale="en").classes]
    assert german == ["1\u202f000 bis 4\u202f999", "5\u202f000 bis 12\u202f500"]
    assert english == ["1,000 to 4,999", "5,000 to 12,500"]


def test_changes_carry_a_sign_and_diverge_around_zero():
    found = classify([-2.0, -1.0, -0.1, 0.0, 0.1, 1.0, 2.0], wish=Wish(middle=0, signed=True, precision=1))
    labels = [one.label for one in found.classes]
    assert all(re.fullmatch(r"[±+−]\d+,\d( bis [±+−]\d+,\d)?", label) for label in labels)
    neutral = found.classes[found.index_of[3]]
    assert neutral.colour == "#f5f5f5"
    assert found.classes[0].colour == "#a6611a"
    turned = classify([-9.0, -2.0, -1.0, 0.0, 1.0, 2.0, 9.0], wish=Wish(middle=0, more_is_better=False))
    assert turned.classes[-1].colour == "#a6611a"


def test_decimals_follow_the_figures():
    assert decimals([1, 5, 900]) == 0
    assert decimals([3.25, 14.4]) == 1
    assert decimals([0.011, 0.043]) == 3


def test_without_readings_there_is_no_class():
    assert classify([]).classes == ()


def test_the_lengths_must_agree():
    with pytest.raises(ValueError, match="2 values but 1 statuses"):
        classify([1.0, 2.0], ["ok"])
