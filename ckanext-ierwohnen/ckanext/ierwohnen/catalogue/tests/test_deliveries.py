"""Due deliveries: how they stand, what a publication changes, who sees them, and who is written to."""

from __future__ import annotations

from datetime import date

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.ierwohnen.catalogue.delivery_list import due_deliveries
from ckanext.ierwohnen.catalogue.delivery_notes import noted
from ckanext.ierwohnen.catalogue.recurring_tables import TableState, reached_by_all

ANNUAL = "http://publications.europa.eu/resource/authority/frequency/ANNUAL"
TODAY = date(2026, 11, 21)


def expected(due: str, delivered: str = "2025-11-12", title: str = "Leerstand") -> dict:
    return {
        "id": title, "title": title, "frequency": ANNUAL,
        "deliveries": [
            {"reference_date": "2024-12-31", "due": "2025-11-30", "delivered": delivered},
            {"reference_date": "2025-12-31", "due": due},
        ],
    }  # fmt: skip


class TestStanding:
    """The rule: overdue after the cycle's days of grace, due after the date, soon within 30 days before it."""

    @pytest.mark.parametrize(
        ("due", "standing", "days"),
        [
            ("2026-06-30", "overdue", 144),
            ("2026-11-20", "due", 1),
            ("2026-11-21", "soon", 0),
            ("2026-12-21", "soon", -30),
            ("2027-03-31", "current", -130),
        ],
    )
    def test_by_date(self, due, standing, days):
        (found,) = due_deliveries([expected(due)], TODAY)
        assert (found.standing, found.days_late) == (standing, days)

    def test_what_just_came_is_told(self):
        (found,) = due_deliveries([expected("2027-03-31", delivered="2026-11-02")], TODAY)
        assert found.standing == "recent"

    def test_the_most_urgent_first_and_nothing_without_a_cycle(self):
        dates = {"c": "2027-03-31", "b": "2026-11-01", "a": "2026-05-01"}
        datasets = [expected(due, title=title) for title, due in dates.items()]
        datasets.append({**expected("2026-05-01", title="x"), "frequency": ""})
        assert [found.dataset["title"] for found in due_deliveries(datasets, TODAY)] == ["a", "b", "c"]


class TestSeveralTables:
    """A dataset of two tables that come each year, and of one that was given up."""

    TABLES = (
        TableState("a", "Wohnungen", date(2025, 12, 31), date(2026, 11, 2)),
        TableState("b", "Haushalte", date(2024, 12, 31), date(2025, 11, 12)),
        TableState("old", "Volkszählung", date(2011, 5, 9), date(2013, 5, 31)),
    )

    def test_each_recurring_one_has_a_line_of_its_own(self):
        dataset = expected("2026-06-30")
        found = due_deliveries([dataset], TODAY, {dataset["id"]: list(self.TABLES)})
        lines = {entry.table.name: (entry.standing, str(entry.freshness.delivered)) for entry in found}
        assert lines == {"Haushalte": ("overdue", "2025-11-12"), "Wohnungen": ("recent", "2026-11-02")}
        assert found[0].as_dict()["resource"] == {"id": "b", "name": "Haushalte"}
        assert len({entry.key for entry in found}) == 2

    def test_the_delivery_has_come_when_the_last_of_them_has(self):
        dataset, (a, b, old) = expected("2026-11-30"), self.TABLES
        assert reached_by_all(dataset, [a, b, old], a.reached) == date(2024, 12, 31)
        assert noted(dataset, date(2024, 12, 31), TODAY) == {}, "one is still waited for"
        both = [a, TableState("b", "Haushalte", a.reached), old]
        assert reached_by_all(dataset, both, a.reached) == date(2025, 12, 31)

    def test_a_single_one_counts_for_the_dataset(self):
        dataset, (a, _, old) = expected("2026-06-30"), self.TABLES
        assert reached_by_all(dataset, [a, old], a.reached) == a.reached
        (line,) = due_deliveries([dataset], TODAY, {dataset["id"]: [a, old]})
        assert line.table is None and line.standing == "overdue"


class TestNoted:
    """What a publication writes into the dataset."""

    def test_the_expected_delivery_came_and_the_next_one_is_expected(self):
        changed = noted(expected("2026-11-30"), date(2025, 12, 31), TODAY)["deliveries"]
        assert changed[1] == {"reference_date": "2025-12-31", "due": "2026-11-30", "delivered": "2026-11-21"}
        assert changed[2:] == [{"reference_date": "2026-12-31", "due": "2027-11-30"}]

    def test_twice_is_as_good_as_once(self):
        dataset = expected("2026-11-30")
        dataset.update(noted(dataset, date(2025, 12, 31), TODAY))
        assert noted(dataset, date(2025, 12, 31), TODAY) == {}

    def test_a_correction_of_an_earlier_year_changes_nothing(self):
        dataset = expected("2026-11-30")
        dataset.update(noted(dataset, date(2025, 12, 31), TODAY))
        assert noted(dataset, date(2024, 12, 31), TODAY) == {}

    def test_a_year_that_nobody_expected_is_added(self):
        dataset = {"frequency": ANNUAL, "deliveries": [{"reference_date": "2024-12-31", "delivered": "2025-11-12"}]}
        changed = noted(dataset, date(2025, 12, 31), TODAY)["deliveries"]
        assert changed[1:] == [{"reference_date": "2025-12-31", "delivered": "2026-11-21"}]

    def test_without_a_list_the_due_date_moves_on(self):
        assert noted({"frequency": ANNUAL, "due_date": "2024-03-31"}, None, TODAY) == {"due_date": "2027-03-31"}
        assert noted({"frequency": ANNUAL}, date(2025, 12, 31), TODAY) == {}


