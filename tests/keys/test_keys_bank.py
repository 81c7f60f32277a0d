"""Bank side: published transactions, lab keys, own worked example (PBOC-5 annexes C, D, E; PBOC-7 §11)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from keys_numbers import key

from firewall.hardware.cells import Cells
from firewall.hardware.power import PowerRail
from firewall.partition import Partition
from keys import bank_cryptography
from keys.algorithms import SM4, TDES, BadKey
from keys.card_key_store import KeyHeader, KeyStore
from keys.mac import full_mac
from keys.padding import BadPadding


def tags(text):
    """The eight terminal values of a cryptogram out of their concatenation, each under its tag."""
    raw, lengths = bytes.fromhex(text), (6, 6, 2, 5, 2, 3, 1, 4)
    values = {}
    for tag, length in zip(bank_cryptography.AC_TAGS, lengths, strict=True):
        values[tag], raw = raw[:length], raw[length:]
    assert not raw
    return values


def hexed(value):
    return value.hex().upper()


# --- a published online transaction, from the issuer master key to the ARPC --------------------------------------


def test_published_transaction():
    udk = bank_cryptography.card_key(key(TDES, "F0C34A8124CEE0A91A0B034AA97D6EAC"), "6228000100001", "01")
    assert hexed(bank_cryptography.diversification_input("6228000100001", "01")) == "0622800010000101"
    assert udk.equals(key(TDES, "014C986ECD8F49157CC8B59E3BCDFD98"))  # with odd parity
    session = bank_cryptography.session_key(udk, bytes.fromhex("0240"))
    assert session.equals(key(TDES, "D4102725E6E5AD329E55AAB50BF23DA9"))
    data = bank_cryptography.cryptogram_input(
        tags("00000000000100000000000001560080046000015614070100" + "1E78EEBC"),
        bytes.fromhex("7D00"),
        bytes.fromhex("0240"),
        bytes.fromhex("03A04002"),
    )
    ac = bank_cryptography.cryptogram(session, data)
    assert hexed(ac) == "5D016C91005E7CC2"
    assert hexed(bank_cryptography.arpc(session, ac, b"01")) == "21415243527CE78F"


def test_published_mac_inside_the_iad():
    udk = bank_cryptography.card_key(key(TDES, "12B1AC4AF070CC35612BFE2D30AB600D"), "6228000100001", "01")
    assert udk.equals(key(TDES, "4089345BD579081961D3586479D04AB0"))
    session = bank_cryptography.session_key(udk, bytes.fromhex("0240"))
    assert session.equals(key(TDES, "EA80DA2ED32A471AC343F55484147A0F"))
    assert hexed(bank_cryptography.idd_mac(session, bytes.fromhex("0240"), bytes.fromhex("0000001000"))) == "D1F61152"


def test_published_script_mac():
    """PAN of 19 digits: the rightmost 16 of PAN ‖ PSN, no hashing."""
    pan = "6214157312900025165"
    assert hexed(bank_cryptography.diversification_input(pan)) == "5731290002516500"
    udks = [
        bank_cryptography.card_key(key(TDES, imk), pan)
        for imk in (
            "A46B717318EED28A2B5DB38FCC28FE6E",
            "CFE31C8FEC62792BCB1A5D41A2442166",
            "6AAF8070BE0185BD78B114CB64CF476A",
        )
    ]
    for udk, expected in zip(
        udks,
        ("9D70763D433B2A0123265B2AAE513185", "08088CC48A1F68BA3B20C270BF9745C4", "C4BC372562294C706116D9C4DC04BC8A"),
        strict=True,
    ):
        assert udk.equals(key(TDES, expected))
    atc = bytes.fromhex("0002")
    sessions = [bank_cryptography.session_key(udk, atc) for udk in udks]
    for session, expected in zip(
        sessions,
        ("BA72C2B2F314489013DD121A61715D52", "822492068CD484E4E4A5B17CF57ACD43", "DEBAB142F4AFBAD2EABCE8A76FA12E7A"),
        strict=True,
    ):
        assert session.equals(key(TDES, expected))
    ac = bank_cryptography.cryptogram(
        sessions[0],
        bytes.fromhex("00000001000000000000000001560000000000015611122699490932987C00000203A02000"),
    )
    assert hexed(ac) == "19D03845AFB0D773"
    assert hexed(bank_cryptography.arpc(sessions[0], ac, b"00")) == "3F69C08F3997240D"
    script = bank_cryptography.ScriptContext(sessions[1], atc, ac)
    raw = script.command(bytes.fromhex("04DA9F79"), bytes.fromhex("000000010000"))
    assert hexed(raw) == "04DA9F790A000000010000F5AB5B13"


def test_published_session_key():
    udk = key(TDES, "40BF52BFD9AD67456B078A19011A1391")
    assert bank_cryptography.session_key(udk, b"\x00\x01").equals(key(TDES, "85FF218BB721253B726B8F8BFFA4326E"))


# --- lab keys -----------------------------------------------------------------------------------------------------

LAB = {
    "AC": ("11223344006677881122334455007788", "97DCB0", "8A1B677917131CD4992C006680BF832C"),
    "MAC": ("8B4F854F0831FBF2635A212E4DDDB92A", "CE4E2C", "7E4FB244A76D4DC23F773F939DB4D299"),
    "ENC": ("11220044556677881122330055667788", "B37DF3", "5EF9871055B85E86217A4A2E56AB1D90"),
}


@pytest.mark.parametrize(("value", "kcv", "session"), LAB.values())
def test_lab_keys(value, kcv, session):
    udk = key(TDES, value)
    assert hexed(udk.check_value) == kcv
    assert bank_cryptography.session_key(udk, b"\x00\x01").equals(key(TDES, session))


def lab_session(which):
    return key(TDES, LAB[which][2])


@pytest.mark.parametrize(
    ("cvr", "ac"),
    [("03A40000", "DBDCBB916F4F6579"), ("03640000", "B8C84AEC68E76124"), ("03A00000", "C18C3C4ADB1DF905")],
)
def test_lab_cryptograms(cvr, ac):
    values = tags("000000001000" + "00" * 6 + "0156" + "00" * 5 + "0156" + "000125" + "00" + "11223344")
    data = bank_cryptography.cryptogram_input(values, bytes.fromhex("7D00"), b"\x00\x01", bytes.fromhex(cvr))
    assert hexed(bank_cryptography.cryptogram(lab_session("AC"), data)) == ac


def test_lab_arpc():
    assert (
        hexed(bank_cryptography.arpc(lab_session("AC"), bytes.fromhex("DBDCBB916F4F6579"), b"00")) == "BA98DE6E91CD3603"
    )


def test_lab_cda_cryptograms():
    """ATC 0021, and the ARPC between the two GENERATE ACs."""
    session = bank_cryptography.session_key(key(TDES, LAB["AC"][0]), b"\x00\x21")
    assert session.equals(key(TDES, "691B9E84D00BA5656E1707AFFF31AE4C"))
    values = tags("000000001000" + "00" * 6 + "0156" + "00" * 5 + "0156" + "000125" + "00" + "11223344")
    acs = [
        bank_cryptography.cryptogram(
            session, bank_cryptography.cryptogram_input(values, bytes.fromhex("7D00"), b"\x00\x21", bytes.fromhex(cvr))
        )
        for cvr in ("03A00002", "03600002")
    ]
    assert [hexed(ac) for ac in acs] == ["9B9BB0EB70999F7F", "8341BCE58F2CE459"]
    assert hexed(bank_cryptography.arpc(session, acs[0], b"00")) == "3E7EF9DF08F76051"


LAB_SCRIPTS = [
    # cryptogram of the first GENERATE AC, header, data, whole command
    ("DBDCBB916F4F6579", "841E0000", "", "841E000004C8DD9B32"),
    ("DBDCBB916F4F6579", "04DA9F58", "07", "04DA9F580507992372D2"),
    ("DBDCBB916F4F6579", "84240000", "", "84240000044532D67C"),
    ("1122334455667788", "841E0000", "", "841E0000048DAA58A9"),
    ("1122334455667788", "84180000", "", "8418000004C8976B1D"),
    ("1122334455667788", "84160000", "", "841600000439BF6A22"),
    ("1122334455667788", "84240000", "", "84240000043085ABC9"),
    ("1122334455667788", "04DA9F58", "05", "04DA9F5805057AB0EE87"),
    ("1122334455667788", "04DC0124", "70089F1401039F230107", "04DC01240E70089F1401039F23010782557470"),
]


@pytest.mark.parametrize(("ac", "header", "data", "command"), LAB_SCRIPTS)
def test_lab_scripts(ac, header, data, command):
    script = bank_cryptography.ScriptContext(lab_session("MAC"), b"\x00\x01", bytes.fromhex(ac))
    assert hexed(script.command(bytes.fromhex(header), bytes.fromhex(data))) == command


LAB_PIN_CHANGES = [
    # AC, P2, new, current, D, whole command
    ("DBDCBB916F4F6579", 2, "1234", None, "041234FFAA998877", "8424000214AA747601D292DFE99FA524D1D549B20A6CCEF30B"),
    ("1122334455667788", 2, "123456", None, "06123456AA998877", "84240002142B783991E11C15B19FA524D1D549B20A22384EA6"),
    ("1122334455667788", 1, "5678", "1234", "166278FFAA998877", "8424000114D0628732C48EBB379FA524D1D549B20A1A8CD21D"),
]


@pytest.mark.parametrize(("ac", "p2", "new", "current", "data", "command"), LAB_PIN_CHANGES)
def test_lab_pin_changes(ac, p2, new, current, data, command):
    plain = bank_cryptography.pin_change_data(key(TDES, LAB["ENC"][0]), new, current)
    assert hexed(plain) == data
    script = bank_cryptography.ScriptContext(lab_session("MAC"), b"\x00\x01", bytes.fromhex(ac))
    cipher = bank_cryptography.encipher(lab_session("ENC"), plain)
    assert hexed(script.command(bytes((0x84, 0x24, 0x00, p2)), cipher)) == command


# --- own worked example -------------------------------------------------------------------------------------------

PAN, PSN, ATC = "6299990123456789019", "01", bytes.fromhex("0012")
IMKS = {
    "AC": ("5BA7D9E03D6E29049D40B3E6863B0EC4", "B036F8", "6CB5B3"),
    "MAC": ("C23E7F1A94D961B57A0BE5318F6DD394", "A85E56", "4AC398"),
    "ENC": ("3D9B16E9B5704FC2E0582C97A74AD30E", "35F292", "1EEC78"),
}
DES_KEYS = {
    "AC": ("E51A76FDF87AB0101549E3832A29B0B0", "910EAC", "4A315453EF2971EE1A267E3CB2C14A5E"),
    "MAC": ("B0B5C17A4362CEDCE02F7AEA5831DFA7", "E57A27", "3CAD3A19A21A036FD48FFABBFBEF708B"),
    "ENC": ("15076B16E94A73EFE09BA7FE790E01AE", "4BB40D", "635AFE74FA966ADD71931DE460A37CB6"),
}
SM4_KEYS = {
    "AC": ("766F154C18122030E55CC941421854AC", "3D7C975249E58CC4E14A8C8117E32B23"),
    "MAC": ("0A686A6BDA4AC2AFC142016C75DE3DCC", "C51E7E7FC44F340C6C1574E637AA4B15"),
    "ENC": ("6DA855622E3EFE3B3499AF0355A796EE", "A95E76FFE1298BB857138EF8E7179AE8"),
}
VALUES = "000000012345000000000000015600000480000156260315003F7C21A9"


def ac_data(cvr):
    return bank_cryptography.cryptogram_input(tags(VALUES), bytes.fromhex("7C00"), ATC, bytes.fromhex(cvr))


def session(which, algorithm=TDES):
    return bank_cryptography.session_key(bank_cryptography.card_key(key(algorithm, IMKS[which][0]), PAN, PSN), ATC)


@pytest.mark.parametrize("which", ["AC", "MAC", "ENC"])
def test_keys(which):
    imk, kcv, sm4_kcv = IMKS[which]
    assert hexed(key(TDES, imk).check_value) == kcv
    assert hexed(key(SM4, imk).check_value) == sm4_kcv
    udk = bank_cryptography.card_key(key(TDES, imk), PAN, PSN)
    assert udk.equals(key(TDES, DES_KEYS[which][0]))
    assert hexed(udk.check_value) == DES_KEYS[which][1]
    assert session(which).equals(key(TDES, DES_KEYS[which][2]))
    assert bank_cryptography.card_key(key(SM4, imk), PAN, PSN).equals(key(SM4, SM4_KEYS[which][0]))
    assert session(which, SM4).equals(key(SM4, SM4_KEYS[which][1]))


def test_diversification_input():
    assert hexed(bank_cryptography.diversification_input(PAN, PSN)) == "9012345678901901"
    assert hexed(bank_cryptography.diversification_input("62", "1")[-2:]) == "0621"


def test_input_of_the_cryptogram():
    assert hexed(ac_data("03A00002")) == ("000000012345000000000000015600000480000156260315003F7C21A97C00001203A00002")


def test_tc_hash_comes_first():
    """PBOC-5 §D.2."""
    plain = bank_cryptography.cryptogram_input(tags(VALUES), b"\x7c\x00", ATC, b"\x03\xa0\x00\x02")
    with_hash = bank_cryptography.cryptogram_input(
        tags(VALUES) | {0x98: bytes(20)}, b"\x7c\x00", ATC, b"\x03\xa0\x00\x02"
    )
    assert with_hash == bytes(20) + plain


@pytest.mark.parametrize(
    ("cvr", "ac"),
    [
        ("03A00002", "E3F2918989673FFD"),
        ("03600002", "74D1D49DD4AA32AF"),
        ("03A00000", "53B3730C0D8F5003"),
        ("03800002", "CC06689484EBBBC0"),
        ("03900002", "B210A1FCD22D4B23"),
        ("03200002", "7B2A231B34F2FB69"),
        ("03680002", "87DAD4861958141D"),
        ("03280002", "4589C177FA8F3412"),
        ("03600402", "C4517213B881C0CF"),
        ("03210002", "BCD7720EA68C754F"),
        ("03610002", "9EE86CED85FF008C"),
    ],
)
def test_cryptograms(cvr, ac):
    assert hexed(bank_cryptography.cryptogram(session("AC"), ac_data(cvr))) == ac


@pytest.mark.parametrize(
    ("arc", "expected"),
    [
        ("3030", "57825135A7B12C59"),
        ("3031", "3DDB2F88FAF27E63"),
        ("3130", "600068E089DD51CB"),
        ("3035", "D4C1A8D6CC327345"),
        ("3531", "AC5BBB00C2108F4E"),
    ],
)
def test_arpc(arc, expected):
    assert (
        hexed(bank_cryptography.arpc(session("AC"), bytes.fromhex("E3F2918989673FFD"), bytes.fromhex(arc))) == expected
    )


def script(algorithm=TDES, *, folded=False):
    return bank_cryptography.ScriptContext(session("MAC", algorithm), ATC, bytes.fromhex("E3F2918989673FFD"), folded)


@pytest.mark.parametrize(
    ("header", "data", "mac"),
    [
        ("04DA9F58", "05", "5CDCDDF0"),
        ("04DA9F54", "000000500000", "2A0A8DBC"),
        ("04DC0124", "70089F1401059F230109", "F788A54C"),
        ("841E0000", "", "CA89EA9A"),
        ("84180000", "", "3C311112"),
        ("84160000", "", "1285D3CF"),
        ("84240000", "", "639519D1"),
        ("84240002", "70D5A8A086C2F25F411671EA6E0BFA6E", "E3C1AA63"),
        ("84240001", "741F8FB3581C8330411671EA6E0BFA6E", "2A31B5D7"),
        ("84240002", "33A7D16E7B97093C411671EA6E0BFA6E", "779AC65C"),
        ("84240001", "9AA2E86160A92606411671EA6E0BFA6E", "CC7BCDEC"),
    ],
)
def test_script_mac(header, data, mac):
    raw = script().command(bytes.fromhex(header), bytes.fromhex(data))
    assert hexed(raw) == f"{header}{len(data) // 2 + 4:02X}{data}{mac}"


PIN_BLOCKS = [
    ("123456", None, "0612345616B58C10", "70D5A8A086C2F25F411671EA6E0BFA6E"),
    ("123456", "1234", "1426345616B58C10", "741F8FB3581C8330411671EA6E0BFA6E"),
    ("98765", None, "0598765F16B58C10", "33A7D16E7B97093C411671EA6E0BFA6E"),
    ("98765", "123456", "17AC205F16B58C10", "9AA2E86160A92606411671EA6E0BFA6E"),
]


@pytest.mark.parametrize(("new", "current", "data", "cipher"), PIN_BLOCKS)
def test_pin_change_both_ends(new, current, data, cipher):
    """PBOC-5 B.10.3: what the host sends, and what the card makes of it."""
    udk, enc = key(TDES, DES_KEYS["ENC"][0]), session("ENC")
    plain = bank_cryptography.pin_change_data(udk, new, current)
    assert hexed(plain) == data
    assert hexed(bank_cryptography.encipher(enc, plain)) == cipher
    received = bank_cryptography.decipher(enc, bytes.fromhex(cipher))
    if current is not None:
        received = pin_store(current).with_pin_digits((1, 0, 0), received)
    assert bank_cryptography.changed_pin_block(udk, received) == bank_cryptography.pin_block(new)


def pin_store(pin):
    store = KeyStore(Partition(Cells(PowerRail(), 256)), b"b")
    store.put(KeyHeader(1, 0, 0, 0, 0x33, 0, 0, 8), bank_cryptography.pin_block(pin))
    return store


def test_card_side_refuses_what_is_no_pin():
    udk = key(TDES, DES_KEYS["ENC"][0])
    for bad in ("2612345616B58C10", "0312345616B58C10", "0612345616B58C11", "06A2345616B58C10", "06123456"):
        with pytest.raises(bank_cryptography.BadPinBlock):
            bank_cryptography.changed_pin_block(udk, bytes.fromhex(bad))
    enc = session("ENC")
    with pytest.raises(BadPadding):
        bank_cryptography.decipher(enc, enc.encrypt(bytes.fromhex("0806123456FFFFFFFF81000000000000")))


@pytest.mark.parametrize("pin", ["123", "1234567890123", "12a4", "", "１２３４"])
def test_no_pin(pin):
    with pytest.raises(bank_cryptography.BadPinBlock) as fault:
        bank_cryptography.pin_block(pin)
    assert pin not in str(fault.value) or not pin


@given(st.text("0123456789", min_size=4, max_size=12), st.sampled_from([0, 2]))
def test_pin_block(pin, control):
    block = bank_cryptography.pin_block(pin, control)
    bank_cryptography.check_pin_block(block, control)
    assert block.hex().upper() == f"{control}{len(pin):X}{pin}".ljust(16, "F")
    with pytest.raises(bank_cryptography.BadPinBlock):
        bank_cryptography.check_pin_block(block, 2 - control)


@given(st.binary(max_size=9))
def test_check_pin_block_is_total(block):
    try:
        bank_cryptography.check_pin_block(block)
    except bank_cryptography.BadPinBlock:
        return
    assert bank_cryptography.pin_block(block.hex()[2 : 2 + (block[0] & 15)]) == block


def test_mac_inside_the_iad():
    assert hexed(bank_cryptography.idd_mac(session("MAC"), ATC, bytes.fromhex("0000010000"))) == "6C43E71F"


# --- SM4: the form of later cards, and the folded form of the 2010 text -------------------------------------------


def test_sm4_cryptogram():
    made = session("AC", SM4)
    assert hexed(full_mac(made, ac_data("03A00002"))) == "AC2EF92E6B479F30E3DCFCE0BFD7C4EF"
    assert hexed(bank_cryptography.cryptogram(made, ac_data("03A00002"))) == "AC2EF92E6B479F30"
    assert hexed(bank_cryptography.cryptogram(made, ac_data("03A00002"), folded=True)) == "4FF205CED4905BDF"
    assert hexed(bank_cryptography.arpc(made, bytes.fromhex("AC2EF92E6B479F30"), b"00")) == "64C24B2A4AD58BD8"


def test_sm4_script_mac():
    ac = bytes.fromhex("AC2EF92E6B479F30")
    macs = [
        script(SM4, folded=folded)._replace(ac=ac).mac(bytes.fromhex("04DA9F58"), b"\x05") for folded in (False, True)
    ]
    assert [hexed(m) for m in macs] == ["E3D16451", "DDA170B9"]


def test_sm4_pin_change():
    udk = key(SM4, SM4_KEYS["ENC"][0])
    plain = bank_cryptography.pin_change_data(udk, "123456")
    assert hexed(plain) == "06123456D1C101C4"
    assert hexed(bank_cryptography.encipher(session("ENC", SM4), plain)) == "85F0EC9508845FE996B7C08A6211349F"


def test_algorithm_table():
    assert bank_cryptography.scheme(1) == (TDES, False)
    assert bank_cryptography.scheme(4) == (SM4, False)
    with pytest.raises(BadKey):
        bank_cryptography.scheme(2)
