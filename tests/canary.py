"""A planted company: values that must appear nowhere outside the protected store, and a look into everything outside.

Texts share one word; numbers are ones that nothing else has. Requests of this module carry them in bodies only.
"""

from __future__ import annotations

import datetime as dt
import io
import os
import re
import time
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

WORD = "Zwergkanarie"
COMPANY = "wg-muldetal"
ANALYST, APPROVER, READER = "company_analyst_2", "company_approver_2", "planner"
RENT, AREA = "19873,57", "8,03"
SIGNS = re.compile(
    rb"zwergkanarie|z\0w\0e\0r\0g\0k\0a\0n|(?<![\d.])19\.?873[.,]57(?!\d)|(?<![\d.])2\.?474[.,]9", re.IGNORECASE
)
_HEAD = "WE-Nr;Wirtschaftseinheit;Straße;Hausnr;Heizungsart;Zimmer;Wohnfläche;Leerstand;Nettokaltmiete"


def stock(column: str = "", cell: str = "", dwellings: int = 24) -> bytes:
    """A file with planted text in each column, and one more column if it is named."""
    rows = [_HEAD + (f";{column}" if column else "")]
    for number in range(dwellings):
        row = f"{WORD}-{number};{WORD}-O;{WORD}nallee;{number};Gaskessel;{1 + number % 4};{AREA};nein;{RENT}"
        rows.append(row + (f";{cell}" if column else ""))
    return "\r\n".join(rows).encode("cp1252")


@dataclass
class Planted:
    """What was planted: a load, one that was refused, and a release for one organization."""

    day: str
    jobs: list[str] = field(default_factory=list)
    release: str = ""
    number: str = ""

    def names(self) -> dict[str, str]:
        """What a release of its kind can be asked for by."""
        return {"id": self.release, "number": self.number, "name": f"freigabe-{self.number.lower()}"}


def plant(portal: Any) -> Planted:
    """Load stock, have bad stock refused, release figures of it to one organization."""
    # A day of its own each time, so that no release of an earlier run is in the way.
    before = portal.call("ierwohnen_release_list", role=ANALYST, q=WORD)["count"]
    planted = Planted((dt.date(2013, 1, 1) + dt.timedelta(days=before)).isoformat())
    ends = []
    for table in (stock(), stock("Mieterin", f"Erna {WORD}"), stock("Betriebskosten", f"{WORD}nzahl")):
        planted.jobs.append(_upload(portal, planted, "ierwohnen_stock_load", table)["job"])
        _upload(portal, planted, "ierwohnen_stock_check", table)
        ends.append(_ended(portal, planted.jobs[-1]))  # until then no other file of the day is taken
    _send_wrongly(portal)
    assert ends == ["done", "failed", "failed"]
    made = portal.call(
        "ierwohnen_release_prepare", role=ANALYST, organization=COMPANY, title=f"{WORD}nfreigabe",
        reference_date=planted.day, figures=["dwellings", "rent"], audience="organizations",
        organizations=["stadtplanungsamt"], purpose=f"{WORD}nzweck", agreement=f"{WORD}nvertrag",
        valid_until="2028-12-31", consent=True,
    )  # fmt: skip
    planted.release, planted.number = made["id"], made["number"]
    planted.jobs.append(made["job"])
    assert _ended(portal, made["job"]) == "done"
    for verb in ("approve", "publish"):
        step(portal, planted, verb)
    return planted


def step(portal: Any, planted: Planted, verb: str, **data: Any) -> None:
    """Take a step for the planted company."""
    portal.call(f"ierwohnen_release_{verb}", role=APPROVER, id=planted.release, organization=COMPANY, **data)


def pull_up(portal: Any, planted: Planted) -> None:
    """Withdraw and delete: the paths that end a figure's life are looked at as well."""
    step(portal, planted, "withdraw", reason=f"{WORD}ngrund")
    portal.call(
        "ierwohnen_stock_delete", role=ANALYST, organization=COMPANY, reference_date=planted.day, purpose=f"{WORD}nende"
    )


def _upload(portal: Any, planted: Planted, action: str, table: bytes) -> Any:
    answer = requests.post(
        f"{portal.url}/api/3/action/{action}",
        data={"organization": COMPANY, "reference_date": planted.day, "purpose": f"{WORD}nlieferung"},
        files={"upload": ("bestand.csv", io.BytesIO(table))},
        headers={"Authorization": portal.accounts[ANALYST]["token"]},
        timeout=60,
    ).json()
    assert answer["success"], answer
    return answer["result"]


def _send_wrongly(portal: Any) -> None:
    """Bodies in which something is amiss, each in a way of its own: CKAN could write them to its log as it refuses."""
    rows = [{"dwelling": f"{WORD}-1", "net_cold_rent": RENT}]
    told = {"organization": COMPANY, "reference_date": f"{WORD}-Tag", "rows": [f"{WORD}-2"], "columns": f"{WORD}-3"}
    to = f"{portal.url}/api/3/action/"
    for action, how in (
        ("ierwohnen_stock_load", {"json": rows}), ("ierwohnen_stock_check", {"json": rows}),
        ("package_search", {"json": rows}), ("ierwohnen_stock_load", {"data": f'{{"rows": "{WORD}'}),
        ("ierwohnen_stock_load", {"data": {f"{WORD}-4": ""}}), ("ierwohnen_stock_check", {"json": told}),
        ("ierwohnen_stock_check", {"json": {**told, "reference_date": "2020-12-31", "columns": {}}}),
        ("ierwohnen_release_prepare", {"json": {**told, "title": rows, "figures": rows, "valid_until": WORD}}),
        ("ierwohnen_stock_load", {"files": {"upload": (f"{WORD}.xlsx", f"PK\x03\x04{WORD}".encode())}, "data": told}),
    ):  # fmt: skip
        heads = {"Authorization": portal.accounts[ANALYST]["token"]}
        if isinstance(how.get("data"), str):
            heads["Content-Type"] = "application/json"
        reply = requests.post(to + action, headers=heads, timeout=60, **how)
        assert 400 <= reply.status_code < 500, (action, reply.status_code)


