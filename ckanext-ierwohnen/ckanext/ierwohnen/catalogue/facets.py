"""Facets of the search: topic, indicator, spatial level, year and type, with names for people instead of codes.

The values are put into Solr's dynamic multi-valued field ``vocab_*`` when a dataset is indexed; CKAN's schema has
it already.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from datetime import date
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk

from ckanext.ierwohnen.catalogue import freshness_facet
from ckanext.ierwohnen.catalogue.coverage import coverage_of, level_names
from ckanext.ierwohnen.catalogue.form import language
from ckanext.ierwohnen.catalogue.outline import outline_of
from ckanext.ierwohnen.indicators.active import active_catalogue
from ckanext.ierwohnen.indicators.vocabulary import vocabulary
from ckanext.ierwohnen.look.numbers import only_digits

TOPIC, INDICATOR, LEVEL, YEAR = "vocab_iw_topic", "vocab_iw_indicator", "vocab_iw_level", "vocab_iw_year"
THEME = "vocab_iw_theme"
TYPE = "dataset_type"
LONGEST = 32_000  # Solr refuses a single term above 32,766 bytes


def with_ours(facets_dict: OrderedDict[str, str]) -> OrderedDict[str, str]:
    """Our facets, then the portal's: topic, level and year narrow a search best; groups and tags come last."""
    ours: OrderedDict[str, str] = OrderedDict(
        [
            (TOPIC, tk._("Topic")),
            (INDICATOR, tk._("Indicator")),
            (LEVEL, tk._("Spatial level")),
            (YEAR, tk._("Year")),
            (freshness_facet.FACET, tk._("Freshness")),
            (TYPE, tk._("Type")),
        ]
    )
    ours.update(facets_dict)
    return ours


def index(pkg_dict: dict[str, Any]) -> dict[str, Any]:
    """The index document with our facets, the names of its indicators as text, and without long structures."""
    dataset = json.loads(pkg_dict.get("validated_data_dict") or "{}")
    dataset["coverage"] = [c for c in _list(dataset.get("coverage")) if isinstance(c, dict)]
    coverage = coverage_of(dataset, {"ignore_auth": True})
    levels = [lv.get("title") for lv in _list(dataset.get("levels")) if isinstance(lv, dict)]
    pkg_dict[TOPIC] = _list(dataset.get("topics"))
    pkg_dict[INDICATOR] = _unique(c.get("indicator") for c in coverage)
    pkg_dict[LEVEL] = _unique([*(c.get("level") for c in coverage), *levels])
    pkg_dict[YEAR] = _years(dataset, coverage)
    pkg_dict[THEME] = _list(dataset.get("theme"))
    pkg_dict.update(freshness_facet.days(dataset, date.today()))
    pkg_dict["extras_iw_indicator_names"] = _indicator_words(pkg_dict[INDICATOR])
    for name in ("coverage", "deliveries", "levels", "contact", "publisher", "creator"):
        # Kept whole in validated_data_dict; as text their field names and addresses would be found by any search.
        pkg_dict.pop(name, None)
        pkg_dict.pop(f"extras_{name}", None)
    if not pkg_dict.get("extras_spatial"):
        outline = outline_of(dataset)
        if outline:
            pkg_dict["extras_spatial"] = pkg_dict["spatial"] = outline
    if not p.plugin_loaded("spatial_query"):
        pkg_dict.pop("extras_spatial", None)
        if len(str(pkg_dict.get("spatial") or "").encode()) > LONGEST:
            pkg_dict.pop("spatial")
    return pkg_dict


def name_items(search_results: dict[str, Any]) -> dict[str, Any]:
    """Give each facet item of ours its name in the reader's language."""
    facets = search_results.get("search_facets") or {}
    for facet, namer in NAMERS.items():
        for item in facets.get(facet, {}).get("items", []):
            item["display_name"] = namer(item["name"])
    levels = facets.get(LEVEL, {}).get("items", [])
    names = level_names() if levels and language() != "de" else {}
    for item in levels:
        item["display_name"] = names.get(item["name"], item["name"])
    return search_results


def type_name(dataset_type: str) -> str:
    """What a dataset type is called."""
    names = {
        "dataset": tk._("Dataset"),
        "indicator-data": tk._("Indicator data"),
        "spatial-system": tk._("Spatial system"),
        "stock-data": tk._("Stock data"),
    }
    return names.get(dataset_type) or tk.h.humanize_entity_type("package", dataset_type, "facet") or dataset_type


def _indicator_name(code: str) -> str:
    indicator = active_catalogue().find(code)
    return indicator.name_in(language()) if indicator else code


def _indicator_words(codes: list[str]) -> str:
    found = [active_catalogue().find(code) for code in codes]
    return " ".join(w for i in found if i for w in (*i.name.values(), *i.synonyms))


NAMERS = {
    TOPIC: lambda code: vocabulary("topics").text(code, language()),
    THEME: lambda uri: vocabulary("themes").text(uri, language()),
    INDICATOR: _indicator_name,
    TYPE: type_name,
    "license_id": lambda code: vocabulary("licences").text(code, language()),
}


def _years(dataset: dict[str, Any], coverage: list[dict[str, Any]]) -> list[str]:
    spans = [(c.get("from"), c.get("to")) for c in coverage]
    spans.append((dataset.get("temporal_start"), dataset.get("temporal_end")))
    years: set[int] = set()
    for first, last in spans:
        begin, end = _year(first), _year(last)
        begin, end = begin or end, end or begin
        if begin and end and 0 <= end - begin <= 200:
            years.update(range(begin, end + 1))
    return [str(y) for y in sorted(years, reverse=True)]


def _year(value: Any) -> int | None:
    text = str(value or "")[:4]
    return int(text) if only_digits(text) else None


def _list(value: Any) -> list[Any]:
    if isinstance(value, str) and value.startswith("["):
        value = json.loads(value)
    return value if isinstance(value, list) else [value] if value else []


def _unique(values: Any) -> list[str]:
    return list(dict.fromkeys(str(v) for v in values if v))
