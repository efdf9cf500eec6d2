"""The check of a release of 10,000 cells from 200,000 dwellings of 40 companies, through the protected store and the
release engine, against `confidential` alone on the same records, in one run.

Both start from records that lie on the disk: the engine's in the store, those of `confidential` in a CSV file, which is
read as the command reads it. What reading and reckoning alone take is printed as well, with the records at hand.

    ./portal python benchmarks/release_check.py [DWELLINGS] [ROUNDS] [few|many]

`many`: the stock has all classes of years, so that many cells are thin; `few`: it has two, so that little is to hide.
Starts a PostgreSQL of its own with the portal's settings. Both ways in turn; what is printed are medians of wall and of
computing time (of this process and of the database), and their ratios. The goal is at most 1.3, and 60 s for the check.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

CHECKOUT = Path(__file__).parent.parent
sys.path[:0] = [str(CHECKOUT)]

from ckanext.ierwohnen.confidential.build import build_model  # noqa: E402
from ckanext.ierwohnen.confidential.gather import Release  # noqa: E402
from ckanext.ierwohnen.confidential.microdata import prepare  # noqa: E402
from ckanext.ierwohnen.confidential.parameters import default_parameters  # noqa: E402
from ckanext.ierwohnen.confidential.protection import protect  # noqa: E402
from ckanext.ierwohnen.confidential.reading import clean_columns, read_csv  # noqa: E402
from ckanext.ierwohnen.releases.audience import among, circles  # noqa: E402
from ckanext.ierwohnen.releases.checking import DEARER, NEW  # noqa: E402
from ckanext.ierwohnen.releases.engine import Engine  # noqa: E402
from ckanext.ierwohnen.releases.past import seen_by  # noqa: E402
from ckanext.ierwohnen.releases.place_tree import place_tree  # noqa: E402
from ckanext.ierwohnen.releases.states import State  # noqa: E402
from ckanext.ierwohnen.releases.tables_of import STOCK, columns_of, tables_of  # noqa: E402
from ckanext.ierwohnen.releases.tests.stage import YEARS, Stage  # noqa: E402
from ckanext.ierwohnen.vault.sealing import Keys  # noqa: E402
from ckanext.ierwohnen.vault.store import Store  # noqa: E402
from ckanext.ierwohnen.vault.tests.conftest import temporary_cluster  # noqa: E402
from confidential_stock import owners_at_home  # noqa: E402
from vault_load import computed  # noqa: E402

OWNERS, QUARTERS, DISTRICTS = 40, 229, 9  # 229 + 9 + 1 places × 7 years of construction × 6 rooms = 10,038 cells
SHARES = {
    "many": dict(zip(YEARS, [0.22, 0.2, 0.47, 0.08, 0.03], strict=True)),
    "few": {"-1918": 0.3, "1950-1990": 0.7},
}
Made = tuple[float, float]  # wall and computing time, seconds


def homes(dwellings: int, hidden: str, seed: int = 1) -> dict[str, pd.DataFrame]:
    """Records by owner: a few large companies, many small ones, each at home in some quarters."""
    rng = np.random.default_rng(seed)
    quarter, owner = owners_at_home(rng, dwellings, QUARTERS, OWNERS)
    names = np.array([f"o{n:02}" for n in range(OWNERS)])
    whole = pd.DataFrame(
        {
            "record": [f"w{n}" for n in range(dwellings)],
            "owner": names[owner],
            "vacancy": np.where(rng.random(dwellings) < 0.05, "vacant", "let"),
            "rooms": rng.choice(["1-2", "3", "4", "5+"], dwellings, p=[0.4, 0.35, 0.18, 0.07]),
            "construction": rng.choice(list(SHARES[hidden]), dwellings, p=list(SHARES[hidden].values())),
            "modernization": "unknown",
            "barrier_reduced": "no",
            "rent": np.round(rng.uniform(200, 900, dwellings), 2),
            "area": np.round(rng.uniform(30, 110, dwellings), 1),
            "place:s/district": [f"D{q % DISTRICTS}" for q in quarter],
            "place:s/quarter": [f"Q{q:03}" for q in quarter],
        }
    )
    return {str(name): part.reset_index(drop=True) for name, part in whole.groupby("owner")}


def timed(server: int, run: Callable[[], Any]) -> tuple[Any, Made]:
    """What it gives, and how long it took. `server`: the database's process."""
    wall, computing = time.perf_counter(), computed(server)
    given = run()
    return given, (time.perf_counter() - wall, computed(server) - computing)


