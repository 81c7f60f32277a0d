"""持卡人验证: the card's list of methods, rule by rule (PBOC-6 §7.7)."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import NamedTuple

from apdu.status import SW, StatusWord
from cos.pse.data.aip_afl_ada import Aip
from cos.pse.data.data_elements import from_n
from dualcos.dialogue.driver import apdu
from dualcos.messages.cvm_list import CvmCondition, CvmList, CvmMethod, CvmRule
from dualcos.messages.terminal_results import CvmOutcome, Tsi, Tvr
from dualcos.reader.silent_card import CardGone
from dualcos.terminal.financial.kernel.card_of_payment import CardOfPayment
from dualcos.terminal.financial.kernel.kernel_parts import (
    Attendant,
    BankPinAsked,
    BankPinCancelled,
    BankPinKnownWrong,
    BankPinPad,
    BankPinTimedOut,
    PadNotWorking,
    PinBypassed,
)
from dualcos.terminal.financial.kernel.kernel_record import KernelRecord, KernelStep
from dualcos.terminal.financial.kernel.kernel_settings import Capability, TerminalData
from dualcos.terminal.financial.kernel.processing_restrictions import Requested
from dualcos.terminal.financial.kernel.transaction_ended import EndCause, TransactionEnded
from dualcos.terminal.terminal_parts import PartText
from keys.bank_cryptography import BadPinBlock, pin_block

_LIST, _AMOUNT, _CURRENCY, _APPLICATION_CURRENCY, _TRY_COUNTER = 0x8E, 0x9F02, 0x5F2A, 0x9F42, 0x9F17
_DOCUMENT_NUMBER, _DOCUMENT_KIND = 0x9F61, 0x9F62
_NONE_PERFORMED = 0x3F
_HERE = KernelStep.CARDHOLDER
_WRONG = 0x63C
_BLOCK_LENGTH = 8
OWN_PIN_BLOCKED = PartText("银行卡脱机密码已锁定", "the bank card's own PIN is blocked")
"""What TVR 3.6 is for holder and cashier: the card compares no PIN until its issuer unblocks it."""
_OUT_OF_TRIES = (SW.METHOD_BLOCKED, SW.REFERENCED_DATA_INVALID)


class _Performed(Enum):
    """What became of one method. ``UNSURE``: nobody knows yet, which counts as success; ``NOT_AT_ALL``: the terminal
    does not know it or cannot do it, which counts as failure but is not shown in 9F34 (EMV book 4 §6.3.4.5).
    """

    SUCCESS = CvmOutcome.SUCCESSFUL
    UNSURE = CvmOutcome.UNKNOWN
    FAILED = CvmOutcome.FAILED
    NOT_AT_ALL = None


class VerificationMeans(NamedTuple):
    """Who and what verifies."""

    card: CardOfPayment
    pad: BankPinPad | None
    attendant: Attendant | None
    data: TerminalData
    online_pin: bool
    """The acquirer takes on-line PINs for this application (DF18)."""


class CardholderVerification:
    """One transaction's. ``verify`` sets TVR byte 3, TSI 1.7 and 9F34. Raises TransactionEnded where the holder
    cancels.
    """

    def __init__(self, record: KernelRecord, means: VerificationMeans, requested: Requested) -> None:
        self._record = record
        self._means = means
        self._requested = requested
        self._online_asked = False

    def verify(self) -> None:
        """Work through the list, or do without one (PBOC-6 §7.7.5.1)."""
        record = self._record
        record.keep_cvm_results(_NONE_PERFORMED, 0, CvmOutcome.UNKNOWN)
        if not record.aip & Aip.CARDHOLDER_VERIFICATION:
            record.note(_HERE, "卡片不支持持卡人验证", "the card does not support cardholder verification")
            self._at_an_atm()
            return
        methods = self._methods()
        if methods is None:
            record.set(Tvr.DATA_MISSING, _HERE, ("CVM列表", "no CVM list"))
            self._at_an_atm()
            return
        self._work_through(methods)
        record.set(Tsi.CARDHOLDER_VERIFICATION, _HERE)
        self._at_an_atm()

    def _methods(self) -> CvmList | None:
        """The card's list; None where it has none, or one without rules, which is none (EMV book 3 §10.5)."""
        raw = self._record.card.get(_LIST)
        if raw is None:
            return None
        try:
            found = CvmList.parse(raw)
        except ValueError as error:
            raise TransactionEnded(EndCause.FORMAT, detail=("CVM列表", str(error))) from None
        return found if found.rules else None

    def _work_through(self, methods: CvmList) -> None:
        record = self._record
        for rule in methods.rules:
            if not self._applies(rule, methods):
                record.note(_HERE, f"条件不满足：{rule.zh}", f"does not apply: {rule}")
                continue
            record.note(_HERE, f"执行：{rule.zh}", f"performed: {rule}")
            performed = self._perform(rule)
            if performed.value is not None:
                record.keep_cvm_results(rule.code, rule.condition, performed.value)
            if performed in (_Performed.SUCCESS, _Performed.UNSURE):
                said = performed is _Performed.SUCCESS
                record.note(_HERE, "成功" if said else "结果未知", "successful" if said else "outcome unknown")
                return
            if not rule.goes_on or rule.known_method is CvmMethod.FAIL:
                break
        record.set(Tvr.CVM_FAILED, _HERE)
        if record.terminal[0x9F34][0] == _NONE_PERFORMED:
            record.keep_cvm_results(_NONE_PERFORMED, 0, CvmOutcome.FAILED)

    def _at_an_atm(self) -> None:
        """An ATM takes the on-line PIN whatever the list says (PBOC-6 §7.7.1), but not behind one that has failed; it
        asks for it once. Then that is the last method performed.
        """
        if self._means.data.is_atm and not self._online_asked and not self._record.has(Tvr.CVM_FAILED):
            entered = self._online_pin() is _Performed.UNSURE
            outcome = CvmOutcome.UNKNOWN if entered else CvmOutcome.FAILED
            self._record.keep_cvm_results(CvmMethod.ONLINE_PIN.value.code, CvmCondition.ALWAYS.value.code, outcome)

    # --- conditions -------------------------------------------------------------------------------------------------

    def _applies(self, rule: CvmRule, methods: CvmList) -> bool:
        data, asked = self._means.data, self._requested
        cash_at_atm = asked.cash and data.is_atm
        manual_cash = asked.cash and data.is_attended
        match rule.known_condition:
            case CvmCondition.ALWAYS:
                return True
            case CvmCondition.ATM_CASH:
                return cash_at_atm
            case CvmCondition.NOT_CASH:
                return not (asked.cash or asked.cashback)
            case CvmCondition.IF_SUPPORTED:
                return self._supports(rule.known_method)
            case CvmCondition.MANUAL_CASH:
                return manual_cash
            case CvmCondition.CASHBACK:
                return asked.cashback
            case None:
                return False
            case condition:
                return self._amount_is(condition, methods)

    def _amount_is(self, condition: CvmCondition, methods: CvmList) -> bool:
        """Only in the application's own currency; without one the rule does not apply (PBOC-6 §7.7.5.1)."""
        record = self._record
        if record.card.get(_APPLICATION_CURRENCY) != record.terminal[_CURRENCY]:
            return False
        amount = self._amount
        limit = methods.x if condition in (CvmCondition.UNDER_X, CvmCondition.OVER_X) else methods.y
        under = condition in (CvmCondition.UNDER_X, CvmCondition.UNDER_Y)
        return amount < limit if under else amount > limit

    @property
    def _amount(self) -> int:
        """What is to be paid, as it was agreed in the end."""
        return from_n(self._record.terminal[_AMOUNT])

    def _supports(self, method: CvmMethod | None) -> bool:
        """终端性能 says so (9F33 byte 2). Every terminal can let it fail (EMV book 4 §6.3.4)."""
        has = self._means.data.capabilities
        match method:
            case CvmMethod.FAIL:
                return True
            case CvmMethod.OFFLINE_PIN:
                return bool(has & Capability.OFFLINE_PIN)
            case CvmMethod.ONLINE_PIN:
                return bool(has & Capability.ONLINE_PIN) and self._means.online_pin
            case CvmMethod.OFFLINE_PIN_AND_SIGNATURE:
                return bool(has & Capability.OFFLINE_PIN) and self._means.data.can_sign
            case CvmMethod.SIGNATURE:
                return self._means.data.can_sign
            case CvmMethod.NO_CVM:
                return bool(has & Capability.NO_CVM)
            case CvmMethod.IDENTITY_DOCUMENT:
                return bool(has & Capability.IDENTITY_DOCUMENT) and self._means.attendant is not None
            case _:
                return False

    # --- methods ----------------------------------------------------------------------------------------------------

    def _perform(self, rule: CvmRule) -> _Performed:
        match rule.known_method:
            case None:
                self._record.set(Tvr.CVM_UNKNOWN, _HERE, (f"{rule.method:02X}", f"{rule.method:02X}"))
                return _Performed.NOT_AT_ALL
            case CvmMethod.FAIL:
                return _Performed.FAILED
            case CvmMethod.NO_CVM:  # succeeds whatever the terminal says of itself (PBOC-6 §7.7.5.7, PBOC-5 table 21)
                return _Performed.SUCCESS
            case CvmMethod.OFFLINE_PIN:
                return self._offline_pin()
            case CvmMethod.ONLINE_PIN:
                return self._online_pin()
            case CvmMethod.SIGNATURE:
                return self._signature()
            case CvmMethod.OFFLINE_PIN_AND_SIGNATURE:
                return self._offline_pin_and_signature()
            case CvmMethod.IDENTITY_DOCUMENT:
                return self._document()

    def _offline_pin_and_signature(self) -> _Performed:
        """Both or neither (PBOC-6 §7.7.5.5): no PIN is asked for where nobody could sign."""
        if self._means.data.capabilities & Capability.OFFLINE_PIN and not self._means.data.can_sign:
            return _Performed.NOT_AT_ALL
        performed = self._offline_pin()
        return self._signature() if performed is _Performed.SUCCESS else performed

    def _signature(self) -> _Performed:
        if not self._means.data.can_sign:
            return _Performed.NOT_AT_ALL
        self._record.signature_wanted = True
        return _Performed.UNSURE

    def _document(self) -> _Performed:
        attendant = self._means.attendant
        number, kind = self._record.card.get(_DOCUMENT_NUMBER), self._record.card.get(_DOCUMENT_KIND)
        if not self._supports(CvmMethod.IDENTITY_DOCUMENT) or attendant is None:
            return _Performed.NOT_AT_ALL
        if number is None or kind is None:
            return _Performed.FAILED
        same = attendant.compares_document(kind.hex(), number.decode("ascii", "replace").rstrip("\0 "))
        return _Performed.SUCCESS if same else _Performed.FAILED

    def _online_pin(self) -> _Performed:
        self._online_asked = True
        if not self._supports(CvmMethod.ONLINE_PIN):
            self._record.set(Tvr.NO_PIN_PAD, _HERE)
            return _Performed.NOT_AT_ALL
        return self._entered(self._enciphered)

    def _offline_pin(self) -> _Performed:
        if not self._supports(CvmMethod.OFFLINE_PIN):
            self._record.set(Tvr.NO_PIN_PAD, _HERE)
            return _Performed.NOT_AT_ALL
        return self._entered(self._verified)

    def _entered(self, enter: Callable[[BankPinPad], _Performed]) -> _Performed:
        """What comes of a PIN pad; TVR 3.5 where there is none or it does not work, 3.4 where no PIN was entered."""
        try:
            if self._means.pad is None:
                raise PadNotWorking
            return enter(self._means.pad)
        except PadNotWorking:
            self._record.set(Tvr.NO_PIN_PAD, _HERE)
        except PinBypassed:
            self._record.set(Tvr.PIN_NOT_ENTERED, _HERE)
        except (BankPinCancelled, BankPinTimedOut) as left:
            blocked = OWN_PIN_BLOCKED if self._record.has(Tvr.PIN_TRIES_EXCEEDED) else ("", "")
            raise TransactionEnded(_cause(left), detail=blocked) from None
        except CardGone:
            raise TransactionEnded(EndCause.NO_CARD) from None
        return _Performed.FAILED

    def _enciphered(self, pad: BankPinPad) -> _Performed:
        """Even where the card allows no more tries (PBOC-6 §7.7.5.3)."""
        block = pad.enciphered(self._record.pan, self._amount)
        if len(block) != _BLOCK_LENGTH:
            raise PadNotWorking
        self._record.pin_block = block
        self._record.set(Tvr.ONLINE_PIN, _HERE)
        return _Performed.UNSURE

    def _verified(self, pad: BankPinPad) -> _Performed:
        """VERIFY until the PIN is right or no try is left; TVR 3.6 (PBOC-6 §7.7.5.2). Raises what a pad raises, and
        TransactionEnded for what is no answer of VERIFY (PBOC-6 figure 15): also for a try that is not counted.
        """
        counter = self._means.card.get_data(_TRY_COUNTER)
        tries = counter[0] if counter is not None and len(counter) == 1 else None
        again = False
        while tries != 0:
            sw = self._tried(pad, _question(tries, again=again), tries)
            if sw == SW.OK:
                return _Performed.SUCCESS
            if sw in _OUT_OF_TRIES:
                break
            left = sw & 0xF
            if sw >> 4 != _WRONG or (tries is not None and left >= tries):
                raise TransactionEnded(EndCause.PIN_ANSWER, sw)
            self._record.note(_HERE, f"密码错误，剩余{left}次", f"wrong PIN, {left} tries left", "§7.7.5.2")
            tries, again = left, True
        self._record.set(Tvr.PIN_TRIES_EXCEEDED, _HERE)
        return _Performed.FAILED

    def _tried(self, pad: BankPinPad, asked: BankPinAsked, tries: int | None) -> StatusWord:
        """One VERIFY. Of the frames that know the PIN none is left in the traceback of what is raised."""
        try:
            return self._means.card.send(apdu("00200080", _block(pad.digits(asked, tries, self._amount)))).sw
        except TransactionEnded as ended:
            failed = ended.with_traceback(None)
        failed.__context__ = None
        raise failed


def _question(tries: int | None, *, again: bool) -> BankPinAsked:
    if tries == 1:
        return BankPinAsked.LAST_AGAIN if again else BankPinAsked.LAST
    return BankPinAsked.OFFLINE_AGAIN if again else BankPinAsked.OFFLINE


def _block(digits: str) -> bytes:
    """Raises PadNotWorking for what is no PIN."""
    try:
        return pin_block(digits)
    except BadPinBlock:
        raise PadNotWorking from None


def _cause(left: Exception) -> EndCause:
    if isinstance(left, BankPinKnownWrong):
        return EndCause.PIN_WRONG
    return EndCause.PIN_CANCELLED if isinstance(left, BankPinCancelled) else EndCause.PIN_TIME_OUT
