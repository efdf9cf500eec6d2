"""What can go wrong in the store, as codes with sentences. Never carries a value, a statement or a driver's error."""

from __future__ import annotations

from typing import Any

MESSAGES: dict[str, tuple[str, str]] = {
    "unreachable": (
        "Der geschützte Speicher antwortet nicht. Bitte später noch einmal versuchen; die Betreiberin prüft mit "
        "„ckan ierwohnen-vault doctor“.",
        "The protected store does not answer. Try again later; the operator checks with “ckan ierwohnen-vault doctor”.",
    ),
    "servers-away": (
        "Datenbank oder Suche antworten gerade nicht. Was schon entschieden ist, gilt; der Rest folgt von selbst, "
        "sobald sie wieder da sind.",
        "Database or search do not answer just now. What was decided stands; the rest follows by itself as soon as "
        "they are back.",
    ),
    "refused": (
        "Der geschützte Speicher hat das verweigert: Dazu fehlt das Recht.",
        "The protected store has refused this: the right is missing.",
    ),
    "nothing-loaded": (
        "Es wurde keine Zeile geladen. Bitte die Tabelle prüfen.",
        "No row was loaded. Check the table.",
    ),
    "load-not-closed": (
        "Das Laden wurde nicht abgeschlossen; der alte Stand gilt weiter.",
        "The load was not closed; the old state stays.",
    ),
    "no-such-stock": (
        "Zu diesem Stichtag gibt es keine Bestandsdaten.",
        "There is no stock for this reference date.",
    ),
    "bad-row": (
        "Eine Zeile passt nicht in die Tabelle; nichts wurde geladen. Bitte die Tabelle zuerst prüfen lassen.",
        "A row does not fit into the table; nothing was loaded. Have the table checked first.",
    ),
    "busy": (
        "Der geschützte Speicher ist gerade belegt. Bitte in einer Minute noch einmal versuchen.",
        "The protected store is busy. Try again in a minute.",
    ),
    "failed": (
        "Der geschützte Speicher meldet einen Fehler ({state}); nichts wurde geändert.",
        "The protected store reports an error ({state}); nothing was changed.",
    ),
    "no-release": (
        "Diese Freigabe gibt es nicht.",
        "There is no such release.",
    ),
    "rules-broken": (
        "Die Regeln für Freigaben sind fehlerhaft: {what}. Die Betreiberin prüft ierwohnen.releases.rules und "
        "ierwohnen.alliance.",
        "The rules of releases are wrong: {what}. The operator checks ierwohnen.releases.rules and ierwohnen.alliance.",
    ),
    "check-too-long": (
        "Die Prüfung dauerte länger, als dieser Server zulässt. Entschieden ist nichts. Bitte später noch einmal "
        "prüfen lassen oder eine gröbere Raumebene wählen.",
        "The check took longer than this server allows. Nothing is decided. Have it checked again later, or choose a "
        "coarser level.",
    ),
    "check-too-large": (
        "Der Speicher, den eine Prüfung auf diesem Server höchstens hat, hat nicht gereicht. Entschieden ist nichts: "
        "Bitte eine gröbere Raumebene oder weniger Gliederungen wählen.",
        "The memory that a check has at most on this server was not enough. Nothing is decided: choose a coarser level "
        "or fewer breakdowns.",
    ),
    "overtaken": (
        "Inzwischen hat sich etwas geändert, das mitgeprüft werden muss. Bitte noch einmal versuchen.",
        "Something has changed meanwhile that has to be checked together with this. Try again.",
    ),
    "not-now": (
        "Dieser Schritt ist jetzt oder für diese Person nicht möglich.",
        "This step is not possible now, or not for this person.",
    ),
    "stock-changed": (
        "Der Bestand eines Eigentümers wurde seit der Prüfung neu geladen oder gelöscht. Diese Zahlen verlassen das "
        "Haus nicht mehr; bitte dieselbe Freigabe noch einmal vorbereiten.",
        "An owner's stock was loaded again or deleted since the check. These figures do not leave any more; prepare "
        "the same release once more.",
    ),
    "form-refused": (
        "Diese Angaben haben nicht die Form, die der geschützte Speicher verlangt; nichts wurde gespeichert.",
        "This does not have the form that the protected store asks for; nothing was stored.",
    ),
    "no-purpose": (
        "Bitte angeben, wozu die Daten gelesen werden.",
        "State what the data are read for.",
    ),
    "not-yours": (
        "Diese Bestandsdaten gibt es nicht.",
        "There is no such stock.",
    ),
    "key-missing": (
        "Der Schlüssel von „{organization}“ fehlt. Ohne ihn bleiben die Werte verschlossen.",
        "The key of “{organization}” is missing. Without it the values stay closed.",
    ),
    "sealed-broken": (
        "Verschlüsselte Werte lassen sich nicht öffnen: falscher Schlüssel, oder sie wurden verändert.",
        "Encrypted values cannot be opened: a wrong key, or they were changed.",
    ),
    "too-large": (
        "Die Datei ist mit {size} MB zu groß; möglich sind {limit} MB.",
        "The file is too large with {size} MB; {limit} MB are possible.",
    ),
    "delivery-gone": (
        "Die hochgeladene Tabelle ist nicht mehr da. Bitte noch einmal hochladen.",
        "The uploaded table is no longer there. Upload it again.",
    ),
    "delivery-elsewhere": (
        "Diese Tabelle wartet noch, aber der Schlüssel dazu fehlt hier oder ist ein anderer. Er ist nur dort, wo sie "
        "hochgeladen wurde; das Portal behält ihn nicht. Bitte dort weitermachen oder die Datei noch einmal hochladen.",
        "This table still waits, but its key is missing here or is another one. It is only where the table was "
        "uploaded; the portal keeps none. Go on there, or upload the file again.",
    ),
    "change-unconfirmed": (
        "Der neue Bestand weicht stark vom bisherigen ab; nichts wurde geladen. Wenn er stimmt, bitte die Datei noch "
        "einmal hochladen und die Veränderung vor dem Laden bestätigen.",
        "The new stock differs much from the earlier one; nothing was loaded. If it is right, upload the file once "
        "more and confirm the change before you load it.",
    ),
    "load-running": (
        "Für den Stichtag {date} wird gerade eine Datei geladen (hochgeladen am {since} von {person}). Bitte warten, "
        "bis das beendet ist; danach lässt sich der Bestand ersetzen oder löschen.",
        "A file for the reference date {date} is being loaded (uploaded on {since} by {person}). Wait until that has "
        "ended; then its stock can be replaced or deleted.",
    ),
    "repair-wrong": (
        "Diese Berichtigung ist unvollständig; es fehlt: {needed}.",
        "This repair is incomplete; missing: {needed}.",
    ),
    "repair-personal": (
        "Der neue Wert enthält vermutlich Angaben zu einer Person. Das wird nicht angenommen.",
        "The new value seems to tell of a person. That is not accepted.",
    ),
    "repairs-many": (
        "Mehr als {limit} Berichtigungen: Bitte die Datei selbst berichtigen und neu hochladen.",
        "More than {limit} repairs: mend the file itself and upload it again.",
    ),
    "defect": (
        "Beim Lesen der Tabelle ist ein unerwarteter Fehler aufgetreten ({kind}). Nichts wurde gespeichert.",
        "An unexpected error occurred while the table was read ({kind}). Nothing was stored.",
    ),
    "not-set-up": (
        "Der geschützte Speicher ist nicht eingerichtet. Die Betreiberin setzt ierwohnen.vault.url und "
        "ierwohnen.vault.key.",
        "The protected store is not set up. The operator sets ierwohnen.vault.url and ierwohnen.vault.key.",
    ),
    "engine-not-set-up": (
        "Die Prüfung von Freigaben ist nicht eingerichtet. Die Betreiberin setzt ierwohnen.vault.engine_url und "
        "ierwohnen.vault.engine_key.",
        "The check of releases is not set up. The operator sets ierwohnen.vault.engine_url and "
        "ierwohnen.vault.engine_key.",
    ),
    "key-weak": (
        "Der Schlüssel muss aus mindestens 32 Zeichen bestehen.",
        "The key must have at least 32 characters.",
    ),
    "text-refused": (
        "Im Feld „{field}“ stehen ein Zeilenumbruch, Steuerzeichen oder mehr als {limit} Zeichen.",
        "The field “{field}” holds a line break, control characters or more than {limit} characters.",
    ),
}
_BY_STATE = {
    "42501": "refused", "IW002": "refused", "IW001": "refused", "IW003": "nothing-loaded", "IW004": "load-not-closed",
    "IW005": "no-such-stock", "IW006": "overtaken", "IW007": "not-now", "IW008": "stock-changed",
    "IW009": "form-refused", "55P03": "busy", "40P01": "busy", "57014": "busy",
}  # fmt: skip


class VaultError(Exception):
    """Something that the store refuses or cannot do; `code` is a key of `MESSAGES`."""

    def __init__(self, code: str, **params: Any) -> None:
        self.code, self.params = code, params
        super().__init__(f"{code}: {self.message('en')}")

    def message(self, locale: str = "de") -> str:
        """What went wrong, as a sentence in the reader's language."""
        return MESSAGES[self.code][locale.startswith("en")].format(**self.params)


def error_of_state(state: str | None, connected: bool) -> VaultError:
    """The error for an SQLSTATE. The driver's own text may quote values and is therefore never looked at."""
    if state in _BY_STATE:
        return VaultError(_BY_STATE[state])
    if not connected or state is None or state.startswith(("08", "57P")):
        return VaultError("unreachable")
    if state.startswith(("22", "23")):
        return VaultError("bad-row")
    return VaultError("failed", state=state)
