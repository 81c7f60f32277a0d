"""The card's key store: the keys and PINs of one directory or application, in cells of its environment's partition.

An entry is a header of 8 bytes and a value that never comes out again: a key leaves as ``KeyHandle``, a PIN only as
the verdict of ``matches``. The try counter has a cell of its own, one byte long, so that one ``put`` is atomic and
can be committed before anything is compared (assurance contract T2, T5: docs/properties.md).

Damage. A record that names another entry than its cell or is not as long as it says, a counter that is not one byte,
and one of the two without the other, are damaged cells.

Not decided here: which failure costs a try, which keys never lock, what a key may be used for.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable
from typing import NamedTuple

from firewall.cellkind import CellKind, Count, Counting, Part
from firewall.partition import DamagedCell, Partition, PartitionError
from firewall.trace import Datum, Reasoned
from keys import sm2
from keys.algorithms import Algorithm, BadKey, social_algorithm, xor
from keys.key_handle import KeyHandle
from keys.rsa import RsaPrivate
from keys.sm2 import Sm2Private

_RECORD, _COUNTER, _PART, _SM2 = b"K", b"T", b"R", b"S"
_RSA_PARTS = range(1, 6)
_SM2_PARTS = range(1, 3)
_HEADER_LENGTH = 8
_PIN_BLOCK = 8
_TRIES = Count("tries left", Counting.TRIES, at=0, length=1, most=0x0F, mask=0x0F)


class KeyNotFound(Reasoned):
    """No entry of that kind, number and version, or its value is no key (SSC-5: referenced data not found)."""


class PartsUnfit(KeyNotFound):
    """Parts of a private key are there and make none; ``cell`` is that of the first part."""

    def __init__(self, cell: bytes, why: str, /, **about: Datum) -> None:
        super().__init__(why, **about)
        self.cell = cell


class NoTriesLeft(Reasoned):
    """The try counter is at zero already (authentication method locked)."""


class KeyRef(NamedTuple):
    """Names one entry of a store."""

    kind: int
    kid: int
    version: int

    def __str__(self) -> str:
        return f"key of kind {self.kind:02X}, number {self.kid:02X}, version {self.version:02X}"


def entry_cells(
    prefix: bytes, parts: tuple[Part, ...] = (), place: str = "", *, counted: bool = True
) -> tuple[CellKind, ...]:
    """The cells of all stores under ``prefix`` and ``parts``, which ``place`` tells in words (their names in braces).

    Without ``counted`` the failures of these keys are not counted, though they have a cell for it.
    """
    name = f"key {{kind}}/{{kid}}/{{version}}{place}"
    entry = tuple(Part(each, 1) for each in KeyRef._fields)
    value, tries = ((*parts, Part("", 1, (letter,)), *entry) for letter in (_RECORD, _COUNTER))
    return (
        CellKind(f"{name}, value and header", prefix, value, secret=True, head=_HEADER_LENGTH),
        CellKind(f"{name}, tries", prefix, tries, counts=(_TRIES,) if counted else ()),
    )


def _part(prefix: bytes, parts: tuple[Part, ...], name: str, letter: bytes, numbers: Iterable[int]) -> CellKind:
    own = (Part("", 1, (letter,)), Part("kid", 1), Part("part", 1, tuple(bytes((each,)) for each in numbers)))
    return CellKind(f"key {{kid}}/{{part}}{name}", prefix, (*parts, *own), secret=True)


def rsa_cells(prefix: bytes, parts: tuple[Part, ...], place: str) -> tuple[CellKind, ...]:
    """The cells of RSA private keys in such stores."""
    return (_part(prefix, parts, f"{place}, part of private key", _PART, _RSA_PARTS),)


def sm2_cells(prefix: bytes, parts: tuple[Part, ...], place: str) -> tuple[CellKind, ...]:
    """The cells of SM2 keys in such stores; the second part is public."""
    private, public = (_part(prefix, parts, f"{place}, part of SM2 key", _SM2, (number,)) for number in _SM2_PARTS)
    return (private, public._replace(secret=False))


class KeyHeader(NamedTuple):
    """What stands in front of a value. Layout and order of the Datang T514 key header.

    ``kind`` type, ``kid`` key identifier, ``change_right`` right to change, ``counter`` high nibble limit and low
    nibble tries left, ``algorithm`` number of the cipher (in a PIN: level of the unblocking key), ``level``
    resulting state, ``length`` bytes of the value.
    """

    kind: int
    kid: int
    version: int
    change_right: int
    counter: int
    algorithm: int
    level: int
    length: int

    def encode(self) -> bytes:
        """The 8 bytes."""
        return bytes(self)

    @classmethod
    def decode(cls, raw: bytes) -> KeyHeader:
        """From the first 8 bytes of ``raw``. Raises ValueError if there are fewer."""
        if len(raw) < _HEADER_LENGTH:
            raise ValueError(f"key header of {len(raw)} bytes")
        return cls(*raw[:_HEADER_LENGTH])

    @property
    def ref(self) -> KeyRef:
        """The entry's name."""
        return KeyRef(self.kind, self.kid, self.version)


