"""The actions by role, on the databases of `./portal test`."""

from __future__ import annotations

import datetime as dt
import io
import os
from typing import Any

import pytest

pytest.importorskip("ckan")

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.tests import factories
from ckan.tests.helpers import call_action, call_auth
from werkzeug.datastructures import FileStorage

from ckanext.ierwohnen.vault.quiet_jobs import queue_id

from .at_once import at_once
from .test_stock_check import GOOD

pytestmark = [
    pytest.mark.skipif("IERWOHNEN_VAULT_URL" not in os.environ, reason="runs under ./portal test"),
    pytest.mark.ckan_config("ckan.plugins", "ierwohnen_vault ierwohnen_tables ierwohnen_places datastore"),
    pytest.mark.usefixtures("with_plugins", "with_request_context"),
]
TABLE = GOOD.replace("1.054,2", "54,2")
DAY = "2024-12-31"
ACTIONS = ("ierwohnen_stock_check", "ierwohnen_stock_load", "ierwohnen_stock_list", "ierwohnen_stock_delete",
           "ierwohnen_ledger_list")  # fmt: skip


@pytest.fixture
def city(clean_db, clean_index) -> dict[str, Any]:
    """A company with an editor and a member, a rival's admin, a sysadmin who was made a member as well."""
    editor, member, rival, boss = factories.User(), factories.User(), factories.User(), factories.Sysadmin()
    users = [{"name": editor["id"], "capacity": "editor"}, {"name": member["id"], "capacity": "member"},
             {"name": boss["id"], "capacity": "admin"}]  # fmt: skip
    company = factories.Organization(users=users)
    other = factories.Organization(users=[{"name": rival["id"], "capacity": "admin"}])
    return {"company": company, "other": other, "editor": editor, "member": member, "rival": rival, "boss": boss}


def act(name: str, user: dict[str, Any] | None, **data: Any) -> Any:
    context = {"user": user["name"] if user else "", "ignore_auth": False}
    return call_action(name, context, **data)


def upload(text: str = TABLE) -> FileStorage:
    return FileStorage(io.BytesIO(text.encode("cp1252")), filename="bestand.csv")


def load(city: dict[str, Any], text: str = TABLE) -> str:
    """Load as the editor and run the worker's part; the job's id."""
    job = act("ierwohnen_stock_load", city["editor"], organization=city["company"]["name"], reference_date=DAY,
              upload=upload(text), purpose="Jahreslieferung")["job"]  # fmt: skip
    tk.job_from_id(queue_id(job)).perform()
    return job


def test_from_the_upload_to_the_ledger(city, reset_queues):
    checked = act("ierwohnen_stock_check", city["editor"], organization=city["company"]["id"], reference_date=DAY,
                  upload=upload())  # fmt: skip
    assert checked["loadable"] and checked["rows"] == 4
    state = act("ierwohnen_job_show", city["editor"], id=load(city))
    assert (state["state"], state["result"]["rows"], state["done"], state["total"]) == ("done", 4, 4, 4), state
    (listed,) = act("ierwohnen_stock_list", city["member"], organization=city["company"]["name"])
    assert listed["reference_date"] == DAY and listed["rows"] == 4
    proof = act("ierwohnen_stock_delete", city["editor"], organization=city["company"]["name"], reference_date=DAY,
                purpose="Vertragsende")  # fmt: skip
    assert proof["gone"] and proof["rows"] == 4
    ledger = act("ierwohnen_ledger_list", city["member"], organization=city["company"]["name"], purpose="Kontrolle")
    assert [entry["action"] for entry in ledger["results"]] == ["list", "list", "load", "list", "delete", "ledger"]
    assert ledger["chain"]["whole"]
    known = f"{ledger['chain']['number']}:{'0' * 64}"
    again = act("ierwohnen_ledger_list", city["member"], organization=city["company"]["name"], known=known)
    assert not again["chain"]["whole"]
    kept = f"{ledger['chain']['number']}:{ledger['chain']['hash']}"
    compared = act("ierwohnen_ledger_list", city["member"], organization=city["company"]["name"], known=kept)
    assert compared["chain"]["whole"] and "den Sie angegeben haben" in compared["chain"]["message"]
    for text in ("quatsch", "5"):
        with pytest.raises(tk.ValidationError) as refused:
            act("ierwohnen_ledger_list", city["member"], organization=city["company"]["name"], known=text)
        assert list(refused.value.error_dict) == ["known"] and "Doppelpunkt" in refused.value.error_dict["known"][0]


