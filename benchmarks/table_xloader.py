"""How long ckanext-xloader and our publishing take for the same office CSV, in the same database and in one run.

    ./portal python benchmarks/table_xloader.py [ROWS [ROUNDS]]        (default 1,000,000 rows, 1 round)

ckanext-xloader is installed from the Python package index into an environment of its own (first run only), which sees
CKAN through the portal's environment; nothing of it becomes part of the portal. Its steps are those of its job for a
CSV: `load_csv`, indexes, ANALYZE. Ours are those of the publishing job (`table_load.py`), and the search index, which
the job leaves to a second one for tables of this size. Both start from the office's file: Windows-1252, semicolons,
decimal comma, thousands points, signs. The difference in what comes out: xloader leaves every column as text, checks
nothing, and readers have no table while it loads; ours has numbers, dates, signs and checked keys, and is swapped in.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import subprocess
import sys
import sysconfig
import tempfile
import uuid
import venv
from importlib.metadata import version
from pathlib import Path
from typing import Any

from table_load import generate, middle, our_load, timed

VERSION = "2.6.0"
PLACE = Path(os.environ.get("CKAN_INI", "ckan.ini")).resolve().parent / "benchmark-xloader"


def main(rows: int, rounds: int = 1) -> int:
    """Run the benchmark and print its ratios."""
    python = environment()
    with tempfile.TemporaryDirectory(prefix="ierwohnen-benchmark-") as place:
        office = Path(place) / "office.csv"
        generate(office, None, rows)
        runs: dict[str, list[dict[str, float]]] = {"xloader": [], "ours": []}
        for _ in range(rounds):
            runs["ours"].append(in_child(sys.executable, "ours", office))
            runs["xloader"].append(in_child(str(python), "xloader", office))
    ours, theirs = middle(runs["ours"]), middle(runs["xloader"])
    print(f"{rows:,} rows × 12 columns, {rounds} rounds in turn, medians; load of the machine {os.getloadavg()[0]:.1f}")
    print(f"ckanext-xloader {VERSION}, all of it        {theirs['wall']:7.1f} s   (own CPU {theirs['cpu']:.1f} s)")
    print(f"   of which search index               {theirs['search']:7.1f} s")
    print(f"ours, check and load to readable       {ours['wall']:7.1f} s   (own CPU {ours['cpu']:.1f} s)")
    print(f"ours, search index afterwards          {ours['search']:7.1f} s")
    print(f"columns with numbers: xloader {theirs['numeric']:.0f}, ours {ours['numeric']:.0f}")
    print(f"ratio ours / xloader, without search   {ours['wall'] / (theirs['wall'] - theirs['search']):7.2f}")
    print(f"ratio ours / xloader, with search      {(ours['wall'] + ours['search']) / theirs['wall']:7.2f}")
    print(f"ratio ours / xloader, until readable   {ours['wall'] / theirs['wall']:7.2f}")
    return 0


def environment() -> Path:
    """Python of an environment that holds xloader, and finds CKAN in the one that this runs in."""
    python = PLACE / "bin" / "python"
    if not (PLACE / "ready").exists():
        print(f"installing ckanext-xloader {VERSION} into {PLACE} …", flush=True)
        venv.EnvBuilder(with_pip=True, clear=True).create(PLACE)
        # What CKAN itself needs stays as the portal has it: xloader's parser takes any SQLAlchemy, CKAN does not.
        wanted = [f"ckanext-xloader=={VERSION}", f"sqlalchemy=={version('sqlalchemy')}"]
        subprocess.run([python, "-m", "pip", "install", "--quiet", *wanted], check=True)
        own = Path(_said(python, "import sysconfig; print(sysconfig.get_path('purelib'))"))
        (own / "portal.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n", "utf-8")
        (PLACE / "ready").touch()
    return python


def _said(python: Path, code: str) -> str:
    return subprocess.run([python, "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def in_child(python: str, what: str, path: Path) -> dict[str, float]:
    """Run one measurement in a process of its own."""
    reply = subprocess.run([python, __file__, "--child", what, str(path)], capture_output=True, text=True)
    if reply.returncode:
        sys.exit(reply.stderr)
    return json.loads(reply.stdout.strip().splitlines()[-1])


def child(what: str, path: Path) -> None:
    """One measurement; prints seconds, and how many columns are numbers."""
    if what == "xloader":
        import ckanext

        ckanext.__path__.append(str(Path(sysconfig.get_path("purelib")) / "ckanext"))
    from ckan.cli import load_config
    from ckan.config.middleware import make_app

    app = make_app(load_config(os.environ.get("CKAN_INI")))
    with app._wsgi_app.test_request_context():  # actions speak the language of a request
        print(json.dumps(xloader_load(path) if what == "xloader" else ours(path)))


def ours(path: Path) -> dict[str, float]:
    """Our publishing, and the search index that follows it."""
    from ckanext.ierwohnen.tables import store

    after: dict[str, float] = {}
    remove = store.remove

    def looked_at(resource_id: str) -> bool:
        """Before the benchmark removes its table: the search index, and the kinds of the columns."""
        searched, _ = timed(lambda: store.index_search(resource_id))
        after.update(search=searched["wall"], numeric=_numeric(resource_id))
        return remove(resource_id)

    store.remove = looked_at
    try:
        seconds = our_load(path)
    finally:
        store.remove = remove
    return {**seconds, **after}


def xloader_load(path: Path) -> dict[str, float]:
    """What xloader's job does with a CSV, on a resource that is made for it and goes afterwards."""
    import ckan.plugins.toolkit as tk
    from ckanext.xloader import loader

    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]

    def call(action: str, **data: Any) -> Any:
        return tk.get_action(action)({"ignore_auth": True, "user": user}, data)

    name = f"benchmark-{uuid.uuid4().hex[:12]}"
    owner = call("organization_create", name=name, title="Benchmark")["id"]
    dataset = call("package_create", name=name, title="Benchmark", owner_org=owner, private=True)
    resource = call("resource_create", package_id=dataset["id"], name="office.csv", url="https://example.org/office.csv",
                    format="CSV")["id"]  # fmt: skip
    logger, searched = logging.getLogger("xloader"), []
    populate = loader._populate_fulltext

    def timed_populate(*given: Any, **named: Any) -> None:
        searched.append(timed(lambda: populate(*given, **named))[0]["wall"])

    loader._populate_fulltext = timed_populate

    def load() -> None:
        fields = loader.load_csv(str(path), resource, logger=logger)
        loader.calculate_record_count(resource_id=resource, logger=logger)
        loader.create_column_indexes(fields=fields, resource_id=resource, logger=logger)

    try:
        seconds, _ = timed(load)
        return {**seconds, "search": sum(searched), "numeric": _numeric(resource)}
    finally:
        gc.collect()  # xloader leaves a transaction open that holds the table
        call("datastore_delete", resource_id=resource, force=True)
        call("dataset_purge", id=dataset["id"])
        call("organization_purge", id=owner)


def _numeric(table: str) -> float:
    """How many columns of a table are numbers."""
    import sqlalchemy as sa
    from ckanext.datastore.backend.postgres import get_write_engine

    with get_write_engine().connect() as connection:
        query = sa.text(
            "SELECT count(*) FROM information_schema.columns WHERE table_name = :table AND column_name <> '_id' "
            "AND data_type NOT IN ('text', 'tsvector')"
        )
        return float(connection.execute(query, {"table": table}).scalar_one())


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], Path(sys.argv[3]))
    else:
        sys.exit(main(*(int(word) for word in sys.argv[1:] or ["1000000"])))