class KeyStore:
    """Entries under ``prefix`` in ``partition``; ``algorithms`` maps a header's algorithm byte to a cipher.

    Several stores share a partition when no prefix begins another. Handles are kept as long as the store object
    lives and the cell behind them is unchanged, also across a transaction that was rolled back.
    """

    __slots__ = ("_algorithms", "_counters", "_handles", "_partition", "_prefix", "_private", "_records", "_sm2")

    def __init__(
        self, partition: Partition, prefix: bytes, algorithms: Callable[[int], Algorithm] = social_algorithm
    ) -> None:
        self._partition = partition
        self._prefix = prefix
        self._algorithms = algorithms
        self._handles: dict[KeyRef, tuple[bytes, KeyHandle]] = {}
        self._records: dict[KeyRef, bytes] = {}
        self._counters: dict[KeyRef, bytes] = {}
        self._private: dict[int, tuple[tuple[bytes, ...], RsaPrivate]] = {}
        self._sm2: dict[int, tuple[tuple[bytes, ...], Sm2Private]] = {}

    def twin(self) -> KeyStore:
        """The same entries, with handles kept apart from now on."""
        other = object.__new__(KeyStore)
        other._partition, other._prefix, other._algorithms = self._partition, self._prefix, self._algorithms
        other._records, other._counters = self._records, self._counters  # names of cells only
        other._handles, other._private, other._sm2 = self._handles.copy(), self._private.copy(), self._sm2.copy()
        return other

    def _cell(self, what: bytes, ref: KeyRef) -> bytes:
        return self._prefix + what + bytes(ref)

    def _record_cell(self, ref: KeyRef) -> bytes:
        cell = self._records.get(ref)
        if cell is None:
            cell = self._records[ref] = self._cell(_RECORD, ref)
        return cell

    def _counter_cell(self, ref: KeyRef) -> bytes:
        cell = self._counters.get(ref)
        if cell is None:
            cell = self._counters[ref] = self._cell(_COUNTER, ref)
        return cell

    def put(self, header: KeyHeader, value: bytes) -> KeyRef:
        """Write or replace an entry; of ``value`` the first ``header.length`` bytes count (it may be FF-filled).

        Both cells in one step, the caller's transaction or its own. Raises ValueError if the value is short.
        """
        if len(value) < header.length:
            raise ValueError(f"value of {len(value)} bytes, header says {header.length}")
        ref = header.ref
        record = header.encode() + value[: header.length]
        self._partition.put_all({self._record_cell(ref): record, self._counter_cell(ref): bytes((header.counter,))})
        return ref

    def replace(self, ref: KeyRef, value: bytes) -> None:
        """Give an entry a new value (a changed PIN, an updated master key) and its full number of tries.

        Belongs inside the caller's transaction. Raises KeyNotFound.
        """
        header = self.header(ref)
        limit = header.counter >> 4
        self.put(header._replace(length=len(value), counter=limit << 4 | limit), value)

    def erase(self, ref: KeyRef) -> None:
        """Wipe an entry; harmless when absent. Belongs inside the caller's transaction."""
        self._handles.pop(ref, None)
        self._partition.delete(self._cell(_RECORD, ref))
        self._partition.delete(self._cell(_COUNTER, ref))

    def __contains__(self, ref: KeyRef) -> bool:
        """True if there is such an entry. Raises DamagedCell where only its counter is left."""
        if self._partition.get(self._record_cell(ref)) is not None:
            return True
        self._demand_gone(ref)
        return False

    def __len__(self) -> int:
        return self._partition.count(self._prefix + _RECORD)

    def locate(self, kind: int, kid: int, version: int | None = None) -> KeyRef:
        """The entry's name; without a version the lowest one present (SSC-5 §6.7). Raises KeyNotFound."""
        start = self._prefix + _RECORD + bytes((kind, kid))
        partition = self._partition
        for candidate in range(256) if version is None else (version,):
            if partition.get(start + bytes((candidate,))) is not None:
                return KeyRef(kind, kid, candidate)
        for counter in partition.keys(self._prefix + _COUNTER + bytes((kind, kid))):
            if counter[-1] == version or version is None:
                self._demand_gone(KeyRef(kind, kid, counter[-1]))
        raise KeyNotFound("no such key", kind=kind, kid=kid)

    def find(self, kind: int, kid: int, version: int | None = None) -> KeyHandle:
        """The key of that kind and number; without a version the lowest one present. Raises KeyNotFound."""
        return self.key(self.locate(kind, kid, version))

    def by_kid(self, kid: int, version: int | None = None) -> tuple[KeyRef, ...]:
        """All entries with that number, of any kind; reads the whole directory of cells."""
        return tuple(r for r in self.refs() if r.kid == kid and version in (None, r.version))

    def key(self, ref: KeyRef) -> KeyHandle:
        """The handle of an entry. Raises KeyNotFound, also if the value is no key of a cipher known here."""
        record = self._record(ref)
        known = self._handles.get(ref)
        if known is not None and known[0] == record:
            return known[1]
        record = self._sound(ref)
        try:
            handle = KeyHandle(self._algorithms(record[5]), record[_HEADER_LENGTH:])
        except BadKey:
            raise KeyNotFound("value is no key", key=ref, algorithm=record[5], length=record[7]) from None
        self._handles[ref] = record, handle
        return handle

    def header(self, ref: KeyRef) -> KeyHeader:
        """The header with the counter as it stands now. Raises KeyNotFound."""
        return KeyHeader.decode(self._sound(ref))._replace(counter=self._counter(ref))

    def level(self, ref: KeyRef) -> int:
        """The resulting state of an entry, 00 for none. Raises KeyNotFound."""
        return self._sound(ref)[6]

    def entries(self) -> tuple[KeyHeader, ...]:
        """Headers of all entries, by kind, number and version, with counters as they stand now."""
        return tuple(self.header(ref) for ref in self.refs())

    def readable(self) -> tuple[KeyHeader, ...]:
        """``entries`` without those that are damaged: for explanations, which must not fail."""
        found = []
        for ref in self.refs():
            try:
                found.append(self.header(ref))
            except DamagedCell:
                continue
        return tuple(found)

    def at_level(self, level: int) -> tuple[KeyRef, ...]:
        """The names of those ``readable`` entries whose resulting state is ``level``."""
        found = []
        for ref in self.refs():
            try:
                if self.level(ref) == level:
                    self._counter(ref)
                    found.append(ref)
            except DamagedCell:
                continue
        return tuple(found)

    def refs(self) -> tuple[KeyRef, ...]:
        """The names of all entries, by kind, number and version."""
        start = self._prefix + _RECORD
        cells = (cell[len(start) :] for cell in self._partition.keys(start))
        return tuple(KeyRef(*name) for name in cells if len(name) == len(KeyRef._fields))

    def matches(self, ref: KeyRef, presented: bytes) -> bool:
        """True if the stored value is ``presented``, compared in constant time; for PINs. Raises KeyNotFound."""
        return hmac.compare_digest(self._sound(ref)[_HEADER_LENGTH:], presented)

    def tries_left(self, ref: KeyRef) -> int:
        """Tries left, 0 to 15; 0 means locked. Raises KeyNotFound."""
        return self._counter(ref) & 0x0F

    def tries_limit(self, ref: KeyRef) -> int:
        """The counter's maximum, 0 to 15. Raises KeyNotFound."""
        return self._counter(ref) >> 4

    def spend_try(self, ref: KeyRef) -> int:
        """One try fewer, programmed before this returns; what is left then. Call outside any transaction.

        Raises NoTriesLeft (nothing written) or KeyNotFound.
        """
        counter = self._counter(ref)
        if self._partition.in_transaction:
            raise PartitionError("a try is spent outside any transaction: a rollback would give it back")
        if not counter & 0x0F:
            raise NoTriesLeft("no tries left", key=ref)
        self._partition.put(self._counter_cell(ref), bytes((counter - 1,)))
        return (counter - 1) & 0x0F

    def give_back_try(self, ref: KeyRef) -> None:
        """The counter as it was before ``spend_try``, whatever its limit. Raises KeyNotFound."""
        self._partition.put(self._counter_cell(ref), bytes((self._counter(ref) + 1,)))

    def restore_tries(self, ref: KeyRef) -> None:
        """Counter back to its maximum; writes only if it is not there. Raises KeyNotFound."""
        counter = self._counter(ref)
        full = (counter >> 4) * 0x11
        if counter != full:
            self._partition.put(self._counter_cell(ref), bytes((full,)))

    def with_pin_digits(self, ref: KeyRef, block: bytes) -> bytes:
        """``block`` (8 bytes) XOR the stored PIN's digits, left-aligned, filled with 0: piece D4 of PBOC-5 B.10.3.

        The entry is a reference PIN block ``2N`` ‖ digits ‖ F…. Raises KeyNotFound.
        """
        reference = self._sound(ref)[_HEADER_LENGTH:]
        if len(reference) != _PIN_BLOCK:
            raise self._damaged(self._record_cell(ref), ref, "holds no reference PIN block")
        digits = reference.hex()
        digits = digits[2 : 2 + int(digits[1], 16)]
        return xor(block, bytes.fromhex(digits.ljust(16, "0")))

    def put_private_part(self, kid: int, part: int, value: bytes) -> None:
        """Part 1 to 5 of an RSA private key: the last digit of DGI 8201 to 8205, padding removed.

        Belongs inside the caller's transaction. Raises ValueError for another part.
        """
        if part not in _RSA_PARTS:
            raise ValueError(f"part {part} of a private key")
        self._partition.put(self._part_cell(kid, part), value)

    def private_key(self, kid: int) -> RsaPrivate:
        """The RSA private key. Raises KeyNotFound until all five parts are there and belong together."""
        raw = tuple(self._partition.get(self._part_cell(kid, part)) or b"" for part in _RSA_PARTS)
        known = self._private.get(kid)
        if known is not None and known[0] == raw:
            return known[1]
        try:
            handle = RsaPrivate.from_parts(*raw)
        except BadKey:
            if not any(raw):
                raise KeyNotFound("no such RSA key", kid=kid) from None
            raise PartsUnfit(self._part_cell(kid, 1), "parts of no RSA key", kid=kid) from None
        self._private[kid] = raw, handle
        return handle

    def erase_private(self, kid: int) -> None:
        """Wipe the private key. Belongs inside the caller's transaction."""
        self._private.pop(kid, None)
        for part in _RSA_PARTS:
            self._partition.delete(self._part_cell(kid, part))

    def put_sm2_part(self, kid: int, part: int, value: bytes) -> None:
        """Part 1 (private, DGI 8501) or 2 (public, 8502) of an SM2 key, padding removed.

        Belongs inside the caller's transaction. Raises ValueError for another part.
        """
        if part not in _SM2_PARTS:
            raise ValueError(f"part {part} of an SM2 key")
        self._partition.put(self._sm2_cell(kid, part), value)

    def sm2_key(self, kid: int) -> Sm2Private:
        """The SM2 private key. Raises KeyNotFound until both parts are there and make a pair; Sm2Missing."""
        raw = tuple(self._partition.get(self._sm2_cell(kid, part)) or b"" for part in _SM2_PARTS)
        known = self._sm2.get(kid)
        if known is not None and known[0] == raw:
            return known[1]
        try:
            handle = Sm2Private(*raw)
        except BadKey:
            if not any(raw):
                raise KeyNotFound("no such SM2 key", kid=kid) from None
            raise PartsUnfit(self._sm2_cell(kid, 1), "parts of no SM2 key", kid=kid) from None
        self._sm2[kid] = raw, handle
        return handle

    def draw_sm2(self, kid: int, random: sm2.Random) -> bytes:
        """A new SM2 key pair under ``kid``, drawn here; its public key. Belongs inside the caller's transaction."""
        value, public = sm2.draw(random)
        self._put_sm2(kid, value, public)
        return public

    def unwrap_sm2(self, kid: int, wrapped: bytes, under: KeyHandle) -> None:
        """An SM2 private value (32 bytes, ECB under ``under``) comes in as key ``kid``.

        Belongs inside the caller's transaction. Raises BadBlocks, BadKey, Sm2Missing.
        """
        value = under.decrypt(wrapped)
        self._put_sm2(kid, value, sm2.public_key(value))

    def _put_sm2(self, kid: int, value: bytes, public: bytes) -> None:
        for part, each in zip(_SM2_PARTS, (value, public), strict=True):
            self.put_sm2_part(kid, part, each)

    def _sm2_cell(self, kid: int, part: int) -> bytes:
        return self._prefix + _SM2 + bytes((kid, part))

    def _part_cell(self, kid: int, part: int) -> bytes:
        return self._prefix + _PART + bytes((kid, part))

    def _record(self, ref: KeyRef) -> bytes:
        record = self._partition.get(self._record_cell(ref))
        if record is None:
            self._demand_gone(ref)
            raise KeyNotFound("no such entry", key=ref)
        return record

    def _sound(self, ref: KeyRef) -> bytes:
        """The entry's record, header and value, checked."""
        cell = self._record_cell(ref)
        record = self._partition.get(cell)
        if record is None:
            record = self._record(ref)  # which says why
        if len(record) < _HEADER_LENGTH or record[:3] != cell[-3:] or record[7] != len(record) - _HEADER_LENGTH:
            raise self._damaged(cell, ref, "is no record of it")
        return record

    def _counter(self, ref: KeyRef) -> int:
        cell = self._partition.get(self._counter_cell(ref))
        if cell is None or len(cell) != 1:
            raise self._no_counter(ref, cell)
        return cell[0]

    def _no_counter(self, ref: KeyRef, found: bytes | None) -> Exception:
        if found is None and self._partition.get(self._record_cell(ref)) is None:
            return KeyNotFound("no such entry", key=ref)
        return self._damaged(self._counter_cell(ref), ref, "has no try counter of one byte")

    def _demand_gone(self, ref: KeyRef) -> None:
        """Raises DamagedCell if an entry without record still has its counter: nothing erases only one of them."""
        if self._partition.get(self._counter_cell(ref)) is not None:
            raise self._damaged(self._record_cell(ref), ref, "has a try counter and no record")

    def _damaged(self, cell: bytes, ref: KeyRef, why: str) -> DamagedCell:
        name, place = "/".join(f"{part:02X}" for part in ref), self._prefix[1:].hex().upper()
        return DamagedCell(cell, f"key {name} of {place or 'the MF'} {why}")

    def __repr__(self) -> str:
        return f"<KeyStore {self._prefix!r}, {len(self)} entries>"
