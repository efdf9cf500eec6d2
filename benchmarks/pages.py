"""How long pages take: stock CKAN's home, search and dataset page against ours, in one run on the same data.

    ./portal python benchmarks/pages.py [--rounds 6] [--only map]

Two web servers with one worker each are started on the running portal's database, index and files: one with CKAN's
own plugins, one with ours beside them. Both show the same organization with twenty plain datasets, made for the run
and removed after it, since stock CKAN cannot show datasets of our types. The servers are asked in turn, so that a
busy machine slows both, and the computing time of each worker counts, not what it waited for. What is printed is the
ratio of the medians, which is comparable between machines; the goal is at most 1.10.

The last line is the page of a dataset with map and chart, which stock CKAN cannot show, beside stock CKAN's page of a
plain dataset; the goal is at most 1.30. It needs the demonstration city (./portal demo).
"""

from __future__ import annotations

import argparse
import configparser
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
WARM_UP = 1
OWN, DATASETS = "benchmark-pages", 20
BLOCK = 5
MAP = "/dataset/wohnungsleerstand-stadtteile"
STOCK = ("datastore", "activity", "image_view", "text_view")


def main() -> int:
    """Run, print a line per page, and return 1 if a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--goal", type=float, default=1.10)
    parser.add_argument("--goal-map", type=float, default=1.30)
    parser.add_argument("--only", help="one page: home, search, dataset or map")
    asked = parser.parse_args()
    own = Path(os.environ["CKAN_INI"])
    with tempfile.TemporaryDirectory() as folder, ExitStack() as servers:
        ports = {"stock": free_port(), "ours": free_port()}
        configuration = {
            "stock": stock_configuration(own, Path(folder), ports["stock"]),
            "ours": our_configuration(own, Path(folder), ports["ours"]),
        }
        workers = {name: servers.enter_context(server(file, ports[name])) for name, file in configuration.items()}
        servers.enter_context(data(ports["ours"]))
        plain = f"/dataset/{OWN}-0"
        pages = {"home": ("/", "/"), "search": (f"/dataset/?organization={OWN}",) * 2, "dataset": (plain, plain),
                 "map": (plain, MAP)}  # fmt: skip
        missed = 0
        for page in [asked.only] if asked.only else pages:
            addresses = dict(zip(("stock", "ours"), pages[page], strict=True))
            times = measure(ports, workers, addresses, asked.rounds)
            stock, ours = (statistics.median(times[name]) for name in ("stock", "ours"))
            missed += ours / stock > (asked.goal_map if page == "map" else asked.goal)
            told = f"{page:8} stock {stock * 1000:6.1f} ms   ours {ours * 1000:6.1f} ms   ratio {ours / stock:.2f}"
            print(told, flush=True)  # before the servers are stopped
    return 1 if missed else 0


def stock_configuration(own: Path, folder: Path, port: int) -> Path:
    """The portal's configuration with CKAN's own plugins only."""
    return changed(own, folder / "stock.ini", port, lambda plugin: plugin in STOCK)


def our_configuration(own: Path, folder: Path, port: int) -> Path:
    """The portal's configuration as it is, on another port."""
    return changed(own, folder / "ours.ini", port, lambda plugin: True)


def changed(own: Path, target: Path, port: int, keep) -> Path:
    """Write a copy with these plugins, CKAN's own title and another address."""
    parser = configparser.RawConfigParser()
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(own, "utf-8")
    section = "app:main"
    plugins = [plugin for plugin in parser.get(section, "ckan.plugins").split() if keep(plugin)]
    parser.set(section, "ckan.plugins", " ".join(plugins))
    parser.set(section, "ckan.site_url", f"http://127.0.0.1:{port}")
    parser.set(section, "ckan.featured_orgs", OWN)
    parser.set(section, "ckan.featured_groups", OWN)
    with target.open("w", encoding="utf-8") as file:
        parser.write(file)
    return target


@contextmanager
def server(configuration: Path, port: int):
    """A web server with one worker and one thread, ended with the block; gives its process."""
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", "1", "--timeout", "300",
               "--no-control-socket", "--chdir", str(CHECKOUT / "installer" / "files"), "wsgi:application"]  # fmt: skip
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CKAN_")}
    environment["CKAN_INI"] = str(configuration)
    log = configuration.with_suffix(".log").open("wb")
    process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        wait_until_ready(port, process, Path(log.name))
        yield process.pid
    finally:
        process.terminate()
        process.wait(120)  # on a busy machine it takes its time


