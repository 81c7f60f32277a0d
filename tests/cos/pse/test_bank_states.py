"""Every cell of the transaction state table by APDU, and the order of checks (PBOC-5 §7, §14-17, B)."""

from __future__ import annotations

import pytest
from bank_terminal import AAC, AID, ARQC, PSE, TC

from cos.pse.transaction.transaction_states import TABLE, Command, TransactionState

GAC1 = (
    "80AE80003400000000100000000000000001560000000000015600012500112233441647214455414C434F5320544553542053484F50202020"
)


def bring_to(card, state):
    if state is TransactionState.PSE:
        card.select(PSE)
        return
    card.select()
    if state is TransactionState.SELECTED:
        return
    card.gpo()
    if state is TransactionState.INITIATED:
        return
    card.gac({TransactionState.DECLINED: AAC, TransactionState.APPROVED: TC}.get(state, ARQC))
    if state is TransactionState.FINISHED:
        card.gac(TC, b"00")


def command_of(card, command, state):
    return {
        Command.SELECT_ADF: f"00A4040008{AID}00",
        Command.SELECT_PSE: f"00A404000E{PSE}00",
        Command.READ_RECORD: "00B2010C00",
        Command.GET_DATA: "80CA9F3600",
        Command.GET_PROCESSING_OPTIONS: "80A8000002830000",
        Command.VERIFY: "0020008008241234FFFFFFFFFF",
        Command.INTERNAL_AUTHENTICATE: "00880000041122334400",
        Command.GENERATE_AC: "80AE80002230300000000010000000000000000156000000000001560001250011223344164721"
        if state is TransactionState.ONLINE
        else GAC1,
        Command.EXTERNAL_AUTHENTICATE: b"\x00\x82\x00\x00\x0a" + bytes(10),
        Command.SCRIPT: card.script("84180000") if card.ac else "841800000411223344",
    }[command]


CELLS = [
    (state, command)
    for state, command in TABLE
    if state is not TransactionState.RESET and command is not Command.EXTERNAL_AUTHENTICATE_AGAIN
]


@pytest.mark.parametrize(("state", "command"), CELLS, ids=lambda value: value.name)
def test_cell(lab, state, command):
    card = lab()
    card.clean()
    bring_to(card, state)
    expected = TABLE[state, command].sw
    if command is Command.EXTERNAL_AUTHENTICATE and expected is None:
        expected = 0x6300  # it runs; the ARPC is wrong
    assert card.sw(command_of(card, command, state)) == (expected or 0x9000)


@pytest.mark.parametrize("command", [c for c in Command if c not in (Command.SELECT_ADF, Command.SELECT_PSE)])
def test_refusals_leave_the_state_as_it_was(lab, command):
    card = lab()
    card.clean()
    for state in (TransactionState.SELECTED, TransactionState.APPROVED, TransactionState.FINISHED):
        bring_to(card, state)
        if command is not Command.EXTERNAL_AUTHENTICATE_AGAIN and TABLE[state, command].sw is not None:
            card.sw(command_of(card, command, state))
        again = Command.GENERATE_AC
        assert card.sw(command_of(card, again, state)) == TABLE[state, again].sw == 0x6985


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        ("10A4040008" + AID, 0x6E00),
        ("00A4000002DF01", 0x6A86),
        ("00A4040108" + AID, 0x6A86),
        ("00A4040004A0000003", 0x6700),
        ("8416000005" + "00" * 5, 0x6700),
        ("841600000C" + "00" * 12, 0x6700),
        ("8416000004" + "00" * 4, 0x6985),
        ("0016000004" + "00" * 4, 0x6E00),
        ("0416000004" + "00" * 4, 0x6E00),
        ("1016000004" + "00" * 4, 0x6E00),
        ("8416010004" + "00" * 4, 0x6A86),
        ("8424000304" + "00" * 4, 0x6A86),
        ("8424000014" + "00" * 20, 0x6700),
        ("8424000104" + "00" * 4, 0x6700),
        ("80AEC00034" + "00" * 52, 0x6A86),
        ("80AE800134" + "00" * 52, 0x6A86),
        ("80AE800033" + "00" * 51, 0x6985),
        ("80A8000002830100", 0x6700),
        ("80A8000003830100", 0x6700),
        ("80A80000028400", 0x6A80),
        ("80A8010002830000", 0x6A86),
        ("0020000008241234FFFFFFFFFF", 0x6A86),
        ("0020008007241234FFFFFFFF", 0x6700),
        ("00820000090000000000000000" + "00", 0x6700),
        ("0082000107" + "00" * 7, 0x6A86),
        ("0082000007" + "00" * 7, 0x6700),
        ("0082000009" + "00" * 9, 0x6700),
        ("8082000008" + "00" * 8, 0x6E00),
        ("0084000008", 0x6D00),
        ("00E2000000", 0x6E00),
        ("80CA9F7F00", 0x6A88),
        ("80CA9F4D00", 0x6A88),
        ("80CA9F7900", 0x6A88),
        ("00B2000C00", 0x6A86),
        ("00B2010500", 0x6A86),
        ("00B2010400", 0x6A86),
        ("00B2020C00", 0x6A83),
        ("00B2040C00", 0x6A83),
        ("00B2015400", 0x6A82),
        ("00B2016C00", 0x6A82),
        ("00C0000000", 0x6F00),
        ("00C0010000", 0x6A86),
        ("8050000008" + "00" * 8 + "00", 0x6985),
        ("8482010010" + "00" * 16, 0x6985),
        ("80E2000005" + "00" * 5, 0x6985),
    ],
)
def test_words_straight_after_select(lab, command, sw):
    card = lab()
    card.clean()
    card.select()
    assert card.sw(command) == sw


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        ("80A8000002830000", 0x6D00),
        ("008200000A" + "00" * 10, 0x6D00),
        ("0020008008241234FFFFFFFFFF", 0x6D00),
        ("80CA9F3600", 0x6D00),
        ("841800000411223344", 0x6D00),
        ("0084000008", 0x9000),  # for the master key, which looks after itself (总体方案 一（四）)
        ("80E00100", 0x6D00),
        ("10A4040005A000000333", 0x6E00),
        ("80B2010C00", 0x6E00),
        ("00B2011400", 0x6A82),
        ("00B2010C00", 0x9000),
        ("00B2020C00", 0x6A83),
    ],
)
def test_words_in_the_environment(lab, command, sw):
    """No application's command exists there (conformance cases INI080, IAU120)."""
    card = lab()
    card.select(PSE)
    assert card.sw(command) == sw


