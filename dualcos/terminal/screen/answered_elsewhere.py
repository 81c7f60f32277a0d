"""Questions that another thread answers: the terminal waits, a screen shows what is asked and answers when it likes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from dualcos.terminal.screen.view_questions import (
    Answerer,
    CardQuestion,
    ChoiceQuestion,
    PadKey,
    PinDigits,
    PinQuestion,
    StepKey,
    StepQuestion,
    TextQuestion,
    ViewQuestion,
    YesNoQuestion,
)

ViewAnswer = PinDigits | PadKey | StepKey | str | int | bool | None
A = TypeVar("A")
_LOOK_SECONDS = 0.2


def _never() -> bool:
    return False


class AnswerNotTaken(ValueError):
    """An answer that the question has no use for. Says nothing of what it was."""


class AnsweredElsewhere(Answerer):
    """The thread that asks waits until another one calls ``answer`` or ``close``."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._open: ViewQuestion | None = None
        self._given: list[ViewAnswer] = []  # one, from ``answer`` until the waiting thread has taken it
        self._closed = False
        self._card_out: Callable[[], bool] = _never

    def __repr__(self) -> str:
        """No answer."""
        return f"<AnsweredElsewhere, {'closed' if self._closed else 'waiting' if self._open is not None else 'idle'}>"

    def answer(self, asked: ViewQuestion, given: ViewAnswer) -> bool:
        """Answer a question; False if nobody waits for that one any more, as for a dialog that was closed too late.

        Raises AnswerNotTaken, and the question stays open: a PIN of a length that the pad does not take, a number that
        was not offered.
        """
        if not _fits(asked, given):
            raise AnswerNotTaken("the question does not take that answer")
        with self._changed:
            if self._open is not asked or self._given:
                return False
            self._given.append(PinDigits(given) if isinstance(asked, PinQuestion) and type(given) is str else given)
            self._changed.notify_all()
            return True

    def close(self) -> None:
        """See ``Answerer``."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def opens(self, asked: ViewQuestion) -> None:
        """An answer may come from now on."""
        with self._changed:
            self._open = asked

    def over(self, asked: ViewQuestion) -> None:
        """None is taken any more."""
        del asked
        with self._changed:
            self._open = None
            self._given.clear()

    def pin(self, asked: PinQuestion) -> PinDigits | PadKey:
        """See ``Answerer``, as all of these."""
        while not self._answered(_LOOK_SECONDS):
            if self._card_out():
                return PadKey.CARD_OUT
        return self._wait(asked, PadKey.CANCEL)

    def choice(self, asked: ChoiceQuestion) -> int | None:
        """Waits."""
        return self._wait(asked, None)

    def yes(self, asked: YesNoQuestion) -> bool:
        """Waits."""
        return self._wait(asked, cancelled=False)

    def text(self, asked: TextQuestion) -> str | None:
        """Waits."""
        return self._wait(asked, None)

    def step(self, asked: StepQuestion) -> StepKey | str | None:
        """Waits."""
        return self._wait(asked, None)

    def card(self, asked: CardQuestion) -> bool | None:
        """Waits, also for the hand at a reader."""
        while asked.moved is not None and not self._answered(_LOOK_SECONDS):
            if asked.moved():
                return True
        return self._wait(asked, cancelled=False)

    def pads_go_by(self, card_out: Callable[[], bool]) -> None:
        """See ``Answerer``."""
        self._card_out = card_out

    def _answered(self, seconds: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: bool(self._given) or self._closed, seconds)

    def _wait(self, asked: ViewQuestion, cancelled: A) -> A:
        with self._changed:
            while self._open is asked and not self._given and not self._closed:
                self._changed.wait()
            # ``answer`` has let in only what fits the question.
            return self._given.pop() if self._given else cancelled  # type: ignore[return-value]


def _fits(asked: ViewQuestion, given: ViewAnswer) -> bool:
    match asked:
        case PinQuestion():
            bypass = given is not PadKey.BYPASS or asked.may_bypass
            return (isinstance(given, PadKey) and bypass) or (isinstance(given, str) and asked.takes(given))
        case ChoiceQuestion():
            return given is None or (type(given) is int and 0 <= given < len(asked.choices))
        case YesNoQuestion():
            return isinstance(given, bool)
        case CardQuestion():
            by_hand = asked.moved is not None
            return given is False or (given is True and not by_hand) or (given is None and asked.may_go_back)
        case TextQuestion():
            return given is None or isinstance(given, str)
        case StepQuestion():
            return given is None or isinstance(given, str) or given in asked.keys
