"""Personalisation commands of the social side: everything under the environment's own master key.

Files and keys are created while a directory is being personalised; END closes it. Keys travel enciphered and
MACed, plain only before END (SSC-4 §7.3, SSC-10 §5.2; personalisation dialect).
"""

from __future__ import annotations

from apdu.command import CommandAPDU
from apdu.response import OK, ResponseAPDU
from apdu.status import SW
from cos.kernel import directory_headers
from cos.kernel.access_rights import demand_making
from cos.kernel.directory_headers import Life
from cos.kernel.files import FileNotFound, Structure
from cos.kernel.refusal import Gate, Refusal
from cos.making import create_file as making
from cos.making.write_key import MASTER_KEY, Takes, received
from cos.ssse.files.selection import fci as fci_of
from cos.ssse.security.authentication import pin_replaced
from cos.ssse.security.key_types import PIN_REF, SocialKeyType
from cos.ssse.session import SsseSession
from keys.card_key_store import KeyHeader

_KEY_RECORD = 0x18
_SECURITY_FILE_SFI = 0x80
_NUMBER = 0x0F
KEYS_TAKEN = (
    MASTER_KEY,
    Takes(0, (SocialKeyType.PIN,), lengths=range(17)),  # an empty PIN: none is set
    Takes(0, frozenset(SocialKeyType) - {SocialKeyType.MASTER, SocialKeyType.PIN}, lengths=range(1, 17)),
)
"""What WRITE KEY brings into a directory of the social side."""


def create(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """CREATE FILE: an application below the environment, or an elementary file in the current directory."""
    at = session.at
    if not directory_headers.is_directory(command.data):
        demand_making(session)
        return making.create_file(at, command.data)
    header = directory_headers.parse_directory(command.data)
    if at.home.life != Life.PERSONALISATION:
        raise Refusal(SW.CONDITIONS_NOT_SATISFIED, Gate.LIFE_CYCLE, "making has ended", directory=at.home.fid)
    making.create_application(at, header)
    return OK


def write_key(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """WRITE KEY: P1 01 a master key, P1 00 any other key or the PIN of the current directory."""
    at = session.at
    here = at.directory.fid
    header, value = received(at, command, KEYS_TAKEN)
    header = header._replace(kid=header.kid & _NUMBER)
    _check_room(session, here, header)
    at.keys(here).put(header, value)
    # A key or PIN that was just loaded has been shown by nobody; the new master key rules from here on (SSC-4 §5.3).
    if header.ref == PIN_REF and here == at.home.fid:
        pin_replaced(session, value)
    else:
        at.forfeit(here, header.ref)
    return OK


def _check_room(session: SsseSession, directory: int, header: KeyHeader) -> None:
    """Refuse with 6A84 what the directory's security file does not hold; without one there is no limit."""
    store = session.at.keys(directory)
    if header.ref in store:
        return
    try:
        size = session.at.files.by_sfi(directory, _SECURITY_FILE_SFI).descriptor.size
    except FileNotFound:
        return
    if (len(store) + 1) * _KEY_RECORD > size - 2:
        raise Refusal(SW.NO_SPACE, Gate.SPACE, "security file full", most=(size - 2) // _KEY_RECORD)


def append_fci(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """APPEND FCI: record P1 of the environment's FCI file, 00 for the next; P2 is that file's short identifier."""
    at = session.at
    file = at.files.by_sfi(at.home.fid, command.p2)
    if file.descriptor.structure != Structure.INTERNAL:
        raise Refusal(SW.WRONG_FILE_TYPE, Gate.STRUCTURE, "no FCI file", fid=file.descriptor.fid)
    file.put(command.p1, command.data)
    session.fci.clear()
    fci_of(session, at.directory)
    return OK


def delete_application(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """DELETE: an application of the environment with all its files and keys, while neither is closed."""
    fid = making.fid_in(command)
    making.delete_application(session.at, fid)
    session.fci.pop(fid, None)  # one made anew under this identifier says its own
    return OK
