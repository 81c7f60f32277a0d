"""SDA, DDA and CDA as a terminal checks them: plain RSA and SHA-1 from the authority's key down (PBOC-7 §5, §6).

And a card with the published lab keys, whose cryptograms, scripts and CDA answers are known byte by byte.
"""

from __future__ import annotations

import hashlib

import pytest
from bank_bench import Bench
from bank_terminal import ARQC, CDA, TC, USUAL, signed_records

from apdu import tlv
from apdu.tlv import encode
from dualcos.dialogue.bank import parse_options
from dualcos.profile.published_test_keys import rsa_test_keys

UNPREDICTABLE = "11223344"


def public(key):
    return int(key.p, 16) * int(key.q, 16)


def recover(certificate, modulus, exponent=3):
    length = (modulus.bit_length() + 7) // 8
    assert len(certificate) == length
    block = pow(int.from_bytes(certificate, "big"), exponent, modulus).to_bytes(length, "big")
    assert (block[0], block[-1]) == (0x6A, 0xBC)
    return block[1:-21], block[-21:-1]


def sha1(data):
    return hashlib.sha1(data, usedforsecurity=False).digest()


class Chain:
    """What a terminal does with the records of a card: authority, issuer, card key, static data."""

    def __init__(self, card):
        keys = rsa_test_keys("test-rsa")
        card.select()
        options = parse_options(card.gpo().data)
        self.static = signed_records(card, options.files) + options.aip
        self.items = card.session.shown
        assert self.items[0x9F4A] == b"\x82"
        assert self.items[0x8F].hex().upper() == keys.index
        body, digest = recover(self.items[0x90], public(keys.ca))
        assert digest == sha1(body + self.items[0x92] + self.items[0x9F32])
        assert body[0] == 0x02
        assert card.pan.startswith(body[1:5].hex())
        self.issuer = int.from_bytes(body[14:].rstrip(b"\xbb") + self.items[0x92], "big")
        assert self.issuer == public(keys.issuer)
        self.card = self._card_key(card.pan) if 0x9F46 in self.items else 0
        assert self.card in (0, public(keys.card))

    def _card_key(self, pan):
        body, digest = recover(self.items[0x9F46], self.issuer)
        assert digest == sha1(body + self.items[0x9F48] + self.items[0x9F47] + self.static)
        assert body[1:11].hex().rstrip("f") == pan
        return int.from_bytes(body[20:] + self.items[0x9F48], "big")


@pytest.fixture
def chain(made):
    card = made()
    return card, Chain(card)


def test_sda(chain):
    _, terminal = chain
    check_sda(terminal)


def check_sda(terminal):
    body, digest = recover(terminal.items[0x93], terminal.issuer)
    assert body[:2] == b"\x03\x01"
    assert digest == sha1(body + terminal.static)


def test_dda(chain):
    card, terminal = chain
    for unpredictable in (UNPREDICTABLE, "A5A5A5A5"):
        assert check_dda(card, terminal, unpredictable)[:6] == bytes.fromhex("050103020001")
    assert card.short(ARQC)[1] == "03A01002"


def check_dda(card, terminal, unpredictable):
    """The signed card data."""
    answer = card.send(f"0088000004{unpredictable}00").data
    body, digest = recover(tlv.find(answer, 0x80), terminal.card)
    assert digest == sha1(body + bytes.fromhex(unpredictable))
    return body


@pytest.mark.parametrize("first", [ARQC, TC])
def test_cda(made, first):
    card = made("bank-only", {"9F52": "0000", "9F58": "FF"})
    terminal = Chain(card)
    answer = card.gac_raw(first | CDA)
    data = bytes.fromhex("".join(USUAL[tag] for tag in DOL))
    card.ac = check_cda(answer.data, terminal, data)[4:12]
    if first == TC:
        return
    card.atc = b"\x00\x01"
    assert card.ea() == 0x9000
    second = b"00" + data[:-20]
    check_cda(card.gac_raw(TC | CDA, b"00").data, terminal, data + second)


DOL = ("9F02", "9F03", "9F1A", "95", "5F2A", "9A", "9C", "9F37", "9F21", "9F4E")


def check_cda(answer, terminal, hashed):
    """The dynamic data after every check of a terminal; ``hashed``: all list values of the transaction so far."""
    items = tlv.parse(tlv.find(answer, 0x77))
    body, digest = recover(dict(items)[0x9F4B], terminal.card)
    assert digest == sha1(body + bytes.fromhex(USUAL["9F37"]))
    dynamic = body[3 : 3 + body[2]]
    others = b"".join(item.encode() for item in items if item.tag != 0x9F4B)
    assert dynamic[12:] == sha1(hashed + others)
    assert dynamic[3:4] == dict(items)[0x9F27]
    return dynamic


# --- the lab's keys ---------------------------------------------------------------------------------------------

