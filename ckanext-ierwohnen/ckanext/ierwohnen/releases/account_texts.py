"""What is told of accounts, roles and names of organizations, by code, in German and English. Pure."""

from __future__ import annotations

ACCOUNTS: dict[str, tuple[str, str]] = {
    "name-kept": (
        "„{name}“ steht in der Einstellung {place}, die festlegt, wer Freigaben liest oder wer verbunden ist. Diese "
        "Organisation wird erst umbenannt oder gelöscht, wenn die Betreiberin den Namen dort herausgenommen hat.",
        "“{name}” stands in the setting {place}, which says who reads releases or who is linked. This organization is "
        "renamed or deleted when the operator has taken the name out there.",
    ),
    "name-taken": (
        "Der Name „{name}“ ist vergeben: Er steht in der Einstellung {place}. Bitte einen anderen wählen. Gibt es die "
        "gemeinte Organisation noch nicht, legt ein Systemadministrator sie neu an.",
        "The name “{name}” is kept for another: it stands in the setting {place}. Choose another one. If the "
        "organization that is meant does not exist yet, a sysadmin creates it.",
    ),
    "id-taken": (
        "Die Kennung gehörte einem Unternehmen, dessen Protokoll und Freigaben noch unter ihr stehen. Bitte keine "
        "angeben: Das Portal vergibt eine neue.",
        "The id was that of a company whose ledger and releases still stand under it. Give none: the portal finds a "
        "new one.",
    ),
    "kind-kept": (
        "Eine Organisation bleibt eine Organisation, eine Gruppe eine Gruppe: Wer in ihnen handelt, folgt anderen "
        "Regeln. Bitte stattdessen eine neue anlegen.",
        "An organization stays an organization, and a group a group: who acts in them follows other rules. Create a "
        "new one instead.",
    ),
    "title-kept": (
        "Wie „{name}“ heißt, bestimmt die Administration des Portals: Am Titel erkennen andere, wessen Daten eine "
        "Freigabe enthält und wer sie liest. Bitte wenden Sie sich an sie.",
        "What “{name}” is called is for the portal's administration to say: by the title others know whose data a "
        "release holds and who reads it. Please ask there.",
    ),
    "title-taken": (
        "„{name}“ ist von „{other}“ nicht zu unterscheiden, und am Titel erkennen Menschen, wer eine Freigabe liest. "
        "Verglichen wird ohne Leer- und Satzzeichen, und Zeichen, die gleich aussehen, zählen als gleich. Bitte einen "
        "anderen wählen.",
        "“{name}” cannot be told from “{other}”, and by titles people know who reads a release. They are compared "
        "without blanks and punctuation, and characters that look the same count as the same. Choose another one.",
    ),
    "title-sign": (
        "Der Titel enthält ein Zeichen, mit dem er wie ein anderer aussehen kann: {sign}. Bitte nur lateinische "
        "Buchstaben, die Ziffern 0 bis 9, Leerzeichen und übliche Satzzeichen verwenden.",
        "The title holds a character by which it can look like another one: {sign}. Use Latin letters, the digits 0 to "
        "9, blanks and usual punctuation only.",
    ),
    "account-token": (
        "„{name}“ handelt oder liest für ein Unternehmen oder das Bündnis. API-Schlüssel für dieses Konto legt nur an, "
        "wem es gehört, auf der eigenen Seite „API-Schlüssel“.",
        "“{name}” acts or reads for a company or the alliance. API tokens of this account are made by its owner alone, "
        "on the account's own page “API Tokens”.",
    ),
    "account-name": (
        "„{name}“ handelt oder liest für ein Unternehmen oder das Bündnis und behält seinen Anmeldenamen: Unter ihm "
        "steht das Konto in den Protokollen. Der angezeigte Name lässt sich ändern.",
        "“{name}” acts or reads for a company or the alliance and keeps its login name, by which ledgers know it. The "
        "full name can be changed.",
    ),
    "account-password": (
        "„{name}“ handelt oder liest für ein Unternehmen oder das Bündnis. Das Kennwort setzt nur, wem das Konto "
        "gehört, auch über einen Link von der Anmeldeseite. Wen keine Mail erreicht, der bekommt ein neues Konto.",
        "“{name}” acts or reads for a company or the alliance. Its owner alone sets the password, also by a link "
        "from the page to log in. Whom no mail reaches gets a new account.",
    ),
    "account-email": (
        "„{name}“ handelt oder liest für ein Unternehmen oder das Bündnis. Die Adresse, an die der Link für ein "
        "neues Kennwort geht, ändert nur, wem das Konto gehört.",
        "“{name}” acts or reads for a company or the alliance. The address to which the link for a new password goes "
        "is changed by its owner alone.",
    ),
    "role-given": (
        "Wer in einer Organisation bearbeitet oder genehmigt, bestimmt die Administration des Portals: Bitte wenden "
        "Sie sich an sie. Vier Augen brauchen zwei Menschen, nicht zwei Konten. Mitglieder, die nur lesen, nehmen Sie "
        "selbst auf.",
        "Who edits or approves in an organization is for the portal's administration to say: please ask there. Four "
        "eyes need two people, not two accounts. You can add members who only read yourself.",
    ),
    "invited-already": (
        "Zu dieser E-Mail-Adresse gibt es schon ein Konto oder eine Einladung. Nehmen Sie das Konto mit seinem "
        "Anmeldenamen auf.",
        "There is an account or an invitation with this e-mail address already. Take the account in by its login name.",
    ),
    "invitation-unsent": (
        "Die Einladung konnte nicht verschickt werden; es wurde kein Konto angelegt. Bitte sagen Sie es der "
        "Administration des Portals: Sie prüft, ob es E-Mails verschickt.",
        "The invitation could not be sent; no account was made. Please tell the portal's administration, which "
        "checks whether it sends e-mail.",
    ),
}
