"""Damage is found by the decoder of its cell, said with cell and file, and stays; a bug is no damage."""

from __future__ import annotations

import pytest

import dualcos
from cos import card as composition
from cos.card import Card
from cos.cos_options import describe_options
from cos.kernel.directory_headers import (
    MF_FID,
    DirectoryHeader,
    DirectoryKind,
    Life,
    directory_named,
    own_header,
    readable_headers,
    stored_header,
    stored_headers,
)
from cos.kernel.files import Descriptor, FileNotFound, FileSystem, RecordNotFound, Structure
from cos.kernel.stack import DamagedSession
from cos.kernel.transmission import TransmissionOptions
from cos.ssse.commands import command_table as ssse
from dualcos.explain.refusal_reasons import words
from firewall.hardware.cells import Cells
from firewall.hardware.power import PowerRail
from firewall.hardware.randomness import SeededRng
from firewall.partition import DamagedCell, Partition
from firewall.trace import Refused, TraceBuffer

SELECT_SSSE = bytes.fromhex("00A404000F7378312E73682EC9E7BBE1B1A3D5CF")
SELECT_PSE = bytes.fromhex("00A404000E315041592E5359532E4444463031")
SELECT_ADF = bytes.fromhex("00A4040008A000000333010101")
GPO = bytes.fromhex("80A800000B8309000000000010000156")
PIN = bytes.fromhex("0020000003123456")
DF = 0xDF01


@pytest.fixture
def nvm() -> Partition:
    return Partition(Cells(PowerRail(), 4096))


# --- what the trace says ---------------------------------------------------------------------------------------------

SAID = (
    ("ssse", "52DF01EF1502", None, (SELECT_SSSE, PIN, "00A4000002DF01", "00B202AC00"), "record 2 of EF15 of DF01"),
    ("ssse", "52DF01EF1502", b"123", (SELECT_SSSE, PIN, "00A4000002DF01", "00B202AC00"), ""),
    ("ssse", "4EDF01EF15", b"", (SELECT_SSSE, "00A4000002DF01", "00B202AC00"), "the record count of EF15 of DF01"),
    ("ssse", "46DF01EF15", b"", (SELECT_SSSE, "00A4000002DF01", "00B202AC00"), "the descriptor of EF15 of DF01"),
    ("ssse", "44DF01", b"", (SELECT_SSSE, "00A4000002DF01"), "the header of directory DF01"),
    ("ssse", "4BDDF14B010000", b"", (SELECT_SSSE, PIN), "key 01/00/00 of DDF1"),
    ("ssse", "4BDDF154010000", b"", (SELECT_SSSE, PIN), "key 01/00/00 of DDF1"),
    ("ssse", "73656C66", b"", (SELECT_SSSE,), "the cell that names the environment's own directory"),
    ("pse", "43DFB1", b"", (SELECT_ADF,), "the counters of DFB1"),
    ("pse", "51DFB1", b"", (SELECT_ADF,), "the state of the personalisation channel of DFB1"),
    ("pse", "47DFB19104", b"", (SELECT_ADF, GPO), "group 9104 of DFB1"),
    ("pse", "47DFB10302", b"\x70\x02\x8c\x05", (SELECT_ADF, GPO), "group 0302 of DFB1"),
    ("pse", "47DFB10301", None, (SELECT_ADF, GPO), "group 0301 of DFB1"),
    ("manager", "443F00", b"", ("00A40000023F00",), "the header of directory 3F00"),
    ("manager", "4B54000000", b"", ("0084000008", "0082000010" + "00" * 16), "key 00/00/00 of the MF"),
)  # fmt: skip


