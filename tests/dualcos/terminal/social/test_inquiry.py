"""Inquiry (SSC-7 §6): every file of every edition, by the right its rule asks for, in words."""

from __future__ import annotations

import pytest

from cos.ssse.tables import item_encoding
from cos.ssse.tables.table_model import AccessKind, File, FileForm, Kind
from dualcos.terminal.social.card_at_terminal import CardAtTerminal, directory_name
from dualcos.terminal.social.inquiry import FileRead, InquiryOrder, ItemAsked, inquire
from dualcos.terminal.social.security_path import PathKind
from dualcos.terminal.social.terminal_stopped import StopCause
from tests.dualcos.terminal.terminal_bench import SOCIAL, TerminalBench, made_card

KEYED = (AccessKind.KEY, AccessKind.PIN_OR_KEY, AccessKind.PIN_AND_KEY)
PINNED = (AccessKind.PIN, AccessKind.PIN_AND_KEY)


def files(at: CardAtTerminal) -> list[tuple[str, File]]:
    return [
        (f"{directory_name(directory)}EF{file.fid & 0xFF:02X}", file)
        for directory in at.environment.directories
        for file in directory.files
    ]


def proofs(bench: TerminalBench) -> int:
    return sum(each.startswith("008200") for each in bench.card.commands)


@pytest.mark.parametrize("path", PathKind)
@pytest.mark.parametrize("profile", SOCIAL)
def test_every_file_is_read_by_the_right_it_asks_for(profile, path):
    """A key only where the rule has one, the PIN only where it has one and that once in a session. A key without an
    address in the provincial store is none for an HSM (SC appendix B).
    """
    bench = TerminalBench(profile, desk=True, path=path)
    at = bench.admit()
    pins = 0
    for address, file in files(at):
        at.enter(at.home if at.current is not at.home else at.environment.directories[1])  # proofs of others are gone
        before, row = proofs(bench), at.place(address[:4], file.fid).directory.key(file.read.key)
        if path is PathKind.HSM and row is not None and row.hsm is None:
            assert bench.stopped(lambda address=address: inquire(at, InquiryOrder(address))).code == -13
            continue
        read = inquire(at, InquiryOrder(address))
        assert proofs(bench) == before + (file.read.kind in KEYED), address
        pins = max(pins, int(file.read.kind in PINNED))
        assert len(bench.holder.asked) == pins, address
        demand_whole(file, read)


def demand_whole(file: File, read: FileRead) -> None:
    """Everything that the tables have is there, decodes, and is named in both languages."""
    if file.structure is FileForm.TRANSPARENT:
        assert [len(each) for each in read.records] == [file.size]
    elif file.structure is FileForm.CYCLIC:
        assert all(len(each) == file.record_length for each in read.records)
    else:
        assert [each[0] for each in read.records] == [item.tag for item in file.items]
        for item, record in zip(file.items, read.records, strict=True):
            item_encoding.decode_item(item, record, "gb18030")
        named = [line.name_zh for line in read.lines]
        assert [item.name_zh for item in file.items if item.kind is not Kind.BTLV] == [n for n in named if "·" not in n]
    assert all(line.name_zh and line.name_en and line.text for line in read.lines)


def test_values_are_in_words():
    at = TerminalBench("social-2.0").admit()
    said = {line.name_en: line.text for line in inquire(at, InquiryOrder("SSSEEF06")).lines}
    assert (said["sex"], said["ethnic group"]) == ("1 男性", "01 汉族")
    assert inquire(at, InquiryOrder("DF04EF06", (ItemAsked(0x92),))).lines[0].text == "123.45 元"


@pytest.mark.parametrize(("by_key", "proved", "pins"), [(True, 1, 0), (False, 0, 1)])
def test_of_pin_or_key_either_serves(by_key, proved, pins):
    bench = TerminalBench()
    at = bench.admit()
    assert inquire(at, InquiryOrder("DF04EF05", by_key=by_key)).records
    assert (proofs(bench), len(bench.holder.asked)) == (proved, pins)


