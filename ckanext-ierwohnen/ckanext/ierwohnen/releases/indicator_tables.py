"""Releases for a limited audience as tables that feed indicators: for their readers only, read at each request.

Who may see one is decided by the same functions of the protected store that show a release, and each reading is in
every owner's ledger before a figure is handed out. Nothing here is kept, except for the one page that is being made.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable
from typing import Any

import ckan.plugins.toolkit as tk
import pandas as pd
from ckan.types import Context

from ckanext.ierwohnen.confidential.hierarchy import TOTAL
from ckanext.ierwohnen.indicators.sources import Source
from ckanext.ierwohnen.look.within_page import once
from ckanext.ierwohnen.releases import store as releases
from ckanext.ierwohnen.releases.catalogue import catalogue
from ckanext.ierwohnen.releases.definition import Definition
from ckanext.ierwohnen.releases.outside import ANYBODY, dataset_id, datasets
from ckanext.ierwohnen.releases.roles import actor_of
from ckanext.ierwohnen.releases.states import State
from ckanext.ierwohnen.releases.store import Actor, Release
from ckanext.ierwohnen.tables.readings import CITY, UNASSIGNED
from ckanext.ierwohnen.tables.wording import reader_language
from ckanext.ierwohnen.vault import settings
from ckanext.ierwohnen.vault.errors import VaultError
from ckanext.ierwohnen.vault.unkept import keep_out_of_caches

log = logging.getLogger(__name__)
COLUMNS = ["unit", "level", "system", "period", "indicator", "value", "status", "row", "column"]
KEY, LEVEL = "unit", "level"


def tables(context: Context) -> list[Source]:
    """The published releases for a limited audience to which this reader belongs, newest first.

    Whoever acts for no organization gets none without the store being asked.
    """
    actor = actor_of(context)
    if not actor.roles:
        return []
    found = once(("limited tables", actor.name), lambda: _tables(actor))
    if found:
        keep_out_of_caches()
    return found


def made_of() -> tuple[dict[str, tuple[str, tuple[str, ...], str]], bool]:
    """Of the public releases, by the id of their dataset: the reference date, the owners and the number.

    If the store does not answer, each passes for one of somebody else: it must not count as a table of an office.
    """
    try:
        known = [one for one in releases.releases(settings.store(), ANYBODY) if one.definition.audience.public]
    except VaultError as error:
        log.error("releases stand each by itself in the indicators: %s", error.code)
        return {name: ("", (name,), "") for name in datasets()}, False
    return {dataset_id(one.id): (_day(one), tuple(sorted(one.definition.owners)), one.number) for one in known}, True


def _day(release: Release) -> str:
    return release.definition.reference_date.isoformat()


def table(context: Context, release: str) -> pd.DataFrame | None:
    """The figures of such a release over all categories of its breakdowns, after an entry in its owners' ledgers.

    :return: a row for each place and figure, `COLUMNS`; None if it is not (any more) one for this reader
    """
    actor = actor_of(context)
    if not actor.roles:
        return None
    return once(("limited table", actor.name, release), lambda: _opened(actor, release))


def readings_of(definition: Definition, cells: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """Cells as tidy readings: `row` counts the places of the release from 1, `column` is the name of the figure."""
    rows: dict[tuple[str, ...], int] = {}
    found = []
    for cell in cells:
        row = rows.setdefault((cell["level"], cell["key"], *(cell[d] for d in definition.dimensions)), len(rows) + 1)
        if any(cell[name] != TOTAL for name in definition.dimensions):
            continue
        system, _, level = cell["level"].partition("/")
        level = CITY if not cell["level"] else level if cell["key"] else UNASSIGNED
        figure = catalogue().figures[cell["figure"]]
        found.append(
            (cell["key"] or None, level, system or definition.level.partition("/")[0] or None,
             definition.reference_date.isoformat(), figure.indicator, cell["value"], cell["status"], row, figure.name)
        )  # fmt: skip
    made = pd.DataFrame(found, columns=COLUMNS)
    return made.assign(value=made["value"].astype(float))


def _tables(actor: Actor) -> list[Source]:
    try:
        known = [one for one in releases.releases(settings.store(), actor) if one.state == State.PUBLISHED]
    except VaultError as error:
        log.error("releases are left out of the indicators: %s", error.code)
        return []
    return [_source(one) for one in known if not one.definition.audience.public]


def _opened(actor: Actor, release: str) -> pd.DataFrame | None:
    try:
        store = settings.store()
        found = releases.find(store, actor, release)
        if found.state != State.PUBLISHED or found.definition.audience.public:
            return None
        cells = releases.opened(store, actor, found, tk._("figures of indicators"))["cells"]
    except VaultError as error:
        if error.code not in ("no-release", "refused"):  # withdrawn in this moment
            log.error("a release is left out of the indicators: %s", error.code)
        return None
    return readings_of(found.definition, cells or ())


def _source(release: Release) -> Source:
    definition = release.definition
    system, _, finest = definition.level.partition("/")
    figures = [catalogue().figures[name] for name in definition.figures]
    language = "en" if reader_language().startswith("en") else "de"
    return Source(
        package_id=release.id,
        package_name=release.number,
        package_title=tk._("{title} ({number}, not public)").format(title=definition.title, number=release.number),
        owner_org=None,
        private=True,
        resource_id=release.id,
        resource_name="",
        modified=release.since.astimezone(dt.UTC).replace(tzinfo=None).isoformat(),
        indicators=tuple(figure.indicator for figure in figures),
        levels=(finest,) if finest else (),
        systems=(system,) if system else (),
        limited=True,
        contributors=tuple(sorted(definition.owners)),
        day=definition.reference_date.isoformat(),
        number=release.number,
        address=str(tk.h.url_for("ierwohnen_releases.read", id=release.number)),
        labels=tuple((figure.name, figure.title[language]) for figure in figures),
    )
