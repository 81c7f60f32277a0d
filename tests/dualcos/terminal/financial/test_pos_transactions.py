"""Each POS transaction on a card of two environments and on a bank's own: messages, money, slips (PBOC-6 §7; message
codes as seen in the field).
"""

from __future__ import annotations

import pytest

from apdu import tlv
from dualcos.leash.leash_rules import LeashRule
from dualcos.messages.pos_subfields import parted
from dualcos.messages.terminal_parameters import UNIONPAY_TAC, AidParameters
from dualcos.terminal.financial.kernel.kernel_parts import BankPinAsked
from dualcos.terminal.financial.kernel.transaction_ended import EndCause, TransactionEnded
from dualcos.terminal.financial.payment_record import OriginalPayment
from dualcos.terminal.financial.payment_refused import PaymentRefusal, PaymentRefused
from dualcos.terminal.financial.payment_states import PaymentState, WaitingKind, WaitingState
from tests.demonstration_bank import BANK_OPENING
from tests.dualcos.terminal.financial.payment_bench import DEBIT
from tests.dualcos.terminal.financial.till_bench import TillBench
from tests.dualcos.terminal.terminal_bench import WatchedCard, made_card

CARDS = ("dual-2.0-3des", "bank-sda")
FINANCIAL = {"0200", "0220", "0400", "0620"}
ONLINE_PIN_ALONE = "pse.elements.8E=000000000000000042031F00"


def tags(chip: bytes) -> list[int]:
    """Of a field 55, in order."""
    return [item.tag for item in tlv.parse(chip)]


@pytest.mark.parametrize("card", CARDS)
def test_a_purchase(card):
    bench = TillBench(card)
    outcome = bench.till.purchase(12_345)
    assert outcome.is_approved
    assert bench.gone == 12_345
    (asked,) = bench.line.of("0200")
    record = outcome.stored.record
    assert (asked.text(3), asked.text(4), asked.text(22), asked.text(23), asked.text(25), asked.text(49)) == (
        "000000",
        "000000012345",
        "052",
        f"0{record.sequence}",
        "00",
        "156",
    )
    parts = parted(60, asked.text(60))
    assert (parts["kind"], parts["batch"], parts["ability"]) == ("22", record.batch, "5")
    assert asked.text(11) == record.voucher
    assert asked.text(35).startswith(f"{record.pan}=")
    sent = tags(asked.raw(55))
    assert sent[:4] == [0x9F26, 0x9F27, 0x9F10, 0x9F37]
    assert 0x8A not in sent
    assert len(asked.raw(64)) == 8


def test_messages_of_money_are_sealed_and_no_slip_has_the_whole_account():
    bench = TillBench()
    till = bench.till
    till.purchase(500)
    till.void(bench.record.voucher)
    till.balance()
    assert {each.mti for each in bench.line.sent if 64 in each.fields} <= FINANCIAL
    assert all(64 in each.fields for each in bench.line.sent if each.mti in FINANCIAL)
    assert bench.record.pan not in bench.slips()
    assert f"{bench.record.pan[:6]}*********{bench.record.pan[-4:]} /I" in bench.slips()


def test_a_pin_for_the_bank_goes_under_the_lines_key_with_what_says_how():
    bench = TillBench("dual-2.0-3des", ONLINE_PIN_ALONE)
    assert bench.till.purchase(500).is_approved
    (asked,) = bench.line.of("0200")
    assert (asked.text(22), asked.text(26), asked.text(53)) == ("051", "12", "2600000000000000")
    assert len(asked.raw(52)) == 8
    assert bench.fingers.asked == [BankPinAsked.ONLINE]


def test_a_wrong_pin_is_declined_and_the_card_is_not_asked_for_money():
    bench = TillBench("dual-2.0-3des", ONLINE_PIN_ALONE)
    bench.fingers.entries = ["999999"]
    record = bench.till.purchase(500).stored.record
    assert (record.state, record.code) == (PaymentState.DECLINED, "55")
    assert bench.gone == 0


@pytest.mark.parametrize("card", CARDS)
def test_a_balance(card):
    bench = TillBench(card)
    record = bench.till.balance().stored.record
    assert record.balances == (BANK_OPENING, BANK_OPENING)
    (asked,) = bench.line.of("0200")
    assert asked.text(3) == "310000"
    assert 4 not in asked.fields
    assert "可用余额           RMB 10,000.00" in bench.slips()
    assert len(bench.printer.slips) == 1


