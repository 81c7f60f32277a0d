"""The keys of a terminal: the steps that may be asked for now, chosen by number, arrow keys or mouse."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual import events
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from dualcos.terminal.screen.literal_text import FAINT, ScreenLanguage, one_line
from dualcos.terminal.screen.menu_number import MenuNumber, no_such_number
from dualcos.terminal.screen.view_questions import StepKey
from dualcos.terminal.terminal_parts import PartText

Offered = StepKey | str


class StepKeys(OptionList):
    """``offer`` says which there are; whoever chooses one posts ``Chosen``."""

    class Chosen(Message):
        """``key``: a step, or a word besides."""

        def __init__(self, key: Offered) -> None:
            super().__init__()
            self.key = key

    class NoSuchNumber(Message):
        """``said``: why nothing was chosen."""

        def __init__(self, said: PartText) -> None:
            super().__init__()
            self.said = said

    class Lit(Message):
        """Another one is under the cursor."""

        def __init__(self, key: StepKey | None) -> None:
            super().__init__()
            self.key = key

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id, markup=False, compact=True)
        self._offered: list[Offered] = []
        self._rows: list[int | None] = []
        self._number = MenuNumber()
        self._before: int | None = None
        self._last = ""

    @property
    def lit(self) -> StepKey | None:
        """The step under the cursor."""
        key = self._key_at(self.highlighted) if self.highlighted is not None else None
        return key if isinstance(key, StepKey) else None

    def offer(self, keys: Sequence[StepKey], ways: Sequence[tuple[str, PartText]], language: ScreenLanguage) -> None:
        """These from now on."""
        self.clear_options()
        self._number.clear()
        self._offered, self._rows = [*keys, *(word for word, _ in ways)], []
        options: list[Option | None] = []
        group: PartText | None = None
        for at, key in enumerate(keys):
            if key.group is not None and key.group != group:
                options.append(Option(one_line(f"── {language.line(key.group)}", FAINT), disabled=True))
                self._rows.append(None)
            group = key.group
            options.append(Option(_row(at + 1, key.name, key.said, language)))
            self._rows.append(at)
        for at, (word, said) in enumerate(ways, len(keys)):
            options.append(Option(_row(at + 1, word, said, language)))
            self._rows.append(at)
        self.add_options(options)
        if self._rows:
            self._light(next((at for at, key in enumerate(self._offered) if _name(key) == self._last), 0))

    def on_key(self, event: events.Key) -> None:
        """Digits move the cursor to that number, and back where there is none; nothing is done before Enter."""
        before = self._before if self._number else self.highlighted
        if not self._number.press(event):
            return
        event.stop()
        self._before = before
        at = self._number.of(len(self._offered))
        self.highlighted = self._rows.index(at) if at is not None else before

    def action_select(self) -> None:
        """Enter: not where a number was typed that no step has, whatever the cursor is on."""
        typed, at = bool(self._number), self._number.of(len(self._offered))
        self._number.clear()
        if typed and at is None:
            self.post_message(self.NoSuchNumber(no_such_number(len(self._offered))))
        else:
            super().action_select()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter, or a click."""
        event.stop()
        self._number.clear()
        key = self._key_at(event.option_index)
        if key is not None:
            self._last = _name(key)
            self.post_message(self.Chosen(key))

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """The cursor has moved."""
        event.stop()
        key = self._key_at(event.option_index)
        self.post_message(self.Lit(key if isinstance(key, StepKey) else None))

    def _key_at(self, row: int) -> Offered | None:
        at = self._rows[row] if row < len(self._rows) else None
        return self._offered[at] if at is not None else None

    def _light(self, at: int) -> None:
        self.highlighted = self._rows.index(at)


def _name(key: Offered) -> str:
    return key.name if isinstance(key, StepKey) else key


def _row(number: int, name: str, said: PartText, language: ScreenLanguage) -> Text:
    text = {ScreenLanguage.CHINESE: said.zh, ScreenLanguage.ENGLISH: name}.get(language, f"{said.zh} {name}")
    return one_line(f"{number:>2} ", FAINT).append_text(one_line(text))
