"""Terminal risk management: floor limit, random selection, velocity, new card, exception file, the merchant's key.

PBOC-6 §7.8 with its table 23. Read out of the TVR that goes to the card.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dualcos.messages.terminal_parameters import AidParameters
from dualcos.messages.terminal_results import Tsi, Tvr
from dualcos.terminal.financial.kernel.kernel_settings import RiskSettings
from dualcos.terminal.financial.kernel.terminal_risk import target_percentage
from tests.dualcos.terminal.financial.payment_bench import BANK, DEBIT, PaymentBench, approving
from tests.dualcos.terminal.financial.table_card import PAN, PaymentTable

TABLE_23 = AidParameters(DEBIT, floor_limit=100, threshold=40, target_percent=20, most_target_percent=50)
BYTE_4 = frozenset(bit for bit in Tvr if bit.value.byte == 4)
VELOCITY = BYTE_4 & {Tvr.LOWER_LIMIT, Tvr.UPPER_LIMIT} | {Tvr.NEW_CARD, Tvr.DATA_MISSING}


def drawing(number: int) -> int:
    """What the source of random numbers gives, for ``number`` to be drawn out of 1 to 99."""
    return number - 1


def risk_bench(amount: int, parameters: AidParameters = TABLE_23, drawn: int = 25, **table: str | None) -> PaymentBench:
    bench = PaymentBench(card=PaymentTable(elements=table).card())
    bench.parameters = parameters
    bench.asked = replace(bench.asked, amount=amount)
    bench.random = lambda count: drawing(drawn).to_bytes(count, "big")
    return bench


def found(bench: PaymentBench) -> set[Tvr]:
    bench.begin()
    return set(bench.first_tvr & BYTE_4)


# --- floor limit and random selection -----------------------------------------------------------------------------


@pytest.mark.parametrize(("amount", "bits"), [(20, set()), (60, {Tvr.RANDOMLY_SELECTED}), (150, {Tvr.FLOOR_LIMIT})])
def test_the_standards_own_numbers(amount: int, bits: set[Tvr]) -> None:
    """Table 23, cases 1 to 3: number 25."""
    assert found(risk_bench(amount)) == bits


@pytest.mark.parametrize(("amount", "target"), [(20, 20), (39, 20), (40, 20), (60, 30), (80, 40), (99, 49)])
def test_the_number_drawn_may_be_the_target_itself(amount: int, target: int) -> None:
    assert target_percentage(TABLE_23, amount) == target
    assert found(risk_bench(amount, drawn=target)) == {Tvr.RANDOMLY_SELECTED}
    assert found(risk_bench(amount, drawn=target + 1)) == set()


@given(
    limits=st.lists(st.integers(0, 10_000), min_size=3, max_size=3, unique=True).map(sorted),
    percents=st.tuples(st.integers(0, 99), st.integers(0, 99)),
    number=st.integers(1, 99),
)
def test_interpolation_is_exact(limits: list[int], percents: tuple[int, int], number: int) -> None:
    """A number is drawn iff it is at most the target that the standard's formula gives, without rounding."""
    threshold, amount, floor = limits
    parameters = replace(
        TABLE_23, threshold=threshold, floor_limit=floor, target_percent=percents[0], most_target_percent=percents[1]
    )
    factor = Fraction(amount - threshold, floor - threshold)
    target = (percents[1] - percents[0]) * factor + percents[0]
    assert (number <= target_percentage(parameters, amount)) == (number <= target)


@pytest.mark.parametrize(("drawn", "bits"), [(1, {Tvr.RANDOMLY_SELECTED}), (99, {Tvr.RANDOMLY_SELECTED})])
def test_at_99_percent_every_number_is_drawn(drawn: int, bits: set[Tvr]) -> None:
    always = replace(TABLE_23, target_percent=99, most_target_percent=99)
    assert found(risk_bench(20, always, drawn)) == bits


def test_numbers_are_drawn_from_1_to_99_and_each_can_be() -> None:
    """At a target of n exactly the numbers up to n are drawn."""
    for target in (0, 1, 50, 99):
        parameters = replace(TABLE_23, target_percent=target)
        drawn = [Tvr.RANDOMLY_SELECTED in found(risk_bench(20, parameters, number)) for number in range(1, 100)]
        assert drawn == [number <= target for number in range(1, 100)]


@pytest.mark.parametrize("kind", ["21", "23", "14", "16"])
def test_nothing_is_drawn_where_there_is_no_choice(kind: str) -> None:
    bench = risk_bench(60, drawn=1)
    bench.data = replace(bench.data, kind=kind)
    assert Tvr.RANDOMLY_SELECTED not in found(bench)


def test_a_terminal_that_draws_nothing() -> None:
    bench = risk_bench(60, drawn=1)
    bench.risk = RiskSettings(random_selection=False)
    assert found(bench) == set()


@pytest.mark.parametrize(
    ("amount", "floor", "over"), [(99, 100, False), (100, 100, True), (101, 100, True), (0, 0, True), (0, 1, False)]
)
def test_the_floor_limit_is_reached_by_itself(amount: int, floor: int, over: bool) -> None:
    parameters = AidParameters(DEBIT, floor_limit=floor, target_percent=0, most_target_percent=0)
    assert found(risk_bench(amount, parameters)) == ({Tvr.FLOOR_LIMIT} if over else set())


