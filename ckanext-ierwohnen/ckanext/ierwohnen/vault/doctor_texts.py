"""What each check of the doctor looks at, and what to do where it finds something: (de, en) by code."""

from __future__ import annotations

_AGAIN = (
    "Als Administratorin des Servers „python -m ckanext.ierwohnen.vault roles | psql“ noch einmal ausführen.",
    "As the server's administrator run “python -m ckanext.ierwohnen.vault roles | psql” again.",
)
_UPGRADE = (
    "„python -m ckanext.ierwohnen.vault upgrade“ ausführen; hat jemand von Hand geändert, diese Änderung zurücknehmen.",
    "Run “python -m ckanext.ierwohnen.vault upgrade”; if somebody changed it by hand, take that back.",
)
_CHECKED: dict[str, tuple[str, str, tuple[str, str]]] = {
    "answers": (
        "Der geschützte Speicher antwortet",
        "The protected store answers",
        (
            "Läuft der Datenbankserver? Stimmt ierwohnen.vault.url?",
            "Does the database server run? Is ierwohnen.vault.url right?",
        ),
    ),
    "powers": ("Seine Rollen haben keine Sonderrechte", "Its roles have no special powers", _AGAIN),
    "memberships": (
        "Keine Rolle ist Mitglied einer anderen",
        "No role is a member of another",
        ("Die Mitgliedschaft mit REVOKE entziehen.", "Take the membership away by REVOKE."),
    ),
    "readers-of-all": (
        "Niemand darf alle Datenbanken lesen",
        "Nobody may read all databases",
        (
            "Dem Konto das Recht entziehen, oder den Speicher auf einen eigenen Server legen.",
            "Take the right from the account, or move the store to a server of its own.",
        ),
    ),
    "may-connect": (
        "Nur seine Rollen haben Rechte an der Datenbank",
        "Only its roles have rights on the database",
        _AGAIN,
    ),
    "can-connect": ("Kein anderes Konto kann sie öffnen", "No other account can open it", _AGAIN),
    "unlocked": (
        "Jede Tabelle ist zeilenweise verschlossen, auch für die Besitzerin",
        "Every table is locked by row, for its owner as well",
        _UPGRADE,
    ),
    "owned": ("Alle Tabellen gehören vault_owner", "All tables belong to vault_owner", _UPGRADE),
    "policies": (
        "Bestand und Summen liest auch die Besitzerin nur nach der Berechtigung der Transaktion",
        "Stock and sums are read by the transaction's capability, by their owner as well",
        _UPGRADE,
    ),
    "plans": (
        "Weder Ausführungspläne noch Meldungen von Funktionen verraten etwas von fremden Zeilen",
        "Neither plans of statements nor messages of functions tell anything of others' rows",
        _UPGRADE,
    ),
    "rights": (
        "An den Tabellen hat der Dienst kein Recht, er ruft nur Funktionen auf",
        "The service has no right on the tables, it calls functions only",
        _UPGRADE,
    ),
    "creators": ("Die Rollen können nichts anlegen", "The roles can create nothing", _AGAIN),
    "functions": (
        "Funktionen sind fest verdrahtet, und nur die vorgesehenen sind aufrufbar",
        "Functions are fixed, and only those meant can be called",
        _UPGRADE,
    ),
    "foreign": (
        "Es gibt keine Sichten, Fremdtabellen und Erweiterungen",
        "There are no views, foreign tables or extensions",
        ("Entfernen: Sie wären ein zweiter Weg zu den Zeilen.", "Remove them: they would be a second way to the rows."),
    ),
    "loud": (
        "Anweisungen und Fehler erscheinen in keinem Protokoll",
        "Statements and errors appear in no log",
        _AGAIN,
    ),
    "watchers": (
        "Der Server zeichnet keine Anweisungen auf",
        "The server records no statements",
        (
            "Die Bibliothek für diese Datenbank abschalten, oder den Speicher auf einen eigenen Server legen.",
            "Turn the library off for this database, or move the store to a server of its own.",
        ),
    ),
    "locks": (
        "Seine Rollen sehen in dieser Datenbank nicht, welche Tabellen andere gerade lesen",
        "In this database its roles do not see which tables others are reading",
        _AGAIN,
    ),
    "statistics": (
        "Der Planer führt keine Statistik über Werte",
        "The planner keeps no statistics of values",
        _UPGRADE,
    ),
    "ledger": ("Das Zugriffsprotokoll wächst nur", "The ledger only grows", _UPGRADE),
    "leftovers": (
        "Kein abgebrochenes Laden hat Zeilen hinterlassen",
        "No load that ended early left rows behind",
        ("Die Tabelle als vault_owner löschen (DROP TABLE).", "Drop the table as vault_owner (DROP TABLE)."),
    ),
    "network": (
        "Die Verbindung verlässt den Rechner nur verschlüsselt",
        "The connection leaves the machine encrypted only",
        ("sslmode=verify-full an ierwohnen.vault.url anhängen.", "Append sslmode=verify-full to ierwohnen.vault.url."),
    ),
    "key": (
        "Der Schlüssel des Portals passt",
        "The portal's key fits",
        (
            "ierwohnen.vault.key mit dem Schlüssel vergleichen, mit dem „upgrade“ lief, oder „upgrade“ wiederholen.",
            "Compare ierwohnen.vault.key with the key that “upgrade” ran with, or run “upgrade” again.",
        ),
    ),
    "strangers": (
        "CKAN und DataStore werden an der Tür abgewiesen",
        "CKAN and the DataStore are turned away at the door",
        _AGAIN,
    ),
    "watched": (
        "CKAN und DataStore sehen aus keiner Datenbank, welche Tabellen des Speichers gerade gelesen werden",
        "From no database CKAN and the DataStore see which of the store's tables are being read",
        _AGAIN,
    ),
    "passwords": (
        "Ohne richtiges Kennwort kommt niemand herein",
        "Nobody gets in without the right password",
        (
            "In pg_hba.conf „trust“ durch „scram-sha-256“ ersetzen und den Server neu laden.",
            "Replace “trust” by “scram-sha-256” in pg_hba.conf and reload the server.",
        ),
    ),
}
TEXTS: dict[str, tuple[tuple[str, str], tuple[str, str]]] = {
    code: ((de, remedy[0]), (en, remedy[1])) for code, (de, en, remedy) in _CHECKED.items()
}
