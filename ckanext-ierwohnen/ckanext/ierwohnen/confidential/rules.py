"""Which cells are sensitive, by which rule, and how wide an attacker's interval must stay (primary
suppression).

With X the value of a cell and x₁ ≥ x₂ ≥ … its contributors' parts (linked owners as one):

    minimum frequency    fewer than minimum_records records, or fewer than minimum_contributors contributors
    p % rule             X − x₁ − x₂ < p/100 · x₁          protection p/100 · x₁ − (X − x₁ − x₂)
    (n, k) dominance     x₁ + … + x_n > k/100 · X          protection 100/k · (x₁ + … + x_n) − X
    group disclosure     every record of a group in one sensitive category
    coalition            towards a declared one, which is one contributor: fewer of them than minimum_contributors, or
                         what it can estimate to p % of the largest other
    declared             marked as sensitive in a ready table

The p % rule and dominance speak about values, of counts only if a city says so. The frequency rules ask for p/100 · X.
Towards contributors S that subtract their own part, with R = X − x_S and y the largest part left: p/100 · y − (R − y)
for the p % rule, p/100 · R for the others. Counts need a whole 1 at least. Downwards no interval can pass what is known
as the smallest value. Source: Hundepool et al., Statistical Disclosure Control (2012), 4.2–4.3.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from .microdata import COUNT
from .model import Attacker, UnionModel
from .parameters import Consent, Parameters

RECORDS, CONTRIBUTORS, P_PERCENT = "minimum_records", "minimum_contributors", "p_percent"
DOMINANCE, GROUP, COALITION, DECLARED = "dominance", "group_disclosure", "coalition", "declared"
RULES = (RECORDS, CONTRIBUTORS, P_PERCENT, DOMINANCE, GROUP, COALITION, DECLARED)
MARKET = (CONTRIBUTORS, P_PERCENT, DOMINANCE, COALITION)  # protect contributors from one another, so they may agree


@dataclass(frozen=True)
class Protection:
    """Sensitive cells and what they need.

    `cells`: int[P], ascending; `reasons`: {cell: rules, in the order of `RULES`}; `attackers`: A of them;
    `up`, `down`: float[P, A], how far above and below the true value the attacker's interval must reach at
    least (0: nothing to protect from this attacker).
    """

    cells: np.ndarray
    reasons: dict[int, tuple[str, ...]]
    attackers: tuple[Attacker, ...]
    up: np.ndarray
    down: np.ndarray


@dataclass(frozen=True)
class _Ranked:
    """The two largest parts of each cell and who holds the largest; float[n], float[n], int[n]; top:
    float[n], the n largest."""

    first: np.ndarray
    second: np.ndarray
    who: np.ndarray
    top: np.ndarray


def assess(
    model: UnionModel, parameters: Parameters, *, insiders: bool = True, today: date | None = None
) -> Protection:
    """Apply the rules to every cell of the model, for each audience that sees the release in preparation."""
    today = today or date.today()
    if not model.sums:  # what else a pattern tells takes no consent of its own
        parameters.check_loosening(model.contributors, today, everywhere(model), model.measures)
    attackers = tuple(model.attackers(parameters.coalitions, insiders))
    alike = {a.members: a for a in attackers}  # as contributors they have, and know of it, the same in all audiences
    ranked = _rank(model, parameters.dominance_n)
    flags = _flags(model, parameters, ranked)
    for members, attacker in alike.items():
        if len(members) > 1:
            flags[COALITION] |= np.logical_or(*_exposed_to(model, parameters, ranked, attacker))
    given = {a: _valid_consents(model, parameters, a, today) for a in model.audiences.watching(model.audience)}
    opened = {some: _apply_consents(model, parameters, flags, some) for some in dict.fromkeys(given.values())}
    by_audience = {audience: opened[some] for audience, some in given.items()}
    hit = np.zeros(len(model), bool)
    for audience, flags in by_audience.items():
        # what is known already needs no protection; still nothing that breaks a rule is shown again
        hit |= np.logical_or.reduce([flags[r] for r in RULES]) & (model.asked | ~model.known[audience])
    cells = np.flatnonzero(hit)
    reasons = {int(c): tuple(r for r in RULES if any(flags[r][c] for flags in by_audience.values())) for c in cells}
    need = {
        (some, members): _need(model, parameters, ranked, flags, a)[cells]
        for some, flags in opened.items() for members, a in alike.items()
    }  # fmt: skip
    low = {members: lowest(model, a)[cells] for members, a in alike.items()}
    told = np.stack([model.settled(a)[cells] for a in attackers], 1)
    up = np.where(told, 0.0, np.stack([need[given[a.audience], a.members] for a in attackers], 1))
    least = np.stack([low[a.members] for a in attackers], 1)
    down = np.maximum(np.minimum(up, model.value[cells, None] - least), 0.0)
    asked = np.ones(up.shape, bool)
    for row in np.flatnonzero([int(c) in model.narrow for c in cells]):
        asked[row] = [a.members in model.narrow[int(cells[row])] for a in attackers]
    full = np.array([reasons[int(c)] == (GROUP,) and model.value[c] > 0 for c in cells], bool)  # all: more is no secret
    up, down = np.where(asked & ~full[:, None], up, 0.0), np.where(asked, down, 0.0)
    some = (up > 0).any(axis=1) | (down > 0).any(axis=1)
    keep = np.array([int(c) not in model.narrow for c in cells], bool) | some
    cells = cells[keep]
    return Protection(cells, {int(c): reasons[int(c)] for c in cells}, attackers, up[keep], down[keep])


def everywhere(model: UnionModel) -> Callable[[Consent, str], bool]:
    """Whether a consent speaks about every cell of a measure to which the rules apply, for whoever sees the release."""
    seen = model.audiences.watching(model.audience)
    cell = model.positions["cell"].to_numpy(int)
    placed = np.zeros(len(model), bool)
    placed[cell] = True
    places: dict[str, set[tuple[tuple[str, int], ...]]] = {m: set() for m in model.measures}
    for row in np.flatnonzero(model.ruled[cell]):
        places[model.measures[model.measure[cell[row]]]].add(tuple(sorted(model.depths[row].items())))
    nowhere = {m for k, m in enumerate(model.measures) if np.any(model.ruled & ~placed & (model.measure == k))}

    def covers(consent: Consent, measure: str) -> bool:
        if consent.measure not in ("*", measure) or consent.audience not in model.audiences.includes or consent.release:
            return False
        if not set(seen) <= set(model.audiences.watching(consent.audience)):
            return False
        if consent.levels and (measure in nowhere or (measure not in places and nowhere)):
            return False
        there = places.get(measure, set().union(*places.values()))  # a median's value need not be in the model
        return all(dict(p).get(c, -1) in depths for c, depths in consent.levels.items() for p in there)

    return covers


def _rank(model: UnionModel, n: int) -> _Ranked:
    matrix = model.parts.copy()
    filled = np.flatnonzero(np.diff(matrix.indptr) > 0)
    start = matrix.indptr[filled]
    row = np.repeat(np.arange(len(model)), np.diff(matrix.indptr))
    data = matrix.data.copy()
    top, largest, who = np.zeros(len(model)), [], np.full(len(model), -1)
    for rank in range(max(n, 2)):
        best = np.zeros(len(model))
        if len(filled):
            best[filled] = np.maximum.reduceat(data, start)
        best = np.maximum(best, 0.0)
        place = np.full(len(model), -1)
        hits = np.flatnonzero(data == best[row])[::-1]
        place[row[hits]] = hits
        if rank == 0:
            who[place >= 0] = matrix.indices[place[place >= 0]]
        data[place[place >= 0]] = -1.0
        largest.append(best)
        if rank < n:
            top += best
    return _Ranked(largest[0], largest[1], who, top)


def _magnitude(model: UnionModel, parameters: Parameters) -> np.ndarray:
    """Who is large is asked of amounts; how many dwellings somebody has is hardly a secret, unless a city says so."""
    counts = [i for i, m in enumerate(model.measures) if m == COUNT and not parameters.counts_as_values]
    return ~np.isin(model.measure, counts)


def _flags(model: UnionModel, parameters: Parameters, ranked: _Ranked) -> dict[str, np.ndarray]:
    there = (model.records > 0) & model.ruled
    magnitude = _magnitude(model, parameters) & there
    rest = model.value - ranked.first - ranked.second
    small = 1e-12 * np.maximum(model.value, 1.0)  # a rule met exactly is met
    return {
        RECORDS: there & (model.records < parameters.minimum_records),
        CONTRIBUTORS: there & (model.holders < parameters.minimum_contributors),
        P_PERCENT: magnitude & (rest < parameters.p_percent / 100 * ranked.first - small),
        DOMINANCE: magnitude & (ranked.top > parameters.dominance_k / 100 * model.value + small),
        GROUP: model.group.copy(),
        COALITION: np.zeros(len(model), bool),
        DECLARED: model.declared.copy(),
    }


def _need(
    model: UnionModel,
    parameters: Parameters,
    ranked: _Ranked,
    flags: dict[str, np.ndarray],
    attacker: Attacker,
) -> np.ndarray:
    """float[n]: how far the attacker's upper estimate must stay above the value, if no release has told it."""
    p = parameters.p_percent / 100
    value, share = model.value, np.zeros(len(model))
    largest = ranked.first
    rest = value - ranked.first - ranked.second
    by_p = p * largest - rest
    by_dominance = 100 / parameters.dominance_k * ranked.top - value
    cells, part = model.own(attacker)
    share[cells] = part
    left = value - share
    if len(cells):
        other = _largest_other(model, attacker, ranked)
        by_p = by_p.copy()
        by_p[cells] = p * other[cells] - (left[cells] - other[cells])
        by_dominance[cells] = p * left[cells]
    frequency = flags[RECORDS] | flags[CONTRIBUTORS] | flags[GROUP] | flags[DECLARED]
    need = np.zeros(len(model))
    need = np.where(frequency, p * left, need)
    need = np.where(flags[P_PERCENT], np.maximum(need, by_p), need)
    need = np.where(flags[DOMINANCE], np.maximum(need, by_dominance), need)
    secret = np.logical_or.reduce([flags[r] for r in RULES if r != COALITION])
    if len(attacker.members) > 1:
        few, close = (flags[COALITION] & some for some in _exposed_to(model, parameters, ranked, attacker))
        need = np.where(few, np.maximum(need, p * left), need)
        need = np.where(close, np.maximum(need, by_p), need)
        secret |= few
    need = np.where(secret & (value <= 0), p * _typical(model) * np.maximum(model.records, 1), need)
    need = np.where(secret & model.integral & ((left > 0) | (value <= 0)), np.maximum(need, 1.0), need)
    need[model.alone(attacker)] = 0.0
    need = np.where(model.integral, np.ceil(need - 1e-9), need)
    return np.maximum(need, 0.0)


