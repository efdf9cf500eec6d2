"""A company's own figures beside the city's: authorize, validate, then ask the vault's one door."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.ierwohnen.company import entry, schema
from ckanext.ierwohnen.company.beside import Places, city_figures
from ckanext.ierwohnen.company.own_figures import Own, by_class, by_place, figures, levels_of, total
from ckanext.ierwohnen.company.schema import CLASS, DATE, PLACE
from ckanext.ierwohnen.look.figure import Figure
from ckanext.ierwohnen.look.numbers import format_date
from ckanext.ierwohnen.releases.catalogue import catalogue
from ckanext.ierwohnen.tables.wording import reader_language
from ckanext.ierwohnen.vault import settings
from ckanext.ierwohnen.vault.actions import told
from ckanext.ierwohnen.vault.door import stock_sums, stock_table, stock_versions
from ckanext.ierwohnen.vault.errors import VaultError
from ckanext.ierwohnen.vault.readers import reader_of
from ckanext.ierwohnen.vault.schema import validated
from ckanext.ierwohnen.vault.summary import Summary

ADDRESS = ("dwelling", "street", "house_number", "postcode", "place")


def ierwohnen_stock_figures(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """A company's figures from its own stock, by place, reference date or class, beside the city's.

    :param organization: the company's id or name
    :param by: `place` (default), `date` or `class`
    :param reference_date: of which version (default: the newest); not with `by` `date`
    :param level: `system/level` of the places (default, also where no dwelling has a place of that level: the finest
        with at most 80 units); the answer says which it is
    :param class: `rooms`, `construction`, `modernization` or `barrier_reduced`
    :param beside: codes of the figures of which the city's units are wanted (default: all)
    :param purpose: what for; it goes to the company's ledger
    :returns: `reference_date`, `reference_dates`, `level`, `levels`, `figures` (code, title, unit), `total`, `rows`
        (`key`, `name`, `figures` and `city`: code → value, status, text), `city_units` (key → code → figure) and `city`
        (code → indicator, period, `whole` (period of the whole city), source: the indicator that says the same of the
        city, else one that comes near it)
    """
    tk.check_access("ierwohnen_stock_figures", context, data_dict)
    data = validated(data_dict, schema.stock_figures())
    organization = str(model.Group.get(data["organization"]).id)
    reader, store, by = reader_of(context), settings.store(), data["by"]
    with told("reference_date"):
        known = [v.reference_date for v in stock_versions(store, reader, organization, purpose=data["purpose"])]
        if not known:
            raise VaultError("no-such-stock")
        dates = None if by == DATE else [data.get("reference_date") or known[0]]
        sums = stock_sums(
            store, reader, organization, purpose=data["purpose"], dates=dates, keys=settings.keys()
        )
    day = dates[0] if dates else known[0]
    places = Places.of(context, levels_of(sums[day]), data["level"])
    city = city_figures(
        context, places if by == PLACE else None, None if by == DATE else day.isoformat(), data.get("beside", ())
    )
    groups = _groups(by, sums, day, places, data["class"])
    return {
        "organization": organization,
        "by": by,
        "reference_date": day.isoformat(),
        "reference_dates": [one.isoformat() for one in known],
        "level": places.level,
        "levels": [{"level": level, "title": title} for level, title in places.levels],
        "class": data["class"],
        "figures": [
            {"code": f.code, "title": f.title[_short()], "unit": f.unit[_short()], "indicator": f.city[0]}
            for f in figures().values()
        ],
        "total": _row("", "", total(sums[day]), city.total),
        "rows": [
            _row(key, _name(by, key, places, data["class"]), groups[key], city.of(key))
            for key in _ordered(by, groups, data["class"], places)
        ],
        "city": city.sources,
        "city_units": city.units if by == PLACE else {},
        "system": places.system,
    }  # fmt: skip


def ierwohnen_stock_unmatched(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """A company's dwellings whose address is not in the city's register: they count in no quarter.

    :param organization: the company's id or name
    :param reference_date: of which version
    :param purpose: what for; it goes to the company's ledger
    :returns: `count` and `results` (dwelling, street, house_number, postcode, place)
    """
    tk.check_access("ierwohnen_stock_unmatched", context, data_dict)
    data = validated(data_dict, schema.stock_unmatched())
    organization = str(model.Group.get(data["organization"]).id)
    with told("reference_date"):
        stock = stock_table(
            settings.store(), reader_of(context), organization, purpose=data["purpose"],
            dates=[data["reference_date"]], columns=[*ADDRESS, "address_id"], keys=settings.keys(),
        )  # fmt: skip
    found = stock[stock["address_id"].isna()][list(ADDRESS)]
    return {"count": len(found), "results": found.astype(object).where(found.notna(), None).to_dict("records")}


def ierwohnen_stock_entry_show(context: Context, data_dict: dict[str, Any]) -> dict[str, Any] | None:
    """What the company tells everyone of its stock: its dataset of type `stock-data`, or null.

    :param organization: the company's id or name
    """
    tk.check_access("ierwohnen_stock_entry_show", context, data_dict)
    package = entry.entry_of(str(model.Group.get(data_dict["organization"]).id))
    return {"id": package.id, "name": package.name, "title": package.title} if package is not None else None


def ierwohnen_stock_entry_create(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Tell everyone that the company has stock, as a dataset without any data.

    :param organization: the company's id or name
    :param title, notes: what it is about
    :param contact_email: whom to ask; contact_name: who that is (optional)
    :returns: `id`, `name` and `title` of the dataset
    """
    tk.check_access("ierwohnen_stock_entry_create", context, data_dict)
    data = validated(data_dict, schema.stock_entry())
    company = model.Group.get(data["organization"])
    if not entry.entries_possible():
        raise tk.ValidationError({"organization": [tk._("This portal has no catalogue of such entries.")]})
    if entry.entry_of(company.id) is not None:
        raise tk.ValidationError({"organization": [tk._("The catalogue has an entry of this company already.")]})
    tk.get_action("package_create")(tk.fresh_context(context), entry.fields_of(company, data))
    return ierwohnen_stock_entry_show(context, data_dict)  # type: ignore[return-value]


