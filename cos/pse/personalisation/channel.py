"""The personalisation channel: INITIALIZE UPDATE, EXTERNAL AUTHENTICATE, STORE DATA (PBOC-10 §6, §8.2; EMV CPS 3.2).

The channel lives in the session: another SELECT, reset or power loss closes it, and so does any wrong C-MAC.
STORE DATA (存储数据) brings data groups into the current directory, each command whole or not at all. The last command
ends personalisation for good, if what is there makes a working directory.
"""

from __future__ import annotations

from apdu.command import CommandAPDU
from apdu.response import OK, ResponseAPDU
from apdu.status import SW
from cos.kernel.directory_headers import Life
from cos.kernel.refusal import Gate, Refusal
from cos.pse.current_directory import LAST_CHANNEL, MOST_OPENINGS, Channel
from cos.pse.data.data_groups import BadGroup, split
from cos.pse.personalisation.prepersonalisation import CHANNEL_KID, CHANNEL_KINDS
from cos.pse.personalisation.store_data import WrongCheckValue, demand_whole, drop_keys, first_counters, store
from cos.pse.session import OpenChannel, PseSession
from firewall.trace import Datum
from keys import cps_channel
from keys.algorithms import BadBlocks
from keys.card_key_store import KeyNotFound
from keys.mac import same

_PROTOCOL = 0x02
_CHALLENGE = 6
_LAST, _ENCIPHERED = 0x80, 0x60


def initialize_update(session: PseSession, command: CommandAPDU) -> ResponseAPDU:
    """KEYDATA 10 ‖ key version ‖ 02 ‖ counter 2 ‖ challenge 6 ‖ card cryptogram 8. The counter does not move yet.

    P1 is the key version, 00 the one there is. Refuses with 6985 (counter used up), 6A88 (no such key).
    """
    session.channel = None
    current = session.current
    state, data = current.channel, current.key_data
    if state.counter >= LAST_CHANNEL:
        raise Refusal(SW.CONDITIONS_NOT_SATISFIED, Gate.LIFE_CYCLE, "channel counter used up")
    if data is None:
        raise KeyNotFound("no KEYDATA yet", fid=current.fid)
    store = current.keys
    version = store.locate(CHANNEL_KINDS[0], CHANNEL_KID, command.p1 or None).version
    keys = cps_channel.CpsKeys(*(store.find(kind, CHANNEL_KID, version) for kind in CHANNEL_KINDS))
    counter = state.counter.to_bytes(2, "big")
    opening = cps_channel.Opening(command.data, counter, session.environment.grant.rng.bytes(_CHALLENGE))
    live = cps_channel.session_keys(keys, counter)
    session.channel = OpenChannel(live, cps_channel.host_cryptogram(live, opening))
    head = data + bytes((version, _PROTOCOL)) + counter + opening.challenge
    return ResponseAPDU(head + cps_channel.card_cryptogram(live, opening))


def external_authenticate(session: PseSession, command: CommandAPDU) -> ResponseAPDU:
    """Host cryptogram 8 ‖ C-MAC 8; P1 is the level from now on. Success moves the counter, before 9000 leaves."""
    channel, session.channel = session.channel, None
    current = session.current
    state = current.channel
    if channel is None or channel.host is None:
        raise Refusal(SW.CONDITIONS_NOT_SATISFIED, Gate.STATE, "channel not initialised")
    if state.failures >= MOST_OPENINGS:
        raise Refusal(SW.METHOD_BLOCKED, Gate.AUTHENTICATION, "channel locked", number=state.failures)
    current.put_channel(state._replace(failures=state.failures + 1))
    host, mac = command.data[:8], command.data[8:]
    if not same(channel.host, host):
        raise Refusal(SW.AUTHENTICATION_FAILED, Gate.AUTHENTICATION, "wrong host cryptogram", directory=current.fid)
    if not same(cps_channel.c_mac(channel.keys, b"", command.header, host), mac):
        raise Refusal(
            SW.SECURITY_NOT_SATISFIED,
            Gate.MESSAGING,
            "wrong C-MAC of the opening",
            "EMV CPS 5.4.2",
            directory=current.fid,
        )
    current.put_channel(state._replace(counter=state.counter + 1, failures=0))
    session.channel = channel._replace(host=None, previous=mac, level=command.p1)
    return OK


