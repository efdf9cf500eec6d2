"""The quarters of Neuwald an der Mulde, an invented city: what each is like at the end of 2025.

The table is the fixed point of the generator: geometry grows around the seeds, and the years before 2025 are
computed so that they end here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

CITY_KEY = "00"
CITY_NAME = "Neuwald an der Mulde"
CITY_AGS = "14999010"
FIRST_YEAR = 2014
LAST_YEAR = 2025


class Character(StrEnum):
    """What kind of place a quarter is; decides ages, moves, buildings and rents."""

    OLD_TOWN = "old_town"
    FOUNDERS = "founders"  # Gründerzeit blocks around the centre
    RIVERSIDE = "riverside"  # renewed and sought after
    SLABS = "slabs"  # large estates of the 1970s and 1980s
    MINERS = "miners"  # settlements of the 1930s and 1950s
    SUBURB = "suburb"
    NEW_EDGE = "new_edge"  # detached houses since 1990
    VILLAGE = "village"
    INDUSTRY = "industry"


@dataclass(frozen=True)
class Quarter:
    """One quarter (Stadtteil).

    ``x`` and ``y`` place its seed in kilometres east and north of the city's south-west corner; ``reach`` is the
    radius in kilometres that it claims for the city's outline. ``vacant_2014`` and ``vacant`` are dwellings empty
    at 31.12.2014 (share) and 31.12.2025 (count); ``rent`` is the median asking rent 2025 in €/m²;
    ``unemployed`` the share of unemployed in per cent of people aged 15 to 64 in 2025.
    """

    key: str
    name: str
    character: Character
    x: float
    y: float
    reach: float
    population: int
    dwellings: int
    vacant: int
    vacant_2014: float
    rent: float
    unemployed: float

    @property
    def district(self) -> str:
        """Key of the district: the first digit of the quarter's key."""
        return self.key[0]


DISTRICTS = {"1": "Mitte", "2": "Nord", "3": "Ost", "4": "Süd", "5": "West"}

_C = Character
QUARTERS: tuple[Quarter, ...] = (
    Quarter("11", "Altstadt", _C.OLD_TOWN, 6.13, 6.06, 0.9, 4180, 2730, 268, 0.118, 6.95, 5.9),
    Quarter("12", "Schlossvorstadt", _C.FOUNDERS, 4.81, 7.02, 0.9, 3810, 2310, 141, 0.079, 6.88, 5.1),
    Quarter("13", "Bahnhofsvorstadt", _C.FOUNDERS, 4.63, 5.52, 0.9, 5240, 3620, 514, 0.104, 5.84, 12.4),
    Quarter("14", "Muldeufer", _C.RIVERSIDE, 7.39, 6.85, 1.0, 3310, 1890, 98, 0.066, 8.05, 3.8),
    Quarter("15", "Nordvorstadt", _C.FOUNDERS, 6.18, 7.84, 1.0, 7480, 4790, 436, 0.109, 6.20, 7.7),
    Quarter("21", "Lerchenberg", _C.SUBURB, 4.65, 8.77, 1.1, 4890, 2540, 137, 0.058, 6.72, 4.2),
    Quarter("22", "Niederhain", _C.SUBURB, 6.60, 9.73, 1.4, 3440, 1720, 101, 0.071, 6.41, 4.6),
    Quarter("23", "Weißenbrunn", _C.VILLAGE, 4.56, 10.57, 1.5, 1740, 870, 35, 0.047, 6.05, 3.1),
    Quarter("24", "Heinrichshöhe", _C.NEW_EDGE, 2.88, 8.38, 1.4, 4960, 2390, 103, 0.045, 7.15, 2.9),
    Quarter("25", "Industriepark Nord", _C.INDUSTRY, 7.98, 10.27, 1.1, 172, 96, 6, 0.083, 5.60, 6.8),
    Quarter("31", "Oberneuwald", _C.SUBURB, 8.58, 8.16, 1.3, 5210, 2830, 187, 0.074, 6.38, 5.0),
    Quarter("32", "Auersiedlung", _C.MINERS, 8.19, 5.62, 1.2, 5119, 3160, 344, 0.093, 5.71, 8.6),
    Quarter("33", "Rosental", _C.VILLAGE, 10.26, 6.33, 1.4, 2540, 1310, 57, 0.049, 6.33, 3.4),
    Quarter("34", "Eckartsgrün", _C.VILLAGE, 9.96, 8.41, 1.0, 980, 480, 18, 0.044, 6.12, 2.8),
    Quarter("35", "Thalhof", _C.NEW_EDGE, 10.03, 3.97, 1.6, 2493, 1180, 52, 0.046, 6.84, 2.7),
    Quarter("41", "Neustadt-Süd", _C.SLABS, 5.97, 4.38, 1.1, 8910, 5640, 711, 0.158, 5.52, 10.7),
    Quarter("42", "Eichgrund", _C.SLABS, 7.56, 3.33, 1.4, 6230, 4480, 645, 0.197, 5.31, 13.1),
    Quarter("43", "Cainhof", _C.VILLAGE, 5.26, 1.84, 1.5, 2260, 1190, 48, 0.045, 6.27, 3.3),
    Quarter("44", "Silberhof", _C.VILLAGE, 7.63, 1.39, 1.3, 1330, 690, 17, 0.040, 6.18, 3.0),
    Quarter("45", "Schachtsiedlung", _C.MINERS, 4.29, 3.74, 1.1, 3840, 2290, 268, 0.088, 5.63, 9.4),
    Quarter("51", "Planhöhe", _C.SUBURB, 3.09, 6.27, 1.1, 4330, 2260, 113, 0.058, 6.66, 4.1),
    Quarter("52", "Marienau", _C.MINERS, 2.32, 4.65, 1.2, 5080, 2870, 235, 0.094, 5.98, 7.1),
    Quarter("53", "Hüttelsdorf", _C.VILLAGE, 1.33, 6.44, 1.2, 1350, 640, 21, 0.045, 6.40, 2.5),
    Quarter("54", "Königsholz", _C.VILLAGE, 2.63, 3.15, 1.0, 720, 340, 13, 0.041, 6.15, 2.6),
)

BY_KEY = {quarter.key: quarter for quarter in QUARTERS}

# Until the end of 2020 there was one more quarter. Its area went to two neighbours: the circle below is cut
# out of them for the boundary date 2015.
FORMER_KEY, FORMER_NAME, FORMER_DISTRICT = "26", "Schachthalden", "4"
FORMER_CENTRE, FORMER_RADIUS = (4.62, 2.99), 0.75
FORMER_HEIRS = ("45", "43")
