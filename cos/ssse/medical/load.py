"""Account load (账户划入): INITIALIZE FOR LOAD and CREDIT FOR LOAD (SSC-5 §7, SSC-7 §11)."""

from __future__ import annotations

from apdu.command import CommandAPDU
from apdu.response import ResponseAPDU
from cos.ssse.environment import SsseSession
from cos.ssse.medical.amounts import MOST_AMOUNT, Proof, account
from cos.ssse.medical.ledger import book, sound_amounts
from cos.ssse.medical.state import OpenLoad
from cos.ssse.medical.transaction import (
    LOAD,
    RANDOM_LENGTH,
    check_sequence,
    demand_pin,
    logged,
    overflow,
    transaction_keys,
    type_code,
    wrong_mac,
)
from cos.ssse.security.keyring import Kind
from keys.handle import KeyHandle
from keys.mac import same, social_mac
from keys.medical import Load, load_session
from keys.social import tac_key


def initialize(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """Key index 1 ‖ amount 4 ‖ terminal 6 → balance 4, sequence 2, key version, algorithm, random 4, MAC1 4.

    Refuses with 6985 (no account), 6982 (PIN), 9403 (key index), 9402 (counter), 6985 (balance would overflow).
    """
    own = account(session)
    demand_pin(session, "INITIALIZE FOR LOAD")
    data = command.data
    ref, dlk, dtk = transaction_keys(session, Kind.DLK, data[0])
    amounts = sound_amounts(session, own)
    check_sequence(amounts.loads)
    amount, terminal = int.from_bytes(data[1:5], "big"), data[5:]
    if amounts.balance + amount > MOST_AMOUNT:
        raise overflow("the balance")
    random = session.environment.grant.rng.bytes(RANDOM_LENGTH)
    key = load_session(dlk, random, amounts.loads)
    mac1 = Load(amounts.balance, amount, terminal, amounts.loads, kind=type_code(session, LOAD)).mac1(key)
    session.medical.begin(load=OpenLoad(amount, terminal, mac1, key, dtk))
    return ResponseAPDU(
        amounts.balance.to_bytes(4, "big")
        + amounts.loads.to_bytes(2, "big")
        + bytes((ref.version, dlk.algorithm.social))
        + random
        + mac1
    )


def credit(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """Host time 7 ‖ MAC2 4 → TAC 4. MAC2 wrong 9302; right: balance, counter, log and proof, or nothing."""
    opened = session.medical.load
    assert opened is not None  # noqa: S101 - the medical gate lets CREDIT pass in state load only
    own = account(session)
    amounts = sound_amounts(session, own)
    time, mac2 = command.data[:7], command.data[7:]
    kind = type_code(session, LOAD)
    load = Load(amounts.balance, opened.amount, opened.terminal, amounts.loads, time, kind)
    if not same(load.mac2(opened.session), mac2):
        raise wrong_mac("MAC2", opened.session)
    options = session.environment.options.medical
    tac = load.tac(opened.dtk) if options.tac_balance == "new" else _tac_over_old_balance(load, opened.dtk)
    sequence = logged(session, amounts.loads)
    proof = Proof(kind, sequence, opened.mac1 if options.load_proof_mac == "MAC1" else mac2, tac)
    record = sequence.to_bytes(2, "big") + bytes((kind,)) + load.terminal + time + load.amount.to_bytes(4, "big")
    after = amounts._replace(balance=amounts.balance + load.amount, loads=amounts.loads + 1)
    book(session, own, after, proof, record)
    return ResponseAPDU(tac)


def _tac_over_old_balance(load: Load, dtk: KeyHandle) -> bytes:
    """The other reading of SSC-7 §11.8: the balance as it was before the load."""
    return social_mac(
        tac_key(dtk),
        load.balance.to_bytes(4, "big")
        + load.sequence.to_bytes(2, "big")
        + load.amount.to_bytes(4, "big")
        + bytes((load.kind,))
        + load.terminal
        + load.time,
    )
