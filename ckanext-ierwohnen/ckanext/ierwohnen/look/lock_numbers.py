"""Numbers of advisory locks: PostgreSQL shows them to every role of the server, so they must not tell of their names.
Pure."""

from __future__ import annotations

import hashlib
import hmac


def lock_number(secret: str, name: str) -> int:
    """The number by which PostgreSQL knows the lock of this name: whoever lacks the secret cannot find the name by it.

    :param secret: the same for all processes that may hold the lock
    """
    drawn = hmac.new(secret.encode(), f"lock {name}".encode(), hashlib.sha256).digest()
    return int.from_bytes(drawn[:8], signed=True)
