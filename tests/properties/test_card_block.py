"""CARD BLOCK is the one declared card-wide channel (F16): with scope ``environment`` nothing shows on the other side;
with scope ``card`` every command, from everywhere and after every reset, is answered 6A81 (SSC-5 §6.2.1, PBOC-5 B.4).
"""

from __future__ import annotations

from functools import cache

import pytest
from commit_budget import CORE
from msgspec import structs

from dualcos.lab.properties import isolation, profile_specimens, tearing_of_macros
from dualcos.lab.properties.profile_specimens import ProfileSpecimen
from dualcos.lab.properties.specimen import Player
from dualcos.lab.properties.traffic_steps import Do
from dualcos.profile import schema

# Every environment that knows CARD BLOCK, on cards that between them have every environment beside it.
BLOCKING = (("dual-2.0-3des", "ssse"), ("dual-2.0-3des", "pse"), ("social-3.0-pki", "ssse"))


@cache
def with_scope(name: str, scope: str) -> ProfileSpecimen:
    card = schema.load(name)
    for label, section in card.sections.items():
        if hasattr(getattr(section, "options", None), "card_block_scope"):
            options = structs.replace(section.options, card_block_scope=scope)
            card = card.having(label, structs.replace(section, options=options))
    return ProfileSpecimen(card, f"{name}, scope {scope}")


def beside(specimen: ProfileSpecimen, label: str) -> list[str]:
    return [other for other in specimen.labels if other not in (label, "manager")]


def blocked_by(specimen: ProfileSpecimen, label: str) -> Player:
    bench = specimen.bench()
    bench.fresh()
    player = Player(bench)
    player.enter(label)
    assert player.macro(label, Do("block_card"))
    return player


def test_no_other_environment_blocks_the_card():
    """PKI, the MF and a PSAM have no such command: no source shows one."""
    found = {
        (name, label)
        for name in CORE
        for label, side in profile_specimens.specimen(name).bench().sides.items()
        if "block_card" in side.macros
    }
    assert {label for _, label in found} == {label for _, label in BLOCKING}


@pytest.mark.parametrize(("name", "label"), BLOCKING)
def test_scope_environment_does_not_show_on_the_other_side(name, label):
    specimen = with_scope(name, "environment")
    for other in beside(specimen, label):
        rest = isolation._all_of(specimen.bench(), other)
        isolation.prefix_independence(specimen, isolation.IsolationCase(label, other, [Do("block_card")], rest, []))
    player = blocked_by(specimen, label)
    assert player.enter("manager")[-2] in (0x90, 0x61)
    assert player.enter(label) == b"\x6a\x81"


@pytest.mark.parametrize(("name", "label"), BLOCKING)
def test_scope_card_silences_everything(name, label):
    player = blocked_by(with_scope(name, "card"), label)
    card, bench = player.bench.card, player.bench
    # The transaction that a CARD BLOCK caught may still have its last answer (PBOC-5 B.4); a reset ends that.
    card.reset()
    for side in bench.sides.values():
        for command in (side.enter, *side.pool):
            assert player.exchange(command) == b"\x6a\x81"
    card.power_off()
    card.power_on()
    assert player.exchange(bench.sides["manager"].enter) == b"\x6a\x81"


@pytest.mark.parametrize(("name", "label"), BLOCKING)
def test_scope_card_leaves_the_other_memory_alone(name, label):
    specimen = with_scope(name, "card")
    start = specimen.bench().start.chip.regions
    after = blocked_by(specimen, label).bench.card.dump()
    for other in beside(specimen, label):
        assert after[other] == start[other].cells


@pytest.mark.parametrize(("name", "label"), BLOCKING)
def test_a_cut_blocks_all_of_the_card_or_nothing(name, label):
    """T1 over the one command that writes in two places."""
    tearing_of_macros.sweep(with_scope(name, "card").bench(), label, Do("block_card"))
