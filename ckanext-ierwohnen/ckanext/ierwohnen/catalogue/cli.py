"""``ckan ierwohnen-deliveries``: what the clock of the server starts."""

from __future__ import annotations

from datetime import date

import click

from ckanext.ierwohnen.catalogue.delivery_mail import remind
from ckanext.ierwohnen.look.mail import MailNotSet


@click.group("ierwohnen-deliveries", short_help="Deliveries that are due.")
def ierwohnen_deliveries() -> None:
    """Deliveries of tables that are due or overdue."""


@ierwohnen_deliveries.command("remind")
@click.option("--dry-run", is_flag=True, help="Only say who would get a mail.")
@click.pass_context
def send_reminders(ctx: click.Context, dry_run: bool) -> None:
    """Write to the offices whose deliveries are due or overdue; at most one mail a day. For cron, once a day."""
    failed = 0
    with ctx.meta["flask_app"].test_request_context():
        try:
            for done in remind(date.today(), really=not dry_run):
                verb = "would be written to" if dry_run else "written to"
                click.echo(f"{done.organization}: {done.entries} late, {verb} {', '.join(done.sent) or 'nobody'}")
                for address in done.failed:
                    click.echo(f"{done.organization}: the mail to {address} could not be sent", err=True)
                failed += len(done.failed)
        except MailNotSet as error:
            raise click.ClickException("This portal sends no mail: set smtp.server and smtp.mail_from.") from error
    if failed:
        raise SystemExit(1)
