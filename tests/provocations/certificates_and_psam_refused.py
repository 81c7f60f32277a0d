"""Reasons of the PKI environment and of the PSAM that no vector asks for."""

from __future__ import annotations

import sys

from cos.kernel.directory_headers import DirectoryHeader, Life
from dualcos.dialogue.driver import perform
from dualcos.dialogue.making import PKI_FORM
from dualcos.dialogue.pki import USER, PkiHost, pin_key
from keys.algorithms import SM4
from keys.card_key_store import KeyHeader
from keys.key_handle import KeyHandle
from tests.cos.psam import psam_hand
from tests.provocations import Provocation, Refusals
from tests.provocations.card_by_hand import CardByHand

CARD, PKI, PSAM = "social-3.0-pki", "00A404000C504B492EC9E7BBE1B1A3D5CF", "psam-3des"
USER_PIN = bytes.fromhex("123456")
APPLICATION = "00A4040006D15600000590"
INIT_SAM = "8070010024" + "00000000" + "0000" + "00" * 12 + "32" + "20261124120000" + "0100" + "00" * 8


def shown(card: CardByHand) -> CardByHand:
    """The user PIN is shown."""
    card.send(PKI)
    perform(card.card, PkiHost().verify(USER, pin_key(USER_PIN)))
    return card


def with_user_pin(command: str):
    def play(_) -> Refusals:
        card = shown(CardByHand(CARD))
        card.send(command)
        return card.refused()

    return play


def without_library(monkeypatch) -> Refusals:
    card = shown(CardByHand(CARD))
    monkeypatch.setitem(sys.modules, "gmssl.sm2", None)
    monkeypatch.delitem(sys.modules, "keys.sm2_engine", raising=False)
    card.send("8040000008" + "C0020014C2020015")
    return card.refused()


def outside_the_application(_) -> Refusals:
    card = CardByHand(CARD)
    header = DirectoryHeader.decode(card.cell("pki", "44DDF3"))
    card.write("pki", "44DDF3", header._replace(life=Life.PERSONALISATION).encode())
    master = card.key("pki", "DDF3", 0, 0)
    card.send(PKI)
    perform(card.card, PKI_FORM.prove(master))
    key = KeyHeader(1, 1, 0, 0xEF, 0x33, SM4.social, 0x11, 16)
    perform(card.card, PKI_FORM.write_key(master, key, KeyHandle(SM4, bytes(range(16)))))
    return card.refused()


def not_the_mf(_) -> Refusals:
    card = CardByHand("psam-sm4")
    card.send(psam_hand.SX2, "80E0030008" + "00" * 8)
    return card.refused()


def terminal(path: str, content: str):
    """A PSAM with another content of one of its terminal files; then a purchase with a key that it has."""

    def play(_) -> Refusals:
        card = CardByHand(PSAM)
        card.describe("manager", path, size=len(content) // 2)
        card.write("manager", "42" + path, bytes.fromhex(content))
        card.send(APPLICATION, INIT_SAM)
        return card.refused()

    return play


PROVOCATIONS = (
    Provocation("broken-data-objects", 0x6A80, with_user_pin("80C2400046" + "C0020012CA7F" + "00" * 64)),
    Provocation("no-public-key", 0x6A80, with_user_pin("80C2400046" + "C003000012CA3F" + "00" * 63)),
    Provocation("no-session-key", 0x6A80, with_user_pin("804A021012" + "C1810F" + "00" * 15)),
    Provocation("no-sm2-here", 0x6A81, without_library),
    Provocation("a-key-outside-the-application", 0x6A80, outside_the_application),
    Provocation("not-the-mf", 0x6985, not_the_mf),
    Provocation("terminal-files-too-short", 0x6985, terminal("3F000016", "31010000")),
    Provocation("terminal-sequence-at-its-end", 0x6985, terminal("DF010019", "FFFFFFFF")),
)
