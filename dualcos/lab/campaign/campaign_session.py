"""A campaign that is opened, gone on with and closed: what both kinds of sample have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from dualcos.lab.campaign.campaign_asked import CampaignAsked, differences
from dualcos.lab.campaign.campaign_book import INTERRUPTED, CampaignBook, CampaignStanding, standing_of
from dualcos.lab.campaign.transcript import Transcript
from dualcos.lab.campaign.vector_contents import VectorDigests
from dualcos.lab.conformance.vector_file import Case
from dualcos.lab.evidence.campaign_file import CampaignFileError
from dualcos.lab.evidence.campaign_records import (
    AnyRecord,
    EndOfSession,
    SessionBegun,
    SessionEnded,
    StepAttested,
    VectorBegun,
    VectorJudged,
)
from dualcos.lab.evidence.record_order import totals
from dualcos.reader.observers import unfailing

Told = Callable[[VectorJudged], None]
"""Hears each new verdict once it is kept. It cannot stop the campaign."""


def unheard(_judged: VectorJudged) -> None:
    """Nobody listens."""


class CampaignOver(NamedTuple):
    """How a session ended, and all verdicts there are by then."""

    why: EndOfSession
    words: str
    standing: CampaignStanding


class CampaignSession:
    """One session of the campaign that is ``asked`` for, written down in ``book``. ``again``: vectors that were
    inconclusive are played once more, but none that spoils a card in a reader.

    Raises CampaignFileError if the book is about another campaign.
    """

    def __init__(self, asked: CampaignAsked, book: CampaignBook, *, again: bool = False, told: Told = unheard) -> None:
        self.asked = asked
        self.digests = VectorDigests()
        self._book = book
        self._again = again
        self._told = unfailing(told)
        self._record = asked.record(book.moment())
        self.before = standing_of(book.records)
        if self.before.begun is not None:
            apart = differences(self.before.begun, self._record)
            if apart:
                raise CampaignFileError(f"the campaign file holds another campaign: {apart[0]}")

    def waiting(self) -> list[Case]:
        """What is to be played, in order."""
        return [case for case in self.asked.in_order() if self._is_waiting(case)]

    def _is_waiting(self, case: Case) -> bool:
        known = self.before.judged.get(case.id)
        if case.id in self.before.open:
            return False  # a card in a reader may have been sent any part of it
        if known is None:
            return True
        spoils = self.asked.sample.in_reader and case.destructive and case.id in self.before.ever
        return self._again and known.verdict == "inconclusive" and not spoils

    @property
    def nothing_left(self) -> CampaignOver | None:
        """How it ended, if there is nothing to do and that is written down already."""
        last = self._book.records[-1] if self._book.records else None
        ended = isinstance(last, SessionEnded) and last.why == "complete"
        return CampaignOver("complete", "", self.before) if ended and not self.waiting() else None

    def begin(self, session: SessionBegun) -> None:
        """Somebody sits down. What was being played when the session before was cut off is inconclusive."""
        if self.before.begun is None:
            self._book.write(self._record)
        self._book.write(session, durable=True)
        cases = {case.id: case for case in self.asked.cases}
        for identity in self.before.open:
            why = "the session ended while it was played"
            self.judged(self.unjudged(cases[identity], why, INTERRUPTED), durable=True)

    def begins(self, case: Case) -> None:
        """A vector's first command is about to leave for a card in a reader."""
        self._book.write(VectorBegun(at="", id=case.id), durable=True)

    @property
    def records(self) -> Sequence[AnyRecord]:
        """All that is written down so far."""
        return self._book.records

    def attested(self, record: StepAttested) -> None:
        """An operator has answered, or done what he was asked to do."""
        self._book.write(record, durable=True)

    def judged(self, verdict: VectorJudged, *, durable: bool = False) -> None:
        """One more verdict."""
        self._book.write(verdict, durable=durable)
        self._told(verdict)

    def unjudged(self, case: Case, why: str, kind: str, seconds: float = 0.0) -> VectorJudged:
        """The verdict on a vector that was not played, or of which nobody knows how much of it the card was sent."""
        return VectorJudged(
            at="",
            id=case.id,
            vector=self.digests.of(case),
            verdict="inconclusive",
            where="",
            text=why,
            requirement="",
            kind=kind,
            played=[],
            runs=0,
            played_sha256=Transcript().sha256,
            seconds=round(seconds, 6),
        )

    def end(self, why: EndOfSession, words: str = "") -> CampaignOver:
        """Somebody stands up."""
        standing = standing_of(self._book.records)
        found = totals(len(self.asked.cases), [verdict.verdict for verdict in standing.judged.values()])
        self._book.write(SessionEnded(at="", why=why, totals=found), durable=True)
        return CampaignOver(why, words, standing)
