"""An uploaded table on its way to the worker: encrypted in the vault, its key only with its sender or in the queue.

Neither of the two is of use without the other, and the content goes as soon as the load has ended, however it ended.
Nothing is written to the file system.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg2
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ckanext.ierwohnen.look.storable import storable
from ckanext.ierwohnen.vault.capability import Claims
from ckanext.ierwohnen.vault.errors import VaultError
from ckanext.ierwohnen.vault.reader import Reader
from ckanext.ierwohnen.vault.stock_repairs import Repair
from ckanext.ierwohnen.vault.store import Store

LIMIT = 100 * 1024**2
KEPT = "1 day"  # how long a delivery that nobody took up, and the outcome of one that was, are kept


@dataclass(frozen=True)
class Delivery:
    """How far a delivery is: `waiting`, `running`, `done` or `failed`; `outcome` never holds a cell of the table.

    `done`: rows sent so far; `total`: about how many there are, None until the load began.
    """

    id: str
    organization: str
    reference_date: dt.date
    state: str
    done: int
    total: int | None
    outcome: dict[str, Any] | None


MARK = b"IWREPAIR"


def _packed(content: bytes, repairs: Sequence[Repair]) -> bytes:
    """The file with what was decided about it, which is encrypted with it."""
    head = json.dumps(list(repairs)).encode()
    return MARK + struct.pack(">I", len(head)) + head + content


def _unpacked(packed: bytes) -> tuple[bytes, list[Repair]]:
    start = len(MARK) + 4
    if not packed.startswith(MARK):
        return packed, []
    (length,) = struct.unpack(">I", packed[len(MARK) : start])
    return packed[start + length :], json.loads(packed[start : start + length])


def put(
    store: Store, reader: Reader, organization: str, reference_date: dt.date, content: bytes,
    repairs: Sequence[Repair] = (),
) -> tuple[str, str]:  # fmt: skip
    """Keep an uploaded table for the worker, and what was decided about an earlier one that holds for it as well.

    :return: the delivery's id, and the key for the queue
    :raises VaultError: if the reader does not act for the company, or the file is too large
    """
    _own(reader, organization)
    if len(content) > LIMIT:
        raise VaultError("too-large", size=round(len(content) / 1024**2), limit=LIMIT // 1024**2)
    key = AESGCM.generate_key(256)
    closed = _closed(_packed(content, repairs), key, organization)
    with store.transaction(_claims(reader, organization)) as cursor:
        asked = (reference_date, psycopg2.Binary(closed), KEPT)
        delivery = cursor.one("SELECT vault.delivery_put(%s, %s, %s)::text", *asked)
    return delivery, base64.b64encode(key).decode()


def take(
    store: Store, reader: Reader, organization: str, delivery: str, key: str
) -> tuple[bytes, list[Repair]]:
    """The table and its repairs, for its load; from now on the delivery is `running`.

    :raises VaultError: `delivery-gone`, also if it was taken and ended before
    """
    with store.transaction(_claims(reader, organization)) as cursor:
        closed = cursor.one("SELECT vault.delivery_take(%s)", delivery)
    if closed is None:
        raise VaultError("delivery-gone")
    return _unpacked(_opened(bytes(closed), key, organization))


def look(
    store: Store, reader: Reader, organization: str, delivery: str, key: str
) -> tuple[bytes, dt.date, list[Repair]]:
    """A table that waits, to be checked before somebody decides about it; it goes on waiting.

    :return: the table, the reference date for which it was delivered, and what was decided about it
    :raises VaultError: `delivery-gone`; `delivery-elsewhere` if one of the company's waits, but the key is not its own
    """
    if not storable(delivery):
        raise VaultError("delivery-gone")
    with store.transaction(_claims(reader, organization)) as cursor:
        cursor.execute(
            "SELECT content, reference_date FROM vault.own_delivery() WHERE id::text = %s AND state = 'waiting'",
            (delivery,),
        )
        found = cursor.fetchone()
    if found is None:
        raise VaultError("delivery-gone")
    try:
        content, repairs = _unpacked(_opened(bytes(found[0]), key, organization))
        return content, found[1], repairs
    except VaultError:
        pass
    raise VaultError("delivery-elsewhere")


def decide(
    store: Store, reader: Reader, organization: str, delivery: str, key: str, repairs: Sequence[Repair]
) -> None:
    """Keep what was decided about a table that waits, encrypted with it.

    :raises VaultError: as `look`
    """
    content = look(store, reader, organization, delivery, key)[0]
    closed = _closed(_packed(content, repairs), base64.b64decode(key), organization)
    with store.transaction(_claims(reader, organization)) as cursor:
        cursor.execute("SELECT vault.delivery_decide(%s, %s)", (delivery, psycopg2.Binary(closed)))


def discard(store: Store, reader: Reader, organization: str, delivery: str) -> None:
    """Forget a table that waits."""
    if not storable(delivery):
        return
    with store.transaction(_claims(reader, organization)) as cursor:
        cursor.execute("SELECT vault.delivery_discard(%s)", (delivery,))


def sweep(store: Store) -> None:
    """Forget the deliveries of all companies that are older than `KEPT`: tables nobody took up, and how loads ended."""
    with store.transaction() as cursor:
        cursor.execute("SELECT vault.delivery_sweep(%s::interval)", (KEPT,))


def undecided(store: Store, organization: str, *states: str) -> list[tuple[str, dt.date, str, dt.datetime]]:
    """A company's deliveries of which the store does not know how they ended: id, reference date, who and when.

    :param states: `waiting`, `running`; both if none is named
    """
    with store.transaction(Claims("portal", load=organization)) as cursor:
        cursor.execute(
            "SELECT id::text, reference_date, reader, created FROM vault.own_delivery() "
            "WHERE state = ANY (%s) ORDER BY created",
            (list(states or ("waiting", "running")),),
        )
        return list(cursor.fetchall())


def progress(
    store: Store, reader: Reader, organization: str, delivery: str, done: int, total: int | None = None
) -> None:
    """Note how many rows were sent of how many, in a transaction of its own."""
    with store.transaction(_claims(reader, organization)) as cursor:
        cursor.execute("SELECT vault.delivery_progress(%s, %s, %s)", (delivery, done, total))


def finish(
    store: Store, reader: Reader, organization: str, delivery: str, state: str, outcome: dict[str, Any]
) -> None:
    """Note how it ended, and forget the table."""
    with store.transaction(_claims(reader, organization)) as cursor:
        told = json.dumps(outcome, default=str)
        cursor.execute("SELECT vault.delivery_finish(%s, %s, %s)", (delivery, state, told))


def find(store: Store, reader: Reader, delivery: str) -> Delivery:
    """A delivery of one of the reader's companies.

    :raises VaultError: `delivery-gone` for any other, whether it exists or not
    """
    for organization in sorted(reader.organizations) if storable(delivery) else ():
        with store.transaction(_claims(reader, organization)) as cursor:
            cursor.execute(
                "SELECT id::text, organization, reference_date, state, done, total, outcome FROM vault.own_delivery() "
                "WHERE id::text = %s",
                (delivery,),
            )
            row = cursor.fetchone()
        if row:
            return Delivery(*row)
    raise VaultError("delivery-gone")


def _closed(content: bytes, key: bytes, organization: str) -> bytes:
    nonce = os.urandom(12)
    return nonce + AESGCM(key).encrypt(nonce, content, organization.encode())


def _opened(content: bytes, key: str, organization: str) -> bytes:
    try:
        return AESGCM(base64.b64decode(key)).decrypt(content[:12], content[12:], organization.encode())
    except (InvalidTag, ValueError):  # a key that is none
        pass
    raise VaultError("sealed-broken")


def _claims(reader: Reader, organization: str) -> Claims:
    _own(reader, organization)
    return Claims(reader.name, load=organization)


def _own(reader: Reader, organization: str) -> None:
    if organization not in reader.organizations:
        raise VaultError("not-yours")
