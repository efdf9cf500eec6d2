"""`argparse` in German: its own headings and complaints, which it knows in English only."""

from __future__ import annotations

import argparse
import re
from typing import Any

COMPLAINTS = (
    (r"the following arguments are required: (.+)", r"Es fehlt: \1."),
    (r"unrecognized arguments: (.+)", r"Unbekannte Angabe: \1."),
    (r"argument (\S+): expected one argument", r"\1: Der Wert fehlt."),
    (r"argument (\S+): not allowed with argument (\S+)", r"\1 und \2 gehen nicht zusammen."),
    (r"argument (\S+): invalid choice: '(.*)' \(choose from (.+)\)", r"\1: „\2“ geht nicht; möglich: \3."),
    (r"argument (\S+): invalid int value: '(.*)'", r"\1: „\2“ ist keine ganze Zahl."),
    (r"argument (\S+): invalid float value: '(.*)'", r"\1: „\2“ ist keine Zahl."),
    (r"ambiguous option: (\S+) could match (.+)", r"\1 ist mehrdeutig: \2."),
)


class Formatter(argparse.RawDescriptionHelpFormatter):
    """Room for long names of options."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=30, width=110)


class Parser(argparse.ArgumentParser):
    """A parser that speaks German, if asked to."""

    def __init__(self, *args: Any, language: str = "en", **options: Any) -> None:
        options["add_help"] = False
        super().__init__(*args, **options)
        self.german = language == "de"
        if self.german:
            self._positionals.title, self._optionals.title = "Befehl", "Angaben"
        shown = "diese Hilfe zeigen" if self.german else "show this help message and exit"
        self.add_argument("-h", "--help", action="help", default=argparse.SUPPRESS, help=shown)

    def format_help(self) -> str:
        """The help, with the heading of the usage in the parser's language."""
        return self._spoken(super().format_help())

    def format_usage(self) -> str:
        """The usage alone."""
        return self._spoken(super().format_usage())

    def _spoken(self, text: str) -> str:
        return re.sub(r"^usage:", "Aufruf:", text) if self.german else text

    def error(self, message: str) -> Any:
        """End with exit code 2, and say what is wrong in the parser's language."""
        for english, german in COMPLAINTS if self.german else ():
            if re.fullmatch(english, message):
                message = re.sub(english, german, message)
                break
        hint = "--help zeigt alle Angaben." if self.german else "--help shows all options."
        self.exit(2, f"{self.prog}: {message.removesuffix('.')}. {hint}\n")
