"""What numbers the options of the command may take; beyond, they mean nothing, or no work would ever end."""

from __future__ import annotations

import argparse

from .errors import InputError

RANGES: dict[str, tuple[float, float]] = {
    "total_factor": (0, 1_000_000),  # how much dearer totals are: a negative cost would hide for nothing
    "consents": (0, 1_000),
    "merges": (0, 1_000),
    "max_cells": (1, 1_000_000_000),
    "max_seconds": (0, 31_536_000),  # a year
    "max_memory": (1, 100_000_000),  # megabytes
    "max_deviation": (2, 100),  # of noise; larger ones leave nothing of a table, and take programs of as many columns
    "variance": (0.65, 10_000),  # below, a published count is more often true than not
    "js": (0, 99),
}


def check_ranges(options: argparse.Namespace) -> None:
    """Raise `InputError` naming the option, its value and the range."""
    for name, (low, high) in RANGES.items():
        value = getattr(options, name, None)
        if value is not None and not low <= value <= high:  # no number (nan) lies between
            allowed = f"{low:,g} – {high:,.0f}".replace(",", " ")
            raise InputError("option-value", option=_written(name), value=value, allowed=allowed)
    if not options.total.strip():
        raise InputError("option-value", option="--total", value=options.total, allowed="TEXT")


def _written(name: str) -> str:
    return "--" + name.replace("_", "-")
