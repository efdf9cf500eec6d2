"""``ckan ierwohnen-deliveries``: what the clock of the server starts."""

from __future__ import annotations

from datetime import date

import click

from ckanext.ierwohnen.catalogue.delivery_mail import remind
from ckanext.ierwohnen.look import reminders


@click.group("ierwohnen-deliveries", short_help="Deliveries that are due.")
def ierwohnen_deliveries() -> None:
    """Deliveries of tables that are due or overdue."""


@ierwohnen_deliveries.command("remind")
@click.option("--dry-run", is_flag=True, help="Only say who would get a mail.")
@click.pass_context
def send_reminders(ctx: click.Context, dry_run: bool) -> None:
    """Write to the offices whose deliveries are due or overdue; at most one mail a day. For cron, once a day."""
    reminders.tell(ctx, lambda: remind(date.today(), really=not dry_run), "late", dry_run)
