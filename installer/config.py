"""The configuration that set-up generates: safe defaults, and where an instance's parts are."""

from __future__ import annotations

import configparser
import os
from dataclasses import dataclass
from pathlib import Path

# Ours first: for templates and chained functions the first plugin named is the outermost.
PLUGINS = (
    "ierwohnen_portal",
    "ierwohnen_catalogue",
    "ierwohnen_previews",
    "ierwohnen_map_view",
    "ierwohnen_chart_view",
    "ierwohnen_table_view",
    "ierwohnen_indicators",
    "ierwohnen_tables",
    "ierwohnen_places",
    "ierwohnen_vault",
    "ierwohnen_releases",
    "ierwohnen_company",
    "ierwohnen_demo",
    "scheming_datasets",
    "dcat",
    "structured_data",
    "spatial_metadata",
    "spatial_query",
    "datastore",
    "activity",
    "image_view",
    "text_view",
)
CITY = Path(__file__).parent.parent / "ckanext-ierwohnen/ckanext/ierwohnen/demo/settings.ini"
# Why each differs from CKAN's own default is told in docs/configuration.md.
SAFE = {
    "ckan.auth.anon_create_dataset": "false",
    "ckan.auth.create_unowned_dataset": "false",
    "ckan.auth.create_dataset_if_not_in_organization": "false",
    "ckan.auth.user_create_groups": "false",
    "ckan.auth.user_create_organizations": "false",
    "ckan.auth.user_delete_groups": "false",
    "ckan.auth.user_delete_organizations": "false",
    "ckan.auth.create_user_via_api": "false",
    "ckan.auth.create_user_via_web": "false",
    "ckan.auth.public_user_details": "false",
    "ckan.auth.public_activity_stream_detail": "false",
    "ckan.auth.allow_dataset_collaborators": "false",
    "ckan.auth.allow_admin_collaborators": "false",
    "ckan.auth.reveal_private_datasets": "false",
    "ckan.auth.create_default_api_keys": "false",
    "ckan.datastore.sqlsearch.enabled": "false",
    "ckan.datastore.public_table_search": "",
    "sqlalchemy.hide_parameters": "true",
    "ckan.datastore.sqlalchemy.hide_parameters": "true",
    "ckan.cors.origin_allow_all": "false",
    "ckan.cache_enabled": "false",
    "ckan.files.inline_content_types": "",
    "SESSION_COOKIE_HTTPONLY": "true",
    "SESSION_COOKIE_SAMESITE": "Lax",
    "REMEMBER_COOKIE_HTTPONLY": "true",
    "REMEMBER_COOKIE_SAMESITE": "Lax",
    "ckan.gravatar_default": "disabled",
    "ckan.upload.user.types": "image",
    "ckan.upload.user.mimetypes": "image/png image/gif image/jpeg",
    "ckan.upload.group.types": "image",
    "ckan.upload.group.mimetypes": "image/png image/gif image/jpeg",
}
READERS = {
    "ckan.locale_default": "de",
    "ckan.locales_offered": "de en",
    "ckan.locale_order": "de en",
    "ckan.display_timezone": "Europe/Berlin",
    "ckan.views.default_views": "",
    "ckan.max_resource_size": "250",
    "ckan.search.solr_allowed_query_parsers": "field",
    "ckanext.spatial.search_backend": "solr-bbox",
}
LOGGING = """
[loggers]
keys = root, ckan, ckanext, werkzeug

[handlers]
keys = console

[formatters]
keys = generic

[logger_root]
level = WARNING
handlers = console

[logger_werkzeug]
level = WARNING
handlers = console
qualname = werkzeug
propagate = 0

[logger_ckan]
level = INFO
handlers = console
qualname = ckan
propagate = 0

[logger_ckanext]
level = INFO
handlers = console
qualname = ckanext
propagate = 0

[handler_console]
class = StreamHandler
args = (sys.stderr,)
level = NOTSET
formatter = generic

[formatter_generic]
format = %(asctime)s %(levelname)-5.5s [%(name)s] %(message)s
"""


