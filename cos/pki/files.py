"""Selecting and making in the PKI environment; reading and writing are the kernel's.

No source shows how its directories are made; the dialect of the other environments serves here too (inferred), under
the master keys of this environment.
"""

from __future__ import annotations

from apdu import tlv
from apdu.command import CommandAPDU
from apdu.response import OK, ResponseAPDU
from apdu.status import SW
from cos.kernel import directory_headers
from cos.kernel.directory_headers import MASTER, DirectoryHeader
from cos.kernel.file_commands import found, select_file
from cos.kernel.files import ElementaryFile
from cos.kernel.refusal import Gate, Refusal
from cos.making import create_file as making
from cos.making.write_key import Takes, received
from cos.pki.session import PIN_KIND, PINS, PkiSession
from keys.algorithms import SM4

VERSION = b"30"
"""Edition 3.0 in the environment's FCI."""


def select(session: PkiSession, command: CommandAPDU) -> ResponseAPDU:
    """The environment or its application by name or identifier, an EF by identifier. A directory answers its FCI.

    Another directory ends the keys that were named or brought (inferred).
    """
    what = found(session.at, command, next_by_name=True)
    if isinstance(what, ElementaryFile):
        return select_file(session.at, what)
    if session.at.enter(what):
        session.drop_keys()
    return ResponseAPDU(fci(session, what))


def fci(session: PkiSession, header: DirectoryHeader) -> bytes:
    """6F { 84 name } of the application; the environment adds 73 { 92 "30" }, as the cards seen have it."""
    name = tlv.encode(0x84, header.name)
    if header.fid != session.at.home.fid:
        return tlv.encode(0x6F, name)
    return tlv.encode(0x6F, name, tlv.encode(0x73, tlv.encode(0x92, VERSION)))


_SM4 = (SM4.social,)
KEYS_TAKEN = (
    Takes(0, (MASTER.kind,), (MASTER.kid,), ciphers=_SM4),
    Takes(0, (PIN_KIND,), frozenset(ref.kid for ref in PINS.values()), ciphers=_SM4),
)
"""What WRITE KEY brings into the application."""


def create(session: PkiSession, command: CommandAPDU) -> ResponseAPDU:
    """CREATE FILE: the application, or an elementary file in the current directory."""
    if not directory_headers.is_directory(command.data):
        return making.create_file(session.at, command.data)
    making.create_application(session.at, directory_headers.parse_directory(command.data), nested=False)
    session.drop_keys()
    return OK


def write_key(session: PkiSession, command: CommandAPDU) -> ResponseAPDU:
    """WRITE KEY P1 00: the application's first master key under the environment's, PIN keys under its own."""
    header, value = received(session.at, command, KEYS_TAKEN)
    if not session.at.in_application:
        raise Refusal(SW.WRONG_DATA, Gate.DATA, "a key outside the application")
    session.keys.put(header, value)
    session.shut(header.ref)
    return OK
