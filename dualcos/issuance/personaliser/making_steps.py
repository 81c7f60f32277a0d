"""One card, step by step: what each party does to it, and taking up a half-made one.

A step asks the card first when ``resuming``; the card's answer counts, not what somebody noted down. Any refusal
ends the card: nothing after it is tried.
"""

from __future__ import annotations

from apdu import atr
from apdu.link import SmartCard
from apdu.status import SW
from apdu.tlv import TlvError
from cos.ssse.tables import card_numbers, file_structure, ssse_holder
from dualcos.dialogue.bank import PSE
from dualcos.dialogue.directory_reading import read_directory
from dualcos.dialogue.driver import Dialogue, StepRefused, perform, perform_anew, send
from dualcos.dialogue.iso_commands import select_name
from dualcos.dialogue.making import SELECT_MF, Maker, prove_transport
from dualcos.dialogue.personalise_bank import ASK_CHANNEL, ENDED, BankOrder, personalise_bank
from dualcos.dialogue.personalise_birth import BirthOrder, birth, close, maker_bytes
from dualcos.dialogue.personalise_social import SocialOrder, personalise_social
from dualcos.dialogue.social import items
from keys.key_handle import KeyHandle

_ISSUER_DATA = 0x05
_EDITION, _CARD_NUMBER = 0x03, 0x07


class AlreadyMade(StepRefused):
    """The card has this side already."""


class OtherChip(StepRefused):
    """The order in hand is for another chip than the one there; nothing was written to it."""


def initialise(card: SmartCard, order: BirthOrder, *, resuming: bool = False) -> None:
    """The card maker's step: ATR, MF, both environments handed over, card closed under its own final key.

    Afterwards no party needs the card master key, and it can do nothing (总体方案 一（四）).
    """
    shown, maker = card.power_on(), Maker(resuming=resuming)
    if not resuming or perform(card, send(SELECT_MF)).sw == SW.FILE_NOT_FOUND:
        shown = maker_bytes(card, order.historical)
    _demand_chip(shown, order.historical)
    perform(card, birth(order, maker))
    perform(card, close(order, maker))


def takes_transport_key(card: SmartCard, transport: KeyHandle) -> bool:
    """True if a blank chip is this maker's: asked before anything is written to it, and forgotten at the next reset."""
    historical = atr.parse(card.power_on()).historical
    return perform(card, send(prove_transport(transport, historical))).sw == SW.OK


def social_step(card: SmartCard, order: SocialOrder, *, resuming: bool = False) -> None:
    """The social body's step. Raises AlreadyMade unless ``resuming``."""
    _demand_chip(card.power_on(), order.card.historical)
    if not resuming and social_made(card):
        raise AlreadyMade("the social side of this card is personalised already")
    perform(card, personalise_social(order, Maker(resuming=resuming)))


def bank_step(card: SmartCard, order: BankOrder, *, resuming: bool = False) -> None:
    """The bank body's step. Raises AlreadyMade unless ``resuming``."""
    chip = order.key_data[6:]
    if atr.parse(card.power_on()).historical[9:] != chip:
        raise OtherChip(f"the order is for chip {chip.hex().upper()}, this is another")
    if not resuming and bank_made(card, order.aid):
        raise AlreadyMade("the bank side of this card is personalised already")
    perform(card, personalise_bank(order, resuming=resuming))


def _demand_chip(shown: bytes, historical: bytes) -> None:
    """The order in hand must be for the very chip with this ATR."""
    if atr.parse(shown).historical != historical:
        raise OtherChip(
            f"the order is for the chip with historical bytes {historical.hex().upper()}, "
            f"this one's ATR is {shown.hex().upper()}"
        )


def social_made(card: SmartCard) -> bool:
    """True if the social side is finished, as far as a card shows it to somebody without its keys.

    Its issuer data have a card number, and the last application of its edition is there and ended.
    """
    return perform_anew(card, _social_made())


def _social_made() -> Dialogue[bool]:
    if (yield from select_name(ssse_holder.NAME)).sw != SW.OK:
        return False
    issued = yield from items(_ISSUER_DATA, 7)
    if not issued.get(_CARD_NUMBER, b"").strip(b"\0\xff"):
        return False
    try:
        edition = card_numbers.version_of(issued.get(_EDITION, b"").decode("ascii", "replace"))
    except card_numbers.NumberError:
        return False
    return (yield from select_name(file_structure.structure(edition)[-1].name)).sw == SW.OK


def bank_made(card: SmartCard, aid: bytes) -> bool:
    """True if the debit application and the environment's directory have had their last STORE DATA."""
    return perform_anew(card, _bank_made(aid))


def _bank_made(aid: bytes) -> Dialogue[bool]:
    for name in (aid, PSE.name):
        if (yield from select_name(name)).sw != SW.OK or (yield from send(ASK_CHANNEL)).sw not in ENDED:
            return False
    try:
        directory = yield from read_directory()
    except TlvError:
        return False
    return directory is not None and bool(directory.records)
