"""The recurring table: recognised, published with nobody's click if it is clean, and noted as delivered."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
import pytest

from .conftest import KEY, LONG, NEXT_YEAR, WIDE, upload

OTHER = "Nr;Stadtteil;Stichtag;Haushalte\n11;Altstadt;31.12.2025;900\n12;Schlossvorstadt;31.12.2025;700\n"
ANNUAL = "http://publications.europa.eu/resource/authority/frequency/ANNUAL"


@pytest.fixture
def vacancies(office, quarters, published):
    """A table that a person has looked at and published."""
    return published()


def hand_over(office, resource, text=NEXT_YEAR, filename="leerstand_2026.csv", who="editor"):
    """What a cron job does: one call with a file, no choices."""
    file = upload(text, filename)
    given = {"resource_id": resource["id"], "upload": file, "accept_if_clean": True}
    return office.call("ierwohnen_table_publish", who, **given)["job"]


def refused(office, resource, text, **more):
    with pytest.raises(tk.ValidationError) as error:
        hand_over(office, resource, text, **more)
    return error.value.error_dict


class TestWithoutAClick:
    """`accept_if_clean` publishes what needs nobody's look, and nothing else."""

    def test_next_years_table_is_published_with_the_roles_of_the_last(self, office, vacancies):
        from ckanext.ierwohnen.tables import publish

        job = hand_over(office, vacancies)
        publish.run(job)
        assert office.call("ierwohnen_job_show", id=job)["state"] == "done"
        rows = office.call("datastore_search", resource_id=vacancies["id"])["records"]
        assert {row["Stichtag"] for row in rows} == {"2026-12-31"}
        info = office.call("datastore_info", id=vacancies["id"])
        assert next(field for field in info["fields"] if field["id"] == "Nr")["iw_system"] == "neuwald-2021"

    def test_the_year_after_as_well(self, office, vacancies):
        from ckanext.ierwohnen.tables import publish

        following = NEXT_YEAR.replace("2026", "2027").replace("1.901", "1.910").replace("5.227", "5.236")
        for year, text in (("2026", NEXT_YEAR), ("2027", following.replace("11,0", "11,3"))):
            publish.run(hand_over(office, vacancies, text, f"leerstand_{year}.csv"))
        assert office.call("ierwohnen_version_list", resource_id=vacancies["id"])["count"] == 3

    def test_a_column_of_signs_is_applied_in_each_delivery(self, office, quarters, published):
        """Its signs stand with the figures of each, also a seal that the first delivery did not hold."""
        from ckanext.ierwohnen.tables import publish

        head, row = "Nr;Stadtteil;Stichtag;Wohnungen;Qualität\n", "{};{};31.12.{};{};{}\n"
        first = [("11", "Altstadt", 2025, 1894, "p"), ("12", "Schlossvorstadt", 2025, 1402, "")]
        second = [("11", "Altstadt", 2026, 1901, "e"), ("12", "Schlossvorstadt", 2026, 1403, ".")]
        last = ("13", "Bahnhofsvorstadt", {2025: "", 2026: "p"})
        texts = [
            head + "".join(row.format(*cells) for cells in [*rows, (*last[:2], year, 1924, last[2][year])])
            for year, rows in ((2025, first), (2026, second))
        ]
        resource = published(texts[0])
        told = []
        for text in (None, texts[1]):
            if text:
                given = {"resource_id": resource["id"], "upload": upload(text, "wohnungen_2026.csv")}
                job = office.call("ierwohnen_table_publish", **given)["job"]
                publish.run(job)
                assert office.call("ierwohnen_job_show", id=job)["state"] == "done"
            found = office.call("datastore_search", "stranger", resource_id=resource["id"], sort="Nr")
            assert "Qualität" not in {field["id"] for field in found["fields"]}
            told.append([(record["Wohnungen"], record["Wohnungen_status"]) for record in found["records"]])
        assert told == [
            [(1894, "preliminary"), (1402, None), (1924, None)],
            [(1901, "estimated"), (None, "secret"), (1924, "preliminary")],
        ]

    def test_a_series_is_not_replaced_by_its_last_year_unless_it_is_appended(self, office, quarters, published):
        from ckanext.ierwohnen.tables import publish

        lines = LONG.splitlines()
        rows = [line for line in lines if line[:2] in ("11", "12", "13")]
        earlier = [row.replace("2025", year) for year in ("2023", "2024") for row in rows]
        series = published("\n".join([*lines[:4], *earlier, *rows]) + "\n")
        told = " ".join(refused(office, series, NEXT_YEAR)["accept_if_clean"])
        assert "31.12.2023" in told and "31.12.2025" in told
        kept = office.call("datastore_search", resource_id=series["id"])["records"]
        assert {row["Stichtag"][:4] for row in kept} == {"2023", "2024", "2025"}
        given = {"resource_id": series["id"], "mode": "append", "accept_if_clean": True}
        job = office.call("ierwohnen_table_publish", **given)["job"]
        publish.run(job)
        assert office.call("ierwohnen_job_show", id=job)["state"] == "done"

    def test_what_needs_a_look_waits_and_says_why(self, office, vacancies):
        """A typing error, an unknown key, a column renamed, a new one: each takes the place of the one before."""
        for text, told in (
            (NEXT_YEAR.replace("1.402", "1.4o2"), "1.4o2"),
            (NEXT_YEAR.replace("12;Schloss", "77;Schloss"), "Nr"),
            (NEXT_YEAR.replace("Wohnungen", "Whg. gesamt"), "Wohnungen"),
            (LONG.replace("2025", "2026"), "richtige Datei"),
            (NEXT_YEAR.replace("1.901", "3.788").replace("1.402", "2.804").replace("1.924", "3.848")
             .replace("5.227", "10.440").replace(";18;", ";36;"), "Wohnungen"),
            (NEXT_YEAR.replace("Leerstand nach", "Verkaufter Leerstand nach"), "Verkaufter"),
            (NEXT_YEAR.replace(";Leerstand in %", ";Leerstand in %;Neu").replace("\n11", ";\n11"), "Neu"),
        ):
            errors = refused(office, vacancies, text)
            assert told in " ".join(text for texts in errors.values() for text in texts)
            assert len(office.call("ierwohnen_version_list", resource_id=vacancies["id"])["results"]) == 1
            waiting = office.call("ierwohnen_table_check", resource_id=vacancies["id"])
            assert waiting["filename"] == "leerstand_2026.csv" and waiting["delivery"]

    def test_the_first_time_somebody_has_to_look(self, office, quarters):
        assert "first time" in refused(office, office.resource(), LONG)["accept_if_clean"][0]

    def test_it_needs_the_same_right_as_any_publication(self, office, vacancies):
        for who in ("member", "stranger"):
            with pytest.raises(tk.NotAuthorized):
                hand_over(office, vacancies, who=who)

    def test_a_warning_that_was_accepted_last_time_stops_nobody(self, office, quarters, published):
        from ckanext.ierwohnen.tables import publish

        text = LONG.replace("99;nicht zuordenbar;31.12.2025;18;x\n", "").replace(";7,9", ";79")
        resource = published(text)
        following = NEXT_YEAR.replace("99;nicht zuordenbar;31.12.2026;18;x\n", "").replace(";7,9", ";79")
        publish.run(hand_over(office, resource, following))
        assert office.call("ierwohnen_version_list", resource_id=resource["id"])["results"][0]["number"] == 2


