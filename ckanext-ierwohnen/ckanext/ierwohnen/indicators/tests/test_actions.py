"""Definitions, sources and values by action: real tables, and only what the asker may see."""

from __future__ import annotations

import json

import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories
from ckan.tests.helpers import call_action, call_auth

from ckanext.ierwohnen.indicators.tests.published import SYSTEM, publish, rows, values


@pytest.mark.usefixtures("with_plugins")
class TestDefinitions:
    """Definitions are for everybody."""

    def test_list_by_topic_and_words(self):
        assert len(call_action("ierwohnen_indicator_list")) >= 130
        assert {i["topic"] for i in call_action("ierwohnen_indicator_list", topic="social")} == {"social"}
        found = call_action("ierwohnen_indicator_list", q="leerstand", limit=3)
        assert len(found) == 3 and "Leerstand" in found[0]["name"]["de"]

    def test_show_names_parts_and_users(self):
        found = call_action("ierwohnen_indicator_show", code="vacancy_rate")
        assert found["parts"] == ["vacant_dwellings", "dwellings"] and found["space"] == "ratio"
        assert "vacancy_rate" in call_action("ierwohnen_indicator_show", code="dwellings")["used_by"]

    def test_what_there_is_not(self):
        with pytest.raises(tk.ObjectNotFound):
            call_action("ierwohnen_indicator_show", code="gibtsnicht")
        with pytest.raises(tk.ValidationError):
            call_action("ierwohnen_indicator_values")

    def test_anybody_may_ask(self):
        for name in ("list", "show", "values"):
            assert call_auth(f"ierwohnen_indicator_{name}", {"user": "", "model": None})


@pytest.mark.usefixtures("with_plugins")
class TestValues:
    """Values come from published tables, by the rule of the indicator."""

    def test_of_quarters_districts_and_the_city(self, city):
        publish(*city, "zahlen-leerstand", rows())
        assert values(code="vacancy_rate", level="quarter")["02"]["text"] == "90.0"
        assert values(code="vacancy_rate", level="district")["A"]["value"] == pytest.approx(100 * 100 / 1100)
        assert values(code="vacancy_rate", level="city")["0"]["value"] == pytest.approx(100 * 110 / 1300)
        assert values(code="vacant_dwellings", level="city")["0"]["text"] == "110"

    def test_a_sign_travels_up(self, city):
        publish(*city, "zahlen-leerstand", rows({"02": None}))
        found = values(code="vacancy_rate", level="district")
        assert found["A"] == {"value": None, "status": "secret", "text": "."}
        assert found["B"]["status"] == "ok"

    def test_chosen_units_and_periods(self, city):
        publish(*city, "zahlen-leerstand", rows())
        assert set(values(code="dwellings", level="quarter", units=["01", "03"])) == {"01", "03", "_"}
        assert set(values(code="dwellings", level="quarter", units="01,03")) == {"01", "03", "_"}
        assert values(code="dwellings", level="quarter", period="2024-12-31")["_"]["count"] == 0
        assert values(code="dwellings", level="quarter", **{"from": "2025", "to": "2025"})["_"]["count"] == 4

    def test_readings_without_any_date_count_nowhere(self, city):
        undated = [{**row, "jahr": None} for row in rows()[:2]]
        publish(*city, "zahlen-leerstand", [*undated, *rows()[2:]])
        found = values(code="dwellings", level="quarter")["_"]
        assert [row["unit"] for row in found["results"]] == ["03", "04"]
        assert json.loads(json.dumps(found["results"], allow_nan=False)) == found["results"]

    def test_a_table_without_dates_is_left_out_and_named(self, city):
        publish(*city, "zahlen-leerstand", [{**row, "jahr": None} for row in rows()])
        found = values(code="dwellings", level="quarter")["_"]
        assert found["count"] == 0
        assert [s["package"] for s in found["undated"]] == ["zahlen-leerstand"]
        publish(*city, "zahlen-leerstand-neu", rows())
        found = values(code="dwellings", level="quarter")["_"]
        assert {row["period"] for row in json.loads(json.dumps(found["results"], allow_nan=False))} == {"2025-12-31"}

    def test_sources_are_named(self, city):
        publish(*city, "zahlen-leerstand", rows())
        assert [s["package"] for s in values(code="vacancy_rate")["_"]["sources"]] == ["zahlen-leerstand"]
        assert call_action("ierwohnen_indicator_list", with_sources=True, q="leerstandsquote")

    def test_a_table_by_age_and_sex_feeds_its_classes(self, city, app):
        ages = ("0-14", "15-64", "65 u. ä.")
        cells = [(q, age, sex) for q in ("01", "02", "03", "04") for age in ages for sex in "mw"]
        table = [{"stt": q, "jahr": "2025", "alter": age, "geschlecht": sex, "ew": 10 * (1 + at % 6)}
                 for at, (q, age, sex) in enumerate(cells)]  # fmt: skip
        resource = publish(*city, "zahlen-offen", table, columns={"ew": "population"},
                           dimensions={"alter": "age_groups", "geschlecht": "sex"})  # fmt: skip
        assert values(code="working_age_population", level="quarter")["01"]["value"] == 30 + 40
        assert values(code="share_65_plus", level="district")["A"]["value"] == pytest.approx(100 * 110 / 210)
        assert values(code="age_under_18", level="quarter")["_"]["count"] == 0
        context = {"user": "", "ignore_auth": False}
        asked = {"code": "age_under_15", "level": "quarter", "units": ["01"], "explain": True}
        way = call_action("ierwohnen_indicator_values", context, **asked)["results"][0]["way"]
        assert [(c["resource_id"], c["value"], c["dimensions"]["sex"])
                for c in way["cells"]] == [(resource, 10.0, "m"), (resource, 20.0, "w")]  # fmt: skip
        page = app.get("/en/ierwohnen/indikator/share_under_18").get_data(as_text=True)
        assert "do not make it up exactly" in page and 'id="source"' not in page

    def test_nothing_published_is_an_empty_answer(self, city):
        assert values(code="vacancy_rate")["_"]["results"] == []

    def test_an_unknown_system_is_named_instead_of_no_values(self, city):
        publish(*city, "zahlen-leerstand", rows())
        with pytest.raises(tk.ValidationError) as refused:
            values(code="dwellings", system="gibt-es-nicht")
        assert "gibt-es-nicht" in refused.value.error_dict["system"][0]

    @pytest.mark.parametrize("field", ["from", "to", "period", "level", "system"])
    def test_a_list_is_no_single_text(self, city, field):
        with pytest.raises(tk.ValidationError) as refused:
            values(code="dwellings", **{field: ["2025", "2024"]})
        assert set(refused.value.error_dict) == {field}

    def test_a_new_table_counts_at_once(self, city):
        publish(*city, "zahlen-leerstand", rows())
        assert values(code="dwellings", level="quarter")["01"]["value"] == 1000
        newer = [{**row, "wohnungen": 7} for row in rows()]
        publish(*city, "zahlen-leerstand-neu", newer)
        assert values(code="dwellings", level="quarter")["01"]["value"] == 7


