"""Publishing while everything around it dies: a real job worker that stops at a named point, and readers who watch.

The worker is CKAN's own (RQ: a worker process, and a process of the job). It is forked by a helper process, which was
forked before any thread began; the test process itself reads by several threads.
"""

from __future__ import annotations

import faulthandler
import importlib
import os
import re
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from installer.processes import descendants, started_at

from .conftest import upload

ROWS = 300
NAME = "under fire"  # of the worker's connections to PostgreSQL
# Where a publication can be stopped on purpose: what has just happened, and the function before or after which that is
# so. Kills at random moments reach what lies between.
POINTS = {
    "the job has begun": ("jobs:_finish", "after"),
    "the staging table was made": ("store:create", "after"),
    "in the midst of COPY": ("publish:copy_chunks", "within"),
    "the rows are loaded": ("store:copy", "after"),
    "the staging is committed": ("publish:stage", "after"),
    "in the midst of the snapshot": ("snapshots:_batches", "within"),
    "the version is recorded": ("versions:record", "after"),
    "swapped, not committed": ("store:swap", "after"),
    "the swap is committed": ("switching:_swap", "after"),
    "the metadata are to follow": ("switching:follow", "before"),
    "the file is replaced, its metadata are not": ("ckan.lib.uploader:ResourceUpload.upload", "after"),
    "the index is new, the metadata are not": ("ckan.logic:index_update_package_dicts", "after"),
    "the metadata are committed": ("versions:publish", "before"),
    "the delivery is closed": ("deliveries:close", "after"),
    "all is done, the job does not know it": ("publish:published", "after"),
}
# The same of the check of a release, for its own tests.
OF_CHECKS = {
    "before the tables are protected": ("ckanext.ierwohnen.releases.engine:_within_limits", "before"),
    "before the check is noted": ("ckanext.ierwohnen.releases.engine:Engine._finish", "before"),
}


def delivery(state: int) -> Any:
    """A file whose rows, columns, number of rows and name all tell which state it makes."""
    head = f"Nr;Stadtteil;Stichtag;Wohnungen;Bestand {state}\n"
    rows = (
        f"{11 + n % 3};Ort {n % 3};31.12.{1700 + n // 3};{state * 10_000 + n};{n % 90},5\n" for n in range(ROWS + state)
    )
    return upload(head + "".join(rows), f"stand-{state}.csv")


class Worker:
    """Starts CKAN's job worker again and again, each time as a new process.

    :param queues: those that it takes, CKAN's own if none is named
    """

    def __init__(self, log: Path, queues: Sequence[str] = ()):
        self.log = log
        self.mine, theirs = socket.socketpair()
        self.token, self.tokens = os.pipe()
        self.gate, self.gates = os.pipe()
        os.set_blocking(self.token, False)
        self.helper = os.fork()
        if self.helper == 0:
            try:
                _helper(theirs, self.token, self.gate, log, queues)
            finally:
                os._exit(1)
        theirs.close()
        self.mine.settimeout(60)
        self.pid = 0

    def start(self, point: str = "") -> None:
        """Start a worker that takes what is in the queue, and ends; it waits at `point` the first time."""
        self._drain()
        if point:
            os.write(self.tokens, b"!")
        self.mine.sendall(f"start {point}\n".encode())
        self.pid = int(self._line().split()[1])

    def _drain(self) -> None:
        try:
            os.read(self.token, 100)
        except BlockingIOError:
            return

    def _line(self) -> str:
        line = b""
        while not line.endswith(b"\n"):
            byte = self.mine.recv(1)
            assert byte, f"the helper is gone: {self.told()}"
            line += byte
        return line.decode().strip()

    def reached(self) -> None:
        """Wait until the worker stands at its point."""
        try:
            assert self._line() == "reached"
        except TimeoutError:
            raise AssertionError(f"not reached: {self.told()}") from None

    def go(self) -> None:
        """Let the worker go on."""
        os.write(self.gates, b"!")

    def kill(self) -> None:
        """SIGKILL the worker and the process of the job, in the order that lets neither notice."""
        mortal = [self.pid, *descendants(self.pid)]
        for pid in mortal:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        until = time.monotonic() + 20
        while any(started_at(pid) for pid in mortal) and time.monotonic() < until:
            time.sleep(0.01)

    def end(self, seconds: float = 40) -> None:
        """Wait until the worker has nothing more to do."""
        until = time.monotonic() + seconds
        while started_at(self.pid):
            if time.monotonic() > until:
                self._ask_all()
                raise AssertionError(f"still at work: {self.told()}")
            time.sleep(0.02)

    def told(self) -> str:
        """The last that the workers wrote, without the lines of the test's own framework."""
        lines = self.log.read_text("utf-8").splitlines()
        lines = [line for line in lines if not re.search("pluggy|pytest|runpy", line)]
        return "\n".join(lines)[-9000:]

    def _ask_all(self) -> None:
        """Let each process write where it stands."""
        for pid in [self.pid, *descendants(self.pid)]:
            os.kill(pid, signal.SIGUSR1)
        time.sleep(1)

    def close(self) -> None:
        """Stop everything."""
        for pid in [self.helper, *descendants(self.helper)]:
            os.kill(pid, signal.SIGKILL)
        os.waitpid(self.helper, 0)
        self.mine.close()
        for end in (self.token, self.tokens, self.gate, self.gates):
            os.close(end)


def forget_connections() -> None:
    """Let a forked process make connections of its own; those of its parent stay open."""
    from ckan import model

    from ckanext.datastore.backend import postgres

    model.Session.registry.clear()
    model.meta.engine.dispose(close=False)
    for engine in postgres._engines.values():
        engine.dispose(close=False)
    postgres._engines.clear()


