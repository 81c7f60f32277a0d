"""The life of the chip cell by cell, as commands find it: the manager's table is what the card does."""

from __future__ import annotations

import pytest

from apdu.command import CommandAPDU
from cos.card import Card
from cos.cos_options import CosOptions
from cos.kernel.directory_headers import MF_FID, DirectoryHeader, DirectoryKind
from cos.manager.chip_states import TABLE, ChipEvent, ChipState
from dualcos.dialogue.driver import done, perform, send
from dualcos.dialogue.making import Maker
from dualcos.dialogue.personalise_birth import maker_bytes
from dualcos.dialogue.social import SSSE
from dualcos.profile.schema import load
from firewall.hardware.randomness import SeededRng
from keys import key_wrapping
from keys.algorithms import TDES
from keys.key_handle import KeyHandle

PROFILE = load("dual-2.0-3des")
SELECT_MF = bytes.fromhex("00A40000023F00")
MF = DirectoryHeader(MF_FID, DirectoryKind.DDF, 0, 0x23, card_block_reaches_mf=False, name=b"")
MASTER, TRANSPORT = KeyHandle(TDES, PROFILE.card_master_key), KeyHandle(TDES, PROFILE.transport_key)
PROOF = bytes.fromhex("80E0030008") + key_wrapping.transport_cryptogram(TRANSPORT, PROFILE.chip.historical[7:])
END, DELETE_MF = bytes.fromhex("80E00200"), bytes.fromhex("80E10001023F00")


def create(header: DirectoryHeader) -> bytes:
    return CommandAPDU(0x80, 0xE0, 1, 0, header.frame()).encode()


COMMANDS = {
    ChipEvent.TRANSPORT_KEY: PROOF,
    ChipEvent.SET_SERIAL: bytes.fromhex("80E0050008") + bytes(8),
    ChipEvent.SET_ATR: bytes.fromhex("001400000B3B6D0000") + bytes(7),
    ChipEvent.CREATE_MF: create(MF),
    ChipEvent.WRITE_KEY: bytes.fromhex("84D4010024") + bytes(36),
    ChipEvent.MASTER_KEY: bytes.fromhex("0082000010") + bytes(16),
    ChipEvent.CREATE: create(SSSE),
    ChipEvent.APPEND_FCI: bytes.fromhex("00D20023020102"),
    ChipEvent.END: END,
    ChipEvent.DELETE_MF: DELETE_MF,
}
TAKEN = frozenset((0x9000, 0x6A82, 0x6984))
"""What an event that may come is answered here: done, no FCI file made, no random number drawn."""


def chip(state: ChipState, *, owned: bool) -> Card:
    """A chip in ``state`` whose ruling key is proved; ``owned``: with its card master key."""
    card = Card.blank(PROFILE.transport_key, CosOptions.of(), rng=SeededRng(b"chip"))
    maker_bytes(card, PROFILE.chip.historical)
    perform(card, done("transport key", PROOF))
    if state is not ChipState.BLANK:
        perform(card, done("MF", create(MF)))
        if owned:
            perform(card, Maker().load_master(TRANSPORT, MASTER))
            perform(card, Maker().prove(MASTER))
    if state is ChipState.CLOSED:
        perform(card, done("END", END))
    return card


def state_of(card: Card) -> ChipState:
    """Found out by commands; the chip is of no use afterwards."""
    if perform(card, send(SELECT_MF)).sw != 0x9000:
        return ChipState.BLANK
    return ChipState.CLOSED if perform(card, send(END)).sw == 0x6985 else ChipState.INITIALISED


@pytest.mark.parametrize(("state", "event"), TABLE.cells, ids=lambda each: each.name)
def test_cell(state, event):
    cell = TABLE.cells[state, event]
    card = chip(state, owned=event is not ChipEvent.TRANSPORT_KEY or state is ChipState.CLOSED)
    sw = perform(card, send(COMMANDS[event])).sw
    if cell.sw is not None:
        assert sw == cell.sw
        assert state_of(card) is state
    else:
        assert sw in TAKEN
        assert state_of(card) in (cell.to if sw == 0x9000 else (state,))


def test_an_owned_chip_hears_the_transport_key_no_more():
    assert perform(chip(ChipState.INITIALISED, owned=True), send(PROOF)).sw == 0x6985
