"""Attacks on counts with noise, by exact enumeration of the p-table and by fixed seeds; true counts by `csv` alone."""

from __future__ import annotations

import csv
import json
from collections import Counter
from itertools import product

import numpy as np
import pytest

from ckanext.ierwohnen.confidential.cellkey import (
    averaging_risk,
    difference_of_noise,
    disclosure_risk,
    p_table,
    record_keys,
)
from ckanext.ierwohnen.confidential.command import main
from ckanext.ierwohnen.confidential.ranges import RANGES

PARAMETERS = [(1, 0.5, 0), (2, 1.0, 0), (4, 2.0, 0), (4, 2.0, 2), (5, 3.0, 0), (8, 5.0, 0)]


@pytest.mark.parametrize(("deviation", "variance", "js"), PARAMETERS)
def test_every_count_has_the_stated_moments_and_no_more_is_possible_where_it_has_not(deviation, variance, js):
    """A mean-0 distribution on [−n, D] has at most the variance n·D (on its two ends)."""
    noise = p_table(deviation, variance, js)
    v = noise.deviations
    for count, share in enumerate(noise.share):
        there = v[share > 0]
        assert np.all(np.abs(there) <= deviation) and np.all((count + there == 0) | (count + there > js))
        assert share.sum() == pytest.approx(1, abs=1e-12) and share @ v == pytest.approx(0, abs=1e-9)
        if count == 0:
            assert there.tolist() == [0]
        elif js == 0:
            assert share @ v**2 == pytest.approx(min(variance, count * deviation), abs=1e-7)
        log = np.log(share[share > 1e-300])
        if js == 0 and count > 0 and variance < count * deviation - 1e-6:  # greatest entropy: log p is a parabola
            np.testing.assert_allclose(np.diff(log, 3), 0, atol=1e-5)


@pytest.mark.parametrize(("deviation", "variance", "js"), PARAMETERS)
def test_a_published_count_never_tells_the_true_one(deviation, variance, js):
    """Each published number > 0 fits two true counts at least; none is certain even if all were equally likely."""
    noise = p_table(deviation, variance, js)
    last = len(noise.share) - 1
    for published in range(1, 3 * deviation):
        fit = {}
        for count in range(max(0, published - deviation), published + deviation + 1):
            p = noise.share[min(count, last)][published - count + deviation]
            fit.update({count: p} if p > 0 else {})
        assert len(fit) >= 2 or published <= js
        assert not fit or max(fit.values()) / sum(fit.values()) < 0.8


@pytest.fixture
def folder(tmp_path):
    """4,000 records over 40 × 30 categories, so that most cells are small and many are empty."""
    rng = np.random.default_rng(2)
    rows = zip(range(4000), rng.zipf(1.5, 4000) % 40, rng.integers(0, 30, 4000), strict=True)
    lines = ["id,a,b", *[f"w{i},a{a:02},b{b:02}" for i, a, b in rows]]
    (tmp_path / "s.csv").write_text("\n".join(lines) + "\n", "utf-8")
    (tmp_path / "key").write_bytes(b"0123456789abcdef0123")
    return tmp_path


def _perturb(folder, *more: str, name: str = "s.csv", dimensions: str = "a,b", code: int = 0) -> list[dict[str, str]]:
    given = ["--record-id", "id", "--secret", str(folder / "key"), "--output", str(folder / "n.csv"), *more]
    assert main(["perturb", str(folder / name), "--dimensions", dimensions, *given]) == code
    return list(csv.DictReader((folder / "n.csv").open(encoding="utf-8"))) if code == 0 else []


def _true(folder) -> Counter:
    found: Counter = Counter()
    for row in csv.DictReader((folder / "s.csv").open(encoding="utf-8")):
        found.update(product((row["a"], "Total"), (row["b"], "Total")))
    return found


def test_the_command_keeps_what_its_report_says(folder):
    (folder / "r.yaml").write_text("noise: {max_deviation: 3, variance: 1.5}\n", "utf-8")
    rows = _perturb(folder, "--report", str(folder / "n.json"), "--rules", str(folder / "r.yaml"))
    report, true = json.loads((folder / "n.json").read_text("utf-8")), _true(folder)
    assert all(v is True for k, v in report["holds"].items() if k != "stated variance from count on")
    assert len(rows) == 41 * 31  # empty cells too: a count that noise made 0 must not stand out
    assert {r["status"] for r in rows} == {"perturbed"}
    noise = p_table(3, 1.5)
    deviations: dict[int, list[int]] = {}
    for row in rows:
        count, value = true[row["a"], row["b"]], int(row["value"])
        assert value >= 0 and abs(value - count) <= 3 and (count > 0 or value == 0)
        deviations.setdefault(min(count, len(noise.share) - 1), []).append(value - count)
    assert any(r["value"] == "0" and true[r["a"], r["b"]] for r in rows)
    for count, found in deviations.items():
        expected = noise.share[count] * len(found)
        seen = np.array([found.count(int(v)) for v in noise.deviations])
        assert not seen[expected == 0].any()
        keep = expected > 0
        chi = ((seen - expected)[keep] ** 2 / expected[keep]).sum()
        assert chi < 30  # six degrees of freedom: a chance of 4·10⁻⁵ each
    every = np.array([d for n, ds in deviations.items() if n for d in ds])
    assert abs(every.mean()) < 4 * np.sqrt(1.5 / len(every)) and abs(every.var() - 1.5) < 0.25


