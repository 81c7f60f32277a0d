"""The body of the social side: files, keys, FCI, DIR, data, END; all under the environment's own master key.

A plan holds creation data, key headers and ready commands in the order they are sent: what is the same on every card of
a template and costs time to work out. It holds none of a card's own keys, PIN and contents.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from cos.ssse.tables import ssse_holder
from cos.ssse.tables.table_model import AccessKind, Directory, File, FileForm, KeyKind, KeyRow
from dualcos.dialogue.driver import Dialogue, apdu, done
from dualcos.dialogue.making import END, Deleted, Maker, create, select
from dualcos.dialogue.social import pin_field
from keys.card_key_store import KeyHeader
from keys.custody.social_key_service import SocialCard, SocialKeyService
from keys.key_handle import KeyHandle

_CHUNK = 0xF8


class Said(NamedTuple):
    """A command that is the same on every card, and what it does, for the message if it is refused."""

    what: str
    command: bytes


class DirectoryPlan(NamedTuple):
    """One directory: creation data of itself (none for the environment, which exists) and of what goes into it.

    ``keys``: each key by row and version with its header; the PIN's stands for any PIN. ``internal``: files of the COS,
    by identifier; ``files``: the others.
    """

    row: Directory
    frame: bytes
    keys: tuple[tuple[KeyRow, int, KeyHeader], ...]
    internal: tuple[tuple[int, bytes], ...]
    files: tuple[tuple[File, bytes], ...]


class SocialPlan(NamedTuple):
    """The environment, what it says of itself and its applications (FCI and DIR records), the applications.

    ``pin_tries`` of a new PIN.
    """

    home: DirectoryPlan
    tables: tuple[Said, ...]
    applications: tuple[DirectoryPlan, ...]
    pin_tries: int

    @property
    def directories(self) -> tuple[Directory, ...]:
        """The rows all that comes from, the environment's first."""
        return (self.home.row, *(application.row for application in self.applications))


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
    plan, home = order.plan, ("SSSE", ssse_holder.NAME)
    yield from done("select SSSE", select(ssse_holder.NAME))
    if (yield from maker.take_over(order.first, order.master)):
        yield from maker.prove(order.master)
    for fid, frame in plan.home.internal:
        if not (yield from maker.create(f"create internal file {fid:04X}", fid, frame, Deleted.FILE)):
            return  # SSSE has ended.
    yield from _fill(order, maker, plan.home)
    for said in plan.tables:
        yield from done(*said)
    for application in plan.applications:
        yield from maker.enter(*home, order.master)
        fid = application.row.fid
        if (yield from maker.create(f"create {fid:04X}", fid, application.frame, Deleted.APPLICATION)):
            yield from _fill(order, maker, application)
            yield from done(f"END in {fid:04X}", END)
    yield from maker.enter(*home, order.master)
    yield from done("END in SSSE", END)


def _fill(order: SocialOrder, maker: Maker, directory: DirectoryPlan) -> Dialogue[None]:
    """Keys, then files with this card's contents."""
    for row, version, header in directory.keys:
        if row.kind is KeyKind.PIN:
            pin = pin_field(order.pin)
            yield from maker.load_pin(order.master, header._replace(length=len(pin)), pin)
        else:
            key = order.service.card_key(row.name, order.card, version)
            yield from maker.load_key(order.master, header, key)
    if directory.frame:  # in the environment they came first
        for fid, frame in directory.internal:
            yield from done(f"create internal file {fid:04X}", create(frame))
    for file, frame in directory.files:
        yield from maker.create(f"create EF {file.fid:04X}", file.fid, frame, Deleted.FILE)
        if file.update.kind is not AccessKind.NEVER:  # a file nobody may write is the COS's own and stays empty
            yield from _write(file, order.contents[directory.row.fid, file.fid])


def _write(file: File, contents: tuple[bytes, ...]) -> Dialogue[None]:
    """The records of a file, or the bytes of a transparent one up to the last that is not 00, in pieces by offset."""
    what, cyclic = f"write EF {file.fid:04X}", file.structure is FileForm.CYCLIC
    if file.structure is not FileForm.TRANSPARENT:
        # A cyclic file takes a new record as "previous"; a linear one by its number.
        p2 = file.sfi << 3 | (3 if cyclic else 4)
        for number, record in enumerate(contents, 1):
            p1 = 0 if cyclic else number
            yield from done(what, bytes((0x00, 0xDC, p1, p2, len(record))) + record)
        return
    content = contents[0].rstrip(b"\0")
    if content:
        yield from done(f"select EF {file.fid:04X}", apdu("00A40200", file.fid.to_bytes(2, "big")))
    for offset in range(0, len(content), _CHUNK):
        yield from done(what, apdu(f"00D6{offset:04X}", content[offset : offset + _CHUNK]))