@pytest.mark.usefixtures("with_plugins")
class TestRights:
    """A private table feeds nobody who may not see it."""

    def test_values_sources_and_lists(self, city):
        user, org = city
        publish(user, org, "zahlen-geheim", rows(), private=True)
        outsider = factories.User()["name"]
        for reader in ("", outsider):
            assert values(reader, code="dwellings")["_"]["results"] == []
            context = {"user": reader, "ignore_auth": False}
            assert call_action("ierwohnen_indicator_show", dict(context), code="dwellings")["sources"] == []
            assert call_action("ierwohnen_indicator_list", dict(context), with_sources=True) == []
        assert values(user, code="dwellings", level="quarter")["01"]["value"] == 1000

    def test_what_one_reader_saw_is_not_kept_for_another(self, city):
        user, org = city
        publish(user, org, "zahlen-offen", rows())
        publish(user, org, "zahlen-geheim", [{**row, "wohnungen": 7} for row in rows()], private=True)
        assert values(user, code="dwellings", level="quarter")["01"]["value"] == 7
        assert values("", code="dwellings", level="quarter")["01"]["value"] == 1000


@pytest.mark.usefixtures("with_plugins")
class TestPlace:
    """A dataset that names its spatial system lies where the system lies."""

    def test_is_found_by_box_without_an_outline_of_its_own(self, city):
        user, org = city
        call_action(
            "package_create", {"user": user}, type="indicator-data", name="zahlen-offen", title="Offen", notes="Text",
            owner_org=org, spatial_system=SYSTEM, license_id="dl-zero-de/2.0",
            frequency="http://publications.europa.eu/resource/authority/frequency/ANNUAL",
        )  # fmt: skip
        found = call_action("package_search", fq="name:zahlen-offen", extras={"ext_bbox": "11.5,50.5,12.5,51.5"})
        assert found["count"] == 1
        found = call_action("package_search", fq="name:zahlen-offen", extras={"ext_bbox": "1,40,2,41"})
        assert found["count"] == 0


@pytest.mark.usefixtures("with_plugins")
class TestPages:
    """The list and the page of an indicator."""

    def test_pages(self, city, app):
        publish(*city, "zahlen-leerstand", rows({"02": None}))
        page = app.get("/de/ierwohnen/indikatoren", status=200).body
        assert "Leerstandsquote" in page and "Klima und Energie" in page
        page = app.get("/de/ierwohnen/indikator/vacancy_rate", status=200).body
        assert "Leere Wohnungen in Prozent aller Wohnungen" in page and "Stadtteil 03" in page
        assert "Leere Wohnungen ÷ Wohnungen × 100" in page
        assert "geheim" in page.lower() or "geschützt" in page.lower()
        page = app.get("/en/ierwohnen/indikator/vacancy_rate?level=district", status=200).body
        assert "Vacancy rate" in page and "never as a mean of ratios" in page
        app.get("/ierwohnen/indikator/gibtsnicht", status=404)
        app.get("/ierwohnen/indikator/vacancy_rate?level=gibtsnicht", status=404)
