"""What a slip has to have (PBOC-6 §5.5), and that it is straight: Chinese characters take two columns."""

from __future__ import annotations

import pytest

from dualcos.messages.authorisation import Business
from dualcos.terminal.financial.payment_record import ChipFacts, PaymentRecord
from dualcos.terminal.financial.payment_settings import SlipForm
from dualcos.terminal.financial.payment_states import COUNTED, PaymentState
from dualcos.terminal.financial.sales_slip import payment_slips
from dualcos.terminal.financial.slip_layout import SlipLayout, columns, yuan
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
    assert len(slips) == (2 if state in COUNTED else 1)


def test_who_signs_has_a_line_for_it_on_the_merchants_copy():
    bench = TillBench("dual-2.0-3des", SIGNATURE)
    bench.till.purchase(500)
    merchants, holders = (("\n".join(lines)) for lines in bench.printer.slips)
    assert "持卡人签名：" in merchants
    assert "持卡人签名：" not in holders
    bench = TillBench("dual-2.0-3des", SIGNATURE, rules="declined")
    bench.till.purchase(500)
    assert "持卡人签名：" not in bench.slips()


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


def test_paper_that_is_too_narrow():
    with pytest.raises(ValueError, match="24 are the least"):
        SlipLayout(23)
