"""A bank card through its whole transaction by APDU; every cryptogram recomputed with pyemv (PBOC-5 §14-16, D, E)."""

from __future__ import annotations

import pytest
from bank_terminal import AAC, AID, ARQC, PSE, TC

from apdu import tlv
from dualcos.dialogue.bank import parse_options

AMOUNT = "000000012345"
VEC8 = {
    "9F02": AMOUNT,
    "95": "0000048000",
    "9A": "260315",
    "9F37": "3F7C21A9",
    "9F21": "143052",
}


def test_directory_then_application(made):
    card = made()
    pse = card.select(PSE)
    assert pse.data.hex().upper() == "6F1A840E" + PSE + "A508880101" + "5F2D027A68"
    entry = card.send("00B2010C00")
    assert tlv.find(entry.data, 0x70, 0x61, 0x4F) == bytes.fromhex(AID)
    assert card.sw("00B2020C00") == 0x6A83
    adf = card.select()
    assert tlv.find(adf.data, 0x6F, 0x84) == bytes.fromhex(AID)
    assert tlv.find(adf.data, 0x6F, 0xA5, 0xBF0C, 0x9F4D) == b"\x0b\x0a"


def test_every_record_of_the_afl_is_there_and_no_tag_twice(made):
    card = made()
    card.select()
    answer = card.gpo().data
    assert answer[:1] == b"\x80"
    records = card.say(card.session.records(parse_options(answer).files)).values()
    assert {record[0] for record in records} == {0x70}
    seen = [item.tag for record in records for item in tlv.leaves(record)]
    assert len(seen) == len(set(seen))
    assert {0x57, 0x5A, 0x5F24, 0x8C, 0x8D, 0x9F08, 0x9F46, 0x90} <= set(seen)


@pytest.mark.parametrize("name", ["bank-only", "dual-2.0-3des", "dual-3.0-sm4"])
def test_online_approval(made, name):
    card = made(name)
    card.select(PSE)
    assert card.select().sw == 0x9000
    pdol = "00" + "000000001000" + "0156" if card.profile.pse.elements.get("9F38") else ""
    assert card.gpo(pdol).sw == 0x9000
    assert card.send("80CA9F3600").data.hex().upper() == "9F36020001"
    assert card.verify() == 0x9000
    assert card.short(ARQC) == (ARQC, "03A41000")
    assert card.ea() == 0x9000
    assert card.short(TC, b"00") == (TC, "03641000")
    assert card.send("80CA9F1300").data.hex().upper() == "9F13020001"


def test_worked_example(made):
    """PAN, keys, amounts and ATC 0012 of a published-form example: DDA, ARQC, ARPC, TC (own vector, invented keys)."""
    card = made(elements={"82": "7C00", "9F36": "0011", "9F13": "0010", "9F56": "00", "9F58": "FF"})
    card.select()
    assert card.gpo().sw == 0x9000
    assert card.send("0088000004" + VEC8["9F37"] + "00").sw == 0x9000
    shop = "4455414C434F5320544553542053484F50202020"
    answer = card.gac_raw(ARQC, **{f"t{tag}": value for tag, value in VEC8.items()}, t9F4E=shop)
    assert answer.data.hex().upper() == "8013800012E3F2918989673FFD07010103A0000201"
    assert card.sw("008200000A57825135A7B12C593030") == 0x9000
    answer = card.gac_raw(TC, b"00", **{f"t{tag}": value for tag, value in VEC8.items()})
    assert answer.data.hex().upper() == "801340001274D1D49DD4AA32AF0701010360000201"
    for command in (
        "04DA9F5805055CDCDDF0",
        "04DA9F540A0000005000002A0A8DBC",
        "8424000214" + "70D5A8A086C2F25F411671EA6E0BFA6E" + "E3C1AA63",
        "841E000004CA89EA9A",
        "84180000043C311112",
        "8424000004639519D1",
    ):
        assert card.sw(command) == 0x9000, command


@pytest.mark.parametrize(
    ("p1", "change", "cid", "cvr"),
    [
        (TC, {}, TC, "03940000"),
        (ARQC, {}, ARQC, "03A40000"),
        (AAC, {}, AAC, "03840000"),
        (TC, {"t9F1A": "0840"}, ARQC, "03A42000"),
        (TC, {"t5F2A": "0840"}, ARQC, "03A42000"),
        (TC, {"t9F02": "000001000001"}, ARQC, "03A42000"),
    ],
)
def test_first_cryptogram(made, p1, change, cid, cvr):
    card = made()
    card.clean()
    card.start()
    found = card.gac(p1, **change)
    assert (found.cid & 0xC0, found.cvr.hex().upper()) == (cid, cvr)
