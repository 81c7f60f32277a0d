"""One payment as the terminal stores it, whole: what its reversal, its upload and its slip need.

Nothing in it is secret: no PIN, track or key. The account number stays until its batch is settled, for a reversal or an
upload needs it; texts show it masked.
"""

from __future__ import annotations

from msgspec import Struct

from dualcos.messages.acquirer_messages import masked_account
from dualcos.messages.authorisation import Business, Fen12
from dualcos.terminal.financial.payment_states import OPEN_PAYMENT_STATES, PaymentState


class ChipFacts(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a slip and an upload say of the chip, hex; texts as the card has them. ``kind``: of the cryptogram, TC,
    ARQC or AAC. ``field55``: as it was, or is to be, sent.
    """

    aid: str = ""
    label: str = ""
    name: str = ""
    atc: str = ""
    kind: str = ""
    cryptogram: str = ""
    tvr: str = ""
    tsi: str = ""
    unpredictable: str = ""
    aip: str = ""
    issuer_data: str = ""
    capabilities: str = ""
    cvm: str = ""
    field55: str = ""


class OriginalPayment(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a void or a refund takes back. ``day``: MMDD; ``reference``: its field 37."""

    batch: str
    voucher: str
    day: str
    reference: str = ""
    approval: str = ""


class ValueAdded(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """增值服务 of one payment. ``before``: the price before the merchant's special one, 0 if it is the usual price;
    ``earned``, ``points``: by this payment, and in all behind it, None where nobody said.
    """

    member: str
    before: Fen12 = 0
    earned: int | None = None
    points: int | None = None


class PaymentRecord(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A payment. ``business``: name of a ``Business``. ``voucher``: 票据号, which is its field 11; ``moment``: the
    terminal's, YYYYMMDDhhmmss. ``entry``: field 22. ``code``, ``reference``, ``approval``, ``day``: fields 39, 37, 38,
    15 of an answer that was believed; ``issuer``: its 44. ``offline``: the terminal approved or declined alone.
    ``reason``: of a reversal, 98, 96, 06, A0. ``note``: for people, more than the code. ``signature``: the slip has a
    line for it. ``told``: whoever stands at the terminal has its slip. ``retained``: the terminal keeps the card.
    ``in_machine``: card or notes are where their holder does not reach them, and are still to be kept or given back.
    ``printing``: the state whose slip went to the printer last. ``replaced``: another payment has the only slip.
    """

    state: PaymentState
    business: str
    batch: str
    voucher: str
    moment: str
    terminal: str
    merchant: str
    pan: str
    sequence: str = ""
    expiry: str = ""
    amount: Fen12 = 0
    entry: str = "052"
    offline: bool = False
    code: str = ""
    reference: str = ""
    approval: str = ""
    day: str = ""
    issuer: str = ""
    reason: str = ""
    note: tuple[str, str] = ("", "")
    chip: ChipFacts | None = None
    original: OriginalPayment | None = None
    account_to: str = ""
    value_added: ValueAdded | None = None
    balances: tuple[int, int] | None = None
    signature: bool = False
    told: bool = False
    retained: bool = False
    in_machine: bool = False
    printing: str = ""
    replaced: bool = False

    @property
    def kind(self) -> Business:
        """What was asked for."""
        return Business[self.business]

    @property
    def is_open(self) -> bool:
        """True while it is not decided; what waits to be sent is another matter."""
        return self.state in OPEN_PAYMENT_STATES

    @property
    def masked_pan(self) -> str:
        """As texts show it."""
        return masked_account(self.pan)

    @property
    def as_original(self) -> OriginalPayment:
        """What a void or a refund names it by."""
        return OriginalPayment(
            batch=self.batch,
            voucher=self.voucher,
            day=self.day or self.moment[4:8],
            reference=self.reference,
            approval=self.approval,
        )

    def __repr__(self) -> str:
        """No account."""
        return f"<PaymentRecord {self.business} {self.voucher} {self.amount} {self.state.value}>"
