"""A social terminal on a bench: cards and PSAM of profiles in watched slots, a holder who types, a desk behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, cached_property
from itertools import count
from typing import Any, NamedTuple

from apdu.link import AroundCard, SmartCard
from cos.card import Card, Snapshot
from dualcos.issuance.bureau.terminal_services.terminal_desk import TerminalDesk
from dualcos.lab.faults.fault_script import FaultScript, Rule
from dualcos.lab.faults.faulty_card import FaultyCard
from dualcos.messages.social_services import Answer, Request
from dualcos.profile.card_of_profile import personalised_card
from dualcos.profile.schema import load, names
from dualcos.reader.silent_card import CardGone
from dualcos.reader.slot import Slot
from dualcos.terminal.social.card_at_terminal import CardAtTerminal
from dualcos.terminal.social.hsm_path import AskedBackEnd
from dualcos.terminal.social.pending_updates import PendingInMemory
from dualcos.terminal.social.security_path import PathKind
from dualcos.terminal.social.social_pin_pad import PinAsked
from dualcos.terminal.social.social_terminal import AT_A_COUNTER, SocialParts, SocialTerminal
from dualcos.terminal.social.terminal_stopped import TerminalStopped
from dualcos.terminal.social.validity_check import ANY, Accepted, BlacklistLookup
from dualcos.terminal.terminal_parts import PartText
from firewall.hardware.randomness import SeededRng
from firewall.trace import NullTrace
from tests.demonstration_desk import demonstration_desk

SOCIAL = tuple(name for name in names() if load(name).ssse is not None)
PIN = "123456"
NOW = "20261129120000"
TERMINAL = bytes.fromhex("990000000001")
_PSAM = {"3DES": "psam-3des", "SM4": "psam-sm4"}


def psam_for(profile: str) -> str:
    """The PSAM with the card's cipher."""
    social = load(profile).ssse
    assert social is not None
    return _PSAM[social.algorithm]


@cache
def _made(name: str, settings: tuple[str, ...], without: str, copy: int) -> tuple[Card, Snapshot]:
    profile = load(name, settings=settings)
    if without:
        profile = profile.having(without, None)
    card = personalised_card(profile, rng=SeededRng(f"{name}{copy}".encode()), source=name)
    return card, card.snapshot()


def made_card(name: str, *settings: str, without: str = "", copy: int = 0) -> Card:
    """A card as it was personalised. The same card again and again: ``copy`` for one beside it."""
    card, first = _made(name, settings, without, copy)
    card.restore(first)
    return card


class Passed(NamedTuple):
    """One command and its answer; empty where none came."""

    command: bytes
    answer: bytes


class WatchedCard(AroundCard[SmartCard]):
    """Remembers what passes. ``pull_at``: number of the command, from 0, and whether the card still carries it out;
    then it is out of the reader until ``put_back``. ``bend``: what an answer is made into. ``silent``: resets that stay
    without an answer.
    """

    def __init__(self, card: SmartCard) -> None:
        super().__init__(card)
        self.passed: list[Passed] = []
        self.power: list[str] = []
        self.pull_at: tuple[int, bool] | None = None
        self.bend: Callable[[bytes, bytes], bytes] | None = None
        self.bend_atr: Callable[[bytes], bytes] = bytes
        self.gone = False

    def exchange(self, command: bytes) -> bytes:
        number = len(self.passed)
        self.passed.append(Passed(command, b""))
        if self.gone or self.pull_at == (number, False):
            self.pull()
            raise CardGone("pulled")
        answer = self.card.exchange(command)
        if self.pull_at == (number, True):
            self.pull()
            raise CardGone("pulled")
        if self.bend is not None:
            answer = self.bend(command, answer)
        self.passed[number] = Passed(command, answer)
        return answer

    def power_on(self) -> bytes:
        self.power.append("cold")
        if self.gone:
            raise CardGone("pulled")
        return self.bend_atr(self.card.power_on())

    def reset(self) -> bytes:
        self.power.append("warm")
        if self.gone:
            raise CardGone("pulled")
        return self.bend_atr(self.card.reset())

    def power_off(self) -> None:
        self.power.append("off")
        self.card.power_off()

    def pull(self) -> None:
        """Out of the reader."""
        self.gone = True
        self.card.power_off()

    def put_back(self) -> None:
        """In again; nothing else will happen to it."""
        self.gone, self.pull_at = False, None

    @property
    def commands(self) -> list[str]:
        """In hex, without what only fetches."""
        return [each.command.hex().upper() for each in self.passed if each.command[1] != 0xC0]