def test_asking_again_in_another_way_gives_the_same_noise(folder):
    """Other tables, orders of rows, hierarchies and deliveries with further records: nothing to average over."""
    wide = {(r["a"], r["b"]): r["value"] for r in _perturb(folder)}
    lines = (folder / "s.csv").read_text("utf-8").splitlines()
    more = [lines[0], *reversed(lines[1:]), *[f"new{i},a99,b{i:02}" for i in range(30)]]
    (folder / "s2.csv").write_text("\n".join(more) + "\n", "utf-8")
    (folder / "h.csv").write_text("code,parent\nG,\nH,\n" + "".join(f"a{i:02},{'G' if i else 'H'}\n" for i in range(40))
                                  + "a99,H\n", "utf-8")  # fmt: skip
    again = _perturb(folder, "--hierarchy", f"a={folder / 'h.csv'}", name="s2.csv")
    same = [(r["a"], r["b"]) for r in again if (r["a"], r["b"]) in wide and "a99" != r["a"] != "Total"]
    values = {(r["a"], r["b"]): r["value"] for r in again}
    assert len(same) == 40 * 31 and all(values[at] == wide[at] for at in same)
    narrow = {r["a"]: r["value"] for r in _perturb(folder, dimensions="a")}
    assert all(wide[a, "Total"] == value for a, value in narrow.items())
    changed = [b for b in {b for _, b in wide} if values["Total", b] != wide["Total", b]]
    assert len(changed) > 10  # one record more: other noise


def test_differencing_tells_the_truth_as_often_as_stated():
    """Cells of n and n − 1 records: exact enumeration, and 4,000 trials with real keys."""
    for deviation, variance, js in PARAMETERS[:3]:
        noise = p_table(deviation, variance, js)
        for count in (1, 2, 5, 40):
            rows = [noise.share[min(n, len(noise.share) - 1)] for n in (count, count - 1)]
            exact = sum(p * q for p, q in zip(*rows, strict=True))
            assert disclosure_risk(noise, count) == pytest.approx(exact, abs=1e-12)
            spread = difference_of_noise(noise, count, count - 1)
            moments = sum(p @ noise.deviations**2 for p in rows)
            assert sum(d * d * p for d, p in spread.items()) == pytest.approx(moments, abs=1e-9)
    noise, tries = p_table(4, 2.0), 4000
    keys = record_keys([f"w{i}" for i in range(3 * tries)], b"0123456789abcdef").reshape(tries, 3).astype(object)
    key = np.array([[sum(k[:n]) % 2**48 / 2**48 for n in (3, 2)] for k in keys])
    v = np.stack([noise.draw(np.full(tries, n), key[:, i]) for i, n in enumerate((3, 2))])
    risk = disclosure_risk(noise, 3)
    assert abs((v[0] == v[1]).mean() - risk) < 4 * np.sqrt(risk * (1 - risk) / tries)
    assert abs(np.cov(v)[0, 1]) < 0.15


@pytest.mark.parametrize("queries", [1, 4, 16])
def test_averaging_over_cells_with_known_differences_gains_as_much_as_stated(queries):
    """The attacker adds groups of records that it knows to a secret cell, and takes them off the published counts."""
    noise, tries, records = p_table(4, 2.0), 3000, 20
    keys = record_keys([f"{i}" for i in range(tries * (1 + queries))], b"0123456789abcdef").reshape(tries, -1)
    secret, known = keys[:, :1], keys[:, 1:]
    cell = ((secret + known) % 2**48) / 2**48 if queries > 1 else secret / 2**48
    v = noise.draw(np.full(cell.size, records), cell.ravel().astype(float)).reshape(cell.shape)
    error = v.mean(axis=1)
    assert abs(error.mean()) < 4 * np.sqrt(2 / queries / tries)
    assert error.var() == pytest.approx(2 / queries, rel=0.12)
    stated = averaging_risk(noise, records, queries)
    assert abs((np.abs(error) < 0.5).mean() - stated) < 4 * np.sqrt(stated * (1 - stated) / tries)


