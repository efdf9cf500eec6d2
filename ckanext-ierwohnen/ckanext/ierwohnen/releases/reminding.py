"""Mails to owners for whom a release waits: when it begins to, before the time to join and approve ends, and when its
check broke off.

A mail names the release's number and the day, never its title or a figure: what it is about stands in the portal. What
an owner was told is kept in the protected store, since CKAN's database may not know that there is a release.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator
from dataclasses import dataclass

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.lib import mailer

from ckanext.ierwohnen.look.mail import language_of, require_mail
from ckanext.ierwohnen.look.reminders import Reminder
from ckanext.ierwohnen.releases import jobs
from ckanext.ierwohnen.releases import store as releases
from ckanext.ierwohnen.releases.renewing import URGENT
from ckanext.ierwohnen.releases.roles import MEMBER, actors_of, title_of
from ckanext.ierwohnen.releases.states import State, Step
from ckanext.ierwohnen.releases.store import Actor, Release
from ckanext.ierwohnen.releases.waiting import may
from ckanext.ierwohnen.tables.wording import speaking
from ckanext.ierwohnen.vault.store import Store

log = logging.getLogger(__name__)
NAME = "reminder"
LAST = 1  # days before the deadline at which owners are told once more
OVER, CHECK = "over", "check"


@dataclass(frozen=True)
class Due:
    """A release of which an owner is told: `what` is "join", "approve", "over" or "check", `mark` is kept of it."""

    release: Release
    what: str
    mark: str


class _NotSent(Exception):
    """Nobody got the mail: nothing is kept of it."""


def remind(store: Store, today: dt.date, really: bool = True) -> Iterator[Reminder]:
    """Write to each owner that has something new to be told.

    :param really: False only says who would get a mail
    :raises MailNotSet: before anything is done
    """
    if really:
        require_mail()
    groups = model.Session.query(model.Group.id).filter_by(is_organization=True, state="active")
    for organization in sorted(one for (one,) in groups):
        acting = Actor(NAME, {organization: MEMBER})
        known = [one for one in releases.releases(store, acting) if one.owned]
        found = [due for one in known if (due := _due(one, organization, today))]
        if found and (reminder := _owner(store, acting, organization, found, really)):
            yield reminder


def _due(release: Release, organization: str, today: dt.date) -> Due | None:
    """What an owner is to be told of a release, if anything."""
    if release.overdue:
        lead = release.case.steps[0].organization
        return Due(release, OVER, OVER) if organization == lead else None
    if release.state == State.PREPARED and release.case.joined:
        acting = Actor(NAME, {organization: MEMBER})
        return Due(release, CHECK, f"{CHECK} {today}") if jobs.broke_off(acting, release) else None
    if release.state not in (State.PREPARED, State.CHECKED) or organization not in release.case.open:
        return None
    what = str(Step.JOIN if release.state == State.PREPARED else Step.APPROVE)
    last = release.definition.decide_by
    left = (last - today).days if last else URGENT + 1
    return Due(release, what, f"{what} {LAST if left <= LAST else URGENT}" if left <= URGENT else what)


def _owner(store: Store, acting: Actor, organization: str, found: list[Due], really: bool) -> Reminder | None:
    """Tell an owner's people what is new; whether it is, the store knows, and forgets again if nobody got the mail."""
    sent: list[str] = []
    failed: list[str] = []
    told: list[Due] = []
    try:
        with releases.reminding(store, acting) as first_time:
            told = [due for due in found if first_time(due.release.id, organization, due.mark)]
            for person, actor in actors_of(organization) if told else ():
                theirs = [due for due in told if _concerns(due, actor, organization)]
                if theirs and person.email:
                    done = not really or _sent(person, organization, theirs)
                    (sent if done else failed).append(person.email)
            if not sent or not really:
                raise _NotSent
    except _NotSent:
        pass
    return Reminder(title_of(organization), len(told), tuple(sent), tuple(failed)) if sent or failed else None


def _concerns(due: Due, actor: Actor, organization: str) -> bool:
    """Whether this person can do something about it."""
    if due.what in (OVER, CHECK):
        return actor.roles[organization] != MEMBER
    return may(due.release, actor, Step(due.what), organization)


def _sent(person: model.User, organization: str, found: list[Due]) -> bool:
    with speaking(language_of(person)):
        subject = tk.ungettext("%(num)d release waits for you", "%(num)d releases wait for you", len(found))
        body = tk.render(
            "ierwohnen/releases/reminder_mail.txt",
            {
                "person": person.display_name, "organization": title_of(organization), "found": found,
                "site_title": tk.config.get("ckan.site_title"),
            },
        )  # fmt: skip
        if all(due.what == OVER for due in found):
            subject = tk.ungettext("%(num)d release has run out of time", "%(num)d releases have run out of time",
                                   len(found))  # fmt: skip
        subject = f"{subject % {'num': len(found)}} – {title_of(organization)}"
    try:
        mailer.mail_user(person, subject, str(body))
    except Exception as error:  # one wrong address must not keep the others from their mail
        log.warning("The reminder to %s was not sent: %s", person.name, type(error).__name__)
        return False
    return True
