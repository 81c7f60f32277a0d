"""The commands of ISO 7816-4 that a host sends to any application alike: SELECT, GET CHALLENGE, records and bytes.

No application is known here. Each call is a dialogue (``dualcos.dialogue.driver``); a refusal is an answer.
"""

from __future__ import annotations

from apdu.status import SW
from dualcos.dialogue.driver import Dialogue, Reply, apdu, send

BY_NUMBER = 4
"""P2 of READ and UPDATE RECORD, its low bits: P1 is the record's number (ISO 7816-4 §7.3)."""


def select_name(name: bytes) -> Reply:
    """SELECT by name, the first that has it."""
    return send(apdu("00A40400", name))


def select_fid(fid: int) -> Reply:
    """SELECT by identifier: the MF, a directory, or a file (P1 00)."""
    return send(apdu("00A40000", fid.to_bytes(2, "big")))


def select_file(fid: int) -> Reply:
    """SELECT of a file of the current directory (P1 02)."""
    return send(apdu("00A40200", fid.to_bytes(2, "big")))


def challenge(length: int = 8) -> Dialogue[bytes]:
    """GET CHALLENGE: the random number, 00 in place of what did not come. What is made of those the card refuses."""
    answer = yield from send(apdu("00840000", le=length))
    return answer.data.ljust(length, b"\0")


def read_record(number: int, sfi: int = 0, mode: int = BY_NUMBER) -> Reply:
    """READ RECORD, of the current file if ``sfi`` is 0. In the other modes ``number`` is an identifier."""
    return send(apdu(f"00B2{number:02X}{sfi << 3 | mode:02X}", le=256))


def update_record(number: int, data: bytes, sfi: int = 0, mode: int = BY_NUMBER) -> Reply:
    """UPDATE RECORD, likewise."""
    return send(apdu(f"00DC{number:02X}{sfi << 3 | mode:02X}", data))


def read_binary(sfi: int, length: int, offset: int = 0) -> Reply:
    """READ BINARY of the file with this short identifier; ``offset`` up to 255."""
    return send(apdu(f"00B0{0x80 | sfi & 0x1F:02X}{offset:02X}", le=length))


def update_binary(sfi: int, data: bytes, offset: int = 0) -> Reply:
    """UPDATE BINARY, likewise."""
    return send(apdu(f"00D6{0x80 | sfi & 0x1F:02X}{offset:02X}", data))


def record(sfi: int, number: int) -> Dialogue[bytes | None]:
    """A record of the current directory, None if the card does not give it."""
    answer = yield from read_record(number, sfi)
    return answer.data if answer.sw == SW.OK else None
