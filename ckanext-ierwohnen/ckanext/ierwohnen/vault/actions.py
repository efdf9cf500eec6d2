"""Actions for a company's own stock and its ledger: authorize, validate, then act."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.ierwohnen.places import holding
from ckanext.ierwohnen.places.lookup import readable_level_keys
from ckanext.ierwohnen.tables.reading import read_table
from ckanext.ierwohnen.tables.unreadable import TableUnreadable
from ckanext.ierwohnen.tables.wording import reader_language
from ckanext.ierwohnen.vault import deliveries, quiet_jobs, schema, settings, stock_jobs
from ckanext.ierwohnen.vault.door import StockVersion, stock_versions
from ckanext.ierwohnen.vault.earlier_stock import earlier_stock
from ckanext.ierwohnen.vault.errors import MESSAGES, VaultError
from ckanext.ierwohnen.vault.file_view import file_view, to_decide
from ckanext.ierwohnen.vault.journal import read_ledger
from ckanext.ierwohnen.vault.ledger import Entry, verify
from ckanext.ierwohnen.vault.loading import delete_stock
from ckanext.ierwohnen.vault.open_loads import JOB, in_turn, refuse_ordered, refuse_second
from ckanext.ierwohnen.vault.personal_column import PersonalColumn
from ckanext.ierwohnen.vault.reader import Reader, ledger_text
from ckanext.ierwohnen.vault.readers import LOADING, reader_of
from ckanext.ierwohnen.vault.repair_texts import summary
from ckanext.ierwohnen.vault.repair_texts import told as told_of
from ckanext.ierwohnen.vault.sent_file import UPLOAD, what_helps, what_is_wrong
from ckanext.ierwohnen.vault.sent_rows import table_of
from ckanext.ierwohnen.vault.stock_check import StockCheck
from ckanext.ierwohnen.vault.stock_problem import StockProblem
from ckanext.ierwohnen.vault.stock_repairs import Repair, added, assigned, fitting, repair_of, taken_back
from ckanext.ierwohnen.vault.unkept import keep_out_of_caches

OPEN = ("waiting", "running")
REPORTED = ("rows", "unmatched", "version", "repairs", "unchanged")
_FIELDS = {"no-purpose": "purpose", "delivery-elsewhere": "key"}  # which parameter an error is about


@contextmanager
def told(field: str) -> Iterator[None]:
    """Turn what the store and the reading refuse into CKAN's errors, in the reader's language."""
    failure: Exception | None = None
    try:
        with stock_jobs.calm(tk.ValidationError):
            yield
    except TableUnreadable as error:
        texts = [tell(error.code, error.params, reader_language()) for tell in (what_is_wrong, what_helps)]
        failure = tk.ValidationError({field: [" ".join(text for text in texts if text)]})
    except VaultError as error:
        sentence = error.message(reader_language())
        if error.code in ("not-yours", "delivery-gone"):
            failure = tk.ObjectNotFound(sentence)
        else:
            about = error.params["field"] if error.code == "text-refused" else _FIELDS.get(error.code, field)
            wrong = {about: [sentence]}
            failure = tk.ValidationError(wrong | ({"job": [error.params["job"]]} if "job" in error.params else {}))
    if failure:
        raise failure


def ierwohnen_stock_check(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Check a company's table of dwellings; nothing of it is kept, unless that is asked for.

    :param organization: the company's id or name
    :param reference_date: day to which the table applies, `2025-12-31`
    :param upload: the file (multipart/form-data), or
    :param rows: the dwellings as a list of objects, the fields' names as keys, or
    :param delivery, key: a table that was kept by an earlier check; with an `upload` or `rows` the one whose place they
        take: what was decided about it holds for the new one as far as that has the columns, but for those about
        rows (except rows of totals) and about all values with a problem (`carried`: `kept`, `left`)
    :param columns: column to field of the record, where the names of the columns do not say it; blank if it is not
        loaded. All other columns are what was decided for the stock of the same date, or else of the date before, or
        what their names say
    :param view: true to get `file` as well: what was recognised of the file, its first rows with those that have
        problems, and what can be decided: `values` that cannot be read, `addresses` with suggestions, `repairs` so far.
        It is the only part with cells, for the sender alone; without it, and of a table with personal data, there is
        none
    :param problems_only: true to get only the rows that have problems
    :param keep: true to let the table wait in the protected store, encrypted with a key that only the answer holds;
        one with personal data is not kept, nor one for a date of which another is being loaded
    :returns: `loadable`, `rows`, `reference_date`, `confirm` (codes of the problems that `ierwohnen_stock_load` wants
        confirmed), `unchanged` (the stock of the date is exactly this already), `columns` (column, state, field),
        `problems` (code, column, count, rows, message, remedy, severity, `may`: `rows` if they can be left out,
        `blank` if the values can, `above` if addresses can be taken from the row above; of dwelling numbers that stand
        there more than once also `keys`, the fields with which each stands once, how many rows would be `left` out, and
        whether these are few and `alike`), `personal` (where, column, sheet, kind, count, rows, place, message,
        remedy),
        `unmatched` (row, way) and `addresses` (way → number), no cell; and `delivery` with `key` if it was kept
    """
    tk.check_access("ierwohnen_stock_check", context, data_dict)
    data = schema.validated(data_dict, schema.stock_check())
    organization, reader, store = _organization(data), reader_of(context, LOADING), settings.store()
    with told("upload"):
        content, day, repairs = _given(data, reader, organization)
        if data["keep"]:
            refuse_second(store, organization, day)
        table, register = read_table(content, UPLOAD), settings.register()
        anew = _sent(data)
        repairs, left = fitting(repairs, table.names) if anew else (repairs, [])
        repairs = assigned(repairs, data.get("columns") or {})
        earlier = earlier_stock(store, reader, organization, day, settings.keys(), _names(context))
        check = StockCheck(table, day, None, register, content, repairs, earlier).run()
        found = {**_checked(check), "reference_date": day.isoformat()}
        if anew and data.get("delivery"):
            language = reader_language()
            found["carried"] = {"kept": summary(check.repairs.counted(), language), "left": summary(left, language)}
        if data["view"] and not check.personal:
            rows = {row for problem in check.problems() for row in problem.rows}
            found["file"] = file_view(table, rows, data["problems_only"]) | to_decide(check, register)
        if check.personal and data.get("delivery") and not anew:
            deliveries.discard(store, reader, organization, data["delivery"])
        elif data["keep"] and not check.personal and (anew or not data.get("delivery")):
            found["delivery"], found["key"] = deliveries.put(store, reader, organization, day, content, repairs)
            if data.get("delivery"):
                deliveries.discard(store, reader, organization, data["delivery"])
    return found


