"""A file of conformance vectors as pytest sees it: a file of tests, one for each vector, judged as ``dualcos conform``
judges it. Cards, and what one vector found out for the next, are kept as long as the process runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dualcos.explain import text
from dualcos.lab.conformance.card_on_bench import Bench, CardFileBench
from dualcos.lab.conformance.playing import VectorResult, VectorVerdict, play
from dualcos.lab.conformance.sitting import Sitting
from dualcos.lab.conformance.vector_file import NO_UNITS, Case, VectorError, load
from dualcos.lab.pytest_plugin.cards_asked import UNUSABLE, CardAskedFor, called
from dualcos.lab.pytest_plugin.exchange_journal import for_screen, left_out_line
from dualcos.profile.opened_card import is_card_file
from dualcos.textforms.json_and_toml import BadText, from_json
from dualcos.textforms.text_files import UnreadableText, text_of

VECTOR_MARKER = "dualcos_vector"
_UNIT = {"unit", "vectors"}


class VectorNotPassed(Exception):
    """The vector failed, or could not be judged; the message is all there is to say."""


class VectorPlayer:
    """Plays vectors on their own cards, or on those that are asked for; ``last``: how much of what passed is shown."""

    def __init__(self, last: int) -> None:
        self._last = last
        self._cases: list[Case] = []
        self._tables: dict[CardAskedFor | None, tuple[Bench | CardFileBench, Sitting]] = {}

    def expect(self, cases: Iterable[Case]) -> None:
        """These may be played: where they begin alike, what one has found out the others need not."""
        self._cases += cases

    def judge(self, case: Case, asked: CardAskedFor | None) -> None:
        """Play ``case``. Raises VectorNotPassed with expectation, answer, reason and what passed; skips what is not for
        the card. Raises VectorError and ``UNUSABLE`` for what cannot be used.
        """
        if asked not in self._tables:
            self._tables[asked] = _bench(asked), Sitting(self._cases)
        bench, sitting = self._tables[asked]
        result = play(case, bench, sitting=sitting)
        if result.verdict is VectorVerdict.NOT_APPLICABLE:
            pytest.skip(f"not for this card: {result.text}")
        if result.verdict is not VectorVerdict.PASS:
            lab = bench.target(case).lab
            passed = [text(happening) for happening in lab.explained()] if lab is not None else []
            raise VectorNotPassed(for_screen((*_verdict(result), *self._shown(passed))))

    def _shown(self, passed: list[str]) -> Iterator[str]:
        left_out = max(0, len(passed) - self._last) if self._last else 0
        if passed:
            yield "what passed 交互记录:"
        if left_out:
            yield left_out_line(left_out)
        yield from passed[left_out:]


class VectorCollector(pytest.File):
    """A file of vectors. ``cards``: on which each is played; none: on the card that it names."""

    def __init__(self, *, player: VectorPlayer, cards: tuple[CardAskedFor, ...], **place: Any) -> None:  # noqa: ANN401 - what pytest gives every collector
        super().__init__(**place)
        self._player = player
        self._cards = cards

    def collect(self) -> Iterator[VectorItem]:
        """One test for each vector and card. Raises CollectError, in one line, for a file that is damaged."""
        try:
            cases = load(self.path)
        except VectorError as error:
            raise self.CollectError(f"dualcos: {error}") from None
        self._player.expect(cases)
        for case in cases:
            for asked in self._cards or (None,):
                name = f"{case.id}[{called(asked.name)}]" if asked is not None and len(self._cards) > 1 else case.id
                yield VectorItem.from_parent(self, name=name, case=case, asked=asked, player=self._player)


class VectorItem(pytest.Item):
    """One vector."""

    def __init__(self, *, case: Case, asked: CardAskedFor | None, player: VectorPlayer, **place: Any) -> None:  # noqa: ANN401 - what pytest gives every item
        super().__init__(**place)
        self._case = case
        self._asked = asked
        self._player = player
        self.add_marker(VECTOR_MARKER)
        self.user_properties += [("title", case.vector.title.en), ("clause", "; ".join(case.clause))]

    def runtest(self) -> None:
        """Play it."""
        self._player.judge(self._case, self._asked)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:  # noqa: ANN401 - pytest's types are private
        """The verdict in words; for what cannot be used one line."""
        if excinfo.errisinstance((VectorNotPassed, VectorError, *UNUSABLE)):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where it stands."""
        return self.path, None, self.name


def is_unit(path: Path, *, promised: bool) -> bool:
    """True unless it is JSON of another kind: a damaged file may have been one of vectors. ``promised``: somebody has
    said that it is one.
    """
    if path.name in NO_UNITS:
        return False
    if promised:
        return True
    try:
        found = from_json(text_of(path))
    except (BadText, UnreadableText):
        return True
    return isinstance(found, dict) and found.keys() >= _UNIT


def _bench(asked: CardAskedFor | None) -> Bench | CardFileBench:
    if asked is None:
        return Bench()
    if is_card_file(asked.name):
        return CardFileBench(asked.name)
    return Bench(asked.name, settings=asked.settings)


def _verdict(result: VectorResult) -> Iterator[str]:
    """What came of it, the verdict and its reason first: that line stands in pytest's summary."""
    where = f" at {result.where}" if result.where else ""
    requirement = f" [{result.requirement}]" if result.requirement else ""
    yield f"{result.verdict.value}{where}: {result.text}{requirement}"
    if result.verdict is VectorVerdict.INCONCLUSIVE:
        yield "not judged: the card was never in the situation that the vector is about"
    title = result.case.vector.title
    yield f"vector      {result.case.id}  {title.en} {title.zh}"
    yield f"clause      {'; '.join(result.case.clause)}"
