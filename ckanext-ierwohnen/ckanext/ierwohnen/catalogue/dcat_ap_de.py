"""DCAT-AP.de 3.0 as a profile of ckanext-dcat, on top of its profile for DCAT-AP 3 (``euro_dcat_ap_3``).

Source: https://www.dcat-ap.de/def/dcatde/3.0/spec/ and GovData's SHACL shapes, against which tests check the
output. What the specification deprecates (``legalBasis``, ``qualityProcessURI`` as properties of dcatde) is
still written where no successor can hold the text, since GovData's harvester reads it.
"""

from __future__ import annotations

import json
import re
from typing import Any

import ckan.plugins.toolkit as tk
import shapely
from rdflib import BNode, Literal, Namespace, URIRef
from rdflib.term import Node

from ckanext.dcat.profiles.base import (
    DCAT,
    DCT,
    FOAF,
    GSP,
    LOCN,
    RDF,
    RDFS,
    SKOS,
    SPDX,
    VCARD,
    CleanedURIRef,
    RDFProfile,
)
from ckanext.dcat.utils import resource_uri
from ckanext.ierwohnen.indicators.vocabulary import vocabulary

DCATDE = Namespace("http://dcat-ap.de/def/dcatde/")
DCATAP = Namespace("http://data.europa.eu/r5r/")
GEODCATAP = Namespace("http://data.europa.eu/930/")
MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
GERMAN = "http://publications.europa.eu/resource/authority/language/DEU"
CHECKSUMS = {32: "md5", 40: "sha1", 64: "sha256", 128: "sha512"}


