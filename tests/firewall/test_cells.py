"""Cells: byte-by-byte programming against a power rail, and the bookkeeping that everything above relies on."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firewall.hardware.cells import Cells, CellsFull, CellsImage
from firewall.hardware.power import PowerLoss, PowerRail

CAPACITY = 40


def fresh(capacity: int = CAPACITY) -> tuple[PowerRail, Cells]:
    rail = PowerRail()
    return rail, Cells(rail, capacity)


def contents(cells: Cells) -> dict[bytes, bytes]:
    return {key: cells.get(key) for key in cells}


# --- the rail -------------------------------------------------------------------------------------------------


def test_unarmed_rail_gives_all_and_counts():
    rail = PowerRail()
    assert [rail.spend(3), rail.spend(4)] == [3, 4]
    assert (rail.ticks, rail.armed) == (7, False)


def test_power_ends_after_the_ticks_that_were_left():
    rail = PowerRail()
    rail.cut_after(5)
    assert rail.armed
    assert [rail.spend(2), rail.spend(2)] == [2, 2]
    assert rail.armed
    assert rail.spend(4) == 1  # fewer than asked: power is gone
    assert (rail.ticks, rail.armed) == (5, False)
    assert rail.spend(4) == 4  # the card is powered again


def test_all_the_ticks_that_were_left_may_be_spent():
    rail = PowerRail()
    rail.cut_after(3)
    assert rail.spend(3) == 3
    assert rail.armed  # the loss is still to come, at the next tick
    assert rail.spend(1) == 0
    assert not rail.armed


def test_a_cut_can_be_disarmed():
    rail = PowerRail()
    rail.cut_after(0)
    rail.cut_after(None)
    assert (rail.armed, rail.spend(2)) == (False, 2)


# --- programming ----------------------------------------------------------------------------------------------


def test_programming_costs_one_tick_and_one_per_byte():
    rail, cells = fresh()
    cells.program(b"key", b"12345")
    assert (rail.ticks, cells.free) == (6, CAPACITY - 8)
    cells.program(b"key", b"1")
    assert (rail.ticks, cells.free) == (8, CAPACITY - 4)
    cells.erase(b"key")
    assert (rail.ticks, cells.free) == (9, CAPACITY)
    cells.erase(b"key")  # nothing to wipe
    assert (rail.ticks, cells.free) == (9, CAPACITY)
    assert b"key" not in cells
    assert cells.get(b"key") is None


def test_a_full_region_refuses_and_is_as_before():
    rail, cells = fresh(10)
    cells.program(b"a", b"12345")
    ticks = rail.ticks
    for key, value in ((b"b", b"1234"), (b"a", b"1234567890")):
        with pytest.raises(CellsFull, match=r"^5 bytes wanted, 4 free$"):
            cells.program(key, value)
    assert (contents(cells), rail.ticks, cells.free) == ({b"a": b"12345"}, ticks, 4)
    cells.program(b"b", b"123")  # exactly what is left
    assert cells.free == 0
    cells.program(b"a", b"54321")  # no growth, no room needed
    cells.program(b"a", b"")
    assert cells.free == 5


def test_an_overfull_region_can_still_shrink():
    """A card file may hold more than a region of today gives: what does not grow is never refused."""
    _, cells = fresh(4)
    cells.load({b"a": b"12345678"})
    cells.program(b"a", b"87654321")
    cells.program(b"a", b"8765432")
    assert contents(cells) == {b"a": b"8765432"}


@pytest.mark.parametrize("old", [None, b"", b"abc", b"abcdef"])
@pytest.mark.parametrize("new", [b"", b"X", b"XYZT"])
def test_a_cut_leaves_the_first_bytes_new_and_the_rest_as_they_were(old, new):
    for cut in range(len(new) + 1):
        rail, cells = fresh()
        if old is not None:
            cells.program(b"k", old)
        cells.take_dirty()
        rail.cut_after(cut)
        with pytest.raises(PowerLoss):
            cells.program(b"k", new)
        if cut == 0:  # the cell was never opened
            assert cells.get(b"k") == old
            assert cells.take_dirty() == {}
        else:
            torn = new[: cut - 1] + (old or b"")[cut - 1 : len(new)]
            assert cells.get(b"k") == torn
            assert cells.take_dirty() == {b"k": torn}
        assert cells.starting(b"k") == list(cells)
        assert cells.free == CAPACITY - sum(len(k) + len(v) for k, v in contents(cells).items())


def test_a_cut_before_wiping_leaves_the_cell():
    rail, cells = fresh()
    cells.program(b"k", b"123")
    cells.take_dirty()
    rail.cut_after(0)
    with pytest.raises(PowerLoss):
        cells.erase(b"k")
    assert contents(cells) == {b"k": b"123"}
    assert (cells.free, cells.take_dirty()) == (CAPACITY - 4, {})
    cells.erase(b"k")
    assert cells.take_dirty() == {b"k": None}


KEYS = (b"a", b"ab", b"b", b"abc", b"abcd", b"abcde", b"abcdef", b"abcxe")
STEPS = st.lists(
    st.tuples(st.sampled_from(KEYS), st.none() | st.binary(max_size=9), st.none() | st.integers(0, 10)), max_size=25
)


@given(STEPS, st.booleans())
def test_the_books_are_right_after_any_story(steps, ask_early):
    """Contents, room, index by prefix and list of changes all tell of the same cells, cuts and refusals included."""
    rail, cells = fresh(32)
    if ask_early:
        cells.starting(b"a")
    shadow: dict[bytes, bytes] = {}
    for key, value, cut in steps:
        before = contents(cells)
        rail.cut_after(cut)
        try:
            cells.erase(key) if value is None else cells.program(key, value)
            assert cells.get(key) == value
        except CellsFull:
            assert contents(cells) == before
        except PowerLoss:
            assert cut is not None
        rail.cut_after(None)
        assert {k: v for k, v in contents(cells).items() if k != key} == {k: v for k, v in before.items() if k != key}
    for key, value in cells.take_dirty().items():
        if value is None:
            shadow.pop(key, None)
        else:
            shadow[key] = value
    assert shadow == contents(cells)
    assert cells.take_dirty() == {}
    assert cells.free == 32 - sum(len(k) + len(v) for k, v in shadow.items())
    for prefix in (*KEYS, b"c", b"abcx", b"abcy", b"abcyz"):
        assert sorted(cells.starting(prefix)) == sorted(k for k in shadow if k.startswith(prefix))


@pytest.mark.parametrize("old", [None, b"1234"])
def test_a_change_counts_each_step_on_what_the_steps_before_it_left(old):
    """Written, wiped, and wiped again: a cell that this very change has made costs a tick to wipe, once."""
    rail, cells = fresh()
    if old is not None:
        cells.program(b"k", old)
    before = rail.ticks
    cells.change([(b"k", b"12"), (b"k", None), (b"k", None), (b"j", b""), (b"i", None)])
    assert rail.ticks - before == 3 + 1 + 0 + 1 + 0
    assert contents(cells) == {b"j": b""}
    cells.change([(b"j", None), (b"j", None), (b"j", b"1")])
    assert rail.ticks - before == 5 + 1 + 0 + 2
    assert (contents(cells), cells.free) == ({b"j": b"1"}, CAPACITY - 2)


def test_iteration_survives_wiping():
    _, cells = fresh()
    for key in KEYS:
        cells.program(key, b"1")
    for key in cells:
        cells.erase(key)
    assert contents(cells) == {}


@pytest.mark.parametrize(("cut", "left"), [(0, b"old one"), (1, b"old one"), (3, b"NEd one"), (4, b"NEW one")])
def test_a_change_that_is_cut_leaves_the_rest_of_a_cell(cut, left):
    rail, cells = fresh()
    cells.program(b"a", b"old one")
    rail.cut_after(cut)
    with pytest.raises(PowerLoss):
        cells.change([(b"a", b"NEW OEN"), (b"b", b"never")])
    assert contents(cells) == {b"a": left}


# --- images ---------------------------------------------------------------------------------------------------


def test_an_image_shares_nothing_with_the_live_region():
    rail, cells = fresh()
    cells.program(b"a", b"old")
    cells.program(b"gone", b"1")
    cells.starting(b"a")
    image = cells.image()
    cells.program(b"a", b"newer")
    cells.erase(b"gone")
    cells.program(b"b", b"born")
    cells.take_dirty()
    ticks = rail.ticks
    cells.restore(image)
    assert contents(cells) == {b"a": b"old", b"gone": b"1"}
    assert (cells.free, rail.ticks) == (CAPACITY - 9, ticks)
    assert (cells.starting(b"a"), cells.starting(b"b"), cells.starting(b"g")) == ([b"a"], [], [b"gone"])
    # Whoever keeps the cells must hear of all that is different now.
    assert cells.take_dirty() == {b"a": b"old", b"gone": b"1", b"b": None}
    cells.program(b"a", b"again")
    assert image == CellsImage({b"a": b"old", b"gone": b"1"}, 9)
    cells.restore(image)
    assert contents(cells) == {b"a": b"old", b"gone": b"1"}


def test_an_image_is_taken_once_until_something_is_written():
    _, cells = fresh()
    cells.program(b"a", b"1")
    image = cells.image()
    assert cells.image() is image
    cells.program(b"a", b"1")
    assert cells.image() is not image
    cells.restore(image)
    assert cells.image() is image
    cells.erase(b"a")
    assert cells.image() == CellsImage({}, 0)


def told(cells: Cells, steps: list[tuple[bytes, bytes | None, int | None]]) -> None:
    for key, value, cut in steps:
        cells._rail.cut_after(cut)
        with suppress(CellsFull, PowerLoss):
            cells.erase(key) if value is None else cells.program(key, value)
        cells._rail.cut_after(None)


@given(STEPS, STEPS, STEPS, st.booleans(), st.booleans())
def test_a_region_put_back_is_as_it_was_in_its_order_too(first, second, third, ask_early, other):
    """From where it stood or from another image: their order decides what a wipe that is cut has wiped."""
    _, cells = fresh(32)
    if ask_early:
        cells.starting(b"a")
    told(cells, first)
    image, before, order, free = cells.image(), contents(cells), list(cells), cells.free
    told(cells, second)
    if other:
        cells.image()
        told(cells, third)
    cells.take_dirty()
    shadow = contents(cells)
    cells.restore(image)
    assert (contents(cells), list(cells), cells.free) == (before, order, free)
    for prefix in KEYS:
        assert sorted(cells.starting(prefix)) == sorted(k for k in before if k.startswith(prefix))
    kept = shadow | cells.take_dirty()
    assert {key: value for key, value in kept.items() if value is not None} == before
    told(cells, third)
    assert image == CellsImage(before, 32 - free)


def test_loading_counts_what_it_loads():
    _, cells = fresh()
    cells.program(b"before", b"1")
    cells.load({b"a": b"123", b"bc": b""})
    assert contents(cells) == {b"a": b"123", b"bc": b""}
    assert cells.free == CAPACITY - 6


def test_an_image_shows_no_contents():
    assert repr(CellsImage({b"K1": b"secret"}, 8)) == "<1 cells, 8 bytes>"


MEMORIES = st.dictionaries(st.binary(min_size=1, max_size=6), st.binary(max_size=2), max_size=8)
SHARING = st.tuples(MEMORIES, MEMORIES, MEMORIES).map(lambda parts: (parts[0] | parts[1], parts[0] | parts[2]))


@given(SHARING, st.binary(min_size=1, max_size=5))
def test_the_index_follows_a_restore(memories, prefix):
    """What starts with a prefix is what the cells say, whatever the memory was before: alike in most keys, or not."""
    _, cells = fresh()
    for memory in (*memories, *memories, {}):
        cells.load(memory)
        for asked in {prefix, *(key[:length] for key in memory for length in range(1, 7))}:
            found = cells.starting(asked)
            assert sorted(found) == sorted(key for key in memory if key.startswith(asked))
