"""The words inside pictures and in their text alternatives, German and English.

Pictures are made without a portal (command line, tests, exports), so their words do not come from CKAN's
gettext but from this table; the words of pages do.
"""

from __future__ import annotations

import re

_DE = {
    "protected": "geschützt {signs}",
    "no_value": "kein Wert {signs}",
    "no_value_short": "kein Wert",
    "interval": "{low} bis {high}",
    "up_to": "bis {high}",
    "from": "ab {low}",
    "by_level": "{name} nach {level}",
    "boundaries": "Gebietsstand {year}",
    "source": "Quelle: {source}",
    "unit_value": "{unit}: {value}",
    "map_of": "Karte: {title}.",
    "line_of": "Liniendiagramm: {title}.",
    "bars_of": "Balkendiagramm: {title}.",
    "with_value": "{with_value} von {total} haben einen Wert.",
    "highest": "Höchster Wert: {unit} mit {value}.",
    "lowest": "Niedrigster Wert: {unit} mit {value}.",
    "same": "Alle haben den Wert {value}.",
    "protected_count": "{count} geschützt.",
    "none_count": "{count} ohne Wert.",
    "nothing_to_show": "Kein Wert vorhanden.",
    "change_over_time": "{unit}: von {first} ({first_period}) auf {last} ({last_period}).",
    "one_value": "{unit}: {last} ({last_period}).",
    "span_title": "{name}, {first} bis {last}",
    "rose_title": "{name}: gestiegen von {first} ({first_date}) auf {last} ({last_date})",
    "fell_title": "{name}: gesunken von {first} ({first_date}) auf {last} ({last_date})",
    "same_title": "{name}: {first} am Anfang ({first_date}) wie am Ende ({last_date})",
    "per_level": "{name} je {level}",
    "ranked": "{name} nach {level}, {period}",
    "more": "… {count} weitere dazwischen",
    "in_unit": "{name} in {unit}",
    "zoom_in": "Karte vergrößern",
    "zoom_out": "Karte verkleinern",
    "city": "Stadt insgesamt",
    "whole": "{name} insgesamt",
    "whole_of_part": "alle beteiligten Bestände",
    "coarser": "größere Raumeinheiten",
    "in_total": "insgesamt",
    "percent": "Prozent",
    "per_thousand": "Promille",
    "count": "Anzahl",
    "units": "Raumeinheiten",
    "unit": "Raumeinheit",
    "key": "Schlüssel",
    "before": "{period}",
    "year_before": "Vorjahr",
    "change": "Änderung",
    "points": "Prozentp.",
    "since": "seit {period}",
    "note": "Anmerkung",
    "trend": "{first} bis {last}",
    "left_out": "{drawn} von {total} {level}; ohne Wert: {names}.",
    "left_out_course": "{drawn} von {total} {level}; ohne Werte an zwei Zeitpunkten: {names}.",
    "left_out_at": "{drawn} von {total} {level}; ohne Wert für {dates}: {names}.",
    "too_many": "{drawn} von {total} {level} sind gezeichnet: "
    "die ersten nach dem Namen, dazu die gewählte Raumeinheit. Alle stehen in der Tabelle.",
    "or": "{first} oder {second}",
    "and_more": "{names} und {count} weitere",
    "older_value": "{value} ({year})",
    "yes": "ja",
    "no": "nein",
    "more_letters": "… und {count} weitere Zeichen; der ganze Text steht in der Datei.",
    "licence": "Lizenz: {licence}",
    "origin": "Quelle und Lizenz",
    "all_together": "zusammen",
    "summed_over": "Summe über {dimensions}",
    "period": "Zeitraum",
    "value": "Wert",
    "status": "Status",
    "single_dates": "{sentence} · jeweils {day}",
    "change_of": "Punktdiagramm der Veränderung: {title}.",
    "top_change": "Stärkster Anstieg oder geringster Rückgang: {unit} mit {change}.",
    "bottom_change": "Am anderen Ende: {unit} mit {change}.",
    "rose_fell": "Gestiegen: {rose}, gefallen: {fell}, von {total}.",
    "scatter_of": "Streudiagramm: {title}.",
    "both_values": "{unit}: {x} und {y}.",
    "connection": "Rangkorrelation nach Spearman {rho} bei {count} Raumeinheiten: deutlicher {way} Zusammenhang. "
    "Eine Ursache ist damit nicht gezeigt.",
    "weak_connection": "Rangkorrelation nach Spearman {rho} bei {count} Raumeinheiten: schwacher {way} Zusammenhang. "
    "Eine Ursache ist damit nicht gezeigt.",
    "no_connection": "Rangkorrelation nach Spearman {rho} bei {count} Raumeinheiten: kein gesicherter Zusammenhang.",
    "same_way": "gleichgerichteter",
    "other_way": "gegenläufiger",
    "parts_of": "Gestapeltes Balkendiagramm: {title}.",
    "share_of": "{unit}: {part} {share}.",
    "pyramid_of": "Bevölkerungspyramide: {title}.",
    "side_of": "{side}: zusammen {total}, größte Altersgruppe {age} mit {value}.",
    "side_in_part": "{side}: größte bekannte Altersgruppe {age} mit {value}; einige Werte fehlen.",
    "spread_of": "Verteilung: {title}. {count} Werte, höchstens {most} je Balken.",
    "change_title": "{name}: Veränderung vom {first} zum {last}",
    "change_title_years": "{name}: Veränderung von {first} bis {last}",
    "by_age_and_sex": "{name} nach Alter und Geschlecht, {place}",
    "against": "{first} und {second}",
    "two_dates": "{first} und {second}",
    "composed": "{name} nach {dimension}",
    "lies_in": "Karte: Lage von {units} unter den Raumeinheiten der Ebene {level}, Gebietsstand {year}.",
    "extreme_lines": "Ohne Auswahl: die Gebiete mit den höchsten Werten und dem niedrigsten.",
    "no_pairs": "Für diesen Stand haben zu wenige Gebiete Werte beider Indikatoren. Ein anderer zweiter Indikator, "
    "eine andere Raumebene oder ein anderer Stand hilft weiter.",
    "choose_from": "Karte der Raumeinheiten der Ebene {level}, Gebietsstand {year}.",
}
_EN = {
    "protected": "protected {signs}",
    "no_value": "no value {signs}",
    "no_value_short": "no value",
    "interval": "{low} to {high}",
    "up_to": "up to {high}",
    "from": "from {low}",
    "by_level": "{name} by {level}",
    "boundaries": "boundaries of {year}",
    "source": "Source: {source}",
    "unit_value": "{unit}: {value}",
    "map_of": "Map: {title}.",
    "line_of": "Line chart: {title}.",
    "bars_of": "Bar chart: {title}.",
    "with_value": "{with_value} of {total} have a value.",
    "highest": "Highest value: {unit} with {value}.",
    "lowest": "Lowest value: {unit} with {value}.",
    "same": "All have the value {value}.",
    "protected_count": "{count} protected.",
    "none_count": "{count} without a value.",
    "nothing_to_show": "There is no value.",
    "change_over_time": "{unit}: from {first} ({first_period}) to {last} ({last_period}).",
    "one_value": "{unit}: {last} ({last_period}).",
    "span_title": "{name}, {first} to {last}",
    "rose_title": "{name} rose from {first} ({first_date}) to {last} ({last_date})",
    "fell_title": "{name} fell from {first} ({first_date}) to {last} ({last_date})",
    "same_title": "{name}: {first} at the beginning ({first_date}) and at the end ({last_date})",
    "per_level": "{name} by {level}",
    "ranked": "{name} by {level}, {period}",
    "more": "… {count} more in between",
    "in_unit": "{name} in {unit}",
    "zoom_in": "Enlarge the map",
    "zoom_out": "Make the map smaller",
    "city": "Whole city",
    "whole": "{name} as a whole",
    "whole_of_part": "All stock that takes part",
    "coarser": "larger units",
    "in_total": "in total",
    "percent": "Per cent",
    "per_thousand": "Per mille",
    "count": "Number",
    "units": "Units",
    "unit": "Unit",
    "key": "Key",
    "before": "{period}",
    "year_before": "Year before",
    "change": "Change",
    "points": "pp",
    "since": "since {period}",
    "note": "Note",
    "trend": "{first} to {last}",
    "left_out": "{drawn} of {total} {level}; without a value: {names}.",
    "left_out_course": "{drawn} of {total} {level}; without values at two dates: {names}.",
    "left_out_at": "{drawn} of {total} {level}; without a value for {dates}: {names}.",
    "too_many": "{drawn} of {total} {level} are drawn: "
    "the first by name, and the chosen unit. All of them stand in the table.",
    "or": "{first} or {second}",
    "and_more": "{names} and {count} more",
    "older_value": "{value} ({year})",
    "yes": "yes",
    "no": "no",
    "more_letters": "… and {count} more characters; the file holds the whole text.",
    "licence": "Licence: {licence}",
    "origin": "Source and licence",
    "all_together": "all together",
    "summed_over": "sum over {dimensions}",
    "period": "Period",
    "value": "Value",
    "status": "Status",
    "single_dates": "{sentence} · each {day}",
    "change_of": "Dot plot of the change: {title}.",
    "top_change": "Strongest rise or smallest fall: {unit} with {change}.",
    "bottom_change": "At the other end: {unit} with {change}.",
    "rose_fell": "Risen: {rose}, fallen: {fell}, of {total}.",
    "scatter_of": "Scatter plot: {title}.",
    "both_values": "{unit}: {x} and {y}.",
    "connection": "Spearman rank correlation {rho} over {count} units: clear connection in {way} direction. "
    "This shows no cause.",
    "weak_connection": "Spearman rank correlation {rho} over {count} units: weak connection in {way} direction. "
    "This shows no cause.",
    "no_connection": "Spearman rank correlation {rho} over {count} units: no assured connection.",
    "same_way": "the same",
    "other_way": "the opposite",
    "parts_of": "Stacked bar chart: {title}.",
    "share_of": "{unit}: {part} {share}.",
    "pyramid_of": "Population pyramid: {title}.",
    "side_of": "{side}: {total} in all, largest age group {age} with {value}.",
    "side_in_part": "{side}: largest known age group {age} with {value}; some values are missing.",
    "spread_of": "Distribution: {title}. {count} values, at most {most} in a bar.",
    "change_title": "{name}: change from {first} to {last}",
    "change_title_years": "{name}: change from {first} to {last}",
    "by_age_and_sex": "{name} by age and sex, {place}",
    "against": "{first} and {second}",
    "two_dates": "{first} and {second}",
    "composed": "{name} by {dimension}",
    "lies_in": "Map: where {units} lies among the units of the level {level}, boundaries of {year}.",
    "extreme_lines": "Without a choice: the areas with the highest values and the lowest.",
    "no_pairs": "At this date too few areas have values of both indicators. Another second indicator, level or date "
    "may help.",
    "choose_from": "Map of the units of the level {level}, boundaries of {year}.",
}
WORDS = {"de": _DE, "en": _EN}


