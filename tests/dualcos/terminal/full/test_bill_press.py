"""Slips of bills: in the journal before they are on paper, none lost, none twice unless it says so; a printer may jam
and the power may go at any of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec import structs

from dualcos.leash.leash_rules import LeashRule
from dualcos.messages.social_services import PremiumPaid, ServiceRefused
from dualcos.terminal.financial.payment_parts import PrinterFailed
from dualcos.terminal.financial.payment_refused import PaymentRefused
from dualcos.terminal.financial.payment_states import PaymentState
from dualcos.terminal.financial.slip_layout import SalesSlip
from dualcos.terminal.full.bill_press import BillPress
from dualcos.terminal.full.bill_states import BILL_LEADS, BillEvent, BillState
from dualcos.terminal.full.full_journal import FullJournal, StoredBill
from dualcos.terminal.social.hsm_path import said_of
from dualcos.terminal.terminal_parts import PartText
from tests.dualcos.terminal.full.bill_examples import REFUSED, bill, payment
from tests.dualcos.terminal.full.full_bench import FullBench
from tests.dualcos.terminal.full.full_money import BillFacts, read_bill
from tests.dualcos.terminal.full.test_combined_slip import form
from tests.dualcos.terminal.power_cuts import PowerCut


def unmarked(slip: Sequence[str]) -> tuple[str, ...]:
    """What it says, whether it was printed before or not."""
    return tuple(line for line in slip if line.strip() != "重打印")


class UnreliablePrinter:
    """Jams, or the power goes before or behind the paper, as ``goes`` says of each slip, from the first."""

    def __init__(self, journal: FullJournal) -> None:
        self.journal, self.goes, self.slips = journal, [""], list[tuple[str, ...]]()

    def print(self, slip: SalesSlip) -> None:
        facts = self.demand_known(slip.lines)
        goes = self.goes.pop(0) if self.goes else ""
        if goes == "jams":
            raise PrinterFailed
        if goes == "cut before":
            raise PowerCut
        assert facts.again or not self.said_before(facts), f"twice on paper: {slip}"
        self.slips.append(slip.lines)
        if goes == "cut behind":
            raise PowerCut

    def demand_known(self, lines: Sequence[str]) -> BillFacts:
        """What is to go on paper is in the journal, and that it goes there now."""
        facts = read_bill(lines)
        assert facts is not None
        stored = self.journal.bill(int(facts.number))
        assert stored is not None
        assert stored.bill.told or stored.bill.printed
        assert facts.state in stored.bill.state.words.zh
        return facts

    def said_before(self, facts: BillFacts) -> bool:
        """A paper of that bill and copy says the same already."""
        return any(read_bill(slip) == facts for slip in self.slips)


class Office:
    """Bills that change at random, and a press that prints them. ``press`` is another one behind each power cut."""

    def __init__(self, seed: int) -> None:
        self.random, self.journal = Random(seed), FullJournal()  # noqa: S311 - histories
        self.printer = UnreliablePrinter(self.journal)
        self.shown: list[str] = []
        self.started()
        for number in range(1, 3):
            self.journal.begin(bill(BillState.SETTLING, total=100 * number))

    def started(self) -> None:
        """Power is on."""
        bank: Any = SimpleNamespace(settings=form(), tell_untold=lambda: None)
        display: Any = SimpleNamespace(show=lambda said: self.shown.append(said.zh))
        self.press = BillPress(self.journal, bank, display, self.printer)

    def plays(self, turns: int) -> None:
        """So many things happen, each of which may be cut off."""
        for _ in range(turns):
            stored = self.random.choice(self.journal.bills())
            self.printer.goes = self.random.choices(["", "jams", "cut before", "cut behind"], (6, 1, 1, 1), k=3)
            try:
                self.random.choice((self.moves, self.moves, self.refused, self.again, self.tells))(stored)
            except PowerCut:
                self.started()

    def tells(self, stored: StoredBill) -> None:
        """It is told, once more for all that the caller knows; what waits is printed, too."""
        self.press.tell(stored)
        self.press.tell_untold()

    def moves(self, stored: StoredBill) -> None:
        """Something happens to it that may."""
        events = [event for state, event in BILL_LEADS if state is stored.bill.state]
        if not events:
            return
        event = self.random.choice(events)
        changes: dict[str, object] = {}
        if event is BillEvent.SETTLED:
            changes = {"due": stored.bill.total, "own": stored.bill.total}
        if event is BillEvent.PAID_ELSEWHERE:
            changes = {"elsewhere": "cash"}
        if event is BillEvent.NOT_PAID:
            number = self.journal.payments.last_number() + 1
            declined = payment(PaymentState.DECLINED, number, stored.bill.due, told=True)
            changes = {"tries": (*stored.bill.tries, self.journal.payments.begin(declined).number)}
        if event is BillEvent.NOT_SETTLED:
            changes = {"why": ("卡不在名册", "not in the register")}
        self.tells(self.journal.step(stored, event, **changes))

    def refused(self, stored: StoredBill) -> None:
        """The back end, late, does not take what it was told."""
        if stored.bill.state.is_decided and stored.bill.refusal is None:
            self.tells(self.journal.amend(stored, refusal=REFUSED, told=False))

    def again(self, stored: StoredBill) -> None:
        """A person wants it once more."""
        before = len(self.printer.slips)
        self.press.tell(stored, again=True)
        assert all("重打印" in "".join(slip) for slip in self.printer.slips[before:])

    def finishes(self) -> None:
        """Nothing fails any more."""
        self.printer.goes = []
        self.press.tell_untold()
        assert [each for each in self.journal.untold() if each.bill.state.is_decided] == []


@pytest.mark.parametrize("seed", range(8))
def test_no_slip_is_lost_and_none_is_there_twice_unmarked(seed):
    """Each paper that the printer takes is checked when it takes it; in the end the last one of each bill says how it
    stands, on every copy that it has.
    """
    printed = 0
    for history in range(20):
        office = Office(seed * 1000 + history)
        office.plays(16)
        office.finishes()
        printed += len(office.printer.slips)
        for stored in office.journal.bills():
            papers = [slip for slip in office.printer.slips if int(facts_of(slip).number) == stored.number]
            if not stored.bill.state.is_decided:
                continue
            copies = ["持卡人存根"] if stored.bill.state is BillState.NOT_SETTLED else ["商户存根", "持卡人存根"]
            for copy in copies:
                last = [facts_of(slip) for slip in papers if facts_of(slip).copy == copy][-1]
                assert last.state in stored.bill.state.words.zh
            text = "".join(papers[-1])
            assert (stored.bill.refusal is None) or REFUSED.zh in text
            assert stored.bill.why[0] in text
    assert printed > 100


def facts_of(slip: Sequence[str]) -> BillFacts:
    """What it says; it is a bill's."""
    facts = read_bill(slip)
    assert facts is not None
    return facts


