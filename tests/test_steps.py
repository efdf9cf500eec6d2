"""Set-up goes step by step: a failing step names itself and a remedy, and running again goes on from there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from installer.steps import Stamps, StepFailed, Steps, digest

CHECKOUT = Path(__file__).parent.parent


@pytest.fixture
def steps(tmp_path):
    return Steps(Stamps(tmp_path / "stamps"), tmp_path / "set-up.log", quiet=True)


def test_a_step_is_done_once_for_the_same_ground(steps):
    done = []
    assert steps.run("bake", "Bake", lambda: done.append(1), "flour")
    assert not steps.run("bake", "Bake", lambda: done.append(2), "flour")
    assert steps.run("bake", "Bake", lambda: done.append(3), "rye")
    assert done == [1, 3]


def test_a_failing_step_names_itself_and_the_remedy_and_is_tried_again(steps):
    def fail():
        steps.command([sys.executable, "-c", "import sys; sys.exit('no oven')"], "Buy an oven.")

    with pytest.raises(StepFailed) as failure:
        steps.run("bake", "Bake a cake", fail, "flour")
    assert "“bake” (Bake a cake)" in failure.value.problem
    assert "no oven" in failure.value.problem
    assert failure.value.remedy.startswith("Buy an oven.")
    assert "no oven" in steps.log.read_text("utf-8")
    assert steps.run("bake", "Bake a cake", lambda: None, "flour")


def test_a_missing_program_is_named(steps):
    with pytest.raises(StepFailed, match="no-such-program was not found"):
        steps.command(["no-such-program"], "Install it.")


def test_the_ground_of_a_step_follows_files_by_content(tmp_path):
    file = tmp_path / "pins.txt"
    file.write_text("one", "utf-8")
    before = digest("python", file)
    os.utime(file, (0, 0))
    assert digest("python", file) == before
    file.write_text("two", "utf-8")
    assert digest("python", file) != before
    file.unlink()
    assert digest("python", file) != before


def test_a_run_that_was_killed_goes_on_at_the_step_it_was_in(tmp_path):
    """Three steps; the process is killed in the second one; the next run skips the first and does the others."""
    script = tmp_path / "run.py"
    script.write_text(
        f"""
import pathlib, sys, time
sys.path.insert(0, {str(CHECKOUT)!r})
from installer.steps import Stamps, Steps
folder = pathlib.Path({str(tmp_path)!r})
steps = Steps(Stamps(folder / "stamps"), folder / "log", quiet=True)
def note(name):
    with (folder / "done").open("a") as file:
        file.write(name + "\\n")
def second():
    note("second begins")
    if sys.argv[1] == "hang":
        time.sleep(60)
    note("second ends")
steps.run("first", "First", lambda: note("first"), "ground")
steps.run("second", "Second", second, "ground")
steps.run("third", "Third", lambda: note("third"), "ground")
""",
        "utf-8",
    )
    done = tmp_path / "done"
    child = subprocess.Popen([sys.executable, script, "hang"])
    until = time.monotonic() + 20
    while "second begins" not in (done.read_text("utf-8") if done.exists() else "") and time.monotonic() < until:
        time.sleep(0.05)
    child.send_signal(signal.SIGKILL)
    child.wait()
    subprocess.run([sys.executable, script, "go"], check=True)
    assert done.read_text("utf-8").splitlines() == ["first", "second begins", "second begins", "second ends", "third"]