def lowest(model: UnionModel, attacker: Attacker) -> np.ndarray:
    """float[n]: what a value is at least for the attacker, whatever is kept secret: its own part, and for a
    sum what is known of its parts. That a place of a table is not empty is never secret, shown or not."""
    found = model.lower.copy()
    listed = model.positions["cell"].to_numpy()[(model.positions["release"] != "").to_numpy()]
    found[listed] = np.maximum(found[listed], model.integral[listed] & (model.records[listed] > 0))
    cells, part = model.own(attacker)
    found[cells] = np.maximum(found[cells], part)
    heads, parts = model.totals
    while len(heads):
        least = parts @ found
        if np.all(least <= found[heads] + 1e-9):
            break
        np.maximum.at(found, heads, least)
    return np.minimum(found, model.value)


def capped(protection: Protection, knowing: UnionModel) -> Protection:
    """Levels as far as they can be reached: nobody is kept from what the form tells everybody."""
    value = knowing.value[protection.cells, None]
    least = np.stack([lowest(knowing, a)[protection.cells] for a in protection.attackers], 1)
    up = np.minimum(protection.up, knowing.upper[protection.cells, None] - value)
    return replace(protection, up=up, down=np.minimum(protection.down, np.maximum(value - least, 0.0)))


def _typical(model: UnionModel) -> np.ndarray:
    """float[n]: the mean value of a record in the cell's measure; it stands in where a value of zero gives no
    scale."""
    found = np.ones(len(model))
    for m in range(len(model.measures)):
        mine = model.measure == m
        records = model.records[mine].sum()
        if records:
            found[mine] = max(model.value[mine].sum() / records, 1e-9)
    return found


