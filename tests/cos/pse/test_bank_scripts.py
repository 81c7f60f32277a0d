"""Script commands on a whole card: published check values, order of checks, effects, log (PBOC-5 §17, §18, B, C)."""

from __future__ import annotations

import pytest
from bank_terminal import AAC, ARQC, PSE, TC, WRONG_PIN

from apdu import tlv
from cos.pse.transaction.generate_ac_decision import Decision
from dualcos.explain.bank_decisions import decision_notes
from firewall.trace import Noted, Refused

BLOCK, UNBLOCK, CARD_BLOCK, PIN_UNBLOCK = "841E0000", "84180000", "84160000", "84240000"


@pytest.fixture
def online(lab):
    """A card after an online transaction, waiting for scripts."""

    def make(**change):
        card = lab(**change)
        card.clean()
        card.start()
        card.gac(ARQC)
        assert card.ea() == 0x9000
        card.gac(TC, b"00")
        return card

    return make


def test_one_cryptogram_serves_every_command_of_the_script(online):
    """No chaining: six commands in one transaction, each over the same ATC and first cryptogram."""
    card = online()
    record = card.send("00B2012400").data
    assert card.sw(card.script(BLOCK)) == 0x9000
    assert card.sw(card.script(UNBLOCK)) == 0x9000
    assert card.sw(card.script("04DA9F58", b"\x05")) == 0x9000
    assert card.sw(card.script("04DC0124", record[:-1] + b"\x09")) == 0x9000
    assert card.sw(card.script(PIN_UNBLOCK)) == 0x9000
    assert card.sw(card.pin_change("123456")) == 0x9000
    card.start(verify=False)
    assert card.verify("26123456FFFFFFFF") == 0x9000
    assert card.short(ARQC) == (ARQC, "03A40060")
    assert card.send("80CA9F5800").data.hex() == "9f580105"
    assert card.send("00B2012400").data == record[:-1] + b"\x09"


def test_counter_stops_at_fifteen(online):
    card = online()
    for _ in range(17):
        assert card.sw(card.script(UNBLOCK)) == 0x9000
    card.start()
    assert card.short(ARQC) == (ARQC, "03A400F0")


@pytest.mark.parametrize(("new", "block"), [("4567", "244567FFFFFFFFFF"), ("123456789012", "2C123456789012FF")])
@pytest.mark.parametrize("current", [None, "1234"])
def test_pin_change(online, new, block, current):
    card = online()
    assert card.sw(card.pin_change(new, current)) == 0x9000
    card.start(verify=False)
    assert card.verify() == 0x63C2
    assert card.verify(block) == 0x9000


def test_pin_change_with_a_wrong_current_pin(online):
    card = online()
    assert card.sw(card.pin_change("5678", "9999")) == 0x6988
    card.start()
    assert card.short(ARQC) == (ARQC, "03A40018")


def test_pin_change_restores_the_tries(online):
    card = online()
    card.start(verify=False)
    for _ in range(3):
        card.verify(WRONG_PIN)
    card.gac(ARQC)
    assert card.sw(card.pin_change("5678")) == 0x9000
    card.start(verify=False)
    assert card.verify("245678FFFFFFFFFF") == 0x9000


@pytest.mark.parametrize("command", [BLOCK, UNBLOCK, CARD_BLOCK, PIN_UNBLOCK, "04DA9F58"])
def test_wrong_mac_changes_nothing_else(online, command):
    card = online()
    data = b"\x09" if command == "04DA9F58" else b""
    limits = card.send("80CA9F5800").data
    assert card.sw(card.script(command, data, right=False)) == 0x6988
    assert card.send("80CA9F5800").data == limits
    assert card.select().sw == 0x9000


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        ("84180000", 0x6700),
        ("8418000003112233", 0x6700),
        ("841800000511223344" + "55", 0x6700),
        ("04DA9F580105", 0x6700),
        ("04DA9F54050000000500", 0x6700),
    ],
)
def test_missing_mac_is_flagged_but_not_counted(online, command, sw):
    card = online()
    assert card.sw(command) == sw
    card.start()
    assert card.short(ARQC) == (ARQC, "03A40008")


def test_update_record_without_mac(online):
    card = online()
    record = card.send("00B2012400").data
    assert card.sw("04DC0124" + f"{len(record):02X}" + record.hex()) == 0x6700
    assert card.send("00B2012400").data == record


@pytest.mark.parametrize(
    ("header", "data", "sw"),
    [
        ("04DA9F36", b"\x00\x01", 0x6A88),
        ("04DA9F51", b"\x01\x56", 0x6A88),
        ("04DA9F73", bytes(4), 0x6A88),
        ("04DC011C", b"\x70\x00", 0x6982),
        ("04DC0124", b"\x70\x00", 0x6700),
        ("04DC0224", b"\x70\x00", 0x6A83),
        ("04DC013C", b"\x70\x00", 0x6A82),
        ("04DC0124", bytes(10), 0x6A80),
        ("04DC015C", bytes(45), 0x6982),  # one record is logged, and only the card writes the log
    ],
)
def test_failed_execution_counts_and_flags(online, header, data, sw):
    card = online()
    if header == "04DC0124" and len(data) == 10:
        data = bytes(len(card.send("00B2012400").data))
    assert card.sw(card.script(header, data)) == sw
    card.start()
    assert card.short(ARQC) == (ARQC, "03A40018")


