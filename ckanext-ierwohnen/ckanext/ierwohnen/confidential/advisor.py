"""The advisor: what would let more be shown, and how much more.

Each proposal is tried out in full (rules, suppression, audit), so its gain is what it would really bring.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Unpack

import numpy as np

from .build import Building, build_model
from .errors import ConfidentialityError, LimitError
from .gather import Release
from .hierarchy import Hierarchy
from .limits import Limits
from .microdata import Microdata
from .model import Audiences, UnionModel
from .parameters import Consent, Parameters
from .protection import Outcome, protect
from .rules import COALITION, CONTRIBUTORS, DOMINANCE, P_PERCENT, assess
from .tabulate import Dimension, Table

MARKET = {CONTRIBUTORS, P_PERCENT, DOMINANCE}
COARSER, WITHOUT, MERGED, POOLED, CONSENT = (
    "coarser_level",
    "without_dimension",
    "merged_classes",
    "pooled_years",
    "consent",
)


@dataclass(frozen=True)
class Yield:
    """What a release shows. `cells`: published places with records; `secret`: places kept secret; `dwellings`:
    dwellings in published cells of the finest breakdown (no part of which is asked for), of the table and measure that
    show least."""

    cells: int
    secret: int
    dwellings: int


@dataclass(frozen=True)
class Advice:
    """A proposal: its kind, what it concerns (columns, categories or owners), and what it would show.

    `freed`: places that were kept secret or absent and would be shown, as (measure, "a=1, b=2"), totals left out.
    """

    kind: str
    concerns: tuple[str, ...]
    result: Yield
    gained_cells: int
    gained_dwellings: int
    freed: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Advised:
    """Proposals that show more, best first; what is shown without them; how many the limits left untried."""

    advice: tuple[Advice, ...]
    before: Yield
    untried: int = 0


def shown(outcome: Outcome, tables: Sequence[Table]) -> Yield:
    """Count what an outcome shows of the tables of its new release."""
    model = outcome.model
    rows = _asked_rows(model)
    cells = model.positions["cell"].to_numpy()[rows]
    open_ = ~outcome.hidden[cells]
    filled = model.records[cells] > 0
    names, measures = (model.positions[c].to_numpy()[rows] for c in ("table", "measure"))
    least = []
    for table in tables:
        fine = {d.column: _finest(d) for d in table.dimensions}
        mine = names == table.name
        mine[mine] = [all(model.labels[r][c] in codes for c, codes in fine.items()) for r in rows[mine]]
        least += [int(model.records[cells[mine & open_ & (measures == m)]].sum()) for m in table.measures]
    return Yield(int((open_ & filled).sum()), int((~open_).sum()), min(least, default=0))


def _finest(dimension: Dimension) -> frozenset[str]:
    """Categories that are asked for, and no part of them."""
    tree, levels = dimension.hierarchy, dimension.levels
    asked = [at for at in range(len(tree.codes)) if levels is None or tree.depth[at] in levels]
    divided = {above for at in asked for above in tree.ancestors(at)[1:]}
    return frozenset(tree.codes[at] for at in asked if at not in divided)


def _asked_rows(model: UnionModel) -> np.ndarray:
    return np.flatnonzero((model.positions["shown"] & model.positions["new"]).to_numpy())


def _open_places(outcome: Outcome) -> set[tuple[str, str]]:
    """What is shown, as (measure, "a=1, b=2"), totals left out: so a place is the same in a smaller table."""
    model = outcome.model
    cell, measure = (model.positions[c].to_numpy() for c in ("cell", "measure"))
    found = set()
    for r in _asked_rows(model):
        if not outcome.hidden[cell[r]]:
            inner = [f"{k}={v}" for k, v in model.labels[r].items() if model.depths[r][k] > 0]
            found.add((str(measure[r]), ", ".join(inner) or "–"))
    return found


def advise(
    releases: Sequence[Release],
    parameters: Parameters,
    outcome: Outcome | None,
    *,
    audiences: Audiences | None = None,
    periods: frozenset[str] = frozenset(),
    limits: Limits | None = None,
    today: date | None = None,
    owners: int = 5,
    **building: Unpack[Building],
) -> Advised:
    """Try proposals for the last release; best first (dwellings, then cells). Those that show no more are left out.

    outcome: what the release shows as it is, None if it was refused. `periods`: columns that hold years: merging their
    classes is pooling. `owners`: how many consents to try. A limit that is reached ends the trials, not the answer.
    Further options are those of `build_model`.
    """
    limits, today = limits or Limits(), today or date.today()
    model = outcome.model if outcome else build_model(releases, audiences, **building)
    reasons = (outcome.protection if outcome else assess(model, parameters, today=today)).reasons
    before = shown(outcome, releases[-1].tables) if outcome else Yield(0, len(_asked_rows(model)), 0)
    open_before = _open_places(outcome) if outcome else set()
    trials = [
        *_coarser(releases[-1]),
        *_merged(releases[-1], periods),
        *_consents(model, reasons, parameters, owners),
    ]
    found: list[Advice] = []
    for number, (kind, concerns, release, given) in enumerate(trials):
        try:
            tried = build_model([*releases[:-1], release or releases[-1]], audiences, **building)
            result = protect(tried, given or parameters, limits=limits, today=today)
        except LimitError:
            return Advised(_best(found), before, len(trials) - number)
        except ConfidentialityError:
            continue
        after = shown(result, (release or releases[-1]).tables)
        freed = tuple(sorted(_open_places(result) - open_before))
        gained = after.cells - before.cells, after.dwellings - before.dwellings
        if gained[1] > 0 or (gained[1] == 0 and after.secret < before.secret):
            found.append(Advice(kind, concerns, after, *gained, freed))
    return Advised(_best(found), before)


def _best(found: list[Advice]) -> tuple[Advice, ...]:
    return tuple(sorted(found, key=lambda a: (-a.gained_dwellings, -a.gained_cells, a.kind, a.concerns)))


def _coarser(release: Release):
    """Leave out the deepest level of a dimension, or the dimension."""
    for at, dimension in enumerate(_dimensions(release)):
        column, deep = dimension.column, int(dimension.hierarchy.depth.max())
        if deep > 1:
            levels = frozenset(range(deep)) if dimension.levels is None else dimension.levels - {deep}
            yield COARSER, (column, str(deep - 1)), _changed(release, at, replace(dimension, levels=levels)), None
    for dimension in _dimensions(release):
        shapes: dict[frozenset[str], Table] = {}
        for table in release.tables:
            rest = tuple(d for d in table.dimensions if d.column != dimension.column)
            shapes.setdefault(frozenset(d.column for d in rest), replace(table, dimensions=rest))  # each table once
        if frozenset() not in shapes:
            yield WITHOUT, (dimension.column,), replace(release, tables=tuple(shapes.values())), None


def _dimensions(release: Release) -> list[Dimension]:
    return list({d.column: d for t in release.tables for d in t.dimensions}.values())


def _changed(release: Release, at: int, dimension: Dimension) -> Release:
    tables = tuple(
        replace(t, dimensions=tuple(dimension if d.column == dimension.column else d for d in t.dimensions))
        for t in release.tables
    )
    return replace(release, tables=tables)


def _merged(release: Release, periods: frozenset[str]):
    """Put the two neighbouring classes (in their order) with the fewest records together."""
    for at, dimension in enumerate(_dimensions(release)):
        leaves = [c for c, leaf in zip(dimension.hierarchy.codes, dimension.hierarchy.is_leaf, strict=True) if leaf]
        if len(leaves) < 3 or dimension.hierarchy.depth.max() > 1:
            continue
        keys = release.data.columns[dimension.column]
        size = np.array([(keys == c).sum() for c in leaves])
        first = int(np.argmin(size[:-1] + size[1:]))
        pair = (leaves[first], leaves[first + 1])
        name = f"{pair[0]} + {pair[1]}"
        codes = tuple(name if c == pair[0] else c for c in dimension.hierarchy.codes if c != pair[1])
        tree = Hierarchy(codes, (-1, *([0] * (len(codes) - 1))))
        sensitive = frozenset(c for c in dimension.sensitive if c not in pair)
        moved = replace(_changed(release, at, Dimension(dimension.column, tree, None, sensitive)),
                        data=_recoded(release.data, dimension.column, pair, name))  # fmt: skip
        yield (POOLED if dimension.column in periods else MERGED), (dimension.column, *pair), moved, None


def _recoded(data: Microdata, column: str, pair: tuple[str, str], name: str) -> Microdata:
    """The same records with two categories under one name. Their fingerprints stay: they are the same records."""
    keys = data.columns[column].astype(object)
    keys[np.isin(data.columns[column], pair)] = name
    return replace(data, columns={**data.columns, column: keys.astype(str)})


def _consents(model: UnionModel, reasons: Mapping[int, tuple[str, ...]], parameters: Parameters, owners: int):
    """The owners' groups whose consent would take the market rules off most cells."""
    groups: dict[tuple[int, ...], list[int]] = {}
    for cell, rules in reasons.items():
        if model.asked[cell] and set(rules) <= MARKET | {COALITION}:
            groups.setdefault(_exposed(model, cell), []).append(cell)
    best = sorted(groups, key=lambda g: (-sum(model.records[groups[g]]), len(g), g))[:owners]
    for group in best:
        names = tuple(sorted(model.contributors[i] for i in group))
        agreed = tuple(Consent(n, "advisor", date.max, audience=model.audience) for n in names)
        yield CONSENT, names, None, replace(parameters, consents=(*parameters.consents, *agreed))


def _exposed(model: UnionModel, cell: int) -> tuple[int, ...]:
    span = slice(model.counts.indptr[cell], model.counts.indptr[cell + 1])
    return tuple(sorted(model.counts.indices[span].tolist()))
