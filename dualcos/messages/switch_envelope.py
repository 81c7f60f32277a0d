"""The 46 bytes in front of a message to or from the switch, and frames that the switch sends back unread."""

from __future__ import annotations

import re
from typing import NamedTuple

from dualcos.messages.iso8583_codec import UnreadableIso8583, UnwritableIso8583

HEADER_LENGTH = 46
LONGEST_FRAME = 1846
ACCEPTED = "00000"
_FORM = re.compile(
    rb"\x2e(?P<version>.)(?P<total>[0-9]{4})(?P<destination>[ -~]{11})(?P<source>[ -~]{11})(?P<reserved>.{3})"
    rb"(?P<batch>.)(?P<transaction>.{8})(?P<user>.)(?P<reject>[0-9]{5})",
    re.DOTALL,
)


class SwitchHeader(NamedTuple):
    """报文头. ``destination``, ``source``: institutions, 11 characters; the five behind them members fill with zeros.
    ``reject``: five digits, 00000 for a message that was read.
    """

    destination: str
    source: str
    version: int = 1
    reserved: bytes = b"\0" * 3
    batch: int = 0
    transaction: bytes = b"0" * 8
    user: int = 0
    reject: str = ACCEPTED

    def around(self, body: bytes) -> bytes:
        """The whole frame. Raises UnwritableIso8583 if it is too long or an institution has more than 11 characters."""
        total = HEADER_LENGTH + len(body)
        if total > LONGEST_FRAME:
            raise UnwritableIso8583(f"a frame of {total} bytes; the switch takes {LONGEST_FRAME}")
        made = (
            bytes((HEADER_LENGTH, self.version))
            + b"%04d" % total
            + self.destination.ljust(11).encode("ascii", "replace")
            + self.source.ljust(11).encode("ascii", "replace")
            + self.reserved
            + bytes((self.batch,))
            + self.transaction
            + bytes((self.user,))
            + self.reject.encode("ascii", "replace")
        )
        if not _FORM.fullmatch(made):
            raise UnwritableIso8583("header: an institution, a reject code or a reserved part is too long")
        return made + body

    def back(self) -> SwitchHeader:
        """That of the answer."""
        return self._replace(destination=self.source, source=self.destination)


class SwitchFrame(NamedTuple):
    """A frame. ``body``: the message; ``rejected``: the sender's own frame, where the switch could not read it."""

    header: SwitchHeader
    body: bytes
    rejected: SwitchFrame | None = None


def switch_frame(payload: bytes) -> SwitchFrame:
    """What is in a frame. A rejected one has the body of the frame that comes back, which is no answer: it may have a
    00 in field 39 of its own. Raises UnreadableIso8583.
    """
    found = _FORM.match(payload[:HEADER_LENGTH])
    if not found or len(payload) != int(found["total"]) or len(payload) > LONGEST_FRAME:
        raise UnreadableIso8583(f"{len(payload)} bytes: no header of {HEADER_LENGTH} bytes with this length")
    header = SwitchHeader(
        destination=found["destination"].decode("ascii").rstrip(" "),
        source=found["source"].decode("ascii").rstrip(" "),
        version=found["version"][0],
        reserved=found["reserved"],
        batch=found["batch"][0],
        transaction=found["transaction"],
        user=found["user"][0],
        reject=found["reject"].decode("ascii"),
    )
    body = payload[HEADER_LENGTH:]
    if header.reject == ACCEPTED:
        return SwitchFrame(header, body)
    own = switch_frame(body)
    return SwitchFrame(header, own.body, own)


def rejection(frame: SwitchFrame, code: str) -> bytes:
    """What a switch sends back: a new header with the reject code, the sender's header and message. Raises
    UnwritableIso8583.
    """
    return frame.header.back()._replace(reject=code).around(frame.header.around(frame.body))
