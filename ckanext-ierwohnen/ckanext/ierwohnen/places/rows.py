"""Reads the features of one layer: shapes, and the few columns that the description names, as text."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyogrio
import pyproj
import shapely

from ckanext.ierwohnen.look.numbers import only_digits
from ckanext.ierwohnen.places.findings import BoundaryError, Finding, error, hint, warning
from ckanext.ierwohnen.places.intake import GEOJSON, GEOPACKAGE, SHAPEFILE, Layer, Limits
from ckanext.ierwohnen.places.keys import as_key
from ckanext.ierwohnen.places.reprojection import conversion, mend_axes, settle_crs


@dataclass
class Rows:
    """Features of a layer: columns as text, shapes as delivered, in the layer's coordinate system."""

    file: str
    columns: dict[str, list[str]]
    shapes: np.ndarray
    crs: pyproj.CRS
    findings: list[Finding]

    def __len__(self) -> int:
        return len(self.shapes)

    def column(self, name: str, level: str) -> list[str]:
        """Values of a column; BoundaryError if the file has none of that name."""
        if name in self.columns:
            return self.columns[name]
        alike = [known for known in self.columns if known.casefold() == name.casefold()]
        if len(alike) == 1:
            return self.columns[alike[0]]
        raise BoundaryError(error("column_missing", file=self.file, level=level, column=name))


def choose_layer(layers: Sequence[Layer], file: str | None, layer: str | None, level: str) -> Layer:
    """The layer that a level's description means; BoundaryError with what there is if that is not exactly
    one.
    """
    fits = [
        found
        for found in layers
        if (file is None or file.casefold() in (found.file.casefold(), f"{found.layer}.shp".casefold()))
        and (layer is None or layer == found.layer)
    ]
    if len(fits) == 1:
        return fits[0]
    there = [f"{found.file}: {found.layer}" for found in layers]
    code = "layer_ambiguous" if fits else "layer_missing"
    raise BoundaryError(error(code, level=level, file=file or "–", layer=layer or "–", there=there))


def column_names(layer: Layer) -> list[str]:
    """Names of the columns of a layer; BoundaryError if the file cannot be read as what it looks like."""
    return [str(name) for name in _info(layer)["fields"]]


def read_rows(
    layer: Layer,
    wanted: Iterable[str],
    stated_crs: str | None = None,
    keep_axes: bool = False,
    limits: Limits | None = None,
) -> Rows:
    """Read a layer: only the wanted columns, coordinate system settled, axes mended.

    Raises BoundaryError: unreadable, too many features, a column missing (with those there are), no
    coordinate system, coordinates that cannot be in it.
    """
    limits = limits or Limits()
    info = _info(layer)
    if info["features"] > limits.features:
        raise BoundaryError(error("too_many_features", file=layer.file, limit=limits.features))
    if info["features"] == 0 or info["geometry_type"] is None:
        raise BoundaryError(error("no_features", file=layer.file, layer=layer.layer))
    chosen = _columns(layer, [str(name) for name in info["fields"]], sorted(set(wanted)))
    encoding = _encoding(layer)
    try:
        meta, _, wkb, values = pyogrio.raw.read(
            layer.path, layer=_gdal_layer(layer), columns=list(chosen.values()), encoding=encoding
        )
        shapes = shapely.from_wkb(wkb)
    except (
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
        ValueError,
        shapely.GEOSException,
    ) as p:
        raise BoundaryError(error("unreadable", file=layer.file)) from p
    _refuse_zeros(layer, set(chosen.values()))
    findings = [hint("encoding_guessed", file=layer.file, encoding=encoding)] if encoding else []
    if layer.curved:
        findings.append(hint("curves", file=layer.file))
    if not np.isfinite(shapely.total_bounds(shapes)).all():
        raise BoundaryError(error("no_features", file=layer.file, layer=layer.layer))
    settled = settle_crs(layer.file, layer.kind, info["crs"], stated_crs, tuple(shapely.total_bounds(shapes)))
    shapes, moved = mend_axes(shapes, settled.crs, layer.file, keep_axes)
    converted = conversion(settled.crs, layer.file)
    findings += [*settled.findings, *moved, *([converted] if converted else [])]
    # The driver answers in the file's order of columns, not in the order asked for.
    read = dict(zip((str(name) for name in meta["fields"]), values, strict=True))
    columns = {asked: [_text(value) for value in read[real]] for asked, real in chosen.items()}
    return Rows(layer.file, columns, shapes, settled.crs, findings)


