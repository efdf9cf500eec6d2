"""Tables to test with: dwellings and vacant dwellings of four quarters, published by action."""

from __future__ import annotations

from ckan.tests.helpers import call_action

SYSTEM = "gliederung-der-indikatoren"
NAMES = ("zahlen-leerstand", "zahlen-leerstand-neu", "zahlen-geheim", "zahlen-offen")
COLUMNS = {"wohnungen": "dwellings", "leer": "vacant_dwellings"}


def publish(
    user: str,
    org: str,
    name: str,
    rows: list[dict],
    private: bool = False,
    columns: dict[str, str] | None = None,
    system: str = SYSTEM,
    dimensions: dict[str, str] | None = None,
) -> str:
    """A dataset with a DataStore table by quarter.

    :param columns: code of each value column
    :param dimensions: code list of each column of classes
    """
    dataset = call_action(
        "package_create", {"user": user}, name=name, title=name.title(), owner_org=org, private=private
    )
    fields = [
        {"id": "stt", "type": "text", "iw_role": "key", "iw_level": "quarter", "iw_system": system},
        {"id": "jahr", "type": "text", "iw_role": "period"},
    ]
    for column, known in (dimensions or {}).items():
        meant = {"iw_role": "dimension", "iw_dimension": known, "iw_code_list": known}
        fields.append({"id": column, "type": "text", **meant})
    for column, code in (columns or COLUMNS).items():
        fields.append({"id": column, "type": "numeric", "iw_role": "indicator", "iw_indicator": code})
        if any(f"{column}_status" in row for row in rows):
            fields.append({"id": f"{column}_status", "type": "text", "iw_role": "status", "iw_status_of": column})
    made = call_action(
        "datastore_create", {"user": user}, resource={"package_id": dataset["id"], "name": "Tabelle"}, fields=fields,
        records=rows,
    )  # fmt: skip
    return made["resource_id"]


def rows(empty: dict[str, int | None] | None = None) -> list[dict]:
    given = {"01": 10, "02": 90, "03": 5, "04": 5} | (empty or {})
    dwellings = {"01": 1000, "02": 100, "03": 100, "04": 100}
    return [
        {"stt": q, "jahr": "2025-12-31", "wohnungen": dwellings[q], "leer": n,
         "leer_status": None if n is not None else "secret"}
        for q, n in given.items()
    ]  # fmt: skip


def values(user: str = "", **asked) -> dict:
    context = {"user": user, "ignore_auth": False}
    found = call_action("ierwohnen_indicator_values", context, **asked)
    return {row["unit"]: row["figure"] for row in found["results"]} | {"_": found}
