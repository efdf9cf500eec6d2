"""Mails to the offices whose deliveries are due or overdue: at most one a day for an office.

What an office was told is kept in CKAN's table of task states: a dataset is mentioned anew when it becomes due, when it
becomes overdue, and then every `ierwohnen.catalogue.remind_days` days. Mails go through CKAN's mailer, and so through
whatever a plugin with `INotifier` makes of them.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.lib import mailer
from ckan.types import Context

from ckanext.ierwohnen.catalogue import offices
from ckanext.ierwohnen.catalogue.delivery_list import DueDelivery, Standing, due_deliveries
from ckanext.ierwohnen.look.every_group import every_group
from ckanext.ierwohnen.look.mail import language_of, require_mail
from ckanext.ierwohnen.look.reminders import Reminder
from ckanext.ierwohnen.places.holding import lock_key
from ckanext.ierwohnen.tables.wording import speaking

log = logging.getLogger(__name__)
LATE = (Standing.overdue, Standing.due)
TASK = {"task_type": "ierwohnen_deliveries", "key": "reminded", "entity_type": "organization"}
Told = dict[str, list[str]]


def remind(today: date, really: bool = True) -> Iterator[Reminder]:
    """Write to each office that has something new to be told; raises MailNotSet before anything is done.

    :param really: False only says who would get a mail
    """
    if really:
        require_mail()
    context: Context = {"ignore_auth": True, "user": ""}
    for organization in every_group("organization_list", context):
        datasets = offices.datasets_with_cycle(context, [organization["id"]])
        found = due_deliveries(datasets, today, offices.tables_of(context, datasets))
        late = [entry for entry in found if entry.standing in LATE]
        if late and (reminder := _office(organization, late, today, really)):
            yield reminder


def _office(organization: dict[str, Any], late: list[DueDelivery], today: date, really: bool) -> Reminder | None:
    people = offices.editors(organization["id"])
    with _claimed(organization["id"]) as state:
        told = _told(state)
        if not people or told["day"] == today.isoformat() or not _news(late, told["datasets"], today):
            return None
        if not really:
            return Reminder(organization["name"], len(late), tuple(person.email for person in people))
        sent, failed = _send(organization, people, late)
        if sent:
            news = {entry.key: [*_mark(entry), today.isoformat()] for entry in late}
            state.value = json.dumps({"day": today.isoformat(), "datasets": news})
        return Reminder(organization["name"], len(late), tuple(sent), tuple(failed))


@contextmanager
def _claimed(organization_id: str) -> Iterator[model.TaskStatus]:
    """What the office was told, held against a second run at the same time; kept at the end."""
    session = model.Session
    lock = lock_key(f"ierwohnen_deliveries:{organization_id}")
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(lock)))
    state = session.query(model.TaskStatus).filter_by(entity_id=organization_id, **TASK).one_or_none()
    if state is None:
        state = model.TaskStatus(entity_id=organization_id, value="{}", **TASK)
        session.add(state)
    try:
        yield state
        session.commit()
    except BaseException:
        session.rollback()
        raise


def _told(state: model.TaskStatus) -> dict[str, Any]:
    kept = json.loads(state.value or "{}")
    return {"day": kept.get("day"), "datasets": kept.get("datasets") or {}}


def _mark(entry: DueDelivery) -> tuple[str, str]:
    return entry.standing.value, str(entry.freshness.due)


def _news(late: Iterable[DueDelivery], told: Told, today: date) -> bool:
    """Whether one of them was not told yet as it stands, or not for a while."""
    pause = timedelta(days=int(tk.config.get("ierwohnen.catalogue.remind_days")))
    for entry in late:
        before = told.get(entry.key)
        if not before or tuple(before[:2]) != _mark(entry) or date.fromisoformat(before[2]) + pause <= today:
            return True
    return False


def _send(
    organization: dict[str, Any], people: Iterable[model.User], late: list[DueDelivery]
) -> tuple[list[str], list[str]]:
    sent: list[str] = []
    failed: list[str] = []
    for person in people:
        with speaking(language_of(person)):
            subject, body = _subject(organization, late), _body(organization, person, late)
        try:
            mailer.mail_user(person, subject, body)
        except Exception as error:  # one wrong address must not keep the others from their mail
            log.warning("The reminder to %s was not sent: %s", person.name, error)
            failed.append(person.email)
        else:
            sent.append(person.email)
    return sent, failed


def _subject(organization: dict[str, Any], late: list[DueDelivery]) -> str:
    overdue = sum(entry.standing == Standing.overdue for entry in late)
    due = len(late) - overdue
    parts = []
    if overdue:
        parts.append(tk.ungettext("%(num)d delivery overdue", "%(num)d deliveries overdue", overdue) % {"num": overdue})
    if due:
        parts.append(tk.ungettext("%(num)d delivery due", "%(num)d deliveries due", due) % {"num": due})
    return f"{', '.join(parts)} – {organization.get('title') or organization['name']}"


def _body(organization: dict[str, Any], person: model.User, late: list[DueDelivery]) -> str:
    groups = [(standing.value, [entry for entry in late if entry.standing == standing]) for standing in LATE]
    values = {
        "person": person.display_name,
        "organization": organization.get("title") or organization["name"],
        "groups": [(standing, entries) for standing, entries in groups if entries],
        "site_title": tk.config.get("ckan.site_title"),
    }
    return str(tk.render("ierwohnen/catalogue/delivery_mail.txt", values))
