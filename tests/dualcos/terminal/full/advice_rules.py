"""What a bill's last slip may say of money, and must, by where the money is: the terminal's file, the bank's books."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from tests.dualcos.terminal.full.bill_rules import StandingPurchase, TerminalFiles, name_of
from tests.dualcos.terminal.full.full_money import BillFacts

_WENT_BACK = ("voided", "reversed", "approved")
"""States of a try that has not paid, or does so no more; the last was refunded."""

_MOVES = ("支付成功", "请退还现金", "请在其他卡上退款", "退款给持卡人", "未收款，无须退款", "收现金")
"""Words by which goods or money go out, or money is taken."""


def demand_advice(
    files: TerminalFiles,
    slips: Mapping[str, BillFacts],
    standing: Collection[StandingPurchase],
    *,
    printed_now: bool = False,
) -> None:
    """``slips``: of each bill by its number on them, as they are ``printed_now``, or the last on paper: that may say
    that something waits which has come by itself since, but moves no money that is not there.
    """
    at_bank = {each.name for each in standing}
    for (_, number), bill in files.bills.items():
        said = slips[f"{number:06d}"].said.replace("\n", "")
        for words, right in _right(bill, files.payments, at_bank).items():
            if printed_now or words in _MOVES:
                says = words in said
                assert says == right if printed_now else right or not says, (number, words, said, bill)


def _right(
    bill: Mapping[str, Any], payments: Mapping[int, Mapping[str, Any]], at_bank: Collection[tuple[str, ...]]
) -> dict[str, bool]:
    """Words, and whether the bill's slip has to have them; else it may not."""
    state, premium = bill["state"], bill["kind"] == "premium"
    tries = {number: payments[number] for number in bill["tries"]}
    held = [number for number, each in tries.items() if name_of(each) in at_bank]
    cash, card = (bill["elsewhere"] == how for how in ("cash", "other-card"))
    doubt = [n for n, each in tries.items() if each["state"] in ("manual", "not-taken") and n not in bill["cleared"]]
    refused = premium and bill["refusal"] is not None
    cancelled = state == "cancelled"
    over = cancelled and not cash and not card
    went_back = any(each["state"] in _WENT_BACK and number not in held for number, each in tries.items())
    well = state == "paid" and not doubt and not bill["distrusted"] and payments[bill["payment"]]["state"] != "manual"
    assert not held or held == [bill["payment"]] or doubt, bill
    return {
        "支付成功": well and bool(held),
        "请退还现金": cash and (cancelled or (state == "elsewhere" and refused)),
        "请在其他卡上退款": card and cancelled,
        "退款给持卡人": state == "paid" and refused and not bill["refund"],
        "退货已提交": bool(bill["refund"]),
        "支付已退回，无须另退": over and went_back,
        "未收款，无须退款": over and not went_back,
        "待冲正": False,
        "收现金": state == "due" and not doubt,
        "人工核实前勿收款": state == "due" and bool(doubt),
        "不撤销结算": not premium and bill["refusal"] is not None,
        "待通知社保后台": False,
    }
