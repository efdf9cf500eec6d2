"""Derived values, ways to values, alerts, sensitivity by action: real tables, and only what the asker may see."""

from __future__ import annotations

import json

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.exceptions import CkanConfigurationException
from ckan.tests import factories
from ckan.tests.helpers import call_action, call_auth

from ckanext.ierwohnen.indicators import workspace
from ckanext.ierwohnen.indicators.active import check_preferred
from ckanext.ierwohnen.indicators.tests.published import SYSTEM, publish, rows, values

RATE = {"quote": "vacancy_rate"}
BURDEN = {"alo": "unemployed_share", "sgb": "sgb2_rate", "kind": "sgb2_children_rate", "alt": "sgb12_rate"}


def years(figures: dict[str, list[float | str]], column: str = "wohnungen") -> list[dict]:
    """Rows of yearly figures by quarter, the last of 2025; a text is a sign."""
    return [
        {"stt": unit, "jahr": f"{2026 - len(given) + i}-12-31",
         column: None if isinstance(value, str) else value,
         f"{column}_status": value if isinstance(value, str) else None}
        for unit, given in figures.items() for i, value in enumerate(given)
    ]  # fmt: skip


def asked(action: str, user: str = "", **parameters) -> dict:
    return call_action(f"ierwohnen_indicator_{action}", {"user": user, "ignore_auth": False}, **parameters)


@pytest.mark.usefixtures("with_plugins")
class TestDerived:
    """Change, index, per 1,000, standardized: with unit, statistic and population."""

    def test_change_of_a_share_in_percentage_points(self, city):
        publish(*city, "zahlen-leerstand", years({"01": [4, 5.5], "02": [4, "secret"]}, "quote"), columns=RATE)
        found = values(code="vacancy_rate", level="quarter", **{"as": "change"})
        assert found["01"]["text"] == "+1.5" and found["_"]["unit"] == "percent_points"
        assert found["02"] == {"value": None, "status": "secret", "text": "."}

    def test_index_and_change_in_percent(self, city):
        publish(*city, "zahlen-leerstand", years({q: [100, 110, 121] for q in ("01", "02", "03", "04")}))
        found = values(code="dwellings", level="city", period="2025-12-31", base=2023, **{"as": "index"})
        assert found["0"]["value"] == pytest.approx(121) and found["_"]["as"] == "index"
        found = values(code="dwellings", level="city", period="2025-12-31", years=2, **{"as": "change_percent"})
        assert found["0"]["text"] == "+21.0"

    def test_per_1000_of_another_indicator(self, city):
        publish(*city, "zahlen-leerstand", rows())
        found = values(code="vacant_dwellings", level="district", per="dwellings", **{"as": "per_1000"})
        assert found["A"]["value"] == pytest.approx(1000 * 100 / 1100)

    def test_a_rank_says_among_whom(self, city):
        publish(*city, "zahlen-leerstand", rows({"03": None}))
        found = values(code="vacant_dwellings", level="quarter", units=["02", "03"], **{"as": "rank"})
        assert found["02"]["value"] == 1 and found["03"]["text"] == "."
        population = found["_"]["population"][0]
        assert (population["period"], population["n"], population["without"]) == ("2025-12-31", 3, 1)
        assert (population["lowest"], population["highest"], population["mean"]) == (5.0, 90.0, 35.0)
        assert "highest" in found["_"]["statistic"]
        assert json.loads(json.dumps(found["_"], allow_nan=False))

    @pytest.mark.parametrize(
        ("parameters", "field"),
        [
            ({"code": "dwellings", "as": "index"}, "base"),
            ({"code": "dwellings", "as": "sum_over_years"}, "as"),
            ({"code": "vacancy_rate", "as": "per_1000"}, "as"),
            ({"code": "dwellings", "as": "per_1000", "per": "vacancy_rate"}, "per"),
            ({"code": "dwellings", "as": "per_1000", "per": "gibtsnicht"}, "per"),
            ({"code": "dwellings", "as": "sqrt"}, "as"),
            ({"code": "dwellings", "as": "change", "years": 0}, "years"),
            ({"code": "dwellings", "as": "change", "years": "drei"}, "years"),
        ],
    )
    def test_what_makes_no_sense_is_refused_by_field(self, parameters, field):
        with pytest.raises(tk.ValidationError) as refused:
            asked("values", **parameters)
        assert set(refused.value.error_dict) == {field}


