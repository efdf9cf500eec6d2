"""Build the union model from releases: the one in preparation and all earlier ones that overlap with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict

import numpy as np
import pandas as pd

from .across import Key, Lines
from .arrange import Draft, arrange
from .bonds import tied_measures
from .changes import add_changes
from .counted import Counted
from .crossings import add_crossings
from .errors import InputError
from .gather import PUBLISHED, UNASKED, Pieces, Release, Rows
from .joint import differences, echoes, ties, widest
from .kinds import ECHO, GIVEN, TIED
from .microdata import Microdata
from .model import Audiences, UnionModel
from .shares import Shares, add_shares
from .spelling import Place, check_spelled
from .sums import Ground
from .tabulate import MAX_CELLS, Table, tabulate
from .traces import trace_of


class Building(TypedDict, total=False):
    """The options of `build_model`, to be handed on."""

    cost: str
    importance: Mapping[str, Mapping[str, float]]
    total_factor: float
    changes: bool
    bonds: bool
    max_cells: int


class Seen(TypedDict):
    """Who has seen what, what is asked for, and at which price; fields as in `UnionModel`."""

    audience: str
    asked: np.ndarray
    known: dict[str, np.ndarray]
    kept: np.ndarray
    cost: np.ndarray


def build_model(
    releases: Sequence[Release],
    audiences: Audiences | None = None,
    shares: Shares | None = None,
    *,
    cost: str = "cells",
    importance: Mapping[str, Mapping[str, float]] | None = None,
    total_factor: float = 0.0,
    changes: bool = True,
    bonds: bool = True,
    max_cells: int = MAX_CELLS,
) -> UnionModel:
    """One model of all releases; the one without a pattern is in preparation (at most one; none for a pure
    audit).

    shares: what deliveries of different contributors are made of.
    cost: "cells" (each place counts one), "values" (its value) or "importance" (weights by column and
    category). total_factor: how much dearer a cell becomes with every step up a hierarchy (0: not at all).
    changes: also treat the difference of two deliveries of one source as cells to be protected. bonds: reckon
    with linear relations between the measures of each record. Raises
    `InputError` for contradictions, unknown names and sources published by another method, `LimitError` for
    too many cells, or columns that overlap in too many joint cells, or tables that form a ring and cross one another in
    too many.
    """
    audiences = audiences or Audiences()
    _check_releases(releases, audiences)
    joined = _bound_tables(releases) if bonds else []
    pieces, rows, bound = Pieces.start(releases, [m for _, _, table in joined for m in table.measures]), [], []
    counted = Counted.of(releases)
    by_records = [share for release in releases for share in counted.shares(release)]
    for release in by_records:
        for table in release.tables:
            cells = tabulate(release.data, table, max_cells)
            rows.append(pieces.add_table(release.data, release.source, table, cells, release=release))
    tied, unions = _add_ties(pieces, by_records, max_cells)
    for data, source, table in joined:
        made = []
        for own, salted, part in counted.parts(data, source, table):
            kind = GIVEN if data.given.issuperset(part.measures) else TIED
            made.append(pieces.add_table(own, salted, part, tabulate(own, part, max_cells), kind))
        pieces.add_bonds(made, data.bonds)
        tied += made
        unions += made
        bound.append((made, data.bonds))
    add_crossings(pieces, [*rows, *tied], bound)
    if changes:
        unions += add_changes(pieces, [*rows, *tied], max_cells)
    lines: list[Lines] = []
    for source in dict.fromkeys(r.source for r in releases):
        told = shares if shares and shares.source == source else Shares.corrected(releases, source)
        nets, more = add_shares(pieces, [*rows, *tied], told, counted, max_cells)
        unions, lines = unions + nets, lines + more
    merged = pieces.merged()
    cell, given = merged.pop("cell"), merged.pop("given")
    positions, labels, depths = _positions([*rows, *unions], cell, {id(r.data): r.name for r in reversed(by_records)})
    price = _price(positions, labels, merged["value"], cost, importance or {}, total_factor)
    return arrange(
        Draft(
            measures=pieces.measures,
            contributors=pieces.contributors,
            audiences=audiences,
            positions=positions,
            labels=labels,
            depths=depths,
            perturbed=tuple(sorted({r.source for r in releases if r.perturbed})),
            declared=np.zeros(len(merged["value"]), bool),
            grounds=_grounds([*rows, *tied], cell, pieces, lines),
            **_shown(releases, audiences, positions, price, given),
            **merged,
        )
    )


def _check_releases(releases: Sequence[Release], audiences: Audiences) -> None:
    names = [r.name for r in releases]
    for release in releases:
        if names.count(release.name) > 1:
            raise InputError("release-twice", release=release.name)
        if release.audience not in audiences.includes:
            known = ", ".join(audiences.includes)
            raise InputError("audience-unknown", release=release.name, audience=release.audience, audiences=known)
    for audience in audiences.includes:
        audiences.sees(audience)
    perturbed = [r for r in releases if r.perturbed]
    for release in releases if perturbed else ():
        if not release.perturbed and any(_of_one_source(release, other) for other in perturbed):
            raise InputError("perturbed-source", source=release.source or release.name)
    owners: dict[str, Place] = {}
    for release in releases:
        for owner in release.data.contributors:
            owners.setdefault(owner, ("place-release", {"release": release.name}))
    check_spelled(owners, {})
    fresh = [r for r in releases if r.pattern is None]
    if len(fresh) > 1:
        raise InputError("release-twice", release=fresh[1].name)


def _of_one_source(release: Release, other: Release) -> bool:
    """By name, or by their records, whatever they are called."""
    if release.source == other.source:
        return True
    raw = [r.data.raw for r in (release, other)]
    first, second = (trace_of(frame, frame.attrs.get("given", frame.columns)) for frame in raw)
    return first.shares(second)


def _add_ties(pieces: Pieces, releases: Sequence[Release], max_cells: int) -> tuple[list[Rows], list[Rows]]:
    """Cells that no table shows: (tables of each source on its other deliveries, cells that the rules speak about)."""
    tied, unions = [], []
    for source in dict.fromkeys(r.source for r in releases):
        mine = [(r.data, t) for r in releases if r.source == source for t in r.tables]
        for data, tie in ties(mine):
            cells = tabulate(data, tie.table, max_cells)
            tied.append(pieces.add_table(data, source, tie.table, cells, TIED))
            made = pieces.add_unions(tied[-1], differences(cells, tie)) if tie.shown else None
            if made is not None:
                unions.append(made)
        for data, table in echoes(mine):
            unions.append(pieces.add_table(data, source, table, tabulate(data, table, max_cells), ECHO))
    return tied, unions


def _bound_tables(releases: Sequence[Release]) -> list[tuple[Microdata, str, Table]]:
    """Tables of each source and delivery in which all measures meet that relations tie to one another."""
    found = []
    for source in dict.fromkeys(r.source for r in releases):
        mine = [(r.data, t) for r in releases if r.source == source for t in r.tables]
        asked = [m for _, t in mine for m in t.measures]
        for data, dims in widest(mine):
            measures = tied_measures(data.bonds, asked)
            if measures:
                found.append((data, source, Table("", dims, measures)))
    return found


def _grounds(rows: Sequence[Rows], cell: np.ndarray, pieces: Pieces, lines: Sequence[Lines]) -> tuple[Ground, ...]:
    """Of each source and delivery the widest tables, each measure once; then what deliveries have together."""
    found: dict[Key, Ground] = {}
    for source in dict.fromkeys(r.source for r in rows):
        mine = [r for r in rows if r.source == source]
        shapes = {(id(r.data), frozenset(d.column for d in r.table.dimensions)): r for r in mine}
        for data, dims in widest([(r.data, r.table) for r in mine]):
            key = (id(data), frozenset(d.column for d in dims))
            for row in mine if key in shapes else ():
                if (id(row.data), frozenset(d.column for d in row.table.dimensions)) != key:
                    continue
                who = np.array([pieces.contributors.index(c) for c in data.contributors])
                for k, measure in enumerate(row.table.measures):
                    made = Ground(row.table, row.cells, k, cell[row.index[:, k]], who, data.step[measure])
                    found.setdefault((source, *key, measure), made)
    across = (some.grounded(found, cell, pieces.contributors, pieces.step) for some in lines)
    return (*found.values(), *(ground for ground in across if ground))


def _positions(
    rows: Sequence[Rows], cell, delivered: Mapping[int, str]
) -> tuple[pd.DataFrame, list[dict[str, str]], list[dict[str, int]]]:
    """The table of places, what each is called, and how deep each category lies. delivered: id of records → the first
    release that was made of them."""
    frames, labels, depths = [], [], []
    for row in rows:
        dims, codes = row.table.dimensions, row.cells.codes
        names = [np.array(d.hierarchy.codes, dtype=object)[codes[:, i]] for i, d in enumerate(dims)]
        shown = row.shown
        places = list(zip(*names, strict=True))
        height = sum(d.hierarchy.height[codes[:, i]] for i, d in enumerate(dims))
        named = [{d.column: str(v) for d, v in zip(dims, place, strict=True)} for place in places]
        deep = [d.hierarchy.depth[codes[:, i]].tolist() for i, d in enumerate(dims)]
        columns = [d.column for d in dims]
        deep = [dict(zip(columns, at, strict=True)) for at in zip(*deep, strict=True)]
        if row.names:
            named, deep = row.names, [{} for _ in deep]
        pattern = row.release.pattern if row.release else {}
        for k, measure in enumerate(row.table.measures):
            said = [pattern.get((row.table.name, measure, p)) for p in places] if pattern else [None] * len(codes)
            status = np.array(said, object)
            asked = shown & (status != UNASKED)
            frames.append(
                pd.DataFrame(
                    {
                        "release": row.release.name if row.release else "",
                        "delivery": delivered.get(id(row.data), ""),
                        "table": row.table.name,
                        "measure": measure,
                        "key": row.cells.key,
                        "cell": cell[row.index[:, k]],
                        "shown": asked,
                        "new": pattern is None,
                        "published": asked & (status == PUBLISHED),
                        "height": height,
                    }
                )
            )
            labels.extend(named)
            depths.extend(deep)
    return pd.concat(frames, ignore_index=True), labels, depths


def _shown(
    releases: Sequence[Release], audiences: Audiences, positions: pd.DataFrame, price: np.ndarray, given: np.ndarray
) -> Seen:
    """Who has seen what, what is asked for and at which price."""
    fresh = [r for r in releases if r.pattern is None]
    audience = fresh[0].audience if fresh else releases[-1].audience
    n = len(given)
    asked, known, kept = np.zeros(n, bool), {}, np.zeros(n, bool)
    new, shown, at, published = (positions[c].to_numpy() for c in ("new", "shown", "cell", "published"))
    asked[at[new & shown]] = True
    for name in audiences.names():
        seen = {r.name for r in releases if r.pattern is not None and r.audience in audiences.sees(name)}
        known[name] = given.copy()
        known[name][at[published & positions["release"].isin(seen).to_numpy()]] = True
    watching = audiences.watching(audience)
    held = {r.name for r in releases if r.pattern is not None and r.audience in watching}
    kept[at[~published & shown & positions["release"].isin(held).to_numpy()]] = True
    cost = np.bincount(at, np.where(new & shown, price, 0.0), n)
    return {"audience": audience, "asked": asked, "known": known, "kept": kept & asked, "cost": cost}


def _price(positions, labels, value, cost, importance, total_factor) -> np.ndarray:
    base = np.ones(len(positions))
    if cost == "values":
        base = np.maximum(value[positions["cell"].to_numpy()], 1e-9)
    elif cost == "importance":
        base = np.array([np.prod([importance.get(c, {}).get(v, 1.0) for c, v in named.items()]) for named in labels])
    elif cost != "cells":
        raise InputError("rules-value", name="", key="cost", value=cost, allowed="cells, values, importance")
    return base * (1 + total_factor * positions["height"].to_numpy())
