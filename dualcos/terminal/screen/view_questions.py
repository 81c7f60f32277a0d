"""What a terminal asks whoever stands at it, and who answers.

A question is a value with an identity of its own: no two are equal. What a PIN's answer is made of shows no digit when
it is shown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple, Protocol

from dualcos.terminal.screen.halves_at_work import CardHalf
from dualcos.terminal.terminal_parts import PartText


class StepKey(NamedTuple):
    """A step that may be asked for. ``usage``: what stands behind its name, empty for nothing; ``least``: how many
    words of that there have to be. ``group``: under which it stands with its neighbours, None for none. ``more``: what
    is asked for besides, by the names of its options; each may be left out. ``usage_zh``: the usage in Chinese, empty
    where it is the same.
    """

    name: str
    said: PartText
    usage: str = ""
    least: int = 0
    group: PartText | None = None
    more: tuple[tuple[str, PartText], ...] = ()
    usage_zh: str = ""

    @property
    def typed_as(self) -> PartText:
        """Its name, which is typed in any language, and what stands behind it."""
        return PartText(*(f"{self.name} {usage}".rstrip() for usage in (self.usage_zh or self.usage, self.usage)))


class AskedAbout(Enum):
    """What a question is about, for who answers some of them without asking anybody."""

    TRANSACTION = "which of several"
    APPLICATION = "which application of the card"
    THIS_APPLICATION = "whether that application is to be used"
    DOCUMENT = "whether the holder is the one on his document"
    TELEPHONE = "what the issuer says on the telephone"
    STEP_WORDS = "what stands behind a step"
    MEANT = "whether a step that cannot be undone is meant"


class PinDigits(str):
    """Digits from a pad. Shown (``repr``) they are not."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<PIN>"


class PadKey(Enum):
    """How a PIN pad is left without digits."""

    CANCEL = "取消"
    BYPASS = "不输密码"
    TIMED_OUT = "超时"
    CARD_OUT = "卡已拔出"
    KNOWN_WRONG = "只有错误的密码"
    """By a script, which has no other digits than some that were wrong."""


@dataclass(frozen=True, eq=False, slots=True)
class PinQuestion:
    """``prompt`` says which PIN: 社保密码, 银行卡密码; ``half``: whose it is. ``asked``: what the pad asks for, its own
    name for it. ``tries``: what is left, None where nobody knows. ``least``, ``most``: how many digits the pad takes,
    ``wrong_length``: what it says of others; it takes any number of them where that is None. ``may_bypass``: one can go
    on without. ``instead``: the option that answers for scripts, empty where it has its usual name.
    """

    prompt: PartText
    asked: Enum
    half: CardHalf
    tries: int | None = None
    least: int = 0
    most: int = 0
    wrong_length: PartText | None = None
    may_bypass: bool = False
    instead: str = ""

    def takes(self, digits: str) -> bool:
        """Whether the pad would."""
        fits = self.wrong_length is None or self.least <= len(digits) <= self.most
        return digits.isascii() and digits.isdecimal() and fits


@dataclass(frozen=True, eq=False, slots=True)
class ChoiceQuestion:
    """One of ``choices``."""

    prompt: PartText
    choices: tuple[PartText, ...]
    about: AskedAbout


@dataclass(frozen=True, eq=False, slots=True)
class YesNoQuestion:
    """Yes or no."""

    prompt: PartText
    about: AskedAbout


@dataclass(frozen=True, eq=False, slots=True)
class TextQuestion:
    """A line; an empty one has a meaning that ``prompt`` tells. ``step``: the one that words are wanted for."""

    prompt: PartText
    about: AskedAbout
    step: StepKey | None = None


