"""Takes in boundary files safely: what they are, how large they may be, and what of a zip is unpacked.

Only GeoJSON, GeoPackage and zipped shapefiles come through. The kind is told by content, not by name, and the
file is handed on under a name and path of our own, so that GDAL opens it with the one driver meant.
"""

from __future__ import annotations

import shutil
import sqlite3
import stat
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ckanext.ierwohnen.places.findings import BoundaryError, error

GEOJSON, GEOPACKAGE, SHAPEFILE = "GeoJSON", "GPKG", "ESRI Shapefile"
_SHAPE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_SINGLE = {".geojson": GEOJSON, ".json": GEOJSON, ".gpkg": GEOPACKAGE}


@dataclass(frozen=True)
class Limits:
    """What is accepted: bytes of a file, bytes unpacked, how much a zip may unfold, entries, features."""

    file_bytes: int = 200_000_000
    unpacked_bytes: int = 600_000_000
    ratio: int = 200
    entries: int = 500
    features: int = 100_000


@dataclass(frozen=True)
class Layer:
    """One readable layer: ``file`` is the name the office gave, ``path`` where it lies now.

    ``curved`` tells that its shapes may hold arcs, which are read as short straight lines.
    """

    file: str
    layer: str
    path: Path
    kind: str
    curved: bool = False


def take_in(files: Iterable[tuple[str, Path]], folder: Path, limits: Limits | None = None) -> list[Layer]:
    """Check files (name, path on disk) and list their layers; zips are unpacked below ``folder``.

    Raises BoundaryError that names each refused file and the remedy. Memory stays small: files are streamed.
    """
    limits = limits or Limits()
    layers: list[Layer] = []
    findings = []
    for number, (name, path) in enumerate(files):
        try:
            layers += _take_in_one(name, path, folder / str(number), limits)
        except BoundaryError as refused:
            findings += refused.findings
    if findings:
        raise BoundaryError(findings)
    if not layers:
        raise BoundaryError(error("no_files"))
    return layers


