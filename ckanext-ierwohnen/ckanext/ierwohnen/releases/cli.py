"""``ckan ierwohnen-releases``: keep what stands outside in line with the vault."""

from __future__ import annotations

import click

from ckanext.ierwohnen.releases import outside
from ckanext.ierwohnen.vault import deliveries, settings


@click.group("ierwohnen-releases", short_help="Releases of company data.")
def ierwohnen_releases() -> None:
    """Releases of company data."""


@ierwohnen_releases.command()
def settle() -> None:
    """Take away what expired or was withdrawn, make what was published, forget abandoned uploads. Run it once a day."""
    outside.settle(settings.store())
    deliveries.sweep(settings.store())


def get_commands() -> list[click.Command]:
    """CKAN's hook for commands."""
    return [ierwohnen_releases]
