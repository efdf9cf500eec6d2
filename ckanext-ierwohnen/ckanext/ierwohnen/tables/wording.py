"""Messages that are stored and read later, maybe by somebody with another language.

Stored is the English source text with its parameters; it is translated when it is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import ckan.plugins.toolkit as tk


@dataclass(frozen=True)
class Message:
    """A text with `{named}` places for its parameters; gettext's keyword for the texts of this room is its name."""

    text: str
    params: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The form in which it is stored."""
        return {"text": self.text, "params": self.params} if self.params else {"text": self.text}


def translated(message: Mapping[str, Any] | Message) -> str:
    """The message in the language of the present reader."""
    stored = message.as_dict() if isinstance(message, Message) else message
    return tk._(stored["text"]).format(**stored.get("params", {}))
