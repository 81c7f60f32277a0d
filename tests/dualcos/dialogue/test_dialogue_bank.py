"""The payment application's session: a transaction of the published laboratory keys (``vectors/pse/published.json``).

Commands and answers are written out by hand; 61xx, 6Cxx are the driver's business and not played here.
"""

import pytest
from test_dialogue_driver import Told

from apdu.tlv import TlvError
from cos.pse.data.aip_afl_ada import AflError
from dualcos.dialogue.bank import BankSession, ScriptHeader, list_data, parse_cryptogram, parse_options
from dualcos.dialogue.bank_channel import GroupOrder, open_channel
from dualcos.dialogue.driver import StepRefused, perform
from keys.algorithms import TDES
from keys.bank_cryptography import pin_block
from keys.custody.bank_key_service import BankKeyService, KeyTriple
from keys.key_handle import KeyHandle

AID = bytes.fromhex("A000000333010101")
CDOL = "9F02069F03069F1A0295055F2A029A039F21039C019F3704"
ASKED = "000000001000000000000000" + "0156" + "0000000000" + "0156" + "000125" + "164721" + "00" + "11223344"
TERMINAL = {
    0x9F02: "000000001000",
    0x9F03: "000000000000",
    0x9F1A: "0156",
    0x95: "0000000000",
    0x5F2A: "0156",
    0x9A: "000125",
    0x9F21: "164721",
    0x9C: "00",
    0x9F37: "11223344",
}
SELECT = ("00A4040008A000000333010101", "6F0E8408A000000333010101A5028700 9000")
GPO = ("80A80000028300", "80067D0008010200 9000")
RECORDS = [
    ("00B2010C00", "701A 8C18" + CDOL + " 9000"),
    ("00B2020C00", "701C 8D1A 8A02" + CDOL + " 9000"),
]
ARQC = (f"80AE800020{ASKED}", "8013 80 0001 DBDCBB916F4F6579 07010103A4000001 9000")


def triple(*keys):
    return KeyTriple(*(KeyHandle(TDES, bytes.fromhex(key)) for key in keys))


def session(**kw):
    keys = triple(
        "11223344006677881122334455007788", "8B4F854F0831FBF2635A212E4DDDB92A", "11220044556677881122330055667788"
    )
    return BankSession(AID, {tag: bytes.fromhex(value) for tag, value in TERMINAL.items()}, keys, **kw)


def test_the_published_transaction():
    """Lists from the records, values by tag, and everything the issuer answers from the first cryptogram."""
    card, bank = Told(SELECT, GPO, *RECORDS, ("0020008008241234FFFFFFFFFF", "9000"), ARQC), session()
    perform(card, bank.select())
    assert list(perform(card, bank.read())) == [0x0101, 0x0102]
    perform(card, bank.verify(pin_block("1234")))
    perform(card, bank.generate(0x80))
    assert bank.first == parse_cryptogram(bytes.fromhex(ARQC[1].replace(" ", ""))[:-2])
    assert bank.first.cvr == bytes.fromhex("03A40000")
    assert bank.proves(bank.first, bytes.fromhex("7D00"))
    assert not bank.proves(bank.first, bytes.fromhex("7C00"))
    card.pairs = [
        (bytes.fromhex(command), bytes.fromhex("9000"))
        for command in (
            "008200000ABA98DE6E91CD36033030",
            f"80AE4000223030{ASKED}",
            "841E000004C8DD9B32",
            "04DA9F580507992372D2",
            "84240000044532D67C",
            "8424000214AA747601D292DFE99FA524D1D549B20A6CCEF30B",
        )
    ]
    for dialogue in (
        bank.authenticate_issuer,
        lambda: bank.complete(0x40),
        lambda: bank.script(ScriptHeader.BLOCK_APPLICATION),
        lambda: bank.put_data(0x9F58, b"\x07"),
        lambda: bank.script(ScriptHeader.UNBLOCK_PIN),
        lambda: bank.change_pin("1234"),
    ):
        perform(card, dialogue())
    assert not card.pairs


