"""Generated stock data for tests: skewed owners, a quarter hierarchy, any number of dimensions."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ckanext.ierwohnen.confidential.build import Release, build_model
from ckanext.ierwohnen.confidential.hierarchy import Hierarchy, flat, from_parents
from ckanext.ierwohnen.confidential.microdata import COUNT, prepare
from ckanext.ierwohnen.confidential.model import UnionModel
from ckanext.ierwohnen.confidential.tabulate import Dimension, Table


def random_records(
    seed: int, rows: int = 60, sizes: tuple[int, ...] = (4, 3), owners: int = 7, whole: bool = True
) -> pd.DataFrame:
    """Records with columns d0, d1, …, owner, rent; owners and categories are skewed."""
    rng = np.random.default_rng(seed)
    data = {}
    for i, size in enumerate(sizes):
        share = rng.dirichlet(np.full(size, 1.2))
        data[f"d{i}"] = [f"{'abcdefgh'[i]}{c}" for c in rng.choice(size, rows, p=share)]
    share = rng.dirichlet(np.full(owners, 0.6))
    data["owner"] = [f"O{o}" for o in rng.choice(owners, rows, p=share)]
    rent = rng.lognormal(5, 0.8, rows)
    data["rent"] = np.rint(rent) if whole else np.round(rent, 2)
    return pd.DataFrame(data)


def hierarchies(frame: pd.DataFrame, nested: bool = True) -> dict[str, Hierarchy]:
    """A two-level hierarchy on d0 (pairs of categories), flat ones on the rest."""
    found = {c: flat(frame[c]) for c in frame.columns if c.startswith("d")}
    if nested:
        names = sorted(frame["d0"].unique())
        parents = {n: f"g{i // 2}" for i, n in enumerate(names)} | {f"g{i // 2}": None for i in range(len(names))}
        found["d0"] = from_parents(parents)
    return found


def table(name: str, columns: list[str], trees: dict[str, Hierarchy], measures: tuple[str, ...]) -> Table:
    """A table of these columns."""
    return Table(name, tuple(Dimension(c, trees[c]) for c in columns), measures)


def single_model(
    frame: pd.DataFrame, measures: tuple[str, ...] = ("rent", COUNT), nested: bool = True, **options
) -> UnionModel:
    """One release of one table of all dimensions."""
    columns = [c for c in frame.columns if c.startswith("d")]
    data = prepare(frame, columns, "owner", ["rent"])
    return build_model([Release("r", data, (table("t", columns, hierarchies(frame, nested), measures),))], **options)
