"""CREATE FILE, END and DELETE of the personalisation dialect, over any stack's files. What they demand is the rows'."""

from __future__ import annotations

from collections.abc import Callable

from apdu.command import CommandAPDU
from apdu.response import OK, ResponseAPDU
from apdu.status import SW
from cos.kernel import directory_headers
from cos.kernel.access_rights import demand_master
from cos.kernel.directory_headers import DirectoryHeader, DirectoryKind, Life, stored_header, stored_headers
from cos.kernel.files import FileExists, FileNotFound
from cos.kernel.refusal import Gate, Refusal
from cos.kernel.security_state import Standing, Stay
from firewall.grant import Ended
from keys.card_key_store import KeyStore


def fid_in(command: CommandAPDU) -> int:
    """The file identifier a command's data are."""
    return int.from_bytes(command.data, "big")


def create_file(at: Standing, data: bytes) -> ResponseAPDU:
    """An elementary file in the current directory."""
    at.files.create(at.directory.fid, directory_headers.parse_file(data))
    return OK


def create_application(at: Standing, header: DirectoryHeader, *, nested: bool = True) -> None:
    """An application of the environment, current from now on; its creator's right goes along, as there is no key yet to
    replace it. ``nested`` False: not while another application is current.
    """
    if header.kind != DirectoryKind.ADF or not header.name or (at.in_application and not nested):
        raise Refusal(SW.WRONG_DATA, Gate.DATA, "no application to create")
    for other in stored_headers(at.files):
        if other.fid == header.fid or other.name == header.name:
            raise FileExists("directory name taken", fid=other.fid)
    at.files.put_directory(header.fid, header.encode())
    at.directory = header
    at.file = None


def end(session: Stay, command: CommandAPDU) -> ResponseAPDU:  # noqa: ARG001 - handlers share a shape
    """END: the current directory passes into use; from now on its rules are in force."""
    at = session.at
    at.put_header(at.directory._replace(life=Life.USER))
    return OK


def delete_environment(session: Stay, command: CommandAPDU) -> Ended:
    """DELETE: the environment itself, under its own master key and no other; the MF is current afterwards."""
    at = session.at
    if not at.directory.fid == at.home.fid == fid_in(command):
        raise FileNotFound("not the current environment")
    demand_master(session)
    return Ended(OK)


def delete_application(at: Standing, fid: int, also: Callable[[], None] | None = None) -> None:
    """An application with all its files and keys, while neither it nor the environment is closed.

    ``also``: what else of it goes, in the same step.
    """
    header = stored_header(at.files, fid)
    if header.kind != DirectoryKind.ADF or Life.USER in (header.life, at.home.life):
        raise Refusal(SW.CONDITIONS_NOT_SATISFIED, Gate.LIFE_CYCLE, "making has ended", directory=fid)
    with at.nvm.transaction():
        erase_keys(at.keys(fid))
        if also is not None:
            also()
        at.files.delete_directory(fid)
    at.security = at.security.outside(fid)
    if at.directory.fid == fid:
        at.directory = at.home
        at.file = None


def delete_file(session: Stay, command: CommandAPDU) -> ResponseAPDU:
    """DELETE: an elementary file of the current directory."""
    at = session.at
    with at.nvm.transaction():
        at.files.delete(at.directory.fid, fid_in(command))
    at.file = None
    return OK


def erase_keys(store: KeyStore) -> None:
    """Wipe every entry (inside the caller's transaction)."""
    for entry in store.entries():
        store.erase(entry.ref)
