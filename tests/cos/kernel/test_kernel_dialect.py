"""The personalisation dialect's layouts: creation data as issued cards' programs send them, and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cos.kernel.directory_headers import (
    AccessWords,
    DirectoryHeader,
    DirectoryKind,
    LayoutError,
    Life,
    access_words,
    frame_file,
    is_directory,
    parse_directory,
    parse_file,
)
from cos.kernel.files import Descriptor, Structure

# 00, block level, 00FF, 01 | FID | 01 | 00, card block, FCI-SFI, 00 00, SF-SFI, 00, TF-SFI | name
DDF = "0055 00FF 01 DF01 01 00 01 23 0000 80 00 81" + b"name of it".hex()
# the same head | FID | 02 | 00 00, FCI-SFI 00, SCW 00, life 00, 00 00 00 | AID
ADF = "0000 00FF 01 DFB1 02 0000 00 00 00 000000 A000000333010101"
DDF_HEADER = DirectoryHeader(0xDF01, DirectoryKind.DDF, 0x55, 0x23, True, b"name of it", transaction_sfi=0x81)
ADF_HEADER = DirectoryHeader(0xDFB1, DirectoryKind.ADF, 0, 0, False, bytes.fromhex("A000000333010101"))
# 00 00 00 | size | FID | type | 00 | SFI | SCW | record length | read word | write word
EF = "000000 0123 EF05 C7 00 05 40 17 1122 3344"


def test_directories_are_read_and_written_alike():
    for text, header in ((DDF, DDF_HEADER), (ADF, ADF_HEADER)):
        assert parse_directory(bytes.fromhex(text)) == header
        assert header.frame() == bytes.fromhex(text)
        assert header.life is Life.PERSONALISATION


def test_the_cell_has_the_life_in_front():
    for life in Life:
        header = DDF_HEADER._replace(life=life)
        assert header.encode() == bytes((life,)) + bytes.fromhex(DDF)
        assert DirectoryHeader.decode(header.encode()) == header
    assert [life.value for life in Life] == [1, 2, 3]


@given(
    st.integers(0, 0xFFFF),
    st.integers(0, 255),
    st.integers(0, 255),
    st.booleans(),
    st.sampled_from((b"", b"12345", bytes(16))),
    st.sampled_from(Life),
    st.integers(0, 255),
)
def test_every_ddf_survives_its_cell(fid, level, fci, flag, name, life, transaction):
    header = DirectoryHeader(fid, DirectoryKind.DDF, level, fci, flag, name, life, transaction)
    assert DirectoryHeader.decode(header.encode()) == header


@pytest.mark.parametrize("length", [0, 5, 16])
def test_a_name_may_be_absent_or_5_to_16_bytes(length):
    assert parse_directory(bytes.fromhex(DDF)[:16] + bytes(length)).name == bytes(length)


@pytest.mark.parametrize("length", [1, 4, 17])
def test_any_other_name_is_refused(length):
    with pytest.raises(LayoutError, match=rf"^a name has 5 to 16 bytes, not {length}$"):
        parse_directory(bytes.fromhex(DDF)[:16] + bytes(length))


@pytest.mark.parametrize("data", [b"", bytes.fromhex(DDF)[:15], bytes.fromhex(EF), bytes(16)])
def test_what_is_no_directory_is_refused(data):
    assert not is_directory(data)
    with pytest.raises(LayoutError, match=rf"^{len(data)} bytes are no directory's creation data$"):
        parse_directory(data)


def test_directories_are_told_by_byte_7():
    assert [kind for kind in range(256) if is_directory(bytes(7) + bytes((kind,)) + bytes(8))] == [1, 2]


# --- elementary files -----------------------------------------------------------------------------------------


def test_files_are_read_and_written_alike():
    descriptor = Descriptor(0xEF05, Structure.CYCLIC, 5, 0x0123, 0x17, bytes.fromhex("4011223344"))
    assert parse_file(bytes.fromhex(EF)) == descriptor
    assert frame_file(descriptor) == bytes.fromhex(EF)


@given(
    st.integers(0, 0xFFFF),
    st.sampled_from([structure for structure in Structure if structure != Structure.CYCLIC]),
    st.integers(0, 255),
    st.integers(0, 0xFFFF),
    st.integers(0, 255),
    st.binary(min_size=5, max_size=5),
)
def test_every_file_survives_frame_and_cell(fid, structure, sfi, size, record_length, access):
    descriptor = Descriptor(fid, structure, sfi, size, record_length, access)
    assert parse_file(frame_file(descriptor)) == descriptor
    assert Descriptor.decode(fid, descriptor.encode()) == descriptor


@pytest.mark.parametrize("length", [0, 15, 17])
def test_creation_data_of_another_length_are_refused(length):
    with pytest.raises(LayoutError, match=rf"^an elementary file's creation data have 16 bytes, not {length}$"):
        parse_file((bytes.fromhex(EF) + b"\0")[:length])


def test_an_unknown_type_is_refused():
    known = {0xC3, 0xC4, 0xC5, 0xC6, 0xC7, 0xD6}
    for kind in range(256):
        data = bytes.fromhex(EF)[:7] + bytes((kind,)) + bytes.fromhex(EF)[8:]
        if kind in known:
            assert parse_file(data).structure == kind
        else:
            with pytest.raises(LayoutError, match=rf"^file type {kind:02X} is unknown$"):
                parse_file(data)


def cyclic(size: int, record_length: int) -> bytes:
    return frame_file(Descriptor(0xEF05, Structure.CYCLIC, 5, size, record_length, bytes(5)))


@pytest.mark.parametrize(("size", "record_length"), [(100, 0), (1000, 0xFF), (2, 1), (0, 1), (24, 23)])
def test_a_cyclic_file_without_a_record_is_refused(size, record_length):
    with pytest.raises(LayoutError, match=r"^a cyclic file needs a record length and room for a record$"):
        parse_file(cyclic(size, record_length))


@pytest.mark.parametrize(("size", "record_length"), [(3, 1), (25, 23), (256, 0xFE)])
def test_a_cyclic_file_with_room_for_one_record_is_accepted(size, record_length):
    assert parse_file(cyclic(size, record_length)).record_length == record_length


# --- access words ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("read_nibble", [0, 1, 2, 4, 8, 15])
@pytest.mark.parametrize("write_nibble", [0, 1, 2, 4, 8, 15])
def test_one_nibble_of_scw_for_each_direction(read_nibble, write_nibble):
    """Read first; 4 asks for both levels; a word is the parent's level, then the current directory's."""
    access = bytes((read_nibble << 4 | write_nibble, 0x11, 0x22, 0x33, 0x44))
    assert access_words(access) == (
        AccessWords(0x11, 0x22, read_nibble == 4),
        AccessWords(0x33, 0x44, write_nibble == 4),
    )
