"""Reads a spatial system of several levels from boundary files by its description.

The result holds together: keys unique, every parent there, shapes valid and meeting at their borders, in
metres. Whatever was mended on the way is in ``findings``; what cannot be mended stops everything with
BoundaryError.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyproj
import shapely

from ckanext.ierwohnen.look.numbers import only_digits
from ckanext.ierwohnen.places.coverage import CoverageReport, clean_coverage
from ckanext.ierwohnen.places.description import Description, LevelSource
from ckanext.ierwohnen.places.findings import BoundaryError, Finding, error, errors_in, hint, warning
from ckanext.ierwohnen.places.intake import Layer, Limits, take_in
from ckanext.ierwohnen.places.mending import mend_shapes
from ckanext.ierwohnen.places.nesting import find_parents, same_area
from ckanext.ierwohnen.places.remote import tell_remote
from ckanext.ierwohnen.places.reprojection import centre, metric_crs, reproject
from ckanext.ierwohnen.places.rows import Rows, choose_layer, pad_keys, read_rows
from ckanext.ierwohnen.places.simplify import dissolve
from ckanext.ierwohnen.places.system import Level, SpatialSystem, Unit, check_system
from ckanext.ierwohnen.places.thinning import LOOSE_CORNERS, TooLoose, thin

# From this share of a unit's area outside its parent, a person is told; at half of it there is no parent.
_MOSTLY = 0.95
_HALF = 0.5
# Overlaps of less than this share of a unit are slivers of drawing.
_SLIVER = 0.02


Note = Callable[[str, int, int], None]
"""Told how far the work is: the step (``reading``, ``borders``), pieces done, pieces in all."""


def in_silence(step: str, done: int, total: int) -> None:
    """For callers that do not want to know how far the work is."""


@dataclass
class LoadedLevel:
    """One level while it is put together; ``shapes`` in metres, in the order of ``keys``."""

    source: LevelSource
    file: str
    keys: list[str]
    names: list[str]
    shapes: np.ndarray
    columns: dict[str, list[str]]
    parents: list[str | None] = field(default_factory=list)
    nested: bool = False
    crs: pyproj.CRS | None = None  # of the file

    @property
    def level(self) -> Level:
        """The level as the system knows it."""
        return self.source.level


@dataclass(frozen=True)
class Boundaries:
    """A spatial system with its shapes: ``levels`` coarse to fine, metres in ``crs``; ``findings`` in
    order.
    """

    system: SpatialSystem
    description: Description
    levels: tuple[LoadedLevel, ...]
    crs: pyproj.CRS
    findings: list[Finding]


def load_boundaries(
    system_id: str,
    description: Description,
    files: Sequence[tuple[str, Path]],
    folder: Path,
    limits: Limits | None = None,
    note: Note = in_silence,
) -> Boundaries:
    """Read files (name, path) as the description says; ``folder`` is an empty working folder of the caller's.

    ``note`` is told how far it is, level by level. Raises BoundaryError with findings that name file, feature, column
    and remedy.
    """
    layers = take_in(files, folder, limits)
    findings: list[Finding] = []
    rows = _read_all(description, layers, findings, limits, note)
    crs = _working_crs(description, rows)
    levels: dict[str, LoadedLevel] = {}
    # Fine levels first: coarse ones may be dissolved from them.
    for number, source in enumerate(reversed(description.levels)):
        note("borders", number, len(description.levels))
        levels[source.level.code] = (
            _dissolved(source, levels[source.dissolve])
            if source.dissolve
            else _from_file(source, rows[source.level.code], crs, description.keep_axes, findings)
        )
    ordered = tuple(levels[source.level.code] for source in description.levels)
    for loaded in ordered:
        _find_parents(loaded, levels, findings)
    system = _system(system_id, description, ordered)
    findings += check_system(system)
    if errors_in(findings):
        raise BoundaryError(errors_in(findings))
    _nest(ordered, findings)
    # Several levels of one file say the same about it: once is enough.
    told = list({finding.text("en"): finding for finding in findings}.values())
    return Boundaries(system, description, ordered, crs, told)


def _read_all(
    description: Description, layers: Sequence[Layer], findings: list[Finding], limits: Limits | None, note: Note
) -> dict[str, Rows]:
    rows: dict[str, Rows] = {}
    problems: list[Finding] = []
    for number, source in enumerate(description.levels):
        note("reading", number, len(description.levels))
        if source.dissolve:
            continue
        try:
            layer = choose_layer(layers, source.file, source.layer, source.level.title)
            wanted = _wanted(description, source.level.code)
            crs = source.crs or description.crs
            rows[source.level.code] = read_rows(layer, wanted, crs, description.keep_axes, limits)
            findings += rows[source.level.code].findings
        except BoundaryError as refused:
            problems += refused.findings
    if problems:
        raise BoundaryError(problems)
    return rows


def _wanted(description: Description, code: str) -> set[str]:
    """Columns that a level needs, with those of the levels dissolved from it."""
    source = description.source_of(code)
    names = {source.key, source.name, source.parent.column}
    for other in description.levels:
        if other.dissolve == code:
            names |= _wanted(description, other.level.code)
    return {name for name in names if name}


def _working_crs(description: Description, rows: dict[str, Rows]) -> pyproj.CRS:
    finest = next(rows[s.level.code] for s in reversed(description.levels) if s.level.code in rows)
    return metric_crs(*centre(finest.shapes, finest.crs))


def _from_file(
    source: LevelSource, rows: Rows, crs: pyproj.CRS, keep_axes: bool, findings: list[Finding]
) -> LoadedLevel:
    keys, names = _keys_and_names(source, rows.columns, len(rows), rows.file, findings)
    labels = [key or f"Nr. {number}" for number, key in enumerate(keys, start=1)]
    for number, key in enumerate(keys, start=1):
        if not key:
            raise BoundaryError(
                error(
                    "key_empty",
                    file=rows.file,
                    feature=number,
                    column=source.key or "–",
                    level=source.level.title,
                )
            )
    shapes, mended = mend_shapes(rows.shapes, labels, rows.file)
    findings += mended
    shapes = reproject(shapes, rows.crs, crs)
    shapes, again = mend_shapes(shapes, labels, rows.file)
    findings += again
    remote = tell_remote(rows.file, source.level.title, labels, shapes, crs, keep_axes)
    if errors_in(remote):
        raise BoundaryError(errors_in(remote))
    findings += remote
    drawn = _thinned(rows.file, source, shapes, findings)
    shapes, report = clean_coverage(drawn)
    _refuse_covered(source, rows.file, labels, shapes, drawn)
    _tell_coverage(rows.file, labels, shapes, report, findings)
    loaded = LoadedLevel(source, rows.file, keys, names, shapes, rows.columns, crs=rows.crs)
    return _merge(loaded, keys, findings) if source.merge else loaded


def _thinned(file: str, source: LevelSource, shapes: np.ndarray, findings: list[Finding]) -> np.ndarray:
    """The shapes, with fewer corners where too many of them do not meet; that is told, or refused with the remedy."""
    try:
        thinned, metres = thin(shapes)
    except TooLoose as loose:
        raise BoundaryError(
            error("borders_too_loose", file=file, level=source.level.title, count=loose.corners, limit=LOOSE_CORNERS)
        ) from loose
    if metres:
        before, after = (int(shapely.get_num_coordinates(some).sum()) for some in (shapes, thinned))
        findings.append(warning("corners_thinned", file=file, before=before, after=after, metres=metres))
    return thinned


def _keys_and_names(
    source: LevelSource, columns: dict[str, list[str]], count: int, file: str, findings: list[Finding]
) -> tuple[list[str], list[str]]:
    if source.unit:
        return [source.unit[0]] * count, [source.unit[1]] * count
    keys, padded = pad_keys(columns[source.key or ""], source.pad, file, source.key or "")
    findings += padded
    if source.key_prefix:
        keys = [key[: source.key_prefix] for key in keys]
    names = columns[source.name] if source.name else keys
    named = [source.names.get(key, name or key) for key, name in zip(keys, names, strict=True)]
    _refuse_controls(source, file, keys, named)
    return keys, named


def _refuse_controls(source: LevelSource, file: str, keys: list[str], names: list[str]) -> None:
    """Keys and names with invisible control characters: such a key is another one, and cannot be stored as it is."""
    found = [
        error("control_character", file=file, level=source.level.title, feature=number, column=column or "–",
              value="".join(char if char.isprintable() else f"⟨U+{ord(char):04X}⟩" for char in text))
        for column, texts in ((source.key, keys), (source.name, names))
        for number, text in enumerate(texts, start=1)
        if any(unicodedata.category(char) == "Cc" for char in text)
    ]  # fmt: skip
    if found:
        raise BoundaryError(found[:20])


def _refuse_covered(source: LevelSource, file: str, labels: list[str], shapes: np.ndarray, drawn: np.ndarray) -> None:
    """Units that nothing is left of lie under others: all of them are named, and by which they are covered."""
    lost = np.flatnonzero(shapely.is_empty(shapes))
    tree, covered = shapely.STRtree(drawn), []
    for position in lost.tolist():
        near = [other for other in tree.query(drawn[position], predicate="intersects") if other != position]
        over = shapely.area(shapely.intersection(drawn[near], drawn[position])) > 0
        others = [labels[other] for other, is_over in zip(near, over, strict=True) if is_over]
        covered.append(error("unit_covered", file=file, unit=labels[position], level=source.level.title, others=others))
    if covered:
        raise BoundaryError(covered)


def _tell_coverage(
    file: str, labels: list[str], shapes: np.ndarray, report: CoverageReport, findings: list[Finding]
) -> None:
    if report.changed:
        findings.append(hint("coverage_mended", file=file, overlap=float(report.overlap), gap=float(report.gap)))
    areas = shapely.area(shapes)
    for position, lost in sorted(report.overlaps.items(), key=lambda item: -item[1])[:20]:
        if lost > _SLIVER * (areas[position] + lost):
            findings.append(warning("overlap_large", file=file, unit=labels[position], square_metres=float(lost)))
    if report.gaps_left:
        findings.append(hint("gaps_left", file=file, count=report.gaps_left))


def _dissolved(source: LevelSource, finer: LoadedLevel) -> LoadedLevel:
    """A coarser level out of a finer one: same columns, joined by key."""
    if source.key is None and source.key_prefix:
        keys = [key[: source.key_prefix] for key in finer.keys]
        names = [source.names.get(key, key) for key in keys]
    else:
        keys, names = _keys_and_names(source, finer.columns, len(finer.keys), finer.file, [])
    for position, key in enumerate(keys):
        if not key:
            raise BoundaryError(
                error("key_empty", file=finer.file, feature=finer.keys[position], column=source.key or "–",
                      level=source.level.title)
            )  # fmt: skip
    if finer.level.parent == source.level.code and finer.source.parent.default:
        finer.parents = list(keys)
    whole = LoadedLevel(source, finer.file, keys, names, finer.shapes, finer.columns, crs=finer.crs)
    return _merge(whole, keys, [])


def _merge(loaded: LoadedLevel, keys: list[str], findings: list[Finding]) -> LoadedLevel:
    """Joins the rows with the same key; a column keeps its value where all rows of a key agree, else it is
    blank.
    """
    order = list(dict.fromkeys(keys))
    position = {key: number for number, key in enumerate(order)}
    groups = np.array([position[key] for key in keys])
    if len(order) < len(keys) and loaded.source.merge:
        findings.append(hint("parts_merged", file=loaded.file, count=len(keys) - len(order)))
        findings += _parts_apart(loaded, order, groups)
    names: dict[str, str] = {}
    for key, name in zip(keys, loaded.names, strict=True):
        if names.setdefault(key, name) != name:
            raise BoundaryError(
                error(
                    "names_differ",
                    file=loaded.file,
                    level=loaded.level.title,
                    key=key,
                    names=[names[key], name],
                )
            )
    columns = {name: _agreed(values, groups, len(order)) for name, values in loaded.columns.items()}
    shapes = dissolve(loaded.shapes, groups, len(order))
    ordered = [names[key] for key in order]
    return LoadedLevel(loaded.source, loaded.file, order, ordered, shapes, columns, crs=loaded.crs)


def _parts_apart(loaded: LoadedLevel, order: list[str], groups: np.ndarray) -> list[Finding]:
    """Parts that do not touch may be an exclave, or two places that were given one key by mistake."""
    apart = []
    for group in np.flatnonzero(np.bincount(groups) > 1):
        own = np.flatnonzero(groups == group)
        whole = shapely.union_all(loaded.shapes[own])
        parts = sum(shapely.get_num_geometries(loaded.shapes[own]))
        if parts == shapely.get_num_geometries(whole):
            apart.append(f"{order[group]} {loaded.names[own[0]]}")
    return [warning("parts_apart", file=loaded.file, units=apart)] if apart else []


def _agreed(values: list[str], groups: np.ndarray, count: int) -> list[str]:
    seen: list[set[str]] = [set() for _ in range(count)]
    for value, group in zip(values, groups.tolist(), strict=True):
        seen[group].add(value)
    return [next(iter(found)) if len(found) == 1 else "" for found in seen]


def _find_parents(loaded: LoadedLevel, levels: dict[str, LoadedLevel], findings: list[Finding]) -> None:
    code, rule = loaded.level.parent, loaded.source.parent
    if code is None:
        loaded.parents = [None] * len(loaded.keys)
        return
    above = levels[code]
    if rule.column:
        pad = above.source.pad
        loaded.parents = [p.zfill(pad) if pad and only_digits(p) else p for p in loaded.columns[rule.column]]
    elif rule.prefix:
        loaded.parents = [key[: rule.prefix] for key in loaded.keys]
    elif not loaded.parents and len(above.keys) == 1 and not rule.geometry:
        loaded.parents = [above.keys[0]] * len(loaded.keys)
    elif not loaded.parents:
        _parents_by_geometry(loaded, above, findings)


def _parents_by_geometry(loaded: LoadedLevel, above: LoadedLevel, findings: list[Finding]) -> None:
    partly: list[str] = []
    nowhere: list[str] = []
    lies_in = find_parents(loaded.shapes, above.shapes)
    for key, name, lies in zip(loaded.keys, loaded.names, lies_in, strict=True):
        if lies.share < _MOSTLY:
            (nowhere if lies.share < _HALF else partly).append(f"{key} {name} ({lies.share:.0%})")
        loaded.parents.append(above.keys[lies.parent] if lies.parent >= 0 else None)
    place = {"level": loaded.level.title, "parent_level": above.level.title}
    if nowhere:
        raise BoundaryError(error("parent_nowhere", file=loaded.file, units=nowhere, **place))
    if partly:
        findings.append(warning("parent_partly", units=partly, **place))


def _nest(ordered: Sequence[LoadedLevel], findings: list[Finding]) -> None:
    """Draws a level from its children where these fill it, so that the borders of both levels coincide."""
    for position in range(len(ordered) - 2, -1, -1):
        parent = ordered[position]
        children = [level for level in ordered if level.level.parent == parent.level.code]
        for child in children[-1:]:
            number = {key: i for i, key in enumerate(parent.keys)}
            groups = np.array([number[key or ""] for key in child.parents])
            if len(set(groups.tolist())) < len(parent.keys):
                continue
            joined = dissolve(child.shapes, groups, len(parent.keys))
            if bool(same_area(parent.shapes, joined).all()):
                if not parent.source.dissolve:
                    findings.append(hint("borders_from_finer", level=parent.level.title, finer=child.level.title))
                parent.shapes, parent.nested = joined, True


def _system(system_id: str, description: Description, levels: Sequence[LoadedLevel]) -> SpatialSystem:
    units = [
        Unit(loaded.level.code, key, name, parent or None)
        for loaded in levels
        for key, name, parent in zip(loaded.keys, loaded.names, loaded.parents, strict=True)
    ]
    return SpatialSystem(
        system_id,
        description.title,
        description.boundary_date,
        tuple(loaded.level for loaded in levels),
        tuple(units),
    )
