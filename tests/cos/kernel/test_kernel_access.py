"""Rules and rights: free is one empty alternative, never is none, an alternative is held whole or not at all."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cos.kernel.access import FREE, NEVER, SecurityState, directory_of, level_of, right, satisfied

A, B, C = (right(0xDF01, level) for level in (0x11, 0x22, 0x33))
RIGHTS = st.frozensets(st.sampled_from((A, B, C)))


@given(st.integers(0, 0xFFFF), st.integers(0, 0xFF))
def test_a_right_is_a_directory_and_a_level(directory, level):
    assert directory_of(right(directory, level)) == directory
    assert level_of(right(directory, level)) == level


def test_a_right_counts_where_it_was_earned():
    assert right(0xDF01, 0x11) == 0xDF0111
    assert len({right(0xDF01, 0x11), right(0xDF02, 0x11), right(0xDF01, 0x12)}) == 3


@given(RIGHTS)
def test_free_is_always_and_never_is_never(held):
    assert satisfied(FREE, held)
    assert not satisfied(NEVER, held)


@pytest.mark.parametrize("held", [frozenset(some) for n in range(4) for some in combinations((A, B, C), n)])
def test_one_alternative_wholly_held_is_enough(held):
    """A and B together, or C alone."""
    assert satisfied((frozenset((A, B)), frozenset((C,))), held) == ((A in held and B in held) or C in held)


@given(RIGHTS, st.sampled_from((A, B, C)), RIGHTS)
def test_states_replace_each_other(held, one, kept):
    state = SecurityState(held)
    assert state.having(one).rights == held | {one}
    assert state.without(one).rights == {each for each in held if each != one}
    assert state.only(kept).rights == {each for each in held if each in kept}
    assert state.rights == held


def test_a_session_begins_with_nothing():
    assert SecurityState().rights == frozenset()
