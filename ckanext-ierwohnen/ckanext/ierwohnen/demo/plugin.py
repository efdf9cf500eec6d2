"""Wires the demo room into CKAN: a command, nothing else."""

from __future__ import annotations

import ckan.plugins as p
import ckan.plugins.toolkit as tk

from . import cli


@tk.blanket.cli([cli.ierwohnen_demo])
class DemoPlugin(p.SingletonPlugin):
    """Brings the command that fills a portal with the demonstration city."""
