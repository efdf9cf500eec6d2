"""Many releases of one stock: corrections, withdrawals, other tables, other audiences."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ckanext.ierwohnen.confidential.build import build_model
from ckanext.ierwohnen.confidential.errors import InputError, NotProtectable
from ckanext.ierwohnen.confidential.gather import PUBLISHED, Release
from ckanext.ierwohnen.confidential.microdata import prepare
from ckanext.ierwohnen.confidential.model import Audiences
from ckanext.ierwohnen.confidential.parameters import Parameters
from ckanext.ierwohnen.confidential.protection import Outcome, protect
from ckanext.ierwohnen.confidential.tabulate import Dimension, Table

from .attack_by_scipy import leaks
from .cases import seeds
from .stock import hierarchies, random_records, table

CIRCLES = Audiences({"public": (), "alliance": ("public",)})


def pattern_of(outcome: Outcome) -> dict:
    """What a protected release published, as an earlier one to the next."""
    positions = outcome.model.positions
    rows = np.flatnonzero((positions["new"] & positions["shown"]).to_numpy())
    return {
        (positions["table"].iat[r], positions["measure"].iat[r], tuple(outcome.model.labels[r].values())):
        outcome.status(int(positions["cell"].iat[r])) for r in rows
    }  # fmt: skip


def _corrected(frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """A later delivery of the same stock: values corrected, records withdrawn, late records, one owner's increase."""
    rows = rng.choice(len(frame), min(int(rng.integers(1, 4)), len(frame)), replace=False)
    kind = rng.integers(4)
    frame = frame.copy()
    if kind == 0:
        frame.loc[rows, "rent"] = np.rint(frame.loc[rows, "rent"] * rng.uniform(0.5, 1.5, len(rows))) + 1
    elif kind == 1:
        return frame.drop(index=rows).reset_index(drop=True)
    elif kind == 2:
        late = frame.loc[rows].assign(rent=lambda x: np.rint(x["rent"] * 1.1) + 3)
        return pd.concat([frame, late], ignore_index=True)
    else:
        frame.loc[frame["owner"] == frame["owner"].iloc[rows[0]], "rent"] += 7
    return frame


def _sequence(seed: int) -> tuple[int, int]:
    """Protect one release after the other and attack each; returns (protected, refused)."""
    rng = np.random.default_rng(seed)
    sizes = tuple(int(x) for x in rng.integers(2, 4, int(rng.integers(1, 4))))
    frame = random_records(seed, int(rng.integers(25, 70)), sizes, int(rng.integers(3, 7)))
    trees = hierarchies(frame)
    audiences = CIRCLES if seed % 2 else Audiences()
    coalitions = (("O0", "O1"),) if seed % 3 == 0 else ()
    earlier: list[Release] = []
    refused = 0
    for number in range(2):
        if number and rng.random() < 0.7:
            frame = _corrected(frame, rng)
        data = prepare(frame, list(trees), "owner", ["rent"])
        columns = sorted(rng.choice(list(trees), int(rng.integers(1, len(trees) + 1)), replace=False))
        audience = "alliance" if seed % 2 and rng.random() < 0.4 else "public"
        measures = (("rent",), ("rent", "count"), ("count",))[int(rng.integers(3))]
        release = Release(f"r{number}", data, (table("t", columns, trees, measures),), "stock", audience)
        model = build_model([*earlier, release], audiences)
        try:
            outcome = protect(model, Parameters(coalitions=coalitions))
        except InputError as error:
            assert error.code == "one-owner"
            continue
        except NotProtectable as error:
            assert error.code == "already-disclosed" and "Es hilft" in error.text("de")
            refused += 1
            continue
        assert not leaks(outcome.model, outcome.protection, outcome.hidden, seed, 3)
        earlier.append(replace(release, pattern=pattern_of(outcome)))
    return len(earlier), refused


def test_sequences_of_overlapping_releases_withstand_a_second_attack():
    """Beside those of `test_stories.py`: by cold linear programs, on other stocks."""
    results = [_sequence(seed) for seed in (*seeds(0, 30), 53, 197)]
    assert sum(r[0] for r in results) >= 1.6 * len(results)
    assert sum(r[1] for r in results) <= 0.04 * len(results)


def test_protecting_releases_one_by_one_leaks_what_the_union_model_sees():
    for seed in range(15):
        frame = random_records(seed, 60, (4, 3), 6)
        trees = hierarchies(frame)
        data = prepare(frame, list(trees), "owner", ["rent"])
        first = Release("one", data, (table("t", ["d0"], trees, ("rent",)),))
        second = Release("two", data, (table("u", ["d0", "d1"], trees, ("rent",)),))
        alone = [protect(build_model([r])) for r in (first, second)]
        judged = protect(build_model([replace(first, pattern=pattern_of(alone[0])), second]))
        both = judged.model
        hidden = np.ones(len(both), bool)
        for (name, measure, place), status in pattern_of(alone[1]).items():
            rows = [
                i for i, named in enumerate(both.labels)
                if both.positions["table"].iat[i] == name and tuple(named.values()) == place
                and both.positions["measure"].iat[i] == measure
            ]  # fmt: skip
            if status == PUBLISHED:
                hidden[both.positions["cell"].iat[rows[0]]] = False
        if leaks(both, judged.protection, hidden, seed, 20):
            return
    raise AssertionError("no leak found: the attack is worth nothing")


