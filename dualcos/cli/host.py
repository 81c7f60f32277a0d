"""``dualcos host``: an acquirer with a bank behind it for payment terminals, on a leash; its rules, books and cards."""

from __future__ import annotations

from dualcos.cli.grouped_actions import grouped
from dualcos.cli.host_behaviours import HOST_BEHAVIOURS
from dualcos.cli.host_card import HOST_CARD
from dualcos.cli.host_ledger import HOST_LEDGER
from dualcos.cli.host_serve import HOST_SERVE

HOST = grouped(
    "host",
    "an acquirer and a bank for payment terminals over TCP, well-behaved or by rules; their books",
    (HOST_SERVE, HOST_BEHAVIOURS, HOST_LEDGER, HOST_CARD),
)
