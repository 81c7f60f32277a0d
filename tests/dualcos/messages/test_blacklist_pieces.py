"""Lists of any length in answers of bounded length: what comes together again is what was there, or is refused."""

from __future__ import annotations

import itertools

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dualcos.messages.blacklist import BlacklistError
from dualcos.messages.blacklist_pieces import asked_whole, fitting, sent_from
from dualcos.messages.length_frames import LONGEST
from dualcos.messages.social_services import BlacklistAsked, BlacklistSent, ServiceRefused

ASKED = BlacklistAsked(terminal="990000000001", running=0)
LISTS = st.lists(
    st.tuples(st.sampled_from('a"\\'), st.integers(0, 9000)).map(lambda drawn: drawn[0] * drawn[1]), max_size=4
)


class BackEnd:
    """Hands its lists out in answers of ``most`` bytes; ``answers``: instead of the first ones."""

    def __init__(self, *lists: str, most: int = LONGEST) -> None:
        self.lists = list(lists)
        self.most = most
        self.asked: list[BlacklistAsked] = []

    def ask(self, request):
        self.asked.append(request)
        sent = fitting(sent_from(request, self.lists[request.after :]), self.most)
        assert len(msgspec.json.encode(sent)) <= self.most
        return sent


def all_of(back_end) -> list[str]:
    """What a terminal gets that asks on behind the lists that it has got."""
    found: list[str] = []
    running = itertools.count(1)
    while True:
        sent = asked_whole(back_end, msgspec.structs.replace(ASKED, after=len(found)), running.__next__)
        found += sent.lists
        if not sent.left:
            return found


@settings(max_examples=60, deadline=None)
@given(lists=LISTS, most=st.integers(2500, 20_000))
def test_what_is_asked_for_piece_by_piece_is_what_was_there(lists, most):
    assert all_of(BackEnd(*lists, most=most)) == lists


@pytest.mark.parametrize("length", [1, LONGEST - 1, LONGEST, LONGEST + 1, 3 * LONGEST])
def test_no_answer_is_longer_than_a_frame(length):
    back_end = BackEnd('"' * length, "next")
    assert all_of(back_end) == back_end.lists


def test_each_piece_has_its_own_running_number():
    back_end = BackEnd("x" * 200_000)
    all_of(back_end)
    assert [each.running for each in back_end.asked] == [0, *range(1, len(back_end.asked))]
    assert len(back_end.asked) == 4


@pytest.mark.parametrize("length", [1, 199_999, 200_001, 400_000])
def test_a_list_that_is_another_by_now_is_not_put_together(length):
    class Publishing(BackEnd):
        def ask(self, request):
            answer = super().ask(request)
            self.lists[0] = "x" * length
            return answer

    with pytest.raises(BlacklistError, match=r"another list was published|is alone in its answer"):
        all_of(Publishing("x" * 200_000))


@pytest.mark.parametrize(("most", "taken"), [(200_000, True), (199_999, False)])
def test_how_long_a_list_may_be_is_a_setting(most, taken):
    back_end = BackEnd("x" * 200_000)
    if taken:
        assert asked_whole(back_end, ASKED, itertools.count(1).__next__, most).lists == tuple(back_end.lists)
        return
    with pytest.raises(BlacklistError, match="a list of 200000 characters is offered"):
        asked_whole(back_end, ASKED, itertools.count(1).__next__, most)
    assert len(back_end.asked) == 1


def test_a_piece_of_so_many_characters_is_one():
    answers = [BlacklistSent(running=at, lists=("x" * 1024,), rest=1024 * (2 - at)) for at in range(3)]

    class Slow:
        def ask(self, _):
            return answers.pop(0)

    assert all_of(Slow()) == ["x" * 3072]


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (BlacklistSent(running=0, lists=("x" * 2000,), rest=1 << 60), "none is longer than 268435456"),
        (BlacklistSent(running=0, lists=(), rest=5), "is alone in its answer"),
        (BlacklistSent(running=0, lists=("x" * 2000, "y" * 2000), rest=5), "is alone in its answer"),
        (BlacklistSent(running=0, lists=("x" * 1023,), rest=5), "has 1024 characters or more"),
    ],
)
def test_what_is_no_piece_is_refused_at_once(sent, said):
    class Strange:
        def ask(self, request):
            assert not request.offset
            return sent

    with pytest.raises(BlacklistError, match=said):
        all_of(Strange())


@pytest.mark.parametrize("last", [BlacklistSent(running=1, lists=()), BlacklistSent(running=1, lists=("",))])
def test_a_piece_that_is_empty_does_not_bring_it_on(last):
    answers = [BlacklistSent(running=0, lists=("x" * 2000,), rest=5), last]

    class Stopping:
        def ask(self, _):
            return answers.pop(0)

    with pytest.raises(BlacklistError, match="is alone in its answer"):
        all_of(Stopping())


def test_a_refusal_in_the_middle_is_the_answer():
    refused = ServiceRefused(running=1, code="closed", zh="", en="")
    answers = [BlacklistSent(running=0, lists=("x" * 2000,), rest=5), refused]

    class Closing:
        def ask(self, _):
            return answers.pop(0)

    assert asked_whole(Closing(), ASKED, itertools.count(1).__next__) == refused


def test_nobody_is_harmed_by_an_offset_behind_the_end():
    assert sent_from(msgspec.structs.replace(ASKED, offset=99), ["abc"]) == BlacklistSent(running=0, lists=("",))
    assert sent_from(msgspec.structs.replace(ASKED, offset=99), []) == BlacklistSent(running=0, lists=())
