"""A payment from the card's insertion to its last word, on every card with a bank's environment (PBOC-6 §7.1)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dualcos.terminal.financial.kernel.debit_kernel import TransactionAsked, Verdict
from dualcos.terminal.financial.kernel.issuer_answer import IssuerAnswer
from dualcos.terminal.financial.kernel.transaction_ended import EndCause
from tests.dualcos.terminal.financial.payment_bench import BANK, PaymentBench, approving, declining
from tests.dualcos.terminal.financial.table_card import PaymentTable, of
from tests.dualcos.terminal.terminal_bench import NOW


@pytest.mark.parametrize("profile", BANK)
def test_a_payment_that_the_issuer_approves_is_approved(profile: str) -> None:
    bench = PaymentBench(profile)
    paid = bench.pay(approving)
    assert [each.verdict for each in paid.said] == [Verdict.ONLINE, Verdict.APPROVED]
    assert not paid.last.reverse
    assert not bench.bugs


@pytest.mark.parametrize("profile", BANK)
def test_a_payment_that_the_issuer_declines_is_declined_and_nothing_is_reversed(profile: str) -> None:
    paid = PaymentBench(profile).pay(declining)
    assert paid.last.verdict is Verdict.DECLINED
    assert not paid.last.reverse


def test_a_card_that_is_not_of_this_house_pays() -> None:
    bench = PaymentBench(card=PaymentTable().card())
    assert bench.pay(IssuerAnswer(b"00")).last.verdict is Verdict.APPROVED


@pytest.mark.parametrize(("amount", "binary"), [(0, "00000000"), (0xFFFFFFFF, "ffffffff")])
def test_amounts_in_both_forms(amount: int, binary: str) -> None:
    bench = PaymentBench(card=PaymentTable(elements={"8C": "9F02068104"}).card())
    bench.asked = replace(bench.asked, amount=amount)
    bench.begin()
    assert (bench.told[0x9F02].hex(), bench.told[0x81].hex()) == (f"{amount:012d}", binary)


@pytest.mark.parametrize("amount", [1 << 32, 10**12 - 1])
@pytest.mark.parametrize("elements", [{"8C": "9F02068104"}, {"8D": "8A0281049F0206"}, {"8C": "9814", "97": "8104"}])
def test_no_card_is_told_an_amount_that_four_bytes_do_not_hold(elements: dict[str, str], amount: int) -> None:
    """Neither zeros nor the lower half of it: the transaction ends before anybody is asked."""
    bench = PaymentBench(card=PaymentTable(elements=elements).card())
    bench.asked = replace(bench.asked, amount=amount)
    ended = bench.pay(IssuerAnswer(b"00")).ended
    assert ended is not None
    assert ended.cause is EndCause.FORMAT
    assert not bench.sent(0xAE)
    bench = PaymentBench(card=PaymentTable().card())
    bench.asked = replace(bench.asked, amount=amount)
    bench.begin()
    assert bench.told[0x9F02].hex() == f"{amount:012d}"


@pytest.mark.parametrize("amount", [-1, 10**12, 10**13])
def test_an_amount_of_more_than_twelve_digits_is_none(amount: int) -> None:
    for amounts in ((amount, 0), (0, amount)):
        with pytest.raises(ValueError, match="twelve digits"):
            TransactionAsked("00", amounts[0], NOW, 1, other_amount=amounts[1])
    bench = PaymentBench(card=PaymentTable().card())
    bench.kernel.read()
    with pytest.raises(ValueError, match="twelve digits"):
        bench.kernel.change_amount(amount)


@pytest.mark.parametrize(("pdol", "changed"), [("", True), ("9F3303", True), ("9F0206", False), ("9F33038104", False)])
def test_an_amount_changes_only_while_the_card_has_not_heard_it(pdol: str, changed: bool) -> None:
    proprietary = of(0x9F38, pdol) if pdol else ""
    bench = PaymentBench(card=PaymentTable(proprietary=proprietary).card())
    bench.kernel.read()
    assert bench.kernel.change_amount(4_321) is changed
    bench.kernel.begin()
    assert bench.told[0x9F02].hex() == f"{4_321 if changed else 10_000:012d}"
    with pytest.raises(ValueError, match="has begun"):
        bench.kernel.change_amount(1)
    bench.kernel.complete(IssuerAnswer(b"00"))
    assert bench.told[0x9F02].hex() == f"{4_321 if changed else 10_000:012d}"
