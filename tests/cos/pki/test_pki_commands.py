"""The PKI environment by APDU, as the issuing programs drive it; SM4 and SM3 are the ``cryptography`` library's own."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from msgspec import structs

from apdu.command import parse as command
from cos.card import Card
from cos.explain.contents import contents
from cos.explain.familiar import row_of
from cos.kernel.rows import Secret
from cos.profile import ProfileError, load, parse
from firewall.hardware.power import PowerLoss
from firewall.trace import TraceBuffer

PKI, APPLICATION = "504B492EC9E7BBE1B1A3D5CF", "53532E434552542E41444631"
SSSE = "7378312E73682EC9E7BBE1B1A3D5CF"
USER, MANAGER = "123456", "12345678"
USER_P, MANAGER_P = "0181", "0100"


def sm3(data: bytes) -> bytes:
    digest = hashes.Hash(hashes.SM3())
    digest.update(data)
    return digest.finalize()


def pin_key(pin: str) -> bytes:
    return sm3(bytes.fromhex(pin))[:16]


def sm4(key: bytes, blocks: bytes) -> bytes:
    return Cipher(SM4(key), modes.ECB()).encryptor().update(blocks)  # noqa: S305 - the cards' form


def mac(key: bytes, start: bytes, command: bytes) -> bytes:
    """CBC from the random number, padding 80 00…, the four words of the last block added (SSC-4 §8.2, SSC-9 §7.1.3)."""
    padded = command + b"\x80" + bytes(-(len(command) + 1) % 16)
    last = Cipher(SM4(key), modes.CBC(start)).encryptor().update(padded)[-16:]
    return bytes(a ^ b ^ c ^ d for a, b, c, d in zip(last[:4], last[4:8], last[8:12], last[12:], strict=True))


class Hand:
    """A terminal at the card."""

    def __init__(self) -> None:
        self.profile = load("social-3.0-pki")
        self.trace = TraceBuffer()
        self.card = Card.from_profile(self.profile, trace=self.trace)
        self.made = self.card.snapshot()
        self.again()

    def again(self) -> None:
        self.card.restore(self.made)
        self.card.power_on()

    def send(self, command: str) -> tuple[str, int]:
        answer = self.card.exchange(bytes.fromhex(command))
        if answer[-2] == 0x61:
            answer = self.card.exchange(bytes((0, 0xC0, 0, 0, answer[-1])))
        return answer[:-2].hex().upper(), int.from_bytes(answer[-2:], "big")

    def sw(self, command: str) -> int:
        return self.send(command)[1]

    def enter(self) -> None:
        assert self.sw("00A404000C" + PKI) == 0x9000
        assert self.sw("00A404000C" + APPLICATION) == 0x9000

    def random(self) -> bytes:
        data, sw = self.send("0084000010")
        assert (sw, len(data)) == (0x9000, 32)
        return bytes.fromhex(data)

    def verify(self, where: str, pin: str) -> int:
        return self.sw(f"0020{where}10" + sm4(pin_key(pin), self.random()).hex())

    def prove(self, key: bytes) -> int:
        return self.sw("0082000010" + sm4(key, self.random()).hex())

    def change_pin(self, old: str, new: str, break_mac: int = 0) -> int:
        plain = bytes((len(new) // 2,)) + bytes.fromhex(new) + b"\x80"
        cipher = sm4(pin_key(old), plain.ljust(16, b"\0"))
        head = bytes.fromhex("845E010014")
        value = mac(pin_key(old), self.random(), head + cipher)
        return self.sw((head + cipher + value[:3] + bytes((value[3] ^ break_mac,))).hex())

    def change_master(self, old: bytes, new: bytes, head: str = "13000000") -> int:
        cipher = sm4(old, (bytes.fromhex(head) + new + b"\x80").ljust(32, b"\0"))
        start = bytes.fromhex("84D4010024")
        return self.sw((start + cipher + mac(old, self.random(), start + cipher)).hex())

    @property
    def told(self) -> str:
        return [event.reason.text for _, event in self.trace.take() if hasattr(event, "reason")][-1]


@pytest.fixture(scope="module")
def only() -> Hand:
    return Hand()


@pytest.fixture
def hand(only) -> Hand:
    only.again()
    only.trace.take()
    return only


def test_selection_straight_after_reset_answers_the_field_s_bytes(hand):
    assert hand.send("00A404000C" + PKI) == ("6F14840C" + PKI + "730492023330", 0x9000)
    assert hand.card.environment == "pki"
    assert hand.send("00A404000C" + APPLICATION) == ("6F0E840C" + APPLICATION, 0x9000)


def test_the_application_is_reached_through_its_environment(hand):
    assert hand.sw("00A404000C" + APPLICATION) == 0x6A82
    hand.enter()
    assert hand.sw(f"00A404000F{SSSE}") == 0x9000
    assert hand.card.environment == "ssse"
    assert hand.sw("00A404000C" + APPLICATION) == 0x6A82
    hand.enter()


def test_sm3_of_the_published_pin(hand):
    """The numbers an issuing program's comments carry: SM3 of PIN 123456, and its first half as an SM4 key."""
    hand.enter()
    answer = "3DE741F445DD357BEA4E6C3FE6437036F62B5E3EC0F00D62796EDB4305ED627F"
    assert hand.send("80C4010305C10312345600") == (answer, 0x9000)
    random = bytes.fromhex("178CEDCF32C5D7990216632170C7CD37")
    assert sm4(bytes.fromhex(answer[:32]), random).hex().upper() == "358B51056B9B9EB2C96B20E7DB7A6B8F"
    assert hand.send("80C4010306C10412345678")[0] == sm3(bytes.fromhex(MANAGER)).hex().upper()


