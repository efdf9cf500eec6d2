"""Who has an account and where it belongs, and how the search works inside, is told only to whom it concerns."""

from __future__ import annotations

import pytest

pytest.importorskip("ckan")

import ckan.plugins.toolkit as tk
from ckan.lib.search import SearchError
from ckan.tests import factories
from ckan.tests.helpers import call_action

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "ierwohnen_portal datastore"),
    pytest.mark.usefixtures("with_plugins", "clean_db", "clean_index", "with_request_context"),
]
COUNTS = ("user_follower_count", "followee_count", "user_followee_count", "dataset_followee_count", "followee_list",
          "group_followee_count", "organization_followee_count", "am_following_user")  # fmt: skip


def answer(action: str, user: str, **data: str) -> str:
    """What kind of answer an action gives, and its text."""
    try:
        return f"{call_action(action, {'user': user, 'ignore_auth': False}, **data)}"
    except (tk.ObjectNotFound, tk.NotAuthorized, tk.ValidationError) as refused:
        return f"{type(refused).__name__}: {refused}"


def test_visitors_learn_nothing_of_accounts():
    theirs, other, boss = factories.User(), factories.User(), factories.Sysadmin()
    company = factories.Organization(users=[{"name": theirs["id"], "capacity": "admin"}])
    action = "organization_list_for_user"
    for who in ("", other["name"]):
        answers = {answer(action, who, id=one) for one in (theirs["name"], theirs["id"], "nobody-of-this-name")}
        assert len(answers) == 1 and answers.pop().startswith("NotAuthorized"), who
    for one in (theirs["name"], theirs["id"]):
        for who in (theirs["name"], boss["name"]):
            assert company["name"] in answer(action, who, id=one)
    assert company["name"] in answer(action, theirs["name"]) and answer(action, other["name"]) == "[]"
    assert answer(action, "") == "[]"
    for name in COUNTS:
        answers = {answer(name, "", id=one) for one in (theirs["name"], theirs["id"], "nobody-of-this-name")}
        assert len(answers) == 1 and answers.pop().startswith("NotAuthorized"), name
    assert answer("user_follower_count", other["name"], id=theirs["id"]) == "0"


@pytest.mark.parametrize("sort", ["text asc", "validated_data_dict asc", "title asc, tags desc"])
def test_a_refused_search_tells_nothing_of_the_index(sort: str):
    for context in ({"user": "", "ignore_auth": False}, {"ignore_auth": True}):
        try:
            call_action("package_search", dict(context), sort=sort)
        except SearchError as refused:
            assert "permission_labels" not in str(refused) and "java" not in str(refused).lower(), sort
            assert "SOLR" not in str(refused)
    with pytest.raises(SearchError) as refused:
        call_action("package_search", {"user": "", "ignore_auth": False}, sort="text asc")
    assert "sorted" in str(refused.value) or "sortiert" in str(refused.value)


@pytest.mark.ckan_config("ckan.datastore.public_table_search", ["_table_metadata"])  # as CKAN has it
def test_the_list_of_all_tables_has_no_second_door(app):
    """CKAN takes the id before the resource's."""
    app.get("/api/3/action/datastore_search?resource_id=x&id=_table_metadata", status=404)


def test_the_list_of_all_tables_looks_like_none(app):
    reply = app.get("/api/3/action/datastore_search?resource_id=_table_metadata", status=404)
    other = app.get("/api/3/action/datastore_search?resource_id=gibt-es-nicht", status=404)
    assert reply.json["error"]["__type"] == other.json["error"]["__type"] == "Not Found Error"
    app.get("/datastore/dump/_table_metadata", status=404)


def test_help_is_the_actions_own_whatever_is_chained_to_it():
    for name in ("package_search", "datastore_search", "help_show", "ierwohnen_search_suggest"):
        told = call_action("help_show", name=name)
        assert "partial" not in told and ":param" in told, name