@pytest.mark.parametrize("sizes", [(2,), (5,), (3, 4), (2, 3, 2)])
def test_all_totals_of_a_table_together_leave_the_stated_variance(sizes):
    """The best linear estimate of an inner cell from all published ones has the variance V · Π k / (k + 1)."""
    design = np.ones((1, 1))
    for k in sizes:
        design = np.kron(design, np.vstack([np.eye(k), np.ones(k)]))
    inner = np.linalg.inv(design.T @ design)
    np.testing.assert_allclose(np.diag(inner), np.prod([k / (k + 1) for k in sizes]))


def test_two_parts_and_their_total_help_a_guess_no_more_than_documented():
    """Keys of three cells hang together (the total's is the sum): enumerated over a fine grid of keys."""
    noise, n = p_table(4, 2.0), 1500
    grid = (np.arange(n) + 0.5) / n
    v = noise.draw(np.full(n, 50), grid) + 4
    joint = np.zeros((9, 9, 9))
    for i in range(n):
        np.add.at(joint[v[i]], (v, noise.draw(np.full(n, 50), (grid[i] + grid) % 1) + 4), 1 / n**2)
    a, b, t = np.ogrid[-4:5, -4:5, -4:5]
    gap = t - a - b + 0 * joint
    assert (joint * gap**2).sum() == pytest.approx(3 * 2.0, abs=0.05)
    share = noise.share[-1]
    alone = share[:, None, None] * share[:, None] * share

    def guess(chance: np.ndarray) -> float:
        return sum(np.where(gap == g, chance, 0).sum(axis=(1, 2)).max() for g in np.unique(gap))

    assert guess(joint) == pytest.approx(0.354, abs=0.004) and guess(alone) == pytest.approx(0.335, abs=0.001)
    assert share.max() == pytest.approx(0.280, abs=0.001)
    low, high = np.maximum(a - 4 + 0 * gap, t - b - 8), np.minimum(a + 4 + 0 * gap, t - b + 8)
    assert joint[low == high].sum() < 1e-5  # bounds alone pin next to nothing


def test_noise_and_suppression_never_meet_on_one_source(folder, capsys):
    rows = list(csv.DictReader((folder / "s.csv").open(encoding="utf-8")))
    lines = ["id,a,b,owner", *[f"{r['id']},{r['a']},{r['b']},O{i % 9}" for i, r in enumerate(rows)]]
    (folder / "s.csv").write_text("\n".join(lines) + "\n", "utf-8")
    _perturb(folder, "--source", "Bestand", dimensions="a")
    (folder / "n.csv").rename(folder / "noise.csv")
    stock = [str(folder / "s.csv"), "--dimensions", "a", "--holding", "owner", "--source", "Bestand"]
    out = ["--output", str(folder / "out.csv")]
    (folder / "disclosure-methods.csv").unlink()  # the table itself tells, wherever its record is
    assert main(["protect", *stock, *out, "--earlier", str(folder / "noise.csv")]) == 2
    assert "Cell-Key" in capsys.readouterr().err and not (folder / "out.csv").exists()
    assert main(["protect", *stock, *out]) == 0
    audit = ["audit", *stock, "--pattern", str(folder / "out.csv")]
    assert main(audit) == 0
    assert main([*audit, "--earlier", str(folder / "noise.csv")]) == 2
    assert main(["audit", *stock, "--pattern", str(folder / "noise.csv")]) == 2
    record = folder / "disclosure-methods.csv"
    record.unlink()
    _perturb(folder, "--earlier", str(folder / "out.csv"), dimensions="a", code=2)
    assert "schon mit Sperrung" in capsys.readouterr().err
    (folder / "r.yaml").write_text("methods: {Bestand: cell key}\n", "utf-8")
    assert main(["protect", *stock, *out, "--rules", str(folder / "r.yaml")]) == 2
    assert "„cell key“ festgelegt" in capsys.readouterr().err
    (folder / "r.yaml").write_text("methods: {Bestand: suppression}\n", "utf-8")
    _perturb(folder, "--source", "Bestand", "--rules", str(folder / "r.yaml"), dimensions="a", code=2)
    _perturb(folder, "--source", "bestand ", "--rules", str(folder / "r.yaml"), dimensions="a", code=2)
    assert main(["protect", *stock, *out]) == 0
    _perturb(folder, "--source", "Anderes", "--rules", str(folder / "r.yaml"), dimensions="a", code=2)
    record.unlink()
    capsys.readouterr()
    _perturb(folder, "--source", "Anderes", "--rules", str(folder / "r.yaml"), dimensions="a")
    assert "--source" not in capsys.readouterr().err
    _perturb(folder, "--rules", str(folder / "r.yaml"), dimensions="a")
    assert "Keine Quelle genannt (--source)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (lambda i: i / 100, "liegt zwischen 0 und 1"),
        (lambda i: 0.5, "nicht gleichmäßig"),
        (lambda i: (i * 0.618034) % 1, None),
    ],
)
def test_keys_that_come_with_the_records_are_checked(tmp_path, capsys, keys, said):
    lines = ["a,k", *[f"x{i % 7},{keys(i):.9f}" for i in range(300)]]
    (tmp_path / "s.csv").write_text("\n".join(lines) + "\n", "utf-8")
    given = ["perturb", str(tmp_path / "s.csv"), "--dimensions", "a", "--output", str(tmp_path / "n.csv")]
    assert main([*given, "--record-key", "k"]) == (2 if said else 0)
    assert (said or "") in capsys.readouterr().err
    assert main(given) == 2 and "--record-key" in capsys.readouterr().err


