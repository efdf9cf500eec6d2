"""The package installs as a wheel, by `pip install .` and editable, with all of its files; each plugin works alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from importlib.metadata import entry_points
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parent.parent
SOURCE = CHECKOUT / "ckanext-ierwohnen" / "ckanext" / "ierwohnen"
OURS = sorted(point.name for point in entry_points(group="ckan.plugins") if point.name.startswith("ierwohnen"))
PROBE = """
import importlib.metadata, json, pathlib
import ckanext.ierwohnen as package
every = importlib.metadata.entry_points(group="ckan.plugins")
plugins = [point for point in every if point.name.startswith("ierwohnen")]
folder = pathlib.Path(package.__file__).parent
print(json.dumps({
    "folder": str(folder),
    "plugins": {point.name: point.load().__name__ for point in plugins},
    "files": sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()),
    "schemas": sorted(file.name for file in (folder / "schemas").iterdir()),
}))
"""


def wanted_files() -> set[str]:
    """What an installed package must hold: each file under version control but tests; translations compiled."""
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "ckanext-ierwohnen/ckanext/ierwohnen", "schemas"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    files = set()
    for name in filter(None, listed.stdout.split("\0")):
        path = name.removeprefix("ckanext-ierwohnen/ckanext/ierwohnen/")
        if "/tests/" in f"/{path}" or path == "schemas" or not (CHECKOUT / name).exists():
            continue
        files.add(path)
        if path.endswith(".po"):
            files.add(path.removesuffix(".po") + ".mo")
    return files


def run(*words: object, cwd: Path | None = None) -> str:
    clean = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "CKAN_INI")}
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, cwd=cwd, env=clean)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    """The files under version control as they are now: building in the checkout itself would leave traces."""
    folder = tmp_path_factory.mktemp("source") / "ckanext-ierwohnen-copy"
    folder.mkdir()
    run("sh", "-c", f"git -c safe.directory='*' ls-files -z | xargs -0 cp -P --parents -t {folder}", cwd=CHECKOUT)
    return folder


@pytest.fixture(params=["wheel", "folder"])
def fresh_python(request, copy, tmp_path) -> Path:
    """A fresh environment that sees our libraries, but this package only as installed in one of the ways."""
    environment = tmp_path / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", environment)
    python = environment / "bin" / "python"
    target = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-deps", "--no-index")
    # A plain path entry, so that the editable installation's own .pth files there are not followed; CKAN's share of
    # the namespace package is named beside ours, as one folder for all packages would have it.
    libraries = Path(sysconfig.get_path("purelib"))
    namespace = f"import ckanext; ckanext.__path__.append({str(libraries / 'ckanext')!r})"
    (target / "libraries.pth").write_text(f"{libraries}\n{namespace}\n", "utf-8")
    if request.param == "wheel":
        dist = tmp_path / "dist"
        build = ("wheel", "-q", "--no-deps", "--no-index", "--no-build-isolation", "-w", dist, copy)
        run(sys.executable, "-m", "pip", *build)
        run(*pip, *dist.glob("*.whl"))
    else:
        run(*pip, "--no-build-isolation", copy)
    return python


def test_an_installed_package_holds_all_of_its_files(fresh_python, tmp_path):
    found = json.loads(run(fresh_python, "-c", PROBE, cwd=tmp_path))
    assert Path(found["folder"]).is_relative_to(tmp_path)
    assert sorted(found["plugins"]) == OURS
    assert wanted_files() - set(found["files"]) == set()
    assert not [name for name in found["files"] if "/tests/" in f"/{name}"]


def test_the_editable_package_holds_all_of_its_files(tmp_path):
    found = json.loads(run(sys.executable, "-c", PROBE, cwd=tmp_path))
    assert Path(found["folder"]) == SOURCE
    assert sorted(found["plugins"]) == OURS
    present = set(found["files"]) | {f"schemas/{name}" for name in _below(SOURCE / "schemas")}
    assert wanted_files() - present == set()


def _below(folder: Path) -> set[str]:
    return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}
