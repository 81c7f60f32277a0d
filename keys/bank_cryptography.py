"""Cryptography of the bank side, common to card and host: card keys, session keys, cryptograms, script messaging.

Pure functions over key handles; 3DES or SM4 is the handle's. Where ``folded`` can be given it means the 128-bit rule
of the 2010 text (left half XOR right half); SM4 cards in the field do not fold (ALG 04).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from keys.algorithms import TDES, Algorithm, bank_algorithm, invert, xor
from keys.key_handle import KeyHandle
from keys.mac import fold_halves, full_mac
from keys.padding import prefix_length, strip_length

# PBOC-5 tables D.1, E.1: what the terminal gives to a cryptogram of version 01, in this order.
AC_TAGS = (0x9F02, 0x9F03, 0x9F1A, 0x95, 0x5F2A, 0x9A, 0x9C, 0x9F37)
_TC_HASH = 0x98
_MAC_LENGTH = 4


class Scheme(NamedTuple):
    """One row of the algorithm table: cipher, and whether a 16-byte MAC block is folded."""

    algorithm: Algorithm
    folded: bool


def scheme(number: int) -> Scheme:
    """The row of an ALG byte of the IAD: 01 3DES, 04 SM4. Raises BadKey (02, SSF33: the cipher is not public)."""
    return Scheme(bank_algorithm(number), folded=False)


# --- keys ---------------------------------------------------------------------------------------------------------


def diversification_input(pan: str, psn: str = "00") -> bytes:
    """Y: rightmost 16 digits of PAN ‖ PSN, zeros in front if shorter (PBOC-7 §11.1.4; EMV option A for all PANs)."""
    return bytes.fromhex((pan + psn)[-16:].rjust(16, "0"))


def card_key(master: KeyHandle, pan: str, psn: str = "00") -> KeyHandle:
    """UDK 子密钥 of an issuer master key: E(Y) ‖ E(NOT Y), odd parity for 3DES (PBOC-7 §11.1.4)."""
    half = diversification_input(pan, psn)
    return master.derive(half + invert(half), parity=master.algorithm is TDES)


def session_key(udk: KeyHandle, atc: bytes) -> KeyHandle:
    """The session key of one ATC (2 bytes), the same rule for AC, MAC and ENC (PBOC-7 §11.1.3)."""
    left = atc.rjust(8, b"\x00")
    return udk.derive(left + bytes(6) + invert(atc))


# --- application cryptogram, ARPC ---------------------------------------------------------------------------------


def mac8(key: KeyHandle, data: bytes, *, folded: bool = False) -> bytes:
    """8-byte MAC: the block of 3DES, the left half of a 16-byte one, or its folded halves."""
    block = full_mac(key, data)
    return fold_halves(block) if folded and len(block) == 16 else block[:8]


def cryptogram_input(values: Mapping[int, bytes], aip: bytes, atc: bytes, cvr: bytes) -> bytes:
    """Input of a cryptogram of version 01 (PBOC-5 table D.1, annex E.1).

    ``values`` by tag from the DOL of this GENERATE AC; a TC hash (98), if there, comes first. ``cvr`` 4 bytes with
    its length byte. Raises KeyError for a missing tag.
    """
    terminal = b"".join([values[tag] for tag in AC_TAGS])
    return values.get(_TC_HASH, b"") + terminal + aip + atc + cvr


def cryptogram(session: KeyHandle, data: bytes, *, folded: bool = False) -> bytes:
    """AC, 8 bytes: TC, AAC and ARQC differ only in the CVR (PBOC-5 §D.2)."""
    return mac8(session, data, folded=folded)


def arpc(session: KeyHandle, ac: bytes, arc: bytes) -> bytes:
    """ARPC, 8 bytes, method 1: E(AC XOR ARC ‖ 00…) (PBOC-5 §D.3; SM4: the first 8 of the block)."""
    block = xor(ac, arc.ljust(8, b"\x00"))
    return session.encrypt(block.ljust(session.algorithm.block, b"\x00"))[:8]


def idd_mac(session_mac: KeyHandle, atc: bytes, amounts: bytes, *, folded: bool = False) -> bytes:
    """4-byte MAC inside the IAD: ATC ‖ amounts ‖ 00 to a multiple of 8, then padded as usual (PBOC-12 annex D)."""
    data = atc + amounts
    return mac8(session_mac, data + bytes(-len(data) % 8), folded=folded)[:_MAC_LENGTH]


# --- scripts ------------------------------------------------------------------------------------------------------


class ScriptContext(NamedTuple):
    """What all commands of one script share: MAC session key, ATC 2, cryptogram of the first GENERATE AC 8."""

    session_mac: KeyHandle
    atc: bytes
    ac: bytes
    folded: bool = False

    def mac(self, header: bytes, data: bytes = b"") -> bytes:
        """4 bytes over header ‖ Lc ‖ ATC ‖ AC ‖ data, Lc counting the MAC (PBOC-5 C.2.4). No chaining."""
        text = header + bytes((len(data) + _MAC_LENGTH,)) + self.atc + self.ac + data
        return mac8(self.session_mac, text, folded=self.folded)[:_MAC_LENGTH]

    def command(self, header: bytes, data: bytes = b"") -> bytes:
        """The whole command: header ‖ Lc ‖ ``data`` ‖ MAC."""
        return header + bytes((len(data) + _MAC_LENGTH,)) + data + self.mac(header, data)


def encipher(session_enc: KeyHandle, plain: bytes) -> bytes:
    """Ld ‖ plain ‖ 80 00… if not aligned, ECB (PBOC-5 C.3)."""
    return session_enc.encrypt(prefix_length(plain, session_enc.algorithm.block))


def decipher(session_enc: KeyHandle, cipher: bytes) -> bytes:
    """The plain data; the padding is checked. Raises BadBlocks, BadPadding."""
    return strip_length(session_enc.decrypt(cipher), strict=True)


# --- PIN blocks ---------------------------------------------------------------------------------------------------


class BadPinBlock(ValueError):
    """The bytes are no PIN block, or digits are no PIN or account that fits one; says no digit of them."""


def pin_block(pin: str, control: int = 2) -> bytes:
    """``2N`` ‖ digits ‖ F…, 8 bytes (PBOC-5 B.15); control 0 for the piece D2. Raises BadPinBlock."""
    if not 4 <= len(pin) <= 12 or not (pin.isascii() and pin.isdecimal()):
        raise BadPinBlock("a PIN has 4 to 12 decimal digits")
    return bytes.fromhex(f"{control:X}{len(pin):X}{pin}".ljust(16, "F"))


def check_pin_block(block: bytes, control: int = 2) -> None:
    """Raises BadPinBlock unless ``block`` is what ``pin_block`` makes. The message never shows digits."""
    text = block.hex()
    length = int(text[1], 16) if text else 0
    digits, fill = text[2 : 2 + length], text[2 + length :]
    if (
        len(block) != 8
        or int(text[0], 16) != control
        or not 4 <= length <= 12
        or not digits.isdecimal()
        or fill.strip("f")
    ):
        raise BadPinBlock("no PIN block")


def pin_change_data(udk_enc: KeyHandle, new: str, current: str | None = None) -> bytes:
    """D of PIN CHANGE, 8 bytes: D1 XOR D2, and XOR D4 if ``current`` is given (PBOC-5 B.10.3). For hosts.

    D1 is taken from the *card* key as it is stored in the card (with odd parity, if it was derived here).
    """
    data = udk_enc.with_pin_mask(pin_block(new, control=0))
    return data if current is None else xor(data, bytes.fromhex(current.ljust(16, "0")))


def changed_pin_block(udk_enc: KeyHandle, data: bytes) -> bytes:
    """The new reference block ``2N``… out of D, D4 already taken off (``KeyStore.with_pin_digits``). For the card.

    Raises BadPinBlock; also for a length other than 8.
    """
    if len(data) != 8:
        raise BadPinBlock("no PIN block")
    block = udk_enc.with_pin_mask(data)
    check_pin_block(block, control=0)
    return bytes((block[0] | 0x20,)) + block[1:]