def test_no_balance_is_told_if_the_card_declines():
    bench = TillBench(rules="no-arpc")
    record = bench.till.balance().stored.record
    assert (record.state, record.balances) == (PaymentState.DECLINED, None)
    assert "余额  " not in bench.slips()
    assert bench.line.of("0400") == []


def test_a_balance_that_is_not_answered_is_not_reversed():
    bench = TillBench()
    till = bench.till
    bench.line.down = True
    record = till.balance().stored.record
    assert record.state is PaymentState.NOT_SENT
    assert bench.journal.waiting() == []


@pytest.mark.parametrize("card", CARDS)
def test_a_void(card):
    bench = TillBench(card)
    till = bench.till
    bought = till.purchase(700).stored.record
    commands = len(bench.card.passed)
    outcome = till.void(bought.voucher)
    assert outcome.stored.record.state is PaymentState.APPROVED
    assert bench.states == ["voided", "approved"]
    assert bench.gone == 0
    assert 0xAE not in {each.command[1] for each in bench.card.passed[commands:]}  # no cryptogram: 简化流程
    asked = bench.line.of("0200")[-1]
    assert (asked.text(3), asked.text(4), asked.text(37)) == ("200000", "000000000700", bought.reference)
    place = parted(61, asked.text(61))
    assert (place["batch"], place["stan"]) == (bought.batch, bought.voucher)
    assert 55 not in asked.fields
    assert asked.text(35).startswith(f"{bought.pan}=")
    assert f"原批次号：{bought.batch}" in bench.slips()


def test_a_void_takes_its_own_card():
    bench = TillBench()
    till = bench.till
    bought = till.purchase(700).stored.record
    bench.card.card = made_card("bank-sda")
    with pytest.raises(PaymentRefused) as refused:
        till.void(bought.voucher)
    assert refused.value.cause is PaymentRefusal.OTHER_CARD
    assert bench.states == ["approved"]


def test_what_cannot_be_voided():
    bench = TillBench()
    till = bench.till
    bought = till.purchase(700).stored.record
    till.void(bought.voucher)
    for voucher, cause in (
        ("999999", PaymentRefusal.NO_SUCH_PAYMENT),
        (bought.voucher, PaymentRefusal.NOT_VOIDABLE),
        (bench.record.voucher, PaymentRefusal.NOT_VOIDABLE),
    ):
        with pytest.raises(PaymentRefused) as refused:
            till.void(voucher)
        assert refused.value.cause is cause


def test_a_void_without_an_answer_is_reversed_and_the_purchase_stands():
    bench = TillBench()
    till = bench.till
    bought = till.purchase(700).stored.record
    bench.host.leash.exchange(_lost("void"))
    assert till.void(bought.voucher).stored.record.state is PaymentState.REVERSING
    assert till.send_waiting() == 0
    assert bench.states == ["approved", "reversed"]
    assert bench.gone == 700
    assert till.void(bought.voucher).is_approved
    assert bench.gone == 0


def _lost(message):
    return (LeashRule(match={"message": message}, times=1, drop="after commit"),)


@pytest.mark.parametrize("card", CARDS)
def test_a_refund(card):
    bench = TillBench(card)
    till = bench.till
    original = original_of(till.purchase(700).stored.record)
    outcome = till.refund(300, original)
    assert outcome.stored.record.state is PaymentState.APPROVED
    assert bench.gone == 400
    (asked,) = bench.line.of("0220")
    assert (asked.text(3), parted(60, asked.text(60))["kind"]) == ("200000", "25")
    assert asked.text(38) == original.approval != ""
    assert "交易类型：退货" in bench.slips()


def original_of(record):
    """What is on a slip."""
    return OriginalPayment(
        batch=record.batch, voucher=record.voucher, day=record.day, reference=record.reference, approval=record.approval
    )


def test_a_refund_of_more_than_was_paid_is_declined():
    bench = TillBench()
    till = bench.till
    record = till.refund(800, original_of(till.purchase(700).stored.record)).stored.record
    assert (record.state, record.code) == (PaymentState.DECLINED, "13")
    assert bench.gone == 700