# --- at a whole terminal ----------------------------------------------------------------------------------------------


def jamming_at(bench: FullBench, turn: int) -> None:
    """The printer takes no slip at that call, from 0, and any other one."""
    print_, calls = bench.printer.print, list[int]()

    def jams_once(lines: Sequence[str]) -> None:
        calls.append(0)
        bench.printer.jams = len(calls) == turn + 1
        print_(lines)

    bench.printer.print = jams_once  # type: ignore[method-assign]


DUE_TO, PAID_TO = (
    [("待支付", copy) for copy in form().slip.copies],
    [("已用本卡支付", copy) for copy in form().slip.copies],
)


@pytest.mark.parametrize(
    ("turn", "papers", "marked"),
    [
        (0, PAID_TO, 0),
        (1, [DUE_TO[0], *PAID_TO], 0),
        (2, DUE_TO + PAID_TO, 0),
        (3, [*DUE_TO, PAID_TO[0], *PAID_TO], 2),
    ],
)
def test_a_printer_that_jams_at_any_copy_has_it_later(turn, papers, marked):
    """A bill is declined, then paid. What a later slip says better is not printed any more."""
    bench = FullBench()
    jamming_at(bench, turn)
    bench.rules("not-enough")
    bench.terminal.settle(bench.admitted(), bench.desk, 20_000, 1_500)
    bench.rules()
    bench.terminal.pay(bench.admitted(), 1)
    bench.finish()
    told = list(map(facts_of, bench.printer.slips))
    assert [(each.state, each.copy) for each in told] == papers
    assert [each.again for each in told] == [False] * (len(papers) - marked) + [True] * marked
    bench.demand_agreement()


def test_who_has_the_slip_of_how_it_stands_does_not_get_it_again():
    """A void that comes to nothing leaves the bill as it was; so does a card that is put back."""
    bench = FullBench()
    terminal = bench.terminal
    assert len(terminal.settle(bench.admitted(), bench.desk, 20_000, 1_500).slips) == 2
    bench.line.down = True
    assert terminal.take_back(1).slips == ()
    bench.line.down = False
    terminal.resume(bench.admitted(), bench.desk)
    terminal.send_waiting()
    bills = [facts for slip in bench.printer.slips if (facts := read_bill(slip))]
    assert [each.state for each in bills] == ["已用本卡支付"] * 2
    again = terminal.reprint(1).slips
    assert [unmarked(slip.lines) for slip in again] == [unmarked(slip) for slip in bench.printer.slips[:2]]
    assert all(slip.lines[1].strip() == "重打印" for slip in again)


def test_a_suspicious_bill_is_told_once_however_often_its_card_is_back():
    bench = FullBench()
    terminal = bench.terminal
    card = said_of(bench.admitted().environment)
    stored = terminal.journal.begin(bill(BillState.SETTLING, total=100, record=0))
    stored = terminal.journal.amend(stored, card=card)
    terminal.journal.step(stored, BillEvent.DISTRUSTED)
    for _ in range(3):
        terminal.resume(bench.admitted(), bench.desk)
    assert [facts_of(slip).state for slip in bench.printer.slips] == ["结算可疑：勿收款，勿交付"] * 2


