"""The PKI environment where a vector cannot look; SM4 is the ``cryptography`` library's own. The rest: vectors/pki."""

from __future__ import annotations

import sys

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4

import dualcos
from apdu.command import parse as command
from cos.kernel.command_rows import Secret
from dualcos.explain.card_contents import contents
from dualcos.explain.command_names import FAMILIAR
from dualcos.profile.schema import ProfileError, load, parse
from firewall.hardware.power import PowerLoss
from firewall.trace import TraceBuffer

PKI, APPLICATION = "504B492EC9E7BBE1B1A3D5CF", "53532E434552542E41444631"
SSSE = "7378312E73682EC9E7BBE1B1A3D5CF"
USER = "123456"


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
        self.card = dualcos.card(self.profile, trace=self.trace)
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

    def verify(self, pin: str) -> int:
        return self.sw("0020018110" + sm4(pin_key(pin), self.random()).hex())

    def prove(self, key: bytes) -> int:
        return self.sw("0082000010" + sm4(key, self.random()).hex())

    def change_master(self, old: bytes, new: bytes, head: str = "13000000") -> int:
        cipher = sm4(old, (bytes.fromhex(head) + new + b"\x80").ljust(32, b"\0"))
        start = bytes.fromhex("84D4010024")
        return self.sw((start + cipher + mac(old, self.random(), start + cipher)).hex())


@pytest.fixture(scope="module")
def only() -> Hand:
    return Hand()


@pytest.fixture
def hand(only) -> Hand:
    only.again()
    only.trace.take()
    return only


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


def test_without_the_library_for_sm2_the_words_say_so(hand, monkeypatch):
    monkeypatch.setitem(sys.modules, "gmssl.sm2", None)
    monkeypatch.delitem(sys.modules, "keys.sm2_engine", raising=False)
    hand.enter()
    assert hand.verify(USER) == 0x9000
    assert hand.sw("8040000008C0020012C2020013") == 0x6A81
    assert hand.sw("804A021012C110" + "11" * 16) == 0x9000
    assert hand.sw("80C2C00126C2020015CB20" + "22" * 32) == 0x6A81


def test_inspection_shows_files_and_keys_but_no_pin(hand):
    seen = next(each for each in contents(hand.card.dump()).environments if each.label == "pki")
    home, application = seen.directories
    assert [key.name for key in home.keys] == ["MK 主控密钥"]
    assert [file.fid for file in application.files] == [0x0012, 0x0014, 0x0018, 0x0019]
    assert {file.update for file in application.files} == {"never 禁止", "PIN"}
    assert [key.kcv for key in application.keys if key.name.startswith("PIN")] == ["", ""]


def test_the_pin_in_a_digest_command_is_masked():
    row = FAMILIAR.row("pki", command(bytes.fromhex("80C4010305C10312345600")))
    assert row is not None
    assert row.secret is Secret.DATA


def test_nothing_of_it_without_the_section():
    card = dualcos.card("social-3.0")
    card.power_on()
    assert card.exchange(bytes.fromhex("00A404000C" + PKI))[-2:].hex() == "6a82"


def test_beside_the_bank_too():
    profile = load("dual-3.0-sm4").having("pki", load("social-3.0-pki").pki)
    card = dualcos.card(profile)
    card.power_on()
    for name in (PKI, "315041592E5359532E4444463031", SSSE, PKI):
        assert card.exchange(bytes.fromhex(f"00A40400{len(name) // 2:02X}{name}"))[0] == 0x61


def test_a_psam_has_no_pki():
    text = 'title = ""\ntitle_zh = ""\nref = []\n[chip]\nserial = "00000000"\n[keys]\nlabel = "x"\n'
    text += '[psam]\ncity = "990000"\nterminal = "000000000000"\n'
    text += '[pki]\nuser_pin = "123456"\nmanager_pin = "123456"\npublic_key = "' + "00" * 66 + '"\n'
    with pytest.raises(ProfileError, match="psam"):
        parse(text)
