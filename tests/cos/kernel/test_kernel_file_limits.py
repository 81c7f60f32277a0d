"""Files at their limits: the announced size, 254 records, offsets, what is refused and in which words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cos.kernel.files import (
    Descriptor,
    ElementaryFile,
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
from firewall.hardware.power import PowerLoss, PowerRail
from firewall.partition import Partition

DF = 0xDF01
ACCESS = bytes.fromhex("4011223344")


def memory(capacity: int = 1 << 16) -> Partition:
    return Partition(Cells(PowerRail(), capacity))


def descriptor(structure: Structure, size: int, record_length: int = 0xFF, fid: int = 0xEF05) -> Descriptor:
    return Descriptor(fid, structure, fid & 0x1F, size, record_length, ACCESS)


def file_of(structure: Structure, size: int, record_length: int = 0xFF) -> ElementaryFile:
    files = FileSystem(memory())
    files.create(DF, descriptor(structure, size, record_length))
    return files.file(DF, 0xEF05)


def contents(file: ElementaryFile) -> list[bytes]:
    return [file.record(number) for number in range(1, file.records + 1)]


# --- records --------------------------------------------------------------------------------------------------


def test_which_files_count_from_the_oldest():
    assert {structure for structure in Structure if structure.linear} == {
        Structure.LINEAR_FIXED,
        Structure.LINEAR_VARIABLE,
        Structure.DIRECTORY_LIST,
    }


def test_a_file_is_named_by_its_short_number_and_directory():
    assert repr(file_of(Structure.TRANSPARENT, 4)) == "EF05 of DF01"


@pytest.mark.parametrize("number", [0, 1, 3, 255])
def test_a_record_that_is_not_there(number):
    file = file_of(Structure.LINEAR_VARIABLE, 100)
    with pytest.raises(RecordNotFound, match=rf"^no such record: number {number}, count 0$"):
        file.record(number)
    file.append(b"one")
    file.append(b"two")
    if number != 1:
        for call in (lambda: file.record(number), lambda: file.replace(number, b"new")):
            with pytest.raises(RecordNotFound, match=rf"^no such record: number {number}, count 2$"):
                call()
    assert contents(file) == [b"one", b"two"]


@pytest.mark.parametrize(
    "call",
    [
        lambda file: file.records,
        lambda file: file.record(1),
        lambda file: file.find(0, 1, 1),
        lambda file: file.replace(1, b"1"),
        lambda file: file.append(b"1"),
    ],
)
def test_a_transparent_file_has_no_records(call):
    with pytest.raises(WrongStructure, match=r"^file without records: fid EF05, directory DF01$"):
        call(file_of(Structure.TRANSPARENT, 4))


@pytest.mark.parametrize("call", [lambda file: file.read(0, 1), lambda file: file.write(0, b"1")])
def test_a_record_file_has_no_offsets(call):
    with pytest.raises(WrongStructure, match=r"^file with records: fid EF05, directory DF01$"):
        call(file_of(Structure.LINEAR_VARIABLE, 4))


def test_an_empty_record_is_a_record():
    file = file_of(Structure.LINEAR_VARIABLE, 2)
    file.append(b"")
    assert contents(file) == [b""]
    with pytest.raises(FileFull, match=r"^no room in the file: free 0, needed 1$"):
        file.append(b"1")


def test_searching_says_what_was_sought():
    file = file_of(Structure.LINEAR_VARIABLE, 100)
    for record in (b"\x2a1", b"", b"\x2a2"):
        file.append(record)
    assert [file.find(0x2A, start, step) for start, step in ((1, 1), (2, 1), (3, -1), (2, -1))] == [1, 3, 3, 1]
    assert file.find(0, 3, 1) == 3
    for start, step in ((4, 1), (0, -1), (0, 1)):
        with pytest.raises(RecordNotFound, match=r"^no record with that identifier: identifier 2A$"):
            file.find(0x2A, start, step)
    with pytest.raises(RecordNotFound, match=r"^no record with that identifier: identifier 4B$"):
        file.find(0x4B, 1, 1)


# --- the announced size ---------------------------------------------------------------------------------------


def test_two_bytes_of_the_size_are_the_files_own():
    file = file_of(Structure.LINEAR_VARIABLE, 2 + 10)
    file.append(b"1234")
    file.append(b"567")
    with pytest.raises(FileFull, match=r"^no room in the file: free 3, needed 4$"):
        file.append(b"1234")
    file.append(b"890")  # the last byte of it
    for number, record, text in (
        (1, b"12345", "no room in the file: free 4, needed 5"),
        (3, b"89012", "no room in the file: free 3, needed 5"),
    ):
        with pytest.raises(FileFull, match=f"^{text}$"):
            file.replace(number, record)
    file.replace(2, b"")
    file.replace(1, b"1234567")
    assert contents(file) == [b"1234567", b"", b"890"]


@pytest.mark.parametrize("structure", [Structure.LINEAR_FIXED, Structure.CYCLIC])
def test_records_of_a_fixed_length_have_it(structure):
    """When they are added and when they are replaced."""
    file = file_of(structure, 2 + 9, 3)
    file.append(b"123")
    for record in (b"12", b"1234", b""):
        for call in (file.append, lambda record: file.replace(1, record)):
            with pytest.raises(FileFull, match=rf"^record of another length: needed 3, received {len(record)}$"):
                call(record)
    file.replace(1, b"321")
    assert contents(file) == [b"321"]


def test_a_fixed_linear_file_ends_with_its_size():
    file = file_of(Structure.LINEAR_FIXED, 2 + 6, 3)
    file.append(b"123")
    file.append(b"456")
    with pytest.raises(FileFull, match=r"^no room in the file: free 0, needed 3$"):
        file.append(b"789")


def test_a_cyclic_file_writes_over_its_oldest_and_is_never_full():
    file = file_of(Structure.CYCLIC, 2 + 7, 3)  # room for two, and a byte
    for record in (b"111", b"222", b"333"):
        file.append(record)
    assert contents(file) == [b"333", b"222"]
    file.replace(2, b"two")
    assert contents(file) == [b"333", b"two"]
    file.append(b"444")
    assert contents(file) == [b"444", b"333"]


@pytest.mark.parametrize("structure", [Structure.LINEAR_VARIABLE, Structure.CYCLIC])
def test_no_file_holds_more_than_254_records(structure):
    file = file_of(structure, 0xFFFF, 1)
    for number in range(254):
        file.append(bytes((number,)))
    assert file.records == 254
    if structure == Structure.CYCLIC:
        file.append(b"\xff")
        assert (file.records, file.record(1), file.record(254)) == (254, b"\xff", b"\x01")
    else:
        with pytest.raises(FileFull, match=r"^no further record: count 254$"):
            file.append(b"\xff")
        assert (file.records, file.record(254)) == (254, b"\xfd")


def test_appending_is_atomic():
    """T1: record and count together, or neither."""
    for structure in (Structure.LINEAR_VARIABLE, Structure.CYCLIC):
        seen = []
        while True:
            rail = PowerRail()
            cells = Cells(rail, 1 << 12)
            files = FileSystem(Partition(cells))
            files.create(DF, descriptor(structure, 8, 3))
            files.file(DF, 0xEF05).append(b"old")
            rail.cut_after(len(seen))
            try:
                files.file(DF, 0xEF05).append(b"new")
            except PowerLoss:
                again = Partition(cells)
                again.recover()
                found = contents(FileSystem(again).file(DF, 0xEF05))
                assert sorted(found) in ([b"old"], [b"new", b"old"])
                seen.append(len(found))
                continue
            break
        assert set(seen) == {1, 2}


# --- offsets --------------------------------------------------------------------------------------------------


@given(st.integers(0, 20), st.integers(0, 20), st.binary(max_size=20))
def test_a_transparent_file_is_a_row_of_bytes(offset, length, data):
    file, model = file_of(Structure.TRANSPARENT, 16), bytearray(16)
    if offset + len(data) > 16:
        with pytest.raises(
            OffsetBeyond, match=rf"^data beyond the file: offset {offset}, received {len(data)}, size 16$"
        ):
            file.write(offset, data)
    else:
        file.write(offset, data)
        model[offset : offset + len(data)] = data
    if offset >= 16:
        with pytest.raises(OffsetBeyond, match=rf"^offset beyond the file: offset {offset}, size 16$"):
            file.read(offset, length)
    else:
        assert file.read(offset, length) == bytes(model[offset : offset + length])
    assert file.read(0, 16) == bytes(model)


# --- the file system ------------------------------------------------------------------------------------------


def test_directories_and_files_are_found_again():
    nvm = memory()
    files = FileSystem(nvm)
    files.put_directory(0xDF02, b"second")
    files.put_directory(DF, b"first")
    files.put_directory(DF, b"replaced")
    files.put_directory(0xDF03, b"")
    wanted = {0xEF06: Structure.CYCLIC, 0xEF05: Structure.LINEAR_VARIABLE}
    for fid, structure in wanted.items():
        files.create(DF, descriptor(structure, 100, 9, fid))
    for system in (files, FileSystem(nvm)):
        assert system.directories() == ((DF, b"replaced"), (0xDF02, b"second"), (0xDF03, b""))
        assert system.directory(DF) == b"replaced"
        assert [file.descriptor for file in system.files(DF)] == [
            descriptor(wanted[fid], 100, 9, fid) for fid in sorted(wanted)
        ]
        assert [file.directory for file in system.files(DF)] == [DF, DF]
        assert system.files(0xDF02) == ()
        assert system.file(DF, 0xEF06) is system.file(DF, 0xEF06) is system.files(DF)[1]
        assert system.by_sfi(DF, 6) is system.files(DF)[1]


def test_what_is_not_there_is_named():
    files = FileSystem(memory())
    for call, text in (
        (lambda: files.directory(DF), "no such directory: directory DF01"),
        (lambda: files.file(DF, 0xEF05), "no such file: fid EF05, directory DF01"),
        (lambda: files.by_sfi(DF, 5), "no such short identifier: sfi 05, directory DF01"),
        (lambda: files.delete(DF, 0xEF05), "no such file: fid EF05, directory DF01"),
    ):
        with pytest.raises(FileNotFound, match=f"^{text}$"):
            call()


def test_a_taken_identifier_names_who_has_it():
    files = FileSystem(memory())
    files.create(DF, descriptor(Structure.TRANSPARENT, 4))
    for fid, sfi in ((0xEF05, 9), (0xEF06, 5)):
        with pytest.raises(FileExists, match=r"^file identifier taken: fid EF05, directory DF01$"):
            files.create(DF, Descriptor(fid, Structure.TRANSPARENT, sfi, 4, 0, ACCESS))
    assert len(files.files(DF)) == 1


def test_files_without_a_short_identifier_do_not_clash():
    files = FileSystem(memory())
    for fid in (0xEF05, 0xEF06):
        files.create(DF, Descriptor(fid, Structure.TRANSPARENT, 0, 4, 0, ACCESS))
    assert [file.descriptor.fid for file in files.files(DF)] == [0xEF05, 0xEF06]


def test_announced_sizes_are_set_aside():
    """Every file of every directory counts; what is spoken for is spoken for, written or not."""
    files = FileSystem(memory(1000))
    files.create(DF, descriptor(Structure.TRANSPARENT, 400))
    files.create(0xDF02, descriptor(Structure.CYCLIC, 300, 9))
    with pytest.raises(FileFull, match=r"^memory spoken for: free 300, needed 301$"):
        files.create(DF, descriptor(Structure.TRANSPARENT, 301, fid=0xEF06))
    files.create(DF, descriptor(Structure.TRANSPARENT, 300, fid=0xEF06))
    with pytest.raises(FileFull, match=r"^memory spoken for: free 0, needed 1$"):
        files.create(DF, descriptor(Structure.TRANSPARENT, 1, fid=0xEF07))
    files.delete(DF, 0xEF06)
    with pytest.raises(FileFull, match=r"^memory spoken for: free 300, needed 301$"):
        files.create(DF, descriptor(Structure.TRANSPARENT, 301, fid=0xEF07))
    files.create(DF, descriptor(Structure.TRANSPARENT, 300, fid=0xEF07))


def filled() -> tuple[Partition, FileSystem]:
    nvm = memory()
    files = FileSystem(nvm)
    for directory in (DF, 0xDF02):
        files.put_directory(directory, b"header")
        files.create(directory, descriptor(Structure.LINEAR_VARIABLE, 40))
        files.create(directory, descriptor(Structure.TRANSPARENT, 8, fid=0xEF06))
        files.file(directory, 0xEF05).append(b"record")
        files.file(directory, 0xEF06).write(0, b"binary")
    return nvm, files


def test_deleting_a_file_wipes_it_and_nothing_else():
    nvm, files = filled()
    before = nvm.dump()
    for fid, gone in ((0xEF05, b"record"), (0xEF06, b"binary")):
        files.delete(DF, fid)
        assert fid not in {file.descriptor.fid for file in files.files(DF)}
        with pytest.raises(FileNotFound):
            files.file(DF, fid)
        assert [value for value in nvm.dump().values() if gone in value] == [
            value for key, value in before.items() if gone in value and key[1:3] == b"\xdf\x02"
        ]
    assert {key: value for key, value in before.items() if key[1:3] == b"\xdf\x02" or key[:1] == b"D"} == nvm.dump()


def test_deleting_a_directory_wipes_it_and_nothing_else():
    nvm, files = filled()
    before = nvm.dump()
    files.delete_directory(DF)
    assert nvm.dump() == {key: value for key, value in before.items() if key[1:3] != b"\xdf\x01"}
    assert files.files(DF) == ()
    with pytest.raises(FileNotFound):
        files.directory(DF)
    assert files.directory(0xDF02) == b"header"


def test_a_file_made_again_is_empty():
    _, files = filled()
    files.delete(DF, 0xEF05)
    files.create(DF, descriptor(Structure.LINEAR_VARIABLE, 40))
    assert files.file(DF, 0xEF05).records == 0
