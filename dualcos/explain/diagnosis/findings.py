"""All that is looked for in an exchange, and the one door to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from dualcos.explain.diagnosis.authentication_data import AUTHENTICATION_DATA
from dualcos.explain.diagnosis.certificate_pin_change import PIN_CHANGE_CIPHER, PIN_CHANGE_MAC
from dualcos.explain.diagnosis.channel_command_mac import CHANNEL_MAC
from dualcos.explain.diagnosis.computation import Computation, Situation, tried
from dualcos.explain.diagnosis.enciphered_padding import zeros_behind
from dualcos.explain.diagnosis.finding import Diagnosis, best
from dualcos.explain.diagnosis.from_the_wire import from_the_wire
from dualcos.explain.diagnosis.host_cryptogram import HOST_CRYPTOGRAM
from dualcos.explain.diagnosis.issuer_response import ISSUER_RESPONSE
from dualcos.explain.diagnosis.issuer_script import ISSUER_SCRIPT, SCRIPT_MAC_OF_ANOTHER_LENGTH
from dualcos.explain.diagnosis.loaded_check_values import LOADED_CHECK_VALUES
from dualcos.explain.diagnosis.loading_keys import (
    TRANSPORT_CRYPTOGRAM,
    WRITE_KEY_CIPHER,
    WRITE_KEY_MAC,
    wrong_key_header,
)
from dualcos.explain.diagnosis.new_offline_pin import NEW_OFFLINE_PIN
from dualcos.explain.diagnosis.sealed_groups import SEALED_GROUP, secret_group_as_plain
from dualcos.explain.diagnosis.secured_commands import (
    STK_CIPHER,
    STK_MAC,
    STK_MAC_OF_ANOTHER_LENGTH,
    form_of_new_pin,
    missing_mac,
)
from dualcos.explain.diagnosis.settlement_macs import MAC2_AT_PSAM, SETTLEMENT_MAC
from dualcos.explain.diagnosis.static_key_proof import (
    BANK_MASTER_PROOF,
    BANK_PROOF_IN_SOCIAL_FORM,
    CERTIFICATE_PROOF,
)

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
    ISSUER_RESPONSE,
    ISSUER_SCRIPT,
    SCRIPT_MAC_OF_ANOTHER_LENGTH,
    NEW_OFFLINE_PIN,
    HOST_CRYPTOGRAM,
    CHANNEL_MAC,
    BANK_MASTER_PROOF,
    BANK_PROOF_IN_SOCIAL_FORM,
    CERTIFICATE_PROOF,
    PIN_CHANGE_MAC,
    PIN_CHANGE_CIPHER,
    SEALED_GROUP,
    LOADED_CHECK_VALUES,
)
"""What a host computes and a card checks; at most one of them explains a refusal."""

Finder = Callable[[Situation], Iterable[Diagnosis]]
OF_REFUSED: tuple[Finder, ...] = (missing_mac, wrong_key_header, from_the_wire, form_of_new_pin, secret_group_as_plain)
"""What is seen of a refused command without trying: from the wire, and of what it deciphers to."""


def findings(situation: Situation) -> tuple[Diagnosis, ...]:
    """What speaks for a mistake in this exchange, the best first; nothing for most that are right."""
    if situation.accepted:
        return _noted(situation)
    found: list[Diagnosis] = []
    with situation.view.opened():
        if situation.view.test and situation.reason is not None:
            for computation in COMPUTATIONS:
                if computation.explains(situation):
                    found += tried(computation, situation)
        found += [each for finder in OF_REFUSED for each in finder(situation)]
    return best(found)


def _noted(situation: Situation) -> tuple[Diagnosis, ...]:
    """Of a command that was carried out, as nearly all are: a few instructions are looked at, the card's keys if they
    are in view.
    """
    found = [*from_the_wire(situation)]
    if situation.view.test:
        with situation.view.opened():
            found += zeros_behind(situation)
            found += form_of_new_pin(situation)
    return best(found) if found else ()
