"""The check of a second release that meets an earlier one: of 30 of 40 companies, then of 30 with 20 of the same.

What both sets of owners have, and what either has alone, follows from the two tables together, so that all of it is
protected: the second check reckons with five times as many cells.

    ./portal python benchmarks/release_again.py [DWELLINGS] [few|many]

Starts a PostgreSQL of its own with the portal's settings. Prints wall and computing time (of this process and of the
database) of both checks, and how many times the first the second one takes.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent)]

from ckanext.ierwohnen.confidential.parameters import default_parameters  # noqa: E402
from ckanext.ierwohnen.releases.audience import among  # noqa: E402
from ckanext.ierwohnen.releases.engine import Engine  # noqa: E402
from ckanext.ierwohnen.releases.tests.stage import Stage  # noqa: E402
from ckanext.ierwohnen.vault.sealing import Keys  # noqa: E402
from ckanext.ierwohnen.vault.store import Store  # noqa: E402
from ckanext.ierwohnen.vault.tests.conftest import temporary_cluster  # noqa: E402
from release_check import Made, homes, timed  # noqa: E402

MEMBERS = 30


def main() -> None:
    """Run and print."""
    dwellings = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    release = {"dimensions": ["rooms", "construction"], "level": "s/quarter", "audience": among({"city"})}
    took: list[Made] = []
    with temporary_cluster() as cluster:
        server = int(cluster.admin("SELECT pg_read_file('postmaster.pid', 0, 20)").split()[0])
        store = Store(cluster.vault.url, cluster.vault.key)
        engine = Engine(Store(cluster.vault.engine_url, cluster.vault.engine_key), Keys(), default_parameters())
        stage = Stage(store, engine, {})
        frames = homes(dwellings, sys.argv[2] if len(sys.argv) > 2 else "many")
        for owner, records in frames.items():
            stage.load(owner, records)
        owners = sorted(frames)
        for members in (owners[:MEMBERS], owners[-MEMBERS:]):
            name = stage.prepared(members, **release)
            state, made = timed(server, lambda name=name: engine.check(name))
            cells = stage.show(members[0], name)["cells"]
            secret = sum(cell["status"] == "secret" for cell in cells)
            times = f"{made[0]:.1f} s, computing {made[1]:.1f} s"
            print(f"{state}: {len(cells)} cells, {secret} secret; {times}", flush=True)
            took.append(made)
        store.close()
    wall, computing = (later / first for first, later in zip(*took, strict=True))
    print(f"second release to first: wall {wall:.2f}, computing {computing:.2f} (goal: the second within 60 s)")


if __name__ == "__main__":
    main()
