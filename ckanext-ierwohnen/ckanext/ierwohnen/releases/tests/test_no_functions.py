"""Nobody, a sysadmin neither, brings code into the DataStore; a table that somebody changed in it is noticed."""

from __future__ import annotations

import pytest

pytest.importorskip("ckan")

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.tests.helpers import call_action
from click.testing import CliRunner

from ckanext.datastore.backend.postgres import get_write_engine
from ckanext.ierwohnen.releases.cli import doctor, settle
from ckanext.ierwohnen.releases.texts import TEXTS, say

from .city import by, city
from .stage import ON_CKAN

__all__ = ["city"]
pytestmark = ON_CKAN
BOSS = ("boss", "sysadmin")
BODY = "BEGIN UPDATE \"{}\" SET dwellings = 4711, dwellings_status = NULL; RETURN NEW; END;"


def sql(statement: str) -> None:
    with get_write_engine().begin() as connection:
        connection.execute(sa.text(statement))


def test_functions_and_triggers_are_refused_to_everybody(city):
    release = city.published(["big"], "public")
    table = call_action("package_show", id=release)["resources"][0]["id"]
    function = {"name": "test_no_functions", "rettype": "trigger", "definition": BODY.format(table), "or_replace": True}
    office = by(city, ("planning", "editor"), "package_create", name="mit-trigger", title="x", notes="x",
                owner_org=city.organizations["planning"]["id"])["id"]  # fmt: skip
    bound = {"resource": {"package_id": office, "name": "t"}, "fields": [{"id": "a", "type": "text"}],
             "triggers": [{"function": "populate_full_text_trigger"}], "force": True}  # fmt: skip
    for who in (BOSS, ("planning", "editor")):
        for action, data in (
            ("datastore_function_create", function), ("datastore_function_delete", {"name": "test_no_functions"}),
            ("datastore_function_delete", {"name": "populate_full_text_trigger"}),
            ("datastore_run_triggers", {"resource_id": table}), ("datastore_create", bound),
        ):  # fmt: skip
            with pytest.raises(tk.NotAuthorized) as why:
                by(city, who, action, **data)
            assert any(text in str(why.value) for text in TEXTS["no-functions"]), (who, action)
            model.Session.rollback()
    plain = {key: value for key, value in bound.items() if key != "triggers"}
    assert by(city, ("planning", "editor"), "datastore_create", **plain)["resource_id"]


def test_a_table_that_is_not_the_released_one_is_told_and_made_again(city):
    release = city.published(["big"], "public")
    number = city.act("show", ("big", "admin"), id=release)["number"]
    table = call_action("package_show", id=release)["resources"][0]["id"]
    before = call_action("datastore_search", resource_id=table)["records"]
    assert say("table-differs", number=number) not in CliRunner().invoke(doctor).output
    for change in (
        "UPDATE \"{}\" SET dwellings = 4711, dwellings_status = NULL WHERE _id = 2",
        "UPDATE \"{}\" SET dwellings_status = '.' WHERE _id = 2",
        'DELETE FROM "{}" WHERE _id = 2',
    ):  # fmt: skip
        sql(change.format(table))
        told = CliRunner().invoke(doctor)
        assert told.exit_code == 1 and say("table-differs", number=number) in told.output, change
        healed = CliRunner().invoke(settle, ["--anew", number])
        assert not healed.exit_code, healed.output
        table = call_action("package_show", id=release)["resources"][0]["id"]
        assert call_action("datastore_search", resource_id=table)["records"] == before
    assert say("table-differs", number=number) not in CliRunner().invoke(doctor).output
    unknown = CliRunner().invoke(settle, ["--anew", "F-2026-QUATSCH"])
    assert unknown.exit_code == 1 and unknown.output.startswith("Error: F-2026-QUATSCH: ")

    sql('CREATE FUNCTION test_no_functions() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END; $$')
    try:
        sql(f'CREATE TRIGGER t000 BEFORE INSERT ON "{table}" FOR EACH ROW EXECUTE PROCEDURE test_no_functions()')
        told = CliRunner().invoke(doctor)
        assert told.exit_code == 1 and say("tables-bound", tables=table) in told.output
    finally:
        sql("DROP FUNCTION test_no_functions CASCADE")
