"""The types of the room hold: what a number or an array is supposed to be is checked, not only written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[5]
ROOM = Path(__file__).resolve().parents[1]


@pytest.mark.skipif(not (CHECKOUT / "pyproject.toml").is_file(), reason="tests run outside a checkout")
def test_mypy_finds_nothing():
    pytest.importorskip("mypy")
    command = [sys.executable, "-m", "mypy", "--config-file", "pyproject.toml", str(ROOM)]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
