"""Every check of card risk management on both sides of its condition (PBOC-5 §14.4.3, §16.7.1)."""

from __future__ import annotations

import pytest

from cos.pse.data.aip_afl_ada import Ada
from cos.pse.options import BankOptions
from cos.pse.transaction.cvr_and_cid import Bit, Cvr
from cos.pse.transaction.risk_checks import FIRST_CHECKS, UNABLE_CHECKS, Wish, first_checks, unable_checks
from cos.pse.transaction.risk_data import Facts, Limits, RiskData, Terminal
from cos.pse.transaction.transaction_memory import Counters, Transaction
from dualcos.explain.bank_decisions import fired_words

RMB, USD, HKD = (bytes.fromhex(code) for code in ("0156", "0840", "0344"))
HOME = Terminal(amount=1000, country=RMB, currency=RMB, tvr=bytes(5))
ABROAD = Terminal(amount=1000, country=USD, currency=USD, tvr=bytes(5))
USED = Counters(atc=5, last_online_atc=4)
TWO = Limits(currency=RMB, second_currency=HKD, conversion=bytes.fromhex("20000175"))


def facts(counters=USED, limits=None, terminal=HOME, tx=None, aip=0x7D00, options=None, **risk):
    return Facts(
        RiskData(counters, limits or Limits(), aip, **risk), tx or Transaction(), terminal, options or BankOptions()
    )


def used(**change):
    return USED._replace(**change)


def ada(*bits):
    value = 0
    for bit in bits:
        value |= bit
    return Limits(ada=value)


DELTA = {
    # number: (facts that fire, facts one step short of it)
    "1": (facts(used(online_authorisation=True)), facts()),
    "2": (facts(used(ia_failure=True)), facts()),
    "3": (facts(used(sda_failure=True)), facts()),
    "4": (facts(used(dda_failure=True)), facts()),
    "5a": (facts(used(script_counter=1)), facts()),
    "5b": (facts(used(script_failure=True)), facts()),
    "6": (facts(used(last_online_atc=1), Limits(lower=3)), facts(used(last_online_atc=2), Limits(lower=3))),
    "7": (
        facts(used(foreign_currency=5), Limits(currency=RMB, foreign_currency=5), ABROAD),
        facts(used(foreign_currency=4), Limits(currency=RMB, foreign_currency=5), ABROAD),
    ),
    "8": (
        facts(used(foreign_country=0), Limits(country=RMB, foreign_country=0), ABROAD),
        facts(used(foreign_country=0), Limits(country=RMB, foreign_country=1), ABROAD),
    ),
    "9": (
        facts(used(cumulative=9001), Limits(currency=RMB, cumulative=10000)),
        facts(used(cumulative=9000), Limits(currency=RMB, cumulative=10000)),
    ),
    "10": (
        facts(used(cumulative_two=8251), TWO._replace(cumulative_two=10000), HOME._replace(currency=HKD)),
        facts(used(cumulative_two=8250), TWO._replace(cumulative_two=10000), HOME._replace(currency=HKD)),
    ),
    "11": (facts(used(last_online_atc=0), Limits(ada=0)), facts(limits=Limits(ada=0))),
    "12": (facts(used(pin_tries=0), Limits(ada=0)), facts(used(pin_tries=1), Limits(ada=0))),
    "13": (facts(used(application_blocked=True)), facts()),
}


@pytest.mark.parametrize("number", [check.number for check in FIRST_CHECKS])
def test_first_check_on_both_sides(number):
    fires, stays = DELTA[number]
    check = next(each for each in FIRST_CHECKS if each.number == number)
    outcome = first_checks(fires)
    assert [each.check.number for each in outcome.fired] == [number]
    assert number not in [each.check.number for each in first_checks(stays).fired]
    if check.sets:
        assert outcome.cvr == Cvr().set(check.sets)
        assert first_checks(stays).cvr == Cvr()


