"""One load (划入) or settlement (消费) as the terminal stores it, whole (SSC-7 §12.6; SSC-8 §6.4.1.1).

Nothing in it is secret: no PIN, no key, no MAC that still opens anything.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Annotated, NamedTuple

from msgspec import Meta, Struct

from dualcos.messages.social_services import (
    Fen,
    LoadAsked,
    PreSettlementAsked,
    ReadCard,
    ServiceRefused,
    TerminalNumber,
)
from dualcos.terminal.social.hsm_path import same_card
from dualcos.terminal.social.medical_record_states import RecordState
from keys.medical_macs import TYPE_SETTLEMENT


class SettlementMode(IntEnum):
    """How a region settles; it has chosen one (人社信息函〔2012〕38号)."""

    ONLINE = 1
    """联网: the back end says who pays; the card keeps the journal."""
    ONLINE_OR_OFFLINE = 2
    """联网且支持临时脱网: as above; while the network is down, within limits that the card carries."""
    OFFLINE = 3
    """脱网: the card holds the account's money."""


class CardFigures(NamedTuple):
    """The temporary off-line file (DF04 EF06): may it, how much (fen) and how often it has."""

    allowed: bool
    amount: int
    times: int


class InsuredPerson(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Whose settlement it is, as the card has it (人社信息函〔2012〕38号 1): 社会保障号码, 姓名, 结算险种参保地."""

    social_number: str
    name: str
    insured_at: str


class FigureUpdate(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An update of the temporary off-line file: what was read, what is to be there. ``adds``: one more settlement is
    put on top of whatever the file says; else it is the back end's figures. ``begun``: a first item may have been
    written; until then the file cannot hold anything of it. ``newest``: the card's number of the newest settlement in
    its log by then, empty where there was none to be seen: another one since has had the file to itself.
    """

    before: CardFigures
    after: CardFigures
    adds: bool
    begun: bool = False
    newest: str = ""
    written: bool = False


class MedicalRecord(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A transaction. ``mode`` is None for a load, whose amount is ``account``. ``total`` and ``shares`` (account,
    pooled, self-paid): who pays what, as far as it was said; ``account``, ``self_paid``, ``pooled``: what the card is
    told. ``kind``: type code, hex. ``sequence``: the card's, ``terminal_sequence``: of the PSAM or HSM, ``time``: of
    the terminal, of the host for a load; ``balance``: on the card before a load; hex and digits as in
    ``dualcos.messages.social_services``. ``recovered``: TAC by GET TRANSACTION PROOF. ``set_aside``: the operator goes
    on with other cards. ``asked``: the request, as long as its answer is not known. ``shown``: what the temporary
    off-line file said when the back end was asked. ``refusal``: of the back end. ``person``: of a settlement made off
    line, for its record alone has to say whose it was (人社信息函〔2012〕38号 3). ``told``: False from when the card is
    asked until whoever stands at the terminal has heard what came of it.
    """

    state: RecordState
    card: ReadCard
    terminal: TerminalNumber
    mode: SettlementMode | None = None
    key: str = ""
    key_index: Annotated[int, Meta(ge=0, le=255)] = 1
    key_version: str = ""
    account: Fen = 0
    self_paid: Fen = 0
    pooled: Fen = 0
    total: Fen = 0
    shares: tuple[Fen, Fen, Fen] | None = None
    kind: str = f"{TYPE_SETTLEMENT:02X}"
    voucher: str = ""
    sequence: str = ""
    terminal_sequence: str = ""
    time: str = ""
    balance: Fen | None = None
    tac: str = ""
    mac2: str = ""
    mac2_right: bool | None = None
    recovered: bool = False
    set_aside: bool = False
    asked: PreSettlementAsked | LoadAsked | None = None
    shown: CardFigures | None = None
    figures: FigureUpdate | None = None
    refusal: ServiceRefused | None = None
    told: bool = True
    person: InsuredPerson | None = None

    @property
    def is_load(self) -> bool:
        """划入."""
        return self.mode is None

    @property
    def is_open(self) -> bool:
        """True while something is to be done about it; a report that waits is another matter."""
        unwritten = self.figures is not None and not self.figures.written
        return self.state in _OPEN or not self.told or (self.state is RecordState.COMPLETE and unwritten)

    @property
    def offline(self) -> bool:
        """True if the back end did not know of it beforehand."""
        return not self.voucher

    def of_card(self, card: ReadCard) -> bool:
        """True for the same card."""
        return same_card(self.card, card)


_OPEN = (
    RecordState.ASKED,
    RecordState.AGREED,
    RecordState.AT_CARD,
    RecordState.ANSWERED,
    RecordState.PROVED,
    RecordState.UNKNOWN,
)
