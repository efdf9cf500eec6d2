"""Build the union model from releases: the one in preparation and all earlier ones that overlap with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from .errors import InputError
from .gather import PUBLISHED, Pieces, Release, add_changes, add_table, merge
from .model import Audiences, UnionModel
from .order import colours, word
from .tabulate import MAX_CELLS, tabulate

PICKED = ("value", "records", "measure", "group", "change", "declared", "integral", "asked", "kept", "cost")


def build_model(
    releases: Sequence[Release],
    audiences: Audiences | None = None,
    *,
    cost: str = "cells",
    importance: Mapping[str, Mapping[str, float]] | None = None,
    total_factor: float = 0.0,
    changes: bool = True,
    max_cells: int = MAX_CELLS,
) -> UnionModel:
    """One model of all releases; the one without a pattern is in preparation (at most one; none for a pure
    audit).

    cost: "cells" (each place counts one), "values" (its value) or "importance" (weights by column and
    category). total_factor: how much dearer a cell becomes with every step up a hierarchy (0: not at all).
    changes: also treat the difference of two deliveries of one source as cells to be protected. Raises
    `InputError` for contradictions, unknown names and sources published by another method.
    """
    audiences = audiences or Audiences()
    _check_releases(releases, audiences)
    measures = tuple(dict.fromkeys(m for r in releases for t in r.tables for m in t.measures))
    contributors = tuple(sorted({c for r in releases for c in r.data.contributors}))
    step = {m: min(r.data.step[m] for r in releases if m in r.data.step) for m in measures}
    pieces, rows = Pieces(), []
    for release in releases:
        for table in release.tables:
            cells = tabulate(release.data, table, max_cells)
            rows.append(add_table(pieces, release, table, cells, measures, step, contributors))
    if changes:
        add_changes(pieces, rows, measures, step, contributors, max_cells)
    merged = merge(pieces, measures, step, contributors)
    positions, labels, depths = _positions(rows, merged["cell"])
    return _finish(
        merged,
        positions,
        labels,
        depths,
        releases,
        measures,
        contributors,
        audiences,
        cost,
        importance or {},
        total_factor,
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
    perturbed = {r.source for r in releases if r.perturbed}
    for release in releases:
        if release.source in perturbed and not release.perturbed:
            raise InputError("perturbed-source", source=release.source or release.name)


def _positions(rows, cell) -> tuple[pd.DataFrame, list[dict[str, str]], list[dict[str, int]]]:
    """The table of places, what each is called, and how deep each category lies."""
    frames, labels, depths = [], [], []
    for row in rows:
        dims, codes = row.table.dimensions, row.cells.codes
        names = [np.array(d.hierarchy.codes, dtype=object)[codes[:, i]] for i, d in enumerate(dims)]
        shown = np.ones(len(codes), bool)
        for i, d in enumerate(dims):
            if d.levels is not None:
                shown &= np.isin(d.hierarchy.depth[codes[:, i]], list(d.levels))
        places = list(zip(*names, strict=True))
        height = sum(d.hierarchy.height[codes[:, i]] for i, d in enumerate(dims))
        named = [{d.column: str(v) for d, v in zip(dims, place, strict=True)} for place in places]
        deep = [d.hierarchy.depth[codes[:, i]].tolist() for i, d in enumerate(dims)]
        columns = [d.column for d in dims]
        deep = [dict(zip(columns, at, strict=True)) for at in zip(*deep, strict=True)]
        pattern = row.release.pattern
        for k, measure in enumerate(row.table.measures):
            open_ = (
                np.zeros(len(codes), bool)
                if pattern is None
                else np.array([pattern.get((row.table.name, measure, p)) == PUBLISHED for p in places], bool)
            )
            frames.append(
                pd.DataFrame(
                    {
                        "release": row.release.name,
                        "table": row.table.name,
                        "measure": measure,
                        "key": row.cells.key,
                        "cell": cell[row.index[:, k]],
                        "shown": shown,
                        "new": pattern is None,
                        "published": open_ & shown,
                        "height": height,
                    }
                )
            )
            labels.extend(named)
            depths.extend(deep)
    return pd.concat(frames, ignore_index=True), labels, depths


def _finish(
    merged,
    positions,
    labels,
    depths,
    releases,
    measures,
    contributors,
    audiences,
    cost,
    importance,
    total_factor,
):
    """Costs, what is known, and the canonical order."""
    n = len(merged["value"])
    fresh = [r for r in releases if r.pattern is None]
    if len(fresh) > 1:
        raise InputError("release-twice", release=fresh[1].name)
    audience = fresh[0].audience if fresh else releases[-1].audience
    asked, known, kept = np.zeros(n, bool), {}, np.zeros(n, bool)
    new, shown, at = (positions[c].to_numpy() for c in ("new", "shown", "cell"))
    asked[at[new & shown]] = True
    for name in audiences.names():
        seen = {r.name for r in releases if r.pattern is not None and r.audience in audiences.sees(name)}
        known[name] = np.zeros(n, bool)
        known[name][at[positions["published"].to_numpy() & positions["release"].isin(seen).to_numpy()]] = True
    watching = audiences.watching(audience)
    held = {r.name for r in releases if r.pattern is not None and r.audience in watching}
    kept[at[~positions["published"].to_numpy() & shown & positions["release"].isin(held).to_numpy()]] = True
    price = _price(positions, labels, merged["value"], cost, importance, total_factor)
    total = np.bincount(at, np.where(new & shown, price, 0.0), n)
    merged = {
        **merged,
        "asked": asked,
        "known": known,
        "kept": kept & asked,
        "cost": total,
        "declared": np.zeros(n, bool),
    }
    return arrange(merged, positions, labels, depths, measures, contributors, audiences, audience, releases)


def _price(positions, labels, value, cost, importance, total_factor) -> np.ndarray:
    base = np.ones(len(positions))
    if cost == "values":
        base = np.maximum(value[positions["cell"].to_numpy()], 1e-9)
    elif cost == "importance":
        base = np.array([np.prod([importance.get(c, {}).get(v, 1.0) for c, v in named.items()]) for named in labels])
    elif cost != "cells":
        raise InputError("rules-value", name="", key="cost", value=cost, allowed="cells, values, importance")
    return base * (1 + total_factor * positions["height"].to_numpy())


def arrange(merged, positions, labels, depths, measures, contributors, audiences, audience, releases) -> UnionModel:
    """Put cells, equations and contributors into canonical order, and make the model."""
    state = [merged["known"][a].astype(float) for a in audiences.watching(audience)]
    start = word(
        merged["value"],
        merged["records"],
        merged["cost"],
        merged["asked"],
        merged["kept"],
        merged["group"],
        merged["declared"],
        *state,
    )
    cell_colour, contributor_colour, _ = colours(start, merged["relations"], merged["parts"])
    name = np.full(len(start), "", dtype=object)
    values, counts = np.unique(cell_colour, return_counts=True)
    tied = np.isin(cell_colour, values[counts > 1])
    at = positions["cell"].to_numpy()
    for row in np.flatnonzero(tied[at]):
        label = "|".join(sorted(labels[row].values()))
        if not name[at[row]] or label < name[at[row]]:
            name[at[row]] = label
    by_cell = np.lexsort((np.unique(name.astype(str), return_inverse=True)[1], cell_colour))
    by_contributor = np.lexsort((np.arange(len(contributors)), contributor_colour))
    place = np.argsort(by_cell)
    relations = merged["relations"][:, by_cell].tocsr()
    relations.sort_indices()
    rows = sorted(
        range(relations.shape[0]),
        key=lambda i: relations.indices[relations.indptr[i] : relations.indptr[i + 1]].tolist(),
    )
    n = len(start)
    # zeros are published, so a count that is kept secret is known to be 1 at least
    lowest = np.where(merged["integral"] & (merged["records"] > 0) & ~merged["change"], 1.0, 0.0)
    positions = positions.assign(cell=place[at])
    pick = {k: merged[k][by_cell] for k in PICKED}
    counts_matrix = merged["counts"][by_cell][:, by_contributor].tocsr()
    return UnionModel(
        measures=measures,
        contributors=tuple(contributors[i] for i in by_contributor),
        audiences=audiences,
        audience=audience,
        lower=lowest[by_cell],
        upper=np.full(n, np.inf),
        holders=merged["holders"][by_cell] if "holders" in merged else np.diff(counts_matrix.indptr),
        parts=merged["parts"][by_cell][:, by_contributor].tocsr(),
        counts=counts_matrix,
        relations=relations[rows],
        known={a: k[by_cell] for a, k in merged["known"].items()},
        positions=positions,
        labels=labels,
        depths=depths,
        perturbed=tuple(sorted({r.source for r in releases if r.perturbed})),
        **pick,
    )
