"""The official engine (τ-ARGUS by `pytauargus`) on the union model: an optional improver, and an oracle for
tests.

It knows neither insiders nor audiences, so its pattern is only a proposal, which the audit judges. The engine
writes into the current folder, overshoots its time limit and may crash; each job gets a fresh folder and a
process of its own.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from .model import UnionModel
from .rules import Protection

JOB = """
import sys
from pytauargus._tauargus import HiTaSCtrl
code = HiTaSCtrl().full_jj(in_file_jj="table.jj", out_file="pattern.txt", max_time=int(sys.argv[1]))
sys.exit(0 if code <= 1 else 10)
"""


def available() -> bool:
    """Whether pytauargus is installed."""
    return importlib.util.find_spec("pytauargus") is not None


def write_jj(model: UnionModel, protection: Protection, path: Path) -> None:
    """Write the model in the engine's JJ format: cells with costs, bounds and levels, then the equations."""
    primary = np.zeros(len(model), bool)
    primary[protection.cells] = True
    up, down = np.zeros(len(model)), np.zeros(len(model))
    up[protection.cells], down[protection.cells] = protection.up[:, 0], protection.down[:, 0]
    fixed = model.known[model.audience]
    roof = 2 * float(model.value.max(initial=1.0)) + 1
    lines = ["0", str(len(model))]
    for i, value in enumerate(model.value):
        status = "z" if fixed[i] else "u" if primary[i] or model.kept[i] else "s"
        cost = max(1, round(model.cost[i]))
        lines.append(f"{i} {value:.6f} {cost} {status} {model.lower[i]:.6f} {roof:.6f} {down[i]:.6f} {up[i]:.6f} 0")
    matrix = model.relations
    lines.append(str(matrix.shape[0]))
    for r in range(matrix.shape[0]):
        span = slice(matrix.indptr[r], matrix.indptr[r + 1])
        entries = zip(matrix.indices[span], matrix.data[span], strict=True)
        terms = " ".join(f"{j} ({int(c)})" for j, c in entries)
        lines.append(f"0 {span.stop - span.start} : {terms}")
    path.write_text("\n".join(lines) + "\n", "ascii")


def optimal_pattern(
    model: UnionModel, protection: Protection, minutes: int = 1, seconds: float = 120
) -> np.ndarray | None:
    """bool[n]: the engine's suppressed cells (primaries included), or None if it failed or took too long."""
    with tempfile.TemporaryDirectory(prefix="tauargus") as folder:
        write_jj(model, protection, Path(folder) / "table.jj")
        code = _run([sys.executable, "-c", JOB, str(minutes)], folder, seconds)
        result = Path(folder) / "pattern.txt"
        if code or not result.is_file():
            return None
        pattern = np.zeros(len(model), bool)
        for line in result.read_text("ascii").splitlines():
            if line.split():
                pattern[int(line.split()[0])] = True
    pattern[protection.cells] = True
    return pattern


RUNNING: set[subprocess.Popen[bytes]] = set()


def _run(command: list[str], folder: str, seconds: float) -> int:
    """Exit code of a process that gets so much time; it ends with this one, whatever happens."""
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, cwd=folder, stdin=quiet, stdout=quiet, stderr=quiet) as process:
        RUNNING.add(process)
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            return 1
        finally:
            process.kill()
            RUNNING.discard(process)


def stop() -> None:
    """End what the engine still does (for a process that is about to end at once)."""
    for process in tuple(RUNNING):
        process.kill()
