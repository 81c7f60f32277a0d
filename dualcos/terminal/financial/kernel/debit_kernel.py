"""The debit kernel: one transaction from the card's insertion to its last word (PBOC-6 §7).

It is driven from outside in four calls, so that who drives it can store what it must before each: ``read``,
``begin`` up to the first GENERATE AC, ``complete`` with the issuer's answer or without one, ``run_scripts``. It has
one card and no other slot.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from apdu import tlv
from apdu.status import SW
from dualcos.dialogue.bank import PDOL, read_record
from dualcos.messages.terminal_results import CryptogramReason, Tvr
from dualcos.terminal.financial.kernel.action_analysis import (
    OFFLINE_DECLINED,
    UNABLE_DECLINED,
    CryptogramAsked,
    TerminalDecision,
    decide,
    decide_unable,
)
from dualcos.terminal.financial.kernel.application_cryptograms import ApplicationCryptograms
from dualcos.terminal.financial.kernel.application_data import initiate, read_records
from dualcos.terminal.financial.kernel.application_selection import (
    CandidateList,
    SelectedApplication,
    choose,
    select_finally,
)
from dualcos.terminal.financial.kernel.card_of_payment import CardOfPayment
from dualcos.terminal.financial.kernel.cardholder_verification import CardholderVerification, VerificationMeans
from dualcos.terminal.financial.kernel.cryptogram_answer import CryptogramKind
from dualcos.terminal.financial.kernel.issuer_answer import (
    AFTER,
    BEFORE,
    IssuerAnswer,
    authenticate_issuer,
    run_scripts,
)
from dualcos.terminal.financial.kernel.kernel_parts import KernelParts
from dualcos.terminal.financial.kernel.kernel_record import KernelRecord, KernelStep
from dualcos.terminal.financial.kernel.kernel_settings import KernelSettings
from dualcos.terminal.financial.kernel.offline_authentication import authenticate_data
from dualcos.terminal.financial.kernel.processing_restrictions import GOODS_AND_SERVICES, Requested, check_restrictions
from dualcos.terminal.financial.kernel.terminal_risk import manage_risk
from dualcos.terminal.financial.kernel.transaction_ended import ApplicationLeft, EndCause, TransactionEnded
from dualcos.terminal.terminal_forms import TerminalReach

_CODE, _AMOUNT, _AMOUNT_BINARY = 0x8A, 0x9F02, 0x81
_ADVICE = 0x08
_APPROVAL = re.compile("[0-9A-Za-z]{1,6}", re.ASCII)
"""Field 38, without which no upload says who approved."""
P = ParamSpec("P")
T = TypeVar("T")
APPROVED_CODES = (b"00", b"10", b"11")
REFERRAL_CODES = (b"01", b"02")


@dataclass(frozen=True, slots=True)
class TransactionAsked:
    """``kind``: 9C, the first two digits of the processing code. Amounts in fen, ``other_amount`` of a cashback.
    ``moment``: YYYYMMDDhhmmss. ``counter``: 9F41, the terminal's own count. ``forced_online``: the merchant's key.
    Raises ValueError for an amount that twelve digits do not hold.
    """

    kind: str
    amount: int
    moment: str
    counter: int
    requested: Requested = GOODS_AND_SERVICES
    other_amount: int = 0
    forced_online: bool = False

    def __post_init__(self) -> None:
        for amount in (self.amount, self.other_amount):
            amount_values(amount)

    @property
    def services(self) -> Requested:
        """What the card is asked to allow: with another amount it is asked for cashback, too (PBOC-6 table 17)."""
        return self.requested._replace(cashback=True) if self.other_amount else self.requested


class Verdict(Enum):
    """How a transaction stands with the card."""

    APPROVED = "approved"
    DECLINED = "declined"
    ONLINE = "online"


@dataclass(frozen=True, slots=True)
class CardVerdict:
    """``code``: 8A, the terminal's or the issuer's. ``reverse``: the issuer approved and the card did not take it, or
    nobody knows: what was booked is to be taken back (PBOC-4 §6.2.12.5). ``approval``: the code heard on the telephone
    for a referral. ``reason``: the card's, which decides what is shown (PBOC-6 §7.13.4); ``advice``: it asks that its
    issuer be told (9F27). ``ended``: why the card did not come to its last word, None where it did.
    """

    verdict: Verdict
    code: bytes
    reverse: bool = False
    approval: str = ""
    reason: CryptogramReason = CryptogramReason.NONE
    advice: bool = False
    ended: EndCause | None = None


def _leaving_record(act: Callable[Concatenate[DebitKernel, P], T]) -> Callable[Concatenate[DebitKernel, P], T]:
    """Whoever hears that the transaction has ended hears what was decided by then, and no secrets."""

    @wraps(act)
    def acted(kernel: DebitKernel, /, *args: P.args, **named: P.kwargs) -> T:
        try:
            return act(kernel, *args, **named)
        except TransactionEnded as ended:
            kernel.record.forget()
            ended.record = kernel.record
            raise

    return acted


class _Stage(Enum):
    """How far a transaction has come. ``LEFT``: no step may follow."""

    NEW = auto()
    READ = auto()
    WAITING = auto()
    ANSWERED = auto()
    LEFT = auto()


class DebitKernel:
    """One transaction with one card. ``read`` and ``begin`` raise TransactionEnded; ``complete`` and ``run_scripts`` do
    not. Each is called once, in this order, and ``complete`` where the verdict is ``ONLINE``: else ValueError. The
    caller releases the card.

    ``record``: what is known and decided by now.
    """

    def __init__(self, parts: KernelParts, settings: KernelSettings, asked: TransactionAsked) -> None:
        self._parts = parts
        self._settings = settings
        self._asked = asked
        self._card = CardOfPayment(parts.card)
        self.record = KernelRecord(terminal_values(settings, asked))
        self._selected: SelectedApplication | None = None
        self._cryptograms: ApplicationCryptograms | None = None
        self._stage = _Stage.NEW

    # --- the application ------------------------------------------------------------------------------------------

    @_leaving_record
    def read(self) -> SelectedApplication:
        """Power, selection, GET PROCESSING OPTIONS, all records: also the whole of a short flow (简化流程)."""
        if self._stage is not _Stage.NEW:
            raise ValueError("a transaction reads its card once")
        self._stage = _Stage.LEFT
        self._card.start()
        offered = CandidateList(self._card, self._settings.applications)
        zh, en = offered.why_list
        self.record.note(
            KernelStep.SELECTION,
            f"AID列表选择方法：{zh}" if zh else "目录选择方法",
            f"by the terminal's list: {en}" if en else "by the payment directory",
            "§7.2.4",
        )
        left, blocked = list(offered.candidates), offered.blocked
        refused: ApplicationLeft | None = None
        while True:
            if not left and blocked:
                raise TransactionEnded(EndCause.APPLICATION_BLOCKED)
            if refused is not None and not left:
                raise TransactionEnded(EndCause.NO_APPLICATION, detail=(refused.zh, refused.en))
            candidate = choose(left, self._settings.data.choice, self._parts.holder)
            self.record.note(KernelStep.SELECTION, f"选择：{candidate.label}", f"chosen: {candidate.label}", "§7.2.5")
            left.remove(candidate)
            try:
                return self._read_application(select_finally(self._card, candidate))
            except ApplicationLeft as why:
                refused, blocked = why, blocked or why.blocked
                self.record.note(KernelStep.SELECTION, why.zh, why.en, why.ref)

    def _read_application(self, selected: SelectedApplication) -> SelectedApplication:
        record = self.record
        record.card.clear()
        parameters = selected.candidate.parameters
        record.terminal[0x9F1B] = parameters.floor_limit.to_bytes(4, "big")
        record.terminal[0x9F09] = parameters.version
        record.terminal[0x9F06] = selected.candidate.name
        files = initiate(self._card, selected, record)
        read_records(self._card, files, record)
        self._selected = selected
        self._stage = _Stage.READ
        return selected

    def extra_records(self, number: int, count: int) -> tuple[bytes, ...]:
        """Records 1 to ``count`` of a file that the AFL does not list, such as an issuer's value-added services, as far
        as the card gives them; before ``begin``.
        """
        self._demand_read()
        found = (self._card.send(read_record(number, record)) for record in range(1, count + 1))
        return tuple(each.data for each in found if each.sw == SW.OK)

    def change_amount(self, amount: int) -> bool:
        """Another amount than was asked, before ``begin``; False where the card has been told the first one already."""
        self._demand_read()
        if any(tag in (_AMOUNT, _AMOUNT_BINARY) for tag, _ in tlv.parse_dol(self.record.card.get(PDOL, b""))):
            return False
        self.record.terminal |= amount_values(amount)
        return True

    # --- up to the first cryptogram -------------------------------------------------------------------------------

    @_leaving_record
    def begin(self, verified: Callable[[], None] = lambda: None) -> CardVerdict:
        """Everything from data authentication to the first GENERATE AC; ``ONLINE`` where the issuer is to be asked.
        ``verified``: called when the holder has been verified, or has not, and the card has no cryptogram to give yet.
        """
        self._demand_read()
        self._stage = _Stage.LEFT
        selected, record, settings = self._the_application(), self.record, self._settings
        parameters = selected.candidate.parameters
        combined = authenticate_data(self._card, record, settings, parameters.default_ddol)
        check_restrictions(record, parameters, settings.data, self._asked.services, self._asked.moment[2:8])
        means = VerificationMeans(
            self._card, self._parts.pad, self._parts.attendant, settings.data, parameters.online_pin
        )
        CardholderVerification(record, means, self._asked.services).verify()
        verified()
        manage_risk(self._card, record, settings, parameters, forced_online=self._asked.forced_online)
        self._cryptograms = ApplicationCryptograms(self._card, record, combined, parameters.default_tdol)
        self._cryptograms.check_lists()
        decision = decide(record, settings, parameters.tac)
        record.terminal[_CODE] = decision.code
        return self._first(decision)

    def _first(self, decision: TerminalDecision) -> CardVerdict:
        """TC or AAC is the card's last word (PBOC-6 table 36). Where CDA has failed, with this answer or before it was
        asked for, nothing is approved and nobody is asked (PBOC-6 §7.13.4: "如果TVR显示CDA失败"); PBOC-7 §5.3.6 leaves
        only the signature out then.
        """
        kind, failed = self._the_cryptograms().first(decision.asked), self.record.has(Tvr.CDA_FAILED)
        if kind is CryptogramKind.TC and not failed:
            return self._said(Verdict.APPROVED, decision.code)
        if kind is CryptogramKind.ARQC and failed:
            return self._second(TerminalDecision(CryptogramAsked.AAC, OFFLINE_DECLINED))
        if kind is CryptogramKind.ARQC and self._settings.data.reach is TerminalReach.OFFLINE_ONLY:
            return self._unable()
        if kind is CryptogramKind.ARQC:
            self._stage = _Stage.WAITING
            return self._said(Verdict.ONLINE, b"")
        return self._said(Verdict.DECLINED, OFFLINE_DECLINED)

    def _said(self, verdict: Verdict, code: bytes, *, reverse: bool = False, approval: str = "") -> CardVerdict:
        """With what the card said last."""
        self.record.terminal[_CODE] = code
        information = self._the_cryptograms().information
        advice = bool(information & _ADVICE)
        return CardVerdict(verdict, code, reverse, approval, CryptogramReason.of(information), advice)

    # --- behind the issuer ----------------------------------------------------------------------------------------

    def complete(self, answer: IssuerAnswer | None) -> CardVerdict:
        """Issuer authentication, scripts 71, the second GENERATE AC. ``answer`` None: the issuer was not reached.

        Nothing is raised: a card that fails now has declined, and what its issuer has approved is to be reversed.
        """
        self._demand_waiting()
        try:
            if answer is None:
                return self._unable()
            authenticate_issuer(self._card, self.record, answer, self._settings)
            run_scripts(self._card, self.record, answer, BEFORE)
            return self._second(*self._issuer_decision(answer))
        except TransactionEnded as ended:
            self.record.note(KernelStep.COMPLETION, ended.zh, ended.en)
            code = UNABLE_DECLINED if answer is None else answer.code
            declined = self._said(Verdict.DECLINED, code, reverse=code in APPROVED_CODES)
            return replace(declined, ended=ended.cause)

    def give_up(self) -> CardVerdict:
        """For ``complete`` where the terminal cannot ask, and takes nothing either: the card is asked to decline.
        Nothing is raised.
        """
        self._demand_waiting()
        try:
            return self._second(TerminalDecision(CryptogramAsked.AAC, UNABLE_DECLINED))
        except TransactionEnded as ended:
            self.record.note(KernelStep.COMPLETION, ended.zh, ended.en)
            return self._said(Verdict.DECLINED, UNABLE_DECLINED)

    def _unable(self) -> CardVerdict:
        """The issuer cannot be asked (PBOC-6 §7.13.6)."""
        tac = self._the_application().candidate.parameters.tac
        said = self._second(decide_unable(self.record, self._settings, tac))
        return said if said.verdict is Verdict.APPROVED else self._said(Verdict.DECLINED, UNABLE_DECLINED)

    def _issuer_decision(self, answer: IssuerAnswer) -> tuple[TerminalDecision, str]:
        """TC for an approval; for a referral what the attendant hears on the telephone, with the code that he is told
        (PBOC-6 §7.13.5.1), who telephones when the issuer has been authenticated.
        """
        if answer.code in APPROVED_CODES:
            return TerminalDecision(CryptogramAsked.TC, answer.code), ""
        attendant = self._parts.attendant
        heard = attendant.authorises(self.record.pan) if answer.code in REFERRAL_CODES and attendant else None
        if heard is not None and _APPROVAL.fullmatch(heard) is None:
            self.record.note(KernelStep.COMPLETION, "授权码格式不对", "what was heard is no approval code", "§7.13.5.1")
            heard = None
        if answer.code in REFERRAL_CODES:
            zh, en = ("拒绝", "declined") if heard is None else ("批准", "approved")
            self.record.note(KernelStep.COMPLETION, f"电话授权：{zh}", f"referral: {en}", "§7.13.5.1")
        if heard is not None:
            return TerminalDecision(CryptogramAsked.TC, answer.code), heard
        return TerminalDecision(CryptogramAsked.AAC, answer.code), ""

    def _second(self, decision: TerminalDecision, approval: str = "") -> CardVerdict:
        """What the issuer has booked and the card does not take is to be reversed; a referral has booked nothing."""
        self.record.terminal[_CODE] = decision.code
        cryptograms = self._the_cryptograms()
        kind, failed = cryptograms.second(decision.asked), self.record.has(Tvr.CDA_FAILED)
        taken = decision.asked is CryptogramAsked.TC and kind is CryptogramKind.TC and not failed
        if taken:
            return self._said(Verdict.APPROVED, decision.code, approval=approval)
        return self._said(Verdict.DECLINED, decision.code, reverse=decision.code in APPROVED_CODES)

    def run_scripts(self, answer: IssuerAnswer) -> None:
        """Scripts 72, behind the second GENERATE AC; what is to be shown waits for them (PBOC-6 §7.12.4.6). A card that
        is gone has failed them.
        """
        if self._stage is not _Stage.ANSWERED:
            raise ValueError("scripts 72 wait for the second GENERATE AC, and are carried out once")
        self._stage = _Stage.LEFT
        run_scripts(self._card, self.record, answer, AFTER)

    def release(self) -> None:
        """The card loses its power, and the enciphered PIN is forgotten."""
        self.record.pin_block = b""
        self._card.release()

    def _demand_waiting(self) -> None:
        if self._stage is not _Stage.WAITING:
            raise ValueError("the transaction does not wait for the issuer")
        self._stage = _Stage.ANSWERED

    def _demand_read(self) -> None:
        self._the_application()
        if self._stage is not _Stage.READ:
            raise ValueError("the transaction has begun")

    def _the_application(self) -> SelectedApplication:
        if self._selected is None:
            raise ValueError("no application has been read")
        return self._selected

    def _the_cryptograms(self) -> ApplicationCryptograms:
        if self._cryptograms is None:
            raise ValueError("the transaction has not begun")
        return self._cryptograms


def terminal_values(settings: KernelSettings, asked: TransactionAsked) -> dict[int, bytes]:
    """What the terminal says of itself and of the transaction, by tag (PBOC-6 §8.2)."""
    data = settings.data
    return {
        **amount_values(asked.amount),
        0x9F03: amount_values(asked.other_amount)[_AMOUNT],
        0x9F1A: data.country,
        0x5F2A: data.currency,
        0x5F36: bytes((data.exponent,)),
        0x9A: bytes.fromhex(asked.moment[2:8]),
        0x9F21: bytes.fromhex(asked.moment[8:14]),
        0x9C: bytes.fromhex(asked.kind),
        0x9F37: settings.random(4),
        0x9F33: int(data.capabilities).to_bytes(3, "big"),
        0x9F40: int(data.additional).to_bytes(5, "big"),
        0x9F35: bytes.fromhex(data.kind),
        0x9F1E: data.serial.encode("ascii"),
        0x9F1C: data.terminal.encode("ascii"),
        0x9F16: data.merchant.encode("ascii"),
        0x9F15: bytes.fromhex(data.category),
        0x9F4E: data.merchant_name.encode("gb18030"),
        0x9F41: bytes.fromhex(f"{asked.counter % 10**8:08d}"),
        0x9F7A: b"\0",
        0xDF69: bytes((settings.sm_algorithms,)),
    }


def amount_values(amount: int) -> dict[int, bytes]:
    """The amount in both forms, by tag; the binary one is empty where four bytes do not hold it: no card is told
    another. Raises ValueError for one that twelve digits do not hold.
    """
    if not 0 <= amount < 10**12:
        raise ValueError("an amount has twelve digits of fen at most")
    binary = amount.to_bytes(4, "big") if amount < 1 << 32 else b""
    return {_AMOUNT: bytes.fromhex(f"{amount:012d}"), _AMOUNT_BINARY: binary}
