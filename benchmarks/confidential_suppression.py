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
    results = {}
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
    start = time.process_time()
    whole = protect(model, Parameters(), insiders=False)
    results["with sums"] = (time.process_time() - start, int(whole.model.cost[whole.hidden].sum()))
    print(
        f"{given.table} own, with sums: {results['with sums'][1]} cells, {len(whole.model) - len(model)} sums, "
        f"everything {results['with sums'][0]:.2f} s"
    )
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
    other = official.optimal_pattern(whole.model, whole.protection, given.minutes, 60.0 * given.minutes * 3)
    if other is not None:
        cells_with = int(whole.model.cost[other].sum())
        left = len(with_open_sums(whole.model, other, Parameters())) - len(whole.model)
        print(f"{given.table} own ÷ OPT, both with these sums: cells {results['with sums'][1] / cells_with:.3f} "
              f"({cells_with}, which give away {left} more)")  # fmt: skip
    for name, (own, mine) in results.items():
        wanted = f" (goals ≤ 1, ≤ {goal})" if name == "outsiders" else " (protection that OPT lacks)"
        print(f"{given.table} own ÷ OPT, {name}: time {own / seconds:.3f}, cells {mine / cells:.3f}{wanted}")


if __name__ == "__main__":
    main()