@pytest.mark.parametrize("data", ["C203123456", "C1041234", "C1021234" + "56", "00", "C1"])
def test_sm3_of_something_else(hand, data):
    hand.enter()
    assert hand.sw(f"80C40103{len(data) // 2:02X}{data}00") in (0x6A80, 0x6700)


def test_public_key_is_read_freely(hand):
    hand.enter()
    assert hand.sw("00A40000020012") == 0x9000
    data, sw = hand.send("00B0000042")
    assert (sw, data) == (0x9000, hand.profile.pki.public_key)
    assert hand.sw("00D60000010" + "0") == 0x6982


def test_reading_needs_a_file(hand):
    hand.enter()
    assert hand.sw("00B0000010") == 0x6986
    assert hand.sw("00A40000020099") == 0x6A82


def test_each_pin_opens_with_its_own_number(hand):
    hand.enter()
    assert hand.verify(USER_P, USER) == 0x9000
    assert hand.verify(MANAGER_P, MANAGER) == 0x9000
    assert hand.verify(MANAGER_P, USER) == 0x63C5
    assert hand.verify(USER_P, MANAGER) == 0x63C5
    assert "user PIN" in hand.told
    assert hand.verify(USER_P, USER) == 0x9000
    assert hand.sw("0020018210" + "00" * 16) == 0x6A86


def test_the_random_number_is_good_once_and_has_sixteen_bytes(hand):
    hand.enter()
    right = sm4(pin_key(USER), hand.random()).hex()
    assert hand.sw("0020018110" + right) == 0x9000
    assert hand.sw("0020018110" + right) == 0x6984
    hand.send("0084000008")
    assert hand.sw("0020018110" + right) == 0x6984


def test_certificates_are_written_with_the_manager_pin(hand):
    """As the issuing program writes them: 112 bytes a piece."""
    hand.enter()
    certificate = bytes(range(256)) * 2
    assert hand.verify(USER_P, USER) == 0x9000
    for fid in ("0018", "0019"):
        assert hand.sw("00A4000002" + fid) == 0x9000
        assert hand.sw("00D6000001AA") == 0x6982
    assert hand.verify(MANAGER_P, MANAGER) == 0x9000
    for fid in ("0018", "0019"):
        assert hand.sw("00A4000002" + fid) == 0x9000
        for at in range(0, len(certificate), 0x70):
            piece = certificate[at : at + 0x70]
            assert hand.sw(f"00D6{at:04X}{len(piece):02X}{piece.hex()}") == 0x9000
        assert hand.send("00B0010080") == (certificate[0x100:0x180].hex().upper(), 0x9000)
    assert hand.sw("00D603FF02AAAA") == 0x6B00
    hand.card.power_on()
    hand.enter()
    assert hand.sw("00A40000020018") == 0x9000
    assert hand.sw("00D6000001AA") == 0x6982
    assert hand.send("00B0000070")[0] == certificate[:0x70].hex().upper()


def test_leaving_the_application_ends_what_was_proved(hand):
    hand.enter()
    assert hand.verify(MANAGER_P, MANAGER) == 0x9000
    hand.enter()
    assert hand.sw("00A40000020018") == 0x9000
    assert hand.sw("00D6000001AA") == 0x6982


def test_tries_end(hand):
    hand.enter()
    for left in (5, 4, 3, 2, 1, 0):
        assert hand.verify(USER_P, "999999") == 0x63C0 | left
    assert hand.verify(USER_P, USER) == 0x6983
    hand.card.power_on()
    hand.enter()
    assert hand.verify(USER_P, USER) == 0x6983
    assert hand.verify(MANAGER_P, MANAGER) == 0x9000


def test_manager_pin_anew(hand):
    hand.enter()
    assert hand.change_pin(MANAGER, "87654321") == 0x9000
    assert hand.verify(MANAGER_P, MANAGER) == 0x63C5
    assert hand.verify(MANAGER_P, "87654321") == 0x9000


