"""Balances, transaction proof and starting day of the payment year (SSC-5 §7, SSC-7 §14)."""

from __future__ import annotations

from apdu.command import CommandAPDU
from apdu.response import OK, ResponseAPDU
from apdu.status import SW
from cos.kernel.refusal import Gate, Refusal
from cos.ssse.environment import SsseSession
from cos.ssse.medical.amounts import account, packed
from cos.ssse.medical.transaction import demand_pin
from cos.ssse.security.rights import demand, demand_master

_SELF_PAID = 2


def get_balance(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:  # noqa: ARG001 - handlers share a shape
    """GET BALANCE, P2 01: the account balance, 4 bytes. Needs the PIN if one is set."""
    own = account(session)
    demand_pin(session, "GET BALANCE")
    return ResponseAPDU(own.amounts().balance.to_bytes(4, "big"))


def get_total(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """GET BALANCE, P2 02 self-paid, 03 pooled: this payment year's total 4 ‖ year 2; 00 in account-only mode."""
    own = account(session)
    demand_pin(session, "GET BALANCE")
    amounts = own.amounts()
    if own.account_only:
        return ResponseAPDU(bytes(6))
    total = amounts.self_paid if command.p2 == _SELF_PAID else amounts.pooled
    return ResponseAPDU(total.to_bytes(4, "big") + packed(amounts.year).to_bytes(2, "big"))


def get_proof(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """GET TRANSACTION PROOF: MAC 4 ‖ TAC 4 of the last transaction, if type (P2) and sequence 2 are its own.

    Free of conditions, good after power loss, until the next transaction (SSC-7 §14). Else 9406.
    """
    proof = account(session).amounts().proof
    sequence = int.from_bytes(command.data, "big")
    if not proof.kind or (proof.kind, proof.sequence) != (command.p2, sequence):
        last = f"type {proof.kind:02X}, sequence {proof.sequence:04X}" if proof.kind else "none yet"
        raise Refusal(
            SW.MAC_NOT_AVAILABLE,
            Gate.DATA,
            f"no proof for type {command.p2:02X}, sequence {sequence:04X}: the last transaction is {last}",
            "SSC-7 §14",
        )
    return ResponseAPDU(proof.mac + proof.tac)


def update_starting_day(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """UPDATE STARTING DAY: mmdd. Needs DSK, the right to write the amounts file (or the master key, by profile)."""
    own = account(session)
    if session.environment.options.medical.starting_day_right == "DSK":
        demand(session, own.file, write=True)
    else:
        demand_master(session, "UPDATE STARTING DAY")
    digits = command.data.hex()
    if own.account_only or not digits.isdecimal() or not ("01" <= digits[:2] <= "12" and "01" <= digits[2:] <= "31"):
        raise Refusal(
            SW.CONDITIONS_NOT_SATISFIED,
            Gate.DATA,
            "an account without yearly totals has no starting day"
            if own.account_only
            else f"{digits.upper()} is no day mmdd",
            "SSC-5 §7.7",
        )
    own.store(own.amounts()._replace(starting_day=int(digits)))
    return OK


def get_starting_day(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """GET STARTING DAY: mmdd, 2 bytes; 0000 where none was set or the account has none."""
    own = account(session)
    if session.environment.options.medical.read_starting_day == "PIN":
        demand_pin(session, "GET STARTING DAY")
    session.tx.expect(command.le, 2)
    day = 0 if own.account_only else own.amounts().starting_day
    return ResponseAPDU(packed(day).to_bytes(2, "big"))
