"""有效性检查: what a terminal holds against a card before it does business with it (SSC-7 §5.4; 总体方案 一（二）1)."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from cos.ssse.tables.table_model import Version
from dualcos.terminal.social.card_environment import CardEnvironment
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped


class Accepted(NamedTuple):
    """What this terminal accepts (SSC-7 §5.4). ``institutions``: beginnings of 初始化机构编号, empty for any; what a
    region leaves open stays open.
    """

    classes: frozenset[str] = frozenset("1234")
    versions: frozenset[Version] = frozenset(Version)
    institutions: tuple[str, ...] = ()


ANY = Accepted()


class BlacklistLookup(Protocol):
    """The list that the terminal holds."""

    def demand_clear(self, identification: bytes, number: str, now: str) -> None:
        """Raises TerminalStopped: the card is listed, or the list is too old to go by."""
        ...


def demand_valid(card: CardEnvironment, accepted: Accepted, blacklist: BlacklistLookup | None, now: str) -> None:
    """The five checks; ``now``: YYYYMMDDhhmmss. Raises TerminalStopped at the first that fails. A date that the card
    does not have, or that is none, does not pass.
    """
    if blacklist is not None:
        blacklist.demand_clear(card.identification, card.number, now)
    if accepted.institutions and not card.institution.startswith(accepted.institutions):
        raise TerminalStopped(StopCause.ORGANISATION)
    if card.card_class not in accepted.classes:
        raise TerminalStopped(StopCause.CLASS)
    if card.version not in accepted.versions:
        raise TerminalStopped(StopCause.VERSION)
    if not _day(card.issued, "0101") <= now[:8]:
        raise TerminalStopped(StopCause.NOT_YET)
    if not now[:8] <= _day(card.expires, "1231", none=""):
        raise TerminalStopped(StopCause.EXPIRED)


def _day(date: str, of_year: str, none: str = "9" * 9) -> str:
    """YYYYMMDD; of a year alone that day of it (inferred); ``none``, which compares so that it does not pass, else."""
    whole = date + of_year if len(date) == 4 else date
    return whole if len(whole) == 8 and whole.isdecimal() else none
