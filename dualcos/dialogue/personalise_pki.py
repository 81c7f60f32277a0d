"""The body of the PKI environment by commands: application, its keys and PINs, four files, END.

The dialect of the other environments; no source shows how cards of this kind are made (inferred).
"""

from __future__ import annotations

from typing import NamedTuple

from cos.kernel.directory_headers import DirectoryKind
from dualcos.dialogue.driver import Dialogue, apdu, done
from dualcos.dialogue.making import END, PKI_FORM, Maker, create, directory
from dualcos.dialogue.pki import APPLICATION_NAME, NAME
from keys.card_key_store import KeyHeader
from keys.key_handle import KeyHandle

_APPLICATION_FID = 0xDF01
_PIECE = 0x70


class PkiOrder(NamedTuple):
    """What the PKI environment needs: the master keys of environment and application; its PINs, as the keys they stand
    for; its files, each with its creation data and what is in it.
    """

    home: KeyHandle
    application: KeyHandle
    pins: tuple[tuple[KeyHeader, KeyHandle], ...]
    files: tuple[tuple[int, bytes, bytes], ...]


def personalise_pki(order: PkiOrder) -> Dialogue[None]:
    """The whole body, on an environment that is fresh from its birth."""
    maker, own = Maker(PKI_FORM), order.application
    yield from maker.enter("PKI", NAME, order.home)
    header = directory(_APPLICATION_FID, APPLICATION_NAME, DirectoryKind.ADF)
    yield from done("create application", create(header.frame()))
    yield from maker.load_master(order.home, own)
    yield from maker.prove(own)
    for pin, key in order.pins:
        yield from maker.load_key(own, pin, key)
    for fid, frame, content in order.files:
        yield from done(f"create EF {fid:04X}", create(frame))
        yield from done(f"select EF {fid:04X}", apdu("00A40000", fid.to_bytes(2, "big")))
        for at in range(0, len(content), _PIECE):
            yield from done(f"write EF {fid:04X}", apdu(f"00D6{at:04X}", content[at : at + _PIECE]))
    yield from done("END in the application", END)
    yield from maker.enter("PKI", NAME, order.home)
    yield from done("END in PKI", END)
