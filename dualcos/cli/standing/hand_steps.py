"""Steps of the hand that puts a card of this process in and takes it out, at whatever terminal."""

from __future__ import annotations

from typing import Protocol, TypeVar

from dualcos.cli.standing.hand_at_card import HandAtCard, PullWhen
from dualcos.cli.standing.step_kinds import StepDone, StepKind
from dualcos.cli.standing.steps_asked import StepAsked
from dualcos.terminal.terminal_parts import PartText


class TerminalWithHand(Protocol):
    """What cards are put into. ``hand``: None at a reader, where people do that."""

    hand: HandAtCard | None

    def forget(self) -> None:
        """Whatever card is in has to be admitted anew."""
        ...


T = TypeVar("T", bound=TerminalWithHand)


def hand_of(terminal: TerminalWithHand, asked: StepAsked) -> HandAtCard:
    """The hand at the card in this process. Raises Fault at a reader."""
    if terminal.hand is None:
        raise asked.fault(
            PartText(
                f"{asked.words[0]}只用于本程序内的卡；读卡器里的卡由人插拔",
                f"{asked.words[0]} moves a card in this process; one in a reader is in somebody's hand",
            )
        )
    return terminal.hand


def insert(terminal: TerminalWithHand, asked: StepAsked) -> StepDone:
    """插卡."""
    hand_of(terminal, asked).insert()
    return StepDone(PartText("卡已插入", "the card is in"))


def pull(terminal: TerminalWithHand, asked: StepAsked) -> StepDone:
    """拔卡, at once or in the middle of what comes."""
    hand = hand_of(terminal, asked)
    if not asked.words[1:]:
        hand.pull()
        terminal.forget()
        return StepDone(PartText("卡已拔出", "the card is out"))
    hand.pull(_when(asked))
    return StepDone(PartText(f"到{asked.words[1]}时拔卡", f"the card will be pulled behind {asked.words[1]}"))


def _when(asked: StepAsked) -> PullWhen | None:
    """Raises Fault."""
    when = PullWhen.of(asked.words[1]) if asked.words[1:] else None
    if when is None and asked.words[1:]:
        raise asked.fault(
            PartText(
                "在哪条指令后拔卡？5为此后第五条，B02C为下一条以此开头的",
                "pull behind which command? 5: the fifth from now; B02C: the next that begins so",
            )
        )
    return when


def hand_steps(kind: type[T]) -> tuple[StepKind[T], ...]:
    """Both, of a terminal of that kind."""
    del kind
    return (
        StepKind("insert", "", PartText("插卡", "put the card in"), insert, by_hand=True),
        StepKind("pull", "[N|COMMAND]", PartText("拔卡", "take the card out; behind the Nth command, or a B02C"), pull,
                 0, 1, by_hand=True, check=_when),
    )  # fmt: skip
