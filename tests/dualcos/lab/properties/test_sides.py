"""Every environment a card can have is a side of the bench, with all that the properties need of it."""

from __future__ import annotations

from functools import cache

import pytest

from cos.card import Card
from cos.cos_options import CosOptions
from cos.psam.options import PsamOptions
from dualcos.lab.conformance.coverage import tables
from dualcos.lab.properties import profile_specimens, psam_macros, selection_table
from dualcos.lab.properties.specimen import AWAY, STAYED, Player, data_of
from dualcos.lab.properties.traffic_steps import Do
from dualcos.lab.search import plan
from firewall.hardware.randomness import SeededRng

MANAGER = "manager"


@cache
def made(name: str) -> profile_specimens.ProfileSpecimen:
    return profile_specimens.specimen(name)


def has(name: str) -> set[str]:
    """The environments of the card that a profile makes, as the card itself knows them."""
    card = made(name).bench().card
    card.power_on()
    return {MANAGER, *card.card._dispatcher._environments}


def kinds() -> set[str]:
    """Every kind of environment a COS of ours can make, and the MF."""
    found = {MANAGER}
    for options in (CosOptions.of(), CosOptions.of(PsamOptions())):
        found |= Card.blank(bytes(16), options, rng=SeededRng(b"kinds")).kinds.keys()
    return found


@pytest.mark.parametrize("name", plan.issued_cards())
def test_every_environment_of_a_card_is_a_side(name):
    assert set(made(name).labels) == has(name)


def test_the_shipped_cards_between_them_have_every_kind():
    assert {label for name in plan.issued_cards() for label in made(name).labels} == kinds()


def test_every_stack_has_a_side_and_grounds():
    found = {stack for name in plan.issued_cards() for stack in made(name).stacks.values()}
    assert found == {name for name, _ in tables()} - {"pse-making"}
    assert found == selection_table.GROUNDS.keys()


def test_an_environment_left_out_of_the_bench_is_found(monkeypatch):
    whole, there = psam_macros.owners, has("psam-sm4")  # which is kept, so it is asked before
    monkeypatch.setattr(
        profile_specimens.psam_macros,
        "owners",
        lambda *given: {k: v for k, v in whole(*given).items() if k != "psam-sx3"},
    )
    specimen = profile_specimens.specimen("psam-sm4")
    assert set(specimen.labels) != there


def test_pki_left_out_of_the_bench_is_found(monkeypatch):
    whole, there = profile_specimens.sides, has("social-3.0-pki")
    monkeypatch.setattr(profile_specimens, "sides", lambda profile, *more: whole(profile.having("pki", None), *more))
    assert set(profile_specimens.specimen("social-3.0-pki").labels) != there


@pytest.mark.parametrize("name", ["psam-sm4", "social-3.0-pki", "dual-2.0-3des"])
def test_every_side_can_be_entered_and_its_entry_is_the_cards(name):
    bench = made(name).bench()
    for label, side in bench.sides.items():
        bench.fresh()
        player = Player(bench)
        player.enter(label)
        assert bench.card.environment == label
        if not side.root:
            entry, _ = bench.card.card._dispatcher._environments[label]
            assert (entry.name in side.names, entry.fid in side.fids) == (True, True)


@pytest.mark.parametrize("name", ["psam-sm4", "psam-3des", "social-3.0-pki", "dual-2.0-3des"])
def test_dialogues_do_what_their_flags_say(name):
    """A proof that is refused, or a writing one that writes nothing, makes a property hold for nothing."""
    bench = made(name).bench()
    for label, side in bench.sides.items():
        for macro in side.macros.values():
            for choice in macro.sweep:
                bench.fresh()
                player = Player(bench)
                player.enter(label)
                start, record = bench.card.rail.ticks, player.record
                done = player.macro(label, Do(macro.name, choice))
                where = f"{macro.name}({choice}) in {label}"
                if (macro.guarded or macro.presents or macro.writes) and not macro.spends and "_bad" not in macro.name:
                    assert done, where
                if macro.writes:
                    assert bench.card.rail.ticks > start, where
                if macro.spends:
                    assert record[-1].sw >> 4 == 0x63C, where


@pytest.mark.parametrize("name", ["psam-sm4", "social-3.0-pki", "dual-2.0-3des"])
def test_a_variant_differs_in_one_environment_only(name):
    """F2 compares two cards that differ in one side's memory, secrets included, and in nothing else."""
    specimen = made(name)
    base = specimen.bench().start.chip.regions
    for label in specimen.variants:
        bench = specimen.bench(label)
        other = bench.start.chip.regions
        differing = {region for region in base if base[region].cells != other[region].cells}
        assert label in differing
        assert differing <= {label, "manager"} if label == MANAGER else differing == {label}
        secrets = [
            set(one.sides[label].memory.secrets(one.start.chip.regions[label].cells))
            for one in (specimen.bench(), bench)
        ]
        assert not secrets[0] & secrets[1] - {b""}


@pytest.mark.parametrize("extended", [False, True])
def test_of_a_select_of_another_an_environment_sees_in_either_form_only_whether_it_was_left(extended):
    bench = made("dual-2.0-3des").bench()
    (name, *_), player = bench.sides["pse"].names, Player(bench)
    bench.fresh()
    player.enter("ssse")
    player.exchange(bytes.fromhex("00A40400") + (b"\0\0" if extended else b"") + bytes((len(name),)) + name)
    assert player.observed("ssse")[-1][1] in (AWAY, STAYED)


@pytest.mark.parametrize(
    ("command", "data"),
    [
        ("00A4", ""),
        ("00A40400", ""),
        ("00A4040002", ""),
        ("00A4040002F0F1", "F0F1"),
        ("00A4040002F0F100", "F0F1"),
        ("00A40400000002F0F1", "F0F1"),
        ("00A4040002F0", "F0"),
        ("00A4040002F0F10000", "F0F1"),
    ],
)
def test_the_data_field_in_any_form(command, data):
    assert data_of(bytes.fromhex(command)) == bytes.fromhex(data)
