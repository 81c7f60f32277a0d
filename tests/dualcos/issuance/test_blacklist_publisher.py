"""The bureau's blacklist: what is put on and taken off, what is signed of it and when, what a terminal is handed."""

from __future__ import annotations

import itertools
import os
from contextlib import nullcontext, suppress
from pathlib import Path

import msgspec
import pytest

from dualcos.issuance.bureau import blacklist_publisher
from dualcos.issuance.bureau.blacklist_publisher import BlacklistPublisher, PublisherError, PublisherFile
from dualcos.messages.blacklist import Blacklist, verified_blacklist
from tests.blacklist_lists import CODES, KEY, NOW, NUMBERS, OTHER_KEY, PUBLISHER, card, named, numbers
from tests.failing_disk import BROKEN, FULL, READ_ONLY, Disk

NEXT_WEEK, LAST_SECOND = "20261206120000", "20261206115959"


def begun(folder: Path, name: str = "list", **settings: int) -> BlacklistPublisher:
    file = PublisherFile(publisher=PUBLISHER, regions=("990000",), public_key=KEY.public.hex().upper(), **settings)
    return BlacklistPublisher.begin(folder / name, file)


@pytest.fixture
def publisher(tmp_path) -> BlacklistPublisher:
    return begun(tmp_path)


def read(lists: tuple[str, ...]) -> list[Blacklist]:
    return [verified_blacklist(each.encode(), KEY.public) for each in lists]


def told(lists: tuple[str, ...]) -> list[str]:
    return [each.called for each in read(lists)]


def test_the_first_list_is_a_whole_one(publisher):
    publisher.add([card(0), numbers("B00000000", "B00000999")], NOW)
    assert publisher.standing()[3:] == (0, "", 0, 2)
    assert publisher.since(0) == publisher.since(7) == ()
    (first,) = read(publisher.publish(KEY, NOW))
    assert (first.publisher, first.regions, first.issued, first.follows) == (PUBLISHER, ("990000",), NOW, None)
    assert set(first.listed) == {card(0), numbers("B00000000", "B00000999")} == set(publisher.entries())
    assert publisher.standing() == (PUBLISHER, ("990000",), KEY.public, 1, NOW, 2, 0)


def test_every_other_is_an_increment_with_what_is_new(publisher):
    publisher.add([card(0), card(1)], NOW)
    (first,) = read(publisher.publish(KEY, NOW))
    publisher.add([card(1, "03"), card(2)], NOW)
    publisher.remove([named(0)])
    assert publisher.standing().waiting == 3
    (second,) = read(publisher.publish(KEY, NOW))
    assert second.follows == first.state
    assert set(second.listed) == {card(1, "03"), card(2)}
    assert second.unlisted == (named(0),)
    (third,) = read(publisher.publish(KEY, NOW))
    assert (third.follows, third.listed, third.unlisted) == (second.state, (), ())
    assert set(publisher.entries()) == {card(1, "03"), card(2)}


def test_a_terminal_is_handed_what_it_lacks(publisher):
    for at in range(4):
        publisher.add([card(at)], NOW)
        publisher.publish(KEY, NOW)
    assert told(publisher.since(0)) == ["whole list 1", "increment 2", "increment 3", "increment 4"]
    assert told(publisher.since(2)) == ["increment 3", "increment 4"]
    assert publisher.since(4) == ()
    assert told(publisher.since(5))[0] == "whole list 1", "it knows what was never published: everything anew"


def test_a_whole_list_comes_once_a_week_and_when_asked_for(publisher):
    publisher.publish(KEY, NOW)
    assert told(publisher.publish(KEY, LAST_SECOND)) == ["increment 2"]
    publisher.add([card(0)], NOW)
    increment, whole = read(publisher.publish(KEY, NEXT_WEEK))
    assert (increment.called, whole.called) == ("increment 3", "whole list 3")
    assert (whole.state, whole.listed) == (increment.state, (card(0),))
    assert told(publisher.since(0)) == ["whole list 3"]
    assert told(publisher.since(1)) == ["increment 2", "increment 3"]
    assert told(publisher.publish(KEY, NEXT_WEEK)) == ["increment 4"]
    assert told(publisher.publish(KEY, NEXT_WEEK, whole=True)) == ["increment 5", "whole list 5"]


