"""Two applications, two PINs, one terminal: neither side is asked while the other is at work, no PIN goes to the wrong
side, and the PSAM lies still while the bank's is at work (SSC-7 §5.8, §6.6; PBOC-5 §14; 总体方案 一（二）).
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from apdu import tlv
from cos.card import Card
from dualcos.profile.schema import names
from dualcos.terminal.financial.kernel.kernel_parts import BankPinAsked
from dualcos.terminal.full.bill_states import BillState
from dualcos.terminal.social.medical_records import SettlementMode
from dualcos.terminal.social.purchase_steps import OrderAmounts
from dualcos.terminal.social.social_pin_pad import PinAsked
from dualcos.terminal.social.terminal_stopped import StopCause
from tests.demonstration_bank import ONLINE_PIN
from tests.dualcos.terminal.financial.payment_bench import PIN as BANK_PIN
from tests.dualcos.terminal.full.full_bench import PSE, SSSE, DecoySam, FullBench, SamTouched
from tests.dualcos.terminal.terminal_bench import PIN as SOCIAL_PIN
from tests.dualcos.terminal.terminal_bench import WatchedCard

TOTAL, OWN = 20_000, 1_500
DUAL = tuple(name for name in names() if name.startswith("dual-"))
SELECT_SSSE, SELECT_PSE = f"00A404000F{SSSE.hex().upper()}", f"00A404000E{PSE.hex().upper()}"
SELECT_DEBIT = "00A4040008A000000333010101"
INITIALIZE, DEBIT = "B028", "B02C"
MODES = list(SettlementMode)


def business(profile: str, mode: SettlementMode, then: str) -> FullBench:
    """A settlement with its payment, and what comes behind it."""
    bench = FullBench(profile, mode)
    parts = None
    if mode is SettlementMode.OFFLINE:
        bench.desk.load(bench.admitted(), 60_000)
        parts = OrderAmounts(10_000, 7_000, 3_000)
    bench.terminal.settle(bench.admitted(), bench.desk, TOTAL, OWN, parts)
    if then == "take-back":
        bench.terminal.take_back(1)
    elif then == "premium":
        bench.terminal.premium(bench.admitted())
    elif then == "pay later":
        bench.terminal.settle(bench.admitted(), bench.desk, TOTAL, OWN, parts, pays=False)
        bench.terminal.pay(bench.admitted(), 2)
    return bench


def halves(commands: list[str]) -> list[tuple[str, list[str]]]:
    """Commands by the environment that they went to."""
    found: list[tuple[str, list[str]]] = []
    for each in commands:
        side = "social" if each == SELECT_SSSE else "bank" if each in (SELECT_PSE, SELECT_DEBIT) else ""
        if side and (not found or found[-1][0] != side):
            found.append((side, []))
        found[-1][1].append(each)
    return found


@pytest.mark.parametrize("profile", DUAL)
@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name)
@pytest.mark.parametrize("then", ["premium", "take-back", "pay later"])
def test_neither_side_is_asked_while_the_other_is_at_work(profile, mode, then):
    """Between INITIALIZE and DEBIT nothing at all; between the two GENERATE AC no SELECT; VERIFY with the side's own
    reference; the bank's commands never in the social environment, and the other way round.
    """
    commands = business(profile, mode, then).card.commands
    sides = halves(commands)
    assert {side for side, _ in sides} == {"social", "bank"}
    for side, sent in sides:
        if side == "social":
            assert not [each for each in sent if each.startswith(("80A8", "80AE", "00A4040008A0"))]
            assert all(each.startswith("00200000") for each in sent if each[2:4] == "20")
        else:
            assert not [each for each in sent if each.startswith(("B0", "0084", "0088"))]
            assert all(each.startswith("00200080") for each in sent if each[2:4] == "20")
    for at, each in enumerate(commands):
        if each.startswith(DEBIT):
            assert commands[at - 1].startswith(INITIALIZE)
    generated = [at for at, each in enumerate(commands) if each.startswith("80AE")]
    for first, second in zip(generated[::2], generated[1::2], strict=True):
        assert not [each for each in commands[first:second] if each.startswith("00A4")]
    assert not [each for each in commands if each.startswith(("00A40000", "00A4040000"))]  # no detour by MF


# --- the PSAM ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", DUAL)
def test_the_psam_is_not_touched_while_the_bank_side_is_at_work(profile):
    """By the decoy, and by counting: what reached it when the bank half began is all that ever does."""
    bench = FullBench(profile)
    sam = bench.sam.card
    assert isinstance(sam, WatchedCard)
    seen: list[tuple[int, int]] = []
    real = bench.terminal.bank.purchase

    def purchase(*what: Any, **how: Any) -> Any:
        before = len(sam.passed), len(sam.power)
        paid = real(*what, **how)
        seen.extend((before, (len(sam.passed), len(sam.power))))
        return paid

    bench.terminal.bank.purchase = purchase  # type: ignore[method-assign]
    assert bench.terminal.settle(bench.admitted(), bench.desk, TOTAL, OWN).is_done
    before, behind = seen
    assert before == behind
    assert before[0] > 0


@pytest.mark.parametrize("touch", ["power_on", "reset", "exchange"])
def test_the_decoy_bites(touch):
    """From the SELECT of the payment environment on, to that of the other, or to a reset."""
    bench = FullBench()
    act = {"exchange": lambda: bench.sam.exchange(b"\0\x84\0\0\x08")}.get(touch, getattr(bench.sam, touch))
    assert isinstance(bench.sam, DecoySam)
    bench.side.power_on()
    bench.sam.power_on()
    act()
    for name in (PSE, bytes.fromhex("A000000333010101")):
        bench.side.exchange(b"\0\xa4\4\0" + bytes((len(name),)) + name)
        with pytest.raises(SamTouched):
            act()
    bench.side.exchange(b"\0\xa4\4\0" + bytes((len(SSSE),)) + SSSE)
    act()
    bench.side.exchange(b"\0\xa4\4\0" + bytes((len(PSE),)) + PSE)
    bench.side.power_on()
    act()


def test_a_terminal_that_asks_the_psam_in_the_bank_half_fails_the_test():
    bench = FullBench()
    bench.fingers.entries = []
    real = bench.line.ask

    def ask(payload: bytes, belongs: Any) -> bytes:
        bench.terminal.social.parts.sam.reset()  # type: ignore[union-attr]
        return real(payload, belongs)

    assert bench.terminal is not None
    bench.line.ask = ask  # type: ignore[method-assign]
    with pytest.raises(SamTouched):
        bench.terminal.settle(bench.admitted(), bench.desk, TOTAL, OWN)


# --- PINs -------------------------------------------------------------------------------------------------------------


def tries(card: Card) -> tuple[int, int]:
    """Of the social PIN and of the bank's, as the card says them."""

    def say(command: str) -> bytes:
        answer = card.exchange(bytes.fromhex(command))
        while answer[-2] in (0x61, 0x6C):
            again = "00C00000" if answer[-2] == 0x61 else command[:8]
            answer = card.exchange(bytes.fromhex(f"{again}{answer[-1]:02X}"))
        return answer

    card.power_on()
    say(SELECT_SSSE)
    social = say("0020000000")
    say(SELECT_DEBIT)
    bank = tlv.find(say("80CA9F1704")[:-2], 0x9F17)
    card.power_off()
    assert bank is not None
    return (social[-1] & 0xF if social[-2] == 0x63 else 0), bank[0]


