"""A view of a terminal: bounded, the same for all who look, answered from any thread, and no PIN is ever in it."""

from __future__ import annotations

import threading
import time
import traceback
import warnings
from enum import Enum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dualcos.explain.rendering import plain
from dualcos.terminal.screen.answered_elsewhere import AnsweredElsewhere, AnswerNotTaken
from dualcos.terminal.screen.halves_at_work import CardHalf
from dualcos.terminal.screen.seen_at_terminal import (
    CardMoved,
    KeysSeen,
    QuestionOver,
    QuestionSeen,
    RemarkAbout,
    StepSeen,
    TerminalSeen,
    WorkBegins,
)
from dualcos.terminal.screen.styled_text import StyledText
from dualcos.terminal.screen.terminal_view import TerminalView, ViewBounds
from dualcos.terminal.screen.view_questions import (
    Answerer,
    AnswersInFront,
    AskedAbout,
    CardQuestion,
    PadKey,
    PinDigits,
    PinQuestion,
    StepKey,
    StepQuestion,
)
from dualcos.terminal.terminal_parts import PartText

PIN = "482915"
SAID = PartText("请插卡", "put a card in")
SETTLE = StepKey("settle", PartText("医疗消费", "a medical settlement"), "YUAN", 1)
BOUNDS = ViewBounds(history=3, exchanges=4, steps=2, slips=1)


class PadAsks(Enum):
    PIN = PartText("请输入社保密码", "enter your social security PIN")


def pin_question(**besides) -> PinQuestion:
    return PinQuestion(PadAsks.PIN.value, PadAsks.PIN, CardHalf.SOCIAL, **besides)


class Scripted(Answerer):
    """One answer to everything."""

    def __init__(self, answer):
        self.answer = answer

    def _says(self, asked):
        del asked
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer

    pin = choice = yes = text = step = card = _says


def view_of(answer=None, **besides) -> TerminalView:
    return TerminalView(Scripted(answer), **besides)


def asked_in_every_way(view: TerminalView) -> list[object]:
    return [
        view.enter_pin(pin_question()),
        view.choose(SAID, [SAID, SAID]),
        view.confirm(SAID, AskedAbout.DOCUMENT),
        view.text(SAID, AskedAbout.TELEPHONE),
        view.next_step(StepQuestion(SAID, (SETTLE,))),
        view.move_card(CardQuestion(SAID, SAID, present=True)),
    ]


CANCELLED = [PadKey.CANCEL, None, False, None, None, False]

# --- told -------------------------------------------------------------------------------------------------------------

TOLD = st.lists(st.sampled_from(("show", "exchange", "message", "remark", "step", "slip")), max_size=40)


def tell(view: TerminalView, what: str, number: int) -> None:
    text = StyledText.painted(lambda paint: paint("name", str(number)))
    match what:
        case "show":
            view.show(PartText(str(number), str(number)))
        case "exchange":
            view.exchange("", text)
        case "message":
            view.message("sent", text)
        case "remark":
            view.remark(str(number), RemarkAbout.EXCHANGES)
        case "step":
            view.step(StepSeen("read", "read", SAID, None, lines=(str(number),)))
        case "slip":
            view.slip([str(number)])


@given(TOLD)
def test_the_last_ones_of_each_kind_stay_in_order(told):
    view = view_of(bounds=BOUNDS)
    for number, what in enumerate(told):
        tell(view, what, number)
    seen = view.seen()

    def numbers(*kinds: str) -> list[str]:
        return [str(number) for number, what in enumerate(told) if what in kinds]

    assert [each.zh for each in seen.history] == numbers("show")[-3:]
    assert [str(each.text) for each in seen.exchanges] == numbers("exchange", "message", "remark")[-4:]
    assert [each.lines[0] for each in seen.steps] == numbers("step")[-2:]
    assert [each.lines[0] for each in seen.slips] == numbers("slip")[-1:]
    assert seen.display == (seen.history[-1] if seen.history else None)


def test_every_listener_is_told_everything_in_order_until_it_leaves():
    view, first, second = view_of("read"), [], []
    leave = view.subscribe(first.append)
    view.subscribe(second.append)
    view.card(present=True)
    view.next_step(StepQuestion(SAID, (SETTLE,)))
    leave()
    view.card(present=False)
    assert [type(event) for event in first] == [CardMoved, KeysSeen, QuestionSeen, QuestionOver, KeysSeen]
    assert second == [*first, CardMoved(present=False)]
    assert view.seen().card_in is False