def open_command(session: PseSession, command: CommandAPDU) -> tuple[OpenChannel, bytes]:
    """The channel, its C-MAC chain moved on, and the command's plain data without C-MAC.

    Refuses with 6985 (no channel), 6700 (too short), 6982 (C-MAC wrong or missing: the channel closes).
    """
    channel = session.channel
    if channel is None or channel.host is not None:
        raise Refusal(SW.CONDITIONS_NOT_SATISFIED, Gate.STATE, "no channel open")
    if not command.cla & 0x04:
        if channel.level == cps_channel.LEVEL_NONE:
            return channel, command.data
        raise _closed(session, "C-MAC missing", needed=channel.level)
    if len(command.data) < cps_channel.C_MAC_LENGTH:
        raise Refusal(SW.WRONG_LENGTH, Gate.LENGTH, "no room for a C-MAC", "EMV CPS 5.4.2", received=len(command.data))
    data, mac = command.data[: -cps_channel.C_MAC_LENGTH], command.data[-cps_channel.C_MAC_LENGTH :]
    if channel.level == cps_channel.LEVEL_MAC_AND_ENCIPHERED:
        try:
            data = cps_channel.decipher_command(channel.keys, data)
        except ValueError:
            raise _closed(session, "channel command does not decipher", received=len(data)) from None
    if not same(cps_channel.c_mac(channel.keys, channel.previous, command.header, data), mac):
        raise _closed(session, "wrong C-MAC")
    channel = session.channel = channel._replace(previous=mac)
    return channel, data


def _closed(session: PseSession, why: str, **about: Datum) -> Refusal:
    session.channel = None
    about = {**about, "directory": session.current.fid}
    return Refusal(SW.SECURITY_NOT_SATISFIED, Gate.MESSAGING, why, "EMV CPS 5.4.2", **about)


def store_data(session: PseSession, command: CommandAPDU) -> ResponseAPDU:
    """One STORE DATA: C-MAC, number, groups, and with P1 b8 the end of personalisation."""
    channel, data = open_command(session, command)
    if command.p2 != channel.number:
        raise Refusal(
            SW.WRONG_P1P2, Gate.PARAMETERS, "STORE DATA out of turn", received=command.p2, expected=channel.number
        )
    groups, rest = split(channel.unfinished + data)
    last, secret = bool(command.p1 & _LAST), command.p1 & _ENCIPHERED == _ENCIPHERED
    if rest and last:
        raise Refusal(SW.WRONG_LENGTH, Gate.LENGTH, "end inside a group", received=len(rest))
    plain = [(dgi, _plain(channel, dgi, value) if secret else value) for dgi, value in groups]
    _store(session, plain, secret=secret, last=last)
    session.channel = channel._replace(number=channel.number + 1 & 0xFF, unfinished=rest)
    if last:
        session.enter(session.directory(session.current.fid))
    return OK


def _plain(channel: OpenChannel, dgi: int, value: bytes) -> bytes:
    try:
        return cps_channel.decipher_dgi(channel.keys, value)
    except BadBlocks:
        raise BadGroup("group of no whole blocks", dgi, received=len(value)) from None


def _store(session: PseSession, groups: list[tuple[int, bytes]], *, secret: bool, last: bool) -> None:
    current = session.current
    try:
        with session.at.nvm.transaction():
            for dgi, value in groups:
                store(current, dgi, value, secret=secret)
            if last:
                _finish(session)
    except WrongCheckValue as error:
        # The keys may be anything now: unusable until they are sent again (inferred).
        with session.at.nvm.transaction():
            drop_keys(current, error.suite)
        raise
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
    demand_whole(current)
    for entry in current.keys.entries():
        if entry.kind in CHANNEL_KINDS:
            current.keys.erase(entry.ref)
    current.put_channel(Channel(current.channel.counter, done=True))
    if current.is_application:
        session.at.files.put_directory(current.fid, current.header._replace(life=Life.USER).encode())
        session.at.nvm.put(current.counters_cell, first_counters(current).to_bytes())