def test_stock_is_of_a_day_that_was(city):
    data = {"organization": city["company"]["name"], "purpose": "p"}
    for day in (dt.date.today() + dt.timedelta(days=2), dt.date(2099, 12, 31), dt.date(1949, 12, 31)):
        for action in ("ierwohnen_stock_check", "ierwohnen_stock_load"):
            with pytest.raises(tk.ValidationError) as refused:
                act(action, city["editor"], **data, upload=upload(), reference_date=day.isoformat())
            assert list(refused.value.error_dict) == ["reference_date"]
    found = act("ierwohnen_stock_check", city["editor"], **data, upload=upload(), reference_date="1950-01-01")
    assert found["loadable"]


def test_rows_by_api(city):
    rows = [{"dwelling": f"W{n}", "net_cold_rent": 412.5, "vacant": n == 1, "rooms": 2} for n in range(3)]
    checked = act("ierwohnen_stock_check", city["editor"], organization=city["company"]["id"], reference_date=DAY,
                  rows=rows)  # fmt: skip
    assert checked["loadable"] and checked["rows"] == 3, checked
    refused = act("ierwohnen_stock_check", city["editor"], organization=city["company"]["id"], reference_date=DAY,
                  rows=[*rows, {"dwelling": "W3", "note": "Schlüssel bei Anna Kowalczyk"}], keep=True)  # fmt: skip
    assert [(one["column"], one["kind"], one["rows"]) for one in refused["personal"]] == [("note", "name", [5])]
    assert "delivery" not in refused


def test_a_checked_table_waits_for_its_load_and_opens_with_its_key_alone(city, reset_queues):
    data = {"organization": city["company"]["name"]}
    kept = act("ierwohnen_stock_check", city["editor"], **data, reference_date=DAY, upload=upload(), keep=True)
    again = {**data, "delivery": kept["delivery"], "key": kept["key"]}
    assert act("ierwohnen_stock_check", city["editor"], **again)["rows"] == 4
    for user, change in ((city["editor"], {"delivery": "x' OR true"}),
                         (city["rival"], {"organization": city["other"]["name"]})):  # fmt: skip
        with pytest.raises(tk.ObjectNotFound):
            act("ierwohnen_stock_check", user, **{**again, **change}, view=True)
    for key in ("x", "", kept["key"][:-4] + "AAA="):  # it waits, but not here: who belongs to the company is told so
        with pytest.raises(tk.ValidationError) as elsewhere:
            act("ierwohnen_stock_check", city["editor"], **{**again, "key": key}, view=True)
        assert list(elsewhere.value.error_dict) == ["key"]
    job = act("ierwohnen_stock_load", city["editor"], **again, purpose="Jahreslieferung")["job"]
    tk.job_from_id(queue_id(job)).perform()
    assert act("ierwohnen_job_show", city["editor"], id=job)["state"] == "done"
    with pytest.raises(tk.ObjectNotFound):
        act("ierwohnen_stock_load", city["editor"], **again, purpose="noch einmal")


