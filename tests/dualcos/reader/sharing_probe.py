"""What each PC/SC call does while its reader is held, asked of a running service through the system's library.

``python -m tests.dualcos.reader.sharing_probe READER COLUMN…`` prints a JSON object, column to call to outcome; with
one call behind the column (``READER COLUMN CALL``) that call's outcome. A column is how the reader is held / who asks:

    transaction     the holder is in a transaction           other           another context
    command         and in a command, in the transaction     elsewhere       another context, of another process
    reset           and has reset the card in it             same context    the holder's context, a second handle
    exclusive       connected exclusively                    own handle      the holder itself

An outcome is ``passes``, an error in hex, or ``waits`` (nothing came while the holder held on) and what came then, if
it was not success: ``waits: 8010000B``; ``waits: waits`` goes on waiting, until the holder disconnects.
``passes`` says that sharing is no obstacle: an attribute that the reader does not have passes too.

The holder elsewhere is whoever reads our output: it does what a line says and answers with a line.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import NamedTuple, Protocol

from smartcard import scard

LONG_ENOUGH = 0.25  # the library asks again every 0.1 s
A_SECOND = 1.0
SUCCESS, VIOLATION = 0, 0x8010000B
BUSY = [0x5A, 0x00, 0x00, 0x00]  # to the card of the test: do not answer before you are told
BOTH = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
SHARED, EXCLUSIVE, DIRECT = scard.SCARD_SHARE_SHARED, scard.SCARD_SHARE_EXCLUSIVE, scard.SCARD_SHARE_DIRECT
LEAVE, RESET, UNPOWER, EJECT = (
    scard.SCARD_LEAVE_CARD,
    scard.SCARD_RESET_CARD,
    scard.SCARD_UNPOWER_CARD,
    scard.SCARD_EJECT_CARD,
)
SELECT = [0x00, 0xA4, 0x04, 0x00, 0x00]
FEATURES, UNKNOWN_CODE, UNKNOWN_ATTRIBUTE = 0x42000D48, 0x42000001, 0x00012345
ATR, NAME = 0x00090303, 0x7FFF0003


class Seat(NamedTuple):
    """Where a call is made: its context, its handle (0 where it needs none), the reader."""

    context: int
    handle: int
    reader: str


def _code(answer: object) -> int:
    code = answer[0] if isinstance(answer, (list, tuple)) else answer
    assert isinstance(code, int)
    return code & 0xFFFFFFFF


CALLS: dict[str, Callable[[Seat], object]] = {
    "connect shared": lambda s: scard.SCardConnect(s.context, s.reader, SHARED, BOTH),
    "connect exclusive": lambda s: scard.SCardConnect(s.context, s.reader, EXCLUSIVE, BOTH),
    "connect direct": lambda s: scard.SCardConnect(s.context, s.reader, DIRECT, 0),
    "reconnect, leave": lambda s: scard.SCardReconnect(s.handle, SHARED, BOTH, LEAVE),
    "reconnect, reset": lambda s: scard.SCardReconnect(s.handle, SHARED, BOTH, RESET),
    "reconnect, unpower": lambda s: scard.SCardReconnect(s.handle, SHARED, BOTH, UNPOWER),
    "reconnect exclusive": lambda s: scard.SCardReconnect(s.handle, EXCLUSIVE, BOTH, LEAVE),
    "disconnect, leave": lambda s: scard.SCardDisconnect(s.handle, LEAVE),
    "disconnect, reset": lambda s: scard.SCardDisconnect(s.handle, RESET),
    "disconnect, unpower": lambda s: scard.SCardDisconnect(s.handle, UNPOWER),
    "disconnect, eject": lambda s: scard.SCardDisconnect(s.handle, EJECT),
    "begin": lambda s: scard.SCardBeginTransaction(s.handle),
    "end, leave": lambda s: scard.SCardEndTransaction(s.handle, LEAVE),
    "end, reset": lambda s: scard.SCardEndTransaction(s.handle, RESET),
    "end, unpower": lambda s: scard.SCardEndTransaction(s.handle, UNPOWER),
    "end, eject": lambda s: scard.SCardEndTransaction(s.handle, EJECT),
    "transmit": lambda s: scard.SCardTransmit(s.handle, scard.SCARD_PCI_T0, SELECT),
    "control features": lambda s: scard.SCardControl(s.handle, FEATURES, []),
    "control unknown": lambda s: scard.SCardControl(s.handle, UNKNOWN_CODE, []),
    "status": lambda s: scard.SCardStatus(s.handle),
    "attribute ATR": lambda s: scard.SCardGetAttrib(s.handle, ATR),
    "attribute name": lambda s: scard.SCardGetAttrib(s.handle, NAME),
    "attribute unknown": lambda s: scard.SCardGetAttrib(s.handle, UNKNOWN_ATTRIBUTE),
    "set attribute": lambda s: scard.SCardSetAttrib(s.handle, UNKNOWN_ATTRIBUTE, [0]),
    "status change": lambda s: scard.SCardGetStatusChange(s.context, 0, [(s.reader, scard.SCARD_STATE_UNAWARE)]),
    "list readers": lambda s: scard.SCardListReaders(s.context, []),
    "list groups": lambda s: scard.SCardListReaderGroups(s.context),
    "cancel": lambda s: scard.SCardCancel(s.context),
    "is valid context": lambda s: scard.SCardIsValidContext(s.context),
    "establish context": lambda _: scard.SCardEstablishContext(scard.SCARD_SCOPE_USER),
    "release context": lambda s: scard.SCardReleaseContext(s.context),
}
# These need no handle: all that can be asked for while somebody else is connected exclusively.
HANDLELESS = frozenset(
    (
        "connect shared",
        "connect exclusive",
        "connect direct",
        "status change",
        "list readers",
        "list groups",
        "cancel",
        "is valid context",
        "establish context",
        "release context",
    )
)
# What these answer beyond sharing is the driver's word.
OF_THE_DRIVER = ("control", "attribute", "set attribute", "end, eject")
# The daemon itself waits in these, and with it the connection of the context: its own transaction never ends.
NEVER = ("connect", "disconnect, reset", "disconnect, unpower", "disconnect, eject")
COLUMNS = (
    "transaction/other",
    "transaction/elsewhere",
    "transaction/same context",
    "transaction/own handle",
    "command/other",
    "reset/other",
    "reset/same context",
    "exclusive/other",
    "exclusive/elsewhere",
    "exclusive/same context",
    "exclusive/own handle",
)


def hangs(held: str, asker: str, call: str) -> bool:
    """True if a real pcscd never answers ``call``: to be asked alone, of a daemon that is thrown away."""
    if held == "exclusive" or not call.startswith(NEVER):
        return False
    return asker == "same context" or (asker == "own handle" and call.startswith("connect"))


class Holder(Protocol):
    """Who holds the reader; ``context`` and ``handle`` are 0 if not of this process."""

    context: int
    handle: int

    def hold(self, held: str) -> None:
        """Begin to."""

    def let_go(self) -> None:
        """End it; the connection stays."""

    def close(self) -> None:
        """Disconnect."""


class Here:
    """A holder in this process."""

    def __init__(self, reader: str, held: str) -> None:
        self.context = _context()
        self.handle = _connected(self.context, reader, EXCLUSIVE if held == "exclusive" else SHARED)
        self._command: threading.Thread | None = None
        self._held = held

    def hold(self, held: str) -> None:
        if held == "exclusive":
            return
        assert scard.SCardBeginTransaction(self.handle) == SUCCESS
        if held == "reset":
            assert _code(scard.SCardReconnect(self.handle, SHARED, BOTH, RESET)) == SUCCESS
        elif held == "command":
            self._command = _started(lambda: scard.SCardTransmit(self.handle, scard.SCARD_PCI_T0, BUSY))
            _told("busy")

    def let_go(self) -> None:
        if self._command is not None:
            _told("go")
            self._command.join()
        if self._held != "exclusive":
            assert scard.SCardEndTransaction(self.handle, LEAVE) == SUCCESS

    def close(self) -> None:
        scard.SCardReleaseContext(self.context)


class Elsewhere:
    """A holder in the process that started us."""

    context = handle = 0

    def __init__(self, held: str) -> None:
        _told(f"connect {held}")

    def hold(self, held: str) -> None:
        _told(f"hold {held}")

    def let_go(self) -> None:
        _told("let go")

    def close(self) -> None:
        _told("close")


def _told(line: str) -> None:
    print(line, flush=True)
    sys.stdin.readline()


def _context() -> int:
    code, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    assert code == SUCCESS, f"{code & 0xFFFFFFFF:08X}"
    return int(context)


def _connected(context: int, reader: str, share: int) -> int:
    """A connection to a reader that nobody holds any more: a moment after that one's end, pcscd may not know it yet, or
    is about to switch the card off.
    """
    for _ in range(100):
        code, handle, _ = scard.SCardConnect(context, reader, share, BOTH)
        if code == SUCCESS:
            break
        time.sleep(0.1)
    assert code == SUCCESS, f"{code & 0xFFFFFFFF:08X}"
    return int(handle)


def _started(call: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    return thread


class Asked:
    """A call that is being made, and what has come of it."""

    def __init__(self, call: str, seat: Seat) -> None:
        self.code: int | None = None
        self.at_once = False
        self._call = call
        self._seat = seat
        self.thread = _started(self._make)

    def _make(self) -> None:
        self.code = _code(CALLS[self._call](self._seat))
        if self._call == "begin" and self.code == SUCCESS and not self.at_once:
            scard.SCardEndTransaction(self._seat.handle, LEAVE)  # the others' turn

    @property
    def outcome(self) -> str:
        if self.code is None:
            return "waits: waits"
        marked = self.code == VIOLATION or self.code >> 4 == 0x8010006
        good = self.code == SUCCESS or (self._call.startswith(OF_THE_DRIVER) and not marked)
        words = "passes" if good else f"{self.code:08X}"
        if self.at_once:
            return words
        return "waits" if good else f"waits: {words}"


def asked(reader: str, held: str, asker: str, calls: list[str]) -> dict[str, str]:
    """The outcomes of ``calls``, made side by side while one holder holds on."""
    holder: Holder = Elsewhere(held) if asker == "elsewhere" else Here(reader, held)
    seats = {}
    for call in calls:
        context = holder.context if asker in ("same context", "own handle") else _context()
        handle = holder.handle
        if asker != "own handle":
            handle = 0 if held == "exclusive" else _connected(context, reader, SHARED)
        seats[call] = Seat(context, handle, reader)
    holder.hold(held)
    going = {call: Asked(call, seat) for call, seat in seats.items()}
    _settle(going)
    for each in going.values():
        each.at_once = each.code is not None
    if not all(each.at_once for each in going.values()):
        _started(holder.let_go).join(A_SECOND)  # hangs, too, where a call of its own context stands in its way
        _settle(going)
    outcomes = {call: each.outcome for call, each in going.items()}
    for context in {seat.context for seat in seats.values()} - {holder.context}:
        scard.SCardReleaseContext(context)
    _started(holder.close).join(A_SECOND)
    return outcomes


def _settle(going: dict[str, Asked]) -> None:
    """Until nothing has come back for long enough."""
    before = -1
    while (done := sum(each.code is not None for each in going.values())) > before and done < len(going):
        before = done
        for each in going.values():
            if each.code is None:
                each.thread.join(LONG_ENOUGH)
                break


def column(reader: str, held: str, asker: str) -> dict[str, str]:
    """The outcomes of all calls that can be made there and do not hang."""
    calls = [call for call in CALLS if call in HANDLELESS or held != "exclusive" or asker == "own handle"]
    calls = [call for call in calls if not hangs(held, asker, call)]
    if asker == "own handle":
        batches = [[call] for call in calls]
    else:
        # What resets the card when its turn comes would be seen by the others; what ends the context, too.
        resets = [call for call in calls if call.startswith(("reconnect, ", "disconnect, ")) and "leave" not in call]
        ends = [call for call in calls if call == "release context"]
        batches = [[call for call in calls if call not in (*resets, *ends)], resets, ends]
    found: dict[str, str] = {}
    for batch in batches:
        if batch:
            found |= asked(reader, held, asker, batch)
    return {call: found[call] for call in calls}


def main(reader: str, *names: str) -> None:
    """Print what is asked for and leave at once, whatever still waits."""
    if names[1:] and names[1] in CALLS:
        name, call = names
        found: object = asked(reader, *name.split("/"), [call])[call]
    else:
        found = {name: column(reader, *name.split("/")) for name in names}
    print(json.dumps(found), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
