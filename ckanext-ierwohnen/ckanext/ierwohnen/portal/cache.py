"""Prepared parts of public pages, kept for a while.

Only what an anonymous reader sees is kept, and it is made with an anonymous reader's rights, so a kept part can be
shown to everyone. Each change of data moves a counter that is part of every key, and the parts that were kept under
the old one are deleted: what is withdrawn is gone at once, from the pages and from the store.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any, TypeVar

import ckan.plugins.toolkit as tk
from ckan.lib.redis import connect_to_redis
from redis.exceptions import RedisError

from ckanext.ierwohnen.portal import config

log = logging.getLogger(__name__)
Part = TypeVar("Part")

READING = ("_show", "_list", "_search", "_autocomplete", "_suggest", "_values", "_check", "_info", "_geometry")
"""Endings of actions that change nothing; after every other one the kept parts are stale."""


def public_context() -> dict[str, Any]:
    """Context of an anonymous reader, with authorization in force."""
    return {"user": "", "auth_user_obj": None, "ignore_auth": False}


def kept(name: str, make: Callable[[], Part], **key: str) -> Part:
    """The part `name` for `key` (language, indicator …) from the store, or made now and kept.

    The part must be JSON (lists, dictionaries, text, numbers). Without Redis it is simply made.
    """
    seconds = config.cache_seconds()
    if seconds <= 0:
        return make()
    try:
        redis = connect_to_redis()
        place = _place(redis, name, key)
        found = redis.get(place)
    except RedisError:
        log.warning("Redis does not answer; the part %s is made anew", name)
        return make()
    if found is not None:
        return json.loads(found)
    part = make()
    # Listed before it is kept, so that whoever forgets finds it; one that was made of data of before is not left.
    redis.sadd(_list(), place)
    redis.set(place, json.dumps(part), ex=seconds)
    if _place(redis, name, key) != place:
        redis.unlink(place)
    return part


def forget() -> None:
    """Make every kept part stale, and delete it."""
    try:
        redis = connect_to_redis()
        redis.incr(_counter())
        while places := redis.spop(_list(), 1000):
            redis.unlink(*places)
    except RedisError:
        log.warning("Redis does not answer; prepared parts stay until they expire")


def forget_after(sender: str, **_: Any) -> None:
    """Receiver of CKAN's signal `action_succeeded`: a change makes the kept parts stale."""
    if not sender.endswith(READING) and not sender.startswith(("dashboard_", "follow_", "get_", "ierwohnen_job_")):
        forget()


def version() -> str:
    """The counter that each change moves; for keys of other caches of public content."""
    try:
        return (connect_to_redis().get(_counter()) or b"0").decode()
    except RedisError:
        return "none"


def _counter() -> str:
    return f"ierwohnen:{tk.config['ckan.site_id']}:public:version"


def _list() -> str:
    return f"ierwohnen:{tk.config['ckan.site_id']}:public:kept"


def _place(redis: Any, name: str, key: dict[str, str]) -> str:
    counted = (redis.get(_counter()) or b"0").decode()
    parts = ":".join(f"{field}={key[field]}" for field in sorted(key))
    return f"ierwohnen:{tk.config['ckan.site_id']}:public:{counted}:{name}:{parts}"