@pytest.mark.parametrize(("region", "cell", "value", "commands", "says"), SAID)
def test_the_trace_names_the_cell(region, cell, value, commands, says):
    trace = TraceBuffer()
    card = dualcos.card("dual-2.0-3des", trace=trace)
    card.overwrite(region, bytes.fromhex(cell), value)
    assert card.power_on()[:2] == b"\x3b\x6d"
    answers = [card.exchange(each if isinstance(each, bytes) else bytes.fromhex(each)) for each in commands]
    told = [event for _, event in trace.take() if isinstance(event, Refused)]
    if not says:  # records of a variable file have no length of their own: any bytes are one
        assert answers[-1][-2:] != b"\x65\x81"
        return
    assert answers[-1] == b"\x65\x81"
    assert told[-1].sw == 0x6581
    assert told[-1].reason.gate == "memory"
    assert words(told[-1].reason).startswith(says)


def test_no_stored_byte_in_what_is_said():
    """Another cell's bytes may have come into a damaged one: a key, a PIN."""
    trace = TraceBuffer()
    card = dualcos.card("dual-2.0-3des", trace=trace)
    secret = bytes.fromhex("9F10C0FFEE15BADC0DE5ECDE7EC7AB1E")
    dump = card.dump()
    for region, cells in dump.items():
        for cell in cells:
            if region != "chip":
                card.overwrite(region, cell, secret)
    card.power_on()
    for command in (SELECT_SSSE, SELECT_PSE, SELECT_ADF, GPO, PIN, bytes.fromhex("00A40000023F00")):
        card.exchange(command)
    said = " ".join(words(event.reason) for _, event in trace.take() if isinstance(event, Refused))
    assert "none" in said
    for at in range(len(secret) - 1):
        assert secret[at : at + 2].hex().upper() not in said.upper().replace("3F00", "")


# --- a bug stays a bug -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bug", [AttributeError, ValueError, IndexError, KeyError])
def test_a_bug_in_a_handler_raises(monkeypatch, bug):
    def handler(session, command):  # noqa: ARG001 - the shape of handlers
        raise bug("a mistake in the code")

    rows = tuple(row._replace(handler=handler) if row.name == "VERIFY" else row for row in ssse.ROWS)
    monkeypatch.setattr(ssse, "ROWS", rows)
    card = dualcos.card("social-2.0")
    card.power_on()
    card.exchange(SELECT_SSSE)
    with pytest.raises(bug):
        card.exchange(PIN)


@pytest.mark.parametrize("bug", [AttributeError, ValueError])
def test_a_bug_at_power_on_raises(monkeypatch, bug):
    def build(card, *_):  # noqa: ARG001 - the shape of recipes
        raise bug("a mistake in the code")

    card = dualcos.card("social-2.0")
    monkeypatch.setattr(Card, "_build", build)
    again = Card.restored(describe_options(card.options), card.dump())
    with pytest.raises(bug):
        again.power_on()


# --- files -----------------------------------------------------------------------------------------------------------


def made(nvm: Partition, structure: Structure, size: int = 62, length: int = 10) -> FileSystem:
    FileSystem(nvm).create(DF, Descriptor(0xEF05, structure, 5, size, length, bytes(5)))
    file = FileSystem(nvm).file(DF, 0xEF05)
    for number in range(3 if structure != Structure.TRANSPARENT else 0):
        file.append(bytes((number,)) * 10)
    return FileSystem(nvm)


FILE, COUNT, RECORD, CONTENT = (bytes.fromhex(f"{kind}DF01EF05") for kind in ("46", "4E", "52", "42"))
NO_DESCRIPTORS = (b"", bytes(10), b"\xff" * 10, bytes.fromhex("C505003E0A"), bytes.fromhex("C7050001010000000000"),
                  bytes.fromhex("C705003E000000000000"))  # fmt: skip


