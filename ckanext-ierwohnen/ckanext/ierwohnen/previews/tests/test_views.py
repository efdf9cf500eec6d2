"""Figures by address and as resource views, in the real portal: who sees them, what they hold, what caches may keep."""

from __future__ import annotations

import csv
import io
import re
import xml.etree.ElementTree as ET
from typing import Any

import pytest

from ckanext.ierwohnen.previews.tests.conftest import FIELDS, act, records, stored

pytestmark = pytest.mark.usefixtures("with_plugins")


@pytest.fixture(scope="module")
def made() -> dict[str, dict[str, Any]]:
    """What the first test of this module made and the others look at."""
    return {}


@pytest.fixture
def town(request, made):
    """Table, foreign table, dataset and boundaries, made once: these tests add to them, but change nothing."""
    for name in ("boundaries", "dataset", "table", "foreign"):
        if name not in made:
            made[name] = request.getfixturevalue(f"new_{name}")
    return made


@pytest.fixture
def table(town):
    return town["table"]


INDICATOR = {"id": "indicator/vacancy_rate"}


@pytest.fixture(params=["table", "indicator"])
def subject(request, table):
    """What figures are of: a table, and an indicator that it tells; both by the same kind of address."""
    return table if request.param == "table" else INDICATOR


@pytest.fixture
def foreign(town):
    return town["foreign"]


@pytest.fixture
def dataset(town):
    return town["dataset"]


class TestPictures:
    def test_the_map_as_svg_says_what_is_seen(self, at, subject):
        answer = at(subject, "map.svg")
        assert answer.content_type.startswith("image/svg+xml")
        root = ET.fromstring(answer.body)
        assert root.get("aria-label").startswith(
            "Karte: Leerstandsquote nach Stadtteilen, 31.12.2025. Höchster Wert: Eichgrund"
        )
        assert "sandbox" in answer.headers["Content-Security-Policy"]

    def test_the_address_chooses_indicator_and_date(self, at, table):
        label = ET.fromstring(at(table, "map.svg", indicator="dwellings", period="2023-12-31").body).get("aria-label")
        assert "Wohnungen nach Stadtteilen, 31.12.2023" in label
        assert "Lerchenberg mit 2\u202f100" in label

    def test_a_date_that_no_value_has_is_said_and_has_no_picture(self, at, subject):
        for name in ("map.svg", "chart.png", "table.tsv"):
            at(subject, name, period="2019-12-31", status=404)
        body = at(subject, "embed", period="2019-12-31").body
        assert "Für 31.12.2019 liegen keine Werte vor; gezeigt sind die für 31.12.2025." in body
        assert "period=2019" not in body
        assert "liegen keine Werte vor" not in at(subject, "embed", period="2024").body
        assert "Für &lt;b&gt; liegen" in at(subject, "embed", period="<b>").body

    def test_map_and_chart_as_png(self, at, table):
        for name in ("map.png", "chart.png"):
            answer = at(table, name)
            assert answer.content_type == "image/png"
            assert answer.get_data()[:8] == b"\x89PNG\r\n\x1a\n"

    def test_the_chart_as_svg_has_the_town_and_the_chosen_unit(self, at, table):
        label = ET.fromstring(at(table, "chart.svg", unit="06").body).get("aria-label")
        assert "Förstersiedlung: von 5,5" in label and "insgesamt" in label

    def test_english_has_english_words_and_numbers(self, app, table):
        root = ET.fromstring(app.get(f"/en/ierwohnen/figure/{table['id']}/map.svg").body)
        assert root.get("aria-label").startswith("Map: Vacancy rate by quarters, 31 December 2025. Highest value:")

    def test_a_figure_that_is_not_possible_is_not_found(self, at, foreign):
        at(foreign, "map.svg", status=404)

    def test_a_table_that_nobody_described_has_a_course_over_its_years(self, at, foreign):
        label = ET.fromstring(at(foreign, "chart.svg").body).get("aria-label")
        assert label.startswith("Liniendiagramm: %,x: gestiegen von 0 (1900) auf 28,625 (2129).")
        assert "z0</td>" in at(foreign).body, "the rows stand below"


