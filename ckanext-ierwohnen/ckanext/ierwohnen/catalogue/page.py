"""What the dataset's page asks for: template functions ``h.iw_catalogue_…``."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk

from ckanext.ierwohnen.catalogue.coverage import boundary_dates, coverage_of, level_names, level_title
from ckanext.ierwohnen.catalogue.form import language
from ckanext.ierwohnen.catalogue.freshness import State, dataset_freshness
from ckanext.ierwohnen.indicators.active import active_catalogue
from ckanext.ierwohnen.indicators.vocabulary import vocabulary
from ckanext.ierwohnen.look.reader import reader_context
from ckanext.ierwohnen.previews.kept import kept_part
from ckanext.ierwohnen.tables.category_names import category_name, dimension_name

# Shown elsewhere on the page, or of no use to a reader.
NOT_IN_DETAILS = frozenset(
    ("title", "name", "notes", "tag_string", "owner_org", "spatial", "license_id", "due_date", "topics")
)


def term(name: str, value: str) -> str:
    """The label of a vocabulary's term by code or URI."""
    return vocabulary(name).text(value, language())


def indicator(code: str) -> dict[str, str | None]:
    """Name and page of an indicator; the code itself where the catalogue does not know it."""
    found = active_catalogue().find(code)
    return {
        "name": found.name_in(language()) if found else code,
        "href": tk.h.iw_route("ierwohnen_indicators.show", code=found.code) if found else None,
    }


def topics(pkg: dict[str, Any]) -> list[dict[str, str | None]]:
    """The topics of a dataset with their pages, in the vocabulary's order."""
    named = pkg.get("topics") or []
    return [
        {"name": one.text(language()), "href": tk.h.iw_route("ierwohnen_portal.topic", code=one.code)}
        for one in vocabulary("topics")
        if one.code in named
    ]


def facts(pkg: dict[str, Any]) -> dict[str, Any]:
    """Indicators and freshness of a dataset, above the fold of its page."""
    codes = dict.fromkeys(c["indicator"] for c in coverage_of(pkg, reader_context()) if c.get("indicator"))
    return {"indicators": [indicator(code) for code in codes], "freshness": _freshness(pkg)}


def _freshness(pkg: dict[str, Any]) -> dict[str, Any] | None:
    found = dataset_freshness(pkg, date.today())
    if found.state == State.unknown or not pkg.get("frequency"):
        return None
    shown: list[tuple[str, str]] = []
    if found.delivered:
        text = tk.h.iw_date(found.delivered)
        if found.reference_date:
            text = tk._("{date}, reference date {reference}").format(
                date=text, reference=tk.h.iw_date(found.reference_date)
            )
        shown.append((tk._("Last delivery"), text))
    if found.due:
        shown.append((tk._("Next delivery"), tk._("by {date}").format(date=tk.h.iw_date(found.due))))
    complete = _completeness(pkg)
    if complete:
        shown.append((tk._("Complete"), complete))
    return {"state": found.state.value, "facts": shown, "upload": _upload(pkg)}


def freshness_of_several(
    datasets: list[dict[str, Any]], period: str, counted: tuple[int, int]
) -> dict[str, Any] | None:
    """Freshness of figures that several datasets tell: as fresh as the least fresh of them; None where none says.

    :param datasets: as `package_show` gives them
    :param period: the reference date of the figures
    :param counted: units with a value, and units
    """
    today = date.today()
    found = [dataset_freshness(pkg, today) for pkg in datasets if pkg.get("frequency")]
    known = [one for one in found if one.state != State.unknown]
    if not known:
        return None
    order = [State.ended, State.current, State.due, State.overdue]
    shown = [(tk._("Reference date"), tk.h.iw_date(period))] if period else []
    delivered = [one.delivered for one in known if one.delivered]
    due = [one.due for one in known if one.due]
    if delivered:
        shown.append((tk._("Last delivery"), tk.h.iw_date(max(delivered))))
    if due:
        shown.append((tk._("Next delivery"), tk._("by {date}").format(date=tk.h.iw_date(min(due)))))
    number, units = counted
    if units > 1:
        text = tk._("{number} of {all} units have a value")
        shown.append((tk._("Complete"), text.format(number=tk.h.iw_number(number), all=tk.h.iw_number(units))))
    return {"state": max((one.state for one in known), key=order.index).value, "facts": shown}


