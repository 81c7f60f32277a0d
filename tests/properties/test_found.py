"""What the properties have found, each as the shortest list of APDUs; a mended one stays as a regression."""

from __future__ import annotations

import pytest

import dualcos
from cos.card import Card
from dualcos.lab.properties import counters_only_go_down, isolation, profile_specimens
from dualcos.lab.properties.isolation import IsolationCase
from dualcos.lab.properties.traffic_steps import Do, Raw
from dualcos.profile import schema

ZEROS = bytes(16)


def power_on(profile: str) -> Card:
    card = dualcos.card(profile)
    card.power_on()
    return card


@pytest.mark.parametrize("profile", ["social-2.0", "social-3.0", "dual-2.0-3des"])
def test_sixteen_random_bytes_at_the_master_file(profile):
    """F17: EXTERNAL AUTHENTICATION by a 3DES key on a random number of 16 bytes is a refusal (6984, SSC-4 §8.4.1)."""
    card = power_on(profile)
    assert card.exchange(bytes.fromhex("0084000010"))[-2:] == b"\x90\x00"
    assert card.exchange(bytes.fromhex("0082000010") + ZEROS) == b"\x69\x84"


@pytest.mark.parametrize("profile", ["bank-cda", "dual-2.0-3des"])
@pytest.mark.parametrize("check", [isolation.prefix_independence, isolation.excursion_neutrality, isolation.same_trace])
def test_a_way_out_that_is_barred(profile, check):
    """No violation but once told as one: PSE is blocked, so the manager's SELECT of the bank's application is refused
    and the manager stays; whoever is let in leaves the manager instead. What the manager then remembers differs by
    that alone, so the player forgets in both cases.
    """
    select = Raw(bytes.fromhex("00A4040008A000000333010101"))
    rest = [Do("master"), select, Do("master"), Raw(bytes.fromhex("0084000008"))]
    case = IsolationCase("pse", "manager", [Do("gpo"), Do("block_card")], rest, [Do("master")])
    own = schema.load(profile, settings=["pse.options.card_block_scope=environment"])
    check(profile_specimens.ProfileSpecimen(own, profile), case)


@pytest.mark.parametrize("header", ["00DC012C", "801E0000", "10DA9F58"])
def test_a_script_whose_class_knows_no_mac(header):
    """No violation but once told as one: it is refused for its class, and marks that a script failed (PBOC-5 figure
    23, vector JBSB-CLASS). Nothing else of the counters may move, and nothing at all for another instruction.
    """
    specimen = profile_specimens.specimen("bank-cda")
    unsecured = Raw(bytes.fromhex(header) + bytes((5,)) + b"B\x0311\x31")
    counters_only_go_down.frugal_refusals(
        specimen, counters_only_go_down.CountedStay([("pse", [Do("online"), unsecured])])
    )
