"""Hard limits, interrupts and a sudden end, each in a process of its own: nothing half done stays behind."""

from __future__ import annotations

import fcntl
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

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
    assert process.returncode == 2 and "50000 are allowed" in said and "coarser levels" in said
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
    assert megabytes < (400 if "--max-memory" in more else 3000)
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


@pytest.mark.parametrize("last", [1, 2, 3])
def test_killed_in_the_midst_of_writing_the_old_files_stay_whole_and_the_next_run_tidies_up(tmp_path, last):
    rows = [f"{q},O{i}" for q in "ab" for i in range(6)]
    (tmp_path / "s.csv").write_text("\n".join(["q,owner", *rows]) + "\n", "utf-8")
    (tmp_path / "a.csv").write_text("old", "utf-8")
    given = ["protect", "s.csv", "--dimensions", "q", "--holding", "owner"]
    given += ["--output", "a.csv", "--internal", "b.csv", "--report", "c.json"]
    code = (
        "import os, signal, sys\n"
        "from ckanext.ierwohnen.confidential.command import run\n"
        "calls = []\n"
        "def sync(handle):\n"
        "    calls.append(handle)\n"
        f"    if len(calls) == {last}: os.kill(os.getpid(), signal.SIGKILL)\n"
        "os.fsync = sync\n"
        f"sys.argv[1:] = {given!r}\n"
        "run()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL
    assert (tmp_path / "a.csv").read_text("utf-8") == "old" and not (tmp_path / "c.json").exists()
    left = {p for p in tmp_path.iterdir() if p.name not in ("a.csv", "s.csv")}
    assert len(left) == last and all(p.name.startswith(".") and p.name.endswith(".part") for p in left)
    assert all(p.stat().st_mode & 0o077 == 0 for p in left if not p.name.startswith(".a.csv"))
    used = tmp_path / ".a.csv.used.part"  # another process writes it right now
    with used.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        again = [sys.executable, "-m", "ckanext.ierwohnen.confidential", *given]
        assert subprocess.run(again, cwd=tmp_path, capture_output=True, check=False).returncode == 0
    assert {p.name for p in tmp_path.iterdir()} == {"s.csv", "a.csv", "b.csv", "c.json", used.name}
    assert "secret" not in (tmp_path / "a.csv").read_text("utf-8") and (tmp_path / "a.csv").stat().st_mode & 0o044
