"""Random tables and sequences of releases, as published, before an exact attacker that shares no code with the room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from ckanext.ierwohnen.confidential.build import build_model
from ckanext.ierwohnen.confidential.errors import InputError, NotProtectable
from ckanext.ierwohnen.confidential.figures import figures, with_empty_cells
from ckanext.ierwohnen.confidential.files import table_text
from ckanext.ierwohnen.confidential.gather import Release
from ckanext.ierwohnen.confidential.hierarchy import from_parents
from ckanext.ierwohnen.confidential.microdata import prepare
from ckanext.ierwohnen.confidential.model import Audiences
from ckanext.ierwohnen.confidential.parameters import Parameters
from ckanext.ierwohnen.confidential.protection import protect
from ckanext.ierwohnen.confidential.tabulate import Dimension, Table

from .oracle import Attack, Leak
from .published import Publication, Record, Rules, read_publication, reasons
from .stock import random_records

MEASURES = (("rent",), ("count",), ("rent", "count"))
SCALE = 100
CIRCLES = {"public": (), "alliance": ("public",)}


def _parents(frame: pd.DataFrame, nested: bool) -> dict[str, dict[str, str | None]]:
    dims = [c for c in frame.columns if c.startswith("d")]
    found = {d: dict.fromkeys(sorted(frame[d].unique())) for d in dims}
    if nested and len(found["d0"]) > 2:
        names = list(found["d0"])
        found["d0"] = {n: f"g{i // 2}" for i, n in enumerate(names)} | {f"g{i // 2}": None for i in range(len(names))}
    return found


def _records(frame: pd.DataFrame, dims: Sequence[str]) -> tuple[Record, ...]:
    return tuple(
        Record(
            tuple(row[d] for d in dims), row["owner"], {"count": 1, "rent": int(Fraction(repr(row["rent"])) * SCALE)}
        )
        for row in frame.to_dict("records")
    )


def _written(outcome, tables, measures) -> str:
    return table_text(with_empty_cells(figures(outcome), tables, measures, 10**6))


def _attack(publications, parents, rules: Rules, seen: Sequence[str]) -> list[Leak]:
    """Attack every measure with all that these audiences were shown."""
    mine = [p for p in publications if p.audience in seen]
    owners = {r.owner for p in mine for r in p.records}
    found = []
    for measure in sorted({f.measure for p in mine for f in p.figures}):
        found += Attack(mine, tuple(parents), parents, measure, rules).leaks(owners)
    return found


def _table(seed: int) -> tuple[list[Leak], int]:
    """Protect one random table; returns leaks, and the number of sensitive cells (−1: refused)."""
    rng = np.random.default_rng(seed)
    sizes = [(3,), (5,), (2, 2), (3, 2), (3, 3), (2, 2, 2), (4, 2)][seed % 7]
    rows, owners = int(rng.integers(8, 45)), int(rng.integers(3, 8))
    frame = random_records(seed, rows, sizes, owners, whole=bool(rng.integers(2)))
    parents = _parents(frame, bool(rng.integers(2)))
    coalitions = (("O0", "O1"),) if seed % 4 == 0 and {"O0", "O1"} <= set(frame["owner"]) else ()
    rules = Rules(coalitions=tuple(frozenset(c) for c in coalitions))
    measures = MEASURES[seed % 3]
    shape = (Table("t", tuple(Dimension(d, from_parents(p)) for d, p in parents.items()), measures),)
    data = prepare(frame, list(parents), "owner", ["rent"])
    try:
        outcome = protect(build_model([Release("r", data, shape)]), Parameters(coalitions=coalitions))
    except InputError as error:
        assert error.code == "one-owner"
        return [], -1
    records = _records(frame, list(parents))
    published = read_publication(_written(outcome, shape, measures), SCALE)
    _same_primaries(published, records, parents, rules)
    leaks = _attack([Publication(published, records)], parents, rules, ["public"])
    return leaks, sum(f.status == "primary" for f in published)


def _same_primaries(published, records, parents, rules: Rules) -> None:
    """Every place is primary by exactly the rules that the records break."""
    for f in published:
        attack = Attack([], tuple(parents), parents, f.measure, rules)
        why = reasons([r for r in records if attack._inside(f.place, r.leaf)], f.measure, rules)
        assert why == set(f.rules), (f, why)
        assert bool(why) == (f.status == "primary")


@pytest.mark.parametrize("block", range(10))
def test_a_thousand_tables_before_the_exact_attacker(block):
    results = [_table(seed) for seed in range(10_000 + 100 * block, 10_100 + 100 * block)]
    assert [r[0] for r in results if r[0]] == []
    assert sum(r[1] > 0 for r in results) > 80


@dataclass
class _Story:
    """Releases one after the other, and what each audience was shown."""

    audiences: Audiences
    earlier: list[Release]
    shown: list[Publication]
    refused: int = 0

    def release(self, release: Release, records, parents, rules: Rules) -> None:
        """Protect and publish, or be refused."""
        (shape,) = release.tables
        try:
            model = build_model([*self.earlier, release], self.audiences)
            outcome = protect(model, Parameters(coalitions=tuple(tuple(sorted(c)) for c in rules.coalitions)))
        except (NotProtectable, InputError) as error:
            assert error.code in ("already-disclosed", "one-owner"), error
            self.refused += 1
            return
        text = _written(outcome, (shape,), shape.measures)
        published = read_publication(text, SCALE)
        statuses = {("t" + release.name, f.measure, tuple(v for _, v in f.place)): f.status for f in published}
        self.earlier.append(replace(release, pattern=statuses))
        self.shown.append(Publication(published, records, release.audience))


def _redelivered(frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Corrected values, withdrawn records, late records, or an increase by one owner."""
    rows = rng.choice(len(frame), int(rng.integers(1, 4)), replace=False)
    frame = frame.copy()
    match int(rng.integers(4)):
        case 0:
            frame.loc[rows, "rent"] = frame.loc[rows, "rent"] * 2 + 1
        case 1:
            frame = frame.drop(index=rows)
        case 2:
            frame = pd.concat([frame, frame.loc[rows].assign(rent=lambda f: f["rent"] + 3)])
        case _:
            frame.loc[frame["owner"] == frame["owner"].iloc[rows[0]], "rent"] += 7
    return frame.reset_index(drop=True)


