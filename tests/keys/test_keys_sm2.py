"""SM2 and its certificates against two published chains, and against a second library (tongsuopy, OpenSSL's kin)."""

from __future__ import annotations

import sys

import pytest

from keys import sm2, sm2_certificates, sm2_engine
from keys.algorithms import BadKey, sm3
from keys.custody.sm2_authority import Sm2Authority, Sm2Issuer
from keys.rsa_certificates import BadCertificate
from keys.sm2 import Sm2Private
from keys.sm2_certificates import Sm2Certified
from tests.sm2_second_opinion import right_to_tongsuopy

engine = pytest.importorskip("gmssl.sm2", reason="SM2 is an optional extra")

# A live authority (index 18) and a card under it, published with a certification tool: public parts only.
CA_18 = bytes.fromhex(
    "37710FEB7CC3617767874E85509C268E8F931D68773E93A89F39A4247DFE2D28"
    "0FC5BC838353885B6DAD447C8F90116BD9D314047591989F67F319544D42A48B"
)
CA_18_FILE = bytes.fromhex("3101010000A0000003331812300411" + "40") + CA_18
CA_18_SIGNATURE = bytes.fromhex(
    "DBDA8F27CF839323920DF931DC51943AE26A376F7EB2529F7233230B63CE15AB"
    "A76C1E508DA4A98675A2B522D2722BDF5CD93953973F241F568B282BB66CECDD"
)
ISSUER_18 = bytes.fromhex(
    "1262354897123000125804001140C9DAD9AC482C02D489E24EEDFCE7C2F0EA4450D208E8E3847FDDCE6B9D55EDC8C97154E019C9E5C14196"
    "29587C9C923529D5A18D1715E6EF9DAEB057987FEDFAE1F1F48346B2E90A4443CB7DD42748236C2264FCE4A47B68EF505F2E2FCE4736BA8E"
    "C9B67611DB07E31FA90E245300BA278EBDD345508FACE2485E242CE09363"
)
CARD_18 = bytes.fromhex(
    "14623548973000021812FF0625007EB004001140342A63B591135AEFC30A2A308A0F8185FB6E35A85F75A26487501B0CAFE391113BEDDA08"
    "88B126FC7F64E2E070F9CC06D456BF7C984EE7D1194F9DE23D9ADCA3C4D73FA5EA6B7040AACE51D5AE016DA2DD74F7147BFD31925EFE8C09"
    "E5308C26BD54FFE78B8CEEBF140E7506B9418B209C4D244F799CC8B6E3E0FA2F3212DC22"
)
RECORDS_18 = bytes.fromhex(
    "5F24032506015F25031706015A096235489730000218129F0702FF008E0C000000000000000002031F009F0D05D8609CA8009F0E0500100000"
    "009F0F05D8689CF8005F280201569F080200308C1B9F02069F03069F1A0295055F2A029A039C019F37049F21039F4E148D1A8A029F02069F03"
    "069F1A0295055F2A029A039C019F37049F2103"
)
AIP_18 = bytes.fromhex("7C00")
Z_ISSUER_18 = bytes.fromhex("1BC225A4BA275DB27EC2E48DBD5CE69EEBF49C68F8834A7EC1AFC9EF7CF2177B")
E_CARD_18 = bytes.fromhex("1C298835DBA95CAE08EF907EF2E701DD04FCFB1D62D45A70BA05E74017C83F1B")