class TypingHolder:
    """The PIN pad: ``digits`` in turn, then the card's PIN; an exception in their place is raised."""

    def __init__(self, *digits: str | Exception) -> None:
        self.digits = list(digits)
        self.asked: list[tuple[PinAsked, int | None]] = []

    def enter(self, asked: PinAsked, tries: int | None) -> str:
        self.asked.append((asked, tries))
        entered = self.digits.pop(0) if self.digits else PIN
        if isinstance(entered, Exception):
            raise entered
        return entered


class ChoosingOperator:
    """The keyboard: ``choice`` whatever is asked."""

    def __init__(self, choice: int | None = 0) -> None:
        self.choice = choice
        self.asked: list[tuple[PartText, tuple[PartText, ...]]] = []

    def choose(self, question: PartText, choices: Sequence[PartText]) -> int | None:
        self.asked.append((question, tuple(choices)))
        return self.choice


class StandingClock:
    """The clock: ``time``."""

    def __init__(self, time: str = NOW) -> None:
        self.time = time

    def now(self) -> str:
        return self.time


class QuietDisplay:
    """The display: what it was told."""

    def __init__(self) -> None:
        self.shown: list[PartText] = []

    def show(self, said: PartText) -> None:
        self.shown.append(said)


class TerminalBench:
    """``profile``: of the card; ``card``, ``sam``: others than the profile's and the fitting PSAM; ``sam`` None: none.

    ``desk``: there is a back end, which knows the card's keys. All parts are here to be looked at and changed.
    """

    def __init__(
        self,
        profile: str = "social-2.0",
        *,
        card: SmartCard | None = None,
        sam: SmartCard | str | None = "",
        desk: bool = False,
        path: PathKind | None = None,
    ) -> None:
        self.card = WatchedCard(card or made_card(profile))
        found = made_card(sam or psam_for(profile)) if isinstance(sam, str) else sam
        self.sam = None if found is None else WatchedCard(found)
        self.bugs: list[str] = []  # of the cards: there must be none
        self.slot = Slot("card", self.card, report=self.bugs.append, shortest=0)
        self.sam_slot = None if self.sam is None else Slot("sam", self.sam, report=self.bugs.append, shortest=0)
        self.holder, self.operator = TypingHolder(), ChoosingOperator()
        self.clock, self.display = StandingClock(), QuietDisplay()
        self.profile = profile
        self.back_end = AskedBackEnd(self, count(1).__next__, TERMINAL) if desk else None
        self.path = path
        self.store = PendingInMemory()
        self.accepted: Accepted = ANY
        self.blacklist: BlacklistLookup | None = None
        self.longest_pin = 16
        self.cell = AT_A_COUNTER

    @cached_property
    def desk(self) -> TerminalDesk:
        """The desk that knows the card; made when it is first asked."""
        return demonstration_desk([self.profile])

    def ask(self, request: Request) -> Answer:
        """The bench is a ``SocialBackEnd``: its desk."""
        return self.desk.ask(request)

    def terminal(self) -> SocialTerminal:
        """The terminal, of the parts as they are now."""
        parts = SocialParts(
            self.slot, self.sam_slot, self.display, self.operator, self.holder, self.clock, self.back_end,
            self.blacklist, self.longest_pin,
        )  # fmt: skip
        return SocialTerminal(parts, self.accepted, self.path, cell=self.cell)

    def admit(self) -> CardAtTerminal:
        """The card is put in and passes pre-processing."""
        return self.terminal().admit()

    def attempt(self, act: Callable[[], object]) -> TerminalStopped | None:
        """Why ``act`` stops; None if it does not."""
        try:
            act()
        except TerminalStopped as stopped:
            return stopped
        return None

    def stopped(self, act: Callable[[], object]) -> TerminalStopped:
        """Why ``act`` stops; it has to."""
        stopped = self.attempt(act)
        assert stopped is not None
        return stopped

    def refused(self) -> TerminalStopped:
        """Why the card is not admitted; it has no power then (SSC-7 §5.5)."""
        stopped = self.stopped(self.admit)
        assert not self.slot.powered or self.card.gone
        return stopped


def bench_with_fault(profile: str, rule: Rule, card: Card | None = None, **more: Any) -> TerminalBench:
    """A bench whose card (of ``profile``, if it is no other) has a fault script of this one rule in front of it."""
    benches: list[TerminalBench] = []
    faulty = FaultyCard(
        card or made_card(profile),
        FaultScript(title="t", rules=[rule]),
        trace=NullTrace(),
        pull=lambda _back: benches[0].card.pull(),
        sleep=lambda _seconds: None,
    )
    benches.append(TerminalBench(profile, card=faulty, **more))
    return benches[0]