def test_how_often_and_how_many_are_settings(tmp_path):
    daily = begun(tmp_path, "daily", whole_days=1)
    daily.publish(KEY, NOW)
    assert told(daily.publish(KEY, "20261130120000")) == ["increment 2", "whole list 2"]
    few = begun(tmp_path, "few", kept=2)
    few.publish(KEY, NOW)
    assert [len(few.publish(KEY, NOW)) for _ in range(5)] == [1, 2, 1, 2, 1]
    assert told(few.since(0)) == ["whole list 5", "increment 6"]
    assert told(few.since(4)) == ["increment 5", "increment 6"]
    assert told(few.since(3)) == ["whole list 5", "increment 6"]


def test_what_has_ended_leaves_the_list(publisher):
    publisher.add([card(0, until="20261129"), card(1), numbers("A1" + "0" * 7, "A2" + "0" * 7, until="20261129")], NOW)
    publisher.publish(KEY, NOW)
    publisher.add([card(2, until="20261129")], NOW)
    (second,) = read(publisher.publish(KEY, "20261130000000"))
    assert {each.key for each in second.unlisted} == {CODES[0] + NUMBERS[0], "A1" + "0" * 7 + "A2" + "0" * 7}
    assert second.listed == ()
    assert list(publisher.entries()) == [card(1)]


def test_what_was_prolonged_has_not_ended(publisher):
    publisher.add([card(0, until="20261129")], NOW)
    publisher.publish(KEY, NOW)
    publisher.add([card(0)], NOW)
    (second,) = read(publisher.publish(KEY, "20261130000000"))
    assert (second.listed, second.unlisted) == ((card(0),), ())


def test_what_waits_can_be_taken_back(publisher):
    publisher.add([card(0)], NOW)
    publisher.remove([named(0)])
    assert read(publisher.publish(KEY, NOW))[0].listed == ()
    publisher.add([card(0)], NOW)
    publisher.publish(KEY, NOW)
    publisher.remove([named(0)])
    publisher.add([card(0, "04")], NOW)
    (third,) = read(publisher.publish(KEY, NOW))
    assert (third.listed, third.unlisted) == ((card(0, "04"),), ())
    publisher.add([card(0, "02")], NOW)
    publisher.remove([named(0)])
    (fourth,) = read(publisher.publish(KEY, NOW))
    assert (fourth.listed, fourth.unlisted) == ((), (named(0),))


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (card(0, until="20261128"), "has ended already"),
        (card(0, since="20270101", until="20261231"), "end before its beginning"),
        (numbers("B00000001", "B00000000"), "end before its beginning"),
        (numbers("B", "C"), r"\$\.first takes"),
        (card(0, "05"), r"\$\.reason does not take '05'"),
        (card(0, until="2026"), r"\$\.until takes"),
    ],
)
def test_no_such_entry(publisher, tmp_path, entry, said):
    before = (tmp_path / "list").read_bytes()
    with pytest.raises(PublisherError, match=said):
        publisher.add([card(1), entry], NOW)
    assert (tmp_path / "list").read_bytes() == before


def test_nobody_is_taken_off_who_is_not_on_it(publisher):
    publisher.add([card(1)], NOW)
    publisher.publish(KEY, NOW)
    publisher.remove([named(1)])
    for wrong in (named(0), named(1), numbers("B00000000", "B00000001")):
        with pytest.raises(PublisherError, match="is not on the list"):
            publisher.remove([wrong])
    assert publisher.standing().waiting == 1


def test_only_the_key_that_terminals_know_signs(publisher):
    with pytest.raises(PublisherError, match="terminals know the key"):
        publisher.publish(OTHER_KEY, NOW)
    assert publisher.standing().sequence == 0


