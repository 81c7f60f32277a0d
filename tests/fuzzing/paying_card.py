"""The target of a payment terminal: all that a card answers, from the directory to the last script."""

from __future__ import annotations

from dualcos.terminal.financial.kernel.debit_kernel import Verdict
from dualcos.terminal.financial.kernel.issuer_answer import IssuerAnswer
from tests.dualcos.terminal.financial.payment_bench import PaymentBench
from tests.dualcos.terminal.financial.signed_table import SignedTable
from tests.dualcos.terminal.financial.table_card import PaymentTable
from tests.fuzzing.target import Target
from tests.fuzzing.wire import RepeatingCard, packed, pieces

_APPROVAL = IssuerAnswer(b"00", bytes(10), ((0x72, bytes.fromhex("9F180400000001860484240000")),))
_LISTED = {"8E": "0000000000000000410342031E031F00"}


def pay_with(data: bytes) -> None:
    """The card answers one piece after another; what it ends with it says for ever."""
    bench = PaymentBench(card=RepeatingCard([piece for piece in pieces(data) if len(piece) >= 2]))
    paid = bench.pay(_APPROVAL)
    assert paid.ended is not None or paid.verdict in (Verdict.APPROVED, Verdict.DECLINED)


def _seeds() -> list[bytes]:
    """What right cards answer: by each method of authentication, and without any."""
    atr = bytes.fromhex("3B00")
    tables = [SignedTable(aip, record=_LISTED, atr=atr) for aip in ("7D00", "7C00", "5C00")]
    found = []
    for table in (*tables, PaymentTable("1C00", elements=_LISTED, atr=atr)):
        bench = PaymentBench(card=table.card())
        bench.pay(_APPROVAL)
        found.append(packed(*(each.answer for each in bench.card.passed)))
    return found


TARGETS = (
    Target(
        "paying-card",
        pay_with,
        (),
        "any card's answers end in a verdict or a cause that is told, in a bounded number of commands",
        _seeds,
    ),
)