def say(code: str, locale: str = "de", **parameters: object) -> str:
    """The text of `code` in the language, English where the language is not German.

    :raises KeyError: for a code that is not in the table or a parameter that is missing
    """
    table = _DE if locale.startswith("de") else _EN
    return table[code].format(**parameters)


_PLURALS = (
    ("teil", "teilen"), ("bezirk", "bezirken"), ("raum", "räumen"), ("region", "regionen"), ("viertel", "vierteln"),
    ("block", "blöcken"), ("gemeinde", "gemeinden"), ("kreis", "kreisen"), ("quartier", "quartieren"),
    ("gebiet", "gebieten"), ("stadt", "städten"), ("zelle", "zellen"), ("land", "ländern"), ("fläche", "flächen"),
    ("einheit", "einheiten"), ("ort", "orten"), ("sprengel", "sprengeln"),
)  # fmt: skip


def by_level(name: str, level: str, locale: str = "de") -> str:
    """`Leerstandsquote nach Stadtteilen`: German needs the dative plural, known for the usual names of levels."""
    return say("by_level", locale, name=name, level=level_in_plural(level, locale))


def level_in_plural(level: str, locale: str = "de") -> str:
    """`Stadtteilen`, `quarters`: in German the dative, for `nach` and `von`."""
    if not locale.startswith("de"):
        return (level[:-1] + "ies" if level.endswith("y") else level + "s").lower()
    lower = level.lower()
    for ending, plural in _PLURALS:
        if lower.endswith(ending):
            stem = re.sub(r"er ", "en ", level[: len(level) - len(ending)])  # Statistischer Bezirk
            whole_word = not stem or stem.endswith((" ", "-"))
            return stem + (plural.capitalize() if whole_word else plural)
    return level
