"""The worker's part of a release. A job knows the release's id, and nothing else of it; no result holds a figure."""

from __future__ import annotations

import logging
import time

import ckan.plugins.toolkit as tk

from ckanext.ierwohnen.places import holding
from ckanext.ierwohnen.releases import outside, settings
from ckanext.ierwohnen.vault import settings as vault
from ckanext.ierwohnen.vault.errors import VaultError
from ckanext.ierwohnen.vault.stock_jobs import AWAY, calm, patient

log = logging.getLogger(__name__)
JOB = "release-"
LATER = 3.0  # seconds in which the step is taken for which somebody has ordered what follows it


def enqueue_check(release: str) -> str:
    """Ask the worker for a check; returns the job's id. Checking what is checked already does nothing."""
    options = {"description": "release", **holding.rq_options()}
    tk.enqueue_job(check, [release], title="release", rq_kwargs=options)
    return JOB + release


def enqueue_settle() -> None:
    """Ask the worker to bring what stands outside of the vault in line with it, a moment from now.

    To be called before the step: so it happens even if this process ends right after the step.
    """
    tk.enqueue_job(settle, [], title="releases", rq_kwargs={"description": "releases", **holding.rq_options()})


def check(release: str) -> None:
    """Check a release. Servers that are away are waited for, here and below."""
    with patient():
        _check(release)


def _check(release: str) -> None:
    engine = None
    try:
        with calm():
            engine = settings.engine()
            engine.check(release)
    except VaultError as error:
        log.error("release: %s", error.code)
        if error.code in AWAY:
            raise
        if engine:
            engine.failed(release, error.code)


def settle() -> None:
    """Bring what stands outside in line with the vault, when the step for which it was ordered is taken."""
    time.sleep(LATER)
    with patient(), calm():
        outside.settle(vault.store())
