"""DCAT-AP.de: no violation of GovData's shapes, and another CKAN reads back what was written."""

from __future__ import annotations

import pytest
from ckan.tests import factories
from ckan.tests.helpers import call_action
from rdflib import Graph, URIRef
from rdflib.compare import isomorphic

GEOCODING = "http://dcat-ap.de/def/politicalGeocoding/"
AUTHORITY = "http://publications.europa.eu/resource/authority/"
FULL = {
    "type": "indicator-data",
    "name": "leerstand",
    "title": "Wohnungsleerstand nach Stadtteilen",
    "notes": "Leere Wohnungen nach Stadtteilen.",
    "tag_string": "Leerstand,Wohnungsbestand",
    "theme": [AUTHORITY + "data-theme/SOCI", AUTHORITY + "data-theme/REGI"],
    "frequency": AUTHORITY + "frequency/ANNUAL",
    "license_id": "dl-by-de/2.0",
    "licenseAttributionByText": "Stadt Neuwald an der Mulde, Fachstelle Statistik",
    "publisher": [
        {
            "name": "Stadt Neuwald an der Mulde",
            "type": "http://purl.org/adms/publishertype/LocalAuthority",
            "email": "statistik@neuwald.example",
        }
    ],
    "contact": [{"name": "Fachstelle Statistik", "email": "statistik@neuwald.example"}],
    "maintainer": "Fachstelle Statistik",
    "contributorID": ["http://dcat-ap.de/def/contributors/neuwald"],
    "geocodingText": "Neuwald an der Mulde",
    "politicalGeocodingLevelURI": GEOCODING + "Level/municipality",
    "politicalGeocodingURI": [GEOCODING + "municipalityKey/14999010"],
    "spatial": '{"type": "Polygon", "coordinates": [[[12.0, 51.0], [12.1, 51.0], [12.1, 51.1], [12.0, 51.0]]]}',
    "temporal_start": "2015-12-31",
    "temporal_end": "2025-12-31",
    "issued": "2017-05-02",
    "modified": "2026-11-18",
    "availability": AUTHORITY + "planned-availability/STABLE",
    "access_rights": AUTHORITY + "access-right/PUBLIC",
    "language": [AUTHORITY + "language/DEU"],
    "legalBasis": "§ 8 SächsEGovG; Satzung Kommunalstatistik 2019",
    "qualityNote": "Stromzählerverfahren",
    "qualityProcessURI": "https://neuwald.example/qualitaet",
    "conforms_to": ["https://neuwald.example/standard"],
    "documentation": ["https://neuwald.example/handbuch"],
    "url": "https://neuwald.example/leerstand",
    "resources": [
        {"url": "https://neuwald.example/leerstand.csv", "name": "Leerstand", "format": "CSV"},
        {"url": "https://neuwald.example/leerstand.xlsx", "format": "XLSX"},
        {"url": "https://neuwald.example/seltsam", "format": "Seltsam", "hash": "kein Hash"},
    ],
}
BARE = {"name": "ohne-alles", "resources": [{"url": "https://neuwald.example/x"}]}
SPATIAL = {"type": "spatial-system", "name": "gliederung", "title": "Gliederung", "boundary_date": "2021-01-01"}


@pytest.fixture
def made(clean_db, clean_index):
    user = factories.Sysadmin()["name"]
    org = factories.Organization(title="Fachstelle Statistik")["id"]
    return [call_action("package_create", {"user": user}, owner_org=org, **one) for one in (FULL, BARE, SPATIAL)]


