"""Loading, reading through the door, replacing, deleting; killed loads; sealed values."""

from __future__ import annotations

import datetime as dt
import os
import signal
from pathlib import Path

import pytest

from ckanext.ierwohnen.vault import deliveries, door
from ckanext.ierwohnen.vault.door import stock_of_day, stock_sums, stock_table, stock_versions
from ckanext.ierwohnen.vault.errors import VaultError
from ckanext.ierwohnen.vault.journal import read_ledger
from ckanext.ierwohnen.vault.loading import delete_stock, load_stock
from ckanext.ierwohnen.vault.reader import Reader
from ckanext.ierwohnen.vault.sealing import Keys
from ckanext.ierwohnen.vault.store import Store

from .stock import YEAR_END, batches, company

BATCHES = 40  # of a load that is killed


def test_what_was_loaded_comes_back(store):
    org, clerk = company()
    sent = []
    loaded = load_stock(store, clerk, org, YEAR_END, batches(25, 10), purpose="year end", progress=sent.append)
    assert loaded.rows == 25 and sent == [10, 20, 25] and loaded.unmatched == 25
    table = stock_table(store, clerk, org, purpose="look")
    assert len(table) == 25
    first = table[table.dwelling == "W000001"].iloc[0]
    assert first.street == 'Straße "des, Friedens"' and first.rooms == 2 and first.net_cold_rent == 412.34
    assert first.vacant is False or first.vacant == False  # noqa: E712
    assert first.tenancy_since == dt.date(2019, 3, 1)
    assert table.vacant.sum() == 3
    assert table.rooms.isna().sum() == 4
    (version,) = stock_versions(store, clerk, org, purpose="look")
    assert version.rows == 25 and not version.sealed and "net_cold_rent" in version.columns


def test_versions_by_reference_date_and_a_new_one_of_the_same_date_replaces(store, cluster):
    org, clerk = company()
    before = dt.date(2023, 12, 31)
    load_stock(store, clerk, org, before, batches(3), purpose="p")
    old = load_stock(store, clerk, org, YEAR_END, batches(5), purpose="p")
    new = load_stock(store, clerk, org, YEAR_END, batches(7, rent="500"), purpose="p")
    assert [v.rows for v in stock_versions(store, clerk, org, purpose="p")] == [7, 3]
    table = stock_table(store, clerk, org, dates=[YEAR_END], columns=["dwelling", "net_cold_rent"], purpose="p")
    assert list(table.columns) == ["reference_date", "dwelling", "net_cold_rent"]
    assert set(table.net_cold_rent) == {500}
    assert cluster.admin(f"SELECT to_regclass('vault_stock.s_{old.version.replace('-', '')}') IS NULL").strip() == "t"
    assert [e.action for e in read_ledger(store, clerk, org, "p")].count("replace") == 1
    assert new.version != old.version


def test_nobody_else_reads_and_nobody_learns_that_there_is_anything(store):
    org, clerk = company()
    other, rival = company()
    load_stock(store, clerk, org, YEAR_END, batches(3), purpose="p")
    for target in (org, "org-that-never-was", ""):
        for act in (stock_table, stock_sums, stock_versions):
            with pytest.raises(VaultError) as refused:
                act(store, rival, target, purpose="curious")
            assert refused.value.code == "not-yours"
        with pytest.raises(VaultError, match="not-yours"):
            delete_stock(store, rival, target, YEAR_END, purpose="p")
        with pytest.raises(VaultError, match="not-yours"):
            load_stock(store, rival, target, YEAR_END, batches(3), purpose="p")
    with pytest.raises(VaultError, match="no-such-stock"):
        stock_table(store, rival, other, purpose="p")


