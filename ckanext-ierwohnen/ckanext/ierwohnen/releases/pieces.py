"""Stock in the pieces that readers see come and go: what of an owner's stock stands in the same deliveries. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Piece:
    """What an owner delivered in each of these versions, told alike by all tables, and in no other one."""

    owner: str
    versions: frozenset[str]

    def stands_in(self, versions: Iterable[str]) -> bool:
        """Whether a release that is made of these versions counts it."""
        return not self.versions.isdisjoint(versions)


def pieces(
    records: Mapping[str, pd.DataFrame], owners: Mapping[str, str], columns: Sequence[str]
) -> dict[Piece, pd.DataFrame]:  # fmt: skip
    """All stock, each dwelling once for every way in which it was told.

    :param records: version → its records, one fingerprint (`record`) for one dwelling
    :param owners: version → whose it is
    :param columns: what tables tell of a dwelling
    """
    found: dict[Piece, pd.DataFrame] = {}
    for owner in dict.fromkeys(owners.values()):
        mine = [version for version, its in owners.items() if its == owner]
        if len(mine) == 1:
            found[Piece(owner, frozenset(mine))] = records[mine[0]]
            continue
        rows = pd.concat([records[v].assign(version=1 << n) for n, v in enumerate(mine)], ignore_index=True)
        stands = rows.groupby(["record", *columns], sort=False, dropna=False)["version"].transform("sum").to_numpy()
        once = ~rows.duplicated(["record", *columns]).to_numpy()
        for bits in np.unique(stands):
            versions = frozenset(v for n, v in enumerate(mine) if int(bits) >> n & 1)
            found[Piece(owner, versions)] = rows[once & (stands == bits)].drop(columns="version")
    return found
