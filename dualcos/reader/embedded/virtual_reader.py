"""One reader as PC/SC promises it: handles, sharing, transactions, events that stick, power.

Rules, as pcscd behaves. A reset or a removal marks every handle, and the mark stays until that
handle reconnects. While a handle holds a transaction, what others want of the card waits for its end (pcscd refuses
and its library asks again every 100 ms; waiting is the same, sooner); what they want of the reader, controls and
attributes, is refused at once, and leaving is free. The card gets power at the first connection and loses it some
time after the last has gone.

The slot's contacts are the lock for everything that touches the card. What is answered at once never takes them: the
holder's command may be under way. Who is connected changes under ``_face`` too, so that leaving need not wait either.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from dualcos.reader.embedded import pcsclite_messages, protocol_choice
from dualcos.reader.embedded.pcsclite_messages import EXCLUSIVELY, Disposition, PcscResult, Share
from dualcos.reader.silent_card import CardGone, CardMute
from dualcos.reader.slot import Slot

Later = Callable[[float, Callable[[], None]], None]
"""Calls the second argument after that many seconds, in some other thread."""

_SHARES = frozenset(Share)
_DISPOSITIONS = frozenset(Disposition)
_INITIALISATIONS = frozenset((Disposition.LEAVE, Disposition.RESET, Disposition.UNPOWER))


class PcscRefused(Exception):
    """PC/SC's answer is ``result`` instead of success."""

    def __init__(self, result: PcscResult) -> None:
        super().__init__(result.name)
        self.result = result


class Closed(Exception):
    """The service ended while a call was waiting for its turn."""


class Handle:
    """One connection of a program to a reader. ``event`` is SUCCESS or what the program must be told first.

    ``client``: who asked for it; what one client asks for comes one call after the other.
    """

    __slots__ = ("client", "event", "number", "reader")

    def __init__(self, number: int, reader: VirtualReader, client: object) -> None:
        self.number = number
        self.reader = reader
        self.client = client
        self.event = PcscResult.SUCCESS


