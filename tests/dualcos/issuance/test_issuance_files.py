"""Files between the parties: they come back as they went, and any change is seen."""

from itertools import product

import msgspec
import pytest
from issuance_world import MAC

from apdu import atr
from dualcos.issuance.exchange import feedback_file, personalisation_file
from dualcos.issuance.exchange.feedback_file import FeedbackError, FeedbackRow
from dualcos.issuance.exchange.personalisation_file import RecordError
from dualcos.issuance.personaliser.linking import Linked, LinkError, OwnData
from dualcos.issuance.personaliser.report_folder import ReportFolder
from dualcos.issuance.personaliser.stock_register import StockRegister
from keys.custody.sealing import Lock, SealError, fresh_key_file, new_key_file

LOCK, OTHER = Lock(new_key_file()), Lock(new_key_file())
PHRASE = Lock("a test pass phrase", phrase=True)


def written(world, path, lock=LOCK, recipient=""):
    personalisation_file.write(path, world.both.header, world.both.records, MAC, lock, recipient)
    return path


def test_a_personalisation_file_comes_back(world, tmp_path):
    path = written(world, tmp_path / "b.perso")
    assert personalisation_file.read(path, [bytes(32), MAC], [OTHER, LOCK]) == world.both
    assert path.stat().st_mode & 0o077 == 0
    with pytest.raises(RecordError, match="exists already"):
        written(world, path)


def test_nothing_of_a_person_lies_on_the_disk(world, tmp_path):
    raw = written(world, tmp_path / "b.perso").read_bytes()
    person = world.people[0]
    plain = b"".join(personalisation_file.encoded(world.both.header, world.both.records, MAC))
    for value in (person.social["ssn"], person.social["name"], person.bank["pan"], person.bank["offline_pin"]):
        assert value.encode() in plain
        assert value.encode() not in raw


@pytest.mark.parametrize("lock", [LOCK, PHRASE])
def test_a_file_for_another_body(world, tmp_path, lock):
    text, public = fresh_key_file()
    path = written(world, tmp_path / "b.perso", lock, public)
    assert personalisation_file.read(path, [MAC], [Lock(text)]) == world.both
    with pytest.raises(RecordError, match="does not open with any of the locks given"):
        personalisation_file.read(path, [MAC], [OTHER])
    with pytest.raises(SealError, match="no public key"):
        written(world, tmp_path / "c.perso", lock, "age1nobody")
    assert not (tmp_path / "c.perso").exists()


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (lambda lines: lines[:-1], "the file was cut"),
        (lambda lines: [*lines[:2], *lines[3:]], "line 3: its MAC is wrong"),
        (lambda lines: [lines[0], lines[2], lines[1], *lines[3:]], "line 2: its MAC is wrong"),
        (lambda lines: [lines[0], lines[1].replace(b"T0000001", b"T0000009"), *lines[2:]], "line 2: its MAC is wrong"),
        (lambda _: [], "is empty"),
    ],
)
def test_a_changed_personalisation_file_is_refused(world, tmp_path, fault, said):
    """By somebody who can open it, too."""
    lines = b"".join(personalisation_file.encoded(world.both.header, world.both.records, MAC)).splitlines()
    (tmp_path / "b.perso").write_bytes(LOCK.seal(b"\n".join(fault(lines))))
    with pytest.raises(RecordError, match=said):
        personalisation_file.read(tmp_path / "b.perso", [MAC], [LOCK])


def test_a_personalisation_file_of_another_key_or_none_is_refused(world, tmp_path):
    path = written(world, tmp_path / "b.perso")
    with pytest.raises(RecordError, match="line 1: its MAC is wrong"):
        personalisation_file.read(path, [bytes(32)], [LOCK])
    path.write_bytes(b"".join(personalisation_file.encoded(world.both.header, world.both.records, MAC)))
    with pytest.raises(RecordError, match="is not enciphered"):
        personalisation_file.read(path, [MAC], [LOCK])


def test_an_amended_batch_keeps_every_number(world):
    """A corrected row, a new person, and one of the first run missing from the new input."""
    first = world.some(world.both, 4)
    one, two, three, new = (world.both.records[at] for at in (0, 1, 2, 9))
    corrected = msgspec.structs.replace(two, seq=1, bank=msgspec.structs.replace(two.bank, dki=2))
    again = personalisation_file.amended(first, [corrected, msgspec.structs.replace(new, seq=2)])
    assert [each.seq for each in again] == [1, 2, 3, 4, 5]
    assert (again[0], again[2]) == (one, three)
    assert (again[1].person, again[1].bank.dki) == (two.person, 2)
    assert again[4].person == new.person


