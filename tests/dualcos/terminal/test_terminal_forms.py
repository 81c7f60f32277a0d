"""What each kind of terminal may do in each form, and what it must be made of, written out from the documents
(总体方案 一（二）; SSC-8 table 6; PBOC-6 table 1, A.1 to A.3; SSC-7 §5.10), and from nothing in the code.
"""

from __future__ import annotations

from itertools import product

import pytest

from dualcos.terminal.financial.kernel.kernel_settings import Additional, Capability, terminal_data
from dualcos.terminal.terminal_forms import (
    CELLS,
    FORM_OPTIONS,
    FormFactor,
    TerminalBusiness,
    TerminalKind,
    TerminalReach,
    cell_of,
)
from dualcos.terminal.terminal_hardware import PartNeed, TerminalPart, hardware_refusal, need_of

HOLDERS = "INQUIRY PIN_CHANGE ONLINE_UPDATE"
MEDICAL = "SETTLEMENT LOAD"
OPERATORS = "UPDATE PIN_SERVICE CARD_BLOCK APPLICATION_BLOCK"
SHOP, MERCHANTS = "BALANCE PURCHASE", "VOID REFUND"
MACHINE = "BALANCE WITHDRAWAL DEPOSIT TRANSFER BANK_PIN_CHANGE"
TOGETHER, CASHIERS = "COMBINED PREMIUM CANCELLING", "PAID_OTHERWISE"
COUNTER = f"{HOLDERS} {MEDICAL} {OPERATORS}"
ALLOWED = {
    "social": {"pos": COUNTER, "pc": COUNTER, "kiosk": f"{HOLDERS} {MEDICAL}", "atm": "INQUIRY"},
    "financial": {"pos": f"{SHOP} {MERCHANTS}", "pc": f"{SHOP} {MERCHANTS}", "kiosk": SHOP, "atm": MACHINE},
    "full": {
        "pos": f"{COUNTER} {SHOP} {MERCHANTS} {TOGETHER} {CASHIERS}",
        "pc": f"{COUNTER} {SHOP} {MERCHANTS} {TOGETHER} {CASHIERS}",
        "kiosk": f"{HOLDERS} {MEDICAL} {SHOP} {TOGETHER}",
        "atm": f"INQUIRY {MACHINE}",
    },
}
EVERY_CELL = pytest.mark.parametrize(("kind", "form"), [*product(ALLOWED, ("pos", "pc", "kiosk", "atm"))])


def cell(kind: str, form: str):
    return cell_of(TerminalKind[kind.upper()], FormFactor.of_option(form))


@EVERY_CELL
def test_each_cell_does_this_and_says_why_nothing_else(kind, form):
    here = cell(kind, form)
    done = {each.name for each in TerminalBusiness if here.may(each)}
    assert done == set(ALLOWED[kind][form].split())
    for each in TerminalBusiness:
        refusal = here.refusal(each)
        assert (refusal is None) == (each.name in done)
        if refusal is not None:
            assert each.row.zh in refusal.zh
            assert each.row.en in refusal.en
            assert refusal.clause


def test_there_are_twelve_cells_and_the_kinds_have_their_names():
    assert len(CELLS) == 12
    assert FORM_OPTIONS == ("pos", "pc", "kiosk", "atm")
    names = {each.name: each.value.zh for each in TerminalKind}
    assert names == {"SOCIAL": "社保业务功能终端", "FINANCIAL": "金融业务功能终端", "FULL": "全业务功能终端"}


@pytest.mark.parametrize(
    ("kind", "form", "business", "clause", "en"),
    [
        ("social", "pc", "PURCHASE", "总体方案 一（二）", "no purchase at a social terminal"),
        ("financial", "atm", "CARD_BLOCK", "总体方案 一（二）", "no card block at a financial terminal"),
        ("social", "kiosk", "UPDATE", "SSC-7 §5.10", "at a kiosk, where there is no operator"),
        ("financial", "kiosk", "VOID", "inferred", "no void at a kiosk, where there is no operator"),
        ("social", "atm", "SETTLEMENT", "inferred", "no medical settlement at an ATM"),
        ("financial", "pos", "WITHDRAWAL", "PBOC-6 A.3", "no withdrawal at a POS"),
        ("full", "atm", "PAID_OTHERWISE", "inferred", "no payment of the rest otherwise at an ATM, where there is"),
    ],
)
def test_a_refusal_says_by_which_clause(kind, form, business, clause, en):
    refusal = cell(kind, form).refusal(TerminalBusiness[business])
    assert (refusal.clause, en in refusal.en) == (clause, True)


def test_a_region_may_set_its_machines_wider():
    narrow = cell("social", "atm")
    wide = narrow.widened(TerminalBusiness.PIN_CHANGE)
    assert wide.businesses - narrow.businesses == {TerminalBusiness.PIN_CHANGE}
    assert wide.refusal(TerminalBusiness.PIN_CHANGE) is None
    assert narrow.refusal(TerminalBusiness.PIN_CHANGE) is not None


@EVERY_CELL
def test_somebody_serves_and_a_slip_is_signed_where_there_is_an_attendant(kind, form):
    here, attended = cell(kind, form), form in ("pos", "pc")
    assert here.is_attended is attended
    assert here.takes_signatures is (attended and kind != "social")


