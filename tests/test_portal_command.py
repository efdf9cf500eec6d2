"""The command `./portal` as a person and a script see it."""

from __future__ import annotations

import configparser
import json
import os
import stat
import subprocess
from pathlib import Path

import pytest

from installer import config, status
from installer.commands import COMMANDS
from installer.portal import Portal
from installer.state import ROLES

CHECKOUT = Path(__file__).parent.parent


def portal(*words: str) -> subprocess.CompletedProcess[str]:
    """Run `./portal` from another folder, in the environment of a fresh shell."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("CKAN_", "PYTHON"))}
    return subprocess.run(
        [CHECKOUT / "portal", *words], capture_output=True, text=True, cwd="/", env=environment, timeout=120
    )


def test_help_names_every_command_and_an_unknown_one_is_refused():
    told = portal("help").stdout
    for name in COMMANDS:
        assert name.startswith("-") or name == "help" or f"  {name}" in told
    wrong = portal("dance")
    assert wrong.returncode == 2
    assert "there is no command “dance”" in wrong.stderr


def test_status_json_keeps_its_contract():
    answer = portal("status", "--json")
    facts = json.loads(answer.stdout)
    assert set(facts) == {"url", "ready", "services", "accounts"}
    assert answer.returncode == (0 if facts["ready"] else 3)
    assert set(facts["services"]) == {"postgres", "redis", "solr", "web", "jobs", "checks"}
    for account in facts["accounts"].values():
        assert set(account) == {"name", "password", "token"}


def test_a_reader_that_goes_away_is_met_calmly():
    piped = subprocess.run(
        ["bash", "-c", f"{CHECKOUT}/portal help | true"], capture_output=True, text=True, cwd="/", timeout=120
    )
    assert piped.stderr == ""


def test_status_of_a_served_portal(live_portal):
    whole = Portal(quiet=True)
    facts = json.loads(json.dumps(status.facts(whole, whole.live)))
    assert facts["ready"] is True
    assert facts["url"] == live_portal.url
    assert tuple(facts["accounts"]) == ROLES
    assert all(service["ready"] and service["memory_mib"] > 0 for service in facts["services"].values())


def test_python_runs_with_our_packages_and_needs_no_running_portal():
    answer = portal("python", "-c", "import ckanext.ierwohnen, ckan; print(ckan.__version__)")
    assert answer.stdout.strip() == "2.12.0", answer.stderr


def test_logs_of_an_unknown_service_name_the_known_ones():
    answer = portal("logs", "kitchen")
    assert answer.returncode == 1
    assert "no log kitchen" in answer.stderr
    assert "solr" in answer.stderr


def test_generated_configuration_is_private_and_names_no_default_secret(live_portal):
    ini = Portal(quiet=True).live.ini
    assert stat.S_IMODE(ini.stat().st_mode) == 0o600
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(ini)
    settings = parser["app:main"]
    secrets = [settings["SECRET_KEY"], settings["WTF_CSRF_SECRET_KEY"], settings["api_token.jwt.encode.secret"]]
    assert len(set(secrets)) == 3
    assert all(len(secret) >= 40 for secret in secrets)


def test_tests_run_with_the_settings_that_the_portal_runs_with():
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str
    parser.read(CHECKOUT / "test.ini")
    ours = dict(parser["app:main"])
    assert tuple(ours["ckan.plugins"].split()) == config.PLUGINS
    generated = {**config.READERS, **{key: value for key, value in config.SAFE.items() if key.startswith("ckan")}}
    assert {key: ours.get(key) for key in generated} == generated


@pytest.mark.parametrize("service", ["postgres", "redis", "solr", "web"])
def test_services_listen_on_the_loopback_only(live_portal, service):
    whole = Portal(quiet=True)
    port = status.facts(whole, whole.live)["services"][service]["port"]
    listening = subprocess.run(["cat", "/proc/net/tcp", "/proc/net/tcp6"], capture_output=True, text=True).stdout
    hexadecimal = f":{port:04X}"
    addresses = {
        line.split()[1].removesuffix(hexadecimal)
        for line in listening.splitlines()
        if len(line.split()) > 3 and line.split()[1].endswith(hexadecimal) and line.split()[3] == "0A"
    }
    # 127.0.0.1 as the kernel writes it, plain or mapped into IPv6 as Java does it
    assert addresses
    assert addresses <= {"0100007F", "0000000000000000FFFF00000100007F"}