def _upload(pkg: dict[str, Any]) -> str:
    """Where those who may change the dataset upload its next delivery; empty for others, and without a table."""
    if not p.plugin_loaded("ierwohnen_tables") or not any(r.get("datastore_active") for r in pkg["resources"]):
        return ""
    if not tk.h.check_access("package_update", {"id": pkg["id"]}):
        return ""
    return str(tk.h.url_for("ierwohnen_tables.next_delivery", id=pkg["name"]))


def _completeness(pkg: dict[str, Any]) -> str:
    """How many units have a value, as the coverage says, or as the published tables tell: where they are fewest."""
    counted = [c for c in pkg.get("coverage") or [] if c.get("units") and c.get("units_with_value") not in (None, "")]
    pairs = [(int(c["units_with_value"]), int(c["units"])) for c in counted] or _published_units(pkg)
    if not pairs:
        return ""
    number, units = min(pairs, key=lambda pair: pair[0] / max(pair[1], 1))
    return tk._("{number} of {all} units have a value").format(number=tk.h.iw_number(number), all=tk.h.iw_number(units))


def _published_units(pkg: dict[str, Any]) -> list[tuple[int, int]]:
    """Units with a value, and units of the level, of each published table in its latest period."""
    if not p.plugin_loaded("ierwohnen_tables"):
        return []
    from ckanext.ierwohnen.tables.completeness import completeness

    found = []
    for resource in pkg.get("resources") or []:
        with suppress(tk.ObjectNotFound, tk.NotAuthorized):
            if resource.get("datastore_active") and (counted := completeness(reader_context(), resource)):
                found.append((counted.with_value, counted.units))
    return found


def columns(pkg: dict[str, Any]) -> list[dict[str, Any]]:
    """What the columns of each published table mean: ``[{"title", "columns": [{name, role, meaning, …}]}]``."""
    if not p.plugin_loaded("ierwohnen_tables"):
        return []
    from ckanext.ierwohnen.tables.meanings import column_meanings

    found = []
    for resource in pkg.get("resources") or []:
        if not resource.get("datastore_active"):
            continue
        try:
            meanings = column_meanings(reader_context(), resource["id"])
        except (tk.ObjectNotFound, tk.NotAuthorized):
            continue
        shown = [_column(m.told(language())) for m in meanings if str(m.role) not in ("unclear", "unused")]
        if shown:
            found.append({"title": tk.h.resource_display_name(resource), "columns": shown})
    return found


def _column(meaning: Any) -> dict[str, Any]:
    if str(meaning.role) == "key" and meaning.system and meaning.level:
        return _key_column(meaning)
    definition = active_catalogue().find(meaning.indicator) if meaning.indicator else None
    words = definition.name_in(language()) if definition else meaning.notes or meaning.label
    unit = definition.unit if definition else meaning.unit
    if meaning.dimension and str(meaning.role) == "dimension":
        words = dimension_name(meaning.dimension, words, language())
    return {
        "name": meaning.name,
        "role": role_name(str(meaning.role)),
        "meaning": ", ".join(part for part in (words, _class(meaning), tk.h.iw_date(meaning.period)) if part),
        "href": indicator(definition.code)["href"] if definition else None,
        "unit": vocabulary("units").text(unit, language()) if unit else "",
        "adding_up": adding_up(definition.space) if definition else "",
    }


def _class(meaning: Any) -> str:
    """The class for which a column of figures stands: `Altersgruppe: unter 18`."""
    if not (meaning.dimension and meaning.code):
        return ""
    name = dimension_name(meaning.dimension, None, language(), within=True)
    return f"{name}: {category_name(meaning.dimension, meaning.code, language())}"


def _key_column(meaning: Any) -> dict[str, Any]:
    """A column of keys: of which level of which spatial system, with the way there."""
    context = reader_context()
    level = in_reader_language(level_title(meaning.system, meaning.level, context))
    title = spatial_system_title(meaning.system)
    seen = title != meaning.system
    words = tk._("{level} ({system})").format(level=level, system=title) if seen else level
    href = tk.h.url_for("dataset.read", id=meaning.system) if seen else None
    return {
        "name": meaning.name, "role": role_name("key"), "meaning": words, "href": href, "unit": "", "adding_up": "",
    }  # fmt: skip


def role_name(role: str) -> str:
    """What a column's role is called."""
    names = {
        "key": tk._("Key"),
        "name": tk._("Name"),
        "period": tk._("Period"),
        "indicator": tk._("Indicator"),
        "dimension": tk._("Dimension"),
        "weight": tk._("Weight"),
        "contributor": tk._("Contributor"),
        "note": tk._("Note"),
        "status": tk._("Sign of the value"),
    }
    return names.get(role, role)


