"""The list that a terminal holds: which lists it takes, what it says of a card, what is left when a write fails."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from msgspec import structs

from dualcos.messages.blacklist import PublishedState
from dualcos.messages.social_services import (
    Answer,
    BlacklistAsked,
    BlacklistSent,
    NoAnswer,
    Request,
    ServiceDone,
    ServiceRefused,
)
from dualcos.terminal.social.blacklist_held import BlacklistSettings, HeldBlacklist, VerdictKind
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped
from dualcos.terminal.terminal_parts import PartText
from tests.blacklist_lists import CODES, KEY, NOW, NUMBERS, OTHER_KEY, PUBLISHER, card, line, named, numbers, says
from tests.failing_disk import BROKEN, FULL, READ_ONLY, Disk

SETTINGS = BlacklistSettings(PUBLISHER, KEY.public)
ONE = says(card(0), numbers("B00000000", "B00000999"))
TWO = says(card(1, "03"), behind=ONE.state)
THREE = says(behind=TWO.state, off=(named(0),))
LEFT = (numbers("B00000000", "B00000999"), card(1, "03"))
WHOLE_THREE = structs.replace(THREE, follows=None, listed=LEFT, unlisted=())
MISSING = "increment 3 does not follow list 1: something in between is missing"
CLEAR, LISTED, TOO_OLD = VerdictKind.CLEAR, VerdictKind.LISTED, VerdictKind.TOO_OLD


@pytest.fixture
def held(tmp_path) -> HeldBlacklist:
    return HeldBlacklist(tmp_path, SETTINGS)


def verdicts(held: HeldBlacklist, now: str = NOW) -> list[str]:
    return [held.verdict(code, number, now).reason for code, number in zip(CODES, NUMBERS, strict=True)]


AT_ONE, AT_TWO, AT_THREE = ["02", "", "99", ""], ["02", "03", "99", ""], ["", "03", "99", ""]
STATES = {0: [""] * 4, 1: AT_ONE, 2: AT_TWO, 3: AT_THREE}


def again(held: HeldBlacklist, tmp_path) -> HeldBlacklist:
    """The same after a restart, which says the same."""
    found = HeldBlacklist(tmp_path, SETTINGS)
    assert (found.fault, found.sequence, found.issued, len(found)) == ("", held.sequence, held.issued, len(held))
    assert verdicts(found) == verdicts(held)
    return found


# --- which lists -----------------------------------------------------------------------------------------------------


def test_a_terminal_without_a_list_goes_by_none(held):
    assert held.verdict(CODES[0], NUMBERS[0], NOW) == (TOO_OLD, "")
    assert (held.sequence, held.issued, held.fault) == (0, "", "")


def test_a_whole_list_and_increments(held, tmp_path):
    assert held.take([line(ONE)], NOW) == (1, (), False)
    assert verdicts(again(held, tmp_path)) == AT_ONE
    assert held.take([line(TWO).decode(), line(THREE)], NOW) == (2, (), False)
    assert (held.sequence, verdicts(again(held, tmp_path))) == (3, AT_THREE)


def test_a_new_whole_list_takes_the_place_of_all_before(held, tmp_path):
    held.take([line(ONE), line(TWO)], NOW)
    assert held.take([line(WHOLE_THREE)], NOW) == (1, (), False)
    assert verdicts(again(held, tmp_path)) == AT_THREE
    assert len(list(tmp_path.iterdir())) == 2, "what counts no more is gone"


def test_a_gap_is_told_and_nothing_behind_it_counts(held):
    held.take([line(ONE)], NOW)
    taken = held.take([line(THREE)], NOW)
    assert (taken.taken, taken.gap) == (0, True)
    assert taken.faults == (MISSING,)
    assert verdicts(held) == AT_ONE


def test_an_increment_to_nothing_is_a_gap(held):
    assert held.take([line(TWO)], NOW).gap


@pytest.mark.parametrize("old", [ONE, TWO, THREE])
def test_none_goes_back(held, old):
    held.take([line(ONE), line(TWO), line(THREE)], NOW)
    taken = held.take([line(old)], NOW)
    assert (taken.taken, taken.gap, len(taken.faults)) == (0, False, 1)
    assert "is held already, and none goes back" in taken.faults[0]
    assert verdicts(held) == AT_THREE


def test_a_whole_list_that_ends_before_what_is_held_is_left_alone(held):
    held.take([line(ONE), line(TWO), line(THREE)], NOW)
    assert held.take([line(ONE), line(TWO)], NOW).taken == 0
    assert (held.sequence, verdicts(held)) == (3, AT_THREE)


def test_another_list_under_the_same_number_is_not_taken_for_it(held):
    """A publisher was set back to list 1, and went on otherwise."""
    other_two = says(card(3, "04"), behind=ONE.state)
    other_three = says(card(2, "04"), behind=other_two.state)
    held.take([line(ONE), line(TWO)], NOW)
    assert held.take([line(other_two)], NOW).taken == 0
    assert held.take([line(structs.replace(other_two, follows=None))], NOW).taken == 0
    assert held.take([line(other_three)], NOW).gap
    assert verdicts(held) == AT_TWO
    whole = structs.replace(other_three, follows=None, listed=(card(2, "04"), card(3, "04")))
    assert held.take([line(whole)], NOW).taken == 1
    assert verdicts(held) == ["", "", "04", "04"]


def test_what_changes_nothing_writes_nothing(held):
    with Disk(1, FULL).in_use(), pytest.raises(OSError, match="No space"):
        held.take([line(ONE)], NOW)
    for lists in ([ONE], [TWO]):
        held.take(map(line, lists), NOW)
        with Disk(1, FULL).in_use():
            assert held.take([], NOW) == (0, (), False)
            assert held.take(map(line, lists), NOW).taken == 0


def test_spoilt_ones_are_left_out_and_the_others_count(held):
    taken = held.take([b"", "\ud800", line(ONE), line(ONE)[:-1], line(TWO)], NOW)
    assert (taken.taken, len(taken.faults), taken.gap) == (2, 3, False)
    assert verdicts(held) == AT_TWO


def test_only_the_publishers_lists(held):
    held.take([line(ONE)], NOW)
    assert "has not signed it" in held.take([line(TWO, OTHER_KEY)], NOW).faults[0]
    for name in ("110000-TEST", PUBLISHER[:-1], PUBLISHER[:-1] + "U", PUBLISHER[:6]):
        foreign = structs.replace(says(card(3), publisher=name), state=PublishedState(sequence=9, history="0" * 64))
        assert f"is of {name}, " in held.take([line(foreign)], NOW).faults[0]
    assert verdicts(held) == AT_ONE


@pytest.mark.parametrize(("issued", "taken"), [("20261129120500", 1), ("20261129120501", 0)])
def test_none_from_the_future(held, issued, taken):
    whole = structs.replace(ONE, issued=issued)
    assert held.take([line(whole)], NOW).taken == taken
    assert held.take([line(whole)], "no time").taken == 0


# --- what it says ----------------------------------------------------------------------------------------------------


def test_a_card_is_listed_by_code_and_number_or_by_a_range(held):
    held.take([line(ONE)], NOW)
    assert held.verdict(CODES[0], NUMBERS[0], NOW) == (LISTED, "02")
    assert held.verdict(CODES[0].lower(), NUMBERS[0], NOW) == (LISTED, "02")
    assert held.verdict(CODES[1], NUMBERS[0], NOW) == (CLEAR, "")
    assert held.verdict(CODES[0], NUMBERS[1], NOW) == (CLEAR, "")
    ends = ["A99999999", "B00000000", "B00000999", "B00001000"]
    assert [held.verdict(CODES[3], number, NOW).kind for number in ends] == [CLEAR, LISTED, LISTED, CLEAR]


def test_an_entry_ends_though_the_list_stays(held):
    held.take([line(says(card(0, until="20261129")))], NOW)
    assert held.verdict(CODES[0], NUMBERS[0], "20261129235959").kind is LISTED
    assert held.verdict(CODES[0], NUMBERS[0], "20261130000000").kind is CLEAR


@pytest.mark.parametrize(
    ("now", "fresh"),
    [
        ("20261130120000", True),
        ("20261130120001", False),
        ("20261129115500", True),
        ("20261129115459", False),
        ("no time", False),
    ],
)
def test_a_list_is_gone_by_for_a_day(held, now, fresh):
    held.take([line(ONE)], NOW)
    assert (held.verdict(CODES[3], NUMBERS[3], now).kind is CLEAR) == fresh
    assert (held.verdict(CODES[0], NUMBERS[0], now).kind is LISTED) == fresh


def test_an_old_list_still_says_what_stands_in_it(held):
    held.take([line(ONE)], NOW)
    assert held.verdict(CODES[0], NUMBERS[0], "20261201000000") == (TOO_OLD, "02")


def test_an_empty_increment_makes_it_fresh_again(held):
    held.take([line(ONE)], NOW)
    later = "20261130120001"
    held.take([line(says(behind=ONE.state, issued=later))], later)
    assert held.verdict(CODES[3], NUMBERS[3], later).kind is CLEAR


def test_the_age_is_a_setting(tmp_path):
    held = HeldBlacklist(tmp_path, BlacklistSettings(PUBLISHER, KEY.public, age=timedelta(minutes=15)))
    held.take([line(ONE)], NOW)
    now = ["20261129121500", "20261129121501"]
    assert [held.verdict(CODES[3], NUMBERS[3], each).kind for each in now] == [CLEAR, TOO_OLD]


def test_the_validity_check_asks_it(held):
    """SSC-7 §5.4."""
    for now, words in ((NOW, "none is held"), ("20261201000000", "list 1, issued")):
        with pytest.raises(TerminalStopped, match=words) as stopped:
            held.demand_clear(bytes.fromhex(CODES[3]), NUMBERS[3], now)
        assert stopped.value.cause is StopCause.LIST_TOO_OLD
        held.take([line(ONE)], NOW)
    with pytest.raises(TerminalStopped, match=r"挂失.*loss") as stopped:
        held.demand_clear(bytes.fromhex(CODES[0]), NUMBERS[0], NOW)
    assert stopped.value.cause is StopCause.BLACKLISTED
    held.demand_clear(bytes.fromhex(CODES[1]), NUMBERS[1], NOW)


@pytest.mark.parametrize(
    ("regions", "code", "covered"),
    [
        (("330400",), "330400", True),
        (("330400",), "330402", True),
        (("330400",), "330500", False),
        (("330402",), "330400", False),
        (("110000", "330000"), "330402", True),
        (("000000",), "330402", False),
    ],
)
def test_a_list_says_nothing_of_other_regions_cards(tmp_path, regions, code, covered):
    """What it covers by GB/T 2260; a card that stands in it is listed all the same."""
    told: list[PartText] = []
    held = HeldBlacklist(tmp_path, SETTINGS, told.append)
    held.take([line(structs.replace(ONE, regions=regions))], NOW)
    for each in (held, HeldBlacklist(tmp_path, SETTINGS, told.append)):
        told.clear()
        card_code = code + CODES[3][6:]
        assert each.verdict(card_code, NUMBERS[3], NOW) == (CLEAR if covered else VerdictKind.NOT_COVERED, "")
        assert each.verdict(CODES[0], NUMBERS[0], NOW) == (LISTED, "02")
        each.demand_clear(bytes.fromhex(card_code), NUMBERS[3], NOW)
        assert [text.en for text in told] == (
            [] if covered else [f"the list is about cards of {', '.join(regions)} only"]
        )
        assert each.verdict(card_code, NUMBERS[3], "20261201000000").kind is TOO_OLD


def test_other_regions_cards_may_be_for_on_line_only(tmp_path):
    told: list[PartText] = []
    held = HeldBlacklist(tmp_path, BlacklistSettings(PUBLISHER, KEY.public, uncovered_pass=False), told.append)
    held.take([line(ONE)], NOW)
    held.demand_clear(bytes.fromhex(CODES[3]), NUMBERS[3], NOW)
    with pytest.raises(TerminalStopped, match="cards of 990000 only") as stopped:
        held.demand_clear(bytes.fromhex("33" + CODES[3][2:]), NUMBERS[3], NOW)
    assert (stopped.value.cause, told) == (StopCause.LIST_SILENT, [])


# --- another history -------------------------------------------------------------------------------------------------


def test_a_publisher_that_was_put_back_is_told_as_such(held):
    """It publishes another list under a number that is held: nothing of it counts, and it is not taken for nothing."""
    other = says(card(3, "04"), behind=TWO.state)
    whole = structs.replace(other, follows=None)
    held.take([line(ONE), line(TWO), line(THREE)], NOW)
    for lists, gap in (
        ([other], False),
        ([whole], False),
        ([ONE, TWO, other], False),
        ([says(behind=other.state)], True),
    ):
        taken = held.take(map(line, lists), NOW)
        assert (taken.taken, taken.gap) == (0, gap)
        assert "has another history than list 3 that is held" in taken.faults[-1]
        assert "publish --from" in taken.faults[-1]
    assert "another history" not in held.take([line(THREE)], NOW).faults[0]
    assert verdicts(held) == AT_THREE


# --- pulled ----------------------------------------------------------------------------------------------------------


class BackEnd:
    """Answers in turn, and what was asked."""

    def __init__(self, *answers: Answer | tuple[bytes, ...]) -> None:
        self._answers = list(answers)
        self.asked: list[BlacklistAsked] = []

    def ask(self, request: Request) -> Answer:
        assert isinstance(request, BlacklistAsked)
        self.asked.append(request)
        if not self._answers:
            raise NoAnswer("nobody")
        answer = self._answers.pop(0)
        if isinstance(answer, tuple):
            return BlacklistSent(running=request.running, lists=tuple(each.decode() for each in answer))
        return answer


TERMINAL = "000000000001"


def pulled(held: HeldBlacklist, back_end: BackEnd):
    return held.pull(back_end, TERMINAL, itertools.count(5).__next__, NOW)


def test_what_came_since_is_asked_for(held):
    back_end = BackEnd((line(ONE),), (line(TWO), line(THREE)), ())
    assert [pulled(held, back_end).taken for _ in range(3)] == [1, 2, 0]
    assert [(each.terminal, each.running, each.after) for each in back_end.asked] == [
        (TERMINAL, 5, 0),
        (TERMINAL, 5, 1),
        (TERMINAL, 5, 3),
    ]
    assert [each.history for each in back_end.asked] == ["", ONE.state.history, THREE.state.history]


def test_behind_a_gap_everything_is_asked_for_once(held):
    held.take([line(ONE)], NOW)
    back_end = BackEnd((line(THREE),), (line(WHOLE_THREE),))
    assert pulled(held, back_end) == (
        1,
        ("increment 3 does not follow list 1: something in between is missing",),
        False,
    )
    assert [(each.running, each.after) for each in back_end.asked] == [(5, 1), (6, 0)]
    assert verdicts(held) == AT_THREE


def test_a_gap_in_everything_is_not_asked_about_again(held):
    back_end = BackEnd((line(THREE),))
    assert pulled(held, back_end).gap
    held.take([line(ONE)], NOW)
    back_end = BackEnd((line(THREE),), (line(THREE),))
    assert pulled(held, back_end).gap
    assert [each.after for each in back_end.asked] == [1, 0]


def test_a_back_end_without_a_list(held):
    held.take([line(ONE)], NOW)
    refusal = ServiceRefused(running=5, code="closed", zh="已关闭", en="it is closed")
    assert pulled(held, BackEnd(refusal)) == (0, ("no list from the back end, closed: it is closed",), False)
    assert pulled(held, BackEnd(ServiceDone(running=5))).faults == ("no list from the back end, another answer came",)
    with pytest.raises(NoAnswer):
        pulled(held, BackEnd())
    assert verdicts(held) == AT_ONE


def test_increments_do_not_pile_up(tmp_path):
    held = HeldBlacklist(tmp_path, BlacklistSettings(PUBLISHER, KEY.public, increments=2))
    held.take([line(ONE), line(TWO)], NOW)
    back_end = BackEnd((line(THREE),), (line(WHOLE_THREE),), ())
    for _ in range(3):
        pulled(held, back_end)
    assert [each.after for each in back_end.asked] == [2, 0, 3]
    assert verdicts(again(held, tmp_path)) == AT_THREE


def test_what_is_left_at_the_back_end_is_asked_for_until_nothing_is(held):
    def part(*lists, left):
        return BlacklistSent(running=0, lists=tuple(line(each).decode() for each in lists), left=left)

    back_end = BackEnd(part(ONE, left=2), part(TWO, left=1), part(THREE, left=0))
    assert pulled(held, back_end) == (3, (), False)
    assert [each.after for each in back_end.asked] == [0, 1, 2]
    assert pulled(held, BackEnd(part(left=9))) == (0, (), False)
    assert pulled(held, BackEnd(part(TWO, left=9))).taken == 0


def test_another_history_is_told_also_where_everything_was_asked_for(tmp_path):
    held = HeldBlacklist(tmp_path, BlacklistSettings(PUBLISHER, KEY.public, increments=1))
    held.take([line(ONE), line(TWO)], NOW)
    other = structs.replace(says(card(3, "04"), behind=ONE.state), follows=None)
    (fault,) = pulled(held, BackEnd((line(other),), ())).faults
    assert "has another history than list 2" in fault


def test_increments_that_piled_up_do_not_keep_it_from_the_last_list(tmp_path):
    """The back end's whole list is old, and no more goes into its answer than is held already."""
    held = HeldBlacklist(tmp_path, BlacklistSettings(PUBLISHER, KEY.public, increments=1))
    held.take([line(ONE), line(TWO)], NOW)
    back_end = BackEnd((line(ONE), line(TWO)), (line(THREE),))
    assert pulled(held, back_end) == (1, (), False)
    assert [each.after for each in back_end.asked] == [0, 2]
    assert verdicts(held) == AT_THREE
    back_end = BackEnd((line(ONE), line(TWO)), ())
    assert pulled(held, back_end) == (0, (), False), "that it is the last is no fault, and no reason to ask for ever"
    assert [each.after for each in back_end.asked] == [0, 3]


