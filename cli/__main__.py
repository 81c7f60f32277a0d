"""``python -m cli``: the same as the ``dualcos`` command."""

import sys

from cli.main import run

sys.exit(run())
