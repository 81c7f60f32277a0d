"""A settlement in a PSAM ends with any command but INIT SAM; what a delivered key serves to."""

from __future__ import annotations

from itertools import product

import pytest
from psam_hand import APPLICATION, held, psam
from test_psam_numbers import F3, FACTOR

from apdu.response import OK
from apdu.status import SW
from cos.kernel.command_rows import CommandRow
from cos.psam.security.delivered_key_states import (
    KEY_TABLE,
    TABLE,
    DeliveredKeyEvent,
    DeliveredKeyState,
    OpenPsamPurchase,
    PurchaseEvent,
    PurchaseState,
    still_open,
)
from keys.algorithms import DES, TDES
from keys.key_handle import KeyHandle
from keys.medical_macs import Purchase

OPENED = OpenPsamPurchase(KeyHandle(TDES, bytes(16)), Purchase(1, 0, 0, bytes(6), bytes(4), bytes(7), 2))


def row(event: PurchaseEvent | None) -> CommandRow[None]:
    return CommandRow(0x80, 0x70, "A COMMAND", "命令", lambda *_: OK, "a clause", event=event)


@pytest.mark.parametrize("event", [*PurchaseEvent, None])
def test_only_a_new_one_is_open_after_a_command(event):
    kept = event is PurchaseEvent.INIT_SAM
    assert still_open(OPENED, row(event), SW.OK) is (OPENED if kept else None)
    assert still_open(OPENED, row(event), SW.WRONG_DATA) is None
    assert still_open(None, row(event), SW.OK) is None


def test_a_command_that_fits_no_row_ends_it():
    assert still_open(OPENED, None, SW.INS_NOT_SUPPORTED) is None


def test_what_comes_before_the_credit():
    assert TABLE.openers(PurchaseEvent.CREDIT_SAM) == (PurchaseEvent.INIT_SAM,)
    assert TABLE.cells[PurchaseState.NONE, PurchaseEvent.CREDIT_SAM].sw == SW.WRONG_STATE


# --- the delivered key: every run of three commands, on a card, against the table

_BLOCK = "00" * 8
COMMANDS = {
    DeliveredKeyEvent.DELIVER: "BFDE280910" + F3 + FACTOR,
    DeliveredKeyEvent.ENCIPHER: "80FA000008" + _BLOCK,
    DeliveredKeyEvent.WHOLE: "80FA050010" + _BLOCK * 2,
    DeliveredKeyEvent.BEGIN: "80FA070010" + _BLOCK * 2,
    DeliveredKeyEvent.GO_ON: "80FA030008" + _BLOCK,
    DeliveredKeyEvent.END: "80FA010008" + _BLOCK,
}
ENDS = (DeliveredKeyEvent.ENCIPHER, DeliveredKeyEvent.WHOLE, DeliveredKeyEvent.END)


@pytest.mark.parametrize("reading", ["one type", "one calculation"])
def test_the_delivered_key_goes_by_its_table(reading):
    hand = psam(keys=(held(0x11, 0x28, 0x09, DES, "E48468B55342F4B2"),), delivered_key=reading)
    seen = set()
    for events in product(DeliveredKeyEvent, repeat=3):
        hand.ok(APPLICATION)
        state = KEY_TABLE.start
        for event in events:
            cell = KEY_TABLE.cells[state, event]
            seen.add((state, event))
            assert hand.sw(COMMANDS[event]) == (cell.sw or 0x9000), (events, state, event)
            if cell.sw is None:
                state = DeliveredKeyState.NONE if event in ENDS and reading == "one calculation" else cell.to[0]
                assert state in cell.to
            elif cell.also:
                state = DeliveredKeyState[cell.also.upper()]
    reached = DeliveredKeyState.MAC not in {state for state, _ in seen}
    assert reached == (reading == "one calculation")
    assert seen >= set(
        product((DeliveredKeyState.NONE, DeliveredKeyState.DELIVERED, DeliveredKeyState.MAC_BEGUN), DeliveredKeyEvent)
    )


def test_what_the_delivered_keys_commands_wait_for():
    assert (
        KEY_TABLE.openers(DeliveredKeyEvent.ENCIPHER)
        == KEY_TABLE.openers(DeliveredKeyEvent.WHOLE)
        == (DeliveredKeyEvent.DELIVER,)
    )
    assert KEY_TABLE.openers(DeliveredKeyEvent.GO_ON) == (DeliveredKeyEvent.BEGIN,)
