"""What hosts say of a bill is held against the bill: what is not as it should be, or not said at all, is told, and a
person sees to it.
"""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from cos.card import Card
from dualcos.leash.leash_rules import LeashRule
from dualcos.messages.social_services import PremiumAsked, PremiumPaid, SettlementTakenBack
from dualcos.messages.terminal_parameters import UNIONPAY_TAC, AidParameters
from dualcos.profile.card_of_profile import personalised_card
from dualcos.profile.schema import file_of, parse
from dualcos.terminal.financial.payment_states import PaymentState
from dualcos.terminal.full.bill_record import CASH
from dualcos.terminal.full.bill_refused import BillRefusal
from dualcos.terminal.full.bill_states import BillState
from dualcos.terminal.full.bill_words import bill_advice, bill_reasons
from dualcos.terminal.full.whole_bill import whole_bill
from dualcos.terminal.social.hsm_path import said_of
from dualcos.terminal.social.medical_records import SettlementMode
from dualcos.terminal.social.purchase_steps import OrderAmounts
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped
from firewall.hardware.randomness import SeededRng
from tests.demonstration_bank import AGREED_MERCHANT
from tests.dualcos.terminal.financial.payment_bench import DEBIT as DEBIT_AID
from tests.dualcos.terminal.full.full_bench import FullBench
from tests.dualcos.terminal.social.medical_bench import prepared_card
from tests.dualcos.terminal.terminal_bench import WatchedCard, made_card

PROFILE = "dual-2.0-3des"


def settled(bench: FullBench, own: int = 1_500, **how: Any) -> None:
    bench.terminal.settle(bench.admitted(), bench.desk, 20_000, own, **how)


def changing(bench: FullBench, **changes: Any) -> None:
    """The bureau's answer to a cancellation is another than what it has booked."""
    bureau: Any = bench.bureau
    real = bureau.ask

    def ask(request: Any) -> Any:
        answer = real(request)
        return structs.replace(answer, **changes) if isinstance(answer, SettlementTakenBack) else answer

    bureau.ask = ask


def whole_of(bench: FullBench) -> Any:
    (stored,) = bench.journal.bills()
    return whole_bill(bench.journal, stored)


# --- the card is back -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("silent", [False, True])
def test_whoever_puts_a_card_in_again_is_told_of_each_bill_of_it_that_is_due(silent):
    """Its newest is paid, or it is said why not; nothing that is due is passed over."""
    bench = FullBench()
    bench.bureau.rules()
    settled(bench, pays=False)
    settled(bench, pays=False)
    bench.terminal.premium(bench.admitted(), pays=False)
    later = bench.terminal.resume(bench.admitted(), bench.desk, pays=False)
    assert [(each.stored.number, each.stored.bill.state) for each in later] == [(n, BillState.DUE) for n in (1, 2, 3)]
    with bench.deaf_to(*((PremiumAsked,) if silent else ())):
        first, second, last = bench.terminal.resume(bench.admitted(), bench.desk)
    assert [each.stored.number for each in (first, second, last)] == [1, 2, 3]
    assert {first.stored.bill.state, second.stored.bill.state} == {BillState.DUE}
    assert last.is_done is not silent
    assert (last.stopped.cause if last.stopped else None) is (StopCause.NO_BACK_END if silent else None)
    bench.finish()
    bench.demand_agreement()


@pytest.mark.parametrize("rule", ["premium-refused", "premium-amount-wrong"])
def test_a_premium_that_is_not_wanted_any_more_is_not_paid_and_it_is_said_so(rule):
    """Nothing is due, or something else is."""
    bench = FullBench()
    bench.terminal.premium(bench.admitted(), pays=False)
    printed = len(bench.printer.slips)
    bench.bureau_rules(rule)
    (came,) = bench.terminal.resume(bench.admitted(), bench.desk)
    assert came.refused is not None
    assert came.refused.cause is BillRefusal.NOT_WANTED
    assert (came.is_done, bench.states, len(bench.printer.slips)) == (False, ["due"], printed)
    assert bench.journal.payments.payments() == []


