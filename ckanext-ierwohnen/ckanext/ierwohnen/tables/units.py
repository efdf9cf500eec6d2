"""Units of measurement as readers see them, from the codes of the vocabulary (`schemas/vocabularies/units.yaml`)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

UNITS_FILE = Path(__file__).parent.parent / "schemas" / "vocabularies" / "units.yaml"
SYMBOLLESS = {"ratio", "index", "count"}


@cache
def _texts() -> dict[str, str]:
    """Code → what stands behind a number in German: the symbol, or the word where there is none."""
    terms = yaml.safe_load(UNITS_FILE.read_text("utf-8"))["terms"]
    return {
        term["code"]: term["symbol"]["de"] or ("" if term["code"] in SYMBOLLESS else term["label"]["de"])
        for term in terms
    }


def unit_text(unit: str | None) -> str | None:
    """A unit as text: the vocabulary's for its codes (`percent` → `%`), any other as it is; None if there is none."""
    return (_texts().get(unit, unit) or None) if unit else None
