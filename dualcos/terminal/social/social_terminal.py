"""The social terminal as one thing: its parts, and pre-processing of a card from insertion to a choice (SSC-7 §5)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from apdu.link import SmartCard
from cos.ssse.tables.table_model import Directory
from dualcos.messages.social_services import CardChecked
from dualcos.terminal.card_contacts import let_go, powerless_behind_faults
from dualcos.terminal.social.card_at_terminal import LONGEST_PIN, CardAtTerminal
from dualcos.terminal.social.hsm_path import AskedBackEnd, HsmPath
from dualcos.terminal.social.psam_path import PsamPath
from dualcos.terminal.social.register_check import register_says
from dualcos.terminal.social.security_path import HSM_AFTER, PathKind
from dualcos.terminal.social.social_pin_pad import PinPad
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped, demand_by_form
from dualcos.terminal.social.transaction_choice import (
    Actor,
    SocialTransaction,
    choose_application,
    choose_transaction,
    transactions_of,
)
from dualcos.terminal.social.validity_check import ANY, Accepted, BlacklistLookup, demand_valid
from dualcos.terminal.terminal_forms import FormCell, FormFactor, TerminalBusiness, TerminalKind, cell_of
from dualcos.terminal.terminal_hardware import TerminalPart, hardware_refusal
from dualcos.terminal.terminal_parts import Clock, Display, Keyboard, PartText

AT_A_COUNTER = cell_of(TerminalKind.SOCIAL, FormFactor.PC)
"""The usual one: a PC with a reader and a PIN pad."""


@dataclass(frozen=True, slots=True)
class SocialParts:
    """What a terminal is made of (SSC-8 §6). ``sam``: what lies in the slot for one; that, ``back_end`` and
    ``blacklist`` may be missing. Without a PIN pad, which SSC-8 leaves open, it is no social terminal (总体方案
    一（二）). ``longest_pin``: digits that the pad takes.
    """

    card: SmartCard
    sam: SmartCard | None
    display: Display
    keyboard: Keyboard
    pin_pad: PinPad | None
    clock: Clock
    back_end: AskedBackEnd | None = None
    blacklist: BlacklistLookup | None = None
    longest_pin: int = LONGEST_PIN

    @property
    def missing(self) -> frozenset[TerminalPart]:
        """What of a terminal's hardware is not there."""
        return frozenset() if self.pin_pad is not None else frozenset((TerminalPart.PIN_PAD,))


class TransactionBegun(NamedTuple):
    """What pre-processing came to. ``application``: selected; None for a transaction of the whole card."""

    at: CardAtTerminal
    transaction: SocialTransaction
    application: Directory | None


class SocialTerminal:
    """``path``: the one to use, None for the PSAM first and the HSM where that does not serve (SC §10.5).
    ``asks_register``: a card that is valid is asked about at the back end, too (卡鉴权). ``cell``: its kind and form,
    which say what it is for.

    Raises TerminalStopped: a part is missing that it must have.
    """

    def __init__(
        self,
        parts: SocialParts,
        accepted: Accepted = ANY,
        path: PathKind | None = None,
        *,
        asks_register: bool = False,
        cell: FormCell = AT_A_COUNTER,
    ) -> None:
        demand_by_form(StopCause.NO_PART, hardware_refusal(cell, parts.missing))
        self.parts = parts
        self.cell = cell
        self.accepted = accepted
        self.registered: CardChecked | None = None
        """What the register said of the card that was admitted last; None where it was not asked, or silent."""
        self._path = path
        self._asks_register = asks_register
        self._at: CardAtTerminal | None = None

    def demand_business(self, *one_of: TerminalBusiness) -> None:
        """The terminal is for one of them, or none is named. Raises TerminalStopped; no card is asked."""
        demand_by_form(StopCause.OTHER_TERMINAL, self.cell.refusal(*one_of))

    def admit(self) -> CardAtTerminal:
        """Power, environment, genuineness, validity (SSC-7 §5.1 to §5.4); a card that fails loses its power (§5.5).
        What was admitted before is void. The caller leaves the card (``CardAtTerminal.leave``); the PSAM keeps its
        power until ``switch_off``.

        Raises TerminalStopped.
        """
        if self._path is PathKind.HSM:
            return self._admitted(PathKind.HSM)
        try:
            return self._admitted(PathKind.PSAM)
        except TerminalStopped as stopped:
            if self._path is not None or self.parts.back_end is None or stopped.code not in HSM_AFTER:
                raise
        return self._admitted(PathKind.HSM)

    def begin(
        self,
        actor: Actor,
        offered: Collection[SocialTransaction] = tuple(SocialTransaction),
        applications: Collection[str] | None = None,
    ) -> TransactionBegun:
        """All of pre-processing (SSC-7 §5.1 to §5.11): the card admitted, the PIN verified if one is set, transaction
        and application chosen among those that terminal and card both have. ``applications``: names of directories
        (``DF04``), None for all. What stops it is shown, and the card loses its power; where the terminal is for none
        of ``offered``, no card is asked.

        Raises TerminalStopped.
        """
        parts = self.parts
        try:
            possible = self._possible(actor, offered)
            with powerless_behind_faults(parts.card):
                at = self.admit()
                at.demand_pin()
                transaction = choose_transaction(actor, parts.keyboard, possible)
                one = transaction.row.application
                application = choose_application(at, parts.keyboard, applications) if one else None
        except TerminalStopped as stopped:
            parts.display.show(PartText(stopped.zh, stopped.en))
            raise
        parts.display.show(transaction.row.said)
        return TransactionBegun(at, transaction, application)

    def _possible(self, actor: Actor, offered: Collection[SocialTransaction]) -> list[SocialTransaction]:
        """What of ``offered`` this terminal lets ``actor`` do. Raises TerminalStopped."""
        wanted = [each for each in transactions_of(actor) if each in offered]
        self.demand_business(*(each.business for each in wanted))
        return [each for each in wanted if self.cell.may(each.business)]

    def switch_off(self) -> None:
        """The day is over: card and PSAM lose their power."""
        if self._at is not None:
            self._at.void()
        for each in (self.parts.card, self.parts.sam):
            if each is not None:
                let_go(each)

    def _admitted(self, kind: PathKind) -> CardAtTerminal:
        parts = self.parts
        path = PsamPath(parts.sam) if kind is PathKind.PSAM else HsmPath(_back_end(parts))
        if self._at is not None:
            self._at.void()
        pad = parts.pin_pad
        assert pad is not None  # noqa: S101 - no terminal stands without one
        at = self._at = CardAtTerminal.met(parts.card, path, pad, parts.longest_pin, self.cell)
        with powerless_behind_faults(parts.card):
            at.demand_genuine()
            demand_valid(at.environment, self.accepted, parts.blacklist, parts.clock.now())
            asked = parts.back_end if self._asks_register else None
            self.registered = None if asked is None else register_says(at.environment, asked, path.terminal)
        return at


def _back_end(parts: SocialParts) -> AskedBackEnd:
    return parts.back_end or AskedBackEnd(None, int)
