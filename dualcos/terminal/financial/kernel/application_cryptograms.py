"""GENERATE AC, both of them: what is asked, what the card answers, and whether it may (PBOC-6 §7.10, §7.11.4.1)."""

from __future__ import annotations

from enum import Enum

from apdu import tlv
from apdu.status import SW
from apdu.tlv import TlvError
from dualcos.dialogue.bank import CDOL1, CDOL2, CardCryptogram, parse_cryptogram
from dualcos.dialogue.driver import apdu
from dualcos.messages.terminal_results import CryptogramReason, Tsi, Tvr
from dualcos.terminal.financial.kernel.action_analysis import CryptogramAsked
from dualcos.terminal.financial.kernel.card_of_payment import CardOfPayment
from dualcos.terminal.financial.kernel.kernel_record import KernelRecord, KernelStep
from dualcos.terminal.financial.kernel.offline_authentication import CombinedKey, combined_cryptogram
from dualcos.terminal.financial.kernel.transaction_ended import EndCause, TransactionEnded
from keys.algorithms import sha1

_CDA = 0x10
_TDOL, _TC_HASH = 0x97, 0x98
_ATC_LENGTH, _CRYPTOGRAM_LENGTH = 2, 8
_CID, _ATC, _CRYPTOGRAM, _ISSUER_DATA = 0x9F27, 0x9F36, 0x9F26, 0x9F10


class CryptogramKind(Enum):
    """Upper two bits of 9F27 (PBOC-5 table B.9), the stronger the higher."""

    AAC = 0
    TC = 1
    ARQC = 2


_RANK = {CryptogramKind.AAC: 0, CryptogramKind.ARQC: 1, CryptogramKind.TC: 2}
_ASKED_RANK = {CryptogramAsked.AAC: 0, CryptogramAsked.ARQC: 1, CryptogramAsked.TC: 2}


