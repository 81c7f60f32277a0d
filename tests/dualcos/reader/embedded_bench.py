"""What the tests of the embedded service have in common: names, a command, the bits of a reader's state."""

from __future__ import annotations

from tests.dualcos.reader.wire import WireClient

CARD, PSAM = "Test card 00 00", "Test PSAM 00 01"
SELECT = bytes.fromhex("00A4040000")
OK = b"\x90\x00"
ABSENT, PRESENT, MUTE, POWERED, NEGOTIABLE, SPECIFIC = 2, 4, 8, 0x10, 0x20, 0x40


def hung_up(client: WireClient) -> bool:
    try:
        return client.socket.recv(1) == b""
    except ConnectionResetError:
        return True
