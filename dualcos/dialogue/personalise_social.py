"""The body of the social side: files, keys, FCI, DIR, data, END; all under the environment's own master key.

A plan holds creation data, key headers and ready commands in the order they are sent: everything that is the same on
every card of a template. It has places for a card's own keys, PIN and contents and holds none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from cos.ssse.tables import ssse_holder
from cos.ssse.tables.table_model import Directory
from dualcos.dialogue.driver import Dialogue, apdu, done
from dualcos.dialogue.making import Deleted, Maker, select
from dualcos.dialogue.social import pin_field
from keys.card_key_store import KeyHeader
from keys.custody.social_key_service import SocialCard, SocialKeyService
from keys.key_handle import KeyHandle

_CHUNK = 0xF8
_HOME = "SSSE", ssse_holder.NAME


class Said(NamedTuple):
    """A command that is the same on every card, and what it does, for the message if it is refused."""

    what: str
    command: bytes


class Create(NamedTuple):
    """CREATE FILE of ``fid``."""

    what: str
    fid: int
    data: bytes


class KeyStep(NamedTuple):
    """One key to load, by the name and version the key service knows it by; of the PIN only the header."""

    name: str
    version: int
    header: KeyHeader
    pin: bool = False


class FileStep(NamedTuple):
    """One file: created, then filled unless it is the COS's own.

    ``record_p2`` of UPDATE RECORD; ``numbered`` tells whether P1 counts the records. Both idle where transparent.
    """

    create: Create
    what: str
    filled: bool
    transparent: bool
    record_p2: int = 0
    numbered: bool = True


class DirectoryPlan(NamedTuple):
    """What goes into one directory that is there: keys, files, END."""

    fid: int
    keys: tuple[KeyStep, ...]
    internal: tuple[Said, ...]
    files: tuple[FileStep, ...]
    end: Said


class SocialPlan(NamedTuple):
    """The environment's own files, what it says of itself and its applications (FCI and DIR records), the applications.

    ``directories``: the rows all that comes from, the environment's first; ``pin_tries`` of a new PIN.
    """

    internal: tuple[Create, ...]
    home: DirectoryPlan
    tables: tuple[Said, ...]
    applications: tuple[tuple[Create, DirectoryPlan], ...]
    directories: tuple[Directory, ...]
    pin_tries: int


class SocialOrder(NamedTuple):
    """What the social body needs for one card. A profile is one producer of it, an issuer's data another.

    ``first`` is the master key the environment was handed over with, ``master`` the one that stays. ``contents`` by
    directory and file: records, or the one value of a transparent file.
    """

    plan: SocialPlan
    first: KeyHandle
    master: KeyHandle
    service: SocialKeyService
    card: SocialCard
    contents: Mapping[tuple[int, int], tuple[bytes, ...]]
    pin: str

    def __repr__(self) -> str:
        """Without PIN and holder."""
        return f"<SocialOrder for {self.card.historical.hex().upper()}>"


def personalise_social(order: SocialOrder, maker: Maker) -> Dialogue[None]:
    """Everything below SSSE, ending with END in each directory and in the environment."""
    yield from done("select SSSE", select(ssse_holder.NAME))
    if (yield from maker.take_over(order.first, order.master)):
        yield from maker.prove(order.master)
    for file in order.plan.internal:
        if not (yield from maker.create(*file, Deleted.FILE)):
            return  # SSSE has ended.
    yield from _fill(order, maker, order.plan.home)
    for said in order.plan.tables:
        yield from done(*said)
    for create, application in order.plan.applications:
        yield from maker.enter(*_HOME, order.master)
        if (yield from maker.create(*create, Deleted.APPLICATION)):
            yield from _fill(order, maker, application)
            yield from done(*application.end)
    yield from maker.enter(*_HOME, order.master)
    yield from done(*order.plan.home.end)


def _fill(order: SocialOrder, maker: Maker, directory: DirectoryPlan) -> Dialogue[None]:
    """Keys, then files with this card's contents."""
    for step in directory.keys:
        if step.pin:
            pin = pin_field(order.pin)
            yield from maker.load_pin(order.master, step.header._replace(length=len(pin)), pin)
        else:
            key = order.service.card_key(step.name, order.card, step.version)
            yield from maker.load_key(order.master, step.header, key)
    for said in directory.internal:
        yield from done(*said)
    for file in directory.files:
        yield from maker.create(*file.create, Deleted.FILE)
        if file.filled:
            yield from _write(file, order.contents[directory.fid, file.create.fid])


def _write(file: FileStep, contents: tuple[bytes, ...]) -> Dialogue[None]:
    """The records of a file, or the bytes of a transparent one up to the last that is not 00, in pieces by offset."""
    if not file.transparent:
        for number, record in enumerate(contents, 1):
            p1 = number if file.numbered else 0
            yield from done(file.what, bytes((0x00, 0xDC, p1, file.record_p2, len(record))) + record)
        return
    content = contents[0].rstrip(b"\0")
    if content:
        fid = file.create.fid
        yield from done(f"select EF {fid:04X}", apdu("00A40200", fid.to_bytes(2, "big")))
    for offset in range(0, len(content), _CHUNK):
        yield from done(file.what, apdu(f"00D6{offset:04X}", content[offset : offset + _CHUNK]))