# A laboratory's authority (57) and its two cards, published with the cards' private keys.
CA_57 = bytes.fromhex(
    "E8105E77861FD2EB727C84E36D3D4A5666BD0ADCE8781F0145D3D82D72B92748"
    "E22D5404C6C41F3EC8B790DE2F61CF29FAECB168C79F5C8666762D53CC26A460"
)
ISSUER_57 = bytes.fromhex(
    "12622800011220000001040011409F483BF2CC71C5093728318061E3F768EA7C170F82DD8C4B979FBD8C76A129F93FB5746E96F5E49B987F"
    "FB521E473B25E1B017C30BE3FC638BA14D5FA4AADC1673DF81BF5CC82AABB7CF3C9165EDEEA2EC0CCC56AB19F1661E012CD33D4BFBEC55A8"
    "8990EB25B4A4058C8E4B11C1F9EA2055E403CA76AC8A991DE80A35BED348"
)
OTHER_SIGNATURE_57 = bytes.fromhex(
    "B1E1A02ED62D811268C4A2123CD8B26690BCE14BB7A01713C01C2D2FF2892D15"
    "96A7D9D131C73813C3A3D6F851DCDA917E986923F98DD2444ADC8EF0D0CE1E2A"
)
RECORD_57 = bytes.fromhex("5A0862280001000011175F24033012315F25039507019F08020030")
SSAD_57 = bytes.fromhex(
    "13DAC197C8713D8B0670C48847895875D6B153C3539172A493B51C6966F4048560FAD07290AF31A0B14D9759197E3BAFA805A5E3FFCCCA03"
    "6B783B32076CD713C30C5F"
)
CARD_A = bytes.fromhex(
    "146228000100001117FFFF122000000104000440173A31DD681C6F8FE3BA6C354AD3924A4ADFD15EB0581BC1B37A1EB1C88DA29B47155F62"
    "FCF4CCCD201B134351A049D77E81F6A6C66E9CB32664F41348DA11F6A1D4F35659452064382C2CAD8D74041C9CAC2A10C663F4030C2759E3"
    "6B770B2068C6FD95B195BD6FD3C4F4A42009AB9DCE81BFB9C2D04DD39E059E562E9D172E"
)
PRIVATE_A = bytes.fromhex("AAF8CE02045DD01619D689EE731C551159BE7EB2D51A372FF56B556E5CB2FDE3")
CARD_B = bytes.fromhex(
    "146228000100001117FFFF122000000104000440C3AC12B81B9D175936B5BF72BB8FE3A2266BC013B2E94F5837F16AA1C01AA7323B75626A"
    "B64D02AED20CC6F440841F10EE6873BCBEA3F41D6869D0FEADD711547817D243286F51A55694D3C728191F067A6C194B4B20C558A97565C5"
    "B9BFDB46D2E53C0F5DDC7C808BD0DB8C770DCA9B6F626BF5ECE8EA98EA7F758783CAF310"
)
PRIVATE_B = bytes.fromhex("4EFF3E9B796688F38E006DEB21E101C01028903A06023AC5AAB8635F8E307A53")
Z_CARD_B = bytes.fromhex("228C5EDBD4150CD02785F763C074DDCD2E21294465341CFE48530B589BA0FC85")
FIXED = bytes.fromhex("59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21")
SDAD_B = bytes.fromhex(
    "15030200AE572C9873343FE6F5A9900AAC1652F2B26D03D0D5B505E5A1963FCA5290D78C860AF6E9FCE311C570CA67232DF918A66B8D7C35"
    "0320AE9709744DC1EDE212A257"
)
UNPREDICTABLE = bytes.fromhex("11223344")

# The curve of GB/T 32918.5, for Z written out.
A = bytes.fromhex("FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC")
B = bytes.fromhex("28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93")
G = bytes.fromhex(
    "32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7"
    "BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0"
)
N = bytes.fromhex("FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123")


def z(public: bytes, user: bytes = b"1234567812345678") -> bytes:
    return sm3((len(user) * 8).to_bytes(2, "big") + user + A + B + G + public)


def times_g(number: int) -> bytes:
    return bytes.fromhex(engine.CryptSM2("", "")._kg(number, engine.default_ecc_table["g"]))


def key_of(certificate: bytes) -> bytes:
    return certificate[-128:-64]


@pytest.fixture(scope="module")
def card_b() -> Sm2Private:
    return Sm2Private(PRIVATE_B, key_of(CARD_B))


# --- the chain under the live authority ---------------------------------------------------------------------------


def test_the_live_authority_signs_itself():
    assert sm2.verify(CA_18, CA_18_FILE, CA_18_SIGNATURE)


