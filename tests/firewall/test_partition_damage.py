"""Power-on is total: whatever the journal's cells have become, recovery ends, the same with and without cuts (T3).

What can be read of a committed journal is done; every other cell keeps its old value; no reserved cell is left.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import Phase, example, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

import dualcos
from firewall import partition as module
from firewall.hardware.cells import Cells, CellsFull
from firewall.hardware.power import PowerLoss, PowerRail
from firewall.partition import Partition

Contents = dict[bytes, bytes]
DATA: Contents = {b"a": b"old-a", b"b": b"old-bb", b"c": b"old-ccc"}
COMMITTED = {b"\xffC": b"\x01"}
SPARE = [0, 3, 200]
BUDGET = 50

VALUES = st.builds(
    bytes.__add__,
    st.sampled_from([b"", b"\0", b"\0", b"\1", b"\1", b"\2"]),
    st.binary(max_size=3) | st.binary(max_size=20),
)
NAMES = (
    st.sampled_from([*DATA])
    | st.sampled_from([b"a", b"b", b"c", b"d", b"", b"\xffC", b"\xffJ", b"\xffJa"])
    | st.binary(max_size=3)
)
JOURNALS = st.dictionaries(NAMES.map(b"\xffJ".__add__), VALUES, min_size=1, max_size=4)
COMMITS = st.just(COMMITTED) | st.just(COMMITTED) | st.dictionaries(st.just(b"\xffC"), st.binary(max_size=2))
OTHERS = st.dictionaries(st.binary(max_size=2).map(b"\xff".__add__), st.binary(max_size=3), max_size=1)
FOUND = st.builds(
    lambda *parts: {key: value for part in parts for key, value in part.items()}, OTHERS, JOURNALS, COMMITS
)


def memory(reserved: Contents, spare: int) -> tuple[PowerRail, Cells]:
    """A region with ``DATA`` and these reserved cells, as a card file gives it: full but for ``spare`` bytes."""
    rail = PowerRail()
    cells = Cells(rail, sum(len(key) + len(value) for key, value in (DATA | reserved).items()) + spare)
    cells.load(DATA | reserved)
    return rail, cells


def expected(reserved: Contents) -> Contents:
    """What the partition's contract says of this memory, from the layout of the journal alone."""
    after = dict(DATA)
    if reserved.get(b"\xffC") == b"\x01":
        for cell, raw in reserved.items():
            key = cell[2:]
            if cell[:2] != b"\xffJ" or not key or key[0] == 0xFF:
                continue
            if raw == b"\x00":
                after.pop(key, None)
            elif raw[:1] == b"\x01":
                after[key] = raw[1:]
    return after


def wrong(reserved: Contents, spare: int) -> bool:
    """True if recovery of this memory breaks the contract: steady, and cut at each of its ticks and run again."""
    rail, cells = memory(reserved, spare)
    image, free = cells.image(), cells.free
    try:
        Partition(cells).recover()
        steady = cells.image()
        needed = rail.ticks
        if steady.cells != expected(reserved) or cells.free < free:
            return True
        for cut in range(needed):
            cells.restore(image)
            rail.cut_after(cut)
            try:
                Partition(cells).recover()
            except PowerLoss:
                Partition(cells).recover()
            else:
                return True
            if cells.image() != steady:
                return True
    except Exception:
        return True
    return False


@given(FOUND, st.sampled_from(SPARE))
@example({b"\xffJa": b"\x01" + bytes(30), **COMMITTED}, 0)  # does not fit beside its own journal entry
@example({b"\xffJa": b"\x02new", **COMMITTED}, 200)  # neither put nor erase
@example({b"\xffJa": b"\x00new", **COMMITTED}, 200)  # an erase that carries a value
@example({b"\xffJa": b"", **COMMITTED}, 200)
@example({b"\xffJ": b"\x01x", **COMMITTED}, 200)  # no key
@example({b"\xffJ\xffC": b"\x01\x01", **COMMITTED}, 200)  # a key no caller may use
@example({b"\xffJa": b"\x01new", b"\xffC": b"\x01\x01"}, 200)  # a commit cell of other bytes
@example({b"\xffJ\xff": b"\x01\x01", **COMMITTED}, 200)
@example({b"\xff": b""}, 200)
@example({b"\xffZa": b"\x01new", **COMMITTED}, 200)  # a reserved cell that is no journal's
@example({b"\xffZ": b"1"}, 200)
def test_recovery_is_total(reserved, spare):
    assert not wrong(reserved, spare)


# --- the test above bites: the mistake of the day and others of its kind ---------------------------------------------


def anything_but_put_erases(cell: bytes, raw: bytes | None) -> tuple[bytes, bytes | None]:
    """An entry with a leading byte that is neither put nor erase wipes its cell."""
    return cell[2:], raw[1:] if raw and raw[:1] == b"\x01" else None


def erase_may_carry_a_value(cell: bytes, raw: bytes | None) -> tuple[bytes, bytes | None] | None:
    """A put whose leading byte became the one of erase wipes its cell."""
    if raw and raw[:1] == b"\x00":
        return cell[2:], None
    return GOOD(cell, raw)


def reserved_cells_are_written(cell: bytes, raw: bytes | None) -> tuple[bytes, bytes | None] | None:
    """An entry for a cell of the journal itself is carried out."""
    if raw and raw[:1] == b"\x01":
        return cell[2:], raw[1:]
    return GOOD(cell, raw)


def an_empty_entry_is_an_error(cell: bytes, raw: bytes | None) -> tuple[bytes, bytes | None] | None:
    """A torn entry under a commit cell raises."""
    assert raw
    return GOOD(cell, raw)