class TestRecognised:
    """`ierwohnen_table_recognise`."""

    @pytest.fixture
    def tables(self, office, vacancies, published):
        return {"leerstand": vacancies["id"], "haushalte": published(OTHER, "haushalte_2025.csv")["id"]}

    def recognise(self, office, text, filename, who="editor", **more):
        return office.call("ierwohnen_table_recognise", who, upload=upload(text, filename), **more)

    def test_each_file_finds_its_table(self, office, tables):
        found = self.recognise(office, NEXT_YEAR, "leerstand_2026.csv")
        assert found["best"] == tables["leerstand"] and found["candidates"][0]["same_columns"]
        within = {"package_id": office.dataset["id"]}
        assert self.recognise(office, OTHER, "haushalte_2026.csv", **within)["best"] == tables["haushalte"]

    def test_a_file_of_another_make_finds_none(self, office, tables):
        assert self.recognise(office, "Block;Anträge\n1;5\n2;7\n", "antraege.csv")["best"] is None

    def test_others_learn_nothing_of_the_tables(self, office, tables):
        with pytest.raises(tk.NotAuthorized):
            self.recognise(office, NEXT_YEAR, "leerstand_2026.csv", "stranger")
        with pytest.raises(tk.NotAuthorized):
            self.recognise(office, NEXT_YEAR, "x.csv", "member", package_id=office.dataset["id"])


