"""Solr from Maven Central, run by a small launcher, with a schema derived from CKAN's own for German text."""

from __future__ import annotations

import os
import shutil
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from installer.place import PARTS, Place
from installer.processes import Process
from installer.solr_schema import german_schema
from installer.state import State
from installer.steps import StepFailed, Steps, digest

CORES = ("ckan", "ckan_test", "ckan_test_beside", "ckan_live")
MAVEN_REMEDY = "Look whether Maven Central can be reached, then run the same command again; what is fetched is kept."


@dataclass
class Solr:
    """The search server with one core for the portal and three for tests."""

    place: Place
    state: State
    steps: Steps

    @property
    def process(self) -> Process:
        return Process(self.place, "solr")

    @property
    def library(self) -> Path:
        return self.place.solr / "lib"

    @property
    def home(self) -> Path:
        return self.place.solr / "home"

    @property
    def port(self) -> int:
        return self.state.port("solr") or 0

    def fetch_ground(self) -> str:
        return digest((PARTS / "pom.xml").read_bytes(), (PARTS / "SolrLauncher.java").read_bytes(), str(self.library))

    def fetch(self) -> None:
        """Fetch Solr's jars by Maven and compile the launcher, in a new folder which then takes the old one's place."""
        draft = self.place.solr / "lib.new"
        shutil.rmtree(draft, ignore_errors=True)
        options = ("dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={draft}")
        self.steps.command(
            ["mvn", "-q", "-B", "-f", PARTS / "pom.xml", *options],
            MAVEN_REMEDY,
            cwd=self.place.solr,
        )
        if not any(draft.glob("solr-core-*.jar")):
            raise StepFailed("Maven brought no solr-core", MAVEN_REMEDY)
        self.steps.command(
            ["javac", "-cp", f"{draft}/*", "-d", draft, PARTS / "SolrLauncher.java"],
            "Install openjdk-17-jdk-headless, then run the same command again.",
        )
        shutil.rmtree(self.library, ignore_errors=True)
        draft.rename(self.library)

    def ckan_schema(self) -> Path:
        """CKAN's own schema in the installed wheel."""
        found = list(self.place.venv.glob("lib/python3*/site-packages/ckan/config/solr/schema.xml"))
        if not found:
            raise StepFailed("CKAN's Solr schema was not found", "Run ./portal demo, which installs CKAN first.")
        return found[0]

    def conf_ground(self) -> str:
        words = self.place.checkout / "schemas" / "search"
        own = [PARTS / "solrconfig.xml", Path(__file__).with_name("solr_schema.py")]
        return digest(" ".join(CORES), self.ckan_schema(), words, *own)

    def configure(self) -> None:
        """Write the cores' configuration; CKAN's schema is changed by code, so that a new CKAN brings its own."""
        words = self.place.checkout / "schemas" / "search"
        self.home.mkdir(parents=True, exist_ok=True)
        (self.home / "solr.xml").write_text('<solr><str name="coreRootDirectory">.</str></solr>\n', "utf-8")
        schema = german_schema(self.ckan_schema().read_text("utf-8"))
        for core in CORES:
            conf = self.home / core / "conf"
            conf.mkdir(parents=True, exist_ok=True)
            (conf / "schema.xml").write_text(schema, "utf-8")
            shutil.copyfile(PARTS / "solrconfig.xml", conf / "solrconfig.xml")
            for name in ("word_parts.txt", "synonyms.txt"):
                shutil.copyfile(words / name, conf / name)
            for name in ("protwords.txt", "stopwords.txt"):
                (conf / name).touch()
            (self.home / core / "core.properties").write_text(f"name={core}\n", "utf-8")

    def start(self) -> None:
        """Start it and wait until all cores answer."""
        if self.process.pid() and self.answers():
            return
        self.process.stop()
        self.state.free_port("solr")
        properties = {
            "solr.solr.home": self.home,
            "solr.install.dir": self.place.solr,
            "solr.log.dir": self.place.log,
            "log4j2.level": "WARN",
            "log4j2.formatMsgNoLookups": "true",
            "disable.configEdit": "true",  # nobody changes its configuration over HTTP
        }
        self.process.start(
            ["java", "-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError"]
            + [f"-D{key}={value}" for key, value in properties.items()]
            + ["-cp", f"{self.library}:{self.library}/*", "SolrLauncher", str(self.port)],
            cwd=self.place.solr,
            env={**os.environ, "JAVA_TOOL_OPTIONS": ""},
        )
        self.process.wait(self.answers)

    def answers(self) -> bool:
        try:
            for core in CORES:
                with urllib.request.urlopen(f"{self.url(core)}/select?q=*:*&rows=0", timeout=10) as reply:
                    reply.read()
        except (OSError, urllib.error.URLError):
            return False
        return True

    def clear(self, core: str) -> None:
        """Empty a core."""
        request = urllib.request.Request(
            f"{self.url(core)}/update?commit=true",
            data=b"<delete><query>*:*</query></delete>",
            headers={"Content-Type": "text/xml"},
        )
        with urllib.request.urlopen(request, timeout=60) as reply:
            reply.read()

    def stop(self) -> bool:
        return self.process.stop()

    def url(self, core: str) -> str:
        return f"http://127.0.0.1:{self.port}/solr/{core}"
