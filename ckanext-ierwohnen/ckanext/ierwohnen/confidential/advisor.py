"""The advisor: what would let more be shown, and how much more.

Each proposal is tried out in full (rules, suppression, audit), so its gain is what it would really bring.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from itertools import zip_longest
from typing import Unpack

import numpy as np

from .build import Building, build_model
from .errors import ConfidentialityError, LimitError
from .gather import Release
from .limits import Limits
from .merges import merged, merges
from .model import Audiences, UnionModel
from .parameters import Consent, Parameters
from .protection import Outcome, protect
from .rules import MARKET, assess
from .tabulate import Dimension, Table

COARSER, WITHOUT, MERGED, POOLED, CONSENT = (
    "coarser_level",
    "without_dimension",
    "merged_classes",
    "pooled_years",
    "consent",
)
ENDING = {"too-little-time", "too-little-memory"}
Trial = tuple[str, tuple[str, ...], Callable[[], list[Release]], Parameters]  # kind, what it concerns, what is tried


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
    classes: int = 6,
    **building: Unpack[Building],
) -> Advised:
    """Try proposals for the last release; best first (dwellings, then cells). Those that show no more are left out.

    outcome: what the release shows as it is, None if it was refused. `periods`: columns that hold years: merging their
    classes is pooling. `owners`: how many consents to try; `classes`: how many merges of each column. A limit of time
    or memory that is reached ends the trials, not the answer. Further options are those of `build_model`.
    """
    limits, today = limits or Limits(), today or date.today()
    model = outcome.model if outcome else build_model(releases, audiences, **building)
    reasons = (outcome.protection if outcome else assess(model, parameters, today=today)).reasons
    before = shown(outcome, releases[-1].tables) if outcome else Yield(0, len(_asked_rows(model)), 0)
    open_before = _open_places(outcome) if outcome else set()
    consents = _consents(model, reasons, parameters, owners)
    trials: list[Trial] = [
        *((kind, of, partial(_instead, releases, new), parameters) for kind, of, new in _coarser(releases[-1])),
        *((CONSENT, who, partial(list, releases), given) for who, given in consents),
        *_merged(releases, parameters, periods, _secret(outcome), classes),
    ]
    found: list[Advice] = []
    for number, (kind, concerns, make, given) in enumerate(trials):
        changed = make()
        try:
            result = protect(build_model(changed, audiences, **building), given, limits=limits, today=today)
        except LimitError as error:
            if error.code not in ENDING:  # this proposal is too large, another one need not be
                continue
            return Advised(_best(found), before, len(trials) - number)
        except ConfidentialityError:
            continue
        after = shown(result, changed[-1].tables)
        freed = tuple(sorted(_open_places(result) - open_before))
        gained = after.cells - before.cells, after.dwellings - before.dwellings
        if gained[1] > 0 or (gained[1] == 0 and gained[0] > 0):
            found.append(Advice(kind, concerns, after, *gained, freed))
    return Advised(_best(found), before)


def _best(found: list[Advice]) -> tuple[Advice, ...]:
    """Best first; a consent of more owners that gains no more than that of some of them is left out."""
    kept = [a for a in found if a.kind != CONSENT or not any(_less_will_do(a, b) for b in found)]
    order = [(-a.gained_dwellings, -a.gained_cells, len(a.concerns), a.kind, a.concerns) for a in kept]
    return tuple(a for _, a in sorted(zip(order, kept, strict=True), key=lambda pair: pair[0]))


def _less_will_do(one: Advice, other: Advice) -> bool:
    fewer = other.kind == CONSENT and set(other.concerns) < set(one.concerns)
    return fewer and other.gained_dwellings >= one.gained_dwellings and other.gained_cells >= one.gained_cells


def _coarser(release: Release) -> Iterator[tuple[str, tuple[str, ...], Release]]:
    """Leave out the deepest level of a dimension, or the dimension."""
    for dimension in _dimensions(release):
        column, deep = dimension.column, int(dimension.hierarchy.depth.max())
        if deep > 1:
            levels = frozenset(range(deep)) if dimension.levels is None else dimension.levels - {deep}
            yield COARSER, (column, str(deep - 1)), _changed(release, replace(dimension, levels=levels))
    for dimension in _dimensions(release):
        shapes: dict[frozenset[str], Table] = {}
        for table in release.tables:
            rest = tuple(d for d in table.dimensions if d.column != dimension.column)
            shapes.setdefault(frozenset(d.column for d in rest), replace(table, dimensions=rest))  # each table once
        if frozenset() not in shapes:
            yield WITHOUT, (dimension.column,), replace(release, tables=tuple(shapes.values()))


def _instead(releases: Sequence[Release], last: Release) -> list[Release]:
    return [*releases[:-1], last]


def _dimensions(release: Release) -> list[Dimension]:
    return list({d.column: d for t in release.tables for d in t.dimensions}.values())


def _changed(release: Release, dimension: Dimension) -> Release:
    tables = tuple(
        replace(t, dimensions=tuple(dimension if d.column == dimension.column else d for d in t.dimensions))
        for t in release.tables
    )
    return replace(release, tables=tables)


def _secret(outcome: Outcome | None) -> dict[str, Counter[str]]:
    """By column, in how many secret places each class stands."""
    found: dict[str, Counter[str]] = {}
    if outcome is not None:
        model = outcome.model
        rows = _asked_rows(model)
        for row in rows[outcome.hidden[model.positions["cell"].to_numpy()[rows]]]:
            for column, code in model.labels[row].items():
                found.setdefault(column, Counter())[code] += 1
    return found


def _merged(
    releases: Sequence[Release],
    parameters: Parameters,
    periods: frozenset[str],
    secret: Mapping[str, Counter[str]],
    most: int,
) -> Iterator[Trial]:
    """Put classes together: the most promising merge of every column, then the next ones."""
    data, by_column = releases[-1].data, []
    for d in _dimensions(releases[-1]):
        by_column.append(merges(d, data, secret.get(d.column, {}), d.column in periods, most))
    for step in zip_longest(*by_column):
        for merge in filter(None, step):
            kind = POOLED if merge.column in periods else MERGED
            yield kind, (merge.column, *merge.classes), partial(merged, releases, merge), parameters


def _consents(
    model: UnionModel, reasons: Mapping[int, tuple[str, ...]], parameters: Parameters, owners: int
) -> Iterator[tuple[tuple[str, ...], Parameters]]:
    """The owners' groups whose consent would take the market rules off most cells."""
    groups: dict[tuple[int, ...], list[int]] = {}
    for cell, rules in reasons.items():
        if model.asked[cell] and set(rules) <= set(MARKET):
            groups.setdefault(_exposed(model, cell), []).append(cell)
    best = sorted(groups, key=lambda g: (-sum(model.records[groups[g]]), len(g), g))[:owners]
    for group in best:
        names = tuple(sorted(model.contributors[i] for i in group))
        agreed = tuple(Consent(n, "advisor", date.max, audience=model.audience) for n in names)
        yield names, replace(parameters, consents=(*parameters.consents, *agreed))


def _exposed(model: UnionModel, cell: int) -> tuple[int, ...]:
    span = slice(model.counts.indptr[cell], model.counts.indptr[cell + 1])
    return tuple(sorted(model.counts.indices[span].tolist()))
