"""`python -m ckanext.ierwohnen.vault`: set up, migrate and examine the protected store, without CKAN.

Addresses and keys come from the environment, never from the command line, where other users of the machine see them.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from ckanext.ierwohnen.vault.cluster import APPLICATION, ENGINE, set_up_sql
from ckanext.ierwohnen.vault.errors import VaultError

OWNER_URL = "IERWOHNEN_VAULT_OWNER_URL"
URL = "IERWOHNEN_VAULT_URL"
KEY = "IERWOHNEN_VAULT_KEY"
ENGINE_KEY = "IERWOHNEN_VAULT_ENGINE_KEY"
STRANGERS = "IERWOHNEN_VAULT_STRANGERS"


class Missing(Exception):
    """A setting that the command needs is not in the environment."""


def run(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command.

    :return: 0 if all is well, 1 if something was found or failed, 2 if the command was wrong
    """
    parser = argparse.ArgumentParser(prog="python -m ckanext.ierwohnen.vault", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    roles = commands.add_parser("roles", help="print what the server's administrator runs in psql, once")
    roles.add_argument("--database", default="vault")
    roles.set_defaults(act=_roles)
    upgrade = commands.add_parser("upgrade", help=f"make or update the tables ({OWNER_URL}, {KEY}, {ENGINE_KEY})")
    upgrade.set_defaults(act=_upgrade)
    doctor = commands.add_parser("doctor", help=f"examine a living store ({URL}, {KEY}, {STRANGERS})")
    doctor.add_argument("--language", choices=("de", "en"), default="en")
    doctor.set_defaults(act=_doctor)
    verify = commands.add_parser("verify", help="verify the chain of an exported ledger")
    verify.add_argument("file", type=Path)
    verify.add_argument("--known", metavar="NUMBER:HASH", help="an entry that was known earlier")
    verify.add_argument("--language", choices=("de", "en"), default="en")
    verify.set_defaults(act=_verify)
    options = parser.parse_args(arguments)
    act: Callable[[argparse.Namespace], int] = options.act
    try:
        return act(options)
    except Missing as missing:
        print(f"{missing} is missing in the environment.", file=sys.stderr)
        return 2
    except VaultError as error:
        print(error.message(getattr(options, "language", "en")), file=sys.stderr)
        return 1


def _roles(options: argparse.Namespace) -> int:
    print(set_up_sql(options.database), end="")
    return 0


def _upgrade(options: argparse.Namespace) -> int:
    from ckanext.ierwohnen.vault.migrating import newest, upgrade

    keys = {APPLICATION: _needed(KEY)}
    if os.environ.get(ENGINE_KEY):
        keys[ENGINE] = os.environ[ENGINE_KEY]
    upgrade(_needed(OWNER_URL), keys)
    print(f"the store is at revision {newest()}")
    return 0


def _doctor(options: argparse.Namespace) -> int:
    from ckanext.ierwohnen.vault.doctor import examine

    strangers = [url for url in os.environ.get(STRANGERS, "").split() if url]
    findings = examine(_needed(URL), _needed(KEY), strangers)
    for finding in findings:
        print(finding.line(options.language))
    return int(any(not finding.healthy for finding in findings))


def _verify(options: argparse.Namespace) -> int:
    from ckanext.ierwohnen.vault.ledger import known_entry, read_export, verify

    german, known = options.language == "de", None
    if options.known:
        known = known_entry(options.known)
        if known is None:
            said = ("--known braucht NUMMER:PRÜFWERT, wie es am Ende des Protokolls steht.",
                    "--known takes NUMBER:HASH, as it stands at the end of the ledger.")  # fmt: skip
            print(said[not german], file=sys.stderr)
            return 2
    try:
        entries = read_export(options.file.read_text("utf-8"))
    except OSError:
        said = (f"Die Datei {options.file} lässt sich nicht lesen. Bitte Namen und Ort prüfen.",
                f"The file {options.file} cannot be read. Check its name and place.")  # fmt: skip
        print(said[not german], file=sys.stderr)
        return 2
    except ValueError as error:
        said = (f"{options.file} ist keine Ausgabe eines Zugriffsbuchs („Zum Nachprüfen ausgeben“, .jsonl).",
                f"{options.file} is no export of a ledger (“Export for verification”, .jsonl): {error}")  # fmt: skip
        print(said[not german], file=sys.stderr)
        return 2
    verdict = verify(entries, known)
    print(verdict.text(options.language))
    return int(not verdict.whole)


def _needed(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise Missing(name)
    return value
