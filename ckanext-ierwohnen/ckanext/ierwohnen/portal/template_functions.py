"""What this room's templates call as `h.iw_…`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import ckan.plugins.toolkit as tk
from markupsafe import Markup

from ckanext.ierwohnen.look.within_page import once
from ckanext.ierwohnen.portal import config, naming, navigation, search_map

STOCK_LOGO = "/base/images/ckan-logo.png"


def own_logo() -> bool:
    """Whether the operator set a logo; otherwise our own coat of arms stands in the masthead."""
    return bool(tk.config["ckan.site_logo"]) and tk.config["ckan.site_logo"] != STOCK_LOGO


def today() -> str:
    """Today, for the foot of a printed page."""
    return date.today().isoformat()


def sidebar_once(caller: Callable[[], Markup]) -> Markup:
    """A page's sidebar, made once: CKAN's template renders it a first time only to see whether there is any."""
    return once("sidebar", caller)


def functions() -> dict[str, Callable[..., Any]]:
    """Names and functions for ITemplateHelpers."""
    return {
        "humanize_entity_type": naming.humanize_entity_type,
        "iw_own_logo": own_logo,
        "iw_today": today,
        "iw_navigation": navigation.navigation,
        "iw_sidebar_once": sidebar_once,
        "iw_search_map": search_map.search_map,
        "iw_search_place": search_map.kept,
        "iw_operator": config.operator,
        "iw_log_days": config.log_days,
        "iw_place_name": config.place,
        "iw_home_title": config.home_title,
        "iw_home_intro": config.home_intro,
        "iw_search_examples": config.search_examples,
    }
