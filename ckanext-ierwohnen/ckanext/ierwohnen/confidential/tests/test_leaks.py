"""What means, rates, medians, weights and consents let through: a small attacker that reads the written files only.

It shares no code with the room: categories are leaves, each published figure an equation or a bound on sums of leaves,
solved with SciPy; what is needed is reckoned by `published.py`.
"""

from __future__ import annotations

import csv
import math
from datetime import date
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import linprog

from ckanext.ierwohnen.confidential.command import main

from .published import COUNT, Record, Rules, level, reasons

RULES = Rules()


def _records(seed: int, rows: int, zeros: float = 0.0, weighted: bool = False) -> list[dict[str, str]]:
    rng = np.random.default_rng(seed)
    quarter = rng.choice(list("ABCD"), rows, p=rng.dirichlet(np.ones(4)))
    kind = rng.choice(list("xyz"), rows, p=rng.dirichlet(np.ones(3)))
    owner = rng.choice(8, rows, p=rng.dirichlet(np.full(8, 0.7)))
    rent = np.where(rng.random(rows) < zeros, 0, np.rint(rng.lognormal(6, 0.5, rows)))
    area = np.rint(rng.lognormal(4, 0.3, rows))
    weight = rng.integers(0, 5, rows) / 2 if weighted else np.ones(rows)
    columns = zip(quarter, kind, owner, rent, area, weight, strict=True)
    names = ("q", "k", "owner", "rent", "area", "w")
    texts = ((a, b, f"O{o}", f"{r:.0f}", f"{f:.0f}", f"{w}") for a, b, o, r, f, w in columns)
    return [dict(zip(names, text, strict=True)) for text in texts]


def _write(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, list(rows[0]))
        out.writeheader()
        out.writerows(rows)
    return path


def _protect(folder: Path, rows: list[dict[str, str]], *more: str) -> list[dict[str, str]]:
    stock = _write(folder / "stock.csv", rows)
    given = ["--dimensions", "q,k", "--value", "rent,area", "--holding", "owner", "--output", str(folder / "out.csv")]
    assert main(["protect", str(stock), *given, "--internal", str(folder / "in.csv"), *more]) == 0
    public, internal = (list(csv.DictReader((folder / n).open(encoding="utf-8"))) for n in ("out.csv", "in.csv"))
    for reader, house in zip(public, internal, strict=True):  # readers see the same figures, and one class of secrets
        hidden = house["status"] != "published"
        assert reader == {k: v for k, v in house.items() if k != "rule"} | ({"status": "secret"} if hidden else {})
    return internal