@pytest.mark.parametrize("profile", DUAL)
def test_each_prompt_says_whose_pin_it_wants(profile):
    bench = business(profile, SettlementMode.ONLINE, "premium")
    assert {asked.value.zh for asked, _ in bench.typing.asked} == {"请输入社保密码"}
    assert {asked.value.zh for asked in bench.fingers.asked} == {"请输入银行卡密码"}
    assert set(PinAsked) & set(BankPinAsked) == set()


@pytest.mark.parametrize("profile", DUAL)
def test_the_banks_pin_at_the_social_prompt_costs_a_social_try_and_no_other(profile):
    bench = FullBench(profile)
    social, bank = tries(bench.own_card)
    bench.typing.digits = [BANK_PIN, BANK_PIN, BANK_PIN]
    outcome = bench.terminal.settle(bench.admitted(), bench.desk, TOTAL, OWN)
    assert outcome.stopped is not None
    assert outcome.stopped.cause is StopCause.PIN_LOCKED
    assert outcome.stored.bill.state is BillState.NOT_SETTLED
    assert tries(bench.own_card) == (0, bank)
    assert social == 3
    assert bench.fingers.asked == []
    assert not re.search("00200080", " ".join(bench.card.commands))


@pytest.mark.parametrize("profile", DUAL)
def test_the_social_pin_at_the_banks_prompt_costs_a_bank_try_and_no_other(profile):
    bench = FullBench(profile)
    social, bank = tries(bench.own_card)
    bench.fingers.entries = [SOCIAL_PIN]
    outcome = bench.terminal.settle(bench.admitted(), bench.desk, TOTAL, OWN)
    verified = [each for each in bench.card.commands if each[2:4] == "20"]
    assert [each for each in verified if each.startswith("00200000") and len(each) > 10] == [f"0020000003{SOCIAL_PIN}"]
    assert tries(bench.own_card)[0] == social
    assert outcome.stored.bill.state is BillState.PAID
    spent = [each for each in bench.card.passed if each.command.startswith(b"\0\x20\0\x80") and each.answer[0] == 0x63]
    assert len(spent) == 1
    assert tries(bench.own_card)[1] == bank  # given back by the right one


