"""CDA: a cryptogram that the card has signed, with the first and the second GENERATE AC (PBOC-6 §7.11.4.1.1,
§7.13.5.2.2; PBOC-7 §5.3.6).
"""

from __future__ import annotations

import pytest

from dualcos.messages.terminal_parameters import UNIONPAY_TAC, AidParameters
from dualcos.messages.terminal_results import Tsi, Tvr
from dualcos.terminal.financial.kernel.debit_kernel import Verdict
from dualcos.terminal.financial.kernel.issuer_answer import IssuerAnswer
from dualcos.terminal.financial.kernel.transaction_ended import EndCause
from tests.dualcos.terminal.financial.payment_bench import BANK, DEBIT, PaymentBench, approving
from tests.dualcos.terminal.financial.signed_table import ATC, CRYPTOGRAM, SignedTable, Wrong
from tests.dualcos.terminal.financial.table_card import AAC, ARQC, TC

CDA, ONLINE = "0100", "0900"
"""AIP: the terminal finds nothing against the card and asks for a TC; the amount is over its floor limit."""
RIGHT = Wrong()
WAYS = {
    "no signature": Wrong(plain=True),
    "another cryptogram inside": Wrong(cid="00"),
    "another transaction": Wrong(cryptogram_hash=True),
    "another terminal's number": Wrong(unpredictable=True),
    "a byte too many": Wrong(length="00"),
    "nothing inside": Wrong(empty=True),
}


def issuer(bench: PaymentBench) -> IssuerAnswer:
    """It approves and proves nothing."""
    return bench.issuer(arpc=b"")


@pytest.mark.parametrize("name", ["bank-cda", "bank-only", "dual-2.0-3des", "dual-3.0-sm4"])
def test_a_signed_cryptogram_is_checked_both_times(name: str) -> None:
    """Cards of this house, PDOL and all; what is found is told with the second GENERATE AC."""
    bench = PaymentBench(name, "pse.elements.8D=8A029F02069F03069F1A0295055F2A029A039C019F37049F21039B029F4C02")
    assert bench.pay(approving).last.verdict is Verdict.APPROVED
    assert [each[2] for each in bench.sent(0xAE)] == [0x90, 0x50]
    assert bench.told[0x9F4C] == bench.record.card[0x9F36]
    assert Tsi.OFFLINE_AUTHENTICATION in bench.tsi
    assert Tvr.CDA_FAILED not in bench.tvr


def test_what_was_signed_goes_to_the_issuer() -> None:
    bench = PaymentBench(card=SignedTable(CDA).card())
    bench.begin()
    assert [each.hex() for each in bench.arqc] == [ATC.lower(), CRYPTOGRAM]


@pytest.mark.parametrize("wrong", [pytest.param(way, id=name) for name, way in WAYS.items()])
def test_a_first_cryptogram_whose_signature_does_not_hold_is_declined(wrong: Wrong) -> None:
    """A TC at once; behind an ARQC the card is asked for an AAC, unsigned, and the issuer is not asked."""
    bench = PaymentBench(card=SignedTable(CDA, wrong=(wrong, RIGHT)).card())
    paid = bench.pay()
    assert [(each.verdict, each.code, each.reverse) for each in paid.said] == [(Verdict.DECLINED, b"Z1", False)]
    assert [each[2] for each in bench.sent(0xAE)] == [0x50]
    bench = PaymentBench(card=SignedTable(ONLINE, wrong=(wrong, RIGHT)).card())
    paid = bench.pay()
    assert [(each.verdict, each.code, each.reverse) for each in paid.said] == [(Verdict.DECLINED, b"Z1", False)]
    assert [each[2] for each in bench.sent(0xAE)] == [0x90, 0x00]
    assert Tvr.CDA_FAILED not in bench.first_tvr
    assert Tvr.CDA_FAILED in bench.tvr
    assert Tsi.OFFLINE_AUTHENTICATION in bench.tsi


