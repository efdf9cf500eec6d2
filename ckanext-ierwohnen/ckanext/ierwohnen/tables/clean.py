"""Whether a delivery may be published without anybody looking at it, by a stated rule.

It may, if the table was published before by a person, and
1. the check finds no error,
2. its columns are the published ones (in a wide table, columns of further periods may come),
3. every column has a role, none proposed with a confidence below 0.7, and keys are of the same system and level,
4. there is no warning of a kind (what, in which column) that the last published delivery did not have, and
5. no value jumps beyond what the published series shows (the rule of `jumps.py`), the values do not all change alike,
   nor repeat those of another period (the rules of `alike.py`), and nothing is lost: no unit, no row, and not more
   dates than come; a table that is too large to be compared value by value is never published unseen, and
6. what stands above the table says what it said last time (the rule of `titles.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model

from .check import CheckReport
from .check_columns import left_out
from .check_seals import SECRET_SIGN
from .checking import Understood
from .jobs import JobRefused
from .model import Job
from .problems import Severity
from .roles import Role
from .titles import stated_title
from .version_changes import MOST_VALUES
from .wording import Finding, Message, translated

CONFIDENT = 0.7
LISTED = 20
STOPPING = ("jump", "alike", "title")  # differences that somebody should look at
Objection = Message | Finding


def objections(found: Understood, report: CheckReport) -> list[Objection]:
    """What speaks against publishing unseen, as far as the check alone shows it; empty if nothing does."""
    if found.likeness is None:
        return [Message("The table was never published. The first time, somebody has to look at its check.")]
    against: list[Objection] = [*_columns(found), *_roles(found)]
    accepted = (found.before.last.accepted if found.before.last else None) or frozenset()
    for problem in report.problems:
        new = (problem.code, problem.column) not in accepted
        if problem.severity == Severity.ERROR or (problem.severity == Severity.WARNING and new):
            against.append(Finding.of(problem))
    return against


def _differences(
    found: Understood, report: CheckReport, changed: Mapping[str, Any], replaces: bool
) -> list[Objection]:
    """What speaks against it in the differences from the published version, as `check_with_changes` gives them."""
    if changed["differences"] is None or report.rows * len(found.table.columns) > MOST_VALUES:
        return [Message("The values cannot be compared one by one with those of the published version.")]
    against: list[Objection] = [
        Message("{text}", {"text": one["text"]}) for one in changed["differences"] if one["about"] in STOPPING
    ]
    lost = changed["lost"] if replaces else ()
    return [*against, *(Message("{text}", {"text": text}) for text in lost)]


def _columns(found: Understood) -> list[Objection]:
    like = found.likeness
    against: list[Objection] = []
    if like is not None and like.missing:
        against.append(Message("Columns are missing: {columns}.", {"columns": ", ".join(like.missing)}))
    if like is not None and like.added:
        against.append(Message("Columns are new: {columns}.", {"columns": ", ".join(like.added)}))
    return against


def _roles(found: Understood) -> list[Objection]:
    proposed = {role.column: role for role in found.proposed}
    against: list[Objection] = []
    for role in found.roles:
        chosen = role != proposed.get(role.column)
        if role.role == Role.UNCLEAR or (role.confidence < CONFIDENT and not chosen):
            against.append(Message('The role of column "{column}" is not clear.', {"column": role.column}))
    before = {(meaning.system, meaning.level) for meaning in found.before.earlier or () if meaning.role == Role.KEY}
    now = {(role.system, role.level) for role in found.roles if role.role == Role.KEY}
    if before != now:
        against.append(Message("The keys are not of the spatial system and level of the published version."))
    return against


def refuse_unless_clean(
    found: Understood, report: CheckReport, changed: Mapping[str, Any], *, replaces: bool
) -> None:
    """Raise ValidationError with the report: what speaks against publishing unseen.

    :param replaces: the delivery takes the place of the published table, and what it does not hold is gone
    :param changed: the differences from the published version, as `check_with_changes` gives them
    """
    against = objections(found, report)
    if found.likeness is not None:
        against += _differences(found, report, changed, replaces)
    if against:
        raise tk.ValidationError({"accept_if_clean": [translated(one) for one in against[:LISTED]]})


def refuse_in_job(job: Job, found: Understood, report: CheckReport) -> None:
    """The same within a job, for files checked there only; and keep for the next time what was decided: the kinds of
    warnings, the columns that were left out, which figures the file said its columns were, and the title.
    """
    if job.parameters.get("accept_if_clean"):
        against = objections(found, report)
        if against:
            raise JobRefused(*against[:LISTED])
    kinds = sorted({(p.code, p.column or "") for p in report.problems if p.severity == Severity.WARNING})
    parameters: dict[str, Any] = {
        **job.parameters,
        "warnings": [[code, column or None] for code, column in kinds],
        "left_out": left_out(found.roles),
        "sealed": any(repair.value == SECRET_SIGN for repair in found.repairs.listed),
        "signs": {role.column: role.status_of for role in found.roles if role.role == Role.STATUS and role.status_of},
        "figures": dict(found.said),
        "title": stated_title(found.table) or (found.before.last.title if found.before.last else None) or "",
    }
    assert model.meta.engine is not None
    with model.meta.engine.begin() as connection:
        connection.execute(sa.update(Job).where(Job.id == job.id).values(parameters=parameters))
