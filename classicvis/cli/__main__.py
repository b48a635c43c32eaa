"""``python -m classicvis.cli``, for where the command is not on the path."""

import sys

from classicvis.cli import main

sys.exit(main())
