"""What passes between a vector and its card (记录), run by run, masked as it is noted.

A vector whose power is cut at each byte has a run for each, as one whose card is taken out while it sends has for each
time it has sent; the commands of the last one, which decided, are kept, of
all of them the digest: the same vector on the same sample has the same, wherever and whenever it is played.
"""

from __future__ import annotations

import hashlib

import msgspec

from apdu.link import AroundCard, SmartCard
from dualcos.explain import RawExchange
from dualcos.explain.raw_record import RawPower, RawSilence
from dualcos.explain.secret_masking import SecretMasking
from dualcos.explain.trace_file_lines import DOT, dotted
from dualcos.lab.campaign.watched_box import WatchedBox
from dualcos.lab.conformance.card_on_bench import Target
from dualcos.lab.conformance.playing import VectorTable
from dualcos.lab.conformance.vector_file import Case
from dualcos.lab.evidence.campaign_records import PlayedCommand

_ENCODER = msgspec.json.Encoder()


class Transcript:
    """Of one vector. ``runs``: how many began."""

    def __init__(self) -> None:
        self.runs = 0
        self._hasher = hashlib.sha256()
        self._masking = SecretMasking()
        self._played: list[PlayedCommand] = []

    def begin_run(self) -> None:
        """What comes from now on is another run."""
        if self.runs:
            self._hasher.update(_ENCODER.encode(self._played) + b"\n")
        self.runs += 1
        self._masking = SecretMasking()
        self._played = []

    @property
    def played(self) -> list[PlayedCommand]:
        """The commands of the last run."""
        return list(self._played)

    @property
    def sha256(self) -> str:
        """Digest over the commands of every run: a line of JSON for each."""
        hasher = self._hasher.copy()
        if self.runs:
            hasher.update(_ENCODER.encode(self._played) + b"\n")
        return hasher.hexdigest()

    def heard(self, command: bytes, answer: bytes) -> None:
        """A command and its answer."""
        record = self._masking.masked(RawExchange(command, answer))
        if isinstance(record, RawExchange):
            came = DOT * record.answer_hidden + record.answer.hex().upper()
            self._played.append(PlayedCommand(dotted(record.command, record.hidden), came))

    def unanswered(self, command: bytes) -> None:
        """A command that no answer came to."""
        record = self._masking.masked(RawSilence(command, ""))
        if isinstance(record, RawSilence):
            self._played.append(PlayedCommand(dotted(record.command or b"", record.hidden), ""))

    def started(self, kind: str, atr: bytes) -> None:
        """A reset, ``cold`` or ``warm``; without an ATR the card did not answer."""
        self._masking.masked(RawPower("warm" if kind == "warm" else "cold", atr))
        self._played.append(PlayedCommand(kind, atr.hex().upper()))


class TranscribedCard(AroundCard[SmartCard]):
    """A card whose commands and answers go into ``transcript``; it answers, and fails, as it does without."""

    __slots__ = ("_transcript",)

    def __init__(self, card: SmartCard, transcript: Transcript) -> None:
        super().__init__(card)
        self._transcript = transcript

    def exchange(self, command: bytes) -> bytes:
        """As the card."""
        try:
            answer = self.card.exchange(command)
        except BaseException:
            self._transcript.unanswered(command)
            raise
        self._transcript.heard(command, answer)
        return answer

    def power_on(self) -> bytes:
        """As the card."""
        return self._start("cold")

    def reset(self) -> bytes:
        """As the card."""
        return self._start("warm")

    def _start(self, kind: str) -> bytes:
        try:
            atr = self.card.power_on() if kind == "cold" else self.card.reset()
        except BaseException:
            self._transcript.started(kind, b"")
            raise
        self._transcript.started(kind, atr)
        return atr


class TranscribingBench:
    """The cards of ``bench``; ``transcript`` is that of the vector that began last."""

    def __init__(self, bench: VectorTable) -> None:
        self._bench = bench
        self.transcript = Transcript()

    def begin(self) -> None:
        """Another vector comes, which may ask for no card at all."""
        self.transcript = Transcript()

    def target(self, case: Case) -> Target:
        """The card for ``case``. Raises what the bench raises."""
        transcript = self.transcript
        target = self._bench.target(case)
        card = TranscribedCard(target.card, transcript)
        if target.lab is None:  # on a card in a reader there is one run, and one for each round until it is taken out
            transcript.begin_run()
            return target._replace(card=card, another_round=transcript.begin_run)
        return target._replace(card=card, lab=WatchedBox(target.lab, transcript.begin_run))
