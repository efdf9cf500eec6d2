"""Noting in a dataset that the delivery of a table came, once it is published."""

from __future__ import annotations

import logging
from datetime import date

import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.ierwohnen.catalogue import offices
from ckanext.ierwohnen.catalogue.delivery_notes import noted
from ckanext.ierwohnen.catalogue.recurring_tables import reached_by_all
from ckanext.ierwohnen.tables.completeness import last_day, latest_period

log = logging.getLogger(__name__)


def note(context: Context, resource_id: str) -> None:
    """Write the day of arrival and the next due date into the dataset, if it names a cycle.

    Of several recurring tables the last one to come completes the delivery.
    A dataset that cannot be changed, because of some other field, must not stop the publication: that is logged.
    """
    resource = tk.get_action("resource_show")(tk.fresh_context(context), {"id": resource_id})
    dataset = tk.get_action("package_show")(tk.fresh_context(context), {"id": resource["package_id"]})
    period = latest_period(context, resource_id)
    tables = offices.tables_of(context, [dataset]).get(dataset["id"], [])
    reference = reached_by_all(dataset, tables, last_day(period) if period else None)
    changed = noted(dataset, reference, date.today())
    if not changed:
        return
    try:
        tk.get_action("package_patch")(tk.fresh_context(context), {"id": dataset["id"], **changed})
    except tk.ValidationError as error:
        log.warning("The delivery of %s was not noted: %s", dataset["name"], error.error_summary)
