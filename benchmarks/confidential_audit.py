"""The audit against cold SciPy programs, and the quick check against the full audit, in one run.

    PYTHONPATH=ckanext-ierwohnen python benchmarks/confidential_audit.py a [--sample 60]

Both look at what a release makes (`protect`): its pattern, and the sums of hidden cells that it put under the rules.
SciPy solves one cold program per cell and side on the unknown cells; a sample is timed and scaled up. CPU time, the
best of three where it is short. Goals: audit ≥ 20 × (a), ≥ 50 × (b); check ≥ 10 × the full audit.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
from ckanext.ierwohnen.confidential.audit import audit
from ckanext.ierwohnen.confidential.model import Attacker
from ckanext.ierwohnen.confidential.parameters import Parameters
from ckanext.ierwohnen.confidential.protection import protect
from ckanext.ierwohnen.confidential.quick import check
from confidential_stock import model_of
from scipy.optimize import linprog


def cold(model, hidden: np.ndarray, sample: int) -> float:
    """Seconds for all hidden cells, both sides, scaled from a sample."""
    unknown, lower, upper = model.view(Attacker(model.audience), hidden)
    cells = np.flatnonzero(unknown)
    matrix = model.relations[:, cells]
    matrix = matrix[np.diff(matrix.indptr) > 0]
    right = matrix @ model.value[cells]
    bounds = [(a, None if np.isinf(b) else b) for a, b in zip(lower[cells], upper[cells], strict=True)]
    chosen = np.random.default_rng(0).choice(len(cells), min(sample, len(cells)), replace=False)
    start = time.process_time()
    for at in chosen:
        for sign in (1.0, -1.0):
            goal = np.zeros(len(cells))
            goal[at] = sign
            linprog(goal, A_eq=matrix, b_eq=right, bounds=bounds, method="highs")
    return (time.process_time() - start) * len(cells) / len(chosen)


def seconds(work: Callable[[], object]) -> float:
    """CPU seconds, the best of three if it takes less than one."""
    best = np.inf
    for _ in range(3):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
        if best > 1:
            break
    return float(best)


def main() -> None:
    """Print times and ratios."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("table", choices=("a", "b", "linked"))
    options.add_argument("--sample", type=int, default=60)
    options.add_argument("--outsiders", action="store_true", help="leave out the insiders, whose full audit takes long")
    given = options.parse_args()
    plain = model_of(given.table)
    for insiders in (False,) if given.outsiders else (False, True):
        release = protect(plain, Parameters(), insiders=insiders)
        model, protection, hidden = release.model, release.protection, release.hidden
        times = [
            seconds(work)
            for work in (
                lambda r=release: check(r.model, r.protection, r.hidden),
                lambda r=release: check(r.model, r.protection, r.hidden, exchanges=r.exchanges),
                lambda r=release: audit(r.model, r.protection, r.hidden),
            )
        ]
        who = "everybody" if insiders else "outsiders"
        print(
            f"{given.table} {who}: {len(protection.cells)} sensitive of {len(model)}, {hidden.sum()} hidden; "
            f"full audit {times[2]:.4f} s ÷ yes/no check {times[0]:.4f} s = "
            f"{times[2] / times[0]:.1f}; ÷ check with the suppression's exchanges {times[1]:.4f} s = "
            f"{times[2] / times[1]:.1f} (goal ≥ 10)"
        )
        if not insiders:
            slow = cold(model, hidden, given.sample)
            ratio = f"{slow / times[2]:.0f} (goals ≥ 20 a, 50 b)"
            print(f"{given.table} outsiders: cold SciPy {slow:.1f} s ÷ full audit = {ratio}")


if __name__ == "__main__":
    main()