def _largest_other(model: UnionModel, attacker: Attacker, ranked: _Ranked) -> np.ndarray:
    if len(attacker.members) == 1:
        return np.where(ranked.who == attacker.members[0], ranked.second, ranked.first)
    others = np.setdiff1d(np.arange(len(model.contributors)), attacker.members)
    return model.parts[:, others].max(axis=1).toarray().ravel() if len(others) else np.zeros(len(model))


def _exposed_to(
    model: UnionModel, parameters: Parameters, ranked: _Ranked, attacker: Attacker
) -> tuple[np.ndarray, np.ndarray]:
    """Cells in which a coalition, which is one contributor towards itself, has too few beside it; and in which it could
    estimate the largest of the others to within p %."""
    cells, part = model.own(attacker)
    left = model.value.copy()
    left[cells] -= part
    mine = np.zeros(len(model), bool)
    mine[cells] = True
    mine[model.alone(attacker)] = False
    mine &= (model.records > 0) & model.ruled
    other = _largest_other(model, attacker, ranked)
    small = 1e-12 * np.maximum(model.value, 1.0)
    close = _magnitude(model, parameters) & (left - other < parameters.p_percent / 100 * other - small)
    return mine & (1 + model.beside(attacker) < parameters.minimum_contributors), mine & close


