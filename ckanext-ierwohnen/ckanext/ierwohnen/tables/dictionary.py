"""The meaning of a column in CKAN's data dictionary: which keys there are, how they are checked and kept.

`datastore_create` and the data dictionary page take them, `datastore_info` gives them back beside CKAN's own
`label` and `notes`. Whoever shows or computes reads them through `meanings.py`, so correcting them there changes
every map, chart and table.
"""

from __future__ import annotations

import re
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context, FlattenDataDict, FlattenErrorDict, FlattenKey, Schema

from .meaning import PERIOD_PATTERN
from .roles import Role

PLUGIN = "ierwohnen_tables"
KEYS = (
    "iw_role",
    "iw_level",
    "iw_system",
    "iw_boundary_date",
    "iw_period",
    "iw_indicator",
    "iw_unit",
    "iw_code_list",
    "iw_dimension",
    "iw_code",
    "iw_status_of",
    "iw_precision",
    "iw_total_keys",
    "iw_unassigned_keys",
    "iw_coarser_keys",
    "iw_coarser_units",
    "iw_partial",
    "iw_label_en",
    "iw_reason",
    "iw_confidence",
)
PERIOD = re.compile(PERIOD_PATTERN + "$")


def create_schema(schema: Schema) -> Schema:
    """Add our keys to the schema of `datastore_create`.

    A key that is not sent keeps its present value (other clients do not know it); one sent empty is cleared.
    """
    validator = tk.get_validator
    store = [_only_if_sent, validator("to_datastore_plugin_data")(PLUGIN)]
    text = [_only_if_sent, _trimmed]
    fields: Any = schema["fields"]
    for key in KEYS:
        fields[key] = [*text, *_checks(key), *store]
    return schema


def _checks(key: str) -> list[Any]:
    checks: dict[str, list[Any]] = {
        "iw_role": [_known_role],
        "iw_level": [_needed_by_key],
        "iw_period": [_iso_period],
        "iw_precision": [_precision],
        "iw_confidence": [_share],
        "iw_status_of": [_other_column],
    }
    return checks.get(key, [])


def info_field(field: dict[str, Any], plugin_data: dict[str, Any]) -> dict[str, Any]:
    """Give our keys back in a field of `datastore_info`; empty ones are left out."""
    kept = plugin_data.get(PLUGIN, {})
    field.update({key: kept[key] for key in KEYS if kept.get(key) not in (None, "")})
    return field


def _only_if_sent(key: FlattenKey, data: FlattenDataDict, errors: FlattenErrorDict, context: Context) -> None:
    if data.get(key) is tk.missing:
        data.pop(key)
        current = context.get("plugin_data", {}).get(key[-2], {}).get("_current", {}).get(PLUGIN, {})
        if key[-1] in current:
            context["plugin_data"].setdefault(key[-2], {}).setdefault(PLUGIN, {})[key[-1]] = current[key[-1]]
        raise tk.StopOnError
    if errors.get(key):
        raise tk.StopOnError


def _trimmed(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool | int | float):
        return value
    raise tk.Invalid(tk._("Must be a text"))


def _known_role(value: Any) -> str:
    if value and value not in set(Role):
        raise tk.Invalid(
            tk._('There is no role "{role}". Use one of: {roles}').format(role=value, roles=", ".join(Role))
        )
    return value


def _needed_by_key(key: FlattenKey, data: FlattenDataDict, errors: FlattenErrorDict, context: Context) -> None:
    role = data.get((*key[:-1], "iw_role")) or _stored(context, key[-2], "iw_role")
    if role == Role.KEY and not data[key]:
        errors[key].append(tk._("A key column needs its spatial level, e.g. district"))


def _stored(context: Context, index: Any, name: str) -> Any:
    return context.get("plugin_data", {}).get(index, {}).get(PLUGIN, {}).get(name)


def _iso_period(value: Any) -> Any:
    if value and not PERIOD.match(str(value)):
        raise tk.Invalid(
            tk._('"{value}" is not a period. Write 2025, 2025-06, 2025-Q2 or 2025-12-31').format(value=value)
        )
    return str(value)


def _precision(value: Any) -> Any:
    if value == "":
        return value
    try:
        number = int(value)
    except (TypeError, ValueError):
        number = -1
    if not 0 <= number <= 9:
        raise tk.Invalid(tk._("The number of decimals is a whole number from 0 to 9"))
    return number


def _share(value: Any) -> Any:
    if value == "":
        return value
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = -1.0
    if not 0 <= number <= 1:
        raise tk.Invalid(tk._("The confidence is a number from 0 to 1"))
    return number


def _other_column(key: FlattenKey, data: FlattenDataDict, errors: FlattenErrorDict, context: Context) -> None:
    names = {value for place, value in data.items() if place[0] == "fields" and place[-1] == "id"}
    if data[key] and data[key] not in names:
        errors[key].append(tk._('There is no column "{name}" in this table').format(name=data[key]))
