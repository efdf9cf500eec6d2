"""The vault as the portal is configured: the store, companies' keys and the city's addresses, once for a process."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

import ckan.plugins.toolkit as tk

from ckanext.ierwohnen.addresses.register import Register
from ckanext.ierwohnen.addresses.register_file import read_register
from ckanext.ierwohnen.vault.errors import VaultError
from ckanext.ierwohnen.vault.sealing import Keys
from ckanext.ierwohnen.vault.store import Store


def store() -> Store:
    """The protected store.

    :raises VaultError: `not-set-up`
    """
    url = os.environ.get("IERWOHNEN_VAULT_URL") or tk.config.get("ierwohnen.vault.url")
    key = os.environ.get("IERWOHNEN_VAULT_KEY") or tk.config.get("ierwohnen.vault.key")
    if not url or not key:
        raise VaultError("not-set-up")
    return _store(url, key, os.getpid())  # connections do not outlive a fork


@lru_cache(maxsize=4)
def _store(url: str, key: str, process: int) -> Store:
    return Store(url, key)


def engine() -> Store:
    """The store as the release engine sees it: the worker's alone, since it reads several companies at once.

    :raises VaultError: `engine-not-set-up`
    """
    url = os.environ.get("IERWOHNEN_VAULT_ENGINE_URL") or tk.config.get("ierwohnen.vault.engine_url")
    key = os.environ.get("IERWOHNEN_VAULT_ENGINE_KEY") or tk.config.get("ierwohnen.vault.engine_key")
    if not url or not key:
        raise VaultError("engine-not-set-up")
    return _store(url, key, os.getpid())


def keys() -> Keys:
    """The companies' keys: a file for each, named like the organization's id."""
    folder = tk.config.get("ierwohnen.vault.company_keys")
    if not folder:
        return Keys()
    files = (file for file in Path(folder).iterdir() if file.is_file())
    return Keys({file.name: file.read_text("utf-8").strip() for file in files})


def register() -> Register | None:
    """The city's addresses, or None where no file is named."""
    name = tk.config.get("ierwohnen.addresses.file")
    if not name:
        return None
    file = Path(name)
    return _register(file, file.stat().st_mtime_ns)


@lru_cache(maxsize=1)
def _register(file: Path, changed: int) -> Register:
    return read_register(file)
