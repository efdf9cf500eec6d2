"""Hands our dataset types to ckanext-scheming, complete, beside the types of a portal's own.

Scheming reads the option ``scheming.dataset_schemas`` (places of schema files) in its own ``update_config``. It
cannot put a schema together from shared groups, so every named file that does is replaced by the composed schema
as a ``data:`` address, which scheming reads like any other address: nothing is written to disk, nothing of
scheming is patched, workers cannot collide.
"""

from __future__ import annotations

import base64
import importlib
import inspect
import json
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import yaml

from ckanext.ierwohnen.catalogue.composition import compose, is_composed
from ckanext.ierwohnen.indicators.source import SCHEMAS

SCHEMAS_OPTION = "scheming.dataset_schemas"
PRESETS_OPTION = "scheming.presets"
OUR_TYPES = tuple(
    f"ckanext.ierwohnen:schemas/datasets/{name}.yaml" for name in ("dataset", "indicator-data", "spatial-system")
)
STOCK_TYPE = "ckanext.ierwohnen:schemas/datasets/stock-data.yaml"  # where companies have pages of their own
OUR_PRESETS = "ckanext.ierwohnen:schemas/presets.yaml"
PROFILES_OPTION = "ckanext.dcat.rdf.profiles"
OUR_PROFILES = "euro_dcat_ap_3 ierwohnen_dcat_ap_de"
SCHEMING_PRESETS = "ckanext.scheming:presets.json"


def configure_scheming(config: Any) -> None:
    """Set ``scheming.dataset_schemas`` and ``scheming.presets``.

    Where a portal names no schemas, ours are the ones. Where it names some, these stay as they are, and ours take
    part if the portal names them (``ckanext.ierwohnen:schemas/datasets/indicator-data.yaml``). Presets of ours
    are added at the end, where they override nothing.

    :raises CatalogueError: a named file of shared groups is faulty
    """
    named = str(config.get(SCHEMAS_OPTION) or "").split() or [*OUR_TYPES, *_of_companies(config)]
    config[SCHEMAS_OPTION] = " ".join(_complete(place) for place in named)
    presets = str(config.get(PRESETS_OPTION) or SCHEMING_PRESETS).split()
    if OUR_PRESETS not in presets:
        presets.append(OUR_PRESETS)
    config[PRESETS_OPTION] = " ".join(presets)


def _of_companies(config: Any) -> list[str]:
    return [STOCK_TYPE] if "ierwohnen_company" in str(config.get("ckan.plugins") or "").split() else []


def configure_dcat(config: Any) -> None:
    """Describe datasets as DCAT-AP.de, unless the portal names its RDF profiles or has switched it off."""
    wanted = tk.asbool(config.get("ierwohnen.catalogue.dcat_ap_de", True))
    if wanted and PROFILES_OPTION not in config:
        config[PROFILES_OPTION] = OUR_PROFILES


def _complete(place: str) -> str:
    """The place itself, or the composed schema as an address where the file names shared groups."""
    path = _file(place)
    if path is None or path.suffix not in (".yaml", ".yml"):
        return place
    if not is_composed(yaml.safe_load(path.read_text("utf-8"))):
        return place
    content = json.dumps(compose(path, SCHEMAS / "fields"), ensure_ascii=False).encode()
    return "data:application/json;base64," + base64.b64encode(content).decode("ascii")


def _file(place: str) -> Path | None:
    """The file of ``module:path`` as scheming finds it, or None for other addresses."""
    module, _, name = place.partition(":")
    if not name or module == "data":
        return None
    try:
        folder = Path(inspect.getfile(importlib.import_module(module))).parent
    except (ImportError, TypeError):
        return None
    path = folder / name
    return path if path.is_file() else None
