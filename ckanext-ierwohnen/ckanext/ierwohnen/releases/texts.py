"""What releases say to people, by code, in German and English. Pure; reasons never tell whose records are in a cell."""

from __future__ import annotations

from typing import Any

from ckanext.ierwohnen.releases.account_texts import ACCOUNTS

TEXTS: dict[str, tuple[str, str]] = {
    # fields of a definition
    "text": (
        "Bitte 1 bis 500 Zeichen ohne Zeilenumbruch und Steuerzeichen angeben.",
        "Give 1 to 500 characters without line breaks and control characters.",
    ),
    "no-owner": ("Bitte mindestens einen Datengeber nennen.", "Name at least one contributor."),
    "no-figure": ("Bitte mindestens eine Kennzahl wählen.", "Choose at least one figure."),
    "unknown-name": ("„{name}“ gibt es nicht. Möglich sind: {known}.", "There is no “{name}”. Possible are: {known}."),
    "unknown-parameter": (
        "Den Parameter „{name}“ gibt es hier nicht. Möglich sind: {known}.",
        "There is no parameter “{name}” here. Possible are: {known}.",
    ),
    "unknown-audience": (
        "Die Zielgruppe „{name}“ gibt es nicht. Möglich sind: {known} (für alle, für das Bündnis, nur für genannte "
        "Organisationen).",
        "There is no audience “{name}”. Possible are: {known} (for everyone, for the alliance, for named organizations "
        "alone).",
    ),
    "too-many-dimensions": (
        "Höchstens zwei Gliederungen neben der Raumebene.",
        "Two breakdowns beside the spatial level at most.",
    ),
    "level-form": (
        "Bitte die Raumebene als Raumgliederung/Ebene angeben, zum Beispiel raumgliederung-2021/ortsteil.",
        "Give the level as system/level, for example system-2021/quarter.",
    ),
    "no-audience": (
        "Diese Zielgruppe hat keine Organisationen. Bitte Organisationen nennen.",
        "This audience has no organizations. Name some.",
    ),
    "unknown-organization": ("Die Organisation „{name}“ gibt es nicht.", "There is no organization “{name}”."),
    "consent-of-others": ("Einwilligen kann nur, wessen Daten es sind.", "Only the owners of the data can consent."),
    "until": ("Bitte einen künftigen Tag bis {latest} angeben.", "Give a day in the future, up to {latest}."),
    "decide-by": (
        "Bitte einen Tag ab heute angeben, höchstens den letzten Tag der Freigabe ({latest}), oder keinen.",
        "Give a day from today on, at most the last day of the release ({latest}), or none.",
    ),
    "decide-by-past": (
        "Bitte einen Tag ab heute angeben, höchstens den letzten Tag der Freigabe, oder keinen.",
        "Give a day from today on, at most the last day of the release, or none.",
    ),
    # steps
    "too-late": (
        "Die Frist für Zusage und Zustimmung endete am {date}. Bitte dieselbe Freigabe mit neuer Frist noch einmal "
        "vorbereiten.",
        "The time to join and approve ended on {date}. Prepare the same release once more with a new deadline.",
    ),
    "not-now": (
        "Dieser Schritt ist in diesem Stand nicht möglich. Was als Nächstes ansteht, zeigt die Seite der Freigabe.",
        "This step is not possible in this state. The page of the release shows what comes next.",
    ),
    "not-owner": (
        "Das kann nur, wer für einen Eigentümer der Daten handelt.",
        "Only somebody who acts for an owner of the data can do that.",
    ),
    "not-yours-to-do": ("Diesen Schritt macht das Portal selbst.", "The portal takes this step by itself."),
    "no-reason": ("Bitte den Grund angeben.", "State the reason."),
    "done-already": ("Das ist für diese Organisation schon geschehen.", "That is done for this organization already."),
    "not-joined": ("Es haben noch nicht alle Eigentümer zugesagt.", "Not all owners have joined yet."),
    "four-eyes": (
        "Wer eine Freigabe vorbereitet oder für sie zugesagt hat, darf ihr nicht zustimmen. Das macht eine andere "
        "Person.",
        "Whoever prepared or joined a release may not approve it. Another person does.",
    ),
    "role": (
        "Dafür braucht es die Rolle in der Organisation: Redaktion bereitet vor, Administration stimmt zu.",
        "That takes the role for it in the organization: editors prepare, admins approve.",
    ),
    "guarded": (
        "Dieser Datensatz ist eine Freigabe; man ändert ihn nur über die Freigabe: zurückziehen oder eine neue "
        "vorbereiten. Namen, die mit „freigabe-f-“ beginnen, vergibt das Portal selbst.",
        "This dataset is a release; it is changed by way of the release only: withdraw it, or prepare a new one. Names "
        "that begin with “freigabe-f-” are given by the portal itself.",
    ),
    "no-functions": (
        "Dieses Portal nimmt keine Funktionen und Trigger für Tabellen an: Sie könnten jede Tabelle ändern, auch "
        "die einer Freigabe.",
        "This portal takes no functions and triggers for tables: they could change any table, that of a release too.",
    ),
    "company-files": (
        "Dateien und Tabellen eines Wohnungsunternehmens nimmt das Portal nur als Bestandsdaten an, damit nichts "
        "ungeprüft öffentlich wird: bitte unter „Eigener Bestand“ laden und über eine Freigabe herausgeben. "
        "Datensätze ohne Dateien bleiben möglich.",
        "Files and tables of a housing company come in as stock only, so that nothing becomes public unchecked: load "
        "them under “Own stock”, and give them out by a release. Datasets without files stay possible.",
    ),
    "company-loading": (
        "Für diese Organisation wird gerade ein erster Bestand geladen. Daten eines Wohnungsunternehmens nimmt das "
        "Portal nur als Bestandsdaten an, deshalb jetzt keine Dateien in Datensätzen. Wird der Bestand nicht geladen, "
        "geht es danach wieder.",
        "A first stock is being loaded for this organization. Data of a housing company come in as stock only, so no "
        "files in datasets now. If the stock is not loaded, they are taken again afterwards.",
    ),
    "not-a-company": (
        "„{name}“ ist kein Wohnungsunternehmen: Bestand laden und freigeben können nur Wohnungsunternehmen. Welche das "
        "sind, bestimmt die Administration des Portals.",
        "“{name}” is no housing company: only housing companies load stock and release figures of it. Which "
        "these are is for the portal's administration to say.",
    ),
    "company-holds": (
        "In Datensätzen dieser Organisation liegen noch Dateien oder Links: {datasets}. Daten eines "
        "Wohnungsunternehmens nimmt das Portal nur als Bestandsdaten an. Bitte diese Dateien dort löschen; vorher wird "
        "kein erster Bestand geladen.",
        "Datasets of this organization still hold files or links: {datasets}. Data of a housing company come in as "
        "stock only. Delete these files there; no first stock is loaded before.",
    ),
    "company-left": (
        "{organization}: Datensatz „{dataset}“ ({state}) hält {count} Datei(en), Link(s) oder Tabelle(n): {files}. "
        "Dateien löschen; einen gelöschten Datensatz endgültig löschen: {address}",
        "{organization}: dataset “{dataset}” ({state}) holds {count} file(s), link(s) or table(s): {files}. Delete the "
        "files; purge a deleted dataset: {address}",
    ),
    "company-left-own": (
        "{organization}: Die Organisation selbst hält {count} Datei(en), die ein Sysadmin löscht: {files}. {address}",
        "{organization}: the organization itself holds {count} file(s), which a sysadmin deletes: {files}. {address}",
    ),
    "company-stored": (
        "Davon liegen in CKANs Dateiablage: {files}. Diese löscht die Aktion file_delete, und zwar bevor ein Datensatz "
        "endgültig gelöscht wird.",
        "Of these CKAN's own file store holds: {files}. The action file_delete deletes them; do so before a dataset is "
        "purged.",
    ),
    "company-none-left": (
        "In den Datensätzen der Wohnungsunternehmen liegen keine Dateien ({count} geprüft).",
        "Datasets of housing companies hold no files ({count} looked at).",
    ),
    "tables-bound": (
        "An Tabellen des DataStores hängen Trigger von früher, die jede Tabelle ändern könnten: {tables}. Mit psql "
        "ansehen und löschen (DROP TRIGGER).",
        "Triggers of earlier times are bound to tables of the DataStore and could change any table: {tables}. Look at "
        "them with psql and delete them (DROP TRIGGER).",
    ),
    "table-differs": (
        "{number}: Die Tabelle im DataStore ist nicht die freigegebene. Neu machen: "
        "ckan ierwohnen-releases settle --anew {number}",
        "{number}: the table in the DataStore is not the one that was released. Make it again: "
        "ckan ierwohnen-releases settle --anew {number}",
    ),
    "tables-alike": (
        "Die Tabellen der öffentlichen Freigaben sind die freigegebenen ({count} geprüft).",
        "The tables of public releases are those that were released ({count} looked at).",
    ),
    "company-end": (
        "Diese Organisation hat Bestandsdaten oder veröffentlichte Freigaben. Erst wenn ihre Mitglieder diese gelöscht "
        "und zurückgezogen haben, kann sie gelöscht werden: Danach könnte es niemand mehr.",
        "This organization has stock or published releases. It can be deleted when its members have deleted and "
        "withdrawn these: nobody could do so afterwards.",
    ),
    "company-name": (
        "Diese Organisation ist unter ihrem Namen als Wohnungsunternehmen eingetragen (ierwohnen.companies) und behält "
        "ihn. Die Betreiberin ändert beides zusammen.",
        "This organization is known by its name as a housing company (ierwohnen.companies) and keeps it. The operator "
        "changes both together.",
    ),
    **ACCOUNTS,
    # refusals of the check
    "one-owner": (
        "Alle Wohnungen gehören einem Datengeber: Jede Zahl zeigt nur sein Geschäft. Ohne seine Einwilligung kann "
        "nichts erscheinen.",
        "All dwellings belong to one contributor: every figure shows its business alone. Without its consent nothing "
        "can appear.",
    ),
    "not-protectable": (
        "Eine Zelle lässt sich nicht schützen: Was erscheinen muss oder schon bekannt ist, legt sie fest.",
        "A cell cannot be protected: what has to appear, or is known already, pins it down.",
    ),
    "already-disclosed": (
        "Zusammen mit früheren Freigaben, auch zurückgezogenen, ließe sich eine Zelle zu genau ausrechnen, selbst wenn "
        "alles Neue geheim bliebe.",
        "Together with earlier releases, withdrawn ones included, a cell could be worked out too closely, even if all "
        "that is new were kept secret.",
    ),
    "worked-out": (
        "Mit früheren Freigaben zusammen, auch zurückgezogenen, ließe sich für einen Ort zu genau ausrechnen, was ein "
        "Unternehmen oder einige wenige dort haben. Wählen Sie eine gröbere Ebene, oder beteiligen Sie dieselben "
        "Unternehmen wie eine frühere Freigabe.",
        "Together with earlier releases, withdrawn ones included, what one company or a few have in a place could be "
        "worked out too closely. Choose a coarser level, or the same companies as an earlier release.",
    ),
    "owners-apart": (
        "Frühere Freigaben, auch zurückgezogene, stehen von zu vielen verschiedenen Kreisen von Unternehmen: Was sich "
        "aus ihnen zusammen errechnen lässt, ist nicht mehr zu prüfen. Beteiligen Sie dieselben Unternehmen wie eine "
        "frühere Freigabe, oder nur solche, die in keiner anderen stehen.",
        "There are earlier releases, withdrawn ones included, of too many different sets of companies: what follows "
        "from them together can no longer be checked. Let the same companies take part as in an earlier release, or "
        "only such that are in no other.",
    ),
    "undecided": (
        "Ein Eigentümer hat in vier verschiedene Freigaben eingewilligt, die noch nicht veröffentlicht sind. Bitte "
        "erst über diese entscheiden (veröffentlichen oder ablehnen), dann dieselbe Freigabe noch einmal vorbereiten.",
        "An owner has agreed to be recognised in four different releases that are not published yet. Decide about "
        "these first (publish them or turn them down), then prepare the same release again.",
    ),
    "too-many-cells": (
        "Die Tabelle hat zu viele Zellen. Bitte eine gröbere Raumebene oder weniger Gliederungen wählen.",
        "The table has too many cells. Choose a coarser level or fewer breakdowns.",
    ),
    "too-much-work": (
        "Diese Tabelle ist zu groß für eine Prüfung. Bitte eine gröbere Raumebene oder weniger Gliederungen wählen.",
        "This table is too large for one check. Choose a coarser level or fewer breakdowns.",
    ),
    "too-little-time": (
        "Die Prüfung dauert zu lange. Bitte eine gröbere Raumebene oder weniger Gliederungen wählen.",
        "The check takes too long. Choose a coarser level or fewer breakdowns.",
    ),
    "too-little-memory": (
        "Für die Prüfung reicht der Speicher nicht. Bitte eine gröbere Raumebene oder weniger Gliederungen wählen.",
        "There is too little memory for the check. Choose a coarser level or fewer breakdowns.",
    ),
    "not-possible": ("Die Tabelle lässt sich so nicht prüfen.", "The table cannot be checked like this."),
    "no-records": ("Zu dieser Auswahl gibt es keine Wohnungen.", "There are no dwellings for this choice."),
    "no-stock": (
        "Mindestens ein Eigentümer hat zu diesem Stichtag keine Bestandsdaten geladen.",
        "At least one owner has loaded no stock for this reference date.",
    ),
    "field-missing": (
        "Mindestens einer Bestandstabelle fehlt ein Feld, das diese Kennzahlen oder Gliederungen brauchen.",
        "At least one table of stock lacks a field that these figures or breakdowns need.",
    ),
    "level-unknown": (
        "Diese Raumebene kennen die Bestandsdaten nicht, oder sie fügt sich nicht in die übrigen Ebenen.",
        "The stock does not know this level, or it does not nest with the other levels.",
    ),
    "history-unreadable": (
        "Diese Freigabe und eine frühere lassen sich nicht gemeinsam prüfen. Liegen Wohnungen in anderen Bezirken als "
        "in einer früheren Freigabe dieses Stichtags, bitte die Adressen der neuen Lieferung prüfen und den Bestand "
        "neu laden, oder einen anderen Stichtag freigeben. Sonst bitte dieselbe Raumebene und Gliederung wählen wie in "
        "der früheren Freigabe.",
        "This release and an earlier one cannot be checked together. If dwellings lie in other districts than in an "
        "earlier release of this reference date, check the addresses of the new delivery and load the stock again, or "
        "release another reference date. Else choose the same level and breakdown as in the earlier release.",
    ),
    "history-gone": (
        "Daten, aus denen frühere Freigaben entstanden sind, wurden gelöscht. Ohne sie lässt sich nicht prüfen, was "
        "zusammen mit diesen bekannt würde.",
        "Data of which earlier releases were made have been deleted. Without them nobody can check what would become "
        "known together with these.",
    ),
    # what helps
    "advice-consent": (
        "Mit der Einwilligung, erkennbar zu sein: {shown} Zellen mit einer Zahl, {secret} geschützt.",
        "With consent to be recognisable: {shown} cells with a number, {secret} kept secret.",
    ),
    "advice-coarser": (
        "Auf der nächsten gröberen Raumebene: {shown} Zellen mit einer Zahl, {secret} geschützt.",
        "On the next coarser level: {shown} cells with a number, {secret} kept secret.",
    ),
    "advice-without": (
        "Ohne die Gliederung „{concerns}“: {shown} Zellen mit einer Zahl, {secret} geschützt.",
        "Without the breakdown “{concerns}”: {shown} cells with a number, {secret} kept secret.",
    ),
    "advice-coarser-consent": (
        "Mit der Einwilligung und auf der nächsten gröberen Raumebene: {shown} Zellen mit einer Zahl, {secret} "
        "geschützt.",
        "With consent and on the next coarser level: {shown} cells with a number, {secret} kept secret.",
    ),
    "advice-without-consent": (
        "Mit der Einwilligung und ohne die Gliederung „{concerns}“: {shown} Zellen mit einer Zahl, {secret} geschützt.",
        "With consent and without the breakdown “{concerns}”: {shown} cells with a number, {secret} kept secret.",
    ),
    # a cell of the check
    "cell-count": ("Zahl der Wohnungen", "number of dwellings"),
    "cell-rent": ("Nettokaltmieten", "net cold rents"),
    "cell-area": ("vermietete Wohnfläche", "let floor area"),
    "cell-city": ("Summe der Freigabe", "total of the release"),
    "cell-no-address": ("Wohnungen ohne bekannte Adresse", "dwellings without a known address"),
    "cell-vacant": ("leer stehend", "vacant"),
    "cell-let": ("vermietet", "let"),
    "cell-vacancy-unknown": ("Leerstand ohne Angabe", "vacancy not stated"),
    # words of a table, and of the dataset of a public release
    "all-places": ("Summe der Freigabe", "Total of the release"),
    "all-key": ("insgesamt", "total"),
    "all-categories": ("insgesamt", "total"),
    "no-address": ("Adresse unbekannt", "Address unknown"),
    "no-key": ("ohne Zuordnung", "not assigned"),
    "column-unit": ("Schlüssel", "Key"),
    "column-name": ("Gebiet", "Area"),
    "column-level": ("Raumebene", "Spatial level"),
    "column-date": ("Stichtag", "Reference date"),
    "column-status": ("{figure}: Zeichen", "{figure}: sign"),
    "dataset-notes": (
        "{purpose}\n\nFreigabe {number} von {owners}. Grundlage: {agreement}. Gültig bis {until}.",
        "{purpose}\n\nRelease {number} by {owners}. Based on: {agreement}. Valid until {until}.",
    ),
    "owners-few": ("{names} und {last}", "{names} and {last}"),
    "owners-many": (
        "{count} Wohnungsunternehmen ({first}, {second} und {rest} weitere)",
        "{count} housing companies ({first}, {second} and {rest} more)",
    ),
    # why a figure is kept secret: rules of the city, in words
    "why-minimum_records": ("zu wenige Wohnungen", "too few dwellings"),
    "why-minimum_records-vacant": ("zu wenige leere Wohnungen", "too few vacant dwellings"),
    "why-minimum_records-rent": ("zu wenige Wohnungen mit Mietangabe", "too few dwellings with a rent"),
    "why-minimum_records-either": (
        "zu wenige Wohnungen, oder zu wenige leere",
        "too few dwellings, or too few vacant ones",
    ),
    "why-minimum_contributors": ("zu wenige Datengeber", "too few contributors"),
    "why-p_percent": (
        "der Größte ließe sich zu genau schätzen",
        "the largest could be estimated too closely",
    ),
    "why-dominance": ("einer überwiegt", "one of them prevails"),
    "why-group_disclosure": (
        "alle Wohnungen in derselben Gruppe, zum Beispiel alle leer",
        "all dwellings in the same group, all vacant for example",
    ),
    "why-coalition": ("Datengeber könnten gemeinsam rechnen", "contributors could reckon together"),
    "why-declared": ("als geheim gekennzeichnet", "declared secret"),
    "why-secondary": ("schützt eine andere Zahl", "protects another figure"),
    "failed": (
        "Die Prüfung konnte nicht zu Ende geführt werden ({code}). Bitte noch einmal prüfen lassen.",
        "The check could not be finished ({code}). Ask for it again.",
    ),
    "interrupted": (
        "Die Prüfung ist abgebrochen: Der Prozess, der sie rechnete, wurde beendet. Nichts ist herausgegangen. Bitte "
        "noch einmal prüfen lassen.",
        "The check broke off: the process that made it was ended. Nothing has left the house. Ask for it again.",
    ),
    "lost": (
        "Die Prüfung ist verloren gegangen, zum Beispiel bei einem Neustart. Bitte noch einmal prüfen lassen.",
        "The check got lost, for example when the server was started anew. Please start it again.",
    ),
    "no-worker": (
        "Auf dem Server werden gerade keine Freigaben geprüft. Die Administration des Portals muss die Prüfungen "
        "starten; Ihre wartet so lange.",
        "No releases are checked on the server just now. The portal's administration has to start the checks; yours "
        "waits until then.",
    ),
    "check-worker": ("Prozesse, die Freigaben prüfen: {count}.", "Processes that check releases: {count}."),
    "no-check-worker": (
        "Kein Prozess prüft Freigaben: Prüfungen warten, bis er läuft (ckan jobs worker checks).",
        "No process checks releases: checks wait until it runs (ckan jobs worker checks).",
    ),
    "waiting": ("Die Prüfung wartet.", "The check is waiting."),
    "reading": ("Bestandsdaten werden gelesen.", "Stock is being read."),
    "checking": ("Tabellen werden gerechnet.", "Tables are being computed."),
    "protecting": ("Zellen werden geschützt.", "Cells are being protected."),
    "advising": ("Es wird gesucht, welche Änderung helfen würde.", "A change that would help is being looked for."),
    "attacking": (
        "Geprüft wird, was Angreifer herausrechnen könnten; wo nötig, wird nachgebessert.",
        "What attackers could work out is being checked, and mended where needed.",
    ),
}


def say(code: str, locale: str = "de", /, **params: Any) -> str:
    """The sentence of a code."""
    return TEXTS[code][locale.startswith("en")].format(**params)
