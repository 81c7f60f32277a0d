"""A bench whose cards misbehave by a fault script (故障脚本), to see what vectors say of a card that is wrong.

The script begins anew with every run of a vector, as the card does, so what a vector finds does not depend on the
vectors before it. Answers that come late come at once: nothing here judges time.
"""

from __future__ import annotations

import hashlib
from typing import cast

from msgspec import structs

from dualcos.explain import RawRecord
from dualcos.lab.campaign.watched_box import WatchedBox
from dualcos.lab.conformance.card_on_bench import Target, WhiteBox
from dualcos.lab.conformance.judged_answers import NoAnswerError
from dualcos.lab.conformance.playing import VectorTable
from dualcos.lab.conformance.vector_file import Case
from dualcos.lab.faults.fault_script import FaultScript, file_of, load
from dualcos.lab.faults.faulty_card import FaultyCard, Patient
from dualcos.reader.silent_card import CardGone, CardMute
from firewall.trace import TraceBuffer


def script_sha256(name: str) -> str:
    """Digest of the script that is called so. Raises ScriptError, OSError."""
    load(name)
    return hashlib.sha256(file_of(name).read_bytes()).hexdigest()


class FaultyBench:
    """The cards of ``bench``, each behind the script called ``faults``. Raises ScriptError."""

    def __init__(self, bench: VectorTable, faults: str) -> None:
        self._bench = bench
        self._script = load(faults)

    def target(self, case: Case) -> Target:
        """The card for ``case``, misbehaving. Raises what the bench raises."""
        target = self._bench.target(case)
        if target.lab is None:
            raise TypeError("only a card in this process can be made to misbehave")
        card = _CardByScript(cast("Patient", target.card), self._script)
        return target._replace(card=card, lab=_BoxByScript(target.lab, card))


class _BoxByScript(WatchedBox):
    """The box of a card that misbehaves: what passed is heard with what the script made of it."""

    def __init__(self, box: WhiteBox, card: _CardByScript) -> None:
        super().__init__(box, card.begin)
        self._noted = card.noted

    def hear(self, record: RawRecord) -> None:
        super().hear(structs.replace(record, events=self._noted.take()))


class _CardByScript:
    """A ``SmartCard``: silence, which is the way of a card in a reader, is an answer that did not come."""

    def __init__(self, card: Patient, script: FaultScript) -> None:
        self._card = card
        self._script = script
        self.noted = TraceBuffer()
        self.begin()

    def begin(self) -> None:
        """Once more from the start of the script."""
        self.noted.take()
        noted = self.noted.writer("faults")
        self._faulty = FaultyCard(
            self._card, self._script, trace=noted, pull=lambda _back: None, sleep=lambda _seconds: None
        )

    def exchange(self, command: bytes) -> bytes:
        try:
            return self._faulty.exchange(command)
        except (CardMute, CardGone) as silence:
            raise NoAnswerError(str(silence)) from None

    def power_on(self) -> bytes:
        self._faulty.power_off()  # what it fell silent by is over
        return self._started(cold=True)

    def reset(self) -> bytes:
        return self._started(cold=False)

    def power_off(self) -> None:
        self._faulty.power_off()

    @property
    def atr(self) -> bytes:
        return self._faulty.atr

    def _started(self, *, cold: bool) -> bytes:
        try:
            return self._faulty.power_on() if cold else self._faulty.reset()
        except (CardMute, CardGone) as silence:
            raise NoAnswerError(str(silence)) from None
