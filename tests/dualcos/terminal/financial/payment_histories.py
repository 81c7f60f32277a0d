"""Random histories of a shop's terminal, a cash machine, three cards, an acquirer and an issuer, in which everything
fails that can.

Cards are pulled, lose power while they write or answer nonsense; terminals lose their power at a command, a message, a
durable write, a slip, at the dispenser; acquirer and issuer lose theirs at a durable write; messages are lost, come
twice, too late, spoilt or with a wrong MAC. All storage is in files, and opened anew when the power was gone. A cashier
whose payment was not approved tries it again, as people do. Behind every step, and in the end when all works again:
nobody pays twice for what he wanted once, no reversal is lost, no slip says approved without the card's certificate,
no money has moved without such a slip or a message that waits; slips, cards' logs and both books say the same in the
end (``money_counts``).

``python -m tests.dualcos.terminal.financial.payment_histories 1000`` (``make payment-histories``).
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import NamedTuple

from dualcos.issuance.bank.authorisation.registered_bank_cards import CardLimits
from dualcos.issuance.bank.authorisation.script_desk import ScriptOrder
from dualcos.messages.terminal_parameters import AidParameters
from dualcos.profile.bank_order import bank_card
from dualcos.profile.schema import load
from dualcos.terminal.financial.kernel.kernel_settings import ATM, POS
from dualcos.terminal.financial.kernel.transaction_ended import TransactionEnded
from dualcos.terminal.financial.payment_journal import JournalFault
from dualcos.terminal.financial.payment_outcome import PaymentOutcome
from dualcos.terminal.financial.payment_record import OriginalPayment
from dualcos.terminal.financial.payment_refused import PaymentRefused
from tests.demonstration_bank import BANK_OPENING, ONLINE_PIN
from tests.dualcos.terminal.financial.failing_bank import (
    MESSAGE_FAULTS,
    NOT_CONNECTED,
    POWER_BEFORE,
    POWER_BEHIND,
    REQUEST_LATE,
    FailingBank,
)
from tests.dualcos.terminal.financial.failing_till import CARD_FAULTS, CARD_POWER, CardCut, FailingTill, data_of
from tests.dualcos.terminal.financial.money_counts import (
    APPROVED,
    COUNTED,
    LEFT,
    REVERSED,
    Key,
    Logged,
    SlipFacts,
    balances_at_issuer,
    last_slips,
    log_of,
    merchants_at_acquirer,
    moved_on_slips,
    standing_at_acquirer,
    standing_at_issuer,
    states_in_terminal,
    waiting_in_terminal,
)
from tests.dualcos.terminal.financial.payment_bench import BANK, DEBIT
from tests.dualcos.terminal.power_cuts import PowerCut
from tests.dualcos.terminal.social.medical_bench import RunningClock
from tests.dualcos.terminal.terminal_bench import made_card

DUAL = tuple(name for name in BANK if name.startswith("dual-"))
OTHERS = tuple(name for name in BANK if name not in DUAL)
"""All with the same account: one of them is in a history."""
STEPS = 12
FLOOR = 20_000
CARD_STEPS = (
    "SELECT", "GET PROCESSING OPTIONS", "READ RECORD", "GET DATA", "VERIFY", "INTERNAL AUTHENTICATE", "GENERATE AC 1",
    "GENERATE AC 1, fetched", "EXTERNAL AUTHENTICATE", "GENERATE AC 2", "GENERATE AC 2, fetched", "script",
)  # fmt: skip
_WORDS = ("6700", "6D00", "6300", "6581", "6F00", "6985", "6A88", "9000", "01029000")
_WRITING = ("GET PROCESSING OPTIONS", "VERIFY", "GENERATE AC 1", "EXTERNAL AUTHENTICATE", "GENERATE AC 2", "script")
"""Steps at which a card writes; only there its power makes a difference."""
MESSAGES = {
    "purchase": "purchase", "price": "purchase", "offline sale": "purchase", "void": "void", "refund": "refund",
    "balance": "balance", "withdrawal": "withdraw", "deposit": "deposit", "transfer": "transfer", "PIN change": "pin",
    "settlement": "settle", "TC upload": "settle", "end of upload": "settle", "sign-on": "", "reversal": "",
    "script report": "",
}  # fmt: skip
"""And what is done that brings one about, for some."""
LINE_FAULTS = (*MESSAGE_FAULTS, NOT_CONNECTED, REQUEST_LATE, POWER_BEFORE, POWER_BEHIND)


class Mishap(NamedTuple):
    """One thing that goes wrong. ``part``: where; ``at``: at which command, message, write, slip; ``how``."""

    part: str
    at: str | int
    how: str


_BOTH = ("not on disk", "on disk")
MISHAPS = {
    "line": [Mishap("line", message, how) for message in MESSAGES for how in LINE_FAULTS],
    "card": [
        *(Mishap("card", step, how) for step in (*CARD_STEPS, -1) for how in CARD_FAULTS if how != CARD_POWER),
        *(Mishap("card", step, CARD_POWER) for step in _WRITING),
    ],
    "terminal": [Mishap("terminal", at, how) for at in range(16) for how in _BOTH],
    "acquirer": [Mishap("acquirer", at, how) for at in range(5) for how in _BOTH],
    "issuer": [Mishap("issuer", at, how) for at in range(2) for how in _BOTH],
    "printer": [Mishap("printer", at, how) for at in range(2) for how in ("not printed", "printed", "jams")],
    "dispenser": [Mishap("dispenser", 0, how) for how in ("not out", "out", "fails")],
}
_WEIGHTS = (9, 7, 5, 3, 2, 2, 2)
_WAITS = ("asked", "agreed", "paying", "reversing")
"""States of a payment whose money may stand at the issuer while something is still to be said."""


class DayClock(RunningClock):
    """A second goes by each time it is looked at, and a day when it is told so."""

    def next_day(self) -> None:
        """In the morning."""
        self._now = (self._now + timedelta(days=1)).replace(hour=9)


class PaymentHistory:
    """One of them, by its seed. ``seen``: what happened in it, counted."""

    def __init__(self, seed: int) -> None:
        self.draw = draw = Random(seed)  # noqa: S311 - repeatable, not secret
        self.seen: Counter[str] = Counter()
        self.profiles = (*DUAL, OTHERS[seed % len(OTHERS)])
        self.cards = [made_card(profile, copy=13) for profile in self.profiles]
        self.pans = [bank_card(load(profile)).pan for profile in self.profiles]
        self.clock = DayClock()
        self._folder = TemporaryDirectory()
        folder = Path(self._folder.name)
        limits = CardLimits(once=40_000, day=90_000, times=6) if seed % 4 == 1 else CardLimits()
        self.bank = FailingBank(self.profiles, folder, self.clock.now, self.seen, limits)
        parameters = AidParameters(DEBIT, floor_limit=FLOOR, threshold=FLOOR, target_percent=20, most_target_percent=20)
        tries = 3 if seed % 5 == 2 else 1_000
        self.pos, self.atm = (
            FailingTill(data_of(data, number), self.bank, folder / str(number), self.clock, draw, parameters, tries)
            for number, data in ((10_000_001, POS), (10_000_002, ATM))
        )
        self.tills = (self.pos, self.atm)
        self.logs: dict[tuple[str, int], Logged] = {}
        self.taken: set[int] = set()
        for till in self.tills:
            till.till.sign_on()

    def run(self) -> None:
        """All of it, and what must be true in the end."""
        with self._folder:
            try:
                for _ in range(STEPS):
                    self.step()
                    self.check_meanwhile()
                self.put_together()
                self.check()
            finally:
                for till in self.tills:
                    till.journal.close()
                self.bank.close()

    # --- what happens ------------------------------------------------------------------------------------------------

    def step(self) -> None:
        (part,) = self.draw.choices(list(MISHAPS), _WEIGHTS)
        mishap = self.draw.choice(MISHAPS[part]) if self.draw.random() < 0.8 else None
        till, acts = self.draw.choice([(self.pos, self.counter()), (self.atm, self.machine())])
        if mishap is not None and mishap.part == "line" and MESSAGES[str(mishap.at)]:
            wanted = MESSAGES[str(mishap.at)]
            till = self.pos if wanted in ("purchase", "void", "refund") else self.atm
            acts = [getattr(self, wanted)]
        elif mishap is not None and mishap.part == "dispenser":
            till, acts = self.atm, [self.withdraw]
        till.put(self.draw.choice(self.cards), self.disturb(till, mishap))
        self.attempt(till, self.draw.choice(acts))
        for each in self.tills:
            each.undisturbed()
        self.bank.issuer_meter.cut_at = self.bank.acquirer_meter.cut_at = None

    def counter(self) -> list[Callable[[FailingTill], None]]:
        """What is done at the merchant's terminal."""
        return [self.purchase] * 7 + [self.void] * 2 + [self.refund] * 2 + [self.balance, self.settle]

    def machine(self) -> list[Callable[[FailingTill], None]]:
        """What is done at the cash machine."""
        return [self.withdraw] * 5 + [self.deposit] * 2 + [self.transfer] * 2 + [self.balance, self.pin, self.settle]

    def attempt(self, till: FailingTill, act: Callable[[FailingTill], None]) -> None:
        try:
            act(till)
            self.seen[act.__name__] += 1
        except PaymentRefused as refused:
            self.seen[refused.cause.name] += 1
        except TransactionEnded:
            self.seen["ended by the card"] += 1
        except PowerCut as cut:
            self.cut(till, cut)

    def cut(self, till: FailingTill, cut: PowerCut) -> None:
        self.seen[f"terminal {cut}"] += 1
        till.switched_on()

    def purchase(self, till: FailingTill) -> None:
        amount, forced = self.amount(), self.draw.random() < 0.3
        self.wanted_once(till, amount, lambda: till.till.purchase(amount, forced_online=forced))

    def withdraw(self, till: FailingTill) -> None:
        amount = self.amount()
        self.wanted_once(till, amount, lambda: till.till.withdraw(amount))

    def wanted_once(self, till: FailingTill, amount: int, pay: Callable[[], PaymentOutcome]) -> None:
        """Somebody wants it once. Who sees neither display nor slip say approved tries again, half the time."""
        try:
            if pay().is_approved:
                return
        except (PaymentRefused, TransactionEnded):
            self.seen["stopped"] += 1
        except PowerCut as cut:
            self.cut(till, cut)
        if self.slips_of(amount) or self.draw.random() < 0.5:
            return
        assert till.card is not None
        till.line.undisturbed()
        till.undisturbed()
        till.put(till.card.own)
        self.seen["repeated"] += 1
        with suppress(PaymentRefused, TransactionEnded):
            pay()

    def deposit(self, till: FailingTill) -> None:
        till.till.deposit(self.amount())

    def transfer(self, till: FailingTill) -> None:
        till.till.transfer(self.amount(), self.draw.choice(self.pans))

    def balance(self, till: FailingTill) -> None:
        till.till.balance()

    def pin(self, till: FailingTill) -> None:
        till.fingers.new = [ONLINE_PIN, ONLINE_PIN]
        till.till.change_pin()

    def void(self, till: FailingTill) -> None:
        """Of the last purchase in this batch that a slip says was approved, mostly with its card."""
        batch = till.journal.batch
        found = [each for each in self.purchases() if each.batch == batch and each.terminal == till.data.terminal]
        if not found:
            return self.purchase(till)
        if self.draw.random() < 0.9:
            self.insert_card_of(till, found[-1])
        till.till.void(found[-1].voucher)
        return None

    def refund(self, till: FailingTill) -> None:
        """By what a holder's slip says."""
        found = self.purchases()
        if not found:
            return self.purchase(till)
        slip = self.draw.choice(found)
        self.insert_card_of(till, slip)
        day = "".join(slip.date.split("/")[1:])
        original = OriginalPayment(batch=slip.batch, voucher=slip.voucher, day=day, reference=slip.reference)
        till.till.refund(self.draw.choice((slip.fen, slip.fen // 2 + 1, slip.fen * 2)), original)
        return None

    def settle(self, till: FailingTill) -> None:
        self.day_end(till)
        if self.draw.random() < 0.5:
            self.clock.next_day()

    def day_end(self, till: FailingTill) -> None:
        done = till.till.settle()
        self.seen["balanced" if done.balanced else "not balanced"] += 1

    def insert_card_of(self, till: FailingTill, slip: SlipFacts) -> None:
        own = next(card for card, pan in zip(self.cards, self.pans, strict=True) if shown(pan) == slip.card)
        assert till.card is not None
        till.put(own, till.card.cut)

    def amount(self) -> int:
        """Never the same again."""
        while (
            amount := self.draw.choice((self.draw.randrange(1, FLOOR), self.draw.randrange(1, 60_000)))
        ) in self.taken:
            pass
        self.taken.add(amount)
        return amount

    def purchases(self) -> list[SlipFacts]:
        """Approved ones that their slips have a reference for."""
        return [
            each for each in self.slips().values() if each.kind == "消费" and each.state == APPROVED and each.reference
        ]

    def slips(self) -> dict[Key, SlipFacts]:
        """The last of each payment."""
        return {key: slip for till in self.tills for key, slip in last_slips(till.printer.slips).items()}

    def slips_of(self, amount: int) -> list[SlipFacts]:
        """Those that say approved, of what was wanted once."""
        own = ("消费", "取款")
        return [
            each for each in self.slips().values() if each.fen == amount and each.state in COUNTED and each.kind in own
        ]

    def disturb(self, till: FailingTill, mishap: Mishap | None) -> CardCut | None:
        """``mishap`` is prepared, and now and then a script waits, or a holder mistypes."""
        draw, bank = self.draw, self.bank
        if draw.random() < 0.15:
            value = bytes((draw.randrange(1, 9),))
            bank.issuer.queue_script(draw.choice(self.pans), ScriptOrder.put_data(0x9F58, value))
        if draw.random() < 0.05:
            till.fingers.entries = ["0000"]
        if mishap is None:
            return None
        part, at, how = mishap
        if part == "card":
            number = draw.randrange(50) if at == -1 else -1
            return CardCut(how, number, "" if at == -1 else str(at), draw.randrange(40), draw.choice(_WORDS))
        if part == "line":
            till.line.plan(str(at), how)
        elif part == "printer":
            till.printer.jams = how == "jams"
            till.printer.planned = None if till.printer.jams else (int(at), how == "printed")
        elif part == "dispenser":
            till.box.fails = how == "fails"
            till.box.planned = None if till.box.fails else how == "out"
        else:
            meter = {"terminal": till.meter, "acquirer": bank.acquirer_meter, "issuer": bank.issuer_meter}[part]
            meter.cut_at = meter.writes + int(at), how == "on disk"
        return None

    # --- the end -----------------------------------------------------------------------------------------------------

    def put_together(self) -> None:
        """Everything works: what waits goes out, and every batch is settled."""
        for till in self.tills:
            till.line.undisturbed()
            till.undisturbed()
            till.switched_on()
            till.till.send_waiting()  # a sign-on still under way comes behind the new one, whose keys are none then
            assert till.till.send_waiting() == 0
        for till in self.tills:
            self.check_batch(till)

    def check_batch(self, till: FailingTill) -> None:
        left = waiting_in_terminal(till.journal._db)
        done = till.till.settle()
        in_doubt = sum(n for (_, state), n in left.items() if state == "manual")
        assert done.balanced or in_doubt, done
        assert till.journal.waiting() == []

    def check_meanwhile(self) -> None:
        """What must be true behind every step."""
        issuer = self.bank.issuer.books._db
        assert sum(balances_at_issuer(issuer).values()) == 0
        self.read_logs()
        states = {key: state for till in self.tills for key, state in states_in_terminal(till.journal._db).items()}
        slips = self.slips()
        for key, booked in standing_at_issuer(issuer).items():
            state, is_told = states[key]
            told = slips[key].state if key in slips else ""
            to_be_said = state in _WAITS or state == "manual" or (state in ("approved", "voided") and not is_told)
            assert told in COUNTED or to_be_said, (key, booked, state, told)
        for key, slip in slips.items():
            if slip.state in COUNTED and slip.atc:
                self.check_certificate(key, slip)

    def check_certificate(self, key: Key, slip: SlipFacts) -> None:
        """The card has given one for what a slip says was approved."""
        pan = next(pan for pan in self.pans if shown(pan) == slip.card)
        logged = self.logs.get((pan, int(slip.atc, 16)))
        assert logged is not None, (key, slip)
        assert logged.fen == slip.fen, (key, slip, logged)

    def read_logs(self) -> None:
        """A log only grows, and says the same of a transaction for ever."""
        for card, pan in zip(self.cards, self.pans, strict=True):
            for atc, logged in log_of(card).items():
                assert self.logs.setdefault((pan, atc), logged) == logged

    def check(self) -> None:
        """Slips, cards, issuer and acquirer say the same."""
        self.read_logs()
        slips = self.slips()
        counted = {key: slip for key, slip in slips.items() if slip.state in COUNTED and slip.moved}
        left = {key for key, slip in slips.items() if slip.state == LEFT}
        self.seen["left to a person"] += len(left)
        self.seen["reversals"] += sum(slip.state == REVERSED for slip in slips.values())
        issuer, acquirer = self.bank.issuer.books._db, self.bank.host.books._db
        self.check_keys(counted, left)
        self.check_money(counted, left)
        assert sum(merchants_at_acquirer(acquirer).values()) == 0
        for (pan, atc), logged in self.logs.items():
            standing = [each for each in standing_at_issuer(issuer).values() if (each.pan, each.atc) == (pan, atc)]
            self.seen["certificates"] += bool(logged.fen and standing)
            self.seen["certificates of what was taken back, or not heard"] += bool(logged.fen and not standing)
        self.check_cash(slips)
        self.seen["approved"] += len(counted)
        wanted = Counter(slip.fen for slip in counted.values() if slip.kind in ("消费", "取款"))
        assert not wanted or max(wanted.values()) == 1, "what was wanted once is paid twice"

    def check_keys(self, counted: dict[Key, SlipFacts], left: set[Key]) -> None:
        """Each payment by its numbers: on a slip, in the issuer's books, in the acquirer's, on the card."""
        at_issuer = standing_at_issuer(self.bank.issuer.books._db)
        at_acquirer = standing_at_acquirer(self.bank.host.books._db)
        assert set(counted) - left == set(at_issuer) - left
        assert set(counted) - left == set(at_acquirer) - left
        for key, slip in counted.items():
            assert at_issuer[key].fen == slip.fen
            assert at_acquirer[key] == slip.moved
        for key, booked in at_issuer.items():
            if booked.business not in ("VOID", "REFUND") and key not in left:
                assert self.logs[booked.pan, booked.atc or 0].fen == booked.fen, (key, booked)

    def check_money(self, counted: dict[Key, SlipFacts], left: set[Key]) -> None:
        """Each account by its sum."""
        balances = balances_at_issuer(self.bank.issuer.books._db)
        assert sum(balances.values()) == 0
        moved = moved_on_slips(counted.values())
        at_issuer = standing_at_issuer(self.bank.issuer.books._db)
        if any(key in at_issuer for key in left):
            return
        for pan in self.pans:
            name = f"account/A{pan[6:-1]}"
            assert balances.get(name, BANK_OPENING) == BANK_OPENING + moved[shown(pan)], name
        merchants = merchants_at_acquirer(self.bank.host.books._db)
        for till in self.tills:
            found = [slip for slip in counted.values() if slip.terminal == till.data.terminal and not slip.account_to]
            assert merchants[f"merchant/{till.data.merchant}"] == -sum(slip.moved for slip in found)
        assert balances.get("acquirer/00010000", 0) == -merchants["issuers"]

    def check_cash(self, slips: dict[Key, SlipFacts]) -> None:
        """Cash is out where a slip says so, and nowhere else."""
        told = {slip.batch + slip.voucher: slip.fen for slip in slips.values() if slip.kind == "取款" and slip.moved}
        assert {mark[14:]: fen for mark, fen in self.atm.box.paid.items()} == told


def shown(pan: str) -> str:
    """As slips have it."""
    return f"{pan[:6]}{'*' * (len(pan) - 10)}{pan[-4:]}"


def main(count: int, first: int = 0) -> Counter[str]:
    """So many histories, from seed ``first``. An AssertionError names the seed that broke a rule."""
    seen: Counter[str] = Counter()
    for seed in range(first, first + count):
        try:
            history = PaymentHistory(seed)
            history.run()
        except (Exception, JournalFault) as error:
            error.add_note(f"seed {seed}")
            raise
        seen += history.seen
    return seen


if __name__ == "__main__":
    for name, times in sorted(main(*map(int, sys.argv[1:])).items()):
        print(f"{times:7} {name}")