def test_each_reading_is_noted_with_its_purpose_and_none_goes_without(store):
    org, clerk = company()
    load_stock(store, clerk, org, YEAR_END, batches(3), purpose="annual delivery")
    stock_table(store, clerk, org, dates=[YEAR_END], purpose="look at vacancy")
    stock_sums(store, clerk, org, dates=[YEAR_END], purpose="own page")
    wanted = {"columns": ["dwelling", "rooms"], "keys": Keys(), "purpose": "release"}
    (one,) = stock_of_day(store, clerk, [org], YEAR_END, needs=frozenset({"rooms"}), **wanted)
    assert one.version.rows == len(one.rows) == 3 and list(one.rows) == ["dwelling", "rooms"]
    assert "Linden" not in repr(one)
    (lacking,) = stock_of_day(store, clerk, [org], YEAR_END, needs=frozenset({"a field"}), **wanted)
    assert (lacking.version, lacking.rows) == (one.version, None)
    with pytest.raises(VaultError, match="not-yours"):
        stock_of_day(store, company()[1], [org], YEAR_END, needs=frozenset(), **wanted)
    entries = read_ledger(store, clerk, org, "audit")
    assert [(e.action, e.subject, e.purpose) for e in entries] == [
        ("load", "stock 2024-12-31", "annual delivery"),
        ("read", "stock 2024-12-31", "look at vacancy"),
        ("read", "stock 2024-12-31", "own page"),
        *[("read", "stock 2024-12-31", "release")] * 2,
        ("ledger", "", "audit"),
    ]
    assert {e.reader for e in entries} == {clerk.name}
    for bad in ("", "   ", "\u200b", "\u2800\u3164", "–."):
        with pytest.raises(VaultError, match="no-purpose"):
            stock_table(store, clerk, org, purpose=bad)
    with pytest.raises(VaultError, match="text-refused"):
        stock_table(store, clerk, org, purpose="a\x1fb")


def test_deleted_means_deleted_with_proof(store, cluster):
    org, clerk = company()
    loaded = load_stock(store, clerk, org, YEAR_END, batches(2000, rent="7654.32", units='{"s/q": "11"}'), purpose="p")
    cluster.admin("CHECKPOINT")
    files = []
    for kind, content in (("s", b"Lindenweg"), ("a", b'[["{\\"s/q\\": \\"11\\"}",2000')):
        name = f"vault_stock.{kind}_{loaded.version.replace('-', '')}"
        place = cluster.admin(f"SELECT pg_relation_filepath('{name}')").strip()
        files.append(Path(cluster.admin("SHOW data_directory").strip(), place))
        assert content in files[-1].read_bytes()
    proof = delete_stock(store, clerk, org, YEAR_END, purpose="contract ended")
    assert proof.gone and proof.rows == 2000 and proof.fingerprint == loaded.fingerprint
    cluster.admin("CHECKPOINT")
    assert not any(file.exists() for file in files)
    assert stock_versions(store, clerk, org, purpose="p") == []
    with pytest.raises(VaultError, match="no-such-stock"):
        delete_stock(store, clerk, org, YEAR_END, purpose="again")
    assert cluster.admin(f"SELECT row_count FROM vault.deletion WHERE organization = '{org}'").strip() == "2000"
    assert "delete" in [e.action for e in read_ledger(store, clerk, org, "p")]


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        (lambda: batches(5, floor_area="not a number"), "bad-row"),
        (lambda: batches(5, dwelling=None), "bad-row"),
        (lambda: batches(5, owner="x"), "bad-row"),
        (lambda: batches(0), "nothing-loaded"),
    ],
)
def test_a_load_that_fails_leaves_the_old_state_and_tells_no_value(store, rows, code, caplog):
    org, clerk = company()
    load_stock(store, clerk, org, YEAR_END, batches(4), purpose="p")
    with pytest.raises(VaultError) as refused:
        load_stock(store, clerk, org, YEAR_END, rows(), purpose="p")
    assert refused.value.code == code
    assert refused.value.__context__ is None and "not a number" not in str(refused.value) + caplog.text
    assert len(stock_table(store, clerk, org, purpose="p")) == 4


def test_an_error_of_the_rows_themselves_rolls_back(store):
    org, clerk = company()

    def broken():
        yield from batches(5)
        raise RuntimeError("the file ended")

    with pytest.raises(RuntimeError, match="the file ended"):
        load_stock(store, clerk, org, YEAR_END, broken(), purpose="p")
    assert stock_versions(store, clerk, org, purpose="p") == []