def test_live_chain():
    issuer = sm2_certificates.open_issuer_key(CA_18, ISSUER_18)
    assert (issuer.subject.hex(), issuer.expiry.hex(), issuer.serial.hex(), issuer.parameters) == (
        "62354897",
        "1230",
        "001258",
        0x11,
    )
    card = sm2_certificates.open_icc_key(issuer.key, CARD_18, RECORDS_18 + AIP_18)
    assert (card.subject.hex().upper(), card.expiry.hex(), card.serial.hex().upper()) == (
        "623548973000021812FF",
        "0625",
        "007EB0",
    )
    assert card.key == key_of(CARD_18)


def test_live_chain_hash():
    issuer = key_of(ISSUER_18)
    message = CARD_18[:84] + RECORDS_18 + AIP_18
    assert len(message) == 219
    assert z(issuer) == Z_ISSUER_18
    assert sm3(Z_ISSUER_18 + message) == E_CARD_18


def test_live_chain_needs_the_aip():
    with pytest.raises(BadCertificate, match="signature"):
        sm2_certificates.open_icc_key(key_of(ISSUER_18), CARD_18, RECORDS_18)


@pytest.mark.parametrize("wrong", ["no Z", "empty user"])
def test_live_chain_needs_z_of_the_usual_user(wrong):
    """The library's verification of a bare hash: right for SM3(Z ‖ M), wrong for the two other readings."""
    issuer, message = key_of(ISSUER_18), CARD_18[:84] + RECORDS_18 + AIP_18
    library = engine.CryptSM2("", issuer.hex())
    signature = CARD_18[-64:].hex()
    assert library.verify(signature, E_CARD_18)
    prefix = b"" if wrong == "no Z" else z(issuer, b"")
    assert not library.verify(signature, sm3(prefix + message))


# --- the laboratory's chain ---------------------------------------------------------------------------------------


def test_laboratory_chain():
    issuer = sm2_certificates.open_issuer_key(CA_57, ISSUER_57)
    assert issuer.subject.hex() == "62280001"
    assert sm2_certificates.open_issuer_key(CA_57, ISSUER_57[:-64] + OTHER_SIGNATURE_57) == issuer
    assert sm2_certificates.open_static(issuer.key, SSAD_57, RECORD_57).hex().upper() == "DAC1"
    for certificate in (CARD_A, CARD_B):
        card = sm2_certificates.open_icc_key(issuer.key, certificate, RECORD_57)
        assert card.subject.hex().upper() == "6228000100001117FFFF"
        assert card.parameters == 0x04


def test_laboratory_static_data_end_without_the_aip():
    """No 9F4A in those cards."""
    with pytest.raises(BadCertificate):
        sm2_certificates.open_icc_key(key_of(ISSUER_57), CARD_A, RECORD_57 + bytes.fromhex("5C00"))


@pytest.mark.parametrize(("private", "certificate"), [(PRIVATE_A, CARD_A), (PRIVATE_B, CARD_B)])
def test_private_keys_belong_to_the_certificates(private, certificate):
    assert Sm2Private(private, key_of(certificate)).public == key_of(certificate)


def test_dynamic_signature_with_a_fixed_number(card_b):
    assert z(card_b.public) == Z_CARD_B
    made = sm2_certificates.sign_dynamic(card_b, bytes.fromhex("0200AE"), UNPREDICTABLE, lambda _: FIXED)
    assert made == SDAD_B
    assert sm2_certificates.open_dynamic(card_b.public, SDAD_B, UNPREDICTABLE).hex().upper() == "0200AE"


# --- edges --------------------------------------------------------------------------------------------------------


def test_random_number_out_of_range_is_drawn_again(card_b):
    drawn = [bytes(32), N, b"\xff" * 32, FIXED]
    assert card_b.sign(SDAD_B[:5] + UNPREDICTABLE, lambda _: drawn.pop(0)) == SDAD_B[5:]
    assert not drawn