@pytest.mark.parametrize(
    ("options", "header", "sw"),
    [
        ({"put_data_unknown_tag": 0x6A80}, "04DA9F36", 0x6A80),
        ({"update_record_length": 0x6A84}, "04DC0124", 0x6A84),
    ],
)
def test_words_that_are_settings(online, options, header, sw):
    card = online(**options)
    assert card.sw(card.script(header, b"\x70\x00")) == sw


@pytest.mark.parametrize(("refuses", "sw"), [(False, 0x9000), (True, 0x6985)])
def test_scripts_after_failed_authentication(lab, refuses, sw):
    card = lab(script_refused_after_failed_ea=refuses)
    card.clean()
    card.start()
    card.gac(ARQC)
    assert card.ea(right=False) == 0x6300
    assert card.sw(card.script(UNBLOCK)) == sw
    card.gac(AAC, b"00")
    assert card.sw(card.script(UNBLOCK)) == sw


def test_put_data_is_in_force_in_the_same_session(online):
    card = online()
    assert card.sw(card.script("04DA9F58", b"\x00")) == 0x9000
    card.start()
    assert card.short(TC)[1] == "03A42010"


# --- card block ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["dual-2.0-3des", "dual-3.0-sm4"])
@pytest.mark.parametrize(("scope", "social"), [("environment", 0x9000), ("card", 0x6A81)])
def test_card_block_reaches_as_far_as_its_scope(made, name, scope, social):
    card = made(name, None, {"card_block_scope": scope})
    ssse = "7378312E73682EC9E7BBE1B1A3D5CF"
    assert card.select(ssse).sw == 0x9000
    card.select()
    card.gpo("00" + "000000001000" + "0156")
    card.gac(AAC)
    assert card.sw(card.script(CARD_BLOCK)) == 0x9000
    for _ in range(2):
        assert card.select().sw == 0x6A81
        assert card.select("A000000333").sw == 0x6A81
        assert card.select(PSE).sw == 0x6A81
        assert card.select(ssse).sw == social
        card.card.power_on()


# --- log -----------------------------------------------------------------------------------------------------------


def test_log_holds_what_was_approved_and_nothing_else(lab):
    card = lab(t9F58="FF", t9F59="FF")
    card.select()
    assert card.sw("00B2015C00") == 0x6A83
    card.clean()
    card.start()
    card.gac(AAC)
    card.start()
    card.gac(ARQC)
    card.gac(AAC, b"00")
    card.start()
    card.gac(TC, t9F02="000000002500", t9F21="101500")
    shop = "4455414C434F5320544553542053484F50202020"
    newest = card.send("00B2015C00").data.hex().upper()
    assert newest == "000125" + "101500" + "000000002500" + "0" * 12 + "0156" + "0156" + shop + "00" + "0004"
    assert card.send("00B2025C00").data[-2:] == b"\x00\x01"
    assert card.sw("00B2035C00") == 0x6A83
    assert card.send("80CA9F4F00").data.hex().upper().startswith("9F4F19")


def test_log_keeps_the_newest_ten(lab):
    card = lab(t9F58="FF", t9F59="FF", t9F52="0000")
    card.clean()
    for _ in range(11):
        card.start(verify=False)
        card.gac(TC)
    atcs = [card.send(f"00B2{number:02X}5C00").data[-1] for number in range(1, 11)]
    assert atcs == list(range(12, 2, -1))
    assert card.sw("00B20B5C00") == 0x6A83


def test_card_without_log(made):
    card = made("bank-only", None, None, log="", internal={"0D01": ["9F58", "9F59"], "0E01": ["9F51", "9F52", "9F57"]})
    assert tlv.find(card.select().data, 0x6F, 0xA5, 0xBF0C) is None
    card.gpo()
    card.gac(ARQC)
    card.ea()
    card.gac(TC, b"00")
    assert card.sw("00B2015C00") == 0x6A82
    assert card.sw("80CA9F4F00") == 0x6A88


# --- trace ---------------------------------------------------------------------------------------------------------


def test_trace_tells_every_check_and_cvr_bit(lab):
    card = lab()
    card.select()
    card.gpo()
    card.trace.take()
    card.gac(TC, t9F1A="0840")
    noted = [event.text for where, event in card.trace.take() if where == "pse" and isinstance(event, Noted)]
    told = [line for each in noted if isinstance(each, Decision) for line in decision_notes(each)]
    assert any("check 11" in text and "new card" in text for text in told)
    assert any("check 8" in text for text in told)
    assert any(text.startswith("CVR: CVR3.b6 velocity") for text in told)
    assert any("online authorisation indicator 0 -> 1" in text for text in told)


def test_refusals_tell_why_and_never_a_secret(online):
    card = online()
    card.start(verify=False)
    card.trace.take()
    card.verify("249876FFFFFFFFFF")
    card.gac(ARQC)
    card.sw(card.script(UNBLOCK, right=False))
    refused = [event for _, event in card.trace.take() if isinstance(event, Refused)]
    assert [event.sw for event in refused if event.sw >> 8 not in (0x61, 0x6C)] == [0x63C2, 0x6988]
    text = repr(refused).upper()
    for secret in ("9876", "1234FF", card.udk["mac"].hex().upper(), card.session_key("mac", card.atc).hex().upper()):
        assert secret not in text
    assert all(event.reason.clause for event in refused)
