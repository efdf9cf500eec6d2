"""Validators of the dataset types: web addresses, years, outlines, and rules between fields and within repeating
groups.

Scheming runs no validators on a repeating field as a whole, only on its subfields. A field's ``group_validators``
are therefore run by ``iw_check_groups`` after all fields, on the groups as lists of dicts; values stay as they
were typed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import ckan.plugins.toolkit as tk

from ckanext.ierwohnen.indicators.vocabulary import vocabulary

Key = tuple[Any, ...]
Groups = dict[int, dict[str, Any]]
GroupErrors = list[tuple[int, str, str]]


def iw_given(field: dict[str, Any], schema: dict[str, Any]) -> Callable[..., Any]:
    """Mandatory fields must be filled; others may be empty, also by the empty text that a form sends for them.

    Scheming's own ``scheming_required`` lets an empty text through to the validators behind it.
    """
    return tk.get_validator("not_empty" if field.get("required") else "ignore_empty")


iw_given.is_a_scheming_validator = True  # type: ignore[attr-defined]


def iw_url(value: Any) -> Any:
    """An http(s) address, or a ``tel:``/``urn:`` identifier."""
    parts = urlsplit(str(value))
    if parts.scheme in ("http", "https") and parts.netloc and not re.search(r"\s", str(value)):
        return value
    if parts.scheme in ("urn", "tel") and parts.path:
        return value
    raise tk.Invalid(tk._("“{value}” is no web address. It begins with https://").format(value=value))


def iw_url_list(key: Key, data: dict[Key, Any], errors: dict[Key, list[str]], context: Any) -> None:
    """Each entry of a list (JSON, as ``scheming_multiple_text`` stores it) is a web address."""
    for value in json.loads(data.get(key) or "[]"):
        try:
            iw_url(value)
        except tk.Invalid as error:
            errors[key].append(error.error)


def iw_year(value: Any) -> str:
    """A year of four digits, as text."""
    if re.fullmatch(r"(1[89]|20|21)\d\d", str(value).strip()):
        return str(value).strip()
    raise tk.Invalid(tk._("“{value}” is no year. Write four digits, for example 2025.").format(value=value))


def iw_ags(value: Any) -> str:
    """An official municipality key of eight digits; leading zeros are part of it."""
    text = str(value).strip()
    if re.fullmatch(r"\d{8}", text):
        return text
    raise tk.Invalid(tk._("The municipality key has eight digits, leading zeros included."))


def iw_geojson(value: Any) -> str:
    """A GeoJSON geometry in longitude and latitude, as text; a Feature is reduced to its geometry."""
    try:
        shape = json.loads(value) if isinstance(value, str) else value
        if shape.get("type") == "Feature":
            shape = shape["geometry"]
        kind, coordinates = shape["type"], shape["coordinates"]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise tk.Invalid(
            tk._("This is no GeoJSON geometry. Paste the geometry of one area, or leave the field empty.")
        ) from None
    numbers = [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?", json.dumps(coordinates))]
    if kind not in ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon") or not numbers:
        raise tk.Invalid(tk._("GeoJSON of the kind “{kind}” is no geometry.").format(kind=kind))
    if any(abs(n) > 180 for n in numbers):
        raise tk.Invalid(tk._("Coordinates must be longitude and latitude (EPSG:4326)."))
    return json.dumps(shape)


def iw_licence(value: Any, context: Any) -> Any:
    """A licence of our vocabulary (by code or URI, stored as code) or of the portal's own register."""
    term = vocabulary("licences").find(str(value))
    if term:
        return term.code
    if any(value == entry["id"] for entry in tk.get_action("license_list")({"ignore_auth": True}, {})):
        return value
    raise tk.Invalid(tk._("“{value}” is no licence of this portal.").format(value=value))


def iw_indicator(value: Any) -> str:
    """The code of an indicator of the catalogue, whatever the case."""
    from ckanext.ierwohnen.indicators.active import active_catalogue

    found = active_catalogue().find(str(value))
    if found is None:
        raise tk.Invalid(tk._("There is no indicator “{code}” in the catalogue.").format(code=value))
    return found.code


def iw_required_with_attribution(key: Key, data: dict[Key, Any], errors: dict[Key, list[str]], context: Any) -> None:
    """The source note is mandatory where the licence demands that the source is named."""
    licence = vocabulary("licences").find(str(data.get(("license_id",)) or ""))
    if licence and licence.more.get("attribution") and not _given(data.get(key)):
        errors[key].append(tk._("This licence demands a source note. Write how the source is to be named."))
        raise tk.StopOnError()


