"""The life of a release as a machine of steps: who may do what, and when. Pure; the database guards the same again.

    prepared → checked → approved → published → superseded | withdrawn | expired
             ↘ refused   ↘ rejected (until published)

A release is the list of its steps; its state follows from them. Four eyes: whoever prepared a release, or joined it for
an owner, approves it for nobody. No account is exempt; a sysadmin acts for no company at all.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """Where a release stands."""

    PREPARED = "prepared"
    CHECKED = "checked"
    REFUSED = "refused"
    APPROVED = "approved"
    REJECTED = "rejected"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"


class Step(StrEnum):
    """What happens to a release."""

    PREPARE = "prepare"
    JOIN = "join"
    PASS = "pass"
    REFUSE = "refuse"
    APPROVE = "approve"
    REJECT = "reject"
    PUBLISH = "publish"
    WITHDRAW = "withdraw"
    SUPERSEDE = "supersede"
    EXPIRE = "expire"


ANALYST, APPROVER = "analyst", "approver"
ENGINE = ""  # the organization of steps that nobody takes: the check's, the calendar's, the successor's
LAST = frozenset({State.REFUSED, State.REJECTED, State.WITHDRAWN, State.SUPERSEDED, State.EXPIRED})
_FROM: dict[Step, frozenset[State]] = {
    Step.JOIN: frozenset({State.PREPARED}),
    Step.PASS: frozenset({State.PREPARED}),
    Step.REFUSE: frozenset({State.PREPARED}),
    Step.APPROVE: frozenset({State.CHECKED}),
    Step.REJECT: frozenset({State.PREPARED, State.CHECKED, State.APPROVED}),
    Step.PUBLISH: frozenset({State.APPROVED}),
    Step.WITHDRAW: frozenset({State.PUBLISHED}),
    Step.SUPERSEDE: frozenset({State.PUBLISHED}),
    Step.EXPIRE: frozenset({State.PREPARED, State.CHECKED, State.APPROVED, State.PUBLISHED}),
}
_TO = {
    Step.PASS: State.CHECKED, Step.REFUSE: State.REFUSED, Step.REJECT: State.REJECTED, Step.PUBLISH: State.PUBLISHED,
    Step.WITHDRAW: State.WITHDRAWN, Step.SUPERSEDE: State.SUPERSEDED, Step.EXPIRE: State.EXPIRED,
}  # fmt: skip
_BY = {
    Step.PREPARE: (ANALYST, APPROVER), Step.JOIN: (ANALYST, APPROVER), Step.APPROVE: (APPROVER,),
    Step.REJECT: (ANALYST, APPROVER), Step.PUBLISH: (APPROVER,), Step.WITHDRAW: (ANALYST, APPROVER),
}  # fmt: skip
_REASONED = frozenset({Step.REJECT, Step.WITHDRAW})


class StepRefused(Exception):
    """The step may not be taken; `code` is a key of `texts.TEXTS`, `params` what its sentence names."""

    def __init__(self, code: str, **params: Any) -> None:
        self.code, self.params = code, params
        super().__init__(code)


@dataclass(frozen=True)
class Taken:
    """A step that was taken: by whom, for which organization (id), in which role there.

    `person` is the account's name of that day, `account` what stays when it is renamed; old steps know names only.
    """

    step: Step
    organization: str
    person: str
    role: str = ""
    reason: str = ""
    account: str = ""

    def same_person(self, other: Taken) -> bool:
        """Whether one account took both steps, under whatever name."""
        known = self.account and other.account
        return self.account == other.account if known else self.person == other.person


@dataclass(frozen=True)
class Case:
    """A release as a list of steps; the first one prepares it. `owners`: ids of all whose records are in it."""

    owners: frozenset[str]
    steps: tuple[Taken, ...] = ()
    state: State = field(default=State.PREPARED)

    @classmethod
    def begun(cls, owners: frozenset[str], by: Taken) -> Case:
        """A new release.

        :raises StepRefused: if nobody of an owner's prepares it
        """
        if by.step != Step.PREPARE or by.organization not in owners:
            raise StepRefused("not-owner")
        _refuse_role(by)
        return cls(owners, (by,))

    def took_part(self, by: Taken, *steps: Step) -> bool:
        """Whether the person behind a step took one of these steps as well."""
        return any(by.same_person(taken) for taken in self.steps if taken.step in steps)

    def organizations(self, *steps: Step) -> frozenset[str]:
        """The organizations for which one of the steps was taken."""
        return frozenset(taken.organization for taken in self.steps if taken.step in steps)

    @property
    def joined(self) -> bool:
        """Whether every owner takes part: only then are its records touched."""
        return self.organizations(Step.PREPARE, Step.JOIN) >= self.owners

    @property
    def open(self) -> frozenset[str]:
        """Owners who have still to join, or after the check to approve."""
        done = (Step.PREPARE, Step.JOIN) if self.state == State.PREPARED else (Step.APPROVE,)
        return self.owners - self.organizations(*done) if self.state in (State.PREPARED, State.CHECKED) else frozenset()

    @property
    def decided(self) -> bool:
        """Whether every owner has approved."""
        return self.organizations(Step.APPROVE) >= self.owners

    def after(self, taken: Taken) -> Case:
        """The release after a step.

        :raises StepRefused: if it may not be taken now, or not by this person
        """
        self._refuse(taken)
        steps = (*self.steps, taken)
        state = _TO.get(taken.step, self.state)
        if taken.step == Step.APPROVE and self.organizations(Step.APPROVE) | {taken.organization} >= self.owners:
            state = State.APPROVED
        return replace(self, steps=steps, state=state)

    def _refuse(self, taken: Taken) -> None:
        if taken.step not in _FROM or self.state not in _FROM[taken.step]:
            raise StepRefused("not-now")
        if taken.step in _BY:
            if taken.organization not in self.owners:
                raise StepRefused("not-owner")
            _refuse_role(taken)
        elif taken.organization != ENGINE:
            raise StepRefused("not-yours-to-do")
        if taken.step in _REASONED and not taken.reason.strip():
            raise StepRefused("no-reason")
        if taken.step == Step.JOIN and taken.organization in self.organizations(Step.PREPARE, Step.JOIN):
            raise StepRefused("done-already")
        if taken.step in (Step.PASS, Step.REFUSE) and not self.joined:
            raise StepRefused("not-joined")
        if taken.step == Step.APPROVE:
            if taken.organization in self.organizations(Step.APPROVE):
                raise StepRefused("done-already")
            if self.took_part(taken, Step.PREPARE, Step.JOIN):
                raise StepRefused("four-eyes")


def _refuse_role(taken: Taken) -> None:
    if taken.role not in _BY[taken.step]:
        raise StepRefused("role")


def exposed(case: Case) -> str:
    """Who could have seen the figures: "audience", "owners" or "nobody"; "waiting" for the audience if it comes out.

    A table that passed the check is reckoned with at once, so that two tables which were checked beside each other
    never meet unforeseen; one that was turned down was seen by the owners who had to decide.
    """
    taken = {step.step for step in case.steps}
    if Step.PASS not in taken:
        return "nobody"
    if Step.PUBLISH in taken:
        return "audience"
    return "owners" if case.state in (State.REJECTED, State.EXPIRED) else "waiting"
