"""Key files 0011 to 0013 (密钥文件): CREATE KEY, CHANGE KEY, and finding a key (SSC-9 §6, §7, §9.5, §9.6).

A key is usage, identifier, algorithm and value; the value never comes out. Loading needs the file's right and the
application's master key: enciphered under it, MAC with the last random number as start value.
"""

from __future__ import annotations

from typing import NamedTuple

from apdu.command import CommandAPDU
from apdu.response import OK, ResponseAPDU
from apdu.status import SW
from cos.kernel.access_rights import demand, governing
from cos.kernel.directory_headers import MASTER
from cos.kernel.files import ElementaryFile, FileNotFound, Structure
from cos.kernel.refusal import Gate, Refusal
from cos.making import write_key as keyloading
from cos.psam.security.delivered_key_states import KeyType, Usage
from cos.psam.session import PsamSession
from keys.algorithms import BadKey, social_algorithm
from keys.card_key_store import KeyHeader, KeyNotFound, KeyRef
from keys.key_handle import KeyHandle

_CREATED, _CHANGED = 8, 3  # attributes in front of the value
_MOST_STEPS = 3
_KEY_RECORD, _MOST_KEYS = 0x18, 254


class HeldKey(NamedTuple):
    """A key of a key file: usage byte and the key itself."""

    usage: Usage
    key: KeyHandle


def key_files(session: PsamSession) -> tuple[ElementaryFile, ...]:
    """The key files of the current directory that can be read."""
    files = session.at.files.readable(session.at.directory.fid)
    return tuple(file for file in files if file.descriptor.structure == Structure.INTERNAL)


def find(session: PsamSession, kind: int, identifier: int) -> tuple[HeldKey, ...]:
    """Every key of that type and identifier, whatever its tier and cipher. Raises KeyNotFound if there is none.

    A damaged key stands in the way of its own type and identifier only.
    """
    found = tuple(
        HeldKey(Usage.of(ref.kind), store.key(ref))
        for store in (session.key_file(file) for file in key_files(session))
        for ref in store.refs()
        if ref.kid == identifier and Usage.of(ref.kind).kind == kind and kind in tuple(KeyType)
    )
    if not found:
        session.at.files.files(session.at.directory.fid)  # it may be in a key file that cannot be read
        raise KeyNotFound("no key in the key files", kind=kind, kid=identifier)
    return found


def create_key(session: PsamSession, command: CommandAPDU) -> ResponseAPDU:
    """CREATE KEY 建立密钥: usage, identifier, 00, algorithm, right 2, 2 bytes, value; a key not there yet."""
    file = _target(session, command)
    plain = _open(session, command)
    value = plain[_CREATED:]
    usage, identifier, _, number = plain[:4] if len(plain) >= _CREATED else bytes(4)
    try:
        algorithm = social_algorithm(number)
    except BadKey:
        raise Refusal(SW.WRONG_DATA, Gate.DATA, "no such algorithm", algorithm=number) from None
    if len(value) != algorithm.key_length:
        raise Refusal(
            SW.WRONG_DATA,
            Gate.DATA,
            "key of another length",
            algorithm=algorithm.name,
            needed=algorithm.key_length,
            received=len(value),
        )
    if Usage.of(usage).steps > _MOST_STEPS or Usage.of(usage).kind not in tuple(KeyType):
        raise Refusal(SW.WRONG_DATA, Gate.DATA, "no such usage", received=usage)
    header = KeyHeader(usage, identifier, number, 0, 0, number, 0, len(value))
    store = session.key_file(file)
    held = store.refs()
    if header.ref in held:
        raise Refusal(SW.WRONG_DATA, Gate.DATA, "key there already", kind=usage, kid=identifier)
    room = min((file.descriptor.size - 2) // _KEY_RECORD, _MOST_KEYS)
    if len(held) >= room:
        raise Refusal(SW.NO_SPACE, Gate.SPACE, "key file full", "SSC-9 §6", fid=file.descriptor.fid, count=room)
    with session.at.nvm.transaction():
        store.put(header, value)
    return OK


def change_key(session: PsamSession, command: CommandAPDU) -> ResponseAPDU:
    """CHANGE KEY 修改密钥: usage, identifier, 00, new value of the same length."""
    file = _target(session, command)
    plain = _open(session, command)
    value = plain[_CHANGED:]
    usage, identifier = plain[:2] if len(plain) >= _CHANGED else bytes(2)
    store = session.key_file(file)
    named = [store.header(ref) for ref in store.refs() if (ref.kind, ref.kid) == (usage, identifier)]
    if not named:
        raise KeyNotFound(
            "no key in the key file", kind=usage, kid=identifier, fid=file.descriptor.fid, directory=file.directory
        )
    block = _master(session).block
    # The command names no cipher: of two keys under one name the one that looks like the master key is meant.
    fitting = sorted(
        (header for header in named if header.length == len(value)),
        key=lambda header: store.key(header.ref).block != block,
    )
    if not fitting:
        raise Refusal(
            SW.WRONG_DATA,
            Gate.DATA,
            "new value of another length",
            kind=usage,
            kid=identifier,
            needed=named[0].length,
            received=len(value),
        )
    ref: KeyRef = fitting[0].ref
    with session.at.nvm.transaction():
        store.replace(ref, value)
    session.delivered = None  # what came of the old value ends with it
    return OK


def _target(session: PsamSession, command: CommandAPDU) -> ElementaryFile:
    file = next((file for file in key_files(session) if file.descriptor.sfi == command.p2), None)
    if file is None:
        session.at.files.files(session.at.directory.fid)  # as above
        raise FileNotFound("no such key file", sfi=command.p2, directory=session.at.directory.fid)
    demand(session.at, file, write=True)
    return file


def _master(session: PsamSession) -> KeyHandle:
    return session.at.keys(governing(session.at)).key(MASTER)


def _open(session: PsamSession, command: CommandAPDU) -> bytes:
    """The plain key data. Refuses with 6984 (random number), 6988 (MAC, cipher text)."""
    master = _master(session)
    return keyloading.deciphered(master, keyloading.check_mac(command, master, session.at.challenge.take()))