def ierwohnen_stock_load(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Load a company's table for a reference date as a job; a version of the same date is replaced.

    As long as one is being loaded another one for the same date is refused, with the `job` of the first. What is there
    already exactly so is not loaded anew (`unchanged` in the job's result); releases made of it stay as they are.

    The upload waits encrypted in the protected store, its key in the queue; both are gone when the job has ended. What
    was decided about it (`ierwohnen_stock_repair`) is carried out, and the ledger says how much that was.

    :param purpose: what the data are delivered for; it goes to the company's ledger
    :param confirm_change: true if it is right that the number of dwellings differs by more than a third from the stock
        of the same date, or else of the date before, that more than a third of the loaded dwellings are missing in the
        table, that places which had dwellings have none any more, or that five or more rows are left out because their
        number stands there already; without it such a load is refused
    :returns: `{"job": id}`, to be followed with `ierwohnen_job_show`

    The other parameters are those of `ierwohnen_stock_check`; a table that waits (`delivery`) is loaded as it is:
    `upload`, `rows` or another `reference_date` beside it are refused.
    """
    tk.check_access("ierwohnen_stock_load", context, data_dict)
    data = schema.validated(data_dict, schema.stock_load())
    for name in ("upload", "rows"):
        if data.get("delivery") and data.get(name) is not None:
            sentence = tk._("What waits is loaded as it was checked. Leave this out, or check the new table first")
            raise tk.ValidationError({name: [sentence]})
    organization, reader = _organization(data), reader_of(context, LOADING)
    with told("upload"), in_turn(organization):
        purpose = ledger_text("purpose", data["purpose"])
        content, day, repairs = _given(data, reader, organization)
        refuse_second(settings.store(), organization, day)
        decided = summary(assigned(repairs, data.get("columns") or {}), reader_language())
        purpose = ledger_text("purpose", f"{purpose} ({decided})" if decided else purpose)
        delivery, key = data.get("delivery"), data.get("key")
        if not delivery:
            delivery, key = deliveries.put(settings.store(), reader, organization, day, content)
        # When it has ended, the queue has forgotten key and purpose: what came of it is noted in the store.
        args = [delivery, organization, reader.name, key, day.isoformat(), purpose]
        args += [data.get("columns"), data["confirm_change"]]
        quiet_jobs.enqueue(stock_jobs.run, args, JOB + delivery)
    return {"job": JOB + delivery}


def ierwohnen_stock_repair(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Decide about a table that waits after its check; it is kept with the table, encrypted like it.

    :param organization: the company's id or name
    :param delivery, key: as `ierwohnen_stock_check` gave them
    :param repair: an object, or a list of them, with `action`: `column` (`column`, `field`: it is that field, not
        loaded if blank), `value` (`column`, `value`, `becomes`: each such cell counts as that, as no entry if blank),
        `cell` (`column`, `row`: no entry), `blank` (`column`, `code` of a problem: all its cells count as no entry),
        `row` (`row`: it is left out), `rows` (`column`, `code`: all its rows are left out; of a dwelling that stands
        there more than once all but the first), `key` (`column`, `with`: its numbers name a dwelling only together with
        these fields, one of a problem's `keys`; by themselves if blank), `above` (`column`, of the street: a blank
        address is that of the row above) or `address` (`street`, `house_number`, `postcode`, `place` as written,
        `address`: id of a suggestion)
    :param take_back: true to take these repairs back
    :returns: `repairs`: all that are decided
    """
    tk.check_access("ierwohnen_stock_repair", context, data_dict)
    data = schema.validated(data_dict, schema.stock_repair())
    organization, reader, store = _organization(data), reader_of(context, LOADING), settings.store()
    with told("repair"), in_turn(organization):
        refuse_ordered(store, organization, data["delivery"])
        repairs = [repair_of(one) for one in data["repair"]]
        kept = deliveries.look(store, reader, organization, data["delivery"], data["key"])[2]
        for repair in repairs:
            if not data["take_back"] and repair["action"] == "address":
                register = settings.register()
                if register is None or register.by_id(str(repair["address"])) is None:
                    raise VaultError("repair-wrong", needed="address")
            kept = taken_back(kept, repair) if data["take_back"] else added(kept, repair)
        deliveries.decide(store, reader, organization, data["delivery"], data["key"], kept)
    return {"repairs": kept}


def ierwohnen_stock_discard(context: Context, data_dict: dict[str, Any]) -> None:
    """Forget a table that waits after its check.

    :param organization: the company's id or name
    :param delivery: as `ierwohnen_stock_check` gave it
    """
    tk.check_access("ierwohnen_stock_discard", context, data_dict)
    data = schema.validated(data_dict, schema.stock_discard())
    organization, store = _organization(data), settings.store()
    with told("delivery"), in_turn(organization):
        refuse_ordered(store, organization, data["delivery"])
        deliveries.discard(store, reader_of(context, LOADING), organization, data["delivery"])


def ierwohnen_stock_list(context: Context, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """The reference dates of a company's own stock, newest first, with their counts.

    :param organization: the company's id or name
    :param purpose: what for; it goes to the company's ledger (default: overview)
    """
    tk.check_access("ierwohnen_stock_list", context, data_dict)
    data = schema.validated(data_dict, schema.reading())
    with told("organization"):
        found = stock_versions(settings.store(), reader_of(context), _organization(data), purpose=data["purpose"])
    return [_version(version) for version in found]


def ierwohnen_stock_delete(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Delete a company's stock of one reference date for good.

    As long as a table of that date is being loaded this is refused, with the `job` of the load.

    :param organization: the company's id or name
    :param reference_date: the day
    :param purpose: why; it goes to the company's ledger
    :returns: `rows`, `fingerprint` (SHA-256 of what was loaded) and `gone`: the database no longer has a table of it
    """
    tk.check_access("ierwohnen_stock_delete", context, data_dict)
    data = schema.validated(data_dict, schema.stock_delete())
    organization, reader, store = _organization(data), reader_of(context, LOADING), settings.store()
    with told("reference_date"), in_turn(organization):
        refuse_second(store, organization, data["reference_date"])
        proof = delete_stock(store, reader, organization, data["reference_date"], purpose=data["purpose"])
    return {"version": proof.version, "rows": proof.rows, "fingerprint": proof.fingerprint, "gone": proof.gone}


def ierwohnen_ledger_list(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """A company's own ledger: who read, loaded, deleted what, when and for which purpose.

    :param organization: the company's id or name
    :param from, to: days
    :param known: `NUMBER:HASH` of an entry kept from earlier, to see whether the chain still holds it; else refused
    :returns: `count`, `results`, and `chain`: `whole`, `message`, number and hash of the last entry
    """
    tk.check_access("ierwohnen_ledger_list", context, data_dict)
    data = schema.validated(data_dict, schema.reading())
    with told("organization"):
        entries = read_ledger(settings.store(), reader_of(context), _organization(data), data["purpose"])
    verdict = verify(entries, data.get("known"))
    chosen = [entry for entry in entries if _within(entry, data.get("from"), data.get("to"))]
    page = chosen[data["offset"] : data["offset"] + data["limit"]]
    return {
        "count": len(chosen),
        "results": [vars(entry) for entry in page],
        "chain": {
            "whole": verdict.whole,
            "message": verdict.text(reader_language()),
            "number": entries[-1].number,
            "hash": entries[-1].hash,
        },
    }


def stock_job(context: Context, job: str) -> dict[str, Any]:
    """How far a load is, in the form of `ierwohnen_job_show`; for members of its company only."""
    keep_out_of_caches()
    with told("id"):
        store, reader, number = settings.store(), reader_of(context), job.removeprefix(JOB)
        delivery = deliveries.find(store, reader, number)
        if delivery.state in OPEN and not holding.is_queued(quiet_jobs.queue_id(job)):
            delivery = deliveries.find(store, reader, number)  # it may have ended between the two looks
            if delivery.state in OPEN:
                lost = {"code": "load-not-closed", "params": {}}
                delivery = dataclasses.replace(delivery, state="failed", outcome=lost)
    outcome = delivery.outcome or {}
    code = outcome.get("code")
    sentence = ""
    if code == "refused-table":
        sentence = tk._("The table has errors; nothing was loaded.")
    elif code:
        params = outcome.get("params", {})
        say = VaultError(code, **params).message if code in MESSAGES else partial(what_is_wrong, code, params)
        sentence = say(reader_language())
    return {
        "id": job, "kind": "stock", "state": delivery.state, "step": "load", "step_text": tk._("Loading dwellings"),
        "done": delivery.done, "total": delivery.total, "message": sentence, "messages": [sentence] if sentence else [],
        "result": _result(outcome),
    }  # fmt: skip


def _result(outcome: dict[str, Any]) -> dict[str, Any]:
    language = reader_language()
    result = {name: value for name, value in outcome.items() if name in REPORTED}
    if result.get("repairs"):
        result["decided"] = summary(result["repairs"], language)
        result["repairs"] = [{**one, "text": told_of(one, language)} for one in result["repairs"]]
    if "problems" in outcome:
        result["problems"] = [StockProblem.of(stored).as_dict(language) for stored in outcome["problems"]]
    if "personal" in outcome:
        result["personal"] = [_personal(PersonalColumn.of(stored)) for stored in outcome["personal"]]
    return result


def _personal(found: PersonalColumn) -> dict[str, Any]:
    language = reader_language()
    return {
        "column": found.column, "kind": found.kind, "where": found.where, "sheet": found.sheet, "count": found.count,
        "rows": list(found.rows), "place": found.place(language), "message": found.message(language),
        "remedy": found.remedy(language),
    }  # fmt: skip


def _organization(data: dict[str, Any]) -> str:
    return str(model.Group.get(data["organization"]).id)


def _given(data: dict[str, Any], reader: Reader, organization: str) -> tuple[bytes, dt.date, list[Repair]]:
    """The table, its reference date and what was decided about it, or about the one whose place it takes."""
    kept = None
    if data.get("delivery"):
        kept = deliveries.look(settings.store(), reader, organization, data["delivery"], data.get("key") or "")
        if not _sent(data):
            if data.get("reference_date") not in (None, kept[1]):
                sentence = tk._("What waits is for another reference date. Leave this out, or send the table anew")
                raise tk.ValidationError({"reference_date": [sentence]})
            return kept
    content, day = _content(data), data.get("reference_date") or (kept and kept[1])
    if not day:
        raise tk.ValidationError({"reference_date": [tk._("State the reference date")]})
    return content, day, kept[2] if kept else []


def _sent(data: dict[str, Any]) -> bool:
    """Whether a table comes with the call."""
    return data.get("upload") is not None or bool(data.get("rows"))


def _names(context: Context) -> dict[str, dict[str, str]]:
    """What the units of each level are called."""
    return {f"{keys.system}/{keys.level}": dict(keys.units) for keys in readable_level_keys(context)}


def _content(data: dict[str, Any]) -> bytes:
    if data.get("upload") is not None:
        return data["upload"]
    if not data.get("rows"):
        raise tk.ValidationError({"upload": [tk._("Send a file or rows")]})
    return table_of(data["rows"])


def _checked(check: StockCheck) -> dict[str, Any]:
    language, matched = reader_language(), check.addresses
    return {
        "loadable": check.loadable,
        "confirm": check.to_confirm,
        "unchanged": check.unchanged,
        "rows": check.rows,
        "columns": [
            {"column": name, "state": str(state), "field": field} for name, (state, field) in check.columns().items()
        ],
        "problems": [problem.as_dict(language) for problem in check.problems()],
        "personal": [_personal(found) for found in check.personal],
        "unmatched": [{"row": row, "way": way} for row, way in (matched.unmatched if matched else ())],
        "addresses": dict(matched.ways if matched else {}),
    }


def _version(version: StockVersion) -> dict[str, Any]:
    return {
        "reference_date": version.reference_date.isoformat(),
        "rows": version.rows,
        "unmatched": version.unmatched,
        "columns": list(version.columns),
        "sealed": version.sealed,
        "loaded_at": version.loaded_at.isoformat(),
        "loaded_by": version.loaded_by,
    }


def _within(entry: Entry, first: dt.date | None, last: dt.date | None) -> bool:
    day = dt.date.fromisoformat(entry.at[:10])
    return (first is None or day >= first) and (last is None or day <= last)
