"""Who reads: a person or program by name, and the companies for which it acts; stated by whoever knows the accounts."""

from __future__ import annotations

from dataclasses import dataclass

from ckanext.ierwohnen.look.storable import one_line, visible
from ckanext.ierwohnen.vault.errors import VaultError

LIMIT = 500


@dataclass(frozen=True)
class Reader:
    """`name` is the account as the ledger shows it; `organizations` are the ids of the companies it may act for."""

    name: str
    organizations: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        ledger_text("reader", self.name)

    @property
    def own(self) -> str:
        """The reader's organizations as the ledger shows them."""
        return " ".join(sorted(self.organizations))

    def only(self, organization: str) -> Reader:
        """The same reader without its other organizations."""
        return Reader(self.name, self.organizations & {organization})


def ledger_text(field: str, text: str) -> str:
    """A text that may stand in the ledger.

    :raises VaultError: if it is empty (a purpose), too long, or no single line
    """
    text = text.strip()
    if not visible(text) and field == "purpose":
        raise VaultError("no-purpose")
    if len(text) > LIMIT or not one_line(text):
        raise VaultError("text-refused", field=field, limit=LIMIT)
    return text
