"""The catalogue of this portal: ours and the city's own files that ``ierwohnen.indicators.files`` names."""

from __future__ import annotations

from pathlib import Path

import ckan.plugins.toolkit as tk
from ckan.exceptions import CkanConfigurationException

from ckanext.ierwohnen.indicators.catalogue import Catalogue, load_catalogue

FILES_OPTION = "ierwohnen.indicators.files"
PREFER_OPTION = "ierwohnen.indicators.prefer"
WATCH_OPTION = "ierwohnen.indicators.watch_at"


def active_catalogue() -> Catalogue:
    """The catalogue with the city's files; loaded once per process.

    :raises CatalogueError: a faulty file, with file, line and remedy
    """
    return load_catalogue(tuple(Path(f) for f in str(tk.config.get(FILES_OPTION) or "").split()))


def preferred() -> dict[str, str]:
    """Which dataset counts first, by indicator: ``vacancy_rate=leerstand-2025 population=einwohner``."""
    pairs = (entry.partition("=") for entry in str(tk.config.get(PREFER_OPTION) or "").split())
    return {code: name for code, _, name in pairs if name}


def check_preferred() -> None:
    """Refuse a preference that cannot be read or names an unknown indicator.

    :raises CkanConfigurationException: with the entry and the remedy
    """
    known = active_catalogue()
    for entry in str(tk.config.get(PREFER_OPTION) or "").split():
        code, _, name = entry.partition("=")
        if not name or known.find(code) is None:
            raise CkanConfigurationException(
                f"{PREFER_OPTION}: “{entry}” is no pair of a known indicator and a dataset. Write code=dataset-name."
            )


def watch_at() -> int:
    """How many indicators have to reach “watch” to list a unit."""
    return max(1, int(tk.config.get(WATCH_OPTION) or 2))
