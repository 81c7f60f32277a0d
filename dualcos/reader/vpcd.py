"""The card as a TCP client of pcscd's virtual reader driver (vpcd): for programs whose environment is not ours.

On the wire: two bytes of length, big-endian, then that many bytes, both ways. One byte is a control code, more is
a command APDU. Guarantees: every request that has an answer gets one, never of length 0 (vpcd would wait for
ever); a card that is mute or pulled is a closed socket, the only "no" this protocol has. Connecting is inserting, if
the slot is free: where it is not, the connection stands as well, and nothing comes. So a card is *taken* only when
vpcd has asked it something.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Sequence
from enum import IntEnum
from time import monotonic
from types import TracebackType
from typing import NamedTuple, Self

from dualcos.reader.observers import unfailing
from dualcos.reader.silent_card import CardGone, CardMute
from dualcos.reader.slot import Slot
from dualcos.reader.supervised_card import NO_DIAGNOSIS, Report, left_behind, unheard

CARD_PORT = 35963
PSAM_PORT = 35964
# vpcd itself listens on every interface; we only ever speak to this machine's (and "localhost" may mean ::1).
_HOST = "127.0.0.1"
_QUICK: int | None = getattr(socket, "TCP_QUICKACK", None)  # Linux only
_LENGTH = 2
_LONGEST = 0xFFFF
_CHUNK = 0x10002

_CONNECT_SECONDS = 3.5  # a full queue drops the first attempt; the kernel tries again after 1 s and 3 s
FIRST_WORD_SECONDS = 2.0  # vpcd asks for the ATR within 0.4 s of an insertion
_RETRY_SECONDS = 0.1
_ABSENCE_SECONDS = 0.9  # pcscd looks every 0.4 s; a shorter absence would go unnoticed
_JOIN_SECONDS = 3.0

_HINT = (
    "install the packages pcscd and vsmartcard-vpcd, start pcscd (as root: pcscd --foreground), "
    "and check that no firewall rule forbids the port"
)


class Control(IntEnum):
    """The one-byte requests."""

    POWER_OFF = 0
    POWER_ON = 1
    RESET = 2
    ATR = 4


_CONTROLS = frozenset(Control)


class VpcdFramer:
    """Cuts vpcd's stream into messages. Fed whole or byte by byte, the same messages come out."""

    __slots__ = ("_pending",)

    def __init__(self) -> None:
        self._pending = b""

    @property
    def waiting(self) -> bool:
        """True in the middle of a message."""
        return bool(self._pending)

    def feed(self, chunk: bytes) -> list[bytes]:
        """The messages that are complete with ``chunk``, without their lengths."""
        buffer = self._pending + chunk if self._pending else chunk
        at, end = 0, len(buffer)
        messages = []
        while end - at >= _LENGTH:
            start = at + _LENGTH
            stop = start + (buffer[at] << 8 | buffer[at + 1])
            if stop > end:
                break
            messages.append(buffer[start:stop])
            at = stop
        self._pending = buffer[at:]
        return messages


def answer(slot: Slot, message: bytes) -> bytes | None:
    """What ``slot`` says to one message, or None where vpcd expects nothing. Raises CardGone, CardMute.

    The ATR is read without side effects: vpcd asks for it all the time, only to see whether the card is there.
    """
    if len(message) > 1:
        words = slot.exchange(message)
        return words if len(words) <= _LONGEST else NO_DIAGNOSIS
    if not message:  # never sent; an answer would confuse vpcd, none is safe
        return None
    if message[0] == Control.ATR:
        atr = slot.atr
        if not atr:
            raise CardMute("no ATR")
        return atr
    if message[0] == Control.POWER_ON:
        slot.power_on()
    elif message[0] == Control.RESET:
        slot.reset()
    elif message[0] == Control.POWER_OFF:
        slot.power_off()
    return None


def framed(words: bytes) -> bytes:
    """``words`` (1 to 65 535 bytes) with their length in front."""
    return len(words).to_bytes(_LENGTH, "big") + words


class VpcdError(RuntimeError):
    """No vpcd to plug into; the text says what to install or start."""


class Plug(NamedTuple):
    """``slot`` goes to the vpcd slot that listens on ``port``."""

    slot: Slot
    port: int = CARD_PORT


def unnoticed(_plug: Plug) -> None:
    """Nobody waits for the card to be taken."""


