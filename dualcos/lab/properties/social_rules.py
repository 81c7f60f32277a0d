"""The social side against its own rules: its session items (F5b), a record file against a model of it (M1), the proofs
of its medical account (T7).

M1 and T7 are asked of no other stack (``properties_not_asked``): only SSSE has files whose records are found by
identifier and pointer (SSC-3 §5.3), and only its medical account keeps a proof for an answer that was lost (GET
TRANSACTION PROOF, SSC-7 §14).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from cos.ssse.tables.table_model import AccessKind, Directory, File, FileForm, KeyKind, KeyRow
from dualcos.dialogue.driver import Reply, apdu, perform, send
from dualcos.dialogue.iso_commands import challenge, read_record, select_file, update_record
from dualcos.dialogue.medical import MedicalAccount, account_of, proof
from dualcos.dialogue.social import SocialSession, read_start
from dualcos.lab.properties.items_select_keeps import (
    EF,
    MEDICAL,
    PIN,
    POINTER,
    RANDOM,
    RIGHT,
    WAITING,
    Ground,
    SessionItem,
    Teller,
    fetch,
)
from dualcos.lab.properties.profile_specimens import ProfileSpecimen
from dualcos.lab.properties.property_and_violation import Violation
from dualcos.lab.properties.social_macros import LABEL, SocialOwner, host_of
from dualcos.lab.properties.specimen import LabBench, Player, Specimen
from dualcos.lab.properties.tearing_of_macros import cut, rehearsed
from dualcos.lab.properties.traffic_steps import Do, Play

_REFUSED, _NO_FILE, _NO_RANDOM, _NOTHING_WAITS = 0x6982, 0x6986, 0x6984, 0x6F00
_NOT_FOUND, _NO_LOAD = 0x6A83, 0x6901
_CREDIT = apdu("B02A0000", bytes(11))
"""CREDIT FOR LOAD with a wrong MAC: 9302 behind INITIALIZE, else 6901."""


def _host(specimen: Specimen) -> SocialOwner | None:
    if not isinstance(specimen, ProfileSpecimen) or specimen.profile.ssse is None:
        return None
    return host_of(specimen.profile, specimen.profile.ssse)


_INTERNAL = frozenset((0xEF80, 0xEF23, 0xEF1E, 0xEF81))
"""The COS's own files (security, FCI, DIR, transaction): whether a terminal may select them is open."""


# --- F5b -------------------------------------------------------------------------------------------------------------


def of_social(host: SocialOwner, *, fetches: bool) -> tuple[Ground, ...]:
    """The environment and its applications, with what of the session items each has."""
    return tuple(
        Ground(
            f"{here.fid:04X}",
            partial(host.session.select, here),
            tuple(_items(host.session, here, fetches=fetches)),
            frozenset(file.fid for file in (*here.files, *here.internal)),
            _INTERNAL,
        )
        for here in host.session.directories
    )


def _items(at: SocialSession, here: Directory, *, fetches: bool) -> Iterator[SessionItem]:
    """``fetches``: answers wait behind 61xx."""
    written = next((f for f in here.files if f.update.kind is AccessKind.KEY and _linear(f) and f.items), None)
    if written is not None:
        record = bytes((written.items[0].tag or 0, written.items[0].length)) + b"1" * written.items[0].length
        yield SessionItem(
            RIGHT,
            lambda: at.earn(here, written, write=True),
            lambda: update_record(1, record, written.sfi),
            _REFUSED,
        )
    guarded = next((f for f in here.files if f.read.kind in (AccessKind.PIN, AccessKind.PIN_OR_KEY) and f.items), None)
    if guarded is not None and at.keys.pin:
        yield SessionItem(PIN, lambda: _verified(at, here), lambda: read_start(guarded), _REFUSED)
    free = next((f for f in here.files if f.read.kind is AccessKind.FREE and _linear(f) and len(f.items) > 2), None)
    if free is not None:
        fid = free.fid
        yield SessionItem(EF, lambda: _chosen(at, here, fid), lambda: read_record(1), _NO_FILE)
        yield SessionItem(POINTER, lambda: _pointing(at, here, fid), lambda: _pointed(fid), _NOT_FOUND)
    key = next((row for row in here.keys if row.kind is KeyKind.AUTHENTICATION and row.locks), None)
    if key is not None:
        random: list[bytes] = []
        yield SessionItem(RANDOM, lambda: _drawn(at, here, random), lambda: _used(at, key, random), _NO_RANDOM)
    account = account_of(at.keys, here)
    if account is not None:
        yield SessionItem(MEDICAL, lambda: _loading(at, here, account), lambda: send(_CREDIT), _NO_LOAD)
    if fetches:
        yield SessionItem(WAITING, lambda: _asked(at, here), fetch, _NOTHING_WAITS)