def test_a_secret_has_one_set_of_noise_and_a_mix_of_two_is_refused(folder, capsys):
    """The attack: the same records with several variances, each with noise of its own, averaged."""
    (folder / "r.yaml").write_text("noise: {variance: 3}\n", "utf-8")
    first = {(r["a"], r["b"]): r for r in _perturb(folder)}
    assert {r["rule"][:19] for r in first.values()} == {"cell key D=4 V=2.0 "}
    assert (folder / "key.noise").stat().st_mode & 0o077 == 0
    (folder / "n.csv").rename(folder / "first.csv")
    for more in (["--variance", "3"], ["--rules", str(folder / "r.yaml")], ["--max-deviation", "5"], ["--js", "1"]):
        _perturb(folder, *more, code=2)
        assert "lassen sich mitteln" in capsys.readouterr().err and not (folder / "n.csv").exists()
    assert {(r["a"], r["b"]): r for r in _perturb(folder, "--earlier", str(folder / "first.csv"))} == first
    (folder / "n.csv").unlink()
    lines = (folder / "s.csv").read_text("utf-8").splitlines()
    second = [lines[0] + ",other", *[f"{line},{line.split(',')[0]}x" for line in lines[1:]]]
    (folder / "s3.csv").write_text("\n".join(second) + "\n", "utf-8")
    _perturb(folder, "--record-id", "other", "--earlier", str(folder / "first.csv"), name="s3.csv", code=2)
    assert "[other]" in capsys.readouterr().err
    (folder / "key").write_bytes(b"another secret of the office")
    (folder / "key.noise").unlink()  # even so an earlier table tells
    _perturb(folder, "--earlier", str(folder / "first.csv"), code=2)
    assert "first.csv ist mit „cell key D=4 V=2.0 js=0" in capsys.readouterr().err
    unnamed = [",".join(line.split(",")[:-1]) for line in (folder / "first.csv").read_text("utf-8").splitlines()]
    (folder / "first.csv").write_text("\n".join(unnamed) + "\n", "utf-8")
    _perturb(folder, "--earlier", str(folder / "first.csv"), code=2)
    assert "„–“" in capsys.readouterr().err and not (folder / "key.noise").exists()


@pytest.mark.parametrize("more", [["--variance", "1.9"], ["--max-deviation", "3"]])
def test_an_option_asks_for_no_less_noise_than_the_rules(folder, capsys, more):
    _perturb(folder, *more, code=2)
    assert "weniger als in den Regeln" in capsys.readouterr().err
    assert not (folder / "key.noise").exists()


@pytest.mark.parametrize(
    "given", ["variance: 0.5", "variance: .nan", "max_deviation: 1", "max_deviation: 2.5", "js: -1", "varianz: 2"]
)
def test_noise_that_would_leave_counts_true_is_refused_in_the_rules(folder, capsys, given):
    (folder / "r.yaml").write_text(f"noise: {{{given}}}\n", "utf-8")
    _perturb(folder, "--rules", str(folder / "r.yaml"), code=2)
    assert f"noise: {given.split(':')[0]}" in capsys.readouterr().err


@pytest.mark.parametrize("deviation", [2, 3, 4, 8])
def test_from_the_least_variance_on_a_published_count_is_more_often_wrong_than_true(deviation):
    least = RANGES["variance"][0]
    assert p_table(deviation, least).share.max(axis=1)[1:].max() < 0.5
    assert p_table(deviation, least - 0.05).share.max(axis=1)[1:].max() > 0.5


def test_the_secret_is_not_overwritten(folder):
    before = (folder / "key").read_bytes()
    for name in ("key", "key.noise"):
        _perturb(folder, "--output", str(folder / name), code=2)
    assert (folder / "key").read_bytes() == before