class ApplicationCryptograms:
    """Both GENERATE AC of a transaction. ``combined``: the card's key where its answers are to be signed (CDA).

    ``information``: the last 9F27, 0 before there is one. ``signature_failed``: an answer was to be signed, and its
    signature does not hold. A CDA that failed before the first GENERATE AC is not asked for: then the action codes
    decide (PBOC-7 §5.3.6).
    """

    def __init__(
        self, card: CardOfPayment, record: KernelRecord, combined: CombinedKey | None, default_tdol: bytes
    ) -> None:
        self._card = card
        self._record = record
        self._combined = combined
        self._default_tdol = default_tdol
        self._first_data = b""
        self.signature_failed = False
        self.information = 0

    def check_lists(self) -> None:
        """Both lists can be followed, before the issuer is asked for anything. TVR 5.8 where the first cryptogram will
        hash by the terminal's list: the action codes would not see it later. Raises TransactionEnded.
        """
        hashed = [self._asks_for_hash(each) for each in (CDOL1, CDOL2)]
        if hashed[0] and _TDOL not in self._record.card:
            self._record.set(Tvr.DEFAULT_TDOL, KernelStep.CARD_ACTION)

    def _asks_for_hash(self, list_tag: int) -> bool:
        wanted = self._record.card[list_tag]
        try:
            self._record.asked_for(wanted)
            return _TC_HASH in dict(tlv.parse_dol(wanted))
        except TlvError as error:
            raise _malformed(list_tag, error) from None

    def first(self, asked: CryptogramAsked) -> CryptogramKind:
        """The card's answer to the first one; TSI 1.6. Raises TransactionEnded."""
        self._first_data = self._values(CDOL1)
        kind = self._generate(asked, self._first_data, (self._first_data,), KernelStep.CARD_ACTION)
        self._record.set(Tsi.CARD_RISK_MANAGEMENT, KernelStep.CARD_ACTION)
        if _RANK[kind] > _ASKED_RANK[asked]:
            raise TransactionEnded(EndCause.HIGHER_CRYPTOGRAM, detail=(kind.name, f"{kind.name} for {asked.name}"))
        return kind

    def second(self, asked: CryptogramAsked) -> CryptogramKind:
        """The card's answer to the second one; all but the TC that was asked for is a decline (PBOC-6 §7.13.5.2.3,
        §7.13.5.2.4). Raises TransactionEnded.
        """
        data = self._values(CDOL2)
        return self._generate(asked, data, (self._first_data, data), KernelStep.COMPLETION)

    def _values(self, list_tag: int) -> bytes:
        """What the list asks for, with the hash of a transaction certificate if it is among it (PBOC-6 §7.10.4.1)."""
        record, hashed = self._record, self._asks_for_hash(list_tag)
        if hashed and _TDOL not in record.card and not record.has(Tvr.DEFAULT_TDOL):
            record.set(Tvr.DEFAULT_TDOL, KernelStep.CARD_ACTION)
        try:
            if hashed:
                record.terminal[_TC_HASH] = sha1(record.asked_for(record.card.get(_TDOL, self._default_tdol)))
            return record.asked_for(record.card[list_tag])
        except TlvError as error:
            raise _malformed(list_tag, error) from None

    def _generate(
        self, asked: CryptogramAsked, data: bytes, sent: tuple[bytes, ...], step: KernelStep
    ) -> CryptogramKind:
        record = self._record
        signed = self._combined is not None and asked is not CryptogramAsked.AAC
        record.note(step, f"请求{asked.name}", f"{asked.name} asked for{' with CDA' if signed else ''}")
        answer = self._card.send(apdu(f"80AE{asked.value | (_CDA if signed else 0):02X}00", data), answered=True)
        if answer.sw != SW.OK:
            raise TransactionEnded(EndCause.CRYPTOGRAM, answer.sw)
        told, kind = self._read(answer.data, sent, signed=signed)
        if told.ac:  # else nothing of it is proved
            self.information = told.cid
            record.card |= {_CID: bytes((told.cid,)), _ATC: told.atc, _ISSUER_DATA: told.iad, _CRYPTOGRAM: told.ac}
        reason = CryptogramReason.of(told.cid).value
        zh, en = (f"：{reason.zh}", f": {reason.en}") if reason.code else ("", "")
        record.note(step, f"卡片返回{kind.name}{zh}", f"the card answered {kind.name}{en}")
        return kind

    def _read(self, data: bytes, sent: tuple[bytes, ...], *, signed: bool) -> tuple[CardCryptogram, CryptogramKind]:
        """Raises TransactionEnded for what is no answer of GENERATE AC. One that is to be signed, and whose signature
        does not hold, has no cryptogram.
        """
        try:
            told = parse_cryptogram(data)
        except TlvError:
            raise TransactionEnded(EndCause.CRYPTOGRAM) from None
        try:
            kind = CryptogramKind(told.cid >> 6)
        except ValueError:
            raise TransactionEnded(EndCause.CRYPTOGRAM, detail=("CID", f"CID {told.cid:02X}")) from None
        if len(told.atc) != _ATC_LENGTH:
            raise TransactionEnded(EndCause.CRYPTOGRAM, detail=("ATC", f"9F36 of {len(told.atc)} bytes"))
        if signed and self._combined is not None and kind is not CryptogramKind.AAC:
            proved = combined_cryptogram(self._combined, data, self._record, sent)
            if proved is not None:
                return proved, kind
            self.signature_failed = True
            self._record.set(Tvr.CDA_FAILED, KernelStep.CARD_ACTION)
            return told._replace(ac=b""), kind
        if len(told.ac) != _CRYPTOGRAM_LENGTH:
            raise TransactionEnded(EndCause.CRYPTOGRAM, detail=("密文", f"9F26 of {len(told.ac)} bytes"))
        return told, kind


def _malformed(list_tag: int, error: TlvError) -> TransactionEnded:
    name = "CDOL1" if list_tag == CDOL1 else "CDOL2"
    return TransactionEnded(EndCause.FORMAT, detail=(name, f"{name}: {error}"))
