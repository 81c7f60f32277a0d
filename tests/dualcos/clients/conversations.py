"""What a terminal says to a card whose answers wait: one conversation for each command that can answer 61xx.

Taken from the vectors of GET RESPONSE's class (``vectors/*/response-class.json``), which bring a card there and judge
what it says: each is played once in process on the usual card, and what was said is kept without the fetching.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import structs

from apdu.link import SmartCard
from dualcos.lab.conformance.card_on_bench import Bench, Target, place
from dualcos.lab.conformance.coverage import RowId, meant, stack_of
from dualcos.lab.conformance.playing import VectorVerdict, play
from dualcos.lab.conformance.vector_file import Case, load
from dualcos.profile.schema import load as load_profile

VECTORS = Path(__file__).parents[3] / "vectors"
GET_RESPONSE, MORE, LE_00 = 0xC0, 0x61, b"\0"
Setting = dict[str, str]


class Exchange(NamedTuple):
    """A command, bare (no Le behind data), and what its user is to get in the end: data, then SW1 SW2."""

    command: bytes
    answer: bytes

    @property
    def waits(self) -> bool:
        """True if its answer waits behind 61xx on a T=0 card: data went, and data come."""
        return len(self.command) > 5 and len(self.answer) > 2


class Conversation(NamedTuple):
    """``before``: another terminal's commands, before the last reset; then the exchanges of the one that is judged.

    ``rows``: the card's commands that were seen to answer 61xx.
    """

    case: Case
    before: tuple[bytes, ...]
    exchanges: tuple[Exchange, ...]
    rows: frozenset[RowId]

    @property
    def name(self) -> str:
        return self.case.id


def with_setting(case: Case, setting: Setting) -> Case:
    """The same vector for a card that answers on its contacts in another way."""
    overrides: dict[str, Any] = {**case.overrides, "chip": {"transmission": setting}}
    return case._replace(vector=structs.replace(case.vector, overrides=overrides))


class Cards:
    """The cards of all conversations, by setting: each is made once and put back to its first state."""

    def __init__(self) -> None:
        self.bench = Bench()
        self._made: dict[tuple[str, str], Target] = {}

    def of(self, conversation: Conversation, setting: Setting) -> SmartCard:
        """Ready to be put into a reader; its random numbers are those of the recording."""
        key = conversation.name, str(setting)
        if key not in self._made:
            case = with_setting(conversation.case, setting) if setting else conversation.case
            self._made[key] = self.bench.target(case)
        target = self._made[key]
        assert target.lab is not None
        target.lab.begin(conversation.case.vector.random)
        if conversation.before:
            target.card.power_on()
            for command in conversation.before:
                target.card.exchange(command)
            target.card.power_off()
        return target.card


def of_the_class() -> tuple[Case, ...]:
    """The vectors of GET RESPONSE's class."""
    return tuple(case for file in sorted(VECTORS.glob("*/response-class.json")) for case in load(file))


def conversations(bench: Bench) -> tuple[Conversation, ...]:
    """One for each command with an answer that waits."""
    return tuple(_recorded(case, bench) for case in of_the_class() if case.id.endswith("-00"))


class _Recorder:
    """A bench with one card, whose every exchange is written down; None stands for a reset."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self.said: list[tuple[bytes, bytes, str] | None] = []

    def target(self, case: Case) -> Target:  # noqa: ARG002 - there is one card
        return self._target._replace(card=self)

    def power_on(self) -> bytes:
        self.said.append(None)
        return self._target.card.power_on()

    def reset(self) -> bytes:
        return self.power_on()

    def power_off(self) -> None:
        self._target.card.power_off()

    @property
    def atr(self) -> bytes:
        return self._target.card.atr

    def exchange(self, command: bytes) -> bytes:
        answer = self._target.card.exchange(command)
        assert self._target.lab is not None
        self.said.append((command, answer, self._target.lab.environment))
        return answer


def _recorded(case: Case, bench: Bench) -> Conversation:
    recorder = _Recorder(bench.target(case))
    result = play(case, recorder)
    assert result.verdict is VectorVerdict.PASS, f"{case.id}: {result.where} {result.text}"
    last = max(at for at, said in enumerate(recorder.said) if said is None)
    before = tuple(said[0] for said in recorder.said[:last] if said is not None)
    profile = load_profile(place(case))
    rows = {
        row
        for command, answer, environment in (said for said in recorder.said if said is not None)
        if answer[-2] == MORE and command[1] != GET_RESPONSE
        for row in meant(stack_of(profile, environment), command, 0x9000)
    }
    said = [(command, answer) for command, answer, _ in filter(None, recorder.said[last + 1 :])]
    return Conversation(case, before, tuple(_wholes(said)), frozenset(rows))


def _wholes(said: list[tuple[bytes, bytes]]) -> Iterator[Exchange]:
    """Commands with whole answers; GET RESPONSE is nobody's wish."""
    at = 0
    while at < len(said):
        command, answer = said[at]
        at += 1
        data = answer[:-2]
        while at < len(said) and said[at][0][1] == GET_RESPONSE:
            fetched = said[at][1]
            at += 1
            if fetched[-2] in (MORE, 0x90):
                data, answer = data + fetched[:-2], fetched
        yield Exchange(bare(command), data + answer[-2:])


def bare(command: bytes) -> bytes:
    """``command`` without a Le behind its data."""
    return command[: 5 + command[4]] if len(command) > 5 else command
