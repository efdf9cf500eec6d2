"""Start CKAN with the plugins named, fetch pages, print what came: `python visit_alone.py "PLUGIN …" DATASET`."""

import json
import os
import sys

from ckan.cli import load_config
from ckan.cli.db import _migrate_plugins
from ckan.config.middleware import make_app

plugins, dataset = sys.argv[1:]
settings = load_config(os.environ["CKAN_INI"])
settings["ckan.plugins"] = plugins
client = make_app(settings)._wsgi_app.test_client()
_migrate_plugins(apply=True)  # what `ckan db upgrade` does for plugins
pages = ["/", "/dataset/", f"/dataset/{dataset}", "/en/dataset/", "/organization/", "/api/3/action/status_show"]
print(json.dumps({page: client.get(page).status_code for page in pages}))
