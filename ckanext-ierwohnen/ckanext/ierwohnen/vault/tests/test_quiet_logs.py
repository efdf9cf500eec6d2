"""No line of a log holds what was sent; what happened and where stays readable."""

from __future__ import annotations

import logging

import pytest
from flask import Flask

from ckanext.ierwohnen.vault.quiet_logs import quiet_logs
from ckanext.ierwohnen.vault.stock_cells import read_cell

CELL = "Kanarie-8801"
STOCK, OTHER = "/api/3/action/ierwohnen_stock_load", "/api/3/action/package_search"


@pytest.fixture(autouse=True)
def quiet():
    before = logging.getLogRecordFactory()
    quiet_logs()
    quiet_logs()
    assert getattr(logging.getLogRecordFactory(), "_make", None) is before or logging.getLogRecordFactory() is before
    yield
    logging.setLogRecordFactory(before)


def database_error() -> Exception:
    import psycopg2

    return psycopg2.DataError(f'invalid input syntax for type numeric: "{CELL}"')


def through_the_store() -> Exception:
    try:
        read_cell(CELL, None)  # type: ignore[arg-type]
    except AttributeError as error:
        error.args = (CELL,)
        return error
    raise AssertionError


@pytest.mark.parametrize(
    ("path", "name", "message", "args", "error", "kept"),
    [
        (OTHER, "ckan.views.api", "Bad Action API request data: %s", [[{"dwelling": CELL}]], None, "Bad Action API"),
        (None, "ckan.views.api", "Format incorrect: %s - %s", [CELL, {"rows": CELL}], None, "Format incorrect: … - …"),
        (STOCK, "ckan.lib.x", "of %d rows %s is wrong", [3, CELL], None, "of … rows … is wrong"),
        (STOCK, "ckan.lib.x", f"put together: {CELL}", [], None, "test_quiet_logs.py"),
        (STOCK, "ckan.views.api", ValueError(CELL), [], ValueError(CELL), "ValueError"),
        ("/ierwohnen/bestand/x/laden", "ckan.x", "failed", [], ValueError(CELL), "ValueError"),
        (None, "ckan.lib.jobs", "Job %s raised: %s", ["7", CELL], through_the_store(), "AttributeError"),
        (OTHER, "sqlalchemy.pool", "Exception: %s", [CELL], database_error(), "DataError"),
        (None, "gunicorn.error", "Error handling request %s", [f"/x?rows={CELL}"], None, "/x?…"),
    ],
)  # fmt: skip
def test_a_value_is_in_no_line(caplog, monkeypatch, path, name, message, args, error, kept):
    monkeypatch.setattr(logging.getLogger(name), "disabled", False)  # migrations switch existing ones off
    app = Flask(__name__)
    with app.test_request_context(path or "/") if path else app.app_context(), caplog.at_level("INFO"):
        logging.getLogger(name).error(message, *args, exc_info=error)
    assert CELL not in caplog.text and kept in caplog.text


def test_other_lines_stay_as_they_are(caplog):
    app = Flask(__name__)
    with caplog.at_level("INFO"):
        for path, name in ((OTHER, "ckan.lib.x"), (STOCK, "ckanext.ierwohnen.vault.x"), (STOCK, "ckan.config")):
            with app.test_request_context(path):
                logging.getLogger(name).error(" %s %s render time %.3f seconds", 200, path, 0.5)
        logging.getLogger("ckan.lib.x").error("told", exc_info=KeyError("which"))
    rendered = [f" 200 {path} render time 0.500 seconds" for path in (OTHER, STOCK, STOCK)]
    assert [record.getMessage() for record in caplog.records[:3]] == rendered
    assert "KeyError: 'which'" in caplog.text
