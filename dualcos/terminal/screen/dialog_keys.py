"""A key at the foot of the screen or of a dialog: its name on the keyboard, what it does, and a place to click on."""

from __future__ import annotations

from collections.abc import Callable

from rich.text import Text
from textual import events
from textual.widgets import Static

from dualcos.terminal.screen.literal_text import ScreenLanguage, one_line
from dualcos.terminal.terminal_parts import PartText


class DialogKey(Static):
    """``name`` is pressed, or this is clicked on."""

    def __init__(self, name: str, said: PartText, language: ScreenLanguage, pressed: Callable[[], object]) -> None:
        super().__init__(classes="dialog-key")
        self._key, self.said, self._does = name, said, pressed
        self.speak(language)

    def speak(self, language: ScreenLanguage) -> None:
        """In that language."""
        self.update(Text.assemble((self._key, "bold #79c0ff"), " ", one_line(language.line(self.said))))

    def on_click(self, event: events.Click) -> None:
        """As if it was pressed."""
        event.stop()
        self._does()
