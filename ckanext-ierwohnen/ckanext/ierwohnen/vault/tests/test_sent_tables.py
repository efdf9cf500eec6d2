"""What a client sends is loaded as it says, or refused by the name of the parameter; nothing is silently left out."""

from __future__ import annotations

import os

import pytest

pytest.importorskip("ckan")

import ckan.plugins.toolkit as tk

from ckanext.ierwohnen.vault.quiet_jobs import queue_id

from .test_actions import DAY, act, city, upload  # noqa: F401

pytestmark = [
    pytest.mark.skipif("IERWOHNEN_VAULT_URL" not in os.environ, reason="runs under ./portal test"),
    pytest.mark.ckan_config("ckan.plugins", "ierwohnen_vault ierwohnen_tables ierwohnen_places datastore"),
    pytest.mark.usefixtures("with_plugins", "with_request_context"),
]


def test_what_waits_is_loaded_and_nothing_beside_it_is_silently_left_out(city, reset_queues):  # noqa: F811
    data = {"organization": city["company"]["name"]}
    rows = [{"dwelling": f"W{n}", "rooms": 2} for n in range(3)]
    kept = act("ierwohnen_stock_check", city["editor"], **data, reference_date=DAY, rows=rows, keep=True)
    waiting = {**data, "delivery": kept["delivery"], "key": kept["key"]}
    for more in ({"rows": rows[:1]}, {"upload": upload()}, {"reference_date": "2023-12-31"}):
        with pytest.raises(tk.ValidationError) as refused:
            act("ierwohnen_stock_load", city["editor"], **waiting, purpose="p", **more)
        assert list(refused.value.error_dict) == list(more) and refused.value.error_dict[next(iter(more))][0]
    assert act("ierwohnen_stock_list", city["editor"], **data) == []
    job = act("ierwohnen_stock_load", city["editor"], **waiting, purpose="p", reference_date=DAY)["job"]
    tk.job_from_id(queue_id(job)).perform()
    assert act("ierwohnen_job_show", city["editor"], id=job)["result"]["rows"] == 3


def test_columns_say_what_names_do_not_and_hold_for_what_waits(city, reset_queues):  # noqa: F811
    data = {"organization": city["company"]["name"], "reference_date": DAY}
    rows = [{"dwelling": f"W{n}", "rooms": 2, "Miete kalt 2024": 400.125, "storeys": 3} for n in range(3)]
    wish = {"rows": rows, "columns": {"Miete kalt 2024": "net_cold_rent", "storeys": ""}}
    kept = act("ierwohnen_stock_check", city["editor"], **data, **wish, keep=True)
    fields = {one["column"]: one["field"] for one in kept["columns"]}
    assert fields == {"dwelling": "dwelling", "rooms": "rooms", "Miete kalt 2024": "net_cold_rent", "storeys": ""}
    waiting = {"organization": data["organization"], "delivery": kept["delivery"], "key": kept["key"]}
    for more in (waiting, {**data, **wish}):
        job = act("ierwohnen_stock_load", city["editor"], **more, purpose="p")["job"]
        tk.job_from_id(queue_id(job)).perform()
        (version,) = act("ierwohnen_stock_list", city["editor"], organization=data["organization"])
        assert sorted(version["columns"]) == ["dwelling", "net_cold_rent", "rooms"]
    unknown = act("ierwohnen_stock_check", city["editor"], **data, rows=rows, columns={"Miete": "net_cold_rent"})
    errors = [(one["code"], one["column"]) for one in unknown["problems"] if one["severity"] == "error"]
    assert errors == [("unknown-field", "Miete")]
    with pytest.raises(tk.ValidationError) as refused:
        act("ierwohnen_stock_check", city["editor"], **data, rows=rows, columns={"rooms": "zimmer"})
    (told,) = refused.value.error_dict["columns"]
    assert "zimmer" in told and "net_cold_rent" in told


@pytest.mark.parametrize("purpose", ["a\x01b", "x" * 501, " "])
def test_a_wrong_purpose_is_told_as_such(city, reset_queues, purpose):  # noqa: F811
    data = {"organization": city["company"]["name"], "purpose": purpose}
    of_day = {"reference_date": DAY}
    for action, more in (("ierwohnen_stock_list", {}), ("ierwohnen_stock_load", {**of_day, "upload": upload()}),
                         ("ierwohnen_stock_delete", of_day), ("ierwohnen_ledger_list", {})):  # fmt: skip
        with pytest.raises(tk.ValidationError) as refused:
            act(action, city["editor"], **data, **more)
        assert list(refused.value.error_dict) == ["purpose"], action
