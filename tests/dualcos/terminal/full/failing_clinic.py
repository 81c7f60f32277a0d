"""A clinic with one or two full-function terminals, three dual cards of two holders, and the hosts behind, all of which
fail when that is planned.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import NamedTuple

from cos.card import Card
from dualcos.issuance.bank.authorisation.registered_bank_cards import CardLimits
from dualcos.issuance.bureau.terminal_services.cards_of_profiles import cards_of_profiles
from dualcos.profile.bank_order import bank_card
from dualcos.profile.schema import file_of, load
from dualcos.terminal.financial.kernel.kernel_parts import BankPinCancelled
from dualcos.terminal.financial.kernel.transaction_ended import TransactionEnded
from dualcos.terminal.financial.payment_refused import PaymentRefused
from dualcos.terminal.full.bill_refused import BillRefused
from dualcos.terminal.social.medical_means import MedicalTerms
from dualcos.terminal.social.medical_records import SettlementMode
from dualcos.terminal.social.social_pin_pad import PinCancelled
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped
from tests.dualcos.terminal.financial.failing_bank import FailingBank
from tests.dualcos.terminal.financial.money_counts import Logged, log_of
from tests.dualcos.terminal.full.failing_full_terminal import FailingFullTerminal, FirmBureau, Hosts
from tests.dualcos.terminal.full.full_mishaps import CardPlan, ClinicMishap, drawn, prepare
from tests.dualcos.terminal.power_cuts import PowerCut
from tests.dualcos.terminal.social.medical_bench import LIMITS, RunningClock, prepared_card

WRONG_PINS = {"social": "7391508264", "bank": "26408517"}
"""What holders mistype. So long that no number is the same by chance."""
_MOST_WRONG = 2
_KEPT = TemporaryDirectory()


@cache
def profiles() -> tuple[str, ...]:
    """Of all cards: two of one holder, one of another's, which is a file of its own."""
    text = file_of("dual-2.0-3des").read_text(encoding="utf-8")
    other = Path(_KEPT.name) / "other-holder.toml"
    other.write_text(f'holder = "long-latin-name"\n{text}', encoding="utf-8")
    return "dual-2.0-3des", "dual-3.0-sm4", str(other)


class HeldCard(NamedTuple):
    """A card, and what it is called: at the bank, at the bureau."""

    card: Card
    pan: str
    identification: str


@cache
def _called(profile: str) -> tuple[str, str]:
    """PAN and identification code."""
    read = load(profile)
    (identification,) = cards_of_profiles([read]).cards
    return bank_card(read).pan, identification


class ClinicClock(RunningClock):
    """A clock that stands now and then, or is set back or ahead by minutes; a day goes by when it is told so."""

    def __init__(self, draw: Random) -> None:
        super().__init__()
        self._draw, self._stands = draw, False

    def disturb(self) -> None:
        """Once a step."""
        self._stands = self._draw.random() < 0.15
        if self._draw.random() < 0.1:
            self._now += timedelta(minutes=self._draw.randrange(-20, 90))

    def next_day(self) -> None:
        """In the morning."""
        self._now = (self._now + timedelta(days=1)).replace(hour=9)

    def now(self) -> str:
        """See ``Clock``."""
        return f"{self._now:%Y%m%d%H%M%S}" if self._stands else super().now()