def adding_up(space: str) -> str:
    """How an indicator adds up over space, in words."""
    names = {
        "sum": tk._("sum"),
        "ratio": tk._("computed anew from the sums"),
        "weighted_mean": tk._("weighted mean"),
        "median": tk._("does not add up"),
        "none": tk._("does not add up"),
    }
    return names.get(space, space)


def place_and_time(pkg: dict[str, Any]) -> list[tuple[str, str]]:
    """Levels, boundary date and years for the sidebar; empty where the dataset says nothing of it."""
    found: list[tuple[str, str]] = []
    levels = [lv["title"] for lv in pkg.get("levels") or [] if lv.get("title")]
    levels += [c["level"] for c in coverage_of(pkg, reader_context()) if c.get("level")]
    if levels:
        found.append((tk._("Spatial level"), ", ".join(dict.fromkeys(map(in_reader_language, levels)))))
    elif pkg.get("geocodingText"):
        found.append((tk._("Area covered"), pkg["geocodingText"]))
    dates = [pkg["boundary_date"]] if pkg.get("boundary_date") else boundary_dates(pkg, reader_context())
    if dates:
        found.append((tk._("Boundary date"), ", ".join(tk.h.iw_date(one) for one in dates)))
    first, last = pkg.get("temporal_start"), pkg.get("temporal_end")
    if first or last:
        day = first == last or not first
        found.append((tk._("Reference date") if day else tk._("Period"), _period(first, last)))
    if pkg.get("frequency"):
        found.append((tk._("Update cycle"), term("frequencies", pkg["frequency"])))
    return found


def in_reader_language(level: str) -> str:
    """The title of a level, which data hold in German."""
    return level if language() == "de" else level_names().get(level, level)


def _period(first: str | None, last: str | None) -> str:
    if first and last and first != last:
        return tk._("{first} to {last}").format(first=tk.h.iw_date(first), last=tk.h.iw_date(last))
    return (tk._("since {date}") if first and not last else "{date}").format(date=tk.h.iw_date(first or last))


def is_ours(schema: dict[str, Any] | None) -> bool:
    """Whether a schema has been put together by us; a portal's own keeps its own page."""
    return any("section" in field for field in (schema or {}).get("dataset_fields", []))


def details(pkg: dict[str, Any], schema: dict[str, Any]) -> list[dict[str, Any]]:
    """The fields for the table of details: those that are filled and not shown elsewhere."""
    return [
        field
        for field in schema["dataset_fields"]
        if field["field_name"] not in NOT_IN_DETAILS
        and ("display_snippet" not in field or field["display_snippet"] is not None)
        and pkg.get(field["field_name"]) not in (None, "", [])
    ]


def metadata_links(pkg: dict[str, Any]) -> list[dict[str, str]]:
    """The dataset's description in the forms of RDF, where the plugin dcat gives them."""
    if pkg.get("private") or not p.plugin_loaded("dcat"):
        return []
    forms = (("RDF/XML", "rdf"), ("Turtle", "ttl"), ("JSON-LD", "jsonld"))
    return [
        {"title": title, "href": tk.h.url_for("dcat.read_dataset", _id=pkg["name"], _format=form)}
        for title, form in forms
    ]


def spatial_system_title(name: str) -> str:
    """The title of a spatial system's dataset for this reader; its name where it is not to be seen."""
    try:
        return tk.get_action("package_show")(reader_context(), {"id": name})["title"]
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return name


def name_licence(dataset: dict[str, Any]) -> None:
    """Add title and address of a licence of our vocabulary, which CKAN's own register does not know."""
    found = vocabulary("licences").find(dataset.get("license_id"))
    if found is None:
        return
    dataset["license_title"] = found.text(language())
    dataset["isopen"] = bool(found.more.get("open"))
    if found.more.get("url"):
        dataset["license_url"] = found.more["url"]


HELPERS: dict[str, Callable[..., Any]] = {
    "iw_catalogue_kept": kept_part,
    "iw_catalogue_indicator": indicator,
    "iw_catalogue_topics": topics,
    "iw_catalogue_page": facts,
    "iw_catalogue_freshness": freshness_of_several,
    "iw_catalogue_columns": columns,
    "iw_catalogue_place_and_time": place_and_time,
    "iw_catalogue_is_ours": is_ours,
    "iw_catalogue_details": details,
    "iw_catalogue_metadata_links": metadata_links,
    "iw_catalogue_spatial_system_title": spatial_system_title,
}
