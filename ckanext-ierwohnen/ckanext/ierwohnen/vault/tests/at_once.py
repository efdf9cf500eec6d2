"""Several people who do something at the same time, for tests of turns."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

from ckan import model


def at_once(count: int, call: Callable[[int], Any]) -> list[Any]:
    """What that many calls at the same time answer, errors included."""
    answers, start = [None] * count, Barrier(count)

    def one(number: int) -> None:
        start.wait()
        try:
            answers[number] = call(number)
        except Exception as error:
            answers[number] = error
        finally:
            model.Session.remove()

    threads = [Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
