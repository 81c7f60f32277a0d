"""``dualcos backend``: the bureau's back end for social terminals, on a leash; its rules, its books."""

from __future__ import annotations

from dualcos.cli.backend_behaviours import BACKEND_BEHAVIOURS
from dualcos.cli.backend_ledger import BACKEND_LEDGER
from dualcos.cli.backend_serve import BACKEND_SERVE
from dualcos.cli.grouped_actions import grouped

BACKEND = grouped(
    "backend",
    "a back end for social terminals over TCP, well-behaved or by rules; its books",
    (BACKEND_SERVE, BACKEND_BEHAVIOURS, BACKEND_LEDGER),
)
