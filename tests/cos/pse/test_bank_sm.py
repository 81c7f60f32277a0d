"""A bank card with SM2, SM3 and SM4 besides: choice by DF69, SM4 values, SM2 signatures checked by other code.

The numbers rest on one public source, published card images, recomputed; JR/T 0025.17 was not at hand. SM4 here is
the ``cryptography`` library's own, SM2 verification is tongsuopy's.
"""

from __future__ import annotations

import sys

import pytest
from bank_bench import Bench, fill, template
from bank_terminal import AID, ARQC, CDA, TC, USUAL, bank_profile, signed_records
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from test_bank_transaction import VEC8

import dualcos
from apdu import tlv
from dualcos.dialogue.bank import parse_options
from dualcos.dialogue.driver import StepRefused
from dualcos.explain.refusal_reasons import words
from tests.sm2_second_opinion import right_to_tongsuopy

pytest.importorskip("gmssl.sm2", reason="SM2 is an optional extra")

SM_AFL = "08010100080303001801020120010100" + "28020500"
INTERNATIONAL_AFL = "080101000803030010010500" + "18010201" + "20010100"
EXAMPLE = {"9F36": "0011", "9F13": "0010", "9F56": "00", "9F58": "FF"}
SHOP = "4455414C434F5320544553542053484F50202020"
UDK_MAC = bytes.fromhex("0A686A6BDA4AC2AFC142016C75DE3DCC")
SK_MAC = bytes.fromhex("C51E7E7FC44F340C6C1574E637AA4B15")
SK_AC = bytes.fromhex("3D7C975249E58CC4E14A8C8117E32B23")


def sm4(key: bytes, block: bytes) -> bytes:
    return Cipher(SM4(key), modes.ECB()).encryptor().update(block)  # noqa: S305 - the cards' form


def sm4_mac(key: bytes, data: bytes) -> bytes:
    """CBC-MAC, padding 80 00…, the leftmost 8 bytes."""
    padded = data + b"\x80" + bytes(-(len(data) + 1) % 16)
    return Cipher(SM4(key), modes.CBC(bytes(16))).encryptor().update(padded)[-16:-8]


def session_key(udk: bytes, atc: bytes) -> bytes:
    return sm4(udk, bytes(6) + atc + bytes(6) + bytes(byte ^ 0xFF for byte in atc))


def pdol(indicator: str) -> str:
    return indicator + "00" + "000000001000" + "0156"


def start(card, indicator="01"):
    assert card.select().sw == 0x9000
    answer = card.gpo(pdol(indicator))
    assert answer.sw == 0x9000
    return answer.data.hex().upper()


def gac(card, p1, arc="", **change):
    answer = card.gac_raw(p1, bytes.fromhex(arc) or None, **change)
    assert answer.sw == 0x9000
    return answer.data.hex().upper()