class TestOvertaken:
    """What a person has looked at is what is published, or nothing."""

    def test_another_file_came_meanwhile(self, office, vacancies):
        first = office.call("ierwohnen_delivery_create", resource_id=vacancies["id"], upload=upload(NEXT_YEAR))["id"]
        office.call("ierwohnen_delivery_create", resource_id=vacancies["id"], upload=upload(LONG))
        with pytest.raises(tk.ValidationError) as error:
            office.call("ierwohnen_table_publish", resource_id=vacancies["id"], delivery=first)
        assert "delivery" in error.value.error_dict

    def test_somebody_else_published_meanwhile(self, office, vacancies, app):
        from ckan.tests import factories

        from ckanext.ierwohnen.tables import publish

        office.call("ierwohnen_delivery_create", resource_id=vacancies["id"], upload=upload(NEXT_YEAR))
        assert office.call("ierwohnen_table_check", resource_id=vacancies["id"])["version"] == 1
        with pytest.raises(tk.ValidationError) as error:
            office.call("ierwohnen_table_publish", resource_id=vacancies["id"], version=0)
        assert "version" in error.value.error_dict
        token = factories.APIToken(user=office.editor["name"])["token"]
        page = app.get(
            f"/dataset/{office.dataset['name']}/resource/{vacancies['id']}/check", headers={"Authorization": token}
        ).body
        assert 'name="seen-version" value="1"' in page
        publish.run(office.call("ierwohnen_table_publish", resource_id=vacancies["id"], version=1, roles=[KEY])["job"])


def test_a_delivery_that_came_is_noted_in_its_dataset(with_plugins, clean_db, clean_index):
    from ckan.tests import factories

    from ckanext.ierwohnen.tables import publish

    from .conftest import Office

    editor = factories.User()
    organization = factories.Organization(users=[{"name": editor["name"], "capacity": "editor"}])
    dataset = factories.Dataset(
        owner_org=organization["id"], type="indicator-data", license_id="dl-zero-de/2.0", frequency=ANNUAL,
        deliveries=[{"reference_date": "2025-12-31", "due": "2026-03-31"}],
    )  # fmt: skip
    office = Office(organization, dataset, editor, editor, editor)
    job = office.call("ierwohnen_table_publish", resource_id=office.resource()["id"], roles=[{**KEY, "system": None}])
    publish.run(job["job"])
    assert office.call("ierwohnen_job_show", id=job["job"])["state"] == "done"
    first, *following = office.call("package_show", id=dataset["id"])["deliveries"]
    assert first["reference_date"] == "2025-12-31" and first["delivered"]
    assert following[0]["reference_date"] == "2026-12-31" and following[0]["due"].endswith("-03-31")


