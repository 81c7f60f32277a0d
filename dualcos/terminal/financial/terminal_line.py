"""The line to the acquirer (收单线路) as a terminal uses it: working keys, numbers, MACs; what it does not believe it
does not tell.
"""

from __future__ import annotations

from collections.abc import Mapping

from dualcos.messages.acquirer_messages import AcquirerLine, AcquirerMessage, Answering, FieldValue, NoLineAnswer
from dualcos.messages.authorisation import Business
from dualcos.messages.iso8583_codec import Iso8583Codec, UnreadableIso8583, UnwritableIso8583
from dualcos.messages.line_keys import BadKeyDelivery, LineKeyRole, delivered_keys
from dualcos.messages.pos_envelope import opened, seal_holds, sealed
from dualcos.messages.pos_fields import POS_DIALECT
from dualcos.messages.pos_messages import POS_MESSAGES, PosMessage, answers
from dualcos.messages.pos_subfields import parted
from dualcos.messages.response_codes import APPROVED, RESPONSE_CODES
from dualcos.terminal.financial.payment_journal import PaymentJournal
from dualcos.terminal.financial.payment_refused import PaymentRefusal, PaymentRefused
from dualcos.terminal.financial.payment_settings import FinancialSettings
from keys.bank_cryptography import BadPinBlock
from keys.key_handle import KeyHandle
from keys.line_cryptography import BadLineKey, pin_block_0, unwrapped_key

_SIGNED_ON = "signed on"
_TOLD_AGAIN = (2, 3, 4, 25, 49)
_AMOUNT = 4
MAC_WRONG, UNFIT = "A0", "06"
"""Reasons of a reversal (field 39)."""
SIGN_ON_AGAIN = tuple(code for code, said in RESPONSE_CODES.items() if said.signs_on)
"""Answers that ask for new working keys."""


class UnbelievedAnswer(Exception):
    """An answer came whose MAC is wrong, or that is not what was asked for; nothing in it counts. ``reason``: field 39
    of a reversal for it.
    """

    def __init__(self, reason: str, words: str) -> None:
        super().__init__(words)
        self.reason = reason


class UnwritableRequest(Exception):
    """Its fields take no such values, nothing can be sent: a card may say anything."""


class NoPinBlock(Exception):
    """The pad has no key, or the PIN or the account is none."""


