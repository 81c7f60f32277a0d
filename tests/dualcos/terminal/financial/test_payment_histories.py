"""A sample of the random histories; `make payment-histories` plays a thousand."""

from __future__ import annotations

import re

import pytest

from dualcos.leash.leash_rules import LeashRule
from dualcos.messages.terminal_parameters import AidParameters
from tests.dualcos.terminal.financial.failing_till import CARD_FAULTS
from tests.dualcos.terminal.financial.money_counts import balances_at_issuer
from tests.dualcos.terminal.financial.payment_bench import DEBIT
from tests.dualcos.terminal.financial.payment_histories import LINE_FAULTS, main
from tests.dualcos.terminal.financial.till_bench import TillBench

_EACH = 35
_KINDS = (
    *(f"card .*: {how}" for how in CARD_FAULTS),
    *(f"message .*: {how}" for how in LINE_FAULTS),
    *(f"{host} .*, {how}" for host in ("terminal", "acquirer", "issuer") for how in ("not on disk", "on disk")),
    *(f"terminal {what}" for what in ("slip, printed", "slip, not printed", "cash, out", "cash, not out")),
    "reversals",
)
"""What happens in each sample, whatever else does: the first seeds are chosen so."""


@pytest.mark.parametrize("first", [40, 105])
def test_what_was_paid_is_the_same_on_slips_cards_and_in_both_books(first):
    seen = main(_EACH, first)
    assert seen["approved"] > _EACH
    missing = [kind for kind in _KINDS if not any(re.fullmatch(kind, name) for name in seen)]
    assert not missing


def test_what_was_asked_for_unheard_and_then_approved_off_line_is_paid_once():
    """The card says yes alone where no answer came. Until the acquirer has taken back what it may have booked, the
    upload would be the same once more to the issuer, and refused: so it stays behind the reversal.
    """
    bench = TillBench()
    always_online = {"target_percent": 99, "most_target_percent": 99}
    bench.parameters = AidParameters(DEBIT, floor_limit=50_000, threshold=50_000, **always_online)
    bench.till.purchase(100)
    bench.host.leash.exchange(
        [
            LeashRule(match={"message": "purchase"}, drop="after commit"),
            LeashRule(match={"message": "reversal"}, drop="before commit", times=1),
        ]
    )
    assert bench.till.purchase(2_000).stored.record.code == "Y3"
    assert [bench.till.send_waiting() for _ in range(2)] == [2, 0]
    assert sorted(balances_at_issuer(bench.host.issuer.books._db).values())[1] == 2_100
