"""One card, step by step: what each party does to it, and taking up a half-made one.

A step asks the card first when ``resuming``; the card's answer counts, not what somebody noted down. Any refusal
ends the card: nothing after it is tried.
"""

from __future__ import annotations

from apdu import atr
from apdu.link import SmartCard
from apdu.status import SW
from cos.ssse.tables import card_numbers, file_structure, ssse_holder
from dualcos.issuance.personaliser.reading_back import CardReader
from dualcos.profile.personalise.bank import PSE_NAME, BankOrder, personalise_bank
from dualcos.profile.personalise.manager import BirthOrder, birth, close, maker_bytes
from dualcos.profile.personalise.social import SocialOrder, personalise_social
from dualcos.profile.personalise.talk import Host, PersonalisationError
from keys import key_wrapping
from keys.key_handle import KeyHandle

_ISSUER_DATA, _DIRECTORY = 0x05, 0x01
_EDITION, _CARD_NUMBER = 0x03, 0x07
_INITIALIZE_UPDATE = bytes.fromhex("8050000008") + bytes(8)
_MADE_WORDS = (SW.CONDITIONS_NOT_SATISFIED, SW.INS_NOT_SUPPORTED)
_SELECT_MF = bytes.fromhex("00A40000023F00")


class AlreadyMade(PersonalisationError):
    """The card has this side already."""


def initialise(card: SmartCard, order: BirthOrder, *, resuming: bool = False) -> None:
    """The card maker's step: ATR, MF, both environments handed over, card closed under its own final key.

    Afterwards no party needs the card master key, and it can do nothing (总体方案 一（四）).
    """
    host = Host(card, resuming=resuming)
    host.reset()
    if not resuming or host.send(_SELECT_MF).sw == SW.FILE_NOT_FOUND:
        maker_bytes(host, order.historical)
    _demand_chip(host, order.historical)
    birth(host, order)
    close(host, order)


def takes_transport_key(card: SmartCard, transport: KeyHandle) -> bool:
    """True if a blank chip is this maker's: asked before anything is written to it, and forgotten at the next reset."""
    host = Host(card)
    host.reset()
    serial = atr.parse(host.atr).historical[7:]
    command = bytes.fromhex("80E0030008") + key_wrapping.transport_cryptogram(transport, serial)
    return host.send(command).sw == SW.OK


def social_step(card: SmartCard, order: SocialOrder, *, resuming: bool = False) -> None:
    """The social body's step. Raises AlreadyMade unless ``resuming``."""
    host = Host(card, resuming=resuming)
    host.reset()
    _demand_chip(host, order.card.historical)
    if not resuming and social_made(card):
        raise AlreadyMade("the social side of this card is personalised already")
    personalise_social(host, order)


def bank_step(card: SmartCard, order: BankOrder, *, resuming: bool = False) -> None:
    """The bank body's step. Raises AlreadyMade unless ``resuming``."""
    host = Host(card, resuming=resuming)
    host.reset()
    if atr.parse(host.atr).historical[9:] != order.key_data[6:]:
        raise PersonalisationError(f"the order is for chip {order.key_data[6:].hex().upper()}, this is another")
    if not resuming and bank_made(card, bytes.fromhex(order.bank.aid)):
        raise AlreadyMade("the bank side of this card is personalised already")
    personalise_bank(host, order)


def _demand_chip(host: Host, historical: bytes) -> None:
    """The order in hand must be for this very chip."""
    if atr.parse(host.atr).historical != historical:
        raise PersonalisationError(
            f"the order is for the chip with historical bytes {historical.hex().upper()}, "
            f"this one's ATR is {host.atr.hex().upper()}"
        )


def social_made(card: SmartCard) -> bool:
    """True if the social side is finished, as far as a card shows it to somebody without its keys.

    Its issuer data have a card number, and the last application of its edition is there and ended.
    """
    reader = CardReader(card)
    if not reader.select(ssse_holder.NAME):
        return False
    issued = reader.items(_ISSUER_DATA, 7)
    if not issued.get(_CARD_NUMBER, b"").strip(b"\0"):
        return False
    try:
        edition = card_numbers.version_of(issued.get(_EDITION, b"").decode("ascii", "replace"))
    except card_numbers.NumberError:
        return False
    return reader.select(file_structure.structure(edition)[-1].name)


def bank_made(card: SmartCard, aid: bytes) -> bool:
    """True if the debit application and the environment's directory have had their last STORE DATA."""
    reader = CardReader(card)
    return (
        reader.select(aid)
        and reader.sw(_INITIALIZE_UPDATE) in _MADE_WORDS
        and reader.select(PSE_NAME)
        and reader.sw(_INITIALIZE_UPDATE) in _MADE_WORDS
        and reader.record(_DIRECTORY, 1) is not None
    )
