"""Kept parts of public pages end with the data that they were made of."""

from __future__ import annotations

import pytest

pytest.importorskip("ckan")

from ckan.lib.redis import connect_to_redis

from ckanext.ierwohnen.portal import cache

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "ierwohnen_portal"),
    pytest.mark.ckan_config("ierwohnen.portal.cache_seconds", "600"),
    pytest.mark.usefixtures("with_plugins"),
]


def held(word: bytes) -> list[bytes]:
    """Keys of the queue's server that hold a word."""
    redis = connect_to_redis()
    keys = [key for key in redis.scan_iter("ierwohnen:*:public:*") if redis.type(key) == b"string"]
    return [key for key in keys if word in (redis.get(key) or b"")]


def test_what_is_withdrawn_is_deleted_at_once_and_not_kept_afterwards():
    made = [cache.kept("latest", lambda: ["Freigabe Zaunkoenig"], language=code) for code in ("de", "en")]
    assert made == [["Freigabe Zaunkoenig"]] * 2 and len(held(b"Zaunkoenig")) == 2
    cache.forget_after("ierwohnen_release_show")
    assert len(held(b"Zaunkoenig")) == 2
    cache.forget_after("ierwohnen_release_withdraw")
    assert held(b"Zaunkoenig") == []

    def overtaken() -> list[str]:
        cache.forget_after("dataset_purge")
        return ["Freigabe Zaunkoenig"]

    assert cache.kept("latest", overtaken, language="de") == ["Freigabe Zaunkoenig"]
    assert held(b"Zaunkoenig") == []
