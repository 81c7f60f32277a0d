"""PINs of a payment: tries, words of VERIFY, failing pads, holders who go on without (PBOC-6 §7.7.5.2, §7.7.5.3)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dualcos.messages.terminal_results import Tvr
from dualcos.terminal.financial.kernel.kernel_parts import (
    BankPinAsked,
    BankPinCancelled,
    BankPinKnownWrong,
    BankPinPad,
    BankPinTimedOut,
    PadNotWorking,
    PinBypassed,
)
from dualcos.terminal.financial.kernel.kernel_settings import ATM, Capability
from dualcos.terminal.financial.kernel.transaction_ended import EndCause, TransactionEnded
from tests.dualcos.terminal.financial.payment_bench import (
    BANK,
    CVM_RESULTS,
    PIN,
    SEALED_PIN,
    TELLING,
    PaymentBench,
    ScriptedPad,
    approving,
)
from tests.dualcos.terminal.financial.table_card import PAN, Answer, PaymentTable
from tests.dualcos.terminal.financial.till_bench import TillBench

OFFLINE, ONLINE = "41001F00", "42001F00"
WITH_PIN = tuple(name for name in BANK if PaymentBench(name).profile.pse.pin)  # type: ignore[union-attr]  # of BANK
Asked = BankPinAsked
ON_PIN = frozenset({Tvr.PIN_TRIES_EXCEEDED, Tvr.NO_PIN_PAD, Tvr.PIN_NOT_ENTERED, Tvr.ONLINE_PIN})


def table_bench(rules: str, *, counter: str = "9F1701039000", verify: Answer | list[Answer] = "9000") -> PaymentBench:
    """A card that answers VERIFY and the question for its try counter so."""
    table = PaymentTable(elements={"8E": "0000000000000000" + rules}, more={"80CA9F17": counter, "0020": verify})
    return PaymentBench(card=table.card())


def on_pin(bench: PaymentBench) -> set[Tvr]:
    bench.begin()
    return set(bench.first_tvr & ON_PIN)


def pad_of(bench: PaymentBench) -> ScriptedPad:
    assert isinstance(bench.pad, ScriptedPad)
    return bench.pad


# --- off line -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", WITH_PIN)
def test_the_try_counter_on_every_card(profile: str) -> None:
    """Right at once; wrong and then right; wrong until none is left; then no PIN is asked for (T-FIN-CVM)."""
    settings = (*TELLING, f"pse.elements.8E=0000000000000000{OFFLINE}")
    bench = PaymentBench(profile, *settings)
    assert on_pin(bench) == set()
    assert (pad_of(bench).asked, bench.told[CVM_RESULTS].hex()) == ([(Asked.OFFLINE, 3)], "410002")
    bench.again()
    bench.pad = ScriptedPad("0000", "9999", PIN)
    assert on_pin(bench) == set()
    assert pad_of(bench).asked == [(Asked.OFFLINE, 3), (Asked.OFFLINE_AGAIN, 2), (Asked.LAST_AGAIN, 1)]
    bench.again()
    bench.pad = ScriptedPad("0000", "9999", "1111")
    assert on_pin(bench) == {Tvr.PIN_TRIES_EXCEEDED}
    assert len(bench.sent(0x20)) == 3
    bench.again()
    bench.pad = ScriptedPad()
    assert on_pin(bench) == {Tvr.PIN_TRIES_EXCEEDED}
    assert not pad_of(bench).asked
    assert not bench.sent(0x20)
    assert bench.told[CVM_RESULTS].hex() == "1f0002"


@pytest.mark.parametrize("profile", WITH_PIN)
def test_the_last_try_is_announced(profile: str) -> None:
    bench = PaymentBench(profile, f"pse.elements.8E=0000000000000000{OFFLINE}")
    bench.pad = ScriptedPad("0000", "9999", PinBypassed())
    on_pin(bench)
    bench.again()
    bench.pad = ScriptedPad()
    assert on_pin(bench) == set()
    assert pad_of(bench).asked == [(Asked.LAST, 1)]


def test_verify_carries_the_block_in_clear() -> None:
    bench = table_bench(OFFLINE)
    bench.begin()
    assert bench.sent(0x20) == [bytes.fromhex("00200080082412 34FFFFFFFFFF")]


@pytest.mark.parametrize("counter", ["6A88", "6985", "9F17009000", "9F170203039000", "039000"])
def test_a_counter_that_cannot_be_read_is_not_looked_at(counter: str) -> None:
    bench = table_bench(OFFLINE, counter=counter)
    assert on_pin(bench) == set()
    assert pad_of(bench).asked == [(Asked.OFFLINE, None)]


@pytest.mark.parametrize("word", ["6983", "6984", "63C0"])
@pytest.mark.parametrize("counter", ["9F1701039000", "6A88"])
def test_no_try_left(word: str, counter: str) -> None:
    bench = table_bench(OFFLINE, counter=counter, verify=word)
    assert on_pin(bench) == {Tvr.PIN_TRIES_EXCEEDED}
    assert len(bench.sent(0x20)) == 1


@pytest.mark.parametrize("word", ["6985", "6A80", "6700", "6300", "6D00", "63D2", "6200", "6F00"])
def test_what_is_no_answer_of_verify_ends_it(word: str) -> None:
    paid = table_bench(OFFLINE, verify=word).pay()
    assert paid.ended is not None
    assert paid.ended.cause is EndCause.PIN_ANSWER
    assert str(paid.ended.sw) == word


@pytest.mark.parametrize("words", [["63C3"], ["63C2", "63C2"], ["63C1", "63C2"]])
def test_a_card_that_counts_no_tries_is_left(words: list[Answer]) -> None:
    bench = table_bench(OFFLINE, verify=words)
    bench.pad = ScriptedPad(*["0000"] * len(words), BankPinCancelled())
    paid = bench.pay()
    assert paid.ended is not None
    assert paid.ended.cause is EndCause.PIN_ANSWER
    assert len(bench.sent(0x20)) == len(words)


@pytest.mark.parametrize("first", [(), ("0000",), ("0000", "0000")])
def test_going_on_without_a_pin_is_no_wrong_one(first: tuple[str, ...]) -> None:
    """Before or behind wrong ones; 3.6 stays clear (PBOC-6 §7.7.5.2)."""
    bench = table_bench(OFFLINE, verify=["63C2", "63C1"])
    bench.pad = ScriptedPad(*first, PinBypassed())
    assert on_pin(bench) == {Tvr.PIN_NOT_ENTERED}
    assert bench.told[CVM_RESULTS].hex() == "1f0002"


# --- pads ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rules", ["0100", "0200", "0300"])
@pytest.mark.parametrize("pad", [None, ScriptedPad(PadNotWorking())])
def test_a_pad_that_is_missing_or_does_not_work(rules: str, pad: BankPinPad | None) -> None:
    bench = table_bench(rules)
    bench.pad = ScriptedPad(PadNotWorking()) if pad else None
    assert on_pin(bench) == {Tvr.NO_PIN_PAD}
    assert bench.told[CVM_RESULTS].hex() == f"{rules}01"
    assert Tvr.CVM_FAILED in bench.first_tvr


@pytest.mark.parametrize("rules", ["0000", "1E00", "1F00", "2000", "0500"])
def test_a_missing_pad_concerns_pins_alone(rules: str) -> None:
    bench = table_bench(rules)
    bench.pad = None
    bench.data = replace(bench.data, capabilities=Capability(0xE00000))
    assert on_pin(bench) == set()


@pytest.mark.parametrize(
    ("left", "cause"),
    [
        (BankPinCancelled(), EndCause.PIN_CANCELLED),
        (BankPinTimedOut(), EndCause.PIN_TIME_OUT),
        (BankPinKnownWrong(), EndCause.PIN_WRONG),
    ],
)
@pytest.mark.parametrize("rules", [OFFLINE, ONLINE])
def test_cancel_and_time_out_end_it(rules: str, left: Exception, cause: EndCause) -> None:
    bench = table_bench(rules)
    bench.pad = ScriptedPad(left)
    ended = bench.pay().ended
    assert ended is not None
    assert ended.cause is cause
    assert not bench.sent(0xAE)


# --- on line ------------------------------------------------------------------------------------------------------


def test_the_on_line_pin_is_sealed_for_this_account_and_never_goes_to_the_card() -> None:
    bench = table_bench("0200")
    assert on_pin(bench) == {Tvr.ONLINE_PIN}
    assert bench.record.pin_block == SEALED_PIN
    assert pad_of(bench).accounts == [PAN.rstrip("F")]
    assert not [each for each in bench.card.passed if SEALED_PIN in each.command]


def test_an_on_line_pin_goes_where_the_cards_own_is_blocked() -> None:
    bench = table_bench("41004200", counter="9F1701009000")
    assert on_pin(bench) == {Tvr.PIN_TRIES_EXCEEDED, Tvr.ONLINE_PIN}
    assert bench.told[CVM_RESULTS].hex() == "420000"


@pytest.mark.parametrize("without", ["capability", "parameter"])
def test_an_on_line_pin_that_terminal_or_acquirer_does_not_take(without: str) -> None:
    for rules, bits, results in (("0200", {Tvr.NO_PIN_PAD}, "3f0001"), ("42031F00", set(), "1f0002")):
        bench = table_bench(rules)
        if without == "parameter":
            bench.parameters = replace(bench.parameters, online_pin=False)
        else:
            bench.data = replace(bench.data, capabilities=bench.data.capabilities & ~Capability.ONLINE_PIN)
        assert on_pin(bench) == bits
        assert not pad_of(bench).asked
        assert bench.told[CVM_RESULTS].hex() == results


def test_going_on_without_an_on_line_pin() -> None:
    bench = table_bench(ONLINE)
    bench.pad = ScriptedPad(PinBypassed())
    assert on_pin(bench) == {Tvr.PIN_NOT_ENTERED}
    assert not bench.record.pin_block


# --- ATMs ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rules", ["1F00", "0200", "4201 1F00", "", None])
@pytest.mark.parametrize("aip", ["1C00", "0C00"])
def test_an_atm_asks_for_the_on_line_pin_whatever_the_list_says_and_once(rules: str | None, aip: str) -> None:
    listed = None if rules is None else "0000000000000000" + rules
    bench = PaymentBench(card=PaymentTable(aip=aip, elements={"8E": listed}).card())
    bench.data = ATM
    assert on_pin(bench) == {Tvr.ONLINE_PIN}
    assert pad_of(bench).asked == [(Asked.ONLINE, None)]
    assert bench.told[CVM_RESULTS][0] & 0x3F == 0x02
    assert bench.told[CVM_RESULTS][2] == 0x00


def test_an_atm_asks_for_no_pin_behind_a_verification_that_has_failed() -> None:
    bench = table_bench("0000")
    bench.data = ATM
    assert on_pin(bench) == set()
    assert Tvr.CVM_FAILED in bench.first_tvr
    assert pad_of(bench).asked == []
    assert bench.told[CVM_RESULTS].hex() == "000001"


def test_results_of_an_atm_whose_pad_does_not_work_say_the_same_as_its_tvr() -> None:
    bench = table_bench("1F00")
    bench.data, bench.pad = ATM, None
    assert on_pin(bench) == {Tvr.NO_PIN_PAD}
    assert bench.told[CVM_RESULTS].hex() == "020001"


def test_an_atm_whose_holder_enters_no_pin_asks_once() -> None:
    bench = table_bench("42001F00")
    bench.data = ATM
    bench.pad = ScriptedPad(PinBypassed())
    assert on_pin(bench) == {Tvr.PIN_NOT_ENTERED}
    assert pad_of(bench).asked == [(Asked.ONLINE, None)]


@pytest.mark.parametrize("profile", BANK)
def test_every_card_at_an_atm(profile: str) -> None:
    bench = PaymentBench(profile)
    bench.data = ATM
    bench.attendant = None
    assert bench.pay(approving).said
    assert Tvr.ONLINE_PIN in bench.first_tvr


# --- documents ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("same", [True, False])
@pytest.mark.parametrize("profile", BANK)
def test_a_document_is_compared_with_what_the_card_says(profile: str, same: bool) -> None:
    bench = PaymentBench(profile, *TELLING, "pse.elements.8E=00000000000000002000")
    assert bench.attendant is not None
    bench.attendant.document = same
    bench.begin()
    assert bench.attendant.compared == [("00", "999999198001010008")]
    assert bench.told[CVM_RESULTS].hex() == ("200002" if same else "200001")
    assert (Tvr.CVM_FAILED in bench.first_tvr) != same


# --- amounts ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rules", ["0100", "0200", "41004200"])
def test_the_pad_knows_what_each_pin_is_for_before_it_is_entered(rules: str) -> None:
    bench = table_bench(rules, verify=["63C1", "6983"])
    bench.asked = replace(bench.asked, amount=4_321)
    bench.pay()
    assert set(pad_of(bench).amounts) == {4_321}
    assert len(pad_of(bench).amounts) == len(pad_of(bench).asked)


# --- what is said of it ---------------------------------------------------------------------------------------------


BLOCKED = "银行卡脱机密码已锁定"


@pytest.mark.parametrize("wrong", range(4))
def test_whoever_stands_there_hears_that_the_cards_own_pin_is_blocked(wrong: int) -> None:
    """On display and slip, with the third wrong PIN and not before."""
    bench = TillBench()
    bench.fingers.entries = ["9999"] * wrong
    outcome = bench.till.purchase(100)
    shown = [said.zh for said in bench.till.parts.display.shown]  # type: ignore[attr-defined]  # of the bench
    assert (BLOCKED in shown) == (wrong >= 3)
    assert all((BLOCKED in slip.lines) == (wrong >= 3) for slip in outcome.slips)
    assert outcome.is_approved  # by the PIN that the issuer compares


@pytest.mark.parametrize("left", [BankPinCancelled(), BankPinTimedOut(), BankPinKnownWrong()])
@pytest.mark.parametrize("wrong", [2, 3])
def test_leaving_behind_the_last_try_says_so_too(wrong: int, left: Exception) -> None:
    bench = TillBench()
    bench.fingers.entries = [*["9999"] * wrong, left]
    with pytest.raises(TransactionEnded) as ended:
        bench.till.purchase(100)
    assert (BLOCKED in ended.value.zh) == (wrong == 3)
