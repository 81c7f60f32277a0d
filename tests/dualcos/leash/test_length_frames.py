"""Frames come out whole and in order, however the stream is cut; messages that fit are never changed on their way."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dualcos.messages.length_frames import LONGEST, LengthFrames, TooLong, framed


@settings(max_examples=150, deadline=None)
@given(messages=st.lists(st.binary(max_size=40), max_size=6), cuts=st.lists(st.integers(0, 300), max_size=12))
def test_any_cut(messages, cuts):
    stream = b"".join(map(framed, messages))
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    frames, found = LengthFrames(), []
    for start, end in pairwise(edges):
        found += frames.fed(stream[start:end])
    assert found == messages
    assert frames.between


def test_a_frame_that_has_begun_waits():
    frames = LengthFrames()
    assert frames.fed(b"\0\2a") == []
    assert not frames.between
    assert frames.fed(b"b\0\0") == [b"ab", b""]
    assert frames.between


def test_the_longest_message_and_one_byte_more():
    longest = bytes(LONGEST)
    assert LengthFrames().fed(framed(longest)) == [longest]
    with pytest.raises(TooLong, match="65536"):
        framed(longest + b"\0")
