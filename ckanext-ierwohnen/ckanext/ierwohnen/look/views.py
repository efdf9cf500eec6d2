"""The page that shows every part, for whoever builds a page or judges the look."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
from flask import Blueprint

from ckanext.ierwohnen.look import chips, examples
from ckanext.ierwohnen.look.template_functions import locale

look = Blueprint("ierwohnen_look", __name__)


@look.route("/ierwohnen/bausteine")
def parts() -> str:
    """All parts with example figures; open to everyone."""
    language = locale()
    return tk.render(
        "ierwohnen/parts_page.html",
        extra_vars={
            "table": examples.table(language),
            "key_figures": examples.key_figures(language),
            "classes": examples.classes(language),
            "trend": examples.VACANCY,
            "kinds": chips.CHIPS,
        },
    )
