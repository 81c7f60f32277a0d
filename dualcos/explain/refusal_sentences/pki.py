"""Sentences of refusals by the PKI environment."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ENGLISH: Mapping[str, str] = MappingProxyType(
    {
        "a key outside the application": "an application takes its master key and PIN keys; none is current",
        "not the random number under it": "the random number is not enciphered under {what}; {left} left",
        "other data objects": "the data are the objects {expected:02X}, in this order",
        "user PIN not shown": "this needs the user PIN (00 20 01 81)",
        "no public key's file": "no public key in {received}: {expected:04X}",
        "no private key's name": "no private key in {received}: {expected:04X}",
        "keys of two pairs": "{public} and {private} are no pair: 0012 goes with 0013, 0014 with 0015",
        "step missing": "{needed} must come before",
        "no cipher text": "no cipher text for {key}: {received} bytes",
        "no session key": "an SM4 key has {needed} bytes, not {received}",
        "no public key": "a public key has {needed} bytes, not {received}",
        "no private key": "what deciphers under the imported {key} is no private key: {received} bytes",
        "no message": "the data are C1, a length byte and that many bytes; {received} came",
        "no PIN of 4 to 12 digits": "a PIN has 4 to 12 digits",
        "no new master key": "a new master key is 00 00 00 and 16 bytes, not {received} bytes",
    }
)
