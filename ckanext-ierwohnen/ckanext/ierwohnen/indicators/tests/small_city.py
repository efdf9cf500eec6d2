"""A spatial system to test with: one city, districts A and B, quarters 01 to 04, loaded by the places room's action."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

import geopandas as gpd
import yaml
from ckan.tests.helpers import call_action
from shapely import box
from werkzeug.datastructures import FileStorage

QUARTERS = {"01": "A", "02": "A", "03": "B", "04": "B"}


def make_city(user: str, org: str, name: str, quarters: dict[str, str] | None = None) -> None:
    """Create the dataset and load its boundaries.

    :param quarters: key of each quarter's district, A or B
    """
    call_action(
        "package_create", {"user": user}, type="spatial-system", name=name, title="Gliederung", owner_org=org,
        boundary_date="2021-01-01",
    )  # fmt: skip
    upload = FileStorage(io.BytesIO(_geopackage(quarters or QUARTERS)), filename="grenzen.gpkg")
    call_action("ierwohnen_spatial_system_load", {"user": user}, id=name, upload=upload, description=_description())


def _geopackage(quarters: dict[str, str]) -> bytes:
    x, y = 700_000, 5_650_000
    squares = {q: box(x + 1000 * i, y, x + 1000 * (i + 1), y + 1000) for i, q in enumerate(quarters)}
    layers = {
        "city": {"0": (box(x, y, x + 4000, y + 1000), "Neuwald", None)},
        "district": {
            "A": (box(x, y, x + 2000, y + 1000), "Bezirk A", "0"),
            "B": (box(x + 2000, y, x + 4000, y + 1000), "Bezirk B", "0"),
        },
        "quarter": {q: (shape, f"Stadtteil {q}", quarters[q]) for q, shape in squares.items()},
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "grenzen.gpkg"
        for layer, units in layers.items():
            frame = gpd.GeoDataFrame(
                {
                    "key": list(units),
                    "name": [u[1] for u in units.values()],
                    "parent": [u[2] for u in units.values()],
                },
                geometry=[u[0] for u in units.values()],
                crs=25832,
            )
            frame.to_file(path, layer=layer, driver="GPKG", engine="pyogrio")
        return path.read_bytes()


def _description() -> str:
    def level(code: str, title: str, parent: str | None) -> dict:
        told = {"code": code, "title": title, "layer": code, "key": "key", "name": "name"}
        return told | ({"parent": {"level": parent, "column": "parent"}} if parent else {})

    levels = [
        level("city", "Stadt", None),
        level("district", "Bezirk", "city"),
        level("quarter", "Stadtteil", "district"),
    ]
    return yaml.safe_dump({"title": "Gliederung", "boundary_date": "2021-01-01", "levels": levels}, allow_unicode=True)
