"""Which card a test asks for: what the command line and ``pytest.ini`` say for all, and a marker for one test.

A marker that names a card begins anew; one that names none says what is otherwise about the card that all have.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
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
_ABOUT = ("settings", "seed", "holder", "faults", "psam", "psam_settings")
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
            _demand_sense(mark)
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
    """The cards of the nearest marker that names any."""
    return next((tuple(near(name, folder) for name in mark.args) for mark in marks if mark.args), ())


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


def _demand_sense(mark: pytest.Mark) -> None:
    said: dict[str, Any] = dict(mark.kwargs)
    wrong = sorted(said.keys() - set(_ABOUT))
    if wrong:
        unusable(ValueError(f"@pytest.mark.{MARKER} knows no {wrong[0]}; it takes cards, and {', '.join(_ABOUT)}"))
    lists = [said[name] for name in ("settings", "psam_settings") if name in said]
    if not all(isinstance(each, list | tuple) for each in lists):
        unusable(ValueError(f'@pytest.mark.{MARKER} takes a list of settings: ["PATH=VALUE", …]'))
