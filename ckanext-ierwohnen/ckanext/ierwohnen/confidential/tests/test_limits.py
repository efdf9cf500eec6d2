"""Hard limits, interrupts and a sudden end, each in a process of its own: nothing half done stays behind."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ckanext.ierwohnen.confidential.command import main
from ckanext.ierwohnen.confidential.methods import RECORD

SIZE = 60_000


@pytest.fixture(scope="module")
def stock(tmp_path_factory) -> Path:
    """Records in a table of a million cells, some 62,000 of them filled: hours of work."""
    rng = np.random.default_rng(1)
    columns = {"a": rng.integers(0, 1000, SIZE), "b": rng.integers(0, 1000, SIZE)}
    columns |= {"owner": rng.integers(0, 40, SIZE), "rent": rng.integers(200, 1500, SIZE)}
    path = tmp_path_factory.mktemp("stock") / "stock.csv"
    pd.DataFrame(columns).to_csv(path, index=False)
    return path


def _start(stock: Path, folder: Path, *more: str) -> subprocess.Popen[str]:
    given = ["protect", str(stock), "--dimensions", "a,b", "--value", "rent", "--holding", "owner", "--language", "en"]
    given += ["--output", str(folder / "out.csv"), "--report", str(folder / "report.json"), *more]
    command = [sys.executable, "-m", "ckanext.ierwohnen.confidential", *given]
    quiet = subprocess.DEVNULL
    return subprocess.Popen(
        command, stdin=quiet, stdout=quiet, stderr=subprocess.PIPE, text=True, preexec_fn=_hear_interrupts
    )


def _hear_interrupts() -> None:
    """Tests that run in the background of a shell ignore interrupts, and so would what they start."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _end(process: subprocess.Popen[str]) -> tuple[str, float]:
    """What it said, and its peak memory in megabytes.

    The peak is looked at while it runs: what the system tells of an ended child counts the memory of its parent, too.
    """
    assert process.stderr is not None
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, _peak(process.pid))
        time.sleep(0.02)
    return process.stderr.read(), peak


def _peak(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)


def test_too_many_cells_are_refused_at_once_and_within_the_memory(stock, tmp_path):
    process = _start(stock, tmp_path, "--max-cells", "50000")
    said, megabytes = _end(process)
    assert process.returncode == 2 and "50000 are allowed" in said and "coarser categories" in said
    assert "a 1001 × b 1001" in said and "Without “b” there would be 1001 at most" in said
    assert megabytes < 700
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("more", "part"),
    [(["--max-seconds", "2"], "The time limit of 2 s"), (["--max-memory", "300"], "The memory limit of 300 MB")],
)
def test_a_limit_ends_the_work_soon_with_a_sentence(stock, tmp_path, more, part):
    began = time.monotonic()
    process = _start(stock, tmp_path, *more)
    said, megabytes = _end(process)
    assert process.returncode == 2 and part in said and "nothing was written" in said and "Traceback" not in said
    assert megabytes < (600 if "--max-memory" in more else 3000)  # it looks five times a second, a busy machine later
    assert time.monotonic() - began < 60
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_nothing(stock, tmp_path, sent):
    process = _start(stock, tmp_path)
    time.sleep(3)
    assert process.poll() is None
    process.send_signal(sent)
    began = time.monotonic()
    said, _ = _end(process)
    assert process.returncode in (130, -sent)  # a process that is still loading its libraries ends by the signal itself
    assert process.returncode != 130 or said == "Interrupted; nothing was written.\n"
    assert time.monotonic() - began < 30
    assert not list(tmp_path.iterdir())


GIVEN = ["s.csv", "--dimensions", "q", "--holding", "owner"]
WRITTEN = ["--output", "a.csv", "--internal", "b.csv", "--report", "c.json"]


@pytest.fixture
def small(tmp_path):
    """A folder with a small stock and the files of a run before."""
    rows = [f"{q},O{i}" for q in "ab" for i in range(6)]
    (tmp_path / "s.csv").write_text("\n".join(["q,owner", *rows]) + "\n", "utf-8")
    for name in ("a.csv", "b.csv", "c.json"):
        (tmp_path / name).write_text("old", "utf-8")
    return tmp_path


