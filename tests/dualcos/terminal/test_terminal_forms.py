"""What each kind of terminal may do in each form, and what it must be made of, as the documents' own tables have it
(总体方案 一（二）; SSC-8 table 6; PBOC-6 table 1, A.1 to A.3; SSC-7 §5.10), and from nothing in the code.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path

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

KINDS, FORMS = ("social", "financial", "full"), ("pos", "pc", "kiosk", "atm")

# Whose it is: h the holder's own, m a merchant's or medical institution's with the holder alone, o an operator's
# (SSC-7 §5.10; a kiosk has none), c cash and accounts (PBOC-6 A.3), b both sides at once, i inquiry.
BUSINESSES = """
social     INQUIRY           i
social     PIN_CHANGE        h
social     ONLINE_UPDATE     h
social     SETTLEMENT        m
social     LOAD              m
social     UPDATE            o
social     PIN_SERVICE       o
social     CARD_BLOCK        o
social     APPLICATION_BLOCK o
financial  BALANCE           i
financial  PURCHASE          m
financial  VOID              o
financial  REFUND            o
financial  WITHDRAWAL        c
financial  DEPOSIT           c
financial  TRANSFER          c
financial  BANK_PIN_CHANGE   c
full       COMBINED          m
full       PREMIUM           m
full       CANCELLING        o
full       PAID_OTHERWISE    o
any        SERVICE           o
"""
# Form against kind: what of these a form does. The social ATM: inquiry only.
FORM_TABLE = """
form   social  financial  full
pos    ihmo    imo        ihmo
pc     ihmo    imo        ihmo
kiosk  ihm     im         ihm
atm    i       ic         ic
"""


def rows(table: str) -> list[list[str]]:
    return [line.split() for line in table.strip().splitlines()]


def allowed(kind: str, form: str) -> set[str]:
    """By the two tables: a full-function terminal has what both others have, and what is of both sides."""
    (_, *kinds), *forms = rows(FORM_TABLE)
    whose = {row[0]: dict(zip(kinds, row[1:], strict=True)) for row in forms}[form][kind]
    of_kind = {"any", kind} | (set(KINDS) if kind == "full" else set())
    return {name for of, name, by in rows(BUSINESSES) if of in of_kind and by in whose}


EVERY_CELL = pytest.mark.parametrize(("kind", "form"), [*product(KINDS, FORMS)])


def cell(kind: str, form: str):
    return cell_of(TerminalKind[kind.upper()], FormFactor.of_option(form))


@EVERY_CELL
def test_each_cell_does_this_and_says_why_nothing_else_and_where_else(kind, form):
    here = cell(kind, form)
    assert {each.name for each in TerminalBusiness} == {name for _, name, _ in rows(BUSINESSES)}
    done = {each.name for each in TerminalBusiness if here.may(each)}
    assert done == allowed(kind, form)
    for each in TerminalBusiness:
        refusal = here.refusal(each)
        assert (refusal is None) == (each.name in done)
        if refusal is not None:
            assert each.row.zh in refusal.zh
            assert each.row.en in refusal.en
            assert refusal.clause
            assert {one.row.option for one in refusal.forms} == {
                one for one in FORMS if each.name in allowed(kind, one)
            }


def test_one_of_several_is_enough_and_of_none_nothing_is_refused():
    here = cell("full", "kiosk")
    assert here.refusal() is None
    assert here.refusal(TerminalBusiness.VOID, TerminalBusiness.PURCHASE) is None
    refusal = here.refusal(TerminalBusiness.VOID, TerminalBusiness.WITHDRAWAL)
    assert refusal is not None
    assert "void" in refusal.en
    assert [form.row.option for form in refusal.forms] == ["pos", "pc", "atm"]


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
        ("social", "kiosk", "SERVICE", "inferred", "no running of the terminal at a kiosk, where there is no operator"),
        ("financial", "kiosk", "VOID", "inferred", "no void at a kiosk, where there is no operator"),
        ("full", "kiosk", "CANCELLING", "inferred", "no cancelling of a settlement at a kiosk, where there is no"),
        ("social", "atm", "SETTLEMENT", "inferred", "no medical settlement at an ATM"),
        ("financial", "pos", "WITHDRAWAL", "PBOC-6 A.3", "no withdrawal at a POS"),
        ("full", "atm", "PAID_OTHERWISE", "inferred", "no payment of the rest otherwise at an ATM, where there is"),
    ],
)
def test_a_refusal_says_by_which_clause(kind, form, business, clause, en):
    refusal = cell(kind, form).refusal(TerminalBusiness[business])
    assert (refusal.clause, en in refusal.en) == (clause, True)


@EVERY_CELL
def test_somebody_serves_and_a_slip_is_signed_where_there_is_an_attendant(kind, form):
    here, attended = cell(kind, form), form in ("pos", "pc")
    assert here.is_attended is attended
    assert here.takes_signatures is (attended and kind != "social")


# PBOC-6 table A.1: 9F35 by environment and who controls it.
TYPES = """
                   bank  merchant  holder
