"""What a PSAM must be told of a card, and by which cipher they compute (SSC-9 §7.3; V2.0 §8.1.1.1; SC §10)."""

from __future__ import annotations

from typing import NamedTuple

from apdu import tlv
from cos.ssse.tables.table_model import SocialAlgorithm
from keys.social_cryptography import city_factor, province_factor

_FCI, _PROPRIETARY, _ISSUER, _CIPHER = 0x6F, 0xA5, 0x9F0C, 0x86
_WIDE_REGION = "11"  # 16-byte cipher where the FCI names none
_KEY_NUMBER = {SocialAlgorithm.DES: 0, SocialAlgorithm.SSF33: 2, SocialAlgorithm.SM4: 3}  # as keys are numbered


class CardFactors(NamedTuple):
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
        return _KEY_NUMBER[self.cipher]


def card_cipher(fci: bytes, city: str) -> SocialAlgorithm:
    """As the FCI of a card's environment says (SSC-5 §6.11); else by region, which leaves 16-byte blocks to one."""
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
