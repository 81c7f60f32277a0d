"""Load 账户划入 (SSC-5 §7, SSC-7 §11) and medical settlement 医疗消费 (SSC-5 §7, SSC-7 §12).

Each is INITIALIZE, which answers what the other side needs for its MAC, then CREDIT or DEBIT, which checks that MAC and
commits amounts, counter, proof and log record, all of them or none. What both need comes first.
"""

from __future__ import annotations

from apdu.command import CommandAPDU
from apdu.response import ResponseAPDU
from apdu.status import SW
from cos.kernel.access_rights import demand_right
from cos.kernel.command_rows import CommandRow, Need
from cos.kernel.directory_headers import Life
from cos.kernel.refusal import Gate, Refusal, but_for
from cos.ssse.medical.account import (
    LAST_SEQUENCE,
    MOST_AMOUNT,
    Account,
    Amounts,
    Damaged,
    PurchaseProof,
    account,
    packed,
)
from cos.ssse.medical.medical_states import OpenLoad, OpenMedicalPurchase
from cos.ssse.security.key_types import SocialKeyType, pin_right
from cos.ssse.session import SsseSession
from firewall.trace import Noted
from keys.card_key_store import KeyNotFound, KeyRef
from keys.key_handle import KeyHandle
from keys.mac import same
from keys.medical_macs import Load, Purchase, load_session, purchase_session

RANDOM_LENGTH = 4
LOAD, PURCHASE = 1, 2
_CHARACTER = 0x30


def _demand_account(session: SsseSession, row: CommandRow[SsseSession]) -> None:  # noqa: ARG001 - the needs' common shape
    account(session)


def _demand_pin(session: SsseSession, row: CommandRow[SsseSession]) -> None:  # noqa: ARG001 - as above
    """Refuse with 6982 if the holder has set a PIN and it was not verified (SSC-5 §7.3.1, SSC-7 §11, §12)."""
    try:
        needed = pin_right(session.at)
    except KeyNotFound:
        return
    demand_right(session.at, needed, "SSC-7 §11, §12")


def _demand_pin_by_profile(session: SsseSession, row: CommandRow[SsseSession]) -> None:
    chosen = session.environment.options.medical
    if chosen.read_starting_day == "PIN":
        try:
            _demand_pin(session, row)
        except Refusal as refusal:
            raise but_for(refusal, chosen, "read_starting_day", "free") from None


ACCOUNT = Need("a medical account", _demand_account)
PIN = Need("the PIN, if one is set", _demand_pin)
PIN_BY_PROFILE = Need("the PIN, by profile", _demand_pin_by_profile)


def type_code(session: SsseSession, kind: int) -> int:
    """The byte that stands for a load (1) or a settlement (2), by the profile's reading."""
    binary = session.environment.options.medical.type_code == "binary"
    return kind if binary else _CHARACTER + kind


def _other_code(kind: int) -> int:
    """The same type by the other reading."""
    return kind ^ _CHARACTER


def _by_type_code(session: SsseSession, refusal: Refusal, otherwise: bytes, mac: bytes) -> Refusal:
    """``refusal`` of ``mac``, naming the setting if it is right by the other reading."""
    chosen = session.environment.options.medical
    other = "character" if chosen.type_code == "binary" else "binary"
    return but_for(refusal, chosen, "type_code", other) if same(otherwise, mac) else refusal


def transaction_keys(session: SsseSession, kind: SocialKeyType, index: int) -> tuple[KeyRef, KeyHandle, KeyHandle]:
    """DLK or DPK number ``index`` by name and as key, and DTK. Refuses with 9403 (SSC-7 §11.2, §12.2)."""
    store = session.at.keys(session.at.directory.fid)
    try:
        ref = store.locate(kind, index)
        return ref, store.key(ref), store.find(SocialKeyType.DTK, 0)
    except KeyNotFound:
        raise Refusal(
            SW.KEY_INDEX_NOT_SUPPORTED,
            Gate.TARGET,
            "no transaction keys",
            "SSC-7 §11.2, §12.2",
            key=kind.name,
            index=index,
        ) from None


def check_sequence(sequence: int) -> None:
    """Refuse with 9402 when the counter cannot step any more."""
    if sequence >= LAST_SEQUENCE:
        raise Refusal(SW.COUNTER_AT_MAXIMUM, Gate.STATE, "transaction counter at its end", sequence=sequence)


