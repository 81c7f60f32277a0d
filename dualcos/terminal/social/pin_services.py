"""The holder's PIN: changed by him, unblocked and reloaded by who has PUK (SSC-7 §9, §13.3; SC §4, §6, §7).

New digits are asked for before any right is earned and before the random number that they go out under.
"""

from __future__ import annotations

from apdu.status import SW
from dualcos.dialogue.driver import apdu, send
from dualcos.dialogue.social import pin_field
from dualcos.terminal.social.card_at_terminal import CardAtTerminal, pin_refused
from dualcos.terminal.social.card_environment import asked
from dualcos.terminal.social.pin_forgotten import forgetting_digits
from dualcos.terminal.social.social_pin_pad import PinAsked
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped
from dualcos.terminal.terminal_forms import TerminalBusiness

_CHANGE = "805E0100"
_UNBLOCK, _RELOAD = "84240000", "84240001"
_BETWEEN = b"\xff"


@forgetting_digits
def change_pin(at: CardAtTerminal) -> None:
    """更改个人密码: old, new, new again; two that differ end it with nothing sent (SSC-7 §9.1 to §9.8). Of a card
    without a PIN no old one is asked for. A wrong old one costs one try and ends it.

    Raises TerminalStopped.
    """
    at.demand_business(TerminalBusiness.PIN_CHANGE)
    at.enter(at.home)
    tries = at.pin_tries()
    old = at.entered(PinAsked.OLD, tries) if at.has_pin else ""
    new = new_pin(at)
    answer = asked(at.card, send(apdu(_CHANGE, pin_field(old) + _BETWEEN + pin_field(new))))
    if answer.sw != SW.OK:
        raise pin_refused(answer.sw)
    at.pin_is_new()


def unblock_pin(at: CardAtTerminal) -> None:
    """解锁: all tries again, the PIN as it was (SSC-5 §6.8). Raises TerminalStopped."""
    at.demand_business(TerminalBusiness.PIN_SERVICE)
    _prove_right(at)
    at.secured(_UNBLOCK)


@forgetting_digits
def reload_pin(at: CardAtTerminal) -> None:
    """重置: a new PIN in place of whatever it was, with all tries (SSC-5 §6.8). Raises TerminalStopped."""
    at.demand_business(TerminalBusiness.PIN_SERVICE)
    new = new_pin(at)
    _prove_right(at)
    at.secured(_RELOAD, pin_field(new))
    at.pin_is_new()


def _prove_right(at: CardAtTerminal) -> None:
    at.enter(at.home)
    at.prove(at.key(at.home, "PUK"))


@forgetting_digits
def new_pin(at: CardAtTerminal) -> str:
    """New digits, entered twice. Raises TerminalStopped."""
    new = at.entered(PinAsked.NEW)
    if at.entered(PinAsked.NEW_AGAIN) != new:
        raise TerminalStopped(StopCause.PINS_DIFFER)
    return new
