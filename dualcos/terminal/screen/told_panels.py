"""What a terminal tells, each kind in its place: the display, what passed and why, the steps as they came, paper."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from functools import partial

from rich.text import Text
from textual import events
from textual.widgets import RichLog, Static

from dualcos.explain.control_characters import in_one_line
from dualcos.explain.moments_shown import with_moments
from dualcos.explain.rendering import pad, width
from dualcos.terminal.screen.halves_at_work import CardHalf
from dualcos.terminal.screen.literal_text import (
    FAINT,
    ROLE_STYLES,
    HangingText,
    ScreenLanguage,
    bilingual,
    literal,
    one_line,
    styled,
)
from dualcos.terminal.screen.seen_at_terminal import ExchangeSeen, MessageSeen, Passed, RemarkSeen, SlipSeen, StepSeen
from dualcos.terminal.terminal_parts import PartText

_MOST_TOLD, _MOST_LINES = 2000, 6000
_WAYS = {
    "sent": PartText("发出", "sent"), "received": PartText("收到", "received"), "lost": PartText("丢失", "lost"),
}  # fmt: skip
_FRAME = ("┌", "│", "└")
_TERMINAL = "bold #f0f6fc on #1f6feb"
_PAPER = "#1c1c1c on #f2efe4"


class DisplayPanel(Static):
    """显示器: the line that stands there, Chinese first."""

    def show(self, said: PartText | None, language: ScreenLanguage) -> None:
        """That one from now on."""
        self.update(bilingual(said, language, "bold #f0f6fc", "#c9d1d9") if said is not None else "")


class ToldPanel(RichLog):
    """Lines below each other, the last ones in sight; written anew where it becomes wider or narrower, and where the
    language changes.
    """

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id, wrap=True, markup=False, highlight=False, min_width=0, max_lines=_MOST_LINES)
        self.language = ScreenLanguage.BOTH
        self._told: deque[Callable[[], None]] = deque(maxlen=_MOST_TOLD)
        self._written_for = 0

    def speak(self, language: ScreenLanguage) -> None:
        """In that language from now on."""
        self.language = language
        self._write_all()

    def tell(self, writes: Callable[[], None]) -> None:
        """``writes`` writes one thing more, now and each time that all is written anew."""
        self._told.append(writes)
        if self._written_for:
            writes()

    def line(self, text: Text, hang: int = 2, first: int = 0, *, exact: bool = False) -> None:
        """Write that, wrapped where it is too long."""
        self.write(HangingText(text, hang, first, exact=exact))

    def on_resize(self, event: events.Resize) -> None:
        """A panel that is not in sight has no width, and what is written there is lost."""
        super().on_resize(event)
        width = self.scrollable_content_region.width
        if width != self._written_for:
            self._written_for = width
            self._write_all()

    def _write_all(self) -> None:
        self.clear()
        for writes in self._told if self._written_for else ():
            writes()


class PassedPanel(ToldPanel):
    """What card, PSAM and bank said to each other, in words, and what the kernel decided; each with its half."""

    def passed(self, seen: Passed) -> None:
        """One more."""
        self.tell(partial(self._passed, seen))

    def decided(self, step: StepSeen) -> None:
        """The end of a step, and what the kernel decided in it."""
        self.tell(partial(self._decided, step))

    def _passed(self, seen: Passed) -> None:
        shown = Text()
        if not isinstance(seen, RemarkSeen) and seen.half is not None:
            shown.append(seen.half.value.zh, seen.half.style).append(" ")
        if isinstance(seen, ExchangeSeen):
            shown.append(f"{seen.slot.upper()} " if seen.slot else "", "bold #d2a8ff")
            first, *more = styled(seen.text).split(allow_blank=True)
            self.line(shown.append_text(_from_its_first(first)), hang=5)
            for each in more:
                self.line(_from_its_first(each), hang=2, first=5)
        elif isinstance(seen, MessageSeen):
            shown.append(f"{self.language.line(_WAYS.get(seen.way, PartText(seen.way, seen.way)))} ", "bold #e3b341")
            self.line(shown.append_text(styled(seen.text)), hang=5)
        else:
            self.line(literal(seen.text, ROLE_STYLES["advice"]))

    def _decided(self, step: StepSeen) -> None:
        if step.more is not None:
            self.line(styled(step.more), hang=4)
        self.line(one_line(f"── {_mark(step)} {step.name} ──", _mark_style(step)))


class StepsPanel(ToldPanel):
    """The steps as they came: what was done, why one stopped, what to do about it."""

    def came(self, step: StepSeen) -> None:
        """One more."""
        self.tell(partial(self._came, step))

    def hinted(self, said: PartText) -> None:
        """What is to be done, or why something is not."""
        self.tell(partial(self._hinted, said))

    def _came(self, step: StepSeen) -> None:
        head = literal(f"{_mark(step)} {step.name}", _mark_style(step))
        if step.done is not None:
            head.append("  ").append_text(literal(self.language.line(step.done), "#e6edf3"))
        self.line(head)
        for each in step.details:
            name = self.language.line(PartText(each.zh, each.en))
            row = literal(name, FAINT).append("  ").append_text(literal(with_moments(each.text), ROLE_STYLES["value"]))
            self.line(row.append(f"  {each.place}" if each.place else "", FAINT), first=2)
        if step.stop is not None:
            said = literal(with_moments(self.language.line(step.stop.said)), ROLE_STYLES["reason"])
            self.line(said.append("  ").append_text(literal(step.stop.rule, FAINT)), first=2)
            self.line(literal(f"→ {self.language.line(step.stop.todo, '; ')}", ROLE_STYLES["advice"]), first=2)
        for line in step.lines:
            if not line.lstrip().startswith(_FRAME):  # a slip, which is on paper
                self.line(literal(line, "#c9d1d9"))

    def _hinted(self, said: PartText) -> None:
        """In English in any case: of a wish that is not understood Chinese says no more than that."""
        language = ScreenLanguage.BOTH if self.language is ScreenLanguage.CHINESE else self.language
        self.line(literal(f"! {language.line(said, ': ')}", ROLE_STYLES["advice"]))


class SlipPanel(ToldPanel):
    """凭条: slips as they are on paper, the last one in sight."""

    def printed(self, slip: SlipSeen) -> None:
        """One more."""
        self.tell(partial(self._slip, slip))

    def _slip(self, slip: SlipSeen) -> None:
        lines = [in_one_line(line) for line in slip.lines]
        widest = max((width(line) for line in lines), default=0)
        for line in ("", *lines, ""):
            self.line(Text(f" {pad(line, widest)} ", _PAPER, no_wrap=True, overflow="crop"), exact=True)
        self.line(Text(" "), exact=True)


def _mark(step: StepSeen) -> str:
    return "✓" if step.stop is None else "✗"


def _mark_style(step: StepSeen) -> str:
    return ROLE_STYLES["good"] if step.stop is None else ROLE_STYLES["bad"]


def _from_its_first(line: Text) -> Text:
    """Without the blanks that put it into a column."""
    return line[len(line.plain) - len(line.plain.lstrip()) :]


def status_text(kind: PartText, parts: Iterable[PartText], half: CardHalf | None, language: ScreenLanguage) -> Text:
    """The line on top: which terminal it is, what else there is to know of it now, which half is at work."""
    shown = Text(no_wrap=True, overflow="ellipsis").append(f" {in_one_line(language.line(kind))} ", _TERMINAL)
    if half is not None:
        shown.append(f" {language.line(half.value)} ", half.style)
    for part in parts:
        shown.append("  ").append_text(one_line(language.line(part), "#c9d1d9"))
    return shown
