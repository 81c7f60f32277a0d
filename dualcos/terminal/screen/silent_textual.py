"""Textual with nothing that writes down what passes: no log, no developer's console, no file of keys, no locals.

What a PIN pad is told are keys and clicks, and Textual shows those to whoever asks it to by the environment: with
``TEXTUAL_LOG`` every event goes to a file, with ``TEXTUAL_DEBUG`` every byte of the keyboard, with ``TEXTUAL=devtools``
all of it goes over the line; and what fails shows the values of local variables. None of that happens here.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final, TextIO

from rich.console import RenderableType
from textual import constants
from textual.app import App
from textual.driver import Driver

from dualcos.reader.bug_place import place_of

_LOUD: Final = {"LOG_FILE": None, "DEBUG": False, "SHOW_RETURN": False, "PRESS": ""}


class ScreenFailed(Exception):
    """The screen itself failed, on one line: which exception and where, and none of its values."""


class SilentApp(App[None]):
    """``failed``: why it ended, where it failed itself."""

    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False

    def __init__(self) -> None:
        for name, quiet in _LOUD.items():
            setattr(constants, name, quiet)
        super().__init__()
        self.features = frozenset()
        self.devtools = None
        self._devtools_redirector = None
        self.css_monitor = None
        self.animation_level = "none"
        self.failed: ScreenFailed | None = None

    def get_driver_class(self) -> type[Driver]:
        """One that a terminal which is gone does not stop."""
        return _lasting(super().get_driver_class())

    def _handle_exception(self, error: Exception) -> None:
        """In place of a traceback that shows what stood in variables."""
        self._fail(f"{type(error).__name__} at {place_of(error)}")

    def _fatal_error(self) -> None:
        self._fail("a failure of Textual's own")

    def panic(self, *renderables: RenderableType) -> None:
        """What Textual would print, of the thread that reads the keyboard, too."""
        del renderables
        self._fail("the keyboard can no longer be read")

    def _fail(self, why: str) -> None:
        self._return_code = 1
        if self.failed is None:
            self.failed = ScreenFailed(f"the screen failed: {why}")
            self._exception = self.failed
            self._exception_event.set()
        self._close_messages_no_wait()


class _LastingFile:
    """What is written to a terminal that is gone is lost, and nothing else happens."""

    def __init__(self, under: TextIO) -> None:
        self._under = under

    def write(self, text: str) -> int:
        with suppress(OSError, ValueError):
            self._under.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._under.flush()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever else a file has
        return getattr(self._under, name)


def _lasting(driver: type[Driver]) -> type[Driver]:
    class LastingDriver(driver):  # type: ignore[misc, valid-type]  # known when it is known where we run
        def __init__(self, *args: Any, **besides: Any) -> None:  # noqa: ANN401 - as the driver takes them
            super().__init__(*args, **besides)
            under = getattr(self, "_file", None)  # where Textual has it on Unix
            if under is not None:
                self._file = _LastingFile(under)

    return LastingDriver
