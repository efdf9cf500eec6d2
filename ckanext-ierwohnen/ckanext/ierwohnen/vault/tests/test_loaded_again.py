"""A file that holds exactly the stock that is there already changes nothing: its version stays."""

# ruff: noqa: E501
from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest

from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.vault.door import stock_versions
from ckanext.ierwohnen.vault.earlier_stock import earlier_stock
from ckanext.ierwohnen.vault.loading import load_stock
from ckanext.ierwohnen.vault.sealing import Keys
from ckanext.ierwohnen.vault.stock_check import StockCheck
from ckanext.ierwohnen.vault.stock_print import StockPrint
from ckanext.ierwohnen.vault.stock_problem import StockRefused
from ckanext.ierwohnen.vault.stock_repairs import of_columns

from .stock import YEAR_END, company

TABLE = "Wohnung;Straße;leer;Kaltmiete\n" + "".join(f"{n};Lindenweg;nein;{400 + n}\n" for n in range(9))


def printed(*columns: list[str | None], cut: int = 3) -> str:
    found = StockPrint()
    arrays = [pa.array(one, pa.string()) for one in columns]
    batch = pa.RecordBatch.from_arrays(arrays, names=["a", "b"][: len(columns)])
    for start in range(0, batch.num_rows, cut):
        found.take(batch.slice(start, cut))
    return found.hexdigest()


def test_the_print_depends_on_rows_and_cells_and_not_on_how_they_come():
    cells: list[str | None] = ["1", None, "", "12", "ä", None, "2"]
    one = printed(cells, cells[::-1])
    assert one == printed(cells, cells[::-1], cut=2) == printed(cells, cells[::-1], cut=100)
    others = [printed(cells), printed(cells[::-1], cells), printed(cells, [*cells[:1:-1], "", "1"])]
    assert len({one, *others, printed(["1", "", None, "12", "ä", None, "2"], cells[::-1])}) == 5
    assert printed(["1", "23"]) != printed(["12", "3"])


def asked(store, clerk, org: str, text: str, day: dt.date, keys: Keys | None) -> StockCheck:
    earlier = earlier_stock(store, clerk, org, day, keys)
    return StockCheck(read_table(text.encode(), "b.csv"), day, earlier=earlier, confirmed=False)


@pytest.mark.parametrize("sealed", [False, True])
def test_what_is_there_already_is_not_loaded_anew(store, sealed):
    org, clerk = company()
    keys = Keys({org: "k" * 40}) if sealed else Keys()

    def load(text: str, of: Keys = keys) -> None:
        load_stock(store, clerk, org, YEAR_END, asked(store, clerk, org, text, YEAR_END, of).batches(),
                   purpose="p", keys=of)  # fmt: skip

    load(TABLE)
    (version,) = stock_versions(store, clerk, org, purpose="p")
    assert asked(store, clerk, org, TABLE, YEAR_END, keys).run().unchanged
    with pytest.raises(StockRefused) as told:
        load(TABLE)
    assert told.value.code == "unchanged"
    assert stock_versions(store, clerk, org, purpose="p") == [version]
    for text, day in ((TABLE.replace("401", "402"), YEAR_END), (TABLE, dt.date(2025, 12, 31))):
        assert not asked(store, clerk, org, text, day, keys).run().unchanged
    load(TABLE.replace("401", "402"))
    assert stock_versions(store, clerk, org, purpose="p")[0].id != version.id
    if not sealed:  # to close what lies there open, the same dwellings are loaded again
        other = Keys({org: "k" * 40})
        load(TABLE.replace("401", "402"), other)
        assert stock_versions(store, clerk, org, purpose="p")[0].sealed


def test_what_was_said_of_columns_and_the_numbers_of_dwellings_are_there_for_the_next_table(store):
    org, clerk = company()
    said = [{"action": "column", "column": "Nr", "field": "dwelling"}, {"action": "value", "column": "leer", "value": "Geheim", "becomes": "ja"}]
    content = TABLE.replace("Wohnung;", "Nr;").encode()
    for keys in (Keys(), Keys({org: "k" * 40})):
        check = StockCheck(read_table(content, "b.csv"), YEAR_END, repairs=said)
        load_stock(store, clerk, org, YEAR_END, check.batches(), purpose="p", keys=keys, decided=of_columns(check.repairs.listed))
        again = earlier_stock(store, clerk, org, YEAR_END, keys)
        assert again.decided == said[:1] and again.numbers == {str(n) for n in range(9)}
        later = earlier_stock(store, clerk, org, dt.date(2025, 12, 31), keys)
        assert later.decided == said[:1] and later.numbers == frozenset(), "of another date they are not read"
    found = StockCheck(read_table(content, "b.csv"), dt.date(2025, 12, 31), earlier=later).run()
    assert found.mapping["Nr"] == "dwelling" and found.loadable


def test_the_second_part_of_a_stock_does_not_take_the_place_of_the_first_unasked(store):
    org, clerk = company()
    load_stock(store, clerk, org, YEAR_END, asked(store, clerk, org, TABLE, YEAR_END, Keys()).batches(), purpose="p")
    other = TABLE.replace("\n", "\n9")[:-1]
    with pytest.raises(StockRefused) as told:
        list(asked(store, clerk, org, other, YEAR_END, Keys()).batches())
    assert told.value.code == "change-unconfirmed" and "dwellings-gone" in [one.code for one in told.value.problems]
