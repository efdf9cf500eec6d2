"""Reads ``content.yaml``: the organizations, people, spatial systems and datasets of the demonstration portal."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml


@lru_cache(maxsize=1)
def _content() -> dict[str, Any]:
    return yaml.safe_load((Path(__file__).parent / "content.yaml").read_text("utf-8"))


def organizations() -> list[dict[str, Any]]:
    """Name, title and description of each organization."""
    return _content()["organizations"]


def people() -> dict[str, dict[str, Any]]:
    """Role to fullname, about and organizations (name to capacity)."""
    return _content()["people"]


def trustees() -> list[dict[str, str]]:
    """Who acts for the small companies: name, fullname, about, capacity."""
    return _content()["trustees"]


def releases() -> list[dict[str, Any]]:
    """Each release of the companies' stock, with the state that it has in the demonstration as `goal`."""
    return _content()["releases"]


def spatial_systems() -> list[dict[str, Any]]:
    """Name, title, notes, boundary date and boundary year of each spatial system."""
    return _content()["spatial_systems"]


def datasets() -> list[dict[str, Any]]:
    """Each dataset with its metadata in short form and its resources."""
    return _content()["datasets"]


def things_to_try() -> list[dict[str, Any]]:
    """Five things to try: title, path, and the role to sign in with (None: nobody)."""
    return _content()["try"]
