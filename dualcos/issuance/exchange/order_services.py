"""What the personaliser may ask each party: orders for that party's half of a card, never a key of its store.

In the centralised mode the script is joined, never the keys: three services stand side by side and none sees into
another (总体方案 五（一）2).
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from cos.card import Card
from dualcos.dialogue.personalise_bank import BankOrder
from dualcos.dialogue.personalise_birth import BirthOrder
from dualcos.dialogue.personalise_social import SocialOrder
from dualcos.issuance.exchange.personalisation_file import BankData, SocialData
from firewall.trace import TraceBuffer
from keys.algorithms import Algorithm
from keys.custody.key_store_file import KeyFile
from keys.key_handle import KeyHandle


class KeyServiceError(Exception):
    """A key service cannot serve this card: a key is missing, of the wrong kind, or the data do not fit."""


def usable_key(store: KeyFile, name: str, algorithm: Algorithm, version: int = 1) -> KeyHandle:
    """A root in the cipher it is used with. Raises KeyServiceError, KeyFileError."""
    handle = store.handle(name, version)
    if handle.algorithm is not algorithm:
        raise KeyServiceError(f"key {name} is for {handle.algorithm.name}, this card takes {algorithm.name}")
    return handle


class OrdersBirths(Protocol):
    """The card maker."""

    @property
    def transport(self) -> KeyHandle:
        """The transport key of blank chips. Raises KeyFileError, KeyServiceError."""
        ...

    def blank_chip(self, serial: int, trace: TraceBuffer | None = None) -> Card:
        """A chip as it comes from its maker, who notes into ``trace``. Raises KeyFileError."""
        ...

    def historical(self, city: str, serial: int) -> bytes:
        """The 13 historical bytes of the chip with this serial number, for a card of ``city`` (empty: the maker's)."""
        ...

    def order(self, historical: bytes) -> BirthOrder:
        """For one chip. Raises KeyFileError, KeyServiceError."""
        ...


class OrdersSocialSides(Protocol):
    """The bureau."""

    def order(self, data: SocialData, historical: bytes) -> SocialOrder:
        """For one card. Raises KeyServiceError, KeyFileError, EncodingError."""
        ...


class OrdersBankSides(Protocol):
    """The bank."""

    @property
    def rsa_keys(self) -> int:
        """How many RSA keys there are for cards; 0 if cards get none of their own. Raises KeyServiceError (used up)."""
        ...

    def order(self, data: BankData, historical: bytes, rsa: int | None = None) -> BankOrder:
        """For one card; ``rsa`` the number of its RSA key. Raises KeyServiceError, KeyFileError, KeyNotFound."""
        ...


class CardKind(NamedTuple):
    """What a batch's cards are: template by name, whether they have a social side, AID of the debit application.

    ``debit_aid`` is empty for cards without a bank side.
    """

    template: str
    social: bool
    debit_aid: bytes


class Parties(NamedTuple):
    """Who gives orders for a batch's cards; None for a party whose keys are elsewhere.

    ``invented``: all their keys were invented for tests.
    """

    kind: CardKind
    maker: OrdersBirths | None = None
    social: OrdersSocialSides | None = None
    bank: OrdersBankSides | None = None
    invented: bool = False


class OpensParties(Protocol):
    """Where the parties' keys are found: hashable and free of secrets, so that every worker can open them itself."""

    def open(self) -> Parties:
        """Raises KeyFileError, SealError, NotYours, KeyServiceError when a store is wrong."""
        ...