def test_a_table_that_is_dropped_or_holds_personal_data_does_not_wait(city):
    data = {"organization": city["company"]["name"], "reference_date": DAY, "keep": True}
    kept = act("ierwohnen_stock_check", city["editor"], **data, upload=upload())
    act("ierwohnen_stock_discard", city["editor"], organization=data["organization"], delivery=kept["delivery"])
    with pytest.raises(tk.ObjectNotFound):
        act("ierwohnen_stock_check", city["editor"], **data, delivery=kept["delivery"], key=kept["key"])
    for heading in ("WE-Nr", "Kürzel"):  # also where no dwelling is recognised
        for column, text, rows in (("Mieter", "Erna Geheim", [3, 4, 6]), ("Farbe", "rot, Frau Geheim-Kowalczyk", [3]),
                                   ("Farbe", "0176 12345678 Geheim", [3])):  # fmt: skip
            table = TABLE.replace("WE-Nr", heading).replace("Farbe", column).replace(";rot", f";{text}")
            found = act("ierwohnen_stock_check", city["editor"], **data, upload=upload(table), view=True)
            told = [(one["column"], one["count"], one["rows"]) for one in found["personal"]]
            assert told == [(column, len(rows), rows)]
            assert not found["loadable"] and "delivery" not in found and "Geheim" not in str(found)


def test_until_a_load_has_ended_no_other_file_of_its_date_is_taken(city, reset_queues):
    data = {"organization": city["company"]["name"], "reference_date": DAY}
    waiting = act("ierwohnen_stock_check", city["editor"], **data, upload=upload(), keep=True)  # stands in nobody's way
    job = act("ierwohnen_stock_load", city["editor"], **data, upload=upload(), purpose="p")["job"]
    again = {"delivery": waiting["delivery"], "key": waiting["key"]}
    for action, more in (("ierwohnen_stock_load", {"upload": upload(), "purpose": "p"}),
                         ("ierwohnen_stock_check", {"upload": upload(), "keep": True}),
                         ("ierwohnen_stock_load", {**again, "purpose": "p"})):  # fmt: skip
        with pytest.raises(tk.ValidationError) as refused:
            act(action, city["editor"], **data, **more)
        assert refused.value.error_dict["job"] == [job]
        (told,) = refused.value.error_dict["upload"]
        assert "31.12.2024" in told or "31 December 2024" in told or DAY in told, told
        assert city["editor"]["name"] in told
    assert act("ierwohnen_stock_check", city["editor"], **data, upload=upload())["rows"] == 4, "looking is free"
    before = {**data, "reference_date": "2023-12-31"}
    other = act("ierwohnen_stock_load", city["editor"], **before, upload=upload(), purpose="p")
    assert other["job"] != job
    tk.job_from_id(queue_id(job)).perform()
    again = act("ierwohnen_stock_load", city["editor"], **data, **again, purpose="p")["job"]
    tk.job_from_id(queue_id(again)).delete()  # a load that nobody will run any more does not lock for good
    assert act("ierwohnen_stock_check", city["editor"], **data, upload=upload(), keep=True)["delivery"]


def test_of_files_for_one_date_sent_at_once_one_is_taken(city, reset_queues):
    data = {"organization": city["company"]["name"], "reference_date": DAY, "purpose": "p"}
    assert act("ierwohnen_stock_check", city["editor"], **data, upload=upload())["loadable"]
    told = at_once(6, lambda _: act("ierwohnen_stock_load", city["editor"], **data, upload=upload()))
    taken = [answer["job"] for answer in told if isinstance(answer, dict)]
    assert len(taken) == 1, told
    assert {answer.error_dict["job"][0] for answer in told if not isinstance(answer, dict)} == set(taken)


def test_what_several_decide_at_once_about_a_table_is_all_kept(city):
    data = {"organization": city["company"]["name"]}
    kept = act("ierwohnen_stock_check", city["editor"], **data, reference_date=DAY, upload=upload(), keep=True)
    waiting = {**data, "delivery": kept["delivery"], "key": kept["key"]}

    def leave_out(row: int) -> Any:
        return act("ierwohnen_stock_repair", city["editor"], **waiting, repair={"action": "row", "row": row + 3})

    at_once(6, leave_out)
    view = act("ierwohnen_stock_check", city["editor"], **waiting, view=True)
    assert sorted(one["row"] for one in view["file"]["repairs"]) == [3, 4, 5, 6, 7, 8]


