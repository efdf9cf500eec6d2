"""The advisor: proposals that were tried out, with what they gain."""

from __future__ import annotations

from datetime import date

import numpy as np

from ckanext.ierwohnen.confidential.advisor import COARSER, CONSENT, MERGED, WITHOUT, advise, shown
from ckanext.ierwohnen.confidential.build import build_model
from ckanext.ierwohnen.confidential.gather import Release
from ckanext.ierwohnen.confidential.microdata import prepare
from ckanext.ierwohnen.confidential.parameters import Consent, Parameters
from ckanext.ierwohnen.confidential.protection import protect
from ckanext.ierwohnen.confidential.rules import CONTRIBUTORS, RECORDS

from .stock import hierarchies, random_records, table


def _release(seed: int = 11):
    frame = random_records(seed, 260, (8, 4), 9)
    data = prepare(frame, ["d0", "d1"], "owner", ["rent"])
    return Release("r", data, (table("t", ["d0", "d1"], hierarchies(frame), ("rent", "count")),))


def test_gains_are_what_the_proposal_really_brings():
    release = _release()
    outcome = protect(build_model([release]))
    found = advise([release], Parameters(), outcome).advice
    assert found and {a.kind for a in found} & {COARSER, MERGED, WITHOUT}
    before = shown(outcome, release.tables)
    for advice in found:
        assert advice.gained_dwellings == advice.result.dwellings - before.dwellings >= 0
    assert [a.gained_dwellings for a in found] == sorted((a.gained_dwellings for a in found), reverse=True)


def test_consent_of_everybody_exposed_frees_market_rules_but_not_household_ones():
    release = _release(12)
    model = build_model([release])
    outcome = protect(model)
    few = [c for c, rules in outcome.protection.reasons.items() if RECORDS in rules]
    agreed = tuple(Consent(o, "minutes 3/2026", date(2030, 1, 1)) for o in model.contributors)
    freed = protect(model, Parameters(consents=agreed), today=date(2026, 1, 1))
    assert set(freed.protection.reasons) == set(few)
    assert CONTRIBUTORS not in {r for rules in freed.protection.reasons.values() for r in rules}
    late = protect(model, Parameters(consents=agreed), today=date(2031, 1, 1))
    np.testing.assert_array_equal(late.hidden, outcome.hidden)
    partial = protect(model, Parameters(consents=agreed[:2]), today=date(2026, 1, 1))
    for cell in set(outcome.protection.reasons) - set(partial.protection.reasons):
        assert set(model.counts[cell].indices.tolist()) <= {0, 1}


def test_whose_consent_would_help_is_named():
    release = _release(13)
    outcome = protect(build_model([release]))
    found = [a for a in advise([release], Parameters(), outcome).advice if a.kind == CONSENT]
    assert found and all(a.concerns and set(a.concerns) <= set(outcome.model.contributors) for a in found)