@pytest.mark.parametrize("profile", DUAL)
def test_a_bank_pin_that_is_locked_leaves_the_social_one_as_it_was(profile):
    bench = FullBench(profile)
    social, bank = tries(bench.own_card)
    bench.fingers.entries = ["9999"] * bank
    bench.terminal.settle(bench.admitted(), bench.desk, TOTAL, OWN)
    assert tries(bench.own_card) == (social, 0)
    outcome = bench.terminal.settle(bench.admitted(), bench.desk, TOTAL, OWN)
    assert outcome.settlement is not None


@pytest.mark.parametrize("profile", DUAL)
def test_no_pin_is_in_the_journal_or_on_paper(profile):
    bench = FullBench(profile)
    bench.fingers.entries = ["4711", "0815"]
    bench.typing.digits = ["13572468"]
    bench.terminal.settle(bench.admitted(), bench.desk, TOTAL, OWN)
    bench.terminal.premium(bench.admitted())
    kept = " ".join(bench.journal.opened[1].iterdump()) + "".join(map("".join, bench.printer.slips))
    assert not [
        pin for pin in (SOCIAL_PIN, ONLINE_PIN, "4711", "0815", "13572468") if re.search(rf"(?<!\d){pin}(?!\d)", kept)
    ]


# --- what the card does, if a terminal errs ---------------------------------------------------------------------------


@pytest.mark.parametrize("profile", DUAL)
def test_a_select_of_the_bank_side_in_the_middle_of_a_settlement_ends_it(profile):
    """6901 to DEBIT (SSC-7 §6.6). What was proved is gone, too, so the terminal cannot have the log read there and
    then, and asks for no payment; the card's next insertion shows that nothing is booked.
    """
    bench = FullBench(profile)
    real = bench.card.exchange

    def exchange(command: bytes) -> bytes:
        if command[:2] == b"\xb0\x2c":
            bench.own_card.exchange(b"\0\xa4\4\0\x0e" + PSE)
            bench.own_card.exchange(b"\0\xa4\4\0\x0f" + SSSE)
            bench.own_card.exchange(bytes.fromhex("00A4040006D15600000503"))
        return real(command)

    bench.card.exchange = exchange  # type: ignore[method-assign]
    outcome = bench.terminal.settle(bench.admitted(), bench.desk, TOTAL, OWN)
    (refused,) = [each.answer.hex() for each in bench.card.passed if each.command[:2] == b"\xb0\x2c"]
    assert refused == "6901"
    assert outcome.stored.bill.state is BillState.SETTLING
    assert (outcome.payment, bench.line.of("0200")) == (None, [])
    del bench.card.exchange  # type: ignore[method-assign]
    (found,) = bench.terminal.resume(bench.admitted(), bench.desk)
    assert found.stored.bill.state is BillState.NOT_SETTLED
    bench.finish()
    assert bench.gone == 0
    bench.demand_agreement()


@pytest.mark.parametrize("profile", DUAL)
def test_a_select_of_the_social_side_between_the_cryptograms_ends_the_payment(profile):
    """The second GENERATE AC is refused, the approval reversed; the next CVR says that the last on-line transaction was
    not completed (PBOC-5 §14.4.3.1); the settlement stands.
    """
    bench = FullBench(profile)
    real = bench.card.exchange

    def exchange(command: bytes) -> bytes:
        if command[:3] == b"\x80\xae\x50":
            bench.own_card.exchange(b"\0\xa4\4\0\x0f" + SSSE)
        return real(command)

    bench.card.exchange = exchange  # type: ignore[method-assign]
    outcome = bench.terminal.settle(bench.admitted(), bench.desk, TOTAL, OWN)
    assert outcome.stored.bill.state is BillState.DUE
    assert outcome.settlement is not None
    del bench.card.exchange  # type: ignore[method-assign]
    bench.finish()
    assert (len(bench.line.of("0400")), bench.gone) == (1, 0)
    assert bench.terminal.pay(bench.admitted(), 1).is_done
    request = bench.line.of("0200")[-1]
    issuer_data = tlv.find(request.raw(55), 0x9F10)
    assert issuer_data is not None
    assert issuer_data[5] & 0x80  # CVR byte 3 bit 8: last on-line transaction not completed
    bench.finish()
    bench.demand_agreement()
