"""``dualcos host behaviours``: the rule files that come along."""

from __future__ import annotations

from dualcos.cli.behaviours_action import BehavioursOf, behaviours_action
from dualcos.cli.facts.host_facts import HostBehaviours
from dualcos.leash.ready_behaviours import BANK

HOST_BEHAVIOURS = behaviours_action(
    BehavioursOf(
        "host",
        BANK,
        HostBehaviours,
        lambda known: HostBehaviours(behaviours=known),
        "rule files that come along: what acquirers and issuers do on bad days",
    )
)
