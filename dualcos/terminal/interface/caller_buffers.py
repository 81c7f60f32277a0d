"""A caller's memory: ``char*`` that a function reads, ``char[n]`` that it writes."""

from __future__ import annotations

from dualcos.terminal.interface.text_charset import TextCharset, encoded_somehow


class CharBuffer:
    """``char[size]`` of a caller. Nothing is ever written behind its end, nor behind the NUL of a text in it."""

    __slots__ = ("_held",)

    def __init__(self, size: int) -> None:
        self._held = bytearray(size)

    @property
    def size(self) -> int:
        """Bytes there are."""
        return len(self._held)

    @property
    def raw(self) -> bytes:
        """All of them."""
        return bytes(self._held)

    @property
    def text(self) -> bytes:
        """What stands in front of the first NUL, as a C program sees it."""
        return bytes(self._held).partition(b"\0")[0]

    def put(self, text: bytes) -> bool:
        """``text`` and a NUL. False, and nothing is changed, if there is no room for both."""
        whole = text + b"\0"
        if len(whole) > len(self._held):
            return False
        self._held[: len(whole)] = whole
        return True

    def put_cut(self, text: str, charset: TextCharset) -> None:
        """As many whole characters of ``text`` as there is room for, and a NUL."""
        room, said = self.size - 1, b""
        for character in text:
            piece = encoded_somehow(character, charset)
            if len(said) + len(piece) > room:
                break
            said += piece
        self.put(said)

    def __repr__(self) -> str:
        """Without what is in it: the interface gives a new PIN to the HSM's caller in such a buffer."""
        return f"<CharBuffer of {self.size}>"


CallerText = str | bytes | CharBuffer
"""``char*`` that is read up to its first NUL; ``str`` for callers in Python."""