EXPECTED = {
    # CVR of the firing facts, with the request the check makes (PBOC-5 §14.4.3)
    "1": ("03008000", "online"),
    "2": ("03000800", ""),
    "3": ("03000100", ""),
    "4": ("03000004", ""),
    "5a": ("03000010", ""),
    "5b": ("03000008", ""),
    "6": ("03002000", "online"),
    "7": ("03002000", "online"),
    "8": ("03002000", "online"),
    "9": ("03002000", "online"),
    "10": ("03002000", "online"),
    "11": ("03001000", ""),
    "12": ("03004000", ""),
    "13": ("03000000", "decline"),
}


@pytest.mark.parametrize("number", list(EXPECTED))
def test_first_check_bit_and_request(number):
    outcome = first_checks(DELTA[number][0])
    cvr, asks = EXPECTED[number]
    assert str(outcome.cvr) == cvr
    assert (outcome.online, outcome.decline, outcome.block) == (asks == "online", asks == "decline", False)


@pytest.mark.parametrize(
    ("counters", "bits", "online", "decline", "block"),
    [
        (used(ia_failure=True), (Ada.LAST_IA_FAILED_ONLINE,), True, False, False),
        (used(script_failure=True), (Ada.SCRIPT_FAILED_ONLINE,), True, False, False),
        (used(last_online_atc=0), (Ada.NEW_CARD_ONLINE,), True, False, False),
        (used(pin_tries=0), (Ada.EARLIER_PIN_DECLINE,), False, True, False),
        (used(pin_tries=0), (Ada.EARLIER_PIN_ONLINE,), True, False, False),
        (used(pin_tries=0), (Ada.EARLIER_PIN_BLOCK,), False, True, True),
        (used(pin_tries=0), (Ada.EARLIER_PIN_ONLINE, Ada.EARLIER_PIN_BLOCK), True, True, True),
    ],
)
def test_ada_turns_a_finding_into_a_request(counters, bits, online, decline, block):
    outcome = first_checks(facts(counters, ada(*bits)))
    assert (outcome.online, outcome.decline, outcome.block) == (online, decline, block)
    everything_else = 0xFFFC & ~ada(*bits).ada
    if len(bits) == 1 and counters.pin_tries:
        silent = first_checks(facts(counters, Limits(ada=everything_else)))
        assert (silent.online, silent.decline) == (False, False)


def test_exhausted_pin_readings():
    """The text lets each bit act, figure 11 only the first; ADA2.b3 may be ignored (PBOC-5 §14.4.3.12)."""
    both = ada(Ada.EARLIER_PIN_ONLINE, Ada.EARLIER_PIN_BLOCK)
    chained = first_checks(facts(used(pin_tries=0), both, options=BankOptions(exhausted_pin_first_rule_only=True)))
    assert (chained.online, chained.decline, chained.block) == (True, False, False)
    ignored = first_checks(facts(used(pin_tries=0), both, options=BankOptions(block_on_earlier_exhausted_pin=False)))
    assert (ignored.online, ignored.block) == (True, False)


def test_block_at_check_12_shows_in_the_cvr():
    f = facts(used(pin_tries=0), ada(Ada.EARLIER_PIN_BLOCK))
    assert str(first_checks(f).cvr) == "03004200"
    assert str(first_checks(f._replace(options=BankOptions(cvr_shows_block_at_check_12=False))).cvr) == "03004000"


