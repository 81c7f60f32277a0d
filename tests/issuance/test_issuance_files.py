"""Files between the parties: they come back as they went, and any change is seen."""

import pytest
from issuance_world import MAC

from issuance.data import feedback, record
from issuance.data.feedback import FeedbackError
from issuance.data.record import RecordError


def test_a_personalisation_file_comes_back(world, tmp_path):
    path = tmp_path / "b.perso"
    record.write(path, world.both.header, world.both.records, MAC)
    assert record.read(path, MAC) == world.both
    assert path.stat().st_mode & 0o077 == 0


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
    path = tmp_path / "b.perso"
    record.write(path, world.both.header, world.both.records, MAC)
    path.write_bytes(b"\n".join(fault(path.read_bytes().splitlines())))
    with pytest.raises(RecordError, match=said):
        record.read(path, MAC)


def test_a_personalisation_file_of_another_key_is_refused(world, tmp_path):
    record.write(tmp_path / "b.perso", world.both.header, world.both.records, MAC)
    with pytest.raises(RecordError, match="line 1: its MAC is wrong"):
        record.read(tmp_path / "b.perso", bytes(32))


@pytest.mark.parametrize("dialect", ["own", "tec", "kio"])
def test_feedback_in_every_dialect(tmp_path, dialect):
    rows = (
        feedback.FeedbackRow(1, "T0000001X", "1", "测试", atr="3B", bank_pan="62", result="made"),
        feedback.FeedbackRow(2, "T00000028", "2", "测试", fail_stage="card", fail_reason="x" * 60, result="failed"),
    )
    path = tmp_path / "f.csv"
    feedback.write(path, rows, MAC, dialect)
    one, two = feedback.read(path, MAC)
    assert (one.atr, one.bank_pan, one.result, two.result) == ("3B", "62", "made", "failed")
    assert len(two.fail_reason) == 50
    path.write_bytes(path.read_bytes().replace(b"T0000001X", b"T0000001Y"))
    with pytest.raises(FeedbackError, match="MAC is wrong"):
        feedback.read(path, MAC)


def test_a_feedback_file_without_mac(tmp_path):
    (tmp_path / "f.csv").write_text("seq,atr\n1,3B\n", encoding="utf-8")
    with pytest.raises(FeedbackError, match="not a MAC"):
        feedback.read(tmp_path / "f.csv", MAC)
