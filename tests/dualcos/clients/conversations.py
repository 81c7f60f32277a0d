"""What a terminal says to a card whose answers wait: one conversation for each command that can answer 61xx.

Taken from the vectors of GET RESPONSE's class (``vectors/*/response-class.json``), which bring a card there and judge
what it says: each is played once in process on the usual card, and what was said is kept without the fetching.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from msgspec import structs

from apdu.link import AroundCard, SmartCard
from dualcos.dialogue.driver import perform, send
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
        return _begun(self._made[key], conversation)


def _begun(target: Target, conversation: Conversation) -> SmartCard:
    """The card as it is in front of the terminal that is judged, before the last reset."""
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


class _Recorder(AroundCard):
    """A bench with one card, whose every exchange is written down; None stands for a reset."""

    def __init__(self, target: Target) -> None:
        super().__init__(target.card)
        self._target = target
        self.said: list[tuple[bytes, bytes, str] | None] = []

    def target(self, case: Case) -> Target:  # noqa: ARG002 - there is one card
        return self._target._replace(card=self)

    def power_on(self) -> bytes:
        self.said.append(None)
        return super().power_on()

    def reset(self) -> bytes:
        return self.power_on()

    def exchange(self, command: bytes) -> bytes:
        answer = super().exchange(command)
        assert self._target.lab is not None
        self.said.append((command, answer, self._target.lab.environment))
        return answer


def _recorded(case: Case, bench: Bench) -> Conversation:
    """What the vector says, without its fetching; the answers are what the driver makes of them on the same card."""
    target = bench.target(case)
    recorder = _Recorder(target)
    result = play(case, recorder)
    assert result.verdict is VectorVerdict.PASS, f"{case.id}: {result.where} {result.text}"
    last = max(at for at, said in enumerate(recorder.said) if said is None)
    before = tuple(said[0] for said in recorder.said[:last] if said is not None)
    profile = load_profile(place(case))
    rows = {
        row
        for command, answer, environment in filter(None, recorder.said)
        if answer[-2] == MORE and command[1] != GET_RESPONSE
        for row in meant(stack_of(profile, environment), command, 0x9000)
    }
    commands = [bare(command) for command, _, _ in filter(None, recorder.said[last:]) if command[1] != GET_RESPONSE]
    conversation = Conversation(case, before, (), frozenset(rows))
    card = _begun(target, conversation)
    card.power_on()
    exchanges = tuple(Exchange(command, perform(card, send(command)).encode()) for command in commands)
    return conversation._replace(exchanges=exchanges)


def bare(command: bytes) -> bytes:
    """``command`` without a Le behind its data."""
    return command[: 5 + command[4]] if len(command) > 5 else command
