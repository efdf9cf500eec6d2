"""Actions of releases: authorize, validate, then act. Each step stands in every owner's ledger."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.ierwohnen.look import clock
from ckanext.ierwohnen.look.numbers import format_date
from ckanext.ierwohnen.releases import comparing, jobs, outside, schema, settings, stock_owners
from ckanext.ierwohnen.releases import store as releases
from ckanext.ierwohnen.releases.audience import ALLIANCE, EVERYBODY, ORGANIZATIONS, Audience
from ckanext.ierwohnen.releases.auth import ACTING, release_of
from ckanext.ierwohnen.releases.changing import changes_of
from ckanext.ierwohnen.releases.company_files import is_company
from ckanext.ierwohnen.releases.definition import Definition, DefinitionError, define
from ckanext.ierwohnen.releases.presenting import job_of, listed, shown
from ckanext.ierwohnen.releases.roles import actor_of, organization_id, title_of
from ckanext.ierwohnen.releases.states import State, Step, StepRefused, Taken
from ckanext.ierwohnen.releases.store import Actor, Release
from ckanext.ierwohnen.releases.texts import say
from ckanext.ierwohnen.tables.wording import reader_language
from ckanext.ierwohnen.vault import settings as vault
from ckanext.ierwohnen.vault.errors import VaultError
from ckanext.ierwohnen.vault.schema import validated
from ckanext.ierwohnen.vault.stock_jobs import calm
from ckanext.ierwohnen.vault.unkept import keep_out_of_caches


@contextmanager
def told() -> Iterator[None]:
    """Turn what the rules and the store refuse into CKAN's errors, in the reader's language."""
    failure: Exception | None = None
    language = reader_language()
    try:
        with calm(DefinitionError, StepRefused):
            yield
    except DefinitionError as error:
        params = {
            name: format_date(value, locale=language) if isinstance(value, dt.date) else value
            for name, value in error.params.items()
        }
        failure = tk.ValidationError({error.field: [say(error.code, language, **params)]})
    except StepRefused as error:
        field = "reason" if error.code == "no-reason" else "organization" if error.code == "role" else "id"
        sentence = say(error.code, language, **error.params)
        failure = tk.NotAuthorized(sentence) if error.code == "four-eyes" else tk.ValidationError({field: [sentence]})
    except VaultError as error:
        sentence = error.message(language)
        missing = error.code in ("no-release", "refused", "not-yours")
        field = "purpose" if error.code == "no-purpose" else error.params.get("field", "id")
        failure = tk.ObjectNotFound(sentence) if missing else tk.ValidationError({field: [sentence]})
    if failure:
        raise failure


def ierwohnen_release_prepare(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Prepare a release of figures from companies' stock. It is checked as soon as every owner has joined.

    :param organization: the company for which it is prepared, by id or name
    :param title: what it shows
    :param sources: the owners of the stock, housing companies by id or name (default: the company alone)
    :param reference_date: day of the stock, `2025-12-31`
    :param figures: `dwellings`, `vacant`, `vacancy_rate`, `rent`
    :param level: level of places as `system/level`; without it the city as a whole
    :param dimensions: at most two of `rooms`, `construction`, `modernization`, `barrier_reduced`
    :param audience: `public`, `alliance` or `organizations`
    :param organizations: these, by id or name, if the audience is `organizations`
    :param purpose: what the figures are for
    :param agreement: on which agreement the release rests
    :param valid_until: last day on which they are shown
    :param decide_by: last day on which owners join and approve (optional); who has not by then stops the release
    :param consent: true if the company agrees that figures are shown in which it can be recognised
    :param replaces: a release of the same owners that this one takes the place of when it is published (optional)
    :returns: `id`, `number`, `state`, `open` (owners who have still to join) and, if it is checked at once, `job`
    """
    tk.check_access("ierwohnen_release_prepare", context, data_dict)
    data = validated(data_dict, schema.prepare())
    actor, store = actor_of(context), vault.store()
    organization = organization_id(data["organization"]) or ""
    with told():
        definition = _definition(context, data, organization, actor)
        release = releases.prepare(store, actor, organization, definition)
        found = releases.find(store, actor, release)
    return _begun(found)