class TestRowsAdded:
    """A delivery whose rows are added to those of a long table."""

    ROWS = "Altstadt;11;{0};{1}\nSchlossvorstadt;12;{0};{2}\nBahnhofsvorstadt;13;{0};{3}\n"
    HEAD = "Einwohner nach Stadtteilen;;;\nStadtteil;Nr;Jahr;Wert\n"

    def append(self, office, resource, text, **more):
        from ckanext.ierwohnen.tables import publish

        given = {"resource_id": resource["id"], "mode": "append", "upload": upload(text, "einwohner.csv"), **more}
        job = office.call("ierwohnen_table_publish", **given)["job"]
        publish.run(job)
        return office.call("ierwohnen_job_show", id=job)

    @pytest.fixture
    def inhabitants(self, office, quarters, published):
        rows = self.ROWS.format(2024, 1850, 1400, 1900) + self.ROWS.format(2025, 1860, 1410, 1910)
        return published(self.HEAD + rows)

    def test_a_row_is_its_unit_period_and_classes_whatever_the_spelling(self, office, inhabitants):
        again = self.ROWS.format(2025, 1861, 1411, 1911)
        for rows, words in (
            (again.upper(), "11 / 2025"),
            (again.replace("vorstadt", "-Vorstadt "), "11 / 2025"),
            (again.replace("2025", "31.12.2025"), "2025-12-31"),
        ):
            shown = self.append(office, inhabitants, self.HEAD + rows)
            assert shown["state"] == "failed" and words in shown["message"], shown["message"]
        shown = self.append(office, inhabitants, self.HEAD + self.ROWS.format(2026, 1871, 1421, 1921).upper())
        assert shown["state"] == "done", shown["messages"]
        assert office.call("datastore_search", resource_id=inhabitants["id"])["total"] == 9

    def test_another_title_is_another_figure_and_neither_appended_nor_accepted(self, office, inhabitants):
        other = self.HEAD.replace("Einwohner", "Haushalte") + self.ROWS.format(2026, 950, 710, 990)
        shown = self.append(office, inhabitants, other)
        assert shown["state"] == "failed" and "Haushalte" in shown["message"], shown["message"]
        whole = other + self.ROWS.format(2024, 950, 710, 990) + self.ROWS.format(2025, 950, 710, 990)
        assert "Wert" in " ".join(refused(office, inhabitants, whole)["accept_if_clean"])
        untitled = self.HEAD.split("\n", 1)[1] + self.ROWS.format(2026, 1871, 1421, 1921)
        assert self.append(office, inhabitants, untitled, accept_if_clean=True)["state"] == "done"

    def test_what_a_person_says_of_a_column_outlasts_the_title(self, office, inhabitants):
        chosen = [{"column": "Wert", "role": "indicator", "indicator": "population"}]
        text = self.HEAD.replace("Einwohner", "Haushalte") + self.ROWS.format(2026, 1871, 1421, 1921)
        assert self.append(office, inhabitants, text, roles=chosen)["state"] == "done"
        following = text.replace("2026", "2027").replace("1871", "1880")
        assert self.append(office, inhabitants, following, accept_if_clean=True)["state"] == "done"