def wait_until_ready(port: int, process: subprocess.Popen, log: Path) -> None:
    """Return when the server answers.

    :raises RuntimeError: with the end of its log, if it ended or did not answer within two minutes
    """
    for _ in range(240):
        try:
            if fetch(port, "/api/3/action/status_show")[0] == 200:
                return
        except OSError:
            pass
        if process.poll() is not None:
            break
        time.sleep(0.5)
    raise RuntimeError(log.read_text("utf-8", "replace")[-3000:])


def fetch(port: int, address: str, token: str = "") -> tuple[int, float, bytes]:
    """Status, seconds and body of one page on a new connection.

    :param token: of the reader's account; none asks as everybody
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    begun = time.perf_counter()
    connection.request("GET", address, headers={"Authorization": token} if token else {})
    reply = connection.getresponse()
    body = reply.read()
    return reply.status, time.perf_counter() - begun, body


def get(port: int, address: str, token: str) -> bytes:
    """The body of a page, or of an action's answer, as the reader with this token has it.

    :raises RuntimeError: with the status, if it is not 200
    """
    status, _, body = fetch(port, address, token)
    if status != 200:
        raise RuntimeError(f"{status} for {address}")
    return body


def measure(
    ports: dict[str, int], workers: dict[str, int], addresses: dict[str, str], rounds: int
) -> dict[str, list[float]]:
    """Seconds of computing of each block of rounds by server, asked in turn after a warm-up.

    The system counts computing in hundredths of a second, so that five requests are measured as one.
    """
    times: dict[str, list[float]] = {name: [] for name in ports}
    for number in range(WARM_UP + rounds):
        for name, port in ports.items():
            before = computed(workers[name])
            for _ in range(BLOCK):
                status, _, _ = fetch(port, addresses[name])
                if status != 200:
                    raise RuntimeError(f"{name} answers {status} for {addresses[name]}")
            if number >= WARM_UP:
                times[name].append((computed(workers[name]) - before) / BLOCK)
    return times


def computed(process: int) -> float:
    """Seconds that a process and its children have computed."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text("ascii").split()
    total = 0
    for one in [str(process), *children]:
        fields = Path(f"/proc/{one}/stat").read_text("utf-8").rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])  # utime and stime, proc(5)
    return total / os.sysconf("SC_CLK_TCK")


@contextmanager
def data(port: int):
    """An organization with twenty plain datasets of three resources each, purged with the block."""
    purge(port)
    act(port, "organization_create", name=OWN, title="Benchmark")
    for number in range(DATASETS):
        resources = [{"name": f"Tabelle {n}", "url": f"http://127.0.0.1/{n}.csv", "format": "CSV"} for n in range(3)]
        act(port, "package_create", name=f"{OWN}-{number}", title=f"Wohnungen {number}", owner_org=OWN,
            notes="Wohnungen und Leerstand.", license_id="notspecified", resources=resources)  # fmt: skip
    try:
        yield
    finally:
        purge(port)


def purge(port: int) -> None:
    """Remove what a run made; what is not there is no matter."""
    for number in range(DATASETS):
        act(port, "dataset_purge", must=False, id=f"{OWN}-{number}")
    act(port, "organization_purge", must=False, id=OWN)


def act(port: int, action: str, must: bool = True, **parameters: object) -> None:
    """Call an action as the administrator of the portal.

    :raises RuntimeError: with the answer, if it fails and `must` is set
    """
    accounts = json.loads((CHECKOUT / ".portal" / "accounts.json").read_text("utf-8"))
    headers = {"Content-Type": "application/json", "Authorization": accounts["sysadmin"]["token"]}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", f"/api/3/action/{action}", json.dumps(parameters), headers)
    reply = connection.getresponse()
    body = reply.read()
    if must and reply.status != 200:
        raise RuntimeError(f"{action}: {body.decode('utf-8', 'replace')[:500]}")


def free_port() -> int:
    """A port that nobody uses now."""
    import socket

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