# --- on the disk -----------------------------------------------------------------------------------------------------


def changed_files(folder) -> list:
    return [path for path in sorted(folder.iterdir()) if path.suffix != ".part"]


def test_whoever_changes_what_lies_there_stops_it_and_no_more(held, tmp_path):
    """Each byte, each file: what is left is a list that was published, or none, and it is said."""
    held.take([line(ONE), line(TWO)], NOW)
    for path in changed_files(tmp_path):
        content = path.read_bytes()
        for at in range(0, len(content), 7):
            path.write_bytes(content[:at] + bytes((content[at] ^ 1,)) + content[at + 1 :])
            found = HeldBlacklist(tmp_path, SETTINGS)
            assert found.fault
            assert verdicts(found) == STATES[found.sequence]
            assert found.sequence < 2
        path.write_bytes(content)
    again(held, tmp_path)


def test_lists_that_lie_there_follow_each_other_by_their_history(held, tmp_path):
    """Increment 3 of a publisher that went another way behind list 1 fits list 2 by its number alone."""
    held.take([line(ONE), line(TWO)], NOW)
    other_two = says(card(3, "04"), behind=ONE.state)
    index = tmp_path / "lists"
    index.write_bytes(index.read_bytes() + line(says(card(2, "04"), behind=other_two.state)) + b"\n")
    found = HeldBlacklist(tmp_path, SETTINGS)
    assert "increment 3 does not follow" in found.fault
    assert (found.sequence, verdicts(found)) == (2, AT_TWO)


