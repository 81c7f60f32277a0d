"""What a social terminal and the bureau's back end say to each other (联机处理): requests, and one answer to each.

A message is a JSON object; ``service`` or ``answer`` says which. No standard fixes the form; the services, and what
each must carry, are those of the provinces' interfaces (SC §1 to §9, appendix C; SSC-7 §8, §11, §12; 人社信息函
〔2012〕38号). Bytes are hex in capitals, amounts whole fen, times YYYYMMDDhhmmss.
"""

from __future__ import annotations

from typing import Annotated, Protocol, TypeAlias

from msgspec import Meta, Struct

from dualcos.textforms.whole_texts import whole


def _hex(count: int | str) -> Meta:
    """So many bytes in hex."""
    return Meta(pattern=whole(f"([0-9A-F]{{2}}){{{count}}}"))


Bytes2: TypeAlias = Annotated[str, _hex(2)]
Bytes4: TypeAlias = Annotated[str, _hex(4)]
Bytes8: TypeAlias = Annotated[str, _hex(8)]
Bytes16: TypeAlias = Annotated[str, _hex(16)]
Octets = Annotated[str, _hex("0,255")]
OrNothing8 = Annotated[str, Meta(pattern=whole("(([0-9A-F]{2}){8})?"))]
Region = Annotated[str, Meta(pattern=whole("[0-9]{6}"))]
TerminalNumber = Annotated[str, Meta(pattern=whole("[0-9]{12}"))]
Time = Annotated[str, Meta(pattern=whole("[0-9]{14}"))]
Fen = Annotated[int, Meta(ge=0, le=0xFFFFFFFF)]
Running = Annotated[int, Meta(ge=0, le=0x7FFF_FFFF_FFFF_FFFF)]
KeyAddress = Annotated[str, Meta(pattern=whole("[0-9A-F]{4}"))]
Scheme = Annotated[str, Meta(pattern=whole("[0-9]{3}"))]
"""险种类型, as cards have it: 110, 310, 390."""
_PERIOD = "[0-9]{4}(0[1-9]|1[0-2])?"
PERIOD = whole(_PERIOD)
Period = Annotated[str, Meta(pattern=PERIOD)]
"""费款所属期: a month YYYYMM or a year YYYY."""
OrNoPeriod = Annotated[str, Meta(pattern=whole(f"({_PERIOD})?"))]


