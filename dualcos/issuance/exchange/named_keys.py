"""What the services call their keys, and what a key so called must be: asked when one is entered.

A key under the right name and of another purpose or cipher would be found out by the first card that needs it. Each
party says for itself which names it asks for; here is what every two have in common.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from dualcos.issuance.exchange.order_services import KeyServiceError
from dualcos.issuance.exchange.shared_keys import FILE_MAC, FIRST_BANK, FIRST_SOCIAL, shared_mac
from keys.custody.key_store_file import StoredKey
from keys.custody.key_transport import HMAC_NAME
from keys.custody.ownership import KeyOwner, Purpose


class NamedKey(NamedTuple):
    """What a key of a name is: one purpose, and the ciphers that cards of one kind or another take."""

    purpose: Purpose
    algorithms: frozenset[str]


def named(purpose: Purpose, *algorithms: str) -> NamedKey:
    """A key of ``purpose`` in any of ``algorithms``."""
    return NamedKey(purpose, frozenset(algorithms))


NAMED_FIRST_SOCIAL = named(Purpose.FIRST_SOCIAL, "3DES", "SM4")
NAMED_FIRST_BANK = named(Purpose.FIRST_BANK, "3DES")
NAMED_FILE_MACS: Mapping[str, NamedKey] = MappingProxyType(
    {name: named(Purpose.FILE_MAC, HMAC_NAME) for name in (FILE_MAC, *map(shared_mac, KeyOwner))}
)
NAMED_HAND_OVERS: Mapping[str, NamedKey] = MappingProxyType(
    {FIRST_SOCIAL: NAMED_FIRST_SOCIAL, FIRST_BANK: NAMED_FIRST_BANK}
)


def demand_as_named(owner: KeyOwner, key: StoredKey, wanted: NamedKey | None) -> None:
    """Refuse a key that the services of ``owner`` would not take under its name, where they ask for one so called.

    Raises KeyServiceError.
    """
    if wanted is None or (key.purpose is wanted.purpose and key.algorithm in wanted.algorithms):
        return
    ciphers = " or ".join(sorted(wanted.algorithms))
    raise KeyServiceError(
        f"{key!r} is not what {owner.who} takes as {key.name}, which is a {ciphers} key ({wanted.purpose.value}); "
        "give it another name, or ask for the right key"
    )
