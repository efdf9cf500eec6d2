"""The portal's own Python: a virtual environment with CKAN, this package (editable) and its translations."""

from __future__ import annotations

import sys
from pathlib import Path

from installer.place import Place
from installer.steps import Steps, digest

REMEDY = "Look whether the package index can be reached, then run the same command again; what is fetched is kept."


def ground(place: Place, extras: str) -> str:
    """What the environment depends on."""
    files = [place.checkout / name for name in ("setup.py", "constraints.txt", "pyproject.toml")]
    return digest(sys.version, extras, str(place.venv), *files)


def outdated(place: Place) -> bool:
    """Whether the environment is missing, was made elsewhere or by another Python, and so has to be made anew."""
    config = place.venv / "pyvenv.cfg"
    if not (place.python.exists() and config.exists()):
        return True
    written = config.read_text("utf-8")
    version = f"{sys.version_info.major}.{sys.version_info.minor}."
    return f"version = {version}" not in written or str(place.venv) not in written


def install(steps: Steps, place: Place, extras: str) -> None:
    """Make the environment if there is none, and install this package into it, editable, with the given extras."""
    if outdated(place):
        steps.command([sys.executable, "-m", "venv", "--clear", place.venv], "Install python3-venv, then run again.")
    options = ("--disable-pip-version-check", "-q", "-c", place.checkout / "constraints.txt")
    pip: list[str | Path] = [place.python, "-m", "pip", "install", *options]
    steps.command([*pip, "pip"], REMEDY)
    steps.command([*pip, "setuptools", "-e", f"{place.checkout}[{extras}]"], REMEDY)


def translation_files(place: Place) -> list[Path]:
    """Every room's translations, and CKAN's German one: its package ships that compiled without its latest texts."""
    ours = (place.checkout / "ckanext-ierwohnen").glob("ckanext/ierwohnen/*/i18n/*/LC_MESSAGES/*.po")
    return sorted([*ours, *place.venv.glob("lib/python3*/site-packages/ckan/i18n/de/LC_MESSAGES/ckan.po")])


def compile_translations(steps: Steps, place: Place) -> None:
    """Make the .mo files, which the repository does not hold."""
    script = (
        "import pathlib, sys\n"
        "from babel.messages.mofile import write_mo\n"
        "from babel.messages.pofile import read_po\n"
        "for name in sys.argv[1:]:\n"
        "    po = pathlib.Path(name)\n"
        "    with po.open('rb') as source:\n"
        "        catalogue = read_po(source)\n"
        "    with po.with_suffix('.mo').open('wb') as target:\n"
        "        write_mo(target, catalogue)\n"
    )
    steps.command([place.python, "-c", script, *translation_files(place)], "Mend the .po file named above.")
