"""`python3 -m installer`: the door that the script `portal` opens."""

import sys

from installer.commands import main

sys.exit(main())