def wrong_mac(mac: str, key: KeyHandle, kind: int) -> Refusal:
    """9302, naming the session key by its check value; ``kind``: the byte that stands for this type of transaction."""
    return Refusal(
        SW.MAC_INVALID,
        Gate.AUTHENTICATION,
        "wrong transaction MAC",
        "SSC-7 §11.7, §12.5",
        mac=mac,
        key=repr(key),
        type_code=kind,
    )


def logged(session: SsseSession, sequence: int) -> int:
    """The sequence number log and proof carry, by the profile's reading."""
    return sequence + (session.environment.options.medical.logged_sequence == "after")


def sound_amounts(session: SsseSession, account: Account) -> Amounts:
    """What the account holds. Damaged memory: 6581, and the card locks as CARD BLOCK would (SSC-5 tables 53 to 72)."""
    try:
        return account.amounts()
    except Damaged:
        session.at.put_header(session.at.home._replace(life=Life.BLOCKED))
        raise Refusal(
            SW.MEMORY_FAILURE,
            Gate.DATA,
            "no amounts, environment blocked",
            "SSC-5 table 53",
        ) from None


def book(session: SsseSession, own: Account, amounts: Amounts, proof: PurchaseProof, record: bytes) -> None:
    """Amounts, counters, proof and log record, all of them or none (SSC-7 §11.8, §12.6, §14); noted in the trace."""
    with session.at.nvm.transaction():
        own.store(amounts._replace(proof=proof))
        own.log.append(record.ljust(own.log.descriptor.record_length, b"\0"))
    session.environment.grant.trace.note(
        Noted(
            "medical",
            f"sequence {proof.sequence:04X}: balance {amounts.balance}, year {amounts.year or 'none'}: self-paid "
            f"{amounts.self_paid}, pooled {amounts.pooled} fen",
        )
    )


