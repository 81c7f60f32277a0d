"""Which keys the card maker's service asks its store for, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dualcos.issuance.exchange.named_keys import NAMED_FILE_MACS, NAMED_HAND_OVERS, NamedKey, named
from dualcos.issuance.maker.birth_order_service import CARD_MASTER, CARD_MASTER_ROOT, TRANSPORT
from keys.custody.ownership import Purpose

NAMED_MAKER_KEYS: Mapping[str, NamedKey] = MappingProxyType(
    {
        TRANSPORT: named(Purpose.TRANSPORT, "3DES"),
        CARD_MASTER: named(Purpose.CARD_MASTER, "3DES"),
        CARD_MASTER_ROOT: named(Purpose.CARD_MASTER_ROOT, "3DES"),
        **NAMED_HAND_OVERS,
        **NAMED_FILE_MACS,
    }
)
