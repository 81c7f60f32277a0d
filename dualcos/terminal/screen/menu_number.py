"""A number that is typed at a menu, digit by digit, until Enter: none of its digits does anything alone."""

from __future__ import annotations

from textual import events

from dualcos.terminal.terminal_parts import PartText

_MOST_DIGITS = 2


class MenuNumber:
    """Holds no more digits than a menu's number has: of what else is typed, as a PIN that came too late, it knows
    only that it was longer.
    """

    def __init__(self) -> None:
        self._digits = ""
        self._too_long = False

    def __bool__(self) -> bool:
        """True if there is any."""
        return bool(self._digits)

    def clear(self) -> None:
        """None is typed."""
        self._digits, self._too_long = "", False

    def press(self, event: events.Key) -> bool:
        """True for a digit, which is one more; another key begins anew."""
        digit = event.character or ""
        if not (digit.isascii() and digit.isdecimal()):
            if event.key not in ("enter", "return"):
                self.clear()
            return False
        self._too_long = self._too_long or len(self._digits) == _MOST_DIGITS
        self._digits = (self._digits + digit)[:_MOST_DIGITS]
        return True

    def of(self, most: int) -> int | None:
        """Which of ``most``, from 0; None where the number is none of theirs."""
        if self._too_long or self._digits.startswith("0") or not self._digits:
            return None
        number = int(self._digits)
        return number - 1 if number <= most else None


def no_such_number(most: int) -> PartText:
    """Why a number is not taken. Says nothing of what was typed."""
    return PartText(f"没有这个编号，可选1至{most}", f"no such number; there are 1 to {most}")
