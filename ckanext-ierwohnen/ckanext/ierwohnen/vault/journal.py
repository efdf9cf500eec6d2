"""Writing into the ledger, and an owner's reading of its own part.

One look is one entry: the parts of a page that read the same are covered by the entry of the first, and so is what a
page lists beside (`HOUSEKEEPING`). Each call of the Action API, each file and each other page is a look of its own. No
cache keeps an answer for which something was read.
"""

from __future__ import annotations

from collections.abc import Iterable

from ckanext.ierwohnen.look.within_page import shared
from ckanext.ierwohnen.vault.capability import Claims
from ckanext.ierwohnen.vault.errors import VaultError
from ckanext.ierwohnen.vault.ledger import Entry
from ckanext.ierwohnen.vault.reader import Reader, ledger_text
from ckanext.ierwohnen.vault.store import Store
from ckanext.ierwohnen.vault.unkept import keep_out_of_caches

HOUSEKEEPING = ("list", "ledger")
"""What pages note of themselves beside the reading of figures; only a company's own people can do it."""
_NOTE = (  # one after the other, in the order of the arrays
    "SELECT owner, vault.note(owner, whose, %s, %s, %s) FROM unnest(%s::text[], %s::text[]) AS noted (owner, whose)"
)
_COLUMNS = (
    "organization, number, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), reader, "
    "reader_organization, action, subject, purpose, encode(previous, 'hex'), encode(hash, 'hex')"
)


def note(
    store: Store, reader: Reader, owners: Iterable[str], action: str, subject: str, purpose: str, *,
    apart: bool = False,
) -> dict[str, int]:  # fmt: skip
    """Write an entry into each owner's chain, and commit it: what was read stays noted, whatever happens after.

    :param apart: for owners who may not know of one another: each entry names, of the reader's organizations, its
        owner alone
    :return: organization → number of its entry
    :raises VaultError: if the purpose is missing, or a text may not stand in the ledger
    """
    purpose, subject = ledger_text("purpose", purpose), ledger_text("subject", subject)
    chosen = sorted(set(owners))  # in one order, so that two readers never wait for each other
    keep_out_of_caches()
    of_page = shared(("entries", reader.name), dict[tuple[str, str, str], int])
    found = {} if of_page is None else _covered(of_page, chosen, action, subject)
    missing = [owner for owner in chosen if owner not in found]
    if not missing:
        return found
    named = [(reader.only(owner) if apart else reader).own for owner in missing]
    with store.transaction(Claims(reader.name, note=missing)) as cursor:
        cursor.execute(_NOTE, (action, subject, purpose, missing, named))
        made = dict(cursor.fetchall())
    if of_page is not None:
        of_page.update({(owner, action, subject): number for owner, number in made.items()})
    return found | made


def _covered(of_page: dict[tuple[str, str, str], int], owners: list[str], action: str, subject: str) -> dict[str, int]:
    """Owners whose ledgers tell of this look already, with the number of the entry."""
    found = {owner: of_page[owner, action, subject] for owner in owners if (owner, action, subject) in of_page}
    if action in HOUSEKEEPING:
        found = {owner: number for (owner, _, _), number in of_page.items() if owner in owners} | found
    return found


def read_ledger(store: Store, reader: Reader, organization: str, purpose: str) -> list[Entry]:
    """The whole chain of one's own organization; this reading stands at its end.

    :raises VaultError: for another organization's
    """
    if organization not in reader.organizations:
        raise VaultError("not-yours")
    entries = note(store, reader, [organization], "ledger", "", purpose)
    with store.transaction(Claims(reader.name, see=entries)) as cursor:
        chain = f"SELECT {_COLUMNS} FROM vault.own_ledger() WHERE organization = %s ORDER BY number"
        cursor.execute(chain, (organization,))
        return [Entry(*row) for row in cursor.fetchall()]


def head(store: Store, reader: Reader, organization: str, purpose: str) -> tuple[int, str]:
    """Number and hash of the last entry, as the database keeps it beside the chain."""
    if organization not in reader.organizations:
        raise VaultError("not-yours")
    entries = note(store, reader, [organization], "ledger", "head", purpose)
    with store.transaction(Claims(reader.name, see=entries)) as cursor:
        cursor.execute(
            "SELECT number, encode(hash, 'hex') FROM vault.own_ledger_head() WHERE organization = %s", (organization,)
        )
        number, digest = cursor.fetchone() or (0, "")
        return number, digest
