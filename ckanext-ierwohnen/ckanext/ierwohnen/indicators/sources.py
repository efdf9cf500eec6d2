"""Which published tables feed which indicator, for a reader.

The index over all tables holds no figures, only which resource has which indicators and systems. It is made
once after each change (publishing, editing or removing a dataset or a data dictionary) and kept in Redis for
all processes; a counter in Redis tells every process that it is stale. Rights are asked anew for every reader:
only the sources that the reader may see count.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import ckan.model as model
import ckan.plugins as p
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan.lib.redis import connect_to_redis
from ckan.types import Context

from ckanext.datastore.backend.postgres import get_read_engine, identifier
from ckanext.ierwohnen.indicators import part
from ckanext.ierwohnen.indicators.active import active_catalogue
from ckanext.ierwohnen.indicators.interfaces import ILimitedTables
from ckanext.ierwohnen.tables.code_lists import code_lists
from ckanext.ierwohnen.tables.meanings import ColumnMeaning, column_meanings
from ckanext.ierwohnen.tables.roles import Role

MOST_CLASSES = 300  # of a dimension
MadeOf = dict[str, tuple[str, tuple[str, ...], str]]
KEEP = 24 * 3600  # seconds for which Redis keeps an index


@dataclass(frozen=True)
class Source:
    """A resource with a published table, and what it tells."""

    package_id: str
    package_name: str
    package_title: str
    owner_org: str | None
    private: bool
    resource_id: str
    resource_name: str
    modified: str
    indicators: tuple[str, ...]
    levels: tuple[str, ...]
    systems: tuple[str, ...]
    divided: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    """Indicator, dimension and classes by which the table divides it; ``indicators`` holds what these classes give."""
    only_date: str | None = None
    """The date of a dataset that is of one date only; counts where a table has no column of dates."""
    limited: bool = False
    """For some readers only: outside of the DataStore, and in no index that is kept (``limited.py``)."""
    contributors: tuple[str, ...] = ()
    """Whose dwellings it tells of, if it is a release of companies (``mixing.py``)."""
    day: str = ""
    """The reference date of a release."""
    number: str = ""
    """What people call a release."""
    address: str = ""
    """Where it can be seen, if it is no dataset."""
    labels: tuple[tuple[str, str], ...] = ()
    """What its columns are called, if it has no data dictionary."""


def changed() -> None:
    """Tell all processes that the index has to be made anew; the old one, which may name what was withdrawn, goes."""
    store = connect_to_redis()
    store.incr(_key("changes"))
    store.delete(_key("index"))


def version() -> str:
    """Changes with every change of a table or dataset; part of the key of everything that is cached from them."""
    return (connect_to_redis().get(_key("changes")) or b"0").decode()


def all_sources() -> list[Source]:
    """Every published table with an indicator, newest first, without asking for rights: not for a reader's eyes."""
    store = connect_to_redis()
    stamp = f"{version()}:{'+'.join(field.name for field in fields(Source))}"  # Redis outlives an upgrade
    kept = json.loads(store.get(_key("index")) or "{}")
    if kept.get("stamp") == stamp:
        found = [_source(entry) for entry in kept["sources"]]
    else:
        made_of, sure = contributors()
        found = _look(made_of)
        if sure:
            store.set(_key("index"), json.dumps({"stamp": stamp, "sources": [asdict(s) for s in found]}), ex=KEEP)
    return [_with_parts(one) for one in found]


def _with_parts(source: Source) -> Source:
    """With the indicators that the table's classes give (population by age group: those under 18)."""
    if not source.divided:
        return source
    given = part.fed(source.divided, active_catalogue().divisions)
    return replace(source, indicators=tuple(dict.fromkeys((*source.indicators, *given))))


def readable_sources(context: Context, codes: set[str] | None = None) -> list[Source]:
    """The sources that this reader may see, of these indicators (all if None), newest first.

    Those for some readers only are asked of the rooms that keep them, each time, and join only here.
    """
    from ckanext.ierwohnen.indicators.limited import limited_sources

    wanted = [s for s in all_sources() if codes is None or codes & set(s.indicators)]
    found = [s for s in wanted if _may_read(context, s.resource_id)]
    limited = [s for s in limited_sources(context) if codes is None or codes & set(s.indicators)]
    return sorted([*limited, *found], key=lambda s: s.modified, reverse=True) if limited else found


