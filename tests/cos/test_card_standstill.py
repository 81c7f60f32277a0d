"""A card put back into the midst of its work goes on as it did: for laboratories that go on from one place many times.

Walked are dialogues of every stack, from the vectors. At each of their commands the card is left standing, at the end
it is put back there, and everything that came behind it comes again.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import dualcos
from cos.kernel.session_twin import TwinMaker
from cos.stacks import STACKS
from dualcos.lab.conformance.card_on_bench import Bench
from dualcos.lab.conformance.playing import VectorVerdict, play
from dualcos.lab.conformance.vector_file import load
from tests.conformance_taps import KeepsCommands

VECTORS = Path(__file__).parents[2] / "vectors"
FILES = {
    "manager": "manager/manager.json",
    "ssse": "ssse/medical.json",
    "pse": "pse/states.json",
    "pse, made": "pse/personalisation.json",
    "psam": "psam/purchase.json",
    "pki": "pki/pins.json",
}
SELECT_SSSE = bytes.fromhex("00A404000F7378312E73682EC9E7BBE1B1A3D5CF")
SELECT_EF06, READ_NAME = bytes.fromhex("00A4020002EF06"), bytes.fromhex("00B2090020")


@pytest.fixture(scope="module")
def bench():
    return Bench()


def said(card, command: bytes | None) -> bytes:
    return card.power_on() if command is None else card.exchange(command)


@pytest.mark.parametrize("where", FILES.values(), ids=FILES)
def test_it_goes_on_as_it_did(where, bench):
    cases = [case for case in load(VECTORS / where) if not case.white_box and case.vector.status == "active"]
    for case in cases[:: max(1, len(cases) // 5)]:
        target = bench.target(case)
        kept = KeepsCommands(target)
        assert play(case, kept).verdict is VectorVerdict.PASS
        card, commands = target.card, kept.sent
        target.lab.begin(case.vector.random)
        stood, answers = [], []
        for command in commands:
            stood.append(card.standstill())
            answers.append(said(card, command))
        end = card.standstill()
        for at, there in enumerate(stood):
            card.go_on(there)
            again = [said(card, command) for command in commands[at:]]
            assert again == answers[at:], f"{case.id} from command {at} on"
            assert (card.snapshot(), card.environment) == (end.snapshot, end.dispatcher.current or card.environment)


def test_every_stack_is_walked():
    assert {name.partition(",")[0] for name in FILES} == {stack.label for stack in STACKS}


def test_what_one_session_does_the_other_does_not_see():
    card = dualcos.card("dual-2.0-3des", seed=1)
    card.power_on()
    card.exchange(SELECT_SSSE)
    before = card.standstill()
    card.exchange(SELECT_EF06)
    behind = card.standstill()
    for _ in range(2):
        card.go_on(before)
        assert card.exchange(READ_NAME)[-2:] != b"\x90\x00"
        card.go_on(behind)
        assert card.exchange(READ_NAME)[-2:] == b"\x90\x00"


def test_an_unpowered_card_stands_still_too():
    card = dualcos.card("dual-2.0-3des", seed=1)
    there = card.standstill()
    card.power_on()
    card.go_on(there)
    assert not card.powered


def test_a_session_that_holds_something_strange_is_refused():
    class Strange:
        __slots__ = ("lines",)

    session = Strange()
    session.lines = iter(())
    with pytest.raises(TypeError, match="tuple_iterator cannot be told twice"):
        TwinMaker().twin_of(session, object())
