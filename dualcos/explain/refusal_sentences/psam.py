"""Sentences of refusals by a PSAM."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ENGLISH: Mapping[str, str] = MappingProxyType(
    {
        "no application of the PSAM": "{command} works inside the application: SELECT D15600000590 first",
        "the MF exists": "the MF exists: the chip is not blank",
        "not the MF": "only the MF's environment does that",
        "no transport key any more": "there is no transport key any more",
        "transport key not proved": "{command} needs proof of the transport key",
        "no purchase key": "no purchase key of version {version:02X} for algorithm {algorithm:02X}",
        "no key in the key files": "no key of type {kind:02X} with identifier {kid:02X} in the key files",
        "no key in the key file": "no key {kind:02X}/{kid:02X} in {fid:04X} of {directory:04X}",
        "key for purchases only": "keys of type {kind:02X} serve purchases only, not calculations",
        "steps unlike the key's": (
            "this PSAM's key of this type and identifier is {expected} step(s) from the card; P1 says {steps} and the "
            "data have {received} bytes (8 for each step, then the session factor)"
        ),
        "no delivered key": "no key is delivered: DELIVERY SESSION KEY must come before",
        "delivered key served otherwise": (
            "the delivered key, gone now, served otherwise ({state}): {needed} must bring it anew"
        ),
        "key for another calculation": "a key of type {kind:02X} is not for {needed}",
        "another number of blocks": "{least} to {most} blocks of {block} bytes are wanted, {received} bytes came",
        "no MAC begun": "P1 03 and 01 continue a MAC: {needed} must come before",
        "factors unlike steps": "the purchase key is {expected} steps from the card, {received} factors came",
        "terminal files too short": "terminal number or sequence have no room for 6 and 4 bytes",
        "terminal sequence at its end": "the terminal sequence is at its end",
        "no purchase initialised": "{needed} must come just before",
        "wrong MAC2 of the card": (
            "MAC2 is not the card's under the session {key}: hand out no goods, the card may be debited"
        ),
        "no such algorithm": "no algorithm with number {algorithm:02X}",
        "key of another length": "a {algorithm} key has {needed} bytes, not {received}",
        "no such usage": "usage {received:02X} is no number of steps and type of key",
        "key there already": "key {kind:02X}/{kid:02X} exists: CHANGE KEY replaces its value",
        "key file full": "key file {fid:04X} holds {count} keys",
        "new value of another length": "key {kind:02X}/{kid:02X} has {needed} bytes, not {received}",
        "16 bytes asked of an 8-byte cipher": "16 bytes are for environments of 16-byte ciphers",
        "no province": "{received} is not the first byte of a card identification code: two digits",
        "no such key file": "no key file {sfi:02X} in {directory:04X}",
    }
)