def ierwohnen_stock_entry_delete(context: Context, data_dict: dict[str, Any]) -> None:
    """Take the entry away: from then on nobody learns that there is stock, or was an entry.

    :param organization: the company's id or name
    """
    tk.check_access("ierwohnen_stock_entry_delete", context, data_dict)
    entry.remove(str(model.Group.get(data_dict["organization"]).id))


def _groups(
    by: str, sums: Mapping[dt.date, Summary], day: dt.date, places: Places, breakdown: str
) -> dict[str, Own]:
    """The own figures by place, date or class."""
    if by == DATE:
        return {one.isoformat(): total(of) for one, of in sums.items()}
    if by == CLASS:
        return by_class(sums[day], catalogue().dimensions[breakdown])
    return by_place(sums[day], places.level) if places.level else {}


def _short() -> str:
    return "en" if reader_language().startswith("en") else "de"


def _row(key: str, name: str, own: Own, city: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {
        "key": key,
        "name": name,
        "figures": {
            code: Figure.of(own.get(code), precision=known.precision, locale=_short()).as_dict()
            for code, known in figures().items()
        },
        "city": city,
    }


def _name(by: str, key: str, places: Places, breakdown: str) -> str:
    if by == CLASS:
        return catalogue().dimensions[breakdown].label(key, _short())
    if by == DATE:
        return format_date(key, locale=_short())
    return places.names.get(key, key) if key else tk._("address not in the register")


def _ordered(by: str, groups: dict[str, Any], breakdown: str, places: Places) -> list[str]:
    if by == CLASS:
        return [code for code in catalogue().dimensions[breakdown].categories if code in groups]
    return sorted(groups, key=lambda key: (key == "", key))
