"""Killed at any moment of a load, a preparation with its check, a publication or a withdrawal: old or new, never
between, and nothing of it outside the store; and running again completes it."""

from __future__ import annotations

import os
import random
import tempfile

import pytest
import sqlalchemy as sa

pytest.importorskip("ckan")

import canary
import ckan.plugins.toolkit as tk

from ckanext.ierwohnen.releases import jobs
from ckanext.ierwohnen.tables.tests.under_fire import Worker
from ckanext.ierwohnen.vault import settings as vault
from ckanext.ierwohnen.vault import stock_jobs
from ckanext.ierwohnen.vault.quiet_jobs import queue_id

from .stage import ON_CKAN
from .under_fire import QUEUES, TIMES, Fire, House, ordered, prepare, queued, seen, settled, step

pytestmark = ON_CKAN
DEATHS = 20 * TIMES  # in each of the four


@pytest.fixture
def house(clean_db, clean_index, reset_queues, monkeypatch):
    monkeypatch.setattr(jobs, "LATER", 0.0)
    house = House.founded()
    yield house
    house.end()


@pytest.fixture
def worker(house, tmp_path, monkeypatch):
    """Its temporary files are where they can be looked at."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", None)
    worker = Worker(tmp_path / "worker.log", QUEUES)
    yield worker
    worker.close()


def test_old_or_new_and_nothing_outside(house, worker, tmp_path):
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    fire = Fire(worker, random.Random(seed), DEATHS)
    before = tables_outside()
    load(house, fire.again())
    prepare_and_check(house, fire.again())
    assert tables_outside() == before
    published = publish(house, fire.again())
    assert tables_outside() == before + len(published)
    withdrawn = withdraw(house, fire.again(), published)
    assert tables_outside() == before + len(published)
    # What the killed processes have left: their last words, and all that is outside of the store.
    left = [(str(file), file.read_bytes()) for file in tmp_path.rglob("*") if file.is_file()]
    content = [*left, *canary.outside(instance())]
    assert {place: signs for place, text in content if (signs := canary.signs_in(text))} == {}
    index = b" ".join(text for place, text in content if place.startswith("search"))
    assert [release for release in withdrawn if release.encode() in index] == []
    assert [place for database in instance().databases for place in tables_with(database, withdrawn)] == []


def instance():
    from installer.portal import Portal

    portal = Portal(quiet=True)
    return portal.test_beside if os.environ["CKAN_SITE_ID"] == "test-beside" else portal.test


def tables_with(database: str, words: list[str]) -> list[str]:
    """Tables of a database in which one of the words stands."""
    ask = instance().postgres.sql
    tables = ask(
        "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname !~ '^(pg|info)'", database
    )
    look = " UNION ALL ".join(
        f"(SELECT '{table}' FROM {table} AS row WHERE row::text ~ '{'|'.join(words)}' LIMIT 1)"
        for table in tables.split()
    )
    return ask(look, database).split() if look else []


def tables_outside() -> int:
    """Tables of the DataStore."""
    database = sa.make_url(tk.config["ckan.datastore.write_url"]).database
    count = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
    return int(instance().postgres.sql(count, str(database)))


OF_A_VERSION = 2
"""Tables that a version of a stock has: its dwellings, and their sums."""


def tables() -> int:
    """Tables of stock that are in the store."""
    with vault.store().transaction() as cursor:
        return cursor.one(
            "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname = 'vault_stock' AND c.relkind = 'r'"
        )


def load(house: House, fire: Fire) -> None:
    """A version is replaced: the old one or the new one, no table is left over, the upload is gone at the end."""
    old, others = 0, tables()
    while not fire.over:
        new = 1500 + old % 1000 + 1
        job = house.load(new)
        args = tk.job_from_id(queue_id(job)).args
        while house.act("job_show", house.analyst, id=job)["state"] != "done":
            queued(stock_jobs.run, *args, job=job)
            fire.go("load")
            assert house.rows() in (old, new)
            wanted = others + OF_A_VERSION * bool(house.rows())
            assert settled(lambda: tables() == wanted), tables()  # noqa: B023
        assert house.rows() == new
        assert uploads(house) == 0
        old = new


def uploads(house: House) -> int:
    """Uploaded tables of the company that the store still holds."""
    held = f"SELECT count(*) FROM vault.delivery WHERE content IS NOT NULL AND organization = '{house.organization}'"
    return int(instance().postgres.sql(held, instance().vault.database))


def prepare_and_check(house: House, fire: Fire) -> None:
    """Not there, prepared with nothing kept, or checked with everything."""
    while not fire.over:
        house.stocked()
        state = ""
        while state != "checked":
            release = house.released()
            if release is None:
                prepare(house)
            else:
                queued(jobs.check, release)
            fire.go("prepare" if release is None else "check")
            if release := house.released():
                shown = house.act("release_show", house.analyst, id=release)
                state = shown["state"]
                assert (state, bool(shown["cells"])) in (("prepared", False), ("checked", True)), shown
                assert seen(release) == "nothing"


def publish(house: House, fire: Fire) -> list[str]:
    """All that was approved is published in the end."""
    releases = []
    while not fire.over:
        releases.append(house.approved())
        carry_out(house, fire, "publish", releases[-1], ("approved", "nothing"), ("published", "whole"))
    return releases


def withdraw(house: House, fire: Fire, published: list[str]) -> list[str]:
    """Withdraw what is published, and more if it is not enough; what remains published stays in the list."""
    releases = []
    while not fire.over:
        releases.append(published.pop() if published else house.published())
        carry_out(house, fire, "withdraw", releases[-1], ("published", "whole"), ("withdrawn", "nothing"))
    return releases


def carry_out(house: House, fire: Fire, verb: str, release: str, old: tuple[str, str], new: tuple[str, str]) -> None:
    """The catalogue shows a release as a whole or not at all, and follows the store as soon as the queue runs again.

    Not even what brings it in line lives long here: it is killed as well, until it is done.

    :param old, new: the state in the store, and what everybody sees
    """
    stands = old
    while stands != new or ordered():  # what nobody sees any more may still have to be taken away
        taken = stands[0] == new[0]
        if taken:
            queued(jobs.settle)
        else:
            step(house, verb, release)
        fire.go(f"{verb}, what follows" if taken else verb)
        stands = house.state(release), seen(release)
        assert stands[0] in (old[0], new[0])
        assert stands in (old, new) or (stands[0] == new[0] and ordered()), (stands, fire.worker.told())