class TestMoreFigures:
    @pytest.mark.parametrize("kind", ["course", "ranking", "change", "multiples", "scatter"])
    def test_each_kind_of_chart_has_an_address(self, at, table, kind):
        label = ET.fromstring(at(table, "chart.svg", chart=kind).body).get("aria-label")
        begin = {"course": "Liniendiagramm", "ranking": "Balkendiagramm", "change": "Punktdiagramm",
                 "multiples": "Liniendiagramm", "scatter": "Streudiagramm"}  # fmt: skip
        assert label.startswith(begin[kind])
        drawn, _, left_out = label.partition("; ohne Wert für ")
        if kind in ("change", "scatter"):
            assert "Dreieichen" not in drawn and "Dreieichen" in left_out, "a protected unit is not drawn, and named"

    def test_an_unknown_kind_is_not_asked(self, at, table):
        assert at(table, "chart.svg", chart="torte").body == at(table, "chart.svg").body

    @pytest.mark.parametrize("name", ["map", "chart"])
    def test_each_figure_comes_as_pdf(self, at, table, name):
        answer = at(table, f"{name}.pdf")
        assert answer.content_type.startswith("application/pdf") and answer.get_data().startswith(b"%PDF-")

    def test_two_dates_stand_beside_each_other(self, at, table, subject):
        label = ET.fromstring(at(subject, "map.svg", compare="2023-12-31").body).get("aria-label")
        assert "31.12.2025. Höchster Wert" in label and "31.12.2023. Höchster Wert" in label
        page = at(table, "preview", here="/x", compare="2023-12-31").body
        assert page.count('class="iw-map"') == 2 and "31.12.2023" in page
        assert at(table, "preview", here="/x", compare="1999-12-31").body.count('class="iw-map"') == 1


class TestEmbedding:
    def test_a_public_figure_stands_on_a_light_page_for_any_site(self, at, subject):
        answer = at(subject, "embed/map")
        policy = answer.headers["Content-Security-Policy"]
        assert "frame-ancestors *" in policy and "script-src 'self';" in policy
        assert "X-Frame-Options" not in answer.headers
        assert "Quelle: " in answer.body and "Leerstand in Musterstadt" in at(subject, "embed/table").body
        assert 'class="iw-map"' in answer.body and "navbar" not in answer.body and "Herunterladen" not in answer.body


class TestValues:
    def test_csv_has_every_date_and_keeps_signs(self, at, table):
        rows = list(csv.reader(io.StringIO(at(table, "table.csv").get_data().decode("utf-8-sig")), delimiter=";"))
        assert rows[0] == ["Schlüssel", "Raumeinheit", "Zeitraum", "Leerstandsquote", "Status", "Quelle und Lizenz"]
        assert len(rows) == 1 + 3 * 13
        assert ["01", "Altstadt", "2025-12-31", "9,8", "ok"] in [row[:5] for row in rows]
        assert ["04", "Dreieichen", "2025-12-31", "", "secret"] in [row[:5] for row in rows]
        assert all("Leerstand in Musterstadt" in row[5] for row in rows[1:])


class TestPage:
    def test_the_page_has_map_trend_and_controls_without_scripts(self, at, table):
        body = at(table).body
        assert body.count('<a data-key="') == 12
        assert "Karte und Verlauf" in body and "Leerstandsquote, Stadt insgesamt: 8,7\u202f% am Anfang (2023)" in body
        assert '<option value="vacancy_rate" selected>Leerstandsquote (%)</option>' in body
        assert 'action="/ierwohnen/figure/' in body and "geschützt ( . )" in body

    def test_a_chosen_unit_shows_its_figures(self, at, table):
        body = at(table, unit="05").body
        assert '<div class="iw-unit-facts"><p class="iw-label">Eichgrund</p>' in body
        assert "14,4\u202f%" in body and "+0,3 Prozentp." in body.replace("\n", "")

    def test_the_table_explains_signs_and_sorts_by_link(self, at, table):
        body = at(table, view="table", sort="-vacancy_rate").body
        names = re.findall(r'<th scope="row"[^>]*>(?:<a [^>]*>)?([^<]+)', body)
        assert names.index("Eichgrund") < names.index("Altstadt") < names.index("Königsholz")
        assert 'aria-sort="descending"' in body and "geschützt" in body and "folgt später" in body

    def test_odd_wishes_are_no_error(self, at, table):
        odd = {
            "indicator": "'; DROP TABLE",
            "period": "x" * 500,
            "level": "moon",
            "unit": "<b>",
            "sort": "-\"';--",
            "page": "-3",
        }
        for view in ("", "table"):
            assert "Leerstandsquote" in at(table, view=view, **odd).body

    def test_the_fragment_links_back_to_its_page_only(self, at, table):
        assert 'href="/dataset/x?unit=05#vorschau"' in at(table, "preview", here="/dataset/x#vorschau").body
        assert "evil" not in at(table, "preview", here="//evil.example/").body
        assert "<html" not in at(table, "preview", here="/dataset/x").body


