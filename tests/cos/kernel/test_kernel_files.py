"""Files agree with a list: linear counts from the oldest, cyclic from the newest (SSC-3 §5.3)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cos.kernel.files import (
    Descriptor,
    FileExists,
    FileFull,
    FileNotFound,
    FileSystem,
    OffsetBeyond,
    RecordNotFound,
    Structure,
    WrongStructure,
)
from firewall.hardware.cells import Cells
from firewall.hardware.power import PowerRail
from firewall.partition import Partition

DF = 0xDF01
FREE = bytes(5)


def file_of(structure: Structure, size: int, record_length: int = 0xFF):
    files = FileSystem(Partition(Cells(PowerRail(), 1 << 16)))
    files.create(DF, Descriptor(0xEF05, structure, 5, size, record_length, FREE))
    return files.file(DF, 0xEF05)


def record(tag: int, filler: int) -> bytes:
    return bytes((tag, 1, filler))


@given(st.lists(st.integers(0, 255), max_size=40))
def test_cyclic_keeps_the_newest_first(values):
    file = file_of(Structure.CYCLIC, 4 * 3 + 2, 3)
    for value in values:
        file.append(record(1, value))
    kept = [record(1, value) for value in values[-4:]][::-1]
    assert [file.record(n) for n in range(1, file.records + 1)] == kept


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 9), st.integers(0, 255)), max_size=30))
def test_linear_agrees_with_a_list(steps):
    file = file_of(Structure.LINEAR_VARIABLE, 2 + 3 * 6)
    model: list[bytes] = []
    for kind, number, filler in steps:
        new = record(number, filler)
        try:
            if kind == 0:
                file.append(new)
                model.append(new)
            else:
                file.replace(number, new)
                model[number - 1] = new
        except FileFull:
            assert len(model) == 6
        except RecordNotFound:
            assert number > len(model)
    assert [file.record(n) for n in range(1, file.records + 1)] == model


def test_finding_by_identifier():
    file = file_of(Structure.LINEAR_VARIABLE, 100)
    for tag, filler in ((0x40, 1), (0x2A, 2), (0x40, 3)):
        file.append(record(tag, filler))
    assert file.find(0x40, 1, 1) == 1
    assert file.find(0x40, 2, 1) == 3
    assert file.find(0x40, 3, -1) == 3
    assert file.find(0, 2, 1) == 2
    with pytest.raises(RecordNotFound):
        file.find(0x41, 1, 1)
    with pytest.raises(RecordNotFound):
        file.record(0)


def test_transparent_is_zero_filled_and_bounded():
    file = file_of(Structure.TRANSPARENT, 16, 0)
    assert file.read(0, 16) == bytes(16)
    file.write(14, b"ab")
    assert file.read(13, 9) == b"\0ab"
    with pytest.raises(OffsetBeyond):
        file.read(16, 1)
    with pytest.raises(OffsetBeyond):
        file.write(15, b"ab")
    with pytest.raises(WrongStructure):
        file.record(1)


def test_identifiers_are_unique_in_a_directory():
    files = FileSystem(Partition(Cells(PowerRail(), 1 << 16)))
    files.create(DF, Descriptor(0xEF05, Structure.TRANSPARENT, 5, 4, 0, FREE))
    for fid, sfi in ((0xEF05, 6), (0xEF06, 5)):
        with pytest.raises(FileExists):
            files.create(DF, Descriptor(fid, Structure.TRANSPARENT, sfi, 4, 0, FREE))
    files.create(DF + 1, Descriptor(0xEF05, Structure.TRANSPARENT, 5, 4, 0, FREE))
    with pytest.raises(FileNotFound):
        files.by_sfi(DF, 9)


def test_deleting_wipes_everything():
    nvm = Partition(Cells(PowerRail(), 1 << 16))
    files = FileSystem(nvm)
    files.put_directory(DF, b"header")
    files.create(DF, Descriptor(0xEF05, Structure.LINEAR_VARIABLE, 5, 40, 0xFF, FREE))
    files.file(DF, 0xEF05).append(record(1, 1))
    files.delete_directory(DF)
    assert nvm.dump() == {}