attended-online    11    21        -
attended-both      12    22        -
attended-offline   13    23        -
alone-online       14    24        34
alone-both         15    25        35
alone-offline      16    26        36
"""


@pytest.mark.parametrize(
    ("form", "usual", "capabilities"),
    [("pos", "22", "E0E1C8"), ("pc", "22", "E0E1C8"), ("kiosk", "25", ""), ("atm", "14", "")],
)
def test_what_a_form_says_of_itself_to_cards(form, usual, capabilities):
    """9F35: of bank or merchant, not a holder's device, an ATM's a bank's; 9F33 and 9F40: no signature where nobody
    serves, an ATM on-line PINs alone and the cash bit.
    """
    factor = FormFactor.of_option(form)
    environment = "attended" if form in ("pos", "pc") else "alone"
    of_form = [row for row in rows(TYPES)[1:] if row[0].startswith(environment)]
    controlled = {row[1] for row in of_form} | (set() if form == "atm" else {row[2] for row in of_form})
    assert set(factor.row.types) == controlled
    data = terminal_data(factor)
    assert (data.kind, factor.row.types[0]) == (usual, usual)
    if capabilities:
        assert (f"{data.capabilities:06X}", f"{data.additional:010X}") == (capabilities, "6000F0A001")
    assert bool(data.capabilities & Capability.SIGNATURE) is bool(capabilities)
    assert bool(data.additional & Additional.CASH) is (form == "atm")
    if form == "atm":
        verified = Capability.OFFLINE_PIN | Capability.ONLINE_PIN | Capability.SIGNATURE | Capability.NO_CVM
        assert data.capabilities & (verified | Capability.IDENTITY_DOCUMENT) == Capability.ONLINE_PIN


# --- parts ------------------------------------------------------------------------------------------------------------

NEEDS = {"必备": PartNeed.MUST, "推荐": PartNeed.RECOMMENDED, "可选": PartNeed.OPTIONAL, "—": PartNeed.NOT_ASKED}
# PBOC-6 table 1, with what §5.1 wants of storage; no SAM is asked for (总体方案 一（四）).
TABLE_1 = """
                有服务员                  无人服务             ATM
                仅联机 两者  仅脱机        仅联机 两者  仅脱机
KEYBOARD        必备   必备  必备          推荐   推荐  推荐   必备
PIN_PAD         必备   必备  必备          必备   可选  可选   必备
DISPLAY         必备   必备  必备          推荐   推荐  推荐   必备
CLOCK           推荐   必备  必备          推荐   必备  必备   推荐
PRINTER         必备   必备  必备          推荐   推荐  推荐   推荐
STRIPE_READER   必备   必备  必备          必备   必备  必备   必备
CARD_READER     必备   必备  必备          必备   必备  必备   必备
NETWORK         必备   必备  可选          必备   必备  可选   必备
STORAGE         必备   必备  必备          必备   必备  必备   必备
SAM_SLOT        —      —     —             —      —     —      —
"""
# SSC-8 table 6 and §6.2, where the plan adds PIN pad and storage: social terminal, the joint one.
TABLE_6 = """
DISPLAY         必备  必备
CARD_READER     必备  必备
KEYBOARD        必备  必备
PIN_PAD         必备  必备
SAM_SLOT        必备  必备
STORAGE         必备  必备
PRINTER         可选  必备
NETWORK         可选  可选
CLOCK           必备  必备
STRIPE_READER   —     必备
"""
OF_BANK = {name: [NEEDS[mark] for mark in marks] for name, *marks in rows(TABLE_1)[2:]}
OF_PLAN = {name: [NEEDS[mark] for mark in marks] for name, *marks in rows(TABLE_6)}


@pytest.mark.parametrize(("kind", "form", "reach"), [*product(KINDS, FORMS, TerminalReach)])
def test_what_a_terminal_is_made_of(kind, form, reach):
    """A full-function terminal meets both tables."""
    column = 6 if form == "atm" else (0 if form in ("pos", "pc") else 3) + [*TerminalReach].index(reach)
    assert set(OF_BANK) == set(OF_PLAN) == {part.name for part in TerminalPart}
    for part in TerminalPart:
        bank, (social, joint) = OF_BANK[part.name][column], OF_PLAN[part.name]
        wanted = {"social": social, "financial": bank, "full": max(bank, joint)}[kind]
        assert need_of(part, cell(kind, form), reach) is wanted, part


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


# --- on the page ------------------------------------------------------------------------------------------------------

PAGE = Path("docs/how-to/settle-and-pay-at-a-full-function-terminal.md")
ON_PAGE = {"M": PartNeed.MUST, "R": PartNeed.RECOMMENDED, "O": PartNeed.OPTIONAL, "–": PartNeed.NOT_ASKED}


def test_the_page_has_the_table_of_parts():
    lines = [[each.strip() for each in line.split("|")[1:-1]] for line in PAGE.read_text("utf-8").splitlines()]
    head = next(number for number, cells in enumerate(lines) if cells[:1] == ["part"])
    columns = [(*column.split(), "counter")[:2] for column in lines[head][1:]]
    assert len(columns) == 7
    told = dict(zip(TerminalPart, lines[head + 2 : head + 2 + len(TerminalPart)], strict=True))
    for part, (name, *marks) in told.items():
        assert name == f"{part.row.zh} {part.row.en}"
        for (kind, form), mark in zip(columns, marks, strict=True):
            factor = "pos" if form == "counter" else form.lower()
            assert need_of(part, cell(kind, factor)) is ON_PAGE[mark], (part, kind, form)
