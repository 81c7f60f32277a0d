"""Processing restrictions: every bit of the usage control by terminal, service and country; versions; dates.

PBOC-6 §7.6, tables 17 and 18. Read out of the TVR that goes to the card.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from dualcos.messages.terminal_results import Tvr
from dualcos.terminal.financial.kernel.debit_kernel import Verdict
from dualcos.terminal.financial.kernel.kernel_settings import ATM, KIOSK, POS, Additional, TerminalData
from dualcos.terminal.financial.kernel.processing_restrictions import (
    CASH_ALONE,
    GOODS_AND_SERVICES,
    NEITHER_CASH_NOR_PURCHASE,
    Requested,
)
from tests.dualcos.terminal.financial.payment_bench import BANK, PaymentBench, approving
from tests.dualcos.terminal.financial.table_card import PaymentTable
from tests.dualcos.terminal.financial.till_bench import TillBench

AT_ATM, ELSEWHERE = 0x0200, 0x0100
SERVICES: dict[str, tuple[Requested, tuple[tuple[int, int], ...]]] = {
    # what is asked for; of each pair (at home, abroad) of masks one bit at least must be 1
    "cash": (CASH_ALONE, ((0x8000, 0x4000),)),
    "goods or services": (GOODS_AND_SERVICES, ((0x2800, 0x1400),)),
    "purchase with cashback": (Requested(cashback=True), ((0x2800, 0x1400), (0x0080, 0x0040))),
    "inquiry or transfer": (NEITHER_CASH_NOR_PURCHASE, ()),
}
ATM_THAT_PAYS_NOTHING = replace(ATM, additional=ATM.additional & ~Additional.CASH)
PLACES = {
    "POS": (POS, ELSEWHERE),
    "ATM": (ATM, AT_ATM),
    "kiosk": (KIOSK, ELSEWHERE),
    "a 14 without cash": (ATM_THAT_PAYS_NOTHING, ELSEWHERE),
}


def allowed(usage: int, needs: tuple[tuple[int, int], ...], place: int, *, at_home: bool | None) -> bool:
    """``at_home`` None: the card does not say whose it is."""
    if not usage & place:
        return False
    return at_home is None or all(usage & (home if at_home else abroad) for home, abroad in needs)


def usages() -> Iterator[int]:
    """Each bit alone, all but each, none, all; with either place allowed."""
    bits = [1 << place for place in range(6, 16)]
    yield from (0, 0xFFC0, *bits, *(0xFFC0 - bit for bit in bits), *(0x0300 | bit for bit in bits))


def refused(usage: int | None, requested: Requested, data: TerminalData, country: str | None) -> bool:
    elements = {"9F07": None if usage is None else f"{usage:04X}", "5F28": country}
    bench = PaymentBench(card=PaymentTable(elements=elements).card())
    bench.data = data
    bench.asked = replace(bench.asked, requested=requested)
    bench.begin()
    return Tvr.SERVICE_NOT_ALLOWED in bench.first_tvr


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("service", SERVICES)
def test_every_bit_of_the_usage_control(service: str, place: str) -> None:
    (requested, needs), (data, place_bit) = SERVICES[service], PLACES[place]
    for usage in usages():
        for country, at_home in (("0156", True), ("0840", False), (None, None)):
            expected = not allowed(usage, needs, place_bit, at_home=at_home)
            assert refused(usage, requested, data, country) == expected, (f"{usage:04X}", country)


def test_a_card_without_usage_control_restricts_nothing() -> None:
    for requested, _ in SERVICES.values():
        assert not refused(None, requested, POS, "0840")


@pytest.mark.parametrize("profile", BANK)
def test_a_domestic_card_abroad_is_declined_off_line(profile: str) -> None:
    """Its action codes deny what its usage control does not allow; so do the acquirer's (T-FIN-TAA)."""
    bench = PaymentBench(profile)
    bench.data = replace(bench.data, country=bytes.fromhex("0840"))
    paid = bench.pay(approving)
    assert [each.verdict for each in paid.said] == [Verdict.DECLINED]
    assert Tvr.SERVICE_NOT_ALLOWED in bench.first_tvr
    assert bench.sent(0xAE)[0][2] == 0x00


# --- versions and dates -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("own", "differs"), [("0020", False), ("0030", True), ("0021", True), ("2000", True), (None, False)]
)
def test_versions_differ_or_not(own: str | None, differs: bool) -> None:
    bench = PaymentBench(card=PaymentTable(elements={"9F08": own}).card())
    bench.begin()
    assert (Tvr.VERSIONS_DIFFER in bench.first_tvr) == differs


@pytest.mark.parametrize(
    ("today", "effective", "expiry", "found"),
    [
        ("20261129", "261129", "261129", set()),  # the days themselves count
        ("20261129", "261130", "351231", {Tvr.NOT_YET_EFFECTIVE}),
        ("20261129", "250101", "261128", {Tvr.EXPIRED}),
        ("20261129", "270101", "260101", {Tvr.NOT_YET_EFFECTIVE, Tvr.EXPIRED}),
        ("20261129", None, "261231", set()),
        ("20261129", "991231", "491231", set()),  # years from 50 on are of the last century
        ("20261129", "260101", "991231", {Tvr.EXPIRED}),
        ("19991231", "000101", "491231", {Tvr.NOT_YET_EFFECTIVE}),
        ("20000101", "991231", "000101", set()),
        ("20261231", "270101", "270131", {Tvr.NOT_YET_EFFECTIVE}),
    ],
)
def test_dates(today: str, effective: str | None, expiry: str, found: set[Tvr]) -> None:
    bench = PaymentBench(card=PaymentTable(elements={"5F25": effective, "5F24": expiry}).card())
    bench.asked = replace(bench.asked, moment=f"{today}120000")
    bench.begin()
    assert bench.first_tvr & {Tvr.NOT_YET_EFFECTIVE, Tvr.EXPIRED} == found


def test_a_card_for_nothing_but_the_machine_has_its_balance_told_there_and_pays_nowhere() -> None:
    """An inquiry is neither cash nor purchase (PBOC-6 table 17)."""
    at_machine = TillBench("bank-sda", "pse.elements.9F07=0200", data=ATM)
    assert at_machine.till.balance().is_approved
    assert not at_machine.till.withdraw(10_000).is_approved
    assert not TillBench("bank-sda", "pse.elements.9F07=0100").till.purchase(10_000).is_approved
