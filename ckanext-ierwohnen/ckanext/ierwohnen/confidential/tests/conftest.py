"""Tests speak German wherever they run, as the command does where nothing else is asked for."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(autouse=True, scope="session")
def german():
    """The language of the environment, for processes started by tests as well."""
    before = os.environ.get("LANGUAGE")
    os.environ["LANGUAGE"] = "de"
    yield
    if before is None:
        del os.environ["LANGUAGE"]
    else:
        os.environ["LANGUAGE"] = before
