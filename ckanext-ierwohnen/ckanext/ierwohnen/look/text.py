"""The words of the parts, in the reader's language.

A gettext domain of its own: the parts come with every plugin, and a plugin can name one domain only.
"""

from __future__ import annotations

from pathlib import Path

from flask_babel import Domain

_DOMAIN = Domain([str(Path(__file__).parent / "i18n")], "ckanext-ierwohnen_look")


def text(message: str, **parameters: object) -> str:
    """Translate; parameters fill `%(name)s`."""
    return _DOMAIN.gettext(message, **parameters)
