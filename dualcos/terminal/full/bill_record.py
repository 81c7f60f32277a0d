"""One bill as the terminal stores it: which settlement and which payments belong together, and what is left to pay.

Nothing in it is secret, and no account number: payments are named by their numbers in the same journal.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from dualcos.messages.social_services import (
    Fen,
    PremiumCancelled,
    PremiumDue,
    PremiumPaid,
    ReadCard,
    ServiceRefused,
    SettlementCancelled,
    SettlementTakenBack,
    TerminalNumber,
)
from dualcos.terminal.full.bill_states import BillKind, BillState
from dualcos.terminal.social.hsm_path import same_card

Number = Annotated[int, Meta(ge=0)]
PremiumReport = PremiumPaid | PremiumCancelled
CASH, OTHER_CARD = "cash", "other-card"
"""How else a bill is paid."""


class Bill(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A bill. ``card``: the social side's, whose bank side is to pay; ``terminal``: its number at the social back end.
    ``total``: what is settled; ``own``: 自费, which no insurance knows of; ``due``: what is left to the holder of both,
    or the premium; fen. ``moment``: when it was begun, YYYYMMDDhhmmss. ``records_before``: number of the newest social
    record then; ``record``: of the settlement, 0 while there is none. ``payments_before``: number of the newest payment
    when the last try to pay began; ``tries``: numbers of all payments that came of it; ``payment``: the one that
    stands, 0 if none does; ``refund``: the one that gives it back where its batch was settled, 0 if none is under way.
    ``elsewhere``: how else it was paid, ``elsewhere_at``: when. ``cleared``: payments of which a person has found out
    what the bank did. ``distrusted``: the back end has refused the settlement's TAC when it was paid for already.
    ``premium``: what the back end wants. ``reports``: what it is still to be told, in this order; ``cancel``: what it
    is asked; ``refusal``: what it said to either; ``taken_back``: what it has taken back, None also where the answer
    that said so was lost. ``why``: nothing was settled, or nothing was asked of the bank, for people. ``told``: whoever
    stands there has the slip of how it stands; ``printed``: what those slips tell that went to the printer, each once.
    """

    kind: BillKind
    state: BillState
    card: ReadCard
    terminal: TerminalNumber
    moment: str
    total: Fen = 0
    own: Fen = 0
    due: Fen = 0
    records_before: Number = 0
    record: Number = 0
    payments_before: Number = 0
    tries: tuple[Number, ...] = ()
    payment: Number = 0
    refund: Number = 0
    elsewhere: str = ""
    elsewhere_at: str = ""
    cleared: tuple[Number, ...] = ()
    distrusted: bool = False
    premium: PremiumDue | None = None
    reports: tuple[PremiumReport, ...] = ()
    cancel: SettlementCancelled | None = None
    refusal: ServiceRefused | None = None
    taken_back: SettlementTakenBack | None = None
    why: tuple[str, str] = ("", "")
    told: bool = False
    printed: tuple[str, ...] = ()

    def of_card(self, card: ReadCard) -> bool:
        """True for the same card."""
        return same_card(self.card, card)