class VpcdReader:
    """Keeps the slots of ``plugs`` connected to pcscd + vpcd while started, each in a thread of its own.

    A card put into a slot is inserted, one taken out is removed; if pcscd goes away the card is inserted again
    when it is back, and a slot that is another card's is waited for. ``report`` is told once of each of these;
    ``taken`` of a plug whenever vpcd has begun to use its card, in the plug's own thread, which must not be kept.
    Raises VpcdError from ``start`` if nobody listens.
    """

    def __init__(
        self, plugs: Sequence[Plug], *, report: Report = unheard, taken: Callable[[Plug], None] = unnoticed
    ) -> None:
        self._lines = tuple(_Line(plug, report, taken) for plug in plugs)
        self._left: tuple[str, ...] = ()

    def start(self) -> Self:
        """Connect every slot that has a card. Raises VpcdError."""
        self._left = ()
        try:
            for line in self._lines:
                line.start()
        except VpcdError:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Disconnect all; the cards lose power."""
        self._left += tuple(line.plug.slot.name for line in self._lines if not line.stop())

    def taken(self, seconds: float = 0.0) -> list[Plug]:
        """The plugs whose card vpcd uses, as soon as that is all of them, or after so many seconds."""
        until = monotonic() + seconds
        return [line.plug for line in self._lines if line.taken.wait(max(0.0, until - monotonic()))]

    @property
    def left_behind(self) -> tuple[str, ...]:
        """The slots whose card had not ended its command when we stopped."""
        return self._left

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Line:
    """One slot on one port. ``taken`` is set from vpcd's first word to the end of the connection."""

    def __init__(self, plug: Plug, report: Report, noticed: Callable[[Plug], None]) -> None:
        self.plug = plug
        self.taken = threading.Event()
        self._slot, self._port = plug
        self._report = unfailing(report)
        self._noticed = unfailing(noticed)
        self._waited: set[str] = set()  # what was said about the card not being taken
        self._had = False
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._hand = threading.Event()  # set by whoever inserts, removes or stops
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        if self._thread is not None:
            return
        self._stopped.clear()
        self._hand.clear()
        unwatch = self._slot.watch(self._changed_hands)
        try:
            first = self._connect() if self._slot.present else None
        except VpcdError:
            unwatch()
            raise
        self._thread = threading.Thread(target=self._run, args=(first, unwatch), name=f"vpcd-{self._port}", daemon=True)
        self._thread.start()

    def stop(self) -> bool:
        """False if the card is still in a command: then it was left as it is."""
        thread, self._thread = self._thread, None
        self._stopped.set()
        self._changed_hands(False)
        if thread is not None and thread is not threading.current_thread():
            thread.join(_JOIN_SECONDS)
            if thread.is_alive():
                self._report(left_behind(self._slot.name, _JOIN_SECONDS))
                return False
        return True

    def _changed_hands(self, _present: bool) -> None:
        with self._lock:
            self._hand.set()
            if self._socket is not None:
                with contextlib.suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)

    def _connect(self) -> socket.socket:
        try:
            connection = socket.create_connection((_HOST, self._port), _CONNECT_SECONDS)
        except TimeoutError:
            raise VpcdError(f"vpcd on {_HOST}:{self._port} takes no card: the slot is taken and one waits") from None
        except OSError as error:
            raise VpcdError(f"no vpcd on {_HOST}:{self._port} ({error.strerror or error}): {_HINT}") from None
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def _run(self, first: socket.socket | None, unwatch: Callable[[], None]) -> None:
        connection = first
        try:
            while not self._stopped.is_set():
                if connection is None:
                    connection = self._reconnect()
                    if connection is None:
                        continue
                pulled = self._stay(connection)
                connection = None
                if not pulled:
                    self._wait_with(f"vpcd on port {self._port} closed the connection; waiting for it to come back")
                self._stopped.wait(_ABSENCE_SECONDS if pulled else _RETRY_SECONDS)
        finally:
            unwatch()
            if connection is not None:
                connection.close()

    def _reconnect(self) -> socket.socket | None:
        """A new connection as soon as there is a card and a vpcd; None: look again."""
        if not self._slot.present:
            self._hand.wait()
        self._hand.clear()
        if not self._slot.present:
            return None
        try:
            return self._connect()
        except VpcdError:
            self._stopped.wait(_RETRY_SECONDS)
            return None

    def _stay(self, connection: socket.socket) -> bool:
        """Serve until either side ends it. True if it was ours: the card was pulled, is mute, or we stop."""
        with connection:
            with self._lock:
                if self._hand.is_set():
                    return True
                self._socket = connection
            try:
                self._serve(connection)
            except CardMute as silence:
                self._report(f"card mute ({silence}); shown on port {self._port} as pulled and inserted again")
                return True
            except CardGone:
                return True
            except OSError:
                pass
            finally:
                self.taken.clear()
                with self._lock:
                    self._socket = None
                self._slot.power_off()
            return self._hand.is_set()

    def _serve(self, connection: socket.socket) -> None:
        slot = self._slot
        framer = VpcdFramer()
        chunk = self._first_words(connection)
        while chunk:
            for message in framer.feed(chunk):
                words = answer(slot, message)
                if words is not None:
                    connection.sendall(framed(words))
                if not self.taken.is_set():
                    self._notice(message)
            if framer.waiting and _QUICK is not None:
                # Old vpcds send length and payload apart, and Nagle keeps the payload until the length is
                # acknowledged: 40 ms without this. Linux forgets the option, so it is set every time.
                connection.setsockopt(socket.IPPROTO_TCP, _QUICK, 1)
            chunk = connection.recv(_CHUNK)

    def _first_words(self, connection: socket.socket) -> bytes:
        connection.settimeout(FIRST_WORD_SECONDS)
        try:
            return connection.recv(_CHUNK)
        except TimeoutError:
            self._wait_with(
                f"nothing comes from vpcd on port {self._port}: is the slot taken by another card, or is it no vpcd "
                "that listens there? Waiting for it"
            )
        finally:
            connection.settimeout(None)
        return connection.recv(_CHUNK)

    def _wait_with(self, words: str) -> None:
        """Say why the card is not taken; not again and again while it stays so."""
        if words not in self._waited and not self._stopped.is_set():
            self._waited.add(words)
            self._report(words)

    def _notice(self, message: bytes) -> None:
        """A message was answered. Only vpcd's own words count: anything may listen on that port."""
        if len(message) != 1 or message[0] not in _CONTROLS:
            return
        self.taken.set()
        if self._waited:
            self._waited.clear()
            self._report(f"vpcd on port {self._port} has the card {'again' if self._had else 'now'}")
        self._had = True
        self._noticed(self.plug)