class TestIndicators:
    """The page of an indicator, and addresses of its figures that only it has."""

    def test_its_page_has_the_choices_of_a_table(self, app, table):
        address = "/ierwohnen/indikator/vacancy_rate"
        body = app.get(f"{address}?period=2024&unit=05&with=06&classes=equal&compare=2023").body
        for name in ("period", "unit", "classes", "compare", "chart", "with"):
            assert f'<select class="form-select form-select-sm" name="{name}"' in body, name
        assert "Leerstandsquote nach Stadtteilen, 31.12.2023 und 31.12.2024" in body
        assert "31.12.2023 | 31.12.2024</span>" in body and re.search(r"<b>\d+ \| \d+</b>", body)  # units of each class
        assert "verglichen mit" in body and "und mit" in body
        assert "Eichgrund: von" in body and "Förstersiedlung: von" in body
        assert "Quelle: " in body and "embed?period=2024-12-31" in body
        assert 'name="level"' not in app.get(address).body.split('id="karte"')[1].split("</form>")[0]

    def test_old_addresses_of_pictures_show_the_same(self, at, table):
        course = ET.fromstring(at(INDICATOR, "course.svg", unit="05,06").body).get("aria-label")
        assert course.startswith("Liniendiagramm: Leerstandsquote in Eichgrund") and "Förstersiedlung" in course
        ranking = ET.fromstring(at(INDICATOR, "ranking.svg", period="2024").body).get("aria-label")
        assert ranking.startswith("Balkendiagramm: Leerstandsquote nach Stadtteilen, 31.12.2024")

    def test_its_file_names_the_tables_of_each_value(self, at, table):
        rows = list(csv.reader(io.StringIO(at(INDICATOR, "values.csv").get_data().decode("utf-8-sig")), delimiter=";"))
        assert rows[0] == ["Schlüssel", "Raumeinheit", "Zeitraum", "Leerstandsquote", "Status", "Quelle und Lizenz"]
        assert ["05", "Eichgrund", "2025-12-31", "14,4", "ok"] in [row[:5] for row in rows]
        assert ["04", "Dreieichen", "2025-12-31", "", "secret"] in [row[:5] for row in rows]
        assert all("Leerstand in Musterstadt" in row[5] for row in rows[1:])

    def test_what_is_not_there_is_not_found(self, at, table):
        for name in ("map.svg", "values.csv", "embed", "table.tsv"):
            at({"id": "indicator/gibtsnicht"}, name, status=404)
        odd = {"period": "x" * 500, "unit": "<b>", "with": "'", "compare": "moon", "chart": "torte", "page": "-3"}
        assert "Leerstandsquote" in at(INDICATOR, "embed", **odd).body


