"""What each contributor's records have changed by from one delivery to the next, added up.

Whoever sees a figure of both deliveries sees their difference: what was added less what was removed. Where one company
has raised its rents, that is its rise, though the sums added and removed stay unknown. With n_j the change of
contributor j, the model holds

    N − Σ removed-side = new − old,   N = Σ_j |n_j|,   removed-side = 2 Σ_j max(−n_j, 0)

so that N ≥ 0 has the contributors' parts |n_j|, and the rules speak about it as about any other sum. What stands on the
removed side is taken as known to everybody, which errs on the safe side.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from .gather import Pieces, Rows, added_up
from .keys import codes_of
from .kinds import Kind
from .microdata import Microdata, mix
from .tabulate import Table, Tabulation

SIDES = {"+": np.uint64(0), "-": np.uint64(0x6A09E667F3BCC908)}


def add_nets(
    pieces: Pieces, rows: Rows, table: Table, keys: np.ndarray, cells: Mapping[str, Tabulation],
    place: Mapping[str, np.ndarray], data: Mapping[str, Microdata],
) -> Rows | None:  # fmt: skip
    """A cell for the net change of each place (`keys`) to which records were added and from which some were removed.

    cells, place, data: by side ("+", "-"), what was added and removed, where it stands, and of which records.
    """
    measure = table.measures[0]
    names = sorted({*data["+"].contributors, *data["-"].contributors})
    at, who, count, amount, prints = _by_contributor(cells, keys, names, data, measure, pieces.step[measure])
    full = np.logical_and(*(np.isin(keys, cells[s].key[cells[s].records > 0]) for s in SIDES))
    keep = full[at] & (amount != 0)
    at, who, count, amount, prints = (x[keep] for x in (at, who, count, amount, prints))
    if not len(at):
        return None
    chosen, first = np.unique(at, return_index=True)
    total, less = (np.add.reduceat(x, first) for x in (np.abs(amount), np.maximum(-2 * amount, 0)))
    with np.errstate(over="ignore"):
        words = np.stack([np.add.reduceat(prints, first), np.add.reduceat(mix(prints), first)], 1)
    number, none = np.searchsorted(chosen, at), np.empty(0, np.int64)
    codes = codes_of(keys[chosen], table)
    own = _records(names, measure, pieces.step[measure])

    def made(value: np.ndarray, salt: int, parts: tuple[np.ndarray, ...], kind: Kind) -> Rows:
        with np.errstate(over="ignore"):
            identity = mix(words + np.uint64(salt))[:, None, :]
        cell, owner, records, part, print_ = parts
        behind = np.bincount(cell, records, len(chosen)).astype(np.int64)
        found = Tabulation(
            codes, keys[chosen], behind, value[:, None], identity, np.zeros(len(chosen), bool),
            cell, owner, records, part[:, None], print_[:, None], np.empty((0, 3), np.int64),
        )  # fmt: skip
        return pieces.add_table(own, rows.source, table, found, kind)

    net = made(total, 1, (number, who, count, np.abs(amount), prints), Kind(False, True, True, net=True))
    down = made(less, 2, (none, none, none, none, np.empty(0, np.uint64)), Kind(False, False, True, given=True))
    each = np.arange(len(chosen))
    pieces.add_equations(
        len(chosen), (each, net.index[:, 0], 1.0), (each, place["+"][chosen], -1.0), (each, place["-"][chosen], 1.0),
        (each, down.index[:, 0], -1.0),
    )  # fmt: skip
    columns = [(d.column, d.hierarchy.codes) for d in table.dimensions]
    net.names = [{c: f"Δ {of[k]}" for (c, of), k in zip(columns, code, strict=True)} for code in codes]
    return net


def _by_contributor(cells, keys, names, data, measure: str, step: float) -> tuple[np.ndarray, ...]:
    """(place, contributor, records, amount added less amount removed, what the records are), once for each pair."""
    blocks = []
    for side, salt in SIDES.items():
        found, ratio = cells[side], round(data[side].step[measure] / step)
        lookup = np.array([names.index(c) for c in data[side].contributors], int)
        sign = 1 if side == "+" else -1
        blocks.append((
            np.searchsorted(keys, found.key[found.part_cell]), lookup[found.part_contributor], found.part_records,
            sign * ratio * found.part_amounts[:, :1], mix(found.part_identity[:, :1] ^ salt),
        ))  # fmt: skip
    at, who, count, amount, prints = added_up(*(np.concatenate(x) for x in zip(*blocks, strict=True)))
    return at, who, count, amount[:, 0], prints[:, 0]


def _records(names: list[str], measure: str, step: float) -> Microdata:
    none = np.empty(0, int)
    return Microdata({}, none, tuple(names), {}, {measure: step}, {}, none, pd.DataFrame())