def test_of_a_premium_for_a_card_that_was_lost_the_bureaus_own_words_are_told():
    """That the card is lost does not say that the premium is paid."""
    bench = FullBench()
    bench.terminal.premium(bench.admitted(), pays=False)
    bench.bureau.rules(LeashRule(match={"service": "premium"}, refuse="card-not-in-use"))
    with pytest.raises(TerminalStopped, match="refused by a rule") as stopped:
        bench.terminal.pay(bench.admitted(), 1)
    assert (stopped.value.cause, stopped.value.ref) == (StopCause.BACK_END_REFUSED, "总体方案 二（二）")


# --- taken back -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("elsewhere", [False, True])
@pytest.mark.parametrize("mode", [SettlementMode.ONLINE, SettlementMode.OFFLINE])
def test_what_goes_back_is_on_the_slip_by_the_bureaus_word(mode, elsewhere):
    """Cash goes back as far as any was taken; what the card's own account paid comes by its next load."""
    bench = FullBench(mode=mode)
    if mode is SettlementMode.OFFLINE:
        at = bench.admitted()
        bench.desk.load(at, 60_000)
        at.leave()
    parts = OrderAmounts(10_000, 3_000, 7_000) if mode is SettlementMode.OFFLINE else None
    settled(bench, amounts=parts, pays=False)
    (account, pooled, self_paid), due = whole_of(bench).shares, whole_of(bench).bill.due
    if elsewhere:
        bench.terminal.paid_elsewhere(1, CASH)
    bench.terminal.cancel(1)
    back = whole_of(bench).bill.taken_back
    to_load = account if mode is SettlementMode.OFFLINE else 0
    assert (back.account, back.pooled, back.self_paid, back.to_load) == (account, pooled, self_paid, to_load)
    assert account
    slip = "\n".join(bench.printer.slips[-1])
    assert back.cancellation in slip.replace("\n", "")
    for name, fen in (("退回个人账户", account), ("退回统筹基金", pooled), ("退还持卡人", due if elsewhere else 0)):
        (line,) = (line for line in slip.splitlines() if line.startswith(name))
        assert line.endswith(f"RMB {fen // 100:,}.{fen % 100:02d}")
    assert ("其中下次划入卡内" in slip) is bool(to_load)
    assert not whole_of(bench).taken_back_otherwise
    if mode is SettlementMode.ONLINE:
        bench.finish()
        bench.demand_agreement()


@pytest.mark.parametrize(
    "changes", [{"account": 1}, {"pooled": 1}, {"self_paid": 1}, {"to_load": 1}, {"voucher": "S0000000099-00000000"}]
)
def test_what_the_bureau_takes_back_otherwise_is_seen_to_before_money_goes_back(changes):
    bench = FullBench()
    settled(bench, pays=False)
    bench.terminal.paid_elsewhere(1, CASH)
    changing(bench, **changes)
    bench.terminal.cancel(1)
    whole = whole_of(bench)
    assert (whole.bill.state, whole.taken_back_otherwise) == (BillState.CANCELLED, True)
    advice = bill_advice(whole)
    assert advice is not None
    assert advice.zh == "人工核实前勿退款"
    assert "后台所退与结算不符" in bill_reasons(whole)[0].zh
    slip = "".join(bench.printer.slips[-1])
    assert advice.zh in slip
    assert "请退还现金" not in slip


