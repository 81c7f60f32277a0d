"""The body of the bank side by commands: skeleton under the environment's master key, contents over the channel.

What the card maker does (application, log file, channel keys, KEYDATA) needs the bank's PMK and KMC; what the bureau
does needs KMC and the prepared data. Nothing here touches the social side (PBOC-10 §4-8, EMV CPS 3.2).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from apdu.status import SW
from cos.kernel.directory_headers import DirectoryKind
from dualcos.dialogue.bank import PSE
from dualcos.dialogue.bank_channel import GroupOrder, open_channel
from dualcos.dialogue.driver import Dialogue, apdu, done
from dualcos.dialogue.making import BANK_FORM, END, Deleted, Maker, create, directory, select
from keys import cps_channel
from keys.algorithms import TDES
from keys.card_key_store import KeyHeader
from keys.cps_channel import CpsKeys
from keys.custody.bank_key_service import BankKeyService, KeyTriple
from keys.key_handle import KeyHandle
from keys.rsa import RsaPrivate
from keys.sm2 import Sm2Private

APPLICATION_FID = 0xDFB1
KMC_VERSION = 1
ASK_CHANNEL = apdu("80500000", bytes(8))
"""INITIALIZE UPDATE to no purpose."""
ENDED = SW.CONDITIONS_NOT_SATISFIED, SW.INS_NOT_SUPPORTED
"""What it and the master key are answered behind the last STORE DATA and END (PBOC-10 §6.3)."""
_CHANNEL_KEY = KeyHeader(0x10, 0x01, KMC_VERSION, 0xEF, 0x33, TDES.social, 0x00, 16)

DataGroups = tuple[tuple[int, bytes], ...]
"""Identifier and value, in the order they are sent."""


class CardData(NamedTuple):
    """What a bureau gets for one card: the open ``groups``, and the secrets apart."""

    groups: DataGroups
    keys: KeyTriple
    private: RsaPrivate | None
    pin_block: bytes
    tries: bytes


class SmData(NamedTuple):
    """What it gets besides for the SM algorithms."""

    groups: DataGroups
    keys: KeyTriple
    private: Sm2Private


class BankOrder(NamedTuple):
    """What the bank's body needs for one card. A profile is one producer of it, an issuer's data another.

    ``log``: creation data of the log file, empty for none. ``data``: what the application stores, ``second`` what SM
    algorithms add; ``entries``: what the environment stores. ``first`` is the master key the environment was handed
    over with, ``master`` the one that stays.
    """

    aid: bytes
    log: bytes
    first: KeyHandle
    master: KeyHandle
    service: BankKeyService
    key_data: bytes
    data: CardData
    second: SmData | None
    entries: DataGroups

    def __repr__(self) -> str:
        """Without the holder's data."""
        return f"<BankOrder for {self.key_data.hex().upper()}>"


def personalise_bank(order: BankOrder, *, resuming: bool = False) -> Dialogue[None]:
    """Application and environment, skeleton first, then contents."""
    maker = Maker(BANK_FORM, resuming)
    # After END the master key creates and loads nothing any more: the skeleton stands.
    yield from maker.unless_made(pre_personalise(order, maker), *ENDED)
    yield from _contents(order, maker, order.aid, lambda session: application_groups(order, session))
    yield from _contents(order, maker, PSE.name, lambda _: (GroupOrder(*group) for group in order.entries))


def pre_personalise(order: BankOrder, maker: Maker) -> Dialogue[None]:
    """The card maker's part: application, log file, channel keys and KEYDATA of both directories, END."""
    yield from done("select PSE", select(PSE.name))
    if (yield from maker.take_over(order.first, order.master)):
        yield from maker.enter("PSE", PSE.name, order.master)
    yield from _channel_keys(order, maker)
    header = directory(APPLICATION_FID, order.aid, DirectoryKind.ADF)
    yield from maker.create("create application", APPLICATION_FID, header.frame(), Deleted.APPLICATION)
    if order.log:
        yield from done("create log file", create(order.log))
    yield from _channel_keys(order, maker)
    yield from maker.enter("PSE", PSE.name, order.master)
    yield from done("END in PSE", END)


def _channel_keys(order: BankOrder, maker: Maker) -> Dialogue[None]:
    """KENC, KMAC, KDEK and KEYDATA into the current directory."""
    for at, key in enumerate(order.service.personalisation_keys(order.key_data, KMC_VERSION)):
        yield from maker.load_key(order.master, _CHANNEL_KEY._replace(kind=0x10 + at), key)
    yield from done("KEYDATA", apdu("80E00600", order.key_data))


def application_groups(order: BankOrder, session: CpsKeys) -> Iterator[GroupOrder]:
    """The application's groups in the order bureaus send them, the try counter last; secrets under SKUDEK."""
    data, second = order.data, order.second
    if second is not None:
        yield from _with_keys(second, session, 0x8400)
        parts = second.private.wrap_parts(session.dek)
        yield from (GroupOrder(dgi, parts[dgi], secret=True) for dgi in sorted(parts))
    yield from _with_keys(data, session, 0x8000)
    if data.private is not None:
        parts = data.private.wrap_parts(session.dek)
        yield from (GroupOrder(dgi, parts[dgi], secret=True) for dgi in sorted(parts, reverse=True))
    if data.pin_block:
        yield GroupOrder(0x8010, cps_channel.encipher_dgi(session, data.pin_block), secret=True)
        yield GroupOrder(0x9010, data.tries)


def _with_keys(data: CardData | SmData, session: CpsKeys, keys: int) -> Iterator[GroupOrder]:
    """The open groups, then the three keys in group ``keys`` and their check values."""
    yield from (GroupOrder(dgi, value) for dgi, value in data.groups)
    yield GroupOrder(keys, b"".join(session.dek.wrap(key) for key in data.keys), secret=True)
    yield GroupOrder(keys + 0x1000, b"".join(key.check_value for key in data.keys))


def _contents(
    order: BankOrder, maker: Maker, name: bytes, groups: Callable[[CpsKeys], Iterator[GroupOrder]]
) -> Dialogue[None]:
    """Open a channel at level 01 and store ``groups``; the last one ends personalisation."""
    yield from done(f"select {name.hex().upper()}", select(name))
    channel = yield from maker.unless_made(open_channel(order.service.personalisation_keys), *ENDED)
    if channel is not None:
        yield from channel.store_groups(groups(channel.keys))