@dataclass(frozen=True, eq=False, slots=True)
class StepQuestion:
    """What is to be done: one of ``keys``, or a line with a step as it is typed. ``ways``: words besides, each with
    what it does: ``quit``, ``done``. ``shown_first``: all that can be done is shown, where it does not stand there
    anyway.
    """

    prompt: PartText
    keys: tuple[StepKey, ...]
    ways: tuple[tuple[str, PartText], ...] = ()
    shown_first: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class CardQuestion:
    """A card is to be moved: put in (``present``) or taken out. ``said``: what the terminal wants; ``prompt``: what may
    be typed. ``may_go_back``: what it is wanted for can be left undone. ``moved``: of a card in a reader, which a hand
    moves: whether it is; asked in the thread that asks, it must not wait, and may raise. None: of a card in this
    process, which whoever answers has moved.
    """

    said: PartText
    prompt: PartText
    present: bool
    may_go_back: bool = False
    moved: Callable[[], bool] | None = None


ViewQuestion = PinQuestion | ChoiceQuestion | YesNoQuestion | TextQuestion | StepQuestion | CardQuestion


class Answerer(Protocol):
    """Whoever answers, in the thread that asks. Every method may wait as long as it likes, until ``close``; what it
    raises goes to who asked.
    """

    def opens(self, asked: ViewQuestion) -> None:
        """It is asked in a moment, and whoever looks may see it already."""
        del asked

    def over(self, asked: ViewQuestion) -> None:
        """Nobody waits for its answer any more."""
        del asked

    def pin(self, asked: PinQuestion) -> PinDigits | PadKey:
        """The digits that ``asked`` takes, or how the pad was left."""
        ...

    def choice(self, asked: ChoiceQuestion) -> int | None:
        """Which one, from 0; None: cancelled."""
        ...

    def yes(self, asked: YesNoQuestion) -> bool:
        """True for yes; cancelled is no."""
        ...

    def text(self, asked: TextQuestion) -> str | None:
        """The line; None: cancelled."""
        ...

    def step(self, asked: StepQuestion) -> StepKey | str | None:
        """A key that was pressed, a line that was typed; None: whoever stands there has enough."""
        ...

    def card(self, asked: CardQuestion) -> bool | None:
        """True to have the card moved, or once a hand has; False: whoever stands there has enough; None: he goes back,
        where he may.
        """
        ...

    def pads_go_by(self, card_out: Callable[[], bool]) -> None:
        """From now on a PIN pad may be left as soon as that is True: there is no card whose PIN is wanted. It is asked
        in the thread that asks for the PIN, and must not wait.
        """
        del card_out

    def step_begins(self) -> None:
        """Nothing that was entered before belongs to what is asked from now on."""
        return

    def pin_was_wrong(self) -> None:
        """Who was asked about the last PIN, somewhere else, said so."""
        return

    def close(self) -> None:
        """Nobody waits any more: what is asked now or later is cancelled."""
        return


class AnswersInFront(Answerer):
    """Some answers before somebody else is asked: what is not overridden goes on to ``behind``."""

    def __init__(self, behind: Answerer) -> None:
        self.behind = behind

    def opens(self, asked: ViewQuestion) -> None:
        """Told behind."""
        self.behind.opens(asked)

    def over(self, asked: ViewQuestion) -> None:
        """Told behind."""
        self.behind.over(asked)

    def pin(self, asked: PinQuestion) -> PinDigits | PadKey:
        """See ``Answerer``, as all of these."""
        return self.behind.pin(asked)

    def choice(self, asked: ChoiceQuestion) -> int | None:
        """Asked behind."""
        return self.behind.choice(asked)

    def yes(self, asked: YesNoQuestion) -> bool:
        """Asked behind."""
        return self.behind.yes(asked)

    def text(self, asked: TextQuestion) -> str | None:
        """Asked behind."""
        return self.behind.text(asked)

    def step(self, asked: StepQuestion) -> StepKey | str | None:
        """Asked behind."""
        return self.behind.step(asked)

    def card(self, asked: CardQuestion) -> bool | None:
        """Asked behind."""
        return self.behind.card(asked)

    def pads_go_by(self, card_out: Callable[[], bool]) -> None:
        """Told behind."""
        self.behind.pads_go_by(card_out)

    def step_begins(self) -> None:
        """Told behind."""
        self.behind.step_begins()

    def pin_was_wrong(self) -> None:
        """Told behind."""
        self.behind.pin_was_wrong()

    def close(self) -> None:
        """Closed behind."""
        self.behind.close()