def ierwohnen_release_join(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Agree that an owner's stock goes into a release that another one prepared. Its records are read only then.

    :param id: the release's id or number
    :param organization: the owner for which one joins
    :param consent: true if the owner agrees that figures are shown in which it can be recognised
    :returns: as `ierwohnen_release_prepare`
    """
    tk.check_access("ierwohnen_release_join", context, data_dict)
    data = validated(data_dict, schema.step())
    return _begun(_take(context, data, Step.JOIN, releases.CONSENT if data["consent"] else ""))


def ierwohnen_release_check(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Ask once more for the check of a release that is prepared and joined by all, for example after it failed.

    :param id: the release's id or number
    :param organization: the owner for which one asks
    :returns: `{"job": id}`, to be followed with `ierwohnen_job_show`
    """
    tk.check_access("ierwohnen_release_check", context, data_dict)
    validated(data_dict, schema.step())
    release = release_of(context, data_dict)
    with told():
        _in_time(release)
        if release.state != State.PREPARED:
            raise StepRefused("not-now")
        if not release.case.joined:
            raise StepRefused("not-joined")
    return {"job": jobs.enqueue_check(release.id)}


def ierwohnen_release_approve(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Approve a checked release for an owner. Whoever prepared or joined it cannot.

    :param id: the release's id or number
    :param organization: the owner for which one approves
    :returns: `id`, `number`, `state`, `open` (owners who have still to approve)
    """
    tk.check_access("ierwohnen_release_approve", context, data_dict)
    return _stands(_take(context, validated(data_dict, schema.step()), Step.APPROVE))


def ierwohnen_release_reject(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Turn a release down before it is published; one owner is enough. A check that runs is stopped.

    :param id: the release's id or number
    :param organization: the owner for which one rejects
    :param reason: why
    :returns: `id`, `number`, `state`
    """
    tk.check_access("ierwohnen_release_reject", context, data_dict)
    data = validated(data_dict, schema.step())
    release = _take(context, data, Step.REJECT, data["reason"])
    jobs.stop(release.id)
    return _stands(release)


def ierwohnen_release_publish(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Publish a release that all owners have approved; one that it replaces is taken away.

    :param id: the release's id or number
    :param organization: the owner for which one publishes
    :returns: `id`, `number`, `state` and, of a public one, `dataset`: the id of its dataset
    """
    tk.check_access("ierwohnen_release_publish", context, data_dict)
    return _carried_out(context, data_dict, Step.PUBLISH)


def ierwohnen_release_withdraw(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Withdraw a published release at once; one owner is enough. What was seen stays in the reckoning of later ones.

    :param id: the release's id or number
    :param organization: the owner for which one withdraws
    :param reason: why
    :returns: `id`, `number`, `state`
    """
    tk.check_access("ierwohnen_release_withdraw", context, data_dict)
    return _carried_out(context, data_dict, Step.WITHDRAW)


@tk.side_effect_free
def ierwohnen_release_show(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """A release with its cells, as the reader may see it; of what is not public, every reading is in the ledgers.

    :param id: the release's id or number
    :param purpose: what for; it goes to the owners' ledgers (default: Ansicht)
    :param own: an owner for which the reader acts: its own values beside the cells' (`own`), as its stock
        is now, by id or name; `own_loaded` tells when it was loaded, if that is after the check
    :param against: true for what the cells were in the release that this one replaces (`before`, `difference`); for
        owners alone
    :returns: what was agreed on, `state`, `cells` (`level`, `key`, codes of the dimensions, `figure`, and `figure` as
        value, status and text); for owners `report`, `steps`, `open` and `replaced` (number of the one before) as well.
        The report tells those who prepare or approve for a company that is alone in the release why each cell is kept
        secret (`reasons`, in the order of `cells`). A refusal has `code`, `message` and `changes`: what could be agreed
        on instead (`change`: `level:system/level`, `without:dimension`, `consent` or `owners:ids`; `link`: in words;
        `message`: what a trial of it gave); to a house alone `advice` as well, where a trial passed
    """
    tk.check_access("ierwohnen_release_show", context, data_dict)
    data = validated(data_dict, schema.show())
    release = release_of(context, data)
    company = comparing.own_company(context, release, data["own"]) if data["own"] else ""
    actor = actor_of(context)
    with told():
        if release.state == State.PREPARED:  # there is nothing to read yet, and so nothing to note in the ledgers
            content = {"cells": None, "report": None}
        else:
            content = releases.opened(vault.store(), actor, release, data["purpose"])
        found = shown(release, content, any(actor.roles.get(o) in ACTING for o in release.definition.owners))
        if (found.get("report") or {}).get("refused"):
            found["report"]["refused"]["changes"] = changes_of(context, found)
        if company:
            loaded = comparing.with_own(context, release, found["cells"], company, data["purpose"])
            found |= {"own": company, "own_loaded": loaded}
        old = comparing.replaced(context, release)
        if old is not None:
            found["replaced"] = old.number
        if old is not None and data["against"]:
            comparing.with_difference(context, release, old, found["cells"], data["purpose"])
    return found


@tk.side_effect_free
def ierwohnen_release_list(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Releases that the reader may know of: its companies' own, and published ones of whose audience it is.

    :param q: words of title, purpose or number (optional)
    :param state: only in this state (optional)
    :returns: `count` and `results`, the newest first
    """
    tk.check_access("ierwohnen_release_list", context, data_dict)
    data = validated(data_dict, schema.listing())
    with told():
        found = releases.releases(vault.store(), actor_of(context))
    if any(not one.definition.audience.public or one.state != State.PUBLISHED for one in found):
        keep_out_of_caches()
    words = data["q"].casefold().split()
    chosen = [
        release for release in found
        if (release.owned or release.state == State.PUBLISHED)
        and release.state == data.get("state", release.state)
        and all(word in _words_of(release) for word in words)
    ]  # fmt: skip
    return {
        "count": len(chosen),
        "results": [listed(release) for release in chosen[data["offset"] : data["offset"] + data["limit"]]],
    }


def _words_of(release: Release) -> str:
    return f"{release.definition.title} {release.definition.purpose} {release.number}".casefold()


def release_job(context: Context, job: str) -> dict[str, Any]:
    """How far a check is, in the form of `ierwohnen_job_show`; for owners only."""
    keep_out_of_caches()
    release = release_of(context, {"id": job.removeprefix(jobs.JOB)})
    if not release.owned:
        raise tk.ObjectNotFound(tk._("There is no such job."))
    release, stands = jobs.now(actor_of(context), release)
    return job_of(release, job, stands, taken=stands != jobs.WAITING or bool(jobs.workers()))


def _carried_out(context: Context, data_dict: dict[str, Any], step: Step) -> dict[str, Any]:
    """The vault first, then at once what stands outside; a job is there before, in case that this process ends."""
    data = validated(data_dict, schema.step())
    jobs.enqueue_settle()
    release = _take(context, data, step, data["reason"])
    with told():
        outside.settle(vault.store(), release.id)
    return _stands(release) | ({"dataset": outside.dataset_id(release.id)} if _out(release) else {})


def _out(release: Release) -> bool:
    return release.state == State.PUBLISHED and release.definition.audience.public


def _take(context: Context, data: dict[str, Any], step: Step, reason: str = "") -> Release:
    release, actor, store = release_of(context, data), actor_of(context), vault.store()
    organization = organization_id(data["organization"]) or ""
    with told():
        role = actor.roles.get(organization, "")
        if step in (Step.JOIN, Step.APPROVE):
            _in_time(release)
        release.case.after(Taken(step, organization, actor.name, role, reason, actor.account))
        if release.state == State.EXPIRED:
            raise StepRefused("not-now")
        releases.take(store, actor, release.id, step, organization, reason)
        return releases.find(store, actor, release.id)


def _in_time(release: Release) -> None:
    last = release.definition.decide_by
    if release.overdue and last:
        raise StepRefused("too-late", date=format_date(last, locale=reader_language()))


def _begun(release: Release) -> dict[str, Any]:
    found = _stands(release)
    if release.case.joined and release.state == State.PREPARED:
        found["job"] = jobs.enqueue_check(release.id)
    return found


def _stands(release: Release) -> dict[str, Any]:
    return {
        "id": release.id, "number": release.number, "state": str(release.state), "open": sorted(release.case.open),
    }  # fmt: skip


def _definition(context: Context, data: dict[str, Any], organization: str, actor: Actor) -> Definition:
    owners = [_organization("sources", name) for name in data.get("sources") or [organization]]
    if organization not in owners:
        raise DefinitionError("sources", "not-owner")
    _only_companies(context, owners, organization)
    replaces = None
    if data.get("replaces"):
        old = releases.find(vault.store(), actor, data["replaces"])
        if set(old.definition.owners) != set(owners):
            raise VaultError("no-release")
        replaces = old.id
    return define(
        title=data["title"], owners=owners, reference_date=data["reference_date"], figures=data["figures"],
        audience=_audience(data), purpose=data["purpose"], agreement=data["agreement"],
        valid_until=data["valid_until"], level=data["level"], dimensions=data.get("dimensions") or (),
        consents=[organization] if data["consent"] else [], replaces=replaces, lead=organization,
        decide_by=data.get("decide_by"), today=clock.today(),
    )  # fmt: skip


def _only_companies(context: Context, owners: list[str], organization: str) -> None:
    """Offices of the city have no stock; whether others have some is not told here."""
    known = stock_owners.known_owners(context)
    for owner in owners:
        own = owner == organization
        if not (is_company(owner) if own else stock_owners.may_own(model.Group.get(owner), known)):
            raise DefinitionError("organization" if own else "sources", "not-a-company", name=title_of(owner))


def _audience(data: dict[str, Any]) -> Audience:
    if data["audience"] == EVERYBODY.kind:
        return EVERYBODY
    if data["audience"] == ALLIANCE:
        members = settings.alliance()
    else:
        members = frozenset(_organization("organizations", name) for name in data.get("organizations") or ())
    if not members:
        raise DefinitionError("audience", "no-audience")
    return Audience(ALLIANCE if data["audience"] == ALLIANCE else ORGANIZATIONS, members)


def _organization(field: str, name: str) -> str:
    found = organization_id(name)
    if found is None:
        raise DefinitionError(field, "unknown-organization", name=name[:100])
    return found
