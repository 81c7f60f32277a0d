"""Cards of other makers as their answers were recorded: directory, FCI, lists and locator are theirs. Each pays.

And cards of this house that their issuer has blocked: what the terminal then sees of them.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from dualcos.lab.conformance.own_cards import OwnCards
from dualcos.lab.conformance.vector_file import Case, load
from dualcos.profile.card_of_profile import personalised_card
from dualcos.terminal.financial.kernel.debit_kernel import Verdict
from dualcos.terminal.financial.kernel.transaction_ended import EndCause
from firewall.hardware.randomness import SeededRng
from tests.dualcos.terminal.financial.payment_bench import PaymentBench, approving

ROOT = Path(__file__).parents[4]
CASES = {case.id: case for case in load(ROOT / "vectors" / "pse" / "issued.json") if case.overrides}
OWN = OwnCards()
ENDS = {"YYCS-FURTHER": EndCause.DUPLICATE}
"""Read whole, it has data objects twice: as it was issued its locator leaves those records out."""


def bench_of(case: Case) -> PaymentBench:
    profile = OWN.profile(case)
    return PaymentBench(case.profile, card=personalised_card(profile, rng=SeededRng(b"issued"), source=case.profile))


@pytest.mark.parametrize("name", CASES)
def test_a_card_as_issued_pays(name: str) -> None:
    bench = bench_of(CASES[name])
    paid = bench.pay(approving)
    if name in ENDS:
        assert paid.ended is not None
        assert paid.ended.cause is ENDS[name]
    else:
        assert paid.last.verdict is Verdict.APPROVED


@pytest.mark.parametrize(
    ("header", "cause"), [("841E0000", EndCause.APPLICATION_BLOCKED), ("84160000", EndCause.CARD_BLOCKED)]
)
def test_a_card_that_its_issuer_has_blocked_pays_no_more(header: str, cause: EndCause) -> None:
    """6283 to the application's SELECT, 6A81 to the directory's; a dual card's application alone may be blocked."""
    bench = PaymentBench("bank-only")
    bench.pay(lambda bench: bench.issuer("05", (0x72, bench.script(header))))
    assert bench.record.terminal[0xDF31][:1] == b"\x20"
    bench.again()
    ended = bench.pay(approving).ended
    assert ended is not None
    assert ended.cause is cause
