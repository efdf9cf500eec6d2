"""Who sees what, and what each reader has lined up."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.ierwohnen.releases.audience import (
    ALLIANCE,
    EVERYBODY,
    Audience,
    Waiting,
    among,
    circles,
)

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


@given(LISTS, st.data())
def test_readers_of_what_waits_are_there_with_and_without_it(lists, data):
    seen = {f"r{n}": among(members) if members else EVERYBODY for n, members in enumerate(lists)}
    waiting = {}
    for release in data.draw(st.sets(st.sampled_from(sorted(seen)), max_size=4)) if seen else ():
        owners = st.frozensets(st.sampled_from(sorted(seen[release].organizations) or "abcde"), min_size=1)
        some = data.draw(owners)
        waiting[release] = Waiting(some, data.draw(st.frozensets(st.sampled_from(sorted(some)), min_size=1)))
    audiences, circle = circles(seen, waiting=waiting)
    known = [{r for r in seen if circle[r] in audiences.sees(name)} for name in audiences.names()]
    for organization in (*"abcde", ""):
        out = {r for r, audience in seen.items() if audience.admits([organization])}
        maybe = {r for r in out & {*waiting} if organization not in waiting[r].owners}
        for agreed in ({r for r in maybe if one in waiting[r].agreed} for one in "abcde"):
            for never in (set(some) for n in range(5) for some in combinations(sorted(agreed), n)):
                assert out - never in known
    for ours in known:
        assert not ours or any(
            all(seen[r].admits([o]) or (r in waiting and o in waiting[r].owners) for r in ours) for o in (*"abcde", "")
        )