@pytest.mark.parametrize(
    ("form", "types", "capabilities"),
    [("pos", ("22",), "E0E1C8"), ("pc", ("22", "21"), "E0E1C8"), ("kiosk", ("25", "24"), ""), ("atm", ("14",), "")],
)
def test_what_a_form_says_of_itself_to_cards(form, types, capabilities):
    """9F35; 9F33 and 9F40: no signature where nobody serves, an ATM on-line PINs alone and the cash bit."""
    factor = FormFactor.of_option(form)
    assert factor.row.types == types
    data = terminal_data(factor)
    assert data.kind == types[0]
    if capabilities:
        assert (f"{data.capabilities:06X}", f"{data.additional:010X}") == (capabilities, "6000F0A001")
    assert bool(data.capabilities & Capability.SIGNATURE) is bool(capabilities)
    assert bool(data.additional & Additional.CASH) is (form == "atm")
    if form == "atm":
        verified = Capability.OFFLINE_PIN | Capability.ONLINE_PIN | Capability.SIGNATURE | Capability.NO_CVM
        assert data.capabilities & (verified | Capability.IDENTITY_DOCUMENT) == Capability.ONLINE_PIN


# --- parts ------------------------------------------------------------------------------------------------------------

NOT, MAY, SHOULD, MUST = PartNeed
SOCIAL_PARTS = {
    **dict.fromkeys(("DISPLAY", "CARD_READER", "KEYBOARD", "PIN_PAD", "SAM_SLOT", "STORAGE", "CLOCK"), MUST),
    **dict.fromkeys(("PRINTER", "NETWORK"), MAY),
    "STRIPE_READER": NOT,
}
ON, BOTH, OFF = TerminalReach
ATTENDED = {
    ON: "KEYBOARD PIN_PAD DISPLAY PRINTER STRIPE_READER CARD_READER NETWORK STORAGE",
    BOTH: "KEYBOARD PIN_PAD DISPLAY PRINTER STRIPE_READER CARD_READER NETWORK STORAGE CLOCK",
    OFF: "KEYBOARD PIN_PAD DISPLAY PRINTER STRIPE_READER CARD_READER STORAGE CLOCK",
}
UNATTENDED = {
    ON: "PIN_PAD STRIPE_READER CARD_READER NETWORK STORAGE",
    BOTH: "STRIPE_READER CARD_READER NETWORK STORAGE CLOCK",
    OFF: "STRIPE_READER CARD_READER STORAGE CLOCK",
}
AN_ATM = dict.fromkeys(TerminalReach, "KEYBOARD PIN_PAD DISPLAY STRIPE_READER CARD_READER NETWORK STORAGE")
BANK_MUSTS = {"pos": ATTENDED, "pc": ATTENDED, "kiosk": UNATTENDED, "atm": AN_ATM}


def musts(kind: str, form: str, reach: TerminalReach) -> set[str]:
    return {each.name for each in TerminalPart if need_of(each, cell(kind, form), reach) is MUST}


@pytest.mark.parametrize("form", BANK_MUSTS)
def test_a_social_terminal_has_the_same_parts_in_every_form(form):
    assert {each.name: need_of(each, cell("social", form)) for each in TerminalPart} == SOCIAL_PARTS


@pytest.mark.parametrize(("form", "reach"), [*product(BANK_MUSTS, TerminalReach)])
def test_a_financial_terminal_has_those_of_its_column(form, reach):
    assert musts("financial", form, reach) == set(BANK_MUSTS[form][reach].split())
    assert need_of(TerminalPart.SAM_SLOT, cell("financial", form), reach) is NOT


@pytest.mark.parametrize(("form", "reach"), [*product(BANK_MUSTS, TerminalReach)])
def test_a_full_function_terminal_has_those_of_both_and_a_printer(form, reach):
    social = {name for name, need in SOCIAL_PARTS.items() if need is MUST}
    both = social | set(BANK_MUSTS[form][reach].split()) | {"PRINTER", "STRIPE_READER"}
    assert musts("full", form, reach) == both


@pytest.mark.parametrize(("reach", "need"), [(ON, MUST), (BOTH, MAY), (OFF, MAY)])
def test_only_a_kiosk_that_is_always_on_line_needs_a_pin_pad(reach, need):
    assert need_of(TerminalPart.PIN_PAD, cell("financial", "kiosk"), reach) is need
    for part in (TerminalPart.KEYBOARD, TerminalPart.DISPLAY, TerminalPart.PRINTER):
        assert need_of(part, cell("financial", "kiosk"), reach) is SHOULD


def test_what_is_missing_is_named():
    both = (TerminalPart.PRINTER, TerminalPart.PIN_PAD)
    refusal = hardware_refusal(cell("financial", "pos"), both)
    assert refusal is not None
    assert refusal.zh == "金融业务功能终端（POS终端）须有密码键盘、打印机"
    assert refusal.en == "a financial terminal that is a POS must have a PIN pad, a printer"
    assert refusal.clause == "PBOC-6 table 1"
    assert hardware_refusal(cell("full", "pos"), both).clause == "总体方案 一（二）; PBOC-6 table 1; SSC-8 §6.2.6"
    assert hardware_refusal(cell("financial", "kiosk"), both) is None
    assert hardware_refusal(cell("financial", "atm"), (TerminalPart.PRINTER,)) is None
    assert hardware_refusal(cell("social", "pc"), (TerminalPart.PRINTER, TerminalPart.STRIPE_READER)) is None
    assert hardware_refusal(cell("full", "kiosk"), (TerminalPart.PRINTER,)) is not None
    assert hardware_refusal(cell("full", "pos"), ()) is None
