"""What a debit kernel does not take: steps out of their order, dates that are none, records without end, choices that
nobody was offered; and what it does not keep.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from dataclasses import replace

import pytest

from dualcos.messages.terminal_parameters import AidParameters
from dualcos.messages.terminal_results import Tvr
from dualcos.reader.pcsc import PcscError
from dualcos.terminal.financial.kernel.debit_kernel import Verdict
from dualcos.terminal.financial.kernel.issuer_answer import IssuerAnswer
from dualcos.terminal.financial.kernel.kernel_parts import BankPinCancelled
from dualcos.terminal.financial.kernel.kernel_settings import RiskSettings
from dualcos.terminal.financial.kernel.processing_restrictions import CASH_ALONE, Requested
from dualcos.terminal.financial.kernel.transaction_ended import EndCause, TransactionEnded
from tests.dualcos.terminal.financial.payment_bench import (
    CVM_RESULTS,
    DEBIT,
    ChoosingHolder,
    PaymentBench,
    ScriptedAttendant,
    ScriptedPad,
)
from tests.dualcos.terminal.financial.table_card import PAN, PaymentTable, of

APPROVAL = IssuerAnswer(b"00")
OFFLINE_PIN, ONLINE_PIN = {"8E": "00" * 8 + "0100"}, {"8E": "00" * 8 + "0200"}
SCRIPT = IssuerAnswer(b"00", b"", ((0x72, bytes.fromhex("860484240000")),))


def bench_of(table: PaymentTable) -> PaymentBench:
    return PaymentBench(card=table.card())


def direct(table: PaymentTable) -> PaymentBench:
    """With no slot before the card: what it raises is the reader's."""
    bench = bench_of(table)
    bench.slot = table.card()  # type: ignore[assignment]  # it has all that a kernel asks of a slot
    return bench


def cause(table: PaymentTable) -> EndCause | None:
    ended = bench_of(table).pay(APPROVAL).ended
    return None if ended is None else ended.cause


# --- order ------------------------------------------------------------------------------------------------------------


def test_no_step_is_done_twice_or_before_another() -> None:
    bench = bench_of(PaymentTable(more={"8424": "9000"}))
    kernel = bench.kernel
    for early in (lambda: kernel.extra_records(1, 1), lambda: kernel.change_amount(1), kernel.begin):
        with pytest.raises(ValueError, match="no application"):
            early()
    with pytest.raises(ValueError, match="scripts 72"):
        kernel.run_scripts(SCRIPT)
    bench.begin()
    for late in (kernel.begin, lambda: kernel.extra_records(1, 1), lambda: kernel.change_amount(1)):
        with pytest.raises(ValueError, match="has begun"):
            late()
    with pytest.raises(ValueError, match="once"):
        kernel.read()
    with pytest.raises(ValueError, match="scripts 72"):
        kernel.run_scripts(SCRIPT)
    assert not bench.sent(0x24)
    kernel.complete(APPROVAL)
    kernel.run_scripts(SCRIPT)
    with pytest.raises(ValueError, match="scripts 72"):
        kernel.run_scripts(SCRIPT)
    assert len(bench.sent(0x24)) == 1


def test_a_payment_that_its_holder_has_left_does_not_begin_again() -> None:
    bench = bench_of(PaymentTable(elements=ONLINE_PIN))
    bench.pad = ScriptedPad(BankPinCancelled())
    assert bench.pay().ended is not None
    with pytest.raises(ValueError, match="has begun"):
        bench.kernel.begin()


def test_nobody_telephones_before_the_issuer_is_authenticated() -> None:
    """PBOC-6 §7.11.4.3 comes before §7.13.5.1."""
    order: list[str] = []

    class Telephone(ScriptedAttendant):
        def authorises(self, pan: str) -> str | None:
            order.append("call")
            return super().authorises(pan)

    bench = bench_of(PaymentTable())
    bench.attendant = Telephone()
    bench.begin()
    bench.card.bend = lambda command, answer: (order.append(f"{command[1]:02X}"), answer)[1]
    bench.kernel.complete(IssuerAnswer(b"01", bytes(10)))
    assert order == ["82", "call", "AE"]


# --- data -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "is_one"),
    [
        *((each, False) for each in ("991399", "350031", "351300", "351200", "351232", "350A31", "FFFFFF")),
        *((each, True) for each in ("351231", "350101", "351130", "350231")),
    ],
)
def test_a_day_has_a_month_and_a_day(day: str, *, is_one: bool) -> None:
    """Else the data are malformed (PBOC-6 §7.4.4); that some months are shorter keeps no card out."""
    assert cause(PaymentTable(elements={"5F24": day})) is (None if is_one else EndCause.FORMAT)
    assert cause(PaymentTable(elements={"5F25": day})) is (None if is_one else EndCause.FORMAT)


