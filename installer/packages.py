"""Debian's packages: which are needed, which are missing, and installing those."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from installer.steps import StepFailed, Steps

PYTHON = (
    "ca-certificates",
    "python3-venv",
    "python3-dev",  # psycopg2 is built on the spot
    "gcc",
    "libc6-dev",
    "libpq-dev",
    "libmagic1",
    "libpango-1.0-0",  # WeasyPrint lays out text with it
    "libpangoft2-1.0-0",
    "libharfbuzz-subset0",
    "fonts-liberation",
)
SERVER = (
    *PYTHON,
    "postgresql",
    "redis-server",
    "openjdk-17-jre-headless",  # Solr
    "openjdk-17-jdk-headless",  # its launcher is compiled when it starts
    "maven",  # fetches Solr
)
TEST = ("chromium",)
OWN_SERVICES = {"postgresql": "postgresql", "redis-server": "redis-server"}


def missing(packages: tuple[str, ...]) -> list[str]:
    """Which of the packages are not installed."""
    result = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package} ${Status}\n", *packages], capture_output=True, text=True
    )
    present = {line.split()[0] for line in result.stdout.splitlines() if line.endswith("install ok installed")}
    return [package for package in packages if package not in present]


def as_root(steps: Steps) -> list[str]:
    """The words to put before a command that only root may run."""
    if os.geteuid() == 0:
        return []
    if not shutil.which("sudo"):
        raise StepFailed("Debian packages are missing and there is no sudo", "Run once as root, or install sudo.")
    return ["sudo"]


def install(steps: Steps, packages: tuple[str, ...]) -> None:
    """Install what is missing; services of Debian's own that come along are stopped, the portal runs its own."""
    absent = missing(packages)
    if not absent:
        return
    root = as_root(steps)
    steps.say(f"    {' '.join(absent)}")
    remedy = (
        f"Try it by hand: {' '.join(root)} apt-get update && {' '.join(root)} apt-get install {' '.join(absent)}\n"
        "  Then run the same command again; it goes on from here."
    ).replace("  apt", " apt")
    noninteractive = [*root, "env", "DEBIAN_FRONTEND=noninteractive"]
    steps.command([*noninteractive, "apt-get", "update", "-qq"], remedy)
    steps.command([*noninteractive, "apt-get", "install", "-y", "-qq", "--no-install-recommends", *absent], remedy)
    for package in OWN_SERVICES.keys() & set(absent):
        stop_debians_own(root, OWN_SERVICES[package])


def stop_debians_own(root: list[str], service: str) -> None:
    """Stop and disable a service that apt has just brought to life: the portal does not use it."""
    if Path("/run/systemd/system").exists():
        command = [*root, "systemctl", "disable", "--now", service]
    else:
        command = [*root, "/usr/sbin/service", service, "stop"]
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
