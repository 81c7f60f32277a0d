"""Whose clause a refusal cites: a bank's command never the social standard, a social one never the bank's.

Over everything the harness can send: pools, macros and each row's neighbours, so that mechanism common to the stacks
(transmission, gates, files, key store) is refused from in every one of them.
"""

from __future__ import annotations

import pytest

from dualcos.lab.properties import profile_specimens
from dualcos.lab.properties.specimen import Player
from dualcos.lab.properties.traffic_steps import Do
from dualcos.lab.properties.traffic_strategies import encode
from firewall.trace import Refused

OWN = {"pse": ("PBOC", "EMV CPS", "JR/T"), "ssse": ("SSC", "V2.0"), "manager": ("SSC", "总体方案")}
# Before its application is in use the bank's environment is made in the dialect of the social standard's part 10.
OF_MAKING = ("SSC-10", "SSC-9")


def refusals(name: str) -> list[tuple[str, Refused, str]]:
    """Environment, refusal, and the clauses of the rows of that name."""
    bench = profile_specimens.specimen(name).bench()
    found = []
    for label, side in bench.sides.items():
        bench.fresh()
        player = Player(bench)
        player.enter(label)
        for macro in side.macros.values():
            player.play(label, [Do(macro.name, choice) for choice in macro.sweep[:3] if not macro.ends])
        for command in side.pool:
            player.exchange(command)
            player.enter(label)
        for row in side.rows:
            for p1, p2, data in ((min(row.p1), min(row.p2), b"?" * min(row.lc)), (0xFD, 0xFD, b""), (0, 0, b"?" * 254)):
                player.exchange(encode(row.cla, row.ins, p1, p2, data, 1))
        for environment, event in player.events:
            if environment in bench.sides and isinstance(event, Refused) and event.command:
                refs = [row.ref for row in bench.sides[environment].rows if row.name == event.command]
                found.append((environment, event, " ".join(refs)))
    return found


@pytest.mark.parametrize("name", ["dual-2.0-3des", "dual-3.0-sm4", "bank-cda"])
def test_a_refusal_cites_the_standard_of_its_command(name):
    said = refusals(name)
    assert {"length", "state", "P1 P2", "target"} <= {event.reason.gate for side, event, _ in said if side == "pse"}
    for environment, event, refs in said:
        if environment in OWN and not any(making in refs for making in OF_MAKING):
            assert event.reason.clause.startswith(OWN[environment]), f"{environment}: {event}"