GOOD = module._journalled
READERS = [anything_but_put_erases, erase_may_carry_a_value, reserved_cells_are_written, an_empty_entry_is_an_error]


def room_is_asked_for(self: Cells, steps: list[tuple[bytes, bytes | None]]) -> None:
    """Recovery writes as a command does, and stops where the region is full."""
    for key, value in steps:
        self.erase(key) if value is None else self.program(key, value)


def commit_goes_first(self: Cells, steps: list[tuple[bytes, bytes | None]]) -> None:
    """The commit cell is wiped before the journal is done: a cut forgets the rest."""
    CHANGE(self, sorted(steps, key=lambda step: step[0] != b"\xffC"))


def only_what_fits(self: Cells, steps: list[tuple[bytes, bytes | None]]) -> None:
    """Entries are dropped by the room there happens to be, which is another after a cut."""
    for key, value in steps:
        try:
            self.erase(key) if value is None else self.program(key, value)
        except CellsFull:
            continue


CHANGE = Cells.change
WRITERS = [room_is_asked_for, commit_goes_first, only_what_fits]


def found() -> bool:
    """Whether a search within the commit budget sees something wrong."""
    try:
        find(
            st.tuples(FOUND, st.sampled_from(SPARE)),
            lambda case: wrong(*case),
            settings=settings(max_examples=BUDGET, derandomize=True, database=None, phases=[Phase.generate]),
        )
    except NoSuchExample:
        return False
    return True


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.__name__)
def test_a_wrong_reader_of_the_journal_is_seen(reader, monkeypatch):
    monkeypatch.setattr(module, "_journalled", reader)
    assert found()


@pytest.mark.parametrize("writer", WRITERS, ids=lambda writer: writer.__name__)
def test_a_wrong_writer_of_the_journal_is_seen(writer, monkeypatch):
    monkeypatch.setattr(Cells, "change", writer)
    assert found()


def test_the_right_ones_are_not_seen():
    assert not found()


# --- the mark "journal is empty" is read from the cells ------------------------------------------------------


def written(cells: Cells) -> None:
    cells.program(b"\xffJa", b"\x01new")
    cells.program(b"\xffC", b"\x01")


def loaded(cells: Cells) -> None:
    cells.load(DATA | {b"\xffJa": b"\x01new"} | COMMITTED)


def restored(cells: Cells) -> None:
    other = memory({b"\xffJa": b"\x01new"} | COMMITTED, 200)[1]
    cells.restore(other.image())


def restored_from_an_image_changed_by_hand(cells: Cells) -> None:
    image = cells.image()
    cells.restore(image._replace(cells=image.cells | {b"\xffJa": b"\x01new"} | COMMITTED))


def cut_after_the_commit(cells: Cells) -> None:
    cells._rail.cut_after(5 + 2 + 1)
    with pytest.raises(PowerLoss):
        Partition(cells).put_all({b"a": b"new"})


WAYS: list[Callable[[Cells], None]] = [
    written,
    loaded,
    restored,
    restored_from_an_image_changed_by_hand,
    cut_after_the_commit,
]


def seen(way: Callable[[Cells], None]) -> bool:
    """Whether a journal that came this way is done, after a recovery that found nothing to do."""
    _, cells = memory({}, 200)
    partition = Partition(cells)
    partition.recover()  # and this must not be remembered
    way(cells)
    partition.recover()
    return cells.image().cells == DATA | {b"a": b"new"}


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_journal_is_seen_however_it_came(way):
    assert seen(way)


FORGETS = [(), ("program",), ("program", "change"), ("restore",), ("program", "load"), ("_burn", "erase", "load")]


@pytest.mark.parametrize("forgets", FORGETS, ids="-".join)
def test_a_mark_that_is_remembered_too_long_is_seen(forgets, monkeypatch):
    """Planted: the answer is kept with the cells, and thrown away at these occasions only."""
    kept: dict[int, bytes] = {}
    last = Cells.last.fget

    def forgetting(name: str) -> Callable[..., object]:
        method = getattr(Cells, name)

        def called(self: Cells, *args: object) -> object:
            kept.clear()
            return method(self, *args)

        return called

    for name in forgets:
        monkeypatch.setattr(Cells, name, forgetting(name))
    monkeypatch.setattr(Cells, "last", property(lambda self: kept.setdefault(id(self), last(self))))
    answers = []
    for way in WAYS:
        kept.clear()
        answers.append(seen(way))
    assert not all(answers)


def test_recovery_of_an_empty_region():
    cells = Cells(PowerRail(), 0)
    Partition(cells).recover()
    assert cells.last == b""


# --- the whole card ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", ["dual-2.0-3des", "psam-3des"])
def test_every_region_of_a_card_starts_over_a_damaged_journal(profile):
    card = dualcos.card(profile, seed=1)
    image, whole = card.snapshot(), card.dump()
    answer = card.power_on()
    for region in whole.keys() - {"chip"}:
        name = max(whole[region])
        damages: list[Contents] = [
            {b"\xffJ" + name: b"\x02" + whole[region][name], **COMMITTED},
            {b"\xffJ" + name: b"", b"\xffJ": b"\x01x", **COMMITTED},
            {b"\xffJ\xffJ" + name: b"\x01\x01x", b"\xffC": b"\x01"},
            {b"\xffJ" + name: b"\x01x", b"\xffC": b"\x02"},
            {b"\xffX": b"x"},
        ]
        for damage in damages:
            card.restore(image)
            for key, value in damage.items():
                card.overwrite(region, key, value)
            assert card.power_on() == answer
            assert card.dump() == whole, (region, damage)
