"""The reference card for measuring transports: it answers every command with the command's bytes and 9000."""

from __future__ import annotations

from apdu import atr

_DONE = b"\x90\x00"


class EchoCard:
    """A ``SmartCard`` without state. Its ATR offers ``protocol`` 0 or 1 and says ``echo``."""

    __slots__ = ("_atr",)

    def __init__(self, protocol: int = 0) -> None:
        self._atr = atr.build(b"echo", protocol)

    def power_on(self) -> bytes:
        """The ATR."""
        return self._atr

    def reset(self) -> bytes:
        """The ATR."""
        return self._atr

    def power_off(self) -> None:
        """Nothing to forget."""

    def exchange(self, command: bytes) -> bytes:
        """``command`` and 9000."""
        return command + _DONE

    @property
    def atr(self) -> bytes:
        """The ATR."""
        return self._atr
