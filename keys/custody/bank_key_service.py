"""The issuing bank's key service: card keys, authorisation, scripts, personalisation keys. Bank keys only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from keys import bank_cryptography
from keys.card_key_store import KeyNotFound
from keys.cps_channel import CpsKeys
from keys.cps_channel import card_keys as cps_card_keys
from keys.key_handle import KeyHandle
from keys.mac import same


class BankCard(NamedTuple):
    """Which card, and which of the issuer's key sets it was made with (DKI in the IAD)."""

    pan: str
    psn: str = "00"
    dki: int = 1


class KeyTriple(NamedTuple):
    """Cryptogram, script MAC and script encipherment keys: an issuer's masters or one card's UDKs.

    The methods are one card's: what its issuer works out with them.
    """

    ac: KeyHandle
    mac: KeyHandle
    enc: KeyHandle

    def verifies(self, atc: bytes, data: bytes, ac: bytes) -> bool:
        """True if ``ac`` (ARQC, TC or AAC) is the card's over ``data`` (``bank_cryptography.cryptogram_input``)."""
        return same(bank_cryptography.cryptogram(bank_cryptography.session_key(self.ac, atc), data), ac)

    def issuer_authentication_data(self, atc: bytes, ac: bytes, arc: bytes) -> bytes:
        """Tag 91: ARPC 8 ‖ ARC 2 (PBOC-5 B.5, D.3)."""
        return bank_cryptography.arpc(bank_cryptography.session_key(self.ac, atc), ac, arc) + arc

    def script(self, atc: bytes, ac: bytes) -> bank_cryptography.ScriptContext:
        """The context of this transaction's script; ``ac`` the cryptogram of the first GENERATE AC."""
        return bank_cryptography.ScriptContext(bank_cryptography.session_key(self.mac, atc), atc, ac)

    def pin_change(self, atc: bytes, ac: bytes, new: str, current: str | None = None) -> bytes:
        """PIN CHANGE as a whole command; with ``current`` the form P2 01, else P2 02 (PBOC-5 B.10)."""
        data = bank_cryptography.pin_change_data(self.enc, new, current)
        cipher = bank_cryptography.encipher(bank_cryptography.session_key(self.enc, atc), data)
        header = bytes((0x84, 0x24, 0x00, 0x02 if current is None else 0x01))
        return self.script(atc, ac).command(header, cipher)


class BankKeyService:
    """Issuer master keys by derivation key index, personalisation master keys (KMC) by version."""

    __slots__ = ("_kmcs", "_masters")

    def __init__(self, masters: Mapping[int, KeyTriple], kmcs: Mapping[int, KeyHandle]) -> None:
        self._masters = dict(masters)
        self._kmcs = dict(kmcs)

    def card_keys(self, card: BankCard) -> KeyTriple:
        """UDK-AC, UDK-MAC, UDK-ENC of a card (PBOC-7 §11.1.4). Raises KeyNotFound."""
        masters = self._masters.get(card.dki)
        if masters is None:
            raise KeyNotFound("no issuer master keys", index=card.dki)
        return KeyTriple(*(bank_cryptography.card_key(master, card.pan, card.psn) for master in masters))

    def personalisation_keys(self, key_data: bytes, version: int) -> CpsKeys:
        """KENC, KMAC, KDEK of a chip (PBOC-10 §8.2). Raises KeyNotFound."""
        kmc = self._kmcs.get(version)
        if kmc is None:
            raise KeyNotFound("no KMC", version=version)
        return cps_card_keys(kmc, key_data)

    def verifies(self, card: BankCard, atc: bytes, data: bytes, ac: bytes) -> bool:
        """True if ``ac`` (ARQC, TC or AAC) is that card's over ``data`` (``bank_cryptography.cryptogram_input``)."""
        return self.card_keys(card).verifies(atc, data, ac)

    def __repr__(self) -> str:
        held = [f"{i:02X}: " + "/".join(k.check_value.hex().upper() for k in t) for i, t in self._masters.items()]
        held += [f"KMC {v:02X}: {k.check_value.hex().upper()}" for v, k in self._kmcs.items()]
        return f"<BankKeyService {', '.join(held)}>"