def test_nothing_is_decided_about_a_table_whose_load_is_ordered(city, reset_queues):
    data = {"organization": city["company"]["name"]}
    kept = act("ierwohnen_stock_check", city["editor"], **data, reference_date=DAY, upload=upload(), keep=True)
    waiting = {**data, "delivery": kept["delivery"], "key": kept["key"]}
    job = act("ierwohnen_stock_load", city["editor"], **waiting, purpose="p")["job"]
    for action, given in (
        ("ierwohnen_stock_repair", {**waiting, "repair": {"action": "row", "row": 3}}),
        ("ierwohnen_stock_repair", {**waiting, "repair": {"action": "row", "row": 3}, "take_back": True}),
        ("ierwohnen_stock_discard", {**data, "delivery": kept["delivery"]}),
    ):
        with pytest.raises(tk.ValidationError) as refused:
            act(action, city["editor"], **given)
        assert refused.value.error_dict["job"] == [job]
    tk.job_from_id(queue_id(job)).perform()
    assert act("ierwohnen_job_show", city["editor"], id=job)["result"]["rows"] == 4


def test_stock_is_not_deleted_under_a_load_that_would_bring_it_back(city, reset_queues):
    load(city)
    data = {"organization": city["company"]["name"], "reference_date": DAY, "purpose": "p"}
    job = act("ierwohnen_stock_load", city["editor"], **data, upload=upload())["job"]
    with pytest.raises(tk.ValidationError) as refused:
        act("ierwohnen_stock_delete", city["editor"], **data)
    assert refused.value.error_dict["job"] == [job]
    assert len(act("ierwohnen_stock_list", city["editor"], organization=data["organization"])) == 1
    tk.job_from_id(queue_id(job)).perform()
    assert act("ierwohnen_stock_delete", city["editor"], **data)["gone"]
    assert act("ierwohnen_stock_list", city["editor"], organization=data["organization"]) == []


def test_nobody_else_and_no_sysadmin(city, reset_queues):
    load(city)
    data = {"organization": city["company"]["name"], "reference_date": DAY, "purpose": "p", "upload": upload()}
    for name in ACTIONS:
        for user in (city["rival"], city["boss"]):
            with pytest.raises(tk.ObjectNotFound) as hidden:
                act(name, user, **data)
            with pytest.raises(tk.ObjectNotFound) as missing:
                act(name, user, **{**data, "organization": "no-such-company"})
            assert str(hidden.value) == str(missing.value)
        with pytest.raises((tk.NotAuthorized, tk.ObjectNotFound)):
            call_auth(name, {"user": "", "model": model}, organization=city["company"]["name"])
    for name in ("ierwohnen_stock_load", "ierwohnen_stock_delete", "ierwohnen_stock_check"):
        with pytest.raises(tk.NotAuthorized):
            act(name, city["member"], **data)
    with pytest.raises(tk.ObjectNotFound):  # even where authorization is skipped, the door itself refuses
        call_action("ierwohnen_stock_list", {"user": city["boss"]["name"]}, organization=city["company"]["name"])


def test_a_job_is_seen_by_its_company_alone(city, reset_queues):
    job = load(city)
    for user in (city["rival"], city["boss"]):
        for asked in (job, "stock-00000000-0000-4000-8000-000000000000", "stock-x' OR 1=1"):
            with pytest.raises(tk.ObjectNotFound):
                act("ierwohnen_job_show", user, id=asked)


