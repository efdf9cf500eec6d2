"""Distribution of the CKAN plugins; the layout is explained in docs/development.md."""

from __future__ import annotations

import re
from pathlib import Path

from setuptools import find_namespace_packages, setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
SRC = "ckanext-ierwohnen"
PACKAGE = ROOT / SRC / "ckanext" / "ierwohnen"
VERSION = re.search(r'__version__ = "(.+)"', (PACKAGE / "__init__.py").read_text("utf-8"))[1]

# Every kind of file besides Python that a room may hold.
ROOMS = (
    "look", "places", "tables", "indicators", "confidential", "addresses", "vault", "releases", "previews", "company",
    "catalogue", "portal", "demo",
)  # fmt: skip
SUFFIXES = (
    ".yaml", ".yml", ".json", ".html", ".txt", ".css", ".js", ".svg", ".png", ".po", ".mo", ".mako", ".ini", ".xml",
)  # fmt: skip
DATA = [f"{folder}/**/*{suffix}" for folder in ("schemas", "migration", *ROOMS) for suffix in SUFFIXES]


class CompileTranslations(build_py):
    """Compile each room's .po file beside it, so that no binary lives in the repository."""

    def run(self) -> None:
        from babel.messages.mofile import write_mo
        from babel.messages.pofile import read_po

        for po in PACKAGE.glob("*/i18n/*/LC_MESSAGES/*.po"):
            with po.open("rb") as source, po.with_suffix(".mo").open("wb") as target:
                write_mo(target, read_po(source))
        super().run()


setup(
    name="ckanext-ierwohnen",
    version=VERSION,
    description="CKAN extensions with which a city and its housing companies plan housing together",
    long_description=(ROOT / "README.md").read_text("utf-8"),
    long_description_content_type="text/markdown",
    license="AGPL-3.0-or-later",
    python_requires=">=3.11",
    package_dir={"": SRC},
    packages=find_namespace_packages(
        SRC, include=["ckanext.ierwohnen", "ckanext.ierwohnen.*"], exclude=["*.tests", "*.tests.*"]
    ),
    namespace_packages=["ckanext"],
    package_data={"ckanext.ierwohnen": DATA},
    exclude_package_data={"ckanext.ierwohnen": ["*/tests/*", "*/tests/*/*"]},
    cmdclass={"build_py": CompileTranslations},
    install_requires=[
        "ckan[requirements]>=2.12,<2.13",
        "ckanext-scheming>=3.1",
        "ckanext-spatial>=2.3.2",
        "ckanext-dcat>=2.4",
        "sqlalchemy",
        "pandas",
        "numpy",
        "scipy",
        "highspy",
        "threadpoolctl",
        "geopandas",
        "shapely>=2.1",
        "pyogrio",
        "pyproj",
        "mapclassify",
        "vl-convert-python",
        "weasyprint",
        "charset-normalizer",
        "python-calamine",
        "openpyxl",
        "xlsxwriter",
        "lxml",
        "pyarrow",
        "pyyaml",
        "jsonschema",
        "rapidfuzz",
        "alembic",
        "psycopg2",
        "cryptography",
        "phonenumbers",
        "python-stdnum",
        "gender-guesser",
    ],
    extras_require={
        "server": ["gunicorn"],
        "oracle": ["pytauargus"],
        "test": [
            "pytest",
            "pytest-ckan",
            "pytest-factoryboy",
            "pytest-xdist",
            "factory-boy",
            "faker",
            "responses",
            "beautifulsoup4",
            "freezegun",
            "duckdb",
            "playwright",
            "axe-playwright-python",
            "hypothesis",
            "frictionless",
            "aiosmtpd",
            "pyshacl",
            "ruff",
            "mypy",
            "pandas-stubs",
            "types-PyYAML",
        ],
    },
    entry_points={
        "ckan.plugins": [
            "ierwohnen_places = ckanext.ierwohnen.places.plugin:PlacesPlugin",
            "ierwohnen_tables = ckanext.ierwohnen.tables.plugin:TablesPlugin",
            "ierwohnen_indicators = ckanext.ierwohnen.indicators.plugin:IndicatorsPlugin",
            "ierwohnen_previews = ckanext.ierwohnen.previews.plugin:PreviewsPlugin",
            "ierwohnen_map_view = ckanext.ierwohnen.previews.plugin:MapViewPlugin",
            "ierwohnen_chart_view = ckanext.ierwohnen.previews.plugin:ChartViewPlugin",
            "ierwohnen_table_view = ckanext.ierwohnen.previews.plugin:TableViewPlugin",
            "ierwohnen_catalogue = ckanext.ierwohnen.catalogue.plugin:CataloguePlugin",
            "ierwohnen_portal = ckanext.ierwohnen.portal.plugin:PortalPlugin",
            "ierwohnen_vault = ckanext.ierwohnen.vault.plugin:VaultPlugin",
            "ierwohnen_releases = ckanext.ierwohnen.releases.plugin:ReleasesPlugin",
            "ierwohnen_company = ckanext.ierwohnen.company.plugin:CompanyPlugin",
            "ierwohnen_demo = ckanext.ierwohnen.demo.plugin:DemoPlugin",
        ],
        "ckan.rdf.profiles": [
            "ierwohnen_dcat_ap_de = ckanext.ierwohnen.catalogue.dcat_ap_de:DcatApDeProfile",
        ],
        "babel.extractors": ["ckan = ckan.lib.extract:extract_ckan"],
    },
)