class DcatApDeProfile(RDFProfile):
    """Adds what Germany asks for, and mends what would violate its shapes."""

    # --- writing ----------------------------------------------------------------------------------------------------

    def graph_from_dataset(self, dataset_dict: dict[str, Any], dataset_ref: URIRef) -> None:
        """Complete the graph of one dataset."""
        self._bind()
        self._words(dataset_dict, dataset_ref)
        self._german_properties(dataset_dict, dataset_ref)
        self._places(dataset_dict, dataset_ref)
        self._agents(dataset_dict, dataset_ref)
        self._contacts(dataset_ref)
        for resource in dataset_dict.get("resources") or []:
            self._distribution(dataset_dict, resource, dataset_ref)

    def graph_from_catalog(self, catalog_dict: dict[str, Any] | None, catalog_ref: URIRef) -> None:
        """Complete the graph of the catalogue: language as a term, description and publisher are mandatory."""
        self._bind()
        graph = self.g
        graph.remove((catalog_ref, DCT.language, None))
        for language in ("DEU", "ENG"):
            graph.add((catalog_ref, DCT.language, URIRef(GERMAN.replace("DEU", language))))
        title = str(tk.config.get("ckan.site_title") or "CKAN")
        if (catalog_ref, DCT.description, None) not in graph:
            graph.add((catalog_ref, DCT.description, Literal(title)))
        if (catalog_ref, DCT.publisher, None) not in graph:
            publisher = URIRef(f"{str(catalog_ref).rstrip('/')}/#publisher")
            graph.add((publisher, RDF.type, FOAF.Agent))
            graph.add((publisher, FOAF.name, Literal(title)))
            graph.add((catalog_ref, DCT.publisher, publisher))

    def _bind(self) -> None:
        for prefix, namespace in (("dcatde", DCATDE), ("dcatap", DCATAP), ("geodcatap", GEODCATAP)):
            self.g.bind(prefix, namespace, override=True)

    def _words(self, dataset: dict[str, Any], ref: URIRef) -> None:
        """Title and description are mandatory: the name stands in for a title, the title for a description."""
        title = dataset.get("title") or dataset["name"]
        for predicate in (DCT.title, DCT.description):
            if (ref, predicate, None) not in self.g:
                self.g.add((ref, predicate, Literal(title)))

    def _german_properties(self, dataset: dict[str, Any], ref: URIRef) -> None:
        for name in ("contributorID", "politicalGeocodingLevelURI", "qualityProcessURI"):
            for value in _values(dataset, name):
                self.g.add((ref, DCATDE[name], CleanedURIRef(value)))
        for value in _values(dataset, "availability"):
            self.g.add((ref, DCATAP.availability, CleanedURIRef(value)))
        for value in _values(dataset, "legalBasis"):
            self.g.add((ref, DCATDE.legalBasis, Literal(value, lang="de")))
        for value in _values(dataset, "qualityNote"):
            self._labelled(ref, DCT.provenance, DCT.ProvenanceStatement, value)

    def _places(self, dataset: dict[str, Any], ref: URIRef) -> None:
        """Official areas by URI; name and outline of the area covered in one node.

        The outline is given as its box: the shapes refuse the literal that ckanext-dcat writes for
        ``locn:geometry``, and other portals' ckanext-dcat stumbles over the node that the shapes ask for.
        ``dcat:bbox`` suits both.
        """
        for place in list(self.g.objects(ref, DCT.spatial)):
            for outline in [o for o in self.g.objects(place, LOCN.geometry) if isinstance(o, Literal)]:
                self.g.remove((place, LOCN.geometry, outline))
        if dataset.get("spatial"):
            self._outline(str(dataset["spatial"]), ref)
        for value in _values(dataset, "politicalGeocodingURI"):
            area = CleanedURIRef(value)
            self.g.add((area, RDF.type, DCT.Location))
            self.g.add((ref, DCT.spatial, area))
        for text in _values(dataset, "geocodingText"):
            drawn = [n for n in self.g.objects(ref, DCT.spatial) if (n, DCAT.bbox, None) in self.g]
            node = drawn[0] if drawn else BNode()
            self.g.add((node, RDF.type, DCT.Location))
            self.g.add((node, SKOS.prefLabel, Literal(text, lang="de")))
            self.g.add((ref, DCT.spatial, node))

    def _outline(self, geojson: str, ref: URIRef) -> None:
        try:
            shape = shapely.from_geojson(geojson)
        except shapely.errors.GEOSException:
            return
        place = next((n for n in self.g.objects(ref, DCT.spatial) if isinstance(n, BNode)), BNode())
        self.g.add((ref, DCT.spatial, place))
        self.g.add((place, RDF.type, DCT.Location))
        box = shapely.to_wkt(shapely.box(*shape.bounds), rounding_precision=6)
        self.g.add((place, DCAT.bbox, Literal(box, datatype=GSP.wktLiteral)))

    def _agents(self, dataset: dict[str, Any], ref: URIRef) -> None:
        """A publisher is mandatory; ckanext-dcat's fallback to the organization is kept where it applies."""
        if (ref, DCT.publisher, None) not in self.g:
            organization = dataset.get("organization") or {}
            name = organization.get("title") or str(tk.config.get("ckan.site_title") or "CKAN")
            self._agent(ref, DCT.publisher, name, None)
        for predicate in (DCT.publisher, DCT.creator):
            for agent in self.g.objects(ref, predicate):
                if (agent, FOAF.name, None) not in self.g:
                    self.g.add((agent, FOAF.name, Literal(str(agent))))
        if dataset.get("maintainer"):
            self._agent(ref, GEODCATAP.custodian, dataset["maintainer"], dataset.get("maintainer_email"))

    def _agent(self, ref: URIRef, predicate: URIRef, name: str, email: str | None) -> None:
        agent = BNode()
        self.g.add((agent, RDF.type, FOAF.Agent))
        self.g.add((agent, FOAF.name, Literal(name)))
        if email:
            self.g.add((agent, FOAF.mbox, URIRef(f"mailto:{email}")))
        self.g.add((ref, predicate, agent))

    def _contacts(self, ref: URIRef) -> None:
        """A contact that names no way to reach it violates the shapes: it is left out."""
        for contact in list(self.g.objects(ref, DCAT.contactPoint)):
            ways = (VCARD.hasEmail, VCARD.hasURL, VCARD.hasTelephone)
            if not any((contact, way, None) in self.g for way in ways):
                self.g.remove((contact, None, None))
                self.g.remove((ref, DCAT.contactPoint, contact))
                continue
            self.g.add((contact, RDF.type, VCARD.Kind))

    def _distribution(self, dataset: dict[str, Any], resource: dict[str, Any], ref: URIRef) -> None:
        node = CleanedURIRef(resource_uri(resource))
        self._licence(dataset, resource, node)
        for text in _values(dataset, "licenseAttributionByText"):
            self.g.add((node, DCATDE.licenseAttributionByText, Literal(text, lang="de")))
        for value in _values(dataset, "availability"):
            self.g.set((node, DCATAP.availability, CleanedURIRef(value)))
        self._format(resource, node)
        self._checksum(resource, node)
        if (node, DCT.title, None) not in self.g:
            self.g.add((node, DCT.title, Literal(resource.get("name") or dataset.get("title") or resource["id"])))
        if (node, DCAT.accessURL, None) not in self.g:
            self.g.add((node, DCAT.accessURL, CleanedURIRef(str(node))))
        if resource.get("url_type") == "upload" and resource.get("url"):
            self.g.set((node, DCAT.downloadURL, CleanedURIRef(resource["url"])))

    def _licence(self, dataset: dict[str, Any], resource: dict[str, Any], node: URIRef) -> None:
        given = resource.get("license") or dataset.get("license_id")
        term = vocabulary("licences").find(given)
        uri = term.uri if term else next((u for u in (given, dataset.get("license_url")) if _is_address(u)), None)
        for old in list(self.g.objects(node, DCT.license)):
            self.g.remove((node, DCT.license, old))
            self.g.remove((old, DCT.type, URIRef("http://purl.org/adms/licencetype/UnknownIPR")))
        # Mandatory in Germany: without a statement nothing may be assumed, which "other, restricted" says.
        licence = CleanedURIRef(uri or vocabulary("licences").find("other-closed").uri)  # type: ignore[union-attr]
        self.g.add((licence, RDF.type, DCT.LicenseDocument))
        self.g.add((node, DCT.license, licence))

    def _format(self, resource: dict[str, Any], node: URIRef) -> None:
        wanted = str(resource.get("format") or "").lower()
        term = next((t for t in vocabulary("file_formats") if t.code.lower() == wanted), None)
        self.g.remove((node, DCT["format"], None))
        if term and term.uri:
            self.g.add((node, DCT["format"], URIRef(term.uri)))
            self.g.add((URIRef(term.uri), RDF.type, DCT.MediaTypeOrExtent))
        elif wanted:
            self._labelled(node, DCT["format"], DCT.MediaTypeOrExtent, resource["format"])
        media = resource.get("mimetype") or (term.more.get("media_type") if term else None)
        self.g.remove((node, DCAT.mediaType, None))
        if media and re.fullmatch(r"[\w.+-]+/[\w.+-]+", str(media)):
            address = URIRef(MEDIA_TYPES + media)
            self.g.add((node, DCAT.mediaType, address))
            self.g.add((address, RDF.type, DCT.MediaType))

    def _checksum(self, resource: dict[str, Any], node: URIRef) -> None:
        """The algorithm follows from the length; what is no checksum is left out."""
        for old in list(self.g.objects(node, SPDX.checksum)):
            self.g.remove((old, None, None))
            self.g.remove((node, SPDX.checksum, old))
        value = str(resource.get("hash") or "").rpartition(":")[2]
        algorithm = CHECKSUMS.get(len(value)) if re.fullmatch(r"[0-9a-fA-F]+", value) else None
        if algorithm:
            checksum = BNode()
            kind = URIRef(f"http://spdx.org/rdf/terms#checksumAlgorithm_{algorithm}")
            self.g.add((checksum, RDF.type, SPDX.Checksum))
            self.g.add((kind, RDF.type, SPDX.ChecksumAlgorithm))
            self.g.add((checksum, SPDX.algorithm, kind))
            hex_binary = URIRef("http://www.w3.org/2001/XMLSchema#hexBinary")
            self.g.add((checksum, SPDX.checksumValue, Literal(value, datatype=hex_binary)))
            self.g.add((node, SPDX.checksum, checksum))

    def _labelled(self, ref: URIRef, predicate: URIRef, kind: URIRef, text: str) -> None:
        node = BNode()
        self.g.add((node, RDF.type, kind))
        self.g.add((node, RDFS.label, Literal(text, lang="de")))
        self.g.add((ref, predicate, node))

    # --- reading ----------------------------------------------------------------------------------------------------

    def parse_dataset(self, dataset_dict: dict[str, Any], dataset_ref: Node) -> dict[str, Any]:
        """Take over Germany's properties from the graph of another portal."""
        for name in ("contributorID",):
            self._read(dataset_dict, name, self.g.objects(dataset_ref, DCATDE[name]), many=True)
        for name in ("politicalGeocodingLevelURI", "qualityProcessURI", "legalBasis"):
            self._read(dataset_dict, name, self.g.objects(dataset_ref, DCATDE[name]))
        self._read(dataset_dict, "availability", self.g.objects(dataset_ref, DCATAP.availability))
        areas = [n for n in self.g.objects(dataset_ref, DCT.spatial) if "politicalGeocoding" in str(n)]
        self._read(dataset_dict, "politicalGeocodingURI", areas, many=True)
        texts = [t for n in self.g.objects(dataset_ref, DCT.spatial) for t in self.g.objects(n, SKOS.prefLabel)]
        self._read(dataset_dict, "geocodingText", texts)
        boxes = [b for n in self.g.objects(dataset_ref, DCT.spatial) for b in self.g.objects(n, DCAT.bbox)]
        self._read(dataset_dict, "spatial", filter(None, map(_geojson, boxes)))
        notes = [t for n in self.g.objects(dataset_ref, DCT.provenance) for t in self.g.objects(n, RDFS.label)]
        self._read(dataset_dict, "qualityNote", notes)
        distributions = list(self.g.objects(dataset_ref, DCAT.distribution))
        attributions = [t for n in distributions for t in self.g.objects(n, DCATDE.licenseAttributionByText)]
        self._read(dataset_dict, "licenseAttributionByText", attributions)
        licence = vocabulary("licences").find(
            next((str(u) for n in distributions for u in self.g.objects(n, DCT.license)), None)
        )
        if licence:
            dataset_dict["license_id"] = licence.code
        self._fit_choices(dataset_dict)
        return dataset_dict

    def _fit_choices(self, dataset: dict[str, Any]) -> None:
        """Keep what our vocabularies know: one strange term must not turn away a whole dataset."""
        for field in (self._dataset_schema or {}).get("dataset_fields", []):
            name, known = field["field_name"], {c["value"] for c in field.get("choices", [])}
            if not known or name not in dataset or name == "license_id":
                continue
            value = dataset[name]
            if isinstance(value, str) and value.startswith("["):
                value = json.loads(value)
            if isinstance(value, list):
                dataset[name] = [v for v in value if v in known]
            elif value not in known:
                del dataset[name]

    def _read(self, dataset: dict[str, Any], name: str, nodes: Any, many: bool = False) -> None:
        values = sorted({str(n) for n in nodes})
        if not values:
            return
        value: Any = values if many else values[0]
        if self._schema_field(name):
            dataset[name] = value
            dataset["extras"] = [e for e in dataset.get("extras", []) if e["key"] != name]
        else:
            self._set_dataset_value(dataset, name, "; ".join(values))


def _values(dataset: dict[str, Any], name: str) -> list[str]:
    value = dataset.get(name)
    if value is None:
        value = next((e["value"] for e in dataset.get("extras") or [] if e["key"] == name), None)
    return [str(v) for v in (value if isinstance(value, list) else [value]) if v not in (None, "")]


def _geojson(box: Node) -> str | None:
    """A box as GeoJSON, given as WKT or GeoJSON."""
    text = str(box)
    try:
        shape = shapely.from_geojson(text) if text.startswith("{") else shapely.from_wkt(text)
    except shapely.errors.GEOSException:
        return None
    return str(shapely.to_geojson(shape))


def _is_address(value: Any) -> bool:
    return bool(value) and str(value).startswith(("http://", "https://"))