def _ended(portal: Any, job: str) -> str:
    for _ in range(3000):
        state = portal.call("ierwohnen_job_show", role=ANALYST, id=job)["state"]
        if state in ("done", "failed"):
            return state
        time.sleep(0.1)
    raise AssertionError(f"{job} does not end")


def outside(instance: Any) -> Iterator[tuple[str, bytes]]:
    """Everything outside of the store, by place: databases, search index, queue, files, logs.

    :param instance: the served portal's `installer.instance.Instance`
    """
    for database in (*instance.databases, "postgres"):
        yield f"database {database}", _dump(instance.postgres, database)
    for part in ("select?q=*:*&fl=*&rows=100000", "admin/luke?fl=text&numTerms=100000"):
        yield f"search {part.partition('?')[0]}", _solr(instance, part)
    yield "queue", b"\n".join(_redis(instance))
    for file in sorted(path for path in instance.folder.rglob("*") if path.is_file()):
        yield f"file {file.relative_to(instance.folder)}", _content(file)
    for file in sorted(instance.place.log.glob("*.log")):
        yield f"log {file.name}", file.read_bytes()
    yield "database server's log", instance.postgres.process.log.read_bytes()


def _dump(postgres: Any, database: str) -> bytes:
    """All rows of all tables of a database, and what the server knows of them and of its clients."""
    tables = postgres.sql(
        "SELECT format('%I.%I', schemaname, relname) FROM pg_stat_user_tables ORDER BY 1", database
    ).split("\n")
    copies = [f"COPY (SELECT * FROM {table}) TO STDOUT;" for table in tables if table]
    copies += [f"COPY (SELECT * FROM {view}) TO STDOUT;" for view in ("pg_stat_activity", "pg_stats", "pg_seclabels")]
    return postgres.sql("\n".join(copies), database).encode()


def _solr(instance: Any, part: str) -> bytes:
    return requests.get(f"{instance.solr.url(f'ckan{instance.suffix}')}/{part}&wt=json", timeout=60).content


def _redis(instance: Any) -> Iterator[bytes]:
    import redis

    client = redis.Redis.from_url(instance.redis.url(instance.redis_database))
    reads = {
        b"string": client.get, b"list": lambda key: client.lrange(key, 0, -1), b"set": client.smembers,
        b"zset": lambda key: client.zrange(key, 0, -1, withscores=True), b"hash": client.hgetall,
        b"stream": client.xrange,
    }  # fmt: skip
    for key in client.scan_iter(count=1000):
        read = reads.get(client.type(key))  # "none": it ran out since the scan
        yield key + b" " + b" ".join(_flat(read(key)) if read else ())


def _flat(value: Any) -> Iterator[bytes]:
    if isinstance(value, bytes):
        yield value
        yield _unpacked(value)
    elif isinstance(value, dict):
        for one in value.items():
            yield from _flat(one)
    elif isinstance(value, list | tuple | set):
        for one in value:
            yield from _flat(one)


def _unpacked(value: bytes) -> bytes:
    """What a job's data are when they are not compressed."""
    try:
        return zlib.decompress(value)
    except zlib.error:
        return b""


def _content(file: Path) -> bytes:
    if file.suffix == ".parquet":
        import pyarrow.parquet as pq

        return repr(pq.read_table(file).to_pydict()).encode()
    content = file.read_bytes()
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            return b"\n".join(packed.read(name) for name in packed.namelist())
    return content


@contextmanager
def left_outside(instance: Any) -> Iterator[set[str]]:
    """Leave planted values in one place of each kind outside of the store, and take them away again.

    :return: the places in which they have to be found
    """
    import redis

    word, rent = f"{WORD}-draussen", RENT
    file, log = instance.folder / "canary-left.txt", instance.place.log / "canary-left.log"
    queue = redis.Redis.from_url(instance.redis.url(instance.redis_database))
    databases, told = [*instance.databases, "postgres"], instance.place.log / "set-up.log"
    size = told.stat().st_size  # the commands' answers are kept there, dumps of this look into everything included
    try:
        file.write_text(f"x;{rent};y", "utf-8")
        log.write_text(f"ERROR row {word}", "utf-8")
        queue.set("canary-left", zlib.compress(f"job {word}".encode()))
        for database in databases:
            instance.postgres.sql(f"CREATE TABLE canary_left AS SELECT '{word}' AS cell", database)
        _index(instance, {"add": {"doc": {"id": "canary-left", "index_id": "canary-left", "site_id": "canary",
                                           "title": word}}})  # fmt: skip
        yield {
            f"file {file.name}", f"log {log.name}", "queue", "search select", *(f"database {one}" for one in databases)
        }
    finally:
        file.unlink(missing_ok=True)
        log.unlink(missing_ok=True)
        queue.delete("canary-left")
        for database in databases:
            instance.postgres.sql("DROP TABLE IF EXISTS canary_left", database)
        _index(instance, {"delete": {"query": "site_id:canary"}})
        os.truncate(told, size)


def _index(instance: Any, command: dict[str, Any]) -> None:
    url = f"{instance.solr.url(f'ckan{instance.suffix}')}/update?commit=true"
    requests.post(url, json=command, timeout=60).raise_for_status()


def signs_in(content: bytes) -> list[str]:
    """Planted values in a text, each with what stands around it."""
    return [repr(content[max(0, m.start() - 60) : m.end() + 40]) for m in list(SIGNS.finditer(content))[:3]]
