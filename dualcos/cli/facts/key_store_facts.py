"""Facts of key stores: keys by name and check value, never by value."""

from __future__ import annotations

from typing import Literal

from dualcos.cli.facts.fact_sheet import CheckValue, FactPart, FactSheet
from keys.custody.key_store_file import StoredKey

OwnerName = Literal["social", "bank", "maker"]


class KeyFacts(FactPart, frozen=True):
    """One key. ``tier``: steps from the national root to the card, social roots only; ``since``, ``until``: first and
    last day of use, YYYYMMDD, empty where nobody set one.
    """

    name: str
    version: int
    algorithm: str
    purpose: str
    tier: int
    kcv: CheckValue
    since: str
    until: str


def key_facts(key: StoredKey) -> KeyFacts:
    """What may be told of ``key``."""
    return KeyFacts(
        name=key.name,
        version=key.version,
        algorithm=key.algorithm,
        purpose=key.purpose.value,
        tier=key.tier,
        kcv=key.kcv,
        since=key.since,
        until=key.until,
    )


class KeyFileMade(FactSheet, frozen=True, tag="dualcos.keys.key-file/1"):
    """A fresh key file, which opens stores; ``public``: its public key (age1…), which may be handed on."""

    file: str
    public: str


class StoreMade(FactSheet, frozen=True, tag="dualcos.keys.init/1"):
    """A new, empty store."""

    store: str
    owner: OwnerName
    title: str


class InventedStore(FactPart, frozen=True):
    """One store of invented test keys, and how many."""

    store: str
    owner: OwnerName
    keys: int


class StoresInvented(FactSheet, frozen=True, tag="dualcos.keys.invent/1"):
    """Stores of invented test keys for a template."""

    template: str
    stores: list[InventedStore]


class KeyListing(FactSheet, frozen=True, tag="dualcos.keys.list/1"):
    """A store's keys; ``public``: names of what is no secret; ``unfit``: keys that cannot be used, and why."""

    store: str
    owner: OwnerName
    title: str
    keys: list[KeyFacts]
    public: list[str]
    unfit: list[str]


class CeremonyFacts(FactPart, frozen=True):
    """One action: when (ISO 8601), who took part, what was done, with which keys: name/version to check value.

    ``done``: false where the store was not saved after the action was noted.
    """

    time: str
    who: list[str]
    action: str
    note: str
    keys: dict[str, CheckValue]
    done: bool


class CeremonyListing(FactSheet, frozen=True, tag="dualcos.keys.log/1"):
    """A store's ceremony log, whole and checked; ``torn``: numbers of lines cut off while they were written."""

    store: str
    entries: list[CeremonyFacts]
    torn: list[int]


class KeyEntered(FactSheet, frozen=True, tag="dualcos.keys.key/1"):
    """A key that was entered, or whose days of use were set; ``how``, as the ceremony log says it."""

    store: str
    key: KeyFacts
    how: str
    note: str


class KeySent(FactSheet, frozen=True, tag="dualcos.keys.send/1"):
    """A key as TR-31 block, under the transport key ``exchange``."""

    store: str
    key: KeyFacts
    exchange: str
    block: str


class PoolFacts(FactSheet, frozen=True, tag="dualcos.keys.pool/1"):
    """A pool of RSA keys for cards, and how many are in it."""

    pool: str
    keys: int
