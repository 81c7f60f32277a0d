"""The personalisation channel: INITIALIZE UPDATE and EXTERNAL AUTHENTICATE (PBOC-10 §8.2; EMV CPS 3.2.5, 3.2.6).

The channel lives in the session: another SELECT, reset or power loss closes it, and so does any wrong C-MAC.
"""

from __future__ import annotations

from apdu.command import CommandAPDU
from apdu.response import OK, ResponseAPDU
from apdu.status import SW
from cos.kernel.refusal import Gate, Refusal
from cos.pse.environment import OpenChannel, PseSession
from cos.pse.personalisation.making import CHANNEL_KID, CHANNEL_KINDS
from keys import cps
from keys.cps import CpsKeys
from keys.mac import same
from keys.store import KeyNotFound

_PROTOCOL = 0x02
_LAST_COUNTER = 0xFFFF
_MOST_FAILURES = 10
_CHALLENGE = 6
_CLAUSE = "PBOC-10 §8.2, EMV CPS 3.2.5-6"


def initialize_update(session: PseSession, command: CommandAPDU) -> ResponseAPDU:
    """KEYDATA 10 ‖ key version ‖ 02 ‖ counter 2 ‖ challenge 6 ‖ card cryptogram 8. The counter does not move yet.

    P1 is the key version, 00 the one there is. Refuses with 6985 (counter used up), 6A88 (no such key).
    """
    session.channel = None
    current = session.current
    state, data = current.channel, current.key_data
    if state.counter >= _LAST_COUNTER:
        raise Refusal(SW.CONDITIONS_NOT_SATISFIED, Gate.LIFE_CYCLE, "the channel's counter is used up", _CLAUSE)
    if data is None:
        raise KeyNotFound(f"{current!r} has no KEYDATA yet: its pre-personalisation is not finished")
    keys, version = _keys(session, command.p1)
    counter = state.counter.to_bytes(2, "big")
    opening = cps.Opening(command.data, counter, session.environment.grant.rng.bytes(_CHALLENGE))
    live = cps.session_keys(keys, counter)
    session.channel = OpenChannel(live, cps.host_cryptogram(live, opening))
    head = data + bytes((version, _PROTOCOL)) + counter + opening.challenge
    return ResponseAPDU(head + cps.card_cryptogram(live, opening))


def _keys(session: PseSession, version: int) -> tuple[CpsKeys, int]:
    store = session.current.keys
    ref = store.locate(CHANNEL_KINDS[0], CHANNEL_KID, version or None)
    return CpsKeys(*(store.find(kind, CHANNEL_KID, ref.version) for kind in CHANNEL_KINDS)), ref.version


def external_authenticate(session: PseSession, command: CommandAPDU) -> ResponseAPDU:
    """Host cryptogram 8 ‖ C-MAC 8; P1 is the level from now on. Success moves the counter, before 9000 leaves."""
    channel, session.channel = session.channel, None
    current = session.current
    state = current.channel
    if channel is None or channel.host is None:
        raise Refusal(
            SW.CONDITIONS_NOT_SATISFIED, Gate.STATE, "INITIALIZE UPDATE must come just before", "EMV CPS 3.2.6"
        )
    if state.failures >= _MOST_FAILURES:
        raise Refusal(
            SW.METHOD_BLOCKED, Gate.AUTHENTICATION, f"{_MOST_FAILURES} openings of the channel have failed", _CLAUSE
        )
    current.put_channel(state._replace(failures=state.failures + 1))
    host, mac = command.data[:8], command.data[8:]
    if not same(channel.host, host):
        raise Refusal(SW.AUTHENTICATION_FAILED, Gate.AUTHENTICATION, "the host cryptogram is wrong", "EMV CPS 3.2.6")
    if not same(cps.c_mac(channel.keys, b"", command.header, host), mac):
        raise Refusal(SW.SECURITY_NOT_SATISFIED, Gate.MESSAGING, "the C-MAC is wrong", "EMV CPS 5.4.2")
    current.put_channel(state._replace(counter=state.counter + 1, failures=0))
    session.channel = channel._replace(host=None, previous=mac, level=command.p1)
    return OK


def open_command(session: PseSession, command: CommandAPDU) -> tuple[OpenChannel, bytes]:
    """The channel, its C-MAC chain moved on, and the command's plain data without C-MAC.

    Refuses with 6985 (no channel), 6700 (too short), 6982 (C-MAC wrong or missing: the channel closes).
    """
    channel = session.channel
    if channel is None or channel.host is not None:
        raise Refusal(
            SW.CONDITIONS_NOT_SATISFIED,
            Gate.STATE,
            "no personalisation channel is open: INITIALIZE UPDATE, then EXTERNAL AUTHENTICATE",
            "EMV CPS 3.2.7",
        )
    if not command.cla & 0x04:
        if channel.level == cps.LEVEL_NONE:
            return channel, command.data
        raise _closed(session, f"level {channel.level:02X} asks for a C-MAC on every command (class 84)")
    if len(command.data) < cps.C_MAC_LENGTH:
        raise Refusal(SW.WRONG_LENGTH, Gate.LENGTH, "no room for a C-MAC of 8 bytes", "EMV CPS 5.4.2")
    data, mac = command.data[: -cps.C_MAC_LENGTH], command.data[-cps.C_MAC_LENGTH :]
    if channel.level == cps.LEVEL_MAC_AND_ENCIPHERED:
        data = _deciphered(session, channel, data)
    if not same(cps.c_mac(channel.keys, channel.previous, command.header, data), mac):
        raise _closed(session, "the C-MAC is wrong; it covers the previous C-MAC, header, Lc and plain data")
    channel = session.channel = channel._replace(previous=mac)
    return channel, data


def _deciphered(session: PseSession, channel: OpenChannel, data: bytes) -> bytes:
    try:
        return cps.decipher_command(channel.keys, data)
    except ValueError as error:
        raise _closed(session, f"the enciphered command does not decipher: {error}") from None


def _closed(session: PseSession, why: str) -> Refusal:
    session.channel = None
    return Refusal(SW.SECURITY_NOT_SATISFIED, Gate.MESSAGING, f"{why}; the channel is closed", "EMV CPS 5.4.2")