def test_a_refund_is_sent_until_it_is_answered_and_counts_once():
    bench = TillBench()
    till = bench.till
    original = original_of(till.purchase(700).stored.record)
    bench.host.leash.exchange(_lost("refund"))
    assert till.refund(300, original).stored.record.state is PaymentState.ASKED
    assert "交易成功" not in bench.slips(2)
    assert till.purchase(100).is_approved
    assert bench.states == ["approved", "approved", "approved"]
    assert bench.gone == 700 - 300 + 100
    assert len(bench.line.of("0220")) == 2


@pytest.mark.parametrize(
    ("part", "said"),
    [
        *((part, said) for part in ("batch", "voucher", "day") for said in ("1", "", "abcdef")),
        *(("reference", said) for said in ("", "0" * 13, "参考号")),
        *(("approval", said) for said in ("0" * 7, "授权")),
    ],
)
def test_an_original_that_is_malformed_is_refused_before_it_is_sent(part, said):
    bench = TillBench()
    till = bench.till
    fields = {"batch": "000001", "voucher": "000001", "day": "0115", "reference": "0" * 12} | {part: said}
    with pytest.raises(PaymentRefused) as refused:
        till.refund(300, OriginalPayment(**fields))
    assert refused.value.cause is PaymentRefusal.ORIGINAL
    assert bench.states == []


@pytest.mark.parametrize("amount", [0, -1, 1 << 32])
def test_amounts_that_are_none(amount):
    bench = TillBench()
    till = bench.till
    for ask in (till.purchase, lambda fen: till.refund(fen, OriginalPayment(batch="1", voucher="1", day="1"))):
        with pytest.raises(PaymentRefused) as refused:
            ask(amount)
        assert refused.value.cause is PaymentRefusal.AMOUNT
    assert bench.card.passed == []


# --- off line ---------------------------------------------------------------------------------------------------------


def below_the_limit(bench: TillBench) -> TillBench:
    """A terminal that may decide by itself, and a card that has been on line once."""
    bench.parameters = AidParameters(DEBIT, floor_limit=100_000, target_percent=0, most_target_percent=0)
    bench.till.purchase(100)
    return bench


@pytest.mark.parametrize("card", CARDS)
def test_a_purchase_off_line_is_uploaded_before_the_next(card):
    bench = below_the_limit(TillBench(card))
    record = bench.till.purchase(900).stored.record
    assert (record.state, record.offline, record.code) == (PaymentState.APPROVED, True, "Y1")
    assert "TC: " in bench.slips(2)
    assert "ARQC: " not in bench.slips(2)
    (waits,) = bench.journal.waiting()
    assert waits.kind is WaitingKind.OFFLINE_SALE
    bench.till.balance()
    asked = bench.line.of("0200")
    assert parted(60, asked[1].text(60))["kind"] == "36"
    assert 0x8A in tags(asked[1].raw(55))
    assert parted(60, asked[2].text(60))["kind"] == "01"
    assert bench.journal.waiting() == []
    assert bench.gone == 100 + 900


def test_purchases_below_the_limit_that_reach_it_together_go_on_line():
    """PBOC-6 §7.8.6: the terminal's log says what it has approved for the card alone, until the batch is settled."""
    bench = below_the_limit(TillBench())
    bench.line.down = True
    till = bench.power_cut()
    assert [till.purchase(40_000).stored.record.code for _ in range(2)] == ["Y1", "Y1"]
    bench.line.down = False
    record = bench.power_cut().purchase(40_000).stored.record
    assert (record.state, record.code, record.offline) == (PaymentState.APPROVED, "00", False)


def test_the_merchants_key_sends_it_on_line():
    bench = below_the_limit(TillBench())
    record = bench.till.purchase(900, forced_online=True).stored.record
    assert (record.offline, record.code) == (False, "00")


def test_a_card_that_declines_off_line_is_told_of_on_a_slip():
    bench = TillBench("dual-2.0-3des", "pse.elements.9F0E=0000200000")  # denied where no try of the PIN is left
    bench.fingers.entries = ["0000", "0000", "0000"]
    bench.parameters = AidParameters(DEBIT)
    record = bench.till.purchase(900).stored.record
    assert (record.state, record.code, record.offline) == (PaymentState.DECLINED, "Z1", True)
    assert "应答码 Z1 脱机拒绝" in bench.slips()
    assert bench.line.of("0200") == []


