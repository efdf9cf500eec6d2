"""How far an attacker's estimates can be kept apart at all: what earlier releases tell, and that zeros are published,
no pattern of the new release can take back; and what contributors agreed to show may tell what it tells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from .audit import SLACK, Finding
from .ends import Ends
from .limits import Limits
from .model import Attacker, UnionModel
from .parameters import Consent, Parameters
from .quick import check
from .rules import MARKET, Protection, exposed, stands_in

LEFT = 1 - 1e-8  # of an interval that is all that is left: room for a solver's rounding
NOISE = 1e-6  # a level that is nothing but rounding
Open = list[tuple[int, Attacker]]


def reachable(
    model: UnionModel, parameters: Parameters, protection: Protection, limits: Limits, today: date | None = None,
    *, refusing: bool = False,
) -> tuple[Protection, Open]:  # fmt: skip
    """(levels that can be kept, what cannot be protected although the release in preparation asks for it).

    refusing: if there is any of that, the levels do not matter. What an insider cannot tell who sees more, none can who
    sees less: such a one is asked only where the other is asked for less, since what somebody was told, rightly or
    before, is still a secret to who was not.
    """

    def kept(some: Protection) -> tuple[Protection, Open]:
        mine = beyond_consents(model, parameters, some, limits, today)
        return within_reach(model, mine, limits, refusing=refusing)

    twice = _asked_above(model, protection, protection)
    left, strict = kept(_without(model, protection, twice))
    if refusing and strict:
        return left, strict
    rest = _without(model, protection, ~twice | _asked_above(model, protection, left))
    lowered = (rest.up > 0).any(axis=1) | (rest.down > 0).any(axis=1)
    if lowered.any():
        more, others = kept(only(rest, rest.cells[lowered]))
        left, strict = both(left, more), strict + others
        left = _without(model, left, _asked_above(model, left, left))
    return left, strict


def _asked_above(model: UnionModel, protection: Protection, asked: Protection) -> np.ndarray:
    """bool[2, P, A]: levels up and down of insiders that are `asked` of the same ones, or more, as they read with those
    who see more. Both of the same cells."""
    place, found = {a: i for i, a in enumerate(asked.attackers)}, np.zeros((2, *protection.up.shape), bool)
    above = _above(model)
    for i, attacker in enumerate(protection.attackers):
        same = [place[a] for a in (Attacker(b, attacker.members) for b in above[attacker.audience]) if a in place]
        if attacker.members and same:
            found[0, :, i] = asked.up[:, same].max(axis=1) >= protection.up[:, i]
            found[1, :, i] = asked.down[:, same].max(axis=1) >= protection.down[:, i]
    return found


def _without(model: UnionModel, protection: Protection, levels: np.ndarray) -> Protection:
    """Without some levels (bool[2, P, A]), and without insiders who are asked nothing while others see more."""
    up, down = np.where(levels, 0.0, np.stack([protection.up, protection.down]))
    above, busy = _above(model), (up > 0).any(axis=0) | (down > 0).any(axis=0)
    keep = [i for i, a in enumerate(protection.attackers) if busy[i] or not (a.members and above[a.audience])]
    attackers = tuple(protection.attackers[i] for i in keep)
    return replace(protection, attackers=attackers, up=up[:, keep], down=down[:, keep])


def _above(model: UnionModel) -> dict[str, tuple[str, ...]]:
    """Of each audience of the release in preparation, those that include it."""
    return {a: model.audiences.watching(a)[1:] for a in model.audiences.watching(model.audience)}


def within_reach(
    model: UnionModel, protection: Protection, limits: Limits, *, refusing: bool = False
) -> tuple[Protection, Open]:
    """(levels that can be kept, what cannot be protected although the release in preparation asks for it).

    Which cells are filled is never secret: downwards nobody is kept from what that tells. Of a cell that only others
    show or tell, earlier releases have told too much if it is open even though all that is new is hidden: no more must
    be told, and its level is what is left.
    """
    if (model.asked | model.crossed).all() and not any(k.any() for k in model.known.values()):
        return protection, []
    if refusing and (strict := _disclosed(model, protection, limits)):
        return protection, strict
    found = _open(model, protection, limits)
    if found and any(model.asked[cell] for cell, _ in found):
        protection = _above_zeros(model, protection, found, limits)
        found = _open(model, _among(protection, found), limits)  # the others stay protected
    strict = [(cell, attacker) for cell, attacker in found if model.asked[cell]]
    told = [(cell, attacker) for cell, attacker in found if not model.asked[cell]]
    if not told:
        return protection, strict
    return _with(model, protection, *_reached(model, protection, told, limits)), strict


def beyond_consents(
    model: UnionModel, parameters: Parameters, protection: Protection, limits: Limits, today: date | None = None
) -> Protection:
    """Levels of cells that only expose who agreed to show other cells: no farther than what these tell by themselves.

    Consents to single releases only (the others need no such thing). What follows only together with cells to which not
    all of the exposed agreed stays as protected as ever.
    """
    today = today or date.today()
    given = [c for c in parameters.consents if c.release and c.until >= today]
    owners = {c.owner for c in given if c.audience in model.audiences.includes}
    cells: dict[frozenset[str], list[int]] = {}
    for cell, reasons in protection.reasons.items() if owners else ():
        if not model.asked[cell] and set(reasons) <= set(MARKET):
            by_rule = exposed(model, parameters, cell)
            cells.setdefault(frozenset().union(*(by_rule[rule] for rule in reasons)), []).append(cell)
    up, down = protection.up.copy(), protection.down.copy()
    for people, mine in cells.items():
        known = {a: _agreed(model, given, people, a) for a in model.audiences.includes} if people <= owners else {}
        for cells_known in known.values():
            cells_known[protection.cells] = False
        if any(some.any() for some in known.values()):
            bare, some = replace(model, known=known), only(protection, mine)
            rows = np.flatnonzero(np.isin(protection.cells, mine))
            up[rows], down[rows] = _reached(bare, some, _open(bare, some, limits), limits)
    return _with(model, protection, up, down)


def _agreed(model: UnionModel, given: Sequence[Consent], people: frozenset[str], audience: str) -> np.ndarray:
    """bool[n]: cells of releases that all of these people agreed to show to the audience."""
    found = np.zeros(len(model), bool)
    mine = [c for c in given if c.audience in model.audiences.sees(audience)]
    for release in dict.fromkeys(c.release for c in mine):
        if people <= {c.owner for c in mine if c.release == release}:
            found |= stands_in(model, release)
    return found


def told_before(
    model: UnionModel, protection: Protection, findings: Sequence[Finding], limits: Limits
) -> tuple[list[Finding], list[Finding]]:
    """(what a release tells too much of, what earlier releases have told already and it tells no more of).

    `findings`: those of the release by `protection`, the cells that it shows although they are sensitive included.
    """
    if not findings or (model.asked.all() and not any(k.any() for k in model.known.values())):
        return list(findings), []
    some = only(protection, [f.cell for f in findings])
    left, _ = within_reach(model, some, limits)
    new, old = [], []
    for f in findings:
        row, column = _place(left, f)
        value, up, down = model.value[f.cell], left.up[row, column], left.down[row, column]
        low, high = max(f.needed_low, value - down), min(f.needed_high, value + up)
        reached = ((f.high - value, high - value), (value - f.low, value - low))
        if any(level > NOISE and reach < level * (1 - SLACK) for reach, level in reached):
            new.append(replace(f, needed_low=low, needed_high=high))
        else:
            old.append(f)
    return new, old


def only(protection: Protection, cells: Iterable[int]) -> Protection:
    """What is asked for some of the sensitive cells."""
    rows = np.flatnonzero(np.isin(protection.cells, list(cells)))
    return replace(protection, cells=protection.cells[rows], up=protection.up[rows], down=protection.down[rows])


def both(one: Protection, other: Protection) -> Protection:
    """What is asked for by one or the other; where both ask, the more."""
    cells, attackers = np.union1d(one.cells, other.cells), tuple(dict.fromkeys([*one.attackers, *other.attackers]))
    place = {attacker: i for i, attacker in enumerate(attackers)}
    up, down = np.zeros((2, len(cells), len(attackers)))
    for some in (one, other):
        at = np.ix_(np.searchsorted(cells, some.cells), np.array([place[a] for a in some.attackers], int))
        up[at], down[at] = np.maximum(up[at], some.up), np.maximum(down[at], some.down)
    reasons = one.reasons | {c: other.reasons[c] for c in other.cells.tolist() if c not in one.reasons}
    return Protection(cells, reasons, attackers, up, down)


def _open(model: UnionModel, protection: Protection, limits: Limits) -> Open:
    """What is open if nothing of the new release is shown."""
    every = 2 * protection.up.size  # up and down
    return check(model, protection, np.ones(len(model), bool), limits, stop=every)


def _disclosed(model: UnionModel, protection: Protection, limits: Limits) -> Open:
    """What cannot be protected although the release asks for it: each cell and attacker by itself, so it need not be
    known what is open of all that others show or tell, which may be ten times as much."""
    mine = only(protection, protection.cells[model.asked[protection.cells]])
    found = _open(model, mine, limits)
    if not found:
        return []
    return _open(model, _among(_above_zeros(model, mine, found, limits), found), limits)


def _among(protection: Protection, pairs: Open) -> Protection:
    """What is asked for these cells towards these attackers."""
    some, asked = only(protection, [cell for cell, _ in pairs]), {*pairs}
    keep = np.array([[(int(cell), a) in asked for a in some.attackers] for cell in some.cells], bool)
    return replace(some, up=np.where(keep, some.up, 0.0), down=np.where(keep, some.down, 0.0))


def _above_zeros(model: UnionModel, protection: Protection, found: Open, limits: Limits) -> Protection:
    """Levels downwards no farther than to what is known if nothing but zeros was ever shown."""
    bare = replace(model, known={a: known & (model.value == 0) for a, known in model.known.items()})
    pairs = [(cell, attacker) for cell, attacker in found if not model.group[cell]]
    some = only(protection, [cell for cell, _ in pairs])
    asked = np.zeros(some.down.shape, bool)
    for cell, attacker in pairs:
        asked[np.searchsorted(some.cells, cell), some.attackers.index(attacker)] = True
    some = replace(some, up=np.zeros_like(some.up), down=np.where(asked, some.down, 0.0))
    _, down = _reached(bare, some, _open(bare, some, limits), limits)
    levels = protection.down.copy()
    rows = np.searchsorted(protection.cells, some.cells)
    levels[rows] = np.where(some.down > 0, down, levels[rows])
    return _with(model, protection, protection.up, levels)


def _reached(model: UnionModel, protection: Protection, pairs: Open, limits: Limits) -> tuple[np.ndarray, np.ndarray]:
    """Levels up and down, of these cells and attackers no farther than what is left if nothing new is shown."""
    levels = {1: protection.up.copy(), -1: protection.down.copy()}
    hidden = np.ones(len(model), bool)
    for audience in dict.fromkeys(a.audience for _, a in pairs):
        ends = Ends(model, audience, hidden, limits)
        for attacker in dict.fromkeys(a for _, a in pairs if a.audience == audience):
            ends.ask(attacker)
            column = protection.attackers.index(attacker)
            for cell in (c for c, a in pairs if a == attacker):
                row = int(np.searchsorted(protection.cells, cell))
                for sign, level in levels.items():
                    need = float(level[row, column])
                    reach = ends.reach(cell, sign, need) if need > 0 else 0.0
                    if reach < need * LEFT:  # less than a solver's rounding is nothing
                        level[row, column] = reach * LEFT if reach > need * SLACK else 0.0
    return levels[1], levels[-1]


def _place(protection: Protection, end: Finding) -> tuple[int, int]:
    return int(np.searchsorted(protection.cells, end.cell)), protection.attackers.index(end.attacker)


def _with(model: UnionModel, protection: Protection, up: np.ndarray, down: np.ndarray) -> Protection:
    """Other levels; those of counts are whole."""
    whole, up, down = model.integral[protection.cells], up.copy(), down.copy()
    up[whole], down[whole] = np.ceil(up[whole] - 1e-3), np.ceil(down[whole] - 1e-3)
    return replace(protection, up=up, down=down)
