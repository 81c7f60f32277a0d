"""``dualcos backend behaviours``: the rule files that come along."""

from __future__ import annotations

from dualcos.cli.behaviours_action import BehavioursOf, behaviours_action
from dualcos.cli.facts.backend_facts import BehaviourList
from dualcos.leash.ready_behaviours import SOCIAL

BACKEND_BEHAVIOURS = behaviours_action(
    BehavioursOf(
        "backend",
        SOCIAL,
        BehaviourList,
        lambda known: BehaviourList(behaviours=known),
        "rule files that come along: what back ends do on bad days",
    )
)
