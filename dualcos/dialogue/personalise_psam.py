"""A PSAM by commands: blank chip, MF, its files and keys, DDF1 and DDF2 likewise, END (SSC-9 §5, §6; SSC-10 §5)."""

from __future__ import annotations

from typing import NamedTuple

from apdu import tlv
from cos.kernel.directory_headers import DirectoryKind
from cos.kernel.files import Structure
from dualcos.dialogue.driver import Dialogue, apdu, done
from dualcos.dialogue.making import END, Maker, create, directory, file_frame, prove_transport
from dualcos.dialogue.psam import APPLICATION_FID, APPLICATION_NAME, PsamFile, PsamKeys, authority_header
from keys.custody.psam_keys import create_key_command
from keys.key_handle import KeyHandle

LABEL = "社会保障PSAM应用"
_FREE, _NEVER, _MASTER = "0000", "EFEF", "00FF"
_ROOM = 64  # keys of one key file, at least


class PsamEnvironment(NamedTuple):
    """One environment to make: identifier, name and keys."""

    fid: int
    name: bytes
    keys: PsamKeys


class PsamOrder(NamedTuple):
    """What a PSAM's maker needs for one chip: its environments, the MF's first, and what its files say.

    ``public`` of 0015, ``terminal`` of 0016, ``announced`` of 001A to 001C.
    """

    historical: bytes
    transport: KeyHandle
    environments: tuple[PsamEnvironment, ...]
    public: bytes
    terminal: bytes
    announced: tuple[bytes, ...]


def personalise_psam(order: PsamOrder) -> Dialogue[None]:
    """From a chip with its historical bytes to a PSAM in use."""
    maker = Maker()
    home, *others = order.environments
    master = home.keys.master
    yield from done("transport key", prove_transport(order.transport, order.historical))
    yield from done("create MF", create(directory(home.fid, home.name).frame()))
    yield from maker.load_master(order.transport, master)
    for other in others:
        yield from maker.enter("environment", home.name, master)
        yield from done(f"create {other.fid:04X}", create(directory(other.fid, other.name).frame()))
        yield from maker.load_master(master, other.keys.master)
        yield from _environment(order, maker, other)
    yield from _environment(order, maker, home)


def _environment(order: PsamOrder, maker: Maker, made: PsamEnvironment) -> Dialogue[None]:
    """Public files, the application, END."""
    yield from maker.enter("environment", made.name, made.keys.master)
    entry = tlv.encode(0x61, tlv.encode(0x4F, APPLICATION_NAME), tlv.encode(0x50, LABEL.encode("gbk")))
    yield from _file(PsamFile.DIR, Structure.LINEAR_VARIABLE, 128, _FREE + _MASTER)
    yield from done("DIR record", apdu("00DC010C", entry))
    for fid, content in ((PsamFile.PUBLIC, order.public), (PsamFile.TERMINAL, order.terminal)):
        yield from _file(fid, Structure.TRANSPARENT, len(content), _FREE + _MASTER)
        yield from _write(f"write {fid:04X}", fid, content)
    yield from _application(order, maker, made.keys)
    yield from maker.enter("environment", made.name, made.keys.master)
    yield from done("END", END)


def _application(order: PsamOrder, maker: Maker, keys: PsamKeys) -> Dialogue[None]:
    own = keys.application
    header = directory(APPLICATION_FID, APPLICATION_NAME, DirectoryKind.ADF)
    yield from done("create DF01", create(header.frame()))
    yield from maker.load_master(keys.master, own)
    yield from maker.prove(own)
    yield from _file(PsamFile.SEQUENCE, Structure.TRANSPARENT, 4, _FREE + _NEVER)
    for number, key in enumerate(keys.authorities, 1):
        level, info = f"00{number * 0x11:02X}", PsamFile.SEQUENCE + number
        file = PsamFile.NATIONAL_KEYS + number - 1
        room = max(_ROOM, sum(held.file == file for held in keys.held))
        yield from maker.load_key(own, authority_header(number, own.algorithm), key)
        yield from _file(file, Structure.INTERNAL, room * 0x18 + 2, _NEVER + level)
        yield from _file(info, Structure.TRANSPARENT, 10, _FREE + level)
        yield from _write("authority's info", info, order.announced[number - 1])
    for made in keys.held:
        random = yield from maker.challenge()
        command = create_key_command(own, made.file, made.head, made.key, random)
        yield from done(f"CREATE KEY {made.head.usage:02X}/{made.head.kid:02X}", command)
    yield from done("END in DF01", END)


def _file(fid: int, kind: Structure, size: int, words: str) -> Dialogue[None]:
    record = 0xFF if kind is Structure.LINEAR_VARIABLE else 0
    yield from done(f"create EF {fid:04X}", create(file_frame(fid, kind, size, words, record)))


def _write(what: str, fid: int, content: bytes) -> Dialogue[None]:
    yield from done(what, apdu(f"00D6{0x80 | fid & 0xFF:02X}00", content))
