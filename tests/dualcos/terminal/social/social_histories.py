"""Random histories of two terminals, two cards and one back end, in which everything fails that can.

Cards are pulled or lose power in the middle of a write, terminals and back end lose theirs too, answers are lost,
come twice or too late, or are spoilt on their way, PSAMs are taken out, clocks stand or go back or ahead, cards go
from one terminal to the other with something open. The terminals' storage is a file, and opened anew when the
power was gone. A cashier who was stopped does the same once more, as people do. In the end all works again, and no
purchase is lost, none is there twice, no fen has come or gone (``three_counts``), and of each purchase that a customer
wanted once, one at most was handed out, and nothing debited that nobody heard of.

``python -m tests.dualcos.terminal.social.social_histories 1000`` (``make social-histories``).
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

from apdu.link import SmartCard
from dualcos.leash.leash_rules import LeashRule
from dualcos.terminal.social.medical_desk import EarlierTransaction, MedicalOutcome
from dualcos.terminal.social.medical_record_states import RecordState
from dualcos.terminal.social.medical_records import CardFigures, SettlementMode
from dualcos.terminal.social.purchase_steps import OrderAmounts
from dualcos.terminal.social.security_path import PathKind
from dualcos.terminal.social.temporary_offline_file import has_figures, read_figures
from dualcos.terminal.social.terminal_stopped import Booked, StopCause, TerminalStopped
from tests.demonstration_desk import OPENING
from tests.dualcos.terminal.power_cuts import PowerCut, PowerMeter
from tests.dualcos.terminal.social.medical_bench import (
    CREDIT,
    DEBIT,
    PROOF,
    UPDATE,
    BureauBehind,
    CutJournal,
    LosingPower,
    MedicalBench,
    PulledAt,
    RunningClock,
    prepared_card,
)
from tests.dualcos.terminal.social.three_counts import (
    Counted,
    concluded,
    counted_in_books,
    counted_in_journal,
    counted_on_card,
    left_over,
    open_papers,
)
from tests.dualcos.terminal.terminal_bench import made_card, psam_for

PAIRS = (("social-2.0", "dual-2.0-3des"), ("social-3.0", "dual-3.0-sm4"), ("social-1.0", "dual-2.0-3des"))
STEPS = 10
_SERVICES = ("pre-settlement", "load", "load-proof", "settlement", "settlement-given-up", "purchase-mac")


_MATTERING = (DEBIT, DEBIT, CREDIT, UPDATE, PROOF)
"""Commands that change something, or tell that something has been changed."""


_GARBLED = ("6700", "6D00", "6300", "63C1", "6581", "6F00", "6985", "9302", "9406", "9000", "01029000")
_SETTLED = (RecordState.COMPLETE, RecordState.PROVED, RecordState.SUSPICIOUS, RecordState.UNKNOWN)
"""Where the card is debited, for all that is known."""
_LEFT = (RecordState.UNKNOWN, RecordState.SUSPICIOUS)
"""Where the back end has no right TAC in the end."""


class UnsteadyClock(RunningClock):
    """A clock that stands now and then, or is set back or ahead, within the year."""

    def __init__(self, draw: Random) -> None:
        super().__init__()
        self._draw, self._stands = draw, False

    def disturb(self) -> None:
        """Once a step."""
        self._stands = self._draw.random() < 0.2
        if self._draw.random() < 0.1:
            there = self._now + timedelta(minutes=self._draw.randrange(-2_000, 200_000))
            self._now = min(there, self._now.replace(month=12, day=1))

    def now(self) -> str:
        """See ``Clock``."""
        return f"{self._now:%Y%m%d%H%M%S}" if self._stands else super().now()


class Spoiling:
    """Spoils one answer to a command that matters, or to what fetches it: another word, a bit, or cut short."""

    def __init__(self, draw: Random) -> None:
        self._command = draw.choice(_MATTERING)
        self._fetched = draw.random() < 0.5
        self._how, self._word = draw.randrange(4), bytes.fromhex(draw.choice(_GARBLED))
        self._due, self._left = False, 1

    def __call__(self, command: bytes, answer: bytes) -> bytes:
        if command[:2] == self._command:
            self._due = True
        elif command[1] != _GET_RESPONSE:
            self._due = False
        if not (self._due and self._left) or (command[1] == _GET_RESPONSE) is not self._fetched:
            return answer
        self._left = 0
        if self._how == 0 and len(answer) > _WORD:
            return answer[:_WORD] + bytes((answer[_WORD] ^ 4,)) + answer[_WORD + 1 :]
        return answer[:-3] + answer[-2:] if self._how == 1 and len(answer) > _WORD else self._word


_GET_RESPONSE, _WORD = 0xC0, 2


def _untouched(card: SmartCard) -> SmartCard:
    return card


class History:
    """One of them, by its seed. ``seen``: what happened in it, counted."""

    def __init__(self, seed: int) -> None:
        self.draw = Random(seed)  # noqa: S311 - repeatable, not secret
        self.seen: Counter[str] = Counter()
        self.mode = SettlementMode(seed % 3 + 1)
        pair = PAIRS[seed // 3 % len(PAIRS)]
        offline = self.mode is SettlementMode.OFFLINE
        self.cards = [prepared_card(profile, offline_account=offline) for profile in pair]
        self.clock = UnsteadyClock(self.draw)
        self.bureau = BureauBehind(pair, self.mode, self.clock)
        sam = made_card(psam_for(pair[0]), copy=1)
        self._folder = TemporaryDirectory()
        self.benches = [
            MedicalBench(
                pair[0],
                self.mode,
                path,
                bureau=self.bureau,
                card=self.cards[0],
                sam=sam,
                clock=self.clock,
                journal=CutJournal(PowerMeter(), Path(self._folder.name) / path.value),
            )
            for path in (PathKind.PSAM, PathKind.HSM)
        ]
        for bench in self.benches:
            bench.meter = bench.journal.meter
        self.handed_out: list[tuple[str, str, str]] = []
        for card in self.cards if offline else ():
            self.benches[0].put(card)
            self.benches[0].desk.load(self.benches[0].insert(), 15_000)

    def run(self) -> None:
        """All of it, and what must be true in the end."""
        with self._folder:
            for _ in range(STEPS):
                self.step()
            self.put_together()
            self.check()
            for bench in self.benches:
                bench.journal.close()

    # --- what happens ------------------------------------------------------------------------------------------------

    def step(self) -> None:
        bench = self.draw.choice(self.benches)
        bench.put(self.draw.choice(self.cards))
        self.disturb(bench)
        acts: list[Callable[[MedicalBench], None]] = [self.settle] * 6 + [self.load] * 4 + [self.upload, self.give_up]
        act = self.draw.choice(acts)
        self.attempt(bench, act)
        bench.meter.cut_at = self.bureau.meter.cut_at = None
        bench.card.card, bench.card.bend = bench.own_card, None
        for each in self.benches:
            each.sam.put_back()

    def attempt(self, bench: MedicalBench, act: Callable[[MedicalBench], None]) -> None:
        try:
            act(bench)
            self.seen[act.__name__] += 1
        except TerminalStopped as stopped:
            self.seen[stopped.cause.name] += 1
            if stopped.cause is StopCause.PENDING and self.draw.random() < 0.5:
                with suppress(TerminalStopped, PowerCut):
                    bench.desk.recover(bench.insert(), override=True)
        except PowerCut:
            self.seen["power cut"] += 1
            self.switched_on(bench)

    def switched_on(self, bench: MedicalBench) -> None:
        """After a power cut the terminal has what is in its file."""
        bench.meter.cut_at = None
        bench.journal.close()
        bench.journal = CutJournal(bench.meter, Path(self._folder.name) / bench.path.value)
        bench.start()

    def settle(self, bench: MedicalBench) -> None:
        total = self.draw.randrange(1, 20_000)
        amounts = None
        if self.mode is SettlementMode.OFFLINE:
            account = self.draw.randrange(total + 1)
            self_paid = self.draw.randrange(total - account + 1)
            amounts = OrderAmounts(account, self_paid, total - account - self_paid)
        self.purchase(bench, total, amounts)

    def purchase(self, bench: MedicalBench, total: int, amounts: OrderAmounts | None) -> None:
        """A customer wants it once. A cashier who is stopped repeats it, with the card as it is, in the hope that all
        goes well now; he stops when he hears that it was done, or that the card is debited, and hands nothing out then.
        """
        before = {each: each.journal.last_number() for each in self.benches}
        try:
            self.hand_out(bench.desk.settle(self.inserted(bench), total, amounts=amounts))
        except EarlierTransaction as earlier:
            self.seen["earlier heard of"] += len(earlier.outcomes)
            raise
        except (TerminalStopped, PowerCut) as stopped:
            if self.draw.random() < 0.5:
                raise
            if isinstance(stopped, PowerCut):
                self.switched_on(bench)
                last = bench.journal.record(bench.journal.last_number())
                if last is not None and last.number > before[bench] and last.record.told:
                    raise TerminalStopped(StopCause.STORAGE) from None  # he looks at the journal: it is done
            elif stopped.booking is not None and stopped.booking.booked is Booked.YES:
                raise  # he has been told
            self.seen["repeated"] += 1
            self.pull_at, self.around, bench.card.bend = None, _untouched, None
            bench.meter.cut_at = None
            with suppress(EarlierTransaction):
                self.hand_out(bench.desk.settle(self.inserted(bench), total, amounts=amounts))
        debited = sum(each.record.state in _SETTLED and each.number > before[bench] for each in bench.journal.records())
        assert debited <= 1, "a purchase that was wanted once is there twice"

    def load(self, bench: MedicalBench) -> None:
        if self.mode is SettlementMode.OFFLINE:
            bench.desk.load(self.inserted(bench), self.draw.randrange(1, 40_000))
        else:
            self.settle(bench)

    def upload(self, bench: MedicalBench) -> None:
        bench.desk.upload()

    def give_up(self, bench: MedicalBench) -> None:
        for stored in bench.journal.open_records():
            if stored.record.state is RecordState.AT_CARD:
                bench.desk.give_card_up(stored.number)

    def hand_out(self, done: MedicalOutcome) -> None:
        assert done.record.state is RecordState.COMPLETE
        self.handed_out.append((done.record.terminal, done.record.terminal_sequence, done.record.time))

    def inserted(self, bench: MedicalBench):
        """The card goes in; what was planned for it happens from here on."""
        bench.card.put_back()
        bench.card.passed.clear()
        bench.card.pull_at = self.pull_at
        bench.card.card = self.around(bench.own_card)
        bench.sam.put_back()
        return bench.terminal.admit()

    def disturb(self, bench: MedicalBench) -> None:
        """At most one thing goes wrong with a host or a card; the network is a matter of its own."""
        draw = self.draw
        self.pull_at, self.around = None, _untouched
        self.bureau.down = draw.random() < 0.2
        self.clock.disturb()
        self.bureau.rules(*([self.rule()] if draw.random() < 0.3 else []))
        match draw.randrange(14):
            case 10 | 11:
                bench.card.bend = Spoiling(draw)
            case 12:
                commands = draw.choice(((DEBIT,), (CREDIT, UPDATE), (PROOF, DEBIT)))
                bench.card.bend = lambda command, answer: (
                    bench.sam.pull() or answer if command[:2] in commands else answer
                )
            case 0 | 1 | 2:
                carried_out, command = draw.random() < 0.6, draw.choice(_MATTERING)
                self.around = lambda card: PulledAt(card, command, carried_out=carried_out)
            case 3:
                self.pull_at = draw.randrange(60), draw.random() < 0.5
            case 4:
                ticks, command = draw.randrange(400), draw.choice(_MATTERING)
                self.around = lambda card: LosingPower(card, command, ticks)
            case 5:
                bench.meter.cut_at = bench.meter.writes + draw.randrange(8), draw.random() < 0.5
            case 6:
                self.bureau.meter.cut_at = self.bureau.meter.writes + draw.randrange(4), draw.random() < 0.5
                self.bureau.falls = draw.random() < 0.5

    def rule(self) -> LeashRule:
        """What the network does with answers of one service."""
        match = {"service": self.draw.choice(_SERVICES)}
        return self.draw.choice(
            (
                LeashRule(match=match, drop="before commit"),
                LeashRule(match=match, drop="after commit"),
                LeashRule(match=match, drop="after commit", times=1),
                LeashRule(match=match, duplicate=True),
                LeashRule(match=match, late="behind"),
                LeashRule(match=match, late="in front", times=1),
                LeashRule(match=match, delay=60),
            )
        )

    # --- the end -----------------------------------------------------------------------------------------------------

    def put_together(self) -> None:
        """Everything works; every card comes to both terminals."""
        self.bureau.down, self.pull_at, self.around = False, None, _untouched
        self.bureau.rules()
        for card in self.cards:
            for bench in self.benches:
                bench.put(card)
                at = bench.insert()
                self.seen["recovered"] += len(bench.desk.recover(at, override=True))
                at.leave()
        for bench in self.benches:
            assert bench.desk.upload().waiting == 0
            left = {each.record.state for each in bench.journal.open_records()}
            assert left <= {RecordState.UNKNOWN}, left

    def check(self) -> None:
        books = self.bureau.desk.books._db
        self.check_each_card()
        left = [each.record for bench in self.benches for each in bench.journal.records() if each.record.state in _LEFT]
        for record in left:
            self.seen[record.state.value] += 1
        proved = concluded(books)
        assert set(proved) <= {each.voucher for each in left if each.is_load}
        self.seen["proved by the next load"] += len(proved)
        in_transit = sum(each.account for each in left if each.is_load and each.voucher not in proved)
        assert left_over(books) == {"transit": in_transit, "disputed": 0, "all": 0}
        assert len(open_papers(books)) == sum(1 for each in left if each.voucher and not each.is_load)
        self.check_money(in_transit + sum(fen for _, fen in proved.values()))
        self.check_handed_out()
        self.check_numbers()

    def check_each_card(self) -> None:
        books = self.bureau.desk.books._db
        for card in self.cards:
            self.benches[0].put(card)
            at = self.benches[0].insert()
            identification = at.environment.identification.hex().upper()
            if self.mode is SettlementMode.ONLINE_OR_OFFLINE and has_figures(at):
                self.check_figures(read_figures(at), identification)
            at.leave()
            journals = [bench.journal._db for bench in self.benches]
            complete = [counted_in_journal(each, identification) for each in journals]
            booked = [counted_in_journal(each, identification, "unknown", "suspicious") for each in journals]
            assert counted_on_card(card) == Counted(*map(sum, zip(*booked, strict=True)))
            proved = [Counted(loads=1, balance=fen) for at, fen in concluded(books).values() if at == identification]
            in_parts = self.mode is SettlementMode.OFFLINE
            in_books = counted_in_books(books, identification, in_parts=in_parts)
            assert in_books == Counted(*map(sum, zip(*complete, *proved, strict=True)))

    def check_figures(self, on_card: CardFigures, identification: str) -> None:
        """The file has every off-line settlement that the back end has not taken off it."""
        amount = times = 0
        for bench in self.benches:
            for _, record in bench.journal.records():
                update = record.figures
                if record.card.identification != identification:
                    continue
                if update is None and record.shown is not None:  # the back end's, begun perhaps, and others came
                    amount, times = amount - record.shown.amount, times - record.shown.times
                if update is None or not update.written:
                    continue
                if update.adds:
                    amount, times = amount + record.total, times + 1
                else:
                    amount -= update.before.amount - update.after.amount
                    times -= update.before.times - update.after.times
        self.seen["figures differ"] += (on_card.amount, on_card.times) != (amount, times)
        assert on_card.amount >= amount
        assert on_card.times >= times

    def check_money(self, known_to_the_books: int) -> None:
        """What has left the holders' accounts is what terminals have settled and loaded, or do not know of."""
        sums = self.bureau.desk.books.balances()
        records = [
            each.record
            for bench in self.benches
            for each in bench.journal.records()
            if each.record.state is RecordState.COMPLETE
        ]
        spent = sum(each.shares[0] for each in records if each.shares and each.mode is not SettlementMode.OFFLINE)
        loaded = sum(each.account for each in records if each.is_load)
        holders = [fen for name, fen in sums.items() if name.startswith("holder/")]
        assert sum(holders) == OPENING * len(holders) - spent - loaded - known_to_the_books
        total = sum(each.total for each in records if not each.is_load)
        assert sum(fen for name, fen in sums.items() if name.startswith("provider/")) == total

    def check_handed_out(self) -> None:
        """What was handed out is stored as complete, once; or as suspicious, where nobody checked the TAC at once."""
        complete = {RecordState.COMPLETE, RecordState.SUSPICIOUS}
        stored = Counter(
            (each.record.terminal, each.record.terminal_sequence, each.record.time)
            for bench in self.benches
            for each in bench.journal.records()
            if each.record.state in complete and not each.record.is_load
        )
        assert set(self.handed_out) <= set(stored)
        assert set(stored.values()) <= {1}
        assert len(set(self.handed_out)) == len(self.handed_out)
        self.seen["handed out"] += len(self.handed_out)

    def check_numbers(self) -> None:
        """A running number has been one request's, however often that was sent."""
        asked: dict[tuple[str, int], set[str]] = {}
        for request in self.bureau.asked:
            asked.setdefault((request.terminal, request.running), set()).add(repr(request))
        assert all(len(each) == 1 for each in asked.values())


def main(count: int, first: int = 0) -> Counter[str]:
    """So many histories, from seed ``first``. An AssertionError names the seed that broke a rule."""
    seen: Counter[str] = Counter()
    for seed in range(first, first + count):
        history = History(seed)
        try:
            history.run()
        except Exception as error:
            error.add_note(f"seed {seed}")
            raise
        seen += history.seen
    return seen


if __name__ == "__main__":
    for name, times in sorted(main(*map(int, sys.argv[1:])).items()):
        print(f"{times:7} {name}")
