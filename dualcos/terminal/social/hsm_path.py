"""The HSM path (SC §10.5): where the PSAM does not serve, the back end's HSM computes; all random numbers are the
card's. Settlements are counted by the back end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

import msgspec

from cos.ssse.tables.table_model import KeyRow
from dualcos.messages.social_services import (
    Answer,
    CardCheckAsked,
    CommandAsked,
    CommandSecured,
    IdentificationAsked,
    Identified,
    LoadAsked,
    LoadReported,
    NoAnswer,
    PremiumAsked,
    PremiumCancelled,
    PremiumPaid,
    PreSettlementAsked,
    ProofAsked,
    Proved,
    PurchaseMac,
    PurchaseMacAsked,
    PurchaseMacCheckAsked,
    ReadCard,
    Request,
    ServiceDone,
    ServiceRefused,
    SettlementCancelled,
    SettlementGivenUp,
    SettlementReported,
    SocialBackEnd,
    UpdateAsked,
    UpdateReported,
)
from dualcos.terminal.social.card_environment import CardEnvironment
from dualcos.terminal.social.security_path import KeyProof, PathKind, PurchaseBegun, SettlementAsked
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped
from keys.mac import same
from keys.medical_macs import Purchase

NO_TERMINAL = bytes(6)
"""终端机编号 where there is no PSAM (SC §1.3.2)."""
NUMBER_USED = "running-number-used"
_MAC2_REFUSED = "mac2-wrong"
_PIN_COMMAND = 0x24
_VERSION = 16  # of the purchase key, in the card's answer to INITIALIZE FOR PURCHASE
A = TypeVar("A")


class ProofNumbers(NamedTuple):
    """What a proof is computed over, 8 bytes each."""

    factor: bytes
    original: bytes


NO_NUMBERS = ProofNumbers(b"", b"")


def said_of(card: CardEnvironment) -> ReadCard:
    """The card as messages carry it."""
    return ReadCard(
        region=card.region,
        historical=card.historical.hex().upper(),
        algorithm=f"{card.algorithm:02d}",
        identification=card.identification.hex().upper(),
        number=card.number,
    )


def same_card(one: ReadCard, other: ReadCard) -> bool:
    """By identification code and number (SSC-7 §14)."""
    return (one.identification, one.number) == (other.identification, other.number)


def key_address(row: KeyRow, group: int = 1) -> str:
    """密钥地址: of the group (SC appendix B). Raises TerminalStopped for a key that has none, or not so many groups."""
    if row.hsm is None or group > row.groups:
        said = f"密钥{row.name}第{group}组无地址", f"group {group} of key {row.name} has no address"
        raise TerminalStopped(StopCause.UNSUPPORTED, detail=said)
    return f"{row.hsm + group - 1:04X}"


def purchase_address(asked: SettlementAsked) -> str:
    """Of the version that the card names in its answer, as a PSAM goes by it, too. Raises TerminalStopped."""
    return key_address(asked.row, max(asked.begun[_VERSION], 1))


class AskedBackEnd:
    """One back end, asked in the terminal's name. ``running`` gives the number of each request, a new one each time,
    also after power was lost; ``skip`` is called if one was another request's all the same, for the storage may have
    been copied back: the refusal stands, the next numbers are to be others.

    All methods raise TerminalStopped: no answer came, the back end refused, or its answer belongs to no such request.
    """

    def __init__(
        self,
        back_end: SocialBackEnd | None,
        running: Callable[[], int],
        terminal: bytes = NO_TERMINAL,
        skip: Callable[[], None] = lambda: None,
    ) -> None:
        self._back_end = back_end
        self._running, self._skip = running, skip
        self.terminal = terminal

    def numbers(self) -> dict[str, Any]:
        """What a new request is named by, as arguments of its class."""
        return {"terminal": self.terminal.hex(), "running": self._running()}

    def ask(self, request: Request) -> Answer:
        """The answer, well-formed and to this request, of whatever kind."""
        if self._back_end is None:
            raise TerminalStopped(StopCause.NO_BACK_END, detail=("未连接后台", "no back end is connected"))
        try:
            answer = self._back_end.ask(request)
        except NoAnswer as silent:
            raise TerminalStopped(StopCause.NO_BACK_END, detail=("", str(silent))) from None
        if answer.running != request.running or not _well_formed(answer):
            raise unfit_answer()
        if isinstance(answer, ServiceRefused):
            if answer.code == NUMBER_USED:
                self._skip()
            raise BackEndRefused(answer, clause_of(request))
        return answer

    def answered(self, kind: type[A], request: Request) -> A:
        """The answer, of the kind that the request wants."""
        answer = self.ask(request)
        if not isinstance(answer, kind):
            raise unfit_answer()
        return answer

    # --- what an HSM computes ---

    def identified(self, card: ReadCard, internal: ProofNumbers, external: ProofNumbers = NO_NUMBERS) -> Identified:
        """Data of IRK and, where there are numbers for it, of RKSSSE."""
        request = IdentificationAsked(
            **self._of(card),
            internal_factor=_hexed(internal.factor),
            internal_original=_hexed(internal.original),
            external_factor=_hexed(external.factor),
            external_original=_hexed(external.original),
        )
        return self.answered(Identified, request)

    def proved(self, card: ReadCard, key: str, numbers: ProofNumbers) -> Proved:
        """Data of the key at an address."""
        factor, original = _hexed(numbers.factor), _hexed(numbers.original)
        return self.answered(Proved, ProofAsked(**self._of(card), key=key, factor=factor, original=original))

    def command(self, card: ReadCard, key: str, factor: bytes, header: bytes, pin: str) -> bytes:
        """A whole command under MAC; ``header`` with its Lc. Another command than that is none."""
        request = CommandAsked(**self._of(card), key=key, factor=_hexed(factor), header=_hexed(header), pin=pin)
        command = bytes.fromhex(self.answered(CommandSecured, request).command)
        if command[: len(header)] != header or len(command) != len(header) + header[-1]:
            raise unfit_answer()
        return command

    def purchase_mac(self, card: ReadCard, purchase: Mapping[str, Any]) -> PurchaseMac:
        """MAC1. ``purchase``: as ``purchase_numbers`` makes it."""
        return self.answered(PurchaseMac, PurchaseMacAsked(**self._of(card), **purchase))

    def check_mac2(self, card: ReadCard, purchase: Mapping[str, Any], begun: PurchaseBegun, mac2: bytes) -> bool:
        """True if MAC2 is right."""
        request = PurchaseMacCheckAsked(
            **self._of(card),
            **purchase,
            terminal_sequence=_hexed(begun.terminal_sequence),
            mac2=_hexed(mac2),
        )
        try:
            self.answered(ServiceDone, request)
        except BackEndRefused as refused:
            if refused.refusal.code == _MAC2_REFUSED:
                return False
            raise
        return True

    def _of(self, card: ReadCard) -> dict[str, Any]:
        return {**self.numbers(), "card": card}


class BackEndRefused(TerminalStopped):
    """The back end said no; ``refusal`` is its answer, ``ref`` the clause of what was asked."""

    def __init__(self, refusal: ServiceRefused, ref: str = "") -> None:
        super().__init__(StopCause.BACK_END_REFUSED, detail=(refusal.zh, refusal.en), ref=ref)
        self.refusal = refusal


_CLAUSES: Mapping[tuple[type, ...], str] = MappingProxyType(
    {
        (UpdateAsked, UpdateReported): "SSC-7 §8",
        (LoadAsked, LoadReported): "SSC-7 §11",
        (PreSettlementAsked, SettlementReported, SettlementGivenUp): "SSC-7 §12",
        (CardCheckAsked,): "SC appendix C",
        (PremiumAsked, PremiumPaid, PremiumCancelled): "总体方案 二（二）",
        (SettlementCancelled,): "inferred",
    }
)


def clause_of(request: object) -> str:
    """Where it stands what the back end is for; empty for what only computes."""
    return next((clause for kinds, clause in _CLAUSES.items() if isinstance(request, kinds)), "")


def _well_formed(answer: Answer) -> bool:
    """True for one that has the form of the messages; a back end in this process may give any."""
    try:
        msgspec.convert(msgspec.to_builtins(answer), Answer)
    except msgspec.MsgspecError:
        return False
    return True


def unfit_answer() -> TerminalStopped:
    """An answer of another kind than the request wants."""
    return TerminalStopped(StopCause.BACK_END_REFUSED, detail=("应答不符", "its answer does not belong to the request"))


class HsmPath:
    """A ``SecurityPath`` through the back end."""

    kind = PathKind.HSM

    def __init__(self, back_end: AskedBackEnd) -> None:
        self._back_end = back_end
        self._read: ReadCard | None = None

    def begin(self, card: CardEnvironment) -> None:
        """See the protocol."""
        self._read = said_of(card)

    @property
    def terminal(self) -> bytes:
        """As the back end knows the terminal."""
        return self._back_end.terminal

    def purchase_index(self) -> int:
        """The first."""
        return 1

    def irk_group(self) -> int:
        """The first, which needs no name."""
        return 0

    def original(self) -> bytes | None:
        """Of the card (SC §1.2.3)."""
        return None

    def card_proof(self, factor: bytes, original: bytes) -> bytes:
        """See the protocol."""
        return bytes.fromhex(self._back_end.identified(self._card, ProofNumbers(factor, original)).internal_data)

    def is_card_proof(self, factor: bytes, original: bytes, answered: bytes) -> bool:
        """See the protocol."""
        return same(self.card_proof(factor, original), answered)

    def key_proof(self, row: KeyRow, factor: bytes, original: bytes) -> KeyProof:
        """See the protocol."""
        answer = self._back_end.proved(self._card, key_address(row), ProofNumbers(factor, original))
        return KeyProof(bytes.fromhex(answer.data), bytes.fromhex(answer.original))

    def secured(
        self, row: KeyRow, random: bytes, header: bytes, plain: bytes | None = None, clear: bytes = b""
    ) -> bytes:
        """See the protocol."""
        if clear or (plain and header[1] != _PIN_COMMAND):
            raise TerminalStopped(StopCause.UNSUPPORTED, detail=("加密机不计算更新命令", "no HSM secures an update"))
        length = secured_length(plain, wide=self._card.algorithm != "01")
        pin = _hexed(plain or b"").rstrip("F")
        return self._back_end.command(self._card, key_address(row), random, header + bytes((length,)), pin)

    def begin_purchase(self, asked: SettlementAsked) -> PurchaseBegun:
        """See the protocol."""
        answer = self._back_end.purchase_mac(self._card, _purchase(asked))
        return PurchaseBegun(*(bytes.fromhex(each) for each in (answer.terminal_sequence, answer.time, answer.mac1)))

    def check_purchase(self, asked: SettlementAsked, begun: PurchaseBegun, mac2: bytes) -> bool:
        """See the protocol."""
        return self._back_end.check_mac2(self._card, _purchase(asked), begun, mac2)

    @property
    def _card(self) -> ReadCard:
        if self._read is None:
            raise TerminalStopped(StopCause.NO_CARD)
        return self._read


def secured_length(plain: bytes | None, *, wide: bool) -> int:
    """Lc: MAC 4, in front of it the cipher text of LD ‖ PIN (SSC-4 §8.3)."""
    block = 16 if wide else 8
    return 4 + (-(-(1 + len(plain)) // block) * block if plain else 0)


def _purchase(asked: SettlementAsked) -> dict[str, Any]:
    begun = asked.begun
    return purchase_numbers(purchase_address(asked), begun[18:22], begun[14:16], asked.order)


def purchase_numbers(key: str, random: bytes, sequence: bytes, order: Purchase) -> dict[str, Any]:
    """What MAC1 and MAC2 are made of, as arguments of both requests; ``random`` 4 and ``sequence`` 2 of the card."""
    return {
        "key": key,
        "random": _hexed(random),
        "sequence": _hexed(sequence),
        "account": order.account,
        "self_paid": order.self_paid,
        "pooled": order.pooled,
        "kind": f"{order.kind:02X}",
        "time": order.time.hex(),
    }


def _hexed(raw: bytes) -> str:
    return raw.hex().upper()
