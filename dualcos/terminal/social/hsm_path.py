"""The HSM path (SC §10.5): where the PSAM does not serve, the back end's HSM computes; all random numbers are the
card's. Settlements are counted by the back end.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from cos.ssse.tables.table_model import KeyRow
from dualcos.messages.social_services import (
    Answer,
    CommandAsked,
    CommandSecured,
    IdentificationAsked,
    Identified,
    NoAnswer,
    ProofAsked,
    Proved,
    PurchaseMac,
    PurchaseMacAsked,
    PurchaseMacCheckAsked,
    ReadCard,
    Request,
    ServiceDone,
    ServiceRefused,
    SocialBackEnd,
)
from dualcos.terminal.social.card_environment import CardEnvironment
from dualcos.terminal.social.security_path import KeyProof, PathKind, PurchaseBegun, SettlementAsked
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped
from keys.mac import same

NO_TERMINAL = bytes(6)
"""终端机编号 where there is no PSAM (SC §1.3.2)."""
NUMBER_USED = "running-number-used"
_MAC2_REFUSED = "mac2-wrong"
_PIN_COMMAND = 0x24


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
    """密钥地址: of the group (SC appendix B). Raises TerminalStopped for a key that has none."""
    if row.hsm is None:
        raise TerminalStopped(StopCause.UNSUPPORTED, detail=(f"密钥{row.name}无地址", f"key {row.name} has no address"))
    return f"{row.hsm + group - 1:04X}"


class AskedBackEnd:
    """One back end, asked in the terminal's name. ``running`` gives the number of each request, a new one each time,
    also after power was lost; ``skip`` is called if one was another request's all the same, for the storage may have
    been copied back: the refusal stands, the next numbers are to be others.
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
        """The answer. Raises TerminalStopped: none came, a malformed one or another's, or a refusal."""
        if self._back_end is None:
            raise TerminalStopped(StopCause.NO_BACK_END, detail=("未连接后台", "no back end is connected"))
        try:
            answer = self._back_end.ask(request)
        except NoAnswer as silent:
            raise TerminalStopped(StopCause.NO_BACK_END, detail=(str(silent), str(silent))) from None
        if answer.running != request.running or not _well_formed(answer):
            raise unfit_answer()
        if isinstance(answer, ServiceRefused):
            if answer.code == NUMBER_USED:
                self._skip()
            raise BackEndRefused(answer)
        return answer


class BackEndRefused(TerminalStopped):
    """The back end said no; ``refusal`` is its answer."""

    def __init__(self, refusal: ServiceRefused) -> None:
        super().__init__(StopCause.BACK_END_REFUSED, detail=(refusal.zh, refusal.en))
        self.refusal = refusal


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
        self._card: ReadCard | None = None

    def begin(self, card: CardEnvironment) -> None:
        """See the protocol."""
        self._card = said_of(card)

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
        answer = self._back_end.ask(
            IdentificationAsked(
                **self._numbers(), internal_factor=factor.hex().upper(), internal_original=original.hex().upper()
            )
        )
        if not isinstance(answer, Identified):
            raise unfit_answer()
        return bytes.fromhex(answer.internal_data)

    def is_card_proof(self, factor: bytes, original: bytes, answered: bytes) -> bool:
        """See the protocol."""
        return same(self.card_proof(factor, original), answered)

    def key_proof(self, row: KeyRow, factor: bytes, original: bytes) -> KeyProof:
        """See the protocol."""
        answer = self._back_end.ask(
            ProofAsked(
                **self._numbers(), key=key_address(row), factor=factor.hex().upper(), original=original.hex().upper()
            )
        )
        if not isinstance(answer, Proved):
            raise unfit_answer()
        return KeyProof(bytes.fromhex(answer.data), bytes.fromhex(answer.original))

    def secured(
        self, row: KeyRow, random: bytes, header: bytes, plain: bytes | None = None, clear: bytes = b""
    ) -> bytes:
        """See the protocol."""
        if clear or (plain and header[1] != _PIN_COMMAND):
            raise TerminalStopped(StopCause.UNSUPPORTED, detail=("加密机不计算更新命令", "no HSM secures an update"))
        numbers = self._numbers()
        length = secured_length(plain, wide=numbers["card"].algorithm != "01")
        answer = self._back_end.ask(
            CommandAsked(
                **numbers,
                key=key_address(row),
                factor=random.hex().upper(),
                header=(header + bytes((length,))).hex().upper(),
                pin=(plain or b"").hex().upper().rstrip("F"),
            )
        )
        if not isinstance(answer, CommandSecured):
            raise unfit_answer()
        command = bytes.fromhex(answer.command)
        if command[:4] != header or len(command) != 5 + length:
            raise unfit_answer()
        return command

    def begin_purchase(self, asked: SettlementAsked) -> PurchaseBegun:
        """See the protocol."""
        answer = self._back_end.ask(PurchaseMacAsked(**self._numbers(), **_purchase(asked)))
        if not isinstance(answer, PurchaseMac):
            raise unfit_answer()
        return PurchaseBegun(*(bytes.fromhex(each) for each in (answer.terminal_sequence, answer.time, answer.mac1)))

    def check_purchase(self, asked: SettlementAsked, begun: PurchaseBegun, mac2: bytes) -> bool:
        """See the protocol."""
        request = PurchaseMacCheckAsked(
            **self._numbers(),
            **_purchase(asked),
            terminal_sequence=begun.terminal_sequence.hex().upper(),
            mac2=mac2.hex().upper(),
        )
        try:
            answer = self._back_end.ask(request)
        except BackEndRefused as refused:
            if refused.refusal.code == _MAC2_REFUSED:
                return False
            raise
        if not isinstance(answer, ServiceDone):
            raise unfit_answer()
        return True

    def _numbers(self) -> dict[str, Any]:
        if self._card is None:
            raise TerminalStopped(StopCause.NO_CARD)
        return {**self._back_end.numbers(), "card": self._card}


def secured_length(plain: bytes | None, *, wide: bool) -> int:
    """Lc: MAC 4, in front of it the cipher text of LD ‖ PIN (SSC-4 §8.3)."""
    block = 16 if wide else 8
    return 4 + (-(-(1 + len(plain)) // block) * block if plain else 0)


def _purchase(asked: SettlementAsked) -> dict[str, Any]:
    begun, order = asked.begun, asked.order
    return {
        "key": key_address(asked.row),
        "random": begun[18:22].hex().upper(),
        "sequence": begun[14:16].hex().upper(),
        "account": order.account,
        "self_paid": order.self_paid,
        "pooled": order.pooled,
        "kind": f"{order.kind:02X}",
        "time": order.time.hex(),
    }
