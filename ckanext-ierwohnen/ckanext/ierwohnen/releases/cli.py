"""``ckan ierwohnen-releases``: keep what stands outside in line with the vault, and see what else lies there."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
import click
from ckan import model

from ckanext.ierwohnen.look import clock, reminders
from ckanext.ierwohnen.releases import company_files, jobs, no_functions, outside, outside_tables
from ckanext.ierwohnen.releases.reminding import remind
from ckanext.ierwohnen.releases.texts import say
from ckanext.ierwohnen.vault import deliveries, settings
from ckanext.ierwohnen.vault.errors import VaultError


@click.group("ierwohnen-releases", short_help="Releases of company data.")
def ierwohnen_releases() -> None:
    """Releases of company data."""


@ierwohnen_releases.command()
@click.option("--anew", metavar="NUMBER", help="Make the dataset of this public release again, even if it stands.")
def settle(anew: str | None) -> None:
    """Take away what expired or was withdrawn, make what was published, forget abandoned uploads. Run it once a day."""
    if anew:
        try:
            outside_tables.make_anew(settings.store(), anew)
        except VaultError as error:
            raise click.ClickException(f"{anew}: {error.message('de')}") from None
    outside.settle(settings.store())
    deliveries.sweep(settings.store())


@ierwohnen_releases.command()
@click.option("--language", type=click.Choice(["de", "en"]), default="de")
def doctor(language: str) -> None:
    """See whether a worker takes checks; name what companies hold from a time before they were companies, and tables
    that differ from their release."""
    found = company_files.companies()
    workers = jobs.workers()
    click.echo(say("check-worker" if workers else "no-check-worker", language, count=workers))
    left = not _tables_alike(language)
    for company in found:
        for holder, files in company_files.held(str(company.id)).items():
            left = True
            own = isinstance(holder, model.Group)
            click.echo(say(
                "company-left-own" if own else "company-left", language, organization=company.title or company.name,
                dataset=holder.name, state=holder.state, count=len(files), files=", ".join(map(_named, files)),
                address=f"{tk.config['ckan.site_url']}/{'organization' if own else 'dataset'}/{holder.name}",
            ))  # fmt: skip
            if stored := company_files.stored_names({holder: files}):
                click.echo(say("company-stored", language, files=", ".join(stored)))
    if not left:
        click.echo(say("company-none-left", language, count=len(found)))
    if left or not workers:
        raise SystemExit(1)


@ierwohnen_releases.command("remind")
@click.option("--dry-run", is_flag=True, help="Only say who would get a mail.")
@click.pass_context
def send_reminders(ctx: click.Context, dry_run: bool) -> None:
    """Write to owners whose approval a release waits for, and before its deadline. For cron, once a day."""
    reminders.tell(ctx, lambda: remind(settings.store(), clock.today(), really=not dry_run), "waiting", dry_run)


def _tables_alike(language: str) -> bool:
    """Say whether the tables of public releases are those that were released, and nothing is bound to tables."""
    looked, differing = outside_tables.looked_at(settings.store())
    for number in differing:
        click.echo(say("table-differs", language, number=number))
    if bound := no_functions.bound():
        click.echo(say("tables-bound", language, tables=", ".join(bound)))
    if not differing:
        click.echo(say("tables-alike", language, count=looked))
    return not differing and not bound


def _named(one: model.Resource | model.File) -> str:
    return f"{one.name or getattr(one, 'url', '')} ({one.id})"


def get_commands() -> list[click.Command]:
    """CKAN's hook for commands."""
    return [ierwohnen_releases]