def killed_load(cluster, org: str, after: int, rent: str) -> None:
    """A load in a process of its own, killed when it has handed on so many batches, where it waits for that; after more
    than there are it does not wait, and is killed while closing."""
    reading, writing = os.pipe()
    held, holding = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        os.close(holding)

        def wait() -> None:
            os.write(writing, b".")
            os.read(held, 1)  # nothing ever comes: it is killed here, or ends with the test

        def rows():
            for number, batch in enumerate(batches(500 * BATCHES, 500, rent=rent)):
                if number == after:
                    wait()
                yield batch
            if after == BATCHES:
                wait()
            os.write(writing, b".")

        try:
            store = Store(cluster.vault.url, cluster.vault.key)
            load_stock(store, Reader("x", frozenset([org])), org, YEAR_END, rows(), purpose="p")
        finally:
            os._exit(0)
    os.close(writing)
    os.close(held)
    os.read(reading, 1)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(reading)
    os.close(holding)


def test_a_load_killed_at_twenty_points_leaves_the_old_state_or_the_new(store, cluster):
    org, clerk = company()
    load_stock(store, clerk, org, YEAR_END, batches(4), purpose="p")
    for after in (0, 1, 2, 3, 5, 8, 11, 14, 17, 20, 23, 26, 29, 32, 35, 37, 38, 39, BATCHES, BATCHES + 1):
        killed_load(cluster, org, after, f"{1000 + after}")
        rents = stock_table(store, clerk, org, purpose="p", columns=["net_cold_rent"]).net_cold_rent
        new = after > BATCHES and len(rents) == 500 * BATCHES  # the kill may come when all was closed
        assert set(rents) == ({1000 + after} if new else {412.34}) and (new or len(rents) == 4), after
        mine = f"SELECT count(*) FROM vault.version WHERE organization = '{org}'"
        assert cluster.admin(mine).strip() == "1"


@pytest.mark.parametrize("keys", [None, Keys({})])
def test_whoever_reads_while_a_version_is_replaced_reads_the_old_or_the_new(store, monkeypatch, keys):
    org, clerk = company()
    if keys is not None:
        keys = Keys({org: "k" * 32})
    asked = {"purpose": "p", "keys": keys}
    load_stock(store, clerk, org, YEAR_END, batches(4), **asked)
    look, left = door._versions, []

    def replaced_just_after(cursor, organizations):
        found = look(cursor, organizations)
        if left:
            load_stock(store, clerk, org, YEAR_END, batches(left.pop()), **asked)
        return found

    monkeypatch.setattr(door, "_versions", replaced_just_after)
    left[:] = [6]
    assert len(stock_table(store, clerk, org, **asked)) == 6
    left[:] = [7]
    assert stock_sums(store, clerk, org, **asked)[YEAR_END].total()["dwellings"] == 7


def test_no_table_is_left_over(store, cluster):
    """Every table of rows is a partition of a closed version."""
    left = cluster.admin(
        "SELECT count(*) FROM pg_class c WHERE relnamespace = 'vault_stock'::regnamespace AND relkind = 'r' "
        "AND NOT EXISTS (SELECT FROM vault.version v WHERE replace(v.id::text, '-', '') = substr(c.relname, 3))"
    )
    assert left.strip() == "0"


def test_values_closed_with_the_companys_key(store, cluster):
    org, clerk = company()
    keys = Keys({org: "k" * 32})
    loaded = load_stock(store, clerk, org, YEAR_END, batches(500, rent="7171.71"), purpose="p", keys=keys)
    name = f"vault_stock.s_{loaded.version.replace('-', '')}"
    assert cluster.admin(f"SELECT count(net_cold_rent) + count(vacant), count(sealed) FROM {name}").strip() == "0|500"
    assert "7171.71" not in cluster.admin(f"SELECT * FROM {name}")
    table = stock_table(store, clerk, org, purpose="p", keys=keys)
    assert set(table.net_cold_rent) == {7171.71} and table.vacant.sum() == 50
    assert table.tenancy_since.iloc[1] == dt.date(2019, 3, 1)
    open_part = stock_table(store, clerk, org, purpose="p", columns=["street", "rooms"])
    assert len(open_part) == 500
    with pytest.raises(VaultError, match="key-missing"):
        stock_table(store, clerk, org, purpose="p")
    with pytest.raises(VaultError, match="sealed-broken"):
        stock_table(store, clerk, org, purpose="p", keys=Keys({org: "x" * 32}))
    kept = f"SELECT position('rooms'::bytea IN content) FROM vault_stock.a_{loaded.version.replace('-', '')}"
    assert cluster.admin(kept).strip() == "0"
    assert stock_sums(store, clerk, org, purpose="p", keys=keys)[YEAR_END].total()["vacant"] == 50
    with pytest.raises(VaultError, match="key-missing"):
        stock_sums(store, clerk, org, purpose="p")


