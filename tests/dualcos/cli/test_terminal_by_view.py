"""Terminals attended through their view alone: the same steps as the command line tells, no stdin and no stdout."""

from __future__ import annotations

import json
import sys
import threading
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dualcos.cli.main import parser, run
from dualcos.cli.standing.standing_place import StandingPlace
from dualcos.cli.standing.standing_terminal import StandingTerminal, standing_terminal
from dualcos.cli.terminal_financial import standing_till
from dualcos.cli.terminal_social import standing_counter
from dualcos.cli.till import till_on_desk
from dualcos.terminal.screen.answered_elsewhere import AnsweredElsewhere
from dualcos.terminal.screen.seen_at_terminal import ExchangeSeen, MessageSeen, QuestionSeen, StepSeen
from dualcos.terminal.screen.terminal_view import TerminalView
from dualcos.terminal.screen.view_questions import (
    Answerer,
    AskedAbout,
    CardQuestion,
    PadKey,
    PinDigits,
    PinQuestion,
    StepKey,
    StepQuestion,
    ViewQuestion,
)
from tests.demonstration_acquirer import demonstration_line

CARD = "dual-2.0-3des"
CARDS = {"social": "social-2.0", "financial": CARD}
NOW = "20261129120000"
SOCIAL_PIN, BANK_PIN = "123456", "1234"
FIXED = ("--seed", "1", "--clock", NOW)
HOST = ("--host", "127.0.0.1:9")
SOCIAL_DAY = ("read", "update DF04EF05 8F=2", "settle 8.50 --mode 3 --account 0", "balance", "journal")
BANK_DAY = ("sign-on", "read", "trial 12.50", "purchase 12.34", "journal", "slip 2", "settle")
Standing = Callable[[StandingPlace], StandingTerminal[Any]]