def test_whatever_threads_tell_it_all_are_told_in_the_order_of_the_picture_one_at_a_time():
    view = view_of(bounds=ViewBounds(history=400))
    inside, most, heard, also = [], [], [], []

    def hear(event) -> None:
        inside.append(event)
        most.append(len(inside))
        heard.append(event.said)
        time.sleep(0)  # another thread's turn
        inside.pop()

    view.subscribe(hear)
    view.subscribe(lambda event: also.append(event.said))
    together = threading.Barrier(4)

    def tells(name: str) -> None:
        together.wait()
        for number in range(100):
            view.show(PartText(name, str(number)))

    threads = [threading.Thread(target=tells, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(most) == {1}
    assert heard == also == list(view.seen().history)
    assert len(heard) == 400


def test_what_a_listener_tells_comes_behind_what_it_is_told():
    view, first, second = view_of(), [], []

    def hear(event) -> None:
        first.append(event.said.zh)
        if event.said.zh == "one":
            view.show(PartText("two", ""))
            first.append("told")

    view.subscribe(hear)
    view.subscribe(lambda event: second.append(event.said.zh))
    view.show(PartText("one", ""))
    assert (first, second) == (["one", "told", "two"], ["one", "two"])


def test_an_exchange_is_of_the_half_that_the_connection_says():
    view, halves = view_of(), []
    view.subscribe(lambda event: halves.append(event.half))
    text = StyledText.painted(lambda paint: paint("place", "SSSE"))
    view.exchange("", text)
    for half in (CardHalf.BANK, CardHalf.SOCIAL):
        view.half_works(half)
        view.exchange("", text)
        view.exchange("sam", text)
    view.message("sent", text, CardHalf.BANK)
    assert halves == [None, *[CardHalf.BANK] * 2, *[CardHalf.SOCIAL] * 2, CardHalf.BANK]


def test_nobody_knows_yet_whether_a_card_is_in():
    assert view_of().seen() == TerminalSeen(None, (), None, (), None, (), (), (), None)


def test_a_hint_stands_until_a_step_begins():
    view = view_of()
    view.hint(SAID)
    assert view.seen().hint == SAID
    view.step_begins()
    assert view.seen().hint is None


def test_a_listener_that_fails_harms_nothing_and_nobody():
    view, told = view_of(PinDigits(PIN)), []

    def fails(event):
        raise ValueError(event)

    view.subscribe(fails)
    view.subscribe(told.append)
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("always")
        view.show(SAID)
        assert view.enter_pin(pin_question()) == PIN
    assert len(told) == 3


# --- asked ------------------------------------------------------------------------------------------------------------


def test_keys_are_offered_while_nothing_else_is_done():
    view, offered = view_of("settle 8.50"), []
    view.subscribe(lambda event: offered.append(view.seen().keys) if isinstance(event, QuestionSeen) else None)
    assert view.next_step(StepQuestion(SAID, (SETTLE,))) == "settle 8.50"
    assert offered == [(SETTLE,)]
    assert view.seen().keys == ()


def test_what_has_passed_is_told_before_a_question():
    view, order = view_of(None), []
    view.show_first(lambda: order.append("shown"))
    view.subscribe(lambda event: order.append(type(event)))
    view.text(SAID, AskedAbout.TELEPHONE)
    assert order == ["shown", QuestionSeen, QuestionOver]


def test_what_an_answerer_raises_goes_to_who_asked_and_nothing_is_open_any_more():
    view = view_of(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        view.text(SAID, AskedAbout.TELEPHONE)
    assert view.seen().question is None


def test_what_stands_in_front_answers_and_passes_the_rest_on():
    told = []

    class Behind(Scripted):
        def __getattribute__(self, name):
            if name in ("opens", "over", "step_begins", "pin_was_wrong", "close"):
                return lambda *_: told.append(name)
            return super().__getattribute__(name)

    class YesInFront(AnswersInFront):
        def yes(self, asked):
            del asked
            return True

    view = TerminalView(YesInFront(Behind(None)))
    assert asked_in_every_way(view) == [None, None, True, None, None, None]
    view.step_begins()
    view.pin_was_wrong()
    view.close()
    assert told == ["opens", "over"] * 6 + ["step_begins", "pin_was_wrong", "close"]


# --- answered in another thread ---------------------------------------------------------------------------------------


class Flow:
    """Asks something in a thread of its own."""

    def __init__(self, view: TerminalView, ask) -> None:
        self.came: list[object] = []
        self._opened = threading.Event()
        self._view = view
        view.subscribe(lambda event: self._opened.set() if isinstance(event, QuestionSeen) else None)
        self._thread = threading.Thread(target=lambda: self.came.append(ask(view)))
        self._thread.start()

    def asks(self):
        assert self._opened.wait(30)
        self._opened.clear()
        question = self._view.seen().question
        assert question is not None
        return question

    def ends(self) -> object:
        self._thread.join(30)
        assert not self._thread.is_alive()
        return self.came[0]


ANSWERS = {
    0: PinDigits(PIN), 1: 1, 2: True, 3: "", 4: SETTLE, 5: True,
}  # fmt: skip


def test_each_question_gets_its_own_answer_from_another_thread():
    answerer = AnsweredElsewhere()
    view = TerminalView(answerer)
    flow = Flow(view, asked_in_every_way)
    earlier = None
    for answer in ANSWERS.values():
        asked = flow.asks().question
        assert earlier is None or not answerer.answer(earlier, ANSWERS[0])
        earlier = asked if isinstance(asked, PinQuestion) else None
        assert answerer.answer(asked, answer)
    assert flow.ends() == list(ANSWERS.values())


def test_an_answer_may_come_while_the_question_is_being_told():
    answerer = AnsweredElsewhere()
    view = TerminalView(answerer)
    view.subscribe(lambda event: isinstance(event, QuestionSeen) and answerer.answer(event.question, "12345"))
    assert view.text(SAID, AskedAbout.TELEPHONE) == "12345"


def test_nobody_answers_twice_and_no_dialog_that_is_over():
    answerer = AnsweredElsewhere()
    view = TerminalView(answerer)
    twice, asked = [], []

    def answers(event):
        if isinstance(event, QuestionSeen):
            asked.append(event.question)
            twice.extend((answerer.answer(event.question, "a"), answerer.answer(event.question, "b")))

    view.subscribe(answers)
    assert view.text(SAID, AskedAbout.TELEPHONE) == "a"
    assert twice == [True, False]
    assert not answerer.answer(asked[0], "c")


@pytest.mark.parametrize(
    ("ask", "wrong"),
    [
        (lambda view: view.enter_pin(pin_question(least=4, most=6, wrong_length=SAID)), PinDigits("123")),
        (lambda view: view.enter_pin(pin_question(least=4, most=6, wrong_length=SAID)), PinDigits("1234567")),
        (lambda view: view.enter_pin(pin_question(least=4, most=6, wrong_length=SAID)), PinDigits("12a4")),
        (lambda view: view.enter_pin(pin_question()), PinDigits("")),
        (lambda view: view.enter_pin(pin_question()), PadKey.BYPASS),
        (lambda view: view.enter_pin(pin_question()), None),
        (lambda view: view.choose(SAID, [SAID]), 1),
        (lambda view: view.choose(SAID, [SAID]), -1),
        (lambda view: view.choose(SAID, [SAID, SAID]), True),
        (lambda view: view.confirm(SAID, AskedAbout.DOCUMENT), "yes"),
        (lambda view: view.text(SAID, AskedAbout.TELEPHONE), 5),
        (lambda view: view.next_step(StepQuestion(SAID, (SETTLE,))), SETTLE._replace(name="load")),
        (lambda view: view.move_card(CardQuestion(SAID, SAID, present=True)), None),
        (lambda view: view.move_card(CardQuestion(SAID, SAID, True, moved=bool)), True),
    ],
)
def test_an_answer_that_the_question_does_not_take_leaves_it_open(ask, wrong):
    answerer = AnsweredElsewhere()
    view = TerminalView(answerer)
    flow = Flow(view, ask)
    asked = flow.asks().question
    with pytest.raises(AnswerNotTaken) as refused:
        answerer.answer(asked, wrong)
    assert "123" not in str(refused.value)
    assert view.seen().question is not None
    view.close()
    flow.ends()


def test_closing_cancels_the_open_question_and_every_later_one():
    answerer = AnsweredElsewhere()
    view = TerminalView(answerer)
    flow = Flow(view, asked_in_every_way)
    flow.asks()
    view.close()
    assert flow.ends() == CANCELLED
    assert asked_in_every_way(view) == CANCELLED
    assert view.seen().question is None


def test_closing_cancels_whatever_the_answerer_would_have_said():
    view = view_of(PinDigits(PIN))
    view.close()
    assert asked_in_every_way(view) == CANCELLED


def test_one_question_is_open_at_a_time():
    answerer = AnsweredElsewhere()
    view = TerminalView(answerer)
    open_now, most = [], []

    def counts(event):
        if isinstance(event, QuestionSeen):
            open_now.append(event.number)
            most.append(len(open_now))
            threading.Thread(target=answerer.answer, args=(event.question, "x")).start()
        elif isinstance(event, QuestionOver):
            open_now.remove(event.number)

    view.subscribe(counts)
    flows = [Flow(view, lambda view: view.text(SAID, AskedAbout.TELEPHONE)) for _ in range(4)]
    assert [flow.ends() for flow in flows] == ["x"] * 4
    assert most == [1] * 4


# --- a PIN ------------------------------------------------------------------------------------------------------------


def test_a_pad_shows_how_many_keys_were_pressed_at_most():
    answerer = AnsweredElsewhere()
    view, told = TerminalView(answerer), []
    view.pressed(3)
    flow = Flow(view, lambda view: view.enter_pin(pin_question(tries=2)))
    asked = flow.asks()
    view.subscribe(told.append)
    for keys, shown in ((2, 2), (-1, 0), (10_000, 99)):
        view.pressed(keys)
        assert view.seen().question == asked._replace(pressed=shown) == told[-1]
    answerer.answer(asked.question, PinDigits(PIN))
    assert flow.ends() == PIN


def test_keys_of_a_question_that_is_no_pin_count_nothing():
    view = view_of("x")
    view.subscribe(lambda event: view.pressed(4) if isinstance(event, QuestionSeen) and not event.pressed else None)
    seen = []
    view.subscribe(seen.append)
    view.text(SAID, AskedAbout.TELEPHONE)
    assert [event.pressed for event in seen if isinstance(event, QuestionSeen)] == [0]


def test_a_pin_is_in_nothing_that_is_seen_told_or_traced():
    answerer = AnsweredElsewhere()
    view, told, flow_said = TerminalView(answerer), [], []

    def ask(view):
        digits = view.enter_pin(pin_question())
        try:
            raise ValueError("the card said no")
        except ValueError as failed:
            shown = traceback.TracebackException.from_exception(failed, capture_locals=True)
            flow_said.append("".join(shown.format()))
            return len(digits)

    view.subscribe(lambda event: told.append((repr(event), repr(view.seen()), repr(answerer))))
    flow = Flow(view, ask)
    asked = flow.asks().question
    assert answerer.answer(asked, PIN)
    seen_while_given = [repr(answerer), repr(view.seen()), repr(view), repr(asked), repr(vars(answerer))]
    assert flow.ends() == len(PIN)
    after = [repr(vars(answerer)), repr(vars(view))]
    assert "digits = <PIN>" in flow_said[0]
    assert not [text for text in (*map(str, told), *seen_while_given, *flow_said, *after) if PIN in text]


# --- styled text ------------------------------------------------------------------------------------------------------

PIECES = st.lists(st.tuples(st.sampled_from((None, "name", "good", "faint")), st.text(max_size=5)), max_size=6)


@given(PIECES)
def test_a_styled_text_is_shown_as_whoever_made_it_would_have_painted_it(pieces):
    def render(paint):
        return "".join(text if role is None else paint(role, text) for role, text in pieces)

    def coloured(role, text):
        return f"<{role}>{text}</>" if text else text

    styled = StyledText.painted(render)
    assert styled.shown(coloured) == render(coloured)
    assert str(styled) == render(plain)


def test_what_the_display_showed_is_of_the_step_before():
    view = view_of()
    view.show(SAID)
    told: list[object] = []
    view.subscribe(told.append)
    view.step_begins()
    display = view.seen().display
    assert display is not None
    assert display != SAID
    assert told == [WorkBegins(display)]
    assert view.seen().history == (SAID,)