class TestTablesOfParts:
    """People by age and sex, without a total: nobody may take a part for the whole."""

    @pytest.fixture
    def people(self, dataset, made, table):
        if "people" not in made:
            fields = [FIELDS[0], {"id": "alter", "type": "text", "iw_role": "dimension", "iw_dimension": "age_groups",
                                  "info": {"label": "Altersgruppe"}},
                      {"id": "geschlecht", "type": "text", "iw_role": "dimension", "iw_dimension": "sex",
                       "info": {"label": "Geschlecht"}},
                      {"id": "n", "type": "int", "iw_role": "indicator", "iw_indicator": "population",
                       "iw_period": "2025-12-31"}]  # fmt: skip
            rows = [{"nr": f"{unit:02d}", "alter": age, "geschlecht": sex, "n": 100 * unit + 10 * a + s}
                    for unit in range(1, 13) for a, age in enumerate(("0–17", "18–64", "65 und älter"))
                    for s, sex in enumerate(("weiblich", "männlich"))]  # fmt: skip
            made["people"] = stored(dataset, fields, rows)
        return made["people"]

    def test_the_first_figure_is_the_sum(self, at, people):
        answer = at(people, "map.svg")
        assert "Höchster Wert: Lerchenberg mit 7\u202f263." in ET.fromstring(answer.body).get("aria-label")
        assert "Summe über Altersgruppe, Geschlecht" in answer.body
        assert '<option value="*" selected>zusammen</option>' in at(people).body

    def test_a_part_is_named_everywhere(self, at, people):
        part = {"d_sex": "weiblich", "d_age_groups": "0–17"}
        answer = at(people, "map.svg", **part)
        title = "Bevölkerung (Altersgruppe: 0–17; Geschlecht: weiblich) nach Stadtteilen, 31.12.2025"
        assert ET.fromstring(answer.body).get("aria-label").startswith(f"Karte: {title}.")
        assert 'filename="population-0-17-weiblich-2025-12-31.svg"' in answer.headers["Content-Disposition"]
        rows = at(people, "table.csv", **part).get_data().decode("utf-8-sig").splitlines()
        assert rows[0].split(";")[3:6] == ["Altersgruppe", "Geschlecht", "Bevölkerung"]
        assert rows[1].split(";")[:6] == ["01", "Altstadt", "2025-12-31", "0–17", "weiblich", "100"]

    def test_its_parts_can_be_stacked(self, at, people):
        label = ET.fromstring(at(people, "chart.svg", chart="composition", split="age_groups").body).get("aria-label")
        assert label.startswith("Gestapeltes Balkendiagramm: Bevölkerung nach Altersgruppe je Stadtteil, 31.12.2025.")


class TestForeignTables:
    def test_a_table_without_meanings_is_shown_as_it_is(self, at, foreign):
        body = at(foreign, sort="-jahr", page="3").body
        assert "z0</td>" in body and "z29</td>" in body and "z30</td>" not in body
        assert "Zeilen 201 bis 230 von 230" in body

    def test_all_rows_are_copied_as_they_are_sorted_and_narrowed(self, at, foreign, table):
        assert "Alle 230 Zeilen kopieren" in at(foreign, page="2").body
        lines = at(foreign, "table.tsv", sort="-jahr", page="3").text.split("\r\n")
        assert lines[0].split("\t") == ["a b", "jahr", "%,x"] and lines[1].split("\t") == ["z229", "2129", "28,625"]
        assert len(lines) == 1 + 230 + 1 and lines[230].startswith("z0\t")
        assert at(foreign, "table.tsv", find="z22").text.count("\r\n") == 1 + 11
        units = at(table, "table.tsv", view="table").text
        assert units.count("\r\n") == 1 + 13 and "\t.\t" in units and "Leerstandsquote, %" in units
        assert "\u202f" not in units and "\u2212" not in units

    def test_cells_of_any_kind_are_short_and_in_words(self, at, dataset):
        kinds = {"zahl": "float8", "wahr": "bool", "liste": "json", "zeit": "timestamp", "text": "text"}
        row = {"zahl": 1e308, "wahr": True, "liste": ["ä"], "zeit": "2010-01-01T00:00:00", "text": "lang " * 100}
        body = at(stored(dataset, [{"id": name, "type": kind} for name, kind in kinds.items()], [row])).body
        assert "1 · 10³⁰⁸" in body and ">ja<" in body and "01.01.2010" in body and "[&#34;ä&#34;]" in body
        assert '<details class="iw-long-cell"><summary>lang' in body

    def test_an_address_with_nul_is_not_found(self, app, table):
        for address in ("%00", f"{table['id']}%00/map.svg", f"{table['id']}?find=%00&view=table"):
            app.get(f"/ierwohnen/figure/{address}", status=404)
        app.get("/ierwohnen/geometry/a%00/quarter/1.geojson", status=404)

    def test_a_view_that_can_show_nothing_says_what_would_help(self, app, at, dataset):
        columns = [{"id": "jahr", "type": "int"}, {"id": "n", "type": "int"}]
        twice = stored(dataset, columns, [{"jahr": 2024, "n": 1}, {"jahr": 2024, "n": 2}])
        at(twice, "chart.svg", status=404)
        view = act("resource_view_create", resource_id=twice["id"], view_type="ierwohnen_chart_view", title="x")
        page = f"/dataset/{dataset['id']}/resource/{twice['id']}/view/{view['id']}"
        assert "nur eine Zeile" in app.get(page).body

    def test_an_empty_table_is_no_error(self, at, dataset):
        assert at(stored(dataset, [{"id": "a", "type": "text"}], [])).status_code == 200
        assert at(stored(dataset, FIELDS, [])).status_code == 200

    def test_a_resource_without_a_table_is_not_found(self, at, dataset):
        from ckan.tests import factories

        at(factories.Resource(package_id=dataset["id"]), status=404)
        at({"id": "nothing"}, status=404)

    def test_units_without_a_spatial_system_are_ranked_by_their_own_names(self, at, dataset):
        fields = [
            {"id": "k", "type": "text", "iw_role": "key", "iw_level": "quarter"},
            {"id": "n", "type": "text", "iw_role": "name"},
            {"id": "v", "type": "numeric", "info": {"label": "Bäume"}, "iw_role": "indicator"},
        ]
        rows = [{"k": "1", "n": "Hain", "v": 3}, {"k": "2", "n": "Forst", "v": 9}]
        resource = stored(dataset, fields, rows)
        at(resource, "map.svg", status=404)
        label = ET.fromstring(at(resource, "chart.svg").body).get("aria-label")
        assert label.startswith("Balkendiagramm: Bäume") and "Höchster Wert: Forst mit 9" in label