def test_a_wrong_length_costs_neither_count_nor_chance(lab):
    card = lab()
    card.clean()
    card.select()
    assert card.sw("80A8000003830100") == 0x6700
    assert card.gpo().sw == 0x9000
    assert card.send("80CA9F3600").data[-2:] == b"\x00\x02"
    assert card.sw("80AE800033" + "00" * 51) == 0x6700
    card.gac(ARQC)
    assert card.sw("0082000009" + "00" * 9) == 0x6700
    assert card.ea() == 0x9000


def test_second_external_authenticate_cells(lab):
    """O, D and F remember a second one; the flag shows in the next transaction."""
    for first, last in ((ARQC, None), (AAC, None), (ARQC, TC)):
        card = lab(t9F52="8000")
        card.clean()
        card.start()
        card.gac(first)
        assert card.ea() == 0x9000
        if last is not None:
            card.gac(last, b"00")
        assert card.ea() == 0x6985
        card.start()
        assert card.gac(ARQC).cvr[2] in (0x08, 0x88)


@pytest.mark.parametrize(
    ("options", "elements", "command", "sw"),
    [
        ({"missing_mac_word": 0x6987}, {}, "84180000", 0x6987),
        ({"gpo_template_word": 0x6700}, {}, "80A80000028400", 0x6700),
        ({"get_data_atc": False}, {}, "80CA9F3600", 0x6A88),
        ({"get_data_ptc": False}, {}, "80CA9F1700", 0x6A88),
        ({"get_data_limits": False}, {}, "80CA9F5800", 0x6A88),
        ({"get_data_static": False}, {}, "80CA9F5100", 0x6A88),
        ({"personalised_word": 0x6D00}, {}, "8050000008" + "00" * 8, 0x6D00),
        ({"personalised_word": 0x6D00}, {}, "8482010010" + "00" * 16, 0x6E00),
        ({}, {"82": "7900"}, "008200000A" + "00" * 10, 0x6D00),
        ({}, {"82": "5C00"}, "008800000411223344", 0x6985),
    ],
)
def test_settings_and_features(made, options, elements, command, sw):
    card = made("bank-only", elements, options)
    card.select()
    assert card.sw(command) == sw


def test_card_without_offline_pin(made):
    for word in (0x6A81, 0x6D00):
        card = made("bank-only", None, {"verify_without_offline_pin": word}, pin="")
        card.select()
        assert card.verify() == word
        card.gpo()
        assert card.short(ARQC)[1] == "03A01000"


def test_domestic_only_card_refuses_foreign_terminals(made):
    card = made("bank-only", {"9F38": "9F1A025F2A02"}, {"gpo_refuses_foreign": True})
    for pdol, sw in (("08400156", 0x6985), ("01560840", 0x6985), ("01560156", 0x9000)):
        card.select()
        assert card.gpo(pdol).sw == sw
    assert card.send("80CA9F3600").data[-2:] == b"\x00\x01"
