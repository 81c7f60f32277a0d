"""``python -m dualcos``: the same as the ``dualcos`` command."""

import sys

from dualcos.cli.main import run

sys.exit(run())