def test_lists_that_lie_there_and_are_anothers_or_do_not_follow(held, tmp_path):
    held.take([line(ONE), line(TWO)], NOW)
    index = tmp_path / "lists"
    name, increment, _ = index.read_bytes().split(b"\n")
    for line_there, said in (
        (line(says(publisher="X", behind=ONE.state)), "is of X"),
        (line(THREE), "does not follow"),
    ):
        index.write_bytes(name + b"\n" + line_there + b"\n")
        found = HeldBlacklist(tmp_path, SETTINGS)
        assert said in found.fault
        assert verdicts(found) == AT_ONE
    index.write_bytes(b"../" + name + b"\n" + increment + b"\n")
    assert "names no whole list" in HeldBlacklist(tmp_path, SETTINGS).fault
    (tmp_path / name.decode()).unlink()
    index.write_bytes(name + b"\n")
    found = HeldBlacklist(tmp_path, SETTINGS)
    assert (found.sequence, "No such file" in found.fault) == (0, True)
    found.take([line(ONE)], NOW)
    assert found.fault == ""
    index.unlink()
    index.mkdir()
    assert "Is a directory" in HeldBlacklist(tmp_path, SETTINGS).fault


@pytest.mark.parametrize("failure", [FULL, BROKEN, READ_ONLY], ids=str)
@pytest.mark.parametrize(
    ("before", "comes"),
    [([], [ONE]), ([ONE], [TWO]), ([ONE, TWO], [WHOLE_THREE]), ([ONE, TWO, THREE], [WHOLE_THREE])],
    ids=["first", "increment", "whole", "the same whole"],
)
def test_a_write_that_fails_leaves_the_old_list_or_the_new(tmp_path, before, comes, failure):
    """At each of them; and power that goes away just then leaves the same."""
    for at in itertools.count(1):
        folder = tmp_path / str(at)
        folder.mkdir()
        held = HeldBlacklist(folder, SETTINGS)
        held.take(map(line, before), NOW)
        old, new = held.sequence, comes[-1].state.sequence
        disk = Disk(at, failure)
        with disk.in_use():
            try:
                held.take(map(line, comes), NOW)
            except OSError:
                assert held.sequence == old
                assert verdicts(held) == STATES[old]
        found = HeldBlacklist(folder, SETTINGS)
        assert found.fault == ""
        assert found.sequence in (old, new)
        assert verdicts(found) == STATES[found.sequence]
        found.take(map(line, comes), NOW)
        assert verdicts(found) == STATES[new]
        if disk.count < at:
            break
    assert at > 4