def _may_read(context: Context, resource_id: str) -> bool:
    """Of the resource, not only of its dataset: an extension may show a dataset and keep its data from the reader."""
    try:
        tk.check_access("datastore_info", tk.fresh_context(context), {"id": resource_id})
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return False
    return True


def contributors() -> tuple[MadeOf, bool]:
    """Of public releases of companies, by the id of their dataset: reference date, whose dwellings they tell of,
    and its number.

    The second is False if that may be wrong, since what knows it did not answer.
    """
    told = [plugin.made_of() for plugin in p.PluginImplementations(ILimitedTables)]
    return {name: of for made_of, _ in told for name, of in made_of.items()}, all(sure for _, sure in told)


def _look(made_of: MadeOf) -> list[Source]:
    query = (
        model.Session.query(model.Resource, model.Package)
        .join(model.Package, model.Resource.package_id == model.Package.id)
        .filter(model.Resource.state == "active", model.Package.state == "active")
        .order_by(model.Resource.metadata_modified.desc(), model.Resource.id)
    )
    found = [_read(resource, package) for resource, package in query if resource.extras.get("datastore_active")]
    return [_made_of(source, made_of.get(source.package_id)) for source in found if source is not None]


def _made_of(source: Source, known: tuple[str, tuple[str, ...], str] | None) -> Source:
    return replace(source, day=known[0], contributors=known[1], number=known[2]) if known else source


def _read(resource: model.Resource, package: model.Package) -> Source | None:
    try:
        columns = column_meanings({"ignore_auth": True, "user": ""}, resource.id)
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return None
    indicators = _of(columns, Role.INDICATOR, "indicator")
    if not indicators:
        return None
    modified = resource.metadata_modified or package.metadata_modified
    return Source(
        package_id=package.id,
        package_name=package.name,
        package_title=package.title or package.name,
        owner_org=package.owner_org,
        private=bool(package.private),
        resource_id=resource.id,
        resource_name=resource.name or "",
        modified=modified.isoformat() if modified else "",
        indicators=indicators,
        levels=_of(columns, Role.KEY, "level"),
        systems=_of(columns, Role.KEY, "system"),
        divided=_divided(resource.id, columns),
        only_date=_only_date(package.extras),
    )


def _divided(resource_id: str, columns: list[ColumnMeaning]) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """By which classes a table divides its indicators: columns of a wide table, or cells of a dimension's column."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    measured = [one for one in columns if one.role == Role.INDICATOR and one.indicator]
    for one in measured:
        if one.dimension in code_lists() and one.code:
            found.setdefault((str(one.indicator), str(one.dimension)), {})[one.code] = None
    for one in columns:
        there = code_lists().get(one.dimension or "") if one.role == Role.DIMENSION else None
        if there is not None:
            texts = _distinct(resource_id, one.name)
            for code in {str(value.indicator) for value in measured}:
                found[code, there.id] = dict.fromkeys(there.code_of(text) or text for text in texts)
    return tuple((indicator, dimension, tuple(codes)) for (indicator, dimension), codes in found.items())


def _distinct(resource_id: str, column: str) -> list[str]:
    """The texts of a column; none where there are too many to be classes."""
    # A colon in a name would be a parameter; so no "::text".
    chosen = f"SELECT DISTINCT CAST({identifier(column)} AS text) FROM {identifier(resource_id)}".replace(":", r"\:")
    with get_read_engine().connect() as connection:
        texts = [row[0] for row in connection.execute(sa.text(f"{chosen} LIMIT {MOST_CLASSES + 1}"))]
    return sorted(filter(None, texts)) if len(texts) <= MOST_CLASSES else []


def _only_date(fields: Mapping[str, str]) -> str | None:
    first, last = fields.get("temporal_start"), fields.get("temporal_end")
    return last if last and first == last else None


def _of(columns: list[ColumnMeaning], role: Role, what: str) -> tuple[str, ...]:
    values = (getattr(c, what) for c in columns if c.role == role)
    return tuple(dict.fromkeys(v for v in values if v))


def _source(entry: dict[str, Any]) -> Source:
    lists = ("indicators", "levels", "systems", "contributors")
    told: dict[str, Any] = {k: tuple(v) if k in lists else v for k, v in entry.items()}
    told["divided"] = tuple((of, dimension, tuple(codes)) for of, dimension, codes in entry["divided"])
    return Source(**told)


def _key(name: str) -> str:
    return f"ckan:{tk.config['ckan.site_id']}:{tk.config['ckan.site_url']}:ierwohnen:indicators:{name}"
