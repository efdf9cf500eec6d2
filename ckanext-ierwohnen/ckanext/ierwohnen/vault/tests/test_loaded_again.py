"""A file that holds exactly the stock that is there already changes nothing: its version stays."""

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