def test_without_a_line_a_card_may_still_be_paid_with():
    bench = below_the_limit(TillBench())
    till = bench.power_cut()
    bench.line.down = True
    record = till.purchase(900).stored.record
    assert (record.state, record.code) == (PaymentState.APPROVED, "Y1")
    bench.line.down = False
    assert till.send_waiting() == 0


@pytest.mark.parametrize("name", ["answer-lost", "request-lost", "wrong-mac"])
def test_what_card_and_terminal_approve_without_an_answer_is_uploaded_behind_the_reversal(name):
    bench = TillBench("bank-ia-optional", "pse.elements.9F0D=0000000000")  # neither denies what cannot go on line
    bench.parameters = AidParameters(DEBIT, tac=UNIONPAY_TAC._replace(default=bytes(5)))
    till = bench.till
    bench.rules(name)
    record = till.purchase(900).stored.record
    assert (record.code, record.offline, bench.states) == ("Y3", True, ["reversing", "approved"])
    assert "请勿交付" not in bench.slips()
    assert till.send_waiting() == 0
    assert bench.states == ["reversed", "approved"]
    assert bench.gone == 900
    asked = bench.line.sent[-2:]
    assert [each.mti for each in asked] == ["0400", "0200"]
    till.send_waiting()
    assert "冲正" not in bench.slips()
    assert bench.journal.untold() == []


def test_an_issuer_that_says_yes_on_the_telephone_is_quoted_in_the_upload():
    bench = TillBench("bank-ia-optional", rules="refer")
    record = bench.till.purchase(900).stored.record
    assert bench.states == ["declined", "approved"]
    assert (record.approval, record.offline) == ("654321", True)
    assert bench.attendant.called == [record.pan]
    bench.rules("")
    assert bench.till.send_waiting() == 0
    assert bench.line.of("0200")[-1].text(38) == "654321"
    assert [each.state for each in bench.journal.waiting_of(2)] == [WaitingState.ANSWERED]
    assert bench.gone == 900


def test_an_issuer_that_says_no_on_the_telephone_has_declined():
    bench = TillBench("bank-ia-optional", rules="refer")
    bench.attendant.heard = None
    assert not bench.till.purchase(900).is_approved
    assert bench.states == ["declined"]


# --- the card goes ----------------------------------------------------------------------------------------------------


def at_command(card: WatchedCard, instruction: int, turn: int) -> int:
    """The number of the ``turn``-th command with that instruction, of a purchase like this."""
    return [at for at, each in enumerate(card.passed) if each.command[1] == instruction][turn]


def test_a_card_that_is_pulled_behind_the_approval_is_reversed_with_what_it_said():
    like = TillBench()
    like.till.purchase(800)
    bench = TillBench()
    bench.card.pull_at = at_command(like.card, 0xAE, 1), False
    record = bench.till.purchase(800).stored.record
    assert (record.state, record.reason) == (PaymentState.REVERSING, "06")
    assert bench.gone == 800
    bench.till.send_waiting()
    assert bench.gone == 0
    (back,) = bench.line.of("0400")
    asked = bench.line.of("0200")[0]
    assert (back.text(39), back.text(11), back.text(4)) == ("06", asked.text(11), asked.text(4))
    assert tags(back.raw(55)) == [0x95, 0x9F1E, 0x9F10, 0x9F36]
    assert not {35, 52} & set(back.fields)


def test_a_card_that_declines_behind_the_approval_says_so_in_its_reversal():
    bench = TillBench(rules="no-arpc")
    bench.till.purchase(800)
    bench.till.send_waiting()
    (back,) = bench.line.of("0400")
    sent = {item.tag: item.value for item in tlv.parse(back.raw(55))}
    asked = {item.tag: item.value for item in tlv.parse(bench.line.of("0200")[0].raw(55))}
    assert sent[0x9F10] != asked[0x9F10]  # of the second GENERATE AC
    assert "卡片拒绝" in bench.slips()


def test_a_card_that_is_pulled_before_anything_was_asked_ends_it():
    like = TillBench()
    like.till.purchase(800)
    bench = TillBench()
    bench.card.pull_at = at_command(like.card, 0xAE, 0), False
    with pytest.raises(TransactionEnded) as ended:
        bench.till.purchase(800)
    assert ended.value.cause is EndCause.NO_CARD
    assert bench.states == []
    assert bench.line.of("0200") == []
