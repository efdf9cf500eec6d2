"""A published table joined with the geometry of its units: GeoJSON (RFC 7946) and GeoPackage, one feature for each row.

A row that is no unit of the level (the city's total, what could not be assigned) is kept, without geometry: nothing
that was published is dropped.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

import pandas as pd
import pyarrow as pa
import pyogrio
import shapely
from shapely.geometry import shape

from ckanext.ierwohnen.tables.exports.columnar import schema, typed_batches
from ckanext.ierwohnen.tables.exports.package import signs_of
from ckanext.ierwohnen.tables.exports.published import NUMERIC, Kind, OutOfRange, PublishedTable, kind_of
from ckanext.ierwohnen.tables.exports.words import headings, say

MOST_BYTES = 512 << 20
GEOMETRY = "geometry"


def expected_bytes(table: PublishedTable, features: Mapping[str, Any]) -> int:
    """About how large the table gets with a geometry at each row."""
    shapes = features["features"]
    mean = sum(_points(one.get("geometry")) for one in shapes) * 40 / max(len(shapes), 1)
    return int(table.rows * (mean + 40 * len(table.columns)))


def _points(geometry: Any) -> int:
    return int(shapely.get_num_coordinates(shape(geometry))) if geometry else 0


def write_geojson(table: PublishedTable, out: BinaryIO, features: Mapping[str, Any]) -> None:
    """Write a FeatureCollection: properties are the columns, numbers as published digit by digit.

    Beside the features it carries `about` and `signs`, which programs that do not know them skip.
    """
    texts = {str(one["id"]): _compact(one.get("geometry")) for one in features["features"]}
    about = {name: text for name, text in asdict(table.about).items() if text}
    head = f'"about":{_compact(about)},"signs":{_compact(signs_of(table.columns))}'
    out.write(f'{{"type":"FeatureCollection",{head},"features":['.encode())
    joint = "\n"
    for row in _rows(table):
        geometry = texts.get(row[0] or "", "null")
        out.write(f'{joint}{{"type":"Feature","geometry":{geometry},"properties":{{{row[1]}}}}}'.encode())
        joint = ",\n"
    out.write(b"\n]}\n")


def _rows(table: PublishedTable) -> Iterator[tuple[str | None, str]]:
    """The key of each row, and its properties as JSON."""
    key = _key(table)
    names = [_compact(name) for name in table.names]
    plain = [kind_of(one) in (*NUMERIC, Kind.BOOLEAN) for one in table.columns]
    for batch in table.safe_batches():
        keys = batch.column(key).to_pylist()
        columns = [batch.column(name).to_pylist() for name in table.names]
        for place, cells in enumerate(zip(*columns, strict=True)):
            members = (
                f"{name}:{'null' if cell is None else cell if is_plain else _compact(cell)}"
                for name, cell, is_plain in zip(names, cells, plain, strict=True)
            )
            yield keys[place], ",".join(members)


def write_geopackage(table: PublishedTable, path: Path, features: Mapping[str, Any], locale: str = "de") -> None:
    """Write a GeoPackage: a layer of the rows with their units' borders (EPSG:4326), tables of columns and signs."""
    shapes = {str(one["id"]): _multi(one.get("geometry")) for one in features["features"]}
    layer = say("sheet_data", locale)
    fields = [*schema(table), pa.field(_geometry_name(table), pa.binary())]
    key = _key(table)

    failures: list[OutOfRange] = []  # GDAL says only that something went wrong

    def joined() -> Iterator[pa.RecordBatch]:
        try:
            for batch in typed_batches(table):
                borders = pa.array([shapes.get(one or "") for one in batch.column(key).to_pylist()], pa.binary())
                yield pa.RecordBatch.from_arrays([*batch.columns, borders], schema=pa.schema(fields))
        except OutOfRange as error:
            failures.append(error)
            raise

    try:
        pyogrio.write_arrow(
            pa.RecordBatchReader.from_batches(pa.schema(fields), joined()), path, layer=layer, driver="GPKG",
            geometry_name=_geometry_name(table), geometry_type="MultiPolygon", crs="EPSG:4326",
            dataset_metadata={name.upper(): text for name, text in asdict(table.about).items() if text},
        )  # fmt: skip
    except RuntimeError as error:
        raise (failures or [error])[0] from None
    heads = headings(table.columns, locale)
    columns = pd.DataFrame(
        {
            say("name", locale): table.names,
            say("column", locale): heads,
            say("role", locale): [say(f"role_{one.role}", locale) for one in table.columns],
            say("unit", locale): [one.unit or "" for one in table.columns],
            say("notes", locale): [one.notes for one in table.columns],
        }
    )
    pyogrio.write_dataframe(columns, path, layer=say("sheet_columns", locale), driver="GPKG", append=False)
    signs = pd.DataFrame(signs_of(table.columns, every=True))
    pyogrio.write_dataframe(signs, path, layer=say("sheet_signs", locale), driver="GPKG", append=False)


def _key(table: PublishedTable) -> str:
    key = table.key()
    assert key is not None, "the caller has asked for the key's geometry before"
    return key.name


def _geometry_name(table: PublishedTable) -> str:
    taken = {name.casefold() for name in table.names}
    return next(name for name in (GEOMETRY, "geom", "iw_geometry") if name not in taken)


def _multi(geometry: Any) -> bytes | None:
    if not geometry:
        return None
    border = shape(geometry)
    if border.geom_type == "Polygon":
        border = shapely.MultiPolygon([border])
    return bytes(shapely.to_wkb(border))


def _compact(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))
