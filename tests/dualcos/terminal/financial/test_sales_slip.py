"""What a slip has to have (PBOC-6 §5.5), and that it is straight: Chinese characters take two columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from dualcos.leash.leash_rules import LeashRule
from dualcos.messages.authorisation import Business
from dualcos.messages.terminal_results import CryptogramReason
from dualcos.terminal.financial.kernel.debit_kernel import CardVerdict, Verdict
from dualcos.terminal.financial.kernel.kernel_settings import ATM, POS
from dualcos.terminal.financial.kernel.transaction_ended import EndCause
from dualcos.terminal.financial.payment_record import ChipFacts, PaymentRecord
from dualcos.terminal.financial.payment_settings import SlipForm
from dualcos.terminal.financial.payment_states import PaymentState
from dualcos.terminal.financial.payment_words import card_words
from dualcos.terminal.financial.sales_slip import payment_slips
from dualcos.terminal.financial.slip_layout import SlipLayout, columns, yuan
from dualcos.terminal.terminal_parts import PartText
from tests.dualcos.terminal.financial.test_pos_transactions import original_of
from tests.dualcos.terminal.financial.till_bench import TillBench

SIGNATURE = "pse.elements.8E=00000000000000005E031F00"


@pytest.mark.parametrize("width", [24, 32, 40, 48])
def test_no_line_is_wider_than_the_paper(width):
    bench = TillBench()
    bench.settings["slip"] = SlipForm(width)
    bench.till.purchase(123_456_789 % 900_000)
    bench.till.void(bench.record.voucher)
    lines = [line for slip in bench.printer.slips for line in slip]
    assert max(columns(line) for line in lines) <= width
    assert {columns(line) for line in lines if line.startswith("金额")} == {width}


def test_what_a_slip_of_a_purchase_has():
    bench = TillBench()
    record = bench.till.purchase(12_300).stored.record
    assert record.chip is not None
    slip = bench.slips()
    for needed in (
        "商户名称：江城惠民药房",
        f"商户编号：{bench.data.merchant}",
        f"终端编号：{bench.data.terminal}",
        "操作员：01",
        f"批次号：{record.batch}",
        f"凭证号：{record.voucher}",
        f"授权码：{record.approval}",
        f"参考号：{record.reference}",
        "日期时间：2026/01/15 09:30:00",
        "RMB 123.00",
        f"ARQC: {record.chip.cryptogram}",
        f"TVR: {record.chip.tvr}",
        f"TSI: {record.chip.tsi}",
        "AID: A000000333010101",
        "ATC: 0001",
        "CSN: 001",
        "APP LABEL: PBOC DEBIT",
        "UNPR NUM: 01020304",
        f"AIP: {record.chip.aip}",
        f"IAD: {record.chip.issuer_data}",
        "Term Capa: E0E1C8",
        f"CVMR: {record.chip.cvm}",
    ):
        assert needed in slip, needed
    assert [lines[-1].strip() for lines in bench.printer.slips] == ["商户存根", "持卡人存根"]


@pytest.mark.parametrize("state", PaymentState)
def test_only_what_is_approved_says_so(state):
    settings = TillBench()
    record = PaymentRecord(
        state=state,
        business=Business.PURCHASE.name,
        batch="000001",
        voucher="000002",
        moment="20260115093000",
        terminal="12345678",
        merchant="123456789012345",
        pan="6299990123456789019",
        amount=100,
        code="00",
        chip=ChipFacts(),
    )
    slips = payment_slips(record, settings.till.settings)
    text = "\n".join(line for slip in slips for line in slip.lines)
    assert f"交易状态：{state.words.zh}" in text
    assert ("交易成功" in text) is (state is PaymentState.APPROVED)
    assert len(slips) == (1 if state in (PaymentState.DECLINED, PaymentState.NOT_SENT) else 2)


def test_who_signs_has_a_line_for_it_on_the_merchants_copy():
    bench = TillBench("dual-2.0-3des", SIGNATURE)
    bench.till.purchase(500)
    merchants, holders = (("\n".join(lines)) for lines in bench.printer.slips)
    assert "持卡人签名：" in merchants
    assert "持卡人签名：" not in holders
    assert "（无须签名）" not in merchants
    bench = TillBench("dual-2.0-3des", SIGNATURE, rules="declined")
    bench.till.purchase(500)
    assert "持卡人签名：" not in bench.slips()


def test_who_need_not_sign_is_told_so_on_the_line_that_every_slip_has():
    bench = TillBench()
    bench.till.purchase(500)
    merchants, _ = ("\n".join(lines) for lines in bench.printer.slips)
    assert "持卡人签名：（无须签名）" in merchants


@pytest.mark.parametrize("back", ["void", "refund"])
def test_what_a_slip_of_a_void_or_refund_has(back):
    bench = TillBench()
    till = bench.till
    old = till.purchase(700).stored.record
    before = len(bench.printer.slips)
    if back == "void":
        till.void(old.voucher)
    else:
        till.refund(700, original_of(old))
    slip = bench.slips(before)
    for needed in (f"原凭证号：{old.voucher}", "AID: A000000333010101", "APP LABEL: PBOC DEBIT", "持卡人签名：\n"):
        assert needed in slip, needed
    for cryptograms in ("ARQC", "TVR", "ATC", "UNPR"):
        assert cryptograms not in slip


@pytest.mark.parametrize(("copies", "printed"), [(("客户凭条",), 1), (("甲", "乙", "丙"), 3)])
def test_as_many_copies_as_are_wanted_and_the_holder_has_the_last(copies, printed):
    bench = TillBench()
    bench.settings["slip"] = SlipForm(copies=copies)
    till = bench.till
    till.purchase(500)
    assert len(bench.printer.slips) == printed
    bench.rules("declined")
    till.purchase(500)
    assert [lines[-1].strip() for lines in bench.printer.slips[printed:]] == [copies[-1]]


IN_DOUBT = {
    "purchase": ("请勿交付",),
    "withdrawal": ("未出钞",),
    "deposit": ("钞票留在机内",),
    "transfer": ("转账未完成",),
    "void": ("撤销未成，原消费仍有效",),
    "refund": ("退货已提交，待后台答复", "请勿重复退货"),
    "PIN change": ("密码未改，请用原密码",),
}
LEFT = {
    "transfer": "转账结果待核实",
    "void": "撤销结果待核实",
    "refund": "退货未答复",
    "PIN change": "密码是否已改待核实",
}


def in_doubt(what: str) -> TillBench:
    """A bench behind a business that nobody answered."""
    bench = TillBench(data=ATM if what in ("withdrawal", "deposit", "transfer", "PIN change") else POS)
    bench.fingers.new = ["654321", "654321"]
    till = bench.till
    old = till.purchase(700).stored.record if not bench.data.is_atm else None
    bench.printer.slips.clear()
    bench.host.leash.exchange((LeashRule(drop="before commit"),))
    acts: dict[str, Callable[[], object]] = {
        "purchase": lambda: till.purchase(500),
        "withdrawal": lambda: till.withdraw(500),
        "deposit": lambda: till.deposit(500),
        "transfer": lambda: till.transfer(500, "6299990000000000001"),
        "void": lambda: old and till.void(old.voucher),
        "refund": lambda: old and till.refund(700, original_of(old)),
        "PIN change": till.change_pin,
    }
    acts[what]()
    return bench


@pytest.mark.parametrize("what", IN_DOUBT)
def test_what_is_in_doubt_says_what_it_is_about(what):
    slip = in_doubt(what).slips()
    assert [words for words in IN_DOUBT[what] if words not in slip] == []
    others = {words for each in IN_DOUBT.values() for words in each} - set(IN_DOUBT[what])
    assert [words for words in others if words in slip] == []
    assert "冲正" not in slip or what != "refund"
    assert ("冲正原因 98 未收到应答" in slip) is (what != "refund")


@pytest.mark.parametrize("what", IN_DOUBT)
def test_what_is_left_to_a_person_says_what_it_is_about(what):
    bench = in_doubt(what)
    record = structs.replace(bench.record, state=PaymentState.MANUAL)
    slips = payment_slips(record, bench.till.settings)
    text = "\n".join(line for slip in slips for line in slip.lines)
    assert LEFT.get(what, IN_DOUBT[what][0]) in text
    assert "须人工处理" in text.replace("\n", "")
    assert ("冲正" in text) is (what != "refund")
    assert len(slips) == (1 if bench.data.is_atm else 2)


def test_a_machine_has_a_name_of_its_own_and_one_slip():
    bench = TillBench(data=ATM)
    bench.till.withdraw(500)
    (lines,) = bench.printer.slips
    assert lines[0].strip() == "自助终端交易凭条"
    assert "签名" not in "".join(lines)


def test_a_card_that_declines_says_why_where_it_does():
    said = CardVerdict(Verdict.DECLINED, b"Z1", reason=CryptogramReason.SERVICE_NOT_ALLOWED, advice=True)
    assert card_words(said) == (
        "服务不允许；卡片要求通知发卡行",
        "service not allowed; the card wants its issuer to be told",
    )
    pulled = CardVerdict(Verdict.DECLINED, b"00", reverse=True, ended=EndCause.NO_CARD)
    assert card_words(pulled, PartText("卡片拒绝", "the card declined")).zh == EndCause.NO_CARD.row.zh
    assert card_words(None) == card_words(CardVerdict(Verdict.DECLINED, b"Z1")) == ("", "")


@pytest.mark.parametrize(
    ("settings", "rules", "words"),
    [(("pse.elements.9F0E=FFFFFFFFFF",), "", "服务不允许"), ((), "no-arpc", "卡片拒绝；服务不允许")],
)
def test_the_cards_reason_is_on_slip_and_display(monkeypatch, settings, rules, words):
    monkeypatch.setattr(CryptogramReason, "of", lambda _: CryptogramReason.SERVICE_NOT_ALLOWED)
    bench = TillBench("dual-2.0-3des", *settings, rules=rules)
    till = bench.till
    shown: list[str] = []
    till.parts.display.show = lambda said: shown.append(said.zh)  # type: ignore[method-assign]
    assert not till.purchase(500).is_approved
    assert f"\n{words}\n" in bench.slips()
    assert words in shown


def test_what_was_not_sent_is_not_on_line():
    bench = TillBench()
    till = bench.till
    bench.line.down = True
    till.purchase(500)
    assert "联机" not in bench.slips().replace("未联机", "").replace("不能联机", "")


def test_two_unmarked_slips_are_never_printed_of_one_payment():
    bench = TillBench()
    till = bench.till
    print_, printed = bench.printer.print, []

    def second_jams(lines: Sequence[str]) -> None:
        printed.append(lines)
        bench.printer.jams = len(printed) == 2
        print_(lines)

    bench.printer.print = second_jams  # type: ignore[method-assign]
    till.purchase(500)
    till.send_waiting()
    marks = ["重打印" in "".join(lines) for lines in bench.printer.slips]
    assert marks == [False, True, True]


def test_an_older_slip_is_printed_and_not_shown_to_the_next_customer():
    bench = TillBench()
    till = bench.till
    bench.printer.jams = True
    till.purchase(500)
    bench.printer.jams = False
    shown: list[str] = []
    till.parts.display.show = lambda said: shown.append(said.zh)  # type: ignore[method-assign]
    bench.rules("declined")
    till.purchase(600)
    assert shown == ["交易拒绝"]
    assert "交易成功" in bench.slips()


def test_a_slip_again_says_that_it_is_one():
    bench = TillBench()
    record = bench.till.purchase(500).stored.record
    assert "重打印" not in bench.slips()
    again = bench.till.reprint(record.voucher)
    assert all(slip.lines[1].strip() == "重打印" for slip in again)
    assert [slip.lines[2:] for slip in again] == [lines[1:] for lines in bench.printer.slips[:2]]


@pytest.mark.parametrize(
    ("fen", "said"), [(1, "RMB 0.01"), (123_456_789, "RMB 1,234,567.89"), (-5, "RMB -0.05"), (100, "RMB 1.00")]
)
def test_amounts_are_in_yuan(fen, said):
    assert yuan(fen) == said


def test_two_texts_stand_at_the_ends_of_a_line_or_in_two():
    layout = SlipLayout(24)
    assert list(layout.pair("金额", "RMB 1.00")) == ["金额" + " " * 12 + "RMB 1.00"]
    assert list(layout.pair("中" * 10, "RMB 1.00")) == ["中" * 10, "RMB 1.00"]
    assert list(layout.wrapped("中" * 13)) == ["中" * 12, "中"]
    assert layout.centred("中文").index("中") == 10


def test_no_number_is_broken_unless_it_is_longer_than_a_line():
    layout = SlipLayout(24)
    assert list(layout.wrapped("参考号 011500000001 批 000001")) == ["参考号 011500000001 批", "000001"]
    assert list(layout.wrapped("A" * 30)) == ["A" * 24, "A" * 6]
    assert list(layout.wrapped("中" * 12 + "。")) == ["中" * 11, "中。"]
    assert list(layout.labelled("卡号：", "1" * 18)) == ["卡号：" + "1" * 18]
    assert list(layout.labelled("卡号：", "1" * 19)) == ["卡号：", "1" * 19]


@given(st.text(st.sampled_from("中文，。；：（）“”￥ 09A:/*-"), max_size=80), st.integers(24, 64))
def test_nothing_but_spaces_is_lost_where_a_line_ends(text, width):
    lines = list(SlipLayout(width).wrapped(text))
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert max(map(columns, lines)) <= width


def test_what_is_large_is_twice_as_wide_where_there_is_room():
    assert SlipLayout(24).large("￥12.50") == " " * 6 + "￥１２．５０"
    assert SlipLayout(24).large("￥12345678.50") == "￥１２３４５６７８．５０"
    assert SlipLayout(24).large("￥123456789.50") == " " * 5 + "￥123456789.50"


@pytest.mark.parametrize("width", range(24, 40))
def test_account_and_time_of_a_payment_are_never_broken(width):
    bench = TillBench()
    bench.settings["slip"] = SlipForm(width)
    bench.till.purchase(500)
    for lines in bench.printer.slips:
        assert [line for line in lines if line.removeprefix("卡号：") == f"{bench.record.masked_pan} /I"]
        assert [line for line in lines if line.removeprefix("日期时间：") == "2026/01/15 09:30:00"]


def test_paper_that_is_too_narrow():
    with pytest.raises(ValueError, match="24 are the least"):
        SlipLayout(23)