def test_a_reversal_that_is_answered_later_is_told_once():
    """The bill's slip says that it waits; that it is done is on a slip of the bank's, when that is known."""
    bench = FullBench()
    terminal = bench.terminal
    bench.host.leash.exchange((LeashRule(drop="before commit"),))
    terminal.settle(bench.admitted(), bench.desk, 20_000, 1_500)
    assert all("结果未知，待冲正" in "".join(slip) for slip in bench.printer.slips)
    bench.finish()
    assert [slip[0].strip() for slip in bench.printer.slips] == ["医疗费用结算单"] * 2 + ["银行卡签购单"] * 2
    assert all("交易状态：已冲正" in slip for slip in bench.printer.slips[2:])
    bench.power_cut()
    assert len(bench.printer.slips) == 4
    bench.demand_agreement()


def test_a_payment_that_this_slip_tells_has_none_of_its_own():
    """The reversal of the first try is answered before the second is made: the bill's slip has both."""
    bench = FullBench()
    terminal = bench.terminal
    bench.host.leash.exchange((LeashRule(drop="before commit"),))
    terminal.settle(bench.admitted(), bench.desk, 20_000, 1_500)
    bench.rules()
    terminal.pay(bench.admitted(), 1)
    assert [slip[0].strip() for slip in bench.printer.slips] == ["医疗费用结算单"] * 4
    assert all("已冲正" in "".join(slip) for slip in bench.printer.slips[2:])


def test_what_was_refunded_is_due_again_and_its_slip_says_nowhere_that_it_was_paid():
    bench = FullBench()
    terminal = bench.terminal
    terminal.settle(bench.admitted(), bench.desk, 20_000, 1_500)
    terminal.bank.settle()
    terminal.take_back(1)
    bench.finish()
    last = [slip for slip in bench.printer.slips if read_bill(slip)][-1]
    assert facts_of(last).state == "待支付"
    assert "已退货" in last
    assert "成功" not in "".join(last)


def test_a_premium_that_is_refused_after_its_payment_says_that_it_is_to_be_given_back():
    bench = FullBench()
    terminal, ask = bench.terminal, bench.bureau.ask
    refusal = ServiceRefused(running=0, code="paid-already", zh="已缴", en="it was paid")
    terminal.premium(bench.admitted(), pays=False)

    def refuses(request: Any) -> Any:
        if isinstance(request, PremiumPaid):
            return structs.replace(refusal, running=request.running)
        return ask(request)

    bench.bureau.ask = refuses  # type: ignore[method-assign]
    shown: list[PartText] = []
    bench.display.show = shown.append  # type: ignore[method-assign]
    terminal.pay(bench.admitted(), 1)
    last = "".join(bench.printer.slips[-1])
    assert "社保未收此缴费：已缴" in last
    assert "请撤销支付，退款给持卡人" in last
    assert "重打印" not in last
    assert shown[-1].zh == "请撤销支付，退款给持卡人"
    terminal.take_back(1)
    assert "支付已退回，无须另退" in "".join(bench.printer.slips[-1])


def test_why_nothing_was_asked_of_the_bank_is_on_the_slip():
    bench = FullBench()
    terminal = bench.terminal
    terminal.settle(bench.admitted(), bench.desk, 20_000, 1_500, pays=False)
    bench.printer.slips.clear()
    terminal.journal.payments.begin_settling()
    outcome = terminal.pay(bench.admitted(), 1)
    assert isinstance(outcome.unpaid, PaymentRefused)
    assert all(outcome.unpaid.zh in slip for slip in bench.printer.slips)
    assert outcome.stored.bill.why == (outcome.unpaid.zh, outcome.unpaid.en)
    terminal.pay(bench.admitted(), 1)
    assert [facts_of(slip).again for slip in bench.printer.slips] == [False, False]  # it says so already
    terminal.journal.payments.end_settling()
    assert terminal.pay(bench.admitted(), 1).stored.bill.why == ("", "")


def test_why_nothing_was_settled_is_on_the_slip():
    bench = FullBench()
    bench.bureau.down = True
    outcome = bench.terminal.settle(bench.admitted(), bench.desk, 20_000, 1_500)
    assert outcome.stopped is not None
    (slip,) = bench.printer.slips
    assert facts_of(slip).state == "未结算，未支付"
    assert outcome.stopped.zh in "".join(slip)


def test_slips_that_come_out_late_are_not_in_the_way_of_the_payment():
    """The paper was out when both were settled: their slips come when the card is back, and the newest is paid."""
    bench = FullBench()
    bench.printer.jams = True
    for _ in range(2):
        bench.terminal.settle(bench.admitted(), bench.desk, 20_000, 1_500, pays=False)
    bench.printer.jams = False
    bench.terminal.resume(bench.admitted(), bench.desk)
    assert (bench.states, bench.gone) == (["due", "paid"], 1_500)
    bench.finish()
    bench.demand_agreement()