@pytest.mark.parametrize(("before", "over"), [(0, False), (39, False), (40, True), (1000, True)])
def test_what_the_card_has_spent_before_counts(before: int, over: bool) -> None:
    asked: list[tuple[str, str]] = []

    def spent(pan: str, sequence: str) -> int:
        asked.append((pan, sequence))
        return before

    bench = risk_bench(60, replace(TABLE_23, target_percent=0, most_target_percent=0), **{"5F34": "02"})
    bench.risk = RiskSettings(spent_before=spent)
    assert found(bench) == ({Tvr.FLOOR_LIMIT} if over else set())
    assert asked == [(PAN.rstrip("F"), "02")]


# --- velocity, new card -------------------------------------------------------------------------------------------


def counters(atc: str, last: str, **elements: str | None) -> set[Tvr]:
    limits: dict[str, str | None] = {"9F14": "03", "9F23": "07"}
    table = PaymentTable(elements={**limits, **elements}, more={"80CA9F36": atc, "80CA9F13": last})
    bench = PaymentBench(card=table.card())
    bench.begin()
    assert Tsi.TERMINAL_RISK_MANAGEMENT in bench.tsi
    return set(bench.first_tvr & VELOCITY)


def counter(tag: str, value: int) -> str:
    return f"{tag}02{value:04X}9000"


@pytest.mark.parametrize("last", [0, 1, 0x00FF])
@pytest.mark.parametrize("gap", [1, 3, 4, 7, 8, 300])
def test_velocity_and_new_card(last: int, gap: int) -> None:
    expected = {Tvr.LOWER_LIMIT} if gap > 3 else set()
    expected |= {Tvr.UPPER_LIMIT} if gap > 7 else set()
    expected |= {Tvr.NEW_CARD} if last == 0 else set()
    assert counters(counter("9F36", last + gap), counter("9F13", last)) == expected


@pytest.mark.parametrize("bad", ["6A88", "9F36009000", "9F3601079000", "9F3603000007 9000", "9000"])
@pytest.mark.parametrize("last", [0, 5])
def test_a_counter_that_cannot_be_read_exceeds_both_limits(bad: str, last: int) -> None:
    """PBOC-6 §7.8.8 and figure 19; new is only a card that says so (§7.8.9)."""
    both = {Tvr.LOWER_LIMIT, Tvr.UPPER_LIMIT, Tvr.DATA_MISSING}
    assert counters(bad, counter("9F13", last)) == both | ({Tvr.NEW_CARD} if last == 0 else set())
    assert counters(counter("9F36", 7), bad.replace("9F36", "9F13")) == both


@pytest.mark.parametrize(("atc", "last"), [(5, 5), (4, 5), (0, 0xFFFF)])
def test_counters_that_stand_or_go_backwards_exceed_both_limits(atc: int, last: int) -> None:
    """EMV book 3 §10.6.3."""
    assert counters(counter("9F36", atc), counter("9F13", last)) == {Tvr.LOWER_LIMIT, Tvr.UPPER_LIMIT}


@pytest.mark.parametrize("missing", ["9F14", "9F23"])
def test_a_card_without_both_limits_is_not_asked(missing: str) -> None:
    assert counters(counter("9F36", 100), counter("9F13", 0), **{missing: None}) == set()


# --- what is always done ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("aip", ["1C00", "1400"])
def test_exception_file_and_merchants_key_do_not_wait_for_the_card(aip: str) -> None:
    bench = PaymentBench(card=PaymentTable(aip=aip, elements={"5F34": "01"}).card())
    listed: list[tuple[str, str]] = []
    bench.risk = RiskSettings(is_excepted=lambda pan, sequence: not listed.append((pan, sequence)))
    bench.asked = replace(bench.asked, forced_online=True)
    bench.begin()
    managed = aip == "1C00"
    assert {Tvr.EXCEPTION_FILE, Tvr.FORCED_ONLINE} <= bench.first_tvr
    assert listed == [(PAN.rstrip("F"), "01")]
    assert (Tvr.FLOOR_LIMIT in bench.first_tvr) == managed
    assert (Tsi.TERMINAL_RISK_MANAGEMENT in bench.tsi) == managed
    assert (len(bench.sent(0xCA)) > 0) is False


@pytest.mark.parametrize("kind", ["23", "26", "13", "36"])
def test_a_terminal_that_is_never_on_line_cannot_be_forced(kind: str) -> None:
    bench = risk_bench(20)
    bench.data = replace(bench.data, kind=kind)
    bench.asked = replace(bench.asked, forced_online=True)
    assert Tvr.FORCED_ONLINE not in found(bench)


@pytest.mark.parametrize("profile", BANK)
def test_a_card_is_new_until_its_issuer_was_asked(profile: str) -> None:
    """On every card (T-FIN-TRM); what it did not ask is counted, up to its limits."""
    bench = PaymentBench(profile)
    for number in range(1, 10):
        bench.again()
        bench.begin()
        lower, upper = (bench.record.card[tag][0] for tag in (0x9F14, 0x9F23))
        assert Tvr.NEW_CARD in bench.first_tvr
        assert (Tvr.LOWER_LIMIT in bench.first_tvr) == (number > lower)
        assert (Tvr.UPPER_LIMIT in bench.first_tvr) == (number > upper)
    bench.again()
    bench.pay(approving)
    bench.again()
    bench.begin()
    assert Tvr.NEW_CARD not in bench.first_tvr
    assert (Tvr.UPPER_LIMIT in bench.first_tvr) == (upper < 1)
