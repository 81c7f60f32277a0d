"""收款员屏幕: a terminal on a screen of text, for whoever stands at it: display, keys, PIN pad, paper, and why.

It shows a ``TerminalView`` and answers for it; the terminal itself works in another thread and waits there for answers,
so this one never waits for it. Nothing of a PIN is in it but a number of keys.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Static

from dualcos.terminal.screen.answered_elsewhere import AnsweredElsewhere, ViewAnswer
from dualcos.terminal.screen.card_keys import CARD_BACK, CARD_MOVED, how_card_moves, ways_of_card
from dualcos.terminal.screen.dialog_keys import DialogKey
from dualcos.terminal.screen.dialog_of_question import dialog_for
from dualcos.terminal.screen.halves_at_work import CardHalf
from dualcos.terminal.screen.keys_around_pad import KeysAroundPad
from dualcos.terminal.screen.literal_text import ROLE_STYLES, ScreenLanguage, bilingual, literal
from dualcos.terminal.screen.pin_pad_dialog import PinPadDialog
from dualcos.terminal.screen.question_dialogs import TextDialog
from dualcos.terminal.screen.screen_look import LOOK, WIDE_FROM
from dualcos.terminal.screen.seen_at_terminal import (
    CardMoved,
    DisplaySeen,
    ExchangeSeen,
    HintSeen,
    KeysSeen,
    MessageSeen,
    QuestionOver,
    QuestionSeen,
    RemarkSeen,
    SlipSeen,
    StepSeen,
    ViewEvent,
    WorkBegins,
)
from dualcos.terminal.screen.silent_textual import SilentApp
from dualcos.terminal.screen.step_keys import StepKeys
from dualcos.terminal.screen.terminal_on_screen import TerminalOnScreen
from dualcos.terminal.screen.terminal_view import TerminalView
from dualcos.terminal.screen.told_panels import DisplayPanel, PassedPanel, SlipPanel, StepsPanel, ToldPanel, status_text
from dualcos.terminal.screen.view_questions import (
    AskedAbout,
    CardQuestion,
    PinQuestion,
    StepKey,
    StepQuestion,
    TextQuestion,
)
from dualcos.terminal.terminal_parts import PartText

_PANES = ("steps", "slips", "passed")
_TITLES = {
    "display": PartText("显示器", "display"), "keys": PartText("交易", "steps"), "steps": PartText("结果", "results"),
    "slips": PartText("凭条", "slips"), "passed": PartText("交互与决定", "what passed and why"),
}  # fmt: skip
_TYPE, _READ = PartText("输入一步，如 {0}", "type a step, as {0}"), PartText("read", "read")
_IN, _OUT = PartText("卡在内", "card in"), PartText("无卡", "no card")
_BUSY, _LEAVING = PartText("办理中…", "at work…"), PartText("办完即退出", "ends behind this step")
_CHOOSE = PartText("请选择交易：编号加回车，或按F2输入", "choose a step: its number and Enter, or F2 to type one")
_BY_OTHERS = PartText("请插拔读卡器中的卡", "move the card that is in the reader")


class CashierScreen(SilentApp):
    """``ready``: called when it can be told. It ends by ``flow_over``, which any thread may call."""

    CSS = LOOK
    HORIZONTAL_BREAKPOINTS = [(0, "-small"), (WIDE_FROM, "-wide")]  # noqa: RUF012 - as Textual has it
    BINDINGS = [  # noqa: RUF012 - as Textual has it
        Binding("f2", "type", show=False),
        Binding("f3", "card", show=False, priority=True),
        Binding("f4", "reprint", show=False),
        Binding("f5", "pane", show=False, priority=True),
        Binding("f6", "language", show=False, priority=True),
        Binding("escape", "go_back", show=False),
        Binding("f10,ctrl+c,ctrl+q", "leave", show=False, priority=True),
    ]

    class TerminalTold(Message):
        """The terminal has told something since the last one of these."""

    class FlowOver(Message):
        """The terminal asks and tells nothing more."""

    def __init__(
        self,
        view: TerminalView,
        answerer: AnsweredElsewhere,
        terminal: TerminalOnScreen,
        ready: Callable[[], object] = lambda: None,
    ) -> None:
        super().__init__()
        self._view, self._answerer, self._terminal, self._ready_now = view, answerer, terminal, ready
        self.language = ScreenLanguage.BOTH
        self.pane = "steps"
        self.leaving = False
        self._heard: deque[ViewEvent] = deque()
        self._woken = False
        self._line = view.seen().display
        self._stopped: PartText | None = None
        self._status: tuple[PartText, ...] = ()
        self._half: CardHalf | None = None
        self.around_pad = KeysAroundPad()
        self._open: QuestionSeen | None = None
        self._dialog: ModalScreen[None] | None = None
        self._unsubscribe: Callable[[], None] = lambda: None

    # --- made -------------------------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """Status on top, display, then keys, results and paper, and why; what the function keys do."""
        yield Static(id="status")
        yield DisplayPanel(id="display")
        with Horizontal(id="work"):
            with Vertical(id="left"):
                yield StepKeys(id="keys")
                yield Static(id="hint")
            with Vertical(id="middle"):
                yield StepsPanel(id="steps")
                yield SlipPanel(id="slips")
            yield PassedPanel(id="passed")
        with Horizontal(id="foot"):
            for name, said, does in self._foot():
                yield DialogKey(name, said, self.language, does)

    def _foot(self) -> tuple[tuple[str, PartText, Callable[[], object]], ...]:
        return (
            ("F2", PartText("输入", "type"), self.action_type),
            ("F3", PartText("插拔", "card"), self.action_card),
            ("F4", PartText("重打", "slip"), self.action_reprint),
            ("F5", PartText("换页", "pane"), self.action_pane),
            ("F6", PartText("语言", "lang"), self.action_language),
            ("F10", PartText("退出", "end"), self.action_leave),
        )

    def on_mount(self) -> None:
        """All is there: from now on it is told."""
        self._show_pane()
        self._catch_up()
        self._speak()
        self.query_one(StepKeys).focus()
        self._unsubscribe = self._view.subscribe(self._told)
        self._ready_now()

    def on_unmount(self) -> None:
        """Nobody is shown anything any more, nor answers."""
        self._unsubscribe()
        self._view.close()

    async def on_event(self, event: events.Event) -> None:
        """All that the keyboard says comes by here first."""
        if isinstance(event, events.Key) and not event.is_forwarded and self.around_pad.drops(event):
            return
        await super().on_event(event)

    # --- told, in the terminal's thread -----------------------------------------------------------------------------

    def _told(self, event: ViewEvent) -> None:
        try:
            if isinstance(event, QuestionSeen) and isinstance(event.question, StepQuestion | CardQuestion):
                self._status = tuple(self._terminal.status())
        finally:  # what is asked must be seen, whatever else is known
            self._heard.append(event)
            if not self._woken:  # much may be told before there is time to show any of it
                self._woken = True
                self.post_message(self.TerminalTold())

    def leave_soon(self) -> None:
        """As a signal does: what is asked is cancelled, now and later. May be called where hardly anything may be."""
        self.leaving = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._view.close)

    def flow_over(self) -> None:
        """There is nothing more to come."""
        self.post_message(self.FlowOver())

    # --- shown ------------------------------------------------------------------------------------------------------

    def on_cashier_screen_flow_over(self) -> None:
        """The end."""
        self.exit()

    def on_cashier_screen_terminal_told(self) -> None:
        """One thing after the other, each in its place."""
        self._woken = False
        while self._heard:
            self._show(self._heard.popleft())
        self._show_status()

    def _show(self, event: ViewEvent) -> None:
        match event:
            case DisplaySeen() | WorkBegins():
                self._line, self._stopped = event.said, None
                self._show_line()
            case StepSeen():
                self.query_one(StepsPanel).came(event)
                self.query_one(PassedPanel).decided(event)
                self._half = None
                if event.stop is not None:
                    self._stopped = event.stop.said
                self._line = event.done or self._line
                self._show_line()
            case SlipSeen():
                self.query_one(SlipPanel).printed(event)
                self._show_pane("slips")
            case QuestionSeen():
                self._asked(event)
            case QuestionOver():
                self._over(event)
            case HintSeen():
                self.query_one(StepsPanel).hinted(event.said)
                self._hint(event.said)
            case CardMoved() | KeysSeen():
                pass
            case ExchangeSeen() | MessageSeen():
                self.query_one(PassedPanel).passed(event)
                self._half = event.half
            case RemarkSeen():
                self.query_one(PassedPanel).passed(event)

    def _show_status(self) -> None:
        seen = self._view.seen()
        parts = [*self._status]
        if seen.card_in is not None or self._terminal.hand is not None:
            parts.insert(0, _IN if self._card_in() else _OUT)
        if self.leaving:
            parts.append(_LEAVING)
        elif self._open is None:
            parts.append(_BUSY)
        narrow = self.size.width < WIDE_FROM and self.language is ScreenLanguage.BOTH
        language = ScreenLanguage.CHINESE if narrow else self.language  # there is no room for both
        line = status_text(self._terminal.kind, parts, self._half, language)
        self.query_one("#status", Static).update(line)

    def _show_line(self) -> None:
        """Why it stopped, until it is asked again, else what it said last, a step's outcome included; what it wants of
        the card.
        """
        asked = self._open.question if self._open is not None else None
        said = self._stopped or self._line
        if isinstance(asked, CardQuestion):
            said = asked.said if said is None else PartText(*map(" · ".join, zip(said, asked.said, strict=True)))
        elif isinstance(asked, StepQuestion):
            said = said or _CHOOSE
        self.query_one(DisplayPanel).show(said, self.language)

    def _card_in(self) -> bool:
        hand = self._terminal.hand
        return hand.present if hand is not None else bool(self._view.seen().card_in)

    def _catch_up(self) -> None:
        """What was told before there was a screen."""
        seen = self._view.seen()
        for each in seen.exchanges:
            self.query_one(PassedPanel).passed(each)
        for step in seen.steps:
            self.query_one(StepsPanel).came(step)
        for slip in seen.slips:
            self.query_one(SlipPanel).printed(slip)

    def _speak(self) -> None:
        """All that stands there, in the language that is asked for."""
        for name, said in _TITLES.items():
            self.query_one(f"#{name}").border_title = self.language.line(said)
        for panel in self.query(ToldPanel):
            panel.speak(self.language)
        for key in self.query("#foot DialogKey").results(DialogKey):
            key.speak(self.language)
        self._show_keys()
        self._show_status()

    def _show_pane(self, name: str = "") -> None:
        self.pane = name or self.pane
        for each in _PANES:
            self.screen_stack[0].set_class(each == self.pane, f"-{each}")

    def _show_keys(self) -> None:
        self._show_line()
        keys = self.query_one(StepKeys)
        asked = self._open.question if self._open is not None else None
        if isinstance(asked, StepQuestion):
            keys.offer(asked.keys, asked.ways, self.language)
        elif isinstance(asked, CardQuestion):
            keys.offer((), tuple(ways_of_card(asked)), self.language)
            self._hint(how_card_moves(asked))
        else:
            keys.offer((), (), self.language)
            self._hint(_BUSY)

    def _hint(self, said: PartText) -> None:
        self.query_one("#hint", Static).update(bilingual(said, self.language))

    # --- asked ------------------------------------------------------------------------------------------------------

    def _asked(self, seen: QuestionSeen) -> None:
        if self._open is not None and self._open.number == seen.number:
            return  # a key of the PIN pad
        self._open = seen
        asked = seen.question
        if isinstance(asked, StepQuestion | CardQuestion):
            self._half = None  # neither is at work
            if self.leaving:
                self._leave_now(asked)
            self._show_keys()
            return
        if isinstance(asked, PinQuestion):
            self.around_pad.pad_opens()

        def answer(given: ViewAnswer) -> None:
            self._answerer.answer(asked, given)

        self._dialog = dialog_for(asked, self.language, self._view.pressed, answer)
        self.push_screen(self._dialog)

    def _over(self, event: QuestionOver) -> None:
        if self._open is None or self._open.number != event.number:
            return
        asked = self._open.question
        if isinstance(asked, StepQuestion) or (isinstance(asked, CardQuestion) and asked.present):
            self._stopped = self._line = None  # what comes now is of something else
        self._open = None
        if isinstance(self._dialog, PinPadDialog):
            self.around_pad.pad_closes()
        self._no_dialog()
        self._show_keys()

    def _no_dialog(self) -> None:
        if self._dialog is not None:
            self._dialog.dismiss()
            self._dialog = None

    # --- answered ---------------------------------------------------------------------------------------------------

    def on_step_keys_lit(self, message: StepKeys.Lit) -> None:
        """What stands behind that step."""
        key = message.key
        if key is not None:
            shown = literal(f"{self.language.texts(key.typed_as)[0]}\n", ROLE_STYLES["value"])
            said = key.said.zh if self.language is ScreenLanguage.CHINESE else key.said.en  # it stands there in Chinese
            self.query_one("#hint", Static).update(shown.append_text(literal(said)))

    def on_step_keys_chosen(self, message: StepKeys.Chosen) -> None:
        """That step, or the card."""
        asked = self._open.question if self._open is not None else None
        if isinstance(asked, StepQuestion):
            self._answerer.answer(asked, message.key)
        elif isinstance(asked, CardQuestion):
            self._answerer.answer(asked, None if message.key == CARD_BACK else message.key == CARD_MOVED)

    def on_step_keys_no_such_number(self, message: StepKeys.NoSuchNumber) -> None:
        """A number that no step has."""
        self._hint(message.said)

    def action_type(self) -> None:
        """A step as it is typed, with whatever options it takes."""
        asked = self._open.question if self._open is not None else None
        if not isinstance(asked, StepQuestion) or self._dialog is not None:
            return
        key = self.query_one(StepKeys).lit
        like = key.typed_as if key is not None else _READ
        question = TextQuestion(PartText(_TYPE.zh.format(like.zh), _TYPE.en.format(like.en)), AskedAbout.STEP_WORDS)

        def typed(line: str | None) -> None:
            self._no_dialog()
            if line:
                self._answerer.answer(asked, line)

        self._dialog = TextDialog(question, self.language, typed)
        self.push_screen(self._dialog)

    def action_card(self) -> None:
        """Put the card in, or take it out: as the terminal asks for it, or in the middle of what it does."""
        asked = self._open.question if self._open is not None else None
        hand = self._terminal.hand
        if isinstance(asked, CardQuestion) and asked.moved is None:
            self._answerer.answer(asked, True)
        elif isinstance(asked, StepQuestion) and (key := _key_of(asked, "pull")) is not None and self._card_in():
            self._answerer.answer(asked, key)
        elif hand is None:
            self._hint(_BY_OTHERS)
        elif hand.present:
            hand.pull()
        else:
            hand.insert()
        self._show_status()

    def action_go_back(self) -> None:
        """From a card that is waited for to the menu."""
        asked = self._open.question if self._open is not None else None
        if isinstance(asked, CardQuestion) and asked.may_go_back:
            self._answerer.answer(asked, None)

    def action_reprint(self) -> None:
        """The step that prints a slip again, where the terminal has one; else the slips are shown."""
        asked = self._open.question if self._open is not None else None
        self._show_pane("slips")
        if isinstance(asked, StepQuestion) and (key := _key_of(asked, "slip")) is not None:
            self._answerer.answer(asked, key)

    def action_pane(self) -> None:
        """The next of what a small screen shows one at a time."""
        self._show_pane(_PANES[(_PANES.index(self.pane) + 1) % len(_PANES)])

    def action_language(self) -> None:
        """The next language; what is asked just now stays in the one it was asked in."""
        self.language = self.language.next
        self._speak()

    def action_leave(self) -> None:
        """End: at once where nothing is being done, else behind this step; asked again, what is asked is cancelled."""
        asked = self._open.question if self._open is not None else None
        if isinstance(asked, StepQuestion | CardQuestion):
            self.leaving = True
            self._leave_now(asked)
        elif self.leaving:
            self._view.close()
        self.leaving = True
        self._show_status()

    def _leave_now(self, asked: StepQuestion | CardQuestion) -> None:
        self._answerer.answer(asked, None if isinstance(asked, StepQuestion) else False)


def _key_of(asked: StepQuestion, name: str) -> StepKey | None:
    return next((key for key in asked.keys if key.name == name), None)
