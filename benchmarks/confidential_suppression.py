"""Suppression with full audit against τ-ARGUS OPT alone, in one run: time and number of suppressed cells.

    PYTHONPATH=ckanext-ierwohnen python benchmarks/confidential_suppression.py a [--minutes 10]

Both get the same cells, levels and costs (the union model as a JJ file). The engine's time includes its process.
CPU time of both. Goals: time ≤ 1 ×, cells ≤ 1.05 × (a), ≤ 1.15 × (b). Insider protection, which OPT lacks, is shown
apart; so is the whole way of `protect`, sums of hidden cells included, beside OPT as it is and OPT that is given the
same sums as cells.
"""

from __future__ import annotations

import argparse
import resource
import time

from ckanext.ierwohnen.confidential import official
from ckanext.ierwohnen.confidential.audit import audit
from ckanext.ierwohnen.confidential.parameters import Parameters
from ckanext.ierwohnen.confidential.protection import protect
from ckanext.ierwohnen.confidential.rules import assess
from ckanext.ierwohnen.confidential.sums import with_open_sums
from ckanext.ierwohnen.confidential.suppression import suppress
from confidential_stock import model_of


def main() -> None:
    """Print one line per way, then the ratios."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("table", choices=("a", "b", "linked"))
    options.add_argument("--minutes", type=int, default=10, help="time limit given to the engine")
    options.add_argument("--no-engine", action="store_true")
    given = options.parse_args()
    model = model_of(given.table)
    results, whole = {}, None
    for name, insiders in (("outsiders", False), ("insiders", True)):
        protection = assess(model, Parameters(), insiders=insiders)
        start = time.process_time()
        pattern = suppress(model, protection)
        hidden = pattern.hidden
        middle = time.process_time()
        outsiders = tuple(a for a in protection.attackers if not a.members)
        report = audit(model, protection, hidden, attackers=None if not insiders else outsiders)
        seconds = time.process_time() - start
        results[name] = (seconds, int(model.cost[hidden].sum()))
        judged = "full audit" if not insiders else "audit of outsiders"
        print(
            f"{given.table} own, {name}: {results[name][1]} cells ({len(protection.cells)} primary), "
            f"suppression {middle - start:.2f} s, {judged} {seconds - (middle - start):.2f} s, clean: {report.clean}"
        )
    for name, insiders in (("sums", False), ("sums and insiders", True)):
        start = time.process_time()
        found = protect(model, Parameters(), insiders=insiders)
        results[name] = (time.process_time() - start, int(found.model.cost[found.hidden].sum()))
        whole = found if not insiders else whole
        print(f"{given.table} own, {name} (a whole release): {results[name][1]} cells, "
              f"{len(found.model) - len(model)} sums, everything {results[name][0]:.2f} s")  # fmt: skip
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB, {len(model)} variables")
    if given.no_engine or not official.available():
        return
    protection = assess(model, Parameters(), insiders=False)
    start = time.perf_counter()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    pattern = official.optimal_pattern(model, protection, given.minutes, 60.0 * given.minutes * 3)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    if pattern is None:
        print(f"OPT gave nothing after {seconds:.1f} s")
        return
    cells = int(model.cost[pattern].sum())
    clean = audit(model, protection, pattern).clean
    print(f"{given.table} OPT: {cells} cells, {seconds:.2f} s (wall-clock {wall:.1f} s), clean: {clean}")
    goal = {"a": "1.05", "b": "1.15"}.get(given.table, "–")
    print(f"what both protect from, own ÷ OPT: {_ratios(results['outsiders'], (seconds, cells))} (goals ≤ 1, ≤ {goal})")
    print("what OPT lacks, own ÷ OPT without it:")
    for name in ("insiders", "sums", "sums and insiders"):
        print(f"  {name}: {_ratios(results[name], (seconds, cells))}")
    other = official.optimal_pattern(whole.model, whole.protection, given.minutes, 60.0 * given.minutes * 3)
    if other is not None:
        given_sums = int(whole.model.cost[other].sum())
        left = len(with_open_sums(whole.model, other, Parameters())) - len(whole.model)
        print(f"sums, own ÷ OPT that is given our {len(whole.model) - len(model)} sums as cells: "
              f"cells {results['sums'][1] / given_sums:.3f} ({results['sums'][1]} : {given_sums}, and these give away "
              f"{left} more sums)")  # fmt: skip


def _ratios(own: tuple[float, int], other: tuple[float, int]) -> str:
    """Time and cells of one way beside another's."""
    return f"time {own[0] / other[0]:.3f} ({own[0]:.2f} s), cells {own[1] / other[1]:.3f} ({own[1]} : {other[1]})"


if __name__ == "__main__":
    main()
