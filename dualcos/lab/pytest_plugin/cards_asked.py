"""Which card a test asks for: what the command line and ``pytest.ini`` say for all, and a marker for one test.

A marker that names a card begins anew; one that names none says what is otherwise about the card that all have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, NoReturn

import pytest

from dualcos.cardfile.card_file_format import CardFileError
from dualcos.dialogue.driver import StepRefused
from dualcos.lab.faults.fault_script import ScriptError
from dualcos.profile.opened_card import Opened, default_profile, is_card_file, opened_file, opened_profile
from dualcos.profile.schema import Profile, ProfileError, load, names
from dualcos.textforms.text_files import UnreadableText

MARKER = "dualcos"
UNUSABLE = (ProfileError, CardFileError, StepRefused, ScriptError, UnreadableText)
"""What a card, profile or script that cannot be used raises; the message is for people."""
_TRUE_RANDOM = "random"


class CardAskedFor(NamedTuple):
    """``name``: a profile or a card file; ``settings``: fields otherwise than in the profile; ``seed``: where its
    random numbers start, or ``random``.
    """

    name: str
    settings: tuple[str, ...] = ()
    seed: str = "0"

    def opened(self) -> Opened:
        """The card, made or opened now; a card file stays as it is. Raises one of ``UNUSABLE``."""
        seed = None if self.seed == _TRUE_RANDOM else self.seed
        if not is_card_file(self.name):
            return opened_profile(self.name, seed, self.settings)
        if self.settings:
            raise ProfileError(f"{self.name} is a card file, its settings are burnt in: leave settings and holder out")
        return opened_file(self.name, seed, detached=True)

    def demand(self) -> None:
        """Raises one of ``UNUSABLE`` if there is no such card; a profile's is not made."""
        if is_card_file(self.name):
            self.opened()
        else:
            load(self.name, settings=self.settings)


class Wishes(NamedTuple):
    """What a test wants of its cards; a name that is empty was not said."""

    name: str = ""
    settings: tuple[str, ...] = ()
    seed: str = ""
    faults: str = ""
    psam: str = ""
    psam_settings: tuple[str, ...] = ()

    @property
    def card(self) -> CardAskedFor:
        """The card."""
        return CardAskedFor(self.name or default_profile(), self.settings, self.seed or "0")

    def psam_beside(self, profile: Profile | None) -> CardAskedFor:
        """The PSAM: the one that is named, or the one that has the cipher of the card of ``profile``, which may be
        unknown.
        """
        sm4 = profile is not None and profile.ssse is not None and profile.ssse.algorithm == "SM4"
        return CardAskedFor(self.psam or ("psam-sm4" if sm4 else "psam-3des"), self.psam_settings, self.seed or "0")

    def marked(self, marks: Iterable[pytest.Mark], folder: Path) -> Wishes:
        """With what markers say, the outermost first; files they name lie beside the test, in ``folder``. Of several
        cards that one names it is the first.

        Ends the test if one of them says what no marker can.
        """
        wishes = self
        for mark in marks:
            if wrong := _nonsense(mark):
                unusable(ValueError(wrong))
            said = mark.kwargs
            if mark.args:
                wishes = wishes._replace(name=near(mark.args[0], folder), settings=(), faults="")
            holder = (f"holder={said['holder']}",) if said.get("holder") else ()
            wishes = wishes._replace(settings=(*wishes.settings, *said.get("settings", ()), *holder))
            if "psam" in said:
                wishes = wishes._replace(psam=near(said["psam"], folder), psam_settings=())
            wishes = wishes._replace(psam_settings=(*wishes.psam_settings, *said.get("psam_settings", ())))
            if "seed" in said:
                wishes = wishes._replace(seed=str(said["seed"]))
            if "faults" in said:
                wishes = wishes._replace(faults=near(said["faults"], folder))
        return wishes


def several(marks: Iterable[pytest.Mark], folder: Path) -> tuple[str, ...]:
    """The cards of the nearest marker that names any. One that says what no marker can names none: each of its tests
    tells of it, and the others run.
    """
    named = (mark.args for mark in marks if mark.args and not _nonsense(mark))
    return next((tuple(near(name, folder) for name in names) for names in named), ())


def near(name: str | Path, folder: Path) -> str:
    """``name`` if it is a profile's that comes along, else the file called so in ``folder``, if there is one."""
    beside = folder / name
    return str(beside) if str(name) not in names() and beside.is_file() else str(name)


def called(name: str) -> str:
    """How a card is named in the ids of tests: the profile's name, of a file its own."""
    return name if name in names() else Path(name).name


def unusable(error: Exception) -> NoReturn:
    """End the test in one line."""
    raise pytest.fail.Exception(f"dualcos: {error}", pytrace=False) from None


def _nonsense(mark: pytest.Mark) -> str:
    """What no marker can say, in one sentence; empty if this one says nothing of the kind."""
    said: dict[str, Any] = dict(mark.kwargs)
    wrong = sorted(said.keys() - set(_ABOUT))
    if wrong:
        return f"@pytest.mark.{MARKER} knows no {wrong[0]}; it takes cards, and {', '.join(_ABOUT)}"
    if not all(isinstance(name, str | Path) for name in mark.args):
        return f'@pytest.mark.{MARKER} takes cards by name: "dual-2.0-3des", "dual-3.0-sm4"'
    for about, value in said.items():
        takes, fits = _TAKES[about]
        if not fits(value):
            return f"@pytest.mark.{MARKER} takes {takes}"
    return ""


def _is_settings(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(each, str) for each in value)


def _is_file(value: object) -> bool:
    return isinstance(value, str | Path)


def _is_seed(value: object) -> bool:
    return isinstance(value, int | str) and not isinstance(value, bool)


_TAKES: Mapping[str, tuple[str, Callable[[object], bool]]] = MappingProxyType(
    {
        "settings": ('a list of settings: ["PATH=VALUE", …]', _is_settings),
        "seed": ('a number as seed, or "random"', _is_seed),
        "holder": ("a name as holder", lambda value: isinstance(value, str)),
        "faults": ("the name of a fault script", _is_file),
        "psam": ("a profile or a card file as psam", _is_file),
        "psam_settings": ('a list of psam_settings: ["PATH=VALUE", …]', _is_settings),
    }
)
_ABOUT = tuple(_TAKES)
