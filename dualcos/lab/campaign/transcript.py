"""What passes between a vector and its card (记录), run by run, masked as it is noted.

A vector whose power is cut at each byte has a run for each, as one whose card is taken out while it sends has for each
time it has sent; the commands of the last one, which decided, are kept, of
all of them the digest: the same vector on the same sample has the same, wherever and whenever it is played.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import partial

import msgspec

from dualcos.explain import FAULT, RawExchange, RawRecord
from dualcos.explain.raw_record import RawPower, RawSilence
from dualcos.explain.secret_masking import SecretMasking
from dualcos.explain.trace_file_lines import DOT, dotted
from dualcos.explain.traced_card import OverheardCard
from dualcos.lab.conformance.card_on_bench import Target, WhiteBox
from dualcos.lab.conformance.playing import VectorTable
from dualcos.lab.conformance.vector_file import Case
from dualcos.lab.evidence.campaign_records import FaultInjected, PlayedCommand
from firewall.trace import Noted

_ENCODER = msgspec.json.Encoder()


class MaskedRuns:
    """Masks what passed in runs, one after the other: what begins as the run before is not looked at again."""

    def __init__(self) -> None:
        self._records: list[RawRecord] = []
        self._played: list[PlayedCommand] = []
        self._maskings = [SecretMasking()]  # as it was before each record, and behind the last

    def played(self, records: Sequence[RawRecord]) -> list[PlayedCommand]:
        """What passed in a run, from its first power-on."""
        alike = 0
        for one, other in zip(self._records, records, strict=False):
            if one is not other:
                break
            alike += 1
        del self._records[alike:], self._played[alike:], self._maskings[alike + 1 :]
        for record in records[alike:]:
            masking = self._maskings[-1].twin()
            self._played.append(_played(masking.masked(record)))
            self._records.append(record)
            self._maskings.append(masking)
        return list(self._played)


class Transcript:
    """Of one vector. ``runs``: how many began; ``injected``: where a fault script spoke in the last of them."""

    def __init__(self, masked: MaskedRuns | None = None) -> None:
        self.runs = 0
        self.injected: list[FaultInjected] = []
        self._masked = masked or MaskedRuns()
        self._hasher = hashlib.sha256()
        self._masking = SecretMasking()
        self._played: list[PlayedCommand] = []

    def begin_run(self) -> None:
        """What comes from now on is another run."""
        self._ended()
        self.runs += 1
        self._masking = SecretMasking()
        self._played = []

    def heard(self, record: RawRecord) -> None:
        """It passed in this run."""
        self._played.append(_played(self._masking.masked(record)))

    def run(self, records: Sequence[RawRecord]) -> None:
        """A whole run, and what passed in it."""
        self._ended()
        self.runs += 1
        self._played = self._masked.played(records)
        self.injected = [
            FaultInjected(at=at, what=what) for at, record in enumerate(records) if (what := _injected(record))
        ]

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

    def _ended(self) -> None:
        if self.runs:
            self._hasher.update(_ENCODER.encode(self._played) + b"\n")


def _injected(record: RawRecord) -> list[str]:
    """What a fault script has made of it."""
    return [str(event.text) for _, event in record.events if isinstance(event, Noted) and event.topic == FAULT]


def _played(record: RawRecord) -> PlayedCommand:
    """What is written of a record that is masked."""
    match record:
        case RawExchange():
            came = DOT * record.answer_hidden + record.answer.hex().upper()
            return PlayedCommand(dotted(record.command, record.hidden), came)
        case RawSilence():
            return PlayedCommand(dotted(record.command or b"", record.hidden), "")
        case RawPower():
            return PlayedCommand(record.kind, record.atr.hex().upper())


class TranscribingBench:
    """The cards of ``bench``; ``transcript`` is that of the vector that began last."""

    def __init__(self, bench: VectorTable) -> None:
        self._bench = bench
        self._masked = MaskedRuns()
        self.transcript = Transcript()

    def begin(self) -> None:
        """Another vector comes, which may ask for no card at all."""
        self.transcript = Transcript(self._masked)

    def target(self, case: Case) -> Target:
        """The card for ``case``. Raises what the bench raises."""
        transcript = self.transcript
        target = self._bench.target(case)
        if target.lab is not None:  # which has heard it all when a run is over
            return target._replace(over=partial(_ran, transcript, target.lab))
        transcript.begin_run()  # on a card in a reader there is one, and one for each round until it is taken out
        card = OverheardCard(target.card, transcript.heard)
        return target._replace(card=card, another_round=transcript.begin_run)


def _ran(transcript: Transcript, lab: WhiteBox) -> None:
    transcript.run(lab.heard)
