"""Every method of a CVM list under every condition, in terminals that can do it and in those that cannot, in every kind
of transaction that a condition tells from another (PBOC-6 §7.7, PBOC-5 table A.1; CVM results: EMV book 4 §6.3.4.5).

What is expected is worked out here from the tables of the standards; what was found is read out of GENERATE AC.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import pytest

from dualcos.messages.terminal_results import Tsi, Tvr
from dualcos.terminal.financial.kernel.debit_kernel import TransactionAsked
from dualcos.terminal.financial.kernel.kernel_settings import (
    ATM,
    DOMESTIC,
    POS,
    Additional,
    Capability,
    TerminalData,
)
from dualcos.terminal.financial.kernel.processing_restrictions import (
    CASH_ALONE,
    GOODS_AND_SERVICES,
    NEITHER_CASH_NOR_PURCHASE,
    Requested,
)
from dualcos.terminal.financial.kernel.transaction_ended import EndCause
from tests.dualcos.terminal.financial.payment_bench import CVM_RESULTS, PaymentBench
from tests.dualcos.terminal.financial.table_card import PaymentTable
from tests.dualcos.terminal.terminal_bench import NOW

X, Y = 10_000, 20_000
FAIL, OFFLINE, ONLINE, BOTH, SIGNATURE, NO_CVM, DOCUMENT, UNKNOWN = 0x00, 0x01, 0x02, 0x03, 0x1E, 0x1F, 0x20, 0x05
METHODS = (FAIL, OFFLINE, ONLINE, BOTH, SIGNATURE, NO_CVM, DOCUMENT, UNKNOWN)
ALL = Capability(0xE0E9C8)
ABROAD = bytes.fromhex("0840")


class Deal(NamedTuple):
    """A transaction, and the terminal where it is done; ``currency``: of it, the card's own is the yuan."""

    amount: int
    requested: Requested = GOODS_AND_SERVICES
    data: TerminalData = replace(POS, capabilities=ALL)
    currency: bytes = DOMESTIC


DEALS = {
    "under X": Deal(X - 1),
    "X": Deal(X),
    "between": Deal(Y - 1),
    "Y": Deal(Y),
    "over Y": Deal(Y + 1),
    "foreign": Deal(X - 1, currency=ABROAD),
    "inquiry": Deal(0, NEITHER_CASH_NOR_PURCHASE),
    "manual cash": Deal(X, CASH_ALONE),
    "cashback": Deal(X, Requested(cashback=True)),
    "ATM cash": Deal(X, CASH_ALONE, replace(ATM, capabilities=ALL)),
}
PURCHASES = {"under X", "X", "between", "Y", "over Y", "foreign"}
APPLIES: dict[int, set[str]] = {
    0x00: set(DEALS),
    0x01: {"ATM cash"},
    0x02: PURCHASES | {"inquiry"},
    0x03: set(DEALS),  # of methods that the terminal supports
    0x04: {"manual cash"},
    0x05: {"cashback"},
    0x06: {"under X", "inquiry"},
    0x07: {"between", "Y", "over Y"},
    0x08: {"under X", "X", "between", "inquiry", "manual cash", "cashback", "ATM cash"},
    0x09: {"over Y"},
    0x0A: set(),  # no condition that a terminal understands
    0x80: set(),
}
NEEDS = {
    # what a terminal must be able to do for a method
    OFFLINE: Capability.OFFLINE_PIN,
    ONLINE: Capability.ONLINE_PIN,
    BOTH: Capability.OFFLINE_PIN | Capability.SIGNATURE,
    SIGNATURE: Capability.SIGNATURE,
    NO_CVM: Capability.NO_CVM,
    DOCUMENT: Capability.IDENTITY_DOCUMENT,
}
OUTCOME = {FAIL: 1, OFFLINE: 2, ONLINE: 0, BOTH: 0, SIGNATURE: 0, NO_CVM: 2, DOCUMENT: 2}
"""Byte 3 of 9F34 where it is done: 2 successful, 1 failed, 0 nobody knows yet."""