def read(file: Path) -> pd.DataFrame:
    """The records from a file, as the command of `confidential` reads them."""
    found = read_csv(file)
    return clean_columns(found, [c for c in found if c not in ("record", "rent", "area")])


def alone(stage: Stage, owners: list[str], whole: pd.DataFrame, release: Any) -> int:
    """The same release by `confidential` alone, its records at hand; how many of its cells are secret.

    The model hides more: sums of hidden cells that break a rule have cells of their own, which stand in no table.
    """
    definition = stage.definition(owners, **release)
    tree = place_tree([whole], "s")
    frame = whole.copy()
    frame[tree.column] = tree.codes(frame)
    tables = {NEW: tables_of(definition, STOCK, tree)}
    audiences, circle = circles({NEW: seen_by(definition)})
    data = prepare(frame, columns_of(tables), "owner", [], record_id="record")
    model = build_model([Release(NEW, data, tables[NEW], "stock", circle[NEW])], audiences, total_factor=DEARER)
    outcome = protect(model, default_parameters())
    return int((outcome.hidden & outcome.model.asked).sum())


def main() -> None:
    """Run and print."""
    dwellings = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    release = {"dimensions": ["rooms", "construction"], "level": "s/quarter", "audience": among({"city"})}
    found: dict[str, list[Made]] = {"portal": [], "reading": [], "reckoning": []}
    with temporary_cluster() as cluster, TemporaryDirectory() as folder:
        file = Path(folder, "records.csv")
        server = int(cluster.admin("SELECT pg_read_file('postmaster.pid', 0, 20)").split()[0])
        store = Store(cluster.vault.url, cluster.vault.key)
        engine = Engine(Store(cluster.vault.engine_url, cluster.vault.engine_key), Keys(), default_parameters())
        frames = homes(dwellings, sys.argv[3] if len(sys.argv) > 3 else "many")
        for _ in range(rounds):
            stage = Stage(store, engine, {})  # organizations of its own: nothing earlier is related
            for owner, records in frames.items():
                stage.load(owner, records)
            words: list[str] = []
            engine.pause = words.append
            name = stage.prepared(sorted(frames), **release)
            state, took = timed(server, lambda name=name: engine.check(name))
            assert state == State.CHECKED, state
            found["portal"].append(took)
            cells = stage.show(sorted(frames)[0], name)["cells"]
            _own(stage, frames).to_csv(file, index=False)
            records, took = timed(server, lambda: read(file))
            found["reading"].append(took)
            given = stage, sorted(frames), records, release
            hidden, took = timed(server, lambda given=given: alone(*given))
            found["reckoning"].append(took)
            secret = sum(cell["status"] == "secret" for cell in cells)
            print(f"{len(cells)} cells, {secret} secret; alone {hidden}; steps told: {', '.join(dict.fromkeys(words))}")
        store.close()
    _told(found)


def _own(stage: Stage, frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    found = pd.concat([records.assign(owner=stage.id(owner)) for owner, records in frames.items()])
    return found.sort_values("record", ignore_index=True)


def _told(found: dict[str, list[Made]]) -> None:
    medians = {way: [statistics.median(times) for times in zip(*made, strict=True)] for way, made in found.items()}
    for way, (wall, computing) in medians.items():
        print(f"{way:9} {wall:7.2f} s, computing {computing:7.2f} s")
    for place, what in enumerate(("wall", "computing")):
        portal, reading, reckoning = (medians[way][place] for way in ("portal", "reading", "reckoning"))
        ratios = f"{portal / (reading + reckoning):.2f} (goal 1.3); {portal / reckoning:.2f} with the records at hand"
        print(f"ratio to `confidential` alone, {what} time: {ratios}")


if __name__ == "__main__":
    main()
