"""Options out of range are refused with the range, before any work begins."""

from __future__ import annotations

import pytest

from ckanext.ierwohnen.confidential.command import main

from .stock import random_records

COMMANDS = {
    "protect": ["--value", "rent", "--holding", "owner", "--output"],
    "advise": ["--value", "rent", "--holding", "owner", "--report"],
    "perturb": ["--record-key", "key", "--output"],
}


@pytest.mark.parametrize(
    ("command", "option", "value"),
    [
        ("protect", "--total-factor", "nan"),
        ("protect", "--total-factor", "-1"),
        ("advise", "--total-factor", "inf"),
        ("protect", "--max-seconds", "nan"),
        ("protect", "--max-seconds", "-1"),
        ("protect", "--max-memory", "nan"),
        ("protect", "--max-cells", "0"),
        ("protect", "--total", ""),
        ("protect", "--total", " "),
        ("advise", "--consents", "-3"),
        ("advise", "--periods", "nosuch"),
        ("advise", "--periods", "d0,D1"),
        ("perturb", "--variance", "nan"),
        ("perturb", "--variance", "inf"),
        ("perturb", "--variance", "0.4"),
        ("perturb", "--max-deviation", "100000"),
        ("perturb", "--max-deviation", "1"),
        ("perturb", "--js", "-1"),
    ],
)
def test_a_number_out_of_its_range_is_refused_with_the_range(tmp_path, capsys, command, option, value):
    frame = random_records(5, 200, (3, 3), 9)
    frame.assign(key=[(i * 0.618034) % 1 for i in range(200)]).to_csv(tmp_path / "b.csv", index=False)
    given = [command, str(tmp_path / "b.csv"), "--dimensions", "d0,d1", *COMMANDS[command], str(tmp_path / "o")]
    for language, said in (("de", "erlaubt ist"), ("en", "allowed is")):
        assert main([*given, f"{option}={value}", "--language", language]) == 2
        error = capsys.readouterr().err
        assert option in error and (said in error or "d1" in error), error
    assert not (tmp_path / "o").exists()
    assert main(given) == 0  # it was the option
