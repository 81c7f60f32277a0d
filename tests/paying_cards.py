"""A bank card as its issuer meets it, played by another pen: card keys, cryptograms and ARPCs are pyemv's.

What PBOC and EMV do not have in common is written out here: the session key (PBOC-7 §11.1.3), and what a cryptogram of
version 01 is over (PBOC-5 table D.1).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import Any

from apdu import tlv
from dualcos.messages.authorisation import (
    AuthorisationRequest,
    Business,
    MessageKey,
    ReversalRequest,
    ScriptReport,
)
from dualcos.profile.bank_order import bank_card
from dualcos.profile.line_test_keys import pin_zone_key
from dualcos.profile.schema import load
from keys.line_cryptography import pin_block_0
from tests.demonstration_bank import ONLINE_PIN

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the package imports TripleDES from its old place
    from pyemv import ac as emv_ac
    from pyemv import kd, tools

ACQUIRER, TERMINAL, MERCHANT, BATCH = "01020304", "10000001", "898110080620002", "000001"
MOMENT = "0115093000"
ASKS, ASKS_AFTER_PIN = "03A00000", "03A40000"
KINDS = {
    Business.BALANCE: "31",
    Business.PURCHASE: "00",
    Business.WITHDRAWAL: "01",
    Business.DEPOSIT: "21",
    Business.TRANSFER: "40",
    Business.PIN_CHANGE: "70",
}
"""9C: ISO 8583's first two digits of a processing code."""
_COVERED = (0x9F02, 0x9F03, 0x9F1A, 0x95, 0x5F2A, 0x9A, 0x9C, 0x9F37)


@dataclass
class PayingCard:
    """``atc``: of its last transaction; ``stan``: of its terminal's last message."""

    name: str = "dual-2.0-3des"
    atc: int = 0
    stan: int = 0
    cryptogram: bytes = b""
    terminal: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        profile = load(self.name)
        self.pan, self.sequence, self.key_index = bank_card(profile)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._key = kd.derive_icc_mk_a(profile.bank_key("ac"), self.pan, self.sequence)

    def _session(self, atc: bytes) -> bytes:
        left = bytes(6) + atc
        right = bytes(6) + bytes(each ^ 0xFF for each in atc)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return bytes(tools.encrypt_tdes_ecb(self._key, left + right))

    def chip(self, amount: int, cvr: str = ASKS, atc: int | None = None, **changed: str) -> bytes:
        """Field 55 with the cryptogram of the next transaction, or of ``atc``. ``changed``: other values, ``T95="…"``;
        what is empty is left out. ``self.terminal`` the same, for all. What is changed is changed before the cryptogram
        is made.
        """
        if atc is None:
            self.atc += 1
            atc = self.atc
        counter = atc.to_bytes(2, "big")
        values = {
            0x9F02: f"{amount:012d}",
            0x9F03: "0" * 12,
            0x9F1A: "0156",
            0x95: "0000048000",
            0x5F2A: "0156",
            0x9A: "260115",
            0x9C: "00",
            0x9F37: "3F7C21A9",
            0x82: "7C00",
            0x9F36: counter.hex(),
            0x9F10: f"07{self.key_index:02X}01{cvr}01",
            **self.terminal,
            **{int(tag[1:], 16): value for tag, value in changed.items()},
        }
        found = {tag: bytes.fromhex(value) for tag, value in values.items() if value}
        text = b"".join(found.get(tag, b"") for tag in _COVERED) + found.get(0x82, b"") + counter + bytes.fromhex(cvr)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.cryptogram = bytes(emv_ac.generate_ac(self._session(counter), text))
        found.setdefault(0x9F26, self.cryptogram)
        return b"".join(tlv.encode(tag, value) for tag, value in found.items())

    def expected(self, code: str) -> bytes:
        """Tag 91's value in an answer to the last cryptogram."""
        counter = self.atc.to_bytes(2, "big")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            proof = emv_ac.generate_arpc_1(self._session(counter), self.cryptogram, code.encode())
        return bytes(proof) + code.encode()

    def pin(self, pin: str = ONLINE_PIN) -> bytes:
        """A PIN block as the issuer gets it."""
        return pin_block_0(pin_zone_key(), pin, self.pan)

    def message(self, stan: int | None = None, merchant: str = MERCHANT) -> MessageKey:
        """The next message's key."""
        if stan is None:
            self.stan += 1
            stan = self.stan
        return MessageKey(TERMINAL, merchant, BATCH, f"{stan:06d}")

    def asks(self, business: Business, amount: int = 0, **more: Any) -> AuthorisationRequest:
        """A request with a fresh cryptogram, and the PIN where a holder proves himself."""
        if "chip" not in more and business not in (Business.VOID, Business.REFUND, Business.PRICE):
            more["chip"] = self.chip(amount, T9C=KINDS[business])
        if business in (Business.BALANCE, Business.WITHDRAWAL, Business.TRANSFER, Business.PIN_CHANGE):
            more.setdefault("pin_block", self.pin())
        given = {"key": None, "acquirer": ACQUIRER, "moment": MOMENT, "pan": self.pan, "sequence": "001"} | more
        given["key"] = given["key"] or self.message()
        return AuthorisationRequest(business=business, amount=amount, **given)

    def reverses(self, request: AuthorisationRequest, **more: Any) -> ReversalRequest:
        """Its reversal, under the original's own number as terminals send it."""
        given = {"business": request.business, "key": request.key, "pan": request.pan, "amount": request.amount}
        given |= {"reason": "98"} | more
        return ReversalRequest(original=request.key, acquirer=ACQUIRER, moment=MOMENT, **given)

    def reports(self, request: AuthorisationRequest, results: str) -> ScriptReport:
        """What became of a script that rode on the answer; ``results``: DF31, hex."""
        return ScriptReport(
            key=self.message(),
            original=request.key,
            acquirer=ACQUIRER,
            moment=MOMENT,
            pan=self.pan,
            results=bytes.fromhex(results),
        )