@pytest.fixture
def offices(with_plugins, clean_db, clean_index):
    """Two offices with one late dataset each, and an editor of the first."""
    editor = factories.User(fullname="M. Hartwig", email="hartwig@neuwald.example")
    member = factories.User(email="member@neuwald.example")
    users = [{"name": editor["name"], "capacity": "editor"}, {"name": member["name"], "capacity": "member"}]
    first = factories.Organization(title="Fachstelle Statistik", users=users)
    second = factories.Organization(title="Bauordnungsamt")
    sysadmin = {"user": factories.Sysadmin()["name"]}
    for organization, title in ((first, "Leerstand"), (second, "Baugenehmigungen")):
        call_action(
            "package_create", sysadmin, type="indicator-data", title=title, name=title.lower(), notes="Zahlen",
            owner_org=organization["id"], license_id="dl-zero-de/2.0", frequency=ANNUAL, private=title == "Leerstand",
            deliveries=[{"reference_date": "2023-12-31", "due": "2024-11-30"}],
        )  # fmt: skip
    return {"editor": editor, "member": member, "first": first, "second": second}


def listed(person, **parameters):
    context = {"user": person["name"], "auth_user_obj": model.User.get(person["name"]), "ignore_auth": False}
    return tk.get_action("ierwohnen_delivery_list")(context, parameters)


class TestList:
    """`ierwohnen_delivery_list` and its page."""

    def test_an_editor_sees_the_own_office(self, offices):
        found = listed(offices["editor"])
        assert [entry["dataset"]["title"] for entry in found["results"]] == ["Leerstand"]
        assert found["counts"]["overdue"] == 1 and found["results"][0]["due"] == "2024-11-30"
        assert listed(offices["editor"], standing="due,soon")["results"] == []

    def test_others_see_nothing_of_it(self, offices):
        assert listed(offices["member"])["results"] == []
        with pytest.raises(tk.NotAuthorized):
            listed(offices["editor"], organization=offices["second"]["name"])
        with pytest.raises(tk.NotAuthorized):
            tk.get_action("ierwohnen_delivery_list")({"user": "", "ignore_auth": False}, {})

    def test_an_unknown_standing_is_named(self, offices):
        with pytest.raises(tk.ValidationError, match="overdue"):
            listed(offices["editor"], standing="late")

    def test_the_page_leads_to_the_upload(self, offices, app):
        token = factories.APIToken(user=offices["editor"]["name"])["token"]
        page = app.get("/de/dashboard/deliveries", headers={"Authorization": token})
        assert "Lieferung überfällig" in page and "/dataset/leerstand/delivery" in page
        assert "/user/login" in app.get("/dashboard/deliveries", follow_redirects=False).headers["Location"]


def remind(cli, *arguments):
    from ckan.cli.cli import ckan

    return cli.invoke(ckan, ["ierwohnen-deliveries", "remind", *arguments])


class TestMail:
    """`ckan ierwohnen-deliveries remind`, with a real mail server."""

    def test_the_office_gets_one_mail_and_nobody_else(self, offices, mailbox, cli):
        reply = remind(cli)
        assert reply.exit_code == 0, reply.output
        (mail,) = mailbox
        assert mail["To"].addresses[0].addr_spec == "hartwig@neuwald.example"
        assert mail["Subject"] == "1 Lieferung überfällig – Fachstelle Statistik"
        text = mail.get_content()
        for words in ("Guten Tag M. Hartwig", "erwartet am 30.11.2024", "/indicator-data/leerstand"):
            assert words in text
        assert "/dashboard/deliveries" in text and "Baugenehmigungen" not in text
        remind(cli)
        assert len(mailbox) == 1

    def test_it_is_told_again_after_a_week_or_when_something_new_is_late(self, offices, mailbox, app):
        from datetime import timedelta

        from ckanext.ierwohnen.catalogue.delivery_mail import remind as run

        with app.flask_app.test_request_context():
            for days, mails in ((0, 1), (1, 1), (6, 1), (7, 2)):
                list(run(TODAY + timedelta(days=days)))
                assert len(mailbox) == mails, days
            call_action(
                "package_patch",
                {"user": offices["editor"]["name"]},
                id="leerstand",
                deliveries=[{"reference_date": "2023-12-31", "due": "2024-12-31"}],
            )
            list(run(TODAY + timedelta(days=8)))
            assert len(mailbox) == 3

    def test_each_person_in_the_own_language(self, offices, mailbox, cli):
        call_action("user_patch", id=offices["editor"]["id"], plugin_extras={"ierwohnen": {"language": "en"}})
        remind(cli)
        assert mailbox[0]["Subject"] == "1 delivery overdue – Fachstelle Statistik"
        assert "Good day" in mailbox[0].get_content()

    def test_a_wrong_address_does_not_stop_the_others_and_is_told(self, offices, mailbox, cli):
        wrong = factories.User(email="unbekannt@neuwald.example")
        call_action(
            "member_create", id=offices["first"]["id"], object=wrong["id"], object_type="user", capacity="admin"
        )
        reply = remind(cli)
        assert reply.exit_code == 1 and "unbekannt@neuwald.example" in reply.output
        assert [mail["To"].addresses[0].addr_spec for mail in mailbox] == ["hartwig@neuwald.example"]

    def test_a_trial_sends_nothing_and_a_portal_without_mail_says_so(
        self, offices, mailbox, cli, ckan_config, monkeypatch
    ):
        assert "hartwig@neuwald.example" in remind(cli, "--dry-run").output
        assert mailbox == []
        monkeypatch.setitem(ckan_config, "smtp.server", "")
        reply = remind(cli)
        assert reply.exit_code == 1 and "smtp.server" in reply.output
