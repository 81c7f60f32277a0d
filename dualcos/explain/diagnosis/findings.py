"""All that is looked for in an exchange, and the one door to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from dualcos.explain.diagnosis.authentication_data import AUTHENTICATION_DATA
from dualcos.explain.diagnosis.computation import Computation, Situation, tried
from dualcos.explain.diagnosis.finding import Diagnosis, best
from dualcos.explain.diagnosis.loading_keys import (
    TRANSPORT_CRYPTOGRAM,
    WRITE_KEY_CIPHER,
    WRITE_KEY_MAC,
    wrong_key_header,
)
from dualcos.explain.diagnosis.secured_commands import STK_CIPHER, STK_MAC, STK_MAC_OF_ANOTHER_LENGTH, missing_mac
from dualcos.explain.diagnosis.settlement_macs import MAC2_AT_PSAM, SETTLEMENT_MAC

COMPUTATIONS: tuple[Computation, ...] = (
    AUTHENTICATION_DATA,
    STK_MAC,
    STK_MAC_OF_ANOTHER_LENGTH,
    STK_CIPHER,
    WRITE_KEY_MAC,
    WRITE_KEY_CIPHER,
    TRANSPORT_CRYPTOGRAM,
    SETTLEMENT_MAC,
    MAC2_AT_PSAM,
)
"""What a host computes and a card checks; at most one of them explains a refusal."""

Finder = Callable[[Situation], Iterable[Diagnosis]]
FINDERS: tuple[Finder, ...] = (missing_mac, wrong_key_header)
"""What is seen from the wire alone, of refused commands and of accepted ones."""


def findings(situation: Situation) -> tuple[Diagnosis, ...]:
    """What speaks for a mistake in this exchange, the best first; nothing for most that are right."""
    found: list[Diagnosis] = []
    if situation.view.test and situation.reason is not None:
        with situation.view.opened():
            for computation in COMPUTATIONS:
                if computation.explains(situation):
                    found += tried(computation, situation)
    found += [each for finder in FINDERS for each in finder(situation)]
    return best(found)