UDKS = "11223344006677881122334455007788" + "8B4F854F0831FBF2635A212E4DDDB92A" + "11220044556677881122330055667788"
LAB_CDOL1 = "9F02069F03069F1A0295055F2A029A039F21039C019F3704"
LAB_PDOL = "9F1A029F7A019F02065F2A029F4E14"
PDOL_VALUES = "0156000000000010000156" + "00" * 20
CDOL_VALUES = "0000000010000000000000000156000000000001560001251647210011223344"
PRIVATE = {
    0x8205: (
        "D0BAD286ED4E1CBE6CED5391A9696ED58F317E4A52D0E37C755C01225F676AB7"
        "12A15D1B953BD67FB8DFB610655965352583B46B260E481661DF74FE85C20AC1"
    ),
    0x8204: (
        "C1960C87E0333FCBB1C2BBEB787019D6080B33C8F5039C2BD55CC1D247398AA5"
        "DBD47FA4E1FF85F425D214B4B32A341E72C1F9FF6765D1155963BEC02E8958D9"
    ),
    0x8203: (
        "3D25ADCD0731EDEBBF3F5B4EFDC13C4DE5D00AFE3CFAA2D9F00B8EED81E36AF8"
        "CCC566E050BCA1DEF2CADEAC38F492589A6FD5E7D9D32F3D1758FE0E1E233541"
    ),
    0x8202: (
        "5A2479BF4799F5A9EF236387F9341203C5091A5B08245F33560DF43EEB6592F7"
        "3A8F0FC5026B8EBFAA60D1BD76F43F02B2A33ABB40357C0FB9E92568AE02CCB9"
    ),
    0x8201: (
        "0EB41A42801F08D5C16EE593800E16C42894639D1D16FCD366FE4D80A4154B15"
        "FB25AC5C24D7607848B55F022230FE4FAD4913AD526CB928A762F183625D775B"
    ),
}


def lab_card(atc="0000"):
    bench = Bench().skeleton()
    sender = bench.open()
    lists = "8C" + f"{len(LAB_CDOL1) // 2:02X}" + LAB_CDOL1 + "8D" + f"{len(LAB_CDOL1) // 2 + 2:02X}8A02" + LAB_CDOL1
    signed = "5A0862280001000011175F2403301231" + "".join(f"{tag}05" + "00" * 5 for tag in ("9F0D", "9F0E", "9F0F"))
    groups = (
        (0x9104, "82027D00" + "940C" + "08010100" + "18010201" + "20010100"),
        (0x9102, encode(0xA5, bytes.fromhex("500A50424F43204445424954"), encode(0x9F38, bytes.fromhex(LAB_PDOL)))),
        (0x0101, encode(0x70, encode(0x57, bytes.fromhex("6228000100001117D30122200000000000000F")))),
        (0x0301, encode(0x70, bytes.fromhex(signed))),
        (0x0302, encode(0x70, bytes.fromhex(lists + "9F08020020"))),
        (0x0401, bytes.fromhex("70089F1401039F230107")),
        (0x0D01, "9F58010F9F5901FF"),
        (0x0E01, "9F510201569F520200009F57020156" + "9F3602" + atc + "9F1302" + "0001"),
        (0x9200, "9F10080701010300000001"),
        (0x9000, "97DCB0CE4E2CB37DF3"),
        (0x9010, "0303"),
    )
    assert sender.group(0x8000, UDKS, secret=True) == 0x9000
    assert sender.group(0x8010, "241234FFFFFFFFFF", secret=True) == 0x9000
    for dgi, part in PRIVATE.items():
        assert sender.group(dgi, part + "8000000000000000", secret=True) == 0x9000
    for number, (dgi, value) in enumerate(groups, 1):
        assert sender.group(dgi, value, last=number == len(groups)) == 0x9000, f"{dgi:04X}"
    bench.select()
    return bench


def gpo(bench):
    return bench.sw("80A8000021" + "831F" + PDOL_VALUES + "00")


def test_lab_cryptograms_and_scripts():
    bench = lab_card()
    assert gpo(bench) == 0x9000
    assert bench.sw("0020008008241234FFFFFFFFFF") == 0x9000
    answer = bench.send("80AE800020" + CDOL_VALUES + "00").data.hex().upper()
    # The lab's numbers belong to a card that has been online; this one is as good as that: 9F13 is 0001.
    assert answer == "8013800001" + "DBDCBB916F4F6579" + "07010103A4000001"
    assert bench.sw("008200000ABA98DE6E91CD36033030") == 0x9000
    answer = bench.send("80AE4000223030" + CDOL_VALUES + "00").data.hex().upper()
    assert answer == "8013400001" + "B8C84AEC68E76124" + "0701010364000001"
    for command in ("841E000004C8DD9B32", "04DA9F580507992372D2", "84240000044532D67C"):
        assert bench.sw(command) == 0x9000, command
    assert bench.sw("8424000214AA747601D292DFE99FA524D1D549B20A6CCEF30B") == 0x9000


