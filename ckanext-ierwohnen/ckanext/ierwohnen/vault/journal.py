"""Writing into the ledger, and an owner's reading of its own part."""

from __future__ import annotations

from collections.abc import Iterable

from ckanext.ierwohnen.vault.capability import Claims
from ckanext.ierwohnen.vault.errors import VaultError
from ckanext.ierwohnen.vault.ledger import Entry
from ckanext.ierwohnen.vault.reader import Reader, ledger_text
from ckanext.ierwohnen.vault.store import Store

_COLUMNS = (
    "organization, number, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), reader, "
    "reader_organization, action, subject, purpose, encode(previous, 'hex'), encode(hash, 'hex')"
)


def note(
    store: Store, reader: Reader, owners: Iterable[str], action: str, subject: str, purpose: str
) -> dict[str, int]:
    """Write an entry into each owner's chain, and commit it: what was read stays noted, whatever happens after.

    :return: organization → number of its entry
    :raises VaultError: if the purpose is missing, or a text may not stand in the ledger
    """
    purpose, subject = ledger_text("purpose", purpose), ledger_text("subject", subject)
    chosen = sorted(set(owners))  # in one order, so that two readers never wait for each other
    with store.transaction(Claims(reader.name, note=chosen)) as cursor:
        return {
            owner: cursor.one("SELECT vault.note(%s, %s, %s, %s, %s)", owner, reader.own, action, subject, purpose)
            for owner in chosen
        }


def read_ledger(store: Store, reader: Reader, organization: str, purpose: str) -> list[Entry]:
    """The whole chain of one's own organization; this reading stands at its end.

    :raises VaultError: for another organization's
    """
    if organization not in reader.organizations:
        raise VaultError("not-yours")
    entries = note(store, reader, [organization], "ledger", "", purpose)
    with store.transaction(Claims(reader.name, see=entries)) as cursor:
        cursor.execute(f"SELECT {_COLUMNS} FROM vault.ledger WHERE organization = %s ORDER BY number", (organization,))
        return [Entry(*row) for row in cursor.fetchall()]


def head(store: Store, reader: Reader, organization: str, purpose: str) -> tuple[int, str]:
    """Number and hash of the last entry, as the database keeps it beside the chain."""
    if organization not in reader.organizations:
        raise VaultError("not-yours")
    entries = note(store, reader, [organization], "ledger", "head", purpose)
    with store.transaction(Claims(reader.name, see=entries)) as cursor:
        cursor.execute(
            "SELECT number, encode(hash, 'hex') FROM vault.ledger_head WHERE organization = %s", (organization,)
        )
        number, digest = cursor.fetchone() or (0, "")
        return number, digest