def _refuse_zeros(layer: Layer, columns: set[str]) -> None:
    """Refuse texts with zero characters: the library that reads them would cut them off there, unsaid."""
    found = {GEOJSON: _zeros_of_geojson, GEOPACKAGE: _zeros_of_geopackage}.get(layer.kind, _no_zeros)(layer, columns)
    for number, column, value in found:
        shown = value.replace("\x00", "⟨U+0000⟩")
        raise BoundaryError(
            error("control_character", file=layer.file, level="–", feature=number, column=column, value=shown)
        )


def _no_zeros(layer: Layer, columns: set[str]) -> Iterator[tuple[int, str, str]]:
    """Shapefiles pad their texts with zero characters: there they mean nothing."""
    return iter(())


def _zeros_of_geojson(layer: Layer, columns: set[str]) -> Iterator[tuple[int, str, str]]:
    if not _holds(layer.path, b"\\u0000"):
        return
    features = json.loads(layer.path.read_bytes().decode("utf-8-sig")).get("features") or []
    for number, feature in enumerate(features, start=1):
        for column, value in (feature.get("properties") or {}).items():
            if column in columns and "\x00" in str(value):
                yield number, column, str(value)


def _zeros_of_geopackage(layer: Layer, columns: set[str]) -> Iterator[tuple[int, str, str]]:
    table = _identifier(layer.layer)
    with closing(sqlite3.connect(f"file:{layer.path}?mode=ro&immutable=1", uri=True)) as connection:
        connection.execute("PRAGMA trusted_schema = OFF")
        real = {str(name) for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")}
        for column in sorted(columns & real):  # not the feature's number, which is no column of texts
            name = _identifier(column)
            zero = f"typeof({name}) = 'text' AND instr(CAST({name} AS BLOB), x'00')"
            found = connection.execute(
                f"SELECT (SELECT count(*) FROM {table} AS above WHERE above.rowid <= this.rowid), CAST({name} AS BLOB)"
                f" FROM {table} AS this WHERE {zero} ORDER BY rowid LIMIT 1"
            ).fetchone()
            if found:
                yield found[0], column, bytes(found[1]).decode("utf-8", "replace")


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _holds(path: Path, wanted: bytes) -> bool:
    """Whether a file holds these bytes; read in pieces."""
    rest = b""
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            if wanted in rest + block:
                return True
            rest = block[-len(wanted) :]
    return False


def pad_keys(keys: list[str], width: int | None, file: str, column: str) -> tuple[list[str], list[Finding]]:
    """Keys with their leading zeros back if the description states a width; else a warning if some seem
    lost.
    """
    if width:
        padded = [key.zfill(width) if only_digits(key) else key for key in keys]
        count = sum(before != after for before, after in zip(keys, padded, strict=True))
        return padded, [hint("keys_padded", file=file, count=count, width=width)] if count else []
    lengths = {len(key) for key in keys if key}
    longest = max(lengths, default=0)
    if longest >= 4 and lengths == {longest, longest - 1} and all(only_digits(key) for key in keys if key):
        short = sum(len(key) < longest for key in keys)
        return keys, [warning("zeros_lost", file=file, column=column, count=short, width=longest)]
    return keys, []


def _info(layer: Layer) -> dict:
    try:
        # Without the exact count a file could claim fewer features than it has.
        info = pyogrio.read_info(
            layer.path, layer=_gdal_layer(layer), force_feature_count=True, encoding=_encoding(layer)
        )
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError) as problem:
        raise BoundaryError(error("unreadable", file=layer.file)) from problem
    if info["driver"] != layer.kind:
        raise BoundaryError(error("not_boundaries", file=layer.file))
    return info


def _gdal_layer(layer: Layer) -> str | int:
    return layer.layer if layer.kind == "GPKG" else 0


def _columns(layer: Layer, there: list[str], wanted: list[str]) -> dict[str, str]:
    """Asked name → real name, upper and lower case set aside where that is unambiguous."""
    chosen = {}
    for name in wanted:
        alike = [real for real in there if real == name] or [
            real for real in there if real.casefold() == name.casefold()
        ]
        if len(alike) != 1:
            raise BoundaryError(error("column_unknown", file=layer.file, column=name, there=there))
        chosen[name] = alike[0]
    return chosen


def _encoding(layer: Layer) -> str | None:
    """The character set of a shapefile's table that does not state it: UTF-8 if it is that, else
    Windows-1252.
    """
    if layer.kind != SHAPEFILE or layer.path.with_suffix(".cpg").exists():
        return None
    table = layer.path.with_suffix(".dbf").read_bytes()
    # The head holds binary numbers; its length stands in bytes 8 and 9. The 29th byte may state a character
    # set.
    body = table[int.from_bytes(table[8:10], "little") :]
    if len(table) < 32 or table[29] != 0 or body.isascii():
        return None
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "UTF-8"


def _text(value: object) -> str:
    if isinstance(value, np.generic):
        value = value.item()
    return as_key(value)
