"""Types of key on the social side, what a stay begins with, and the PIN's right.

External authentication gives the level of the key in the directory that owns the key; the PIN gives its level in
the environment. Rights earned by keys end when another directory is selected, the PIN's with power
(SSC-7 §5.8, §6.6; SSC-5 §6.11.1). With no PIN set a PIN condition counts as met (SSC-7 §5.6).
"""

from __future__ import annotations

import contextlib
from enum import IntEnum

from apdu.status import SW
from cos.kernel.directory_headers import DirectoryHeader
from cos.kernel.refusal import Gate, Refusal
from cos.kernel.security_state import Standing, right
from firewall.partition import DamagedCell
from keys import pin
from keys.card_key_store import KeyNotFound, KeyRef


class SocialKeyType(IntEnum):
    """Types of key, by the first byte of the key header."""

    MASTER = 0x00
    PIN = 0x01
    STK = 0x07
    DLK = 0x08
    DPK = 0x09
    DTK = 0x0A
    EXTERNAL = 0x0D
    IRK = 0x0E


PIN_REF = KeyRef(SocialKeyType.PIN, 0, 0)


def pin_right(at: Standing) -> int:
    """The right a verified PIN gives. Raises KeyNotFound."""
    return right(at.home.fid, at.keys(at.home.fid).level(PIN_REF))


def earn_pin(at: Standing) -> None:
    """The PIN's right is held: it was verified, or none is set."""
    at.security = at.security.having(pin_right(at), PIN_REF)


def earn_unset_pin(at: Standing) -> None:
    """What a fresh session begins with: the PIN's right if the holder has set no PIN (SSC-7 §5.6).

    A PIN that cannot be read gives nothing; whoever needs it learns of it.
    """
    with contextlib.suppress(KeyNotFound, DamagedCell):
        if not pin.is_set(at.keys(at.home.fid), PIN_REF):
            earn_pin(at)


def application_blocked(header: DirectoryHeader) -> Refusal:
    """9303."""
    return Refusal(
        SW.APPLICATION_BLOCKED, Gate.LIFE_CYCLE, "application permanently blocked", "SSC-7 §13.2", fid=header.fid
    )
