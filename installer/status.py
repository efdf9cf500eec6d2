"""What runs and where: for people, and as JSON for scripts."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from installer.instance import Instance
from installer.portal import Portal
from installer.processes import descendants
from installer.steps import digest


def resident_memory(pid: int) -> int:
    """Memory that a process and its children hold in RAM, in MiB; shared pages are shared out (Pss)."""
    total = 0
    for number in [pid, *descendants(pid)]:
        try:
            rollup = Path(f"/proc/{number}/smaps_rollup").read_text("utf-8")
        except OSError:
            continue
        found = re.search(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)
        total += int(found[1]) if found else 0
    return total // 1024


def facts(portal: Portal, instance: Instance | None = None) -> dict[str, Any]:
    """The state of a portal (the demo's, if none is named): `url`, `ready`, `services` by name, `accounts` by role."""
    instance = instance or portal.demo
    postgres = instance.postgres
    services = {}
    for name, process, port, answers in (
        ("postgres", postgres.process, postgres.port, postgres.answers),
        ("redis", portal.redis.process, portal.redis.port, portal.redis.answers),
        ("solr", portal.solr.process, portal.solr.port, portal.solr.answers),
        ("web", instance.web, portal.state.port(instance.port_name), instance.answers),
        ("jobs", instance.jobs, None, lambda: True),
        ("checks", instance.checks, None, lambda: True),
    ):
        pid = process.pid()
        services[name] = {
            "running": pid is not None,
            "ready": pid is not None and answers(),
            "pid": pid,
            "port": port or None,
            "memory_mib": resident_memory(pid) if pid else None,
            "log": str(process.log),
        }
    accounts = instance.accounts
    return {
        "url": instance.url,
        "ready": all(service["ready"] for service in services.values()),
        "services": services,
        "accounts": json.loads(accounts.read_text("utf-8")) if accounts.exists() else {},
    }


def text(state: dict[str, Any]) -> str:
    """The same for people; passwords only on request by --json."""
    lines = [f"{state['url']}  {'ready' if state['ready'] else 'not ready'}", ""]
    for name, service in state["services"].items():
        word = "ready" if service["ready"] else "running, does not answer" if service["running"] else "stopped"
        port = f"port {service['port']}" if service["port"] else ""
        memory = f"{service['memory_mib']} MiB" if service["memory_mib"] is not None else ""
        lines.append(f"  {name:10}{word:10}{port:14}{memory}")
    lines += ["", f"  memory: {sum(s['memory_mib'] or 0 for s in state['services'].values())} MiB"]
    return "\n".join(lines)


def welcome(portal: Portal) -> str:
    """What `./portal demo` ends with: address, accounts, five things to try."""
    lines = [f"The portal is at  {portal.demo.url}", "", "  role                name                password"]
    for role, account in portal.state.accounts().items():
        if account["token"]:
            lines.append(f"  {role:20}{account['name']:20}{account['password']}")
    if portal.city_sources():
        lines += ["", "Five things to try", ""]
        for thing in things_to_try(portal):
            who = f" (sign in as {thing['role']})" if thing.get("role") else ""
            lines += [f"  - {thing['title']}{who}", f"    {portal.demo.url}{thing['path']}"]
    lines += ["", "Stop it with ./portal stop; tokens and state for scripts: ./portal status --json"]
    return "\n".join(lines)


def things_to_try(portal: Portal) -> list[dict[str, Any]]:
    """Title, path and role of each thing; asked of the demo room once, since that takes seconds."""
    ground = digest(*portal.city_sources())
    kept = portal.state.get("things-to-try")
    if not kept or kept["ground"] != ground:
        told = portal.demo.run_ckan("ierwohnen-demo", "things-to-try")
        kept = {"ground": ground, "things": json.loads(told[told.index("[{") :])}
        portal.state.set("things-to-try", kept)
    return kept["things"]
