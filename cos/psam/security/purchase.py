"""INIT SAM FOR PURCHASE and CREDIT SAM FOR PURCHASE (SSC-9 §9.9, §9.10): MAC1 for the card, MAC2 of the card."""

from __future__ import annotations

from apdu.command import CommandAPDU
from apdu.response import OK, ResponseAPDU
from apdu.status import SW, retries
from cos.kernel.refusal import Gate, Refusal
from cos.psam.environment import PsamSession
from cos.psam.security.calculation import descend, split_factors
from cos.psam.security.delivered import KeyType, OpenPurchase
from cos.psam.security.keyfiles import find
from cos.psam.security.rights import demand_application
from keys.mac import same
from keys.medical import Purchase, purchase_session
from keys.store import KeyNotFound

TERMINAL_FID, SEQUENCE_FID = 0x0016, 0x0019
_FIXED = 0x1C
_LAST_SEQUENCE = 0xFFFF_FFFF
_CLAUSE = "SSC-9 §9.9"


def init_sam(session: PsamSession, command: CommandAPDU) -> ResponseAPDU:
    """Card random 4 ‖ card sequence 2 ‖ account, self-paid, pooled 4 each ‖ type 1 ‖ date 4 ‖ time 3 ‖ key version 1 ‖
    algorithm 1 ‖ factors, card first → terminal sequence 4 ‖ MAC1 4.

    The key is the purchase key whose identifier is the version named. Refuses with 6985 (no application), 6A88
    (no such key), 6700 (factors are not as many as its steps).
    """
    demand_application(session, "INIT SAM FOR PURCHASE")
    data = command.data
    version, algorithm, factors = data[26], data[27], split_factors(data[_FIXED:])
    held = [each for each in find(session, KeyType.PURCHASE, version) if each.key.algorithm.social == algorithm]
    if not held:
        raise KeyNotFound(f"no purchase key of version {version:02X} for algorithm {algorithm:02X}")
    chosen = next((each.key for each in held if each.usage.steps == len(factors)), None)
    if chosen is None:
        raise Refusal(
            SW.WRONG_LENGTH,
            Gate.LENGTH,
            f"the purchase key is {held[0].usage.steps} steps from the card, {len(factors)} factors came",
            _CLAUSE,
        )
    assert session.home is not None  # noqa: S101 - an application is current, so there is an MF
    number = session.files.file(session.home.fid, TERMINAL_FID).read(0, 6)
    sequence = session.files.file(session.directory.fid, SEQUENCE_FID).read(0, 4)
    if len(number) != 6 or len(sequence) != 4:
        raise Refusal(
            SW.CONDITIONS_NOT_SATISFIED,
            Gate.TARGET,
            "terminal number or sequence have no room for 6 and 4 bytes",
            _CLAUSE,
        )
    if int.from_bytes(sequence, "big") == _LAST_SEQUENCE:
        raise Refusal(SW.CONDITIONS_NOT_SATISFIED, Gate.STATE, "the terminal sequence is at its end", _CLAUSE)
    account, self_paid, pooled = (int.from_bytes(data[at : at + 4], "big") for at in (6, 10, 14))
    purchase = Purchase(account, self_paid, pooled, number, sequence, data[19:26], data[18])
    key = purchase_session(descend(chosen, factors), data[:4], int.from_bytes(data[4:6], "big"), sequence)
    if session.environment.options.terminal_sequence == "80 70":
        _step(session)
    session.purchase = OpenPurchase(key, purchase)
    return ResponseAPDU(sequence + purchase.mac1(key))


def _step(session: PsamSession) -> None:
    """The next number, written before the answer leaves."""
    file = session.files.file(session.directory.fid, SEQUENCE_FID)
    value = int.from_bytes(file.read(0, 4), "big")
    file.write(0, (value + 1).to_bytes(4, "big"))


def credit_sam(session: PsamSession, command: CommandAPDU) -> ResponseAPDU:
    """MAC2 of the card. Only right after INIT SAM (6901); wrong: 63CF (SSC-9 §9.10.1) or 9302 (table 31)."""
    opened = session.purchase
    if opened is None:
        raise Refusal(SW.WRONG_STATE, Gate.STATE, "INIT SAM FOR PURCHASE must come just before", "SSC-9 §9.10")
    if not same(opened.purchase.mac2(opened.session), command.data):
        short = session.environment.options.wrong_mac2 == "63CF"
        raise Refusal(
            retries(15) if short else SW.MAC_INVALID,
            Gate.AUTHENTICATION,
            f"MAC2 is not the card's under the session {opened.session!r}: hand out no goods, the card may be debited",
            "SSC-9 §9.10.1",
        )
    if session.environment.options.terminal_sequence == "80 72":
        _step(session)
    return OK
