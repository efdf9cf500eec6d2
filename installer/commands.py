"""The commands of `./portal`."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from installer import status
from installer.portal import Portal
from installer.steps import StepFailed, digest

# A whole run uses both cores; each has CKAN databases of its own, and a file stays on one process
# (tests/fixtures/side_by_side.py).
SIDE_BY_SIDE = ["-n", "2", "--dist", "loadgroup", "--no-loadscope-reorder"]

HELP = """usage: ./portal COMMAND

  demo [--reset] [--port N]   install, start and fill a portal, and say where it is
  test [pytest arguments]     install, start test services and run the tests
  stop                        stop everything that this checkout started
  status [--json]             what runs, and where
  logs [NAME …] [-f]          the last lines of the logs
  ckan …                      CKAN's own command, on this portal
  python …                    Python with the portal's packages and configuration
  build                       only install; start nothing
  remove                      stop everything and delete the portal of this checkout, its data included
  services [--test]           start PostgreSQL, Redis and Solr only; test runs then begin quicker
"""


def demo(arguments: list[str]) -> int:
    """Install, start and fill a portal."""
    parser = argparse.ArgumentParser(prog="./portal demo")
    parser.add_argument("--reset", action="store_true", help="delete the portal's data first")
    parser.add_argument("--port", type=int, help="the portal's port (default 5000, or the next free one)")
    options = parser.parse_args(arguments)
    portal = Portal()
    with portal.alone("set-up", "Another set-up of this checkout is running"):
        if options.reset:
            portal.reset()
        portal.install()
        portal.start_services(portal.postgres)
        instance = portal.demo
        if options.port and options.port != portal.state.port("web"):
            instance.stop()
        if not instance.web.pid():
            portal.state.web_port(options.port)
        portal.prepare(instance)
        portal.ensure_accounts(instance)
        restart_after_change(portal)
        if not (all(process.pid() for process in instance.processes) and instance.answers()):
            portal.steps.run("web", "Start the web server and the job workers", instance.start)
        fill(portal)
    portal.steps.say(f"ready after {time.monotonic() - portal.steps.began:.1f} s\n")
    print(status.welcome(portal))
    return 0


def restart_after_change(portal: Portal) -> None:
    """A running web server knows nothing of newer code or configuration: stop it, so that it starts anew."""
    ground = digest(
        portal.demo.ini,
        *(portal.place.stamps / name for name in ("python", "portal-tables", "translations")),
        *portal.served_files(),
    )
    if portal.state.get("served") != ground:
        portal.demo.stop()
        portal.state.set("served", ground)


def fill(portal: Portal) -> None:
    """Load the demonstration city by its own command, once for each state of its generator."""
    sources = portal.city_sources()
    if sources:
        portal.steps.run(
            "portal-city",
            "The demonstration city",
            portal.demo.load_city,
            digest(portal.postgres.identity, *sources),
        )


def test(arguments: list[str]) -> int:
    """Run pytest against real services; a whole run, without arguments, on several processes."""
    portal = Portal()
    with portal.alone("test", "Another test run of this checkout is going on"):
        with portal.alone("set-up", "Another set-up of this checkout is running"):
            before = {process.name for process in portal.processes() if process.pid()}
            portal.install(test=True)
            portal.start_services(portal.test_postgres)
            portal.prepare(portal.test)
            if not arguments:
                portal.prepare(portal.test_beside)
        portal.steps.say(f"ready for tests after {time.monotonic() - portal.steps.began:.1f} s\n")
        environment = {
            **portal.test.environment(),
            **portal.test.addresses().environment(),
            "CKAN_INI": str(portal.place.checkout / "test.ini"),
            "PYTHONPATH": str(portal.place.checkout),
        }
        if not arguments:
            environment["IERWOHNEN_TEST_BESIDE"] = json.dumps(portal.test_beside.addresses().environment())
        environment.setdefault("IERWOHNEN_REAL_DATA", str(portal.place.checkout.parent / "shared" / "data"))
        try:
            pytest = [portal.place.python, "-m", "pytest", *(arguments or SIDE_BY_SIDE)]
            return run_and_wait(pytest, environment, portal.place.checkout)
        finally:
            portal.live.stop()
            stop_all_but(portal, before)


def stop_all_but(portal: Portal, names: set[str]) -> None:
    """Stop what a test run has started, and leave what ran before it."""
    for process in portal.processes():
        if process.pid() and process.name not in names:
            process.stop(signal.SIGINT if "postgres" in process.name else signal.SIGTERM)


def run_and_wait(args: list[Any], environment: dict[str, str], folder: Path | None = None) -> int:
    """Run a program on our own terminal; Ctrl-C goes to it, and we wait for its end."""
    child = subprocess.Popen([str(arg) for arg in args], env=environment, cwd=folder)
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            continue


def stop(arguments: list[str]) -> int:
    """Stop everything of this checkout."""
    portal = Portal()
    names = portal.stop() if portal.place.root.exists() else []
    print(f"stopped: {', '.join(names)}" if names else "nothing was running")
    return 0


def remove(arguments: list[str]) -> int:
    """Stop everything and delete the private folder, and the database's where that lies elsewhere."""
    portal = Portal()
    if portal.place.root.exists():
        portal.stop()
        portal.remove()
    print(f"{portal.place.root} is gone; Debian's packages stay")
    return 0