def _valid_consents(model: UnionModel, parameters: Parameters, audience: str, today: date) -> tuple[int, ...]:
    """Which of the consents speak about what these readers see."""
    sees = model.audiences.sees(audience)
    return tuple(i for i, c in enumerate(parameters.consents) if c.until >= today and c.audience in sees)


def _apply_consents(
    model: UnionModel, parameters: Parameters, flags: dict[str, np.ndarray], given: tuple[int, ...]
) -> dict[str, np.ndarray]:
    """The flags with the market rules off where everybody who would be exposed has agreed; given: which consents."""
    flags, valid = {rule: hit.copy() for rule, hit in flags.items()}, [parameters.consents[i] for i in given]
    if not valid:
        return flags
    cells = np.flatnonzero(np.logical_or.reduce([flags[rule] for rule in MARKET]))
    depths, told = _depths(model), {c.release: _told_by(model, c.release) for c in valid if c.release}
    for cell in cells.tolist():
        there = [c for c in valid if not c.release or told[c.release][cell]]
        agreed = {c.owner for c in there if _covers(model, c, cell, depths)}
        for rule, people in exposed(model, parameters, cell).items() if agreed else ():
            if people <= agreed:
                flags[rule][cell] = False
    return flags


def exposed(model: UnionModel, parameters: Parameters, cell: int) -> dict[str, frozenset[str]]:
    """Rule of the market → the contributors whom a cell that breaks it would expose."""
    span = slice(model.parts.indptr[cell], model.parts.indptr[cell + 1])
    who, part = model.parts.indices[span], model.parts.data[span]
    count_span = slice(model.counts.indptr[cell], model.counts.indptr[cell + 1])
    smallest = float(np.sort(part)[-parameters.dominance_n :][0]) if len(part) else 0.0  # of the n largest
    found = {
        CONTRIBUTORS: model.counts.indices[count_span].tolist(),
        P_PERCENT: _estimable(who, part, model.value[cell], parameters.p_percent / 100),
        DOMINANCE: who[part >= smallest].tolist(),  # equal parts are equally exposed
    }
    named = {rule: frozenset(model.contributors[i] for i in people) for rule, people in found.items()}
    there, pools = named[CONTRIBUTORS], map(frozenset, parameters.coalitions)
    return {**named, COALITION: frozenset().union(*(there - pool for pool in pools if there & pool))}


def _told_by(model: UnionModel, release: str) -> np.ndarray:
    """bool[n]: cells of which a consent to the release speaks: its own; if it is in preparation also what contributors
    have in them, since the consent is given in sight of all that is out. What comes later asks anew."""
    found = stands_in(model, release)
    new = model.positions["new"].to_numpy(bool) & (model.positions["release"] == release).to_numpy()
    return found | model.behind if new.any() else found


def stands_in(model: UnionModel, release: str) -> np.ndarray:
    """bool[n]: cells of the release: of an earlier one those that it shows (nobody was told the others); of the one in
    preparation all that its tables are made of."""
    places = model.positions
    its = (places["release"] == release) & (places["published"] | places["new"])
    return model.cells_at(its.to_numpy(bool))


def _estimable(who: np.ndarray, part: np.ndarray, value: float, p: float) -> list[int]:
    """Contributors whose part the largest other one can estimate to within p."""
    found = []
    for i, mine in zip(who, part, strict=True):
        other = max((x for j, x in zip(who, part, strict=True) if j != i), default=0.0)
        if value - mine - other < p * mine:
            found.append(int(i))
    return found


def _depths(model: UnionModel) -> dict[int, list[dict[str, int]]]:
    found: dict[int, list[dict[str, int]]] = {}
    for row, cell in enumerate(model.positions["cell"].tolist()):
        if model.depths[row]:
            found.setdefault(cell, []).append(model.depths[row])
    return found


def _covers(model: UnionModel, consent: Consent, cell: int, depths: dict[int, list[dict[str, int]]]) -> bool:
    """Whether a consent speaks about the cell: its measure, and every place where it stands.

    One that is limited to levels does not cover a cell that stands nowhere (a change, a difference of areas).
    """
    if consent.measure not in ("*", model.measures[model.measure[cell]]):
        return False
    places: Sequence[dict[str, int]] = depths.get(cell, [])
    if not places:
        return not consent.levels
    return all(place.get(c, -1) in allowed for c, allowed in consent.levels.items() for place in places)
