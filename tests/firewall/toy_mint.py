"""The mint as a dispatcher sees it, without a chip: what exists, what was told it, how often it was asked."""

from __future__ import annotations

from collections.abc import Mapping

from firewall.grant import Environment
from firewall.mint import EnvironmentEntry
from firewall.trace import TraceBuffer


class ToyMint:
    """``environments`` by label, called ``name-of-`` and their label unless ``names`` says otherwise."""

    def __init__(
        self, environments: Mapping[str, Environment] = {}, *, names: Mapping[str, bytes] = {}, blocked: bool = False
    ) -> None:
        self.buffer = TraceBuffer()
        self.traces = self.buffer.writer
        self.changes = self.asked = 0
        self.card_blocked = blocked
        self.ended: list[str] = []
        self.entries = {
            label: (
                EnvironmentEntry(label, label.encode() * 2, names.get(label, b"name-of-" + label.encode())),
                environment,
            )
            for label, environment in environments.items()
        }

    def open_all(self) -> dict[str, tuple[EnvironmentEntry, Environment]]:
        self.asked += 1
        return dict(self.entries)

    def end(self, label: str) -> None:
        self.ended.append(label)
        del self.entries[label]
        self.changes += 1

    def born(self, label: str, environment: Environment) -> None:
        self.entries |= ToyMint({label: environment}).entries
        self.changes += 1

    def block_card(self) -> None:
        self.card_blocked = True
