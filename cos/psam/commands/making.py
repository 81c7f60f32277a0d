"""Making a PSAM (个人化): the national text leaves it to the COS vendor; the user card's dialect serves here too.

Blank chip: transport key, MF, its master key. Then each environment under its own master key; DDF1 is born across
the wall with its first master key and is its own master from then on.
"""

from __future__ import annotations

from apdu import tlv
from apdu.command import CommandAPDU
from apdu.response import OK, ResponseAPDU
from apdu.status import SW, retries
from cos.kernel import dialect, keyloading, stored
from cos.kernel.dialect import MF_FID, DirectoryHeader, DirectoryKind, Life
from cos.kernel.files import ElementaryFile, FileExists, FileNotFound, Structure
from cos.kernel.presenting import Claim, present
from cos.kernel.refusal import Gate, Refusal
from cos.psam.environment import Powers, PsamSession
from cos.psam.security.rights import (
    MASTER_REF,
    TRANSPORT_REF,
    Kind,
    demand_master,
    demand_personalisation,
    governing,
    has_master,
)
from firewall.grant import Ended
from keys.mac import same
from keys.store import KeyHeader, KeyStore

_CLAUSE = "SSC-10 §5.2"


def _blank(session: PsamSession) -> Powers:
    """The chip maker's commands end with the MF."""
    powers = session.environment.powers
    if session.home is not None or powers is None:
        raise Refusal(SW.CONDITIONS_NOT_SATISFIED, Gate.LIFE_CYCLE, "the MF exists: the chip is not blank", _CLAUSE)
    return powers


def authenticate_transport(session: PsamSession, command: CommandAPDU) -> ResponseAPDU:
    """Prove the transport key (传输密钥): the last six historical bytes enciphered under it.

    Possible until the MF's master key has replaced it, also after a power loss between MF and key.
    """
    powers, store = session.environment.powers, session.chip_keys()
    if powers is None or not store.by_kid(0):
        raise Refusal(SW.CONDITIONS_NOT_SATISFIED, Gate.LIFE_CYCLE, "there is no transport key any more", _CLAUSE)
    expected = keyloading.transport_proof(store.key(TRANSPORT_REF), powers.chip.historical)
    claim = Claim(store, TRANSPORT_REF, "the transport key", _CLAUSE)
    shown = present(claim, lambda: same(command.data, expected))
    session.transport_proved = shown.right
    if not shown.right:
        raise Refusal(retries(shown.left), Gate.AUTHENTICATION, "the transport key cryptogram is wrong", _CLAUSE)
    return OK


def set_serial(session: PsamSession, command: CommandAPDU) -> ResponseAPDU:
    """Historical bytes T8 to TD."""
    chip = _blank(session).chip
    chip.historical = chip.historical[:7].ljust(7, b"\0") + command.data[2:]
    return OK


def set_maker_bytes(session: PsamSession, command: CommandAPDU) -> ResponseAPDU:
    """The first eleven bytes of the ATR; T1 to T7 are stored."""
    chip = _blank(session).chip
    if command.data[:2] != b"\x3b\x6d":
        raise Refusal(SW.WRONG_DATA, Gate.DATA, "the ATR must start 3B 6D (T=0, 13 historical bytes)", "SSC-2 table 7")
    chip.historical = command.data[4:11] + chip.historical[7:].ljust(6, b"\0")
    return OK


def create(session: PsamSession, command: CommandAPDU) -> ResponseAPDU:
    """CREATE FILE: the MF (transport key), DDF1, an application, an elementary file (governing master key)."""
    if not dialect.is_directory(command.data):
        descriptor = dialect.parse_file(command.data)
        demand_master(session, "creating files")
        demand_personalisation(session, "creating files")
        session.files.create(session.directory.fid, descriptor)
        return OK
    header = dialect.parse_directory(command.data)
    if header.fid == MF_FID:
        _blank(session)
        if not session.transport_proved:
            raise Refusal(
                SW.SECURITY_NOT_SATISFIED, Gate.RIGHT, "creating the MF needs proof of the transport key", _CLAUSE
            )
        session.put_header(header)
        return OK
    demand_master(session, "creating directories")
    demand_personalisation(session, "creating directories")
    if header.kind == DirectoryKind.DDF:
        return _create_environment(session, header)
    if session.in_application or not header.name:
        raise Refusal(SW.WRONG_DATA, Gate.DATA, "an application has a name and lies in an environment", _CLAUSE)
    for other in stored.headers(session.files):
        if other.fid == header.fid or other.name == header.name:
            raise FileExists(f"{other.fid:04X} has this identifier or name")
    session.files.put_directory(header.fid, header.encode())
    session.directory = header  # its creator's right goes along: there is no key yet to replace it
    session.awaiting = None
    session.file = None
    return OK


def _create_environment(session: PsamSession, header: DirectoryHeader) -> ResponseAPDU:
    powers = session.environment.powers
    kind = powers.kind_of(header.name) if powers is not None and not session.in_application else None
    if powers is None or kind is None:
        raise Refusal(
            SW.WRONG_DATA, Gate.DATA, f"this COS makes no environment {header.name.hex().upper()} here", "SSC-9 §5"
        )
    powers.mint.check(kind, header.fid.to_bytes(2, "big"), header.name)
    session.awaiting = header
    return OK


