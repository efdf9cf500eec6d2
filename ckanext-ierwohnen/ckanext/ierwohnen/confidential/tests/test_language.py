"""The command speaks German and English: its help, its complaints and its errors, each with a remedy."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from string import Formatter

import pytest

from ckanext.ierwohnen.confidential.command import main
from ckanext.ierwohnen.confidential.help import COMMANDS, HELP
from ckanext.ierwohnen.confidential.messages import ERRORS, MESSAGES
from ckanext.ierwohnen.confidential.options import language_of

ENGLISH = (
    "Check|llowed|[Tt]here are|[Nn]eeded|Name|[Cc]hoose|Lower|[Gg]ive|Add|Use|help|takes|[Ll]eave|Rename|Save|Fill|"
    "Draw|Make|Drop|Correct|[Kk]eep|Stay|Close|Release|report"
)
REMEDY = (re.compile("Bitte|bitte|rlaubt ist|rlaubt sind|Vorhanden sind|Nötig sind|wählen|senken|anheben|help|hilft|"
                     "braucht"), re.compile(ENGLISH))  # fmt: skip


@pytest.mark.parametrize("code", ERRORS)
def test_every_error_has_a_remedy_and_the_same_gaps_in_both_languages(code):
    for text, remedy in zip(ERRORS[code], REMEDY, strict=True):
        assert remedy.search(text), text
    gaps = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in MESSAGES[code]]
    assert gaps[0] == gaps[1]


@pytest.mark.parametrize(("language", "head"), [("de", "Aufruf:"), ("en", "usage:")])
def test_the_help_names_every_option_in_the_language_asked_for(capsys, language, head):
    number = ("de", "en").index(language)
    shown = ""
    for command in COMMANDS:
        with pytest.raises(SystemExit) as ended:
            main([command, "--help", "--language", language])
        assert ended.value.code == 0
        shown += capsys.readouterr().out
        assert head in shown and COMMANDS[command][number][1:] in shown
    plain = " ".join(shown.split())
    for name, words in HELP.items():
        assert " ".join(words[number].replace("%%", "%").split()) in plain, name
        assert words[1 - number] not in plain


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"LANGUAGE": "de"}, "Es fehlt: --output, input, --dimensions. --help zeigt alle Angaben."),
        ({"LANGUAGE": "", "LC_ALL": "C.UTF-8", "LANG": "de_AT.UTF-8"}, "Es fehlt: --output, input"),
        ({"LANGUAGE": "en_GB:de"}, "the following arguments are required: --output, input, --dimensions. --help shows"),
        ({"LANGUAGE": "", "LC_ALL": "fr_FR.UTF-8"}, "the following arguments are required"),
        ({"LANGUAGE": "", "LC_ALL": "C", "LC_MESSAGES": "", "LANG": ""}, "Es fehlt"),
    ],
)
def test_the_language_is_that_of_the_environment(environment, said, monkeypatch, capsys):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        main(["protect"])
    assert ended.value.code == 2 and said in capsys.readouterr().err


def test_a_process_of_its_own_speaks_the_language_of_its_environment():
    command = [sys.executable, "-m", "ckanext.ierwohnen.confidential", "--help"]
    done = subprocess.run(command, env=os.environ | {"LANGUAGE": "en"}, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and done.stdout.startswith("usage:") and "Nothing is written unless" in done.stdout


@pytest.mark.parametrize(
    ("given", "german"),
    [
        (["--max-cells", "viele"], "--max-cells: „viele“ ist keine ganze Zahl."),
        (["--p-percent", "viel"], "--p-percent: „viel“ ist keine Zahl."),
        (["--cost", "euro"], "--cost: „euro“ geht nicht; möglich: "),
        (["--holding"], "--holding: Der Wert fehlt."),
        (["--publikation", "x.csv"], "Unbekannte Angabe: --publikation x.csv."),
        (["--max", "3"], "--max ist mehrdeutig: --max-cells, --max-seconds, --max-memory."),
    ],
)
def test_complaints_about_options(capsys, given, german):
    with pytest.raises(SystemExit) as ended:
        main(["protect", "s.csv", "--dimensions", "a", "--output", "o.csv", *given])
    assert ended.value.code == 2
    assert german in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["protect", "s.csv", "--dimensions", "a", "--output", "o.csv", "--language=en", *given])
    assert "--help shows all options." in capsys.readouterr().err


def test_the_option_wins_over_the_environment(tmp_path, capsys):
    assert language_of(["protect", "--language", "en"]) == language_of(["--language=en"]) == "en"
    gone = str(tmp_path / "gone.csv")
    for language, said in (("de", "gibt es nicht. Bitte den Pfad prüfen."), ("en", "does not exist. Check the path.")):
        assert main(["audit", gone, "--dimensions", "a", "--holding", "o", "--language", language]) == 2
        assert said in capsys.readouterr().err
