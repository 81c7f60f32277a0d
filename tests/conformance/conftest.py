"""All vectors, played once for every test that looks at what comes of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from cos.pse.transaction.generate_ac_decision import Decision
from dualcos.explain.bank_decisions import decision_notes
from dualcos.explain.refusal_reasons import told, words
from dualcos.lab.conformance import coverage
from dualcos.lab.conformance.card_on_bench import Bench
from dualcos.lab.conformance.playing import VectorResult
from dualcos.lab.conformance.sitting import Sitting
from dualcos.lab.conformance.vector_file import load
from firewall import trace

Said = dict[str, str]
"""What the card said of itself for people, and the vector in which it first did."""
Refusals = dict[tuple[str, int, str, str], trace.Refused]
"""Each refusal once: by what it says, status word, command, clause."""


@pytest.fixture
def said(monkeypatch) -> Said:
    """Fills while cards in this process are sent commands: every text of a reason or a note."""
    return _listening(monkeypatch, [""])


def _listening(monkeypatch: pytest.MonkeyPatch, playing: list[str], refused: Refusals | None = None) -> Said:
    found: Said = {}
    note = trace._Writer.note

    def heard(self: trace._Writer, event: trace.Event) -> None:
        texts = _texts(event)
        for text in texts:
            found.setdefault(text, playing[0])
        if refused is not None and isinstance(event, trace.Refused):
            refused.setdefault((*texts, event.sw, event.command, event.reason.clause), event)
        note(self, event)

    monkeypatch.setattr(trace._Writer, "note", heard)
    return found


def _texts(event: trace.Event) -> tuple[str, ...]:
    if isinstance(event, trace.Refused):
        return (words(told(event)),)
    return tuple(decision_notes(event.text)) if isinstance(event.text, Decision) else (event.text,)


class Played:
    """The vectors file by file; each is played when it is first asked for, in whatever order."""

    def __init__(self) -> None:
        self.counter = coverage.Counter()
        self.said: Said = {}
        self.refused: Refusals = {}
        self._bench = Bench()
        self._results: dict[Path, list[VectorResult]] = {}

    def of(self, path: Path) -> list[VectorResult]:
        """What came of the vectors in this file. Raises VectorError, ProfileError."""
        if path not in self._results:
            self._results[path] = list(self._play(path))
        return self._results[path]

    def all(self, paths: Iterable[Path]) -> None:
        """Have all of them played."""
        for path in paths:
            self.of(path)

    def _play(self, path: Path) -> Iterator[VectorResult]:
        playing = [""]
        with pytest.MonkeyPatch.context() as monkeypatch:
            said = _listening(monkeypatch, playing, self.refused)
            cases = load(path)
            sitting = Sitting(cases)
            for case in cases:
                playing[0] = case.id
                yield from self.counter.play([case], self._bench, sitting)
        self.said.update({text: case for text, case in said.items() if text not in self.said})


@pytest.fixture(scope="session")
def played() -> Played:
    return Played()
