"""Keys on the way in the PKI environment: every run of three steps, on a card, against the table."""

from __future__ import annotations

from itertools import product

from test_pki_commands import APPLICATION, PKI, USER, Hand, sm4

from cos.pki.session import TABLE, PkiKeyEvent

_TRANSPORT, _PRIVATE = "5A" * 16, "22" * 32
COMMANDS = {
    PkiKeyEvent.NAME: "80C9820008C0020012C2020013",
    PkiKeyEvent.FETCH: "80C9828042",
    PkiKeyEvent.BRING: "804A021012C110" + _TRANSPORT,
    PkiKeyEvent.IMPORT: "80C2C00126C2020015CB20" + sm4(bytes.fromhex(_TRANSPORT), bytes.fromhex(_PRIVATE)).hex(),
    PkiKeyEvent.LEAVE: "00A404000C" + PKI,
}


def shown(hand: Hand) -> None:
    """In the application, with the user PIN."""
    hand.enter()
    assert hand.verify(USER) == 0x9000


def test_the_steps_go_by_their_table():
    hand = Hand()
    seen = set()
    for events in product(PkiKeyEvent, repeat=3):
        shown(hand)
        state = TABLE.start
        for event in events:
            cell = TABLE.cells[state, event]
            seen.add((state, event))
            assert hand.sw(COMMANDS[event]) == (cell.sw or 0x9000), (events, state, event)
            state = cell.to[0] if cell.sw is None else state
            if event is PkiKeyEvent.LEAVE:
                assert hand.sw("00A404000C" + APPLICATION) == 0x9000
                assert hand.verify(USER) == 0x9000
    assert seen == {*TABLE.cells}


def test_what_the_second_steps_wait_for():
    assert TABLE.openers(PkiKeyEvent.FETCH) == (PkiKeyEvent.NAME,)
    assert TABLE.openers(PkiKeyEvent.IMPORT) == (PkiKeyEvent.BRING,)
