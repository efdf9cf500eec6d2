"""The small YAML with which an office says what its boundary files mean.

Every value is read as text: a key ``01`` stays ``01``, and a column called ``NO`` is not a truth value. The
format is explained with examples in docs/places.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import yaml

from ckanext.ierwohnen.places.findings import BoundaryError, Finding, error
from ckanext.ierwohnen.places.system import Level

MAX_CHARACTERS = 200_000
_CODE = re.compile(r"^[a-z][a-z0-9_]{0,39}$")
_TOP = {"title", "title_en", "boundary_date", "source", "licence", "crs", "axes", "levels"}
_LEVEL = {
    "code", "title", "title_en", "file", "layer", "dissolve", "key", "name", "key_prefix", "unit", "names",
    "parent", "crs", "pad", "merge",
}  # fmt: skip
_PARENT = {"level", "column", "prefix", "by"}


@dataclass(frozen=True)
class ParentRule:
    """How the parent of a unit is found: exactly one of column, prefix (length) or geometry; else the
    default.

    ``level`` is the parent's level; None means the level before. ``free`` means that there is no parent.
    """

    level: str | None = None
    column: str | None = None
    prefix: int | None = None
    geometry: bool = False
    free: bool = False

    @property
    def default(self) -> bool:
        """True if the description leaves it open."""
        return not (self.column or self.prefix or self.geometry or self.free)


@dataclass(frozen=True)
class LevelSource:
    """Where one level comes from: a file (and layer), or dissolved from a finer level.

    ``unit`` (key, name) is set for a level that is one single unit, such as the whole city.
    """

    level: Level
    file: str | None = None
    layer: str | None = None
    dissolve: str | None = None
    key: str | None = None
    name: str | None = None
    key_prefix: int | None = None
    unit: tuple[str, str] | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    parent: ParentRule = ParentRule()
    crs: str | None = None
    pad: int | None = None
    merge: bool = False


@dataclass(frozen=True)
class Description:
    """What the YAML says, checked."""

    title: str
    title_en: str
    boundary_date: date
    source: str
    licence: str
    crs: str | None
    keep_axes: bool
    levels: tuple[LevelSource, ...]

    def source_of(self, code: str) -> LevelSource:
        """The source of the level with this code; KeyError if there is none."""
        for source in self.levels:
            if source.level.code == code:
                return source
        raise KeyError(code)


class _TextLoader(yaml.BaseLoader):
    """Leaves every value as text, and refuses references, with which a small file could unfold without
    end.
    """

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise BoundaryError(error("yaml_alias"))
        return super().compose_node(parent, index)


def parse_description(text: str, title: str = "") -> Description:
    """Read and check a description; BoundaryError carries everything that is wrong with it.

    ``title`` is the system's title (that of its dataset) if the description gives none.
    """
    if len(text) > MAX_CHARACTERS:
        raise BoundaryError(error("yaml_too_long", limit=MAX_CHARACTERS))
    try:
        data = yaml.load(text, Loader=_TextLoader)
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        raise BoundaryError(error("yaml_unreadable", line=mark.line + 1 if mark else "?")) from problem
    except RecursionError as problem:
        raise BoundaryError(error("yaml_unreadable", line="?")) from problem
    if not isinstance(data, dict):
        raise BoundaryError(error("yaml_not_mapping"))
    return _Reader().description({"title": title, **data})


class _Reader:
    """Collects all findings before it gives up, so that an office corrects its file once."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def description(self, data: dict[str, Any]) -> Description:
        self._unknown(data, _TOP, "description")
        title = self._text(data, "title", "description", needed=True)
        boundary_date = self._date(data)
        raw_levels = data.get("levels")
        if not isinstance(raw_levels, list) or not raw_levels:
            self.findings.append(error("no_levels"))
            raw_levels = []
        levels: list[LevelSource] = []
        for number, raw in enumerate(raw_levels, start=1):
            previous = levels[-1].level.code if levels else None
            if isinstance(raw, dict):
                levels.append(self._level(raw, f"levels[{number}]", previous))
            else:
                self.findings.append(error("yaml_level_shape", place=f"levels[{number}]"))
        self._cross_check(levels)
        if self.findings:
            raise BoundaryError(self.findings)
        return Description(
            title=title,
            title_en=self._text(data, "title_en", "description"),
            boundary_date=boundary_date,
            source=self._text(data, "source", "description"),
            licence=self._text(data, "licence", "description"),
            crs=self._text(data, "crs", "description") or None,
            keep_axes=data.get("axes") == "keep",
            levels=tuple(levels),
        )

    def _level(self, raw: dict[str, Any], place: str, previous: str | None) -> LevelSource:
        self._unknown(raw, _LEVEL, place)
        code = self._text(raw, "code", place, needed=True)
        place = f"{place} ({code})" if code else place
        if code and not _CODE.match(code):
            self.findings.append(error("level_code", place=place, code=code))
        rule = self._parent(raw.get("parent"), place)
        unit = self._unit(raw, place)
        key, key_prefix = self._text(raw, "key", place), self._number(raw, "key_prefix", place)
        if not (key or key_prefix or unit):
            self.findings.append(error("level_without_key", place=place))
        above = None if rule.free else rule.level or previous
        return LevelSource(
            level=Level(
                code,
                self._text(raw, "title", place, needed=True),
                self._text(raw, "title_en", place),
                above,
            ),
            file=self._text(raw, "file", place) or None,
            layer=self._text(raw, "layer", place) or None,
            dissolve=self._text(raw, "dissolve", place) or None,
            key=key or None,
            name=self._text(raw, "name", place) or None,
            key_prefix=key_prefix,
            unit=unit,
            names=self._names(raw, place),
            parent=rule,
            crs=self._text(raw, "crs", place) or None,
            pad=self._number(raw, "pad", place),
            merge=str(raw.get("merge", "")).lower() in ("true", "yes", "ja"),
        )

    def _parent(self, raw: Any, place: str) -> ParentRule:
        if raw is None or raw == "":
            return ParentRule()
        if isinstance(raw, str):
            return ParentRule(free=True) if raw.lower() == "none" else ParentRule(column=raw)
        if not isinstance(raw, dict):
            self.findings.append(error("yaml_parent_shape", place=place))
            return ParentRule()
        self._unknown(raw, _PARENT, f"{place}.parent")
        rule = ParentRule(
            level=self._text(raw, "level", place) or None,
            column=self._text(raw, "column", place) or None,
            prefix=self._number(raw, "prefix", place),
            geometry=raw.get("by") == "geometry",
        )
        if sum((bool(rule.column), rule.prefix is not None, rule.geometry)) > 1 or raw.get("by") not in (
            None,
            "geometry",
        ):
            self.findings.append(error("yaml_parent_shape", place=place))
        return rule

    def _unit(self, raw: dict[str, Any], place: str) -> tuple[str, str] | None:
        unit = raw.get("unit")
        if unit is None:
            return None
        if not isinstance(unit, dict) or not unit.get("key") or not unit.get("name"):
            self.findings.append(error("yaml_unit_shape", place=place))
            return None
        return str(unit["key"]), str(unit["name"])

    def _names(self, raw: dict[str, Any], place: str) -> dict[str, str]:
        names = raw.get("names") or {}
        if not isinstance(names, dict) or not all(isinstance(name, str) for name in names.values()):
            self.findings.append(error("yaml_names_shape", place=place))
            return {}
        return names

    def _cross_check(self, levels: list[LevelSource]) -> None:
        codes = [source.level.code for source in levels]
        for position, source in enumerate(levels):
            level = source.level
            if level.code in codes[:position]:
                self.findings.append(error("level_twice", level=level.code))
            if level.parent and level.parent not in codes[:position]:
                self.findings.append(error("parent_level_order", level=level.title, parent=level.parent))
            if source.dissolve and source.dissolve not in codes[position + 1 :]:
                self.findings.append(error("dissolve_order", level=level.title, finer=source.dissolve))
            if source.dissolve and source.file:
                self.findings.append(error("dissolve_and_file", level=level.title))

    def _unknown(self, data: dict[str, Any], known: set[str], place: str) -> None:
        for name in data:
            if name not in known:
                self.findings.append(error("yaml_unknown", place=place, name=name, known=sorted(known)))

    def _text(self, data: dict[str, Any], name: str, place: str, needed: bool = False) -> str:
        value = data.get(name, "")
        if not isinstance(value, str):
            self.findings.append(error("yaml_text", place=place, name=name))
            return ""
        if needed and not value.strip():
            self.findings.append(error("yaml_missing", place=place, name=name))
        return value.strip()

    def _number(self, data: dict[str, Any], name: str, place: str) -> int | None:
        value = data.get(name)
        if value is None:
            return None
        if not str(value).isdecimal() or not 1 <= int(str(value)) <= 40:
            self.findings.append(error("yaml_number", place=place, name=name))
            return None
        return int(str(value))

    def _date(self, data: dict[str, Any]) -> date:
        value = str(data.get("boundary_date", ""))
        german = re.match(r"^([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})$", value)
        try:
            if german:
                return date(int(german[3]), int(german[2]), int(german[1]))
            return date.fromisoformat(value)
        except ValueError:
            self.findings.append(error("yaml_date", value=value))
            return date.min
