"""Look: how a figure is written and shown: signs, number formats, template parts, stylesheet.

Every plugin with pages calls `look.enable(config)` in its `update_config`; the parts then work on a portal
that runs this one plugin beside CKAN's own theme.
"""

from __future__ import annotations

from typing import Any


def enable(config: Any) -> None:
    """Add the parts (templates, stylesheet, template functions) to this portal; may be called by many plugins."""
    from ckanext.ierwohnen.look.wiring import add_parts

    add_parts(config)
