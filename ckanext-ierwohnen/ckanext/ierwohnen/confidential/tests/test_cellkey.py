"""The cell key method: moments as stated, same records same noise, differences hide what they should."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ckanext.ierwohnen.confidential.build import build_model
from ckanext.ierwohnen.confidential.cellkey import difference_of_noise, disclosure_risk, p_table, perturb, record_keys
from ckanext.ierwohnen.confidential.errors import InputError
from ckanext.ierwohnen.confidential.gather import Release
from ckanext.ierwohnen.confidential.microdata import prepare

from .stock import hierarchies, random_records, table

SECRET = b"a secret of the publishing office"


@pytest.mark.parametrize(
    ("deviation", "variance", "js"), [(2, 1.0, 0), (4, 2.0, 0), (5, 3.0, 2), (6, 1.4, 1), (8, 5.0, 0)]
)
def test_mean_zero_stated_variance_and_largest_deviation(deviation, variance, js):
    noise = p_table(deviation, variance, js)
    v = noise.deviations
    assert v.min() == -deviation and v.max() == deviation
    np.testing.assert_allclose(noise.share.sum(axis=1), 1, atol=1e-12)
    np.testing.assert_allclose(noise.share @ v, 0, atol=1e-10)
    spread = noise.share @ v**2
    assert spread[0] == 0
    assert spread[-1] == pytest.approx(variance, abs=1e-9)
    assert np.all(spread[1:] <= variance + 1e-9) and np.all(spread[1:] >= variance / 4 - 1e-9)
    for count, share in enumerate(noise.share):
        result = count + v[share > 0]
        assert result.min() >= 0
        assert not np.any((result >= 1) & (result <= js))


def test_the_entropy_is_the_greatest():
    noise = p_table(3, 1.5)
    p, v = noise.share[-1], noise.deviations.astype(float)
    base = -(p * np.log(p)).sum()
    rng = np.random.default_rng(0)
    fixed = np.stack([np.ones_like(v), v, v**2])
    for _ in range(200):
        step = rng.normal(size=len(v))
        step -= fixed.T @ np.linalg.lstsq(fixed.T, step, rcond=None)[0]  # keeps sum, mean and variance
        q = p + 1e-3 * step / np.abs(step).max()
        if q.min() > 0:
            assert -(q * np.log(q)).sum() < base


def test_impossible_parameters_are_refused():
    with pytest.raises(InputError, match="no distribution"):
        p_table(2, 9.0)
    with pytest.raises(InputError):
        p_table(2, 1.0, js=2)
    with pytest.raises(InputError):
        record_keys(["a"], b"short")


def test_drawn_noise_follows_the_table():
    noise, rng = p_table(4, 2.0), np.random.default_rng(1)
    draws = noise.draw(np.full(200_000, 50), rng.random(200_000))
    assert abs(draws.mean()) < 0.02 and abs(draws.var() - 2) < 0.04 and np.abs(draws).max() <= 4
    few = noise.draw(np.full(100_000, 1), rng.random(100_000))
    assert few.min() == -1 and abs(few.mean()) < 0.02


def _counts(frame: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    data = prepare(frame, ["d0", "d1"], "owner")
    keys = record_keys(frame["id"].tolist(), SECRET)
    return perturb(data, table("t", columns, hierarchies(frame), ("count",)), keys, p_table(4, 2.0))


def test_the_same_records_get_the_same_noise_in_every_table_and_order():
    frame = random_records(4, 300, (6, 4)).assign(id=[f"w{i}" for i in range(300)])
    wide, narrow = _counts(frame, ["d0", "d1"]), _counts(frame, ["d0"])
    shuffled = _counts(frame.sample(frac=1, random_state=3).reset_index(drop=True), ["d0", "d1"])
    pd.testing.assert_frame_equal(wide, shuffled)
    margin = wide[wide["d1"] == "Total"].set_index("d0")["value"]
    assert margin.to_dict() == narrow.set_index("d0")["value"].to_dict()
    true = frame.groupby("d0").size()
    assert all(abs(margin[k] - n) <= 4 for k, n in true.items())


def test_a_difference_of_two_nested_cells_tells_no_more_than_stated():
    noise, hits, tries = p_table(4, 2.0), 0, 4000
    for i in range(tries):
        keys = record_keys([f"{i}-{j}" for j in range(12)], SECRET).astype(object)
        big, small = sum(keys) % 2**48 / 2**48, sum(keys[:-1]) % 2**48 / 2**48
        v = noise.draw(np.array([12, 11]), np.array([big, small]))
        hits += v[0] == v[1]
    risk = disclosure_risk(noise, 12)
    assert abs(hits / tries - risk) < 4 * np.sqrt(risk * (1 - risk) / tries)
    spread = difference_of_noise(noise, 12)
    assert sum(d * d * p for d, p in spread.items()) == pytest.approx(2 * 2.0, abs=1e-9)


def test_suppression_of_a_perturbed_source_is_refused():
    frame = random_records(4, 60)
    data = prepare(frame, ["d0", "d1"], "owner")
    t = (table("t", ["d0", "d1"], hierarchies(frame), ("count",)),)
    old = Release("old", data, t, "stock 2026", pattern={}, perturbed=True)
    for name in ("stock 2026", "stock 2027"):  # its own records are known by any name
        with pytest.raises(InputError, match="cell key"):
            build_model([old, Release("new", data, t, name)])
    other = prepare(random_records(5, 90), ["d0", "d1"], "owner")
    shape = (table("t", ["d0", "d1"], hierarchies(pd.concat([frame, random_records(5, 90)])), ("count",)),)
    assert build_model([old, Release("new", other, shape, "stock 2027")]).perturbed == ("stock 2026",)
