"""Dataset types in the portal: created, shown, refused with the place of the error."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories
from ckan.tests.helpers import call_action

ANNUAL = "http://publications.europa.eu/resource/authority/frequency/ANNUAL"


def indicator_data(**fields):
    """An indicator dataset as the smallest that is valid, changed by `fields`."""
    return {
        "type": "indicator-data",
        "name": "leerstand",
        "title": "Wohnungsleerstand nach Stadtteilen",
        "notes": "Leere Wohnungen nach Stadtteilen.",
        "frequency": ANNUAL,
        "license_id": "dl-by-de/2.0",
        "licenseAttributionByText": "Stadt Neuwald an der Mulde",
        **fields,
    }


@pytest.fixture
def create(clean_db, clean_index):
    org = factories.Organization(title="Fachstelle Statistik")
    user = factories.Sysadmin()["name"]

    def act(**fields):
        return call_action("package_create", {"user": user}, owner_org=org["id"], **fields)

    return act


@pytest.mark.usefixtures("with_plugins")
class TestDatasetTypes:
    """The three types exist with the shared fields."""

    def test_the_three_types_are_complete_schemas(self):
        for name in ("dataset", "indicator-data", "spatial-system"):
            schema = call_action("scheming_dataset_schema_show", type=name)
            names = [f["field_name"] for f in schema["dataset_fields"]]
            assert {"spatial", "contributorID", "license_id", "politicalGeocodingLevelURI"} <= set(names)
            assert not [f for f in schema["dataset_fields"] if "include" in f or "vocabulary" in f]

    def test_repeating_groups_are_kept_as_lists(self, create):
        made = create(
            **indicator_data(
                coverage=[{"indicator": "population", "level": "Stadtteil", "from": "2015", "to": "2025"}],
                deliveries=[{"reference_date": "2025-12-31", "due": "2026-11-30", "delivered": "2026-11-18"}],
                topics=["demand"],
            )
        )
        shown = call_action("package_show", id=made["id"])
        assert shown["coverage"][0]["indicator"] == "population"
        assert shown["deliveries"][0]["delivered"] == "2026-11-18"
        assert shown["topics"] == ["demand"]
        assert shown["license_title"].startswith("Datenlizenz Deutschland")

    def test_an_outline_is_found_by_box(self, create):
        outline = '{"type": "Polygon", "coordinates": [[[12.0, 51.0], [12.1, 51.0], [12.1, 51.1], [12.0, 51.0]]]}'
        create(**indicator_data(spatial=outline))
        found = call_action("package_search", extras={"ext_bbox": "11.9,50.9,12.2,51.2"})
        assert found["count"] == 1

    def test_a_plain_dataset_needs_no_more_than_a_name(self, create):
        assert create(name="irgendwas")["type"] == "dataset"


@pytest.mark.usefixtures("with_plugins")
class TestRefusals:
    """What is refused, and where the error stands."""

    def refused(self, create, **fields):
        with pytest.raises(tk.ValidationError) as caught:
            create(**indicator_data(**fields))
        return caught.value.error_dict

    def test_a_licence_with_attribution_wants_a_source_note(self, create):
        assert "licenseAttributionByText" in self.refused(create, licenseAttributionByText="")

    def test_a_licence_without_attribution_does_not(self, create):
        assert create(**indicator_data(license_id="dl-zero-de/2.0", licenseAttributionByText=""))

    def test_the_same_indicator_and_level_twice(self, create):
        twice = [{"indicator": "population", "level": "Stadtteil"}] * 2
        errors = self.refused(create, coverage=twice)
        assert "indicator" in errors["coverage"][1]

    def test_an_unknown_indicator(self, create):
        errors = self.refused(create, coverage=[{"indicator": "gluecklichkeit"}])
        assert "gluecklichkeit" in errors["coverage"][0]["indicator"][0]

    def test_a_contact_that_cannot_be_reached(self, create):
        errors = self.refused(create, contact=[{"name": "Fachstelle"}])
        assert "email" in errors["contact"][0]

    def test_an_end_before_the_beginning(self, create):
        assert "temporal_end" in self.refused(create, temporal_start="2025-12-31", temporal_end="2015-12-31")

    def test_an_outline_in_metres(self, create):
        assert "spatial" in self.refused(create, spatial='{"type": "Point", "coordinates": [4567000, 5640000]}')

    def test_an_empty_group_is_no_entry(self, create):
        made = create(**indicator_data(contact=[{"name": "", "email": "", "url": ""}], coverage=[{"indicator": ""}]))
        shown = call_action("package_show", id=made["id"])
        assert not shown.get("contact") and not shown.get("coverage")
