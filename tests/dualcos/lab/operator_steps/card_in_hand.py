"""A card that a robot operator takes out of its reader at a moment of his choice, while it programs a cell, too.

Moments are counted in commands from when the robot is told to take it, and within a command in programmed bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import NamedTuple

from apdu.link import AroundCard
from cos.card import Card
from dualcos.lab.evidence.campaign_records import AnyRecord, StepAttested
from dualcos.lab.operator_steps.attended_desk import AttendedDesk
from dualcos.lab.operator_steps.desk import OperatorWords
from dualcos.reader.silent_card import CardGone
from firewall.hardware.power import PowerLoss

UNSEEN, ANSWER_LOST = 0, None
WITHIN = (8, 40, 160)  # short writes and long ones


class Moment(NamedTuple):
    """After so many commands, and in the next: before the card sees it, when so many bytes are programmed, or when it
    is done and the answer on its way.
    """

    commands: int
    tick: int | None


class CardInHand(AroundCard[Card]):
    """``card`` in a reader that is nothing but contacts."""

    def __init__(self, card: Card) -> None:
        super().__init__(card)
        self.out = False
        self.moment: Moment | None = None
        self.on_take: Callable[[], None] = lambda: None
        self.sent: list[bytes] = []

    def power_on(self) -> bytes:
        self._demand()
        return super().power_on()

    def power_off(self) -> None:
        if not self.out:
            super().power_off()

    def exchange(self, command: bytes) -> bytes:
        self._demand()
        self.sent.append(command)
        moment = self.moment
        if moment is None or moment.commands > 0:
            self.moment = None if moment is None else moment._replace(commands=moment.commands - 1)
            return super().exchange(command)
        if moment.tick != UNSEEN:
            self._interrupted(command, moment.tick)
        self.take()
        raise CardGone("pulled out")

    def _interrupted(self, command: bytes, tick: int | None) -> None:
        self.card.rail.cut_after(tick)
        try:
            self.card.exchange(command)
        except PowerLoss:
            pass
        finally:
            self.card.rail.cut_after(None)

    def take(self) -> None:
        self.moment = None
        self.on_take()
        self.power_off()
        self.out = True

    def put_back(self) -> None:
        self.out = False

    def _demand(self) -> None:
        if self.out:
            raise CardGone("no card")


class ForgetfulCard(CardInHand):
    """Answers before what it wrote is there for good: a pull costs the last command that wrote and was answered."""

    def __init__(self, card: Card) -> None:
        super().__init__(card)
        self._before = card.snapshot()
        self.on_take = lambda: self.card.restore(self._before)

    def exchange(self, command: bytes) -> bytes:
        before, ticks = self.card.snapshot(), self.card.rail.ticks
        answer = super().exchange(command)
        if self.card.rail.ticks != ticks:
            self._before = before
        return answer

    def _interrupted(self, command: bytes, tick: int | None) -> None:
        """What is under way has no time to be written."""


class Robot:
    """Answers by table: by a word in the question; takes the card out when told, puts it back when asked.

    ``moments``: where the next pulls are.
    """

    def __init__(
        self, hand: CardInHand, moments: Callable[[], Moment], answers: Mapping[str, str | float] | None = None
    ) -> None:
        self.hand = hand
        self.moments = moments
        self.answers = dict(answers or {})
        self.shown: list[OperatorWords] = []

    def choice(self, words: OperatorWords, choices: Mapping[str, OperatorWords]) -> str:
        self.shown.append(words)
        chosen = str(self._answer(words, next(iter(choices))))
        assert chosen in choices
        return chosen

    def number(self, words: OperatorWords, unit: str) -> float:
        assert unit
        self.shown.append(words)
        return float(self._answer(words, 0.0))

    def confirm(self, words: OperatorWords) -> None:
        self.shown.append(words)
        if self.hand.out:
            self.hand.put_back()
        elif "whenever you like" not in words.en:
            self.hand.take()

    def show(self, words: OperatorWords) -> None:
        self.shown.append(words)
        self.hand.moment = self.moments()

    def _answer(self, words: OperatorWords, otherwise: str | float) -> str | float:
        return next((answer for part, answer in self.answers.items() if part in words.en), otherwise)


def at_random(rng: Random, commands: int = 14) -> Callable[[], Moment]:
    """Two of five pulls between commands, the others within one."""

    def moment() -> Moment:
        ticks = (UNSEEN, ANSWER_LOST, *(rng.randrange(1, most) for most in WITHIN))
        return Moment(rng.randrange(commands), rng.choice(ticks))

    return moment


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 29, 8, 0, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **how: int) -> None:
        self.now += timedelta(**how)


def desk_of(
    robot: Robot,
    notes: list[StepAttested] | None = None,
    earlier: Iterable[AnyRecord] = (),
    clock: Clock | None = None,
    note: Callable[[StepAttested], None] | None = None,
) -> AttendedDesk:
    kept: list[StepAttested] = [] if notes is None else notes
    return AttendedDesk(robot, "test operator", now=clock or Clock(), note=note or kept.append, earlier=earlier)
