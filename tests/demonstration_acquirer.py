"""An acquirer for tests, in memory or on a disk, in front of the demonstration's issuer; asked in process, by rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dualcos.issuance.acquirer.acquirer_books import AcquirerBooks
from dualcos.issuance.acquirer.acquirer_front import AcquirerFront, AcquirerMeans
from dualcos.issuance.acquirer.acquirer_line_end import AcquirerLineEnd
from dualcos.issuance.acquirer.acquirer_settings import AcquirerSettings
from dualcos.issuance.acquirer.asked_of_acquirer import account_in
from dualcos.issuance.bank.authorisation.card_orders import CARD_ORDERS
from dualcos.leash.leashed_partner import LeashedPartner, SendAnswer, WaitSeconds
from dualcos.leash.ready_behaviours import BANK, ready_behaviours
from dualcos.leash.rule_engine import Leash
from dualcos.messages.acquirer_messages import Answering, NoLineAnswer
from dualcos.messages.authorisation import AuthorisingIssuer
from dualcos.messages.pos_form import LineAnswer, LineRequest
from dualcos.messages.terminal_parameters import AidParameters
from dualcos.profile.line_test_keys import pin_zone_key, terminal_master_key
from dualcos.sqlitefile.durable_database import IN_MEMORY
from firewall.hardware.randomness import SeededRng
from keys.line_cryptography import LineMac
from tests.demonstration_bank import BANK_CLOCK, demonstration_issuer

DEBIT_AID = bytes.fromhex("A000000333010101")
OFFERED = AcquirerSettings(parameters=(AidParameters(DEBIT_AID),))
"""What the demonstration's acquirer is set to."""


class LeashedLine:
    """An ``AcquirerLine`` in this process. ``leash``: its rules, which may be exchanged meanwhile; ``patience``: a
    longer delay is an answer that never comes, and nobody waits for it.
    """

    def __init__(
        self, end: AcquirerLineEnd, leash: Leash, order: Callable[[str, LineRequest], None], patience: float = 5
    ) -> None:
        self._form = end.form
        self._partner: LeashedPartner[LineRequest, LineAnswer] = LeashedPartner(
            end.answer, leash.followed, end.form, order=order
        )
        self._patience = patience

    def ask(self, payload: bytes, belongs: Answering) -> bytes:
        """The first payload that ``belongs``. Raises NoLineAnswer."""
        request = self._form.read(payload)
        if request is None:
            raise NoLineAnswer(f"unreadable: {self._form.why_unreadable(payload)}")
        waited, found = 0.0, b""
        for step in self._partner.steps(request):
            if isinstance(step, WaitSeconds):
                waited += step.seconds
            elif isinstance(step, SendAnswer) and not found:
                answer = self._form.written(step.answer)
                found = answer if belongs(answer) else b""
        if not found or waited > self._patience:
            raise NoLineAnswer("no answer")
        return found


@dataclass(frozen=True)
class DemonstrationLine:
    """``line``: for a terminal; ``leash``: its rules. ``issuer``: the core behind it, ``books``: the acquirer's own."""

    line: LeashedLine
    leash: Leash
    end: AcquirerLineEnd
    front: AcquirerFront
    books: AcquirerBooks
    issuer: AuthorisingIssuer

    def close(self) -> None:
        """Both books are closed."""
        self.books.close()
        close: Callable[[], None] = getattr(self.issuer, "close", lambda: None)
        close()


def demonstration_line(
    profile_names: Sequence[str],
    *,
    path: str | Path = IN_MEMORY,
    issuer: AuthorisingIssuer | None = None,
    issuer_path: str | Path = IN_MEMORY,
    rules: str | Leash = "",
    now: Callable[[], str] = lambda: BANK_CLOCK,
    settings: AcquirerSettings = OFFERED,
    mac: LineMac = LineMac.ECB_HEX,
    series: bytes = b"",
    **changed: Any,
) -> DemonstrationLine:
    """An acquirer in front of the issuer of these profiles' cards. ``rules``: a ready behaviour's name, or a leash.

    ``changed``: fields of the settings. ``series``: another one draws other keys. Whoever takes it closes it. Master
    keys are those of ``line_test_keys``.
    """
    means = AcquirerMeans(terminal_master_key, pin_zone_key(), SeededRng(b"demonstration line" + series).bytes, now)
    behind: Any = issuer or demonstration_issuer(profile_names, issuer_path, now=now)
    books = AcquirerBooks(path)
    front = AcquirerFront(behind, books, means, replace(settings, **changed))
    end = AcquirerLineEnd(front, mac)
    leash = rules if isinstance(rules, Leash) else Leash(ready_behaviours(BANK)[rules].rule if rules else ())

    def order(name: str, request: LineRequest) -> None:
        behind.order(account_in(request.message), CARD_ORDERS[name])

    return DemonstrationLine(LeashedLine(end, leash, order), leash, end, front, books, behind)