@pytest.mark.parametrize(
    "signature",
    [
        bytes(64),
        bytes(32) + SDAD_B[-32:],
        SDAD_B[5:37] + bytes(32),
        (int.from_bytes(SDAD_B[5:37], "big") + int.from_bytes(N, "big")).to_bytes(33, "big")[-32:] + SDAD_B[-32:],
        N + SDAD_B[-32:],
        SDAD_B[5:37] + b"\xff" * 32,
        SDAD_B[5:-1],
        b"",
    ],
)
def test_numbers_out_of_range_are_no_signature(card_b, signature):
    assert not sm2.verify(card_b.public, SDAD_B[:5] + UNPREDICTABLE, signature)


def test_signature_to_the_point_at_infinity_is_none():
    """s·G + (r + s)·P = 0 for P = −s·(r + s)⁻¹·G: such a pair neither passes nor raises."""
    n = int.from_bytes(N, "big")
    r, s = 5, 7
    d = -s * pow(r + s, -1, n) % n
    assert not sm2.verify(times_g(d), b"any", r.to_bytes(32, "big") + s.to_bytes(32, "big"))


@pytest.mark.parametrize("public", [bytes(64), G[:63], G + b"\0", G[:63] + b"\xa1", b"\xff" * 64])
def test_no_point_no_key(public):
    with pytest.raises(BadKey):
        sm2.verify(public, b"", bytes(64))


def test_a_public_key_may_begin_with_04():
    """The library's constructor would strip those digits."""
    issuer = Sm2Private(PRIVATE_A, key_of(CARD_A))
    for number in range(1, 2000):
        public = times_g(number)
        if public[0] == 0x04:
            break
    key = Sm2Private(number.to_bytes(32, "big"), public)
    assert key.public[0] == 0x04
    assert sm2.verify(key.public, b"text", key.sign_reproducibly(b"text"))
    assert not sm2.verify(issuer.public, b"text", key.sign_reproducibly(b"text"))


def test_without_the_library_one_clear_error(monkeypatch, card_b):
    monkeypatch.setitem(sys.modules, "gmssl.sm2", None)
    monkeypatch.delitem(sys.modules, "keys.sm2_engine", raising=False)
    for use in (
        lambda: Sm2Private(PRIVATE_B, card_b.public),
        lambda: sm2.verify(card_b.public, b"", bytes(64)),
        lambda: card_b.sign_reproducibly(b""),
    ):
        with pytest.raises(sm2.Sm2Missing, match=r"dualcos\[sm\]"):
            use()


def test_private_and_public_must_be_a_pair():
    with pytest.raises(BadKey, match="belong"):
        Sm2Private(PRIVATE_A, key_of(CARD_B))
    for value in (bytes(32), N, (int.from_bytes(N, "big") - 1).to_bytes(32, "big"), PRIVATE_A[1:]):
        with pytest.raises(BadKey):
            Sm2Private(value, key_of(CARD_A))


def test_a_private_key_says_nothing(card_b):
    assert PRIVATE_B.hex() not in repr(card_b).lower()
    with pytest.raises(TypeError):
        card_b.__reduce_ex__(4)


@pytest.mark.parametrize("at", [0, 1, 5, 10, 12, 60, 100, 141])
def test_one_wrong_byte_breaks_a_certificate(at):
    spoiled = bytearray(ISSUER_57)
    spoiled[at] ^= 1
    with pytest.raises(BadCertificate):
        sm2_certificates.open_issuer_key(CA_57, bytes(spoiled))


@pytest.mark.parametrize("length", [0, 1, 2, 4, 68, 70])
def test_signatures_of_another_length(card_b, length):
    with pytest.raises(BadCertificate):
        sm2_certificates.open_dynamic(card_b.public, (SDAD_B + b"\0")[:length], UNPREDICTABLE)


# --- own chain, and the second opinion ------------------------------------------------------------------------------


