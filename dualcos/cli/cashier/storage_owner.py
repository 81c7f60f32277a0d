"""Whose a storage is at the social back end, where its running numbers and its bills count: one terminal's.

That terminal is known by its PSAM, or by an option, or by no number at all; what it was first is kept. A PSAM that is
exchanged by maintenance makes another terminal of it, with a storage of its own: with the old one bills are shown,
sent, taken back and cancelled, for which no PSAM is wanted.
"""

from __future__ import annotations

from dualcos.cli.counter.terminal_on_desk import demand_social_number
from dualcos.cli.standing.steps_asked import StepFault
from dualcos.terminal.full.full_journal import FullJournal
from dualcos.terminal.social.card_at_terminal import CardAtTerminal
from dualcos.terminal.social.hsm_path import NO_TERMINAL
from dualcos.terminal.social.security_path import PathKind
from dualcos.terminal.terminal_parts import PartText

_BY_PSAM, _BY_OPTION = "number of the PSAM", "number at the social back end"
_NONE = NO_TERMINAL.hex()


class StorageOwner:
    """``storage``: the file, as it was named."""

    def __init__(self, journal: FullJournal, storage: str | None) -> None:
        self._journal, self._storage = journal, storage

    def number(self, option: str, asked: str | None) -> str:
        """The number that goes with requests where no PSAM says it: the one that is asked for, the one that the storage
        has, or zeros. Raises Fault.
        """
        kept = self._journal.setting(_BY_OPTION)
        if asked is None:
            return kept if kept is not None else _NONE
        demand_social_number(option, asked)
        self._demand(_BY_OPTION, asked)
        return asked

    def admitted(self, at: CardAtTerminal) -> None:
        """A card was, and from here on requests are made in this terminal's name. Raises Fault."""
        self._demand(_BY_PSAM if at.path.kind is PathKind.PSAM else _BY_OPTION, at.path.terminal.hex())

    def _demand(self, key: str, number: str) -> None:
        kept = self._journal.setting(key)
        if kept is None:
            self._journal.keep_setting(key, number)
        elif kept != number:
            own, other = map(_named, (kept, number))
            psam = PartText("（按PSAM）", ", as its PSAM says") if key == _BY_PSAM else PartText("", "")
            said = f"--storage {self._storage}"
            raise StepFault(
                PartText(
                    f"{said}：属于{own.zh}{psam.zh}，不属于{other.zh}；各用各的文件",
                    f"{said}: it is {own.en}'s{psam.en}, not {other.en}'s; each has a file of its own",
                )
            )


def _named(number: str) -> PartText:
    if number == _NONE:
        return PartText("无编号的终端", "a terminal without number")
    return PartText(f"社保终端{number}", f"social terminal {number}")
