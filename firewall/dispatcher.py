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
from firewall.grant import Ended, Environment, Session
from firewall.mint import Entry
from firewall.trace import Reason, Refused, Trace

_INS_SELECT = 0xA4
_BY_FID, _BY_NAME = 0x00, 0x04
MF_FID = b"\x3f\x00"
_CARD_BLOCKED = b"\x6a\x81"
_MALFORMED = b"\x67\x00"


class _Live(NamedTuple):
    environment: Environment
    session: Session


class Dispatcher:
    """Routes commands to the one live session. Made anew at every reset.

    ``root`` answers for the MF; ``open_all`` gives the environments that exist (asked again when a command of
    the root may have made one); ``blocked`` tells whether the whole card is silent; ``end`` forgets an environment
    that has ended itself; ``changes`` counts how often that or a birth has happened.
    """

    def __init__(
        self,
        root: Environment,
        open_all: Callable[[], dict[str, tuple[Entry, Environment]]],
        blocked: Callable[[], bool],
        end: Callable[[str], None],
        trace: Trace,
        changes: Callable[[], int] = lambda: 0,
    ) -> None:
        self._root = root
        self._end = end
        self._changes = changes
        self._seen = changes()
        self._open_all = open_all
        self._blocked = blocked
        self._trace = trace
        self._environments = open_all()
        self._live = _Live(root, root.open())
        self._silent = blocked()

    def exchange(self, raw: bytes) -> bytes:
        """One command APDU in, one answer out (data, SW1, SW2)."""
        try:
            command = parse(raw)
        except MalformedAPDU as error:
            self._trace.note(Refused("", SW.WRONG_LENGTH, Reason("APDU", str(error), "ISO 7816-3 §12.1")))
            self._live.session.refused_elsewhere()
            return _MALFORMED
        if self._silent:
            self._trace.note(Refused("", SW.FUNCTION_NOT_SUPPORTED, Reason("life cycle", "the card is blocked")))
            return _CARD_BLOCKED
        if command.ins == _INS_SELECT and command.cla == 0:
            response = self._select(command)
        else:
            try:
                response = self._live.session.handle(command)
            except Ended as ended:
                response = self._ended(ended)
            if self._live.environment is self._root or self._blocked():
                self._refresh()
        return response.encode()

    @property
    def current(self) -> str:
        """The label of the live environment: ``manager`` or a kind of the directory (for traces and tests)."""
        for kind, (_, environment) in self._environments.items():
            if environment is self._live.environment:
                return kind
        return "manager"

    def _ended(self, ended: Ended) -> ResponseAPDU:
        self._end(self.current)
        self._live = _Live(self._root, self._root.open())
        self._refresh()
        return ended.response

    def _refresh(self) -> None:
        """See what the card manager, or the declared CARD BLOCK channel, has changed."""
        self._silent = self._blocked()
        changes = self._changes()
        if changes != self._seen:
            self._seen = changes
            self._environments = self._open_all()

    def _select(self, command: CommandAPDU) -> ResponseAPDU:
        live = self._live
        target = self._target(command)
        if target is None or target is live.environment:
            return live.session.handle(command)
        session = target.open()
        response = session.handle(command)
        if response.sw >> 8 in (0x90, 0x61, 0x62):
            self._live = _Live(target, session)
        else:
            live.session.refused_elsewhere()
        return response

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
