"""A card in a test's hand: a ``SmartCard`` that is told of, with a host's end beside it, and states to come back to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from types import TracebackType
from typing import NamedTuple, NoReturn, Self, TypeVar

from apdu.link import AroundCard
from apdu.response import ResponseAPDU
from cos.card import Snapshot, Standstill
from dualcos.dialogue.bank import BankSession
from dualcos.dialogue.driver import Dialogue, perform, send
from dualcos.dialogue.social import SocialSession
from dualcos.explain import RawRecord, TracedCard
from dualcos.explain.traced_card import TellingCard
from dualcos.lab.faults import fault_script
from dualcos.lab.faults.faulty_card import FaultyCard
from dualcos.lab.pytest_plugin.cards_asked import CardAskedFor
from dualcos.lab.pytest_plugin.exchange_journal import ExchangeJournal
from dualcos.profile.card_provenance import profile_behind
from dualcos.profile.host_sessions import bank_session, social_session
from dualcos.profile.opened_card import Opened
from dualcos.profile.schema import Profile, load
from dualcos.reader.hot_plug import HotPlug
from dualcos.reader.silent_card import CardGone, CardMute

Result = TypeVar("Result")


class MadeCard:
    """The card that is ``asked`` for, made or opened once, and its ``first`` state, to which each test puts it back.
    ``profile``: what it was made from; None for a card file that is not marked as having test keys.

    Raises one of ``cards_asked.UNUSABLE``.
    """

    def __init__(self, asked: CardAskedFor) -> None:
        self.opened: Opened = asked.opened()
        self.first: Snapshot = self.opened.card.snapshot()
        self.profile: Profile | None = (
            profile_behind(self.opened.card.provenance)
            if self.opened.is_file
            else load(asked.name, settings=asked.settings)
        )


class CardUnderTest(AroundCard[TracedCard]):
    """The card of one test, as it was made and without power: ``power_on``, ``reset``, ``power_off``, ``atr``, and
    ``exchange``, which sends a command as it is. What passes is kept in ``journal``.

    ``faults``: a script by which it misbehaves, from its beginning. Then it raises CardMute, CardGone and PowerLoss
    where the script says so; taken out of no reader, it is without power until the next ``power_on``. Raises
    ScriptError.
    """

    __slots__ = ("_faulty", "_journal", "_made", "hand", "slot")

    def __init__(self, made: MadeCard, journal: ExchangeJournal, *, slot: str = "", faults: str = "") -> None:
        self.slot = slot
        self.hand: HotPlug | None = None
        self._made = made
        self._journal = journal
        card, events = made.opened.card, made.opened.events
        card.rail.cut_after(None)
        card.restore(made.first)
        self._faulty: TellingCard = card
        if faults:
            self._faulty = FaultyCard(card, fault_script.load(faults), trace=events.writer("faults"), pull=self._pulled)
        journal.enter(slot, made.opened)
        super().__init__(self._traced())

    def __repr__(self) -> str:
        return f"<CardUnderTest {self.name}>"

    @property
    def name(self) -> str:
        """The profile's name, or the card file's path."""
        return self._made.opened.name

    @property
    def profile(self) -> Profile:
        """What it was made from, its test keys and PINs with it. Raises LookupError for a card file with real keys."""
        profile = self._made.profile
        if profile is None:
            raise LookupError(f"{self.name} is not marked as a card of test keys: nobody here knows its keys")
        return profile

    def send(self, command: bytes | str) -> ResponseAPDU:
        """One command, in bytes or hex, as a terminal's driver sends it: 61xx is fetched, 6Cxx asked again.

        The whole answer: ``data`` and ``sw``. Raises ValueError for what is not hex.
        """
        return self.perform(send(bytes.fromhex(command) if isinstance(command, str) else command))

    def perform(self, dialogue: Dialogue[Result]) -> Result:
        """Hold a dialogue with it (``dualcos.dialogue``); what it returns. Raises StepRefused where it says so."""
        return perform(self, dialogue)

    def social_session(self) -> SocialSession:
        """Dialogues with its social application: ``card.perform(card.social_session().verify())``.

        Raises LookupError if it has none, or real keys.
        """
        profile = self.profile
        if profile.ssse is None:
            self._lacks("social-security environment SSSE")
        return social_session(profile, profile.ssse)

    def bank_session(self, terminal: Mapping[int, bytes]) -> BankSession:
        """The same with its payment application; ``terminal``: what the terminal knows, by tag."""
        profile = self.profile
        if profile.pse is None:
            self._lacks("payment environment PSE")
        return bank_session(profile, profile.pse, terminal)

    def saved(self) -> SavedCard:
        """The card as it stands, session and random numbers with it."""
        return SavedCard(self, self._made.opened.card.standstill(), self._journal.history(self.slot))

    def stand_again(self, saved: SavedCard) -> None:
        """Stand where it stood; in a reader, at rest, as a card that was taken out and put in again."""
        card = self._made.opened.card
        if self.hand is not None:
            self.hand.take()
        card.rail.cut_after(None)
        if self.hand is None:
            card.go_on(saved.standstill)
        else:
            card.restore(saved.standstill.snapshot)
        self._journal.restored(self.slot, saved.history)
        self.card = self._traced()
        if self.hand is not None:
            self.hand.put_back()

    def _traced(self) -> TracedCard:
        sink = partial(self._journal.heard, self.slot)
        return TracedCard(self._faulty, self._made.opened.events, sink, silences=(CardMute, CardGone))

    def _pulled(self, back: float | None) -> None:
        if self.hand is not None:
            self.hand.take(back)
        else:
            self._made.opened.card.power_off()

    def _lacks(self, what: str) -> NoReturn:
        raise LookupError(f"{self.name} has no {what}")


class SavedCard(NamedTuple):
    """Where one card stood, and what led there."""

    card: CardUnderTest
    standstill: Standstill
    history: tuple[RawRecord, ...]


class SavedState:
    """Where the cards of a test stand now: ``restore`` brings them back as often as one likes; in a ``with``, its end
    does. A fault script goes on where it is.
    """

    def __init__(self, cards: Sequence[CardUnderTest]) -> None:
        self._saved = [card.saved() for card in cards]

    def restore(self) -> None:
        """Every card stands where it stood, its memory, session and random numbers as they were."""
        for saved in self._saved:
            saved.card.stand_again(saved)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.restore()
