"""Statements of the protected store's migrations, run as they are written."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from alembic import op


def run(script: str) -> Any:
    """Run one or several statements: their per cent signs are no places for parameters.

    :return: the first value of the last one's first row, None if it has none to give
    """
    with closing(op.get_bind().connection.cursor()) as cursor:
        cursor.execute(script)
        return (cursor.fetchone() or [None])[0] if cursor.description else None


def exchange(function: str, old: str, new: str) -> None:
    """Put a part of a function in another one's place.

    :param function: with the types of its parameters, `vault.visible()`
    :raises RuntimeError: if the part does not stand there once
    """
    script = run(f"SELECT pg_get_functiondef('{function}'::regprocedure)")
    if script.count(old) != 1:
        raise RuntimeError(f"{function} is not as this migration knows it.")
    run(script.replace(old, new))
