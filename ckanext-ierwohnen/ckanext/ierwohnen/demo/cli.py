"""``ckan ierwohnen-demo``: fill a portal with the demonstration city."""

from __future__ import annotations

from pathlib import Path

import click

from .load import Loader, LoadFailed, things_to_try


@click.group("ierwohnen-demo", short_help="The generated demonstration city.")
def ierwohnen_demo() -> None:
    """The generated demonstration city Neuwald an der Mulde."""


@ierwohnen_demo.command()
@click.option(
    "--accounts",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="JSON file: role to name and password; API tokens are written into it.",
)
def load(accounts: Path) -> None:
    """Load organizations, accounts, boundaries and tables; what is there stays."""
    try:
        Loader(accounts, say=click.echo).load()
    except LoadFailed as failure:
        raise click.ClickException(str(failure)) from failure


@ierwohnen_demo.command("things-to-try")
def show_things_to_try() -> None:
    """Print five things to try, as JSON."""
    click.echo(things_to_try())