@pytest.mark.parametrize(("digits", "is_one"), [(10, False), (11, True), (16, True), (19, True), (20, False)])
def test_an_account_number_has_eleven_to_nineteen_digits(digits: int, *, is_one: bool) -> None:
    pan = "6217000000000000000012"[:digits]
    pan += "F" * (len(pan) % 2)
    assert cause(PaymentTable(elements={"5A": pan})) is (None if is_one else EndCause.FORMAT)


def name_only(fci: str) -> PaymentTable:
    first = of(0x6F, of(0x84, DEBIT), of(0xA5, of(0x50, "50424F43"))) + "9000"
    return PaymentTable(more={"00A40400": [first, fci + "9000"]})


@pytest.mark.parametrize(
    ("fci", "is_one"),
    [
        (of(0x6F, of(0x84, "A000000333010102"), of(0xA5, of(0x50, "41"))), False),
        (of(0x6F, of(0xA5, of(0x50, "41"))), False),
        (of(0x6F, of(0x84, DEBIT)), False),
        (of(0x6F, ""), False),
        (of(0x6F, of(0x84, DEBIT), of(0x84, DEBIT), of(0xA5, "")), False),
        (of(0x6F, of(0x84, DEBIT), of(0xA5, "")), True),
        (of(0x6F, of(0x84, DEBIT + b"\x09"), of(0xA5, "")), True),
    ],
)
def test_the_last_select_tells_whose_application_it_is(fci: str, *, is_one: bool) -> None:
    """84 and A5 are there, and 84 begins as was asked (EMV book 1 §11.3.4, §12.4)."""
    bench = bench_of(name_only(fci))
    ended = bench.pay(APPROVAL).ended
    assert (ended is None) is is_one
    if ended is not None:
        assert ended.cause is EndCause.NO_APPLICATION
        assert "FCI" in str(ended), "not that there was none in common"
    else:
        assert bench.record.card[0x84].hex() in fci


@pytest.mark.parametrize("choice", [-1, 2, 5])
def test_what_was_not_offered_cannot_be_chosen(choice: int) -> None:
    table = PaymentTable(more={"00A40400": of(0x6F, of(0x84, DEBIT), of(0xA5, "")) + "9000"})
    bench = bench_of(table)
    bench.applications = (AidParameters(DEBIT), AidParameters(DEBIT[:-1], partial=True))
    bench.holder = ChoosingHolder(choice)
    other = of(0x6F, of(0x84, DEBIT[:-1] + b"\x02"), of(0xA5, "")) + "9000"
    bench.card.bend = lambda command, answer: (
        bytes.fromhex(other) if command[1] == 0xA4 and command[4] == len(DEBIT) - 1 and command[3] == 0 else answer
    )
    ended = bench.pay(APPROVAL).ended
    assert ended is not None
    assert ended.cause is EndCause.NOTHING_CHOSEN


def test_a_directory_without_end_is_left() -> None:
    """255 records in all."""
    more = {"00A404000E": of(0x6F, of(0x84, b"1PAY.SYS.DDF01"), of(0xA5, of(0x88, "02"))) + "9000", "00B2": "70009000"}
    bench = bench_of(PaymentTable(more=more))
    bench.pay(APPROVAL)
    assert len([each for each in bench.sent(0xB2) if each[3] == 0x14]) == 255


# --- what is asked of the card ----------------------------------------------------------------------------------------


def test_another_amount_is_cashback_and_the_card_has_to_allow_it() -> None:
    """PBOC-6 table 17."""
    table = PaymentTable(elements={"9F07": "FF00", "5F28": "0156"})
    for other, refused in ((500, True), (0, False)):
        bench = bench_of(table)
        bench.asked = replace(bench.asked, other_amount=other)
        bench.begin()
        assert (Tvr.SERVICE_NOT_ALLOWED in bench.first_tvr) is refused


def test_cash_that_is_a_purchase_is_cash_alone() -> None:
    """PBOC-6 table 17: a card that allows cash and no goods."""
    bench = bench_of(PaymentTable(elements={"9F07": "8300", "5F28": "0156"}))
    bench.asked = replace(bench.asked, requested=Requested(cash=True, purchase=True))
    bench.begin()
    assert Tvr.SERVICE_NOT_ALLOWED not in bench.first_tvr
    assert Requested(cash=True, purchase=False) == CASH_ALONE