def test_a_wrong_change_is_a_guess(hand):
    """Otherwise the MAC would tell a PIN without costing a try."""
    hand.enter()
    assert hand.change_pin("11111111", "87654321") == 0x6988
    assert hand.change_pin(MANAGER, "87654321", break_mac=1) == 0x6988
    assert hand.verify(MANAGER_P, "11111111") == 0x63C3
    for _ in range(3):
        assert hand.change_pin("11111111", "87654321") == 0x6988
    assert hand.change_pin(MANAGER, "87654321") == 0x6983


@pytest.mark.parametrize("pin", ["12", "1A2345", "1234567890123456"])
def test_what_is_no_pin_is_refused(hand, pin):
    hand.enter()
    assert hand.change_pin(MANAGER, pin) in (0x6A80, 0x6988)
    assert hand.verify(MANAGER_P, MANAGER) == 0x9000


@pytest.mark.parametrize("name", ["master", "application_master"])
def test_master_keys_are_proved_and_changed_each_in_its_directory(hand, name):
    own, other = hand.profile.pki_key(name), hand.profile.pki_key({"master": "application_master"}.get(name, "master"))
    new = bytes(range(16))

    def enter():
        assert hand.sw("00A404000C" + PKI) == 0x9000
        if name != "master":
            assert hand.sw("00A404000C" + APPLICATION) == 0x9000

    enter()
    assert hand.prove(other) == 0x63C2
    assert hand.change_master(own, new) == 0x6982
    assert hand.prove(own) == 0x9000
    assert hand.change_master(other, new) == 0x6988
    assert hand.change_master(own, new, "13010000") == 0x6A80
    assert hand.change_master(own, new) == 0x9000
    enter()
    assert hand.prove(own) == 0x63C2
    assert hand.prove(new) == 0x9000


def test_making_is_over(hand):
    for enter, key in ((lambda: hand.sw("00A404000C" + PKI), "master"), (hand.enter, "application_master")):
        enter()
        assert hand.prove(hand.profile.pki_key(key)) == 0x9000
        assert hand.sw("80E0010010" + "000000" + "0010" + "0020" + "C40000" + "00" + "00" + "00000000") == 0x6985
        assert hand.sw("80E00200") == 0x6985


def test_a_change_of_master_key_is_whole_or_not_at_all(hand):
    """The power cut after each write: the key is the old one or the new one."""
    own, new = hand.profile.pki_key("application_master"), bytes(range(16))
    seen = set()
    for ticks in range(60):
        hand.again()
        hand.enter()
        assert hand.prove(own) == 0x9000
        hand.card.rail.cut_after(ticks)
        try:
            done = hand.change_master(own, new) == 0x9000
        except PowerLoss:
            done = False
        hand.card.rail.cut_after(None)
        hand.card.power_on()
        hand.enter()
        is_new = hand.prove(new) == 0x9000
        assert is_new or hand.prove(own) == 0x9000
        assert is_new or not done
        seen.add(is_new)
        if done:
            break
    assert seen == {True, False}


def test_inspection_shows_files_and_keys_but_no_pin(hand):
    seen = next(each for each in contents(hand.card.dump()).environments if each.label == "pki")
    home, application = seen.directories
    assert [key.name for key in home.keys] == ["MK 主控密钥"]
    assert [file.fid for file in application.files] == [0x0012, 0x0018, 0x0019]
    assert {file.update for file in application.files} == {"never 禁止", "PIN"}
    assert [key.kcv for key in application.keys if key.name.startswith("PIN")] == ["", ""]


def test_the_pin_in_a_digest_command_is_masked():
    row = row_of("pki", command(bytes.fromhex("80C4010305C10312345600")))
    assert row is not None
    assert row.secret is Secret.DATA


def test_nothing_of_it_without_the_section():
    card = Card.from_profile("social-3.0")
    card.power_on()
    assert card.exchange(bytes.fromhex("00A404000C" + PKI))[-2:].hex() == "6a82"


def test_beside_the_bank_too():
    profile = structs.replace(load("dual-3.0-sm4"), pki=load("social-3.0-pki").pki)
    card = Card.from_profile(profile)
    card.power_on()
    for name in (PKI, "315041592E5359532E4444463031", SSSE, PKI):
        assert card.exchange(bytes.fromhex(f"00A40400{len(name) // 2:02X}{name}"))[0] == 0x61


def test_a_psam_has_no_pki():
    text = 'title = ""\ntitle_zh = ""\nref = []\n[chip]\nserial = "00000000"\n[keys]\nlabel = "x"\n'
    text += '[psam]\ncity = "990000"\nterminal = "000000000000"\n'
    text += '[pki]\nuser_pin = "123456"\nmanager_pin = "123456"\npublic_key = "' + "00" * 66 + '"\n'
    with pytest.raises(ProfileError, match="psam"):
        parse(text)