class NobodyWritesHere:
    """Stands in for stdin, stdout and stderr."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"a standard stream was used: {name}")


class WholeDay(Answerer):
    """A cashier with a list: keys where a step has no options, typed otherwise; puts the card in, knows the PINs."""

    def __init__(self, steps: tuple[str, ...]) -> None:
        self._steps = list(steps)
        self._behind = ""

    def step(self, asked: StepQuestion) -> StepKey | str | None:
        if not self._steps:
            return None
        line = self._steps.pop(0)
        if "--" in line:
            return line
        name, _, self._behind = line.partition(" ")
        return next(key for key in asked.keys if key.name == name)

    def text(self, asked) -> str:
        assert asked.about is AskedAbout.STEP_WORDS
        return self._behind

    def card(self, asked: CardQuestion) -> bool:
        return not asked.present or bool(self._steps)

    def pin(self, asked: PinQuestion) -> PinDigits:
        assert ("社保密码" in asked.prompt.zh) != ("银行卡" in asked.prompt.zh)
        return PinDigits(SOCIAL_PIN if "社保密码" in asked.prompt.zh else BANK_PIN)


@pytest.fixture
def line(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    lines = []

    def connected(*_: object, **__: object) -> object:
        """Each terminal has an acquirer of its own, so that two begin alike."""
        lines.append(demonstration_line([CARD], now=lambda: NOW))
        lines[-1].line.close = lambda: None
        return lines[-1].line

    monkeypatch.setattr(till_on_desk, "TcpLine", connected)
    yield
    for each in lines:
        each.close()


def arguments(kind: str, *words: str) -> Namespace:
    return parser("terminal").parse_args(["terminal", kind, "--card", CARDS[kind], *FIXED, *words])


def told_by_command_line(capfd, kind: str, steps: tuple[str, ...], pin: str, *words: str) -> list[dict[str, Any]]:
    Path("steps").write_text("\n".join(steps), encoding="utf-8")
    Path("pins").write_text(f"{pin}\n" * 9, encoding="utf-8")
    files = ("--script", "steps", "--pin-file", "pins", "--json")
    assert run(("terminal", kind, "--card", CARDS[kind], *FIXED, *words, *files)) == 0
    return [json.loads(each) for each in capfd.readouterr().out.splitlines()][:-1]


def facts(step: StepSeen) -> dict[str, Any]:
    details = [{"name": each.en, "zh": each.zh, "text": each.text, "place": each.place} for each in step.details]
    said = step.done or (step.stop.said if step.stop else None)
    return {"step": step.asked, "done": step.stop is None, "en": said.en, "zh": said.zh, "details": details}


def attended(monkeypatch, kind: str, stand: Standing, steps: tuple[str, ...], *words: str) -> tuple[TerminalView, list]:
    view, events = TerminalView(WholeDay(steps)), []
    view.subscribe(events.append)
    with monkeypatch.context() as patch:
        for stream in ("stdin", "stdout", "stderr"):
            patch.setattr(sys, stream, NobodyWritesHere())
        with standing_terminal(arguments(kind, *words), view, stand, explained=True) as standing:
            assert standing.attend(lambda: False) is False
            standing.forget()
    return view, events


def test_a_social_day_is_the_same_through_the_view(monkeypatch, capfd, line):  # noqa: ARG001 - for its folder
    told = told_by_command_line(capfd, "social", SOCIAL_DAY, SOCIAL_PIN)
    view, events = attended(monkeypatch, "social", standing_counter, SOCIAL_DAY[1:])
    wanted = [{name: each[name] for name in ("step", "done", "en", "zh", "details")} for each in told]
    # The first one is read without being asked for.
    assert [facts(step) for step in view.seen().steps] == wanted
    slots = {event.slot for event in events if isinstance(event, ExchangeSeen)}
    assert slots == {"", "sam"}
    assert view.seen().card_in is True


def test_a_bank_day_is_the_same_through_the_view(monkeypatch, capfd, line):  # noqa: ARG001 - which is patched in
    told = told_by_command_line(capfd, "financial", BANK_DAY, BANK_PIN, *HOST)
    view, events = attended(monkeypatch, "financial", standing_till, BANK_DAY, *HOST)
    wanted = [{name: each[name] for name in ("step", "done", "en", "zh", "details")} for each in told]
    assert [facts(step) for step in view.seen().steps] == wanted
    slips = [tuple(slip["lines"]) for each in told for slip in each["slips"]]
    assert [slip.lines for slip in view.seen().slips] == slips
    ways = [event.way for event in events if isinstance(event, MessageSeen)]
    assert ways == [message["way"] for each in told for message in each["messages"]]
    assert any(step.more is not None and "TVR 95" in str(step.more) for step in view.seen().steps)


# --- in a thread of its own, answered by another ----------------------------------------------------------------------


class Cashier:
    """A terminal in a thread of its own; whoever tests answers its questions."""

    def __init__(self, kind: str, stand: Standing, *words: str) -> None:
        self.answerer = AnsweredElsewhere()
        self.view = TerminalView(self.answerer)
        self.events: list[Any] = []
        self.ended: list[object] = []
        self.standing: StandingTerminal[Any] | None = None
        self._asked = threading.Semaphore(0)
        self.view.subscribe(self._hear)
        self._thread = threading.Thread(target=self._work, args=(arguments(kind, *words), stand))
        self._thread.start()

    def _hear(self, event: object) -> None:
        self.events.append(event)
        if isinstance(event, QuestionSeen) and not event.pressed:
            self._asked.release()

    def _work(self, args: Namespace, stand: Standing) -> None:
        with standing_terminal(args, self.view, stand, explained=True) as standing:
            self.standing = standing
            self.ended.append(standing.attend(lambda: False))
            standing.forget()

    def asks(self, kind: type[ViewQuestion]) -> Any:
        assert self._asked.acquire(timeout=60)
        seen = self.view.seen().question
        assert seen is not None
        assert isinstance(seen.question, kind)
        return seen.question

    def begins(self, step: str) -> None:
        assert self.answerer.answer(self.asks(StepQuestion), step)

    def moves_card(self) -> None:
        assert self.answerer.answer(self.asks(CardQuestion), given=True)

    def ends(self) -> None:
        self._thread.join(60)
        assert not self._thread.is_alive()
        assert self.ended == [False]


@pytest.fixture
def cashier(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    there = []

    def stands(*words: str, kind: str = "social", stand: Standing = standing_counter) -> Cashier:
        there.append(Cashier(kind, stand, *words))
        return there[-1]

    yield stands
    for each in there:
        each.view.close()
        each.ends()


def test_shutting_down_cancels_the_pin_and_ends_the_day(cashier):
    social = cashier()
    social.moves_card()
    social.begins("pin check")
    social.asks(PinQuestion)
    social.view.close()
    social.ends()
    stops = [step.stop.said.en for step in social.view.seen().steps if step.stop is not None]
    assert len(stops) == 1
    assert "cancel" in stops[0]


def test_shutting_down_at_a_payment_cancels_it(cashier):
    till = cashier(kind="financial", stand=standing_till)
    till.begins("trial 12.50")
    till.moves_card()
    till.asks(PinQuestion)
    till.view.close()
    till.ends()
    assert till.view.seen().steps[-1].name == "trial"


def test_a_card_is_pulled_while_its_pin_is_asked_for(cashier):
    social = cashier()
    social.moves_card()
    social.begins("pin check")
    asked = social.asks(PinQuestion)
    social.standing.hand.pull()
    assert social.view.seen().card_in is False
    social.answerer.answer(asked, PinDigits(SOCIAL_PIN))
    social.asks(CardQuestion)  # put it back
    assert social.view.seen().steps[-1].stop is not None
    social.view.close()


def test_a_pin_is_in_no_event_and_no_trace(cashier):
    social = cashier("--trace", "session.trace")
    social.moves_card()
    social.begins("pin check")
    social.view.pressed(len(SOCIAL_PIN))
    social.answerer.answer(social.asks(PinQuestion), PinDigits(SOCIAL_PIN))
    social.begins("quit")
    social.ends()
    assert social.view.seen().steps[-1].stop is None
    told = "\n".join((repr(social.events), repr(social.view.seen()), Path("session.trace").read_text("utf-8")))
    assert "VERIFY" in told
    hexed = SOCIAL_PIN.encode().hex()
    assert not [digits for digits in (SOCIAL_PIN, hexed, hexed.upper()) if digits in told.replace(" ", "")]


def test_a_pad_that_is_left_by_time_or_cancel_says_which(cashier):
    social = cashier()
    social.moves_card()
    for key in (PadKey.TIMED_OUT, PadKey.CANCEL):
        social.begins("pin check")
        social.answerer.answer(social.asks(PinQuestion), key)
    social.begins("quit")
    social.ends()
    said = [step.stop.said for step in social.view.seen().steps if step.stop is not None]
    assert len(said) == len(set(said)) == 2
