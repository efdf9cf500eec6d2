"""Protected tables and reports as text."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from .advisor import Advised
from .audit import Finding
from .cellkey import PTable, averaging_risk, disclosure_risk
from .figures import PERTURBED, PUBLISHED
from .figures import SECRET as HIDDEN
from .gather import Place
from .model import UnionModel
from .patterns import FIXED, SECRET
from .protection import Outcome


def table_text(found: pd.DataFrame) -> str:
    """CSV of a protected table for the house, with the reasons: what is kept secret shows "." as official statistics
    do."""
    dims = [c for c in found.columns if c not in FIXED]
    value = [f"{v:.15g}" if np.isfinite(v) else HIDDEN for v in found["value"].to_numpy(float)]
    secret = found["status"] != PUBLISHED
    shown = np.where(secret & (found["status"] != PERTURBED), HIDDEN, value)
    columns = ["table", *dims, "measure", "value", "status", "rule"]
    return found.assign(value=shown)[columns].to_csv(index=False, lineterminator="\n")


def publication_text(found: pd.DataFrame) -> str:
    """CSV of the same table for readers: published or secret, one class for all hidden cells, and no word on why.

    That a cell is hidden for itself or for another, and by which rule, is an inequality about its value (`forms.py`).
    """
    dims = [c for c in found.columns if c not in FIXED]
    value = [f"{v:.15g}" if np.isfinite(v) else HIDDEN for v in found["value"].to_numpy(float)]
    secret = ~found["status"].isin([PUBLISHED, PERTURBED])
    shown = found.assign(value=np.where(secret, HIDDEN, value), status=found["status"].mask(secret, SECRET))
    noisy = ["rule"] if len(found) and (found["status"] == PERTURBED).all() else []  # what noise, for the next table
    return shown[["table", *dims, "measure", "value", "status", *noisy]].to_csv(index=False, lineterminator="\n")


def fingerprint(text: str) -> str:
    """SHA-256 of a file's content, as `sha256sum` prints it: a report names the files it speaks about."""
    return hashlib.sha256(text.encode()).hexdigest()


def outcome_report(outcome: Outcome, found: pd.DataFrame, extra: Mapping[str, Any]) -> str:
    """JSON report of a protected release, for the house: why each cell is hidden, and what attackers could work out.
    It holds no true value of a hidden cell, but reasons are half of one."""
    model, protection = outcome.model, outcome.protection
    counted = Counter(zip(found["measure"], found["status"], strict=True))
    hidden = {
        model.attacker_name(a): [
            {"cell": model.cell_name(int(c)), "status": outcome.status(int(c)), "low": _number(lo), "high": _number(hi)}
            for c, lo, hi in zip(*interval, strict=True)
        ]
        for a, interval in outcome.report.intervals.items()
    }
    return _json(
        {
            "verdict": _clean(extra),
            **extra,
            "cells": {f"{m}: {s}": n for (m, s), n in sorted(counted.items())},
            "rules": _by_rule(outcome),
            "attackers": [model.attacker_name(a) for a in protection.attackers],
            "repairs": outcome.rounds,
            "official_engine_was_better": outcome.improved,
            "hidden": _reasons(found),
            "intervals": hidden,
        }
    )


def _clean(about: Mapping[str, Any]) -> str:
    """Nothing was found; a result that leaves attackers out is still not for release."""
    return "clean" if about.get("for_release", True) else "not for release"


def _reasons(found: pd.DataFrame) -> list[dict[str, Any]]:
    """Every hidden place, and why."""
    dims = [c for c in found.columns if c not in FIXED]
    rows = found[~found["status"].isin([PUBLISHED, PERTURBED])].to_dict("records")
    return [
        {
            "table": row["table"],
            "measure": row["measure"],
            "place": {d: row[d] for d in dims if isinstance(row[d], str) and row[d]},
            "status": row["status"],
            "rules": [r for r in row["rule"].split(", ") if r],
        }
        for row in rows
    ]


