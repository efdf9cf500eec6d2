"""A release as readers get it: what was agreed on, figures with their signs, and for owners report and steps."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from ckanext.ierwohnen.look.numbers import format_number
from ckanext.ierwohnen.look.signs import Status, vocabulary
from ckanext.ierwohnen.releases.catalogue import catalogue
from ckanext.ierwohnen.releases.cells import COUNTED, counted, status_of
from ckanext.ierwohnen.releases.phases import ADVISING, FOR_ANOTHER, PHASES, READING
from ckanext.ierwohnen.releases.repeats import said_before
from ckanext.ierwohnen.releases.states import State, Taken
from ckanext.ierwohnen.releases.store import Release
from ckanext.ierwohnen.releases.texts import TEXTS, say
from ckanext.ierwohnen.tables.wording import reader_language
from ckanext.ierwohnen.vault.errors import VaultError

OURS = ("check-too-long", "check-too-large", "overtaken")  # how a check fails that a person reads more of
REASONS = ("reasons", "hidden")  # parts of a report, see `reasons.why_hidden`


def listed(release: Release) -> dict[str, Any]:
    """What a list tells of a release."""
    definition = release.definition
    found = {
        "id": release.id,
        "number": release.number,
        "title": definition.title,
        "state": str(release.state),
        "since": release.since.isoformat(),
        "owners": list(definition.owners),
        "reference_date": definition.reference_date.isoformat(),
        "figures": list(definition.figures),
        "level": definition.level,
        "dimensions": list(definition.dimensions),
        "audience": definition.audience.stored(),
        "purpose": definition.purpose,
        "agreement": definition.agreement,
        "valid_until": definition.valid_until.isoformat(),
        "replaces": definition.replaces if release.owned else None,  # its readers were perhaps others
        "owned": release.owned,
    }
    if release.owned:
        found |= {
            "open": sorted(release.case.open),
            "consents": list(definition.consents),
            "decide_by": definition.decide_by.isoformat() if definition.decide_by else None,
            "overdue": release.overdue,
            "outdated": release.outdated,
            "stopped": release.stopped,
        }
    return found


def shown(release: Release, content: dict[str, Any], acting: bool = False) -> dict[str, Any]:
    """The whole of it.

    :param content: `cells` and `report` as the store gives them
    :param acting: whether the reader prepares or approves for an owner: why figures are kept secret is for these alone
    """
    found = listed(release)
    language = reader_language()
    cells, report = content["cells"] or [], content["report"]
    again = said_before(cells, release.definition.dimensions, release.definition.level)
    told = [cell for cell, said in zip(cells, again, strict=True) if not said]
    found["cells"] = [_cell(cell, language) for cell in told]
    if release.owned:
        found["report"] = _report(_of_cells(report, told, again), language, acting)
        found["steps"] = [
            {**_told(taken), "at": at.isoformat()} for taken, at in zip(release.case.steps, release.times, strict=True)
        ]
    return found


def _cell(cell: dict[str, Any], language: str) -> dict[str, Any]:
    """The cell with its figure as value, status and text."""
    figure = catalogue().figures[cell["figure"]]
    status = status_of(cell)
    if cell["value"] is None or status is Status.NOTHING:
        text = vocabulary()[status].sign
    else:
        text = format_number(cell["value"], precision=figure.precision, locale=language)
    place = {key: value for key, value in cell.items() if key not in ("value", "status", "figure")}
    shown_as = {"value": cell["value"], "status": str(status), "text": text}
    return {**place, "indicator": cell["figure"], "figure": shown_as}


def _of_cells(
    report: dict[str, Any] | None, cells: Sequence[Mapping[str, Any]], again: Sequence[bool]
) -> dict[str, Any] | None:  # fmt: skip
    """The report as it belongs to these cells: reasons without those of rows that are left out, since they only say
    once more what others say, and for releases of long ago the cells counted as today."""
    if not report or not cells:
        return report
    found = dict(report)
    if report.get("reasons"):
        found["reasons"] = [why for why, said in zip(report["reasons"], again, strict=True) if not said]
    if any(set(counts) != set(COUNTED) for counts in report.get("cells", {}).values()):
        found["cells"] = counted(cells)
    return found


def _report(report: dict[str, Any] | None, language: str, acting: bool) -> dict[str, Any] | None:
    if not report or "refused" not in report:
        return report if acting or not report else {k: v for k, v in report.items() if k not in REASONS}
    refused = report["refused"]
    advice = [
        {**entry, "message": say(_code(entry), language, **entry | {"concerns": _title(entry, language)})}
        for entry in refused.get("advice", ())
    ]
    told = {**refused, "message": say(refused["code"], language)}
    told.pop("advice", None)
    return {**report, "refused": told | ({"advice": advice} if advice else {})}


def _code(entry: dict[str, Any]) -> str:
    """The sentence of an advice: whether it takes consent as well, older ones do not say."""
    code = f"advice-{entry['kind']}"
    return f"{code}-consent" if entry.get("consent") and f"{code}-consent" in TEXTS else code


def _title(entry: dict[str, Any], language: str) -> str:
    """What people call that which an advice speaks of."""
    breakdown = catalogue().dimensions.get(entry["concerns"])
    return breakdown.title["en" if language.startswith("en") else "de"] if breakdown else entry["concerns"]


def job_of(release: Release, job: str, stands: str, taken: bool = True) -> dict[str, Any]:
    """How far the check is, in the form of `ierwohnen_job_show`.

    :param stands: "running" if a living worker is at it, "waiting" if one will take it, else ""
    :param taken: whether there is a worker that takes what waits
    """
    language = reader_language()
    word, _, code = release.progress.partition(" ")
    began = next((int(part[1:]) for part in code.split() if part.startswith("@")), None)
    numbers = [int(part) for part in code.split() if part.isdigit()]  # while stock is read: of how many owners
    begun = word in (FOR_ANOTHER, *PHASES, ADVISING)
    done, total = numbers if word == READING and len(numbers) == 2 else (0, None)
    waiting = release.state == State.PREPARED
    if not waiting:
        state, message = "done", ""
    elif stands or not release.case.joined:
        state, message = stands or "waiting", "" if taken else say("no-worker", language)
    elif word == "failed":
        state, message = "failed", _failed(code, language)
    else:
        state, message = "interrupted", say("interrupted" if begun else "lost", language)
    step = word if begun and state == "running" else "waiting"
    seconds = max(0, int(time.time()) - began) if began and step != "waiting" else None
    return {
        "id": job, "kind": "release", "state": state, "step": step, "step_text": say(step, language),
        "seconds": seconds, "phases": _phases(step, language),
        "done": done if waiting else 1, "total": total if waiting else 1,
        "message": message, "messages": [message] if message else [],
        "result": {} if waiting else {"release": release.id, "state": str(release.state)},
    }  # fmt: skip


def _phases(step: str, language: str) -> list[dict[str, str]]:
    """The phases of a check that runs, and which one is on; for a house alone that was refused one more."""
    every = [*PHASES, *([ADVISING] if step == ADVISING else [])]
    if step not in every:
        return []
    on = every.index(step)
    states = ["done"] * on + ["on"] + ["open"] * (len(every) - on - 1)
    return [{"text": say(one, language), "state": state} for one, state in zip(every, states, strict=True)]


def _failed(code: str, language: str) -> str:
    """Why a check could not be made: in words, if a person can do something about it."""
    return VaultError(code).message(language) if code in OURS else say("failed", language, code=code)


def _told(taken: Taken) -> dict[str, Any]:
    """A step as owners read it: people by the names they had then."""
    return {name: value for name, value in vars(taken).items() if name != "account"} | {"step": str(taken.step)}
