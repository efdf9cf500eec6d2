"""Who sees what, and what each reader has lined up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.ierwohnen.releases.audience import ALLIANCE, EVERYBODY, Audience, among, circles

LISTS = st.lists(st.frozensets(st.sampled_from("abcde"), max_size=4), max_size=6)


def test_an_audience_is_its_list_and_nothing_else():
    alliance = Audience(ALLIANCE, frozenset("ab"))
    assert alliance.admits(["b", "z"]) and not alliance.admits(["z"]) and not alliance.admits([])
    assert EVERYBODY.admits([])
    assert Audience.of(alliance.stored()) == alliance
    for wrong in (("public", frozenset("a")), (ALLIANCE, frozenset()), ("friends", frozenset("a"))):
        with pytest.raises(ValueError, match="no audience"):
            Audience(*wrong)


@given(LISTS)
def test_every_organization_is_an_attacker_with_all_that_it_ever_saw(lists):
    seen = {f"r{n}": among(members) if members else EVERYBODY for n, members in enumerate(lists)}
    audiences, circle = circles(seen)
    known = [audiences.sees(name) for name in audiences.names()]
    for organization in "abcde":
        mine = {circle[release] for release, audience in seen.items() if audience.admits([organization])}
        assert any(mine <= eyes for eyes in known)
    for name in audiences.names():  # and none of them is made up: somebody stands behind each
        ours = {release for release, its in circle.items() if its in audiences.sees(name)}
        assert name == "public" or any(
            ours == {release for release, audience in seen.items() if audience.admits([o])}
            or ours <= {release for release, audience in seen.items() if audience.admits([o])}
            for o in "abcde"
        )
