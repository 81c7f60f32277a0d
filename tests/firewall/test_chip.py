"""The chip: a region has its capacity for life, a label its own random stream, and both go back with an image."""

from __future__ import annotations

import hashlib

import pytest

from firewall.hardware.cells import CellsFull
from firewall.hardware.chip import Chip
from firewall.hardware.power import PowerLoss
from firewall.hardware.randomness import SeededRng, SystemRng


@pytest.fixture
def chip() -> Chip:
    return Chip(SeededRng(b"chip"))


def contents(chip: Chip, label: str) -> dict[bytes, bytes]:
    cells = chip.region(label, 0)
    return {key: cells.get(key) for key in cells}


def test_a_region_keeps_its_capacity(chip):
    first = chip.region("ssse", 10)
    assert chip.region("ssse", 10_000) is first
    assert first.capacity == 10
    assert chip.region("pse", 20).capacity == 20
    assert chip.labels == ("chip", "ssse", "pse")


def test_regions_are_apart_and_share_the_power(chip):
    one, two = chip.region("one", 10), chip.region("two", 10)
    one.program(b"k", b"1")
    assert b"k" not in two
    chip.rail.cut_after(0)
    with pytest.raises(PowerLoss):
        two.program(b"k", b"1")


def test_historical_bytes_are_the_chips_own(chip):
    assert chip.historical == b""
    chip.historical = b"\x81DCO"
    assert chip.historical == b"\x81DCO"
    assert contents(chip, "chip") == {b"historical": b"\x81DCO"}
    # Stored under a name of 10 bytes in a region of 4096.
    chip.historical = bytes(4096 - 10)
    with pytest.raises(CellsFull):
        chip.historical = bytes(4096 - 9)


def test_an_image_is_the_whole_chip(chip):
    chip.region("one", 20).program(b"k", b"old")
    drawn = chip.stream("one").bytes(4), chip.stream("one").bytes(4)
    image = chip.image()
    assert image.positions == {"one": 2}
    assert set(image.regions) == {"chip", "one"}
    after = chip.stream("one").bytes(4)
    chip.region("one", 20).program(b"k", b"new")
    chip.region("two", 20).program(b"k", b"born later")
    first = chip.stream("two").bytes(4)
    chip.restore(image)
    assert contents(chip, "one") == {b"k": b"old"}
    assert contents(chip, "two") == {}
    assert chip.region("two", 20).free == 20
    assert chip.stream("one").bytes(4) == after
    assert chip.stream("two").bytes(4) == first  # a stream born later starts again
    assert len({*drawn, after, first}) == 4


# --- random numbers -------------------------------------------------------------------------------------------


def test_seeded_numbers_are_shake_256_over_seed_and_position():
    """The same seed gives the same bytes on every machine and in every edition: card files depend on it."""
    key = hashlib.sha256(b"dualcos rng" + b"seed").digest()
    rng = SeededRng(b"seed")
    for draw in (1, 2, 3):
        wanted = hashlib.shake_256(key + bytes(7) + bytes((draw,))).digest(16)
        assert rng.bytes(16) == wanted
        assert rng.position == draw
    assert SeededRng(b"7").bytes(16).hex() == "966bff96f06024548704fe69e061073f"  # by openssl dgst -sha256, -shake256
    assert len(rng.bytes(300)) == 300


def test_streams_differ_by_label_and_repeat_by_label():
    rng = SeededRng(b"seed")
    ssse, pse, again = (rng.fork(label).bytes(16) for label in ("ssse", "pse", "ssse"))
    assert ssse == again
    assert len({ssse, pse, SeededRng(b"seed").bytes(16), SeededRng(b"other").fork("ssse").bytes(16)}) == 4
    rng.bytes(1)
    assert rng.fork("ssse").bytes(16) == ssse  # how far the parent has run does not show


def test_a_stream_goes_to_a_position():
    rng = SeededRng(b"seed")
    draws = [rng.bytes(8) for _ in range(4)]
    rng.seek(2)
    assert rng.position == 2
    assert [rng.bytes(8), rng.bytes(8)] == draws[2:]
    rng.seek(0)
    assert rng.bytes(8) == draws[0]


def test_the_systems_generator_keeps_no_state():
    rng = SystemRng()
    assert {len(rng.bytes(n)) - n for n in (0, 8, 16)} == {0}
    assert rng.bytes(16) != rng.bytes(16)
    assert rng.fork("ssse").bytes(16) != rng.fork("ssse").bytes(16)
    assert rng.position == 0
    rng.seek(5)
    assert rng.position == 0