def test_what_was_spent_before_does_not_make_a_selection_more_likely() -> None:
    """The target goes by this amount alone (PBOC-6 §7.8.7)."""
    bench = bench_of(PaymentTable(aip="1C00"))
    bench.parameters = AidParameters(
        DEBIT, floor_limit=100_000, threshold=50_000, target_percent=1, most_target_percent=99
    )
    bench.risk = RiskSettings(spent_before=lambda _pan, _sequence: 85_000)
    bench.random = lambda count: (49).to_bytes(count, "big")
    bench.begin()
    assert Tvr.RANDOMLY_SELECTED not in bench.first_tvr


# --- what is not kept -------------------------------------------------------------------------------------------------


def frames(error: BaseException) -> Iterator[object]:
    """Values of all frames of an error and of what came before it."""
    seen: BaseException | None = error
    while seen is not None:
        for frame, _ in traceback.walk_tb(seen.__traceback__):
            if "kernel" in frame.f_code.co_filename:
                yield from frame.f_locals.values()
        seen = seen.__context__


@pytest.mark.parametrize("answer", ["6F00", "63C5", PcscError("gone")])
def test_no_frame_of_what_ends_a_payment_knows_the_pin(answer: str | Exception) -> None:
    bench = direct(PaymentTable(elements=OFFLINE_PIN, more={"0020": answer}))
    bench.pad = ScriptedPad("987654")
    with pytest.raises(TransactionEnded) as stopped:
        bench.begin()
    assert stopped.value.cause is (EndCause.PIN_ANSWER if isinstance(answer, str) else EndCause.READER)
    for each in frames(stopped.value):
        assert "987654" not in (each.hex() if isinstance(each, bytes) else str(each) if isinstance(each, str) else "")


def test_an_enciphered_pin_goes_with_the_transaction() -> None:
    track = {"57": PAN.rstrip("F") + "D351222000000"}
    bench = bench_of(PaymentTable(elements=ONLINE_PIN))
    bench.begin()
    assert bench.record.pin_block
    bench.kernel.release()
    assert not bench.record.pin_block
    bench = bench_of(PaymentTable(elements={**ONLINE_PIN, **track}, first="6985"))
    ended = bench.pay().ended
    assert ended is not None
    assert ended.record is not None
    assert not ended.record.pin_block
    assert 0x57 not in ended.record.card
    assert ended.record.notes


@pytest.mark.parametrize("digits", ["12", "123", "1234567890123", "１２３４", "12 4"])
def test_a_pad_that_gives_no_pin_does_not_work(digits: str) -> None:
    bench = bench_of(PaymentTable(elements=OFFLINE_PIN))
    bench.pad = ScriptedPad(digits)
    bench.begin()
    assert Tvr.NO_PIN_PAD in bench.first_tvr
    assert not bench.sent(0x20)


@pytest.mark.parametrize("block", [b"", bytes(7), bytes(9)])
def test_a_pad_that_gives_no_block_does_not_work(block: bytes) -> None:
    bench = bench_of(PaymentTable(elements=ONLINE_PIN))
    bench.pad = ScriptedPad(block)
    bench.begin()
    assert {Tvr.NO_PIN_PAD, Tvr.ONLINE_PIN} & bench.first_tvr == {Tvr.NO_PIN_PAD}
    assert not bench.record.pin_block


@pytest.mark.parametrize("rule", ["9F00", "C100", "A000"])
def test_a_method_with_the_reserved_bit_is_unknown(rule: str) -> None:
    """PBOC-5 table A.1."""
    bench = bench_of(PaymentTable(elements={"8E": "00" * 8 + rule}))
    bench.begin()
    assert {Tvr.CVM_UNKNOWN, Tvr.CVM_FAILED} <= bench.first_tvr
    assert bench.told[CVM_RESULTS].hex() == "3f0001"


# --- readers that go away ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", ["00A40400", "80A8", "00B2010C", "80AE"])
def test_a_reader_that_goes_away_ends_the_payment(at: str) -> None:
    ended = direct(PaymentTable(more={at: PcscError("gone")})).pay().ended
    assert ended is not None
    assert ended.cause is EndCause.READER


def test_a_reader_that_goes_away_behind_the_issuer_takes_the_approval_back() -> None:
    last = direct(PaymentTable(second=PcscError("gone"))).pay(APPROVAL).last
    assert (last.verdict, last.reverse) == (Verdict.DECLINED, True)
