"""Every kind of relation in the union model is needed: without it a pattern leaves that somebody sees through."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ckanext.ierwohnen.confidential.build import build_model
from ckanext.ierwohnen.confidential.errors import InputError
from ckanext.ierwohnen.confidential.gather import Release
from ckanext.ierwohnen.confidential.hierarchy import flat, from_parents
from ckanext.ierwohnen.confidential.microdata import prepare
from ckanext.ierwohnen.confidential.model import Audiences, UnionModel
from ckanext.ierwohnen.confidential.protection import protect
from ckanext.ierwohnen.confidential.tabulate import Dimension, Table

from .attack_by_scipy import leaks
from .test_releases import CIRCLES, pattern_of

RENT = ("rent",)
APART = Audiences({"public": (), "alliance": ()})
SEEDS = range(40)


def _stock(seed: int) -> pd.DataFrame:
    """Quarters of 2011 and of 2022 (boundaries moved), rooms, owner, rent."""
    rng = np.random.default_rng(seed)
    rows = 80
    block = rng.integers(0, 9, rows)
    moved = rng.integers(0, 2, 9)
    return pd.DataFrame(
        {
            "quarter": [f"q{b // 2}" for b in block],
            "later": [f"p{(b + moved[b]) // 2}" for b in block],
            "rooms": [f"r{r}" for r in rng.integers(0, 3, rows)],
            "owner": [f"O{o}" for o in rng.choice(8, rows, p=rng.dirichlet(np.full(8, 1.0)))],
            "rent": np.rint(rng.lognormal(5, 0.7, rows)),
        }
    )


def _table(frame: pd.DataFrame, *columns: str, tree=None, levels=None) -> Table:
    dims = tuple(
        Dimension(c, tree or flat(frame[c]), levels) if c == "quarter" else Dimension(c, flat(frame[c]))
        for c in columns
    )
    return Table("+".join(columns) + str(levels or ""), dims, RENT)


def _data(frame: pd.DataFrame):
    return prepare(frame, ["quarter", "later", "rooms"], "owner", ["rent"])


def _tree(frame: pd.DataFrame):
    names = sorted(frame["quarter"].unique())
    districts = {n: f"d{i // 2}" for i, n in enumerate(names)}
    return from_parents(districts | dict.fromkeys(districts.values()))


def _two(seed: int, first: Table, second: Table, later: pd.DataFrame | None = None, audience: str = "public"):
    frame = _stock(seed)
    old = _data(frame)
    new = old if later is None else _data(later)
    return Release("one", old, (first,), "stock"), Release("two", new, (second,), "stock", audience)


def _linked(seed: int):
    frame = _stock(seed)
    return _two(seed, _table(frame, "quarter"), _table(frame, "rooms", "quarter"))


def _levels(seed: int):
    frame = _stock(seed)
    tree = _tree(frame)
    return _two(
        seed, _table(frame, "quarter", tree=tree, levels=frozenset({1})),
        _table(frame, "quarter", tree=tree, levels=frozenset({2})),
    )  # fmt: skip


def _boundaries(seed: int):
    frame = _stock(seed)
    return _two(seed, _table(frame, "quarter"), _table(frame, "later"))


def _years(seed: int):
    frame = _stock(seed)
    rng = np.random.default_rng(seed)
    later = frame.drop(index=rng.choice(len(frame), 3, replace=False)).reset_index(drop=True)
    return _two(seed, _table(frame, "quarter"), _table(later, "quarter"), later)


def _alliance(seed: int):
    frame = _stock(seed)
    return _two(seed, _table(frame, "quarter"), _table(frame, "rooms", "quarter"), audience="alliance")


def _unlinked(first: Release, second: Release) -> UnionModel:
    return build_model([first, replace(second, source="another")], CIRCLES)


def _flattened(first: Release, second: Release) -> UnionModel:
    """The quarters as if nobody knew the districts."""
    frame = pd.Series(second.data.columns["quarter"])
    table = replace(second.tables[0], dimensions=(Dimension("quarter", flat(frame)),))
    return build_model([replace(first, source="another"), replace(second, tables=(table,))], CIRCLES)


WITHOUT = {
    "linked tables": (_linked, _unlinked),
    "levels": (_levels, _flattened),
    "boundary dates": (_boundaries, _unlinked),
    "years": (_years, lambda a, b: build_model([a, b], CIRCLES, changes=False)),
    "audiences": (_alliance, lambda a, b: build_model([a, b], APART)),
}


def _mapped(model: UnionModel, outcome) -> np.ndarray:
    """What a pattern of another model hides in this one."""
    told = pattern_of(outcome)
    hidden = np.ones(len(model), bool)
    rows = np.flatnonzero((model.positions["new"] & model.positions["shown"]).to_numpy())
    for r in rows:
        place = (model.positions["table"].iat[r], model.positions["measure"].iat[r], tuple(model.labels[r].values()))
        if told.get(place) == "published":
            hidden[model.positions["cell"].iat[r]] = False
    return hidden


@pytest.mark.parametrize("kind", WITHOUT)
def test_without_a_relation_a_pattern_leaks_that_it_prevents(kind):
    releases, without = WITHOUT[kind]
    leaking = tried = 0
    for seed in SEEDS:
        first, second = releases(seed)
        try:
            first = replace(first, pattern=pattern_of(protect(build_model([first]))))
            model = build_model([first, second], CIRCLES)
            outcome = protect(model)
        except InputError:
            continue
        tried += 1
        assert not leaks(outcome.model, outcome.protection, outcome.hidden, seed, 5)
        careless = protect(without(first, second))
        leaking += bool(leaks(outcome.model, outcome.protection, _mapped(outcome.model, careless), seed, 60))
        if leaking and tried >= 4:
            break
    assert tried >= 4 and leaking
