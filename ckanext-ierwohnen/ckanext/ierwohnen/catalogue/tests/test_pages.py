"""Form and page of a dataset as the server makes them; the browser's view of them is in test_browser.py."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from ckan.tests import factories
from ckan.tests.helpers import call_action
from werkzeug.datastructures import MultiDict

ANNUAL = "http://publications.europa.eu/resource/authority/frequency/ANNUAL"


@pytest.fixture
def editor(clean_db, clean_index):
    """Headers of a sysadmin, and an organization."""
    token = factories.SysadminWithToken()
    return {"Authorization": token["token"]}, factories.Organization(title="Fachstelle Statistik")["id"], token["name"]


@pytest.fixture
def dataset(editor):
    _, org, user = editor
    return call_action(
        "package_create",
        {"user": user},
        type="indicator-data",
        name="leerstand",
        title="Wohnungsleerstand nach Stadtteilen",
        notes="Leere Wohnungen.",
        owner_org=org,
        frequency=ANNUAL,
        license_id="dl-by-de/2.0",
        licenseAttributionByText="Stadt Neuwald",
        topics=["balance"],
        temporal_start="2015-12-31",
        temporal_end="2025-12-31",
        coverage=[{"indicator": "vacancy_rate", "level": "Stadtteil", "units": "24", "units_with_value": "18"}],
        deliveries=[
            {"reference_date": "2025-12-31", "delivered": "2026-11-18"},
            {"reference_date": "2026-12-31", "due": "2099-11-30"},
        ],
        resources=[{"url": "https://neuwald.example/leerstand.csv", "name": "Leerstand", "format": "CSV"}],
    )


@pytest.mark.usefixtures("with_plugins")
class TestForm:
    """The form asks in sections and loses nothing that was typed."""

    @pytest.mark.parametrize("kind", ["dataset", "indicator-data", "spatial-system"])
    def test_has_sections_in_german(self, app, editor, kind):
        page = app.get(f"/de/{kind}/new", headers=editor[0], status=200).body
        assert "<legend>Worum geht es?</legend>" in page
        assert "<legend>Wie darf man sie nutzen?</legend>" in page
        assert page.count('id="field-title"') == 1

    def test_in_english_for_english(self, app, editor):
        page = app.get("/en/indicator-data/new", headers=editor[0]).body
        assert "<legend>What is it about?</legend>" in page and "Worum geht es" not in page

    def test_keeps_what_was_typed_after_an_error(self, app, editor):
        typed = {
            "title": "Leerstand",
            "name": "leerstand",
            "notes": "Text",
            "owner_org": editor[1],
            "frequency": ANNUAL,
            "license_id": "dl-by-de/2.0",
            "coverage-0-indicator": "vacancy_rate",
            "coverage-0-level": "Stadtteil",
            "coverage-0-from": "zweitausend",
            "deliveries-0-reference_date": "2025-12-31",
            "deliveries-0-note": "unvollständig geliefert",
            "contact-0-name": "Fachstelle",
            "topics": "balance",
            "_ckan_phase": "dataset_new_1",
            "save": "",
        }
        page = app.post("/de/indicator-data/new", data=typed, headers=editor[0]).body
        assert "zweitausend" in page and "Quellenangabe" in page
        assert 'value="unvollständig geliefert"' in page
        assert 'value="Stadtteil"' in page
        assert 'value="2025-12-31"' in page
        assert '<option value="vacancy_rate" selected>' in page
        assert 'value="balance" checked' in page

    def test_saves_groups_and_drops_the_empty_one(self, app, editor):
        typed = {
            "title": "Leerstand",
            "name": "leerstand",
            "notes": "Text",
            "owner_org": editor[1],
            "frequency": ANNUAL,
            "license_id": "dl-zero-de/2.0",
            "coverage-0-indicator": "vacancy_rate",
            "coverage-1-indicator": "",
            "coverage-1-level": "",
            "coverage-2-indicator": "dwellings",
            "_ckan_phase": "dataset_new_1",
            "save": "",
        }
        app.post("/de/indicator-data/new", data=typed, headers=editor[0], follow_redirects=False)
        shown = call_action("package_show", id="leerstand")
        assert [c["indicator"] for c in shown["coverage"]] == ["vacancy_rate", "dwellings"]

    def test_editing_shows_what_is_there(self, app, editor, dataset):
        page = app.get("/de/indicator-data/edit/leerstand", headers=editor[0], status=200).body
        assert '<option value="vacancy_rate" selected>' in page and 'value="2099-11-30"' in page


@pytest.mark.usefixtures("with_plugins")
class TestPage:
    """What a reader sees above and below the fold."""

    def test_indicators_freshness_details(self, app, dataset):
        page = app.get("/de/indicator-data/leerstand", status=200).body
        assert "Leerstandsquote" in page
        assert "18.11.2026" in page and "30.11.2099" in page
        assert "18 von 24" in page
        assert "Datenlizenz Deutschland – Namensnennung 2.0" in page
        assert "jährlich" in page
        assert "/dataset/leerstand.ttl" in page
        assert "coverage" not in page.split("<main")[-1].split("additional-info")[0]

    def test_of_a_stock_dataset(self, app, editor):
        call_action("package_create", {"user": editor[2]}, name="irgendwas", owner_org=editor[1])
        assert "irgendwas" in app.get("/dataset/irgendwas", status=200).body

    def test_facets_have_names(self, app, dataset):
        page = app.get("/de/dataset/?type=indicator-data", status=200).body
        assert "Bilanz und Preise" in page and "Indikatordaten" in page
        found = call_action("package_search", fq="vocab_iw_year:2020", **{"facet.field": ["vocab_iw_topic"]})
        assert found["count"] == 1
        assert found["search_facets"]["vocab_iw_topic"]["items"][0]["name"] == "balance"


@pytest.mark.usefixtures("with_plugins")
@pytest.mark.parametrize("kind", ["dataset", "indicator-data", "spatial-system"])
def test_empty_fields_and_groups_do_no_harm(app, clean_db, clean_index, kind):
    headers = {"Authorization": factories.SysadminWithToken()["token"]}
    organization = factories.Organization()["id"]
    form = BeautifulSoup(app.get(f"/de/{kind}/new", headers=headers).body, "html.parser").find(id="dataset-edit")
    for hidden in (*form.find_all(attrs={"name": "repeating-template"}), *form.find_all("noscript")):
        hidden.decompose()
    typed = MultiDict()
    for field in form.find_all(["input", "textarea", "select"]):
        if field.get("name") and field["name"] != "_csrf_token" and field.get("type") != "checkbox":
            chosen = field.find("option", selected=True) if field.name == "select" else field
            typed.add(field["name"], (chosen.get("value") if chosen else "") or "")
    typed["save"] = ""
    typed["title"], typed["owner_org"], typed["temporal_start"] = "Prüfung", organization, "gestern"
    page = app.post(f"/de/{kind}/new", data=typed, headers=headers, status=200).body
    assert "error-explanation" in page
    assert 'value="gestern"' in page
