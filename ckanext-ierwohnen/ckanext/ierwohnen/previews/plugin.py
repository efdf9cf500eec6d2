"""Wires the previews room into CKAN."""

from __future__ import annotations

import ckan.plugins as p


class PreviewsPlugin(p.SingletonPlugin):
    """The previews room."""