@dataclass(frozen=True)
class Addresses:
    """Where one instance of the portal finds its parts."""

    site_id: str
    site_url: str
    database: str
    datastore_write: str
    datastore_read: str
    solr: str
    redis: str
    storage: Path
    vault: str
    vault_key: str
    vault_engine: str
    vault_engine_key: str

    def environment(self) -> dict[str, str]:
        """The same as environment variables, which win over a configuration file: so `test.ini` runs on our ports.

        The vault's are read by our own plugin.
        """
        return {
            "CKAN_SITE_ID": self.site_id,
            "CKAN_SITE_URL": self.site_url,
            "CKAN_SQLALCHEMY_URL": self.database,
            "CKAN_DATASTORE_WRITE_URL": self.datastore_write,
            "CKAN_DATASTORE_READ_URL": self.datastore_read,
            "CKAN_SOLR_URL": self.solr,
            "CKAN_REDIS_URL": self.redis,
            "CKAN_STORAGE_PATH": str(self.storage),
            "IERWOHNEN_VAULT_URL": self.vault,
            "IERWOHNEN_VAULT_KEY": self.vault_key,
            "IERWOHNEN_VAULT_ENGINE_URL": self.vault_engine,
            "IERWOHNEN_VAULT_ENGINE_KEY": self.vault_engine_key,
        }

    def settings(self) -> dict[str, str]:
        """The same as options of CKAN."""
        return {
            "ckan.site_id": self.site_id,
            "ckan.site_url": self.site_url,
            "sqlalchemy.url": self.database,
            "ckan.datastore.write_url": self.datastore_write,
            "ckan.datastore.read_url": self.datastore_read,
            "solr_url": self.solr,
            "ckan.redis.url": self.redis,
            "ckan.storage_path": str(self.storage),
            "ierwohnen.vault.url": self.vault,
            "ierwohnen.vault.key": self.vault_key,
            "ierwohnen.vault.engine_url": self.vault_engine,
            "ierwohnen.vault.engine_key": self.vault_engine_key,
        }


def ini(addresses: Addresses, secrets: dict[str, str], plugins: tuple[str, ...] = PLUGINS) -> str:
    """The text of a portal's configuration file.

    :param secrets: `session`, `csrf` and `token`
    """
    settings = {
        "use": "egg:ckan",
        "debug": "false",
        "testing": "false",
        "SECRET_KEY": secrets["session"],
        "WTF_CSRF_SECRET_KEY": secrets["csrf"],
        "api_token.jwt.encode.secret": f"string:{secrets['token']}",
        "api_token.jwt.decode.secret": f"string:{secrets['token']}",
        **addresses.settings(),
        "ckan.plugins": " ".join(plugins),
        **city(addresses.storage.parent),
        **READERS,
        **SAFE,
    }
    lines = "".join(f"{key} = {value}\n" for key, value in settings.items())
    return f"# Generated by ./portal at each start: changes here are lost.\n[DEFAULT]\n\n[app:main]\n{lines}{LOGGING}"


def city(folder: Path) -> dict[str, str]:
    """What the demonstration city calls itself, from the room that makes it.

    :param folder: of the portal's files
    """
    parser = configparser.ConfigParser(interpolation=None, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(CITY.read_text("utf-8"))
    places = {"{folder}": str(folder), "{room}": str(CITY.parent)}
    found = dict(parser["portal"])
    for word, place in places.items():
        found = {key: value.replace(word, place) for key, value in found.items()}
    return found


def clean_environment() -> dict[str, str]:
    """Our own environment without what could redirect CKAN or Python to other places."""
    foreign = ("CKAN_", "IERWOHNEN_VAULT_", "PYTHONPATH", "VIRTUAL_ENV")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(foreign)}
    return {**kept, "PYTHONUNBUFFERED": "1"}
