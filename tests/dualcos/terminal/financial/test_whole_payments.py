"""A payment from the card's insertion to its last word, on every card with a bank's environment (PBOC-6 §7.1)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dualcos.terminal.financial.kernel.debit_kernel import Verdict
from dualcos.terminal.financial.kernel.issuer_answer import IssuerAnswer
from tests.dualcos.terminal.financial.payment_bench import BANK, PaymentBench, approving, declining
from tests.dualcos.terminal.financial.table_card import PaymentTable, of


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


@pytest.mark.parametrize(("amount", "binary"), [(0, "00000000"), (0xFFFFFFFF, "ffffffff"), (1 << 32, "00000000")])
def test_amounts_in_both_forms(amount: int, binary: str) -> None:
    """Zeros, as for anything that a terminal does not know, where four bytes are too few."""
    bench = PaymentBench(card=PaymentTable(elements={"8C": "9F02068104"}).card())
    bench.asked = replace(bench.asked, amount=amount)
    bench.begin()
    assert (bench.told[0x9F02].hex(), bench.told[0x81].hex()) == (f"{amount:012d}", binary)


@pytest.mark.parametrize(("pdol", "changed"), [("", True), ("9F3303", True), ("9F0206", False), ("9F33038104", False)])
def test_an_amount_changes_only_while_the_card_has_not_heard_it(pdol: str, changed: bool) -> None:
    proprietary = of(0x9F38, pdol) if pdol else ""
    bench = PaymentBench(card=PaymentTable(proprietary=proprietary).card())
    bench.kernel.read()
    assert bench.kernel.change_amount(4_321) is changed
    bench.kernel.begin()
    assert bench.told[0x9F02].hex() == f"{4_321 if changed else 10_000:012d}"
