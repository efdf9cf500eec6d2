"""What a sysadmin may change while the portal runs: texts and the logo. All else stands in the configuration file.

CKAN keeps such changes in its database, above the file. Its own list has `ckan.site_custom_css`, which it writes into
every page as it is, a script included that acts with the login of whoever reads it; `ckan.theme`, which loads another
stylesheet; and `ckan.site_url`, by which requests from other sites would pass for the portal's own. Of options that are
not on this list CKAN reads no value from the database either, from whatever time.
"""

from __future__ import annotations

from typing import Any

TEXTS = (
    "ckan.site_title", "ckan.site_description", "ckan.site_about", "ckan.site_intro_text",
)  # fmt: skip
LOGO = ("ckan.site_logo", "logo_upload", "clear_logo_upload")
EDITABLE = frozenset((*TEXTS, *LOGO))


def only_editable(schema: dict[str, Any]) -> dict[str, Any]:
    """CKAN's schema of the options to change at run time, without all that is not listed here."""
    return {name: validators for name, validators in schema.items() if name in EDITABLE}