def test_a_refused_table_leaves_nothing_behind(city, reset_queues, caplog):
    job = load(city, TABLE.replace("412,34", "Kanarienwert").replace("Farbe", "Mieter").replace(";rot", ";Erna Geheim"))
    state = act("ierwohnen_job_show", city["editor"], id=job)
    assert state["state"] == "failed"
    assert {"no-number"} <= {problem["code"] for problem in state["result"]["problems"]}
    assert [found["column"] for found in state["result"]["personal"]] == ["Mieter"]
    assert act("ierwohnen_stock_list", city["editor"], organization=city["company"]["name"]) == []
    assert not any(word in f"{state}{caplog.text}" for word in ("Kanarienwert", "Geheim"))


def test_the_queue_holds_no_value_and_the_store_no_plain_text(city, reset_queues, caplog):
    import psycopg2
    from ckan.lib.redis import connect_to_redis

    data = {"organization": city["company"]["name"], "reference_date": DAY, "keep": True}
    text = TABLE.replace("rot", "Kanarienwert")
    seen = act("ierwohnen_stock_check", city["editor"], **data, upload=upload(text), view=True)["file"]
    assert seen["encoding"] == "Windows-1252" and seen["header_rows"] == [2]
    assert [row["row"] for row in seen["rows"]] == [3, 4, 5, 6]
    assert [";".join(row["cells"]) for row in seen["rows"]] == text.splitlines()[2:6]
    found = act("ierwohnen_stock_check", city["editor"], **data, upload=upload(text))
    assert "file" not in found and "Kanarienwert" not in f"{found}{caplog.text}"
    act("ierwohnen_stock_load", city["editor"], organization=city["company"]["name"], reference_date=DAY,
        upload=upload(TABLE.replace("rot", "Kanarienwert")), purpose="p")  # fmt: skip
    redis = connect_to_redis()
    held = b""
    for key in redis.scan_iter("*"):
        kind = redis.type(key)
        held += redis.dump(key) or b""
        held += b"".join(redis.hgetall(key).values()) if kind == b"hash" else b""
    assert held and b"Kanarienwert" not in held and b"Lindenstr" not in held
    with psycopg2.connect(os.environ["CKAN_SQLALCHEMY_URL"]) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT query_to_xml('SELECT * FROM ierwohnen_job', true, false, '')::text")
        assert "Kanarienwert" not in cursor.fetchone()[0]


@pytest.mark.parametrize(
    ("change", "field"),
    [({"reference_date": "31.12.2024"}, "reference_date"), ({"upload": None, "rows": None}, "upload"),
     ({"upload": "text"}, "upload"), ({"rows": "[1]", "upload": None}, "rows"), ({"columns": "[]"}, "columns"),
     ({"purpose": "  "}, "purpose"), ({"upload": FileStorage(io.BytesIO(b"%PDF-1.4"), filename="x.pdf")}, "upload")],
)  # fmt: skip
def test_what_is_wrong_is_named_by_field(city, change, field):
    data = {"organization": city["company"]["name"], "reference_date": DAY, "purpose": "p", "upload": upload()} | change
    data = {name: value for name, value in data.items() if value is not None}
    name = "ierwohnen_stock_load" if field == "purpose" else "ierwohnen_stock_check"
    with pytest.raises(tk.ValidationError) as refused:
        act(name, city["editor"], **data)
    assert field in refused.value.error_dict


def test_the_doctor_by_ckans_command(cli):
    from ckanext.ierwohnen.vault.cli import ierwohnen_vault

    done = cli.invoke(ierwohnen_vault, ["doctor", "--language", "en"])
    assert done.exit_code == 0, done.output
    assert "✓ CKAN and the DataStore are turned away at the door" in done.output


