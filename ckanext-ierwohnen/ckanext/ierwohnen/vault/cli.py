"""``ckan ierwohnen-vault``: examine the protected store, and what an owner's ledger tells."""

from __future__ import annotations

import os

import ckan.plugins.toolkit as tk
import click

from ckanext.ierwohnen.vault import deliveries, settings
from ckanext.ierwohnen.vault.doctor import examine


@click.group("ierwohnen-vault", short_help="The protected store of company data.")
def ierwohnen_vault() -> None:
    """The protected store of company data."""


@ierwohnen_vault.command()
@click.option("--language", type=click.Choice(["de", "en"]), default="de")
def doctor(language: str) -> None:
    """Prove that the store's locks are shut, and that CKAN's and the DataStore's roles do not get in."""
    url = os.environ.get("IERWOHNEN_VAULT_URL") or tk.config.get("ierwohnen.vault.url")
    key = os.environ.get("IERWOHNEN_VAULT_KEY") or tk.config.get("ierwohnen.vault.key")
    if not url or not key:
        raise click.ClickException("ierwohnen.vault.url and ierwohnen.vault.key are not set.")
    names = ("sqlalchemy.url", "ckan.datastore.write_url", "ckan.datastore.read_url")
    findings = examine(url, key, [tk.config[name] for name in names if tk.config.get(name)])
    for finding in findings:
        click.echo(finding.line(language))
    if not all(finding.healthy for finding in findings):
        raise SystemExit(1)


@ierwohnen_vault.command()
def sweep() -> None:
    """Forget uploads that nobody took up within a day. Run it once an hour or once a day."""
    deliveries.sweep(settings.store())


def get_commands() -> list[click.Command]:
    """CKAN's hook for commands."""
    return [ierwohnen_vault]