def violations(graph: Graph, folder) -> list[str]:
    """What breaks the shapes that GovData's validator uses, warnings left out."""
    from pyshacl import validate

    shapes = Graph()
    files = ("dcat-ap_3_shacl_shapes", "dcat-ap-SHACL-DE", "dcat-ap-spec-german-additions", "dcat-ap-de-deprecated")
    for name in files:
        shapes.parse(folder / "dcat_ap_de" / f"{name}.ttl")
    _, report, _ = validate(graph, shacl_graph=shapes, advanced=True)
    query = """PREFIX sh: <http://www.w3.org/ns/shacl#>
        SELECT ?path ?node ?value ?message WHERE {
          ?r a sh:ValidationResult; sh:resultSeverity sh:Violation; sh:focusNode ?node.
          OPTIONAL {?r sh:resultPath ?path} OPTIONAL {?r sh:value ?value} OPTIONAL {?r sh:resultMessage ?message} }"""
    return [" | ".join(str(cell) for cell in row) for row in report.query(query)]


@pytest.mark.usefixtures("with_plugins")
class TestShapes:
    """Validated against the shapes of DCAT-AP 3 and of DCAT-AP.de 3.0."""

    def test_the_shapes_are_in_force(self, real_data):
        broken = Graph().parse(
            data="@prefix dcat: <http://www.w3.org/ns/dcat#> . <urn:x> a dcat:Dataset .", format="turtle"
        )
        assert violations(broken, real_data)

    def test_the_datasets(self, made, real_data, app):
        graph = Graph()
        for dataset in made:
            graph.parse(data=app.get(f"/dataset/{dataset['name']}.ttl", status=200).body, format="turtle")
        assert not violations(graph, real_data)

    def test_all_forms_say_the_same(self, made, app):
        forms = {"ttl": "turtle", "xml": "xml", "jsonld": "json-ld"}
        graphs = [
            Graph().parse(data=app.get(f"/dataset/leerstand.{form}", status=200).body, format=name)
            for form, name in forms.items()
        ]
        assert len({len(graph) for graph in graphs}) == 1
        assert isomorphic(graphs[0], graphs[2])

    def test_the_catalogue(self, made, real_data, app):
        graph = Graph().parse(data=app.get("/catalog.ttl", status=200).body, format="turtle")
        assert not violations(graph, real_data)


@pytest.mark.usefixtures("with_plugins")
class TestContent:
    """What is written, and that it is understood."""

    def test_our_fields_are_written(self, made, app):
        graph = Graph().parse(data=app.get("/dataset/leerstand.ttl").body, format="turtle")
        written = {str(o) for o in graph.objects()}
        for name in ("contributorID", "politicalGeocodingURI", "theme", "language"):
            assert set(FULL[name]) <= written, name
        for name in ("legalBasis", "qualityNote", "qualityProcessURI", "availability", "licenseAttributionByText"):
            assert FULL[name] in written, name
        assert "http://dcat-ap.de/def/licenses/dl-by-de/2.0" in written
        assert AUTHORITY + "file-type/CSV" in written

    def test_another_portal_reads_it_back(self, made, app):
        from ckanext.dcat.processors import RDFParser

        parser = RDFParser(dataset_type="dataset")
        parser.parse(app.get("/dataset/leerstand.xml").body, _format="xml")
        read = next(iter(parser.datasets()))
        for name in ("title", "notes", "contributorID", "politicalGeocodingLevelURI", "politicalGeocodingURI",
                     "license_id", "licenseAttributionByText", "legalBasis", "availability", "geocodingText",
                     "qualityNote", "temporal_start", "frequency"):  # fmt: skip
            assert read.get(name) == FULL[name], name
        assert sorted(read["theme"]) == sorted(FULL["theme"])
        assert read["contact"][0]["email"] == "statistik@neuwald.example"
        assert len(read["resources"]) == 3
        assert '"Polygon"' in read["spatial"] and "12.1" in read["spatial"]

    def test_a_private_dataset_is_not_given_away(self, made, app):
        call_action("package_patch", {"user": factories.Sysadmin()["name"]}, id="leerstand", private=True)
        app.get("/dataset/leerstand.ttl", status=403)
        graph = Graph().parse(data=app.get("/catalog.ttl").body, format="turtle")
        assert not any("leerstand" in str(s) for s in graph.subjects() if isinstance(s, URIRef))
