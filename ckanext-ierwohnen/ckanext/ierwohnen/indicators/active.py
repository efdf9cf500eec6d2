"""The catalogue of this portal: ours and the city's own files that ``ierwohnen.indicators.files`` names."""

from __future__ import annotations

from pathlib import Path

import ckan.plugins.toolkit as tk

from ckanext.ierwohnen.indicators.catalogue import Catalogue, load_catalogue

FILES_OPTION = "ierwohnen.indicators.files"


def active_catalogue() -> Catalogue:
    """The catalogue with the city's files; loaded once per process.

    :raises CatalogueError: a faulty file, with file, line and remedy
    """
    return load_catalogue(tuple(Path(f) for f in str(tk.config.get(FILES_OPTION) or "").split()))
