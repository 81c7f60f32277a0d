"""增值服务: what the card's file and the host's rule make of a price, in the message, on the slip and in the account
(总体方案 二（二）; how it is done is inferred).
"""

from __future__ import annotations

import pytest

from apdu import tlv
from dualcos.leash.leash_rules import LeashRule
from dualcos.messages.pos_subfields import parted
from tests.demonstration_bank import AGREED_MERCHANT
from tests.dualcos.terminal.financial.till_bench import TillBench

MEMBER = "bank-value-added"


def test_a_member_pays_the_special_price_and_earns_points():
    bench = TillBench(MEMBER, merchant=AGREED_MERCHANT)
    record = bench.till.purchase(10_000).stored.record
    assert record.amount == 9_000
    assert bench.gone == 9_000
    price, paid = bench.line.of("0200")
    assert price.text(4) == "000000010000"
    assert not {35, 52, 55} & set(price.fields)
    assert paid.text(4) == "000000009000"
    parts = parted(63, paid.text(63))
    assert (parts["before_discount"], parts["member"]) == ("000000010000", "COUPON 001")
    covered = {item.tag: item.value for item in tlv.parse(paid.raw(55))}
    assert covered[0x9F02].hex() == "000000009000"  # the card's cryptogram is over the special price
    for line in (
        "原价                  RMB 100.00",
        "优惠                   RMB 10.00",
        "金额                   RMB 90.00",
        "本次积分                     180",
        "积分余额                     180",
    ):
        assert line in bench.slips()


def test_points_grow():
    bench = TillBench(MEMBER, merchant=AGREED_MERCHANT)
    bench.till.purchase(10_000)
    record = bench.till.purchase(10_000).stored.record
    assert record.value_added is not None
    assert (record.value_added.earned, record.value_added.points) == (180, 360)


@pytest.mark.parametrize(
    ("card", "merchant", "settings"),
    [
        (MEMBER, "", ()),  # a merchant without an agreement
        ("bank-sda", AGREED_MERCHANT, ()),  # a card without the file
        (MEMBER, AGREED_MERCHANT, ("pse.elements.DF22=20251231",)),  # a service that is over
        (MEMBER, AGREED_MERCHANT, ("pse.discretionary=DF20020502",)),  # a file that is none
        (MEMBER, AGREED_MERCHANT, ("pse.discretionary=DF200115",)),
    ],
)
def test_others_pay_the_usual_price(card, merchant, settings):
    bench = TillBench(card, *settings, merchant=merchant)
    record = bench.till.purchase(10_000).stored.record
    assert record.amount == 10_000
    assert bench.gone == 10_000
    assert "原价" not in bench.slips()
    assert "积分" not in bench.slips()


def test_a_host_that_does_not_answer_gives_no_special_price():
    bench = TillBench(MEMBER, merchant=AGREED_MERCHANT)
    till = bench.till
    bench.host.leash.exchange(_price(drop="before commit"))
    assert till.purchase(10_000).stored.record.amount == 10_000


@pytest.mark.parametrize("told", ["000000010001", "000000000000"])
def test_a_price_that_is_none_is_not_asked_of_the_card(told):
    bench = TillBench(MEMBER, merchant=AGREED_MERCHANT)
    till = bench.till
    bench.host.leash.exchange(_price(answer={"amount": told}))
    till.purchase(10_000)
    assert bench.line.of("0200")[1].text(4) == "000000010000"


def test_a_card_that_was_told_the_amount_already_pays_it():
    bench = TillBench(MEMBER, "pse.elements.9F38=9F0206", 'pse.fci=["50","87","9F38","5F2D"]', merchant=AGREED_MERCHANT)
    assert bench.till.purchase(10_000).stored.record.amount == 10_000
    assert "80A80000088306000000010000" in bench.card.commands


def test_what_is_declined_shows_no_points():
    bench = TillBench(MEMBER, merchant=AGREED_MERCHANT)
    till = bench.till
    bench.rules("not-enough")
    till.purchase(10_000)
    assert "积分" not in bench.slips()


def _price(**said):

    return (LeashRule(match={"message": "price"}, **said),)
