"""A terminal with a card in it, or none: what the steps of a counter work on."""

from __future__ import annotations

from collections.abc import Callable

from dualcos.cli.standing.hand_at_card import HandAtCard
from dualcos.terminal.social.blacklist_held import HeldBlacklist
from dualcos.terminal.social.card_at_terminal import CardAtTerminal
from dualcos.terminal.social.hsm_path import AskedBackEnd
from dualcos.terminal.social.medical_desk import MedicalDesk
from dualcos.terminal.social.medical_records import SettlementMode
from dualcos.terminal.social.social_terminal import SocialTerminal
from dualcos.terminal.social.terminal_journal import TerminalJournal
from dualcos.terminal.social.terminal_stopped import TerminalStopped
from dualcos.terminal.social.updates_in_journal import UpdatesInJournal


class CounterAtWork:
    """``hand``: at a card in this process; None at a reader, where people put cards in. ``journal``: what
    the terminal must not forget; open as long as this is used. ``blacklist``: the list that
    ``terminal`` goes by. ``met``: called with each card that was admitted; raises Fault if nothing is to be done
    with it.
    """

    def __init__(
        self,
        terminal: SocialTerminal,
        hand: HandAtCard | None,
        journal: TerminalJournal,
        blacklist: HeldBlacklist | None = None,
        met: Callable[[CardAtTerminal], None] = lambda _: None,
    ) -> None:
        self.terminal = terminal
        self.blacklist = blacklist
        self.desk = MedicalDesk(terminal, journal)
        self.hand = hand
        self.updates = UpdatesInJournal(journal)
        self._at: CardAtTerminal | None = None
        self._met = met

    @property
    def admitted(self) -> CardAtTerminal | None:
        """The card, if it was admitted in this insertion and nothing has stopped since."""
        return self._at

    def card(self) -> CardAtTerminal:
        """The card in the terminal, admitted now if it was not yet (SSC-7 §5.1 to §5.4). Raises TerminalStopped."""
        if self._at is None:
            at = self.terminal.admit()
            self._met(at)
            self._at = at
        return self._at

    def back_end(self) -> AskedBackEnd:
        """The back end; one that nobody named does not answer."""
        return self.terminal.parts.back_end or AskedBackEnd(None, self.desk.journal.next_running)

    def desk_in(self, mode: SettlementMode | None) -> MedicalDesk:
        """The desk of a region that settles in ``mode``; None: of the one that this terminal stands in."""
        if mode is None:
            return self.desk
        return MedicalDesk(self.terminal, self.desk.journal, self.desk.terms._replace(mode=mode))

    @property
    def is_something_open(self) -> bool:
        """True if a transaction or an update waits for its card. Raises TerminalStopped."""
        return bool(self.desk.journal.open_records()) or self.updates.pending() is not None

    @property
    def waits_for_card(self) -> bool:
        """The same, where that is known: False where the storage fails, which steps complain of."""
        try:
            return self.is_something_open
        except TerminalStopped:
            return False

    def left(self) -> None:
        """Whatever card is in has to be admitted anew: it was let go of."""
        self._at = None

    def forget(self) -> None:
        """The same; it loses its power (SSC-7 §5.5)."""
        self.left()
        self.terminal.parts.card.power_off()