def _helper(mine: socket.socket, token: int, gate: int, log: Path, queues: Sequence[str]) -> None:
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(out, 1)
    os.dup2(out, 2)
    sys.stdout = sys.stderr = os.fdopen(1, "w", buffering=1, closefd=False)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the workers
    os.environ["PGAPPNAME"] = NAME
    forget_connections()
    commands = mine.makefile("r")
    for command in commands:
        point = command.strip().partition(" ")[2]
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            try:
                _work(mine, token, gate, point, queues)
            finally:
                os._exit(0)
        mine.sendall(f"pid {pid}\n".encode())


def _work(mine: socket.socket, token: int, gate: int, point: str, queues: Sequence[str]) -> None:
    import rq
    from ckan.lib.jobs import Worker as CkanWorker

    def reach() -> None:
        try:
            os.read(token, 1)
        except BlockingIOError:
            return  # not the first time
        mine.sendall(b"reached\n")
        os.read(gate, 1)

    class Quick(CkanWorker):
        """Without reading the configuration again: it is the parent's, and takes seconds."""

        def main_work_horse(self, job: Any, queue: Any) -> None:
            rq.Worker.main_work_horse(self, job, queue)

    faulthandler.register(signal.SIGUSR1, sys.stderr)
    if point:
        _arm(*(POINTS | OF_CHECKS)[point], reach)
    Quick(queues).work(burst=True)


def _arm(target: str, when: str, reach: Callable[[], None]) -> None:
    place, _, name = target.partition(":")
    owner: Any = importlib.import_module(place if "." in place else f"ckanext.ierwohnen.tables.{place}")
    while "." in name:
        first, _, name = name.partition(".")
        owner = getattr(owner, first)
    original = getattr(owner, name)

    def stopped(*args: Any, **kwargs: Any) -> Any:
        if when == "before":
            reach()
        found = original(*args, **kwargs)
        if when == "after":
            reach()
        return found

    def within(*args: Any, **kwargs: Any) -> Iterator[Any]:
        for number, item in enumerate(original(*args, **kwargs)):
            yield item
            if not number:
                reach()

    setattr(owner, name, within if when == "within" else stopped)


def look(office: Any, resource: dict[str, Any]) -> dict[str, int]:
    """Which state each thing that a reader can ask for shows; AssertionError if one answer mixes two."""
    from ckan.lib import uploader

    call = office.call
    rows = call("datastore_search", "stranger", resource_id=resource["id"], limit=2 * ROWS)
    told = {int(row["Wohnungen"]) // 10_000 for row in rows["records"]}
    assert len(told) == 1, f"rows of several states: {told}"
    (state,) = told
    assert len(rows["records"]) == rows["total"] == ROWS + state, (state, len(rows["records"]), rows["total"])
    assert f"Bestand {state}" in [field["id"] for field in rows["fields"]], (state, rows["fields"])
    fields = {one["id"]: one for one in call("datastore_info", "stranger", id=resource["id"])["fields"]}
    (column,) = (name for name in fields if name.startswith("Bestand"))
    assert fields[column]["iw_role"] == "indicator"
    newest = call("ierwohnen_version_list", "stranger", resource_id=resource["id"])["results"][0]
    shown = call("package_show", "stranger", id=resource["package_id"])["resources"][0]
    found = call("package_search", "stranger", fq=f"id:{resource['package_id']}")["results"][0]["resources"][0]
    path = uploader.get_resource_uploader({"id": resource["id"], "url_type": "upload"}).get_path(resource["id"])
    first = Path(path).read_bytes().split(b"\n", 1)[0].decode()
    assert shown["datastore_active"] and found["datastore_active"]
    return {
        "rows": state,
        "dictionary": int(column.split()[-1]),
        "versions": _state_of(newest["filename"]),
        "package": _state_of(shown["url"]),
        "index": _state_of(found["url"]),
        "file": int(first.split()[-1]),
    }


def _state_of(name: str) -> int:
    return int(name.rsplit("stand-", 1)[1].removesuffix(".csv"))


class Readers:
    """Threads that look all the time: each look shows one state, never an earlier one than the look before."""

    def __init__(self, office: Any, resource: dict[str, Any], threads: int = 1):
        self.office, self.resource = office, resource
        self.failures: list[str] = []
        self.looks = 0
        self.away = False  # servers are down: errors are expected
        self.stop = threading.Event()
        self.threads = [threading.Thread(target=self._read, daemon=True) for _ in range(threads)]

    def __enter__(self) -> Readers:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join(30)

    def _read(self) -> None:
        from ckan import model

        last = 0
        while not self.stop.is_set():
            away = self.away
            try:
                before = self._newest()
                model.Session.remove()  # as the next request would: what the last one has loaded is not looked at again
                seen = look(self.office, self.resource)
                after = self._newest()
            except Exception as error:
                if not (away or self.away):
                    self.failures.append(f"{type(error).__name__}: {error}")
            else:
                self.looks += 1
                low, high = max(before, last), after
                if not all(low <= state <= high for state in seen.values()):
                    self.failures.append(f"between {before} and {after}, before {last}: {seen}")
                last = before
            finally:
                model.Session.remove()
            self.stop.wait(0.1)

    def _newest(self) -> int:
        found = self.office.call("ierwohnen_version_list", "stranger", resource_id=self.resource["id"], limit=1)
        return _state_of(found["results"][0]["filename"])