def test_a_city_total_less_a_published_part_is_seen():
    rows = [("north", f"O{i}", 10.0) for i in range(9)] + [("south", "O1", 5.0), ("south", "O2", 4.0)]
    frame = pd.DataFrame(rows, columns=["d0", "owner", "rent"])
    data = prepare(frame, ["d0"], "owner", ["rent"])
    trees = hierarchies(frame, False)
    city = Release("city", data, (Table("t", (Dimension("d0", trees["d0"], frozenset({0})),), ("rent",)),))
    first = protect(build_model([city]))
    assert not first.hidden[first.model.asked].any()
    parts = Release("parts", data, (table("u", ["d0"], trees, ("rent",)),))
    second = protect(build_model([replace(city, pattern=pattern_of(first)), parts]))
    named = {second.model.cell_name(int(c)) for c in np.flatnonzero(second.hidden)}
    assert named == {"d0=north (rent)", "d0=south (rent)"}


def test_overlapping_areas_are_seen_through_the_pieces_they_share():
    """Two ways to divide the city: a district less a social area leaves one small block."""
    blocks = {"b1": ("D1", "S1"), "b2": ("D1", "S1"), "b3": ("D1", "S2"), "b4": ("D2", "S2"), "b5": ("D2", "S2")}
    counts = {"b1": 9, "b2": 9, "b3": 2, "b4": 9, "b5": 9}
    rows = [(*blocks[b], f"O{i}", 10.0 + i) for b, n in counts.items() for i in range(n)]
    frame = pd.DataFrame(rows, columns=["district", "social", "owner", "rent"])
    data = prepare(frame, ["district", "social"], "owner", ["rent"])
    trees = {c: hierarchies(frame.rename(columns={c: "d0"}), False)["d0"] for c in ("district", "social")}
    crossed = Table(
        "t",
        (Dimension("district", trees["district"]), Dimension("social", trees["social"], frozenset({0}))),
        ("count",),
    )
    first = protect(build_model([Release("districts", data, (crossed,))]))
    assert not first.hidden[first.model.asked].any()
    other = Table(
        "t",
        (Dimension("district", trees["district"], frozenset({0})), Dimension("social", trees["social"])),
        ("count",),
    )
    both = build_model(
        [Release("districts", data, (crossed,), pattern=pattern_of(first)), Release("areas", data, (other,))]
    )
    second = protect(both)
    hidden = {both.cell_name(int(c)) for c in np.flatnonzero(second.hidden & both.asked)}
    assert hidden  # S1 = D1 less the small block: it cannot be shown any more


@pytest.mark.parametrize("later", ["the same delivery", "read again", "one block changed"])
def test_areas_of_one_release_less_areas_of_another_are_seen(later):
    """District D1 was published; social area S1 would give away the small block that lies between them."""
    blocks = {"b1": ("D1", "S1"), "b2": ("D1", "S1"), "b3": ("D1", "S2"), "b4": ("D2", "S2"), "b5": ("D2", "S2")}
    counts = {"b1": 9, "b2": 9, "b3": 2, "b4": 9, "b5": 9}
    rows = [(*blocks[b], f"O{i}", 10.0 + i) for b, n in counts.items() for i in range(n)]
    frame = pd.DataFrame(rows, columns=["district", "social", "owner", "rent"])
    data = [prepare(frame, ["district", "social"], "owner", ["rent"])] * 2
    if later != "the same delivery":
        changed = frame.assign(rent=frame["rent"] + (frame.index == len(frame) - 1) * (later != "read again"))
        data[1] = prepare(changed, ["district", "social"], "owner", ["rent"])
    trees = {c: hierarchies(frame.rename(columns={c: "d0"}), False)["d0"] for c in ("district", "social")}
    first = Release("districts", data[0], (Table("t", (Dimension("district", trees["district"]),), ("rent",)),), "s")
    told = protect(build_model([first]))
    assert not told.hidden[told.model.asked].any()
    second = Release("areas", data[1], (Table("t", (Dimension("social", trees["social"]),), ("rent",)),), "s")
    both = build_model([replace(first, pattern=pattern_of(told)), second])
    hidden = {both.cell_name(int(c)) for c in np.flatnonzero(protect(both).hidden & both.asked)}
    assert "social=S1 (rent)" in hidden