@pytest.mark.usefixtures("with_plugins")
class TestWays:
    """Each value says how it came about, down to the cells of the tables."""

    def test_from_the_ratio_of_a_district_to_the_cells(self, city):
        resource = publish(*city, "zahlen-leerstand", rows())
        found = asked("values", code="vacancy_rate", level="district", units=["A"], explain=True)["results"][0]
        way = found["way"]
        assert way["figure"]["value"] == found["figure"]["value"] and way["unit_name"] == "Bezirk A"
        assert "100 ÷ 1,100 × 100 = 9.1" in way["text"].replace("\u202f", ",")
        vacant, dwellings = way["parts"]
        assert [(part["how"], part["figure"]["value"]) for part in (vacant, dwellings)] == [
            ("added_up", 100.0), ("added_up", 1100.0)]  # fmt: skip
        cells = [cell for part in vacant["parts"] for cell in part["cells"]]
        assert [(c["resource_id"], c["column"], c["key"], c["value"]) for c in cells] == [
            (resource, "leer", "01", 10.0), (resource, "leer", "02", 90.0)]  # fmt: skip
        assert [cell["place"].partition(", ")[0] for cell in cells] == ["Stadtteil 01 (01)", "Stadtteil 02 (02)"]
        assert all(cell["place"] in part["text"] for part in vacant["parts"] for cell in part["cells"])
        stored = call_action("datastore_search", resource_id=resource, filters={"_id": [c["row"] for c in cells]})
        assert [record["stt"] for record in stored["records"]] == ["01", "02"]

    def test_a_cell_that_did_not_count_is_named(self, city):
        publish(*city, "zahlen-leerstand", rows())
        publish(*city, "zahlen-leerstand-neu", [{**row, "wohnungen": 7} for row in rows()])
        way = asked("values", code="dwellings", level="quarter", units=["01"], explain=True)["results"][0]["way"]
        assert [(c["package"], c["value"]) for c in way["cells"]] == [("zahlen-leerstand-neu", 7.0)]
        assert [(c["package"], c["value"]) for c in way["others"]] == [("zahlen-leerstand", 1000.0)]

    def test_only_a_few_at_once(self, city):
        publish(*city, "zahlen-leerstand", years({q: [1] * 6 for q in ("01", "02", "03", "04")}))
        with pytest.raises(tk.ValidationError) as refused:
            asked("values", code="dwellings", level="quarter", explain=True)
        assert set(refused.value.error_dict) == {"explain"}


@pytest.mark.usefixtures("with_plugins")
class TestChoice:
    """Which of several tables counts: the preferred dataset, then the newest; a reader may ask for another."""

    def test_the_newest_the_asked_and_the_preferred(self, city, monkeypatch):
        publish(*city, "zahlen-leerstand", rows())
        publish(*city, "zahlen-leerstand-neu", [{**row, "wohnungen": 7} for row in rows()])
        assert values(code="dwellings", level="quarter")["01"]["value"] == 7
        old = values(code="dwellings", level="quarter", source="zahlen-leerstand")
        assert old["01"]["value"] == 1000
        assert old["_"]["rule"] | {"text": ""} == {"text": "", "preferred": None, "asked": "zahlen-leerstand"}
        monkeypatch.setitem(tk.config, "ierwohnen.indicators.prefer", "dwellings=zahlen-leerstand")
        found = values(code="dwellings", level="quarter")
        assert found["01"]["value"] == 1000 and found["_"]["rule"]["preferred"] == "zahlen-leerstand"
        assert [s["package"] for s in found["_"]["candidates"]] == ["zahlen-leerstand", "zahlen-leerstand-neu"]

    def test_only_tables_behind_the_values_shown_are_their_sources(self, city):
        older = [{**row, "jahr": jahr} for jahr in ("2024", "2025") for row in rows()]
        publish(*city, "zahlen-leerstand", older)
        publish(*city, "zahlen-leerstand-neu", rows()[:3])
        found = values(code="dwellings", level="quarter")["_"]
        told = [(s["package"], s["values"], s["first"], s["last"]) for s in found["sources"]]
        assert told == [("zahlen-leerstand", 5, "2024", "2025-12-31"), ("zahlen-leerstand-neu", 3, *["2025-12-31"] * 2)]
        assert {(row["period"], row["unit"]): row["sources"] for row in found["results"]}["2025-12-31", "04"] == [0]
        changed = values(code="dwellings", level="quarter", period="2025", **{"as": "change"})["_"]
        assert [s["package"] for s in changed["sources"]] == ["zahlen-leerstand", "zahlen-leerstand-neu"]
        assert changed["results"][0]["sources"] == [0, 1]
        whole = values(code="dwellings", level="city", period="2024")["_"]
        assert [s["package"] for s in whole["sources"]] == ["zahlen-leerstand"]

    def test_a_table_that_is_not_there_is_named(self, city):
        publish(*city, "zahlen-leerstand", rows())
        with pytest.raises(tk.ObjectNotFound, match="gibt-es-nicht"):
            asked("values", code="dwellings", source="gibt-es-nicht")

    def test_a_private_table_answers_like_none(self, city):
        publish(*city, "zahlen-offen", rows())
        publish(*city, "zahlen-geheim", rows(), private=True)
        with pytest.raises(tk.ObjectNotFound, match="zahlen-geheim"):
            asked("values", code="dwellings", source="zahlen-geheim")

    def test_a_faulty_preference_stops_the_start(self, monkeypatch):
        for entry in ("gibtsnicht=x", "dwellings"):
            monkeypatch.setitem(tk.config, "ierwohnen.indicators.prefer", entry)
            with pytest.raises(CkanConfigurationException, match=entry):
                check_preferred()