def _killed(folder: Path, step: str, number: int, work: str) -> None:
    """Work, and end the process for good at the call `number` of `os.step`, before it does anything."""
    code = (
        "import os, signal, sys\n"
        f"calls, real = [], os.{step}\n"
        "def last(*given):\n"
        "    calls.append(given)\n"
        f"    if len(calls) == {number}: os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return real(*given)\n"
        f"os.{step} = last\n{work}\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL


@pytest.mark.parametrize("last", [1, 3])
def test_killed_in_the_midst_of_writing_the_old_files_stay_whole_and_the_next_run_tidies_up(small, last):
    run = "from ckanext.ierwohnen.confidential.command import run"
    _killed(small, "fsync", last, f"{run}\nsys.argv[1:] = {['protect', *GIVEN, *WRITTEN]!r}\nrun()")
    assert all((small / name).read_text("utf-8") == "old" for name in ("a.csv", "b.csv", "c.json"))
    left = {p for p in small.iterdir() if p.name not in ("a.csv", "b.csv", "c.json", "s.csv")}
    assert len(left) == last and all(p.name.startswith(".") and p.name.endswith(".part") for p in left)
    assert all(p.stat().st_mode & 0o077 == 0 for p in left if not p.name.startswith(".a.csv"))
    used = small / ".a.csv.used.part"  # another process writes it right now
    with used.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        again = [sys.executable, "-m", "ckanext.ierwohnen.confidential", "protect", *GIVEN, *WRITTEN]
        assert subprocess.run(again, cwd=small, capture_output=True, check=False).returncode == 0
    assert {p.name for p in small.iterdir()} == {"s.csv", "a.csv", "b.csv", "c.json", RECORD, used.name}
    assert "secret" not in (small / "a.csv").read_text("utf-8") and (small / "a.csv").stat().st_mode & 0o044


@pytest.mark.parametrize(
    ("move", "missing"), [(1, ""), (2, ""), (3, "b.csv"), (4, "b.csv c.json"), (5, "b.csv c.json"), (6, "c.json")]
)
def test_killed_between_two_moves_no_table_stands_beside_the_report_of_another_run(
    small, move, missing, monkeypatch, capsys
):
    names = ("a.csv", "b.csv", "c.json")
    new = "q,measure,value,status\na,count,6,published\n"
    work = "from pathlib import Path\nfrom ckanext.ierwohnen.confidential.writing import write_together\n"
    _killed(small, "replace", move, work + f"write_together({{Path(n): {new!r} for n in {names}}})")
    there = {n: (small / n).read_text("utf-8") for n in names if (small / n).exists()}
    assert len(set(there.values())) == 1 and there["a.csv"] == (new if move > 4 else "old")
    assert set(there) == set(names) - set(missing.split())
    if move < 5:
        return
    monkeypatch.chdir(small)
    assert main(["audit", *GIVEN, "--pattern", "a.csv"]) == 0
    assert "abgebrochen, bevor alles dazu" in capsys.readouterr().err
    assert main(["protect", *GIVEN, *WRITTEN]) == 0
    assert {p.name for p in small.iterdir()} == {"s.csv", RECORD, *names}
    named = json.loads((small / "c.json").read_text("utf-8"))["files"]
    assert named == {n: hashlib.sha256((small / n).read_bytes()).hexdigest() for n in ("a.csv", "b.csv")}
    assert main(["audit", *GIVEN, "--pattern", "a.csv"]) == 0
    assert "abgebrochen" not in capsys.readouterr().err


def test_where_the_disk_is_full_nothing_is_left_and_the_file_is_named(small):
    run = [sys.executable, "-m", "ckanext.ierwohnen.confidential", "protect", *GIVEN, *WRITTEN]
    refused = ["sh", "-c", 'ulimit -f 1; exec "$@"', "sh", *run]  # a file takes 512 bytes, or 1,024
    done = subprocess.run(refused, cwd=small, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "Datei c.json" in done.stderr
    assert {p.name: p.read_text("utf-8") for p in small.iterdir() if p.name != "s.csv"} == dict.fromkeys(
        ("a.csv", "b.csv", "c.json"), "old"
    )


def test_where_a_file_cannot_be_written_all_stays_as_it_was(small, monkeypatch, capsys):
    (small / "c.json").unlink()
    (small / "c.json").mkdir()
    monkeypatch.chdir(small)
    assert main(["protect", *GIVEN, *WRITTEN]) == 2
    assert "c.json" in capsys.readouterr().err
    (small / "c.json").rmdir()
    (small / "c.json").write_text("old", "utf-8")

    def refused(part: Path, place: Path) -> None:
        if Path(place).name == "a.csv":
            raise OSError(28, "No space left on device", str(place))
        move(part, place)

    move = os.replace
    monkeypatch.setattr("os.replace", refused)
    assert main(["protect", *GIVEN, *WRITTEN]) == 2
    assert {p.name: p.read_text("utf-8") for p in small.iterdir() if p.name != "s.csv"} == dict.fromkeys(
        ("a.csv", "b.csv", "c.json"), "old"
    )