def show_status(arguments: list[str]) -> int:
    """Say what runs; exit code 0 if the portal is ready, 3 if not."""
    facts = status.facts(Portal())
    print(json.dumps(facts, indent=2) if "--json" in arguments else status.text(facts))
    return 0 if facts["ready"] else 3


def logs(arguments: list[str]) -> int:
    """Show the last lines of the logs."""
    portal = Portal()
    names = [word for word in arguments if not word.startswith("-")]
    files = sorted(portal.place.log.glob("*.log"))
    known = {file.stem: file for file in files}
    unknown = [name for name in names if name not in known]
    if unknown or not files:
        raise StepFailed(f"no log {', '.join(unknown)}".strip(), f"There are: {', '.join(known) or 'none yet'}.")
    chosen = [known[name] for name in names] or files
    follow = ["-F"] if "-f" in arguments else []
    return run_and_wait(["tail", "-n", "40", *follow, *chosen], dict(os.environ))


def ckan(arguments: list[str]) -> int:
    """CKAN's own command on this portal; starts the services that it needs."""
    portal = Portal()
    if not portal.demo.ini.exists():
        raise StepFailed("there is no portal yet", "Run ./portal demo first.")
    portal.steps.quiet = True
    portal.start_services(portal.postgres)
    portal.demo.configure()
    os.execve(portal.place.ckan, [str(portal.place.ckan), *arguments], portal.demo.environment())


def python(arguments: list[str]) -> int:
    """Python with the portal's packages; installs them if need be, starts nothing."""
    portal = Portal()
    stamps = portal.place.stamps
    if not portal.place.python.exists() or not ((stamps / "python").exists() or (stamps / "python-test").exists()):
        build_python(portal)
    os.execve(portal.place.python, [str(portal.place.python), *arguments], portal.demo.environment())


def build_python(portal: Portal) -> None:
    """Debian packages and the virtual environment."""
    from installer import packages

    with portal.alone("set-up", "Another set-up of this checkout is running"):
        portal.install_packages(packages.PYTHON)
        portal.install_python()


def build(arguments: list[str]) -> int:
    """Install everything, start nothing."""
    portal = Portal()
    with portal.alone("set-up", "Another set-up of this checkout is running"):
        portal.install(test="--test" in arguments)
    portal.steps.say("installed")
    return 0


def services(arguments: list[str]) -> int:
    """Start the services without a portal."""
    portal = Portal()
    with portal.alone("set-up", "Another set-up of this checkout is running"):
        portal.install(test="--test" in arguments)
        portal.start_services(portal.test_postgres if "--test" in arguments else portal.postgres)
    print(status.text(status.facts(portal)))
    return 0


def help_(arguments: list[str]) -> int:
    print(HELP)
    return 0


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "demo": demo,
    "test": test,
    "stop": stop,
    "remove": remove,
    "status": show_status,
    "logs": logs,
    "ckan": ckan,
    "python": python,
    "build": build,
    "services": services,
    "help": help_,
    "--help": help_,
    "-h": help_,
}


def main() -> int:
    """Run the command named first; a failure tells the step and the remedy."""
    name, arguments = (sys.argv[1], sys.argv[2:]) if len(sys.argv) > 1 else ("help", [])
    if name not in COMMANDS:
        print(f"portal: there is no command “{name}”\n\n{HELP}", file=sys.stderr)
        return 2
    try:
        if name not in ("stop", "remove", "status", "help", "--help", "-h"):
            Portal().place.make_folders()
        code = COMMANDS[name](arguments)
        sys.stdout.flush()  # here, where a reader that has gone away (`| head`) can still be met calmly
        return code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except StepFailed as failure:
        print(f"\n✗ {failure.problem}\n→ {failure.remedy}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped; the same command goes on from here", file=sys.stderr)
        return 130