@pytest.mark.usefixtures("with_plugins")
class TestAlerts:
    """Conspicuous quarters with reasons, since when, in the declared order."""

    def test_who_why_since_when(self, city):
        figures = {"01": [3, 3, 3], "02": [13, 13, 13], "03": [3, 13, 13], "04": [9, 9, 9]}
        publish(*city, "zahlen-leerstand", years(figures, "quote"), columns=RATE)
        found = asked("alerts")
        assert (found["system"], found["level"], found["year"]) == (SYSTEM, "quarter", 2025)
        assert [(r["unit"], r["state"], r["since"]) for r in found["results"]] == [
            ("02", "act", 2023),
            ("03", "act", 2024),
        ]
        reason = found["results"][1]["reasons"][0]
        assert (reason["code"], reason["kind"], reason["limit"]) == ("vacancy_rate", "act", 12)
        assert reason["text"] == "Vacancy rate at 12\u202f% or more, since 2024"
        assert asked("alerts", period="2023")["results"][0]["unit"] == "02" and found["new"] == []
        assert asked("alerts", period="2024-12-31")["new"] == ["03"]
        assert asked("alerts", at_least=2)["results"] == []

    def test_how_many_have_to_be_watched_is_configured(self, city, monkeypatch):
        publish(*city, "zahlen-leerstand", years({q: [9] for q in ("01", "02")}, "quote"), columns=RATE)
        assert asked("alerts")["results"] == []
        monkeypatch.setitem(tk.config, "ierwohnen.indicators.watch_at", 1)
        found = asked("alerts")
        assert [r["state"] for r in found["results"]] == ["watch", "watch"] and found["watch_at"] == 1

    def test_nothing_published_is_an_empty_answer(self, city):
        assert asked("alerts")["results"] == []

    @pytest.mark.parametrize("period", ["heute", "20", ["2025"]])
    def test_a_period_is_a_year_or_a_date(self, period):
        with pytest.raises(tk.ValidationError) as refused:
            asked("alerts", period=period)
        assert set(refused.value.error_dict) == {"period"}


@pytest.mark.usefixtures("with_plugins")
class TestSensitivity:
    """How ranks move when each weight moves."""

    def table(self) -> list[dict]:
        figures = {"01": (10, 10, 10, 10), "02": (5, 6, 30, 7), "03": (2, 2, 2, 2), "04": (9, 5, 5, 5)}
        return [
            {"stt": unit, "jahr": "2025-12-31", **dict(zip(BURDEN, given, strict=True))}
            for unit, given in figures.items()
        ]

    def test_ranks_and_moves(self, city):
        publish(*city, "zahlen-leerstand", self.table(), columns=BURDEN)
        found = asked("sensitivity", code="social_burden_index")
        assert set(found["ranks"]) == {"01", "02", "03", "04"} and found["ranks"]["03"] == 4
        assert len(found["moves"]) == 16
        without_children = next(m for m in found["moves"] if m["code"] == "sgb2_children_rate" and m["factor"] == 0)
        assert without_children["ranks"]["01"] == 1 and without_children["largest"] >= 1
        assert sum(part["share"] for part in found["parts"]) == pytest.approx(1)
        assert json.loads(json.dumps(found, allow_nan=False))

    def test_only_of_composites(self):
        with pytest.raises(tk.ValidationError) as refused:
            asked("sensitivity", code="vacancy_rate")
        assert set(refused.value.error_dict) == {"code"}

    def test_without_tables_there_are_no_ranks(self, city):
        assert asked("sensitivity", code="social_burden_index")["ranks"] == {}