def script(header: str, data: str, atc: str, ac: str, key: bytes) -> str:
    head = bytes.fromhex(header) + bytes((len(data) // 2 + 4,))
    mac = sm4_mac(key, head + bytes.fromhex(atc + ac + data))[:4]
    return head.hex() + data + mac.hex()


# --- the choice ---------------------------------------------------------------------------------------------------


def test_the_pdol_asks_for_the_indicator(made):
    answer = made("pboc-sm").select().data
    assert tlv.parse_dol(tlv.find(answer, 0x6F, 0xA5, 0x9F38))[0] == (0xDF69, 1)


@pytest.mark.parametrize("indicator", ["00", "02", "81"])
def test_without_the_indicator_the_card_is_international(made, indicator):
    card = made("pboc-sm")
    assert start(card, indicator) == "80167D00" + INTERNATIONAL_AFL
    assert card.send("00880000041122334400").data[:3].hex() == "808180", "RSA, 1024 bits"
    answer = gac(card, ARQC)
    assert answer[-2:] == "01"
    atc, cvr = bytes.fromhex(answer[6:10]), answer[-10:-2]
    assert answer[10:26] == card.expected_ac(atc, cvr, USUAL).hex().upper()


def test_with_the_indicator_it_answers_the_sm_records(made):
    card = made("pboc-sm")
    data = start(card)
    assert data[:8] == "80167C00"
    assert {data[8:][at : at + 8] for at in range(0, 40, 8)} == {SM_AFL[at : at + 8] for at in range(0, 40, 8)}
    assert gac(card, ARQC)[-2:] == "04"


def test_the_choice_lasts_one_transaction(made):
    card = made("pboc-sm")
    for indicator, algorithm in (("01", "04"), ("00", "01"), ("01", "04")):
        start(card, indicator)
        assert gac(card, ARQC)[-2:] == algorithm
    assert card.select().sw == 0x9000
    assert card.send("80CA9F3600").data.hex().upper() == "9F36020003"


def test_a_card_without_sm_does_not_care(made):
    card = made("bank-only", {"9F38": "DF6901"})
    card.select()
    assert card.gpo("01").data[:4].hex().upper() == "80167D00"
    assert gac(card, ARQC)[-2:] == "01"


def test_every_record_of_the_sm_afl_is_there_and_no_tag_twice(made):
    card = made("pboc-sm")
    records = card.say(card.session.records(parse_options(bytes.fromhex(start(card))).files)).values()
    seen = [item.tag for record in records for item in tlv.leaves(record)]
    assert len(seen) == len(set(seen))
    assert {0x57, 0x5A, 0x8C, 0x8D, 0x8F, 0x90, 0x93, 0x9F46, 0x9F49} <= set(seen)
    assert not {0x92, 0x9F32, 0x9F47, 0x9F48} & set(seen)


# --- SM4 values -----------------------------------------------------------------------------------------------------


def test_worked_example_with_sm4(made):
    """The bank side's worked example with its issuer keys as SM4 keys: ARQC, ARPC, script MACs, PIN change."""
    card = made("pboc-sm", EXAMPLE)
    start(card)
    assert card.send("0088000004" + VEC8["9F37"] + "00").sw == 0x9000
    values = {f"t{tag}": value for tag, value in VEC8.items()}
    assert gac(card, ARQC, **values, t9F4E=SHOP) == "8013800012AC2EF92E6B479F3007010103A0000204"
    assert card.sw("008200000A64C24B2A4AD58BD83030") == 0x9000
    tc = gac(card, TC, "3030", **values)
    text = "000000012345000000000000015600000480000156260315003F7C21A97C00001203600002"
    assert tc == "8013400012" + sm4_mac(SK_AC, bytes.fromhex(text)).hex().upper() + "0701010360000204"
    assert card.sw("04DA9F580505E3D16451") == 0x9000
    change = script("84240002", "85F0EC9508845FE996B7C08A6211349F", "0012", "AC2EF92E6B479F30", SK_MAC)
    assert card.sw(change) == 0x9000
    card.select()
    assert card.verify("26123456FFFFFFFF") == 0x9000
    assert card.send("80CA9F5800").data.hex().upper() == "9F580105"


def test_session_keys_of_the_example():
    assert session_key(UDK_MAC, bytes.fromhex("0012")) == SK_MAC


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("008200000A57825135A7B12C593030", "ARPC of 3DES"),
        ("008200000A64C24B2A4AD58BD93030", "one bit off"),
    ],
)
def test_wrong_arpc(made, command, why):
    card = made("pboc-sm", EXAMPLE)
    start(card)
    card.send("0088000004" + VEC8["9F37"] + "00")
    gac(card, ARQC, **{f"t{tag}": value for tag, value in VEC8.items()}, t9F4E=SHOP)
    assert card.sw(command) == 0x6300, why


@pytest.mark.parametrize("mac", ["DDA170B9", "5CDCDDF0", "E3D16450"])
def test_folded_and_3des_script_macs_are_wrong(made, mac):
    """DDA170B9 is the fold of the 2010 rule for 128-bit ciphers, 5CDCDDF0 the value of 3DES."""
    card = made("pboc-sm", EXAMPLE)
    start(card)
    card.send("0088000004" + VEC8["9F37"] + "00")
    gac(card, ARQC, **{f"t{tag}": value for tag, value in VEC8.items()}, t9F4E=SHOP)
    assert card.sw("04DA9F580505" + mac) == 0x6988


def test_cda_is_not_answered_with_sm(made):
    """AIP of the SM set has no CDA: format 1 (PBOC-5 §14.5.4), while the international set answers format 2."""
    card = made("pboc-sm")
    start(card)
    assert gac(card, ARQC | CDA)[:2] == "80"
    start(card, "00")
    assert gac(card, ARQC | CDA)[:2] == "77"


# --- SM2 signatures -------------------------------------------------------------------------------------------------


CA_F2 = bytes.fromhex(
    "447911AECE4908FEE74EE5A710BD977511F3F2FAAF6D48FEDA7186E92B3E3202"
    "2BDDF1BD0380064C59C62A5F386B5F76C32A66CB9753D21505CDB97D848A3D84"
)


@pytest.fixture
def terminal_view(made):
    card = made("pboc-sm")
    options = parse_options(bytes.fromhex(start(card)))
    signed = signed_records(card, options.files)
    elements = card.session.shown
    return card, elements, signed + (options.aip if elements.get(0x9F4A) == b"\x82" else b"")


