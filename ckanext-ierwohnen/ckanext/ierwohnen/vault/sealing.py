"""A company's values closed with its own key while they lie in the database: AES-256-GCM. Pure.

Each version has a data key of its own, wrapped with the company's key: when a version is deleted, so is its data key,
and copies of its rows in a backup stay closed even to the company's key. A sealed row is bound to its version and its
dwelling; moved to another row it does not open.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ckanext.ierwohnen.vault.errors import VaultError

_NONCE = 12


class Seal:
    """Closes and opens the values of one version."""

    def __init__(self, version: str, data_key: bytes) -> None:
        self._version = version
        self._cipher = AESGCM(data_key)

    def close(self, dwelling: str, values: Sequence[str | None]) -> bytes:
        """The values of one dwelling, closed."""
        nonce = os.urandom(_NONCE)
        content = json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()
        return nonce + self._cipher.encrypt(nonce, content, self._bound(dwelling))

    def open(self, dwelling: str, closed: bytes) -> list[str | None]:
        """The values of one dwelling.

        :raises VaultError: if the key is wrong or anything was changed
        """
        try:
            return json.loads(self._cipher.decrypt(closed[:_NONCE], closed[_NONCE:], self._bound(dwelling)))
        except InvalidTag:
            pass
        raise VaultError("sealed-broken")

    def _bound(self, dwelling: str) -> bytes:
        return f"{self._version}\n{dwelling}".encode()


class Keys:
    """The companies' keys, each a secret of at least 32 characters. Companies without one are stored unsealed."""

    def __init__(self, secrets: Mapping[str, str] | None = None) -> None:
        self._secrets = dict(secrets or {})

    def __repr__(self) -> str:
        return "<keys of companies>"

    def has(self, organization: str) -> bool:
        """Whether the company has a key of its own."""
        return organization in self._secrets

    def new_seal(self, organization: str, version: str) -> tuple[Seal, bytes]:
        """A seal for a new version, and its data key as it is stored: wrapped."""
        data_key, nonce = AESGCM.generate_key(256), os.urandom(_NONCE)
        wrapped = nonce + self._wrapping(organization).encrypt(nonce, data_key, version.encode())
        return Seal(version, data_key), wrapped

    def seal(self, organization: str, version: str, wrapped: bytes) -> Seal:
        """The seal of a stored version.

        :raises VaultError: if the company's key is missing or not the right one
        """
        cipher = self._wrapping(organization)
        try:
            return Seal(version, cipher.decrypt(wrapped[:_NONCE], wrapped[_NONCE:], version.encode()))
        except InvalidTag:
            pass
        raise VaultError("sealed-broken")

    def _wrapping(self, organization: str) -> AESGCM:
        secret = self._secrets.get(organization)
        if secret is None:
            raise VaultError("key-missing", organization=organization)
        if len(secret) < 32:
            raise VaultError("key-weak")
        return AESGCM(hashlib.sha256(b"ierwohnen company key\0" + secret.encode()).digest())
