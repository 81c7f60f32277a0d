"""Sentences of refusals by making a card and the manager of the MF."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ENGLISH: Mapping[str, str] = MappingProxyType(
    {
        "making has ended": "{command}: the making of {directory:04X} has ended",
        "no application to create": "below an environment only applications with a name are created",
        "no key for here": (
            "{command}, P1 {p1:02X}, takes no key of type {kind:02X}, number {number:02X} and {length} bytes here"
        ),
        "a key without protection": "this key is loaded enciphered and with MAC only",
        "wrong transport key cryptogram": "the transport key cryptogram is wrong; {left} tries left",
        "not the start of the ATR": "the ATR must start 3B 6D (T=0, 13 historical bytes), not {received}",
        "not proved to the MF": "{command} needs proof of the {needed}; proved in this session: {received}",
        "chip in another state": "the chip must be in state {needed}, it is in {received}",
        "card master key there": "the card master key is there: the transport key proves nothing any more",
        "the chip is blank": "the chip is blank: no MF has been created",
        "no such environment to create": "this COS makes no environment called {name} here",
        "an environment waits already": "environment {fid:04X} is created already and waits for its master key",
        "the environment's own key does that": "in an environment its own master key does that, not the card's",
        "the MF holds master keys only": "the MF holds master keys only",
        "the environment has its master key": (
            "this environment has its master key already: SELECT it and prove that key"
        ),
        "an environment waits for its master key": "an environment still waits for its master key",
        "the MF is not current": "END here closes the MF: select it first",
        "an environment exists": (
            "the MF cannot be deleted while an environment exists: delete each under its own master key first"
        ),
        "no APDU": "{fault}",
        "the card is blocked": "the card is blocked by CARD BLOCK of {environment}, which reaches all of it",
    }
)
