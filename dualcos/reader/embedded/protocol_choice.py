"""Which transmission protocol a connection gets: decided from the ATR and what the program wants, as pcscd does.

Deliberately more lenient than ``apdu.atr``: a reader has to live with any ATR, a wrong TCK or inverse convention.
"""

from __future__ import annotations

from cos.kernel.transmission import TransmissionOptions
from dualcos.reader.embedded.pcsclite_messages import ANY_OLD, RAW, T0, T1

_BITS = {0: T0, 1: T1}.get
_KNOWN = T0 | T1 | RAW | ANY_OLD


def offered(atr: bytes) -> int:
    """The protocols ``atr`` offers, as bits: T0 if it names none, only TA2's in specific mode (ISO 7816-3)."""
    protocols = 0
    follows = atr[1] >> 4 if len(atr) > 1 else 0
    at, level = 2, 1
    while follows:
        if level == 2 and follows & 1 and at < len(atr):
            return _BITS(atr[at] & 15) or 0
        at += (follows & 15).bit_count()
        if not follows & 8 or at > len(atr):
            break
        indicator = atr[at - 1]
        protocols |= _BITS(indicator & 15) or 0
        follows = indicator >> 4
        level += 1
    return protocols or T0


def acceptable(wanted: int) -> bool:
    """True if ``wanted`` names at least one protocol that exists."""
    return bool(wanted & _KNOWN)


def no_common(have: int, wanted: int) -> str:
    """What to say of a program that wants another protocol than the card has: the setting that would do; empty if no
    card has what it wants.
    """
    names = {T0: "T=0", T1: "T=1"}
    asked = [name for bit, name in names.items() if wanted & bit]
    if not asked or have not in names:
        return ""
    path = f"{TransmissionOptions.path}.protocol"
    return (
        f"a program wants {asked[0]}, the card has {names[have]}: "
        f'setting {path} = "{asked[0]}" would answer this; `dualcos serve PROFILE --set {path}={asked[0]}`'
    )


def choose(atr: bytes, wanted: int) -> int | None:
    """The protocol for a program that wants ``wanted``: T=1 before T=0; None if there is no common one."""
    if wanted & RAW:
        return RAW
    possible = offered(atr) & (T0 | T1 if wanted & ANY_OLD else wanted)
    return possible & T1 or possible & T0 or None
