"""Rules and rights: free is one empty alternative, never is none, an alternative is held whole or not at all."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cos.kernel.access_rights import FREE, NEVER, satisfied
from cos.kernel.security_state import SecurityState, directory_of, level_of, right
from keys.card_key_store import KeyRef

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


KEYS = tuple(KeyRef(0x0D, kid, version) for kid in (4, 6) for version in (1, 2))
EARNED = st.lists(st.tuples(st.sampled_from((A, B, C)), st.sampled_from(KEYS)))


def holding(earned):
    state = SecurityState()
    for each, key in earned:
        state = state.having(each, key)
    return state


@given(EARNED)
def test_a_right_is_held_while_one_of_its_keys_stands_for_it(earned):
    state = holding(earned)
    assert state.rights == {each for each, _ in earned}
    for key in KEYS:
        for directory in {directory_of(each) for each in (A, B, C)}:
            kept = [(each, by) for each, by in earned if by != key or directory_of(each) != directory]
            assert state.without(directory, key) == holding(kept)
    assert state == holding(earned)


@given(EARNED, st.sampled_from(KEYS))
def test_of_all_keys_only_one(earned, key):
    assert holding(earned).only(key) == holding([(each, by) for each, by in earned if by == key])


@given(EARNED)
def test_a_directory_that_is_gone_takes_its_rights_along(earned):
    for directory in {directory_of(each) for each in (A, B, C)}:
        kept = [(each, by) for each, by in earned if directory_of(each) != directory]
        assert holding(earned).outside(directory) == holding(kept)


@given(EARNED, st.sampled_from((A, B, C)))
def test_who_earned_it(earned, one):
    assert holding(earned).earners(one) == tuple(sorted({key for each, key in earned if each == one}))


def test_a_second_version_keeps_what_both_have_earned():
    one, other = KEYS[2:]
    state = holding([(A, one), (A, other)])
    assert A in state.without(directory_of(A), one).rights
    assert A not in state.without(directory_of(A), one).without(directory_of(A), other).rights


def test_a_session_begins_with_nothing():
    assert SecurityState().rights == frozenset()
