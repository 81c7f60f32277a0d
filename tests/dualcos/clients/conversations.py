"""What a terminal says to a card whose answers wait: one conversation for each command that can answer 61xx.

Taken from the vectors of GET RESPONSE's class (``vectors/*/response-class.json``), which bring a card there and judge
what it says: each is played once in process on the usual card, and what was said is kept without the fetching.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from msgspec import structs

from apdu.link import SmartCard
from dualcos.dialogue.driver import perform, send
from dualcos.lab.conformance.card_on_bench import Bench, Target
from dualcos.lab.conformance.coverage import RowId, meant
from dualcos.lab.conformance.vector_file import Case, load
from tests.evidence.kept_dialogues import of_vectors

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


def _recorded(case: Case, bench: Bench) -> Conversation:
    """What the vector says, without its fetching; the answers are what the driver makes of them on the same card."""
    (kept,) = of_vectors((case,), bench)  # it passes
    last = max(at for at, action in enumerate(kept.actions) if action.command is None)
    before = tuple(action.command for action in kept.actions[:last] if action.command is not None)
    rows, exchanges = set(), []
    kept.approach(last)
    kept.card.power_on()
    for at, (command, stack, answer, _) in enumerate(kept.actions):
        if command is None or command[1] == GET_RESPONSE:
            continue
        if answer[-2] == MORE:
            rows |= {*meant(stack, command, 0x9000)}
        if at > last:
            exchanges.append(Exchange(bare(command), perform(kept.card, send(bare(command))).encode()))
    return Conversation(case, before, tuple(exchanges), frozenset(rows))


def bare(command: bytes) -> bytes:
    """``command`` without a Le behind its data."""
    return command[: 5 + command[4]] if len(command) > 5 else command