class Clinic:
    """By its seed. ``seen``: what happened in it, counted."""

    def __init__(self, seed: int) -> None:
        self.draw = draw = Random(seed)  # noqa: S311 - repeatable, not secret
        self.seen: Counter[str] = Counter()
        self.mode = SettlementMode(seed % 3 + 1)
        offline = self.mode is SettlementMode.OFFLINE
        self.cards = [HeldCard(prepared_card(each, offline_account=offline), *_called(each)) for each in profiles()]
        self.clock = ClinicClock(draw)
        self._folder = TemporaryDirectory()
        folder = Path(self._folder.name)
        limits = CardLimits(once=15_000, day=40_000, times=6) if seed % 5 == 1 else CardLimits()
        bureau = FirmBureau(profiles(), self.mode, self.clock)
        bank = FailingBank(profiles(), folder, self.clock.now, self.seen, limits)
        terms = MedicalTerms(mode=self.mode, limits=LIMITS)
        self.hosts = Hosts(bureau, bank, self.clock, terms, self.seen)
        sams = ("psam-3des", "psam-sm4") if seed % 2 else ("psam-3des",)
        first = self.cards[0].card
        self.tills = [FailingFullTerminal(turn, self.hosts, folder, draw, first, sam) for turn, sam in enumerate(sams)]
        self.pins: Counter[str] = Counter()
        self.logs: dict[str, dict[int, Logged]] = {each.pan: {} for each in self.cards}
        for till in self.tills:
            till.full.bank.sign_on()
        for each in self.cards if offline else ():
            self.tills[0].put(each.card)
            self.tills[0].desk.load(self.tills[0].admitted(), 30_000)

    def read_logs(self) -> None:
        """A log only grows, and says the same of a transaction for ever."""
        for each in self.cards:
            for atc, logged in log_of(each.card).items():
                assert self.logs[each.pan].setdefault(atc, logged) == logged

    def insert(self, till: FailingFullTerminal, held: HeldCard, mishap: ClinicMishap | None = None) -> None:
        """The card goes in, and what is planned happens from here on; the same plan goes to a card put in later."""
        self.planned, self.inserted = mishap, held
        others = [held.card, *(each.card for each in self.cards if each is not held)]
        plan = prepare(mishap, till, others, self.draw)
        if mishap is not None and self.draw.random() < 0.25:  # seldom alone
            second = prepare(drawn(self.draw), till, others, self.draw)
            plan = CardPlan(plan.cut or second.cut, plan.instead or second.instead)
        till.put(held.card, *plan)

    def insert_again(self, till: FailingFullTerminal, held: HeldCard) -> None:
        """Another card than the one that was drawn, with what is planned for that."""
        if held is not self.inserted:
            self.insert(till, held, self.planned)

    def mistype(self, till: FailingFullTerminal) -> None:
        """Now and then, never so often that a PIN is blocked; or cancel is pressed instead."""
        if self.draw.random() < 0.08:
            till.typing.digits = [self.mistyped("social", PinCancelled())]
        if self.draw.random() < 0.08:
            till.fingers.entries = [self.mistyped("bank", BankPinCancelled())]

    def mistyped(self, side: str, cancelled: Exception) -> str | Exception:
        """Wrong digits, or cancel."""
        if self.pins[side] == _MOST_WRONG or self.draw.random() < 0.3:
            return cancelled
        self.pins[side] += 1
        return WRONG_PINS[side]

    def at_rest(self) -> None:
        """Nothing goes wrong any more."""
        for each in self.tills:
            each.undisturbed()
            each.line.undisturbed()
            each.line.down = False
        self.hosts.bureau.rules()
        self.hosts.bureau.down = False
        for meter in (self.hosts.bank.issuer_meter, self.hosts.bank.acquirer_meter, self.hosts.bureau.meter):
            meter.cut_at = None

    def attempt(self, till: FailingFullTerminal, act: Callable[[FailingFullTerminal], None]) -> bool:
        """False if it was stopped."""
        try:
            act(till)
        except (BillRefused, PaymentRefused, TerminalStopped, TransactionEnded) as stopped:
            self.seen[f"stopped: {stopped.cause.name}"] += 1
            if isinstance(stopped, TerminalStopped) and stopped.cause is StopCause.PENDING and self.draw.random() < 0.5:
                self.put_aside(till)
        except PowerCut as cut:
            self.cut(till, cut)
        else:
            self.seen[act.__name__] += 1
            return True
        return False

    def put_aside(self, till: FailingFullTerminal) -> None:
        """Another card's transaction is open, and the operator goes on with this one."""
        with suppress(TerminalStopped):
            try:
                till.desk.recover(till.admitted(), override=True)
            except PowerCut as cut:
                self.cut(till, cut)

    def cut(self, till: FailingFullTerminal, cut: PowerCut) -> None:
        self.seen[f"terminal {cut}"] += 1
        till.switched_on(self.draw.randrange(6) if self.draw.random() < 0.3 else None)
