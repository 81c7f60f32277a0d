"""Everything that went over the line in a day of a shop and of a machine is explained, and nothing secret is told."""

from __future__ import annotations

from typing import Any

import pytest

from dualcos.explain.acquirer_message_words import envelope_lines, message_lines
from dualcos.explain.message_line import in_lines
from dualcos.messages.acquirer_messages import AcquirerMessage
from dualcos.messages.iso8583_codec import Iso8583Codec
from dualcos.messages.pos_envelope import opened
from dualcos.messages.pos_fields import POS_DIALECT
from dualcos.messages.pos_messages import pos_message
from dualcos.terminal.financial.kernel.kernel_settings import ATM
from dualcos.terminal.financial.payment_record import OriginalPayment
from tests.demonstration_bank import AGREED_MERCHANT
from tests.dualcos.terminal.financial.till_bench import TillBench

CODEC = Iso8583Codec(POS_DIALECT)
TO = "6299990000000000001"


def passed_over(bench: TillBench) -> list[bytes]:
    """What goes over the bench's line from now on, both ways."""
    payloads: list[bytes] = []
    behind: Any = bench.host.line
    ask = behind.ask

    def heard(payload: bytes, belongs: Any) -> bytes:
        payloads.append(payload)
        answer = ask(payload, belongs)
        payloads.append(answer)
        return answer

    behind.ask = heard
    return payloads


def a_shops_day(bench: TillBench) -> None:
    till = bench.till
    till.void(till.purchase(700).stored.record.voucher)
    till.balance()
    paid = till.purchase(900).stored.record
    original = OriginalPayment(
        batch=paid.batch, voucher=paid.voucher, day=paid.day, reference=paid.reference, approval=paid.approval
    )
    till.refund(300, original)
    for rules in ("answer-lost", "no-arpc", "declined", "blocks-application"):
        bench.rules(rules)
        till.purchase(100)
        bench.rules("")
        till.send_waiting()
    till.download()
    bench.rules("batch-unbalanced")
    till.settle()
    till.sign_off()


def a_members_day(bench: TillBench) -> None:
    bench.till.purchase(10_000)
    bench.till.settle()


def a_machines_day(bench: TillBench) -> None:
    issuer: Any = bench.host.issuer
    own = next(iter(issuer.cards.values()))
    issuer.cards[TO] = type(own)(pan=TO, sequence="01", expiry="3012", account="another", opening=0)
    till = bench.till
    till.withdraw(20_000)
    till.deposit(30_000)
    till.transfer(5_000, TO)
    till.balance()
    bench.fingers.new = ["654321", "654321"]
    till.change_pin()
    till.settle()


SHOP = {
    *("sign-on", "purchase", "void", "balance", "refund", "reversal", "script report", "settlement", "batch upload"),
    *("TC upload unbalanced", "end of upload unbalanced", "sign-off", "public key query"),
    *("public keys end", "parameter query", "parameters", "parameters end"),
}


@pytest.mark.parametrize(
    ("day", "bench", "kinds"),
    [
        (a_shops_day, TillBench, SHOP),
        (
            a_members_day,
            lambda: TillBench("bank-value-added", merchant=AGREED_MERCHANT),
            {"sign-on", "price", "purchase", "settlement", "TC upload"},
        ),
        (
            a_machines_day,
            lambda: TillBench(data=ATM),
            {"sign-on", "withdrawal", "deposit", "transfer", "balance", "PIN change", "settlement"},
        ),
    ],
    ids=["shop", "member", "machine"],
)
def test_all_that_passed_is_explained_and_nothing_secret_told(day, bench, kinds):
    made = bench()
    payloads = passed_over(made)
    day(made)
    seen = set()
    for payload in payloads:
        envelope, body = opened(payload)
        message = CODEC.message(body)
        kind = pos_message(message)
        assert kind is not None
        seen.add(kind.name)
        lines = (*envelope_lines(envelope), *message_lines(message))
        assert [line for line in lines if not line.known] == [], kind.name
        assert [line for line in lines if line.says in ("unknown code", "a code that no list has")] == [], kind.name
        text = "\n".join((*in_lines(lines, chinese=True), *in_lines(lines, chinese=False))).upper()
        for secret in secrets_of(message):
            assert secret.upper() not in text, (kind.name, secret)
    assert kinds <= seen


def secrets_of(message: AcquirerMessage) -> list[str]:
    """What of a message no line may have: the middle of accounts, tracks, PIN blocks, keys."""
    hidden = [message.text(2)[:10], message.text(2)[-8:], message.text(35)[8:], message.raw(52).hex()]
    if message.mti == "0810" or message.text(3) == "700000":
        hidden += [message.raw(62).hex()[:32]]
    return [each for each in hidden if len(each) >= 8]
