"""Key files 0011 to 0013 (密钥文件): CREATE KEY, CHANGE KEY, and finding a key (SSC-9 §6, §7, §9.5, §9.6).

A key is usage, identifier, algorithm and value; the value never comes out. Loading needs the file's right and the
application's master key: enciphered under it, MAC with the last random number as start value.
"""

from __future__ import annotations

from typing import NamedTuple

from apdu.command import CommandAPDU
from apdu.response import OK, ResponseAPDU
from apdu.status import SW
from cos.kernel import keyloading
from cos.kernel.files import ElementaryFile, FileNotFound, Structure
from cos.kernel.refusal import Gate, Refusal
from cos.psam.environment import PsamSession
from cos.psam.security.delivered import KeyType, Usage
from cos.psam.security.rights import MASTER_REF, demand, governing
from keys.algorithms import BadBlocks, BadKey, social_algorithm
from keys.handle import KeyHandle
from keys.padding import BadPadding, strip_length
from keys.store import KeyHeader, KeyNotFound, KeyRef

_CREATED, _CHANGED = 8, 3  # attributes in front of the value
_MOST_STEPS = 3
_KEY_RECORD, _MOST_KEYS = 0x18, 254
_CLAUSE = "SSC-9 §9.5, §9.6"


class HeldKey(NamedTuple):
    """A key of a key file: usage byte and the key itself."""

    usage: Usage
    key: KeyHandle


def key_files(session: PsamSession) -> tuple[ElementaryFile, ...]:
    """The key files of the current directory that can be read."""
    files = session.files.readable(session.directory.fid)
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
        session.files.files(session.directory.fid)  # it may be in a key file that cannot be read
        raise KeyNotFound(f"no key of type {kind:02X} with identifier {identifier:02X} in the key files")
    return found


def create_key(session: PsamSession, command: CommandAPDU) -> ResponseAPDU:
    """CREATE KEY 建立密钥: usage, identifier, 00, algorithm, right 2, 2 bytes, value; a key not there yet."""
    file = _target(session, command)
    plain = _open(session, command)
    value = plain[_CREATED:]
    usage, identifier, _, number = plain[:4] if len(plain) >= _CREATED else bytes(4)
    try:
        algorithm = social_algorithm(number)
    except BadKey as error:
        raise _bad(str(error)) from None
    if len(value) != algorithm.key_length:
        raise _bad(f"a {algorithm.name} key has {algorithm.key_length} bytes, not {len(value)}")
    if Usage.of(usage).steps > _MOST_STEPS or Usage.of(usage).kind not in tuple(KeyType):
        raise _bad(f"usage {usage:02X} is no number of steps and type of key")
    header = KeyHeader(usage, identifier, number, 0, 0, number, 0, len(value))
    store = session.key_file(file)
    held = store.refs()
    if header.ref in held:
        raise _bad(f"key {usage:02X}/{identifier:02X} exists: CHANGE KEY replaces its value")
    room = min((file.descriptor.size - 2) // _KEY_RECORD, _MOST_KEYS)
    if len(held) >= room:
        raise Refusal(SW.NO_SPACE, Gate.SPACE, f"{file!r} holds {room} keys", "SSC-9 §6")
    with session.nvm.transaction():
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
        raise KeyNotFound(f"no key {usage:02X}/{identifier:02X} in {file!r}")
    block = _master(session).block
    # The command names no cipher: of two keys under one name the one that looks like the master key is meant.
    fitting = sorted(
        (header for header in named if header.length == len(value)),
        key=lambda header: store.key(header.ref).block != block,
    )
    if not fitting:
        raise _bad(f"key {usage:02X}/{identifier:02X} has {named[0].length} bytes, not {len(value)}")
    ref: KeyRef = fitting[0].ref
    with session.nvm.transaction():
        store.replace(ref, value)
    session.delivered = None  # what came of the old value ends with it
    return OK


def _target(session: PsamSession, command: CommandAPDU) -> ElementaryFile:
    file = next((file for file in key_files(session) if file.descriptor.sfi == command.p2), None)
    if file is None:
        session.files.files(session.directory.fid)  # as above
        raise FileNotFound(f"no key file {command.p2:02X} in {session.directory.fid:04X}")
    demand(session, file, write=True)
    return file


def _master(session: PsamSession) -> KeyHandle:
    return session.keys(governing(session)).key(MASTER_REF)


def _open(session: PsamSession, command: CommandAPDU) -> bytes:
    """The plain key data. Refuses with 6984 (random number), 6988 (MAC, cipher text)."""
    master = _master(session)
    cipher = keyloading.check_mac(command, master, session.challenge.take())
    try:
        return strip_length(master.decrypt(cipher))
    except (BadBlocks, BadPadding) as error:
        raise Refusal(
            SW.SM_INCORRECT, Gate.MESSAGING, f"the enciphered key does not decipher: {error}", _CLAUSE
        ) from None


def _bad(text: str) -> Refusal:
    return Refusal(SW.WRONG_DATA, Gate.DATA, text, _CLAUSE)
