"""A terminal's message once it is known whose it is and what kind: what all desks of the acquirer get."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from dualcos.issuance.acquirer.batch_records import BatchName
from dualcos.issuance.acquirer.registered_terminal import RegisteredTerminal
from dualcos.issuance.acquirer.working_keys import WorkingKeys
from dualcos.messages.acquirer_messages import AcquirerMessage
from dualcos.messages.authorisation import MessageKey
from dualcos.messages.pos_messages import PosMessage
from dualcos.messages.pos_subfields import parted

_NOT_CONTENT = frozenset({52, 62, 64})
"""Made with working keys: the same message again, after another sign-on, has them otherwise."""


@dataclass(frozen=True, slots=True)
class AskedOfAcquirer:
    """``parts``: of field 60. ``keys``: None while the terminal is not signed on. ``now``: YYYYMMDDhhmmss."""

    message: AcquirerMessage
    kind: PosMessage
    terminal: RegisteredTerminal
    parts: Mapping[str, str]
    now: str
    keys: WorkingKeys | None = None

    @property
    def batch(self) -> BatchName:
        """The batch that the terminal says it is in."""
        return BatchName(self.terminal.number, self.terminal.merchant, self.parts.get("batch", ""))

    @property
    def key(self) -> MessageKey:
        """What names the message among all."""
        return MessageKey(*self.batch, self.message.text(11))

    @property
    def original(self) -> MessageKey:
        """The message that field 61 names."""
        parts = parted(61, self.message.text(61))
        return MessageKey(self.terminal.number, self.terminal.merchant, parts.get("batch", ""), parts.get("stan", ""))

    @property
    def pan(self) -> str:
        """As ``account_in``."""
        return account_in(self.message)

    @property
    def amount(self) -> int:
        """Fen; 0 where there is none."""
        return int(self.message.text(4) or 0)

    @property
    def content(self) -> bytes:
        """A digest of what is asked; the same for the same message sent again."""
        digest = hashlib.sha256(self.message.mti.encode())
        for number, value in sorted(self.message.fields.items()):
            if number not in _NOT_CONTENT:
                raw = value if isinstance(value, bytes) else value.encode()
                digest.update(b"%d:%d:" % (number, len(raw)) + raw)
        return digest.digest()


def account_in(message: AcquirerMessage) -> str:
    """The account (PAN): field 2, or that of track 2; empty if it is in neither."""
    return message.text(2) or message.text(35).partition("=")[0]