def write_key(session: PsamSession, command: CommandAPDU) -> ResponseAPDU:
    """WRITE KEY: P1 01 a master key (MF, DDF1, application), P1 00 an authority's key KID-01 to 07."""
    here = session.directory.fid
    challenge = session.challenge.take()
    forms = keyloading.forms(command.cla)
    if session.home is not None and not has_master(session, session.home.fid):
        return _first_key(session, command, challenge)
    demand_master(session, "loading keys")
    if session.directory.life != Life.PERSONALISATION and not (forms.enciphered and forms.authenticated):
        raise Refusal(
            SW.SM_MISSING, Gate.MESSAGING, "after END keys are loaded enciphered and with MAC only", "SSC-4 §7.3"
        )
    header, value = keyloading.unwrap(command, session.keys(governing(session)).key(MASTER_REF), challenge)
    header = _checked(command, header, value)
    if session.awaiting is not None and header.kind == Kind.MASTER:
        return _hand_over(session, session.awaiting, header, value)
    with session.nvm.transaction():
        session.keys(here).put(header, value)
    # The key just loaded has been shown by nobody; a master key rules from here on (kernel.access).
    session.security = session.security.without(here, header.ref)
    return OK


def _checked(command: CommandAPDU, header: KeyHeader, value: bytes) -> KeyHeader:
    master = header.kind == Kind.MASTER
    fits = (header.kid == 0 and len(value) == 16) if master else 0 < header.kid <= 7
    if header.kind not in (Kind.MASTER, Kind.EXTERNAL) or master != (command.p1 == 1) or not fits:
        raise Refusal(
            SW.WRONG_DATA,
            Gate.DATA,
            "P1 01 carries a master key (type 00, number 00, 16 bytes), P1 00 an authority's (type 0D, 01 to 07)",
            _CLAUSE,
        )
    return header._replace(version=0) if master else header


def _first_key(session: PsamSession, command: CommandAPDU, challenge: bytes | None) -> ResponseAPDU:
    """The MF's own master key, under the transport key, which it replaces."""
    if not session.transport_proved:
        raise Refusal(
            SW.SECURITY_NOT_SATISFIED, Gate.RIGHT, "the MF's first key needs proof of the transport key", _CLAUSE
        )
    store = session.chip_keys()
    header, value = keyloading.unwrap(command, store.key(TRANSPORT_REF), challenge)
    header = _checked(command, header, value)
    with session.nvm.transaction():
        session.keys(MF_FID).put(header, value)
        store.erase(TRANSPORT_REF)
    session.transport_proved = False
    return OK


def _hand_over(session: PsamSession, born: DirectoryHeader, header: KeyHeader, value: bytes) -> ResponseAPDU:
    powers = session.environment.powers
    assert powers is not None  # noqa: S101 - only the MF's environment ever awaits
    kind = powers.kind_of(born.name)
    assert kind is not None  # noqa: S101 - checked when it was created
    material = tlv.encode(0x80, born.encode()) + tlv.encode(0x81, header.encode()) + tlv.encode(0x82, value)
    powers.mint.create(kind, born.fid.to_bytes(2, "big"), born.name, material)
    session.awaiting = None
    return OK


def end(session: PsamSession, command: CommandAPDU) -> ResponseAPDU:  # noqa: ARG001 - handlers share a shape
    """END: the current directory passes into use; from now on its rules are in force."""
    demand_master(session, "ending personalisation")
    demand_personalisation(session, "END")
    session.put_header(session.directory._replace(life=Life.USER))
    return OK


def delete_environment(session: PsamSession, command: CommandAPDU) -> ResponseAPDU:
    """DELETE: DDF1 or the third environment, under its own master key while it is current. The MF stays."""
    home = session.home
    if session.environment.powers is not None or home is None or home.fid != int.from_bytes(command.data, "big"):
        raise FileNotFound("an environment deletes itself only, while it is current; the MF of a PSAM stays")
    if session.in_application:
        raise FileNotFound("the environment is not current, its application is")
    demand_master(session, "deleting the environment")
    raise Ended(OK)


def delete_application(session: PsamSession, command: CommandAPDU) -> ResponseAPDU:
    """DELETE: the application with its files and keys, while neither it nor the environment is closed."""
    demand_master(session, "deleting")
    fid, home = int.from_bytes(command.data, "big"), session.home
    header = stored.header(session.files, fid)
    if header.kind != DirectoryKind.ADF or home is None or Life.USER in (header.life, home.life):
        raise Refusal(SW.CONDITIONS_NOT_SATISFIED, Gate.LIFE_CYCLE, "personalisation has ended", _CLAUSE)
    with session.nvm.transaction():
        _erase(session.keys(fid))
        for file in session.files.files(fid):
            _erase_keys_in(session, file)
        session.files.delete_directory(fid)
    session.directory, session.file, session.delivered = home, None, None
    session.security = session.security.outside(fid)
    return OK


def delete_file(session: PsamSession, command: CommandAPDU) -> ResponseAPDU:
    """DELETE: an elementary file of the current directory, a key file with its keys."""
    demand_master(session, "deleting")
    demand_personalisation(session, "deleting")
    file = session.files.file(session.directory.fid, int.from_bytes(command.data, "big"))
    with session.nvm.transaction():
        _erase_keys_in(session, file)
        session.files.delete(session.directory.fid, file.descriptor.fid)
    session.file = session.delivered = None  # the delivered key may come from a key that is gone
    return OK


def _erase_keys_in(session: PsamSession, file: ElementaryFile) -> None:
    if file.descriptor.structure == Structure.INTERNAL:
        _erase(session.key_file(file))


def _erase(store: KeyStore) -> None:
    for entry in store.entries():
        store.erase(entry.ref)