class Expected(NamedTuple):
    """CVM results, and the bits of byte 3 of TVR."""

    results: str
    tvr: frozenset[Tvr]


def supported(method: int, can: Capability, deal: str) -> bool:
    """A signature and a document need an attendant (PBOC-6 A.2)."""
    if method in (FAIL, UNKNOWN):
        return method == FAIL
    alone = deal == "ATM cash" and method in (BOTH, SIGNATURE, DOCUMENT)
    return NEEDS[method] in can and not alone


def performed(method: int, can: Capability, deal: str) -> tuple[bool, bool, set[Tvr]]:
    """If it stands in 9F34 afterwards, if it counts as success, which bits it sets."""
    if method == UNKNOWN:
        return False, False, {Tvr.CVM_UNKNOWN}
    if method == NO_CVM or supported(method, can, deal):
        return True, method != FAIL, {Tvr.ONLINE_PIN} if method == ONLINE else set()
    no_pin = (method in (OFFLINE, BOTH) and Capability.OFFLINE_PIN not in can) or method == ONLINE
    return False, False, {Tvr.NO_PIN_PAD} if no_pin else set()


def expected(method: int, condition: int, deal: str, can: Capability, *, goes_on: bool) -> Expected:
    """A list of this rule, and, where it goes on, of no CVM always behind it."""
    stands = success = False
    bits: set[Tvr] = set()
    applies = deal in APPLIES[condition] and (condition != 0x03 or supported(method, can, deal))
    if applies:
        stands, success, bits = performed(method, can, deal)
    code = method | (0x40 if goes_on else 0)
    if goes_on and not success and not (applies and method == FAIL):
        code, condition, stands, success, outcome = NO_CVM, 0x00, True, True, 2
    else:
        outcome = OUTCOME.get(method, 1)
    if not success:
        bits = bits | {Tvr.CVM_FAILED}
    asked = applies and method == ONLINE
    if deal == "ATM cash" and success and not asked:  # always takes the on-line PIN, unless all is lost (PBOC-6 §7.7.1)
        able = Capability.ONLINE_PIN in can
        bits = bits | ({Tvr.ONLINE_PIN} if able else {Tvr.NO_PIN_PAD})
        code, condition, stands, outcome = ONLINE, 0x00, True, 0 if able else 1
    return Expected(f"{code:02X}{condition:02X}{outcome:02X}" if stands else "3F0001", frozenset(bits))


def found(rules: str, deal: Deal, can: Capability, **elements: str | None) -> tuple[PaymentBench, Expected]:
    """What the terminal tells the card."""
    listed = f"{X:08X}{Y:08X}{rules}"
    table = PaymentTable(
        elements={"8E": listed, "9F42": "0156", "9F61": "313233", "9F62": "00", "9F0E": "0000000000", **elements}
    )
    bench = PaymentBench(card=table.card())
    bench.data = replace(deal.data, capabilities=can, currency=deal.currency)
    if not deal.data.is_attended:
        bench.attendant = None
    bench.asked = TransactionAsked("00", deal.amount, NOW, 1, deal.requested)
    bench.begin()
    byte_3 = frozenset(bit for bit in bench.first_tvr if bit.value.byte == 3)
    assert Tsi.CARDHOLDER_VERIFICATION in bench.tsi
    return bench, Expected(bench.told[CVM_RESULTS].hex().upper(), byte_3)


def capabilities(method: int) -> Iterator[Capability]:
    """A terminal that can do everything, and those that lack one thing which the method needs."""
    yield ALL
    for lacking in NEEDS.get(method, Capability(0)):
        yield ALL & ~lacking


@pytest.mark.parametrize("condition", APPLIES)
@pytest.mark.parametrize("method", METHODS)
def test_every_method_under_every_condition(method: int, condition: int) -> None:
    for can in capabilities(method):
        for name, deal in DEALS.items():
            for goes_on in (False, True):
                rules = f"{method | 0x40:02X}{condition:02X}1F00" if goes_on else f"{method:02X}{condition:02X}"
                wanted = expected(method, condition, name, can, goes_on=goes_on)
                assert found(rules, deal, can)[1] == wanted, (name, can, goes_on)


