"""卡片锁定, 应用锁定: for good, by who has BK or the application's LK (SSC-7 §13.1, §13.2)."""

from __future__ import annotations

from cos.ssse.tables.table_model import Directory
from dualcos.terminal.social.card_at_terminal import CardAtTerminal, directory_name
from dualcos.terminal.terminal_forms import TerminalBusiness

_BLOCK_CARD, _BLOCK_APPLICATION = "84160000", "841E0001"


def block_card(at: CardAtTerminal) -> None:
    """CARD BLOCK; the card is left without power, as it serves for nothing any more. Raises TerminalStopped."""
    at.demand_business(TerminalBusiness.CARD_BLOCK)
    at.enter(at.home)
    at.prove(at.key(at.home, "BK"))
    at.secured(_BLOCK_CARD)
    at.leave()


def block_application(at: CardAtTerminal, directory: Directory) -> None:
    """APPLICATION BLOCK of one application; the others go on. Raises TerminalStopped: one without LK cannot be."""
    at.demand_business(TerminalBusiness.APPLICATION_BLOCK)
    row = at.key(directory, f"LK{directory_name(directory)}")
    at.enter(directory)
    at.prove(row)
    at.secured(_BLOCK_APPLICATION)
    at.enter(at.home)
