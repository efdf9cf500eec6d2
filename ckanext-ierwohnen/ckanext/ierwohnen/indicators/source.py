"""YAML files that remember the line of every value, so that an error can name file, line and remedy.

>>> source = read_yaml("a: {b: 1}", name="x.yaml")
>>> source.data, source.line(("a", "b"))
({'a': {'b': 1}}, 1)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml

SCHEMAS = Path(__file__).parent.parent / "schemas"

KeyPath = tuple[str | int, ...]

MERGE = "tag:yaml.org,2002:merge"  # "<<: *anchor" takes over another mapping's keys


class CatalogueError(ValueError):
    """What is wrong in a file that a city edits: where it stands, what it is, what to do.

    ``problems`` holds every problem found, so that a file is mended in one go.
    """

    def __init__(self, problems: list[Problem]):
        self.problems = problems
        super().__init__("\n".join(str(p) for p in problems))


@dataclass(frozen=True)
class Problem:
    """One problem of a file; ``line`` counts from 1, 0 where the file as a whole is meant."""

    file: str
    line: int
    message: str
    remedy: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.message} {self.remedy}".rstrip()


@dataclass
class Source:
    """The data of a YAML file with the line of each key path."""

    name: str
    data: Any
    lines: dict[KeyPath, int] = field(default_factory=dict)

    def line(self, path: KeyPath) -> int:
        """The line of the path, or of the nearest thing around it (from 1)."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def problem(self, path: KeyPath, message: str, remedy: str) -> Problem:
        """A problem at this place of the file."""
        return Problem(self.name, self.line(path), message, remedy)


def read_yaml(text: str, name: str) -> Source:
    """Parse YAML text.

    :param name: how errors call the file
    :raises CatalogueError: not YAML, or a key given twice
    """
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 0
        what = getattr(error, "problem", None) or "not readable"
        raise CatalogueError(
            [Problem(name, line, f"This is not valid YAML: {what}.", "Check indentation, colons and quotes.")]
        ) from error
    source = Source(name, None)
    problems: list[Problem] = []
    try:
        source.data = _build(node, (), source, problems)
    except RecursionError:
        problems.append(Problem(name, 1, "An anchor (&) stands within itself.", "Write out what the alias (*) means."))
    if problems:
        raise CatalogueError(problems)
    return source


def read_yaml_file(path: Path) -> Source:
    """Parse a YAML file; as :func:`read_yaml`, and a missing or undecodable file is named."""
    try:
        return read_yaml(path.read_text("utf-8"), str(path))
    except OSError as error:
        raise CatalogueError(
            [Problem(str(path), 0, "The file cannot be read.", "Check the path and the rights of the file.")]
        ) from error
    except UnicodeDecodeError as error:
        raise CatalogueError(
            [Problem(str(path), 0, "The file is not UTF-8.", "Save it with the encoding UTF-8.")]
        ) from error


def _build(node: yaml.Node | None, path: KeyPath, source: Source, problems: list[Problem]) -> Any:
    if node is None:
        return None
    source.lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        return _build_mapping(node, path, source, problems)
    if isinstance(node, yaml.SequenceNode):
        return [_build(item, (*path, i), source, problems) for i, item in enumerate(node.value)]
    value = yaml.SafeLoader("").construct_object(node)
    return value.isoformat() if isinstance(value, date) else value


def _build_mapping(node: yaml.MappingNode, path: KeyPath, source: Source, problems: list[Problem]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    merged: dict[str, Any] = {}
    for key_node, value_node in node.value:
        if key_node.tag == MERGE:
            merged.update(_build(value_node, (*path, "<<"), source, problems))
            continue
        key = str(key_node.value)
        line = key_node.start_mark.line + 1
        if key in result:
            problems.append(Problem(source.name, line, f"“{key}” is given twice.", "Remove one of the two."))
        result[key] = _build(value_node, (*path, key), source, problems)
        source.lines[(*path, key)] = line
    return {**merged, **result}