def test_sums_kept_at_the_load_are_those_of_the_rows(store, cluster):
    org, clerk = company()
    earlier = dt.date(2019, 6, 30)
    for day, rent in ((earlier, "412.34"), (YEAR_END, "500.5")):
        load_stock(store, clerk, org, day, batches(95, 10, rent=rent, floor_area="51.5"), purpose="p")
    kept = stock_sums(store, clerk, org, purpose="p")
    for table in cluster.admin("SELECT oid::regclass FROM pg_class WHERE relname ~ '^a_'").split():
        cluster.admin(f"TRUNCATE {table}")  # as if loaded before sums were kept
    again = stock_sums(store, clerk, org, purpose="p")
    assert list(kept) == list(again) == [earlier, YEAR_END]
    assert [sums.total().to_dict() for sums in kept.values()] == [
        {"dwellings": 95, "stated": 95, "vacant": 10, "rent": pytest.approx(85 * rent),
         "area": pytest.approx(85 * 51.5), "told": 85, "changed": changed}
        for rent, changed in ((412.34, 85), (500.5, 0))
    ]  # fmt: skip
    for day, sums in kept.items():
        for name, table in sums.by.items():
            rows, others = (sorted(map(str, of.round(6).to_numpy().tolist())) for of in (table, again[day].by[name]))
            assert rows == others, name
    assert len(kept[YEAR_END].by["rooms"]) == 6


def test_a_sealed_value_moved_to_another_dwelling_does_not_open(store, cluster):
    org, clerk = company()
    keys = Keys({org: "k" * 32})
    loaded = load_stock(store, clerk, org, YEAR_END, batches(5), purpose="p", keys=keys)
    name = f"vault_stock.s_{loaded.version.replace('-', '')}"
    cluster.admin(
        f"UPDATE {name} SET sealed = (SELECT sealed FROM {name} WHERE dwelling = 'W000002') WHERE dwelling = 'W000001'"
    )
    with pytest.raises(VaultError, match="sealed-broken"):
        stock_table(store, clerk, org, purpose="p", keys=keys)


def test_a_reader_of_two_companies_reads_each_by_itself(store):
    (a, clerk_a), (b, clerk_b) = company(), company()
    load_stock(store, clerk_a, a, YEAR_END, batches(3), purpose="p")
    load_stock(store, clerk_b, b, YEAR_END, batches(4), purpose="p")
    both = Reader("group", frozenset({a, b}))
    assert [len(stock_table(store, both, org, purpose="p")) for org in (a, b)] == [3, 4]


def test_uploads_left_behind_are_swept_for_all_companies_and_no_others(store, cluster):
    left = []
    for age in ("2 days", "5 minutes"):
        for _ in range(2):
            org, clerk = company()
            kept, _key = deliveries.put(store, clerk, org, YEAR_END, b"table")
            cluster.admin(f"UPDATE vault.delivery SET created = created - interval '{age}' WHERE id = '{kept}'")
            left.append((age, kept))
    deliveries.sweep(store)
    there = cluster.admin("SELECT string_agg(id::text, ' ') FROM vault.delivery")
    assert [kept in there for _, kept in left] == [False, False, True, True]
    with store.transaction() as cursor:  # whoever has SQL in hand forgets none that somebody may be deciding about
        cursor.execute("SELECT vault.delivery_sweep('-1 day')")
    assert left[2][1] in cluster.admin("SELECT string_agg(id::text, ' ') FROM vault.delivery")