@pytest.mark.parametrize("wrong", [pytest.param(way, id=name) for name, way in WAYS.items()])
def test_a_second_cryptogram_whose_signature_does_not_hold_is_declined_and_reversed(wrong: Wrong) -> None:
    """The issuer has booked (PBOC-6 §7.13.5.2.4)."""
    bench = PaymentBench(card=SignedTable(ONLINE, wrong=(RIGHT, wrong)).card())
    last = bench.pay(issuer).last
    assert (last.verdict, last.reverse) == (Verdict.DECLINED, True)
    assert [each[2] for each in bench.sent(0xAE)] == [0x90, 0x50]
    assert bench.record.has(Tvr.CDA_FAILED)


@pytest.mark.parametrize("wrong", [pytest.param(way, id=name) for name, way in WAYS.items()])
def test_where_the_issuer_is_not_reached_a_wrong_signature_is_declined_and_nothing_was_booked(wrong: Wrong) -> None:
    """PBOC-6 §7.13.6.3.2."""
    codes = {"9F0D": "0000000000"}
    bench = PaymentBench(card=SignedTable(ONLINE, record=codes, wrong=(RIGHT, wrong)).card())
    bench.parameters = AidParameters(DEBIT, tac=UNIONPAY_TAC._replace(default=bytes(5)))
    last = bench.pay().last
    assert (last.verdict, last.code, last.reverse) == (Verdict.DECLINED, b"Z3", False)


def test_a_card_that_declines_need_not_sign() -> None:
    """CDA has not failed then, nor was it done (PBOC-6 §7.11.4.1.1)."""
    bench = PaymentBench(card=SignedTable(ONLINE, kinds=(AAC,)).card())
    assert bench.pay().last.verdict is Verdict.DECLINED
    assert not bench.record.has(Tvr.CDA_FAILED)
    assert not bench.record.has(Tsi.OFFLINE_AUTHENTICATION)
    bench = PaymentBench(card=SignedTable(ONLINE, kinds=(ARQC, AAC)).card())
    last = bench.pay(issuer).last
    assert (last.verdict, last.reverse) == (Verdict.DECLINED, True)
    assert not bench.record.has(Tvr.CDA_FAILED)


def test_a_signed_answer_that_is_more_than_was_asked_for_ends_the_transaction() -> None:
    """However well it is signed (PBOC-6 §7.11.4.1.2)."""
    ended = PaymentBench(card=SignedTable(ONLINE, kinds=(TC,)).card()).pay().ended
    assert ended is not None
    assert ended.cause is EndCause.HIGHER_CRYPTOGRAM


def test_an_aac_is_never_asked_for_with_a_signature() -> None:
    """The first one where the action codes decline, the second where the issuer does."""
    bench = PaymentBench(card=SignedTable(ONLINE, record={"9F0E": "0000008000"}).card())
    bench.pay()
    assert [each[2] for each in bench.sent(0xAE)] == [0x00]
    bench = PaymentBench(card=SignedTable(ONLINE).card())
    bench.pay(lambda bench: bench.issuer("05", arpc=b""))
    assert [each[2] for each in bench.sent(0xAE)] == [0x90, 0x00]


@pytest.mark.parametrize("name", BANK)
def test_every_bank_card_is_authenticated(name: str) -> None:
    """By what its AIP names first; nothing has failed or is missing."""
    bench = PaymentBench(name)
    bench.pay(approving)
    bits = {Tvr.NOT_AUTHENTICATED, Tvr.SDA_FAILED, Tvr.DDA_FAILED, Tvr.CDA_FAILED, Tvr.DATA_MISSING}
    assert not bits & bench.tvr
    aip = bench.record.aip
    assert len(bench.sent(0x88)) == bool(aip & 0x2000 and not aip & 0x0100)
    assert all(each[2] & 0x10 == (0x10 if aip & 0x0100 else 0) for each in bench.sent(0xAE))