class VirtualReader:
    """The reader over ``slot``. ``changed`` is told when programs that wait for changes should look again."""

    def __init__(self, slot: Slot, changed: Callable[[], None], later: Later, idle_seconds: float | None) -> None:
        self.slot = slot
        self.name = slot.name.encode()
        self._changed = changed
        self._later = later
        self._idle_seconds = idle_seconds
        self._turn = threading.Condition(slot.contacts)
        self._handles: tuple[Handle, ...] = ()
        self._sharing = 0
        self._owner: Handle | None = None
        self._depth = 0
        self._uses = 0
        self._told_protocol = False
        self._closed = False
        # Guards what is shown (_present, _atr, _mute, _protocol, _counter, state) and who is connected.
        self._face = threading.Lock()
        self._present = slot.present
        self._atr = slot.atr
        self._mute = False
        self._protocol = 0
        self._counter = 0
        self.state = b""
        self._show()
        self._unwatch = slot.watch(self._changed_hands)

    def close(self, patience: float) -> bool:
        """Let go of the slot; whoever waits for a transaction gets ``Closed``. The card loses power.

        False if the card is in a command that has not ended after ``patience`` seconds: then it keeps its power.
        """
        self._unwatch()
        self._closed = True
        if not self._turn.acquire(timeout=max(0.0, patience)):
            return False
        try:
            self._turn.notify_all()
            self.slot.power_off()
        finally:
            self._turn.release()
        return True

    # What programs ask for.

    def connect(self, number: int, share: int, wanted: int, client: object) -> tuple[Handle, int]:
        """A new handle of ``client`` and its protocol (0 with DIRECT)."""
        _check_sharing(share, wanted)
        with self._turn:
            # Held exclusively is an answer; held for a transaction is a wait.
            if self._sharing == EXCLUSIVELY:
                raise PcscRefused(PcscResult.SHARING_VIOLATION)
            self._wait_for_turn(None, client)
            if self._sharing == EXCLUSIVELY or (share == Share.EXCLUSIVE and self._sharing):
                raise PcscRefused(PcscResult.SHARING_VIOLATION)
            if share != Share.DIRECT:
                self._power_up()
            protocol = self._agree(share, wanted)
            handle = Handle(number, self, client)
            self._uses += 1
            with self._face:
                self._handles += (handle,)
                if share == Share.EXCLUSIVE:
                    self._sharing, self._owner, self._depth = EXCLUSIVELY, handle, 1
                else:
                    self._sharing += 1
            self._show()
        self._changed()
        return handle, protocol

    def reconnect(self, handle: Handle, share: int, wanted: int, initialisation: int) -> int:
        """Clear the handle's event, after resetting the card if asked to. Returns the protocol."""
        if initialisation not in _INITIALISATIONS:
            raise PcscRefused(PcscResult.INVALID_VALUE)
        _check_sharing(share, wanted)
        with self._turn:
            self._wait_for_turn(handle, handle.client)
            if initialisation != Disposition.LEAVE:
                self._reset(cold=initialisation == Disposition.UNPOWER)
            elif self._mute:
                raise PcscRefused(PcscResult.UNRESPONSIVE_CARD)
            else:
                self._power_up()
            protocol = self._agree(share, wanted)
            self._share_again(handle, share)
            handle.event = PcscResult.SUCCESS
            self._show()
        self._changed()
        return protocol

    def disconnect(self, handle: Handle, disposition: int) -> None:
        """End a handle and any transaction of its. Leaving the card alone waits for nobody."""
        if disposition not in _DISPOSITIONS:
            raise PcscRefused(PcscResult.INVALID_VALUE)
        if disposition != Disposition.LEAVE or not self._slipped_out(handle):
            with self._turn:
                if disposition != Disposition.LEAVE:
                    self._wait_for_turn(handle, handle.client)
                self._end(handle, disposition)
        self._changed()

    def abandon(self, handle: Handle) -> None:
        """End a handle whose program went away; the card is reset if that was in the middle of a transaction."""
        if not self._slipped_out(handle):
            with self._turn:
                dirty = self._owner is handle and handle.event == PcscResult.SUCCESS
                self._end(handle, Disposition.RESET if dirty else Disposition.LEAVE)
        self._changed()

    def begin(self, handle: Handle) -> None:
        """Start a transaction, or one more level of it."""
        _check_event(handle)
        with self._turn:
            self._wait_for_turn(handle, handle.client)
            _check_event(handle)
            self._owner = handle
            self._depth += 1

    def end(self, handle: Handle, disposition: int) -> None:
        """End a transaction's innermost level. A reset marks this handle too."""
        if disposition not in _DISPOSITIONS:
            raise PcscRefused(PcscResult.INVALID_VALUE)
        _check_event(handle)
        self.may_control(handle)
        with self._turn:
            _check_event(handle)
            self.may_control(handle)
            outcome = PcscResult.SUCCESS
            if disposition != Disposition.LEAVE:
                try:
                    self._reset(cold=disposition != Disposition.RESET)
                except PcscRefused as refusal:
                    outcome = refusal.result
            floor = 1 if self._sharing == EXCLUSIVELY else 0
            if self._depth <= floor:
                raise PcscRefused(PcscResult.NOT_TRANSACTED)
            self._depth -= 1
            if not self._depth:
                self._release()
        self._changed()
        if outcome != PcscResult.SUCCESS:
            raise PcscRefused(outcome)

    def status(self, handle: Handle) -> None:
        """Refused with the event of the handle, if there is one."""
        with self._turn:
            self._wait_for_turn(handle, handle.client)
            _check_event(handle)

    def may_control(self, handle: Handle) -> None:
        """Refused at once while another handle holds a transaction; a marked handle may still ask the reader."""
        if self._owner not in (None, handle):
            raise PcscRefused(PcscResult.SHARING_VIOLATION)

    def may_look(self, handle: Handle) -> None:
        """The same for an attribute, and then refused with the event of the handle, if there is one."""
        self.may_control(handle)
        _check_event(handle)

    def transmit(self, handle: Handle, protocol: int, command: bytes) -> bytes:
        """The card's answer to ``command``."""
        with self.slot.contacts:
            if self._owner is not None and self._owner is not handle:
                self._wait_for_turn(handle, handle.client)
            if handle.event:
                raise PcscRefused(handle.event)
            present = self._present
            if protocol != self._protocol and protocol not in (pcsclite_messages.RAW, pcsclite_messages.ANY_OLD):
                raise PcscRefused(PcscResult.PROTO_MISMATCH if present else PcscResult.NO_SMARTCARD)
            try:
                return self.slot.exchange(command)
            except CardGone:
                raise PcscRefused(PcscResult.REMOVED_CARD if present else PcscResult.NO_SMARTCARD) from None
            except CardMute:
                if self._closed:
                    raise Closed from None
                raise PcscRefused(PcscResult.NOT_TRANSACTED) from None

    @property
    def atr(self) -> bytes:
        """The ATR; empty without card."""
        return self._atr if self._present else b""

    @property
    def protocol(self) -> int:
        """The protocol in use as a bit; 0 if none was chosen yet."""
        return self._protocol

    # The inside; the contacts are held.

    def _wait_for_turn(self, handle: Handle | None, client: object) -> None:
        """Wait until no other handle holds a transaction. Refused if ``client`` holds it by another handle of its own:
        while it waits it could not end that, nor could its going away, and the reader would be stuck for everyone.
        """
        while self._owner is not None and self._owner is not handle and not self._closed:
            if self._owner.client is client:
                raise PcscRefused(PcscResult.SHARING_VIOLATION)
            self._turn.wait()
        if self._closed:
            raise Closed

    def _release(self) -> None:
        self._owner, self._depth = None, 0
        self._turn.notify_all()

    def _slipped_out(self, handle: Handle) -> bool:
        """True if ``handle`` has left a reader that others go on using, and that without the contacts.

        Only its own client could have made it the holder, and that is the one who is asking.
        """
        with self._face:
            if self._owner is handle or self._sharing <= 1:
                return False
            self._leave(handle)
        self._show()
        return True

    def _leave(self, handle: Handle) -> None:
        self._handles = tuple(h for h in self._handles if h is not handle)
        self._sharing = 0 if self._sharing == EXCLUSIVELY else max(0, self._sharing - 1)

    def _end(self, handle: Handle, disposition: int) -> None:
        if self._owner is handle:
            self._release()
        if self._closed:  # the card is somebody else's again
            return
        if disposition == Disposition.RESET:
            self._mark_reset()
            self._start(self.slot.reset)
        elif disposition != Disposition.LEAVE:  # an ejected card loses power too
            self._mark_reset()
            self.slot.power_off()
        with self._face:
            self._leave(handle)
        if not self._sharing:
            self._leave_idle()
        self._show()

    def _agree(self, share: int, wanted: int) -> int:
        if share == Share.DIRECT and not wanted & pcsclite_messages.RAW:
            return self._protocol
        if wanted & pcsclite_messages.RAW or not self._protocol:
            protocol = protocol_choice.choose(self._atr, wanted)
        elif wanted & pcsclite_messages.ANY_OLD:
            protocol = self._protocol
        else:
            protocol = self._protocol & wanted or None
        if protocol is None:
            self._tell_protocol(wanted)
            raise PcscRefused(PcscResult.PROTO_MISMATCH)
        self._protocol = protocol
        return protocol

    def _tell_protocol(self, wanted: int) -> None:
        """Once, why a program that wants ``wanted`` gets no connection."""
        words = protocol_choice.no_common(self._protocol or protocol_choice.offered(self._atr), wanted)
        if words and not self._told_protocol:
            self._told_protocol = True
            self.slot.tell(words)

    def _share_again(self, handle: Handle, share: int) -> None:
        if share == Share.EXCLUSIVE and self._sharing != EXCLUSIVELY:
            if self._sharing != 1:
                raise PcscRefused(PcscResult.SHARING_VIOLATION)
            self._sharing, self._owner = EXCLUSIVELY, handle
            self._depth += 1
        elif share != Share.EXCLUSIVE and self._sharing == EXCLUSIVELY:
            self._sharing = 1
            self._depth -= 1
            if not self._depth:
                self._release()

    def _power_up(self) -> None:
        if not self.slot.present:
            raise PcscRefused(PcscResult.NO_SMARTCARD)
        if not self.slot.powered and not self._start(self.slot.power_on):
            raise PcscRefused(PcscResult.UNPOWERED_CARD if self.slot.present else PcscResult.NO_SMARTCARD)

    def _reset(self, *, cold: bool) -> None:
        self._mark_reset()
        if cold:
            self.slot.power_off()
        if not self._start(self.slot.reset):
            raise PcscRefused(PcscResult.UNRESPONSIVE_CARD if self.slot.present else PcscResult.NO_SMARTCARD)

    def _start(self, action: Callable[[], bytes]) -> bool:
        """Reset the card and show the outcome."""
        self._protocol = 0
        try:
            self._atr, self._mute = action(), False
        except CardGone:
            self._show()
            return False
        except CardMute:
            self._atr, self._mute = b"", self._present
            self._show()
            return False
        self._show()
        return True

    def _mark_reset(self) -> None:
        self._protocol = 0
        for handle in self._handles:
            if handle.event != PcscResult.REMOVED_CARD:
                handle.event = PcscResult.RESET_CARD

    def _leave_idle(self) -> None:
        if self._idle_seconds is None or not self.slot.powered:
            return
        uses = self._uses

        def power_down() -> None:
            with self._turn:
                if self._uses == uses and not self._closed:
                    self.slot.power_off()
                    self._protocol = 0
                    self._show()

        self._later(self._idle_seconds, power_down)

    # What is shown.

    def _changed_hands(self, present: bool) -> None:
        with self._face:
            self._present = present
            self._counter += 1
            self._mute = False
            self._protocol = 0
            self._atr = self.slot.atr if present else b""
            if not present:
                for handle in self._handles:
                    handle.event = PcscResult.REMOVED_CARD
        self._show()
        self._changed()

    def _show(self) -> None:
        with self._face:
            if not self._present:
                # Also when a reset that was overtaken by a hand on the card has just written the old card's ATR.
                self.state = pcsclite_messages.reader_state(
                    self.name, self._counter, pcsclite_messages.ABSENT, self._sharing, b"", 0
                )
                return
            if self._mute:
                state = pcsclite_messages.PRESENT | pcsclite_messages.MUTE
            elif not self.slot.powered:
                state = pcsclite_messages.PRESENT
            else:
                state = pcsclite_messages.PRESENT | pcsclite_messages.POWERED
                state |= pcsclite_messages.SPECIFIC if self._protocol else pcsclite_messages.NEGOTIABLE
            self.state = pcsclite_messages.reader_state(
                self.name, self._counter, state, self._sharing, self._atr, self._protocol
            )


def _check_sharing(share: int, wanted: int) -> None:
    if share not in _SHARES:
        raise PcscRefused(PcscResult.INVALID_VALUE)
    if share != Share.DIRECT and not protocol_choice.acceptable(wanted):
        raise PcscRefused(PcscResult.PROTO_MISMATCH)


def _check_event(handle: Handle) -> None:
    if handle.event:
        raise PcscRefused(handle.event)
