"""No file, link or table gets into a company's organization, whichever way: looked at where datasets are stored.

Uploads, links, patches, moves from one organization to another, restored, published and harvested datasets, files that
are given to another owner: all end in CKAN's database session, with or without a person's rights. What is refused here
never gets there, and CKAN writes the file itself only afterwards. What lies there from earlier may be described and
deleted, and nothing else.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.exc import IllegalStateChangeError

from ckanext.ierwohnen.releases import company_end, company_files, kept_names, kept_titles
from ckanext.ierwohnen.releases.outside import is_release
from ckanext.ierwohnen.releases.texts import say
from ckanext.ierwohnen.tables.wording import reader_language

CONTENT = ("url", "url_type", "last_modified", "package_id", "state")
"""What changes when a resource gets other data; an upload of the same name has another time."""


def lock() -> None:
    """Look at everything that is stored from now on, in this process."""
    if not sa.event.contains(model.Session, "before_flush", _look):
        sa.event.listen(model.Session, "before_flush", _look)


def _look(session: Any, _context: Any, _instances: Any) -> None:
    if not p.plugin_loaded("ierwohnen_releases"):
        return
    for field, refused in _refusals(session):
        _drop(session)
        raise tk.ValidationError({field: [refused]})


def _drop(session: Any) -> None:
    """Give up what was about to be stored: whoever goes on after the refusal would try it again."""
    try:
        session.rollback()
    except IllegalStateChangeError:  # in the midst of a commit
        session.expunge_all()


def _refusals(session: Any) -> Iterator[tuple[str, str]]:
    for thing in [*session.new, *session.dirty]:
        if isinstance(thing, model.Resource) and _brings_data(session, thing):
            package = thing.package or session.get(model.Package, thing.package_id)
            yield from _refused("upload", package)
        elif isinstance(thing, model.Package) and _opens(session, thing):
            yield from _refused("owner_org", thing)
        elif isinstance(thing, model.FileOwner):
            yield from _given(thing)
        elif isinstance(thing, model.Group):
            yield from _renamed(session, thing)
            yield from kept_titles.refusals(session, thing, _stored(session, thing, kept_titles.STORED))
            yield from company_end.refusals(thing, _stored(session, thing, company_end.STORED))
    yield from company_end.refused_losses(session.deleted)


def _refused(field: str, package: model.Package | None) -> Iterator[tuple[str, str]]:
    if package is None or not package.owner_org:
        return
    refused = company_files.refusal(package.owner_org)
    if refused and not company_files.is_published(package):
        yield field, refused


def _given(owner: model.FileOwner) -> Iterator[tuple[str, str]]:
    """A file of CKAN's own store that is given to an organization, a dataset or a resource is read by its readers."""
    if owner.owner_type in company_files.ORGANIZATIONS:
        refused = company_files.refusal(owner.owner_id)
        yield from [("owner_id", refused)] if refused else []
    elif owner.owner_type != company_files.PERSON:
        for package in company_files.owners_of(owner.owner_id):
            if is_release(package):
                yield "owner_id", say("guarded", reader_language())
            else:
                yield from _refused("owner_id", package)


def _brings_data(session: Any, resource: model.Resource) -> bool:
    """Whether a resource is new, or points to other data than the one that is stored."""
    if resource.state == model.State.DELETED:
        return False
    before = _stored(session, resource, CONTENT)
    return before is None or any(_text(getattr(resource, name)) != _text(old) for name, old in before.items())


def _opens(session: Any, package: model.Package) -> bool:
    """Whether a dataset with files comes to another organization, back from deletion, or before more readers."""
    before = _stored(session, package, ("owner_org", "state", "private"))
    if before is None or (package.state == model.State.DELETED and package.owner_org == before["owner_org"]):
        return False  # of a new one the resources are looked at
    moved = package.owner_org != before["owner_org"]
    shown = (package.state != before["state"]) or (before["private"] and not package.private)
    if not moved and not shown:
        return False
    return any(one.state != model.State.DELETED for one in package.resources_all) or bool(
        company_files.in_store([package])
    )


def _renamed(session: Any, group: model.Group) -> Iterator[tuple[str, str]]:
    """Whom settings know by its name keeps it; nobody takes a name of the rules, nor a company's who has files."""
    before = _stored(session, group, ("name", "state"))
    if before is None:
        return
    back = before["state"] == model.State.DELETED and group.state != before["state"]
    if before["name"] == group.name and not back:
        return
    if refused := kept_names.refused_name(None if back else before["name"], group.name):
        yield "name", refused
    if before["name"] == group.name or not group.is_organization:
        return
    known = company_files.named()
    if before["name"] in known:
        yield "name", say("company-name", reader_language())
    elif group.name in known and (found := company_files.held(str(group.id))):
        yield "name", company_files.told(found)


def _text(value: Any) -> str:
    """A value as it is compared: times come as texts, too, and nothing as an empty one."""
    return value.isoformat() if isinstance(value, dt.datetime) else str(value or "")


def _stored(session: Any, thing: Any, columns: tuple[str, ...]) -> dict[str, Any] | None:
    """What stands in the database of something that is about to be stored; None if it is not there yet."""
    table = type(thing).__table__
    row = session.execute(sa.select(*(table.c[name] for name in columns)).where(table.c.id == thing.id)).first()
    return None if row is None else dict(row._mapping)
