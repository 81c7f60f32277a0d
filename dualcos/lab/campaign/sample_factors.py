"""What a PSAM must be told of the card under test, read from the card itself (SSC-9 §7.3; V2.0 §8.1.1.1)."""

from __future__ import annotations

from typing import NamedTuple

from apdu import atr, tlv
from apdu.link import SmartCard
from apdu.status import SW, meaning
from cos.ssse.tables.table_model import SocialAlgorithm
from dualcos.dialogue.driver import perform
from dualcos.dialogue.iso_commands import select_name
from dualcos.dialogue.social import SSSE, items
from dualcos.lab.conformance.who_computes import HandRefused
from keys.social_cryptography import card_factor, city_factor, province_factor

_IDENTIFICATION_SFI, _IDENTIFICATION, _RECORDS = 0x05, 0x01, 8
_CODE_LENGTH, _CITY = 16, 3
_FCI, _PROPRIETARY, _ISSUER, _CIPHER = 0x6F, 0xA5, 0x9F0C, 0x86
_WIDE_REGION = "11"  # 16-byte cipher where the FCI names none
_SOCIAL_NUMBER = {SocialAlgorithm.DES: 0, SocialAlgorithm.SSF33: 2, SocialAlgorithm.SM4: 3}  # as keys are numbered


class SampleFactors(NamedTuple):
    """``city``: six digits of the card identification code. ``card``: T6 to TD of the ATR. ``cipher`` as its FCI
    announces it.
    """

    city: str
    card: bytes
    cipher: SocialAlgorithm

    @property
    def factors(self) -> tuple[bytes, bytes, bytes]:
        """Of diversification, the card's first: card, city, province (SSC-9 §7.3.1 to §7.3.3)."""
        return self.card, city_factor(self.city), province_factor(self.city)

    @property
    def province(self) -> int:
        """First byte of the identification code."""
        return int(self.city[:2], 16)

    @property
    def block(self) -> int:
        """Block length of its cipher."""
        return 8 if self.cipher is SocialAlgorithm.DES else 16

    @property
    def key_algorithm(self) -> int:
        """How a purchase names the cipher of the key (SSC-9 §6.1, §9.9)."""
        return _SOCIAL_NUMBER[self.cipher]


def read_factors(card: SmartCard) -> SampleFactors:
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
    return SampleFactors(city, own, _cipher(selected.data, city))


def _cipher(fci: bytes, city: str) -> SocialAlgorithm:
    """As the FCI says (SSC-5 §6.11); else by region, which leaves 16-byte blocks to one."""
    value = announced_cipher(fci)
    if value in (bytes((each,)) for each in SocialAlgorithm):
        return SocialAlgorithm(value[0])
    return SocialAlgorithm.SSF33 if city.startswith(_WIDE_REGION) else SocialAlgorithm.DES


def announced_cipher(fci: bytes) -> bytes:
    """What an environment's FCI says of its cipher, of a card or a PSAM (SSC-5 §6.11); empty if it says nothing."""
    try:
        return tlv.find(fci, _FCI, _PROPRIETARY, _ISSUER, _CIPHER) or b""
    except tlv.TlvError:
        return b""
