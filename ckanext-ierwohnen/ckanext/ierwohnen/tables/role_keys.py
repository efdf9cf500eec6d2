"""Key and name columns: values against the units of known levels.

A key role needs proof: distinct values that are units of one level. Where the spreadsheet has eaten leading zeros, or
numbers happen to be keys as well, the name of the column must speak for it too.
"""

from __future__ import annotations

from collections.abc import Sequence

from ckanext.ierwohnen.look.numbers import only_digits
from ckanext.ierwohnen.places.families import guess_families
from ckanext.ierwohnen.places.keys import (
    KeyKind,
    LevelKeys,
    MatchReport,
    as_numbers,
    is_total,
    match_keys,
    rank_levels,
    without_mark,
)
from ckanext.ierwohnen.tables import role_words as words
from ckanext.ierwohnen.tables.cells import clean, shown
from ckanext.ierwohnen.tables.code_lists import normal
from ckanext.ierwohnen.tables.column_facts import ColumnFacts, written_out
from ckanext.ierwohnen.tables.roles import ColumnRole
from ckanext.ierwohnen.tables.strange_names import alike, strange

_FAMILY_WORDS = {
    "plz": {"plz", "postleitzahl"},
    "ags": {"ags", "gemeindeschluessel"},
    "ars": {"ars", "rs", "regionalschluessel"},
    "lor_plr": {"plr", "planungsraum", "lor"},
    "lor_bzr": {"bzr", "bezirksregion"},
    "lor_pgr": {"pgr", "prognoseraum"},
}
FEWEST = 4
"""Above so many distinct keys one odd row ("noch: Tabelle 3") is told as such, and says nothing of the column."""

_SHORT = 3
"""Numbers of so many digits are keys of units and numbers of anything else as well."""


def key_role(fact: ColumnFacts, places: Sequence[LevelKeys]) -> ColumnRole | None:
    """The key role of a column, or None."""
    if not fact.values or len(fact.distinct) < 2 or not _keylike(fact):
        return None
    named = _named_key(fact)
    reports = rank_levels(fact.keys, [level for level in places if _may_match(fact, level)])
    best = reports[0] if reports else None
    if best is not None and _proven(fact, best, named):
        return _known(fact, best, reports, named or _named_after(fact, best.keys))
    return _by_family(fact, named, best)


def name_role(fact: ColumnFacts, places: Sequence[LevelKeys]) -> ColumnRole | None:
    """The role "name" for texts that are names of units, or are called so."""
    if not fact.values or fact.numeric > 0.3 or len(fact.distinct) < 2:
        return None
    distinct = {normal(value) for value in fact.distinct}
    best, share = None, 0.0
    for level in places:
        names = {normal(name) for name in level.units.values()}
        found = len(distinct & names) / len(distinct)
        if (found, level.boundary_date) > (share, best.boundary_date if best else level.boundary_date):
            best, share = level, found
    if best is not None and share >= 0.7:
        params = {"count": round(share * len(distinct)), "total": len(distinct), "level": best.titles}
        return ColumnRole(
            fact.name, "name", level=best.level, system=best.system, boundary_date=best.boundary_date,
            reason="role_names_match", reason_params=params, confidence=min(0.97, 0.6 + 0.4 * share),
        )  # fmt: skip
    return ColumnRole(fact.name, "name", reason="role_by_name", confidence=0.75) if _called_name(fact) else None


def half_of_keys(fact: ColumnFacts, others: Sequence[ColumnFacts], places: Sequence[LevelKeys]) -> bool:
    """True if keys and a column of numbers beside them make the keys of another level: "Bezirk 01 | Nr 04" is 0104."""
    for other in others:
        if other is fact or not other.words & (words.KEY | words.NUMBERS) or len(other.cells) != len(fact.cells):
            continue
        joined = {clean(shown(a)) + clean(shown(b)) for a, b in zip(fact.cells, other.cells, strict=True) if a and b}
        if any(len(joined & set(level.units)) > 0.9 * len(joined) for level in places if joined):
            return len(joined) > len(fact.distinct)
    return False


