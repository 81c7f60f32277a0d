"""The body of the PKI environment by commands: application, its keys and PINs, four files, END.

The dialect of the other environments; no source shows how cards of this kind are made (inferred).
"""

from __future__ import annotations

from typing import NamedTuple

from cos.kernel.directory_headers import DirectoryKind, frame_file
from cos.kernel.files import Descriptor, Structure
from dualcos.dialogue.driver import Dialogue, apdu, done
from dualcos.dialogue.making import END, PKI_FORM, Maker, create, directory
from dualcos.dialogue.pki import APPLICATION_NAME, NAME
from keys.algorithms import SM4
from keys.card_key_store import KeyHeader
from keys.key_handle import KeyHandle

USER_LEVEL, MANAGER_LEVEL = 0x01, 0x02
FREE_READ, NEVER = "000000", "EFEF"
_APPLICATION_FID = 0xDF01
_PIECE = 0x70


class PkiPin(NamedTuple):
    """A PIN as the key it stands for: its number, the level it gives, how often it may be wrong."""

    number: int
    level: int
    tries: int
    key: KeyHandle


class PkiFile(NamedTuple):
    """A transparent file: the access word of writing in hex, and what is in it."""

    fid: int
    size: int
    write: str
    content: bytes


class PkiOrder(NamedTuple):
    """What the PKI environment needs: the master keys of environment and application, PINs, files."""

    home: KeyHandle
    application: KeyHandle
    pins: tuple[PkiPin, ...]
    files: tuple[PkiFile, ...]


def personalise_pki(order: PkiOrder) -> Dialogue[None]:
    """The whole body, on an environment that is fresh from its birth."""
    maker, own = Maker(PKI_FORM), order.application
    yield from maker.enter("PKI", NAME, order.home)
    header = directory(_APPLICATION_FID, APPLICATION_NAME, DirectoryKind.ADF)
    yield from done("create application", create(header.frame()))
    yield from maker.load_master(order.home, own)
    yield from maker.prove(own)
    for number, level, tries, key in order.pins:
        pin = KeyHeader(0x01, number, 0, 0xEF, tries * 0x11, SM4.social, level, 16)
        yield from maker.load_key(own, pin, key)
    for file in order.files:
        yield from _file(file)
    yield from done("END in the application", END)
    yield from maker.enter("PKI", NAME, order.home)
    yield from done("END in PKI", END)


def _file(file: PkiFile) -> Dialogue[None]:
    fid, access = f"{file.fid:04X}", bytes.fromhex(FREE_READ + file.write)
    frame = frame_file(Descriptor(file.fid, Structure.TRANSPARENT, 0, file.size, 0, access))
    yield from done(f"create EF {fid}", create(frame))
    yield from done(f"select EF {fid}", apdu("00A40000", file.fid.to_bytes(2, "big")))
    for at in range(0, len(file.content), _PIECE):
        yield from done(f"write EF {fid}", apdu(f"00D6{at:04X}", file.content[at : at + _PIECE]))
