"""The proof with which a transaction shows the database whose rows it may see. Pure.

The database holds each role's key as the two padded keys of HMAC (RFC 2104) and recomputes the signature; the claims
are bound to one backend and one transaction, so a copy is worthless elsewhere.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ckanext.ierwohnen.vault.errors import VaultError

VARIABLE = "ierwohnen.capability"
_BLOCK = 64


@dataclass(frozen=True)
class Claims:
    """What a transaction asks for.

    `see`: organization → number of the ledger's entry that covers this reading; `note`: organizations into whose ledger
    it may write; `load`: the organization whose stock it may load or delete; `purpose` goes with a load. For releases,
    `acting`: organization → role of the reader there, and `entries`: owner → number of the entry that covers a reading.
    `account`: what stays the same when the reader's account is renamed; the four eyes go by it.
    """

    reader: str
    see: Mapping[str, int] = field(default_factory=dict)
    note: Sequence[str] = ()
    load: str | None = None
    purpose: str | None = None
    acting: Mapping[str, str] = field(default_factory=dict)
    entries: Mapping[str, int] = field(default_factory=dict)
    account: str = ""


def sign(claims: Claims, backend: int, began: int, key: str) -> str:
    """The text for the variable `ierwohnen.capability`.

    :param backend: process number of the database's backend
    :param began: start of the transaction, in microseconds since 1970
    """
    payload = json.dumps(
        {
            "reader": claims.reader,
            "see": dict(claims.see),
            "note": list(claims.note),
            "load": claims.load,
            "purpose": claims.purpose,
            "acting": dict(claims.acting),
            "entries": dict(claims.entries),
            "account": claims.account,
            "backend": backend,
            "began": began,
        },
        ensure_ascii=True,
        sort_keys=True,
    )
    signature = hmac.new(_key(key), payload.encode(), hashlib.sha256).hexdigest()
    return f"{signature}.{payload}"


def pads(key: str) -> tuple[bytes, bytes]:
    """The inner and the outer padded key, which is what the database keeps."""
    block = _key(key)
    block = (hashlib.sha256(block).digest() if len(block) > _BLOCK else block).ljust(_BLOCK, b"\0")
    return bytes(byte ^ 0x36 for byte in block), bytes(byte ^ 0x5C for byte in block)


def _key(key: str) -> bytes:
    if len(key) < 32:
        raise VaultError("key-weak")
    return key.encode()
