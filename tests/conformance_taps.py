"""A bench whose cards keep what a vector sends them."""

from __future__ import annotations

from apdu.link import AroundCard
from dualcos.lab.conformance.card_on_bench import Target
from dualcos.lab.conformance.vector_file import Case


class _Keeping(AroundCard):
    """The card of a vector; ``sent``: its commands, None for a reset."""

    def __init__(self, card, sent):
        super().__init__(card)
        self.sent = sent

    def exchange(self, command: bytes) -> bytes:
        self.sent.append(command)
        return self.card.exchange(command)

    def power_on(self) -> bytes:
        self.sent.append(None)
        return self.card.power_on()

    def reset(self) -> bytes:
        self.sent.append(None)
        return self.card.reset()


class KeepsCommands:
    """The bench of one target."""

    def __init__(self, target: Target) -> None:
        self.sent: list[bytes | None] = []
        self._target = target._replace(card=_Keeping(target.card, self.sent))

    def target(self, case: Case) -> Target:  # noqa: ARG002 - the shape of every bench
        return self._target
