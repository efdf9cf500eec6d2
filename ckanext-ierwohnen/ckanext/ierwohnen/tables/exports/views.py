"""Files of downloads by address: `/ierwohnen/tables/RESOURCE/NAME.csv`, `.xlsx` …; the ending says the format."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response, send_file

from ckanext.ierwohnen.look.addresses import without_nul
from ckanext.ierwohnen.look.reader import reader_context
from ckanext.ierwohnen.tables.exports.formats import format_of
from ckanext.ierwohnen.tables.exports.offer import NotToBeHad, ready
from ckanext.ierwohnen.tables.exports.snapshot import TableBusy

downloads = without_nul(Blueprint("ierwohnen_downloads", __name__, url_prefix="/ierwohnen/tables"))
# A file runs nothing and loads nothing, also where a program shows it.
POLICY = "default-src 'none'; sandbox"


@downloads.route("/<resource_id>/<name>")
def file(resource_id: str, name: str) -> Response:
    """The file of a download; a resource that may not be seen looks like one that does not exist."""
    form = format_of(name)
    if form is None:
        return tk.abort(404, tk._("There is no such format."))
    try:
        found = ready(reader_context(), resource_id, form)
    except NotToBeHad as reason:
        return tk.abort(404, str(reason))
    except TableBusy:
        return tk.abort(503, tk._("A new version of this table is being put in place. Try again in a minute."))
    except (tk.ObjectNotFound, tk.NotAuthorized, tk.ValidationError):
        return tk.abort(404, tk._("There is no such resource, or it has no published table."))
    response = send_file(found.path, as_attachment=True, download_name=found.filename, etag=found.tag, conditional=True)
    response.headers["Content-Type"] = form.media_type
    del response.headers["Last-Modified"]  # when it was wanted last, says nothing to readers
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = POLICY
    return response if found.public else _never_kept(response)


def _never_kept(response: Response) -> Response:
    """Keep what not everybody may see out of every cache."""
    tk.request.environ["__no_cache__"] = True
    response.cache_control.private = True
    response.cache_control.no_store = True
    return response
