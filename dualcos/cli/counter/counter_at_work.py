"""A terminal with a card in it, or none: what the steps of a counter work on."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from dualcos.cli.counter.hand_at_card import HandAtCard
from dualcos.cli.counter.steps_asked import StepAsked
from dualcos.cli.facts.terminal_facts import TerminalDetail
from dualcos.terminal.social.blacklist_held import HeldBlacklist
from dualcos.terminal.social.card_at_terminal import CardAtTerminal
from dualcos.terminal.social.hsm_path import AskedBackEnd
from dualcos.terminal.social.medical_desk import MedicalDesk
from dualcos.terminal.social.medical_records import SettlementMode
from dualcos.terminal.social.social_terminal import SocialTerminal
from dualcos.terminal.social.terminal_journal import TerminalJournal
from dualcos.terminal.social.terminal_stopped import TerminalStopped
from dualcos.terminal.social.updates_in_journal import UpdatesInJournal
from dualcos.terminal.terminal_parts import PartText


class StepDone(NamedTuple):
    """What the terminal says of a step that was done, on a line, and what it has to tell besides. ``but``: why nothing
    more is to come behind it, None where all is well.
    """

    said: PartText
    details: tuple[TerminalDetail, ...] = ()
    but: TerminalStopped | None = None


class StepKind(NamedTuple):
    """One step. ``usage``: what stands behind its name, for help and messages; ``least``, ``most``: how many words
    that are; ``options``: of ``STEP_OPTIONS``, those that it takes; ``run`` raises TerminalStopped, Fault.
    ``by_hand``: what is done to a card in this process, by no terminal. ``check`` raises Fault for words that no card
    is needed to find wrong.
    """

    name: str
    usage: str
    said: PartText
    run: Callable[[CounterAtWork, StepAsked], StepDone]
    least: int = 0
    most: int = 0
    options: tuple[str, ...] = ()
    by_hand: bool = False
    check: Callable[[StepAsked], object] = lambda _: None


class CounterAtWork:
    """``hand``: at a card in this process; None at a reader, where people put cards in. ``journal``: what
    the terminal must not forget; open as long as this is used. ``blacklist``: the list that
    ``terminal`` goes by.
    """

    def __init__(
        self,
        terminal: SocialTerminal,
        hand: HandAtCard | None,
        journal: TerminalJournal,
        blacklist: HeldBlacklist | None = None,
    ) -> None:
        self.terminal = terminal
        self.blacklist = blacklist
        self.desk = MedicalDesk(terminal, journal)
        self.hand = hand
        self.updates = UpdatesInJournal(journal)
        self._at: CardAtTerminal | None = None

    @property
    def admitted(self) -> CardAtTerminal | None:
        """The card, if it was admitted in this insertion and nothing has stopped since."""
        return self._at

    def card(self) -> CardAtTerminal:
        """The card in the terminal, admitted now if it was not yet (SSC-7 §5.1 to §5.4). Raises TerminalStopped."""
        if self._at is None:
            self._at = self.terminal.admit()
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

    def forget(self) -> None:
        """Whatever card is in has to be admitted anew; it loses its power (SSC-7 §5.5)."""
        self._at = None
        self.terminal.parts.card.power_off()


def detail(zh: str, en: str, text: object, place: str = "") -> TerminalDetail:
    """One thing to tell."""
    return TerminalDetail(name=en, zh=zh, text=str(text), place=place)


def counted(number: int, one: str, several: str = "") -> str:
    """``1 record``, ``2 records``; ``several``: where that is not ``one`` with an s."""
    return f"{number} {one if number == 1 else several or f'{one}s'}"


def yuan(fen: int) -> str:
    """An amount as people write it."""
    return f"{fen // 100}.{fen % 100:02d}"
