"""What a function opens and closes: a reader through SSSE32, the card that iType means in it, and the PSAM."""

from __future__ import annotations

from dualcos.terminal.interface.function_inputs import CardInfo, ill_formed
from dualcos.terminal.interface.interface_settings import InterfaceSettings
from dualcos.terminal.interface.item_texts import unbroken
from dualcos.terminal.interface.library_card import LibraryCard, judged
from dualcos.terminal.interface.reader_library import CardReaderLibrary, IfdCode
from dualcos.terminal.social.card_at_terminal import CardAtTerminal
from dualcos.terminal.social.card_environment import CardEnvironment, carried_out, read_environment
from dualcos.terminal.social.hsm_path import NO_TERMINAL, AskedBackEnd, HsmPath
from dualcos.terminal.social.psam_path import PsamPath
from dualcos.terminal.social.social_pin_pad import PinPad
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped

_IDENTIFICATION, _VERSION, _NUMBER = 0x01, 0x03, 0x07
_CONTACT, _CONTACTLESS, _CONTACT_FIRST, _CONTACTLESS_FIRST = 1, 2, 3, 4


class CardDevice:
    """An open reader. ``card``: at the connector that was chosen. All methods but ``close`` raise TerminalStopped."""

    def __init__(self, library: CardReaderLibrary, handle: int, connector: int, settings: InterfaceSettings) -> None:
        self._library, self._handle = library, handle
        self.card = LibraryCard(library, handle, connector)
        self._sam = LibraryCard(library, handle, settings.sam)
        self._path = PsamPath(self._sam)
        self._begun = self._ready = False

    @classmethod
    def opened(cls, library: CardReaderLibrary | None, iType: int, settings: InterfaceSettings) -> CardDevice:
        """Open it and look where the card is: 1 contact, 2 contactless, 3 and 4 where there is one, contact or
        contactless first (SC §1.1.2).
        """
        connectors = _connectors(iType, settings)
        if library is None:
            raise TerminalStopped(StopCause.NOT_LOADED)
        handle = carried_out(lambda: judged(library.ICC_Reader_Open(settings.device)))
        there = (each for each in connectors if library.ICC_Reader_GetStatus(handle, each) != IfdCode.NO_CARD)
        return cls(library, handle, next(there, connectors[0]), settings)

    def close(self) -> None:
        """Power off, and the reader is closed, whatever comes of it."""
        self.card.power_off()
        self._sam.power_off()
        self._library.ICC_Reader_Close(self._handle)

    def demand_sam(self) -> None:
        """-2201 unless a PSAM answers a reset (SC §1.1.3 step 3)."""
        try:
            carried_out(self._sam.power_on)
        except TerminalStopped:
            raise TerminalStopped(StopCause.NO_PSAM) from None

    def begin_psam(self, at: CardAtTerminal) -> PsamPath:
        """The PSAM, looked at for this card, once: its cipher and its terminal (SC §2.1.3)."""
        if not self._begun:
            self._path.begin(at.environment)
            self._begun = True
        return self._path

    def ready_psam(self, at: CardAtTerminal) -> PsamPath:
        """The PSAM as proofs need it, from the first key on. In which order it takes factors internal authentication
        shows, at no cost; a proof in the other would cost the key a try. A directory is to be entered behind it.
        """
        path = self.begin_psam(at)
        if not self._ready and path.card_tells_order():
            at.demand_genuine()
        self._ready = True
        return path

    def at_psam(self, pin_pad: PinPad) -> CardAtTerminal:
        """The card, powered and read, whose keys the PSAM computes with."""
        return CardAtTerminal(self.card, self.read(), self._path, pin_pad)

    def at_both(self, pin_pad: PinPad, info: CardInfo) -> tuple[CardAtTerminal, PsamPath]:
        """What every function by PSAM begins with: card and PSAM get power, the PSAM has the card's cipher, and it is
        the card that is meant (SC §3.1.3 steps 3 to 5).
        """
        self.card.power_on()
        self.demand_sam()
        at = self.at_psam(pin_pad)
        path = self.begin_psam(at)
        demand_same_card(at.environment, info)
        return at, path

    def at_hsm(self, pin_pad: PinPad, environment: CardEnvironment) -> CardAtTerminal:
        """The card whose keys somebody else computes with, between two steps."""
        return CardAtTerminal(self.card, environment, HsmPath(AskedBackEnd(None, int)), pin_pad)

    def read(self) -> CardEnvironment:
        """Power the card, select the environment, read of EF05 which card this is, and how its files lie."""
        return read_environment(self.card, (_IDENTIFICATION, _VERSION, _NUMBER))

    def terminal_number(self, environment: CardEnvironment) -> bytes:
        """终端机编号 of the PSAM, whatever keys it has; zeros without one (SC §1.3.2)."""
        path = PsamPath(self._sam)
        try:
            path.begin(environment)
        except TerminalStopped as stopped:
            if stopped.cause is not StopCause.PSAM_ALGORITHM:
                return NO_TERMINAL
        try:
            return path.terminal
        except TerminalStopped:
            return NO_TERMINAL


def _connectors(iType: int, settings: InterfaceSettings) -> list[int]:
    orders = {
        _CONTACT: (settings.contact,),
        _CONTACTLESS: (settings.contactless,),
        _CONTACT_FIRST: (settings.contact, settings.contactless),
        _CONTACTLESS_FIRST: (settings.contactless, settings.contact),
    }
    if iType not in orders:
        raise ill_formed("iType应为1至4", "iType is 1 to 4")
    found = [each for each in orders[iType] if each is not None]
    if not found:
        said = "读写器无非接触式接口", "the reader has no contactless interface"
        raise TerminalStopped(StopCause.UNSUPPORTED, detail=said)
    return found


def demand_same_card(environment: CardEnvironment, info: CardInfo) -> None:
    """-22 unless it is the card that the caller means; its number is that of the eleven fields."""
    if (environment.identification, unbroken(environment.number)) != info:
        raise TerminalStopped(StopCause.OTHER_CARD)
