"""An observer never changes an answer: whatever looks on may fail in any way and at any time, the card answers as one
that nobody looks at, over all stacks.

Observers are a card's sink and clock, explanations and where they are printed, the trace file, what a reader reports
and who watches its slot, what is told of a batch's or a campaign's progress. (``Card.on_change`` is none: it is how a
card file keeps what the card wrote.)
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Sequence
from functools import cache
from typing import TextIO

import pytest

import dualcos
from apdu.link import SmartCard
from cos.stacks import STACKS
from dualcos.cli.card_argument import asked_card
from dualcos.cli.trace_recorder import Recorder
from dualcos.explain import TracedCard
from dualcos.explain.traced_card import Clock, Sink
from dualcos.reader.embedded import EmbeddedService
from dualcos.reader.slot import Slot
from dualcos.reader.supervised_card import NO_DIAGNOSIS
from dualcos.reader.vpcd import Plug, VpcdReader
from firewall.hardware.power import PowerLoss
from firewall.trace import TraceBuffer
from tests.dualcos.reader.cards import DiaryCard
from tests.dualcos.reader.wire import Hangup, WireClient

pytestmark = pytest.mark.filterwarnings("ignore:an observer:RuntimeWarning")

# Between them they have every stack there is.
PROFILES = ("dual-2.0-3des", "social-3.0-pki", "psam-sm4", "blank")
FAILURES = (
    *(ValueError("a key 0123456789ABCDEF"), UnicodeEncodeError("gbk", "✗", 0, 1, "no"), BrokenPipeError()),
    *(OSError(28, "No space left on device"), AssertionError(), RecursionError(), StopIteration()),
    *(RuntimeWarning(), MemoryError(), PowerLoss()),
)


def commands() -> tuple[bytes, ...]:
    """Every place by its name, and there every command that any stack has a row for, without data and with some."""
    names = dict.fromkeys(place.name for stack in STACKS for place in stack.places if place.name)
    rows = dict.fromkeys((row.cla, row.ins, min(row.p1), min(row.p2)) for stack in STACKS for row in stack.rows)
    bodies = (b"", bytes.fromhex("03123456"))
    said = [bytes((*row, *body)) for row in rows for body in bodies]
    entering = [b"\0\xa4\4\0" + bytes((len(name),)) + name for name in names]
    return tuple(word for select in entering for word in (select, *said))


COMMANDS = commands()


def answers(card: SmartCard, sent: Sequence[bytes] = COMMANDS, *, resets: int = 97) -> list[bytes]:
    """All that a terminal sees; now and then it resets the card."""
    seen = [card.power_on()]
    for number, command in enumerate(sent, 1):
        seen.append(card.exchange(command))
        if not number % resets:
            seen.append(card.reset())
    card.power_off()
    return seen


@cache
def alone(profile: str) -> list[bytes]:
    """What the card answers that nobody looks at."""
    return answers(dualcos.card(profile, seed=0))


def observed(profile: str, sink: Sink, clock: Clock) -> list[bytes]:
    events = TraceBuffer()
    return answers(TracedCard(dualcos.card(profile, seed=0, trace=events), events, sink, clock=clock))


class Failing:
    """Whatever it is asked, it fails at every ``nth`` time, each time in another way."""

    def __init__(self, nth: int = 1) -> None:
        self.asked = 0
        self._nth = nth

    def __call__(self, *_args: object, **_named: object) -> float:
        self.asked += 1
        if not self.asked % self._nth:
            failure = FAILURES[self.asked // self._nth % len(FAILURES)]
            raise type(failure)(*failure.args)
        return 0.0


def test_the_traffic_is_worth_looking_at():
    """Every stack is on one of the cards, and they answer many things."""
    on_cards = {label for profile in PROFILES for label in dualcos.card(profile, seed=0).dump()}
    assert on_cards >= {place.label for stack in STACKS for place in stack.places}
    for profile in PROFILES[:-1]:
        assert len({answer[-2:] for answer in alone(profile)}) > 8


@pytest.mark.parametrize("nth", [1, 3])
@pytest.mark.parametrize("profile", PROFILES)
def test_sinks_and_clocks(profile, nth):
    sink, clock = Failing(nth), Failing(nth)
    assert observed(profile, sink, clock) == alone(profile)
    assert sink.asked == clock.asked == len(alone(profile)) + 1  # one more: power off


@pytest.mark.parametrize("ending", [KeyboardInterrupt, SystemExit])
def test_who_ends_the_program_is_not_an_observer(ending):
    """Ctrl-C while an observer is asked ends the program; the command has been carried out."""
    events = TraceBuffer()
    bare = dualcos.card("social-2.0", seed=0, trace=events)
    card = TracedCard(bare, events, lambda _: (_ for _ in ()).throw(ending()))
    with pytest.raises(ending):
        card.power_on()
    assert bare.exchange(bytes.fromhex("0084000008"))[-2:] == b"\x90\0"


class Broken(io.StringIO):
    """A stream that fails as ``Failing`` does."""

    def __init__(self) -> None:
        super().__init__()
        self.write = self.flush = Failing()  # type: ignore[method-assign]


def closed() -> io.StringIO:
    stream = io.StringIO()
    stream.close()
    return stream


# Where it is shown, how it fails, and what is broken in what explains and keeps.
SHOWN: dict[str, tuple[Callable[[], TextIO], str]] = {
    "a screen that fails": (Broken, ""),
    "a screen that is closed": (closed, ""),
    "a screen without Chinese": (lambda: io.TextIOWrapper(io.BytesIO(), encoding="gbk"), ""),
    "a bug in explaining": (io.StringIO, "dualcos.explain.explainer.Explainer.explain"),
    "a bug in the words": (io.StringIO, "dualcos.explain.explainer.findings"),
    "a bug in masking": (io.StringIO, "dualcos.cli.trace_file.SecretMasking.masked"),
    "a bug in writing": (io.StringIO, "dualcos.cli.trace_file.written"),
}


@pytest.mark.parametrize("json", [False, True])
@pytest.mark.parametrize("shown", SHOWN)
def test_screens_explanations_and_trace_files(shown, json, tmp_path, monkeypatch, capsys):
    make, broken = SHOWN[shown]
    if broken:
        monkeypatch.setattr(broken, Failing())
    screen = make()
    with Recorder(screen, path=str(tmp_path / "t"), json=json, clock=Failing(2)) as recorder:
        card = recorder.traced(asked_card("dual-2.0-3des"))
        recorder.say("a line of our own")
        assert answers(card, COMMANDS[:150]) == answers(dualcos.card("dual-2.0-3des", seed=0), COMMANDS[:150])
    kept = (tmp_path / "t").read_text(encoding="utf-8").splitlines()
    assert len(kept) == 1 + 150 + 3  # the head; power on, a reset, power off
    assert ("could not be kept: a bug: " in kept[-1]) == ("mask" in broken or "written" in broken)
    if isinstance(screen, io.StringIO) and not screen.closed and broken.startswith("dualcos.explain"):
        said = capsys.readouterr().err if json else screen.getvalue()
        bugs = said.count("could not be explained: a bug: ")
        assert bugs == len(kept) - 1 if broken.endswith("explain") else bugs > 20  # of everything, or of refusals
        assert "0123456789ABCDEF" not in said + screen.getvalue()


def test_a_trace_file_on_a_full_disk(capsys):
    with Recorder(None, path="/dev/full") as recorder:
        assert answers(recorder.traced(asked_card("social-2.0")), COMMANDS[:50])[1:] == alone("social-2.0")[1:51]
    assert (
        capsys.readouterr().err == "dualcos: /dev/full cannot be written: No space left on device; no trace from here\n"
    )


# --- readers ---------------------------------------------------------------------------------------------------------


def test_a_slot_whose_reports_and_watchers_fail():
    told, watched = Failing(), Failing()
    slot = Slot("Reader 00 00", DiaryCard(), report=told)
    seen: list[bool] = []
    slot.watch(watched)
    slot.watch(seen.append)
    slot.power_on()
    assert slot.exchange(bytes.fromhex("BB000000")) == NO_DIAGNOSIS  # a bug, which is reported
    assert slot.exchange(bytes.fromhex("00A40000")) == bytes.fromhex("00A400009000")
    card = slot.remove()
    assert card is not None
    slot.insert(card)
    slot.power_on()
    assert slot.exchange(b"\xee\0\0\0") == NO_DIAGNOSIS
    assert (seen, watched.asked, told.asked) == ([False, True], 2, 2)


def test_a_service_whose_reports_fail():
    """A client that misbehaves is reported; the next one is answered, and no thread has died of it."""
    told, died = Failing(), []
    slot = Slot("Reader 00 00", DiaryCard())
    with pytest.MonkeyPatch.context() as patch, EmbeddedService([slot], report=told) as service:
        patch.setattr(threading, "excepthook", died.append)
        for _ in range(2):
            with WireClient(str(service.path)) as client, pytest.raises((Hangup, ConnectionError)):
                client.transmit(12345, b"\0\xa4\0\0")
        with WireClient(str(service.path)) as client:
            _, card, _ = client.connect(client.states()[0].name)
            assert client.transmit(card, b"\0\xa4\0\0")[1] == b"\0\xa4\0\0\x90\0"
    assert (told.asked, died) == (2, [])


def test_vpcd_reports_that_fail():
    told = Failing()
    (line,) = VpcdReader([Plug(Slot("Reader 00 00", DiaryCard()))], report=told)._lines
    line._report("vpcd has gone")  # in the middle of the thread that answers vpcd
    assert told.asked == 1