def test_issuer_certificate(terminal_view):
    _, elements, _ = terminal_view
    certificate = elements[0x90]
    assert elements[0x8F] == b"\xf2"
    assert len(certificate) == 142
    assert certificate[:14].hex().upper() == "12" + "62999901" + "1230" + "000001" + "0400" + "1140"
    assert right_to_tongsuopy(CA_F2, certificate[:-64], certificate[-64:])


def test_static_signature(terminal_view):
    _, elements, static = terminal_view
    issuer, ssad = elements[0x90][14:78], elements[0x93]
    assert (len(ssad), ssad[:3].hex().upper()) == (67, "13DAC1")
    assert right_to_tongsuopy(issuer, ssad[:3] + static, ssad[3:])
    assert not right_to_tongsuopy(issuer, ssad[:3] + static[:-2], ssad[3:]), "the AIP belongs to it: there is 9F4A"


def test_card_certificate_and_dynamic_signature(terminal_view):
    card, elements, static = terminal_view
    issuer, certificate = elements[0x90][14:78], elements[0x9F46]
    assert len(certificate) == 148
    assert certificate[:20].hex().upper() == "14" + "6299990123456789019F" + "1230" + "000001" + "0400" + "1140"
    assert right_to_tongsuopy(issuer, certificate[:84] + static, certificate[84:])
    public, unpredictable = certificate[20:84], bytes.fromhex("A1B2C3D4")
    assert elements[0x9F49].hex().upper() == "9F3704"
    answers = [card.send("0088000004" + unpredictable.hex() + "00").data for _ in range(2)]
    for answer in answers:
        assert answer[:2].hex() == "8045"
        sdad = answer[2:]
        assert sdad[:5].hex().upper() == "15" + "03" + "020001"
        assert right_to_tongsuopy(public, sdad[:5] + unpredictable, sdad[5:])
        assert not right_to_tongsuopy(public, sdad[:5] + bytes(4), sdad[5:])
    assert answers[0] != answers[1], "the random number of a signature is never used twice"
    assert gac(card, ARQC)[-10:-2][6:] == "02", "CVR: DDA performed"


def test_same_seed_same_signature():
    answers = set()
    for _ in range(2):
        card = dualcos.card(bank_profile("pboc-sm"), seed=7)
        card.power_on()
        for command in ("00A4040008" + AID, "80A800000C830A" + pdol("01"), "008800000411223344"):
            head = card.exchange(bytes.fromhex(command))
            assert head[0] == 0x61
        answers.add(card.exchange(bytes((0, 0xC0, 0, 0, head[1]))))
    assert len(answers) == 1


# --- the published laboratory card, made anew ------------------------------------------------------------------------

SIGNED_RECORD = "5A0862280001000011175F24033012315F25039507019F08020030"
CERTIFICATE_B = (
    "146228000100001117FFFF122000000104000440C3AC12B81B9D175936B5BF72BB8FE3A2266BC013B2E94F5837F16AA1C01AA7323B75626A"
    "B64D02AED20CC6F440841F10EE6873BCBEA3F41D6869D0FEADD711547817D243286F51A55694D3C728191F067A6C194B4B20C558A97565C5"
    "B9BFDB46D2E53C0F5DDC7C808BD0DB8C770DCA9B6F626BF5ECE8EA98EA7F758783CAF310"
)
PRIVATE_B = "4EFF3E9B796688F38E006DEB21E101C01028903A06023AC5AAB8635F8E307A53"
PUBLIC_B = CERTIFICATE_B[40:168]
LAB_KEYS = "112233440066778811223344550077888B4F854F0831FBF2635A212E4DDDB92A11220044556677881122330055667788"
LAB_SM4_CHECK_VALUES, LAB_3DES_CHECK_VALUES = "8447EB47197EE6BAC4", "97DCB0CE4E2CB37DF3"
SM = {
    0x0505: template("9F49039F3704"),
    0x9105: "82027C00" + "940C" + "0801010018010201" + "28050500",
    0x9201: "9F10080701010300000004",
}
SM_SECRET = {0x8400: LAB_KEYS, 0x8501: PRIVATE_B + "80" + "00" * 7, 0x8502: PUBLIC_B + "80" + "00" * 7}


def filled(leave_out: int = 0, **change: str):
    """A bench with everything of both sets but ``leave_out``; the last command is still to come."""
    bench = Bench().skeleton()
    sender = bench.open()
    fill(sender)
    assert sender.group(0x9102, "A51A500A50424F432044454249548701019F3803DF69015F2D027A68") == 0x9000
    for dgi, value in {**SM, **{int(name[1:], 16): value for name, value in change.items()}}.items():
        if dgi != leave_out and dgi not in SM_SECRET:
            assert sender.group(dgi, value) == 0x9000
    for dgi, value in SM_SECRET.items():
        if dgi != leave_out:
            assert sender.group(dgi, change.get(f"g{dgi:04X}", value), secret=True) == 0x9000
    return bench, sender


