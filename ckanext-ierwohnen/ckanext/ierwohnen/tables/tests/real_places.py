"""Levels of the real cities in the folder of real data, as the places room would give them."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path

from ckanext.ierwohnen.places.keys import LevelKeys

# system, level, title, boundary date, file, property of the key, property of the name
_LEVELS = (
    ("berlin-2021", "plr", "Planungsraum", date(2021, 1, 1), "lor_plr_2021_wgs84_simpl3m", "PLR_ID", "PLR_NAME"),
    ("berlin-2021", "bzr", "Bezirksregion", date(2021, 1, 1), "lor_bzr_2021_wgs84_simpl3m", "BZR_ID", "BZR_NAME"),
    ("berlin-2021", "pgr", "Prognoseraum", date(2021, 1, 1), "lor_pgr_2021_wgs84_simpl3m", "PGR_ID", "PGR_NAME"),
    (
        "berlin-2006",
        "plr",
        "Planungsraum",
        date(2006, 6, 14),
        "lor_plr_pre2021_wgs84_simpl3m",
        "broker Dow",
        "PLANUNGSRA",
    ),
    ("jena", "statbez", "statistischer Bezirk", date(2006, 1, 1), "jena/statbez", "id", "statbez_name"),
    ("jena", "ortsteil", "Ortsteil", date(2006, 1, 1), "jena/ortsteile", "id", "name"),
    (
        "munich",
        "district",
        "Viertel",
        date(1999, 1, 1),
        "munich_rent/derived/rent99_districts_localcrs",
        "district",
        "district",
    ),
)


def real_levels(data: Path) -> list[LevelKeys]:
    """All levels whose keys come with the real data."""
    levels = []
    for system, level, title, day, name, key, label in _LEVELS:
        path = data / (f"{name}.geojson" if "/" in name else f"berlin_lor/derived/{name}.geojson")
        features = json.loads(path.read_text("utf-8"))["features"]
        units = {str(f["properties"][key]): str(f["properties"][label]) for f in features}
        levels.append(LevelKeys(system, level, title, day, units))
    districts = {}
    with (data / "berlin_lor/LOR_2021_hierarchie.csv").open(encoding="utf-8-sig") as stream:
        for row in csv.DictReader(stream):
            districts[row["Planungsraum (Nummer)"][:2]] = row["Bezirk"]
    return [*levels, LevelKeys("berlin-2021", "bez", "Bezirk", date(2021, 1, 1), districts)]
