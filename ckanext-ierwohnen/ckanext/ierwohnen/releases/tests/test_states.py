"""The machine under random sequences of steps: what it let pass never breaks a promise."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.ierwohnen.releases.states import (
    ANALYST,
    APPROVER,
    ENGINE,
    LAST,
    Case,
    State,
    Step,
    StepRefused,
    Taken,
    exposed,
)

OWNERS = frozenset({"A", "B"})
TRIES = st.lists(
    st.builds(
        Taken, st.sampled_from(list(Step)), st.sampled_from(["A", "B", "C", ENGINE]),
        st.sampled_from(["p1", "p2", "p3", "boss"]), st.sampled_from([ANALYST, APPROVER, "", "sysadmin"]),
        st.sampled_from(["", "because"]),
    ),
    max_size=25,
)  # fmt: skip


PATH = [
    Taken(Step.JOIN, "B", "p2", ANALYST), Taken(Step.PASS, ENGINE, "engine"), Taken(Step.APPROVE, "A", "p3", APPROVER),
    Taken(Step.APPROVE, "B", "p3", APPROVER), Taken(Step.PUBLISH, "A", "p3", APPROVER),
]  # fmt: skip
# Attempts in random order, with as much of a good life among them as chance leaves.
LIVES = st.builds(
    lambda tries, gaps: [t for n, gap in enumerate(gaps) for t in (*tries[n * 3 : n * 3 + gap], *PATH[n : n + 1])],
    TRIES, st.lists(st.integers(0, 3), min_size=0, max_size=9),
)  # fmt: skip


def walked(tries: list[Taken]) -> list[Case]:
    cases = [Case.begun(OWNERS, Taken(Step.PREPARE, "A", "p1", ANALYST))]
    for taken in tries:
        try:
            cases.append(cases[-1].after(taken))
        except StepRefused:
            continue
    return cases


@settings(max_examples=600, deadline=None)
@given(LIVES)
def test_promises_hold_after_any_sequence_of_attempts(tries):
    cases = walked(tries)
    end = cases[-1]
    approvals = [taken for taken in end.steps if taken.step == Step.APPROVE]
    assert not any(end.took_part(taken, Step.PREPARE, Step.JOIN) for taken in approvals), "four eyes"
    assert all(taken.role == APPROVER for taken in end.steps if taken.step in (Step.APPROVE, Step.PUBLISH))
    assert end.organizations(Step.APPROVE, Step.JOIN, Step.REJECT, Step.PUBLISH, Step.WITHDRAW) <= OWNERS
    if Step.PUBLISH in {taken.step for taken in end.steps}:
        assert end.organizations(Step.APPROVE) == OWNERS and end.joined
        order = [taken.step for taken in end.steps]
        assert order.index(Step.PASS) < order.index(Step.APPROVE) < order.index(Step.PUBLISH)
    for before, after in pairwise(cases):
        assert before.state not in LAST, "nothing happens after the end"
        assert exposed(after) != "nobody" or exposed(before) == "nobody"
        assert exposed(before) != "audience" or exposed(after) == "audience"
    if end.state == State.PUBLISHED or Step.PUBLISH in {taken.step for taken in end.steps}:
        assert exposed(end) == "audience", "what was out stays known"


@given(LIVES)
def test_records_are_touched_only_when_all_owners_take_part(tries):
    for case in walked(tries):
        if case.state not in (State.PREPARED, State.REJECTED, State.EXPIRED):
            assert case.organizations(Step.PREPARE, Step.JOIN) == OWNERS


@pytest.mark.parametrize(
    ("steps", "last", "who"),
    [
        (1, None, "nobody"), (2, None, "waiting"), (4, None, "waiting"), (2, Step.REJECT, "owners"),
        (4, Step.EXPIRE, "owners"),
        (5, None, "audience"), (5, Step.EXPIRE, "audience"), (5, Step.WITHDRAW, "audience"),
        (5, Step.SUPERSEDE, "audience"), (1, Step.REJECT, "nobody"),
    ],
)  # fmt: skip
def test_who_could_have_seen_it(steps, last, who):
    engines = last in (Step.EXPIRE, Step.SUPERSEDE)
    end = [Taken(last, ENGINE if engines else "A", "p3", "" if engines else APPROVER, "because")] if last else []
    (*_, case) = walked([*PATH[:steps], *end])
    assert len(case.steps) == 1 + steps + len(end)
    assert exposed(case) == who


def passed() -> Case:
    return walked([Taken(Step.JOIN, "B", "p2", ANALYST), Taken(Step.PASS, ENGINE, "engine")])[-1]


def test_each_owner_approves_and_only_then_it_is_published():
    case = passed().after(Taken(Step.APPROVE, "A", "p3", APPROVER))
    assert case.state == State.CHECKED and case.open == {"B"}
    with pytest.raises(StepRefused, match="not-now"):
        case.after(Taken(Step.PUBLISH, "A", "p3", APPROVER))
    case = case.after(Taken(Step.APPROVE, "B", "p4", APPROVER))
    assert case.state == State.APPROVED
    assert case.after(Taken(Step.PUBLISH, "B", "p4", APPROVER)).state == State.PUBLISHED


@pytest.mark.parametrize(
    ("taken", "code"),
    [
        (Taken(Step.APPROVE, "A", "p1", APPROVER), "four-eyes"),
        (Taken(Step.APPROVE, "A", "p2", APPROVER), "four-eyes"),  # joined for the other owner
        (Taken(Step.APPROVE, "A", "p3", ANALYST), "role"),
        (Taken(Step.APPROVE, "C", "p3", APPROVER), "not-owner"),
        (Taken(Step.REJECT, "A", "p3", APPROVER, " "), "no-reason"),
        (Taken(Step.PASS, "A", "p3", APPROVER), "not-now"),
        (Taken(Step.EXPIRE, "A", "p3", APPROVER), "not-yours-to-do"),
    ],
)
def test_a_refusal_says_why(taken, code):
    with pytest.raises(StepRefused, match=code):
        passed().after(taken)


@pytest.mark.parametrize(
    ("person", "account", "prepared_by", "allowed"),
    [
        ("renamed", "u1", "u1", False), ("p1", "u2", "u1", True), ("p1", "u2", "", False), ("p1", "", "u1", False),
        ("renamed", "u2", "", True),
    ],
)  # fmt: skip
def test_four_eyes_go_by_the_account_and_by_its_name_where_no_account_is_noted(person, account, prepared_by, allowed):
    case = Case.begun(frozenset({"A"}), Taken(Step.PREPARE, "A", "p1", ANALYST, account=prepared_by))
    case = case.after(Taken(Step.PASS, ENGINE, "engine"))
    approval = Taken(Step.APPROVE, "A", person, APPROVER, account=account)
    if allowed:
        assert case.after(approval).state == State.APPROVED
        return
    with pytest.raises(StepRefused, match="four-eyes"):
        case.after(approval)
