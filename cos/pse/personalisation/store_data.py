"""What a data group may hold, and where it goes: records, internal elements, keys, PIN, private key (PBOC-10 §6.4).

And what the last STORE DATA demands of a directory, and the counters an application starts with.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from apdu import tlv
from apdu.status import SW
from cos.kernel.refusal import Gate, Refusal
from cos.pse.current_directory import AC_KEY, ENC_KEY, MAC_KEY, PIN_REF, PRIVATE_KEY, BankDirectory
from cos.pse.data.aip_afl_ada import Aip
from cos.pse.data.data_elements import MANDATORY
from cos.pse.data.data_groups import (
    E_CASH,
    E_CASH_RECORDS,
    FCI_GROUP,
    INTERNATIONAL,
    PIN_GROUP,
    SM,
    SUITES,
    TRIES_GROUP,
    BadGroup,
    DataGroup,
    Suite,
    check,
    group,
)
from cos.pse.issued_data import MOST_DATA, MOST_IN_TEMPLATE, PDOL, internal_elements
from cos.pse.transaction.transaction_memory import Counters
from firewall.trace import Datum
from keys.algorithms import TDES
from keys.bank_cryptography import BadPinBlock, check_pin_block
from keys.card_key_store import KeyHeader, KeyNotFound, KeyRef
from keys.padding import BadPadding, unpad

_PRESENT = b"\x01"
_LAST_PLAIN = 0x7FFF
_OF_DIRECTORIES = range(1, 11)


class WrongCheckValue(BadGroup):
    """Group 9000 does not fit the keys of group 8000, or 9400 those of 8400: ``suite`` says which."""

    def __init__(self, suite: Suite, received: bytes, expected: bytes) -> None:
        super().__init__(
            "wrong check values", suite.check_values, keys=suite.keys, received=received, expected=expected
        )
        self.suite = suite


def store(directory: BankDirectory, dgi: int, value: bytes, *, secret: bool) -> None:
    """Put one group, deciphered if it was ``secret``, into ``directory`` (inside the caller's transaction).

    Refuses with 6A88 (unknown group). Raises BadGroup (structure, length, value), WrongCheckValue.
    """
    row = group(dgi) if directory.is_application else _directory_group(dgi)
    if row is None or (dgi in E_CASH_RECORDS and directory.header.name == E_CASH):
        raise Refusal(
            SW.REFERENCED_DATA_NOT_FOUND,
            Gate.TARGET,
            "unknown data group",
            group=dgi,
            directory=directory.header.name,
        )
    if row.enciphered and not secret:
        raise BadGroup("secret group in clear", dgi)
    if row.length is not None and len(value) != row.length:
        raise BadGroup("group length", dgi, received=len(value), expected=row.length)
    suite = next((each for each in SUITES if dgi in each.groups), INTERNATIONAL)
    if dgi == suite.keys:
        _store_keys(directory, suite, value)
    elif dgi == suite.check_values:
        _check_values(directory, suite, value)
    elif dgi == PIN_GROUP:
        _store_pin(directory, value)
    elif dgi in suite.private_key:
        put = directory.secrets.put_sm2_part if suite is SM else directory.secrets.put_private_part
        put(PRIVATE_KEY, dgi & 0x0F, _unpadded(dgi, value))
    else:
        check(dgi, value)
    directory.groups.put(dgi, _PRESENT if row.enciphered else value)


def _directory_group(dgi: int) -> DataGroup | None:
    """In the environment: its FCI and the records of the directory file (PBOC-3 §12.2)."""
    known = dgi == FCI_GROUP or (1 <= dgi >> 8 <= 10 and dgi & 0xFF)
    return DataGroup(dgi, "directory") if known else None


def _store_keys(directory: BankDirectory, suite: Suite, value: bytes) -> None:
    for at, ref in enumerate(_card_keys(suite)):
        header = KeyHeader(*ref, 0, 0, suite.cipher.social, 0, 16)
        directory.secrets.put(header, value[16 * at : 16 * at + 16])


def _card_keys(suite: Suite) -> Iterator[KeyRef]:
    return (ref._replace(version=suite.key_version) for ref in (AC_KEY, MAC_KEY, ENC_KEY))


def _check_values(directory: BankDirectory, suite: Suite, value: bytes) -> None:
    try:
        found = b"".join(directory.secrets.key(ref).check_value for ref in _card_keys(suite))
    except KeyNotFound:
        raise BadGroup("check values before their keys", suite.check_values, needed=suite.keys) from None
    if found != value:
        raise WrongCheckValue(suite, value, found)


def drop_keys(directory: BankDirectory, suite: Suite) -> None:
    """Make the card keys of ``suite`` unusable (inside the caller's transaction)."""
    for ref in _card_keys(suite):
        directory.secrets.erase(ref)
    directory.groups.delete(suite.keys)


def _store_pin(directory: BankDirectory, value: bytes) -> None:
    try:
        check_pin_block(value)
    except BadPinBlock:
        raise BadGroup("no reference PIN block", PIN_GROUP) from None
    directory.secrets.put(KeyHeader(*PIN_REF, 0, 0x33, TDES.social, 0, 8), value)


def _unpadded(dgi: int, value: bytes) -> bytes:
    """What stands before 80 00…, or, as some issuers pad (seen in the field), before 80 FF…."""
    try:
        return unpad(value)
    except BadPadding:
        head, mark, tail = value.rpartition(b"\x80")
    if not mark or len(tail) > 7 or tail.strip(b"\xff"):
        raise BadGroup("private key part without padding", dgi)
    return head


def demand_whole(directory: BankDirectory) -> None:
    """Refuses with 6A80 unless the directory may come into use (PBOC-10 §6, inferred). Raises BadGroup."""
    if not directory.is_application:
        _environment(directory)
        return
    groups = directory.groups
    present = set(groups.numbers())
    plain = [dgi for dgi in present if dgi <= _LAST_PLAIN or dgi in (FCI_GROUP, INTERNATIONAL.gpo, INTERNATIONAL.iad)]
    tags = {item.tag for dgi in plain for item in tlv.leaves(groups.get(dgi) or b"")}
    _demand("elements missing at the end", MANDATORY - tags)
    for suite in SUITES:
        if suite is INTERNATIONAL or present & set(suite.groups):
            _demand_suite(directory, suite, present)
    if PIN_GROUP in present:
        _demand("groups missing at the end", {TRIES_GROUP} - present, suite=INTERNATIONAL.name)


def _environment(directory: BankDirectory) -> None:
    """The FCI, and the directory file that it names."""
    present = set(directory.groups.numbers())
    _demand("groups missing at the end", {FCI_GROUP} - present, suite=INTERNATIONAL.name)
    sfi = directory.fci_item(0x88) or b""
    if len(sfi) != 1 or sfi[0] not in _OF_DIRECTORIES:
        raise _incomplete("no directory file named", received=sfi)
    _demand("groups missing at the end", {sfi[0] << 8 | 1} - present, suite=INTERNATIONAL.name)


def _demand_suite(directory: BankDirectory, suite: Suite, present: set[int]) -> None:
    """One set of algorithms, whole."""
    _demand("groups missing at the end", set(suite.needed(0)) - present, suite=suite.name)
    issued = directory.parsed(suite)
    for tag, listed in issued.lists.items():
        most = MOST_IN_TEMPLATE if tag == PDOL else MOST_DATA
        if listed.length > most:
            raise _incomplete("list longer than a command", tag=tag, received=listed.length, expected=most)
    if suite is SM and issued.iad.alg != SM.cipher.bank:
        raise _incomplete("algorithm of the SM set", received=issued.iad.alg, expected=SM.cipher.bank)
    if suite is SM and issued.aip & Aip.CDA:
        raise _incomplete("CDA with the SM set")
    _demand("groups missing at the end", set(suite.needed(issued.aip)) - present, suite=suite.name)
    if present & set(suite.private_key):
        try:
            (directory.secrets.sm2_key if suite is SM else directory.secrets.private_key)(PRIVATE_KEY)
        except KeyNotFound:
            raise _incomplete("parts of no private key", suite=suite.name) from None


def _demand(why: str, missing: Iterable[int], **about: Datum) -> None:
    names = tuple(tlv.encode_tag(number) for number in sorted(missing))
    if names:
        raise _incomplete(why, missing=names, **about)


def _incomplete(why: str, **about: Datum) -> Refusal:
    return Refusal(SW.WRONG_DATA, Gate.DATA, why, **about)


def first_counters(directory: BankDirectory) -> Counters:
    """All zero, the PIN tries as personalised; a test card may start with other transaction counters (0E01)."""
    elements = internal_elements(directory.groups, directory.groups.numbers())
    tries = directory.groups.get(TRIES_GROUP)
    counters = Counters(
        atc=int.from_bytes(elements.get(0x9F36, b""), "big"),
        last_online_atc=int.from_bytes(elements.get(0x9F13, b""), "big"),
    )
    return counters._replace(pin_tries=tries[0]) if tries else counters
