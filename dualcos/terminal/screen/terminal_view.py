"""The view of a terminal: all that it says and asks passes through one of these, whoever shows it and answers.

A terminal *tells* it (``show``, ``hint``, ``card``, ``step``, ``exchange``, ``message``, ``remark``, ``slip``) and
*asks* through it (``enter_pin``, ``choose``, ``confirm``, ``text``, ``next_step``, ``move_card``). Whoever shows a
terminal *subscribes* and is told of every event as it comes (``ViewEvent``), or takes a picture of now with ``seen``;
whoever answers is the ``Answerer`` that the view was made with. So a line of text and a screen show the same terminal::

    answerer = AnsweredElsewhere()           # a screen: questions wait for answers from another thread
    view = TerminalView(answerer)
    view.subscribe(lambda event: app.post_message(Seen(event)))     # told in the terminal's thread: never wait in it
    …                                        # a thread of its own: the terminal works on the view, and blocks in it
    open_now = view.seen().question          # the screen's thread: a QuestionSeen, or None
    view.pressed(len(typed))                 # a PIN pad shows symbols: how many keys, never which
    answerer.answer(open_now.question, PinDigits(typed))            # False if nobody waits for it any more
    view.close()                             # shutting down: what is asked is cancelled, and so the flow ends

A view is a ``Display`` and a ``Keyboard`` as a terminal's parts have them. Everything is bounded: of each kind the last
ones stay. A PIN is in no event, no picture and no ``repr``; it goes from the answerer to who asked. Nothing here knows
a screen, stdin or stdout. Safe from several threads; one question is open at a time.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple, TypeVar

from dualcos.reader.observers import unfailing
from dualcos.terminal.screen.halves_at_work import CardHalf
from dualcos.terminal.screen.seen_at_terminal import (
    CardMoved,
    DisplaySeen,
    ExchangeSeen,
    HintSeen,
    KeysSeen,
    MessageSeen,
    Passed,
    QuestionOver,
    QuestionSeen,
    RemarkAbout,
    RemarkSeen,
    SlipSeen,
    StepSeen,
    TerminalSeen,
    ViewEvent,
    ViewListener,
    WorkBegins,
)
from dualcos.terminal.screen.styled_text import StyledText
from dualcos.terminal.screen.view_questions import (
    Answerer,
    AskedAbout,
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
from dualcos.terminal.terminal_parts import PartText

MOST_PRESSED = 99
_WAIT = PartText("正在处理，请稍候", "under way, please wait")
_CANCEL: PinDigits | PadKey = PadKey.CANCEL
Q = TypeVar("Q", bound=ViewQuestion)
A = TypeVar("A")


class ViewBounds(NamedTuple):
    """How many of each stay."""

    history: int = 200
    exchanges: int = 1000
    steps: int = 200
    slips: int = 50


def _at_once() -> None:
    """Nothing has to be waited for."""


class TerminalView:
    """``answerer``: who is asked; ``bounds``: how much of what was told stays."""

    def __init__(self, answerer: Answerer, bounds: ViewBounds = ViewBounds()) -> None:  # noqa: B008 - a constant
        self._answerer = answerer
        self._before: Callable[[], None] = _at_once
        self._lock = threading.Lock()
        self._teller = threading.RLock()
        self._untold: deque[ViewEvent] = deque()
        self._asking = threading.RLock()
        self._listeners: tuple[ViewListener, ...] = ()
        self._history: deque[PartText] = deque(maxlen=bounds.history)
        self._exchanges: deque[Passed] = deque(maxlen=bounds.exchanges)
        self._steps: deque[StepSeen] = deque(maxlen=bounds.steps)
        self._slips: deque[SlipSeen] = deque(maxlen=bounds.slips)
        self._display: PartText | None = None
        self._keys: tuple[StepKey, ...] = ()
        self._hint: PartText | None = None
        self._question: QuestionSeen | None = None
        self._asked = 0
        self._card_in: bool | None = None
        self._half: CardHalf | None = None
        self._closed = False

    # --- told by the terminal ---------------------------------------------------------------------------------------

    def show(self, said: PartText) -> None:
        """The display shows that line until the next. See ``Display``."""
        with self._telling(DisplaySeen(said)):
            self._history.append(said)
            self._display = said

    def hint(self, said: PartText) -> None:
        """What whoever stands there is to do, or why his wish cannot be carried out."""
        with self._telling(HintSeen(said)):
            self._hint = said

    def card(self, *, present: bool) -> None:
        """A card was put in, or is out."""
        with self._telling(CardMoved(present)):
            self._card_in = present

    def step(self, came: StepSeen) -> None:
        """A step as it came."""
        with self._telling(came):
            self._steps.append(came)

    def exchange(self, slot: str, text: StyledText) -> None:
        """One explained exchange with the card (``slot`` empty) or another, as ``sam``."""
        self._passed(ExchangeSeen(slot, text, self._half))

    def half_works(self, half: CardHalf) -> None:
        """Exchanges that are told from now on are of that half."""
        self._half = half

    def message(self, way: str, text: StyledText, half: CardHalf | None = None) -> None:
        """One explained message of the line: ``sent``, ``received``, ``lost``."""
        self._passed(MessageSeen(way, text, half))

    def remark(self, text: str, about: RemarkAbout) -> None:
        """A line about what stands around the terminal."""
        self._passed(RemarkSeen(text, about))

    def slip(self, lines: Sequence[str]) -> None:
        """One slip is on paper."""
        seen = SlipSeen(tuple(lines))
        with self._telling(seen):
            self._slips.append(seen)

    # --- asked by the terminal --------------------------------------------------------------------------------------

    def enter_pin(self, asked: PinQuestion) -> PinDigits | PadKey:
        """The digits, or how the pad was left; cancelled once the view is closed."""
        return self._ask(asked, self._answerer.pin, _CANCEL)

    def choose(
        self, question: PartText, choices: Sequence[PartText], about: AskedAbout = AskedAbout.TRANSACTION
    ) -> int | None:
        """Which one, from 0; None: cancelled. See ``Keyboard``."""
        return self._ask(ChoiceQuestion(question, tuple(choices), about), self._answerer.choice, None)

    def confirm(self, question: PartText, about: AskedAbout) -> bool:
        """True for yes."""
        return self._ask(YesNoQuestion(question, about), self._answerer.yes, cancelled=False)

    def text(self, question: PartText, about: AskedAbout, step: StepKey | None = None) -> str | None:
        """A line; None: cancelled."""
        return self._ask(TextQuestion(question, about, step), self._answerer.text, None)

    def next_step(self, asked: StepQuestion) -> StepKey | str | None:
        """What is to be done: a key, or a line as it was typed; None: whoever stands there has enough. The keys are
        seen as long as nothing else is being done.
        """
        self._offer(asked.keys)
        try:
            return self._ask(asked, self._answerer.step, None)
        finally:
            self._offer(())

    def move_card(self, asked: CardQuestion) -> bool | None:
        """True to have the card moved; False: whoever stands there has enough; None: he goes back."""
        no: bool | None = False
        return self._ask(asked, self._answerer.card, no)

    def step_begins(self) -> None:
        """What was entered or said before does not belong to what comes now, nor does what the display shows."""
        with self._telling(WorkBegins(_WAIT)):
            self._hint, self._display = None, _WAIT
        self._answerer.step_begins()

    def pin_was_wrong(self) -> None:
        """An issuer said so of the last PIN that was entered."""
        self._answerer.pin_was_wrong()

    def pads_go_by(self, card_out: Callable[[], bool]) -> None:
        """See ``Answerer``."""
        self._answerer.pads_go_by(card_out)

    @property
    def asked(self) -> int:
        """How many questions there were."""
        return self._asked

    # --- whoever shows it -------------------------------------------------------------------------------------------

    def seen(self) -> TerminalSeen:
        """A picture of now."""
        with self._lock:
            return TerminalSeen(
                display=self._display,
                history=tuple(self._history),
                hint=self._hint,
                keys=self._keys,
                question=self._question,
                slips=tuple(self._slips),
                exchanges=tuple(self._exchanges),
                steps=tuple(self._steps),
                card_in=self._card_in,
            )

    def subscribe(self, listener: ViewListener) -> Callable[[], None]:
        """Tell ``listener`` of every event from now on. Returns the call that ends it. Listeners are told one after the
        other, in the order in which they came, of one event at a time, in the order in which the picture changed,
        whatever threads tell the view. What a listener itself tells comes behind what it is being told. One that fails
        harms nothing and nobody.
        """
        told = unfailing(listener)
        with self._lock:
            self._listeners = (*self._listeners, told)

        def unsubscribe() -> None:
            with self._lock:
                self._listeners = tuple(each for each in self._listeners if each is not told)

        return unsubscribe

    def pressed(self, keys: int) -> None:
        """So many keys of the PIN pad are pressed for the question that is open; nothing if none is."""
        with self._teller:
            now = self._question
            if now is None or not isinstance(now.question, PinQuestion):
                return
            now = now._replace(pressed=max(0, min(keys, MOST_PRESSED)))
            with self._telling(now):
                self._question = now

    def answered_first(self, front: Callable[[Answerer], Answerer]) -> None:
        """From now on ``front`` of who has answered so far does, while a terminal is being set up: some answers are
        given by options or files, before anybody is asked (``AnswersInFront``).
        """
        self._answerer = front(self._answerer)

    def show_first(self, before: Callable[[], None]) -> None:
        """``before`` is called before each question from now on: all is told then that has passed."""
        self._before = before

    def close(self) -> None:
        """Nobody answers any more: what is asked now or later is cancelled. What is told is told on."""
        with self._lock:
            self._closed = True
        self._answerer.close()

    # ----------------------------------------------------------------------------------------------------------------

    def _passed(self, seen: Passed) -> None:
        with self._telling(seen):
            self._exchanges.append(seen)

    def _offer(self, keys: tuple[StepKey, ...]) -> None:
        with self._telling(KeysSeen(keys)):
            self._keys = keys

    @contextmanager
    def _telling(self, event: ViewEvent) -> Iterator[None]:
        """The picture is changed within, and behind it all are told of ``event``, in this thread; others wait."""
        with self._teller:
            with self._lock:
                yield
            self._tell(event)

    def _tell(self, event: ViewEvent) -> None:
        """A listener's own comes behind what it is being told. Whoever calls this holds ``_teller``."""
        self._untold.append(event)
        if len(self._untold) > 1:
            return
        try:
            while self._untold:
                for listener in self._listeners:
                    listener(self._untold[0])
                self._untold.popleft()
        finally:  # Ctrl-C in a listener
            self._untold.clear()

    def _ask(self, question: Q, answered: Callable[[Q], A], cancelled: A) -> A:
        """What ``answered`` says, never held in between: it may be a PIN."""
        with self._asking:
            self._before()
            self._answerer.opens(question)  # before anybody sees it
            seen = None
            try:
                if self._closed:
                    return cancelled
                self._asked += 1
                seen = QuestionSeen(self._asked, question)
                with self._telling(seen):
                    self._question = seen
                return answered(question)
            finally:
                self._answerer.over(question)
                if seen is not None:
                    with self._telling(QuestionOver(seen.number)):
                        self._question = None
