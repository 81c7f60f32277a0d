"""What a PSAM must be told of the card under test, read from the card itself (SSC-9 §7.3; V2.0 §8.1.1.1)."""

from __future__ import annotations

from apdu import atr
from apdu.link import SmartCard
from apdu.status import SW, meaning
from dualcos.dialogue.driver import perform
from dualcos.dialogue.iso_commands import select_name
from dualcos.dialogue.social import SSSE, items
from dualcos.lab.conformance.who_computes import HandRefused
from dualcos.terminal.social.card_factors import CardFactors, card_cipher
from keys.social_cryptography import card_factor

_IDENTIFICATION_SFI, _IDENTIFICATION, _RECORDS = 0x05, 0x01, 8
_CODE_LENGTH, _CITY = 16, 3


def read_factors(card: SmartCard) -> CardFactors:
    """Of the card, behind a reset. Raises HandRefused where it does not say them, and whatever its reader raises."""
    try:
        own = card_factor(atr.parse(card.power_on()).historical)
    except (atr.AtrError, ValueError) as error:
        raise HandRefused(f"a PSAM derives keys from the card's ATR, and this one does not serve: {error}") from None
    selected = perform(card, select_name(SSSE.name))
    if selected.sw != SW.OK:
        what = f"{selected.sw}: {meaning(selected.sw)}"
        raise HandRefused(f"a PSAM serves social security cards; selecting SSSE was answered {what}")
    code = perform(card, items(_IDENTIFICATION_SFI, _RECORDS)).get(_IDENTIFICATION, b"")
    city = code[:_CITY].hex()
    if len(code) != _CODE_LENGTH or not city.isdecimal():
        raise HandRefused(
            "a PSAM derives keys from the card identification code, and EF05 of the card does not give it"
        )
    return CardFactors(city, own, card_cipher(selected.data, city))
