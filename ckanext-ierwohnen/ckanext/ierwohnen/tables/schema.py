"""What the actions of this room take."""

from __future__ import annotations

import json
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Schema
from werkzeug.datastructures import FileStorage

from ckanext.ierwohnen.look.asked_numbers import natural_number, positive_number
from ckanext.ierwohnen.look.storable import storable

from .exports.formats import FORMATS
from .extract import SHOWN

MODES = ("replace", "append")
MOST_ROWS = 1_000  # of a version in one answer


def table_check() -> Schema:
    """`ierwohnen_table_check`: a resource or an upload, and what a person chose."""
    text, missing = tk.get_validator("unicode_safe"), tk.get_validator("ignore_missing")
    return {
        "resource_id": [missing, text],
        "upload": [missing, upload],
        "roles": [missing, json_list],
        "hints": [missing, json_object],
        "spatial_system": [missing, text],
        "repairs": [missing, json_list],
        "mode": [tk.get_validator("default")("replace"), tk.get_validator("one_of")(list(MODES))],
        "limit": [tk.get_validator("default")(200), natural_number],
        "offset": [tk.get_validator("default")(0), natural_number],
        "show": [tk.get_validator("default")("all"), tk.get_validator("one_of")(list(SHOWN))],
        "background": [tk.get_validator("default")(False), tk.get_validator("boolean_validator")],
        "__extras": [tk.get_validator("ignore")],
    }


def table_publish() -> Schema:
    """`ierwohnen_table_publish`: the resource, roles where they differ from the proposal, and the mode."""
    text, missing = tk.get_validator("unicode_safe"), tk.get_validator("ignore_missing")
    return {
        "resource_id": [tk.get_validator("not_empty"), text],
        "upload": [missing, upload],
        "roles": [missing, json_list],
        "hints": [missing, json_object],
        "spatial_system": [missing, text],
        "repairs": [missing, json_list],
        "mode": [tk.get_validator("default")("replace"), tk.get_validator("one_of")(list(MODES))],
        "delivery": [missing, text],
        "version": [missing, natural_number],
        "accept_if_clean": [tk.get_validator("default")(False), tk.get_validator("boolean_validator")],
        "__extras": [tk.get_validator("ignore")],
    }


def table_recognise() -> Schema:
    """`ierwohnen_table_recognise`: a file, and where to look."""
    text, missing = tk.get_validator("unicode_safe"), tk.get_validator("ignore_missing")
    return {
        "upload": [tk.get_validator("not_empty"), upload],
        "package_id": [missing, text],
        "organization": [missing, text],
        "__extras": [tk.get_validator("ignore")],
    }


def delivery_create() -> Schema:
    """`ierwohnen_delivery_create`: the resource and its new file."""
    return {
        "resource_id": [tk.get_validator("not_empty"), tk.get_validator("unicode_safe")],
        "upload": [tk.get_validator("not_empty"), upload],
        "__extras": [tk.get_validator("ignore")],
    }


def version_list() -> Schema:
    """`ierwohnen_version_list`: the resource, and which part of the list."""
    default = tk.get_validator("default")
    return {**by_resource(), "limit": [default(50), natural_number], "offset": [default(0), natural_number]}


def version_show() -> Schema:
    """`ierwohnen_version_show`: the resource, the number of the state, and which of its rows."""
    default = tk.get_validator("default")
    return {
        **by_resource(),
        "version": [tk.get_validator("ignore_missing"), positive_number],
        "limit": [default(100), natural_number, _at_most_rows],
        "offset": [default(0), natural_number],
    }


def _at_most_rows(asked: Any) -> Any:
    """No more rows than a reply may hold; what is no number was refused before."""
    return min(asked, MOST_ROWS) if isinstance(asked, int) else asked


def version_restore() -> Schema:
    """`ierwohnen_version_restore`: the resource, and the number of the state."""
    number = [tk.get_validator("not_empty"), positive_number]
    return {**by_resource(), "version": number}


def by_resource() -> Schema:
    """Actions that take nothing but a resource."""
    return {
        "resource_id": [tk.get_validator("not_empty"), tk.get_validator("unicode_safe")],
        "__extras": [tk.get_validator("ignore")],
    }


def table_export() -> Schema:
    """`ierwohnen_table_export`: the resource, and one format or none for all."""
    text = tk.get_validator("unicode_safe")
    return {
        "id": [tk.get_validator("not_empty"), text],
        "format": [tk.get_validator("ignore_missing"), text, tk.get_validator("one_of")(list(FORMATS))],
        "__extras": [tk.get_validator("ignore")],
    }


def validated(data_dict: dict[str, Any], schema: Schema) -> dict[str, Any]:
    """The checked parameters; ValidationError by field otherwise."""
    data, errors = tk.navl_validate(data_dict, schema, {})
    if errors:
        raise tk.ValidationError(errors)
    return data


def upload(value: Any) -> FileStorage:
    """A file sent with the request."""
    if isinstance(value, FileStorage):
        return value
    raise tk.Invalid(tk._("Send the file as multipart/form-data"))


def json_list(value: Any) -> list[Any]:
    """A list, or its JSON text (multipart requests send text)."""
    found = _parsed(value)
    if isinstance(found, list) and all(isinstance(item, dict) for item in found):
        return found
    raise tk.Invalid(tk._("Must be a list of objects"))


def json_object(value: Any) -> dict[str, Any]:
    """An object, or its JSON text."""
    found = _parsed(value)
    if isinstance(found, dict):
        return found
    raise tk.Invalid(tk._("Must be an object"))


def _parsed(value: Any) -> Any:
    try:
        found = json.loads(value) if isinstance(value, str) else value
        written = json.dumps(found, ensure_ascii=False)
    except (TypeError, ValueError) as error:
        raise tk.Invalid(tk._("Must be JSON")) from error
    if "\\u0000" in written or not storable(written):
        raise tk.Invalid(tk._("Must hold no zero characters (U+0000)"))
    return found