def _take_in_one(name: str, path: Path, folder: Path, limits: Limits) -> list[Layer]:
    size = path.stat().st_size
    if size == 0:
        raise BoundaryError(error("file_empty", file=name))
    if size > limits.file_bytes:
        raise BoundaryError(error("file_too_large", file=name, limit=limits.file_bytes // 1_000_000))
    folder.mkdir(parents=True, exist_ok=True)
    with path.open("rb") as source:
        head = source.read(512)
    if head.startswith(b"PK\x03\x04"):
        return _take_in_zip(name, path, folder, limits)
    kind = _kind_of(head)
    if kind is None:
        raise BoundaryError(error("not_boundaries", file=name))
    target = folder / ("boundaries.gpkg" if kind == GEOPACKAGE else "boundaries.geojson")
    shutil.copyfile(path, target)
    return _single(name, target, kind)


def _kind_of(head: bytes) -> str | None:
    if head.startswith(b"SQLite format 3\x00"):
        return GEOPACKAGE
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return GEOJSON if text.startswith(b"{") else None


def _single(name: str, path: Path, kind: str) -> list[Layer]:
    stem = PurePosixPath(name).stem
    if kind == GEOJSON:
        return [Layer(name, stem, path, kind)]
    return [Layer(name, table, path, kind, curved) for table, curved in _feature_tables(name, path)]


def _feature_tables(name: str, path: Path) -> list[tuple[str, bool]]:
    """Feature tables of a GeoPackage; refuses views and virtual tables, through which foreign code could be
    reached.
    """
    try:
        # Closing matters: the connection's own context manager only commits.
        connection = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
        try:
            connection.execute("PRAGMA trusted_schema = OFF")
            made = connection.execute("SELECT name, type, coalesce(sql, '') FROM sqlite_master").fetchall()
            listed = connection.execute(
                "SELECT table_name, upper(geometry_type_name) FROM gpkg_contents JOIN gpkg_geometry_columns"
                " USING (table_name) WHERE data_type = 'features' ORDER BY table_name"
            ).fetchall()
        finally:
            connection.close()
    except sqlite3.Error as problem:
        raise BoundaryError(error("not_geopackage", file=name)) from problem
    plain = {table for table, kind, sql in made if kind == "table" and "virtual" not in sql.lower()[:20]}
    for table, kind, sql in made:
        virtual = "virtual table" in sql.lower() and "using rtree" not in sql.lower()
        if virtual or (kind == "view" and table in {name for name, _ in listed}):
            raise BoundaryError(error("geopackage_unsafe", file=name, table=table))
    tables = [(str(table), "CURVE" in shape or "SURFACE" in shape) for table, shape in listed if table in plain]
    if not tables:
        raise BoundaryError(error("no_layers", file=name))
    return tables


def _take_in_zip(name: str, path: Path, folder: Path, limits: Limits) -> list[Layer]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = _checked_members(name, archive, limits)
            return _unpack(name, archive, members, folder, limits)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError, OSError) as problem:
        raise BoundaryError(error("zip_broken", file=name)) from problem


def _checked_members(name: str, archive: zipfile.ZipFile, limits: Limits) -> list[zipfile.ZipInfo]:
    infos = archive.infolist()
    if len(infos) > limits.entries:
        raise BoundaryError(error("zip_entries", file=name, limit=limits.entries))
    files = [info for info in infos if not info.is_dir()]
    for info in files:
        parts = PurePosixPath(info.filename.replace("\\", "/")).parts
        if info.filename.startswith(("/", "\\")) or ".." in parts or ":" in info.filename:
            raise BoundaryError(error("zip_path", file=name, entry=info.filename))
        if stat.S_ISLNK(info.external_attr >> 16):
            raise BoundaryError(error("zip_path", file=name, entry=info.filename))
        if info.flag_bits & 0x1:
            raise BoundaryError(error("zip_locked", file=name))
        if info.file_size > 1_000_000 and info.file_size > limits.ratio * max(1, info.compress_size):
            raise BoundaryError(error("zip_bomb", file=name, entry=info.filename))
    if sum(info.file_size for info in files) > limits.unpacked_bytes:
        raise BoundaryError(error("zip_bomb", file=name, entry=""))
    return files


def _unpack(
    name: str, archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], folder: Path, limits: Limits
) -> list[Layer]:
    """Unpacks only what belongs to boundaries, under names of our own."""
    left = limits.unpacked_bytes
    layers: list[Layer] = []
    shapes = [info for info in members if info.filename.lower().endswith(".shp")]
    for number, shape in enumerate(shapes):
        stem = shape.filename[:-4]
        parts = [i for i in members if i.filename[:-4] == stem and i.filename[-4:].lower() in _SHAPE_PARTS]
        for part in parts:
            target = folder / f"shape{number}{part.filename[-4:].lower()}"
            left -= _copy_member(name, archive, part, target, left)
        layers.append(_shapefile(name, stem, folder / f"shape{number}.shp"))
    for number, info in enumerate(members):
        kind = _SINGLE.get(PurePosixPath(info.filename).suffix.lower())
        if kind is not None and not shapes:
            target = folder / f"single{number}{'.gpkg' if kind == GEOPACKAGE else '.geojson'}"
            left -= _copy_member(name, archive, info, target, left)
            inner = PurePosixPath(info.filename).name
            with target.open("rb") as source:
                if _kind_of(source.read(512)) != kind:
                    raise BoundaryError(error("not_boundaries", file=f"{name}/{inner}"))
            layers += _single(inner, target, kind)
    if not layers:
        raise BoundaryError(error("zip_without_boundaries", file=name))
    return layers


def _shapefile(name: str, stem: str, path: Path) -> Layer:
    missing = [suffix for suffix in (".shx", ".dbf") if not path.with_suffix(suffix).exists()]
    if missing:
        raise BoundaryError(error("shape_parts", file=name, layer=PurePosixPath(stem).name, missing=missing))
    return Layer(name, PurePosixPath(stem.replace("\\", "/")).name, path, SHAPEFILE)


def _copy_member(name: str, archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, left: int) -> int:
    """Copies one member and counts what really comes out: sizes in a zip's directory may lie."""
    written = 0
    with archive.open(info) as source, target.open("wb") as sink:
        while block := source.read(1 << 20):
            written += len(block)
            if written > min(left, info.file_size):
                raise BoundaryError(error("zip_bomb", file=name, entry=info.filename))
            sink.write(block)
    return written
