"""The map: every unit once, in the colour of its class, with a name that can be read and said."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from itertools import combinations

import pytest
import shapely

from ckanext.ierwohnen.previews import palette
from ckanext.ierwohnen.previews.alternative import map_words
from ckanext.ierwohnen.previews.choropleth import classed_map, map_svg
from ckanext.ierwohnen.previews.classes import Wish
from ckanext.ierwohnen.previews.ground import LABEL_SIZE, NoGeometry, make_ground
from ckanext.ierwohnen.previews.labels import LINE, broken
from ckanext.ierwohnen.previews.picture import map_picture
from ckanext.ierwohnen.previews.tests.pictures import assert_same_picture, assert_same_svg
from ckanext.ierwohnen.previews.tests.town import NAMES, town, town_readings
from ckanext.ierwohnen.previews.type_width import text_width

SVG = "{http://www.w3.org/2000/svg}"
WISH = Wish(breaks=(5, 7, 10, 12.5), precision=1)


@pytest.fixture(scope="module")
def drawn():
    return classed_map(make_ground(town()), town_readings(), wish=WISH, unit="%")


def parsed(drawn, **options):
    return ET.fromstring(map_svg(drawn, alternative="Karte", **options))


def test_every_unit_is_drawn_once_in_the_colour_of_its_class(drawn):
    paths = parsed(drawn).findall(f"{SVG}g[@class='iw-units']/{SVG}path")
    assert len(paths) == len(NAMES)
    for path, index in zip(paths, drawn.classification.index_of, strict=True):
        one = drawn.classification.classes[index]
        assert path.get("fill") == (one.colour if one.kind == "value" or one.kind == "none" else "url(#map-hatch)")


def test_titles_name_the_unit_and_its_figure_or_sign(drawn):
    titles = [title.text for title in parsed(drawn).iter(f"{SVG}title")]
    assert titles[0] == "Altstadt: 9,8\u202f%"
    assert titles[3] == "Dreieichen: geschützt"
    assert titles[10] == "Königsholz: folgt später"


def test_links_make_units_stops_of_the_keyboard_with_a_name(drawn):
    root = parsed(drawn, link=lambda key: f"?unit={key}&a=b", selected="05")
    links = root.findall(f".//{SVG}a")
    assert [link.get("href") for link in links][:2] == ["?unit=01&a=b", "?unit=02&a=b"]
    assert [link.get("data-key") for link in links if link.get("aria-current")] == ["05"]
    assert links[3].get("data-sign") == "." and links[3].get("aria-label") == "Dreieichen: geschützt"
    assert root.get("role") == "group"


def test_without_links_it_is_one_image(drawn):
    assert parsed(drawn).get("role") == "img"


def test_a_number_under_a_sign_is_not_in_the_picture():
    readings = {**town_readings(), "04": (88888.5, "secret")}
    drawn = classed_map(make_ground(town()), readings, wish=WISH)
    assert "88888" not in map_svg(drawn, alternative="")


def test_the_selection_is_ink_on_white(drawn):
    outline = parsed(drawn, selected="05").findall(f"{SVG}g[@class='iw-chosen']/{SVG}path")
    assert [path.get("stroke") for path in outline] == [palette.WHITE, palette.INK]
    assert not parsed(drawn, selected="99").findall(f"{SVG}g[@class='iw-chosen']/{SVG}path")


def test_names_do_not_cover_each_other_and_lie_mostly_in_their_unit(drawn):
    ground = drawn.ground
    boxes = {}
    for unit in ground.units:
        if unit.key in ground.labels:
            label = ground.labels[unit.key]
            wide = max(text_width(line, LABEL_SIZE) for line in label.lines)
            high = LABEL_SIZE * LINE * len(label.lines)
            boxes[unit.key] = shapely.box(
                label.x - wide / 2, label.y - high / 2, label.x + wide / 2, label.y + high / 2
            )
            assert boxes[unit.key].intersection(unit.shape).area >= 0.75 * boxes[unit.key].area
    assert len(boxes) >= 10
    assert not any(one.intersects(other) for one, other in combinations(boxes.values(), 2))


def test_shared_borders_stay_shared():
    ground = make_ground(town())
    shapes = [unit.shape for unit in ground.units]
    assert shapely.union_all(shapes).area == pytest.approx(sum(shape.area for shape in shapes), rel=1e-4)


def test_parents_have_a_border_each():
    assert len(make_ground(town()).parent_borders) == 3


def test_the_projection_keeps_shape():
    ground = make_ground(town(), 400)
    assert ground.width == 400
    # 0.04° of longitude at 50.991° N against 0.018° of latitude
    assert (ground.width - 10) / (ground.height - 10) == pytest.approx(0.04 * 0.62945 / 0.018, rel=1e-3)


def test_long_names_break_at_a_space_or_before_a_known_ending():
    assert broken("Industriepark Nord") == ("Industriepark", "Nord")
    assert broken("Bahnhofsvorstadt") == ("Bahnhofs-", "vorstadt")
    assert broken("Grünau") is None


def test_nothing_to_draw_is_said():
    with pytest.raises(NoGeometry):
        make_ground({"type": "FeatureCollection", "features": []})


def test_the_text_alternative_is_made_from_the_data(drawn):
    named = [(unit.name, figure) for unit, figure in zip(drawn.ground.units, drawn.figures, strict=True)]
    assert map_words("Leerstandsquote nach Stadtteilen", named) == (
        "Karte: Leerstandsquote nach Stadtteilen. Höchster Wert: Eichgrund mit 14,4\u202f%. "
        "Niedrigster Wert: Cainhof mit 4,0\u202f%. 9 von 12 haben einen Wert. 2 geschützt. 1 ohne Wert."
    )
    assert map_words("Vacancy", named[:1], "en").startswith("Map: Vacancy. Highest value: Altstadt with")
    assert map_words("Leer", [("A", drawn.figures[3])]) == "Karte: Leer. Kein Wert vorhanden. 1 geschützt."


def test_hostile_names_stay_text():
    collection = town()
    collection["features"][0]["properties"]["name"] = '"><script>alert(1)</script>'
    drawn = classed_map(make_ground(collection), town_readings(), wish=WISH)
    root = ET.fromstring(map_svg(drawn, alternative='"<&', link=lambda key: "?a=<b>"))
    assert not [element for element in root.iter() if element.tag.endswith("script")]


def picture(drawn):
    return map_picture(
        drawn, title="Leerstandsquote nach Stadtteilen, 31.12.2025", sub="Leere Wohnungen · Gebietsstand 2021",
        unit_word="Prozent", source="Fachstelle Statistik", alternative="Karte", selected="05",
    )  # fmt: skip


def test_the_picture_is_the_golden_one(drawn):
    assert_same_svg(picture(drawn), "map.svg")
    assert_same_picture(picture(drawn), "map")