def _loading(at: SocialSession, here: Directory, account: MedicalAccount) -> Play:
    yield from _verified(at, here)
    yield from account.initialize_load(1000, bytes(6))


def _linear(file: File) -> bool:
    return file.structure in (FileForm.LINEAR_FIXED, FileForm.LINEAR_VARIABLE)


def _verified(at: SocialSession, here: Directory) -> Play:
    yield from at.select(here)
    yield from at.verify()


def _chosen(at: SocialSession, here: Directory, fid: int) -> Play:
    yield from at.select(here)
    yield from select_file(fid)


def _pointing(at: SocialSession, here: Directory, fid: int) -> Play:
    """The last record is current, by identifier 00."""
    yield from _chosen(at, here, fid)
    yield from read_record(0, mode=1)


def _pointed(fid: int) -> Play:
    """The current record by number 00: 6A83 if there is none. The EF is selected again only if it is not current."""
    answer = yield from read_record(0)
    if answer.sw == _NO_FILE:
        yield from select_file(fid)
        yield from read_record(0)


def _drawn(at: SocialSession, here: Directory, random: list[bytes]) -> Play:
    yield from at.select(here)
    random[:] = [(yield from challenge())]


def _used(at: SocialSession, row: KeyRow, random: list[bytes]) -> Reply:
    """The proof of a key on a random number that may be gone."""
    version = row.versions[0]
    data = at.keys.service.external_authentication(row.name, at.keys.card, random[0], bytes(8), version)
    return send(apdu(f"008200{row.kid:02X}", data + bytes((version,) if version else ())))


def _asked(at: SocialSession, here: Directory) -> Play:
    yield from at.select(here)
    yield apdu("00880000", bytes(16))


# --- M1 --------------------------------------------------------------------------------------------------------------


class Read(NamedTuple):
    """READ RECORD of the current EF: ``mode`` 0 first, 1 last, 2 next, 3 previous with identifier, 4 by number."""

    mode: int
    p1: int


class Write(NamedTuple):
    """UPDATE RECORD of the current EF with the record ``tag`` ‖ ``length`` ‖ value."""

    mode: int
    p1: int
    tag: int
    length: int


def record_work(specimen: Specimen) -> SearchStrategy[list[Read | Write]]:
    """Reads and writes near what is there."""
    del specimen
    mode, p1 = st.integers(0, 4), st.sampled_from((0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0x30, 0xFE))
    reads = st.builds(Read, mode, p1)
    writes = st.builds(Write, mode, p1, st.sampled_from((1, 2, 3, 4, 5, 6, 0x30)), st.integers(1, 9))
    return st.lists(reads | writes, max_size=14)


class Model:
    """A linear file of tagged records: order, pointer, what an update replaces or adds (SSC-3 §5.3, SSC-5 §6.13)."""

    def __init__(self, records: list[bytes]) -> None:
        self.records = records
        self.pointer = 0

    def find(self, identifier: int, mode: int) -> int:
        """The number a mode and identifier mean, 0 if there is none."""
        numbers = list(range(1, len(self.records) + 1))
        if mode == 2 and self.pointer:
            numbers = numbers[self.pointer :]
        elif mode == 3 and self.pointer:
            numbers = numbers[: self.pointer - 1]
        if mode in (1, 3):
            numbers.reverse()
        return next((n for n in numbers if identifier in (0, self.records[n - 1][0])), 0)

    def read(self, work: Read) -> bytes:
        """The answer."""
        number = (work.p1 or self.pointer) if work.mode == 4 else self.find(work.p1, work.mode)
        if not 1 <= number <= len(self.records):
            return _NOT_FOUND.to_bytes(2, "big")
        if work.mode != 4:
            self.pointer = number
        return self.records[number - 1] + b"\x90\x00"

    def write(self, work: Write, record: bytes) -> bool:
        """True if the update is accepted."""
        after = len(self.records) + 1
        if work.mode == 4:
            number = work.p1 or self.pointer
        else:
            number = self.find(work.p1, work.mode) or (after if record[0] == work.p1 else 0)
        if not 1 <= number <= after:
            return False
        self.records[number - 1 : number] = [record]
        if work.mode != 4 or not work.p1:
            self.pointer = number
        return True