def test_the_laboratory_card_answers_the_published_bytes():
    """Card B of the published images, ATC 00AE: with the number fixed, the signature's bytes are known."""
    bench, sender = filled()
    assert sender.group(0x9400, LAB_SM4_CHECK_VALUES) == 0x9000
    assert sender.group(0x0E01, "9F510201569F520200009F360200AD", last=True) == 0x9000
    assert bench.select() == 0x9000
    assert bench.sw("80A8000003830101" + "00") == 0x9000
    answer = bench.send("00880000041122334400")
    assert answer.data.hex().upper() == (
        "804515030200AE572C9873343FE6F5A9900AAC1652F2B26D03D0D5B505E5A1963FCA5290D78C860AF6E9FCE311C570CA67232DF918A66B8D"
        "7C350320AE9709744DC1EDE212A257"
    )


# --- personalisation ------------------------------------------------------------------------------------------------

LAST = (0x9200, "9F10080701010300000001")


def test_the_whole_set_is_accepted():
    _, sender = filled()
    assert sender.group(*LAST, last=True) == 0x9000


@pytest.mark.parametrize("missing", [0x9105, 0x9201, 0x8400, 0x8501, 0x8502, 0x0505])
def test_half_a_set_is_refused(missing):
    bench, sender = filled(missing)
    assert sender.group(*LAST, last=True) == 0x6A80
    told = [words(event.reason) for _, event in bench.trace.take() if getattr(event, "sw", 0) == 0x6A80]
    assert "SM algorithms" in told[-1]


@pytest.mark.parametrize(
    ("dgi", "value"),
    [
        (0x9105, "82027D00" + "940C" + "0801010018010201" + "28050500"),
        (0x9201, "9F10080701010300000001"),
        (0x9105, "82027C00" + "940A" + "08010100180102012805"),
        (0x9105, "82027C00" + "9404" + "28050500"),
    ],
    ids=["CDA", "ALG 01", "AFL broken", "no lists in the AFL's records"],
)
def test_contents_that_make_no_sm_card(dgi, value):
    _, sender = filled(**{f"g{dgi:04X}": value})
    assert sender.group(*LAST, last=True) == 0x6A80


def test_keys_that_make_no_pair():
    _, sender = filled(g8501="11" * 32 + "80" + "00" * 7)
    assert sender.group(*LAST, last=True) == 0x6A80


def test_check_values_are_those_of_sm4():
    """Published images carry the 3DES ones in 9400: a bureau that took them over is told, and 3DES stays usable."""
    bench, sender = filled()
    assert sender.group(0x9400, LAB_3DES_CHECK_VALUES) == 0x6A80
    told = [words(event.reason) for _, event in bench.trace.take() if getattr(event, "sw", 0) == 0x6A80]
    assert LAB_SM4_CHECK_VALUES in told[-1]
    assert sender.group(*LAST, last=True) == 0x6A80
    assert sender.group(0x8400, LAB_KEYS, secret=True) == 0x9000
    assert sender.group(0x9400, LAB_SM4_CHECK_VALUES) == 0x9000
    assert sender.group(*LAST, last=True) == 0x9000


def test_check_values_need_their_keys():
    _, sender = filled(0x8400)
    assert sender.group(0x9400, LAB_SM4_CHECK_VALUES) == 0x6A80


@pytest.mark.parametrize("dgi", [0x8400, 0x8501, 0x8502])
def test_secrets_travel_enciphered(dgi):
    bench = Bench().skeleton()
    assert bench.open().group(dgi, SM_SECRET[dgi]) == 0x6A80


# --- without the library --------------------------------------------------------------------------------------------


def test_without_the_library_the_card_says_so(made, monkeypatch):
    card = made("pboc-sm")
    monkeypatch.setitem(sys.modules, "gmssl.sm2", None)
    monkeypatch.delitem(sys.modules, "keys.sm2_engine", raising=False)
    start(card)
    assert card.sw("00880000041122334400") == 0x6A81
    told = [words(event.reason) for _, event in card.trace.take() if getattr(event, "sw", 0) == 0x6A81]
    assert "dualcos[sm]" in told[-1]
    assert gac(card, ARQC)[-2:] == "04"


def test_without_the_library_no_card_is_made(monkeypatch):
    monkeypatch.setitem(sys.modules, "gmssl.sm2", None)
    monkeypatch.delitem(sys.modules, "keys.sm2_engine", raising=False)
    with pytest.raises(StepRefused, match=r"dualcos\[sm\]"):
        dualcos.card("pboc-sm")
