"""The action `ierwohnen_search_suggest` against the real search index and database."""

from __future__ import annotations

import pytest
from ckan.logic import ValidationError
from ckan.tests import factories, helpers

pytestmark = pytest.mark.usefixtures("with_plugins", "clean_db", "clean_index", "with_request_context")


def ask(query: str, user: str = "", **asked) -> dict[str, list[str]]:
    """Labels of the proposals by kind, with the rights of a user."""
    context = {"user": user, "ignore_auth": False}
    found = helpers.call_action("ierwohnen_search_suggest", context, q=query, **asked)
    return {group["kind"]: [item["label"] for item in group["items"]] for group in found["groups"]}


@pytest.fixture
def office():
    """An office with a public and a private dataset, and one of its editors."""
    editor = factories.User()
    organization = factories.Organization(
        name="statistik", title="Fachstelle Statistik", users=[{"name": editor["name"], "capacity": "editor"}]
    )
    common = {"type": "dataset", "owner_org": organization["id"]}
    factories.Dataset(name="leerstand", title="Wohnungsleerstand nach Stadtteilen", **common)
    factories.Dataset(name="geheim", title="Leerstand je Wohnung, intern", private=True, **common)
    return editor["name"]


class TestSearchSuggest:
    """Proposals for the search box."""

    def test_part_of_a_compound_finds_the_dataset(self, office):
        """Somebody who types Leerstand means Wohnungsleerstand as well."""
        assert ask("Leerstand")["dataset"] == ["Wohnungsleerstand nach Stadtteilen"]

    def test_typing_has_not_ended(self, office):
        """The first letters are enough."""
        assert ask("leerst")["dataset"] == ["Wohnungsleerstand nach Stadtteilen"]

    def test_private_dataset_is_proposed_to_its_organization_only(self, office):
        """Neither its title nor its number reaches anybody else."""
        stranger = factories.User()["name"]
        assert "Leerstand je Wohnung, intern" in ask("leerstand", office)["dataset"]
        for reader in ("", stranger):
            context = {"user": reader, "ignore_auth": False}
            found = helpers.call_action("ierwohnen_search_suggest", context, q="leerstand")
            assert "intern" not in str(found)
            assert [group["count"] for group in found["groups"] if group["kind"] == "dataset"] == [1]

    def test_organization_is_found_with_a_slip(self, office):
        """One wrong letter is forgiven."""
        assert ask("Statisitk")["organization"] == ["Fachstelle Statistik"]

    def test_groups_stand_in_one_order(self, office):
        """Places, indicators, datasets, organizations, topics: a reader learns where to look."""
        kinds = list(ask("statistik leerstand")) + list(ask("a"))
        order = ["unit", "indicator", "dataset", "organization", "topic"]
        assert set(kinds) <= set(order)
        assert list(ask("s")) == sorted(ask("s"), key=order.index)

    def test_only_the_asked_kinds(self, office):
        """A client may ask for one group."""
        assert set(ask("statistik", kinds="organization")) == {"organization"}

    @pytest.mark.parametrize("query", ['"', "a:b", "[* TO *]", "(", "title:*", "\\", "AND", "leerstand AND", "+-&&||!"])
    def test_the_language_of_the_index_is_only_words_here(self, office, query):
        """Nothing typed is read as a command of the search server, and nothing breaks."""
        assert "Leerstand je Wohnung, intern" not in str(ask(query))

    def test_a_pasted_page_is_cut(self, office):
        """A long text is searched by its beginning."""
        context = {"user": "", "ignore_auth": False}
        found = helpers.call_action("ierwohnen_search_suggest", context, q="leerstand " * 100)
        assert len(found["q"]) <= 200

    def test_without_a_question_it_says_so(self):
        """q is needed."""
        with pytest.raises(ValidationError) as refused:
            ask_nothing = {"user": "", "ignore_auth": False}
            helpers.call_action("ierwohnen_search_suggest", ask_nothing)
        assert "q" in refused.value.error_dict

    def test_limit_holds_and_the_count_tells_the_rest(self):
        """A short list says how much more there is."""
        for number in range(7):
            factories.Organization(name=f"wohnbau-{number}", title=f"Wohnbau {number}")
        context = {"user": "", "ignore_auth": False}
        found = helpers.call_action("ierwohnen_search_suggest", context, q="wohnbau", limit=3)
        group = next(group for group in found["groups"] if group["kind"] == "organization")
        assert len(group["items"]) == 3 and group["count"] == 7

    def test_a_new_organization_is_proposed_at_once(self):
        """What is remembered for anonymous readers is forgotten by a change."""
        assert "organization" not in ask("muldetal")
        factories.Organization(name="wg-muldetal", title="WG Muldetal eG")
        assert ask("muldetal")["organization"] == ["WG Muldetal eG"]


class TestKeptParts:
    """Prepared public parts."""

    def test_home_page_shows_a_change_at_once(self, app):
        """A dataset that becomes private is gone from the kept list of newest datasets."""
        sysadmin = factories.Sysadmin()["name"]
        organization = factories.Organization()
        dataset = factories.Dataset(title="Mietspiegel 2026", type="dataset", owner_org=organization["id"])
        assert "Mietspiegel 2026" in app.get("/").text
        helpers.call_action("package_patch", {"user": sysadmin}, id=dataset["id"], private=True)
        assert "Mietspiegel 2026" not in app.get("/").text

    def test_kept_parts_hold_nothing_private(self, app):
        """A sysadmin who opens the home page does not fill it with what only sysadmins see."""
        sysadmin = factories.SysadminWithToken()
        organization = factories.Organization()
        factories.Dataset(title="Interner Entwurf", private=True, type="dataset", owner_org=organization["id"])
        app.get("/", headers={"Authorization": sysadmin["token"]})
        assert "Interner Entwurf" not in app.get("/").text
