"""What templates of pages call to show a preview: `h.iw_preview…`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context
from markupsafe import Markup

from ckanext.ierwohnen.look.reader import reader_context
from ckanext.ierwohnen.look.template_functions import locale
from ckanext.ierwohnen.previews.ask import Ask
from ckanext.ierwohnen.previews.preview import Preview, preview_of
from ckanext.ierwohnen.previews.resource_sight import figures_of, look_at

PLACE = "vorschau"
INDICATOR_PLACE = "karte"


def preview(resource_id: str, only: str | None = None, place: str = PLACE) -> Markup:
    """The preview of a resource on this page, as asked in the address; empty if there is nothing to show.

    :param only: "map", "chart" or "table"; with tabs where left out
    :param place: id of the preview on the page, to which its links lead
    """

    made = made_preview(resource_id, only, place)
    if made is None or not made.any:
        return Markup("")
    shown = {"preview": made, "only": only, "place": place}
    return Markup(tk.render("ierwohnen/previews/preview.html", extra_vars=shown))


def made_preview(resource_id: str, only: str | None = None, place: str = PLACE) -> Preview | None:
    """The parts of the preview for templates that arrange them themselves; None if this reader sees no table."""
    here = f"{tk.request.path}#{place}"
    try:
        return preview_of(look_at(reader(), resource_id, Ask.of(tk.request.args), locale()), here=here, only=only)
    except (tk.ObjectNotFound, tk.NotAuthorized, tk.ValidationError):
        return None


def first_to_preview(package: dict[str, Any]) -> str | None:
    """Id of the resource of a dataset whose preview its page shows: the first with a map, else a chart, else a table.

    The reader may ask for another in the address (`?resource=`).
    """
    stored = [resource["id"] for resource in package.get("resources") or [] if resource.get("datastore_active")]
    if (asked := tk.request.args.get("resource")) in stored:
        return asked
    found = {resource_id: figures_of(reader(), resource_id) for resource_id in stored}
    for kind in ("map", "chart", "table"):
        for resource_id, allowed in found.items():
            if getattr(allowed, kind):
                return resource_id
    return None


@dataclass(frozen=True)
class IndicatorFigures:
    """Map and chart of an indicator for its page, and where the values at the shown date come from."""

    html: Markup
    source: str
    datasets: list[dict[str, Any]]
    """As `package_show` gives them."""
    period: str
    counted: tuple[int, int]
    """Units with a value, and units of the level."""

    @property
    def limited(self) -> bool:
        """Whether the figures are for some readers only."""
        return any(one.get("limited") for one in self.datasets)


def indicator_part(code: str, table_at: str, along: str, source: str | None = None) -> IndicatorFigures | None:
    """Map and chart of an indicator on its page, as the address asks for them; None if there is nothing to draw.

    :param table_at: id of the table of values on the page
    :param along: selectors of other parts of the page that change with the choice
    :param source: the table that counts, if the page is about one
    """
    from ckanext.ierwohnen.previews.indicator_sight import look_at_indicator
    from ckanext.ierwohnen.previews.indicator_views import asked_of_indicator

    ask = asked_of_indicator()
    sight = look_at_indicator(reader(), code, replace(ask, source=source) if source else ask, locale())
    if sight is None or sight.choice is None:
        return None
    sight.table_at = table_at
    here = f"{tk.request.path}#{INDICATOR_PLACE}"
    made = preview_of(sight, here=here, level=2, whole=True, along=along)
    shown = {"preview": made, "place": INDICATOR_PLACE}
    html = Markup(tk.render("ierwohnen/previews/preview.html", extra_vars=shown)) if made.any else Markup("")
    units = sight.now[sight.now["level"] == sight.choice.level]
    counted = (int(units["value"].notna().sum()), len(units))
    behind = dict.fromkeys(name for names in sight.datasets_at(sight.now) for name in names)
    datasets = [sight.datasets[name] for name in behind]
    return IndicatorFigures(html, sight.source(), datasets, sight.choice.period or "", counted)


def reader() -> Context:
    """The context of whoever looks at this page.

    In a job or a command nobody looks: what runs there has asked for its rights, and CKAN asks view types without
    telling for whom.
    """
    if not tk.current_user:
        return {"ignore_auth": True, "user": ""}
    return reader_context()


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "iw_preview": preview,
    "iw_indicator_part": indicator_part,
    "iw_preview_parts": made_preview,
    "iw_preview_resource": first_to_preview,
}