@pytest.mark.usefixtures("with_plugins")
class TestRights:
    """Nothing that is kept reaches a reader without the right on every table that it was computed from."""

    def secret(self, city) -> str:
        figures = {"01": [3], "02": [13], "03": [3], "04": [3]}
        table = [
            {**row, **burden} for row, burden in zip(years(figures, "quote"), TestSensitivity().table(), strict=True)
        ]
        return publish(*city, "zahlen-geheim", table, private=True, columns={**RATE, **BURDEN})

    def test_what_the_office_saw_is_kept_from_everybody_else(self, city):
        user, _ = city
        self.secret(city)
        assert asked("alerts", user)["results"] and asked("sensitivity", user, code="social_burden_index")["ranks"]
        assert asked("values", user, code="vacancy_rate", explain=True)["results"][0]["way"]["cells"]
        for reader in ("", factories.User()["name"]):
            found = asked("alerts", reader)
            assert (found["results"], found["sources"], found["without_number"]) == ([], [], [])
            assert asked("sensitivity", reader, code="social_burden_index")["ranks"] == {}
            for kind in ("value", "rank", "change"):
                assert asked("values", reader, code="vacancy_rate", explain=True, **{"as": kind})["results"] == []

    def test_a_public_table_beside_it_gives_its_own_values_only(self, city):
        user, _ = city
        publish(*city, "zahlen-offen", rows())
        self.secret(city)
        assert values(user, code="vacancy_rate", level="quarter")["02"]["value"] == 13
        seen = asked("values", code="vacancy_rate", level="quarter", explain=True)
        assert {s["package"] for s in seen["sources"]} == {"zahlen-offen"}
        assert "zahlen-geheim" not in json.dumps(seen)
        assert [row["figure"]["value"] for row in seen["results"]] == [1, 90, 5, 5]

    def test_a_preference_for_a_secret_dataset_is_not_told(self, city, monkeypatch):
        publish(*city, "zahlen-offen", rows())
        self.secret(city)
        monkeypatch.setitem(tk.config, "ierwohnen.indicators.prefer", "vacancy_rate=zahlen-geheim")
        assert "zahlen-geheim" not in json.dumps(asked("values", code="vacancy_rate"))

    def test_a_right_that_is_taken_away_counts_at_once(self, city):
        user, org = city
        member = factories.User()["name"]
        self.secret(city)
        call_action("organization_member_create", {"user": user}, id=org, username=member, role="member")
        assert asked("alerts", member)["results"]
        call_action("organization_member_delete", {"user": user, "ignore_auth": False}, id=org, username=member)
        assert asked("alerts", member)["results"] == []
        assert asked("values", member, code="vacancy_rate")["results"] == []

    def test_a_dataset_that_becomes_private_is_gone_at_once(self, city):
        user, _ = city
        publish(*city, "zahlen-offen", years({"02": [13]}, "quote"), columns=RATE)
        assert asked("alerts")["results"]
        call_action("package_patch", {"user": user}, id="zahlen-offen", private=True)
        assert asked("alerts")["results"] == [] and asked("alerts", user)["results"]

    def test_a_secret_system_gives_nothing(self, city):
        user, _ = city
        publish(*city, "zahlen-offen", years({"02": [13]}, "quote"), columns=RATE)
        call_action("package_patch", {"user": user}, id=SYSTEM, private=True)
        try:
            for action, more in (("alerts", {}), ("values", {"code": "vacancy_rate"})):
                with pytest.raises(tk.ObjectNotFound):
                    asked(action, **more)
        finally:
            call_action("package_patch", {"user": user}, id=SYSTEM, private=False)

    def test_tables_are_read_once_and_anew_after_a_change(self, city, monkeypatch):
        resource = publish(*city, "zahlen-offen", years({"02": [13]}, "quote"), columns=RATE)
        read = []
        real = workspace.readings
        monkeypatch.setattr(workspace, "readings", lambda c, r, **more: read.append(r) or real(c, r, **more))
        for _ in range(3):
            asked("alerts")
            asked("values", code="vacancy_rate")
        assert read == [resource]
        call_action("datastore_upsert", resource_id=resource, method="insert", force=True,
                    records=years({"03": [14]}, "quote"))  # fmt: skip
        assert {r["unit"] for r in asked("alerts")["results"]} == {"02", "03"}

    def test_anybody_may_ask(self):
        for name in ("alerts", "sensitivity"):
            assert call_auth(f"ierwohnen_indicator_{name}", {"user": "", "model": model})
