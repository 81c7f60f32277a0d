"""密码键盘: a PIN pad over the screen. It says whose PIN it wants, and shows how many keys were pressed, never which.

The digits are in one object with no other way out than ``take``, once. No key is a widget of its own: where a pointer
or a focus stands would tell a digit to whoever takes a picture of the screen.
"""

from __future__ import annotations

from collections.abc import Callable

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.geometry import Offset
from textual.screen import ModalScreen
from textual.widgets import Static

from dualcos.terminal.screen.dialog_keys import DialogKey
from dualcos.terminal.screen.halves_at_work import CardHalf
from dualcos.terminal.screen.literal_text import FAINT, ROLE_STYLES, ScreenLanguage, bilingual, literal
from dualcos.terminal.screen.view_questions import PadKey, PinDigits, PinQuestion
from dualcos.terminal.terminal_parts import PartText

_ROWS = ("123", "456", "789", "⌫0✓")
_DELETE, _ENTER = "⌫", "✓"
_CELL = 7
_MOST = 12
_NOTHING = PartText("请先输入密码", "type the PIN first")


class TypedDigits:
    """What was typed so far. Shown, it is a number of keys."""

    __slots__ = ("_keys",)

    def __init__(self) -> None:
        self._keys: list[str] = []

    def __len__(self) -> int:
        return len(self._keys)

    def __repr__(self) -> str:
        return f"<{len(self)} keys>"

    def press(self, key: str) -> None:
        """One more."""
        self._keys.append(key)

    def delete(self) -> None:
        """The last one."""
        del self._keys[-1:]

    def clear(self) -> None:
        """All of them."""
        self._keys.clear()

    def take(self) -> PinDigits:
        """All of them; none is left here."""
        digits = PinDigits("".join(self._keys))
        self.clear()
        return digits


class PadKeys(Static):
    """The keys to click on, drawn as one picture."""

    def __init__(self, pressed: Callable[[str], None]) -> None:
        super().__init__(Text("\n\n").join(_drawn(row) for row in _ROWS), id="pad-keys")
        self._pressed = pressed

    def on_click(self, event: events.Click) -> None:
        """Whichever is under it."""
        event.stop()
        offset = event.get_content_offset(self)
        key = _key_under(offset) if offset is not None else ""
        if key:
            self._pressed(key)


class PinPadDialog(ModalScreen[None]):
    """Answers with digits that ``asked`` takes, or how the pad was left; ``pressed`` is told how many keys were."""

    def __init__(
        self,
        asked: PinQuestion,
        language: ScreenLanguage,
        pressed: Callable[[int], None],
        answer: Callable[[PinDigits | PadKey], None],
    ) -> None:
        super().__init__()
        self._asked, self._language = asked, language
        self._pressed, self._answer = pressed, answer
        self._digits = TypedDigits()

    def compose(self) -> ComposeResult:
        """Whose PIN, dots, keys, ways out."""
        asked, language = self._asked, self._language
        half = asked.half
        title = PartText(f"{half.value.zh}{'卡' if half is CardHalf.BANK else ''}密码", f"{half.value.en} PIN")
        with Vertical(id="pad", classes=half.value.en):
            yield Static(literal(f" {language.line(title)} ", half.style), id="pad-title")
            yield Static(bilingual(asked.prompt, language, "bold #f0f6fc"), id="pad-prompt")
            yield Static(self._tries(), id="pad-tries")
            yield Static("", id="pad-dots")
            with Horizontal(id="pad-middle"):
                yield PadKeys(self._press)
            with Horizontal(id="pad-ways", classes="ways"):
                yield DialogKey("Esc", PartText("取消", "cancel"), language, self.cancel)
                if asked.may_bypass:
                    yield DialogKey("F9", PartText("不输", "no PIN"), language, self.bypass)
                yield DialogKey("Enter", PartText("确认", "OK"), language, self.enter)

    def on_mount(self) -> None:
        """No key is pressed."""
        self._dots()

    def on_key(self, event: events.Key) -> None:
        """Each key in its turn: a binding may be faster than the digits before it. Nothing of it goes any further."""
        event.stop()
        event.prevent_default()
        does = {"enter": self.enter, "escape": self.cancel, "f9": self.bypass}.get(event.key)
        if does is not None:
            does()
        elif event.key in ("backspace", "delete"):
            self._press(_DELETE)
        elif event.character is not None and event.character.isascii() and event.character.isdecimal():
            self._press(event.character)

    def on_paste(self, event: events.Paste) -> None:
        """A PIN is typed."""
        event.stop()

    def on_unmount(self) -> None:
        """Nothing typed outlives the pad."""
        self._digits.clear()

    def enter(self) -> None:
        """Give what was typed, if the pad takes it."""
        digits = self._digits.take()
        if self._asked.takes(digits):
            self._answer(digits)
            return
        self._dots(self._asked.wrong_length if digits and self._asked.wrong_length is not None else _NOTHING)

    def cancel(self) -> None:
        """Leave it."""
        self._digits.clear()
        self._answer(PadKey.CANCEL)

    def bypass(self) -> None:
        """Go on without, where that is allowed."""
        if self._asked.may_bypass:
            self._digits.clear()
            self._answer(PadKey.BYPASS)

    def _press(self, key: str) -> None:
        if key == _ENTER:
            self.enter()
            return
        if key == _DELETE:
            self._digits.delete()
        elif len(self._digits) < (self._asked.most or _MOST):
            self._digits.press(key)
        self._dots()

    def _dots(self, said: PartText | None = None) -> None:
        shown = Text("● " * len(self._digits), "bold #f0f6fc") if len(self._digits) else Text("－ － － －", FAINT)
        if said is not None:
            shown = literal(self._language.line(said), ROLE_STYLES["bad"])
        self.query_one("#pad-dots", Static).update(shown)
        self._pressed(len(self._digits))

    def _tries(self) -> Text:
        left = self._asked.tries
        if left is None:
            return Text("")
        said = PartText(f"还剩{left}次", f"{left} {'try' if left == 1 else 'tries'} left")
        return literal(self._language.line(said), ROLE_STYLES["bad" if left <= 1 else "warn"])


def _drawn(row: str) -> Text:
    return Text(" ").join(Text(key.center(_CELL - 1), "bold #f0f6fc on #30363d") for key in row)


def _key_under(at: Offset) -> str:
    row, between = divmod(at.y, 2)
    column, edge = divmod(at.x, _CELL)
    inside = not between and edge < _CELL - 1 and 0 <= row < len(_ROWS) and 0 <= column < len(_ROWS[0])
    return _ROWS[row][column] if inside else ""
