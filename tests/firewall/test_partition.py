"""Atomic updates: a cut at any tick leaves everything old or everything new; recovery itself may be cut (T1, T3)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firewall.hardware.cells import Cells, CellsFull
from firewall.hardware.power import PowerLoss, PowerRail
from firewall.partition import Partition, PartitionError

OLD = {b"a": b"old-a", b"b": b"old-bb", b"c": b"gone soon"}
NEW = {b"a": b"NEW-A!", b"b": b"", b"d": b"born"}


def fresh(capacity: int = 4096) -> tuple[PowerRail, Cells, Partition]:
    rail = PowerRail()
    cells = Cells(rail, capacity)
    partition = Partition(cells)
    for key, value in OLD.items():
        partition.put(key, value)
    return rail, cells, partition


def update(partition: Partition) -> None:
    with partition.transaction():
        for key, value in NEW.items():
            partition.put(key, value)
        partition.delete(b"c")


def ticks_of_update() -> int:
    rail, _, partition = fresh()
    before = rail.ticks
    update(partition)
    return rail.ticks - before


def test_every_cut_is_before_or_after():
    outcomes = set()
    for cut in range(ticks_of_update()):
        rail, cells, partition = fresh()
        rail.cut_after(cut)
        with pytest.raises(PowerLoss):
            update(partition)
        reopened = Partition(cells)
        reopened.recover()
        assert reopened.dump() in (OLD, NEW), cut
        outcomes.add(b"c" in reopened)
    assert outcomes == {True, False}  # both do happen


def test_recovery_may_be_cut_again_and_again():
    for first in range(ticks_of_update()):
        rail, cells, partition = fresh()
        rail.cut_after(first)
        with pytest.raises(PowerLoss):
            update(partition)
        once = Partition(cells)
        image = cells.image()
        once.recover()
        expected = once.dump()
        second = 0
        while True:
            cells.restore(image)
            rail.cut_after(second)
            try:
                Partition(cells).recover()
            except PowerLoss:
                rail.cut_after(None)
                again = Partition(cells)
                again.recover()
                assert again.dump() == expected, (first, second)
                second += 1
                continue
            rail.cut_after(None)
            break
        assert Partition(cells).dump() == expected


def test_torn_put_keeps_the_rest_of_the_old_value():
    rail, cells, partition = fresh()
    rail.cut_after(3)
    with pytest.raises(PowerLoss):
        partition.put(b"a", b"NEWER")
    assert cells.get(b"a") == b"NE" + b"d-a"


def test_single_byte_put_is_atomic():
    for cut in range(2):
        rail, cells, partition = fresh()
        partition.put(b"n", b"\x33")
        rail.cut_after(cut)
        with pytest.raises(PowerLoss):
            partition.put(b"n", b"\x32")
        assert cells.get(b"n") == b"\x33"


def test_refusal_rolls_back():
    _, _, partition = fresh()

    def refused() -> None:
        with partition.transaction():
            partition.put(b"a", b"never")
            assert partition.get(b"a") == b"never"
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        refused()
    assert partition.dump() == OLD
    assert not partition.in_transaction


def test_full_partition_changes_nothing():
    _, _, partition = fresh(capacity=100)
    with pytest.raises(CellsFull):
        partition.put_all({b"a": b"x" * 40, b"e": b"y" * 40})
    assert partition.dump() == OLD


def test_transactions_do_not_nest():
    _, _, partition = fresh()
    with partition.transaction(), pytest.raises(PartitionError), partition.transaction():
        pass


@given(st.lists(st.tuples(st.sampled_from([b"a", b"b", b"c"]), st.none() | st.binary(max_size=6)), max_size=20))
def test_agrees_with_a_dictionary(steps):
    partition = Partition(Cells(PowerRail(), 4096))
    model: dict[bytes, bytes] = {}
    for key, value in steps:
        if value is None:
            partition.delete(key)
            model.pop(key, None)
        else:
            partition.put_all({key: value})
            model[key] = value
    assert partition.dump() == model
    assert partition.free == 4096 - sum(len(k) + len(v) for k, v in model.items())
    assert partition.keys(b"a") == tuple(k for k in sorted(model) if k.startswith(b"a"))


def test_deleting_wipes():
    _, cells, partition = fresh()
    partition.delete(b"a")
    assert all(b"old-a" not in (cells.get(key) or b"") for key in cells)


STEPS = st.lists(st.tuples(st.binary(min_size=1, max_size=3), st.none() | st.binary(max_size=4)), max_size=12)


@given(STEPS, st.integers(0, 60))
def test_a_change_is_its_steps_one_by_one(steps, cut):
    """Ticks, bytes in use, the index and what a cut leaves are those of ``program`` and ``erase`` alone."""
    together_rail, together, _ = fresh()
    alone_rail, alone, _ = fresh()
    for cells, rail in ((together, together_rail), (alone, alone_rail)):
        cells.starting(b"a")  # the index exists from here on
        cells.take_dirty()
        rail.cut_after(cut or None)
    try:
        for key, value in steps:
            alone.erase(key) if value is None else alone.program(key, value)
        lost = False
    except PowerLoss:
        lost = True
    if lost:
        with pytest.raises(PowerLoss):
            together.change(steps)
    else:
        together.change(steps)
    assert together_rail.ticks == alone_rail.ticks
    assert together.image() == alone.image()
    for first in {key[:length] for key, _ in steps for length in (1, 2, 3)}:
        assert set(together.starting(first)) == {key for key in together if key.startswith(first)}
    kept = OLD | together.take_dirty()  # what a card file does with the changes
    assert {key: value for key, value in kept.items() if value is not None} == together.image().cells


def test_reads_inside_a_transaction_see_what_is_staged():
    _, _, partition = fresh()
    with partition.transaction():
        assert partition.in_transaction
        partition.put(b"d", b"born")
        partition.delete(b"a")
        assert (partition.get(b"a"), partition.get(b"b"), partition.get(b"d")) == (None, b"old-bb", b"born")
        assert b"a" not in partition
        assert b"d" in partition
        assert partition.keys() == (b"b", b"c", b"d")
        assert partition.keys(b"a") == ()
        assert partition.keys(b"d") == (b"d",)
        partition.delete(b"nothing")
        assert partition.keys() == (b"b", b"c", b"d")
    assert not partition.in_transaction
    assert partition.dump() == {b"b": b"old-bb", b"c": b"gone soon", b"d": b"born"}
    assert b"a" not in partition
    assert b"b" in partition


def test_counting_is_listing():
    _, _, partition = fresh()
    partition.put(b"ab", b"1")
    assert [partition.count(prefix) for prefix in (b"a", b"ab", b"b", b"x")] == [2, 1, 1, 0]
    with partition.transaction():
        partition.delete(b"ab")
        partition.put(b"x", b"1")
        assert [partition.count(prefix) for prefix in (b"a", b"ab", b"b", b"x")] == [1, 0, 1, 1]


def test_an_opened_transaction_refuses_a_second_and_goes_on():
    _, _, partition = fresh()
    with partition.transaction():
        with pytest.raises(PartitionError, match=r"^a transaction is open already$"), partition.transaction():
            pass
        partition.put_all({b"a": b"1", b"b": b"2"})
        assert partition.get(b"a") == b"1"
        partition.put_all({})
    assert partition.dump() == {**OLD, b"a": b"1", b"b": b"2"}


def test_an_empty_transaction_costs_nothing():
    rail, _, partition = fresh()
    before = rail.ticks
    with partition.transaction():
        pass
    partition.put_all({})
    assert rail.ticks == before


def test_put_all_keeps_nothing_of_its_argument():
    _, _, partition = fresh()
    values = {b"a": b"1"}
    with partition.transaction():
        partition.put_all(values)
        partition.put(b"z", b"2")
    assert values == {b"a": b"1"}


def test_the_journal_shows_in_no_listing():
    rail, cells, partition = fresh()
    rail.cut_after(4)
    with pytest.raises(PowerLoss):
        update(partition)
    cells.program(b"\xff", b"nobody's")
    assert any(key[0] == 0xFF for key in cells)
    assert Partition(cells).keys() == tuple(sorted(OLD))
    assert Partition(cells).dump() == OLD


def test_recovery_leaves_no_journal_behind():
    for cut in range(ticks_of_update()):
        rail, cells, partition = fresh()
        rail.cut_after(cut)
        with pytest.raises(PowerLoss):
            update(partition)
        reopened = Partition(cells)
        reopened.recover()
        assert set(cells) == set(reopened.keys())
        assert reopened.free == 4096 - sum(len(k) + len(v) for k, v in reopened.dump().items())


def test_recovery_of_a_whole_memory_costs_nothing():
    rail, _, partition = fresh()
    before = rail.ticks
    partition.recover()
    assert rail.ticks == before
    assert partition.dump() == OLD


def test_a_torn_commit_cell_alone_is_forgotten():
    """Both cut points around the commit cell: opened but empty, and the journal gone before it."""
    _, cells, _ = fresh()
    cells.program(b"\xffC", b"")
    Partition(cells).recover()
    assert set(cells) == set(OLD)


def test_recovery_ends_an_open_transaction():
    _, _, partition = fresh()
    with partition.transaction():
        partition.put(b"a", b"staged")
        partition.recover()
        assert not partition.in_transaction
        assert partition.get(b"a") == b"old-a"
    assert partition.dump() == OLD


@pytest.mark.parametrize("entries", [1, 2, 5])
@pytest.mark.parametrize("born", [False, True])
def test_there_is_always_room_for_a_commit_that_has_begun(entries, born):
    """For every capacity: the update is refused with nothing changed and no tick spent, or it is done (T3)."""
    keys = [bytes((65 + n, 0)) for n in range(entries)]
    done = []
    for capacity in range(6 * entries, 6 * entries + 40 * entries + 40):
        rail = PowerRail()
        partition = Partition(Cells(rail, capacity))
        old = {} if born else dict.fromkeys(keys, b"old!")
        for key, value in old.items():
            partition.put(key, value)
        ticks = rail.ticks
        try:
            partition.put_all(dict.fromkeys(keys, b"new!"))
        except CellsFull:
            assert (partition.dump(), rail.ticks) == (old, ticks)
            done.append(False)
        else:
            assert partition.dump() == dict.fromkeys(keys, b"new!")
            done.append(True)
    assert done == sorted(done)  # more memory never makes it worse
    assert True in done
    assert False in done


def test_what_an_atomic_update_needs():
    """Twice key and value and 3 bytes of each entry (data and journal), and 16: card makers plan by it."""
    need = 16 + (2 * 1 + 2 * 5 + 3) + (2 * 2 + 3)
    for spare in (0, -1):
        partition = Partition(Cells(PowerRail(), need + spare))

        def story(partition: Partition = partition) -> None:
            with partition.transaction():
                partition.put(b"a", b"12345")
                partition.delete(b"bb")

        if spare == 0:
            story()
            assert partition.dump() == {b"a": b"12345"}
        else:
            with pytest.raises(CellsFull, match=f"^{need} bytes wanted for an atomic update, {need - 1} free$"):
                story()
            assert partition.dump() == {}


def test_two_partitions_share_no_room():
    rail = PowerRail()
    one, two = Partition(Cells(rail, 50)), Partition(Cells(rail, 60))
    one.put(b"a", b"1234")
    assert (one.capacity, one.free, two.capacity, two.free) == (50, 45, 60, 60)
