"""`python -m ckanext.ierwohnen.confidential`."""

import sys

from .command import run

sys.exit(run())