CDA_FIRST = (
    "7781989F2701809F360200219F4B8180883D0546D982AA19A8461AE3894F0ADC6B5E1BD858D141F86C4F5C8905071DC4E50E23A3649E97927CC1"
    "F3147E6931831B1C87922B8DDEDE0E3A945F45087AFEFAF2A644FAB9B9DED204FDD8FB62283AB2F7CD2D318614413F860A9CF1E5F8F519D447D7"
    "E09446CA2714433AA3F357AFC93626D208C44162D0A84EE72E6182C19F100807010103A0000201"
)
CDA_SECOND = (
    "7781989F2701409F360200219F4B818055C4F8E2AAA14429131B7BADAC54FE73D3038428D353C07F746C6074145861884D7CF0871186178695DF"
    "78469E817B3639D7C861FB1EAC6FF252A2276C54190FBA996D8826AD57B7F0DEAF53F2E7FA615A13FBB84D5F7F49CE04EF1E493D98C5ED17CCB8"
    "88A669E55A625D3FEEF6A209B8D357C1839D4D24D4DD9B03257647E79F10080701010360000201"
)


def test_lab_cda_in_both_cryptograms():
    bench = lab_card(atc="0020")
    bench.session.commit(bench.session.counters._replace(last_online_atc=0x20))
    assert gpo(bench) == 0x9000
    assert bench.send("80AE900020" + CDOL_VALUES + "00").data.hex().upper() == CDA_FIRST
    assert bench.sw("008200000A3E7EF9DF08F760513030") == 0x9000
    assert bench.send("80AE5000223030" + CDOL_VALUES + "00").data.hex().upper() == CDA_SECOND


@pytest.mark.parametrize(
    "command",
    [
        "841E0000048DAA58A9",
        "8418000004C8976B1D",
        "841600000439BF6A22",
        "84240000043085ABC9",
        "04DA9F5805057AB0EE87",
        "04DC01240E70089F1401039F230107" + "82557470",
        "84240002142B783991E11C15B19FA524D1D549B20A22384EA6",
        "8424000114D0628732C48EBB379FA524D1D549B20A1A8CD21D",
    ],
)
def test_published_check_values_of_scripts(command):
    """ATC 0001 and a first cryptogram of 1122334455667788, which no transaction gives: put into the session."""
    bench = lab_card()
    gpo(bench)
    bench.send("80AE800020" + CDOL_VALUES + "00")
    bench.session.run = bench.session.run._replace(cryptogram=bytes.fromhex("1122334455667788"))
    assert bench.sw(command) == 0x9000
    if command.startswith("8424000114"):
        bench.select()
        assert bench.sw("0020008008245678FFFFFFFFFF") == 0x9000


def test_sm4_card():
    """The worked example's keys used as SM4 keys, ALG 04 in the IAD; the form SM4 cards in the field have."""
    bench = Bench().skeleton()
    sender = bench.open()
    udks = "766F154C18122030E55CC941421854AC" + "0A686A6BDA4AC2AFC142016C75DE3DCC" + "6DA855622E3EFE3B3499AF0355A796EE"
    cdol = "9F02069F03069F1A0295055F2A029A039C019F3704"
    lists = f"8C15{cdol}8D178A02{cdol}9F08020020"
    signed = "5A0A6299990123456789019F5F2403301231" + "".join(f"{tag}05" + "00" * 5 for tag in ("9F0D", "9F0E", "9F0F"))
    ddol = encode(0x70, bytes.fromhex("9F49039F3704"))
    for dgi, value in (
        (0x9200, "9F10080701010300000004"),
        (0x9104, "82027C00" + "940C" + "08010100" + "10050500" + "18010201"),
        (0x9102, "A50C500A50424F43204445424954"),
        (0x0101, encode(0x70, encode(0x57, bytes.fromhex("6299990123456789019D30122200000000000F")))),
        (0x0205, ddol),
        (0x0301, encode(0x70, bytes.fromhex(signed))),
        (0x0302, encode(0x70, bytes.fromhex(lists))),
        (0x0D01, "9F5801FF"),
        (0x0E01, "9F3602" + "0011" + "9F1302" + "0010"),
    ):
        assert sender.group(dgi, value) == 0x9000, f"{dgi:04X}"
    for dgi, part in PRIVATE.items():
        assert sender.group(dgi, part + "8000000000000000", secret=True) == 0x9000
    assert sender.group(0x8000, udks, secret=True) == 0x9000
    assert sender.group(0x8010, "241234FFFFFFFFFF", secret=True) == 0x9000
    assert sender.group(0x9010, "0303", last=True) == 0x9000
    bench.select()
    assert bench.sw("80A8000002830000") == 0x9000
    assert bench.sw("00880000043F7C21A900") == 0x9000
    data = "000000012345000000000000015600000480000156260315003F7C21A9"
    answer = bench.send("80AE80001D" + data + "00").data.hex().upper()
    assert answer == "8013800012" + "AC2EF92E6B479F30" + "07010103A0000204"
    assert bench.sw("008200000A" + "64C24B2A4AD58BD8" + "3030") == 0x9000
    assert bench.sw("04DA9F580505" + "E3D16451") == 0x9000
