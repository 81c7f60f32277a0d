"""STORE DATA (存储数据): data groups into the current directory, each command whole or not at all (PBOC-10 §6).

The last command ends personalisation for good, if what is there makes a working directory.
"""

from __future__ import annotations

from apdu.command import CommandAPDU
from apdu.response import OK, ResponseAPDU
from apdu.status import SW
from cos.kernel.dialect import Life
from cos.kernel.refusal import Gate, Refusal
from cos.pse.data.groups import SentGroup, split
from cos.pse.directory import Channel
from cos.pse.environment import OpenChannel, PseSession
from cos.pse.personalisation import contents
from cos.pse.personalisation.channel import open_command
from cos.pse.personalisation.complete import faults, first_counters
from cos.pse.personalisation.making import CHANNEL_KINDS
from keys import cps
from keys.algorithms import BadBlocks

_LAST, _ENCIPHERED = 0x80, 0x60
_CLAUSE = "PBOC-10 §6.4, EMV CPS 3.2.7"


def store_data(session: PseSession, command: CommandAPDU) -> ResponseAPDU:
    """One STORE DATA: C-MAC, number, groups, and with P1 b8 the end of personalisation."""
    channel, data = open_command(session, command)
    if command.p2 != channel.number:
        raise Refusal(
            SW.WRONG_P1P2, Gate.PARAMETERS, f"STORE DATA {channel.number:02X} is due, not {command.p2:02X}", _CLAUSE
        )
    groups, rest = split(channel.unfinished + data)
    if rest and command.p1 & _LAST:
        raise Refusal(SW.WRONG_LENGTH, Gate.LENGTH, "the last command ends inside a group", _CLAUSE)
    secret = command.p1 & _ENCIPHERED == _ENCIPHERED
    plain = [_deciphered(channel, group) if secret else group for group in groups]
    _store(session, plain, secret=secret, last=bool(command.p1 & _LAST))
    session.channel = channel._replace(number=channel.number + 1 & 0xFF, unfinished=rest)
    if command.p1 & _LAST:
        session.enter(session.directory(session.current.fid))
    return OK


def _store(session: PseSession, groups: list[SentGroup], *, secret: bool, last: bool) -> None:
    current = session.current
    try:
        with session.nvm.transaction():
            for group in groups:
                contents.store(current, group.dgi, group.value, secret=secret)
            if last:
                _finish(session)
    except contents.WrongCheckValue as error:
        # The keys may be anything now: unusable until they are sent again (inferred).
        with session.nvm.transaction():
            contents.drop_keys(current, error.suite)
        raise _bad(str(error)) from None
    finally:
        current.forget()
    if last:
        current.personalised = True
        if current.is_application:
            current.header = current.header._replace(life=Life.USER)


def _finish(session: PseSession) -> None:
    """Check, then: in use, counters at their start, channel keys wiped. Part of the command's transaction."""
    current = session.current
    current.forget()
    missing = faults(current)
    if missing:
        raise _bad("personalisation is not complete: " + "; ".join(missing))
    for entry in current.keys.entries():
        if entry.kind in CHANNEL_KINDS:
            current.keys.erase(entry.ref)
    session.nvm.put(current.channel_cell, Channel(current.channel.counter, done=True).encode())
    if current.is_application:
        session.files.put_directory(current.fid, current.header._replace(life=Life.USER).encode())
        session.nvm.put(current.counters_cell, first_counters(current).to_bytes())


def _deciphered(channel: OpenChannel, group: SentGroup) -> SentGroup:
    try:
        return group._replace(value=cps.decipher_dgi(channel.keys, group.value))
    except BadBlocks as error:
        raise _bad(f"group {group.dgi:04X}: {error}") from None


def _bad(text: str) -> Refusal:
    return Refusal(SW.WRONG_DATA, Gate.DATA, text, _CLAUSE)
