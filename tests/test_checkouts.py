"""Two checkouts on one machine: ports, data, passwords and processes of their own. With real PostgreSQL and Redis."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from installer.place import Place
from installer.portal import Portal
from installer.processes import Process, started_at
from installer.state import ROLES, State, port_free
from installer.steps import StepFailed


@pytest.fixture
def checkout(tmp_path):
    """Make checkouts that are empty but for their private folder; whatever they start is stopped at the end."""
    made = []

    def make(name: str) -> Portal:
        (tmp_path / name).mkdir()
        portal = Portal(Place(tmp_path / name), quiet=True)
        portal.place.make_folders()
        made.append(portal)
        return portal

    yield make
    for portal in made:
        portal.redis.stop()
        portal.postgres.remove()


def test_two_checkouts_do_not_disturb_each_other(checkout):
    one, two = checkout("one"), checkout("two")
    for portal in (one, two):
        portal.postgres.create()
        portal.postgres.start()
        portal.redis.start()
    assert len({one.postgres.port, two.postgres.port, one.redis.port, two.redis.port}) == 4
    assert one.postgres.folder != two.postgres.folder

    one.postgres.sql("CREATE DATABASE only_in_one")
    assert two.postgres.sql("SELECT count(*) FROM pg_database WHERE datname = 'only_in_one'").strip() == "0"
    one.redis.ask("SET only in_one")
    assert two.redis.ask("GET only") == ["$-1"]

    one.postgres.stop()
    one.redis.stop()
    assert two.postgres.answers()
    assert two.redis.answers()


def test_a_data_folder_left_half_made_is_made_anew(checkout):
    portal = checkout("one")
    portal.postgres.create()
    folder = portal.postgres.folder
    # What a kill in the middle leaves: files, but not yet the mark that the folder is whole.
    values = portal.state.read()
    del values["postgres_id"]
    portal.state.write(values)
    (folder / "data" / "PG_VERSION").unlink()
    assert not portal.postgres.exists()
    portal.postgres.create()
    portal.postgres.start()
    assert portal.postgres.sql("SELECT 1").strip() == "1"


def test_postgres_is_run_by_nobody_privileged_and_asks_for_a_password(checkout):
    portal = checkout("one")
    portal.postgres.create()
    portal.postgres.start()
    assert os.stat(f"/proc/{portal.postgres.process.pid()}").st_uid != 0
    methods = portal.postgres.sql("SELECT DISTINCT auth_method FROM pg_hba_file_rules").split()
    assert methods == ["scram-sha-256"]
    assert portal.postgres.sql("SHOW listen_addresses").strip() == "127.0.0.1"
    assert portal.postgres.sql("SHOW fsync").strip() == "on"


def test_redis_refuses_whoever_has_no_password(checkout):
    portal = checkout("one")
    portal.redis.start()
    with socket.create_connection(("127.0.0.1", portal.redis.port), timeout=5) as line:
        line.sendall(b"KEYS *\r\n")
        assert line.recv(200).startswith(b"-NOAUTH")
    secret = portal.state.secret("redis")
    assert secret not in Path(f"/proc/{portal.redis.process.pid()}/cmdline").read_text("utf-8")


def test_a_port_taken_by_somebody_else_is_left_to_them(checkout):
    state = checkout("one").state
    first = state.free_port("redis")
    assert state.free_port("redis") == first
    with socket.socket() as somebody:
        somebody.bind(("127.0.0.1", first))
        somebody.listen()
        assert not port_free(first)
        assert state.free_port("redis") != first


def test_the_portal_takes_port_5000_or_the_next_free_one_and_keeps_it(checkout):
    state = checkout("one").state
    chosen = state.web_port(None)
    assert 5000 <= chosen < 6000
    assert state.web_port(None) == chosen
    assert state.web_port(8123) == 8123
    assert state.port("web") == 8123


def test_state_and_accounts_are_for_the_owner_only_and_stay(checkout):
    portal = checkout("one")
    secret = portal.state.secret("session")
    portal.state.ensure_accounts()
    accounts = portal.state.accounts()
    portal.state.ensure_accounts()
    assert State(portal.place).secret("session") == secret
    assert portal.state.accounts() == accounts
    assert tuple(accounts) == ROLES
    assert len({account["password"] for account in accounts.values()}) == len(ROLES)
    for file in (portal.state.file, portal.place.accounts):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        json.loads(file.read_text("utf-8"))


def test_only_one_set_up_at_a_time(checkout):
    portal = checkout("one")
    with portal.alone("set-up", "busy"), pytest.raises(StepFailed, match="busy"), portal.alone("set-up", "busy"):
        pass


def test_a_process_of_somebody_else_with_our_number_is_not_stopped(checkout):
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        process = Process(checkout("one").place, "web")
        process.pid_file.write_text(f"{stranger.pid} 1", "utf-8")
        assert process.pid() is None
        assert not process.stop()
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_the_keeper_starts_a_service_again_that_was_killed(checkout, tmp_path):
    from installer.processes import descendants

    process = Process(checkout("one").place, "sleeper")
    process.start([sys.executable, "-c", "import time; time.sleep(600)"])
    keeper = process.pid()
    first = wait_for(lambda: descendants(keeper))
    time.sleep(0.2)
    # A service that ends in its first seconds has failed to start; pretend that it has lived longer.
    time.sleep(5.2)
    os.kill(first[0], signal.SIGKILL)
    second = wait_for(lambda: [pid for pid in descendants(keeper) if pid != first[0]])
    assert process.pid() == keeper
    assert process.stop()
    assert process.pid() is None
    assert started_at(second[0]) is None


def test_a_service_that_fails_to_start_is_reported_with_its_last_words(checkout):
    process = Process(checkout("one").place, "broken")
    process.start([sys.executable, "-c", "raise SystemExit('cannot bind')"])
    with pytest.raises(StepFailed, match="cannot bind"):
        process.wait(lambda: False, 20)


def test_a_service_whose_keeper_was_killed_keeps_its_port(checkout, capsys):
    """It ends a little later than its keeper, and its port is its own again; waiting for it is told."""
    state, process = checkout("one").state, Process(checkout("two").place, "slow")
    port = state.free_port("slow")
    listen = (
        "import signal, socket, sys, time; line = socket.socket();"
        "line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1);"
        f"line.bind(('127.0.0.1', {port})); line.listen();"
        "signal.signal(signal.SIGTERM, lambda *_: (time.sleep(1), sys.exit())); signal.pause()"
    )
    process.start([sys.executable, "-c", listen])
    process.wait(lambda: not port_free(port), patience=0)
    assert "waiting for the first answer of slow" in capsys.readouterr().err
    os.kill(process.pid(), signal.SIGKILL)
    os.waitpid(int(process.pid_file.read_text("utf-8").split()[0]), 0)
    assert not port_free(port)
    assert not process.stop()
    assert state.free_port("slow") == port


def wait_for(look, seconds: float = 20):
    """Wait until something is found."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := look():
            return found
        time.sleep(0.05)
    raise AssertionError("waited in vain")