def test_items_by_tag_and_occurrence():
    """``40:2`` is the second record with that tag (SC §2.1.2)."""
    bench = TerminalBench("social-2.0")
    at = bench.admit()
    order = InquiryOrder("DF01EF15", (ItemAsked(0x40, 3), ItemAsked(0x40, 1)))
    assert [each[0] for each in inquire(at, order).records] == [0x40, 0x40]
    reads = [each[:8] for each in bench.card.commands if each.startswith("00B240")]
    assert reads == ["00B24000", "00B24002", "00B24002", "00B24000"]  # the first, the next (SSC-5 §6.10)


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (InquiryOrder("SSSEEF05", (ItemAsked(0x55),)), -27267),
        (InquiryOrder("SSSEEF05", (ItemAsked(0x01, 2),)), -27267),
        (InquiryOrder("DF04EF08", record=9), -27267),
        (InquiryOrder("DF04EF44"), -27266),
        (InquiryOrder("DF09EF05"), -27266),
        *((InquiryOrder(text), -23) for text in ("", "EF05", "SSSEEF05|", "ssseef05", "DF04EF5", "DF04EF05\n")),
    ],
    ids=repr,
)
def test_what_is_not_there(order, code):
    bench = TerminalBench()
    at = bench.admit()
    assert bench.stopped(lambda: inquire(at, order)).code == code


def test_records_of_a_cyclic_file_are_newest_first():
    """SSC-3 §5.3; one is read by its number."""
    bench = TerminalBench()
    at = bench.admit()
    place = at.place("DF02", 0xEF07)
    at.earn(place, place.file.update)
    at.make_current(place)
    records = [bytes((0x30 + turn,)) * place.file.record_length for turn in range(3)]
    for record in records:
        at.write("DC0003", record)
    assert inquire(at, InquiryOrder("DF02EF07")).records[:3] == tuple(records[::-1])
    assert inquire(at, InquiryOrder("DF02EF07", record=2)).records == (records[1],)


def test_a_card_that_has_a_record_under_every_number_is_read_once():
    bench = TerminalBench()
    at = bench.admit()
    bench.card.bend = lambda command, answer: bytes(85) + b"\x90\x00" if command[1] == 0xB2 else answer
    assert len(inquire(at, InquiryOrder("DF02EF07")).records) == 0xFE


def test_an_item_that_a_card_lacks_is_left_out_of_all():
    bench = TerminalBench()
    at = bench.admit()
    bench.card.bend = lambda command, answer: b"\x6a\x83" if command[:3] == b"\x00\xb2\x4e" else answer
    assert [each[0] for each in inquire(at, InquiryOrder("SSSEEF06")).records] == [0x08, 0x09, 0x0A, 0x0B, 0x0C, 0x0D]


@pytest.mark.parametrize("word", ["6982", "6F00", "6986"])
def test_any_other_answer_to_a_read_ends_it(word):
    for address in ("SSSEEF06", "DF02EF07", "DF01EF16"):
        bench = TerminalBench()
        at = bench.admit()
        bench.card.bend = lambda command, answer: bytes.fromhex(word) if command[1] in (0xB2, 0xB0) else answer
        stopped = bench.stopped(lambda at=at, address=address: inquire(at, InquiryOrder(address)))
        assert (stopped.cause, f"{stopped.sw:04X}") == (StopCause.REFUSED, word)


def test_a_locked_pin_gives_no_right():
    bench = TerminalBench(card=made_card("social-2.0", "ssse.pin_tries=1"))
    bench.holder.digits = ["999999"]
    at = bench.admit()
    assert bench.stopped(lambda: inquire(at, InquiryOrder("DF04EF06"))).cause is StopCause.PIN_LOCKED
    assert inquire(at, InquiryOrder("DF04EF05")).records