class ReadCard(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the terminal read of the card, as far as keys and register need it. ``algorithm``: 01, 02 or 03."""

    region: Region
    historical: Annotated[str, _hex(13)]
    algorithm: Annotated[str, Meta(pattern=whole("0[123]"))]
    identification: Bytes16
    number: Annotated[str, Meta(max_length=9)] = ""


class _Request(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="service"):
    """``terminal`` and ``running`` name a request: the same two with the same content is the same request again."""

    terminal: TerminalNumber
    running: Running
    card: ReadCard


class IdentificationAsked(_Request, frozen=True, kw_only=True, tag="identification"):
    """内部认证 by the HSM (SC §1.2): what INTERNAL AUTHENTICATION must have answered, and the proof of RKSSSE if the
    two external numbers are given (cards of 3.0).
    """

    internal_factor: Bytes8
    internal_original: Bytes8
    external_factor: OrNothing8 = ""
    external_original: OrNothing8 = ""


class ProofAsked(_Request, frozen=True, kw_only=True, tag="proof"):
    """Data of EXTERNAL AUTHENTICATION by the key at ``key``, an address of the provincial key store (SC appendix B)."""

    key: KeyAddress
    factor: Bytes8
    original: Bytes8


class CommandAsked(_Request, frozen=True, kw_only=True, tag="command"):
    """A command under MAC: its header with Lc, and the PIN that goes enciphered into it, empty for none (SC §6.3)."""

    key: KeyAddress
    factor: Bytes8
    header: Annotated[str, _hex(5)]
    pin: Annotated[str, Meta(pattern=whole("[0-9]{0,16}"))] = ""

    def __repr__(self) -> str:
        """Without the PIN."""
        shown = (f"{name}={getattr(self, name)!r}" for name in self.__struct_fields__ if name != "pin")
        return f"{type(self).__name__}({', '.join(shown)})"


class PurchaseMacAsked(_Request, frozen=True, kw_only=True, tag="purchase-mac"):
    """MAC1 of a settlement by the HSM (SC §8.2)."""

    key: KeyAddress
    random: Bytes4
    sequence: Bytes2
    account: Fen = 0
    self_paid: Fen
    pooled: Fen
    kind: Annotated[str, _hex(1)] = "32"
    time: Time


class PurchaseMacCheckAsked(PurchaseMacAsked, frozen=True, kw_only=True, tag="purchase-mac-check"):
    """MAC2 of the same settlement, to be checked by the HSM."""

    terminal_sequence: Bytes4
    mac2: Bytes4


class CardCheckAsked(_Request, frozen=True, kw_only=True, tag="card-check"):
    """卡鉴权: is this card the register's, and not lost (SC appendix C 3)?"""


class UpdateAsked(_Request, frozen=True, kw_only=True, tag="update-permission"):
    """持卡人联网更新: may this terminal update ``file`` (``DF04EF05``), and what is to be written (SSC-7 §8)?"""

    file: Annotated[str, Meta(pattern=whole("(SSSE|DF0[1-7])EF[0-9A-F]{2}"))]


class UpdateReported(_Request, frozen=True, kw_only=True, tag="update-proof"):
    """What came of the update that ``permit`` allowed: the tags that were written, the last status word; 0000 if none
    came and the card was read back, or nothing was written.
    """

    permit: str
    written: tuple[str, ...]
    status: Bytes2


class LoadAsked(_Request, frozen=True, kw_only=True, tag="load"):
    """账户划入: what INITIALIZE FOR LOAD answered (SSC-7 §11)."""

    key_index: Annotated[int, Meta(ge=0, le=255)]
    amount: Fen
    balance: Fen
    sequence: Bytes2
    key_version: Annotated[str, _hex(1)]
    random: Bytes4
    mac1: Bytes4
    kind: Annotated[str, _hex(1)] = "31"


class LoadReported(_Request, frozen=True, kw_only=True, tag="load-proof"):
    """The card's TAC of the load ``voucher``; empty: the card did not credit it, and GET TRANSACTION PROOF says so.
    Only the terminal that asked for the load may say that. The rest is what the TAC is over, ``time`` the host's: with
    it a load counts that the back end does not know any more.
    """

    voucher: str
    tac: Annotated[str, Meta(pattern=whole("(([0-9A-F]{2}){4})?"))]
    amount: Fen | None = None
    balance: Fen | None = None
    sequence: Annotated[str, Meta(pattern=whole("(([0-9A-F]{2}){2})?"))] = ""
    time: Annotated[str, Meta(pattern=whole("([0-9]{14})?"))] = ""
    kind: Annotated[str, _hex(1)] = "31"


class PreSettlementAsked(_Request, frozen=True, kw_only=True, tag="pre-settlement"):
    """预结算: who pays what of ``total``. ``name`` and ``insured_at`` (结算险种参保地, six digits) as the card has
    them, empty where it does not. The three off-line figures: of cards that may settle off line (mode 2).
    """

    social_number: str
    name: str = ""
    insured_at: Annotated[str, Meta(pattern=whole("([0-9]{6})?"))] = ""
    total: Fen
    offline_flag: str = ""
    offline_amount: Fen | None = None
    offline_count: Annotated[int, Meta(ge=0, le=99)] | None = None


class SettlementReported(_Request, frozen=True, kw_only=True, tag="settlement"):
    """One settlement with its TAC and all that went into it; the same one again is counted once. ``voucher``: the
    back end's number of it, empty where it was made off line. ``mac2_wrong``: the PSAM or HSM refused the card's MAC2.
    ``recovered``: TAC by GET TRANSACTION PROOF.
    """

    voucher: str = ""
    key: KeyAddress
    account: Fen
    self_paid: Fen
    pooled: Fen
    kind: Annotated[str, _hex(1)] = "32"
    terminal_sequence: Bytes4
    sequence: Bytes2
    time: Time
    tac: Bytes4
    mac2_wrong: bool = False
    recovered: bool = False


class SettlementGivenUp(_Request, frozen=True, kw_only=True, tag="settlement-given-up"):
    """The settlement ``voucher`` did not come to be: the card has not debited, or was not asked to. ``unknown``: the
    card never came back, so nobody can say.
    """

    voucher: str
    unknown: bool = False


class SettlementCancelled(_Request, frozen=True, kw_only=True, tag="settlement-cancelled"):
    """撤销结算: a settlement that was reported is taken back at the back end; the card has no command for it. It is
    named by ``voucher``, or by what its TAC came with (one made off line has no voucher at the terminal): ``time``,
    ``terminal_sequence``, ``sequence`` and ``tac``, all four or none. With both, both must be its own.
    """

    voucher: str = ""
    time: Annotated[str, Meta(pattern=whole("([0-9]{14})?"))] = ""
    terminal_sequence: Annotated[str, Meta(pattern=whole("(([0-9A-F]{2}){4})?"))] = ""
    sequence: Annotated[str, Meta(pattern=whole("(([0-9A-F]{2}){2})?"))] = ""
    tac: Annotated[str, Meta(pattern=whole("(([0-9A-F]{2}){4})?"))] = ""


class BankPayment(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the bank's slip names a payment by: fields 42, 41, 60.2, 11 and 37. No account. ``reference`` is empty where
    the bank gave none.
    """

    merchant: Annotated[str, Meta(pattern=whole("[0-9A-Z]{15}"))]
    bank_terminal: Annotated[str, Meta(pattern=whole("[0-9A-Z]{8}"))]
    batch: Annotated[str, Meta(pattern=whole("[0-9]{6}"))]
    bank_voucher: Annotated[str, Meta(pattern=whole("[0-9]{6}"))]
    reference: Annotated[str, Meta(pattern=whole("([0-9A-Z]{12})?"))] = ""


class PremiumAsked(_Request, frozen=True, kw_only=True, tag="premium"):
    """社会保险费缴纳: what is due of the card's holder next; asked again before it is paid, the same. ``scheme`` and
    ``period`` choose, empty for any.
    """

    scheme: Annotated[str, Meta(pattern=whole("([0-9]{3})?"))] = ""
    period: OrNoPeriod = ""


class PremiumPaid(_Request, frozen=True, kw_only=True, tag="premium-paid"):
    """The holder has paid the premium ``voucher`` at ``time``, in one sum; ``payment``: None for cash at the counter.
    The same payment again is taken once; if it is refused as paid already, this payment is to be given back.
    """

    voucher: str
    amount: Fen
    time: Time
    payment: BankPayment | None = None


class PremiumCancelled(_Request, frozen=True, kw_only=True, tag="premium-cancelled"):
    """The payment of ``voucher`` made at ``time`` was voided, reversed or given back: it does not count, whether its
    PremiumPaid came, comes later, or never. What it had paid is due again.
    """

    voucher: str
    time: Time
    payment: BankPayment | None = None


class BlacklistAsked(
    Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="service", tag="blacklist"
):
    """黑名单: what has been published behind list ``after``, 0 for everything. ``history``: of that list, empty if it
    is not told. ``offset``: so many characters of the first list behind it are there already.
    """

    terminal: TerminalNumber
    running: Running
    after: Annotated[int, Meta(ge=0)] = 0
    history: Annotated[str, Meta(pattern=whole("([0-9A-F]{64})?"))] = ""
    offset: Annotated[int, Meta(ge=0)] = 0


Request = (
    IdentificationAsked
    | ProofAsked
    | CommandAsked
    | PurchaseMacAsked
    | PurchaseMacCheckAsked
    | CardCheckAsked
    | UpdateAsked
    | UpdateReported
    | LoadAsked
    | LoadReported
    | PreSettlementAsked
    | SettlementReported
    | SettlementGivenUp
    | SettlementCancelled
    | PremiumAsked
    | PremiumPaid
    | PremiumCancelled
    | BlacklistAsked
)


class _Answer(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="answer"):
    """``running``: of the request that is answered."""

    running: Running


class ServiceRefused(_Answer, frozen=True, kw_only=True, tag="refused"):
    """No, and why: ``code`` in words with hyphens, the rest for people."""

    code: str
    zh: str
    en: str


class ServiceDone(_Answer, frozen=True, kw_only=True, tag="done"):
    """Taken."""


class Identified(_Answer, frozen=True, kw_only=True, tag="identified"):
    """The two pairs, data first; the external ones are empty where they were not asked for."""

    internal_data: Bytes8
    internal_original: Bytes8
    external_data: OrNothing8 = ""
    external_original: OrNothing8 = ""


class Proved(_Answer, frozen=True, kw_only=True, tag="proved"):
    """Data ‖ original of EXTERNAL AUTHENTICATION."""

    data: Bytes8
    original: Bytes8


class CommandSecured(_Answer, frozen=True, kw_only=True, tag="secured"):
    """The whole command: header ‖ cipher text ‖ MAC."""

    command: Octets


class PurchaseMac(_Answer, frozen=True, kw_only=True, tag="mac1"):
    """The back end's counter of the terminal, the time that went into MAC1, MAC1."""

    terminal_sequence: Bytes4
    time: Time
    mac1: Bytes4


class CardChecked(_Answer, frozen=True, kw_only=True, tag="checked"):
    """``state``: AAZ502, 1 is in use; ``insured_at``: place of insurance 参保地, six digits."""

    state: str
    insured_at: Region


class UpdateGranted(_Answer, frozen=True, kw_only=True, tag="granted"):
    """All that is to be written, at once: tag to value in hex. ``permit`` names it in the report."""

    permit: str
    items: dict[str, Octets]


class LoadGranted(_Answer, frozen=True, kw_only=True, tag="credit"):
    """The account at the back end is debited: host time, MAC2, the host's number of the load."""

    voucher: str
    time: Time
    mac2: Bytes4


class PreSettled(_Answer, frozen=True, kw_only=True, tag="pre-settled"):
    """``account``: from the personal account, ``pooled``: from the fund, ``self_paid``: left to the holder; their sum
    is the total. ``voucher``: the settlement's number.
    """

    voucher: str
    account: Fen
    pooled: Fen
    self_paid: Fen


class SettlementTaken(_Answer, frozen=True, kw_only=True, tag="settled"):
    """The TAC is right and the settlement is booked. The three figures are for the temporary off-line file (mode 2)."""

    voucher: str
    offline_flag: str = ""
    offline_amount: Fen | None = None
    offline_count: Annotated[int, Meta(ge=0, le=99)] | None = None


class SettlementTakenBack(_Answer, frozen=True, kw_only=True, tag="taken-back"):
    """The settlement ``voucher`` is cancelled, under the number ``cancellation``. ``account`` is on the personal
    account again, ``pooled`` in the fund, ``self_paid`` is to be given back to the holder. ``to_load``: of ``account``,
    what the card's own account was debited; it comes onto the card by its next load.
    """

    voucher: str
    cancellation: str
    account: Fen
    pooled: Fen
    self_paid: Fen
    to_load: Fen = 0


class PremiumDue(_Answer, frozen=True, kw_only=True, tag="premium-due"):
    """One premium, payable in one sum. ``voucher`` names it in the report; ``payee``: name of the fund's account
    收款户名; ``left``: so many more are due of the holder, whichever were asked for.
    """

    voucher: str
    amount: Fen
    scheme: Scheme
    scheme_zh: str
    scheme_en: str
    period: Period
    payee: str
    left: Annotated[int, Meta(ge=0)] = 0


class BlacklistSent(_Answer, frozen=True, kw_only=True, tag="blacklist"):
    """Signed lists (``dualcos.messages`` blacklist form), in order; ``left``: so many more are there, to be asked for
    behind the last of these. ``rest``: the one list here is a piece of one, and so many characters come behind it.
    """

    lists: tuple[str, ...]
    left: Annotated[int, Meta(ge=0)] = 0
    rest: Annotated[int, Meta(ge=0)] = 0


Answer = (
    ServiceRefused
    | ServiceDone
    | Identified
    | Proved
    | CommandSecured
    | PurchaseMac
    | CardChecked
    | UpdateGranted
    | LoadGranted
    | PreSettled
    | SettlementTaken
    | SettlementTakenBack
    | PremiumDue
    | BlacklistSent
)


class NoAnswer(Exception):
    """Nobody answered in time, or there is no connection: whether the request was carried out is not known.

    ``sent`` False: it certainly was not, as nothing went out.
    """

    def __init__(self, text: str, *, sent: bool = True) -> None:
        super().__init__(text)
        self.sent = sent


class SocialBackEnd(Protocol):
    """Whoever answers a terminal: over TCP, or in this process."""

    def ask(self, request: Request) -> Answer:
        """The answer to this request; never another's. Raises NoAnswer."""
        ...
