"""What the actions of this room take."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Schema
from werkzeug.datastructures import FileStorage

from ckanext.ierwohnen.look import clock
from ckanext.ierwohnen.look.asked_numbers import natural_number
from ckanext.ierwohnen.vault.ledger import known_entry
from ckanext.ierwohnen.vault.record import fields

EARLIEST = dt.date(1950, 1, 1)


def stock_check() -> Schema:
    """`ierwohnen_stock_check`."""
    flag = [tk.get_validator("default")(False), tk.get_validator("boolean_validator")]
    return {"reference_date": [tk.get_validator("ignore_missing"), day_of_stock], "keep": flag, "view": flag,
            "problems_only": flag, **_table()}  # fmt: skip


def stock_load() -> Schema:
    """`ierwohnen_stock_load`."""
    flag = [tk.get_validator("default")(False), tk.get_validator("boolean_validator")]
    purpose = [tk.get_validator("not_empty"), tk.get_validator("unicode_safe")]
    return {**stock_check(), "purpose": purpose, "confirm_change": flag}


def stock_repair() -> Schema:
    """`ierwohnen_stock_repair`."""
    text, needed = tk.get_validator("unicode_safe"), tk.get_validator("not_empty")
    return {
        "organization": [needed, text],
        "delivery": [needed, text],
        "key": [needed, text],
        "repair": [needed, repairs],
        "take_back": [tk.get_validator("default")(False), tk.get_validator("boolean_validator")],
        "__extras": [tk.get_validator("ignore")],
    }


def stock_discard() -> Schema:
    """`ierwohnen_stock_discard`."""
    return {
        "organization": [tk.get_validator("not_empty"), tk.get_validator("unicode_safe")],
        "delivery": [tk.get_validator("not_empty"), tk.get_validator("unicode_safe")],
        "__extras": [tk.get_validator("ignore")],
    }


def stock_delete() -> Schema:
    """`ierwohnen_stock_delete`."""
    return {
        "organization": [tk.get_validator("not_empty"), tk.get_validator("unicode_safe")],
        "reference_date": [tk.get_validator("not_empty"), day],
        "purpose": [tk.get_validator("not_empty"), tk.get_validator("unicode_safe")],
        "__extras": [tk.get_validator("ignore")],
    }


def reading() -> Schema:
    """`ierwohnen_stock_list`, `ierwohnen_ledger_list`."""
    missing = tk.get_validator("ignore_missing")
    return {
        "organization": [tk.get_validator("not_empty"), tk.get_validator("unicode_safe")],
        "purpose": [tk.get_validator("default")("Übersicht"), tk.get_validator("unicode_safe")],
        "from": [missing, day],
        "to": [missing, day],
        "known": [missing, known],
        "limit": [tk.get_validator("default")(100), natural_number],
        "offset": [tk.get_validator("default")(0), natural_number],
        "__extras": [tk.get_validator("ignore")],
    }


def validated(data_dict: dict[str, Any], schema: Schema) -> dict[str, Any]:
    """The validated parameters.

    :raises ValidationError: by field
    """
    data, errors = tk.navl_validate(data_dict, schema)
    if errors:
        raise tk.ValidationError(errors)
    return data


def known(value: Any) -> tuple[int, str]:
    """An entry of the ledger that was kept from earlier."""
    found = known_entry(str(value))
    if found is None:
        raise tk.Invalid(
            tk._(
                "Nothing was compared: give number and hash of the entry with a colon between, "
                "as they stand on the ledger’s page after “last entry”"
            )
        )
    return found


def day(value: Any) -> dt.date:
    """A date in ISO form."""
    try:
        return dt.date.fromisoformat(str(value))
    except ValueError:
        pass
    raise tk.Invalid(tk._("Write the date as YYYY-MM-DD"))


def day_of_stock(value: Any) -> dt.date:
    """A day for which there can be stock: not to come, and not before `EARLIEST`."""
    found = day(value)
    if found > clock.today():
        raise tk.Invalid(tk._("The reference date must not lie after today"))
    if found < EARLIEST:
        raise tk.Invalid(tk._("The reference date must not lie before {year}").format(year=EARLIEST.year))
    return found


def _table() -> Schema:
    missing = tk.get_validator("ignore_missing")
    return {
        "organization": [tk.get_validator("not_empty"), tk.get_validator("unicode_safe")],
        "upload": [missing, upload],
        "rows": [missing, rows],
        "columns": [missing, mapping],
        "delivery": [missing, tk.get_validator("unicode_safe")],
        "key": [missing, tk.get_validator("unicode_safe")],
        "__extras": [tk.get_validator("ignore")],
    }


def upload(value: Any) -> bytes:
    """The content of an uploaded file; it is read into memory and nowhere else."""
    if not isinstance(value, FileStorage):
        raise tk.Invalid(tk._("Send the file as multipart/form-data"))
    return value.stream.read()


def rows(value: Any) -> list[dict[str, Any]]:
    """Rows as a list of objects, or its JSON text."""
    found = _json(value)
    if not isinstance(found, list) or not found or not all(isinstance(row, dict) for row in found):
        raise tk.Invalid(tk._("Send the rows as a list of objects"))
    return found


def mapping(value: Any) -> dict[str, str]:
    """Column to field, as an object or its JSON text."""
    found = _json(value)
    if not isinstance(found, dict) or not all(isinstance(name, str) for name in found.values()):
        raise tk.Invalid(tk._("Send the columns as an object: column to field"))
    for column, name in found.items():
        if name and name not in fields():
            told = tk._("There is no field “{field}” for the column “{column}”. Fields are: {fields}")
            raise tk.Invalid(told.format(field=name, column=column, fields=", ".join(fields())))
    return found


def repairs(value: Any) -> list[dict[str, Any]]:
    """A repair as an object, or several as a list of them, or their JSON text."""
    found = _json(value)
    listed = found if isinstance(found, list) else [found]
    if not all(isinstance(one, dict) for one in listed):
        raise tk.Invalid(tk._("Send the repair as an object"))
    return listed


def _json(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None
