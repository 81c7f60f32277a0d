"""A card reached through SSSE32 alone, as a ``SmartCard``: so all above stands on the reader's seven functions."""

from __future__ import annotations

from dualcos.reader.pcsc import PcscError
from dualcos.reader.silent_card import CardGone, CardMute
from dualcos.terminal.interface.reader_library import LONGEST_ANSWER, LONGEST_ATR, CardReaderLibrary, IfdCode
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped

_CAUSES = {cause.row.code: cause for cause in StopCause if cause.row.code is not None}


class LibraryCard:
    """The card at one connector of an open reader.

    Raises CardGone, CardMute and PcscError as any card in a reader, TerminalStopped for what only a library can say.
    """

    def __init__(self, library: CardReaderLibrary, handle: int, slot: int) -> None:
        self._library, self._handle, self._slot = library, handle, slot
        self._memory = bytearray(LONGEST_ANSWER)
        self._atr = b""
        self._reset = False  # and nothing else since

    @property
    def atr(self) -> bytes:
        """Of the last reset."""
        return self._atr

    def power_on(self) -> bytes:
        """Cold reset, or a warm one if that fails: the library decides. None is needed where nothing came since."""
        return self._atr if self._reset else self.reset()

    def reset(self) -> bytes:
        """The same, whatever was before: the library has one function for both."""
        memory = bytearray(LONGEST_ATR)
        self._atr = bytes(memory[: judged(self._library.ICC_Reader_PowerOn(self._handle, self._slot, memory))])
        self._reset = True
        return self._atr

    def power_off(self) -> None:
        """What the library says of it is of no use to anybody."""
        self._reset = False
        self._library.ICC_Reader_PowerOff(self._handle, self._slot)

    def exchange(self, command: bytes) -> bytes:
        """The card's answer. One that ends in no status word is none: its negative would be another return code."""
        self._reset = False
        code = self._library.ICC_Reader_Application(self._handle, self._slot, len(command), command, self._memory)
        answer = bytes(self._memory[: judged(code)])
        if not b"\x60" <= answer[-2:-1] <= b"\x9f":
            raise CardMute("an answer without a status word")
        return answer


def judged(code: int) -> int:
    """``code`` if it is not negative. Raises what it says otherwise."""
    if code >= 0:
        return code
    if code == IfdCode.NO_CARD:
        raise CardGone("the reader's library says that there is no card")
    if code == IfdCode.NO_ANSWER:
        raise CardMute("the reader's library says that the card does not answer")
    if code == IfdCode.CONNECTION:
        raise PcscError("the reader's library says that it cannot reach the reader")
    raise TerminalStopped(_CAUSES.get(code, StopCause.READER))
