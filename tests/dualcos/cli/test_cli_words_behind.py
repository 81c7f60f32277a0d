"""No answer waits for words: they are made and shown behind the exchange, in its order, and all of them at the end."""

from __future__ import annotations

import io
import json
import signal
import threading
from contextlib import closing

import pytest

from dualcos.cli import words_behind
from dualcos.cli.card_argument import asked_card
from dualcos.cli.trace_recorder import Recorder
from dualcos.cli.words_behind import WordsBehind

SELECT_SSSE = bytes.fromhex("00A404000F7378312E73682EC9E7BBE1B1A3D5CF")
CHALLENGE = bytes.fromhex("0084000008")


_PATIENCE = 10  # seconds; where an answer waits for its words, as long as the answer waits


class Stopped(io.StringIO):
    """A screen that takes nothing until it is ``let`` (a terminal after Ctrl-S)."""

    def __init__(self) -> None:
        super().__init__()
        self.let = threading.Event()
        self.asked = threading.Event()

    def write(self, text: str, /) -> int:
        self.asked.set()
        assert self.let.wait(_PATIENCE)
        return super().write(text)


def test_an_answer_does_not_wait_for_its_words():
    screen = Stopped()
    with closing(asked_card("social-2.0").card) as card, Recorder(screen) as recorder:
        traced = recorder.traced(asked_card("social-2.0"))
        traced.power_on(), card.power_on()
        assert screen.asked.wait(60)
        assert [traced.exchange(CHALLENGE) for _ in range(200)] == [card.exchange(CHALLENGE) for _ in range(200)]
        assert screen.getvalue() == ""
        screen.let.set()
    assert screen.getvalue().count("GET CHALLENGE") == 200


@pytest.mark.parametrize("as_json", [False, True])
def test_lines_of_two_slots_and_our_own_stand_in_the_order_of_what_happened(as_json, capsys):
    screen = io.StringIO()
    with Recorder(screen, json=as_json) as recorder:
        first, second = recorder.traced(asked_card("social-2.0")), recorder.traced(asked_card("psam-sm4"), "sam")
        first.power_on(), second.power_on()
        for number in range(60):
            first.exchange(SELECT_SSSE)
            recorder.say(f"our line {number}")
            second.exchange(CHALLENGE)
    if as_json:
        shown = [
            (each.get("slot", ""), each.get("name", each.get("event")))
            for each in map(json.loads, screen.getvalue().splitlines())
        ]
        assert shown == [("", "cold"), ("sam", "cold"), *(("", "SELECT"), ("sam", "GET CHALLENGE")) * 60]
        assert capsys.readouterr().err.splitlines() == [f"our line {number}" for number in range(60)]
        return
    lines = [
        line for line in screen.getvalue().splitlines() if "SELECT" in line or "CHALLENGE" in line or "our" in line
    ]
    assert lines[1::3] == [f"our line {number}" for number in range(60)]
    assert all("SELECT" in line for line in lines[::3])
    assert all(line.startswith("sam│") for line in lines[2::3])
    assert len(lines) == 180


def test_what_was_said_before_the_beginning_is_shown_then():
    screen = io.StringIO()
    with Recorder(screen) as recorder:
        recorder.say("no reader yet")
        recorder.begin()
        assert screen.getvalue() == "no reader yet\n"
        recorder.close()
        recorder.say("1 of 3 faults")
        assert screen.getvalue() == "no reader yet\n1 of 3 faults\n"


def test_nobody_listens_and_nothing_waits():
    before = threading.active_count()
    with Recorder(None) as recorder:
        recorder.traced(asked_card("social-2.0")).power_on()
        assert threading.active_count() == before


class Said(list[int]):
    """What was said; ``under`` while somebody says something."""

    def job(self, number: int, let: threading.Event | None = None, under: threading.Event | None = None):
        def say() -> None:
            if under is not None:
                under.set()
            assert let is None or let.wait(60)
            self.append(number)

        return say


def test_it_is_never_further_behind_than_that_and_nothing_is_lost(monkeypatch):
    monkeypatch.setattr(words_behind, "MOST", 8)
    behind, said = WordsBehind(), Said()
    let, under, put = threading.Event(), threading.Event(), []
    behind.put(said.job(0, let, under))
    assert under.wait(60)

    def more() -> None:
        for number in range(1, 40):
            behind.put(said.job(number))
            put.append(number)

    terminal = threading.Thread(target=more)
    terminal.start()
    while len(put) < 8:
        terminal.join(0.001)
    terminal.join(0.02)
    assert put == list(range(1, 9))  # the ninth waits
    let.set()
    terminal.join(60)
    behind.close()
    assert said == list(range(40))


@pytest.mark.filterwarnings("ignore:an observer failed. ZeroDivisionError:RuntimeWarning")
def test_a_bug_in_what_is_said_stops_nothing():
    behind, said = WordsBehind(), Said()
    for number in range(3):
        behind.put(lambda: 1 / 0)
        behind.put(said.job(number))
    behind.settle()
    assert said == [0, 1, 2]
    behind.close()


def test_an_end_by_interrupt_leaves_the_rest_unsaid():
    """Ctrl-C once more, while all that is left is being shown."""
    behind, said = WordsBehind(), Said()
    let, under = threading.Event(), threading.Event()
    behind.put(said.job(0, let, under))
    assert under.wait(60)
    for number in range(1, 5):
        behind.put(said.job(number))
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.02)
        with pytest.raises(KeyboardInterrupt):
            behind.close()
    finally:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
    let.set()
    assert behind._over.wait(60)
    assert said == [0]
    behind.close()
