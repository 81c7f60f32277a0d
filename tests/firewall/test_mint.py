"""The mint makes environments and reaches into none; the directory says which there are; a cut leaves no half one."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from apdu.command import CommandAPDU
from apdu.response import ResponseAPDU
from firewall.grant import Grant, Session
from firewall.hardware.cells import CellsFull
from firewall.hardware.chip import Chip
from firewall.hardware.power import PowerLoss
from firewall.hardware.randomness import SeededRng
from firewall.mint import EnvironmentDirectory, EnvironmentEntry, EnvironmentKind, Mint, NameConflict, NameTaken
from firewall.partition import Partition
from firewall.trace import Noted, TraceBuffer


class Made(NamedTuple):
    """An environment that shows what it was given."""

    grant: Grant

    def open(self) -> Session:
        return self

    def handle(self, command: CommandAPDU) -> ResponseAPDU:  # noqa: ARG002 - the contract's shape
        raise AssertionError("not asked here")

    def refused_elsewhere(self) -> None:
        raise AssertionError("not asked here")

    def claims(self, name: bytes) -> bool:  # noqa: ARG002 - the contract's shape
        return False


def fill(nvm: Partition, material: bytes) -> None:
    nvm.put_all({b"1": material[:1], b"2": material[1:]})


KINDS = {"ssse": EnvironmentKind(100, fill, Made), "pse": EnvironmentKind(200, fill, Made)}
SSSE = EnvironmentEntry("ssse", b"\xdf\x01", b"sx1.sh.ssse")
PSE = EnvironmentEntry("pse", b"\xdf\x02", b"1PAY.SYS.DDF01")


class World:
    """A chip with its directory and mint; ``again`` is the next power-on."""

    def __init__(self, chip: Chip | None = None, traces: TraceBuffer | None = None) -> None:
        self.chip = chip or Chip(SeededRng(b"mint"))
        self.traces = traces or TraceBuffer()
        self.cells = self.chip.region("directory", 300)
        self.directory = EnvironmentDirectory(Partition(self.cells))
        self.mint = Mint(self.chip, self.directory, KINDS, self.traces.writer)

    def again(self) -> World:
        world = World(self.chip, self.traces)
        world.directory.recover()
        return world

    def create(self, entry: EnvironmentEntry, material: bytes = b"material") -> None:
        self.mint.create(*entry, material)

    def memory(self, label: str) -> dict[bytes, bytes]:
        return Partition(self.chip.region(label, 0)).dump()


@pytest.fixture
def world() -> World:
    return World()


def test_creation_fills_the_memory_and_then_the_directory(world):
    assert world.mint.existing == 0
    assert world.create(SSSE) is None
    assert world.memory("ssse") == {b"1": b"m", b"2": b"aterial"}
    assert world.directory.entries == (SSSE,)
    world.create(PSE)
    assert world.directory.entries == (PSE, SSSE)  # by kind
    assert world.mint.existing == 2
    assert world.again().directory.entries == (PSE, SSSE)
    assert world.chip.region("ssse", 0).capacity == 100
    assert world.chip.region("pse", 0).capacity == 200


def test_the_environment_is_given_its_own_things_and_no_more(world):
    world.create(SSSE)
    world.create(PSE, b"other")
    opened = world.again().mint.open_all()
    assert {kind: entry for kind, (entry, _) in opened.items()} == {"ssse": SSSE, "pse": PSE}
    for kind, (_, environment) in opened.items():
        assert isinstance(environment, Made)
        assert environment.grant.nvm.dump() == world.memory(kind)
        assert environment.grant.nvm.capacity == KINDS[kind].capacity
        assert environment.grant.rng is world.chip.stream(kind)
        environment.grant.trace.note(Noted("from", kind))
    assert set(world.traces.take()) == {(kind, Noted("from", kind)) for kind in opened}


def test_opening_finishes_what_a_cut_interrupted():
    old, new = {b"1": b"m", b"2": b"aterial"}, {b"1": b"A", b"2": b"B"}
    seen = []
    while True:
        world = World()
        world.create(SSSE)
        nvm = Partition(world.chip.region("ssse", 0))
        world.chip.rail.cut_after(len(seen))
        try:
            nvm.put_all(new)
        except PowerLoss:
            _, environment = world.again().mint.open_all()["ssse"]
            assert environment.grant.nvm.dump() in (old, new)
            seen.append(environment.grant.nvm.dump() == new)
            continue
        break
    assert {True, False} == set(seen)


@pytest.mark.parametrize(
    "taken",
    [
        EnvironmentEntry("ssse", b"\xdf\x09", b"another name"),
        EnvironmentEntry("pse", SSSE.fid, b"another name"),
        EnvironmentEntry("pse", b"\xdf\x09", SSSE.name),
    ],
)
def test_kind_identifier_and_name_are_used_once(world, taken):
    world.create(SSSE)
    before = {label: world.memory(label) for label in world.chip.labels}
    for attempt in (lambda: world.mint.check(*taken), lambda: world.create(taken)):
        with pytest.raises(NameTaken, match=r"^environment name taken: environment ssse$"):
            attempt()
    assert {label: world.memory(label) for label in world.chip.labels} == before


@pytest.mark.parametrize("name", [SSSE.name[:5], SSSE.name + b"2"])
def test_no_name_begins_another(world, name):
    """SELECT by partial name must never lead to a neighbour (F11)."""
    world.create(SSSE)
    for attempt in (lambda: world.mint.check("pse", b"\xdf\x02", name), lambda: world.create(PSE._replace(name=name))):
        with pytest.raises(NameConflict, match=r"^one name begins the other: environment ssse$"):
            attempt()
    assert world.directory.entries == (SSSE,)


def test_every_neighbour_is_looked_at(world):
    world.create(SSSE)
    world.mint.check(*PSE)
    world.create(PSE)
    with pytest.raises(NameTaken, match=r"^environment name taken: environment ssse$"):
        world.mint.check("third", SSSE.fid, b"third name")


def test_an_unknown_kind_is_a_mistake_of_the_caller(world):
    with pytest.raises(KeyError):
        world.create(EnvironmentEntry("third", b"\xdf\x03", b"third name"))
    assert world.directory.entries == ()


def test_birth_and_end_are_counted(world):
    assert world.mint.changes == 0
    world.create(SSSE)
    assert world.mint.changes == 1
    world.create(PSE)
    assert world.mint.changes == 2
    world.mint.end("pse")
    assert world.mint.changes == 3
    world.create(PSE)
    assert world.mint.changes == 4


def test_an_ended_environment_is_forgotten_and_wiped(world):
    world.create(SSSE)
    world.create(PSE)
    world.mint.end("ssse")
    assert world.directory.entries == (PSE,)
    assert world.memory("ssse") == {}
    assert world.memory("pse") == {b"1": b"m", b"2": b"aterial"}
    assert list(world.mint.open_all()) == ["pse"]
    world.create(SSSE, b"again")
    assert world.memory("ssse") == {b"1": b"a", b"2": b"gain"}


def cuts(story) -> list[tuple[World, bool]]:
    """The world after ``story`` was cut at each tick and the power came back; and whether the story had ended."""
    worlds = []
    cut = 0
    while True:
        world = story.start()
        world.chip.rail.cut_after(cut)
        try:
            story.play(world)
        except PowerLoss:
            worlds.append(world.again())
            cut += 1
            continue
        return worlds


class Birth:
    @staticmethod
    def start() -> World:
        return World()

    @staticmethod
    def play(world: World) -> None:
        world.create(SSSE)


class End:
    @staticmethod
    def start() -> World:
        world = World()
        world.create(SSSE)
        return world

    @staticmethod
    def play(world: World) -> None:
        world.mint.end("ssse")


@pytest.mark.parametrize("story", [Birth, End])
def test_a_cut_leaves_no_half_environment(story):
    """In the directory with all its contents, or not there and its memory empty after power-on."""
    seen = set()
    for world in cuts(story):
        exists = "ssse" in world.mint.open_all()
        assert world.memory("ssse") == ({b"1": b"m", b"2": b"aterial"} if exists else {})
        seen.add(exists)
    assert seen == {False, True}


def test_leftovers_do_not_reach_a_new_environment(world):
    """A creation cut before its directory entry, and a second one without a power-on between (T1)."""
    world.chip.region("ssse", KINDS["ssse"].capacity).program(b"leftover", b"1")
    world.create(SSSE)
    assert world.memory("ssse") == {b"1": b"m", b"2": b"aterial"}


def test_a_first_content_that_does_not_fit_makes_nothing(world):
    with pytest.raises(CellsFull):
        world.create(SSSE, bytes(100))
    assert world.directory.entries == ()
    assert world.mint.changes == 0


def test_a_registered_environment_without_memory_is_given_all_of_it(world):
    """Its cells may be empty, and then a chip made from a card file has not allotted them yet."""
    world.directory.add(SSSE)
    _, environment = world.mint.open_all()["ssse"]
    assert environment.grant.nvm.capacity == 100


def test_wiping_asks_no_kind_into_being(world):
    """A region that was never allotted is not allotted by looking for leftovers."""
    world.mint.open_all()
    assert world.chip.labels == ("chip", "directory")


def test_card_block_is_one_lasting_bit(world):
    assert not world.directory.card_blocked
    world.directory.block_card()
    assert world.directory.card_blocked
    assert world.again().directory.card_blocked
    ticks = world.chip.rail.ticks
    world.directory.block_card()  # an environment that is blocked asks again at every power-on
    assert world.chip.rail.ticks == ticks
    assert world.directory.entries == ()


def test_a_torn_block_is_no_block(world):
    world.chip.rail.cut_after(1)
    with pytest.raises(PowerLoss):
        world.directory.block_card()
    again = world.again()
    assert not again.directory.card_blocked
    again.directory.block_card()
    assert again.directory.card_blocked


def test_a_directory_entry_is_read_back_as_written(world):
    world.directory.add(PSE)
    assert world.directory.entries == (PSE,)
    world.directory.remove("ssse")
    assert world.directory.entries == (PSE,)
    world.directory.remove("pse")
    assert world.directory.entries == ()


def test_adding_is_atomic():
    cut = 0
    seen = set()
    while True:
        fresh = World()
        fresh.chip.rail.cut_after(cut)
        try:
            fresh.directory.add(PSE)
        except PowerLoss:
            entries = fresh.again().directory.entries
            assert entries in ((), (PSE,))
            seen.add(entries)
            cut += 1
            continue
        break
    assert seen == {(), (PSE,)}


# --- damage -------------------------------------------------------------------------------------------------------

NO_ENTRIES = (
    b"",
    b"\x84",
    bytes(26),
    SSSE.encode(),
    PSE.encode()[:-1],
    PSE.encode() + b"\0",
    PSE._replace(fid=SSSE.fid).encode()[:-4] + PSE.encode()[-4:],
    PSE._replace(kind="ssse").encode(),
    EnvironmentEntry("pse", b"\xdf", PSE.name).encode(),
    EnvironmentEntry("pse", PSE.fid, b"four").encode(),
)


@pytest.mark.parametrize("raw", NO_ENTRIES, ids=bytes.hex)
def test_an_entry_that_cannot_be_read_is_no_environment_and_keeps_its_place(world, raw):
    world.create(SSSE)
    world.create(PSE)
    world.cells.program(b"E:pse", raw)
    again = world.again()
    assert again.directory.entries == (SSSE,)
    assert again.directory.taken == ("pse", "ssse")
    assert again.mint.open_all().keys() == {"ssse"}
    assert again.memory("pse") == {b"1": b"m", b"2": b"aterial"}, "nobody wipes what may be mended"
    assert again.mint.existing == 2
    with pytest.raises(NameTaken):
        again.mint.check("pse", b"\xdf\x07", b"quite another name")
    world.cells.program(b"E:pse", PSE.encode())
    assert world.again().mint.open_all().keys() == {"ssse", "pse"}


def test_an_older_card_has_no_check_value_in_its_entries(world):
    world.create(PSE)
    world.cells.program(b"E:pse", PSE.encode()[:-6])
    assert world.again().directory.entries == (PSE,)


@pytest.mark.parametrize("cell", [b"E:", b"E:else", b"E:\xff\xfe", b"E:pse\0", b"F"])
def test_foreign_cells_of_the_directory_are_nothing(world, cell):
    world.create(SSSE)
    world.cells.program(cell, PSE.encode())
    again = world.again()
    assert again.mint.open_all().keys() == {"ssse"}
    assert again.mint.existing == 1
