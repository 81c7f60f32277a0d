"""卡鉴权: what the register says of a card, asked where a terminal is on line (SC appendix C; SSC-7 §5.4)."""

from __future__ import annotations

from dualcos.messages.social_services import CardCheckAsked, CardChecked
from dualcos.terminal.social.card_environment import CardEnvironment
from dualcos.terminal.social.hsm_path import AskedBackEnd, said_of
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped

IN_USE = "1"
"""AAZ502 of a card that may be used."""


def register_says(card: CardEnvironment, back_end: AskedBackEnd, terminal: bytes) -> CardChecked | None:
    """State and place of insurance; None while the back end is silent: a terminal off line goes by its blacklist.
    ``terminal``: its number, 6 bytes.

    Raises TerminalStopped: the register lets this card do nothing, or does not know it.
    """
    named = {**back_end.numbers(), "terminal": terminal.hex()}
    try:
        said = back_end.answered(CardChecked, CardCheckAsked(**named, card=said_of(card)))
    except TerminalStopped as stopped:
        if stopped.cause is StopCause.NO_BACK_END:
            return None
        raise
    if said.state != IN_USE:
        raise TerminalStopped(StopCause.CARD_STATE, detail=(f"状态{said.state}", f"state {said.state}"))
    return said