def _sequence(seed: int) -> tuple[list, int, int]:
    """Two or three overlapping releases; returns leaks per audience, releases published, and refused."""
    rng = np.random.default_rng(seed)
    sizes = [(3,), (2, 2), (3, 2), (2, 2, 2)][seed % 4]
    frame = random_records(seed, int(rng.integers(20, 50)), sizes, int(rng.integers(4, 8)))
    parents = _parents(frame, bool(rng.integers(2)))
    coalition = frozenset(("O0", "O1"))
    rules = Rules(coalitions=(coalition,) if seed % 3 == 0 and coalition <= set(frame["owner"]) else ())
    circles = CIRCLES if seed % 2 else {"public": ()}
    story = _Story(Audiences(circles), [], [])
    data, records = prepare(frame, list(parents), "owner", ["rent"]), _records(frame, list(parents))
    for number in range(2 + seed % 2):
        if number and rng.random() < 0.6:
            frame = _redelivered(frame, rng)
            data, records = prepare(frame, list(parents), "owner", ["rent"]), _records(frame, list(parents))
        columns = sorted(rng.choice(list(parents), int(rng.integers(1, len(parents) + 1)), replace=False))
        dims = tuple(Dimension(c, from_parents(parents[c])) for c in columns)
        shape = Table(f"tr{number}", dims, MEASURES[number - seed % 3])
        audience = "alliance" if seed % 2 and rng.random() < 0.4 else "public"
        story.release(Release(f"r{number}", data, (shape,), "stock", audience), records, parents, rules)
    leaks = []
    for audience, others in circles.items():
        leaks += [(audience, x) for x in _attack(story.shown, parents, rules, (audience, *others))]
    return leaks, len(story.shown), story.refused


@pytest.mark.parametrize("block", range(10))
def test_three_hundred_sequences_before_the_exact_attacker(block):
    results = [_sequence(seed) for seed in range(20_000 + 31 * block, 20_031 + 31 * block)]
    assert [r[0] for r in results if r[0]] == []
    assert sum(r[1] for r in results) > 45
