"""Mails of the portal, sent through CKAN's mailer and so through whatever a plugin with `INotifier` makes of them."""

from __future__ import annotations

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan import model


class MailNotSet(Exception):
    """The portal has no way to send mail."""


def require_mail() -> None:
    """Refuse to begin where no mail could be sent.

    :raises MailNotSet: if there is neither a mail server nor a plugin that notifies
    """
    if not tk.config.get("smtp.server") and not list(p.PluginImplementations(p.INotifier)):
        raise MailNotSet


def language_of(person: model.User) -> str:
    """The language of a person's mails: `plugin_extras.ierwohnen.language` of the account, else the portal's."""
    extras = (person.plugin_extras or {}).get("ierwohnen") or {}
    return str(extras.get("language") or tk.config.get("ckan.locale_default") or "de")