@pytest.mark.parametrize("condition", [0x06, 0x07, 0x08, 0x09])
def test_an_amount_says_nothing_where_the_card_has_no_currency(condition: int) -> None:
    for deal in DEALS.values():
        _, told = found(f"5E{condition:02X}", deal, ALL, **{"9F42": None})
        assert told.results == "3F0001"


@pytest.mark.parametrize("currency", ["0157", "0155", "0056", "5601"])
def test_a_currency_that_is_nearly_the_transactions_is_another(currency: str) -> None:
    assert found("5E061F00", DEALS["under X"], ALL, **{"9F42": currency})[1].results == "1F0002"


def test_the_amounts_x_and_y_are_the_lists_own() -> None:
    assert found("5E061F00", DEALS["under X"], ALL)[1].results == "5E0600"
    assert found("5E061F00", DEALS["X"], ALL)[1].results == "1F0002"
    assert found("5E071F00", DEALS["X"], ALL)[1].results == "1F0002"
    assert found("5E091F00", DEALS["Y"], ALL)[1].results == "1F0002"


# --- results of lists with several rules ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "results"),
    [
        ("41005E001F00", "410002"),  # the first that succeeds
        ("60005E00", "600001"),  # what failed last stays, if nothing behind it is performed
        ("60004505", "600001"),
        ("450060001E05", "600001"),
        ("20001F00", "200001"),  # without the bit the next is not tried
        ("40001F00", "400001"),  # fail is fail
        ("45004500", "3F0001"),
    ],
)
def test_results_are_of_the_last_method_performed(rules: str, results: str) -> None:
    can = ALL & ~Capability.SIGNATURE if rules.startswith("60005E") else ALL
    _, told = found(rules, DEALS["X"], can, **{"9F61": None})
    assert told.results == results
    assert (Tvr.CVM_FAILED in told.tvr) == (results[-1] == "1")


def test_a_signature_needs_attendant_and_printer() -> None:
    deal = DEALS["X"]
    silent = deal._replace(data=replace(POS, additional=POS.additional & ~Additional.PRINT_ATTENDANT))
    alone = deal._replace(data=replace(POS, kind="25"))
    for each, results in ((deal, "1E0000"), (silent, "3F0001"), (alone, "3F0001")):
        bench, told = found("1E00", each, ALL)
        assert told.results == results
        assert bench.record.signature_wanted == (results == "1E0000")


def test_a_card_that_asks_for_no_verification_gets_none() -> None:
    bench = PaymentBench(card=PaymentTable(aip="0C00", elements={"8E": "0000000000000000 0000"}).card())
    bench.begin()
    assert bench.told[CVM_RESULTS].hex() == "3f0000"
    assert not {bit for bit in bench.first_tvr if bit.value.byte == 3}
    assert Tsi.CARDHOLDER_VERIFICATION not in bench.tsi


@pytest.mark.parametrize("listed", [None, "0000000000000000", "0000270F00002710"])
def test_a_list_that_is_missing_or_has_no_rules(listed: str | None) -> None:
    """1.6, and TSI 1.7 stays clear (PBOC-6 §7.7.5.1; EMV book 3 §10.5)."""
    bench = PaymentBench(card=PaymentTable(elements={"8E": listed}).card())
    bench.begin()
    assert bench.told[CVM_RESULTS].hex() == "3f0000"
    assert Tvr.DATA_MISSING in bench.first_tvr
    assert not {bit for bit in bench.first_tvr if bit.value.byte == 3}
    assert Tsi.CARDHOLDER_VERIFICATION not in bench.tsi


@pytest.mark.parametrize("listed", ["00000000000000", "00000000000000001F001F"])
def test_a_list_that_is_none_ends_it(listed: str) -> None:
    bench = PaymentBench(card=PaymentTable(elements={"8E": listed}).card())
    ended = bench.pay().ended
    assert ended is not None
    assert ended.cause is EndCause.FORMAT
    assert not bench.sent(0xAE)