class TestYearsAsColumns:
    """The next delivery of a wide table is added: new years join, the same are corrected, the others stay."""

    NEXT = """Stadtteil;Nr;31.12.2024;31.12.2025;31.12.2026
Altstadt;11;1870;1895;1901
Schlossvorstadt;12;1401;;1403
Bahnhofsvorstadt;13;1911;1924;.
"""

    @pytest.fixture
    def wide(self, quarters, published):
        return published(WIDE, "haushalte.csv")

    def rows(self, office, resource):
        found = office.call("datastore_search", resource_id=resource["id"])
        years = [field["id"] for field in found["fields"] if field["id"][-4:].isdigit()]
        return years, {
            row["Nr"]: [None if row[year] is None else float(row[year]) for year in years] for row in found["records"]
        }

    def test_new_years_join_and_no_value_is_lost(self, office, wide):
        from ckanext.ierwohnen.tables import publish

        given = {"resource_id": wide["id"], "mode": "append"}
        office.call("ierwohnen_delivery_create", resource_id=wide["id"], upload=upload(self.NEXT, "h26.csv"))
        check = office.call("ierwohnen_table_check", **given)
        texts = " ".join(one["text"] for one in check["differences"])
        assert check["counts"]["error"] == 0 and check["lost"] == []
        assert "31.12.2023" in texts and "31.12.2026" in texts
        job = office.call("ierwohnen_table_publish", **given)["job"]
        publish.run(job)
        assert office.call("ierwohnen_job_show", id=job)["state"] == "done"
        years, rows = self.rows(office, wide)
        assert [year[-4:] for year in years] == ["2023", "2024", "2025", "2026"]
        assert rows == {
            "11": [1850, 1870, 1895, 1901],
            "12": [1400, 1401, 1402, 1403],  # a blank cell takes nothing away
            "13": [1900, 1911, 1924, None],  # "/" of 2024 is now a number
        }
        found = office.call("datastore_search", resource_id=wide["id"], filters={"Nr": "13"})["records"][0]
        assert found["31.12.2026_status"] == "secret" and found["31.12.2024_status"] is None
        assert office.call("datastore_search", resource_id=wide["id"], q="1901")["records"]
        version = office.call("ierwohnen_version_show", resource_id=wide["id"], number=2)
        told = " ".join(one["text"] for one in version["differences"])
        assert "31.12.2026" in told and "31.12.2023" in told and "2 " in told
        info = office.call("datastore_info", id=wide["id"])["fields"]
        assert next(field for field in info if field["id"] == "31.12.2026")["iw_period"] == "2026-12-31"

    def test_a_cron_job_adds_the_year_alone_without_a_click(self, office, wide):
        from ckanext.ierwohnen.tables import publish

        alone = "Stadtteil;Nr;31.12.2026\nAltstadt;11;1901\nSchlossvorstadt;12;1403\nBahnhofsvorstadt;13;1930\n"
        given = {"resource_id": wide["id"], "accept_if_clean": True}
        with pytest.raises(tk.ValidationError):  # in the place of the series it would be a loss
            office.call("ierwohnen_table_publish", **given, upload=upload(alone, "h26.csv"))
        job = office.call("ierwohnen_table_publish", **given, mode="append", upload=upload(alone, "h26.csv"))["job"]
        publish.run(job)
        years, rows = self.rows(office, wide)
        assert len(years) == 4 and rows["11"] == [1850, 1870, 1894, 1901]

    def test_other_headings_of_the_same_year_and_new_units(self, office, wide):
        from ckanext.ierwohnen.tables import publish

        text = "Stadtteil;Nr;2025;2026\nAltstadt;11;1895;1901\nStadt insgesamt;00;5221;5230\n"
        other = upload(text.replace(";2025;2026", ";Stand 31.12.2025;Stand 31.12.2026"), "h.csv")
        job = office.call("ierwohnen_table_publish", resource_id=wide["id"], mode="append", upload=other)["job"]
        publish.run(job)
        shown = office.call("ierwohnen_job_show", id=job)
        assert shown["state"] == "done", shown["messages"]
        years, rows = self.rows(office, wide)
        assert [year[-4:] for year in years] == ["2023", "2024", "2025", "2026"]
        assert rows["11"] == [1850, 1870, 1895, 1901] and rows["00"] == [None, None, 5221, 5230]

    def test_a_year_that_only_the_title_says_does_not_overwrite_the_year_before(self, office, quarters, published):
        from ckanext.ierwohnen.tables import publish

        text = "Bestand am 31.12.2025\n\nNr;Stadtteil;Wohnungen\n11;Altstadt;1894\n12;Schlossvorstadt;1402\n"
        resource = published(text, "bestand.csv")
        following = upload(text.replace("2025", "2026").replace("1894", "1901"), "bestand.csv")
        job = office.call("ierwohnen_table_publish", resource_id=resource["id"], mode="append", upload=following)["job"]
        publish.run(job)
        shown = office.call("ierwohnen_job_show", id=job)
        assert shown["state"] == "failed" and "2026-12-31" in shown["message"], shown["message"]
        rows = office.call("datastore_search", resource_id=resource["id"])["records"]
        assert [float(row["Wohnungen"]) for row in rows] == [1894, 1402]

    def test_rows_of_other_boundaries_or_figures_are_not_put_under_the_published_meaning(self, office, wide):
        from ckanext.ierwohnen.tables import publish

        for role, words in (
            ({"column": "Nr", "role": "note"}, "note"),
            ({"column": "31.12.2025", "role": "indicator", "indicator": "population"}, "population"),
        ):
            given = {"resource_id": wide["id"], "mode": "append", "roles": [role]}
            job = office.call("ierwohnen_table_publish", **given, upload=upload(self.NEXT, "h26.csv"))["job"]
            publish.run(job)
            shown = office.call("ierwohnen_job_show", id=job)
            assert shown["state"] == "failed" and words in shown["message"], shown["message"]

    @pytest.mark.parametrize(("text", "words"), [
        ("Stadtteil;Nr;31.12.2026;Hunde 31.12.2026\nAltstadt;11;1901;3\nSchlossvorstadt;12;1403;4\n", "Hunde"),
        ("Nr;31.12.2026\n11;1901\n12;1403\n", "Stadtteil"),
    ], ids=["another measure", "a column is missing"])  # fmt: skip
    def test_what_does_not_fit_is_refused_by_name(self, office, wide, text, words):
        from ckanext.ierwohnen.tables import publish

        job = office.call(
            "ierwohnen_table_publish", resource_id=wide["id"], mode="append", upload=upload(text, "h.csv")
        )["job"]
        publish.run(job)
        shown = office.call("ierwohnen_job_show", id=job)
        assert shown["state"] == "failed" and words in shown["message"], shown
        assert len(self.rows(office, wide)[0]) == 3
