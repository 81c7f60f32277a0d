"""A campaign on a card in a reader: one that remembers what was done to it, and may be gone at any moment.

That a vector begins is on disk before its first command leaves, and its verdict before the next one begins. So whatever
ends a session, it is known which vector the card may have been sent a part of: that one is inconclusive, and if it
spoils the card it is never played again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from msgspec import structs

from apdu.link import AroundCard, SmartCard
from dualcos.lab.campaign.campaign_book import INTERRUPTED
from dualcos.lab.campaign.campaign_session import CampaignOver, CampaignSession
from dualcos.lab.campaign.sample_identity import SampleIdentity, identity_of
from dualcos.lab.campaign.transcript import TranscribingBench
from dualcos.lab.campaign.vector_shards import judged_now, verdict_of
from dualcos.lab.conformance.playing import VectorResult, VectorTable, VectorVerdict
from dualcos.lab.conformance.vector_file import Case
from dualcos.lab.evidence.campaign_file import CampaignFileError
from dualcos.lab.evidence.campaign_records import SessionBegun
from dualcos.lab.shards.shard_runner import never
from dualcos.reader.pcsc import PcscError
from dualcos.reader.silent_card import CardGone, CardMute

_SILENT = "fell silent"


class CardInReader(SmartCard, Protocol):
    """A card in a reader (``dualcos.reader.pcsc.PcscLink``)."""

    def wait(self, *, present: bool, seconds: float) -> bool:
        """True as soon as there is a card (or none any more)."""
        ...


class SampleGoneError(RuntimeError):
    """The card, or the reader, is not there any more; the text says which."""


class SampleTakenError(SampleGoneError, CardGone):
    """The card was taken out. Where an operator was asked to do so, whoever plays the vector takes it as such."""


class SampleSilentError(RuntimeError, CardMute):
    """The card is there and did not answer."""


class ReaderAtWork(NamedTuple):
    """The reader: its card, ``bench_on``, which gives the bench for a card in it, and seconds that only go on."""

    card: CardInReader
    bench_on: Callable[[SmartCard], VectorTable]
    watch: Callable[[], float]


class SampleCard(AroundCard[CardInReader]):
    """The card in a reader, as vectors are played on it. ``before`` is called before each command leaves.

    Raises SampleGoneError and SampleSilentError for what ends, or does not end, the session.
    """

    __slots__ = ("before",)

    def __init__(self, card: CardInReader) -> None:
        super().__init__(card)
        self.before: Callable[[], object] = never

    def exchange(self, command: bytes) -> bytes:
        """As the card."""
        self.before()
        return self._told(lambda: self.card.exchange(command))

    def power_on(self) -> bytes:
        """As the card."""
        return self._told(self.card.power_on)

    def reset(self) -> bytes:
        """As the card."""
        return self._told(self.card.reset)

    def _told(self, act: Callable[[], bytes]) -> bytes:
        try:
            return act()
        except CardGone:
            raise SampleTakenError("the card was taken out") from None
        except PcscError as error:
            raise SampleGoneError(str(error)) from None
        except CardMute as silence:
            if self._is_out():
                raise SampleTakenError("the card was taken out") from None
            raise SampleSilentError(str(silence)) from None

    def _is_out(self) -> bool:
        try:
            return self.card.wait(present=False, seconds=0)
        except (CardGone, PcscError):
            return True


def run_in_reader(
    session: CampaignSession,
    begun: SessionBegun,
    reader: ReaderAtWork,
    stopped: Callable[[], bool] = never,
) -> CampaignOver:
    """Play all that waits on the card in ``reader``. ``begun``: who sits there, and at which reader; which card is in
    it is found here. ``stopped``: once it is true no more vector is begun.

    Raises SampleGoneError, SampleSilentError before anything is written if there is no card that answers;
    CampaignFileError for another card than that of the sessions before.
    """
    card = SampleCard(reader.card)
    found = identity_of(card)
    demand_same(session.before.sample, found, spoilt=session.asked.sample.destructive)
    waiting = session.waiting()
    session.begin(structs.replace(begun, atr=found.atr, serial=found.serial))
    player = _Player(session, card, reader)
    for case in waiting:
        if stopped():
            return session.end("stopped")
        try:
            player.play(case)
        except SampleGoneError as gone:
            return session.end("reader gone", str(gone))
        except SampleSilentError as silence:
            return session.end("reader gone", f"the card does not answer to a reset ({silence})")
        except KeyboardInterrupt:
            return session.end("stopped")
    return session.end("complete")


def demand_same(known: SessionBegun | None, found: SampleIdentity, *, spoilt: bool) -> None:
    """Raises CampaignFileError if the card that was ``found`` is not the ``known`` one. One that may have been
    ``spoilt`` may tell less of its numbers, but no other ones.
    """
    if known is None:
        return
    if known.atr != found.atr:
        raise CampaignFileError(
            f"the campaign file is about the card with ATR {known.atr}; the one in the reader has {found.atr}"
        )
    numbers, now = ({*filter(None, serial.split("; "))} for serial in (known.serial, found.serial))
    if not now <= numbers or (now < numbers and not spoilt):
        there, here = known.serial or "no number", found.serial or "none"
        raise CampaignFileError(f"the campaign file is about the card of {there}; the one in the reader tells {here}")


class _Player:
    """Plays vectors, one after the other, and writes down each before and after."""

    def __init__(self, session: CampaignSession, card: SampleCard, reader: ReaderAtWork) -> None:
        self._session = session
        self._card = card
        self._bench = TranscribingBench(reader.bench_on(card))
        self._watch = reader.watch

    def play(self, case: Case) -> None:
        """Raises SampleGoneError; SampleSilentError if nothing was sent yet; KeyboardInterrupt."""
        began = self._watch()
        sent: list[str] = []

        def first() -> None:
            if not sent:
                self._session.begins(case)
                sent.append(case.id)

        self._card.before = first
        try:
            verdict = judged_now(case, self._bench, self._session.digests, self._watch)
        except SampleSilentError as silence:
            if not sent:
                raise
            result = VectorResult(
                case, VectorVerdict.INCONCLUSIVE, text=f"the card fell silent: {silence}", kind=_SILENT
            )
            verdict = verdict_of(result, self._bench, self._session.digests, self._watch() - began)
        except (SampleGoneError, KeyboardInterrupt) as end:
            if sent:
                why = str(end) if isinstance(end, SampleGoneError) else "the session was stopped"
                text = f"{why} while it was played"
                self._session.judged(
                    self._session.unjudged(case, text, INTERRUPTED, self._watch() - began), durable=True
                )
            raise
        if verdict.verdict != "not-applicable":
            first()  # there are vectors that send no command: a reset is answered, too
        self._session.judged(verdict, durable=bool(sent))
