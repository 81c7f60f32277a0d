"""Looking a card up among a million entries says what going through all of them would say."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dualcos.messages.blacklist import ListedRange, RangeNamed
from dualcos.messages.blacklist_entries import BlacklistEntries
from tests.blacklist_lists import CODES, NUMBERS, card, named, numbers

SHORT = st.integers(0, 30).map(lambda number: f"A{number:08d}")
DAYS = st.sampled_from(["20260101", "20260102", "20260103", "20260104"])


@st.composite
def ranges(draw: st.DrawFn) -> ListedRange:
    first, last = sorted((draw(SHORT), draw(SHORT)))
    since, until = sorted((draw(DAYS), draw(DAYS)))
    return numbers(first, last, draw(st.sampled_from(["02", "99"])), since, until)


@given(st.lists(ranges(), max_size=12), SHORT, DAYS)
def test_ranges_as_if_all_were_gone_through(listed, number, day):
    entries = BlacklistEntries()
    for entry in listed:
        entries.put(entry)
    there = {entry.key: entry for entry in listed}.values()
    fit = {each.reason for each in there if each.first <= number <= each.last and each.since <= day <= each.until}
    found = entries.find(CODES[0], number, day)
    assert found.reason in fit if found is not None else not fit
    assert len(entries) == len(there)
    assert {each.key for each in entries.ended_before(day)} == {each.key for each in there if each.until < day}


def test_a_range_has_both_its_ends():
    entries = BlacklistEntries()
    entries.put(numbers("A00000010", "A00000019"))
    inside = [entries.find("", f"A{number:08d}", "20260601") is not None for number in range(8, 22)]
    assert inside == [False, False, *[True] * 10, False, False]
    for other in ("", "A0000001", "A000000100", "a00000015", "B00000015"):
        assert entries.find("", other, "20260601") is None


def test_a_card_is_its_code_and_its_number():
    entries = BlacklistEntries()
    entries.put(card(0))
    assert entries.find(CODES[0], NUMBERS[0], "20260601") == ("02", "20260101", "20361231")
    assert entries.find(CODES[0].lower(), NUMBERS[0], "20260601") is not None
    assert entries.find(CODES[0], NUMBERS[1], "20260601") is None
    assert entries.find(CODES[1], NUMBERS[0], "20260601") is None


def test_an_entry_counts_from_its_first_day_to_its_last():
    entries = BlacklistEntries()
    entries.put(card(0, since="20260110", until="20260120"))
    days = ("20260109", "20260110", "20260120", "20260121")
    assert [entries.find(CODES[0], NUMBERS[0], day) is not None for day in days] == [False, True, True, False]


def test_where_a_cards_own_entry_has_ended_its_range_counts():
    entries = BlacklistEntries()
    entries.put(card(0, until="20260120"))
    entries.put(numbers(NUMBERS[0], NUMBERS[0], "04"))
    found = [entries.find(CODES[0], NUMBERS[0], day) for day in ("20260120", "20260121")]
    assert [each.reason for each in found if each is not None] == ["02", "04"]


def test_one_entry_for_each_and_it_can_be_taken_off():
    entries = BlacklistEntries()
    for reason in ("03", "02"):
        entries.put(card(0, reason))
        entries.put(numbers("A00000000", "A00000005", reason))
    assert [each.reason for each in entries.entries()] == ["02", "02"]
    entries.drop(named(1))
    assert len(entries) == 2
    assert entries.find("", "A00000001", "20260601") is not None
    entries.drop(RangeNamed(first="A00000000", last="A00000005"))
    assert entries.find("", "A00000001", "20260601") is None
    entries.drop(named(0))
    assert len(entries) == 0