class TerminalLine:
    """Working keys are kept in memory alone: a terminal that has lost its power signs on again by itself.

    ``batch_lost``: the acquirer is in front of a batch that has payments, and takes nothing more of it.
    """

    def __init__(self, line: AcquirerLine, settings: FinancialSettings, journal: PaymentJournal) -> None:
        self._line, self._settings, self._journal = line, settings, journal
        self._codec = Iso8583Codec(POS_DIALECT)
        self._pin_key: KeyHandle | None = None
        self._mac_key: KeyHandle | None = None
        self.batch_lost = False

    # --- sign-on ------------------------------------------------------------------------------------------------------

    def sign_on(self) -> None:
        """签到: new working keys under the master key, each held against its check value; the batch that the acquirer
        names, if it can be adopted. Raises PaymentRefused; then the old keys are gone, too.
        """
        self._forget_keys()
        answer = self._managed("sign-on", PaymentRefusal.SIGN_ON_REFUSED, {63: self._settings.operator})
        try:
            keys = delivered_keys(answer.raw(62))
            found = {role: unwrapped_key(self._settings.master_key, *each) for role, each in keys.items()}
            self._pin_key, self._mac_key = found[LineKeyRole.PIN], found[LineKeyRole.MAC]
        except (BadKeyDelivery, BadLineKey, KeyError):
            raise PaymentRefused(PaymentRefusal.KEYS_WRONG) from None
        batch = parted(60, answer.text(60)).get("batch", "")
        self.batch_lost = False
        if batch.isdecimal() and int(batch) and not self._journal.adopt_batch(batch):
            self.batch_lost = self._journal.is_behind(batch)
        self._journal.keep_setting(_SIGNED_ON, "1")

    def sign_off(self) -> None:
        """签退. The keys are forgotten whatever is answered. Raises PaymentRefused."""
        self._forget_keys()
        self._journal.keep_setting(_SIGNED_ON, "")
        self._managed("sign-off", PaymentRefusal.REFUSED, {})

    @property
    def is_signed_on(self) -> bool:
        """True from a sign-on to the next sign-off; its keys may be lost, and are fetched anew then."""
        return self._journal.setting(_SIGNED_ON) == "1"

    def demand_signed_on(self) -> None:
        """Keys are there: with new ones if they were lost. Raises PaymentRefused for a terminal that is signed off."""
        if not self.is_signed_on:
            raise PaymentRefused(PaymentRefusal.NOT_SIGNED_ON)
        if self._mac_key is None:
            self.sign_on()

    def pin_block(self, pin: str, pan: str) -> bytes:
        """A PIN under the pad's key. Raises NoPinBlock."""
        if self._pin_key is None:
            raise NoPinBlock
        try:
            return pin_block_0(self._pin_key, pin, pan)
        except BadPinBlock:
            raise NoPinBlock from None

    # --- messages -----------------------------------------------------------------------------------------------------

    def request(self, row: PosMessage, stan: str, fields: Mapping[int, FieldValue]) -> AcquirerMessage:
        """A request of this terminal in its batch, without MAC. Raises UnwritableRequest: nothing waits that can never
        be sent.
        """
        data = self._settings.kernel.data
        own: dict[int, FieldValue] = {11: stan, 41: data.terminal, 42: data.merchant}
        if self._settings.institution and 32 in row.required | row.optional:
            own[32] = self._settings.institution
        made = row.request(self._journal.batch, {**own, **fields})
        self._body(made, None)
        return made

    def ask(self, row: PosMessage, request: AcquirerMessage) -> AcquirerMessage:
        """The answer, believed. Raises NoLineAnswer, UnbelievedAnswer, UnwritableRequest."""
        key = self._mac_key if row.sealed else None
        if row.sealed and key is None:
            raise NoLineAnswer("there is no working key", sent=False)
        payload = self._line.ask(self._settings.envelope.around(self._body(request, key)), self._belonging(request))
        _, body = opened(payload)
        answer = self._codec.message(body)
        believed = key is None or seal_holds(self._codec, body, key, self._settings.mac)
        if answer.text(39) in SIGN_ON_AGAIN:  # believed or not: an acquirer without our keys seals nothing
            self._forget_keys()
        if not believed:
            raise UnbelievedAnswer(MAC_WRONG, "the MAC of the answer is wrong")
        if wrong := row.wrong_answer_fields(answer) or _told_otherwise(row, request, answer):
            raise UnbelievedAnswer(UNFIT, wrong)
        return answer

    def _body(self, request: AcquirerMessage, key: KeyHandle | None) -> bytes:
        codec = self._codec
        try:
            return codec.body(request) if key is None else sealed(codec, request, key, self._settings.mac)
        except UnwritableIso8583 as error:
            raise UnwritableRequest(str(error)) from None

    def _belonging(self, request: AcquirerMessage) -> Answering:
        def belongs(payload: bytes) -> bool:
            try:
                return answers(request, self._codec.message(opened(payload)[1]))
            except UnreadableIso8583:
                return False

        return belongs

    def _forget_keys(self) -> None:
        self._pin_key = self._mac_key = None

    def end_session(self) -> None:
        """A batch has ended: with the next message new keys are fetched, so that no answer of it counts any more."""
        self._forget_keys()

    def managed(self, name: str, fields: Mapping[int, FieldValue]) -> AcquirerMessage:
        """An approved answer to a message that is between terminal and acquirer alone. Raises PaymentRefused."""
        return self._managed(name, PaymentRefusal.REFUSED, fields)

    def _managed(self, name: str, refusal: PaymentRefusal, fields: Mapping[int, FieldValue]) -> AcquirerMessage:
        row = POS_MESSAGES[name]
        try:
            answer = self.ask(row, self.request(row, self._journal.next_stan(), fields))
        except NoLineAnswer as error:
            raise PaymentRefused(PaymentRefusal.NO_LINE, detail=("", str(error))) from None
        except UnbelievedAnswer as error:
            raise PaymentRefused(PaymentRefusal.UNFIT_ANSWER, detail=("", str(error))) from None
        if answer.text(39) != APPROVED:
            raise PaymentRefused(refusal, answer.text(39))
        return answer


def _told_otherwise(row: PosMessage, request: AcquirerMessage, answer: AcquirerMessage) -> str:
    """What the answer has of the request, and has it otherwise; empty if nothing. A price is what was asked for."""
    for at in _TOLD_AGAIN:
        special = at == _AMOUNT and row.business is Business.PRICE
        if at in answer.fields and answer.fields[at] != request.fields.get(at) and not special:
            return f"field {at} of the answer is not the request's"
    return ""
