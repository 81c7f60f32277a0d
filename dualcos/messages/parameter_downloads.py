"""Field 62 where terminals fetch applications' parameters and authorities' keys: what there is, then each by itself.

Two steps, both started by the terminal: a list of names (0820, network codes 372 and 382), a record by its name (0800,
370 and 380), and the end of it (371, 381). Seen in the field; the acquirers' specification is not public.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from apdu import tlv
from apdu.tlv import TlvError
from dualcos.messages.terminal_parameters import AidParameters, AuthorityKey, AuthorityKeyName, BadParameters

_NONE, _WHOLE, _MORE, _LAST = b"0", b"1", b"2", b"3"
_TAG_AID, _TAG_INDEX, _TAG_EXPIRY = 0x9F06, 0x9F22, 0xDF05
_RID = 5
_ROOM = 400
"""Bytes of names in one answer."""


class DownloadKind(NamedTuple):
    """The three network codes (field 60.3) of one kind of record."""

    listing: str
    record: str
    end: str


KEY_DOWNLOAD = DownloadKind("372", "370", "371")
AID_DOWNLOAD = DownloadKind("382", "380", "381")


class NamesTold(NamedTuple):
    """A piece of the list. ``more``: there are others, to be asked for with how many came before."""

    names: tuple[bytes, ...]
    more: bool


def asking_names(received: int) -> bytes:
    """Field 62 of a request for the list; ``received``: so many names came before, below 100."""
    return b"1%02d" % received


def names_received(field: bytes) -> int:
    """How many names the terminal has already; 0 if it says nothing. Raises BadParameters."""
    if not field:
        return 0
    if len(field) != 3 or not field.isdigit():
        raise BadParameters("field 62: a request for a list is 1 and two digits")
    return int(field[1:])


def telling_names(names: Sequence[bytes], received: int) -> bytes:
    """Field 62 of the answer: the names behind the first ``received``, as many as fit."""
    if not names:
        return _NONE
    body, told = b"", received
    while told < len(names) and len(body) + len(names[told]) <= _ROOM:
        body += names[told]
        told += 1
    if told < len(names):
        return _MORE + body
    return (_LAST if received else _WHOLE) + body


def told_names(field: bytes) -> NamesTold:
    """An answer's field 62 read. Raises BadParameters."""
    mark, body = field[:1], field[1:]
    if mark == _NONE and not body:
        return NamesTold((), more=False)
    if mark not in (_WHOLE, _MORE, _LAST):
        raise BadParameters("field 62: a list begins with 0, 1, 2 or 3")
    names: list[bytes] = []
    for item in _items(body):
        encoded = tlv.encode(item.tag, item.value)
        if item.tag == _TAG_AID:
            names.append(encoded)
        elif not names:
            raise BadParameters("field 62: a name begins with 9F06")
        else:
            names[-1] += encoded
    return NamesTold(tuple(names), mark == _MORE)


def telling_record(record: bytes | None) -> bytes:
    """Field 62 of the answer to a request for one record; None: there is none of that name."""
    return _NONE if record is None else _WHOLE + record


def told_record(field: bytes) -> bytes | None:
    """The record in an answer's field 62, None if the acquirer has none. Raises BadParameters."""
    if field == _NONE:
        return None
    if field[:1] != _WHOLE:
        raise BadParameters("field 62: a record begins with 1")
    return field[1:]


def aid_name(parameters: AidParameters) -> bytes:
    """How an application is called in lists and requests."""
    return tlv.encode(_TAG_AID, parameters.aid)


def key_name(key: AuthorityKey) -> bytes:
    """How a key is called in lists: with its expiry."""
    return asking_key(key.name) + tlv.encode(_TAG_EXPIRY, bytes.fromhex(key.expiry))


def asking_key(name: AuthorityKeyName) -> bytes:
    """How a key is called in a request."""
    return tlv.encode(_TAG_AID, name.rid) + tlv.encode(_TAG_INDEX, bytes((name.number,)))


def asked_aid(name: bytes) -> bytes:
    """The AID in a name. Raises BadParameters."""
    return _one(name, _TAG_AID)


def asked_key(name: bytes) -> AuthorityKeyName:
    """RID and index in a name. Raises BadParameters."""
    rid, index = _one(name, _TAG_AID), _one(name, _TAG_INDEX)
    if len(rid) != _RID or len(index) != 1:
        raise BadParameters("a key is called by a RID of 5 bytes and an index of one")
    return AuthorityKeyName(rid, index[0])


def _one(name: bytes, tag: int) -> bytes:
    for item in _items(name):
        if item.tag == tag:
            return item.value
    raise BadParameters(f"field 62: {tag:X} is missing")


def _items(body: bytes) -> list[tlv.Tlv]:
    try:
        return list(tlv.parse(body))
    except TlvError as error:
        raise BadParameters(f"field 62: no string of TLVs: {error}") from None
