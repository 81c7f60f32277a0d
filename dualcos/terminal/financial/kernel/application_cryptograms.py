"""GENERATE AC, both of them: what is asked, what the card answers, and whether it may (PBOC-6 §7.10, §7.11.4.1)."""

from __future__ import annotations

from apdu import tlv
from apdu.status import SW
from apdu.tlv import TlvError
from dualcos.dialogue.bank import CDOL1, CDOL2
from dualcos.dialogue.driver import apdu
from dualcos.messages.terminal_results import CryptogramReason, Tsi, Tvr
from dualcos.terminal.financial.kernel.action_analysis import CryptogramAsked
from dualcos.terminal.financial.kernel.card_of_payment import CardOfPayment
from dualcos.terminal.financial.kernel.cryptogram_answer import (
    ATC,
    CID,
    CRYPTOGRAM,
    ISSUER_DATA,
    CryptogramAnswer,
    CryptogramKind,
    cryptogram_answer,
)
from dualcos.terminal.financial.kernel.kernel_record import KernelRecord, KernelStep
from dualcos.terminal.financial.kernel.offline_authentication import combined_cryptogram
from dualcos.terminal.financial.kernel.transaction_ended import EndCause, TransactionEnded
from keys.algorithms import sha1
from keys.rsa import RsaPublic

_CDA = 0x10
_TDOL, _TC_HASH = 0x97, 0x98
_CRYPTOGRAM_LENGTH = 8
_LISTS = {CDOL1: "CDOL1", CDOL2: "CDOL2", _TDOL: "TDOL"}


class ApplicationCryptograms:
    """Both GENERATE AC of a transaction. ``combined``: the card's key where its answers are to be signed (CDA).

    ``information``: the last 9F27, 0 before there is one. A CDA that failed before the first GENERATE AC is not asked
    for (PBOC-7 §5.3.6).
    """

    def __init__(
        self, card: CardOfPayment, record: KernelRecord, combined: RsaPublic | None, default_tdol: bytes
    ) -> None:
        self._card = card
        self._record = record
        self._combined = combined
        self._default_tdol = default_tdol
        self._first_data = b""
        self._atc = b""
        self.information = 0

    def check_lists(self) -> None:
        """All lists can be followed, before the issuer is asked for anything. TVR 5.8 where the first cryptogram will
        hash by the terminal's list: the action codes would not see it later. Raises TransactionEnded.
        """
        first, second = (self._asks_for_hash(each) for each in (CDOL1, CDOL2))
        if first or second:
            self._hashed()
        if first and _TDOL not in self._record.card:
            self._record.set(Tvr.DEFAULT_TDOL, KernelStep.CARD_ACTION)

    def _hashed(self) -> bytes:
        """What a transaction certificate's hash is over (PBOC-6 §7.10.4.1)."""
        try:
            return self._record.asked_for(self._record.card.get(_TDOL, self._default_tdol))
        except TlvError as error:
            raise _malformed(_TDOL, error) from None

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
        if kind.rank > CryptogramKind(asked.value >> 6).rank:
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
        if hashed:
            record.terminal[_TC_HASH] = sha1(self._hashed())
        try:
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
        told = self._read(answer.data)
        kind = told.kind
        if self._combined is not None and signed and kind is not CryptogramKind.AAC:
            told = self._proved(self._combined, told, sent)
            kind = told.kind
        elif len(told.ac) != _CRYPTOGRAM_LENGTH:
            raise TransactionEnded(EndCause.CRYPTOGRAM, detail=("密文", f"9F26 of {len(told.ac)} bytes"))
        if told.ac:  # else nothing of it is proved
            self.information = told.cid
            record.card |= {CID: bytes((told.cid,)), ATC: told.atc, ISSUER_DATA: told.iad, CRYPTOGRAM: told.ac}
        reason = CryptogramReason.of(told.cid).value
        zh, en = (f"：{reason.zh}", f": {reason.en}") if reason.code else ("", "")
        record.note(step, f"卡片返回{kind.name}{zh}", f"the card answered {kind.name}{en}")
        return kind

    def _read(self, data: bytes) -> CryptogramAnswer:
        """Raises TransactionEnded for what is no answer of GENERATE AC, or one of another transaction."""
        try:
            told = cryptogram_answer(data)
        except TlvError as error:
            raise TransactionEnded(EndCause.CRYPTOGRAM, detail=("", str(error))) from None
        if self._atc and told.atc != self._atc:
            raise TransactionEnded(EndCause.CRYPTOGRAM, detail=("ATC", "9F36 is not that of the first answer"))
        self._atc = told.atc
        return told

    def _proved(self, key: RsaPublic, told: CryptogramAnswer, sent: tuple[bytes, ...]) -> CryptogramAnswer:
        """What is signed of it: the kind of cryptogram, too (PBOC-7 §5.3.6). Where the signature does not hold it has
        no cryptogram; TVR 1.3.
        """
        proved = combined_cryptogram(key, told, self._record, sent)
        if proved is None:
            self._record.set(Tvr.CDA_FAILED, KernelStep.CARD_ACTION)
            return told._replace(ac=b"")
        return proved


def _malformed(list_tag: int, error: TlvError) -> TransactionEnded:
    name = _LISTS[list_tag]
    return TransactionEnded(EndCause.FORMAT, detail=(name, f"{name}: {error}"))
