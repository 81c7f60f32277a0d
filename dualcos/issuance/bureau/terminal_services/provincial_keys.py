"""The keys of a card by their addresses in a provincial key store (密钥地址; SC appendix B)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from cos.ssse.tables import directory_keys
from cos.ssse.tables.table_model import KeyKind, KeyRow
from dualcos.issuance.bureau.terminal_services.desk_refusals import DeskRefusal
from dualcos.messages.social_services import ReadCard
from keys.card_key_store import KeyNotFound
from keys.custody.social_key_service import SocialCard, SocialKeyService
from keys.key_handle import KeyHandle

KeysOfCard = Callable[[ReadCard], SocialKeyService | None]
"""The service that holds a card's roots, by its region and algorithm; None for a card whose keys nobody here has."""


class AddressedKey(NamedTuple):
    """What lies at one address: the row of the key, and which of its groups."""

    row: KeyRow
    version: int


def _rows() -> Iterator[KeyRow]:
    for rows in (
        *(directory_keys.SSSE, directory_keys.DF01, directory_keys.DF02, directory_keys.DF03),
        *(directory_keys.DF04, directory_keys.DF05, directory_keys.DF06, directory_keys.DF07),
    ):
        yield from rows


ADDRESSES: Mapping[str, AddressedKey] = MappingProxyType(
    {
        f"{row.hsm + step:04X}": AddressedKey(row, version)
        for row in _rows()
        if row.hsm is not None
        for step, version in enumerate(row.versions)
    }
)
"""Consecutive addresses are the groups of one key."""
_BY_NAME: Mapping[str, KeyRow] = MappingProxyType({row.name: row for row in _rows()})


class CardKeys:
    """The keys of one card. What it is asked for and cannot find is refused: ``DeskRefusal``."""

    def __init__(self, services: KeysOfCard, card: ReadCard) -> None:
        service = services(card)
        if service is None:
            raise DeskRefusal("card-without-keys")
        self.service = service
        self.card = SocialCard(card.region, bytes.fromhex(card.historical))

    def at(self, address: str, *kinds: KeyKind) -> AddressedKey:
        """What lies at ``address``, of one of these kinds."""
        found = ADDRESSES.get(address)
        if found is None or found.row.kind not in kinds:
            raise DeskRefusal("key-unknown")
        self.handle(found.row.name, found.version)
        return found

    def handle(self, name: str, version: int | None = None) -> KeyHandle:
        """A key by name; its first group if none is given, and then the name is the tables'."""
        group = _BY_NAME[name].versions[0] if version is None else version
        try:
            return self.service.card_key(name, self.card, group)
        except KeyNotFound:
            raise DeskRefusal("key-unknown") from None