def test_own_chain_is_the_same_each_time(card_b):
    authority = Sm2Authority(bytes.fromhex("A000000333"), 0xF2, Sm2Private(PRIVATE_A, key_of(CARD_A)))
    expiry, serial = bytes.fromhex("1230"), bytes.fromhex("000001")
    made = authority.certify(card_b.public, "62999901", expiry, serial)
    assert made == authority.certify(card_b.public, "62999901", expiry, serial)
    assert len(made) == 142
    issuer = Sm2Issuer(card_b, made)
    contents = sm2_certificates.open_issuer_key(authority.public, made)
    assert contents == Sm2Certified(bytes.fromhex("62999901"), expiry, serial, card_b.public)
    card = issuer.certify(authority.public, "6299990123456789019", expiry, serial, b"static")
    assert len(card) == 148
    assert sm2_certificates.open_icc_key(issuer.public, card, b"static").subject.hex() == "6299990123456789019f"
    ssad = issuer.sign_static(b"\xda\xc1", b"static")
    assert len(ssad) == 67
    assert sm2_certificates.open_static(issuer.public, ssad, b"static") == b"\xda\xc1"


def test_second_opinion_on_the_published_chains():
    assert right_to_tongsuopy(CA_18, CA_18_FILE, CA_18_SIGNATURE)
    assert right_to_tongsuopy(CA_57, ISSUER_57[:-64], ISSUER_57[-64:])
    assert not right_to_tongsuopy(CA_57, ISSUER_57[:-65], ISSUER_57[-64:])


@pytest.mark.parametrize("message", [b"", b"a", bytes(range(256)), bytes(1000)])
def test_second_opinion_on_own_signatures(card_b, message):
    signature = card_b.sign_reproducibly(message)
    assert right_to_tongsuopy(card_b.public, message, signature)
    assert sm2.verify(card_b.public, message, signature)


# GM/T 0003.5 annex C: the recommended curve's encryption example, C1 ‖ C3 ‖ C2.
EXAMPLE_VALUE = bytes.fromhex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8")
EXAMPLE_PUBLIC = bytes.fromhex(
    "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)
EXAMPLE_CIPHER = bytes.fromhex(
    "04EBFC718E8D1798620432268E77FEB6415E2EDE0E073C0F4F640ECD2E149A73"
    "E858F9D81E5430A57B36DAAB8F950A3C64E6EE6A63094D99283AFF767E124DF0"
    "59983C18F809E262923C53AEC295D30383B54E39D609D160AFCB1908D0BD8766"
    "21886CA989CA9C7D58087307CA93092D651EFA"
)


def test_published_encryption_deciphers():
    assert sm2.public_key(EXAMPLE_VALUE) == EXAMPLE_PUBLIC
    assert Sm2Private(EXAMPLE_VALUE, EXAMPLE_PUBLIC).decipher(EXAMPLE_CIPHER) == b"encryption standard"


@pytest.mark.parametrize("at", [0, 40, 70, 100])
def test_a_changed_cipher_text_has_no_plain_text(at):
    changed = bytearray(EXAMPLE_CIPHER)
    changed[at] ^= 1
    with pytest.raises(sm2.BadCipher):
        Sm2Private(EXAMPLE_VALUE, EXAMPLE_PUBLIC).decipher(bytes(changed))
    with pytest.raises(sm2.BadCipher):
        Sm2Private(EXAMPLE_VALUE, EXAMPLE_PUBLIC).decipher(EXAMPLE_CIPHER[:96])


def test_a_drawn_key_pair_passes_over_what_is_no_value():
    numbers = iter((bytes(32), N, EXAMPLE_VALUE))
    assert sm2.draw(lambda _: next(numbers)) == (EXAMPLE_VALUE, EXAMPLE_PUBLIC)


ORDER = int.from_bytes(N, "big")
NUMBERS = (1, 2, 3, ORDER - 1, ORDER - 2, ORDER // 3, 2**255, int.from_bytes(PRIVATE_A, "big"))


@pytest.mark.parametrize("number", NUMBERS)
def test_points_are_the_same_with_and_without_the_faster_library(number, monkeypatch):
    pytest.importorskip("ecdsa", reason="comes with the dev extra")
    engine, value = sm2_engine.Sm2Engine(), number.to_bytes(32, "big")
    of_g, of_a = engine.multiple(value), engine.multiple(value, key_of(CARD_A))
    monkeypatch.setattr(sm2_engine, "PointJacobi", None)
    alone = sm2_engine.Sm2Engine()
    assert (alone.multiple(value), alone.multiple(value, key_of(CARD_A))) == (of_g, of_a)
