"""What the web server serves: CKAN with the configuration named by CKAN_INI."""

import os
from pathlib import Path

import ckan
from ckan.cli import load_config
from ckan.config.middleware import make_app
from ckan.lib.i18n import build_js_translations, get_js_translations_dir

application = make_app(load_config(os.environ["CKAN_INI"]))

# CKAN makes the texts of its scripts ("Bearbeiten" beside an address) in its development server only.
_made = Path(get_js_translations_dir())
if not _made.exists() or _made.stat().st_mtime < Path(ckan.__file__).stat().st_mtime:
    build_js_translations()
