"""What an ATM on this machine has besides its kernel: its cash dispenser, of which what it has paid stays in a file of
its own, whatever happens to the terminal; the module that takes notes in; the slot of the card.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from dualcos.cli.standing.step_kinds import yuan
from dualcos.cli.user_faults import Fault
from dualcos.sqlitefile.durable_database import IN_MEMORY, DatabaseFault, DatabaseForm, DurableDatabase
from dualcos.terminal.financial.payment_parts import DispenserFailed
from dualcos.terminal.terminal_parts import PartText

BESIDE_STORAGE = ".cash"
_FORM = DatabaseForm(
    "CREATE TABLE paid (mark TEXT PRIMARY KEY, amount INTEGER NOT NULL);", application=0x64756361, format=1
)


class CashCassette(DurableDatabase):
    """See ``CashDispenser``. ``show``: whoever stands there sees the notes. Raises Fault for a file that is none."""

    def __init__(self, storage: str | None, show: Callable[[PartText], None]) -> None:
        self._show = show
        super().__init__(IN_MEMORY if storage is None else Path(f"{storage}{BESIDE_STORAGE}"), _FORM)

    def _fault(self, fault: DatabaseFault) -> Fault:
        return Fault(
            f"{fault.path}: {fault.words or 'it is not what a cash dispenser has paid; name another --storage'}"
        )

    def pay(self, voucher: str, amount: int) -> None:
        """Once for a mark; noted first: what is not noted is not paid."""
        try:
            with self.transaction():
                self._ask("INSERT INTO paid VALUES (?, ?)", voucher, amount)
        except Fault:
            raise DispenserFailed from None
        self._show(PartText(f"出钞{yuan(amount)}元，请取走", f"take your cash: {yuan(amount)}"))

    def has_paid(self, voucher: str) -> bool:
        """Whether it has."""
        return bool(self._ask("SELECT 1 FROM paid WHERE mark = ?", voucher))


class NotesTypedIn:
    """See ``CashAcceptor``: the notes are those that somebody says he has put in."""

    def __init__(self, show: Callable[[PartText], None]) -> None:
        self._show, self._held = show, 0

    def take(self, amount: int) -> None:
        """They are held from now on."""
        self._held = amount
        self._show(PartText(f"已点钞{yuan(amount)}元，暂存", f"{yuan(amount)} counted, held"))

    def keep(self) -> None:
        """They are the bank's."""
        self._held = 0
        self._show(PartText("钞票已入库", "the notes stay in the machine"))

    def give_back(self) -> None:
        """They come out again, if there are any."""
        if self._held:
            self._show(PartText(f"请取回钞票{yuan(self._held)}元", f"take your notes back: {yuan(self._held)}"))
        self._held = 0


class SlotOfCard:
    """See ``CardTray``: a card in this process, or one that somebody takes out of a reader."""

    def __init__(self, pull: Callable[[], None], show: Callable[[PartText], None]) -> None:
        self._pull, self._show = pull, show

    def retain(self) -> None:
        """It goes where its holder does not reach it."""
        self._pull()
        self._show(PartText("卡片已吞没", "the card is kept"))

    def give_back(self) -> None:
        """It stays in its slot until somebody takes it."""
