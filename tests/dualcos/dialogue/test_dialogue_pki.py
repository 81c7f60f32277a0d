"""The PKI session: what it says, with SM4 and SM3 of another library, and that a card takes it."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

import dualcos
from apdu.status import SW
from dualcos.dialogue.driver import perform
from dualcos.dialogue.iso_commands import select_fid, select_name
from dualcos.dialogue.making import PKI_FORM
from dualcos.dialogue.pki import ENCRYPTION_PAIR, MANAGER, USER, PkiHost, pin_key
from dualcos.profile.schema import load
from keys.algorithms import SM4
from keys.key_handle import KeyHandle

HOST = PkiHost()
RANDOM = bytes(range(0xA0, 0xB0))
SELECT = "00A404000C" + "53532E434552542E41444631"


def sm4(key, blocks):
    return Cipher(algorithms.SM4(key), modes.ECB()).encryptor().update(blocks)  # noqa: S305 - the cards' form


def pin_value(pin):
    digest = hashes.Hash(hashes.SM3())
    digest.update(bytes.fromhex(pin))
    return digest.finalize()[:16]


def said(dialogue):
    """The commands of a dialogue with a card that gives RANDOM and takes everything."""
    commands = []
    try:
        command = next(dialogue)
        while True:
            commands.append(command.hex().upper())
            command = dialogue.send((RANDOM if command[1] == 0x84 else b"") + b"\x90\x00")
    except StopIteration:
        return commands


@pytest.mark.parametrize(("what", "header"), [(USER, "0020018110"), (MANAGER, "0020010010")])
def test_a_pin_is_shown_as_a_key(what, header):
    shown = sm4(pin_value("123456"), RANDOM).hex().upper()
    assert said(HOST.verify(what, pin_key(bytes.fromhex("123456")))) == [SELECT, "0084000010", header + shown]


def test_a_master_key_is_proved_by_one_block():
    key = bytes(range(16))
    proof = "0082000010" + sm4(key, RANDOM).hex().upper()
    assert said(PKI_FORM.enter(HOST.application_name, KeyHandle(SM4, key))) == [SELECT, "0084000010", proof]


def test_a_new_master_key_under_the_old_one():
    old, new = bytes(range(16)), bytes(range(16, 32))
    challenge, command = said(HOST.change_master(KeyHandle(SM4, old), KeyHandle(SM4, new)))
    start = bytes.fromhex("84D4010024") + sm4(old, b"\x13\0\0\0" + new + b"\x80" + bytes(11))
    last = Cipher(algorithms.SM4(old), modes.CBC(RANDOM)).encryptor().update(start + b"\x80" + bytes(10))[-16:]
    mac = bytes(a ^ b ^ c ^ d for a, b, c, d in zip(last[:4], last[4:8], last[8:12], last[12:], strict=True))
    assert (challenge, command) == ("0084000010", (start + mac).hex().upper())


def test_key_pairs_are_named_by_their_files():
    assert said(HOST.generate(ENCRYPTION_PAIR)) == ["8040000008" + "C0020014" + "C2020015"]
    assert said(HOST.export(ENCRYPTION_PAIR)) == ["80C9820008" + "C0020014" + "C2020015", "80C9828042"]


def test_a_card_takes_it():
    """PINs, a certificate written and read, both kinds of replacement."""
    profile = load("social-3.0-pki")
    card = dualcos.card(profile)
    card.power_on()
    user, manager = (pin_key(bytes.fromhex(pin)) for pin in (profile.pki.user_pin, profile.pki.manager_pin))
    own, new = KeyHandle(SM4, profile.pki_key("application_master")), KeyHandle(SM4, RANDOM)
    writer = (MANAGER, manager) if profile.pki.certificate_write == "manager PIN" else (USER, user)
    assert perform(card, select_name(HOST.name)).sw == SW.OK
    steps = (
        HOST.verify(*writer),
        select_fid(0x0018),
        HOST.update(b"certificate", 2),
        PKI_FORM.enter(HOST.application_name, own),
        HOST.change_master(own, new),
        PKI_FORM.enter(HOST.application_name, new),
        HOST.change_pin(manager, bytes.fromhex("90785634")),
        HOST.verify(MANAGER, pin_key(bytes.fromhex("90785634"))),
        select_fid(0x0018),
    )
    assert [perform(card, step).sw for step in steps] == [SW.OK] * len(steps)
    assert perform(card, HOST.read(2, 11)).data == b"certificate"
    assert perform(card, HOST.verify(MANAGER, manager)).sw == 0x63C0 | profile.pki.pin_tries - 1
