"""`python -m ckanext.ierwohnen.confidential`."""

import sys

from .command import main

sys.exit(main())