@pytest.mark.parametrize("raw", NO_DESCRIPTORS, ids=bytes.hex)
def test_a_descriptor_that_is_none(nvm, raw):
    files = made(nvm, Structure.CYCLIC)
    nvm.put(FILE, raw)
    nvm.put(bytes.fromhex("46DF01EF06"), Descriptor(0xEF06, Structure.TRANSPARENT, 6, 4, 0, bytes(5)).encode())
    for read in (lambda: files.file(DF, 0xEF05), lambda: files.files(DF), lambda: files.by_sfi(DF, 7)):
        with pytest.raises(DamagedCell, match="the descriptor of EF05 of DF01 is none"):
            read()
    assert files.by_sfi(DF, 6).read(0, 4) == bytes(4), "its neighbours are there"
    with pytest.raises(DamagedCell):
        files.create(DF, Descriptor(0xEF07, Structure.TRANSPARENT, 7, 4, 0, bytes(5)))


@pytest.mark.parametrize(
    ("structure", "count"),
    [
        *((Structure.LINEAR_FIXED, count) for count in (b"", b"\0", b"\xff", b"\x03\x00")),
        *((Structure.CYCLIC, count) for count in (b"", b"\x03", b"\x00\x00", b"\x03\x00", b"\x03\x07", b"\x07\x01")),
        (Structure.CYCLIC, b"\x02\x01"),
        (Structure.LINEAR_VARIABLE, None),
        (Structure.CYCLIC, None),
    ],
)
def test_a_record_count_that_is_none(nvm, structure, count):
    files = made(nvm, structure)
    if count is None:
        nvm.delete(COUNT)
    else:
        nvm.put(COUNT, count)
    file = files.file(DF, 0xEF05)
    for use in (
        lambda: file.records,
        lambda: file.record(1),
        lambda: file.find(0, 1, 1),
        lambda: file.append(bytes(10)),
    ):
        with pytest.raises(DamagedCell, match="the record count of EF05 of DF01") as found:
            use()
        assert found.value.cell == COUNT


def test_a_count_damaged_behind_the_session_is_found(nvm):
    file = made(nvm, Structure.CYCLIC).file(DF, 0xEF05)
    assert file.record(1) == b"\x02" * 10
    nvm.put(COUNT, b"\xff\xff")
    with pytest.raises(DamagedCell):
        file.record(1)


@pytest.mark.parametrize("structure", [Structure.LINEAR_FIXED, Structure.LINEAR_VARIABLE, Structure.CYCLIC])
def test_a_record_that_is_not_there(nvm, structure):
    file = made(nvm, structure).file(DF, 0xEF05)
    nvm.delete(RECORD + b"\x02")
    with pytest.raises(DamagedCell, match="record 2 of EF05 of DF01 is missing"):
        file.record(2)
    assert len(file.record(1)) == 10
    with pytest.raises(RecordNotFound):
        file.record(4)


def test_records_of_another_length(nvm):
    file = made(nvm, Structure.LINEAR_FIXED).file(DF, 0xEF05)
    for record in (b"", bytes(9), bytes(11)):
        nvm.put(RECORD + b"\x01", record)
        with pytest.raises(DamagedCell, match="record 1 of EF05 of DF01"):
            file.record(1)
    nvm.put(bytes.fromhex("46DF01EF05"), Descriptor(0xEF05, Structure.LINEAR_VARIABLE, 5, 62, 0, bytes(5)).encode())
    file = FileSystem(nvm).file(DF, 0xEF05)
    nvm.put(RECORD + b"\x01", bytes(256))
    with pytest.raises(DamagedCell, match="is longer than any"):
        file.record(1)


def test_contents_of_another_length(nvm):
    file = made(nvm, Structure.TRANSPARENT, 8, 0).file(DF, 0xEF05)
    assert file.read(0, 8) == bytes(8), "never written"
    for content in (b"", bytes(7), bytes(9)):
        nvm.put(CONTENT, content)
        for use in (lambda: file.read(0, 1), lambda: file.write(0, b"1")):
            with pytest.raises(DamagedCell, match="the content of EF05 of DF01 has"):
                use()


