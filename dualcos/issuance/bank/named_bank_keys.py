"""Which keys the bank's service asks its store for, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dualcos.issuance.bank.bank_key_names import (
    BANK_MASTER,
    ISSUER_KEYS,
    ISSUER_RSA,
    KMC,
    PIN_TRANSPORT,
    SM_ISSUER_KEYS,
)
from dualcos.issuance.exchange.named_keys import NAMED_FILE_MACS, NAMED_FIRST_BANK, NamedKey, named
from dualcos.issuance.exchange.shared_keys import FIRST_BANK
from keys.custody.key_transport import RSA_NAME
from keys.custody.ownership import Purpose

_ISSUER = (Purpose.ISSUER_AC, Purpose.ISSUER_MAC, Purpose.ISSUER_ENC)

NAMED_BANK_KEYS: Mapping[str, NamedKey] = MappingProxyType(
    {
        BANK_MASTER: named(Purpose.BANK_MASTER, "3DES"),
        KMC: named(Purpose.KMC, "3DES"),
        **{name: named(purpose, "3DES") for name, purpose in zip(ISSUER_KEYS, _ISSUER, strict=True)},
        **{name: named(purpose, "SM4") for name, purpose in zip(SM_ISSUER_KEYS, _ISSUER, strict=True)},
        PIN_TRANSPORT: named(Purpose.EXCHANGE, "3DES"),
        ISSUER_RSA: named(Purpose.ISSUER_RSA, RSA_NAME),
        FIRST_BANK: NAMED_FIRST_BANK,
        **NAMED_FILE_MACS,
    }
)