@pytest.mark.parametrize("length", [0, 32, 63])
def test_a_key_that_begins_alike_is_another(tmp_path, length):
    known = KEY.public.hex().upper()
    public_key = known[:length] + "".join("0" if each != "0" else "1" for each in known[length:])
    file = PublisherFile(publisher=PUBLISHER, regions=("990000",), public_key=public_key)
    with pytest.raises(PublisherError, match="terminals know the key"):
        BlacklistPublisher.begin(tmp_path / "list", file).publish(KEY, NOW)


def test_no_list_is_issued_before_another(publisher):
    with pytest.raises(PublisherError, match="the clock is wrong"):
        publisher.publish(KEY, "20260230000000")
    publisher.publish(KEY, NOW)
    with pytest.raises(PublisherError, match=f"it is 20261129115959, and the last list was issued at {NOW}"):
        publisher.publish(KEY, "20261129115959")
    assert publisher.standing().sequence == 1


def test_another_process_is_seen(publisher, tmp_path):
    publisher.publish(KEY, NOW)
    BlacklistPublisher(tmp_path / "list").publish(KEY, NOW)
    assert told(publisher.since(1)) == ["increment 2"]
    assert publisher.standing().sequence == 2


def test_a_change_between_reading_and_writing_is_not_lost(publisher, tmp_path, monkeypatch):
    """Where a file system has no locks."""
    monkeypatch.setattr(blacklist_publisher, "used_alone", lambda _: nullcontext())

    class Meanwhile:
        """Entries whose taking lets somebody else in."""

        def __iter__(self):
            BlacklistPublisher(tmp_path / "list").publish(KEY, NOW)
            yield card(0)

    with pytest.raises(PublisherError, match="changed by another process meanwhile"):
        publisher.add(Meanwhile(), NOW)
    assert publisher.standing()[3:] == (1, NOW, 0, 0)


def test_no_list_is_begun_over_another_or_without_sense(tmp_path):
    begun(tmp_path)
    with pytest.raises(FileExistsError):
        begun(tmp_path)
    for file in (
        PublisherFile(publisher="张三", regions=("990000",), public_key="0" * 64),
        PublisherFile(publisher="X", regions=(), public_key="0" * 64),
        PublisherFile(publisher="X", regions=("990000",), public_key=""),
    ):
        with pytest.raises(PublisherError, match=r"^\$\."):
            BlacklistPublisher.begin(tmp_path / "new", file)
    assert not (tmp_path / "new").exists()


def test_a_file_that_is_spoilt_or_none(publisher, tmp_path):
    path = tmp_path / "list"
    publisher.add([card(0)], NOW)
    publisher.publish(KEY, NOW)
    publisher.publish(KEY, NOW)
    content = path.read_bytes()
    for spoilt in (
        b"",
        b"[]",
        content.replace(b'"02"', b'"03"'),
        content.replace(b'"sequence":2', b'"sequence":3'),
        content[:-2] + b"]",
    ):
        path.write_bytes(spoilt)
        with pytest.raises(PublisherError, match=rf"^{path}: .") as raised:
            publisher.since(0)
        assert "\n" not in str(raised.value)
    path.unlink()
    with pytest.raises(PublisherError, match="No such file"):
        publisher.since(0)
    with pytest.raises(PublisherError, match="No such file"):
        publisher.add([card(0)], NOW)


@pytest.mark.parametrize("failure", [FULL, BROKEN, READ_ONLY], ids=str)
def test_a_write_that_fails_has_published_all_or_nothing(tmp_path, failure):
    for at in itertools.count(1):
        folder = tmp_path / str(at)
        folder.mkdir()
        publisher = begun(folder)
        publisher.publish(KEY, NOW)
        publisher.add([card(0)], NOW)
        before = publisher.standing()
        disk = Disk(at, failure)
        with disk.in_use(), suppress(OSError):
            publisher.publish(KEY, NEXT_WEEK)
        for each in (publisher, BlacklistPublisher(folder / "list")):
            assert each.standing() in (before, (*before[:3], 2, NEXT_WEEK, 1, 0))
            assert [said.called for said in read(each.since(1))] == ["increment 2"] * (each.standing().sequence - 1)
        if disk.count < at:
            break
    assert at > 3