def _by_rule(outcome: Outcome) -> dict[str, int]:
    found: dict[str, int] = {}
    for cell, rules in outcome.protection.reasons.items():
        for rule in rules if outcome.model.asked[cell] else ():
            found[rule] = found.get(rule, 0) + 1
    return dict(sorted(found.items()))


def findings_report(
    model: UnionModel,
    findings: Sequence[Finding],
    extra: Mapping[str, Any],
    medians: Sequence[Place] = (),
    told: Sequence[Finding] = (),
) -> str:
    """JSON report of an audit. Confidential: what is needed tells the true value. `told`: by earlier releases."""

    def listed(some: Sequence[Finding]) -> list[dict[str, Any]]:
        return [
            {
                "cell": model.cell_name(f.cell),
                "attacker": model.attacker_name(f.attacker),
                "low": _number(f.low),
                "high": _number(f.high),
                "needed_low": _number(f.needed_low),
                "needed_high": _number(f.needed_high),
            }
            for f in some
        ]

    return _json(
        {
            "verdict": "disclosing" if findings or medians else _clean(extra),
            **extra,
            "findings": listed(findings),
            "told_by_earlier_releases": {"cells": len({f.cell for f in told}), "findings": listed(told)},
            "medians": [{"table": t, "measure": f"median({m})", "place": list(p)} for t, m, p in medians],
        }
    )


def advice_report(found: Advised, extra: Mapping[str, Any]) -> str:
    """JSON report of the advisor. Confidential: a gain in dwellings tells how many there are in cells kept secret."""
    proposals = [
        {
            "kind": a.kind,
            "concerns": list(a.concerns),
            "gained_cells": a.gained_cells,
            "gained_dwellings": a.gained_dwellings,
            "cells": a.result.cells,
            "secret": a.result.secret,
            "dwellings": a.result.dwellings,
            "freed": [{"measure": m, "cell": c} for m, c in a.freed],
        }
        for a in found.advice
    ]
    before = {"cells": found.before.cells, "secret": found.before.secret, "dwellings": found.before.dwellings}
    return _json({**extra, "before": before, "advice": proposals, "untried": found.untried})


def noise_report(noise: PTable, extra: Mapping[str, Any], cells: int) -> str:
    """JSON report of a table with noise: which properties hold, for each true count (the last row: for all larger)."""
    v = noise.deviations.astype(float)
    rows = [
        {
            "count": count,
            "mean": round(float(p @ v), 12) + 0.0,
            "variance": round(float(p @ v**2), 12),
            "smallest": int(v[p > 0].min()),
            "largest": int(v[p > 0].max()),
            "difference_is_true": round(disclosure_risk(noise, count), 6),
        }
        for count, p in enumerate(noise.share)
    ]
    top, short = int(noise.deviations.max()), noise.variance - 1e-9
    return _json(
        {
            "method": "cell key",
            **extra,
            "cells": cells,
            "max_deviation": top,
            "variance": noise.variance,
            "holds": {
                "mean is 0 for every count": all(abs(r["mean"]) < 1e-9 for r in rows),
                "no deviation beyond the largest": all(-top <= r["smallest"] and r["largest"] <= top for r in rows),
                "no negative count": all(r["count"] + r["smallest"] >= 0 for r in rows),
                "zero stays zero": rows[0]["smallest"] == rows[0]["largest"] == 0,
                "stated variance from count on": 1 + max(r["count"] for r in rows if r["variance"] < short),
            },
            "by_construction": ["same records, same noise", "a table's parts need not add up to its totals"],
            "averaging": [
                {"cells": k, "variance": noise.variance / k, "count_learned": round(averaging_risk(noise, 10**6, k), 6)}
                for k in (1, 2, 4, 8, 16, 32)
            ],
            "by_count": rows,
        }
    )


def _number(value: float) -> float | str:
    return float(f"{value:.12g}") if np.isfinite(value) else "inf"


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"
