"""The rooms' arrows go down only, and the rooms with rules stay free of CKAN."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "ckanext-ierwohnen" / "ckanext" / "ierwohnen"
ROOMS = [
    "look", "places", "tables", "indicators", "confidential", "addresses", "vault", "releases", "previews", "company",
    "catalogue", "portal", "demo",
]  # fmt: skip
PREFIX = "ckanext.ierwohnen."


def modules(room: str) -> list[Path]:
    return [path for path in (PACKAGE / room).rglob("*.py") if "tests" not in path.parts]


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, relative imports made absolute."""
    package = ("ckanext.ierwohnen", *path.relative_to(PACKAGE).parts[:-1])
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module or "") if part)
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def room_of(module: str) -> str | None:
    return module.removeprefix(PREFIX).split(".")[0] if module.startswith(PREFIX) else None


def test_every_folder_is_a_room_of_the_house():
    folders = {path.name for path in PACKAGE.iterdir() if path.is_dir() and (path / "__init__.py").exists()}
    assert folders == set(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_arrows_go_down(room: str):
    reachable = {*ROOMS[: ROOMS.index(room) + 1]} - ({"confidential"} - {room} if room != "releases" else set())
    upward = [
        f"{path.relative_to(PACKAGE)} imports {module}"
        for path in modules(room)
        for module in imports(path)
        if (target := room_of(module)) in ROOMS and target not in reachable
    ]
    assert not upward


def test_confidential_stands_alone():
    for path in modules("confidential"):
        for module in imports(path):
            assert not module.startswith(("ckan.", "sqlalchemy", "psycopg2")) and module != "ckan", f"{path}: {module}"
            assert room_of(module) in (None, "confidential"), f"{path}: {module}"


def test_no_module_is_called_utils():
    vague = {"utils", "helper", "misc", "common", "tools"}
    assert not [path for room in ROOMS for path in modules(room) if path.stem in vague]
