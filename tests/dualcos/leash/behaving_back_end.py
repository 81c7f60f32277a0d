"""A back end on a leash behind TCP, and what a terminal gets of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from dualcos.leash.leash_server import LOCAL, LeashServer
from dualcos.leash.leashed_partner import Follow, HandledRequest, LeashedPartner
from dualcos.leash.rule_engine import Leash
from dualcos.messages.social_client import TcpBackEnd
from dualcos.messages.social_codec import SocialForm
from dualcos.messages.social_services import Answer, NoAnswer, Request
from tests.demonstration_desk import demonstration_desk

PATIENCE = 0.8
"""Seconds: what is answered comes long before, on a busy machine too; each answer that is lost takes so long."""
PROFILE = "social-2.0"


class Behaving(NamedTuple):
    """``handled``: what the back end did; ``waited``: seconds that it would have waited; ``said``: its lines."""

    server: LeashServer[Request, Answer]
    client: TcpBackEnd
    desk: Any
    handled: list[HandledRequest[Request, Answer]]
    waited: list[float]
    said: list[str]

    def ask(self, request: Request) -> Answer | None:
        """The answer, None for none in time."""
        try:
            return self.client.ask(request)
        except NoAnswer:
            return None


@contextmanager
def behaving(follow: Follow | None = None, *, desk: Any = None, patience: float = PATIENCE) -> Iterator[Behaving]:
    """``follow``: what its rules are; none if left out."""
    mine, form = desk or demonstration_desk([PROFILE]), SocialForm()
    handled: list[HandledRequest[Request, Answer]] = []
    waited: list[float] = []
    said: list[str] = []
    rules = follow or Leash().followed

    def partner() -> LeashedPartner[Request, Answer]:
        return LeashedPartner(mine.ask, rules, form, handled.append)

    with LeashServer(partner, form, report=said.append, sleep=waited.append) as server:
        client = TcpBackEnd(LOCAL, server.port, patience)
        try:
            yield Behaving(server, client, mine, handled, waited, said)
        finally:
            client.close()
            mine.close()
