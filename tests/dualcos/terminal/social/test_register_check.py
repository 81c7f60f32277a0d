"""卡鉴权 (SC appendix C): on line the register is asked about a card, off line the terminal goes by what it has."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dualcos.messages.social_services import Answer, CardCheckAsked, NoAnswer, Request
from dualcos.terminal.social.social_terminal import SocialTerminal
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped
from tests.demonstration_desk import LeashedBackEnd, demonstration_desk
from tests.dualcos.terminal.terminal_bench import SOCIAL, TerminalBench


def asking(bench: TerminalBench) -> SocialTerminal:
    return SocialTerminal(bench.terminal().parts, bench.accepted, bench.path, asks_register=True)


def with_answers(bench: TerminalBench, ask: Callable[[Request], Answer]) -> list[Request]:
    heard: list[Request] = []

    def answered(request: Request) -> Answer:
        heard.append(request)
        return ask(request)

    bench.ask = answered  # type: ignore[method-assign] - the bench is the back end, which is bent here
    return heard


@pytest.mark.parametrize("profile", SOCIAL)
def test_a_card_in_use_is_admitted_with_its_place_of_insurance(profile):
    bench = TerminalBench(profile, desk=True)
    terminal = asking(bench)
    at = terminal.admit()
    assert terminal.registered is not None
    assert (terminal.registered.state, terminal.registered.insured_at) == ("1", at.environment.region)


@pytest.mark.parametrize(
    ("rules", "cause"),
    [("card-lost", StopCause.CARD_STATE), ("silent", None), ("refuses", StopCause.BACK_END_REFUSED)],
)
def test_what_the_register_says_decides(rules, cause):
    """A lost card, and one that it refuses, go no further and lose their power; silence is no verdict."""
    bench = TerminalBench(desk=True)
    leashed = LeashedBackEnd(demonstration_desk(["social-2.0"]), "card-lost")

    def silent(request: Request) -> Answer:
        raise NoAnswer(f"nobody is there for {type(request).__name__}")

    def refuses(request: Request) -> Answer:
        return demonstration_desk(["social-3.0"]).ask(request)

    heard = with_answers(bench, {"card-lost": leashed.ask, "silent": silent, "refuses": refuses}[rules])
    terminal = asking(bench)
    if cause is None:
        terminal.admit()
        assert terminal.registered is None
    else:
        with pytest.raises(TerminalStopped) as stopped:
            terminal.admit()
        assert stopped.value.cause is cause
        assert not bench.slot.powered
    assert [type(each) for each in heard] == [CardCheckAsked]
    assert heard[0].terminal == "990000000001"  # as the PSAM says it


def test_a_card_that_is_not_genuine_is_not_asked_about():
    bench = TerminalBench(desk=True)
    heard = with_answers(bench, bench.desk.ask)
    bench.card.bend = lambda command, answer: b"\0" * 8 + b"\x90\0" if command[1] in (0x88, 0xC0) else answer
    with pytest.raises(TerminalStopped):
        asking(bench).admit()
    assert heard == []


def test_who_does_not_ask_is_told_nothing():
    bench = TerminalBench(desk=True)
    heard = with_answers(bench, bench.desk.ask)
    terminal = bench.terminal()
    terminal.admit()
    assert (heard, terminal.registered) == ([], None)
