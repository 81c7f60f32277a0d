"""Whatever a card does, a payment comes to a verdict or ends with a cause; it is approved by a TC and nothing else.

Cards are pulled at every command, stand behind every fault that comes with the laboratory, and answer anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache, partial
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from dualcos.lab.faults.fault_kinds import ON_RESET, Fault
from dualcos.lab.faults.fault_script import Rule, load, shipped
from dualcos.terminal.financial.kernel.debit_kernel import APPROVED_CODES, Verdict
from dualcos.terminal.financial.kernel.issuer_answer import AFTER, BEFORE, IssuerAnswer
from tests.dualcos.terminal.financial.payment_bench import BANK, Payment, PaymentBench, approving, declining
from tests.dualcos.terminal.financial.table_card import Answer, PaymentTable, cryptogram

TC = 1
Issuer = Callable[[PaymentBench], IssuerAnswer | None]


def scripting(bench: PaymentBench) -> IssuerAnswer:
    """The issuer approves and sends scripts of both kinds."""
    return bench.issuer("00", (BEFORE, bench.script("84240000")), (AFTER, bench.script("84240000")))


def unreached(_bench: PaymentBench) -> None:
    """No answer."""


ISSUERS: dict[str, Issuer] = {
    "approves": approving,
    "approves with scripts": scripting,
    "declines": declining,
    "is not reached": unreached,
}
APPROVES = ("approves", "approves with scripts")


def demand_honest(bench: PaymentBench, paid: Payment, issuer: str) -> None:
    """Approved only by a TC; what the issuer has booked and the card not taken is reversed."""
    assert not bench.bugs
    assert not bench.slot.powered or bench.card.gone
    if paid.verdict is Verdict.APPROVED:
        said = bench.last_cryptogram
        assert said is not None
        assert said >> 6 == TC
    answered = len(paid.said) == 2
    assert not (answered and paid.ended), "behind the issuer's answer there is a verdict"
    if answered:
        booked = issuer in APPROVES
        assert paid.last.verdict is not Verdict.ONLINE
        assert paid.last.reverse == (booked and paid.last.verdict is Verdict.DECLINED)


def paid_under(profile: str, issuer: str, *faults: Rule, pull_at: tuple[int, bool] | None = None) -> PaymentBench:
    bench = PaymentBench(profile, faults=faults)
    bench.card.pull_at = pull_at
    demand_honest(bench, bench.pay(ISSUERS[issuer]), issuer)
    return bench


@cache
def commands_in(profile: str, issuer: str) -> int:
    """How many commands the payment sends."""
    return len(paid_under(profile, issuer).card.passed)


# --- pulled -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("issuer", ISSUERS)
@pytest.mark.parametrize("profile", ["bank-sda", "bank-cda", "dual-3.0-sm4"])
def test_a_card_pulled_at_any_command(profile: str, issuer: str) -> None:
    """Before it has carried the command out and behind; put back it pays."""
    for at, carried_out in product(range(commands_in(profile, issuer)), (False, True)):
        bench = paid_under(profile, issuer, pull_at=(at, carried_out))
        bench.card.put_back()
        bench.again()
        assert bench.pay(approving).verdict is Verdict.APPROVED, (at, carried_out)


# --- fault scripts ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("script", shipped())
@pytest.mark.parametrize("profile", BANK)
def test_every_fault_script_that_comes_along(profile: str, script: str) -> None:
    for issuer in ISSUERS:
        paid_under(profile, issuer, *load(script).rules)


def faults() -> Iterator[Fault]:
    """Every fault of those scripts, each once."""
    seen = set()
    for script in shipped():
        for rule in load(script).rules:
            if (key := repr(rule.fault)) not in seen:
                seen.add(key)
                yield rule.fault


ANY = Rule(name="any", purpose="p", clause="c", fault=next(faults()))


@pytest.mark.parametrize("fault", [*faults()], ids=repr)
def test_every_fault_at_every_command(fault: Fault) -> None:
    for at in range(1, commands_in("bank-cda", "approves with scripts") + 1):
        paid_under("bank-cda", "approves with scripts", structs.replace(ANY, fault=fault, nth=at))
    if isinstance(fault, ON_RESET) and getattr(fault, "bytes", None) is None:
        paid_under("bank-cda", "approves", structs.replace(ANY, fault=fault, event="reset"))


# --- anything -----------------------------------------------------------------------------------------------------

answers = st.one_of(
    st.sampled_from(["9000", "6F00", "61FF", "6100", "6C00", "63C0", "63C2", "6983", "6283", "6A83", "6985", ""]).map(
        bytes.fromhex
    ),
    st.binary(max_size=300),
    st.binary(max_size=40).map(lambda data: data + b"\x90\x00"),
)


@settings(max_examples=150, deadline=None)
@given(at=st.integers(0, 45), answer=answers, issuer=st.sampled_from(sorted(ISSUERS)))
def test_any_answer_at_any_command(at: int, answer: bytes, issuer: str) -> None:
    bench = PaymentBench("bank-only")
    count = iter(range(1000))
    bench.card.bend = lambda _command, told: answer if next(count) == at else told
    demand_honest(bench, bench.pay(ISSUERS[issuer]), issuer)


@settings(max_examples=150, deadline=None)
@given(
    at=st.integers(0, 45), where=st.floats(0, 1), change=st.integers(1, 255), issuer=st.sampled_from(sorted(ISSUERS))
)
def test_any_byte_of_any_answer(at: int, where: float, change: int, issuer: str) -> None:
    bench = PaymentBench("bank-cda")
    count = iter(range(1000))

    def bend(_command: bytes, told: bytes) -> bytes:
        if next(count) != at:
            return told
        place = min(int(where * len(told)), len(told) - 1)
        return told[:place] + bytes((told[place] ^ change,)) + told[place + 1 :]

    bench.card.bend = bend
    demand_honest(bench, bench.pay(ISSUERS[issuer]), issuer)


@settings(max_examples=100, deadline=None)
@given(lists=st.fixed_dictionaries({tag: st.binary(max_size=60) for tag in ("8C", "8D", "8E", "97")}))
def test_any_lists(lists: dict[str, bytes]) -> None:
    bench = PaymentBench(card=PaymentTable(elements={tag: value.hex() for tag, value in lists.items()}).card())
    demand_honest(bench, bench.pay(IssuerAnswer(b"00")), "approves")


# --- every answer of a card to every wish -----------------------------------------------------------------------------

KINDS = ("00", "40", "80", "C0", "7F")
CODES = (b"00", b"01", b"05", None)


@pytest.mark.parametrize("reach", ["21", "22", "23"])
def test_approved_only_by_a_tc_that_was_asked_for(reach: str) -> None:
    for denial, online, default in product(("0000000000", "FFFFFFFFFF"), repeat=3):
        elements = {"9F0E": denial, "9F0F": online, "9F0D": default}
        for first, second, code in product(KINDS, KINDS, CODES):
            demand_asked(reach, elements, (cryptogram(first), cryptogram(second)), code)


def demand_asked(reach: str, elements: dict[str, str], answers: tuple[Answer, Answer], code: bytes | None) -> None:
    bench = PaymentBench(card=PaymentTable(elements=elements, first=answers[0], second=answers[1]).card())
    bench.data = replace(bench.data, kind=reach)
    paid = bench.pay(partial(answered, code))
    demand_honest(bench, paid, "approves" if code in APPROVED_CODES else "declines")
    if paid.verdict is Verdict.APPROVED:
        assert bench.sent(0xAE)[-1][2] & 0xC0 == 0x40
        assert code != b"05" or len(paid.said) == 1


def answered(code: bytes | None, _bench: PaymentBench) -> IssuerAnswer | None:
    return None if code is None else IssuerAnswer(code)
