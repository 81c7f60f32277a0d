"""What load and purchase have in common: the PIN, the keys by index, the type code, the record and its commit."""

from __future__ import annotations

from apdu.status import SW
from cos.kernel.refusal import Gate, Refusal
from cos.ssse.environment import SsseSession
from cos.ssse.medical.amounts import LAST_SEQUENCE, Account, Amounts, Proof
from cos.ssse.security.keyring import Kind
from cos.ssse.security.rights import explain_held, pin_right
from keys.handle import KeyHandle
from keys.store import KeyNotFound, KeyRef

RANDOM_LENGTH = 4
LOAD, PURCHASE = 1, 2
_CHARACTER = 0x30


def demand_pin(session: SsseSession, what: str) -> None:
    """Refuse with 6982 if the holder has set a PIN and it was not verified (SSC-5 §7.3.1, SSC-7 §11, §12)."""
    try:
        needed = pin_right(session)
    except KeyNotFound:
        return
    if needed not in session.security.rights:
        raise Refusal(
            SW.SECURITY_NOT_SATISFIED,
            Gate.RIGHT,
            f"{what} needs the PIN (VERIFY); {explain_held(session)}",
            "SSC-7 §11, §12",
        )


def type_code(session: SsseSession, kind: int) -> int:
    """The byte that stands for a load (1) or a settlement (2), by the profile's reading."""
    binary = session.environment.options.medical.type_code == "binary"
    return kind if binary else _CHARACTER + kind


def transaction_keys(session: SsseSession, kind: Kind, index: int) -> tuple[KeyRef, KeyHandle, KeyHandle]:
    """DLK or DPK number ``index`` by name and as key, and DTK. Refuses with 9403 (SSC-7 §11.2, §12.2)."""
    store = session.keys(session.directory.fid)
    try:
        ref = store.locate(kind, index)
        return ref, store.key(ref), store.find(Kind.DTK, 0)
    except KeyNotFound as missing:
        raise Refusal(
            SW.KEY_INDEX_NOT_SUPPORTED,
            Gate.TARGET,
            f"{kind.name} with index {index:02X}, or DTK, is not here: {missing}",
            "SSC-7 §11.2, §12.2",
        ) from None


def check_sequence(sequence: int) -> None:
    """Refuse with 9402 when the counter cannot step any more."""
    if sequence >= LAST_SEQUENCE:
        raise Refusal(
            SW.COUNTER_AT_MAXIMUM, Gate.STATE, f"the transaction counter stands at {sequence:04X}", "SSC-5 §7"
        )


def wrong_mac(what: str, key: KeyHandle) -> Refusal:
    """9302, naming the session key by its check value."""
    return Refusal(
        SW.MAC_INVALID,
        Gate.AUTHENTICATION,
        f"{what} is wrong under the session {key!r}: compare key index, random number, both sequence numbers, "
        "amounts, type code, terminal and time",
        "SSC-7 §11.7, §12.5",
    )


def overflow(what: str) -> Refusal:
    """6985: a sum would not fit 4 bytes."""
    return Refusal(SW.CONDITIONS_NOT_SATISFIED, Gate.DATA, f"{what} would exceed FFFFFFFF fen", "SSC-7 §11")


def logged(session: SsseSession, sequence: int) -> int:
    """The sequence number log and proof carry, by the profile's reading."""
    return sequence + (session.environment.options.medical.logged_sequence == "after")


def commit(session: SsseSession, account: Account, amounts: Amounts, proof: Proof, record: bytes) -> None:
    """Amounts, counters, proof and log record, all of them or none (SSC-7 §11.8, §12.6, §14)."""
    with session.nvm.transaction():
        account.store(amounts._replace(proof=proof))
        account.log.append(record.ljust(account.log.descriptor.record_length, b"\0"))