def test_the_pdol_is_the_fcis_and_a_refusal_is_no_cryptogram():
    """PBOC-5 B.8: 83 and the data the PDOL asks for; what the terminal does not know is zeros."""
    fci = "6F158408A000000333010101A509 9F3806 9F0206 9F6604".replace(" ", "")
    card = Told((SELECT[0], fci + "9000"), ("80A800000C830A 000000001000 00000000", "6985"))
    bank = session(lists={0x8C: b""})
    perform(card, bank.select())
    assert perform(card, bank.options()).sw == 0x6985
    card.pairs.append((bytes.fromhex("80AE8000"), bytes.fromhex("6985")))
    perform(card, bank.generate(0x80))
    assert bank.first is None
    with pytest.raises(ValueError, match="no first cryptogram"):
        bank.authenticate_issuer()
    with pytest.raises(ValueError, match="card's keys"):
        BankSession(AID, {}).authenticate_issuer()


def test_a_listed_record_that_is_not_there():
    card, bank = Told(SELECT, GPO, RECORDS[0], ("00B2020C00", "6A83")), session()
    perform(card, bank.select())
    with pytest.raises(StepRefused, match="record 2 of SFI 01") as caught:
        perform(card, bank.read())
    assert caught.value.sw == 0x6A83


def test_both_formats():
    """PBOC-5 B.6, B.8: 80 without, 77 with tags; beside a CDA signature there is no cryptogram."""
    for raw in ("80067D0008010200", "770A 82027D00 940408010200"):
        options = parse_options(bytes.fromhex(raw))
        assert (options.aip.hex(), options.files) == ("7d00", ((1, 1, 2, 0),))
    iad = "07010103A4000001"
    for raw in (f"801380 0001 {'AB' * 8} {iad}", f"771F 9F270180 9F36020001 9F2608{'AB' * 8} 9F1008{iad}"):
        assert parse_cryptogram(bytes.fromhex(raw)) == (0x80, b"\0\x01", b"\xab" * 8, bytes.fromhex(iad))
    assert parse_cryptogram(bytes.fromhex("7709 9F270180 9F36020001")).ac == b""
    for raw in ("", "8003800001", "7704 9F270180", "80FF", "6F00"):
        with pytest.raises(TlvError):
            parse_cryptogram(bytes.fromhex(raw))
    with pytest.raises(AflError):
        parse_options(bytes.fromhex("80027D00"))


def test_values_are_fitted():
    """EMV book 3 §5.4: numbers on the right, everything else on the left; zeros for what is not known."""
    known = {0x9F02: bytes.fromhex("000000012345"), 0x9F4E: b"SHOP", 0x9F37: bytes.fromhex("11223344")}
    data = list_data(bytes.fromhex("9F02049F4E069F37029F6603"), known)
    assert data == bytes.fromhex("00012345 53484F500000 1122 000000")


CHIP = "621234FFFFFF0000A1B2 0100 0001 8D3A51E0F792"
OPENING = "80500000080F1E2D3C4B5A697800"
RECORD = "702757136212340100000042194D29122200000000000F5F2002202F9F1F0A30303030303030303030"


def test_channel():
    """The calculated session of ``tests/keys/test_keys_cps.py``: proof, C-MACs, numbers; a refusal does not count."""
    keys_of = BankKeyService({}, {1: KeyHandle(TDES, bytes.fromhex("5A1C93E7064FB82D71CE3896A5F04B2D"))})
    card = Told(
        (OPENING, CHIP + "6DEAB11ABEF57E20 9000"),
        ("848201001091A7C1C1DF28FBA871AB06BE110EC8DF", "9000"),
        ("84E2000034010129" + RECORD + "9071BB62DE33781B", "9000"),
    )
    channel = perform(card, open_channel(keys_of.personalisation_keys))
    perform(card, channel.store(0, bytes.fromhex("010129" + RECORD)))
    assert channel.number == 1
    card.exchange = lambda _: bytes.fromhex("6A88")
    with pytest.raises(StepRefused, match=r"STORE DATA 9010 \(84E28001\)"):
        perform(card, channel.store_groups([GroupOrder(0x9010, b"\x03\x03")]))
    assert channel.number == 1
    other = Told((OPENING, CHIP + "00" * 8 + "9000"))
    with pytest.raises(StepRefused, match="another KMC"):
        perform(other, open_channel(keys_of.personalisation_keys))


def test_a_long_group_goes_on_in_the_next_command():
    first, second = GroupOrder(0x0101, bytes(300)).pieces()
    assert (first[:5].hex(), len(first), len(second)) == ("0101ff012c", 247, 58)
    assert list(GroupOrder(0x9010, b"\x03\x03").pieces()) == [bytes.fromhex("9010020303")]
