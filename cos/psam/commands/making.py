"""Making a PSAM (个人化): the national text leaves it to the COS vendor; the user card's dialect serves here too.

Blank chip: transport key, MF, its master key. Then each environment under its own master key; DDF1 is born across
the wall with its first master key and is its own master from then on.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from apdu.command import CommandAPDU
from apdu.response import OK, ResponseAPDU
from apdu.status import SW
from cos.kernel import directory_headers
from cos.kernel.access_rights import demand_making, demand_master
from cos.kernel.directory_headers import MASTER, MF_FID, DirectoryHeader, DirectoryKind
from cos.kernel.files import ElementaryFile, FileNotFound, Structure
from cos.kernel.refusal import Gate, Refusal
from cos.kernel.stack import Powers
from cos.making import birth
from cos.making import create_file as making
from cos.making.write_key import MASTER_KEY, Takes, loaded, received
from cos.psam.security.authentication import EXTERNAL_KIND, demand_blank
from cos.psam.session import PsamSession
from firewall.grant import Ended
from keys.card_key_store import KeyHeader

KEYS_TAKEN = (MASTER_KEY, Takes(0, (EXTERNAL_KIND,), range(1, 8), range(17)))
"""What WRITE KEY brings into an environment of a PSAM."""


def _powers(session: PsamSession) -> Powers:
    """The MF's. Refuses with 6985 where another environment is current."""
    powers = session.environment.powers
    if powers is None:
        raise Refusal(SW.CONDITIONS_NOT_SATISFIED, Gate.LIFE_CYCLE, "not the MF")
    return powers


def authenticate_transport(session: PsamSession, command: CommandAPDU) -> ResponseAPDU:
    """Prove the transport key (传输密钥): the last six historical bytes enciphered under it.

    Possible until the MF's master key has replaced it, also after a power loss between MF and key.
    """
    store, data = session.chip_keys(), _powers(session).chip
    if not store.by_kid(birth.TRANSPORT.kid):
        raise Refusal(SW.CONDITIONS_NOT_SATISFIED, Gate.LIFE_CYCLE, "no transport key any more")
    session.transport_proved = False
    birth.show_transport_key(store, data, command.data)
    session.transport_proved = True
    return OK


def set_serial(session: PsamSession, command: CommandAPDU) -> ResponseAPDU:
    """SET SERIAL."""
    return birth.set_serial(_powers(session).chip, command)


def set_maker_bytes(session: PsamSession, command: CommandAPDU) -> ResponseAPDU:
    """SET ATR."""
    return birth.set_maker_bytes(_powers(session).chip, command)


def create(session: PsamSession, command: CommandAPDU) -> ResponseAPDU:
    """CREATE FILE: the MF (transport key), DDF1, an application, an elementary file (governing master key)."""
    at = session.at
    if not directory_headers.is_directory(command.data):
        directory_headers.parse_file(command.data)
        _demand_owner(session)
        return making.create_file(at, command.data)
    header = directory_headers.parse_directory(command.data)
    if header.fid == MF_FID:
        demand_blank(session)
        demand_transport(session)
        at.put_header(header)
        session.blank = False
        return OK
    _demand_owner(session)
    if header.kind == DirectoryKind.DDF:
        return _create_environment(session, header)
    making.create_application(at, header, nested=False)
    session.awaiting = None
    return OK


def _demand_owner(session: PsamSession) -> None:
    demand_master(session)
    demand_making(session)


def demand_transport(session: PsamSession) -> None:
    """Refuse with 6982 unless the transport key is proved."""
    if not session.transport_proved:
        raise Refusal(SW.SECURITY_NOT_SATISFIED, Gate.RIGHT, "transport key not proved")


def _create_environment(session: PsamSession, header: DirectoryHeader) -> ResponseAPDU:
    powers = session.environment.powers
    label = powers.labels.get(header.name) if powers is not None and not session.at.in_application else None
    if powers is None or label is None:
        raise Refusal(SW.WRONG_DATA, Gate.DATA, "no such environment to create", "SSC-9 §5", name=header.name)
    powers.mint.check(label, header.fid.to_bytes(2, "big"), header.name)
    session.awaiting = header
    return OK


def write_key(session: PsamSession, command: CommandAPDU) -> ResponseAPDU:
    """WRITE KEY: P1 01 a master key (MF, DDF1, application), P1 00 an authority's key KID-01 to 07."""
    at = session.at
    here = at.directory.fid
    if not session.blank and MASTER not in at.keys(at.home.fid):
        return _first_key(session, command)
    demand_master(session)
    header, value = received(at, command, KEYS_TAKEN)
    if session.awaiting is not None and header.kind == MASTER.kind:
        return _hand_over(session, session.awaiting, header, value)
    at.keys(here).put(header, value)
    at.forfeit(here, header.ref)  # the key just loaded has been shown by nobody; a master key rules from here on
    return OK


def _first_key(session: PsamSession, command: CommandAPDU) -> ResponseAPDU:
    """The MF's own master key, under the transport key, which it replaces."""
    demand_transport(session)
    at, store = session.at, session.chip_keys()
    header, value = loaded(at, command, store.key(birth.TRANSPORT), KEYS_TAKEN)
    with at.nvm.transaction():
        at.keys(MF_FID).put(header, value)
        store.erase(birth.TRANSPORT)
    session.transport_proved = False
    return OK


def _hand_over(session: PsamSession, born: DirectoryHeader, header: KeyHeader, value: bytes) -> ResponseAPDU:
    birth.hand_over(_powers(session), born, header, value)  # only the MF's environment ever awaits
    session.awaiting = None
    return OK


def delete_environment(session: PsamSession, command: CommandAPDU) -> Ended:
    """DELETE: DDF1 or the third environment, under its own master key while it is current. The MF stays."""
    if session.environment.powers is not None:
        raise FileNotFound("not the current environment")
    return making.delete_environment(session, command)


def delete_application(session: PsamSession, command: CommandAPDU) -> ResponseAPDU:
    """DELETE: the application with its files and keys, while neither it nor the environment is closed."""
    at, fid = session.at, making.fid_in(command)
    making.delete_application(at, fid, partial(_erase_keys_in, session, at.files.files(fid)))
    at.directory, at.file, session.delivered = at.home, None, None
    return OK


def delete_file(session: PsamSession, command: CommandAPDU) -> ResponseAPDU:
    """DELETE: an elementary file of the current directory, a key file with its keys."""
    at = session.at
    file = at.files.file(at.directory.fid, making.fid_in(command))
    with at.nvm.transaction():
        _erase_keys_in(session, (file,))
        at.files.delete(at.directory.fid, file.descriptor.fid)
    at.file = session.delivered = None  # the delivered key may come from a key that is gone
    return OK


def _erase_keys_in(session: PsamSession, files: Iterable[ElementaryFile]) -> None:
    for file in files:
        if file.descriptor.structure == Structure.INTERNAL:
            making.erase_keys(session.key_file(file))
