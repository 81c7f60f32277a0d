"""How the card at hand is served with a setting changed (换一项设置的同一张卡): what a note tells to type."""

from __future__ import annotations

import shlex
from typing import NamedTuple

from firewall.trace import Setting

_PROFILE = "PROFILE"


class ServedCard(NamedTuple):
    """A card as the command line names it.

    ``profile``: its name or path; ``settings``: what it has otherwise than in the file, secrets left out. ``beside``:
    for a card in the slot for the PSAM, the one in the first slot. ``burnt_in``: a card file, which is made anew for
    another setting.
    """

    profile: str = _PROFILE
    settings: tuple[str, ...] = ()
    beside: ServedCard | None = None
    burnt_in: bool = False

    def having(self, setting: Setting) -> str:
        """In backticks, the command that serves it with ``setting`` as it would have to be, and all else as it is."""
        one = f"{setting.path}={plain(setting.would)}"
        if self.burnt_in:
            return f"`dualcos issue {_PROFILE} --set {shlex.quote(one)} -o FILE`"
        kept = [each for each in self.settings if each.partition("=")[0].strip() != setting.path]
        words = self._words(*kept, one)
        return f"`dualcos serve {shlex.join(words)}`"

    def _words(self, *settings: str) -> list[str]:
        if self.beside is None:
            return [self.profile, *_options("--set", settings)]
        first = self.beside
        words = first._words(*first.settings)  # noqa: SLF001 - of the same class
        return [*words, "--sam", self.profile, *_options("--sam-set", settings)]


def _options(option: str, settings: tuple[str, ...]) -> list[str]:
    return [word for setting in settings for word in (option, setting)]


def plain(value: int | str | None) -> str:
    """A value as it is typed behind ``PATH=``."""
    return str(value).lower() if isinstance(value, bool) else str(value)


NO_CARD = ServedCard()
"""Nobody says which card it is: the reader of the note names it."""
