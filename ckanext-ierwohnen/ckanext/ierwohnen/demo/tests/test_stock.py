"""The companies of the demonstration city and their stock: sizes, plausible figures, files as companies write them."""

from __future__ import annotations

import configparser
import datetime as dt
from pathlib import Path

import numpy as np
import pytest
import yaml

from ckanext.ierwohnen import demo
from ckanext.ierwohnen.addresses.register_file import read_register
from ckanext.ierwohnen.demo import addresses, content, stock, stock_files
from ckanext.ierwohnen.demo import quarters as q
from ckanext.ierwohnen.demo.companies import companies
from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.vault.stock_check import StockCheck

BY_NAME = {company.name: company for company in companies()}


@pytest.fixture(scope="module")
def register(tmp_path_factory):
    file = tmp_path_factory.mktemp("city") / "addresses.csv"
    file.write_bytes(addresses.register_file())
    return read_register(file)


def test_the_register_has_each_house_once(register):
    houses = addresses.addresses()
    assert register.count == len(houses) == 30_000
    assert not houses.duplicated(["street", "number", "suffix"]).any()
    assert (houses["block"].str[:2] == houses["quarter"]).all() and set(houses["quarter"]) == set(q.BY_KEY)
    some = houses.sample(300, random_state=1)
    for house in some.itertuples():
        found = register.match(house.street, f"{house.number}{house.suffix}", house.postcode).address
        assert found and found.units[f"{addresses.SYSTEM}/quarter"] == house.quarter


def test_two_large_and_forty_small_companies_own_half_of_the_city():
    own = stock.holdings()
    assert own.loc["wohnbau-neuwald"].sum() == 8_400 and own.loc["wg-muldetal"].sum() == 6_900
    assert len(own) == 42 and own.to_numpy().sum() == 26_000 and (own.sum(axis=1) > 40).all()
    assert all(own[key].sum() <= 0.72 * quarter.dwellings for key, quarter in q.BY_KEY.items())
    linked = yaml.safe_load((Path(stock_files.__file__).parent / "rules.yaml").read_text("utf-8"))["linked"]
    assert linked == {company.name: company.parent for company in companies() if company.parent}
    assert set(linked.values()) <= set(BY_NAME)


def test_figures_are_plausible_and_the_same_every_time():
    now, before = stock.dwellings(), stock.dwellings(q.LAST_YEAR - 1)
    assert len(now) == 26_000 and not now.duplicated(["company", "dwelling"]).any()
    assert stock.dwellings.__wrapped__().equals(now)
    assert (now["dwelling"] == before["dwelling"]).all() and 0 < (now["vacant"] != before["vacant"]).mean() < 0.15
    metre = (now["rent"] / now["area"]).dropna()
    assert 3.8 < metre.quantile(0.01) < metre.quantile(0.99) < 9 and now["rent"].isna().equals(now["vacant"])
    by_quarter = now.groupby("quarter").agg(vacant=("vacant", "mean"), size=("vacant", "size"))
    city = {key: quarter.vacant / quarter.dwellings for key, quarter in q.BY_KEY.items()}
    large = by_quarter[by_quarter["size"] > 800]
    assert np.corrcoef(large["vacant"], [city[key] for key in large.index])[0, 1] > 0.8
    assert (now["since"].dropna() <= "2025-12-31").all() and (now["year"] <= q.LAST_YEAR).all()


@pytest.mark.parametrize("name", ["wohnbau-neuwald", "wg-muldetal", "bergmann-immobilien-gmbh"])
def test_each_file_is_loadable_as_it_comes(name, register):
    file = stock_files.stock_file(BY_NAME[name])
    check = StockCheck(read_table(file.content, file.filename), dt.date(2025, 12, 31), None, register).run()
    assert check.loadable, (check.problems(), check.personal)
    assert check.rows == BY_NAME[name].dwellings
    assert 0 < len(check.addresses.unmatched) < 0.02 * check.rows or BY_NAME[name].small


def test_what_is_released_is_stock_of_companies_that_exist():
    for told in content.releases():
        assert told["sources"] == "all" or set(told["sources"]) <= set(BY_NAME)
        assert told["reference_date"][:4] in ("2024", "2025")
    assert sorted(told["goal"] for told in content.releases()) == [
        "published", "published", "refused", "waiting", "withdrawn",
    ]  # fmt: skip


def test_the_operator_names_all_companies():
    settings = configparser.ConfigParser(interpolation=None, delimiters=("=",))
    settings.read(Path(demo.__file__).parent / "settings.ini", encoding="utf-8")
    named = settings["portal"]["ierwohnen.companies"].split()
    assert named == [company.name for company in companies()]
