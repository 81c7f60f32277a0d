"""The dispatcher: one live session, and SELECT by name as the only way from one environment to another.

Two rules. A session is changed only by a SELECT that the new environment accepts: the new one is opened before
the old one is dropped, and what a refused SELECT does is the live session's business, whoever has refused it. And
nothing is handed over: the old session is garbage, the new one is empty.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from apdu.command import CommandAPDU, MalformedAPDU, parse
from apdu.response import ResponseAPDU
from apdu.status import SW
from firewall.grant import CardBlocked, CardClosing, Ended, Environment, Outcome, Session
from firewall.mint import Mint
from firewall.trace import Reason, Refused

_INS_SELECT = 0xA4
_BY_FID, _BY_NAME = 0x00, 0x04
MF_FID = b"\x3f\x00"
_MALFORMED = b"\x67\x00"
_CARD = "card"  # whose events are the card's own


class _Live(NamedTuple):
    environment: Environment
    session: Session
    label: str = ""  # the MF's


class Dispatcher:
    """Routes commands to the one live session. Made anew at every reset.

    ``root`` answers for the MF; ``mint`` has the environments that exist, and hears which has ended itself or has
    silenced the card.
    """

    def __init__(self, root: Environment, mint: Mint) -> None:
        self._root = root
        self._mint = mint
        self._trace = mint.traces(_CARD)
        self._seen = mint.changes
        self._environments = mint.open_all()
        if any(environment.blocks_card for _, environment in self._environments.values()):
            mint.block_card()
        self._silent = mint.card_blocked
        self._closing = False
        self._live = _Live(root, root.open())

    @property
    def current(self) -> str:
        """The label of the live environment; empty while the MF is current (for traces and tests)."""
        return self._live.label

    def twin(self, session: Callable[[Session, Environment], Session]) -> Dispatcher:
        """Another dispatcher with a live session of its own, made by ``session`` of this one's: for laboratories, which
        go on from one place again and again.
        """
        live, other = self._live, object.__new__(Dispatcher)
        vars(other).update(vars(self), _live=live._replace(session=session(live.session, live.environment)))
        return other

    def exchange(self, raw: bytes) -> bytes:
        """One command APDU in, one answer out (data, SW1, SW2)."""
        try:
            command = parse(raw)
        except MalformedAPDU as error:
            reason = Reason("APDU", "no APDU", "ISO 7816-3 §12.1", {"fault": str(error)})
            self._trace.note(Refused("", SW.WRONG_LENGTH, reason))
            self._live.session.refused_elsewhere()
            return _MALFORMED
        if self._silent:
            return self._blocked().encode()
        if command.ins == _INS_SELECT and command.cla == 0:
            return self._select(command).encode()
        outcome = self._live.session.handle(command)
        response = outcome if type(outcome) is ResponseAPDU else self._settled(outcome)
        if self._live.environment is self._root and self._mint.changes != self._seen:
            self._look_again()
        return response.encode()

    def _blocked(self) -> ResponseAPDU:
        """What a card that is blocked as a whole answers to everything."""
        blocked = Reason("life cycle", "the card is blocked", "", {"environment": self._silencing()})
        self._trace.note(Refused("", SW.FUNCTION_NOT_SUPPORTED, blocked))
        return ResponseAPDU(b"", SW.FUNCTION_NOT_SUPPORTED)

    def _silencing(self) -> tuple[str, ...]:
        """Whose CARD BLOCK has silenced the card."""
        return tuple(label for label, (_, environment) in self._environments.items() if environment.blocks_card)

    def _settled(self, outcome: Outcome) -> ResponseAPDU:
        """The answer, after what else has become of the command is done."""
        if isinstance(outcome, ResponseAPDU):
            return outcome
        if isinstance(outcome, Ended):
            self._mint.end(self.current)
            self._live = _Live(self._root, self._root.open())
            self._look_again()
        else:
            self._mint.block_card()
            self._closing = isinstance(outcome, CardClosing)
            self._silent = not self._closing
        return outcome.response

    def _look_again(self) -> None:
        """The mint has changed what there is."""
        self._seen = self._mint.changes
        self._environments = self._mint.open_all()

    def _select(self, command: CommandAPDU) -> ResponseAPDU:
        live = self._live
        target = self._target(command)
        if target is None or target is live.environment:
            outcome = live.session.handle(command)
            return outcome if type(outcome) is ResponseAPDU else self._settled(outcome)
        if self._closing:
            return self._settled(CardBlocked(self._blocked()))
        session = target.open()
        outcome = session.handle(command)
        response = outcome if isinstance(outcome, ResponseAPDU) else outcome.response
        if isinstance(outcome, Ended) or response.sw >> 8 in (0x90, 0x61, 0x62):
            self._live = _Live(target, session, self._label(target))
        else:
            live.session.refused_elsewhere()
        return self._settled(outcome)

    def _label(self, target: Environment) -> str:
        return next((label for label, (_, environment) in self._environments.items() if environment is target), "")

    def _target(self, command: CommandAPDU) -> Environment | None:
        """The environment a SELECT leads to; None if it is the current one's own business."""
        name = command.data
        if command.p1 == _BY_FID:
            if name in (b"", MF_FID):
                return self._root
            if self._live.environment is self._root:
                return next((env for entry, env in self._environments.values() if entry.fid == name), None)
            return None
        if command.p1 != _BY_NAME or not name:
            return None
        for entry, environment in self._environments.values():
            if entry.name == name:
                return environment
        if self._live.environment.claims(name):
            return None
        candidates = [self._root, *(environment for _, environment in self._environments.values())]
        return next((environment for environment in candidates if environment.claims(name)), None)
