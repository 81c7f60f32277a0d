"""PC/SC readers as a personalisation body uses them: alone with the card, every failure one of two kinds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from apdu.link import SmartCard
from dualcos.cli.user_faults import Fault
from dualcos.issuance.personaliser.cards_in_readers import ReaderFailed
from dualcos.issuance.personaliser.workshop import CardLost
from dualcos.reader.pcsc import PcscError, PcscLink, readers
from dualcos.reader.silent_card import CardGone, CardMute

_A_MOMENT = 1.0
T = TypeVar("T")


class PcscReader:
    """A ``ReaderWithHand`` of the personaliser; its card is used exclusively. ``protocol`` 0, 1 or None."""

    def __init__(self, name: str, protocol: int | None = None) -> None:
        self.name = name
        self._link = PcscLink(name, protocol, exclusive=True)
        self._card = _Card(self._link)

    def wait(self, *, present: bool) -> bool:
        """See the protocol."""
        return _told(lambda: self._link.wait(present=present, seconds=_A_MOMENT))

    def card(self) -> SmartCard:
        """See the protocol."""
        return self._card

    def leave(self) -> None:
        """See the protocol; the service is forgotten too."""
        _told(self._link.close)


class _Card:
    """The card in a ``PcscLink``."""

    def __init__(self, link: PcscLink) -> None:
        self._link = link

    def exchange(self, command: bytes) -> bytes:
        return _told(lambda: self._link.exchange(command))

    def power_on(self) -> bytes:
        return _told(self._link.power_on)

    def reset(self) -> bytes:
        return _told(self._link.reset)

    def power_off(self) -> None:
        _told(self._link.power_off)

    @property
    def atr(self) -> bytes:
        return _told(lambda: self._link.atr)


def _told(call: Callable[[], T]) -> T:
    try:
        return call()
    except CardGone:
        raise CardLost("the card was taken out") from None
    except CardMute as error:
        raise CardLost(f"the card does not answer ({error})") from None
    except PcscError as error:
        raise ReaderFailed(str(error)) from None


def find(wanted: str, protocol: int | None) -> list[PcscReader]:
    """The readers of ``NAME,NAME…``, each by its name or a part that only it has; ``all``. Raises Fault, PcscError."""
    there = readers()
    if not there:
        raise Fault("there is no PC/SC reader; plug one in, or see `dualcos serve`")
    if wanted == "all":
        return [PcscReader(name, protocol) for name in there]
    names = [_one(part.strip(), there) for part in wanted.split(",")]
    if len(set(names)) < len(names):
        raise Fault(f"--pcsc {wanted}: names a reader twice")
    return [PcscReader(name, protocol) for name in names]


def _one(part: str, there: list[str]) -> str:
    found = [name for name in there if name == part] or [name for name in there if part and part in name]
    if len(found) != 1:
        raise Fault(f"no one reader is called {part!r}; there are: {', '.join(there)}")
    return found[0]