# --- put back from a copy --------------------------------------------------------------------------------------------


def test_a_terminal_with_another_history_is_handed_everything(publisher):
    for _ in range(3):
        publisher.publish(KEY, NOW)
    states = [each.state for each in read(publisher.since(0))]
    assert [told(publisher.since(each.sequence, each.history)) for each in states[1:]] == [["increment 3"], []]
    for number in (2, 3):
        assert told(publisher.since(number, "0" * 64))[0] == "whole list 1"
    assert publisher.since(3) == ()


def test_it_is_published_on_above_what_terminals_hold(publisher):
    publisher.add([card(0)], NOW)
    publisher.publish(KEY, NOW)
    publisher.publish(KEY, NOW)
    publisher.add([card(1)], NOW)
    publisher.remove([named(0)])
    for number in (-1, 0, 2):
        with pytest.raises(PublisherError, match=f"list 2 is published: {number} is not above it"):
            publisher.publish(KEY, NOW, number=number)
    assert publisher.standing().waiting == 2
    (whole,) = read(publisher.publish(KEY, NOW, number=9))
    assert (whole.called, whole.listed) == ("whole list 9", (card(1),))
    assert told(publisher.since(2)) == told(publisher.since(8)) == ["whole list 9"]
    assert told(publisher.publish(KEY, NOW)) == ["increment 10"]
    assert told(publisher.since(9)) == ["increment 10"]
    assert list(publisher.entries()) == [card(1)]


def test_the_first_list_may_have_any_number(publisher):
    assert told(publisher.publish(KEY, NOW, number=3)) == ["whole list 3"]


@pytest.mark.parametrize("missing", range(5))
@pytest.mark.parametrize("whole_at", [1, 3, 6])
def test_a_file_that_lacks_an_increment_is_not_believed(tmp_path, missing, whole_at):
    """But for the last one, without which it is the file that was."""
    publisher = begun(tmp_path)
    for number in range(1, 7):
        publisher.add([card(0, "02" if number % 2 else "03")], NOW)
        publisher.publish(KEY, NOW, whole=number == whole_at > 1)
    file = msgspec.json.decode((tmp_path / "list").read_bytes(), type=PublisherFile)
    lists = file.increments[:missing] + file.increments[missing + 1 :]
    (tmp_path / "list").write_bytes(msgspec.json.encode(msgspec.structs.replace(file, increments=lists)))
    older = missing == 4 and whole_at < 6  # the last is gone
    newer = missing == 0 and whole_at > 1  # the first is gone, as it would be one day: the whole list stands behind it
    if older or newer:
        assert publisher.standing().sequence == (5 if older else 6)
        return
    for ask in (publisher.standing, lambda: publisher.publish(KEY, NOW), lambda: publisher.since(0)):
        with pytest.raises(PublisherError, match=r"list: .*one is missing"):
            ask()


def test_what_stands_in_the_place_of_another_is_not_believed(tmp_path):
    publisher = begun(tmp_path)
    publisher.publish(KEY, NOW)
    publisher.publish(KEY, NOW, whole=True)
    file = msgspec.json.decode((tmp_path / "list").read_bytes(), type=PublisherFile)
    for spoilt, said in (
        (msgspec.structs.replace(file, whole=file.increments[0]), "stands where the whole list should"),
        (msgspec.structs.replace(file, increments=(file.whole,)), "one is missing"),
        (msgspec.structs.replace(file, whole=msgspec.Raw(b"null")), "it has increments, and no whole list"),
    ):
        (tmp_path / "list").write_bytes(msgspec.json.encode(spoilt))
        with pytest.raises(PublisherError, match=said):
            publisher.standing()


def test_no_device_is_a_list():
    with pytest.raises(PublisherError, match=f"{os.devnull} is no regular file"):
        BlacklistPublisher(os.devnull).standing()