class TestResourceViews:
    def views(self, resource):
        return [view["view_type"] for view in act("resource_view_list", id=resource["id"])]

    def test_they_come_when_a_table_is_published(self, table):
        act("resource_patch", id=table["id"], description="neu")
        expected = ["ierwohnen_map_view", "ierwohnen_chart_view", "ierwohnen_table_view"]
        assert self.views(table) == expected
        titles = [view["title"] for view in act("resource_view_list", id=table["id"])]
        assert titles == ["Karte", "Diagramm", "Tabelle"], "in the portal's language, whoever or whatever published it"
        act("resource_patch", id=table["id"], description="noch neuer")
        assert self.views(table) == expected

    def test_they_leave_foreign_tables_alone(self, foreign):
        act("resource_patch", id=foreign["id"], description="neu")
        assert self.views(foreign) == []

    @pytest.mark.parametrize(
        ("kind", "sign"), [("map", "iw-map"), ("chart", "iw-chart"), ("table", "iw-preview-table")]
    )
    def test_each_shows_its_figure(self, app, table, dataset, kind, sign):
        view = act("resource_view_create", resource_id=table["id"], view_type=f"ierwohnen_{kind}_view", title="Ansicht")
        for address in (
            f"/dataset/{dataset['name']}/resource/{table['id']}?view_id={view['id']}",
            f"/dataset/{dataset['name']}/resource/{table['id']}/view/{view['id']}",
        ):
            body = app.get(address).body
            assert sign in body
            assert f'id="view-{view["id"]}"' in body

    def test_a_view_of_a_table_that_lost_its_meaning_is_no_error(self, app, table, dataset):
        view = act("resource_view_create", resource_id=table["id"], view_type="ierwohnen_map_view", title="Ansicht")
        act("datastore_delete", resource_id=table["id"], force=True)
        app.get(f"/dataset/{dataset['name']}/resource/{table['id']}/view/{view['id']}", status=200)


def test_many_rows_are_a_table_only(at, dataset, monkeypatch):
    from ckanext.ierwohnen.previews import resource_sight

    monkeypatch.setattr(resource_sight, "MOST_ROWS", 20)
    resource = stored(dataset, FIELDS, records())
    assert "iw-map" not in at(resource).body
    assert "Zeilen 1 bis 39 von 39" in at(resource).body or "iw-preview-table" in at(resource).body
