"""`python -m ckanext.ierwohnen.vault`."""

import sys

from .command import run

sys.exit(run())
