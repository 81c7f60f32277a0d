"""脱机数据认证: SDA, DDA, CDA, with RSA and SHA-1 or SM2 and SM3 (PBOC-6 §7.5, PBOC-7 §5, §6)."""

from __future__ import annotations

from typing import NamedTuple

from dualcos.dialogue.bank import CardCryptogram
from dualcos.messages.terminal_results import Tvr
from dualcos.terminal.financial.kernel.card_of_payment import CardOfPayment
from dualcos.terminal.financial.kernel.kernel_record import KernelRecord, KernelStep
from dualcos.terminal.financial.kernel.kernel_settings import KernelSettings
from keys.rsa import RsaPublic


class CombinedKey(NamedTuple):
    """The card's key, with which its answers to GENERATE AC are signed (CDA)."""

    key: RsaPublic


def authenticate_data(card: CardOfPayment, record: KernelRecord, settings: KernelSettings) -> CombinedKey | None:
    """Which method, and SDA or DDA done; for CDA the card's key, with which ``combined_cryptogram`` checks its answers.

    Sets TVR 1.8, 1.7, 1.6, 1.4, 1.3 and TSI 1.8. Never raises for a card whose certificates or signatures do not hold.
    """
    del card, settings
    record.set(Tvr.NOT_AUTHENTICATED, KernelStep.AUTHENTICATION)
    return None


def combined_cryptogram(
    combined: CombinedKey, answer: bytes, record: KernelRecord, sent: tuple[bytes, ...]
) -> CardCryptogram | None:
    """The cryptogram out of a signed answer (77 with 9F4B) to GENERATE AC; None where the signature does not hold:
    CDA has failed. ``sent``: data of CDOL1, and of CDOL2 for the second one. ``record.pdol_data`` is hashed, too.
    """
    raise NotImplementedError
