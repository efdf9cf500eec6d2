"""Geometry over HTTP from the served portal: compressed, cached by ETag, coarser for smaller maps, borders shared."""

from __future__ import annotations

import gzip
import json
from itertools import pairwise
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
import shapely

DETAILS = ("full", "fine", "coarse")


@pytest.fixture
def ask(live_portal):
    """Asks for the quarters at a detail: status, headers, body as it went over the line."""

    def get(detail: str, **headers: str) -> tuple[int, dict, bytes]:
        url = f"{live_portal.url}/ierwohnen/geometry/raumgliederung-neuwald-2021/quarter/{detail}.geojson"
        try:
            with urlopen(Request(url, headers=headers)) as answer:
                return answer.status, dict(answer.headers), answer.read()
        except HTTPError as other:
            return other.code, dict(other.headers), other.read()

    return get


def edges(features: list[dict]) -> dict[tuple, int]:
    """Each edge, as the numbers stand in the file, and in how many units it is."""
    counted: dict[tuple, int] = {}
    for feature in features:
        for ring in shapely.get_rings(shapely.from_geojson(json.dumps(feature["geometry"]))):
            for ends in pairwise(map(tuple, shapely.get_coordinates(ring).tolist())):
                edge = tuple(sorted(ends))
                counted[edge] = counted.get(edge, 0) + 1
    return counted


def test_an_unchanged_geometry_is_not_sent_again(ask):
    status, headers, body = ask("fine", **{"Accept-Encoding": "gzip"})
    assert (status, headers["Content-Encoding"]) == (200, "gzip")
    again = ask("fine", **{"Accept-Encoding": "gzip", "If-None-Match": headers["ETag"]})
    assert (again[0], again[2]) == (304, b"")
    assert again[1]["ETag"] == headers["ETag"]
    assert ask("coarse", **{"If-None-Match": headers["ETag"]})[0] == 200
    assert len(body) < 0.6 * len(gzip.decompress(body))


def test_each_detail_is_smaller_and_neighbours_keep_one_border(ask):
    sizes = []
    for detail in DETAILS:
        _, _, body = ask(detail, **{"Accept-Encoding": "identity"})
        features = json.loads(body)["features"]
        counted = edges(features)
        assert set(counted.values()) == {1, 2}
        inner = [edge for edge, times in counted.items() if times == 2]
        shapes = [shapely.from_geojson(json.dumps(feature["geometry"])) for feature in features]
        # What stands in one unit only is the rim of all units together: no border is drawn twice, slightly apart.
        rim = sum(part.length for part in shapely.get_parts(shapely.boundary(shapely.union_all(shapes))))
        alone = sum(shapely.LineString(edge).length for edge in counted if counted[edge] == 1)
        assert alone == pytest.approx(rim, rel=1e-6) and inner
        sizes.append(len(body))
    assert sizes == sorted(sizes, reverse=True) and sizes[2] < sizes[0]