@pytest.mark.parametrize("dialect", ["own", "tec", "kio"])
def test_feedback_in_every_dialect(tmp_path, dialect):
    rows = (
        feedback_file.FeedbackRow(1, "T0000001X", "1", "测试", atr="3B", bank_pan="62", result="made"),
        feedback_file.FeedbackRow(
            2, "T00000028", "2", "测试", fail_stage="card", fail_reason="x" * 60, result="failed"
        ),
    )
    path = tmp_path / "f.csv"
    feedback_file.write(path, rows, MAC, dialect)
    one, two = feedback_file.read(path, [bytes(32), MAC])
    assert (one.atr, one.bank_pan, one.result, two.result) == ("3B", "62", "made", "failed")
    assert two.fail_reason == "x" * 48 + "…"
    path.write_bytes(path.read_bytes().replace(b"T0000001X", b"T0000001Y"))
    with pytest.raises(FeedbackError, match="MAC is wrong"):
        feedback_file.read(path, [MAC])


@pytest.mark.parametrize(
    ("reason", "shown"),
    [
        ("x" * 50, "x" * 50),
        ("x" * 51, "x" * 48 + "…"),
        ("中" * 25, "中" * 25),
        ("中" * 26, "中" * 24 + "…"),
        ("x" * 49 + "中", "x" * 48 + "…"),
        ("x" * 47 + "中y", "x" * 47 + "中y"),
        ("x" * 47 + "中yz", "x" * 47 + "…"),
        ("𠮷" * 12 + "ab", "𠮷" * 12 + "ab"),
        ("𠮷" * 13, "𠮷" * 12 + "…"),
        ("cards/\udcff.card", "cards/\\udcff.card"),
    ],
)
def test_a_reason_is_cut_between_characters_and_none_is_replaced(tmp_path, reason, shown):
    """50 bytes in GBK; a character that GBK does not have takes four in GB 18030."""
    row = feedback_file.FeedbackRow(1, name="𠮷", fail_reason=reason, result="failed")
    feedback_file.write(tmp_path / "f.csv", [row], MAC)
    (found,) = feedback_file.read(tmp_path / "f.csv", [MAC])
    assert (found.name, found.fail_reason) == ("𠮷", shown)


def test_a_feedback_file_without_mac(tmp_path):
    (tmp_path / "f.csv").write_text("seq,atr\n1,3B\n", encoding="utf-8")
    with pytest.raises(FeedbackError, match="not a MAC"):
        feedback_file.read(tmp_path / "f.csv", [MAC])


def test_what_is_written_again_is_for_the_owner_only(tmp_path):
    """A file that lay there with wider rights does not hand them to people's names."""
    path = tmp_path / "mail.csv"
    with StockRegister(tmp_path / "stock.db") as register:
        reports = ReportFolder(tmp_path, register, "B1")
        reports.write(path.name, b"old")
        path.chmod(0o644)
        reports.write(path.name, b"T0000001X")
    assert path.stat().st_mode & 0o777 == 0o600
    assert "T0000001X" in path.read_text(encoding="utf-8")


def test_a_card_is_found_by_its_chip_whichever_reader_shows_it():
    """The first body read the contacts, the second has it on a contactless reader: other interface bytes, one chip."""
    historical = bytes.fromhex("008144434F860099990000A1B2")
    other = historical[:-1] + b"\xb3"
    shown = [
        atr.build(historical, 0),
        atr.build(historical, 0, atr.InterfaceBytes(ta1=0x94)),
        atr.CONTACTLESS.with_historical(historical),
    ]
    for one, another in product(shown, repeat=2):
        row = FeedbackRow(seq=1, ssn="99990119880229002X", atr=one.hex().upper(), result="made")
        own = OwnData((), (FeedbackRow(seq=2), row))
        assert own.by_feedback(another) == Linked(row.ssn)
        with pytest.raises(LinkError, match="is not in the first body's feedback file"):
            own.by_feedback(atr.build(other, 0))
