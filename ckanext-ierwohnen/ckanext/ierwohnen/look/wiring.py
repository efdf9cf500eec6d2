"""Brings the parts into CKAN. Not a plugin of its own: whichever plugin is on brings them along."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.lib.helpers import core_helper

from ckanext.ierwohnen.look import template_functions


def add_parts(config: Any) -> None:
    """Register templates, assets and the functions `h.iw_…`; doing it twice changes nothing."""
    tk.add_template_directory(config, "templates")
    tk.add_resource("assets", "ierwohnen")
    # As core helpers, since several plugins bring them and none of them owns them.
    for name, function in template_functions.FUNCTIONS.items():
        core_helper(function, name=name)