@pytest.mark.parametrize("mode", [SettlementMode.ONLINE_OR_OFFLINE, SettlementMode.OFFLINE])
def test_a_settlement_made_off_line_is_known_by_the_voucher_that_its_report_was_given(mode):
    bench = FullBench(mode=mode)
    if mode is SettlementMode.OFFLINE:
        at = bench.admitted()
        bench.desk.load(at, 60_000)
        at.leave()
    parts = OrderAmounts(1_500, 300, 200) if mode is SettlementMode.OFFLINE else None
    bench.bureau.down = True
    bench.terminal.settle(bench.admitted(), bench.desk, 2_000, amounts=parts, pays=False)
    assert bench.states == ["due" if parts else "covered"]
    bench.bureau.down = False
    bench.terminal.cancel(1)
    assert (bench.states, whole_of(bench).taken_back_otherwise) == (["cancelled"], False)


# --- what the acquirer says -------------------------------------------------------------------------------------------


def test_a_payment_that_the_acquirer_does_not_take_up_is_told_once_more():
    """Its bill stays paid: card and terminal approved it. A person settles it with the acquirer."""
    bench = FullBench(card=made_card(PROFILE, "pse.elements.9F0D=0000000000"))
    bench.parameters = AidParameters(DEBIT_AID, tac=UNIONPAY_TAC._replace(default=bytes(5)))
    assert bench.terminal
    bench.line.down = True
    settled(bench)
    bench.line.down = False
    assert bench.states == ["paid"]
    assert "支付成功" in "\n".join(bench.printer.slips[-1])
    bench.host.leash.exchange((LeashRule(match={"message": "offline sale"}, refuse="05"),))
    for _ in range(2):
        bench.terminal.bank.send_waiting()
        bench.terminal.send_waiting()
    assert bench.journal.payments.payments()[-1].record.state is PaymentState.NOT_TAKEN
    assert bench.states == ["paid"]
    said = ["".join(slip) for slip in bench.printer.slips if "账单号" in "".join(slip)]
    assert ["支付须人工处理" in slip for slip in said] == [False, False, True, True]  # each has two copies
    assert ["勿另收款" in slip for slip in said] == [False, False, True, True]
    assert "重打印" not in "".join(said)
    assert whole_of(bench).left_to_persons


def members_card() -> Card:
    """A dual card with a file of value-added services, of the member ``demonstration_bank.MEMBER``. It is not told
    the amount in front of the price: it has no PDOL.
    """
    text = file_of(PROFILE).read_text().replace('"9F38", ', "")
    for section, more in (
        ("pse", 'discretionary = "DF20021502"'),
        ("pse.elements", '"DF21" = "000000001200"\n"DF22" = "20301231"\n"DF23" = "4D31"'),
        ("pse.records", '"1501" = ["DF21", "DF22"]\n"1502" = ["DF23"]'),
    ):
        text = text.replace(f"[{section}]\n", f"[{section}]\n{more}\n")
    return personalised_card(parse(text, PROFILE), rng=SeededRng(b"member"), source=PROFILE)


def test_what_the_merchant_takes_off_at_the_bank_is_on_the_bill():
    """A member's special price: the bill is paid by less than was due, and all places say the same."""
    bench = FullBench(card=members_card())
    bench.merchant = AGREED_MERCHANT
    settled(bench, own=10_000)
    bill = whole_of(bench).bill
    assert (bench.states, bench.gone) == (["paid"], bill.due - bill.due // 10)
    slip = "\n".join(bench.printer.slips[-1])
    assert "原价" in slip
    assert "优惠" in slip
    bench.finish()
    bench.demand_agreement()


def test_a_premium_is_of_the_card_of_its_holder_that_pays_it():
    """Holders have two cards while one takes the other's place."""
    bench = FullBench(others=("dual-3.0-sm4",))
    bench.terminal.premium(bench.admitted(), pays=False)
    bench.put(WatchedCard(prepared_card("dual-3.0-sm4")))
    assert bench.terminal.premium(bench.admitted()).is_done
    (stored,) = bench.journal.bills()
    assert stored.bill.of_card(said_of(bench.admitted().environment))
    paid = [each for each in bench.bureau.asked if isinstance(each, PremiumPaid)]
    assert [each.card for each in paid] == [stored.bill.card]