def iw_not_before(other: str) -> Callable[..., None]:
    """A date (ISO text) that is not before the date in the field ``other``."""

    def validator(key: Key, data: dict[Key, Any], errors: dict[Key, list[str]], context: Any) -> None:
        first, last = data.get((*key[:-1], other)), data.get(key)
        if _given(first) and _given(last) and str(last)[:10] < str(first)[:10]:
            errors[key].append(tk._("The end is before the beginning."))

    return validator


# --- repeating groups -------------------------------------------------------------------------------------------------


def iw_contact_reachable(field: dict[str, Any], groups: Groups) -> GroupErrors:
    """A contact with a name can be reached by e-mail or web page."""
    message = tk._("Add an e-mail address or a web page.")
    return [
        (i, "email", message)
        for i, group in groups.items()
        if not _given(group.get("email")) and not _given(group.get("url"))
    ]


def iw_unique_groups(field: dict[str, Any], groups: Groups) -> GroupErrors:
    """No two groups agree in all subfields that ``unique_by`` names."""
    names = field["unique_by"]
    seen: dict[tuple[str, ...], int] = {}
    found: GroupErrors = []
    for i, group in groups.items():
        values = tuple(str(group.get(n) if _given(group.get(n)) else "") for n in names)
        if values in seen:
            message = tk._("This is already in entry {number}.").format(number=seen[values] + 1)
            found.append((i, names[0], message))
        seen.setdefault(values, i)
    return found


GROUP_VALIDATORS = {f.__name__: f for f in (iw_contact_reachable, iw_unique_groups)}


def iw_check_groups(field: dict[str, Any], schema: dict[str, Any]) -> Callable[..., None]:
    """Runs after all fields: drops groups left empty, then runs each field's ``group_validators``.

    An empty group (the blank one that a form offers) is no entry; required subfields do not apply to it.
    """
    repeating = [f for f in schema["dataset_fields"] if "repeating_subfields" in f]

    def validator(key: Key, data: dict[Key, Any], errors: dict[Key, list[str]], context: Any) -> None:
        for one in repeating:
            name = one["field_name"]
            groups = _groups(data, name)
            for i in [i for i, group in groups.items() if not any(_given(v) for v in group.values())]:
                _drop(data, errors, name, i)
                del groups[i]
            for check in (one.get("group_validators") or "").split():
                for i, subfield, message in GROUP_VALIDATORS[check](one, groups):
                    errors.setdefault((name, i, subfield), []).append(message)

    return validator


iw_check_groups.is_a_scheming_validator = True  # type: ignore[attr-defined]


def iw_metadata_only(key: Key, data: dict[Key, Any], errors: dict[Key, list[str]], context: Any) -> None:
    """A dataset that only describes: it holds no file or link, and is there for everyone or not at all.

    A private dataset or a draft would betray by a refusal that it exists.
    """
    for number in {place[1] for place in data if len(place) == 3 and place[0] == "resources"}:
        message = tk._("Stock is loaded on the company's own page and nowhere else; this entry takes no files.")
        errors[("resources", number, "url")] = [message]
    if tk.asbool(data.get(("private",)) or False) or data.get(("state",)) == "draft":
        message = tk._("Only an entry for everyone is possible. If nobody is to learn of the stock, delete the entry.")
        errors.setdefault(("private",), []).append(message)


def _groups(data: dict[Key, Any], name: str) -> Groups:
    result: Groups = {}
    for key in sorted((k for k in data if len(k) == 3 and k[0] == name), key=str):
        result.setdefault(key[1], {})[key[2]] = data[key]
    return result


def _drop(data: dict[Key, Any], errors: dict[Key, list[str]], name: str, index: int) -> None:
    for store in (data, errors):
        for key in [k for k in store if len(k) == 3 and k[:2] == (name, index)]:
            del store[key]


def _given(value: Any) -> bool:
    return value is not tk.missing and value not in (None, "", [])


VALIDATORS = {
    f.__name__: f
    for f in (
        iw_given,
        iw_url,
        iw_url_list,
        iw_year,
        iw_ags,
        iw_geojson,
        iw_licence,
        iw_indicator,
        iw_required_with_attribution,
        iw_not_before,
        iw_check_groups,
        iw_metadata_only,
    )
}
