"""Whatever a PSAM's maker chose and whoever's keys it holds, the terminal works with it (SSC-9)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args, get_type_hints

import pytest
from msgspec.structs import fields

from cos.psam.options import PsamOptions
from dualcos.terminal.social.terminal_stopped import StopCause
from tests.dualcos.terminal.social.flow_scripts import FLOWS, play
from tests.dualcos.terminal.terminal_bench import TerminalBench, made_card, psam_for

CARDS = ("social-2.0", "social-3.0")
DONE = (
    "free and by key",
    "PIN and key",
    "update",
    "update under MAC",
    "PIN unblock",
    "PIN reload",
    "application block",
)


def options() -> Iterator[str]:
    hints = get_type_hints(PsamOptions)
    for field in fields(PsamOptions):
        yield from (f"psam.options.{field.name}={value}" for value in get_args(hints[field.name]))


def bench_with(profile: str, *settings: str) -> TerminalBench:
    return TerminalBench(profile, sam=made_card(psam_for(profile), *settings))


@pytest.mark.parametrize("option", list(options()))
@pytest.mark.parametrize("profile", CARDS)
def test_however_its_maker_reads_the_standard(profile, option):
    """Keys of the root, which take all three factors."""
    settings = "psam.tier=root", option
    for flow in DONE:
        play(bench_with(profile, *settings), flow)
    bench = bench_with(profile, *settings)
    for _ in range(2):
        play(bench, "settlement")


@pytest.mark.parametrize("tier", ["city", "province", "root", "as listed"])
@pytest.mark.parametrize("profile", CARDS)
def test_whosever_keys_it_holds(profile, tier):
    for flow in FLOWS:
        if flow != "on-line update":
            play(bench_with(profile, f"psam.tier={tier}"), flow)


@pytest.mark.parametrize("group", [2, 3])
@pytest.mark.parametrize("profile", CARDS)
def test_whichever_group_it_holds(profile, group):
    """The version byte names the group (SSC-5 §6.4, §6.7); keys of one group have none (SSC-9 table B1)."""
    settings = f"psam.group={group}", f"psam.purchase_index={group}"
    for flow in DONE:
        bench = bench_with(profile, *settings)
        play(bench, flow)
        for command in map(bytes.fromhex, bench.card.commands):
            if command[1] == 0x88:
                assert (command[4], command[21:]) == (17, bytes((group,)))
            if command[1] == 0x82:
                grouped = command[3] not in (0x06, 0x83)  # PUK, LK
                assert command[21:] == (bytes((group,)) if grouped else b"")
    play(bench_with(profile, *settings), "settlement")


def test_keys_of_several_tiers_in_one_psam():
    """Root for reading, province for updating, city for settling."""
    for flow in FLOWS:
        if flow != "on-line update":
            play(TerminalBench("social-2.0", sam="psam-mixed-tiers"), flow)


def test_a_wrong_mac2_is_told_however_its_maker_says_so():
    for option in ("63CF", "9302"):
        bench = bench_with("social-2.0", f"psam.options.wrong_mac2={option}")
        bench.card.bend = lambda _, answer, at=bench: (
            bytes((answer[0] ^ 1,)) + answer[1:4] + bytes((answer[4] ^ 1,)) + answer[5:]
            if len(answer) == 10 and at.card.commands[-1].startswith("B02C")
            else answer
        )
        assert bench.stopped(lambda bench=bench: play(bench, "settlement")).cause is StopCause.MAC2_WRONG


def test_a_psam_that_does_not_say_its_city_is_found_out_by_the_card():
    """Without file 0016 nobody can tell whose keys it has; the card's own proof does, and no try is spent."""
    sam = made_card("psam-3des", "psam.city=990100", "psam.terminal=990100000001")
    bench = TerminalBench(sam=sam)
    assert bench.sam is not None
    bench.sam.bend = lambda command, answer: b"\x6a\x82" if command[:3] == b"\x00\xb0\x96" else answer
    assert bench.refused().cause is StopCause.NOT_GENUINE
    assert not any(each.startswith("0082") for each in bench.card.commands)