@pytest.mark.parametrize(
    "skipped",
    [
        pytest.param(facts(used(ia_failure=True), aip=0x7800), id="2 no issuer authentication"),
        pytest.param(facts(used(sda_failure=True), aip=0x2400), id="3 no SDA"),
        pytest.param(facts(used(dda_failure=True), aip=0x4400), id="4 no DDA"),
        pytest.param(facts(used(last_online_atc=None), Limits(lower=0, ada=0)), id="6, 11 no 9F13"),
        pytest.param(facts(used(last_online_atc=1)), id="6 no 9F58"),
        pytest.param(
            facts(limits=Limits(foreign_currency=0, foreign_country=0), terminal=ABROAD), id="7, 8 no own code"
        ),
        pytest.param(facts(limits=Limits(currency=RMB, country=RMB), terminal=ABROAD), id="7, 8 no limit"),
        pytest.param(
            facts(
                limits=Limits(currency=RMB, country=RMB, foreign_currency=0, foreign_country=0),
                terminal=Terminal.from_values({0x5F2A: bytes(2), 0x9F1A: bytes(2)}),
            ),
            id="7, 8 zero-filled",
        ),
        pytest.param(facts(limits=Limits(currency=RMB, cumulative=0), terminal=ABROAD), id="9 foreign currency"),
        pytest.param(facts(limits=Limits(cumulative=0)), id="9 no 9F51"),
        pytest.param(facts(limits=TWO._replace(cumulative_two=0, second_currency=None)), id="10 no second currency"),
        pytest.param(facts(limits=TWO._replace(cumulative_two=0, conversion=None)), id="10 no factor"),
        pytest.param(facts(limits=TWO._replace(cumulative_two=0), terminal=ABROAD), id="10 third currency"),
        pytest.param(facts(used(last_online_atc=0)), id="11 no 9F52"),
        pytest.param(facts(used(pin_tries=0)), id="12 no 9F52"),
        pytest.param(facts(used(pin_tries=0), Limits(ada=0), offline_pin=False), id="12 no offline PIN"),
        pytest.param(facts(used(pin_tries=0), Limits(ada=0), tx=Transaction(verify_seen=True)), id="12 VERIFY seen"),
    ],
)
def test_a_check_without_its_data_is_skipped(skipped):
    assert first_checks(skipped).fired == ()


def test_no_limit_of_zero_survives():
    """9F58 = 00: every transaction asks for online, since ATC ≥ last online + 1."""
    assert first_checks(facts(limits=Limits(lower=0))).online


def test_own_currency_counts_unconverted_in_the_two_currency_total():
    limits = TWO._replace(cumulative_two=10000)
    assert first_checks(facts(used(cumulative_two=9001), limits)).online
    assert not first_checks(facts(used(cumulative_two=9000), limits)).online


def test_overflowing_sum_is_over_the_limit():
    limits = Limits(currency=RMB, cumulative=999_999_999_999)
    assert first_checks(facts(used(cumulative=999_999_999_999), limits)).online


def test_zero_amount_is_compared_unless_read_literally():
    limits = Limits(currency=RMB, cumulative=5)
    f = facts(used(cumulative=6), limits, HOME._replace(amount=0))
    assert first_checks(f).online
    assert not first_checks(f._replace(options=BankOptions(skip_zero_amount=True))).online


def test_currency_without_own_code_as_foreign():
    f = facts(limits=Limits(foreign_currency=0), options=BankOptions(count_foreign_without_own_currency=True))
    assert first_checks(f).online


def test_operands_are_told():
    outcome = first_checks(facts(Counters(atc=5, last_online_atc=0), Limits(lower=3)))
    assert outcome.fired[0].words == "ATC 0005 − last online 0000 = 5 > 9F58 03"
    assert fired_words(outcome.fired[0]).endswith("go online (PBOC-5 §14.4.3.6)")


def test_all_checks_run_and_add_up():
    counters = used(online_authorisation=True, last_online_atc=0, script_counter=15, application_blocked=True)
    outcome = first_checks(facts(counters, Limits(lower=0, ada=0)))
    assert [each.check.number for each in outcome.fired] == ["1", "5a", "6", "11", "13"]
    assert str(outcome.cvr) == "0300B0F0"
    assert outcome.online
    assert outcome.decline