def test_a_load_of_far_fewer_dwellings_has_to_be_confirmed(city, reset_queues):
    data = {"organization": city["company"]["name"], "reference_date": DAY, "purpose": "p"}
    many = [{"dwelling": f"W{n}", "rooms": 2} for n in range(30)]

    def loaded(rows: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
        job = act("ierwohnen_stock_load", city["editor"], **data, **more, rows=rows)["job"]
        tk.job_from_id(queue_id(job)).perform()
        return act("ierwohnen_job_show", city["editor"], id=job)

    assert loaded(many)["state"] == "done", "there is nothing before it"
    found = act("ierwohnen_stock_check", city["editor"], **data, rows=many[:10])
    assert found["loadable"] and found["confirm"] == ["large-change"]
    refused = loaded(many[:10])
    assert refused["state"] == "failed" and "vor dem Laden bestätigen" in refused["message"]
    assert "confirm_change" not in refused["message"]
    (version,) = act("ierwohnen_stock_list", city["editor"], organization=data["organization"])
    assert version["rows"] == 30
    data["reference_date"] = "2025-12-31"
    assert loaded(many[:10])["state"] == "failed", "the next year's as well"
    data["reference_date"] = DAY
    assert loaded(many[:10], confirm_change=True)["state"] == "done"
    assert loaded(many[:9])["state"] == "done"


def test_what_was_decided_holds_for_another_file_of_the_same_columns(city, reset_queues):
    data = {"organization": city["company"]["name"], "reference_date": DAY, "keep": True}
    wrong = TABLE.replace("412,34", "viel") + "Summe;;;;;;;;;;;9;;;;\n"
    first = act("ierwohnen_stock_check", city["editor"], **data, upload=upload(wrong))
    kept = {"organization": data["organization"], "delivery": first["delivery"], "key": first["key"]}
    repairs = [{"action": "blank", "column": "NKM in €", "code": "no-number"},
               {"action": "rows", "column": "WE-Nr", "code": "total-row"}, {"action": "row", "row": 4}]  # fmt: skip
    assert len(act("ierwohnen_stock_repair", city["editor"], **kept, repair=repairs)["repairs"]) == 3
    assert act("ierwohnen_stock_check", city["editor"], **kept)["loadable"]
    again = act("ierwohnen_stock_check", city["editor"], **kept, keep=True, upload=upload(wrong.replace("rot", "gelb")))
    assert not again["loadable"] and again["reference_date"] == DAY
    assert again["carried"]["kept"] == "1 Zeile ausgelassen (Summenzeilen)"
    assert again["carried"]["left"] == "Werte leer gelassen (keine Zahl), 1 Zeile ausgelassen"
    with pytest.raises(tk.ObjectNotFound):
        act("ierwohnen_stock_check", city["editor"], **kept)
    kept |= {"delivery": again["delivery"], "key": again["key"]}
    act("ierwohnen_stock_repair", city["editor"], **kept, repair=repairs[0])
    found = act("ierwohnen_stock_check", city["editor"], **kept)
    assert found["loadable"] and found["rows"] == 4
    act("ierwohnen_stock_repair", city["editor"], **kept, repair=repairs[0], take_back=True)
    assert not act("ierwohnen_stock_check", city["editor"], **kept)["loadable"]
    act("ierwohnen_stock_repair", city["editor"], **kept, repair=repairs[0])
    job = act("ierwohnen_stock_load", city["editor"], **kept, purpose="p")["job"]
    tk.job_from_id(queue_id(job)).perform()
    result = act("ierwohnen_job_show", city["editor"], id=job)["result"]
    met = [(one["action"], one["cells"], one["rows"]) for one in result["repairs"]]
    assert met == [("rows", 1, [7]), ("blank", 1, [3])]
    assert "Zeile 3" in result["repairs"][1]["text"] and "viel" not in str(result)
    refused = act("ierwohnen_stock_check", city["editor"], **data, upload=upload(wrong))
    personal = TABLE.replace("Farbe", "Mieter").replace(";rot", ";Erna Geheim")
    kept |= {"delivery": refused["delivery"], "key": refused["key"]}
    assert act("ierwohnen_stock_check", city["editor"], **kept, keep=True, upload=upload(personal))["personal"]
    assert act("ierwohnen_stock_check", city["editor"], **kept)["rows"] == 5, "the one before still waits"