def test_cells_nobody_owns_are_passed_over(nvm):
    files = made(nvm, Structure.LINEAR_FIXED)
    for key in (b"F", b"F\xdf", FILE[:4], FILE + b"\0", b"D", b"D\xdf\x01\0", b"DD", RECORD + b"\x01\x01"):
        nvm.put(key, b"foreign")
    assert [file.descriptor.fid for file in files.files(DF)] == [0xEF05]
    assert files.directories() == ()


# --- directories -----------------------------------------------------------------------------------------------------


def header_of(fid: int, name: bytes) -> DirectoryHeader:
    return DirectoryHeader(fid, DirectoryKind.ADF, 0, 0, card_block_reaches_mf=False, name=name, life=Life.USER)


FIRST = header_of(DF, b"first").encode()
NO_HEADERS = (b"", b"\0", bytes(23), b"\xff" * 23, header_of(DF + 1, b"first").encode(), b"\x04" + FIRST[1:],
              FIRST + bytes(12), FIRST[:-1])  # fmt: skip


@pytest.mark.parametrize("raw", NO_HEADERS, ids=bytes.hex)
def test_a_header_that_is_none(nvm, raw):
    files = FileSystem(nvm)
    files.put_directory(DF, raw)
    files.put_directory(DF + 1, header_of(DF + 1, b"second").encode())
    with pytest.raises(DamagedCell, match="the header of directory DF01 is none"):
        stored_header(files, DF)
    with pytest.raises(DamagedCell):
        stored_headers(files)
    assert [each.name for each in readable_headers(files)] == [b"second"]
    found = directory_named(files, b"second")
    assert found is not None
    assert found.fid == DF + 1
    with pytest.raises(DamagedCell):  # it may be the one
        directory_named(files, b"first")
    with pytest.raises(FileNotFound):
        stored_header(files, DF + 2)


@pytest.mark.parametrize("own", [None, b"", b"\xdf", b"\xdf\x01\0", b"\xdf\x02"])
def test_an_own_directory_that_cannot_be_found(nvm, own):
    FileSystem(nvm).put_directory(DF, header_of(DF, b"first").encode())
    if own is not None:
        nvm.put(b"self", own)
    with pytest.raises(DamagedCell, match="own directory"):
        own_header(nvm)
    nvm.put(b"self", b"\xdf\x01")
    assert own_header(nvm).name == b"first"


def test_a_damaged_session_answers_and_says_why():
    trace = TraceBuffer()
    session = DamagedSession(DamagedCell(b"self", "the header is none"), trace.writer("here"))
    for _ in range(2):
        response = session.handle(None)
        assert response.encode() == b"\x65\x81"
    assert [(where, words(event.reason)) for where, event in trace.take()] == [("here", "the header is none")] * 2


# --- the chip's own bytes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("protocol", ["T=0", "T=1"])
@pytest.mark.parametrize("stored", [None, b"", bytes(5), bytes(15), bytes(16), bytes(300)])
def test_any_historical_bytes_give_an_atr(protocol, stored):
    options = composition.CosOptions.of(transmission=TransmissionOptions(protocol=protocol))
    card = Card.blank(bytes(16), options, rng=SeededRng(b"historical"), historical=bytes(13))
    card.overwrite("chip", b"historical", stored)
    assert card.power_on()[1] & 15 == min(len(stored or b""), 15)
    proof = card.exchange(bytes.fromhex("80E0030008") + bytes(8))
    assert proof == (b"\x69\x85" if len(stored or b"") < 6 else b"\x63\xc9"), "no serial number, nothing to prove"


def test_a_chip_without_its_mf_header_is_not_blank():
    card = dualcos.card("social-2.0")
    card.overwrite("manager", b"D" + MF_FID.to_bytes(2, "big"), None)
    card.power_on()
    for command in ("80E0050008" + "00" * 8, "001400000B3B6D" + "00" * 9, "00A40000023F00"):
        assert card.exchange(bytes.fromhex(command)) == b"\x65\x81"