def initialize_load(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """Key index 1 ‖ amount 4 ‖ terminal 6 → balance 4, sequence 2, key version, algorithm, random 4, MAC1 4.

    Refuses with 6985 (no account), 9403 (key index), 9402 (counter), 6985 (balance would overflow).
    """
    own = account(session)
    data = command.data
    ref, dlk, dtk = transaction_keys(session, SocialKeyType.DLK, data[0])
    amounts = sound_amounts(session, own)
    check_sequence(amounts.loads)
    amount, terminal = int.from_bytes(data[1:5], "big"), data[5:]
    if amounts.balance + amount > MOST_AMOUNT:
        raise Refusal(SW.CONDITIONS_NOT_SATISFIED, Gate.DATA, "balance overflow", "SSC-7 §11")
    random = session.environment.grant.rng.bytes(RANDOM_LENGTH)
    key = load_session(dlk, random, amounts.loads)
    mac1 = Load(amounts.balance, amount, terminal, amounts.loads, kind=type_code(session, LOAD)).mac1(key)
    session.medical.begin(OpenLoad(amount, terminal, mac1, key, dtk))
    return ResponseAPDU(
        amounts.balance.to_bytes(4, "big")
        + amounts.loads.to_bytes(2, "big")
        + bytes((ref.version, dlk.algorithm.social))
        + random
        + mac1
    )


def credit(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """Host time 7 ‖ MAC2 4 → TAC 4. MAC2 wrong 9302; right: balance, counter, log and proof, or nothing."""
    opened = session.medical.opened
    assert isinstance(opened, OpenLoad)  # noqa: S101 - the medical gate lets CREDIT pass in state load only
    own = account(session)
    amounts = sound_amounts(session, own)
    time, mac2 = command.data[:7], command.data[7:]
    kind = type_code(session, LOAD)
    load = Load(amounts.balance, opened.amount, opened.terminal, amounts.loads, time, kind)
    if not same(load.mac2(opened.session), mac2):
        otherwise = load._replace(kind=_other_code(kind)).mac2(opened.session)
        raise _by_type_code(session, wrong_mac("MAC2", opened.session, kind), otherwise, mac2)
    options = session.environment.options.medical
    # A TAC has the sum of balance and amount; the other reading of SSC-7 §11.8 wants the balance as it was.
    told = load if options.tac_balance == "new" else load._replace(balance=load.balance - load.amount)
    tac = told.tac(opened.dtk)
    sequence = logged(session, amounts.loads)
    proof = PurchaseProof(kind, sequence, opened.mac1 if options.load_proof_mac == "MAC1" else mac2, tac)
    record = sequence.to_bytes(2, "big") + bytes((kind,)) + load.terminal + time + load.amount.to_bytes(4, "big")
    after = amounts._replace(balance=amounts.balance + load.amount, loads=amounts.loads + 1)
    book(session, own, after, proof, record)
    return ResponseAPDU(tac)


def initialize_purchase(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """Key index 1 ‖ account, self-paid, pooled amount 4 each ‖ terminal 6 → balance 4, both totals 4 each, year 2,
    sequence 2, key version, algorithm, random 4.

    Refuses with 6985 (no account), 9403 (key index), 9401 (balance below the account amount; modes
    without money on the card send 0), 9402 (counter).
    """
    own = account(session)
    data = command.data
    ref, dpk, dtk = transaction_keys(session, SocialKeyType.DPK, data[0])
    amounts = sound_amounts(session, own)
    wanted = int.from_bytes(data[1:5], "big")
    if wanted > amounts.balance:
        raise Refusal(
            SW.INSUFFICIENT_FUNDS,
            Gate.DATA,
            "insufficient funds",
            "SSC-7 §12.2",
            needed=wanted,
            balance=amounts.balance,
        )
    check_sequence(amounts.purchases)
    random = session.environment.grant.rng.bytes(RANDOM_LENGTH)
    self_paid, pooled = int.from_bytes(data[5:9], "big"), int.from_bytes(data[9:13], "big")
    session.medical.begin(OpenMedicalPurchase(wanted, self_paid, pooled, data[13:], random, dpk, dtk))
    return ResponseAPDU(
        amounts.balance.to_bytes(4, "big")
        + _totals(own, amounts)
        + amounts.purchases.to_bytes(2, "big")
        + bytes((ref.version, dpk.algorithm.social))
        + random
    )


def _totals(own: Account, amounts: Amounts) -> bytes:
    """Both yearly totals and the payment year; 00 where the account has none."""
    if own.account_only:
        return bytes(10)
    totals = amounts.self_paid.to_bytes(4, "big") + amounts.pooled.to_bytes(4, "big")
    return totals + packed(amounts.year).to_bytes(2, "big")


def debit(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """Terminal sequence 4 ‖ time 7 ‖ MAC1 4 → TAC 4 ‖ MAC2 4. MAC1 wrong 9302.

    Right: balance, yearly totals, counter, log and proof, all or nothing; MAC2 and TAC are computed before
    anything changes.
    """
    opened = session.medical.opened
    assert isinstance(opened, OpenMedicalPurchase)  # noqa: S101 - the medical gate lets DEBIT pass in state purchase only
    own = account(session)
    amounts = sound_amounts(session, own)
    data = command.data
    time, mac1 = data[4:11], data[11:]
    kind = type_code(session, PURCHASE)
    purchase = Purchase(opened.account, opened.self_paid, opened.pooled, opened.terminal, data[:4], time, kind)
    key = purchase_session(opened.dpk, opened.random, amounts.purchases, data[:4])
    if not same(purchase.mac1(key), mac1):
        otherwise = purchase._replace(kind=_other_code(kind)).mac1(key)
        raise _by_type_code(session, wrong_mac("MAC1", key, kind), otherwise, mac1)
    after = _debited(own, amounts, purchase)
    mac2, tac = purchase.mac2(key), purchase.tac(opened.dtk)
    sequence = logged(session, amounts.purchases)
    book(session, own, after, PurchaseProof(kind, sequence, mac2, tac), _record(own, purchase, sequence))
    return ResponseAPDU(tac + mac2)


def _debited(own: Account, amounts: Amounts, purchase: Purchase) -> Amounts:
    after = amounts._replace(balance=amounts.balance - purchase.account, purchases=amounts.purchases + 1)
    if own.account_only:
        return after
    day = purchase.time[:4]
    if not day.hex().isdecimal():
        raise Refusal(SW.CONDITIONS_NOT_SATISFIED, Gate.DATA, "no date", "SSC-7 §12.5", received=day)
    after = after.settled(int(day.hex()), purchase.self_paid, purchase.pooled)
    if max(after.self_paid, after.pooled) > MOST_AMOUNT:
        raise Refusal(SW.CONDITIONS_NOT_SATISFIED, Gate.DATA, "total overflow", "SSC-7 §12.5")
    return after


def _record(own: Account, purchase: Purchase, sequence: int) -> bytes:
    """Sequence 2, type 1, terminal 6, time 7, account 4, self-paid 4, pooled 4; the last two not in a 14 record."""
    head = sequence.to_bytes(2, "big") + bytes((purchase.kind,)) + purchase.terminal + purchase.time
    amounts = purchase.account.to_bytes(4, "big")
    if not own.account_only:
        amounts += purchase.self_paid.to_bytes(4, "big") + purchase.pooled.to_bytes(4, "big")
    return head + amounts