class Attacker:
    """Reads a published table; `bounds(measure, place, owner)` is what it makes of a cell."""

    def __init__(self, rows: list[dict[str, str]], table: list[dict[str, str]], scale: int = 1) -> None:
        self.leaves = sorted({(r["q"], r["k"]) for r in rows})
        self.records = [
            Record((r["q"], r["k"]), r["owner"],
                   {m: round(float(r[m]) * float(r["w"]) * scale) for m in ("rent", "area")} | {COUNT: 1})
            for r in rows if float(r["w"])
        ]  # fmt: skip
        self.scale, self.figures = scale, {}
        for row in table:
            if row["status"] == "published":
                self.figures[row["measure"], row["q"], row["k"]] = float(row["value"])

    def inside(self, q: str, k: str) -> list[Record]:
        """The records of a place."""
        return [r for r in self.records if q in (r.leaf[0], "Total") and k in (r.leaf[1], "Total")]

    def _row(self, q: str, k: str) -> np.ndarray:
        return np.array([float(q in (a, "Total") and k in (b, "Total")) for a, b in self.leaves])

    def _knowledge(self, measure: str, owner: str | None):
        equal, bound = [], []
        for (what, q, k), value in self.figures.items():
            row, total = self._row(q, k), None
            if what == measure:
                total = value
            elif what == f"mean({measure})":
                assert (COUNT, q, k) in self.figures
                total = value * self.figures[COUNT, q, k]
            elif what == "rate" and measure == "rent" and ("area", q, k) in self.figures:
                total = value * self.figures["area", q, k]
            elif what == "rate" and measure == "area" and value and ("rent", q, k) in self.figures:
                total = self.figures["rent", q, k] / value
            elif what == f"median({measure})" and value:
                bound += self._medians(q, k, value)
            if total is not None:
                equal.append((row, total * self.scale))
        for leaf in self.leaves:
            own = sum(r.amount[measure] for r in self.inside(*leaf) if r.owner == owner)
            bound.append((self._row(*leaf), own))
        for q in ({a for a, _ in self.leaves} | {"Total"}) if owner else ():
            for k in {b for _, b in self.leaves} | {"Total"}:
                cell = self.inside(q, k)
                if cell and {r.owner for r in cell} == {owner}:
                    equal.append((self._row(q, k), sum(r.amount[measure] for r in cell)))
        return equal, bound

    def _medians(self, q: str, k: str, value: float):
        """At most half of the records are below the median; so of each part no more can be."""
        least = (value - 0.5 * 10.0 ** (math.floor(math.log10(value)) - 1)) * self.scale
        n = self.figures.get((COUNT, q, k))
        if n is None:
            return [(self._row(q, k), 3 * least)]
        parts = [(a, b) for a in {q, *(x for x, _ in self.leaves if q == "Total")}
                 for b in {k, *(y for _, y in self.leaves if k == "Total")}]  # fmt: skip
        known = [(p, self.figures[COUNT, *p]) for p in parts if (COUNT, *p) in self.figures]
        return [(self._row(*p), (count - n // 2) * least) for p, count in known if count > n // 2]

    def bounds(self, measure: str, q: str, k: str, owner: str | None) -> tuple[float, float]:
        """Smallest and largest value of a place that fit everything."""
        equal, bound = self._knowledge(measure, owner)
        given = {"A_eq": np.array([r for r, _ in equal]), "b_eq": [v for _, v in equal]} if equal else {}
        given |= {"A_ub": -np.array([r for r, _ in bound]), "b_ub": [-v + 1e-6 for _, v in bound], "method": "highs"}
        low, high = (linprog(s * self._row(q, k), **given) for s in (1, -1))
        assert low.status == 0, "the published figures contradict one another"
        return low.fun, -high.fun if high.status == 0 else math.inf

    def leaks(self, measures: tuple[str, ...], table: list[dict[str, str]]) -> list[tuple]:
        """Sensitive places that somebody can estimate too well."""
        found = []
        for row in table:
            q, k, measure = row["q"], row["k"], row["measure"]
            cell = self.inside(q, k)
            if measure not in measures or not reasons(cell, measure, RULES):
                continue
            true = sum(r.amount[measure] for r in cell)
            for owner in [None, *sorted({r.owner for r in self.records})]:
                need = level(cell, measure, RULES, frozenset({owner} if owner else ()))
                own = sum(r.amount[measure] for r in cell if r.owner == owner)
                if need == 0:
                    continue
                low, high = self.bounds(measure, q, k, owner)
                down = min(Fraction(true - own), need)
                slack = 1e-6 * max(true, 1)
                if high < true + float(need) - slack or low > true - float(down) + slack:
                    found.append((measure, q, k, owner, low, true, high, float(need)))
        return found


@pytest.mark.parametrize("seed", range(4))
def test_means_and_rates_beside_their_terms_tell_no_more(seed, tmp_path):
    rows = _records(seed, 90)
    table = _protect(tmp_path, rows, "--mean", "rent", "--rate", "rate=rent/area")
    assert {r["status"] for r in table if r["measure"] == "rate"} > {"published"}
    assert Attacker(rows, table).leaks(("rent", "area"), table) == []
    told = [r | {"status": "published"} if r["status"] == "secondary" else r for r in table]
    for row in told:  # the attacker sees it if what protects the others were told
        if row["value"] == "." and row["status"] == "published":
            cell = Attacker(rows, table).inside(row["q"], row["k"])
            sums = {m: sum(r.amount[m] for r in cell) for m in ("rent", "area")}
            sums |= {COUNT: len(cell), "mean(rent)": sums["rent"] / len(cell), "rate": sums["rent"] / sums["area"]}
            row["value"] = str(sums[row["measure"]])
    assert Attacker(rows, told).leaks(("rent", "area"), table)


@pytest.mark.parametrize("seed", range(6))
def test_medians_beside_counts_and_totals_tell_no_more(seed, tmp_path):
    """Empty dwellings with rent 0 make the median a sharp bound: half of the records carry all of the sum."""
    rows = _records(seed + 100, 90, zeros=0.45)
    table = _protect(tmp_path, rows, "--median", "rent", "--count")
    shown = {(r["q"], r["k"]) for r in table if r["measure"] == "median(rent)" and r["status"] == "published"}
    sums = {(r["q"], r["k"]) for r in table if r["measure"] == "rent" and r["status"] == "published"}
    assert shown and shown <= sums
    attacker = Attacker(rows, table)
    for q, k in shown:
        cell = attacker.inside(q, k)
        assert len(cell) >= 5 and len({r.owner for r in cell}) >= 5
    assert attacker.leaks(("rent",), table) == []


def test_a_median_of_a_dominated_cell_would_give_its_sum_away(tmp_path):
    """Three dwellings of A and one of B at 500, three empty ones of others: 7 dwellings, 5 owners, 4 × the median."""
    rows = [("A", "x", o, r) for o, r in [*[("O1", 500)] * 3, ("O2", 500), ("O3", 0), ("O4", 0), ("O5", 0)]]
    rows += [(q, k, f"O{i % 7}", 300 + i) for q in "AB" for k in "xy" if q + k != "Ax" for i in range(14)]
    named = [dict(zip(("q", "k", "owner", "rent", "area", "w"), (*map(str, r), "50", "1"), strict=True)) for r in rows]
    table = _protect(tmp_path, named, "--median", "rent", "--count")
    found = {r["measure"]: r for r in table if (r["q"], r["k"]) == ("A", "x")}
    assert found["count"]["value"] == "7" and "dominance" in found["rent"]["rule"]
    assert found["median(rent)"]["value"] == "." and found["median(rent)"]["status"] == "primary"
    assert Attacker(named, table).leaks(("rent",), table) == []
    told = [*table, found["median(rent)"] | {"value": "500", "status": "published"}]
    assert Attacker(named, told).leaks(("rent",), table)


def test_medians_do_not_tell_which_cells_of_a_disclosed_group_are_empty(tmp_path):
    """All of A are x (say vacant), which is to be kept secret: so must be that A has no y, in every measure."""
    rows = [("A", "x", f"O{i}", 300 + i) for i in range(9)]
    rows += [(q, k, f"O{i}", 400 + i) for q in "BC" for k in "xy" for i in range(9)]
    named = [dict(zip(("q", "k", "owner", "rent", "area", "w"), (*map(str, r), "50", "1"), strict=True)) for r in rows]
    table = _protect(tmp_path, named, "--group-disclosure", "k=x", "--median", "rent", "--mean", "rent", "--count")
    for k in "xy":
        found = {r["measure"]: r["value"] for r in table if (r["q"], r["k"]) == ("A", k)}
        assert found == dict.fromkeys(("rent", "area", "count", "mean(rent)", "median(rent)"), "."), k
    (tmp_path / "out.csv").unlink()  # the median of a value that is not shown itself
    given = ["protect", str(tmp_path / "stock.csv"), "--dimensions", "q,k", "--value", "area", "--holding", "owner"]
    given += ["--group-disclosure", "k=x", "--median", "rent", "--output", str(tmp_path / "out.csv")]
    assert main(given) == 0
    table = list(csv.DictReader((tmp_path / "out.csv").open(encoding="utf-8")))
    assert len({(r["q"], r["k"]) for r in table if r["measure"] == "median(rent)"}) == 12


@pytest.mark.parametrize("seed", range(4))
def test_weights_count_in_the_value_and_not_as_records(seed, tmp_path):
    rows = _records(seed + 200, 80, weighted=True)
    table = _protect(tmp_path, rows, "--weight", "w")
    attacker = Attacker(rows, table, scale=2)
    for row in table:
        cell = attacker.inside(row["q"], row["k"])
        why = set(filter(None, row["rule"].split(", ")))
        if row["measure"] in ("rent", "area"):
            assert why == reasons(cell, row["measure"], RULES), row
        if row["status"] == "published" and cell:
            assert float(row["value"]) * 2 == sum(r.amount[row["measure"]] for r in cell)
    assert attacker.leaks(("rent",), table) == []


def test_a_weighted_median_has_half_of_the_weight_on_either_side(tmp_path):
    rows = [{"q": "A", "k": "x", "owner": f"O{i}", "rent": f"{100 * (i + 1)}", "area": "1", "w": "1"} for i in range(9)]
    rows[8]["w"] = "20"
    table = _protect(tmp_path, rows, "--median", "area", "--rules", str(_loose(tmp_path, rows)), "--weight", "w")
    assert {r["value"] for r in table if r["measure"] == "median(area)"} == {"1"}
    table = _protect(tmp_path, rows, "--median", "rent", "--rules", str(_loose(tmp_path, rows)), "--weight", "w")
    assert {r["value"] for r in table if r["measure"] == "median(rent)"} == {"900"}


def _loose(folder: Path, rows: list[dict[str, str]]) -> Path:
    """Everybody agrees to everything."""
    agreed = [f"  - {{owner: {o}, recorded: minutes, until: 2999-01-01}}" for o in sorted({r["owner"] for r in rows})]
    (folder / "rules.yaml").write_text("consents:\n" + "\n".join(agreed) + "\n", "utf-8")
    return folder / "rules.yaml"


@pytest.mark.parametrize(
    "scope",
    [{}, {"measure": "rent"}, {"levels": "{q: [0]}"}, {"audience": "alliance"}, {"until": str(date(2020, 1, 1))}],
    ids=["all", "rent only", "totals only", "alliance only", "expired"],
)
@pytest.mark.parametrize("agreeing", [3, 8])
def test_a_consent_frees_what_it_covers_and_nothing_else(scope, agreeing, tmp_path):
    rows = _records(300, 90)
    terms = {"recorded": "minutes", "until": "2999-01-01"} | scope
    owners = [f"O{i}" for i in range(agreeing)]
    text = [f"  - {{owner: {o}, {', '.join(f'{k}: {v}' for k, v in terms.items())}}}" for o in owners]
    (tmp_path / "rules.yaml").write_text("consents:\n" + "\n".join(text) + "\n", "utf-8")
    before = _protect(tmp_path, rows)
    table = _protect(tmp_path, rows, "--rules", str(tmp_path / "rules.yaml"), "--includes", "alliance=public")
    attacker, freed = Attacker(rows, table), 0
    for old, row in zip(before, table, strict=True):
        assert [old[c] for c in ("q", "k", "measure")] == [row[c] for c in ("q", "k", "measure")]
        cell, lost = attacker.inside(row["q"], row["k"]), set(old["rule"].split(", ")) - set(row["rule"].split(", "))
        freed += bool(lost)
        if not lost:
            continue
        exposed = {r.owner for r in cell} if "minimum_contributors" in lost else _largest(cell, row["measure"], lost)
        assert exposed <= set(owners), (row, lost)
        assert "minimum_records" not in lost and scope.get("audience") is None and "until" not in scope
        assert scope.get("measure") in (None, row["measure"]) and ("levels" not in scope or row["q"] == "Total")
    assert freed > 0 or agreeing == 3 or scope.keys() & {"audience", "until", "levels"}


def _largest(cell: list[Record], measure: str, lost: set[str]) -> set[str]:
    """Those whom a free cell would expose: for dominance the two largest; for p % whom the largest other estimates."""
    parts: dict[str, int] = {}
    for r in cell:
        parts[r.owner] = parts.get(r.owner, 0) + r.amount[measure]
    exposed = set()
    if "dominance" in lost:
        exposed |= set(sorted(parts, key=lambda o: -parts[o])[:2])
    for owner, part in parts.items() if "p_percent" in lost else ():
        other = max((v for o, v in parts.items() if o != owner), default=0)
        if sum(parts.values()) - part - other < RULES.p * part:
            exposed.add(owner)
    return exposed
