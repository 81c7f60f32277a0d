"""A payment from the card's insertion to its last word, on every card with a bank's environment (PBOC-6 §7.1)."""

from __future__ import annotations

import pytest

from dualcos.terminal.financial.kernel.debit_kernel import Verdict
from dualcos.terminal.financial.kernel.issuer_answer import IssuerAnswer
from tests.dualcos.terminal.financial.payment_bench import BANK, PaymentBench, approving, declining
from tests.dualcos.terminal.financial.table_card import PaymentTable


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
