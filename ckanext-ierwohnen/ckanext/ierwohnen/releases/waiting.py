"""What waits for a person: releases to join, to check again, to approve, to publish. Everybody else learns of none."""

from __future__ import annotations

import logging
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.ierwohnen.look.numbers import format_date
from ckanext.ierwohnen.look.reader import reader_context
from ckanext.ierwohnen.look.within_page import once
from ckanext.ierwohnen.releases import jobs
from ckanext.ierwohnen.releases import store as releases
from ckanext.ierwohnen.releases.roles import actor_of, organization_id
from ckanext.ierwohnen.releases.states import ANALYST, APPROVER, State, Step, StepRefused, Taken
from ckanext.ierwohnen.releases.store import Actor, Release
from ckanext.ierwohnen.tables.wording import reader_language
from ckanext.ierwohnen.vault import settings
from ckanext.ierwohnen.vault.errors import VaultError

log = logging.getLogger(__name__)


def waiting(organization: str | None = None) -> list[dict[str, Any]] | None:
    """Number, title and what is to be done of each release that waits for the reader; None for whoever has no role.

    :param organization: only for readers with a role in this one, by id or name
    """
    if not tk.current_user.is_authenticated:
        return None
    actor = actor_of(reader_context())
    if not actor.roles or (organization and organization_id(organization) not in actor.roles):
        return None
    return once(("releases that wait", actor.name), lambda: waiting_for(actor))


def waiting_for(actor: Actor) -> list[dict[str, Any]]:
    """The same for somebody who has a role."""
    try:
        known = releases.releases(settings.store(), actor)
    except VaultError as error:
        log.error("nobody is told what waits: %s", error.code)
        return []
    told = [(one, _next(one, actor)) for one in known if one.owned]
    return [{"number": one.number, "title": one.definition.title, "what": what} for one, what in told if what]


def _next(release: Release, actor: Actor) -> str:
    """What the reader can do for one of the owners now, as the machine of steps has it."""
    words = {
        State.PREPARED: (Step.JOIN, tk._("waits for you to join")),
        State.CHECKED: (Step.APPROVE, tk._("waits for your approval")),
        State.APPROVED: (Step.PUBLISH, tk._("waits to be published")),
    }
    if release.state not in words:
        return ""
    if release.state == State.PREPARED and release.case.joined:
        acts = any(actor.roles.get(one) in (ANALYST, APPROVER) for one in release.definition.owners)
        broke = acts and jobs.broke_off(actor, release)
        return tk._("the check did not finish; please start it again") if broke else ""
    step, told = words[release.state]
    if release.outdated:
        told = tk._("its stock has changed since the check")
        return told if any(may(release, actor, Step.REJECT, one) for one in release.definition.owners) else ""
    last = release.definition.decide_by
    if last and step != Step.PUBLISH:
        told = tk._("{what}, until {date}").format(what=told, date=format_date(last, locale=reader_language()))
    return told if any(may(release, actor, step, one) for one in release.definition.owners) else ""


def may(release: Release, actor: Actor, step: Step, organization: str) -> bool:
    """Whether somebody can take a step for an organization now."""
    role = actor.roles.get(organization)
    if role is None:
        return False
    try:
        release.case.after(Taken(step, organization, actor.name, role, account=actor.account))
    except StepRefused:
        return False
    return True
