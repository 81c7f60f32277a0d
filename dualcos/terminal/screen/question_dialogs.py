"""Questions over the screen: one of several, yes or no, a line to type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from dualcos.terminal.screen.dialog_keys import DialogKey
from dualcos.terminal.screen.literal_text import FAINT, ROLE_STYLES, ScreenLanguage, bilingual, literal, one_line
from dualcos.terminal.screen.menu_number import MenuNumber, no_such_number
from dualcos.terminal.screen.view_questions import ChoiceQuestion, TextQuestion, YesNoQuestion
from dualcos.terminal.terminal_parts import PartText

Q = TypeVar("Q", ChoiceQuestion, YesNoQuestion, TextQuestion)
A = TypeVar("A")
CANCEL = PartText("取消", "cancel")
OK = PartText("确认", "OK")
_YES, _NO = PartText("是", "yes"), PartText("否", "no")
_MOST_TYPED = 500


class QuestionDialog(ModalScreen[None], Generic[Q, A]):
    """Asks ``asked``; ``answer`` is told once."""

    def __init__(self, asked: Q, language: ScreenLanguage, answer: Callable[[A], None]) -> None:
        super().__init__(classes="question")
        self.asked: Q = asked
        self.language, self.answer = language, answer

    def compose(self) -> ComposeResult:
        """The question, what it is answered with, ways out."""
        with Vertical(classes="dialog"):
            yield Static(bilingual(self.asked.prompt, self.language, "bold #f0f6fc"), classes="prompt")
            yield from self.answers()
            with Horizontal(classes="ways"):
                yield from self.ways()

    def answers(self) -> ComposeResult:
        """What it is answered with, besides the keys at its foot."""
        yield from ()

    def ways(self) -> ComposeResult:
        """The keys at its foot."""
        yield from ()


class ChoiceDialog(QuestionDialog[ChoiceQuestion, int | None]):
    """One of several."""

    BINDINGS = [Binding("escape", "cancel", show=False, priority=True)]  # noqa: RUF012 - as Textual has it

    def __init__(self, asked: ChoiceQuestion, language: ScreenLanguage, answer: Callable[[int | None], None]) -> None:
        super().__init__(asked, language, answer)
        self._number = MenuNumber()

    def answers(self) -> ComposeResult:
        """All choices, with their numbers."""
        rows = [
            Option(one_line(f"{at} ", FAINT).append_text(one_line(self.language.line(each))))
            for at, each in enumerate(self.asked.choices, 1)
        ]
        yield OptionList(*rows, markup=False, compact=True)
        yield Static("", classes="wrong")

    def ways(self) -> ComposeResult:
        """Enter is of the list."""
        yield DialogKey("Esc", CANCEL, self.language, self.action_cancel)

    def on_key(self, event: events.Key) -> None:
        """A number moves the cursor."""
        if not self._number.press(event):
            return  # Enter is of the list
        event.stop()
        if (at := self._number.of(len(self.asked.choices))) is not None:
            self.query_one(OptionList).highlighted = at

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter, or a click; not Enter behind a number that is none of theirs."""
        event.stop()
        typed, most = bool(self._number), len(self.asked.choices)
        wrong = typed and self._number.of(most) is None
        self._number.clear()
        if wrong:
            self.query_one(OptionList).highlighted = None
            said = literal(self.language.line(no_such_number(most)), ROLE_STYLES["bad"])
            self.query_one(".wrong", Static).update(said)
        else:
            self.answer(event.option_index)

    def action_cancel(self) -> None:
        """None of them."""
        self.answer(None)


class YesNoDialog(QuestionDialog[YesNoQuestion, bool]):
    """Yes or no. Enter alone is neither."""

    BINDINGS = [  # noqa: RUF012 - as Textual has it
        Binding("escape,n", "no", show=False, priority=True),
        Binding("y", "yes", show=False, priority=True),
    ]

    def ways(self) -> ComposeResult:
        """Both."""
        yield DialogKey("Y", _YES, self.language, self.action_yes)
        yield DialogKey("N", _NO, self.language, self.action_no)

    def action_yes(self) -> None:
        """It is so."""
        self.answer(True)

    def action_no(self) -> None:
        """It is not, or nobody says so."""
        self.answer(False)


class TextDialog(QuestionDialog[TextQuestion, str | None]):
    """A line."""

    BINDINGS = [Binding("escape", "cancel", show=False, priority=True)]  # noqa: RUF012 - as Textual has it

    def answers(self) -> ComposeResult:
        """The line, and what is to stand there."""
        step = self.asked.step
        if step is not None:
            yield Static(literal(self.language.texts(step.typed_as)[0], FAINT), classes="usage")
        yield Input(max_length=_MOST_TYPED, select_on_focus=False)

    def ways(self) -> ComposeResult:
        """Both."""
        yield DialogKey("Esc", CANCEL, self.language, self.action_cancel)
        yield DialogKey("Enter", OK, self.language, self._given)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter."""
        event.stop()
        self._given()

    def action_cancel(self) -> None:
        """No line."""
        self.answer(None)

    def _given(self) -> None:
        self.answer(self.query_one(Input).value.strip())