def record_model(specimen: Specimen, works: list[Read | Write]) -> None:
    """M1: a record file and the model of it answer alike."""
    host = _host(specimen)
    if host is None:
        return
    home = host.session.home
    file = next(f for f in home.files if f.update.kind is AccessKind.KEY and f.structure is FileForm.LINEAR_VARIABLE)
    teller = Teller(specimen.bench(), LABEL)
    teller.tell(host.session.earn(home, file))
    teller.tell(host.session.earn(home, file, write=True))
    teller.tell(select_file(file.fid))
    model = Model(_contents(teller))
    for work in works:
        expected, answer = _both(teller, model, work)
        if answer != expected:
            text = f"{work}: answered {answer.hex()}, the model says {expected.hex()}"
            raise Violation("M1", text, teller.player.record)
        specimen.tally.judge(LABEL)


def _contents(teller: Teller) -> list[bytes]:
    records = []
    for number in range(1, 255):
        answer = teller.tell(read_record(number))
        if answer[-2:] != b"\x90\x00":
            break
        records.append(answer[:-2])
    return records


def _both(teller: Teller, model: Model, work: Read | Write) -> tuple[bytes, bytes]:
    if isinstance(work, Read):
        answer = teller.tell(read_record(work.p1, mode=work.mode))
        return model.read(work), answer
    record = bytes((work.tag, work.length)) + b"m" * work.length
    answer = teller.tell(update_record(work.p1, record, mode=work.mode))
    if answer == b"\x6a\x84":  # room is the file's own business; a refusal must leave the model's file as it is
        return answer, answer
    return (b"\x90\x00" if model.write(work, record) else _NOT_FOUND.to_bytes(2, "big")), answer


# --- T7 --------------------------------------------------------------------------------------------------------------

_SEQUENCE_AT = {"load": (4, 0x31), "purchase": (14, 0x32)}  # where INITIALIZE's answer has it; type of the proof


def proof_survives(specimen: Specimen, _case: None) -> None:
    """T7: if a cut leaves the amounts changed, GET TRANSACTION PROOF gives the TAC that the lost answer carried."""
    host = _host(specimen)
    if host is None:
        return
    bench = specimen.bench()
    account = next((d for d in host.session.directories if any(row.kind is KeyKind.PURCHASE for row in d.keys)), None)
    for name in _SEQUENCE_AT if account is not None else ():
        for tick in range(bench_ticks(bench, name)):
            _lost_answer(bench, host.session.select(account), name, tick)
            specimen.tally.judge(LABEL)


def bench_ticks(bench: LabBench, name: str) -> int:
    """How many ticks a macro takes."""
    return rehearsed(bench, LABEL, Do(name)).ticks[-1]


def _lost_answer(bench: LabBench, enter: Reply, name: str, tick: int) -> None:
    """``enter``: the way into the account."""
    uncut = rehearsed(bench, LABEL, Do(name))
    at, kind = _SEQUENCE_AT[name]
    started = next(
        a for c, a in zip(uncut.commands, uncut.answers, strict=True) if c[:2] == b"\x00\xc0" and len(a) > 12
    )
    tac = uncut.answers[-1][:4]
    cut(bench, LABEL, Do(name), tick)
    bench.card.power_on()
    masked = bench.sides[LABEL].memory.masked
    if masked(bench.card.dump()[LABEL]) != masked(uncut.dumps[-1][LABEL]):
        return
    player = Player(bench)
    player.enter(LABEL)
    perform(player, enter)
    answer = perform(player, proof(kind, started[at : at + 2])).encode()
    if answer[4:8] != tac:
        raise Violation("T7", f"{name} cut at tick {tick}: booked, but its proof is {answer.hex()}", player.record)
