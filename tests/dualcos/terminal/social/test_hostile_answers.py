"""Whatever card, PSAM and back end answer, a flow ends at its end or in TerminalStopped, and the card without power."""

from __future__ import annotations

from functools import cache
from itertools import count
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from dualcos.lab.faults.fault_kinds import (
    Answer,
    Delay,
    Fault,
    Flip,
    Lengthen,
    Malform,
    Mute,
    PowerCut,
    Remove,
    Shape,
    Truncate,
)
from dualcos.lab.faults.fault_script import Rule
from dualcos.messages.social_services import Answer as BackEndAnswer
from dualcos.messages.social_services import (
    CommandSecured,
    Identified,
    Proved,
    Request,
    ServiceDone,
    UpdateGranted,
)
from dualcos.terminal.social.hsm_path import AskedBackEnd
from dualcos.terminal.social.security_path import PathKind
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped
from tests.dualcos.terminal.social.flow_scripts import FLOWS, play
from tests.dualcos.terminal.terminal_bench import TERMINAL, TerminalBench, bench_with_fault

PROFILES = ("social-2.0", "dual-3.0-sm4")
WORDS = ("9000", "6F00", "61FF", "6100", "6C00", "6C10", "63C0", "63C2", "6983", "6281", "6A82", "6A83", "6A88", "9303")
answers = st.one_of(
    st.sampled_from(WORDS).map(bytes.fromhex),
    st.binary(max_size=300),
    st.binary(max_size=24).map(lambda data: data + b"\x90\x00"),
    st.integers(0, 300).map(lambda length: b"\xff" * length + b"\x90\x00"),
)


@cache
def commands_in(profile: str, path: PathKind, flow: str, of_sam: bool) -> int:
    """How many commands the flow sends."""
    bench = TerminalBench(profile, desk=True, path=path)
    ends(bench, flow)
    watched = bench.sam if of_sam else bench.card
    assert watched is not None
    return len(watched.passed)


def ends(bench: TerminalBench, flow: str) -> TerminalStopped | None:
    """Play it; None if it came to its end. Nothing else may come out, and the card has no power."""
    stopped = bench.attempt(lambda: play(bench, flow))
    assert not bench.slot.powered
    assert not bench.bugs
    assert stopped is None or (stopped.code <= 0 and str(stopped))
    return stopped


@settings(max_examples=120)
@given(
    profile=st.sampled_from(PROFILES),
    path=st.sampled_from(PathKind),
    flow=st.sampled_from(tuple(FLOWS)),
    data=st.data(),
    answer=answers,
    for_ever=st.booleans(),
)
def test_a_hostile_card(profile, path, flow, data, answer, for_ever):
    bench = TerminalBench(profile, desk=True, path=path)
    place = data.draw(st.integers(0, commands_in(profile, path, flow, of_sam=False) - 1))
    card = bench.card
    card.bend = lambda _, right: answer if _due(len(card.passed) - 1, place, for_ever) else right
    ends(bench, flow)


@settings(max_examples=60)
@given(
    profile=st.sampled_from(PROFILES),
    flow=st.sampled_from(tuple(FLOWS)),
    data=st.data(),
    answer=answers,
    for_ever=st.booleans(),
)
def test_a_hostile_psam(profile, flow, data, answer, for_ever):
    bench = TerminalBench(profile, desk=True, path=PathKind.PSAM)
    place = data.draw(st.integers(0, commands_in(profile, PathKind.PSAM, flow, of_sam=True) - 1))
    sam = bench.sam
    assert sam is not None
    sam.bend = lambda _, right: answer if _due(len(sam.passed) - 1, place, for_ever) else right
    ends(bench, flow)


def _due(number: int, place: int, for_ever: bool) -> bool:
    return number >= place if for_ever else number == place


SHAPES = [Malform(shape=shape) for shape in get_args(Shape)]
FAULTS: list[Fault] = [
    *(Mute(executed=done) for done in (True, False)),
    *(Remove(executed=done, back=back) for done in (True, False) for back in (None, 0.5)),
    *(Answer(sw=sw, executed=done) for sw in ("6F00", "6985", "9000") for done in (True, False)),
    Remove(bytes=3),
    PowerCut(bytes=1),
    Delay(seconds=600),
    Truncate(keep=1),
    Truncate(keep=1, status=True),
    *(Flip(bits=9, where=where) for where in ("data", "status", "answer")),
    Lengthen(length=300),
    *SHAPES,
]


def test_every_kind_of_fault_is_tried():
    assert {type(fault) for fault in FAULTS} == set(get_args(Fault))


@pytest.mark.parametrize("fault", FAULTS, ids=repr)
def test_a_card_under_a_fault_script(fault):
    """The fault once, at every twentieth command of every flow, beginning with another one for each."""
    for start, flow in enumerate(FLOWS):
        for place in range(start, commands_in("social-2.0", PathKind.PSAM, flow, of_sam=False), 20):
            rule = Rule(name="fault", purpose="p", clause="c", nth=place + 1, fault=fault)
            bench = bench_with_fault("social-2.0", rule, desk=True, path=PathKind.PSAM)
            ended = ends(bench, flow)
            if isinstance(fault, Remove) and fault.bytes is None:
                assert ended is not None
                assert ended.cause is StopCause.NO_CARD


class HostileBackEnd:
    """Answers like the desk, but every ``nth`` time with ``wrong``."""

    def __init__(self, bench: TerminalBench, nth: int, wrong: BackEndAnswer) -> None:
        self.bench, self.nth, self.wrong = bench, nth, wrong
        self.asked = 0

    def ask(self, request: Request) -> BackEndAnswer:
        self.asked += 1
        wrong = structs.replace(self.wrong, running=request.running)
        return wrong if self.asked == self.nth else self.bench.desk.ask(request)


WRONG = [
    ServiceDone(running=0),
    Identified(running=0, internal_data="00" * 8, internal_original="00" * 8),
    Proved(running=0, data="00" * 8, original="11" * 8),
    CommandSecured(running=0, command=""),
    CommandSecured(running=0, command="8424000104" + "00" * 4),
    UpdateGranted(running=0, permit="00", items={"no tag": "00"}),
    UpdateGranted(running=0, permit="00", items={"40": "00" * 255, "1FF": ""}),
    UpdateGranted(running=0, permit="00", items={}),
]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda each: type(each).__name__)
def test_a_hostile_back_end(wrong):
    """Its first, second or third answer is another one; an HSM computes in every flow."""
    for place, flow in enumerate(FLOWS):
        bench = TerminalBench("social-2.0", desk=True, path=PathKind.HSM)
        hostile = HostileBackEnd(bench, place % 3 + 1, wrong)
        bench.back_end = AskedBackEnd(hostile, count(1).__next__, TERMINAL)
        ends(bench, flow)


@pytest.mark.parametrize("wrong", WRONG, ids=lambda each: type(each).__name__)
@pytest.mark.parametrize("nth", [1, 2])
def test_a_hostile_answer_to_an_update(wrong, nth):
    """The permission, or the answer to the report: the PSAM computes."""
    bench = TerminalBench("social-2.0", desk=True, path=PathKind.PSAM)
    bench.back_end = AskedBackEnd(HostileBackEnd(bench, nth, wrong), count(1).__next__, TERMINAL)
    ends(bench, "on-line update")
