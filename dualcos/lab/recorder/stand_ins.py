"""What stands in a draft vector for bytes that a record does not show: expressions of the profile's own PINs (替代值).

Whoever tries them holds the bytes that are shown, and the card's answer, against each: a MAC that is shown fits only if
what it covers does. Where no answer tells a PIN from another of its length, as of a new one, some other than the card's
own stands in for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from apdu.command import CommandAPDU
from dualcos.profile.schema import Profile

_PIN_BLOCK = 8
_WRONG, _NEW = 0x99, 0x37
"""Each digit of PINs that are not the card's own: where they are, ``another`` gives others."""


class StandIn(NamedTuple):
    """A template for a whole command. ``pin``: what is the PIN from then on, if the card takes it; empty: as before."""

    template: str
    pin: str = ""


class StandIns:
    """Follows the social PIN of the card of ``profile`` through a record."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._current = "ssse.pin"

    def of(self, environment: str, command: CommandAPDU) -> Iterator[StandIn]:
        """What may stand for ``command``, whose data are not known; the likeliest first."""
        head = bytes((command.cla, command.ins, command.p1, command.p2)).hex().upper()
        length = len(command.data)
        match environment, command.ins:
            case "ssse", 0x20:
                yield from (StandIn(f"{head}{{lc({pin})}}") for pin in (*self._own(), _another("ssse", _WRONG, length)))
            case "ssse", 0x5E:
                yield from self._changes(head, length)
            case "ssse", 0x24:
                for pin in self._own():
                    yield StandIn(f"{{secured(STKSSSE, {head}, encipher(STKSSSE, {pin}))}}", pin)
            case "pse", 0x20:
                yield from (StandIn(f"{head}{length:02X}{block}") for block in self._blocks())
            case "pki", 0x20:
                yield from (StandIn(f"{head}{{lc({proof})}}") for proof in _proofs(command.p2))

    def taken(self, stand_in: StandIn) -> None:
        """The card took it: its PIN may be another now."""
        self._current = stand_in.pin or self._current

    def _own(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self._current, "ssse.pin")))

    def _changes(self, head: str, length: int) -> Iterator[StandIn]:
        """Old PIN, FF, new PIN. What the old one leaves of the length is the new one's."""
        own = self._own_bytes()
        new = _another("ssse", _NEW, max(length - 1 - own, 0))
        for old in (*self._own(), _another("ssse", _WRONG, own)):
            after = "ssse.pin" if self._current != "ssse.pin" else new
            yield StandIn(f"{head}{{lc(cat({old}, FF, {after}))}}", after)

    def _own_bytes(self) -> int:
        """How long the PIN is that the profile says."""
        social = self._profile.ssse
        return (len(social.pin or "") + 1) // 2 if social is not None else 0

    def _blocks(self) -> Iterator[str]:
        """PIN blocks of the bank's side."""
        bank = self._profile.pse
        digits = len(bank.pin or "") if bank is not None else 0
        packed = (digits + 1) // 2
        for pin in ("pse.pin", _another("pse", _WRONG, packed)):
            yield f"2{digits:X}{{{pin}}}" + "FF" * (_PIN_BLOCK - 1 - packed)


def _another(section: str, digits: int, length: int) -> str:
    """Some PIN of ``length`` bytes that is not the card's own."""
    return f"another({section}.pin, {bytes((digits,)).hex() * length})"


def _proofs(number: int) -> Iterator[str]:
    """What shows a PIN of the certificate side: the last random number, 16 bytes or 8, under it."""
    own = "pki.manager_pin" if number == 0 else "pki.user_pin"
    for pin in (own, f"another({own}, 999999)"):
        yield f"direct(pin({pin}), challenge)"
        yield f"direct(pin({pin}), cat(challenge, 0000000000000000))"
