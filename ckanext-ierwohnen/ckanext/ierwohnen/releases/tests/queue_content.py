"""What Redis holds, uncompressed: a dump of a key packs texts, so that a search in it finds nothing."""

from __future__ import annotations

import zlib
from typing import Any

from ckan.lib.redis import connect_to_redis


def held(pattern: str = "*") -> str:
    """Keys and values as one text.

    :param pattern: of the keys
    """
    redis = connect_to_redis()
    reads = {
        b"string": redis.get, b"list": lambda key: redis.lrange(key, 0, -1), b"set": redis.smembers,
        b"zset": lambda key: redis.zrange(key, 0, -1, withscores=True), b"hash": redis.hgetall,
        b"stream": redis.xrange,
    }  # fmt: skip
    keys = [key for key in redis.scan_iter(pattern) if redis.exists(key)]
    return " ".join(f"{key!r} {_text(reads[redis.type(key)](key))}" for key in keys)


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(f"{_text(name)} {_text(one)}" for name, one in value.items())
    if isinstance(value, bytes):
        try:
            return zlib.decompress(value).decode("latin-1")
        except zlib.error:
            return value.decode("utf-8", "replace")
    if isinstance(value, list | tuple | set):
        return " ".join(map(_text, value))
    return str(value)
