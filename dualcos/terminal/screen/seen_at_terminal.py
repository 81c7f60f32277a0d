"""What is seen at a terminal: values, told one by one as they come, and together as a picture of now.

No PIN is in any of them. Texts are in both languages, commands in backticks, moments YYYYMMDDhhmmss as programs say
them.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import NamedTuple

from dualcos.terminal.screen.halves_at_work import CardHalf
from dualcos.terminal.screen.styled_text import StyledText
from dualcos.terminal.screen.view_questions import StepKey, ViewQuestion
from dualcos.terminal.terminal_parts import PartText


class DisplaySeen(NamedTuple):
    """The display shows another line (显示器)."""

    said: PartText


class WorkBegins(NamedTuple):
    """A step begins: what the display showed was of an earlier one; it shows that instead."""

    said: PartText


class CardMoved(NamedTuple):
    """A card was put in, or is out."""

    present: bool


class DetailSeen(NamedTuple):
    """One thing that a step has to tell. ``place``: of the card, where it was read; may be empty."""

    zh: str
    en: str
    text: str
    place: str = ""


class StopSeen(NamedTuple):
    """Why a step went no further. ``rule``: where that stands, may be empty; ``todo``: what to do about it."""

    said: PartText
    rule: str
    todo: PartText


class StepSeen(NamedTuple):
    """A step as it came. ``name``: of its key; ``asked``: as it was typed. ``done``: what the terminal says of it, None
    where nothing was done; ``stop``: None where all was well; both where it was done and nothing may follow it.
    ``lines``: shown below as they are; ``more``: a kernel's decisions, where explanations are asked for.
    """

    name: str
    asked: str
    done: PartText | None
    stop: StopSeen | None
    details: tuple[DetailSeen, ...] = ()
    lines: tuple[str, ...] = ()
    more: StyledText | None = None


class ExchangeSeen(NamedTuple):
    """One command and its answer, or what happened to the power, explained. ``slot``: empty for the card's, else a
    name: ``sam``. ``text``: one line or more. ``half``: of the card and the terminal, None where there is but one.
    """

    slot: str
    text: StyledText
    half: CardHalf | None = None


class MessageSeen(NamedTuple):
    """One message of the line, explained. ``way``: ``sent``, ``received`` or ``lost``; ``half`` as of an exchange."""

    way: str
    text: StyledText
    half: CardHalf | None = None


class RemarkAbout(Enum):
    """What a remark stands beside."""

    STEPS = "the steps: which cards misbehave by order, how many steps were not reached"
    EXCHANGES = "what passes: a fault that was ordered, an explanation that failed"
    CARD = "the card: a list that says nothing of it"


class RemarkSeen(NamedTuple):
    """A line about what stands around the terminal, none of its own."""

    text: str
    about: RemarkAbout


class HintSeen(NamedTuple):
    """What whoever stands there is to do, or why his wish cannot be carried out; the second language may have lines."""

    said: PartText


class SlipSeen(NamedTuple):
    """One slip of paper, its lines (打印机); a Chinese character takes two columns."""

    lines: tuple[str, ...]


class KeysSeen(NamedTuple):
    """The steps that may be asked for now; none while one is under way."""

    keys: tuple[StepKey, ...]


class QuestionSeen(NamedTuple):
    """Somebody is asked. ``number``: each question's own; ``pressed``: how many keys of a PIN pad were, never which."""

    number: int
    question: ViewQuestion
    pressed: int = 0


class QuestionOver(NamedTuple):
    """It is answered, or nobody waits for an answer any more."""

    number: int


Passed = ExchangeSeen | MessageSeen | RemarkSeen
Shown = DisplaySeen | WorkBegins | HintSeen
Asked = KeysSeen | QuestionSeen | QuestionOver
ViewEvent = Shown | CardMoved | StepSeen | Passed | SlipSeen | Asked
ViewListener = Callable[[ViewEvent], object]
"""Told of everything, in the thread in which it happens: it must not wait for anybody. What it raises is dropped."""


class TerminalSeen(NamedTuple):
    """All of it at one moment. ``display``: the line that stands there; ``history``: what was shown, oldest first, as
    all others: ``exchanges`` what passed, ``steps``, ``slips``. ``hint``: None since a step has begun.
    ``card_in``: None while nobody knows.
    """

    display: PartText | None
    history: tuple[PartText, ...]
    hint: PartText | None
    keys: tuple[StepKey, ...]
    question: QuestionSeen | None
    slips: tuple[SlipSeen, ...]
    exchanges: tuple[Passed, ...]
    steps: tuple[StepSeen, ...]
    card_in: bool | None
