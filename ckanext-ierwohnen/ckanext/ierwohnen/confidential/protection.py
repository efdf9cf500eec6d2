"""Protect a release: rules, suppression, audit and repair, until the audit is clean or the release is
refused."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from . import official
from .audit import AuditReport, Finding, audit
from .errors import InputError, NotProtectable
from .limits import Limits
from .model import Attacker, UnionModel
from .parameters import Parameters
from .quick import check
from .reach import both, only, reachable, told_before
from .rules import DECLARED, GROUP, RECORDS, Protection, assess, capped, lowest
from .sums import Searched, with_open_sums
from .suppression import Exchanges, Pattern, Unprotected, suppress

ROUNDS = 8
SUM_ROUNDS = 60
FREE_ROUNDS = 3


@dataclass(frozen=True)
class Outcome:
    """A pattern that passed the audit.

    `hidden`: bool[n], cells that the release must not show; `rounds`: repairs that were needed; `improved`:
    the official engine's pattern was better and passed as well. `report` holds the intervals; `exchanges` prove the
    pattern.
    """

    model: UnionModel
    protection: Protection
    hidden: np.ndarray
    report: AuditReport
    rounds: int
    improved: bool = False
    exchanges: Exchanges = ()

    def status(self, cell: int) -> str:
        """published, primary or secondary; a cell of −1 is empty and published."""
        if cell < 0 or not self.hidden[cell]:
            return "published"
        return "primary" if cell in self.protection.reasons else "secondary"


def protect(
    model: UnionModel,
    parameters: Parameters | None = None,
    *,
    insiders: bool = True,
    improve: bool = False,
    limits: Limits | None = None,
    today: date | None = None,
    report: str = "outsiders",
) -> Outcome:
    """Find a pattern of hidden cells that no attacker sees through.

    insiders: protect from every contributor as well, and from coalitions. improve: also ask the official
    engine, and keep the cheaper of the two patterns that pass the audit. report: "all" intervals, those of "outsiders",
    or of these only what stands in tables of releases ("shown"); the yes/no check asks about every cell and attacker
    in any case. Raises `NotProtectable` if what is published already, or what nobody may hide, discloses a
    cell; `LimitError`; `InputError`.
    """
    limits, parameters = limits or Limits(), parameters or Parameters()
    protection = assess(model, parameters, insiders=insiders, today=today)
    limits.check("rules")
    _refuse_single_owner(model, protection)
    protection, disclosed = reachable(model, parameters, protection, limits, today, refusing=True)
    if disclosed:
        raise _refusal(model, protection, *disclosed[0], code="already-disclosed")
    judged = _Judged(model, protection)
    rule = _Rule(parameters, insiders, today, limits)
    found, chosen, rounds = rule.closed(judged)
    improved = False
    if improve and official.available():
        other = official.optimal_pattern(model, protection, seconds=max(limits.seconds / 2, 10))
        if other is not None:
            better, pattern, _ = rule.closed(judged, other)
            improved = float(better.model.cost[pattern.hidden].sum()) < float(found.model.cost[chosen.hidden].sum())
            found, chosen = (better, pattern) if improved else (found, chosen)
    model, protection = found.model, found.protection
    whom = None if report == "all" else tuple(a for a in protection.attackers if not a.members)
    cells = model.shown if report == "shown" else None
    intervals = audit(model, protection, chosen.hidden, limits, attackers=whom, cells=cells)
    if not intervals.clean:
        raise _refusal(model, protection, intervals.findings[0].cell, intervals.findings[0].attacker)
    return Outcome(model, protection, chosen.hidden, intervals, rounds, improved, chosen.exchanges)


@dataclass(frozen=True)
class _Judged:
    """A model and what the rules ask for on it."""

    model: UnionModel
    protection: Protection


@dataclass(frozen=True)
class _Rule:
    """How a release is judged."""

    parameters: Parameters
    insiders: bool
    today: date | None
    limits: Limits

    def closed(self, judged: _Judged, hidden: np.ndarray | None = None) -> tuple[_Judged, Pattern, int]:
        """A pattern from which no sum that breaks a rule can be reckoned out; raises `NotProtectable`.

        At first what is hidden may be shown again as more sums are found; after some rounds nothing is any more, so
        that it comes to an end.
        """
        pattern, rounds = _until_clean(judged.model, judged.protection, self.limits, hidden)
        searched: Searched = set()
        for number in range(SUM_ROUNDS):
            more, sensitive = self.with_sums(judged, pattern.hidden, searched)
            if more is judged:
                return judged, pattern, rounds
            pattern, judged = pattern.on(more.model), more
            if sensitive:
                free = FREE_ROUNDS if not judged.model.crossed.any() else 1
                also, start = (None, pattern.hidden) if number < free else (pattern.hidden, None)
                model, protection, seeds = judged.model, judged.protection, pattern.exchanges
                pattern, repairs = _until_clean(model, protection, self.limits, also, start, seeds)
                rounds += 1 + repairs
        last = int(judged.protection.cells[-1])
        raise _refusal(judged.model, judged.protection, last, judged.protection.attackers[0])

    def with_sums(self, judged: _Judged, hidden: np.ndarray, searched: Searched) -> tuple[_Judged, bool]:
        """With the sums that the pattern gives away (the same if there are none), and whether any is sensitive."""
        attackers = judged.protection.attackers
        model = with_open_sums(judged.model, hidden, self.parameters, self.limits, searched, attackers)
        if model is judged.model:
            return judged, False
        protection = assess(model, self.parameters, insiders=self.insiders, today=self.today)
        new = protection.cells[protection.cells >= len(judged.model)]
        if not len(new):
            return _Judged(model, judged.protection), False
        fresh, _ = reachable(model, self.parameters, only(protection, new), self.limits, self.today)
        return _Judged(model, both(judged.protection, fresh)), True


def _refuse_single_owner(model: UnionModel, protection: Protection) -> None:
    """Where only the consent of a single owner would show anything."""
    owners = np.flatnonzero(np.asarray((model.counts[model.asked] > 0).sum(axis=0)).ravel())
    asked = np.flatnonzero(model.asked)
    by_market = any(not {RECORDS, GROUP, DECLARED} & {*protection.reasons.get(int(cell), ())} for cell in asked)
    if len(owners) == 1 and np.isin(asked, protection.cells).all() and by_market:
        raise InputError("one-owner", owner=model.contributors[owners[0]])


def _refusal(model, protection, cell: int, attacker: Attacker, code: str = "not-protectable") -> NotProtectable:
    return NotProtectable(
        code,
        cell=model.cell_name(cell),
        rule=", ".join(protection.reasons.get(cell, ())),
        attacker=model.attacker_name(attacker),
        help=what_helps(model, protection, cell),
    )


def what_helps(model: UnionModel, protection: Protection, cell: int) -> tuple[str, dict[str, str]]:
    """A message (code and params) on how a cell could be shown or protected after all."""
    rules = set(protection.reasons.get(cell, ()))
    span = slice(model.counts.indptr[cell], model.counts.indptr[cell + 1])
    owners = [model.contributors[i] for i in model.counts.indices[span]]
    if rules & {RECORDS, GROUP, DECLARED} or not owners:
        return "help-records", {}
    return "help-consent", {"owners": ", ".join(owners[:5]) + (", …" if len(owners) > 5 else "")}


def _until_clean(
    model: UnionModel, protection: Protection, limits: Limits, hidden: np.ndarray | None = None,
    start: np.ndarray | None = None, seeds: Exchanges = (),
) -> tuple[Pattern, int]:  # fmt: skip
    """Suppress, check, ask for more where the check finds something; raises `NotProtectable` after
    `ROUNDS`."""
    asked = protection
    pattern = _suppressed(model, asked, limits, hidden, start, seeds)
    for rounds in range(ROUNDS + 1):
        found = check(model, protection, pattern.hidden, limits, stop=1_000, exchanges=pattern.exchanges)
        if not found:
            return pattern, rounds
        if rounds == ROUNDS:
            break
        asked = _more(model, asked, found)
        pattern = _suppressed(model, asked, limits, pattern.hidden)
    raise _refusal(model, protection, *found[0])


def _suppressed(model, protection, limits: Limits, also: np.ndarray | None, start=None, seeds=()) -> Pattern:
    try:
        return suppress(model, protection, limits, also, start, seeds)
    except Unprotected as error:
        raise _refusal(model, protection, error.cell, error.attacker) from error


def _more(model: UnionModel, protection: Protection, found: list[tuple[int, Attacker]]) -> Protection:
    """Ask for half as much again where an interval fell short (downwards as far as values can go)."""
    up, down = protection.up.copy(), protection.down.copy()
    for cell, attacker in found:
        row = int(np.searchsorted(protection.cells, cell))
        column = protection.attackers.index(attacker)
        step = 1.0 if model.integral[cell] else 0.5 * up[row, column]
        up[row, column] += step
        down[row, column] = min(down[row, column] + step, model.value[cell] - lowest(model, attacker)[cell])
    return replace(protection, up=up, down=down)


@dataclass(frozen=True)
class Verdict:
    """What an audit of somebody else's pattern has found.

    `model`: with a cell for each sum that the pattern gives away; `findings`: what the release tells too much of; empty
    means that it may leave. `told`: what earlier releases have told too much of already, so that the release could not
    keep it secret; it tells no more.
    """

    model: UnionModel
    protection: Protection
    findings: list[Finding]
    told: list[Finding]


def judge(
    model: UnionModel,
    hidden: np.ndarray,
    parameters: Parameters | None = None,
    *,
    insiders: bool = True,
    limits: Limits | None = None,
    today: date | None = None,
    knowing: UnionModel | None = None,
) -> Verdict:
    """Audit somebody else's pattern: sensitive cells by our rules, and what the pattern leaves open.

    A sensitive cell that is shown is a finding with an interval of width zero. `knowing`: the model as readers know it
    from the form of the table (`forms.told`).
    """
    limits, parameters = limits or Limits(), parameters or Parameters()
    attackers = assess(model, parameters, insiders=insiders, today=today).attackers  # refuses loosened rules
    told = any(known.any() for known in model.known.values())
    for _ in range(SUM_ROUNDS):
        n, more = len(model), with_open_sums(model, hidden, parameters, limits, attackers=attackers)
        if more is model:
            break
        if knowing is not None:
            knowing = with_open_sums(knowing, hidden, parameters, limits, attackers=attackers)
        model, hidden = more, np.concatenate([hidden, np.zeros(len(more) - n, bool)])
        if not told and assess(model, parameters, insiders=insiders, today=today).cells.max(initial=-1) >= n:
            break  # one is enough; behind sums that were told before there may be others
    protection = assess(model, parameters, insiders=insiders, today=today)
    asked = protection if knowing is None else capped(protection, knowing)
    report = audit(knowing or model, asked, hidden, limits)
    shown = [
        Finding(int(c), protection.attackers[i], float(model.value[c]), float(model.value[c]),
                float(model.value[c] - protection.down[r, i]), float(model.value[c] + protection.up[r, i]))
        for r, c in enumerate(protection.cells) if model.asked[c] and not hidden[c]
        for i in np.flatnonzero(protection.up[r] > 0)[:1]
    ]  # fmt: skip
    return Verdict(model, protection, *told_before(model, protection, shown + list(report.findings), limits))