def strange_names(
    role: ColumnRole, fact: ColumnFacts, facts: Sequence[ColumnFacts], places: Sequence[LevelKeys]
) -> dict[str, str] | None:
    """An example, if the names beside the keys are those of other places than the keys; else None."""
    level = next((one for one in places if (one.system, one.level) == (role.system, role.level)), None)
    if level is None:
        return None
    keys = _units_of(fact, level)
    texts = [other for other in facts if other is not fact and other.numeric <= 0.1]
    called = [other for other in texts if _called_name(other)]
    if not called and _any_number(fact) and not _names_fit(keys, texts, level):
        # `Nr;Partei`: what the numbers count stands beside them
        called = [other for other in texts if other.unique and not other.words & words.NOTE]
    for other in called:
        names = [clean(shown(cell)) for cell in other.cells]
        if found := strange(zip(keys, names, strict=True), level.units):
            return {"key": found[0], "unit": level.units[found[0]], "column": other.name, "name": found[1]}
    return None


def of_something_else(
    role: ColumnRole, fact: ColumnFacts, facts: Sequence[ColumnFacts], places: Sequence[LevelKeys]
) -> bool:
    """True if the heading speaks of the rows' own numbers (`lfd. Nr.`) or of other things than units (`Wahlkreis`), or
    the numbers count some rows from 1 on, and no names beside the short numbers bear out that they are keys.
    """
    level = next((one for one in places if (one.system, one.level) == (role.system, role.level)), None)
    if level is None or any(len(key) > _SHORT for key in fact.keys):
        return False
    titles = written_out(f"{level.level_title} {level.level}")
    other = any(thing not in titles for thing in words.other_things(fact))
    if not other and not fact.words & words.ROW_NUMBERS and not _first_numbers(fact, level):
        return False
    texts = [one for one in facts if one is not fact and one.numeric <= 0.1]
    return not _names_fit(_units_of(fact, level), texts, level)


def _first_numbers(fact: ColumnFacts, level: LevelKeys) -> bool:
    """True for "Nr" over 1, 2, 3 … row by row that ends before the units do: those count rows as well."""
    plain = [key for key in fact.keys if not is_total(key)]
    counted = _any_number(fact) and plain == [str(n) for n in range(1, len(plain) + 1)]
    return counted and len(plain) < len(level.units)


def _units_of(fact: ColumnFacts, level: LevelKeys) -> list[str]:
    report = match_keys(fact.keys, level)
    return [report.key_of(without_mark(clean(shown(cell)).removesuffix(",0"))) or "" for cell in fact.cells]


def _names_fit(keys: Sequence[str], texts: Sequence[ColumnFacts], level: LevelKeys) -> bool:
    """True if the words of some column are the names of the units that the numbers beside them would be."""
    for text in texts:
        pairs = {(key, clean(shown(cell))) for key, cell in zip(keys, text.cells, strict=True) if key}
        if pairs and sum(alike(name, level.units[key]) for key, name in pairs) >= len(pairs) / 2:
            return True
    return False


def _any_number(fact: ColumnFacts) -> bool:
    """True for short numbers whose heading says no more than that they are numbers ("Nr", "Code")."""
    short = all(only_digits(key) and len(key) <= _SHORT for key in fact.keys)
    return short and bool(fact.words) and fact.words <= (words.NUMBERS | words.RUNNING | words.ROW_NUMBERS | {"code"})


def _called_name(fact: ColumnFacts) -> bool:
    called = fact.words & words.NAME or (fact.words & words.PLACE and not fact.words & words.KEY)
    return bool(called) or any(word.endswith(("name", "bezeichnung")) for word in fact.words)


def _may_match(fact: ColumnFacts, level: LevelKeys) -> bool:
    """A quick look at some values: at least a third of them must be keys of the level, maybe without their zeros."""
    some = list(dict.fromkeys(fact.keys))[:60]
    width = level.fixed_width or 0
    written = [(key, *as_numbers(key)) for key in some]
    met = sum(any(key in level.units or key.zfill(width) in level.units for key in forms) for forms in written)
    return met >= len(some) / 3


def _keylike(fact: ColumnFacts) -> bool:
    """Keys are short, without blanks inside, and no decimals; a note that strayed into the column does not matter.

    `11.0` and `1.100.101` are how programs write whole numbers.
    """
    distinct = set(fact.keys)
    odd = sum(len(key) > 20 or (not set(" ,.").isdisjoint(key) and not as_numbers(key)) for key in distinct)
    return odd <= max(0.05 * len(distinct), len(distinct) > FEWEST)


def _named_key(fact: ColumnFacts) -> bool:
    """True if the column is called a key ("Nr", "PLR_ID"), and no amount."""
    glued = any(word.endswith(("nr", "nummer", "id", "schluessel", "schl", "kennziffer")) for word in fact.words)
    return bool(fact.words & words.KEY or (glued and len(fact.words) <= 3)) and not fact.words & words.AMOUNT


