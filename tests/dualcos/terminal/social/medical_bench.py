"""A terminal's medical business on a bench: cards that are pulled, storage and back end that lose power, a clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from apdu.link import AroundCard, SmartCard
from cos.card import Card, Snapshot
from dualcos.issuance.bureau.terminal_services.registered_cards import RegionTerms
from dualcos.leash.leash_rules import LeashRule
from dualcos.leash.rule_engine import Leash
from dualcos.messages.social_services import Answer, NoAnswer, Request
from dualcos.reader.silent_card import CardGone
from dualcos.reader.slot import Slot
from dualcos.sqlitefile.durable_database import IN_MEMORY
from dualcos.terminal.social.card_at_terminal import CardAtTerminal
from dualcos.terminal.social.hsm_path import AskedBackEnd
from dualcos.terminal.social.medical_desk import MedicalDesk
from dualcos.terminal.social.medical_means import MedicalTerms, OfflineLimits
from dualcos.terminal.social.medical_records import CardFigures, SettlementMode
from dualcos.terminal.social.security_path import PathKind
from dualcos.terminal.social.social_terminal import AT_A_COUNTER, SocialParts, SocialTerminal
from dualcos.terminal.social.terminal_journal import TerminalJournal
from dualcos.terminal.social.terminal_stopped import TerminalStopped
from tests.demonstration_desk import LeashedBackEnd, demonstration_desk
from tests.dualcos.terminal.power_cuts import PowerCut, PowerMeter
from tests.dualcos.terminal.terminal_bench import (
    PIN,
    SOCIAL,
    ChoosingOperator,
    QuietDisplay,
    StandingClock,
    TypingHolder,
    WatchedCard,
    made_card,
    psam_for,
)

LIMITS = OfflineLimits(50_000, 10)
FRESH = CardFigures(True, 0, 0)
FROM_2_0 = tuple(name for name in SOCIAL if name != "social-1.0")
"""Profiles with a temporary off-line file."""
INITIALIZE, DEBIT, CREDIT, PROOF, UPDATE = b"\xb0\x28", b"\xb0\x2c", b"\xb0\x2a", b"\xb0\x2e", b"\x00\xdc"
_BEGINNING = datetime(2026, 1, 15, 9, 30)  # noqa: DTZ001 - a terminal's clock knows no zone


class CutJournal(TerminalJournal):
    """A journal whose writes a meter counts."""

    def __init__(self, meter: PowerMeter, path: str | Path = IN_MEMORY) -> None:
        self.meter = meter
        super().__init__(path)
        self._ask("PRAGMA synchronous=OFF")  # the power of the machine that tests stays on

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with super().transaction():
            yield
            self.meter.before()
        self.meter.behind()


class RunningClock(StandingClock):
    """A second goes by each time it is looked at."""

    def __init__(self) -> None:
        super().__init__()
        self._now = _BEGINNING

    def now(self) -> str:
        self._now += timedelta(seconds=1)
        return f"{self._now:%Y%m%d%H%M%S}"


class BureauBehind:
    """The desk behind all terminals of a test, on a leash. While ``down`` nobody hears it; a power cut of its books is
    silence, too.
    """

    def __init__(self, profiles: tuple[str, ...], mode: SettlementMode, clock: StandingClock) -> None:
        self.desk = demonstration_desk(profiles, terms=RegionTerms(mode=int(mode)), now=clock.now)
        self.meter = PowerMeter()
        self._durable = self.desk.books.transaction
        self.desk.books.transaction = self._transaction
        self.leash = Leash()
        self._caller = LeashedBackEnd(self.desk, self.leash)
        self.down, self.falls = False, False  # ``falls``: a power cut of its books is for longer
        self.asked: list[Request] = []

    def ask(self, request: Request) -> Answer:
        self.asked.append(request)
        if self.down:
            raise NoAnswer("the network is down", sent=False)
        try:
            return self._caller.ask(request)
        except PowerCut:
            self.down = self.falls
            raise NoAnswer("the back end is gone") from None

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._durable():
            yield
            self.meter.before()
        self.meter.behind()

    def rules(self, *rules: LeashRule) -> None:
        self.leash.exchange(rules)


@cache
def _prepared(profile: str, offline_account: bool, figures: CardFigures | None) -> tuple[Card, Snapshot]:
    """A card whose mode of use and temporary off-line file are set, by a terminal with the keys for it."""
    card = made_card(profile, copy=7)
    slots = Slot("card", card), Slot("sam", made_card(psam_for(profile), copy=7))
    parts = SocialParts(*slots, QuietDisplay(), ChoosingOperator(), TypingHolder(), StandingClock())
    at = SocialTerminal(parts).admit()
    use = at.place("DF04", 0xEF05)
    at.earn(use, use.file.update)
    at.write_item(use, 0x8F, b"2" if offline_account else b"1")
    if figures is not None and profile != "social-1.0":
        place = at.place("DF04", 0xEF06)
        at.earn(place, place.file.update)
        at.write_item(place, 0x90, b"%d" % figures.allowed)
        at.write_item(place, 0x92, bytes.fromhex(f"{figures.amount:08d}"))
        at.write_item(place, 0x93, b"%02d" % figures.times)
    at.leave()
    return card, card.snapshot()


def prepared_card(profile: str, *, offline_account: bool = True, figures: CardFigures | None = FRESH) -> Card:
    """The same card again and again, as it was prepared."""
    card, first = _prepared(profile, offline_account, figures)
    card.restore(first)
    return card


def ask(card: Card, command: str) -> str:
    answer = card.exchange(bytes.fromhex(command))
    if answer[0] == 0x61:
        answer = card.exchange(bytes.fromhex(f"00C00000{answer[1]:02X}"))
    return answer.hex().upper()


def on_card(card: Card) -> tuple[int, int, int, list[str]]:
    """Balance, totals and the log of the card as any reader sees them."""
    card.power_on()
    ask(card, "00A404000F7378312E73682EC9E7BBE1B1A3D5CF")
    assert ask(card, f"0020000003{PIN}").endswith("9000")
    ask(card, "00A4040006D15600000503")
    balance, self_paid, pooled = (ask(card, f"B02600{which}") for which in ("0104", "0206", "0306"))
    log = []
    while (record := ask(card, f"00B2{len(log) + 1:02X}441C")).endswith("9000"):
        log.append(record[:-4])
    card.power_off()
    return int(balance[:8], 16), int(self_paid[:8], 16), int(pooled[:8], 16), log


class RefusingCard(AroundCard[SmartCard]):
    """A card that never hears a command that begins ``command``: ``word`` answers in its place."""

    def __init__(self, card: SmartCard, command: bytes, word: str) -> None:
        super().__init__(card)
        self._command, self._word = command, bytes.fromhex(word)

    def exchange(self, command: bytes) -> bytes:
        return self._word if command.startswith(self._command) else self.card.exchange(command)


class SpoiltOnTheWay(AroundCard[SmartCard]):
    """A card that hears a command that begins ``command`` as ``spoil`` makes it."""

    def __init__(self, card: SmartCard, command: bytes, spoil: Callable[[bytes], bytes]) -> None:
        super().__init__(card)
        self._command, self._spoil = command, spoil

    def exchange(self, command: bytes) -> bytes:
        return self.card.exchange(self._spoil(command) if command.startswith(self._command) else command)


class LosingPower(AroundCard[SmartCard]):
    """A card whose power goes after so many programmed bytes of a command that begins ``command``."""

    def __init__(self, card: Card, command: bytes, ticks: int | None) -> None:
        super().__init__(card)
        self._command, self._ticks, self.used = command, ticks, 0

    def exchange(self, command: bytes) -> bytes:
        if not command.startswith(self._command):
            return self.card.exchange(command)
        rail = self.card.rail
        rail.cut_after(self._ticks)
        before = rail.ticks
        try:
            return self.card.exchange(command)
        finally:
            self.used += rail.ticks - before
            rail.cut_after(None)


class PulledAt(AroundCard[SmartCard]):
    """A card that is out of the reader from such a command on, whether it still carries that out or not."""

    def __init__(self, card: SmartCard, command: bytes, *, carried_out: bool) -> None:
        super().__init__(card)
        self._command, self._carried_out, self._gone = command, carried_out, False

    def exchange(self, command: bytes) -> bytes:
        if command.startswith(self._command) and not self._gone:
            self._gone = True
            if self._carried_out:
                self.card.exchange(command)
        if self._gone:
            raise CardGone("pulled")
        return self.card.exchange(command)


class MedicalBench:
    """One terminal with its journal, meter, card and PSAM; ``bureau``: shared with others, None for one of its own."""

    def __init__(
        self,
        profile: str = "social-2.0",
        mode: SettlementMode = SettlementMode.ONLINE,
        path: PathKind = PathKind.PSAM,
        *,
        bureau: BureauBehind | None = None,
        card: Card | None = None,
        sam: Card | None = None,
        clock: StandingClock | None = None,
        number: str = "990000000009",
        journal: TerminalJournal | None = None,
    ) -> None:
        self.mode, self.path, self.number = mode, path, number
        self.clock = clock or RunningClock()
        self.bureau = bureau or BureauBehind((profile,), mode, self.clock)
        self.own_card = card or prepared_card(profile, offline_account=mode is SettlementMode.OFFLINE)
        self.card = WatchedCard(self.own_card)
        self.own_sam = sam or made_card(psam_for(profile))
        self.sam = WatchedCard(self.own_sam)
        self.meter = PowerMeter()
        self.journal = journal or CutJournal(self.meter)
        self.holder = TypingHolder()
        self.terms = MedicalTerms(mode=mode, limits=LIMITS)
        self.cell = AT_A_COUNTER
        self.start()

    def start(self) -> None:
        """The terminal is switched on: nothing of before is in it, but what its storage has."""
        back_end = AskedBackEnd(
            self.bureau, self.journal.next_running, bytes.fromhex(self.number), self.journal.skip_running
        )
        slots = Slot("card", self.card), Slot("sam", self.sam)
        parts = SocialParts(*slots, QuietDisplay(), ChoosingOperator(), self.holder, self.clock, back_end)
        self.terminal = SocialTerminal(parts, path=self.path, cell=self.cell)
        self.desk = MedicalDesk(self.terminal, self.journal, self.terms)

    def desk_in(self, mode: SettlementMode) -> MedicalDesk:
        """The same terminal's desk, if its region settled so."""
        return MedicalDesk(self.terminal, self.journal, self.terms._replace(mode=mode))

    def put(self, card: Card) -> None:
        """Another card, or the same again, at rest."""
        card.rail.cut_after(None)
        card.power_off()
        self.own_card, self.card = card, WatchedCard(card)
        self.start()

    def insert(self) -> CardAtTerminal:
        """The card that is here goes in, once more."""
        self.own_card.rail.cut_after(None)
        self.card.put_back()
        self.card.passed.clear()
        return self.terminal.admit()

    def instead(self, command: bytes = b"", word: str = "") -> None:
        """The card goes on with ``word`` in place of what it would answer to such commands; none: as itself."""
        self.card.card = RefusingCard(self.own_card, command, word) if command else self.own_card

    def stopped(self, act: Callable[[], object]) -> TerminalStopped:
        """Why ``act`` stops; it has to."""
        try:
            act()
        except TerminalStopped as stopped:
            return stopped
        raise AssertionError("the terminal did not stop")
