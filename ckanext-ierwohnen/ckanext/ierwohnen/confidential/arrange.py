"""From gathered cells to the model: cells, equations and contributors in canonical order."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import sparse

from .model import Audiences, Tenures, UnionModel
from .order import canonical, word
from .sums import Ground

FARTHEST = 1e2  # times the largest value
PICKED = ("value", "records", "measure", "group", "change", "ruled", "declared", "integral", "asked", "kept", "cost",
          "behind", "imprint", "about")  # fmt: skip


@dataclass
class Draft:
    """A model whose cells stand in any order; fields as in `UnionModel`.

    `listed`: bool[n], stands in a table of a release; `holders`: int[n] where contributors are known by number only;
    `net`: bool[n], a net change, which may be negative; `called`: uint64[n], a number for what a cell is called, of
    cells that have no place in a table.
    """

    measures: tuple[str, ...]
    contributors: tuple[str, ...]
    audiences: Audiences
    audience: str
    value: np.ndarray
    records: np.ndarray
    measure: np.ndarray
    parts: sparse.csr_matrix
    counts: sparse.csr_matrix
    relations: sparse.csr_matrix
    tenures: Tenures
    imprint: np.ndarray
    shares: np.ndarray
    about: np.ndarray
    group: np.ndarray
    change: np.ndarray
    listed: np.ndarray
    ruled: np.ndarray
    declared: np.ndarray
    behind: np.ndarray
    integral: np.ndarray
    asked: np.ndarray
    known: dict[str, np.ndarray]
    kept: np.ndarray
    cost: np.ndarray
    positions: pd.DataFrame
    labels: list[dict[str, str]]
    depths: list[dict[str, int]]
    holders: np.ndarray | None = None
    net: np.ndarray | None = None
    called: np.ndarray | None = None
    crossing: np.ndarray | None = None
    perturbed: tuple[str, ...] = ()
    grounds: tuple[Ground, ...] = ()


def arrange(draft: Draft) -> UnionModel:
    """The model in canonical order: the same for every order of rows, and for other names of owners and columns."""
    seen = [draft.known[a].astype(float) for a in draft.audiences.watching(draft.audience)]
    flags = (draft.asked, draft.kept, draft.group, draft.declared, draft.ruled, draft.listed)
    start = word(draft.value, draft.records, draft.cost, *flags, *seen)
    by_cell, by_contributor = canonical(start, draft.relations, draft.parts, _names(draft))
    relations = draft.relations[:, by_cell].tocsr()
    relations.sort_indices()
    rows = sorted(
        range(relations.shape[0]),
        key=lambda i: relations.indices[relations.indptr[i] : relations.indptr[i + 1]].tolist(),
    )
    # zeros are published, so a count that is kept secret in a table is known to be 1 at least; below what it shows not
    shown = np.zeros(len(start), bool)
    shown[draft.positions["cell"].to_numpy()[draft.positions["shown"].to_numpy(bool)]] = True
    lowest = np.where(draft.integral & (draft.records > 0) & shown, 1.0, 0.0)
    if draft.net is not None:  # a change may be a fall of anything
        lowest[draft.net] = -FARTHEST * (1.0 + float(draft.value.max(initial=0.0)))
    counts, shares = _shared(draft, by_cell, by_contributor)
    place, seat = np.argsort(by_cell), np.argsort(by_contributor)
    tenures = replace(draft.tenures, cell=place[draft.tenures.cell], who=seat[draft.tenures.who])
    return UnionModel(
        measures=draft.measures,
        contributors=tuple(draft.contributors[i] for i in by_contributor),
        audiences=draft.audiences,
        audience=draft.audience,
        lower=lowest[by_cell],
        upper=np.full(len(start), np.inf),
        holders=np.diff(counts.indptr) if draft.holders is None else draft.holders[by_cell],
        parts=draft.parts[by_cell][:, by_contributor].tocsr(),
        counts=counts,
        shares=shares,
        tenures=tenures,
        relations=relations[rows],
        known={a: k[by_cell] for a, k in draft.known.items()},
        positions=draft.positions.assign(cell=place[draft.positions["cell"].to_numpy()]),
        labels=draft.labels,
        depths=draft.depths,
        perturbed=draft.perturbed,
        grounds=tuple(g.moved(place, seat) for g in draft.grounds),
        crossing=np.zeros(0, bool) if draft.crossing is None else draft.crossing[by_cell],
        **{k: getattr(draft, k)[by_cell] for k in PICKED},
    )


def _shared(draft: Draft, by_cell: np.ndarray, by_contributor: np.ndarray) -> tuple[sparse.csr_matrix, np.ndarray]:
    """Counts in the new order, and the shares in the order of their entries."""
    numbered = draft.counts.copy()
    numbered.data = np.arange(1.0, len(numbered.data) + 1)
    numbered = numbered[by_cell][:, by_contributor].tocsr()
    numbered.sort_indices()
    entry = numbered.data.astype(int) - 1
    counts = numbered.copy()
    counts.data = draft.counts.data[entry]
    return counts, draft.shares[entry]


def _names(draft: Draft) -> np.ndarray:
    """int[n]: cells by the categories of their places, in alphabetical order; those where tables cross come last."""
    name = np.full(len(draft.value), "\uffff", dtype=object)
    for row, cell in enumerate(draft.positions["cell"].tolist()):
        name[cell] = min(name[cell], "|".join(sorted(draft.labels[row].values())))
    if draft.called is not None:
        name = np.array([f"{place}\0{number}" for place, number in zip(name, draft.called, strict=True)], object)
    return np.unique(name.astype(str), return_inverse=True)[1]