UNABLE = {
    "U1": (facts(used(last_online_atc=1), Limits(upper=3)), facts(used(last_online_atc=2), Limits(upper=3)), "2000"),
    "U2": (
        facts(used(last_online_atc=0), ada(Ada.NEW_CARD_UNABLE_DECLINE)),
        facts(used(last_online_atc=1), ada(Ada.NEW_CARD_UNABLE_DECLINE)),
        "1000",
    ),
    "U3": (
        facts(used(pin_tries=0), ada(Ada.EARLIER_PIN_UNABLE_DECLINE)),
        facts(used(pin_tries=0), ada(Ada.EARLIER_PIN_DECLINE)),
        "4000",
    ),
    "U4": (
        facts(used(cumulative=9001), Limits(currency=RMB, cumulative_upper=10000)),
        facts(used(cumulative=9000), Limits(currency=RMB, cumulative_upper=10000)),
        "2000",
    ),
    "U5": (
        facts(used(cumulative_two=8251), TWO._replace(cumulative_upper=10000), HOME._replace(currency=HKD)),
        facts(used(cumulative_two=8250), TWO._replace(cumulative_upper=10000), HOME._replace(currency=HKD)),
        "2000",
    ),
}


@pytest.mark.parametrize("number", [check.number for check in UNABLE_CHECKS])
def test_unable_check_on_both_sides(number):
    fires, stays, cvr = UNABLE[number]
    outcome = unable_checks(fires)
    assert [each.check.number for each in outcome.fired] == [number]
    assert outcome.decline
    assert str(outcome.cvr) == f"0301{cvr[0:2]}{cvr[2:]}"
    assert unable_checks(stays).fired == ()
    assert str(unable_checks(stays).cvr) == "03010000"


def test_new_card_unable_without_ada_bit_only_shows():
    outcome = unable_checks(facts(used(last_online_atc=0)))
    assert outcome.cvr.bits & Bit.NEW_CARD
    assert not outcome.decline


def test_unable_readings():
    any_currency = facts(
        used(cumulative=1),
        Limits(currency=RMB, cumulative_upper=0),
        ABROAD,
        options=BankOptions(unable_cumulative_any_currency=True),
    )
    assert unable_checks(any_currency).decline
    assert not unable_checks(any_currency._replace(options=BankOptions())).decline
    pin_bit = facts(used(pin_tries=0), options=BankOptions(unable_pin_bit_needs_ada=False))
    assert unable_checks(pin_bit).cvr.bits & Bit.PIN_TRIES_EXCEEDED
    assert not unable_checks(pin_bit).decline


def test_rows_are_complete_and_unique():
    rows = FIRST_CHECKS + UNABLE_CHECKS
    assert len({row.number for row in rows}) == len(rows) == 19
    assert all(row.clause.startswith("PBOC-5 §") for row in rows)
    assert {ask.wish for row in rows for ask in row.asks} == set(Wish)


def test_limits_from_elements():
    raw = {
        0x9F51: RMB,
        0x9F57: RMB,
        0x9F58: b"\x03",
        0x9F54: bytes.fromhex("000000500000"),
        0x9F52: bytes.fromhex("A200"),
        0x9F56: b"\x80",
        0x9F76: bytes(2),
    }
    limits = Limits.from_elements(raw, 5)
    assert (limits.lower, limits.cumulative, limits.ada, limits.pin_try_limit) == (3, 500000, 0xA200, 5)
    assert limits.second_currency is None
    assert limits.upper is None
    assert limits.wants(Ada.LAST_IA_FAILED_ONLINE)
    assert not limits.wants(Ada.IA_FAILED_DECLINE)


def test_terminal_values():
    terminal = Terminal.from_values({0x9F02: bytes.fromhex("000000012345"), 0x95: bytes.fromhex("4800000000")})
    assert terminal.amount == 12345
    assert terminal.sda_failed
    assert terminal.dda_failed
    assert not Terminal(tvr=bytes.fromhex("8000000000")).dda_failed
    assert Terminal(tvr=bytes.fromhex("0400000000")).dda_failed
    assert Terminal(response_code=b"Y3").unable_to_go_online
    assert not Terminal(response_code=b"00").unable_to_go_online