def _named_after(fact: ColumnFacts, level: LevelKeys) -> bool:
    """True if the column is called as the level is: "Ortsteil" holds keys, "Ortsteile" their number."""
    title = written_out(level.level_title).split()
    short = {word for word in fact.words & words.PLACE if title[-1].endswith(word)}
    short |= {word for word in fact.words & {"bez"} if title[-1].endswith("bezirk")}
    return len(fact.words) <= 2 and bool(short or fact.words & {title[-1], level.level.casefold()})


def _proven(fact: ColumnFacts, best: MatchReport, named: bool) -> bool:
    """Whether the values bear out a key role for the best level."""
    known = len(best.of_kind(KeyKind.UNIT, KeyKind.REPAIRED))
    if known < 2 or best.share < 0.6:
        return False
    if named or _named_after(fact, best.keys):
        return best.share >= 0.8 or known >= 20
    if best.repaired or best.share < 0.95:
        return False
    # Without a name that says so: text keys that cannot be counts (leading zeros, letters, many digits), or values
    # that stand for nearly all units, each once.
    exact = [match.value for match in best.of_kind(KeyKind.UNIT)]
    uncountable = all(value.startswith("0") or not only_digits(value) or len(value) >= 5 for value in exact)
    complete = best.found >= 0.9 * len(best.keys.units) and known >= 10
    return (uncountable and known >= 3) or (complete and (fact.unique or _repeats_evenly(fact)))


def _repeats_evenly(fact: ColumnFacts) -> bool:
    """True if each value stands about equally often, as keys do in long tables."""
    counts = [count for value, count in fact.distinct.items() if not is_total(value)]
    return bool(counts) and max(counts) <= 2 * min(counts)


def _known(fact: ColumnFacts, best: MatchReport, reports: list[MatchReport], named: bool) -> ColumnRole:
    level = best.keys
    rivals = [
        report
        for report in reports[1:]
        if report.share == best.share and report.found == best.found and report.keys.level == level.level
    ]
    params = {
        "count": len(best.of_kind(KeyKind.UNIT, KeyKind.REPAIRED)),
        "total": len(best.of_kind(KeyKind.UNIT, KeyKind.REPAIRED, KeyKind.UNKNOWN)),
        "level": level.titles,
        "date": str(level.boundary_date.year),
    }
    confidence = 0.55 + 0.35 * best.share + 0.08 * named - 0.15 * bool(rivals) - 0.05 * bool(best.repaired)
    return ColumnRole(
        fact.name, "key", level=level.level, system=level.system, boundary_date=level.boundary_date,
        reason=_reason(best), reason_params=params,
        confidence=min(0.99, confidence),
    )  # fmt: skip


def _reason(best: MatchReport) -> str:
    if not best.repaired:
        return "role_keys_match"
    return "role_keys_repaired" if best.padded else "role_keys_as_numbers"


def _by_family(fact: ColumnFacts, named: bool, best: MatchReport | None) -> ColumnRole | None:
    """A key of a known family (PLZ, AGS, LOR …) for which no units are known here; the name must say so."""
    if not named:
        return _postcodes(fact)
    for guess in guess_families(fact.keys):
        if fact.words & _FAMILY_WORDS.get(guess.family.code, set()):
            params = {"family": {"de": guess.family.title, "en": guess.family.title_en}}
            return ColumnRole(fact.name, "key", level=guess.family.code, reason="role_key_family",
                              reason_params=params, confidence=0.7)  # fmt: skip
    families = [code for code, names in _FAMILY_WORDS.items() if fact.words & names]
    if families and all(only_digits(key) for key in fact.keys) and len(fact.distinct) > 0.5 * len(fact.values):
        return ColumnRole(fact.name, "key", level=families[0], reason="role_by_name", confidence=0.5)
    return None


def _postcodes(fact: ColumnFacts) -> ColumnRole | None:
    """A column without a telling name that can be nothing but postcodes: five digits, some with a zero in front."""
    zeros = any(value.startswith("0") for value in fact.distinct)
    if not zeros or not fact.unique or len(fact.distinct) < 10 or {len(value) for value in fact.values} != {5}:
        return None
    guess = next((g for g in guess_families(fact.keys) if g.family.code == "plz" and g.share == 1), None)
    if guess is None:
        return None
    params = {"family": {"de": guess.family.title, "en": guess.family.title_en}}
    return ColumnRole(fact.name, "key", level="plz", reason="role_key_family", reason_params=params, confidence=0.55)
