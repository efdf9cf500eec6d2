"""Reminders by mail that the clock of a server sends: what became of each, and how their commands tell it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import click

from ckanext.ierwohnen.look.mail import MailNotSet


@dataclass(frozen=True)
class Reminder:
    """What became of one organization: of how much it is told, to whom a mail went, and which could not be sent."""

    organization: str
    count: int
    sent: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()


def tell(ctx: click.Context, remind: Callable[[], Iterable[Reminder]], state: str, dry_run: bool) -> None:
    """Send them, and print a line for each organization; the body of a command.

    :param state: of what an organization is told: "late", "waiting"
    :raises SystemExit: if a mail could not be sent
    """
    failed = 0
    with ctx.meta["flask_app"].test_request_context():
        try:
            for done in remind():
                verb = "would be written to" if dry_run else "written to"
                click.echo(f"{done.organization}: {done.count} {state}, {verb} {', '.join(done.sent) or 'nobody'}")
                for address in done.failed:
                    click.echo(f"{done.organization}: the mail to {address} could not be sent", err=True)
                failed += len(done.failed)
        except MailNotSet as error:
            raise click.ClickException("This portal sends no mail: set smtp.server and smtp.mail_from.") from error
    if failed:
        raise SystemExit(1)
