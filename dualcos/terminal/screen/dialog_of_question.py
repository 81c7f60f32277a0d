"""Which dialog asks a question that the screen has no keys for."""

from __future__ import annotations

from collections.abc import Callable

from textual.screen import ModalScreen

from dualcos.terminal.screen.answered_elsewhere import ViewAnswer
from dualcos.terminal.screen.literal_text import ScreenLanguage
from dualcos.terminal.screen.pin_pad_dialog import PinPadDialog
from dualcos.terminal.screen.question_dialogs import ChoiceDialog, TextDialog, YesNoDialog
from dualcos.terminal.screen.view_questions import (
    ChoiceQuestion,
    PinQuestion,
    TextQuestion,
    ViewQuestion,
    YesNoQuestion,
)


def dialog_for(
    asked: ViewQuestion,
    language: ScreenLanguage,
    pressed: Callable[[int], None],
    answer: Callable[[ViewAnswer], None],
) -> ModalScreen[None]:
    """It tells ``answer`` once, and ``pressed`` how many keys of a PIN pad were pressed."""
    match asked:
        case PinQuestion():
            return PinPadDialog(asked, language, pressed, answer)
        case ChoiceQuestion():
            return ChoiceDialog(asked, language, answer)
        case YesNoQuestion():
            return YesNoDialog(asked, language, answer)
        case TextQuestion():
            return TextDialog(asked, language, answer)
    raise TypeError(type(asked).__name__)
