"""The options of this room, one typed getter each; described in config_declaration.yaml."""

from __future__ import annotations

from dataclasses import dataclass, fields

import ckan.plugins.toolkit as tk


@dataclass(frozen=True)
class Operator:
    """The facts that law wants to be told; an empty one is shown as what the operator must fill in."""

    name: str
    department: str
    representative: str
    street: str
    town: str
    email: str
    phone: str
    vat_id: str
    data_protection_officer: str
    supervisory_authority: str
    enforcement_body: str
    accessibility_date: str


def operator() -> Operator:
    """Who operates this portal."""
    return Operator(**{field.name: tk.config[f"ierwohnen.operator.{field.name}"] or "" for field in fields(Operator)})


def log_days() -> int:
    """Days after which the web server's log is deleted."""
    return tk.config["ierwohnen.operator.log_days"]


def place() -> str:
    """Short name of the city, else the title of the site."""
    return tk.config["ierwohnen.portal.place"] or tk.config["ckan.site_title"]


def home_title() -> str:
    """Heading of the home page set by the operator, or nothing."""
    return tk.config["ierwohnen.portal.home_title"]


def home_intro() -> str:
    """Sentence below the heading set by the operator, or nothing."""
    return tk.config["ierwohnen.portal.home_intro"]


def search_examples() -> list[str]:
    """Words below the search box, at most four."""
    return tk.config["ierwohnen.portal.search_examples"][:4]


def key_figures() -> list[str]:
    """Codes of the key figures, at most six."""
    return tk.config["ierwohnen.portal.key_figures"][:6]


def map_indicators() -> list[str]:
    """Codes of the indicators that the map offers."""
    return tk.config["ierwohnen.portal.map_indicators"]


def map_level() -> str:
    """Code of the level of the home page's map, or nothing."""
    return tk.config["ierwohnen.portal.map_level"]


def cache_seconds() -> int:
    """How long prepared public parts may be shown again; 0 never."""
    return tk.config["ierwohnen.portal.cache_seconds"]
